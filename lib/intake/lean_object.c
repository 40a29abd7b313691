/*
 * A form is its parts one behind another, each a length in two bytes, so many
 * bytes of the object, and the hole behind them; HOLE_NONE ends it.
 */
#include "intake/lean_object.h"

#include "base/clock.h"
#include "base/decimal.h"
#include "base/digits.h"
#include "intake/instant.h"

enum { EXACT_DIGITS = 19, PART_MORE = 3 };

enum token {
	TOKEN_NUMBER, /* of digits, point and sign alone */
	TOKEN_TEXT,   /* plain ASCII */
	TOKEN_NULL,
	TOKEN_OTHER,
	TOKENS
};

enum hole {
	HOLE_NONE, /* it is part of the text */
	HOLE_TIME,
	HOLE_INSTANT, /* a time as a text */
	HOLE_VALUE,
	HOLE_QUALITY,
	HOLE_TENANT,
	HOLE_NUMBER, /* of a member that means nothing */
	HOLE_TEXT,
	HOLE_NEVER /* an object that has this has no form */
};

/* What a member's value is, by its slot; of other slots it is text. */
static const unsigned char holes[SLOTS][TOKENS] = {
	/* clang-format off */
	/*                NUMBER        TEXT          NULL        OTHER */
	[SLOT_NONE]    = { HOLE_NUMBER,  HOLE_TEXT,    HOLE_NONE,  HOLE_NONE },
	[SLOT_ASIDE]   = { HOLE_NUMBER,  HOLE_TEXT,    HOLE_NONE,  HOLE_NONE },
	[SLOT_TIME]    = { HOLE_TIME,    HOLE_INSTANT, HOLE_NONE,  HOLE_NEVER },
	[SLOT_VALUE]   = { HOLE_VALUE,   HOLE_NEVER,   HOLE_NEVER, HOLE_NEVER },
	[SLOT_QUALITY] = { HOLE_QUALITY, HOLE_NEVER,   HOLE_NONE,  HOLE_NEVER },
	[SLOT_TENANT]  = { HOLE_NONE,    HOLE_TENANT,  HOLE_NONE,  HOLE_NEVER },
	/* clang-format on */
};

/* Where it is read, and where the body ends. */
struct at {
	const unsigned char *p, *end;
};

/* A form that is being made. */
struct form {
	unsigned char *v; /* MEMO_TEXT_MAX bytes */
	size_t n;
	unsigned has; /* a bit for each hole of which there is one */
};

static void
pass_blanks(struct at *at)
{
	while (at->p < at->end && (*at->p == ' ' || *at->p == '\n' ||
				      *at->p == '\r' || *at->p == '\t'))
		at->p++;
}

/* Up to the quote that ends a text without escapes; *all: its bytes' bits. */
static bool
text_at(struct slice *s, unsigned char *all, struct at *at)
{
	const unsigned char *p = at->p;

	for (*all = 0; p < at->end && *p != '"'; p++) {
		if (*p < ' ' || *p == '\\')
			return false;
		*all |= *p;
	}
	*s = (struct slice){ (const char *)at->p, (size_t)(p - at->p) };
	at->p = p;
	return p < at->end;
}

/* A member's name and colon. */
static bool
key_at(struct slice *key, struct at *at)
{
	unsigned char all;

	pass_blanks(at);
	if (at->p == at->end || *at->p++ != '"' || !text_at(key, &all, at))
		return false;
	at->p++;
	pass_blanks(at);
	if (at->p == at->end || *at->p++ != ':')
		return false;
	pass_blanks(at);
	return at->p < at->end;
}

static bool
is_digit(unsigned char c)
{
	return (unsigned)(c - '0') <= 9;
}

/* Digits, point and sign, null, or anything else up to a comma or bracket. */
static enum token
word_at(struct at *at)
{
	const unsigned char *from = at->p;
	bool plain = true;

	for (; at->p<at->end && * at->p> ' ' &&
	       memchr(",}]{[:\"", *at->p, 7) == NULL;
	     at->p++)
		plain = plain &&
			(is_digit(*at->p) || *at->p == '.' || *at->p == '-');
	if (at->p - from == 4 && memcmp(from, "null", 4) == 0)
		return TOKEN_NULL;
	return plain && at->p > from ? TOKEN_NUMBER : TOKEN_OTHER;
}

/* A member's value: what kind it is, and what of it would be in a hole. */
static bool
token_at(enum token *kind, struct slice *s, struct at *at)
{
	unsigned char all;

	if (*at->p != '"') {
		s->p = (const char *)at->p;
		*kind = word_at(at);
		s->n = (size_t)(at->p - (const unsigned char *)s->p);
		return s->n > 0;
	}
	at->p++;
	if (!text_at(s, &all, at))
		return false;
	at->p++;
	*kind = all < 0x80 ? TOKEN_TEXT : TOKEN_OTHER;
	return true;
}

static bool
part_put(struct form *f, const void *from, size_t n, enum hole hole)
{
	if (n + PART_MORE > MEMO_TEXT_MAX - f->n)
		return false;
	f->v[f->n++] = (unsigned char)(n & 0xff);
	f->v[f->n++] = (unsigned char)(n >> 8);
	memcpy(f->v + f->n, from, n);
	f->n += n;
	f->v[f->n++] = (unsigned char)hole;
	return true;
}

/* What the member's value is; each that is looked at may be there once. */
static enum hole
hole_of(struct form *f, unsigned name, enum token kind)
{
	enum hole hole = holes[name_slot(name)][kind];
	unsigned bit = 1U << hole;

	if (hole == HOLE_NONE || hole == HOLE_NUMBER || hole == HOLE_TEXT)
		return hole;
	if (hole == HOLE_INSTANT) {
		if (name_day_first(name))
			return HOLE_NEVER;
		bit |= 1U << HOLE_TIME;
	}
	if ((f->has & bit) != 0)
		return HOLE_NEVER;
	f->has |= bit;
	return hole;
}

/*
 * The form of the object that begins there; false: it has none.  Whether it is
 * JSON is not looked at: only what was a reading is ever remembered.
 */
static bool
form_read(struct form *f, struct members *m, struct at at)
{
	const char *from = (const char *)at.p;
	struct slice key, value;
	enum token kind;
	enum hole hole;

	members_clear(m);
	if (at.p == at.end || *at.p++ != '{')
		return false;
	for (;;) {
		if (!key_at(&key, &at) || !token_at(&kind, &value, &at))
			return false;
		hole = hole_of(f, members_name(m, key), kind);
		if (hole == HOLE_NEVER)
			return false;
		if (hole != HOLE_NONE) {
			if (!part_put(f, from, (size_t)(value.p - from), hole))
				return false;
			from = value.p + value.n;
		}
		pass_blanks(&at);
		if (at.p == at.end)
			return false;
		if (*at.p++ == '}')
			return part_put(f, from,
			    (size_t)((const char *)at.p - from), HOLE_NONE);
		if (at.p[-1] != ',')
			return false;
	}
}

/* The digits from p on; *w takes them in, modulo 2^64. */
static const unsigned char *
digits(uint64_t *w, const unsigned char *p, const unsigned char *end)
{
	uint64_t v = *w, part;

	/* Most numbers are short. */
	while (end - p >= 8 && is_digit(p[7]) && digits_eight(&part, p)) {
		v = v * 100000000 + part;
		p += 8;
	}
	for (; p < end && is_digit(*p); p++)
		v = v * 10 + (uint64_t)(*p - '0');
	*w = v;
	return p;
}

/*
 * A number as JSON has it, but for long ones.  Behind one with an exponent does
 * not stand what the form has there.
 */
static bool
number_at(struct jvalue *v, struct at *at)
{
	bool minus = at->p < at->end && *at->p == '-';
	const unsigned char *first = at->p + minus, *point, *p;
	uint64_t w = 0;
	size_t n;

	point = p = digits(&w, first, at->end);
	n = (size_t)(p - first);
	if (n == 0 || (*first == '0' && n > 1))
		return false;
	v->kind = J_INT;
	if (p < at->end && *p == '.') {
		v->kind = J_REAL;
		p = digits(&w, ++point, at->end);
		n += (size_t)(p - point);
		if (p == point)
			return false;
	}
	if (n > EXACT_DIGITS)
		return false;
	at->p = p;
	if (v->kind == J_REAL) {
		if (!decimal_double(&v->d, w, (int)(point - p)))
			return false;
		v->d = minus ? -v->d : v->d;
		return true;
	}
	if (w > INT64_MAX)
		return false;
	v->i = minus ? -(int64_t)w : (int64_t)w;
	return true;
}

/* What is to be filled in of a reading. */
struct fill {
	const struct lean *l;
	const struct intake *in;
	const struct memo_sensor *sensor;
	struct reading r;
};

static bool
time_fits(const struct fill *f)
{
	return f->r.time >= f->l->from && f->r.time <= f->l->till;
}

static bool
number_fits(struct fill *f, enum hole hole, struct at *at)
{
	struct jvalue v;

	if (!number_at(&v, at))
		return false;
	switch (hole) {
	case HOLE_TIME:
		return clock_from_number(&f->r.time, jvalue_number(&v)) &&
		       time_fits(f);
	case HOLE_VALUE:
		return lean_number(&f->r.value, &v) &&
		       !(f->r.value < f->sensor->low ||
			   f->r.value > f->sensor->high);
	case HOLE_QUALITY:
		if (v.kind != J_INT || v.i < 0 || v.i > QUALITY_GOOD)
			return false;
		f->r.quality = (uint8_t)v.i;
		return true;
	default:
		return true;
	}
}

static bool
text_fits(struct fill *f, enum hole hole, struct at *at)
{
	unsigned char all;
	struct slice s;

	if (!text_at(&s, &all, at) || all >= 0x80)
		return false;
	if (hole == HOLE_INSTANT)
		return instant_read(&f->r.time, s, f->in->zone, false) ==
			   INSTANT_OK &&
		       time_fits(f);
	return hole != HOLE_TENANT || slice_is(s, f->in->tenant_name);
}

/* Is it an object of this form?  Then at stands behind it. */
static bool
object_fits(struct fill *f, const struct memo_step *s, struct at *to)
{
	const unsigned char *form = (const unsigned char *)s->text;
	struct at at = *to;

	f->sensor = &s->sensor;
	f->r = (struct reading){ .time = f->l->now,
		.sensor = s->sensor.id,
		.quality = QUALITY_GOOD };
	for (;;) {
		size_t n = form[0] | (size_t)form[1] << 8;
		enum hole hole;

		if ((size_t)(at.end - at.p) < n ||
		    memcmp(at.p, form + 2, n) != 0)
			return false;
		at.p += n;
		hole = form[2 + n];
		form += n + PART_MORE;
		switch (hole) {
		case HOLE_NONE:
			*to = at;
			return true;
		case HOLE_INSTANT:
		case HOLE_TENANT:
		case HOLE_TEXT:
			if (!text_fits(f, hole, &at))
				return false;
			break;
		default:
			if (!number_fits(f, hole, &at))
				return false;
		}
	}
}

/* The step of the object that begins there, which is passed; 0: it has none. */
static uint32_t
step_at(struct fill *f, struct lean *l, struct intake *in, struct at *at)
{
	struct memo *m = l->memo;
	struct form form = { .v = l->form };
	uint32_t step = m->v[m->last].next;

	l->form_n = 0;
	if (step != 0 && m->v[step].first == MEMO_OBJECT &&
	    object_fits(f, &m->v[step], at))
		return step;
	if (!form_read(&form, &in->members, *at))
		return 0;
	l->form_n = form.n;
	step = memo_find(m, MEMO_OBJECT,
	    (struct slice){ (const char *)l->form, l->form_n });
	return step != 0 && object_fits(f, &m->v[step], at) ? step : 0;
}

void
lean_object_begin(struct lean *l)
{
	l->memo = roster_memo(l->roster);
}

bool
lean_object(struct lean *l, struct intake *in, struct jscan *s)
{
	struct fill f = { .l = l, .in = in };
	struct at at = { s->at, s->end };
	uint32_t step;

	if (in->n + l->r.n >= ITEMS_MAX)
		return false;
	pass_blanks(&at);
	if ((step = step_at(&f, l, in, &at)) == 0)
		return false;
	*readings_room(&l->r, l->arena, 1) = f.r;
	l->r.n++;
	l->backlog += f.r.time < l->live;
	memo_follow(l->memo, step);
	jscan_passed(s, at.p);
	return true;
}

void
lean_object_learn(struct lean *l, struct intake *in, size_t first)
{
	const struct item *it = &in->v[first];
	const struct target *t;
	uint32_t step;

	if (in->n != first + 1 || (t = lean_take(l, it)) == NULL)
		return;
	in->n = first;
	/* Of what a reading has, the revision alone stands in no hole. */
	if (l->form_n == 0 || it->r.rev != 0)
		return;
	step = memo_add(l->memo, MEMO_OBJECT,
	    (struct slice){ (const char *)l->form, l->form_n },
	    &(struct memo_sensor){ t->low, t->high, t->id });
	if (step != 0)
		memo_follow(l->memo, step);
}
