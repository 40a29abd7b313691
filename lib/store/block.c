#include "store/block.h"

#include <string.h>

#include "store/run.h"

enum {
	HEAD = 8, /* magic, version, layout, sum */
	SUM_AT = 4,
	LAYOUT_RUNS = 1,
	LAYOUT_ACROSS = 2,
	LAYOUT_PARTS = 3,
	ACROSS_BELOW = 32, /* readings a run, on average */
	SHORT_BELOW = 128, /* readings of a run that shares its part */
	PART = 512	   /* readings that a shared part should have */
};

static void
put_head(struct buf *b, unsigned char layout)
{
	const unsigned char head[HEAD] = { 'F', 'B', BLOCK_VERSION, layout };

	buf_put(b, head, HEAD);
}

static void
put_number(struct buf *b, uint64_t v)
{
	b->n = (size_t)(put_varint(buf_room(b, VARINT_MAX), v) - b->p);
}

/* Over the head, and over what stands behind the sum up to n. */
static uint32_t
sum_of(const unsigned char *p, size_t n)
{
	return block_sum(block_sum(0, p, SUM_AT), p + HEAD, n - HEAD);
}

/* The runs of a block without a directory: whose they are, and how long. */
struct span {
	int32_t sensor;
	uint32_t n;
};

static int64_t
sensor_of(const void *from, size_t i)
{
	return ((const struct span *)from)[i].sensor;
}

static int64_t
length_of(const void *from, size_t i)
{
	return ((const struct span *)from)[i].n;
}

static struct bytes
encode_across(struct arena *a, size_t runs, const struct readings *in)
{
	struct buf out = buf_new(a, 512 + in->n * 4);
	size_t i, k;
	UNSET struct span span[STRIPE];

	put_head(&out, LAYOUT_ACROSS);
	put_number(&out, in->n);
	put_number(&out, runs);
	for (i = 0; i < in->n;) {
		for (k = 0; k < STRIPE && i < in->n; k++) {
			span[k].sensor = in->v[i].sensor;
			span[k].n =
			    (uint32_t)readings_run(in->v + i, in->n - i);
			i += span[k].n;
		}
		column_put(&out, span, k, sensor_of);
		if (runs < in->n)
			column_put(&out, span, k, length_of);
	}
	stripes_put(&out, in->v, in->n);
	put_le32(out.p + SUM_AT, sum_of(out.p, out.n));
	return (struct bytes){ out.p, out.n };
}

/*
 * The part that begins here: a run, or short ones while the part is small.
 * Returns its readings, and in *runs how many runs they are.
 */
static size_t
part_length(size_t *runs, const struct reading *v, size_t n)
{
	size_t taken = readings_run(v, n), k;

	*runs = 1;
	if (taken >= SHORT_BELOW)
		return taken;
	while (taken < n && taken < PART &&
	       (k = readings_run(v + taken, n - taken)) < SHORT_BELOW) {
		taken += k;
		++*runs;
	}
	return taken;
}

/* Sensors and offsets of the parts, and their bytes, back to back. */
static void
put_parts(struct buf *parts, struct directory *d, struct arena *a, bool share,
    const struct readings *in)
{
	size_t i, n, runs = 1;

	for (i = 0; i < in->n; i += n) {
		struct readings some = { in->v + i, 0, 0 };

		n = share ? part_length(&runs, some.v, in->n - i)
			  : readings_run(some.v, in->n - i);
		some.n = n;
		d->sensor[d->n] = some.v[0].sensor;
		d->last[d->n] = some.v[n - 1].sensor;
		d->offset[d->n++] = (int32_t)parts->n;
		if (runs == 1) {
			run_put(parts, some.v, n);
		} else {
			struct bytes b = encode_across(a, runs, &some);

			buf_put(parts, b.p, b.n);
		}
	}
	d->offset[d->n] = (int32_t)parts->n;
}

/* With parts that runs share the directory has a bit that says which. */
static struct bytes
encode_parts(struct arena *a, struct directory *d, bool share,
    const struct readings *in)
{
	struct buf parts = buf_new(a, 512 + in->n * 2), out;
	size_t k;

	d->n = 0;
	d->sensor = arena_array(a, d->series + 1, sizeof(*d->sensor));
	d->last = arena_array(a, d->series + 1, sizeof(*d->last));
	d->offset = arena_array(a, d->series + 1, sizeof(*d->offset));
	put_parts(&parts, d, a, share, in);
	out = buf_new(a, parts.n + HEAD + VARINT_MAX * 2 + d->n * 5);
	put_head(&out, share ? LAYOUT_PARTS : LAYOUT_RUNS);
	put_number(&out, in->n);
	put_number(&out, d->n);
	for (k = 0; k < d->n; k++) {
		uint64_t n = (uint64_t)(d->offset[k + 1] - d->offset[k]);

		put_number(&out,
		    share ? n << 1 | (d->sensor[k] != d->last[k]) : n);
	}
	put_le32(out.p + SUM_AT, sum_of(out.p, out.n));
	for (k = 0; k <= d->n; k++)
		d->offset[k] += (int32_t)out.n;
	buf_put(&out, parts.p, parts.n);
	return (struct bytes){ out.p, out.n };
}

struct bytes
block_encode(struct arena *a, struct directory *dir, const struct readings *in)
{
	struct directory own = { .series = readings_runs(in) };

	if (dir == NULL && in->n / ACROSS_BELOW < own.series)
		return encode_across(a, own.series, in);
	if (dir == NULL)
		return encode_parts(a, &own, false, in);
	dir->series = own.series;
	return encode_parts(a, dir, true, in);
}

/* ---- and back; every step is checked ---- */

static void
to_readings(struct reading *r, const struct stripe *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		r[i].time = s->time[i];
		r[i].value = s->value[i];
		r[i].quality = s->quality[i];
		r[i].rev = s->rev[i];
	}
}

/* The rest of an opened run, to where there is room for it. */
static struct err *
get_run(struct reading *r, struct run_head *h)
{
	UNSET struct stripe s;
	struct columns to = stripe_columns(&s);
	struct err *e;
	size_t i, k;

	while (h->n > 0) {
		k = h->n < STRIPE ? h->n : STRIPE;
		if ((e = run_next(&to, k, h)) != NULL)
			return err_pass(e);
		to_readings(r, &s, k);
		for (i = 0; i < k; i++)
			r[i].sensor = h->sensor;
		r += k;
	}
	return NULL;
}

struct err *
run_decode(struct readings *out, struct arena *a, struct bytes in)
{
	struct run_head h;
	struct err *e;
	size_t n;

	*out = (struct readings){ 0 };
	if ((e = run_open(&h, in)) != NULL)
		return err_pass(e);
	n = h.n;
	out->v = arena_room(a, n, sizeof(*out->v));
	if ((e = get_run(out->v, &h)) != NULL)
		return err_pass(e);
	out->n = out->room = n;
	return NULL;
}

/* Give the readings their sensors, the runs of one column at a time. */
static void
get_spans(struct readings *out, struct cursor *c, size_t runs)
{
	UNSET int64_t sensor[STRIPE], length[STRIPE];
	size_t at = 0, i, k, n;
	bool single = runs == out->room;

	for (; runs > 0 && !c->bad; runs -= k) {
		k = runs < STRIPE ? runs : STRIPE;
		ints_get(sensor, k, c);
		if (!single)
			ints_get(length, k, c);
		for (i = 0; i < k && !c->bad; i++) {
			n = single ? 1 : (size_t)length[i];
			if (n > out->room - at) {
				c->bad = true;
				return;
			}
			for (; n > 0; n--)
				out->v[at++].sensor = (int32_t)sensor[i];
		}
	}
	c->bad |= at < out->room;
}

/* By sensor, then by time, and no two with the same of both. */
static bool
is_settled(const struct readings *r)
{
	bool settled = true;
	size_t i;

	for (i = 1; i < r->n; i++) {
		const struct reading *x = &r->v[i - 1], *y = &r->v[i];

		settled &= (x->sensor < y->sensor) |
			   ((x->sensor == y->sensor) & (x->time < y->time));
	}
	return settled;
}

/* The head of a block across: its readings and runs; its sum is right. */
static struct err *
open_across(size_t *n, size_t *runs, struct bytes in, struct cursor *c)
{
	uint64_t readings = get_varint(c), k = get_varint(c);

	if (sum_of(in.p, in.n) != get_le32(in.p + SUM_AT))
		return block_damaged("checksum");
	if (c->bad || k > readings || readings > BLOCK_READINGS_MAX ||
	    !stripes_fit(c, readings))
		return block_damaged("directory");
	*n = (size_t)readings;
	*runs = (size_t)k;
	return NULL;
}

/* All out->room readings of an opened block across. */
static struct err *
get_across(struct readings *out, struct cursor *c, size_t runs)
{
	UNSET struct stripe s;
	struct columns to = stripe_columns(&s);
	size_t i, k;

	get_spans(out, c, runs);
	for (i = 0; i < out->room && !c->bad; i += k) {
		k = out->room - i < STRIPE ? out->room - i : STRIPE;
		stripe_get(&to, k, c);
		to_readings(out->v + i, &s, k);
	}
	out->n = out->room;
	if (c->bad || left(c) > 0 || !is_settled(out))
		return block_damaged("content");
	return NULL;
}

static struct err *
decode_across(struct readings *out, struct arena *a, struct bytes in,
    struct cursor *c)
{
	size_t n, runs;
	struct err *e;

	if ((e = open_across(&n, &runs, in, c)) != NULL)
		return err_pass(e);
	out->v = arena_room(a, n, sizeof(*out->v));
	out->room = n;
	if ((e = get_across(out, c, runs)) != NULL)
		return err_pass(e);
	return NULL;
}

static struct err *
check_head(struct bytes in)
{
	if (in.n < HEAD || in.p[0] != 'F' || in.p[1] != 'B')
		return block_damaged("not a block");
	if (in.p[2] != BLOCK_VERSION)
		return block_damaged("unknown version");
	return NULL;
}

static struct err *
get_run_part(struct readings *part, struct bytes in)
{
	struct run_head h;
	struct err *e;

	if ((e = run_open(&h, in)) != NULL)
		return err_pass(e);
	if (h.n > part->room)
		return block_damaged("directory");
	part->n = h.n;
	e = get_run(part->v, &h);
	return e != NULL ? err_pass(e) : NULL;
}

static struct err *
get_across_part(struct readings *part, struct bytes in)
{
	struct readings got = { .v = part->v };
	struct cursor c;
	struct err *e;
	size_t runs;

	if ((e = check_head(in)) != NULL)
		return err_pass(e);
	if (in.p[3] != LAYOUT_ACROSS)
		return block_damaged("unknown layout");
	c = (struct cursor){ in.p + HEAD, in.p + in.n, false };
	if ((e = open_across(&got.room, &runs, in, &c)) != NULL)
		return err_pass(e);
	if (got.room > part->room)
		return block_damaged("directory");
	if ((e = get_across(&got, &c, runs)) != NULL)
		return err_pass(e);
	part->n = got.n;
	return NULL;
}

static struct err *
get_parts(struct readings *out, struct cursor *c, struct cursor *lengths,
    size_t parts, bool share)
{
	int64_t before = INT64_MIN;
	struct err *e;

	for (; parts > 0; parts--) {
		struct readings part = { out->v + out->n, 0,
			out->room - out->n };
		uint64_t n = get_varint(lengths);
		bool across = share && (n & 1) != 0;
		const unsigned char *p;

		n >>= share;
		if ((p = get_bytes(c, n)) == NULL)
			return block_damaged("directory");
		e = across ? get_across_part(&part, (struct bytes){ p, n })
			   : get_run_part(&part, (struct bytes){ p, n });
		if (e != NULL)
			return err_pass(e);
		if (part.n == 0 || part.v[0].sensor <= before)
			return block_damaged("directory");
		before = part.v[part.n - 1].sensor;
		out->n += part.n;
	}
	if (out->n < out->room || left(c) > 0)
		return block_damaged("directory");
	return NULL;
}

static struct err *
decode_parts(struct readings *out, struct arena *a, struct bytes in,
    struct cursor *c)
{
	uint64_t n = get_varint(c), parts = get_varint(c), i;
	struct cursor lengths = *c;
	struct err *e;

	if (parts > left(c) || n > BLOCK_READINGS_MAX || !stripes_fit(c, n))
		return block_damaged("directory");
	for (i = 0; i < parts; i++)
		(void)get_varint(c);
	if (c->bad ||
	    sum_of(in.p, (size_t)(c->p - in.p)) != get_le32(in.p + SUM_AT))
		return block_damaged("checksum");
	out->v = arena_room(a, n, sizeof(*out->v));
	out->room = n;
	e = get_parts(out, c, &lengths, parts, in.p[3] == LAYOUT_PARTS);
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
block_decode(struct readings *out, struct arena *a, struct bytes in)
{
	struct cursor c;
	struct err *e;

	*out = (struct readings){ 0 };
	if ((e = check_head(in)) != NULL)
		return err_pass(e);
	c = (struct cursor){ in.p + HEAD, in.p + in.n, false };
	if (in.p[3] == LAYOUT_RUNS || in.p[3] == LAYOUT_PARTS)
		e = decode_parts(out, a, in, &c);
	else if (in.p[3] == LAYOUT_ACROSS)
		e = decode_across(out, a, in, &c);
	else
		e = block_damaged("unknown layout");
	if (e != NULL) {
		*out = (struct readings){ 0 };
		return err_pass(e);
	}
	return NULL;
}
