#include "intake/edge.h"

#include <math.h>
#include <string.h>

#include "intake/intake.h"
#include "store/block.h"

#define TIME_MAX (INT64_C(1) << 53) /* in the year 2255 */
#define SAY_DAMAGED "The block is damaged or cut."

enum {
	MAGIC = 0x464C5842,
	VERSION = 1,
	HEAD = 8,
	GAP_BYTES = 37,
	EDGE_GAPS_MAX = 20000
};

struct bytes
edge_encode(struct arena *a, struct readings *r, const struct gap *v,
    size_t gaps)
{
	struct buf b = buf_new(a, HEAD + gaps * GAP_BYTES + r->n * 8 + 256);
	struct bytes block;
	size_t i;

	buf_be32(&b, MAGIC);
	buf_be32(&b, (uint32_t)VERSION << 24 | (uint32_t)gaps);
	for (i = 0; i < gaps; i++) {
		buf_be64(&b, (uint64_t)v[i].id);
		buf_be32(&b, (uint32_t)v[i].sensor);
		buf_be64(&b, (uint64_t)v[i].from);
		buf_be64(&b, (uint64_t)v[i].to);
		buf_be64(&b, (uint64_t)v[i].n);
		buf_byte(&b, (unsigned char)v[i].reason);
	}
	if (r->n > 0) {
		(void)readings_settle(r, a);
		block = block_encode(a, NULL, r);
		buf_put(&b, block.p, block.n);
	}
	return (struct bytes){ b.p, b.n };
}

static uint64_t
number(const unsigned char *p, size_t n)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

static bool
gap_read(struct gap *to, const unsigned char *p)
{
	*to = (struct gap){ .id = (int64_t)number(p, 8),
		.sensor = (int32_t)number(p + 8, 4),
		.from = (int64_t)number(p + 12, 8),
		.to = (int64_t)number(p + 20, 8),
		.n = (int64_t)number(p + 28, 8),
		.reason = (enum gap_reason)p[36] };
	return to->id > 0 && to->sensor >= 0 && to->n >= 0 &&
	       to->n <= GAP_COUNT_MAX && to->from <= to->to && to->from > 0 &&
	       to->to < TIME_MAX && *gap_word((int)to->reason) != 0;
}

/* A reading as an item, which its number names. */
static void
item_put(struct intake *in, const struct reading *r)
{
	struct item *it = intake_add(in);
	const char *text = arena_printf(in->arena, "%d %lld %.17g %d %d",
	    r->sensor, (long long)r->time, r->value, r->quality, r->rev);

	it->raw = (struct slice){ text, strlen(text) };
	it->sensor = (struct slice){ text, strcspn(text, " ") };
	it->joint = "";
	it->number = r->sensor;
	it->timed = true;
	it->r = *r;
	it->r.sensor = 0;
	it->value.kind = isnan(r->value) ? J_NULL : J_REAL;
	it->value.d = r->value;
}

static struct err *
damaged(const char *why)
{
	return err_raise(ERR_INPUT, SAY_DAMAGED, "block: %s", why);
}

struct err *
decode_edge(struct intake *in, struct bytes body)
{
	struct readings r = { 0 };
	size_t gaps, at, i;

	if (body.n < HEAD || number(body.p, 4) != MAGIC)
		return damaged("no magic");
	if (body.p[4] != VERSION)
		return damaged("another version");
	gaps = (size_t)number(body.p + 5, 3);
	if (gaps > EDGE_GAPS_MAX || (body.n - HEAD) / GAP_BYTES < gaps)
		return damaged("too many gaps");
	in->gap = arena_array(in->arena, gaps, sizeof(*in->gap));
	for (i = 0; i < gaps; i++)
		if (!gap_read(&in->gap[i], body.p + HEAD + i * GAP_BYTES))
			return damaged("a gap that cannot be");
	in->gaps = gaps;
	in->may_be_empty = gaps > 0;
	at = HEAD + gaps * GAP_BYTES;
	if (at < body.n &&
	    block_decode(&r, in->arena,
		(struct bytes){ body.p + at, body.n - at }) != NULL)
		return damaged("not a whole block");
	for (i = 0; i < r.n && i <= ITEMS_MAX; i++)
		item_put(in, &r.v[i]);
	return NULL;
}
