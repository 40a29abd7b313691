#include "intake/resolve.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "intake/gap.h"
#include "intake/sane.h"
#include "intake/template.h"
#include "intake/window.h"
#include "model/unit.h"

enum { SHORT_TEXT = 64 };

/* Integers above this are not exact as doubles. */
#define INTEGER_MAX (INT64_C(1) << 53)

/* What was found last: senders repeat themselves. */
struct last {
	struct slice device;
	int32_t index;
	int32_t nameless;  /* index of what is mapped without a device, or -1 */
	struct slice unit; /* as sent, and the sensor's, which it becomes ... */
	const char *same;
	struct unit_change change; /* ... so; up 0: it is the same */
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

/*
 * False: what was sent cannot become what the sensor has.  *change is how it
 * does, NULL when both are the same.
 */
static bool
unit_fits(const struct unit_change **change, struct last *l, struct arena *a,
    struct slice sent, const char *unit)
{
	struct unit_change how = { .up = 0 };
	const char *text;

	*change = NULL;
	if (sent.p == NULL || slice_is(sent, unit))
		return true;
	if (l->same == NULL || strcmp(l->same, unit) != 0 ||
	    !slice_same(l->unit, sent)) {
		text = arena_copy(a, sent.p, sent.n);
		if (!unit_same(text, unit) && !unit_change(&how, text, unit))
			return false;
		l->unit = sent;
		l->same = unit;
		l->change = how;
	}
	if (l->change.up != 0)
		*change = &l->change;
	return true;
}

/* What senders write when they have no value. */
static bool
is_missing(const char *s)
{
	static const char *const words[] = { "", "n/a", "nan", "null" };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcasecmp(s, words[i]) == 0)
			return true;
	return false;
}

/*
 * A text that is a number, or the name of a state; NaN if not, and refused if
 * it does not say that there is none.  s
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
	if (is_missing(s))
		sane_flag(it, REASON_NO_VALUE);
	else
		item_refuse(it, a, "not_a_number", "\"%s\" is not a number",
		    text_clip(a, it->value.text, 40));
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

/* Its mapping says what to do with the number, whatever its unit is. */
static bool
is_scaled(const struct target *t)
{
	return t->scale != 1 || t->shift != 0;
}

static void
value_read(struct intake *in, struct item *it, const struct target *t,
    const struct unit_change *change)
{
	double v = from_value(it, in->arena, t);

	if (is_scaled(t))
		v = v * t->scale + t->shift;
	else if (change != NULL)
		v = sane_convert(it, v, change);
	if (isinf(v))
		item_refuse(it, in->arena, "too_large",
		    "the mapped value is none");
	v = sane_range(it, in->arena, v, t);
	it->r.value = v;
	if (isnan(v))
		it->r.quality = QUALITY_BAD;
	if (t->zero) {
		it->frame = t->device + 1;
		in->zeros += v == 0;
	}
}

/* By another name of it, which only a mapping can know; NULL: there is none. */
static const struct target *
other_target(const struct item *it, const struct roster *r)
{
	const struct slice devices[] = { it->device, it->also_device };
	const struct slice sensors[] = { it->also_sensor, it->sensor };
	const struct target *t;
	size_t i, k;

	for (i = 0; i < 2; i++) {
		struct slice name =
		    devices[i].p != NULL ? devices[i] : (struct slice){ "", 0 };
		int32_t device = roster_device(r, name);

		for (k = 0; k < 2 && device >= 0; k++)
			if (sensors[k].p != NULL &&
			    (t = roster_sensor(r, device, sensors[k])) != NULL)
				return t;
	}
	return NULL;
}

/* The item's sensor; NULL, and the item is refused, when it has none. */
static const struct target *
target_of(struct item *it, struct last *l, struct arena *a,
    const struct roster *r)
{
	const struct target *t = NULL;
	int32_t device = l->nameless;

	if (it->number != 0)
		t = roster_numbered(r, it->number);
	if (it->device.p != NULL)
		device = device_of(l, r, it->device);
	if (t == NULL && device >= 0)
		t = roster_sensor(r, device, it->sensor);
	if (t == NULL && it->device.p == NULL)
		t = roster_code(r, it->sensor);
	if (t == NULL &&
	    (it->also_device.p != NULL || it->also_sensor.p != NULL))
		t = other_target(it, r);
	if (t != NULL)
		return t;
	device = it->device.p != NULL && device < 0;
	item_refuse(it, a, device ? "unknown_device" : "unknown_sensor",
	    "\"%s\" is not known to this key",
	    text_clip(a, device ? it->device : it->sensor, 64));
	return NULL;
}

/* Was it refused because its sender has not filled in a template? */
static void
template_seen(struct intake *in, struct item *it)
{
	const struct slice none = { NULL, 0 };
	struct slice value = it->value.kind == J_TEXT ? it->value.text : none;

	if (!template_in(value) && !template_in(it->device) &&
	    !template_in(it->sensor))
		return;
	intake_warn(in, "template_unexpanded");
	it->code = NULL;
	item_refuse(it, in->arena, "template_unexpanded",
	    "the sender has not filled in its template");
}

/* Is it of the credential's own site, if its sender names one? */
static bool
is_there(struct item *it, struct arena *a, const struct roster *r)
{
	if (it->site.p == NULL || slice_is(it->site, roster_rule(r)->site))
		return true;
	item_refuse(it, a, "wrong_site", "\"%s\" is not the site of this key",
	    text_clip(a, it->site, 64));
	return false;
}

/* What its target makes of the item. */
static void
settle(struct intake *in, struct item *it, struct last *l,
    const struct target *t)
{
	const struct unit_change *change = NULL;
	struct arena *a = in->arena;

	if (target_has_facet(t, it->number)) {
		/* Beside a reading; its bounds and unit are not a count's. */
		it->r.sensor = it->number;
		in->odd += sane_is_odd(in, it->r.time);
		return;
	}
	if (t->id == 0) {
		it->let_go = true;
		in->let_go++;
		return;
	}
	if (!is_scaled(t) && !unit_fits(&change, l, a, it->unit, t->unit)) {
		item_refuse(it, a, "wrong_unit", "sent %s, the sensor has %s",
		    text_clip(a, it->unit, 20), t->unit);
		return;
	}
	it->r.sensor = t->id;
	if (it->window == NULL)
		value_read(in, it, t, change);
	else
		window_read(it, a, t, change);
	in->odd += sane_is_odd(in, it->r.time);
	if (it->code != NULL)
		template_seen(in, it);
	if (it->window != NULL && it->code == NULL && !window_is_whole(it))
		in->bare++;
}

void
resolve(struct intake *in, const struct roster *roster)
{
	struct last last = { .index = -1,
		.nameless = roster_device(roster, (struct slice){ "", 0 }) };
	const struct target *t;
	size_t i;

	in->let_go = 0;
	for (i = 0; i < in->n; i++) {
		struct item *it = &in->v[i];

		if (it->code != NULL || !is_there(it, in->arena, roster))
			continue;
		if ((t = target_of(it, &last, in->arena, roster)) == NULL)
			template_seen(in, it);
		else
			settle(in, it, &last, t);
	}
	/* Of a sensor that is not known here, all that can be said is where. */
	for (i = 0; i < in->gaps; i++)
		if (roster_numbered(roster, in->gap[i].sensor) == NULL)
			in->gap[i].sensor = 0;
}
