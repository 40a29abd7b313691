#include "store/block.h"

#include <math.h>
#include <string.h>
#include <zlib.h>

enum {
	HEAD = 8,      /* magic, version, flags, crc */
	RUN_HEAD = 4,  /* crc */
	SCALES = 10,   /* value modes 0..9: decimal places */
	MODE_RAW = 15, /* value mode: the eight bytes of each double */
	MODE_SAME = 0, /* quality and rev: one for all */
	MODE_EACH = 1,
	READING_MIN = 2 /* bytes a coded reading takes at least: time, value */
};

#define SAY_DAMAGED "Stored data is damaged."

static const double powers[SCALES] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7,
	1e8, 1e9 };

/* ---- bytes out ---- */

static void
put_varint(struct buf *b, uint64_t v)
{
	unsigned char c[10];
	size_t n = 0;

	for (; v >= 0x80; v >>= 7)
		c[n++] = (unsigned char)(v | 0x80);
	c[n++] = (unsigned char)v;
	buf_put(b, c, n);
}

static void
put_signed(struct buf *b, int64_t v)
{
	put_varint(b, (uint64_t)v << 1 ^ (uint64_t)(v >> 63));
}

/* Wraps around, so that any two int64 have a difference that restores them. */
static int64_t
minus(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a - (uint64_t)b);
}

static int64_t
plus(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a + (uint64_t)b);
}

static void
le32(unsigned char *p, uint32_t v)
{
	p[0] = (unsigned char)v;
	p[1] = (unsigned char)(v >> 8);
	p[2] = (unsigned char)(v >> 16);
	p[3] = (unsigned char)(v >> 24);
}

static uint32_t
from_le32(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

static uint32_t
checksum(const unsigned char *p, size_t n)
{
	return (uint32_t)crc32_z(0, p, n);
}

/* True when v is exactly an integer of moderate size over 10^places. */
static bool
as_decimal(int64_t *i, double v, int places)
{
	double scaled = v * powers[places], back;

	if (!(fabs(scaled) < 9e15))
		return false;
	*i = (int64_t)llround(scaled);
	back = (double)*i / powers[places];
	return memcmp(&back, &v, sizeof(v)) == 0;
}

/* The fewest decimal places that hold all n values; MODE_RAW when none do. */
static int
value_mode(const struct reading *r, size_t n)
{
	int places = 0;
	int64_t unused;
	size_t i;

	for (i = 0; i < n; i++)
		while (!as_decimal(&unused, r[i].value, places))
			if (++places == SCALES)
				return MODE_RAW;
	for (i = 0; i < n; i++)
		if (!as_decimal(&unused, r[i].value, places))
			return MODE_RAW;
	return places;
}

static void
put_values(struct buf *b, const struct reading *r, size_t n)
{
	int mode = value_mode(r, n);
	int64_t v = 0, before = 0;
	size_t i;

	buf_byte(b, (unsigned char)mode);
	for (i = 0; i < n; i++) {
		if (mode == MODE_RAW) {
			uint64_t bits;
			unsigned char c[8];

			memcpy(&bits, &r[i].value, sizeof(bits));
			le32(c, (uint32_t)bits);
			le32(c + 4, (uint32_t)(bits >> 32));
			buf_put(b, c, sizeof(c));
			continue;
		}
		(void)as_decimal(&v, r[i].value, mode);
		put_signed(b, v - before);
		before = v;
	}
}

static void
put_times(struct buf *b, const struct reading *r, size_t n)
{
	int64_t step = 0, before = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		int64_t d = minus(r[i].time, before);

		put_signed(b, minus(d, step));
		/* The first one is a date, not a step. */
		step = i == 0 ? 0 : d;
		before = r[i].time;
	}
}

static void
put_marks(struct buf *b, const struct reading *r, size_t n)
{
	bool same_quality = true, same_rev = true;
	size_t i;

	for (i = 1; i < n; i++) {
		same_quality &= r[i].quality == r[0].quality;
		same_rev &= r[i].rev == r[0].rev;
	}
	buf_byte(b, same_quality ? MODE_SAME : MODE_EACH);
	for (i = 0; i < (same_quality ? 1 : n); i++)
		buf_byte(b, r[i].quality);
	buf_byte(b, same_rev ? MODE_SAME : MODE_EACH);
	for (i = 0; i < (same_rev ? 1 : n); i++)
		put_varint(b, r[i].rev);
}

static void
put_run(struct buf *b, const struct reading *r, size_t n)
{
	size_t start = b->n;

	buf_put(b, "\0\0\0\0", RUN_HEAD);
	put_varint(b, (uint64_t)(uint32_t)r->sensor);
	put_varint(b, n);
	put_times(b, r, n);
	put_values(b, r, n);
	put_marks(b, r, n);
	le32(b->p + start,
	    checksum(b->p + start + RUN_HEAD, b->n - start - RUN_HEAD));
}

/* How many readings from r on are of the same sensor. */
static size_t
run_length(const struct reading *r, size_t n)
{
	size_t i = 1;

	while (i < n && r[i].sensor == r->sensor)
		i++;
	return i;
}

struct bytes
block_encode(struct arena *a, struct directory *dir, const struct readings *in)
{
	struct buf runs = buf_new(a, 64 + in->n * 6), out;
	struct directory own, *d = dir != NULL ? dir : &own;
	size_t i, k, base;

	for (d->n = 0, i = 0; i < in->n; d->n++)
		i += run_length(in->v + i, in->n - i);
	d->sensor = arena_array(a, d->n + 1, sizeof(*d->sensor));
	d->offset = arena_array(a, d->n + 1, sizeof(*d->offset));
	for (i = 0, k = 0; i < in->n; k++) {
		size_t n = run_length(in->v + i, in->n - i);

		d->sensor[k] = in->v[i].sensor;
		put_run(&runs, in->v + i, n);
		d->offset[k + 1] = (int32_t)runs.n;
		i += n;
	}
	out = buf_new(a, runs.n + HEAD + 10 + d->n * 8);
	buf_put(&out, "FB\1\0\0\0\0\0", HEAD);
	put_varint(&out, d->n);
	for (k = 0; k < d->n; k++)
		put_varint(&out, (uint64_t)(d->offset[k + 1] - d->offset[k]));
	base = out.n;
	for (k = 0; k <= d->n; k++)
		d->offset[k] += (int32_t)base;
	buf_put(&out, runs.p, runs.n);
	le32(out.p + 4, checksum(out.p + HEAD, out.n - HEAD));
	return (struct bytes){ out.p, out.n };
}

/* ---- bytes in; every step is checked, `bad` sticks ---- */

struct cursor {
	const unsigned char *p, *end;
	bool bad;
};

static size_t
left(const struct cursor *c)
{
	return (size_t)(c->end - c->p);
}

static unsigned char
get_byte(struct cursor *c)
{
	if (c->p == c->end) {
		c->bad = true;
		return 0;
	}
	return *c->p++;
}

static uint64_t
get_varint(struct cursor *c)
{
	uint64_t v = 0;
	unsigned shift;

	for (shift = 0; shift < 64; shift += 7) {
		unsigned char b = get_byte(c);

		v |= (uint64_t)(b & 0x7f) << shift;
		if (b < 0x80)
			return v;
	}
	c->bad = true;
	return 0;
}

static int64_t
get_signed(struct cursor *c)
{
	uint64_t v = get_varint(c);

	return (int64_t)(v >> 1 ^ (0 - (v & 1)));
}

static void
get_times(struct cursor *c, struct reading *r, size_t n)
{
	int64_t step = 0, before = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		int64_t d = plus(step, get_signed(c));

		r[i].time = plus(before, d);
		step = i == 0 ? 0 : d;
		before = r[i].time;
	}
}

static void
get_values(struct cursor *c, struct reading *r, size_t n)
{
	int mode = get_byte(c);
	int64_t v = 0;
	size_t i;

	if (mode >= SCALES && mode != MODE_RAW)
		c->bad = true;
	for (i = 0; i < n && !c->bad; i++) {
		uint64_t bits;

		if (mode != MODE_RAW) {
			v = plus(v, get_signed(c));
			r[i].value = (double)v / powers[mode];
			continue;
		}
		if (left(c) < 8) {
			c->bad = true;
			return;
		}
		bits = from_le32(c->p) | (uint64_t)from_le32(c->p + 4) << 32;
		memcpy(&r[i].value, &bits, sizeof(bits));
		c->p += 8;
	}
}

static void
get_marks(struct cursor *c, struct reading *r, size_t n)
{
	bool each = get_byte(c) != MODE_SAME;
	size_t i;

	for (i = 0; i < n && !c->bad; i++)
		r[i].quality = i == 0 || each ? get_byte(c) : r[0].quality;
	each = get_byte(c) != MODE_SAME;
	for (i = 0; i < n && !c->bad; i++)
		r[i].rev = i == 0 || each ? (uint16_t)get_varint(c) : r[0].rev;
}

static struct err *
damaged(const char *what)
{
	return err_raise(ERR_BUG, SAY_DAMAGED, "block: %s", what);
}

/* Append the run's readings to out. */
static struct err *
get_run(struct readings *out, struct arena *a, struct bytes in)
{
	struct cursor c = { in.p + RUN_HEAD, in.p + in.n, false };
	struct reading *r;
	int32_t sensor;
	uint64_t n;
	size_t i;

	if (in.n < RUN_HEAD ||
	    checksum(in.p + RUN_HEAD, in.n - RUN_HEAD) != from_le32(in.p))
		return damaged("run checksum");
	sensor = (int32_t)get_varint(&c);
	n = get_varint(&c);
	if (c.bad || n > RUN_READINGS_MAX || n > left(&c) / READING_MIN)
		return damaged("run length");
	r = readings_room(out, a, (size_t)n);
	for (i = 0; i < n; i++)
		r[i].sensor = sensor;
	get_times(&c, r, (size_t)n);
	get_values(&c, r, (size_t)n);
	get_marks(&c, r, (size_t)n);
	if (c.bad || c.p != c.end)
		return damaged("run content");
	out->n += (size_t)n;
	return NULL;
}

struct err *
run_decode(struct readings *out, struct arena *a, struct bytes in)
{
	struct err *e;

	*out = (struct readings){ 0 };
	if ((e = get_run(out, a, in)) != NULL)
		return err_pass(e);
	return NULL;
}

struct bytes
run_encode(struct arena *a, const struct reading *r, size_t n)
{
	struct buf b = buf_new(a, 64 + n * 4);

	put_run(&b, r, n);
	return (struct bytes){ b.p, b.n };
}

struct err *
run_columns(struct run *out, struct arena *a, struct bytes in)
{
	struct readings r;
	struct err *e;
	size_t i;

	if ((e = run_decode(&r, a, in)) != NULL)
		return err_pass(e);
	*out = (struct run){ .n = r.n,
		.sensor = r.n > 0 ? r.v->sensor : 0,
		.time = arena_array(a, r.n, sizeof(*out->time)),
		.value = arena_array(a, r.n, sizeof(*out->value)),
		.quality = arena_array(a, r.n, sizeof(*out->quality)),
		.rev = arena_array(a, r.n, sizeof(*out->rev)) };
	for (i = 0; i < r.n; i++) {
		out->time[i] = r.v[i].time;
		out->value[i] = r.v[i].value;
		out->quality[i] = r.v[i].quality;
		out->rev[i] = r.v[i].rev;
	}
	return NULL;
}

struct err *
block_decode(struct readings *out, struct arena *a, struct bytes in)
{
	struct cursor c = { in.p + HEAD, in.p + in.n, false };
	const unsigned char *run;
	struct err *e;
	size_t i;
	uint64_t n;

	*out = (struct readings){ 0 };
	if (in.n < HEAD || in.p[0] != 'F' || in.p[1] != 'B')
		return damaged("not a block");
	if (in.p[2] != BLOCK_VERSION || in.p[3] != 0)
		return damaged("unknown version");
	if (checksum(in.p + HEAD, in.n - HEAD) != from_le32(in.p + 4))
		return damaged("checksum");
	n = get_varint(&c);
	if (c.bad || n > left(&c))
		return damaged("directory");
	run = c.p;
	for (i = 0; i < n; i++) /* the lengths stand before the first run */
		while (run < c.end && *run++ >= 0x80)
			continue;
	for (i = 0; i < n; i++) {
		uint64_t len = get_varint(&c);

		if (c.bad || len > (size_t)(c.end - run))
			return damaged("directory");
		if ((e = get_run(out, a, (struct bytes){ run, (size_t)len })) !=
		    NULL)
			return err_pass(e);
		run += len;
	}
	return NULL;
}
