/* Archives: what goes in comes out, and nothing else is believed. */
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "base/hex.h"
#include "check.h"
#include "store/archive.h"

/* Two series, three chunks of a few readings each. */
static struct archive
sample(void)
{
	struct archive v = { .tenant = 7, .month = "2026-01" };
	size_t i, k;

	v.n_series = 2;
	v.series = arena_array(arena, 2, sizeof(*v.series));
	v.series[0] = (struct series){ 61, "PUMP-1/flow_rate" };
	v.series[1] = (struct series){ 62, "PUMP-1/flow_rate#min" };
	v.n = 3;
	v.v = arena_array(arena, 3, sizeof(*v.v));
	for (i = 0; i < v.n; i++) {
		struct reading *r = arena_array(arena, 5, sizeof(*r));

		for (k = 0; k < 5; k++)
			r[k] = (struct reading){
				.sensor = i == 2 ? 62 : 61,
				.time = (int64_t)(i * 100 + k) * 1000000,
				.value = k == 3 ? -0.0 : (double)k / 3,
				.quality = 100,
				.rev = (uint16_t)k,
			};
		v.v[i] = (struct archived){ r[0].sensor, 5, r[0].time,
			r[4].time, run_encode(arena, r, 5) };
	}
	return v;
}

static bool
is_refused(struct bytes b)
{
	struct archive v;

	return archive_decode(&v, arena, b) != NULL;
}

TEST(an_archive_comes_out_as_it_went_in)
{
	struct archive in = sample(), out;
	struct bytes b = archive_encode(arena, &in);
	struct readings r;
	size_t i;

	CHECK(archive_decode(&out, arena, b) == NULL);
	CHECK(out.tenant == 7 && strcmp(out.month, "2026-01") == 0);
	CHECK(out.n_series == 2 && out.series[1].sensor == 62);
	CHECK(strcmp(out.series[1].name, "PUMP-1/flow_rate#min") == 0);
	CHECK(out.n == 3);
	for (i = 0; i < out.n; i++) {
		CHECK(out.v[i].sensor == in.v[i].sensor);
		CHECK(out.v[i].t_max == in.v[i].t_max);
		CHECK(out.v[i].run.n == in.v[i].run.n);
		CHECK(
		    memcmp(out.v[i].run.p, in.v[i].run.p, in.v[i].run.n) == 0);
		CHECK(archive_run(&r, arena, &out.v[i]) == NULL && r.n == 5);
	}
}

TEST(the_same_chunks_make_the_same_file)
{
	struct archive v = sample();
	struct bytes a = archive_encode(arena, &v);
	struct bytes b = archive_encode(arena, &v);

	CHECK(a.n == b.n && memcmp(a.p, b.p, a.n) == 0);
}

TEST(an_archive_cut_anywhere_is_refused)
{
	struct archive v = sample();
	struct bytes b = archive_encode(arena, &v);
	size_t n;

	for (n = 0; n < b.n; n++)
		CHECK(is_refused((struct bytes){
		    (unsigned char *)arena_copy(arena, b.p, n), n }));
}

TEST(an_archive_with_any_bit_changed_is_refused)
{
	struct archive v = sample();
	struct bytes b = archive_encode(arena, &v);
	unsigned char *p = (unsigned char *)arena_copy(arena, b.p, b.n);
	size_t i;

	/* Not the tenant: whose it is, its certificate knows. */
	for (i = 0; i < b.n * 8; i++) {
		struct archive out;

		p[i / 8] ^= (unsigned char)(1U << i % 8);
		if (archive_decode(&out, arena, (struct bytes){ p, b.n }) ==
		    NULL)
			CHECK(out.tenant != 7 ||
			      strcmp(out.month, "2026-01") != 0);
		p[i / 8] ^= (unsigned char)(1U << i % 8);
	}
}

/* A file that says what it likes and has the checksum to it. */
static struct bytes
forge(const char *counts, const void *body, size_t n)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	char hex[ARCHIVE_SHA];
	struct buf b = buf_new(arena, 512);
	unsigned size = 0;

	(void)EVP_Digest(body, n, md, &size, EVP_sha256(), NULL);
	hex_write(hex, md, 32);
	buf_printf(&b,
	    "{\"fluxline_archive\":1,\"tenant\":7,\"class\":\"raw\","
	    "\"month\":\"2026-01\",%s,\"bytes\":%zu,\"sha256\":\"%s\"}\n",
	    counts, n, hex);
	buf_put(&b, body, n);
	return (struct bytes){ b.p, b.n };
}

TEST(a_forged_archive_is_refused)
{
	static const char chunk[28] = { [23] = 5, [24] = 0x7f };
	static const char less[28] = { [20] = (char)0x80 };
	static const struct {
		const char *counts, *body;
		size_t n;
	} v[] = {
	/* clang-format off */
#define HEAD(s, c, r) "\"series\":" s ",\"chunks\":" c ",\"readings\":" r
		{ HEAD("999999999", "0", "0"), "", 0 },
		{ HEAD("0", "999999999", "0"), "", 0 },
		{ HEAD("0", "0", "1"), "", 0 },
		{ HEAD("0", "0", "0"), "x", 1 },
		{ HEAD("1", "0", "0"), "x\n", 2 },
		{ HEAD("1", "0", "0"), "{\"sensor\":1}\n", 13 },
		{ HEAD("0", "1", "5"), chunk, sizeof(chunk) },
		{ HEAD("0", "1", "5"), chunk, sizeof(chunk) - 1 },
		{ HEAD("0", "2", "5"), chunk, sizeof(chunk) },
		{ HEAD("0", "1", "0"), less, sizeof(less) },
		{ HEAD("-1", "0", "0"), "", 0 },
		{ HEAD("00", "0", "0"), "", 0 },
#undef HEAD
		/* clang-format on */
	};
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(*v); i++)
		CHECK(is_refused(forge(v[i].counts, v[i].body, v[i].n)));
	CHECK(!is_refused(
	    forge("\"series\":0,\"chunks\":0,\"readings\":0", "", 0)));
}

TEST(a_chunk_with_another_run_is_refused)
{
	struct archive v = sample();
	struct readings r;

	v.v[0].sensor = 62;
	CHECK(archive_run(&r, arena, &v.v[0]) != NULL);
	v.v[1].t_min++;
	CHECK(archive_run(&r, arena, &v.v[1]) != NULL);
	v.v[2].n--;
	CHECK(archive_run(&r, arena, &v.v[2]) != NULL);
}
