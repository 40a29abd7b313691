#include "intake/csv_plan.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/dates.h"
#include "base/member.h"
#include "base/utf8.h"

enum { KEY_MAX = 64, ZONE_MAX = 64 };

static const char *const as_names[COLUMN_AS] = {
	[AS_LEAVE] = "leave",
	[AS_TIME] = "time",
	[AS_CLOCK] = "clock",
	[AS_SECONDS] = "seconds",
	[AS_DEVICE] = "device",
	[AS_SENSOR] = "sensor",
	[AS_NAME] = "name",
	[AS_VALUE] = "value",
	[AS_UNIT] = "unit",
};

static const char *const same_names[] = { "", "keep", "first" };

const char *
column_as_name(enum column_as as)
{
	return as_names[as];
}

bool
column_as_named(enum column_as *as, const char *name)
{
	int i;

	for (i = 0; i < COLUMN_AS; i++)
		if (strcmp(as_names[i], name) == 0) {
			*as = (enum column_as)i;
			return true;
		}
	return false;
}

const char *
same_name(enum same same)
{
	return same_names[same];
}

bool
same_named(enum same *same, const char *name)
{
	int i;

	for (i = SAME_ASKED; i <= SAME_FIRST; i++)
		if (strcmp(same_names[i], name) == 0) {
			*same = (enum same)i;
			return true;
		}
	return false;
}

bool
use_has_key(const struct use *u)
{
	return u->as == AS_SENSOR || (u->as == AS_SECONDS && *u->key != 0);
}

bool
use_reads(const struct use *u)
{
	return u->as == AS_VALUE || use_has_key(u);
}

bool
use_bounds(double *low, double *high, const struct use *u)
{
	*low = *high = NAN;
	if (*u->low != 0 &&
	    !cell_number(low, (struct slice){ u->low, strlen(u->low) }, '.'))
		return false;
	if (*u->high != 0 &&
	    !cell_number(high, (struct slice){ u->high, strlen(u->high) }, '.'))
		return false;
	return !(*low > *high);
}

bool
key_is_good(const char *key)
{
	static const char letters[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	    "._:-";
	size_t n = strspn(key, letters);

	return n > 0 && n <= KEY_MAX && key[n] == 0;
}

bool
zone_is_known(const char *zone)
{
	static const char letters[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	    "/_+-";
	char path[ZONE_MAX + 32];
	size_t n = strspn(zone, letters);

	if (n == 0 || n > ZONE_MAX || zone[n] != 0 || *zone == '/')
		return false;
	(void)snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", zone);
	return strcmp(zone, "UTC") == 0 || access(path, R_OK) == 0;
}

/* ---- reading ---- */

static struct err *
wrong(const char *member, const char *want)
{
	return err_say(err_raise(ERR_INPUT, "", "plan: %s", member),
	    "%s: want %s.", member, want);
}

/* A member's name for a sentence about it. */
static const char *
name_of(struct arena *a, struct slice key)
{
	char *copy = arena_copy(a, key.p, key.n < KEY_MAX ? key.n : KEY_MAX);

	copy[utf8_whole(copy, strlen(copy))] = 0;
	return copy;
}

/* A text of the plan; NULL: it is none. */
static const char *
text_of(struct arena *a, const struct jvalue *v)
{
	if (v->kind == J_NULL)
		return "";
	return v->kind == J_TEXT ? arena_copy(a, v->text.p, v->text.n) : NULL;
}

/* A text of the plan, or a number as one. */
static const char *
word_of(struct arena *a, const struct jvalue *v)
{
	if (v->kind == J_INT || v->kind == J_REAL)
		return arena_copy(a, v->raw.p, v->raw.n);
	return text_of(a, v);
}

/* The text of a column that has this name; NULL: there is none. */
static const char **
use_text(struct use *u, struct slice name)
{
	const struct {
		const char *name, **text;
	} all[] = {
		{ "key", &u->key },
		{ "unit", &u->unit },
		{ "low", &u->low },
		{ "high", &u->high },
	};
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (slice_is(name, all[i].name))
			return all[i].text;
	return NULL;
}

static struct err *
use_read(struct use *u, struct arena *a, struct jscan *s)
{
	struct jvalue v, member;
	const char *text, **to;
	struct slice key;

	*u = (struct use){ .key = "", .unit = "", .low = "", .high = "" };
	jscan_value(s, &v);
	if (v.kind != J_OBJECT)
		return wrong("columns", "objects with \"as\"");
	while (jscan_member(s, &key)) {
		jscan_value(s, &member);
		if ((text = word_of(a, &member)) == NULL)
			return wrong("columns",
			    "texts and numbers in each of them");
		if (slice_is(key, "as")) {
			if (!column_as_named(&u->as, text))
				return wrong("as",
				    "time, clock, seconds, device, sensor, "
				    "name, value, unit or leave");
		} else if ((to = use_text(u, key)) != NULL) {
			*to = text;
		} else {
			return wrong(name_of(a, key),
			    "of a column as, key, unit, low and high only");
		}
	}
	return NULL;
}

static struct err *
columns_read(struct plan *p, struct arena *a, struct jscan *s,
    const struct jvalue *v)
{
	struct err *e;

	if (v->kind != J_ARRAY)
		return wrong("columns", "an array");
	p->column = arena_array(a, CSV_COLUMNS_MAX, sizeof(*p->column));
	while (jscan_item(s)) {
		if (p->n == CSV_COLUMNS_MAX)
			return wrong("columns", "512 of them at most");
		if ((e = use_read(&p->column[p->n++], a, s)) != NULL)
			return err_pass(e);
	}
	return NULL;
}

/* A member whose value is a text. */
static struct err *
word_read(struct plan *p, struct arena *a, struct slice key, const char *text)
{
	if (slice_is(key, "zone")) {
		p->zone = text;
	} else if (slice_is(key, "device")) {
		p->device = text;
	} else if (slice_is(key, "site")) {
		p->site = text;
	} else if (slice_is(key, "start")) {
		p->start = text;
	} else if (slice_is(key, "decimal")) {
		p->decimal = *text;
		if (strcmp(text, "") != 0 && strcmp(text, ".") != 0 &&
		    strcmp(text, ",") != 0)
			return wrong("decimal", "\".\" or \",\"");
	} else if (slice_is(key, "order")) {
		p->order = date_order_named(text);
		if (*text != 0 && p->order == 0)
			return wrong("order", "dmy, mdy or ymd");
	} else if (slice_is(key, "same")) {
		if (!same_named(&p->same, text))
			return wrong("same", "keep or first");
	} else if (slice_is(key, "empty")) {
		p->skips_empty = strcmp(text, "skip") == 0;
		if (!p->skips_empty && strcmp(text, "missing") != 0 &&
		    *text != 0)
			return wrong("empty", "missing or skip");
	} else {
		return wrong(name_of(a, key), "no such member");
	}
	return NULL;
}

static struct err *
member_read(struct plan *p, struct arena *a, struct jscan *s, struct slice key)
{
	const char *text;
	struct jvalue v;
	struct err *e;

	jscan_value(s, &v);
	if (slice_is(key, "columns")) {
		e = columns_read(p, a, s, &v);
		return e != NULL ? err_pass(e) : NULL;
	}
	if (slice_is(key, "make")) {
		p->makes = v.kind == J_TRUE;
		return v.kind == J_TRUE || v.kind == J_FALSE
			   ? NULL
			   : wrong("make", "true or false");
	}
	if ((text = text_of(a, &v)) == NULL)
		return wrong(name_of(a, key), "a text");
	e = word_read(p, a, key, text);
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
plan_read(struct plan *p, struct arena *a, struct bytes json)
{
	struct slice key;
	struct jvalue top;
	struct jscan s;
	struct err *e;

	*p = (struct plan){ .zone = "", .device = "", .site = "", .start = "" };
	if (json.n > PLAN_MAX)
		return err_raise(ERR_TOO_BIG, "The plan is too large.", "%zu",
		    json.n);
	jscan_open(&s, a, json);
	jscan_value(&s, &top);
	if (top.kind == J_ARRAY)
		return wrong("plan", "an object");
	while (top.kind == J_OBJECT && jscan_member(&s, &key))
		if ((e = member_read(p, a, &s, key)) != NULL) {
			/* What is no JSON at all is told as such. */
			if (s.why == NULL)
				return err_pass(e);
			break;
		}
	e = jscan_close(&s);
	return e != NULL ? err_pass(e) : NULL;
}

/* ---- writing ---- */

static void
text_unless_empty(struct buf *b, const char *name, const char *text)
{
	if (*text != 0)
		member_text(b, name, text);
}

/* A bound that is no number is kept as it was typed. */
static void
bound_put(struct buf *b, const char *name, const char *text)
{
	struct slice s = { text, strlen(text) };
	double v;

	if (cell_number(&v, s, '.'))
		member_real(b, name, v);
	else
		text_unless_empty(b, name, text);
}

static void
use_put(struct buf *b, const struct use *u)
{
	member_comma(b);
	buf_byte(b, '{');
	member_text(b, "as", column_as_name(u->as));
	if (use_has_key(u)) {
		member_text(b, "key", u->key);
		text_unless_empty(b, "unit", u->unit);
	}
	if (use_reads(u)) {
		bound_put(b, "low", u->low);
		bound_put(b, "high", u->high);
	}
	buf_byte(b, '}');
}

void
plan_put(struct buf *b, const struct plan *p)
{
	const char decimal[2] = { p->decimal, 0 };
	size_t i;

	buf_byte(b, '{');
	member_name(b, "columns");
	buf_byte(b, '[');
	for (i = 0; i < p->n; i++)
		use_put(b, &p->column[i]);
	buf_byte(b, ']');
	text_unless_empty(b, "decimal", decimal);
	if (p->order != 0)
		member_text(b, "order", date_order_name(p->order));
	text_unless_empty(b, "zone", p->zone);
	text_unless_empty(b, "device", p->device);
	text_unless_empty(b, "start", p->start);
	text_unless_empty(b, "same", same_name(p->same));
	if (p->skips_empty)
		member_text(b, "empty", "skip");
	if (p->makes)
		member_bool(b, "make", true);
	text_unless_empty(b, "site", p->site);
	buf_byte(b, '}');
}
