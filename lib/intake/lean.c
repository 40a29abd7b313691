#include "intake/lean.h"

#include <math.h>

#include "base/decimal.h"
#include "base/digits.h"
#include "intake/line_value.h"
#include "intake/sane.h"
#include "intake/take.h"
#include "model/unit.h"

enum { EXACT_DIGITS = 19, BODY_READING = 24, FEW = 16 };

#define INTEGER_MAX (INT64_C(1) << 53)

/* Where a line is read, and where the body ends. */
struct at {
	const unsigned char *p, *end;
};

void
lean_begin(struct lean *l, const struct intake *in, const struct roster *roster,
    struct memo *memo, size_t bytes)
{
	size_t room = bytes / BODY_READING + FEW;

	*l = (struct lean){ .roster = roster,
		.memo = memo,
		.arena = in->arena,
		.now = in->now,
		.from = SANE_EARLIEST,
		.till = in->now + SANE_AHEAD_MAX,
		.live = in->now - TAKE_LIVE_MIN * CLOCK_MIN,
		.tick_ns = in->asked.tick_ns != 0 ? in->asked.tick_ns : 1 };
	l->r.room = room < ITEMS_MAX ? room : ITEMS_MAX;
	l->r.v = arena_room(in->arena, l->r.room, sizeof(*l->r.v));
}

bool
lean_time(int64_t *us, int64_t ticks, int64_t tick_ns)
{
	int64_t ns;

	if (tick_ns == 1) {
		*us = ticks / 1000;
		return true;
	}
	if (__builtin_mul_overflow(ticks, tick_ns, &ns))
		return false;
	*us = ns / 1000;
	return true;
}

/* Does the text stand there? */
static bool
stands(struct at at, const struct memo_step *s)
{
	return (size_t)(at.end - at.p) > s->n &&
	       memcmp(at.p, s->text, s->n) == 0;
}

/* Up to and with the '=' behind the first field's name; n 0: not so simple. */
static struct slice
head(struct at at)
{
	const unsigned char *p = at.p;
	bool blank = false;

	for (; p < at.end && *p != '\n' && *p != '\\' && *p != '"'; p++) {
		if (blank && *p == '=')
			return (struct slice){ (const char *)at.p,
				(size_t)(p + 1 - at.p) };
		if (*p == ' ' && blank)
			break;
		blank |= *p == ' ';
	}
	return (struct slice){ NULL, 0 };
}

/* The same of another field of the line. */
static struct slice
key(struct at at)
{
	const unsigned char *p = at.p;

	while (p < at.end && *p != '=' && *p > ' ' && *p != '\\' && *p != ',')
		p++;
	if (p == at.end || *p != '=')
		return (struct slice){ NULL, 0 };
	return (struct slice){ (const char *)at.p, (size_t)(p + 1 - at.p) };
}

/* The step that stands there, behind the last; 0: nobody knows it. */
static uint32_t
step_at(struct memo *m, struct at at, uint32_t first)
{
	uint32_t guess = m->v[m->last].next;
	const struct memo_step *s = &m->v[guess];
	struct slice text;

	if (guess != 0 && s->first == first && stands(at, s))
		return guess;
	text = first == 0 ? head(at) : key(at);
	return text.n > 0 ? memo_find(m, first, text) : 0;
}

/* A plain decimal, or an integer that a double has; false: look closer. */
static bool
decimal(double *out, struct at *at)
{
	const unsigned char *p = at->p, *dot = NULL, *from;
	bool minus = p < at->end && *p == '-';
	uint64_t n = 0;
	int places = 0;

	for (from = p += minus; p < at->end; p++) {
		unsigned digit = *p - (unsigned)'0';

		if (digit < 10)
			n = n * 10 + digit;
		else if (*p == '.' && dot == NULL)
			dot = p;
		else
			break;
	}
	if (p - from > EXACT_DIGITS || p - from == (dot != NULL))
		return false;
	if (dot != NULL)
		places = (int)(p - dot) - 1;
	if (p < at->end && *p == 'i') {
		/* There is no -0 among integers. */
		if (dot != NULL || n > (uint64_t)INTEGER_MAX ||
		    (minus && n == 0))
			return false;
		p++;
	}
	at->p = p;
	if (!decimal_double(out, n, -places))
		return false;
	*out = minus ? -*out : *out;
	return true;
}

bool
lean_number(double *out, const struct jvalue *v)
{
	switch (v->kind) {
	case J_REAL:
		*out = v->d;
		return true;
	case J_INT:
		*out = (double)v->i;
		return v->i <= INTEGER_MAX && v->i >= -INTEGER_MAX;
	case J_TRUE:
	case J_FALSE:
		*out = v->kind == J_TRUE;
		return true;
	default:
		return false;
	}
}

static bool
is_end(struct at at)
{
	return at.p == at.end || *at.p == ',' || *at.p == ' ' || *at.p == '\n';
}

static bool
value_at(double *out, struct at *at, struct arena *a)
{
	struct at from = *at;
	struct jvalue v;

	if (decimal(out, at) && is_end(*at))
		return true;
	*at = from;
	if (at->p < at->end && *at->p == '"')
		return false;
	return line_value(&v, &at->p, at->end, a) == NULL &&
	       lean_number(out, &v);
}

/* Digits only, and no more than a time may have. */
static bool
ticks_at(int64_t *out, struct at *at)
{
	const unsigned char *p = at->p;
	uint64_t n = 0, part;

	while (at->end - p >= 8 && p - at->p < 16 && digits_eight(&part, p)) {
		n = n * 100000000 + part;
		p += 8;
	}
	for (; p < at->end && *p >= '0' && *p <= '9'; p++) {
		if (p - at->p == EXACT_DIGITS)
			return false;
		n = n * 10 + (uint64_t)(*p - '0');
	}
	if (p == at->p || n > INT64_MAX)
		return false;
	at->p = p;
	*out = (int64_t)n;
	return true;
}

/* What ends the line, and is passed. */
static bool
end_at(struct at *at)
{
	if (at->p < at->end && *at->p == '\r')
		at->p++;
	if (at->p < at->end && *at->p != '\n')
		return false;
	at->p += at->p < at->end;
	return true;
}

/* Behind the last value: when it was. */
static bool
time_at(int64_t *us, struct at *at, const struct lean *l)
{
	int64_t ticks;

	*us = l->now;
	if (at->p < at->end && *at->p == ' ') {
		at->p++;
		if (!ticks_at(&ticks, at) ||
		    !lean_time(us, ticks, l->tick_ns) || *us < l->from ||
		    *us > l->till)
			return false;
	}
	return end_at(at);
}

/* The next field's reading, all but its time; false: look closer. */
static bool
field_at(struct lean *l, struct at *at, uint32_t *first)
{
	struct memo *m = l->memo;
	uint32_t step = step_at(m, *at, *first);
	const struct memo_step *s = &m->v[step];
	struct reading *r;
	double v;

	if (step == 0)
		return false;
	at->p += s->n;
	if (!value_at(&v, at, l->arena) || v < s->sensor.low ||
	    v > s->sensor.high)
		return false;
	if (l->r.n == l->r.room) {
		if (l->r.n >= ITEMS_MAX)
			return false;
		(void)readings_room(&l->r, l->arena, 1);
	}
	r = &l->r.v[l->r.n++];
	r->value = v;
	r->sensor = s->sensor.id;
	r->rev = 0;
	r->quality = QUALITY_GOOD;
	memo_follow(m, step);
	if (*first == 0)
		*first = step;
	return true;
}

/* A line that is as simple as that; at stands behind it then. */
static bool
line_at(struct lean *l, struct at *at)
{
	size_t had = l->r.n, i;
	uint32_t first = 0;
	int64_t us;

	for (;;) {
		if (!field_at(l, at, &first))
			break;
		if (at->p < at->end && *at->p == ',') {
			at->p++;
			continue;
		}
		if (!time_at(&us, at, l))
			break;
		for (i = had; i < l->r.n; i++)
			l->r.v[i].time = us;
		l->backlog += us < l->live ? l->r.n - had : 0;
		return true;
	}
	l->r.n = had;
	return false;
}

void
lean_lines(struct lean *l, struct lines *s)
{
	struct at at = { s->at, s->end };

	while (l->memo != NULL && at.p < at.end && line_at(l, &at))
		lines_passed(s, at.p);
}

/* Does the sender mean the sensor's unit? */
static bool
unit_fits(struct lean *l, struct slice sent, const char *unit)
{
	if (sent.p == NULL || slice_is(sent, unit))
		return true;
	if (l->unit == NULL || strcmp(l->unit, unit) != 0 ||
	    !slice_same(l->sent, sent)) {
		l->sent = sent;
		l->unit = unit;
		l->fits = unit_same(arena_copy(l->arena, sent.p, sent.n), unit);
	}
	return l->fits;
}

/*
 * The sensor that an item leads to when nothing is to be done to its value, and
 * nobody looks at it beside others.
 */
static const struct target *
plain_target(struct lean *l, const struct item *it)
{
	const struct target *t = NULL;
	int32_t device;

	if (it->device.p == NULL)
		t = roster_device(l->roster, (struct slice){ "", 0 }) < 0
			? roster_code(l->roster, it->sensor)
			: NULL; /* a mapping may say otherwise */
	else if ((device = roster_device(l->roster, it->device)) >= 0)
		t = roster_sensor(l->roster, device, it->sensor);
	if (t == NULL || t->id == 0 || t->zero || t->scale != 1 ||
	    t->shift != 0)
		return NULL;
	return unit_fits(l, it->unit, t->unit) ? t : NULL;
}

const struct target *
lean_take(struct lean *l, const struct item *it)
{
	const struct target *t;
	struct reading *r;
	double v;

	if (it->code != NULL || it->window != NULL || it->r.time < l->from ||
	    it->r.time > l->till || !lean_number(&v, &it->value) ||
	    (t = plain_target(l, it)) == NULL || v < t->low || v > t->high)
		return NULL;
	r = readings_room(&l->r, l->arena, 1);
	*r = it->r;
	r->value = v;
	r->sensor = t->id;
	l->r.n++;
	l->backlog += r->time < l->live;
	return t;
}

/* The k-th field's text, up to its value, as it stands in the line. */
static struct slice
text_of(const struct line *line, size_t k)
{
	const struct line_field *f = &line->field[k];
	const char *from = k == 0 ? line->raw.p : f->key.p;

	/* A name that was escaped does not stand in the line itself. */
	if (f->value.raw.p != f->key.p + f->key.n + 1)
		return (struct slice){ NULL, 0 };
	return (struct slice){ from, (size_t)(f->value.raw.p - from) };
}

/* Remember the line whose fields these sensors are. */
static void
remember(struct lean *l, const struct line *line,
    const struct target *const *target)
{
	struct memo *m = l->memo;
	uint32_t first = 0, step;
	size_t k;

	for (k = 0; k < line->n_fields; k++) {
		const struct memo_sensor sensor = { target[k]->low,
			target[k]->high, target[k]->id };
		struct slice text = text_of(line, k);

		if (text.n == 0 ||
		    (step = memo_add(m, first, text, &sensor)) == 0)
			return;
		memo_follow(m, step);
		if (first == 0)
			first = step;
	}
}

void
lean_learn(struct lean *l, struct intake *in, size_t first,
    const struct line *line)
{
	size_t n = in->n - first, i, kept = first;
	const struct target **target;

	if (n == 0 || l->r.n + n > ITEMS_MAX)
		return;
	target = arena_array(in->arena, n, sizeof(struct target *));
	for (i = 0; i < n; i++) {
		struct item *it = &in->v[first + i];

		if ((target[i] = lean_take(l, it)) != NULL)
			continue;
		it->before = l->r.n;
		in->v[kept++] = *it;
	}
	in->n = kept;
	if (l->memo != NULL && kept == first && n == line->n_fields)
		remember(l, line, target);
}
