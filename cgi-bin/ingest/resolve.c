#include "cgi-bin/ingest/resolve.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgi-bin/ingest/window.h"
#include "model/unit.h"

enum { SHORT_TEXT = 64 };

/* Integers above this are not exact as doubles. */
#define INTEGER_MAX (INT64_C(1) << 53)

/* What was found last: senders repeat themselves. */
struct last {
	struct slice device;
	int32_t index;
	struct slice unit; /* as sent, and the sensor's, which it equals */
	const char *same;
};

static int32_t
device_of(struct last *l, const struct roster *r, struct slice device)
{
	if (l->device.p == NULL || !slice_same(l->device, device)) {
		l->device = device;
		l->index = roster_device(r, device);
	}
	return l->index;
}

static bool
unit_fits(struct last *l, struct arena *a, struct slice sent, const char *unit)
{
	if (sent.p == NULL || slice_is(sent, unit))
		return true;
	if (l->same != NULL && strcmp(l->same, unit) == 0 &&
	    slice_same(l->unit, sent))
		return true;
	if (!unit_same(arena_copy(a, sent.p, sent.n), unit))
		return false;
	l->unit = sent;
	l->same = unit;
	return true;
}

/*
 * A text that is a number, or the name of a state; NaN and refused if not.  s
 * is the value's text with a NUL behind it.
 */
static double
from_text(struct item *it, struct arena *a, const struct target *t,
    const char *s)
{
	char *end, name[80];
	const char *at;
	double v = strtod(s, &end);

	/* Plain decimals only: no hexadecimal, infinity or blanks. */
	if (end != s && *end == 0 && s[strspn(s, "+-.0123456789eE")] == 0 &&
	    isfinite(v))
		return v;
	/* {"0": "ok"}: the state's name stands behind its number. */
	if (strlen(s) < SHORT_TEXT && strpbrk(s, "\"\\") == NULL) {
		(void)snprintf(name, sizeof(name), "\": \"%s\"", s);
		if (*s != 0 && (at = strstr(t->states, name)) != NULL) {
			while (at > t->states && at[-1] != '"')
				at--;
			return strtod(at, NULL);
		}
	}
	item_refuse(it, a,
	    *s == 0 || strcasecmp(s, "nan") == 0 || strcasecmp(s, "n/a") == 0
		? "no_value"
		: "not_a_number",
	    "\"%s\" is not a number", text_clip(a, it->value.text, 40));
	return NAN;
}

static double
from_slice(struct item *it, struct arena *a, const struct target *t)
{
	struct slice s = it->value.text;
	char room[SHORT_TEXT];

	if (s.n >= sizeof(room))
		return from_text(it, a, t, arena_copy(a, s.p, s.n));
	memcpy(room, s.p, s.n);
	room[s.n] = 0;
	return from_text(it, a, t, room);
}

static double
from_value(struct item *it, struct arena *a, const struct target *t)
{
	const struct jvalue *v = &it->value;

	switch (v->kind) {
	case J_REAL:
		return v->d;
	case J_INT:
		if (v->i <= INTEGER_MAX && v->i >= -INTEGER_MAX)
			return (double)v->i;
		/* fall through */
	case J_BIG:
		item_refuse(it, a, "too_large",
		    "the integer cannot be kept exactly");
		return NAN;
	case J_FALSE:
	case J_TRUE:
		return v->kind == J_TRUE;
	case J_TEXT:
		return from_slice(it, a, t);
	case J_OBJECT:
	case J_ARRAY:
		item_refuse(it, a, "not_a_number",
		    "a value is a number, not an object or array");
		return NAN;
	default:
		return NAN; /* null: known to be missing */
	}
}

static void
value_read(struct item *it, struct arena *a, const struct target *t)
{
	double v = from_value(it, a, t);

	it->r.value = v;
	if (isnan(v))
		it->r.quality = QUALITY_BAD;
	if (v < t->low || v > t->high)
		item_refuse(it, a, "out_of_range", "%g is outside %g to %g %s",
		    v, t->low, t->high, t->unit);
}

/* The item's sensor; NULL, and the item is refused, when it has none. */
static const struct target *
target_of(struct item *it, struct last *l, struct arena *a,
    const struct roster *r)
{
	const struct target *t = NULL;
	int32_t device = 0;

	if (it->device.p == NULL)
		t = roster_code(r, it->sensor);
	else if ((device = device_of(l, r, it->device)) >= 0)
		t = roster_sensor(r, device, it->sensor);
	if (t == NULL)
		item_refuse(it, a,
		    device < 0 ? "unknown_device" : "unknown_sensor",
		    "\"%s\" is not known to this key",
		    text_clip(a, device < 0 ? it->device : it->sensor, 64));
	return t;
}

void
resolve(struct intake *in, const struct roster *roster)
{
	struct last last = { .index = -1 };
	size_t i;

	for (i = 0; i < in->n; i++) {
		struct item *it = &in->v[i];
		const struct target *t;

		if (it->code != NULL)
			continue;
		if ((t = target_of(it, &last, in->arena, roster)) == NULL)
			continue;
		if (!unit_fits(&last, in->arena, it->unit, t->unit)) {
			item_refuse(it, in->arena, "wrong_unit",
			    "sent %s, the sensor has %s",
			    text_clip(in->arena, it->unit, 20), t->unit);
			continue;
		}
		it->r.sensor = t->id;
		if (it->window == NULL)
			value_read(it, in->arena, t);
		else
			window_read(it, in->arena, t);
		if (it->window != NULL && it->code == NULL &&
		    !window_is_whole(it))
			in->bare++;
	}
}
