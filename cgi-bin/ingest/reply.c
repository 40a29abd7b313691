#include "cgi-bin/ingest/reply.h"

#include <stdlib.h>
#include <string.h>

#include "base/member.h"
#include "intake/reason.h"

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
		member_int(b, "index", (int64_t)(it->before + i));
		member_text(b, "place", item_place(in->arena, it));
		member_text(b, "code", it->code);
		member_text(b, "detail", it->detail);
		buf_byte(b, '}');
	}
	buf_byte(b, ']');
}

/* What was taken, and is not quite as it was sent. */
static void
flagged(struct buf *b, const struct intake *in)
{
	size_t i;

	member_name(b, "flagged");
	buf_byte(b, '[');
	for (i = 0; i < in->n; i++) {
		const struct item *it = &in->v[i];

		if (it->code != NULL || it->reason == REASON_NONE)
			continue;
		member_comma(b);
		buf_byte(b, '{');
		member_int(b, "index", (int64_t)(it->before + i));
		member_text(b, "place", item_place(in->arena, it));
		member_text(b, "reason", reason_of(it->reason)->word);
		buf_byte(b, '}');
	}
	buf_byte(b, ']');
}

static void
warnings(struct buf *b, const struct intake *in)
{
	size_t i;

	member_name(b, "warnings");
	buf_byte(b, '[');
	for (i = 0; i < in->warnings; i++) {
		member_comma(b);
		member_put_text(b, in->warning[i]);
	}
	buf_byte(b, ']');
}

void
reply_ours(struct buf *b, const struct taken *t)
{
	member_int(b, "accepted", (int64_t)t->r.n);
	member_int(b, "duplicate", (int64_t)t->duplicate);
	rejected(b, &t->in);
	if (t->flagged > 0)
		flagged(b, &t->in);
	if (t->in.warnings > 0)
		warnings(b, &t->in);
	if (t->spooled)
		member_bool(b, "spooled", true);
}

/* How many items from i on are of the same object. */
static size_t
object_size(const struct intake *in, size_t i)
{
	size_t n = 1;

	while (i + n < in->n && in->v[i + n].raw.p == in->v[i].raw.p &&
	       in->v[i].raw.p != NULL)
		n++;
	return n;
}

void
reply_results(struct buf *b, const struct taken *t)
{
	const struct intake *in = &t->in;
	size_t i, k, n, bad, index;

	member_name(b, "results");
	buf_byte(b, '[');
	for (i = index = 0; i < in->n; i += n, index++) {
		n = object_size(in, i);
		for (bad = 0, k = i; k < i + n; k++)
			bad += in->v[k].code != NULL;
		member_comma(b);
		buf_byte(b, '{');
		member_int(b, "index", (int64_t)index);
		member_text(b, "status",
		    bad == 0  ? "accepted"
		    : bad < n ? "partly"
			      : "rejected");
		buf_byte(b, '}');
	}
	buf_byte(b, ']');
}

void
reply_native(struct buf *b, const struct taken *t)
{
	buf_byte(b, '{');
	reply_ours(b, t);
	if (t->in.asked.results)
		reply_results(b, t);
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
	    t->spooled ? "Kept until the database is back."
		       : arena_printf(t->in.arena, "%zu of %zu readings stored",
			     t->r.n, t->sent - t->duplicate));
	member_name(b, "results");
	buf_byte(b, '[');
	results(b, t);
	buf_byte(b, ']');
	reply_ours(b, t);
	buf_text(b, "}\n");
}

void
reply_nothing(struct buf *b, const struct taken *t)
{
	(void)b;
	(void)t;
}
