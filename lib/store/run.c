#include "store/run.h"

#include <string.h>
#include <zlib.h>

enum { RUN_HEAD = 4 }; /* the checksum */

#define SAY_DAMAGED "Stored data is damaged."

struct err *
block_damaged(const char *what)
{
	return err_raise(ERR_BUG, SAY_DAMAGED, "block: %s", what);
}

uint32_t
block_sum(uint32_t before, const unsigned char *p, size_t n)
{
	return (uint32_t)crc32_z(before, p, n);
}

void
run_put(struct buf *b, const struct reading *r, size_t n)
{
	size_t start = b->n;
	unsigned char *p = buf_room(b, RUN_HEAD + 2 * VARINT_MAX) + RUN_HEAD;

	p = put_varint(p, (uint32_t)r->sensor);
	p = put_varint(p, n);
	b->n = (size_t)(p - b->p);
	stripes_put(b, r, n);
	p = b->p + start;
	put_le32(p, block_sum(0, p + RUN_HEAD, b->n - start - RUN_HEAD));
}

struct err *
run_open(struct run_head *h, struct bytes in)
{
	uint64_t n;

	if (in.n < RUN_HEAD ||
	    block_sum(0, in.p + RUN_HEAD, in.n - RUN_HEAD) != get_le32(in.p))
		return block_damaged("run checksum");
	*h = (struct run_head){ .begun = false };
	h->c = (struct cursor){ in.p + RUN_HEAD, in.p + in.n, false };
	h->sensor = (int32_t)get_varint(&h->c);
	n = get_varint(&h->c);
	if (h->c.bad || n == 0 || n > RUN_READINGS_MAX ||
	    !stripes_fit(&h->c, n))
		return block_damaged("run length");
	h->n = (size_t)n;
	return NULL;
}

static bool
ascends(const int64_t *time, size_t n)
{
	unsigned falls = 0;
	size_t i;

	for (i = 1; i < n; i++)
		falls |= time[i] <= time[i - 1];
	return !falls;
}

struct err *
run_next(const struct columns *to, size_t n, struct run_head *h)
{
	size_t i, k;

	for (i = 0; i < n; i += k) {
		struct columns at = { to->time + i, to->value + i,
			to->quality + i, to->rev + i };

		k = n - i < STRIPE ? n - i : STRIPE;
		stripe_get(&at, k, &h->c);
		if (h->c.bad)
			return block_damaged("run content");
		if ((h->begun && at.time[0] <= h->last) || !ascends(at.time, k))
			return block_damaged("run order");
		h->begun = true;
		h->last = at.time[k - 1];
		h->n -= k;
	}
	if (h->n == 0 && left(&h->c) > 0)
		return block_damaged("run content");
	return NULL;
}

struct bytes
run_encode(struct arena *a, const struct reading *r, size_t n)
{
	struct buf b = buf_new(a, 512 + n);

	run_put(&b, r, n);
	return (struct bytes){ b.p, b.n };
}

struct err *
run_columns_again(struct run *out, struct arena *a, struct bytes in)
{
	struct columns to;
	struct run_head h;
	struct err *e;

	if ((e = run_open(&h, in)) != NULL)
		return err_pass(e);
	if (h.n > out->room)
		*out = (struct run){ .room = h.n,
			.time = arena_room(a, h.n, sizeof(*out->time)),
			.value = arena_room(a, h.n, sizeof(*out->value)),
			.quality = arena_room(a, h.n, sizeof(*out->quality)),
			.rev = arena_room(a, h.n, sizeof(*out->rev)) };
	to = (struct columns){ out->time, out->value, out->quality, out->rev };
	out->sensor = h.sensor;
	out->n = h.n;
	if ((e = run_next(&to, h.n, &h)) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
run_columns(struct run *out, struct arena *a, struct bytes in)
{
	struct err *e;

	*out = (struct run){ 0 };
	if ((e = run_columns_again(out, a, in)) != NULL)
		return err_pass(e);
	return NULL;
}
