#include "store/block.h"

#include <string.h>

#include "store/run.h"

enum {
	HEAD = 8, /* magic, version, layout, sum */
	SUM_AT = 4,
	LAYOUT_RUNS = 1,
	LAYOUT_ACROSS = 2,
	ACROSS_BELOW = 32 /* readings a run, on average */
};

/* How many readings from r on are of the same sensor. */
static size_t
run_length(const struct reading *r, size_t n)
{
	size_t i = 1;

	while (i < n && r[i].sensor == r->sensor)
		i++;
	return i;
}

static size_t
count_runs(const struct readings *in)
{
	size_t i, n = in->n > 0;

	for (i = 1; i < in->n; i++)
		n += in->v[i].sensor != in->v[i - 1].sensor;
	return n;
}

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

static struct bytes
encode_runs(struct arena *a, struct directory *d, const struct readings *in)
{
	struct buf runs = buf_new(a, 512 + in->n * 2), out;
	size_t i, k, base;

	d->sensor = arena_array(a, d->n + 1, sizeof(*d->sensor));
	d->offset = arena_array(a, d->n + 1, sizeof(*d->offset));
	for (i = 0, k = 0; i < in->n; k++) {
		size_t n = run_length(in->v + i, in->n - i);

		d->sensor[k] = in->v[i].sensor;
		run_put(&runs, in->v + i, n);
		d->offset[k + 1] = (int32_t)runs.n;
		i += n;
	}
	out = buf_new(a, runs.n + HEAD + VARINT_MAX * 2 + d->n * 5);
	put_head(&out, LAYOUT_RUNS);
	put_number(&out, in->n);
	put_number(&out, d->n);
	for (k = 0; k < d->n; k++)
		put_number(&out, (uint64_t)(d->offset[k + 1] - d->offset[k]));
	base = out.n;
	put_le32(out.p + SUM_AT, sum_of(out.p, base));
	for (k = 0; k <= d->n; k++)
		d->offset[k] += (int32_t)base;
	buf_put(&out, runs.p, runs.n);
	return (struct bytes){ out.p, out.n };
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
			span[k].n = (uint32_t)run_length(in->v + i, in->n - i);
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

struct bytes
block_encode(struct arena *a, struct directory *dir, const struct readings *in)
{
	struct directory own = { .n = count_runs(in) };

	if (dir == NULL && in->n / ACROSS_BELOW < own.n)
		return encode_across(a, own.n, in);
	if (dir == NULL)
		return encode_runs(a, &own, in);
	dir->n = own.n;
	return encode_runs(a, dir, in);
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
	out->v = arena_array(a, n, sizeof(*out->v));
	if ((e = get_run(out->v, &h)) != NULL)
		return err_pass(e);
	out->n = out->room = n;
	return NULL;
}

static struct err *
get_runs(struct readings *out, struct cursor *c, struct cursor *lengths,
    size_t runs)
{
	size_t room = out->room;
	int64_t before = INT64_MIN;
	struct run_head h;
	struct err *e;

	for (; runs > 0; runs--) {
		size_t n = get_varint(lengths);
		const unsigned char *p = get_bytes(c, n);

		if (p == NULL)
			return block_damaged("directory");
		if ((e = run_open(&h, (struct bytes){ p, n })) != NULL)
			return err_pass(e);
		n = h.n;
		if (n > room - out->n || h.sensor <= before)
			return block_damaged("directory");
		if ((e = get_run(out->v + out->n, &h)) != NULL)
			return err_pass(e);
		before = h.sensor;
		out->n += n;
	}
	if (out->n < room || left(c) > 0)
		return block_damaged("directory");
	return NULL;
}

static struct err *
decode_runs(struct readings *out, struct arena *a, struct bytes in,
    struct cursor *c)
{
	uint64_t n = get_varint(c), runs = get_varint(c), i;
	struct cursor lengths = *c;

	if (runs > left(c) || n > BLOCK_READINGS_MAX || !stripes_fit(c, n))
		return block_damaged("directory");
	for (i = 0; i < runs; i++)
		(void)get_varint(c);
	if (c->bad ||
	    sum_of(in.p, (size_t)(c->p - in.p)) != get_le32(in.p + SUM_AT))
		return block_damaged("checksum");
	out->v = arena_array(a, n, sizeof(*out->v));
	out->room = n;
	return get_runs(out, c, &lengths, runs);
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

static struct err *
decode_across(struct readings *out, struct arena *a, struct bytes in,
    struct cursor *c)
{
	UNSET struct stripe s;
	struct columns to = stripe_columns(&s);
	uint64_t n = get_varint(c), runs = get_varint(c);
	size_t i, k;

	if (sum_of(in.p, in.n) != get_le32(in.p + SUM_AT))
		return block_damaged("checksum");
	if (c->bad || runs > n || n > BLOCK_READINGS_MAX || !stripes_fit(c, n))
		return block_damaged("directory");
	out->v = arena_array(a, n, sizeof(*out->v));
	out->room = n;
	get_spans(out, c, runs);
	for (i = 0; i < n && !c->bad; i += k) {
		k = n - i < STRIPE ? n - i : STRIPE;
		stripe_get(&to, k, c);
		to_readings(out->v + i, &s, k);
	}
	out->n = n;
	if (c->bad || left(c) > 0 || !is_settled(out))
		return block_damaged("content");
	return NULL;
}

struct err *
block_decode(struct readings *out, struct arena *a, struct bytes in)
{
	struct cursor c;
	struct err *e;

	*out = (struct readings){ 0 };
	if (in.n < HEAD || in.p[0] != 'F' || in.p[1] != 'B')
		return block_damaged("not a block");
	if (in.p[2] != BLOCK_VERSION)
		return block_damaged("unknown version");
	c = (struct cursor){ in.p + HEAD, in.p + in.n, false };
	if (in.p[3] == LAYOUT_RUNS)
		e = decode_runs(out, a, in, &c);
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
