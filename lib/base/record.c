#include "base/record.h"

#include <string.h>
#include <zlib.h>

enum { CHECKED_FROM = 8, MAGIC = 0x464C5852 };

static uint32_t
be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

static uint32_t
checksum(const unsigned char *p, size_t n)
{
	return (uint32_t)crc32_z(0, p, n);
}

struct bytes
record_encode(struct arena *a, const struct record *r)
{
	struct buf b = buf_new(a, RECORD_HEAD + r->payload.n);
	uint32_t crc;
	int i;

	buf_be32(&b, MAGIC);
	buf_be32(&b, 0);
	buf_be32(&b, (uint32_t)r->payload.n);
	buf_be32(&b, r->readings);
	buf_be64(&b, r->seq);
	buf_be32(&b, (uint32_t)r->tenant);
	buf_put(&b, r->payload.p, r->payload.n);
	crc = checksum(b.p + CHECKED_FROM, b.n - CHECKED_FROM);
	for (i = 0; i < 4; i++)
		b.p[4 + i] = (unsigned char)(crc >> (24 - 8 * i));
	return (struct bytes){ b.p, b.n };
}

/* Whether a record stands at p, of which n bytes are there. */
static enum record_found
record_at(struct record *r, const unsigned char *p, size_t n)
{
	uint32_t len;

	if (n < RECORD_HEAD)
		return be32(p) == MAGIC ? RECORD_CUT : RECORD_NONE;
	len = be32(p + 8);
	if (be32(p) != MAGIC || len > RECORD_PAYLOAD_MAX)
		return RECORD_NONE;
	if (n - RECORD_HEAD < len)
		return RECORD_CUT;
	if (checksum(p + CHECKED_FROM, RECORD_HEAD - CHECKED_FROM + len) !=
	    be32(p + 4))
		return RECORD_NONE;
	r->readings = be32(p + 12);
	r->seq = (uint64_t)be32(p + 16) << 32 | be32(p + 20);
	r->tenant = (int32_t)be32(p + 24);
	r->payload = (struct bytes){ p + RECORD_HEAD, len };
	return RECORD_HERE;
}

enum record_found
record_next(struct record *r, struct bytes all, size_t *at, size_t *start)
{
	bool cut = false;
	size_t i;

	for (i = *at; all.n - i >= 4; i++) {
		switch (record_at(r, all.p + i, all.n - i)) {
		case RECORD_HERE:
			*start = i;
			*at = i + RECORD_HEAD + r->payload.n;
			return RECORD_HERE;
		case RECORD_CUT:
			/* Perhaps a damaged length: look on behind it. */
			if (!cut)
				*start = i;
			cut = true;
			break;
		case RECORD_NONE:
			break;
		}
	}
	return cut ? RECORD_CUT : RECORD_NONE;
}
