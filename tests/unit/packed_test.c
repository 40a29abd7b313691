/*
 * What a packed body becomes.
 */
#include "arena.h"
#include "check.h"

#include <zlib.h>
#include <zstd.h>

#include "web/internal.h"

static struct bytes
gz(struct bytes in, int bits)
{
	size_t room = in.n + in.n / 100 + 1024;
	unsigned char *to = arena_alloc(arena, room);
	z_stream z = { .next_in = (unsigned char *)(uintptr_t)in.p,
		.avail_in = (uInt)in.n,
		.next_out = to,
		.avail_out = (uInt)room };

	CHECK(deflateInit2(&z, 9, Z_DEFLATED, bits, 8, 0) == Z_OK);
	CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
	(void)deflateEnd(&z);
	return (struct bytes){ to, room - z.avail_out };
}

static struct bytes
zst(struct bytes in)
{
	size_t room = ZSTD_compressBound(in.n);
	unsigned char *to = arena_alloc(arena, room);

	return (struct bytes){ to, ZSTD_compress(to, room, in.p, in.n, 3) };
}

static struct bytes
joined(struct bytes a, struct bytes b)
{
	unsigned char *to = arena_alloc(arena, a.n + b.n + 1);

	memcpy(to, a.p, a.n);
	memcpy(to + a.n, b.p, b.n);
	return (struct bytes){ to, a.n + b.n };
}

static struct bytes
noise(size_t n)
{
	unsigned char *p = arena_alloc(arena, n + 1);
	unsigned seed = 1;
	size_t i;

	for (i = 0; i < n; i++)
		p[i] =
		    (unsigned char)((seed = seed * 1103515245 + 12345) >> 16);
	return (struct bytes){ p, n };
}

static struct bytes
zeros(size_t n)
{
	return (struct bytes){ arena_alloc(arena, n + 1), n };
}

static bool
is_same(struct bytes a, struct bytes b)
{
	return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

TEST(each_coding_gives_what_was_packed)
{
	static const size_t sizes[] = { 0, 1, 1000, 32768, 65536, 300000 };
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct bytes plain = noise(sizes[i]), out;
		const struct {
			const char *name;
			struct bytes packed;
		} rows[] = {
			{ "", plain },
			{ "identity", plain },
			{ "gzip", gz(plain, 15 + 16) },
			{ "GZIP", gz(plain, 15 + 16) },
			{ "deflate", gz(plain, 15) },
			{ "zstd", zst(plain) },
		};
		size_t k;

		for (k = 0; k < sizeof(rows) / sizeof(*rows); k++) {
			CHECK(body_plain(&out, arena, rows[k].name,
				  rows[k].packed) == NULL);
			CHECK(is_same(out, plain));
		}
	}
}

TEST(parts_one_after_another_are_one_body)
{
	struct bytes one = noise(50000), two = noise(70000), out;
	struct bytes pad = { (const unsigned char *)"\0\0\0\0", 4 };
	struct bytes packed = joined(gz(one, 31), gz(two, 31));

	CHECK(body_plain(&out, arena, "gzip", packed) == NULL);
	CHECK(is_same(out, joined(one, two)));
	CHECK(body_plain(&out, arena, "gzip", joined(packed, pad)) == NULL);
	CHECK(is_same(out, joined(one, two)));
	CHECK(body_plain(&out, arena, "zstd", joined(zst(one), zst(two))) ==
	      NULL);
	CHECK(is_same(out, joined(one, two)));
}

TEST(what_is_cut_or_damaged_is_refused)
{
	struct bytes plain = noise(5000), out;
	const struct {
		const char *name;
		struct bytes packed;
	} rows[] = { { "gzip", gz(plain, 31) }, { "deflate", gz(plain, 15) },
		{ "zstd", zst(plain) } };
	size_t i, n;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		for (n = 0; n < rows[i].packed.n; n += 97) {
			struct bytes cut = { rows[i].packed.p, n };
			const struct err *e =
			    body_plain(&out, arena, rows[i].name, cut);

			CHECK(e != NULL && e->kind == ERR_INPUT);
			CHECK(out.p == cut.p);
		}
	CHECK(body_plain(&out, arena, "br", plain)->kind == ERR_INPUT);
	CHECK(body_plain(&out, arena, "gzip, gzip", plain) != NULL);
}

TEST(a_bomb_stops_at_100_to_1_above_64_KB_and_at_16_MB)
{
	struct bytes out, mixed;
	const char *names[] = { "gzip", "zstd" };
	size_t i;

	for (i = 0; i < 2; i++) {
		struct bytes (*const pack)(struct bytes) = zst;
#define PACKED(b) (i == 0 ? gz(b, 31) : pack(b))

		CHECK(body_plain(&out, arena, names[i],
			  PACKED(zeros(INFLATED_FREE))) == NULL);
		CHECK(out.n == INFLATED_FREE);
		CHECK(body_plain(&out, arena, names[i],
			  PACKED(zeros(INFLATED_FREE + 1)))
			  ->kind == ERR_TOO_BIG);
		/* Noise pays for the zeros behind it. */
		mixed = joined(noise(170000), zeros(INFLATED_MAX - 170000));
		CHECK(body_plain(&out, arena, names[i], PACKED(mixed)) == NULL);
		CHECK(is_same(out, mixed));
		mixed = joined(noise(200000), zeros(INFLATED_MAX - 199999));
		CHECK(body_plain(&out, arena, names[i], PACKED(mixed))->kind ==
		      ERR_TOO_BIG);
#undef PACKED
	}
}

TEST(a_zstd_of_a_larger_window_than_we_keep_is_refused)
{
	struct bytes plain = noise(1000), out;
	size_t room = ZSTD_compressBound(plain.n);
	unsigned char *to = arena_alloc(arena, room);
	ZSTD_inBuffer from = { plain.p, plain.n, 0 };
	ZSTD_outBuffer dst = { to, room, 0 };
	ZSTD_CCtx *z = ZSTD_createCCtx();

	(void)ZSTD_CCtx_setParameter(z, ZSTD_c_windowLog, 27);
	(void)ZSTD_compressStream2(z, &dst, &from, ZSTD_e_flush);
	(void)ZSTD_compressStream2(z, &dst, &from, ZSTD_e_end);
	(void)ZSTD_freeCCtx(z);
	CHECK(body_plain(&out, arena, "zstd", (struct bytes){ to, dst.pos })
		  ->kind == ERR_INPUT);
}
