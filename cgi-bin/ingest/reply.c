/* What is said back. */
#include <stdlib.h>
#include <string.h>

#include "cgi-bin/ingest/take.h"
#include "web/member.h"

static void
rejected(struct buf *b, const struct intake *in)
{
	size_t i;

	member_name(b, "rejected");
	buf_byte(b, '[');
	for (i = 0; i < in->n; i++) {
		const struct item *it = &in->v[i];

		if (it->code == NULL)
			continue;
		member_comma(b);
		buf_byte(b, '{');
		member_int(b, "index", (int64_t)i);
		member_text(b, "place", item_place(in->arena, it));
		member_text(b, "code", it->code);
		member_text(b, "detail", it->detail);
		buf_byte(b, '}');
	}
	buf_byte(b, ']');
}

static void
ours(struct buf *b, const struct taken *t)
{
	member_int(b, "accepted", (int64_t)t->r.n);
	member_int(b, "duplicate", (int64_t)t->duplicate);
	rejected(b, &t->in);
}

void
reply_native(struct buf *b, const struct taken *t)
{
	buf_byte(b, '{');
	ours(b, t);
	buf_text(b, "}\n");
}

static int
by_name(const void *a, const void *b)
{
	const struct slice *x = a, *y = b;
	int c = memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);

	if (c != 0 || x->n == y->n)
		return c;
	return x->n < y->n ? -1 : 1;
}

/* The devices of which an item was refused, sorted. */
static struct slice *
unwell(size_t *n, const struct taken *t)
{
	const struct intake *in = &t->in;
	struct slice *v = arena_array(in->arena, t->rejected, sizeof(*v));
	size_t i;

	*n = 0;
	for (i = 0; i < in->n; i++)
		if (in->v[i].code != NULL && in->v[i].device.p != NULL)
			v[(*n)++] = in->v[i].device;
	if (*n > 1)
		qsort(v, *n, sizeof(*v), by_name);
	return v;
}

/* Once a device in a row. */
static void
results(struct buf *b, const struct taken *t)
{
	const struct intake *in = &t->in;
	struct slice before = { NULL, 0 }, *bad;
	size_t i, n;

	bad = unwell(&n, t);
	for (i = 0; i < in->n; i++) {
		struct slice device = in->v[i].device;

		if (device.p == NULL ||
		    (before.p != NULL && slice_same(before, device)))
			continue;
		before = device;
		member_comma(b);
		buf_byte(b, '{');
		member_text(b, "device_id",
		    arena_copy(in->arena, device.p, device.n));
		member_bool(b, "success",
		    n == 0 || bsearch(&device, bad, n, sizeof(*bad), by_name) ==
				  NULL);
		buf_byte(b, '}');
	}
}

void
reply_fluxio(struct buf *b, const struct taken *t)
{
	buf_byte(b, '{');
	member_bool(b, "success", t->rejected == 0);
	member_text(b, "message",
	    arena_printf(t->in.arena, "%zu of %zu readings stored", t->r.n,
		t->sent - t->duplicate));
	member_name(b, "results");
	buf_byte(b, '[');
	results(b, t);
	buf_byte(b, ']');
	ours(b, t);
	buf_text(b, "}\n");
}
