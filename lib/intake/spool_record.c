/* A body as a record: what stands beside it, and the proof that it is ours. */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>
#include <zstd.h>

#include "base/env.h"
#include "intake/spool_state.h"

/*
 * The payload, all numbers big-endian:
 *
 *	 0 16  id: HMAC-SHA256 of the rest, and of the record's own numbers
 *	16  4  device           36  8  tick_ns
 *	20  8  cred             44  2  status
 *	28  8  received         46  1  format
 *	47  1  packed: 1 when the body is a zstd frame
 *	48  4  bytes of the body before that
 *	52 ..  three texts, each two bytes of length before it, and the body
 */
enum { FIXED = 52, TEXTS = 3, PACK_FROM = 1024, PACK_LEVEL = 1 };

static uint64_t
be(const unsigned char *p, int n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | *p++;
	return v;
}

/*
 * Nobody outside can make one: a body that holds what looks like a record is
 * never taken for one, wherever damage lets a reader begin.
 */
static void
seal(unsigned char id[SPOOL_ID], const struct spool *s, const struct record *r,
    struct arena *a)
{
	struct buf b = buf_new(a, r->payload.n + 16);
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	buf_be64(&b, r->seq);
	buf_be32(&b, (uint32_t)r->tenant);
	buf_be32(&b, r->readings);
	buf_put(&b, r->payload.p + SPOOL_ID, r->payload.n - SPOOL_ID);
	if (HMAC(EVP_sha256(), s->key, SPOOL_KEY, b.p, b.n, mac, &n) == NULL)
		memset(mac, 0, sizeof(mac));
	memcpy(id, mac, SPOOL_ID);
}

static struct bytes
packed(struct arena *a, struct bytes plain)
{
	size_t most = ZSTD_compressBound(plain.n), n;
	unsigned char *p;

	if (plain.n < PACK_FROM)
		return plain;
	p = arena_alloc(a, most);
	n = ZSTD_compress(p, most, plain.p, plain.n, PACK_LEVEL);
	if (ZSTD_isError(n) || n >= plain.n)
		return plain;
	return (struct bytes){ p, n };
}

struct err *
spooled_encode(struct buf *to, const struct spool *s, struct arena *a,
    struct spooled *v)
{
	const char *const text[TEXTS] = { v->batch, v->of_device, v->reply };
	struct bytes body = packed(a, v->body);
	struct buf b = buf_new(a, body.n + 512);
	struct record r = { .tenant = v->tenant, .readings = v->readings };
	struct bytes whole;
	size_t i;

	memset(buf_room(&b, SPOOL_ID), 0, SPOOL_ID);
	b.n += SPOOL_ID;
	buf_be32(&b, (uint32_t)v->device);
	buf_be64(&b, (uint64_t)v->cred);
	buf_be64(&b, (uint64_t)v->received);
	buf_be64(&b, (uint64_t)v->tick_ns);
	buf_be16(&b, (uint16_t)v->status);
	buf_byte(&b, v->format);
	buf_byte(&b, body.p != v->body.p);
	buf_be32(&b, (uint32_t)v->body.n);
	for (i = 0; i < TEXTS; i++) {
		size_t n = strlen(text[i]);

		if (n > SPOOL_TEXT_MAX)
			return err_raise(ERR_BUSY, "Please try again soon.",
			    "a text of %zu bytes is not spooled", n);
		buf_be16(&b, (uint16_t)n);
		buf_put(&b, text[i], n);
	}
	buf_put(&b, body.p, body.n);
	if (b.n > RECORD_PAYLOAD_MAX || v->body.n > SPOOL_PLAIN_MAX)
		return err_raise(ERR_BUSY, "Please try again soon.",
		    "a body of %zu bytes is not spooled", v->body.n);
	/* Two bodies that are the same in all of it are still two. */
	env_get()->random(&r.seq, sizeof(r.seq));
	r.payload = (struct bytes){ b.p, b.n };
	seal(v->id, s, &r, a);
	memcpy(b.p, v->id, SPOOL_ID);
	whole = record_encode(a, &r);
	buf_put(to, whole.p, whole.n);
	return NULL;
}

static bool
unpacked(struct bytes *out, struct arena *a, struct bytes in, size_t n)
{
	unsigned char *p;

	if (n > SPOOL_PLAIN_MAX)
		return false;
	p = arena_alloc(a, n + 1);
	*out = (struct bytes){ p, n };
	return ZSTD_decompress(p, n, in.p, in.n) == n;
}

/* The body of a record, with a NUL behind it; `head` is its payload. */
static bool
body_of(struct bytes *out, struct arena *a, const unsigned char *head,
    struct bytes in)
{
	size_t plain = be(head + 48, 4);

	if (head[47] != 0)
		return unpacked(out, a, in, plain);
	*out = (struct bytes){ (const unsigned char *)arena_copy(a, in.p, in.n),
		in.n };
	return plain == in.n;
}

bool
spooled_decode(struct spooled *v, const struct spool *s, struct arena *a,
    const struct record *r)
{
	const unsigned char *p = r->payload.p, *end = p + r->payload.n;
	const char *text[TEXTS];
	size_t i, n;

	if (r->payload.n < FIXED)
		return false;
	seal(v->id, s, r, a);
	if (memcmp(v->id, p, SPOOL_ID) != 0)
		return false;
	v->tenant = r->tenant;
	v->readings = r->readings;
	v->device = (int32_t)be(p + 16, 4);
	v->cred = (int64_t)be(p + 20, 8);
	v->received = (int64_t)be(p + 28, 8);
	v->tick_ns = (int64_t)be(p + 36, 8);
	v->status = (int)be(p + 44, 2);
	v->format = p[46];
	for (p += FIXED, i = 0; i < TEXTS; i++) {
		if (end - p < 2 || (size_t)(end - p - 2) < (n = be(p, 2)))
			return false;
		text[i] = arena_copy(a, p + 2, n);
		p += 2 + n;
	}
	v->batch = text[0];
	v->of_device = text[1];
	v->reply = text[2];
	return body_of(&v->body, a, r->payload.p,
	    (struct bytes){ p, (size_t)(end - p) });
}
