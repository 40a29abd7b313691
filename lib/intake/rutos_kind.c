/*
 * The inputs of a router that tell of itself: which they are by their members,
 * what of them is a reading, and what a fact.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "intake/rutos.h"

struct kind {
	const char *type;
	const char *sign[2];
	const char *which;   /* the member that tells one from another */
	const char *sole[2]; /* the member that is its only reading, or else */
	const char *numbers; /* members that are readings, by blanks */
	bool bare;	     /* its facts have no type before their names */
};

#define GSM "rssi rsrp rsrq sinr temp"
#define GPS                                                            \
	"latitude longitude altitude angle speed accuracy satellites " \
	"fix_status"

/* The first whose signs are all there. */
static const struct kind kinds[] = {
	/* clang-format off */
	{ .type = "alarm", .sign = { "alarm_id" }, .which = "alarm_id" },
	{ .type = "bluetooth", .sign = { "mac", "rssi" }, .which = "mac",
	  .numbers = "rssi" },
	{ .type = "wifiscan", .sign = { "mac", "ssid" }, .which = "mac",
	  .numbers = "signal" },
	{ .type = "wifiscan", .sign = { "bssid" }, .which = "bssid",
	  .numbers = "signal" },
	{ .type = "bluetooth", .sign = { "MAC", "DT" }, .which = "MAC" },
	{ .type = "mnfinfo", .sign = { "serial" }, .bare = true },
	{ .type = "mnfinfo", .sign = { "maceth" }, .bare = true },
	{ .type = "mnfinfo", .sign = { "hwver" }, .bare = true },
	{ .type = "gps", .sign = { "latitude", "longitude" }, .numbers = GPS },
	{ .type = "gsm", .sign = { "imei" }, .numbers = GSM, .bare = true },
	{ .type = "gsm", .sign = { "iccid" }, .numbers = GSM, .bare = true },
	{ .type = "gsm", .sign = { "rsrp" }, .numbers = GSM, .bare = true },
	{ .type = "gsm", .sign = { "rssi" }, .numbers = GSM, .bare = true },
	{ .type = "gsm", .sign = { "connstate" }, .numbers = GSM, .bare = true },
	{ .type = "gsm", .sign = { "conntype" }, .numbers = GSM, .bare = true },
	{ .type = "impulse", .sign = { "pin_name", "count" },
	  .which = "pin_name", .sole = { "count" } },
	{ .type = "io", .sign = { "name", "state" }, .which = "name",
	  .sole = { "value", "state" } },
	{ .type = "io", .sign = { "custom_name", "value" },
	  .which = "custom_name", .sole = { "value" } },
	{ .type = "base", .sign = { "fw" }, .bare = true },
	{ .type = "base", .sign = { "local_time" }, .bare = true },
	{ .type = "base", .sign = { "time_iso_8601" }, .bare = true },
	{ .type = "mdcollect", .sign = { "tx", "rx" }, .numbers = "tx rx" },
	/* clang-format on */
};

const struct kind *
kind_of(const struct parts *p)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		const char *const *sign = kinds[i].sign;

		if (part_get(p, sign[0]) != NULL &&
		    (sign[1] == NULL || part_get(p, sign[1]) != NULL))
			return &kinds[i];
	}
	return NULL;
}

/* Is it one of these words? */
static bool
among(const char *words, struct slice key)
{
	const char *at = words;

	while (at != NULL && *at != 0) {
		size_t n = strcspn(at, " ");

		if (slice_same((struct slice){ at, n }, key))
			return true;
		at += n + (at[n] == ' ');
	}
	return false;
}

/* A number, or the text of one. */
static bool
is_number(struct arena *a, const struct jvalue *v)
{
	const char *s;
	char *end;

	if (v->kind == J_INT || v->kind == J_REAL)
		return true;
	if (v->kind != J_TEXT || v->text.n == 0 || v->text.n > 32)
		return false;
	s = arena_copy(a, v->text.p, v->text.n);
	if (s[strspn(s, "+-.0123456789eE")] != 0)
		return false;
	(void)strtod(s, &end);
	return *end == 0;
}

/* "gsm.rssi", "io.din1", "bluetooth.AA:BB.rssi" */
static struct slice
full_name(struct intake *in, const struct kind *k, const struct parts *p,
    struct slice member)
{
	struct buf b = buf_new(in->arena, 64);
	struct slice which = { NULL, 0 };

	if (k->which != NULL)
		which = part_text(p, k->which);
	buf_text(&b, k->type);
	if (which.p != NULL)
		buf_printf(&b, ".%.*s", (int)which.n, which.p);
	if (member.p != NULL)
		buf_printf(&b, ".%.*s", (int)member.n, member.p);
	return (struct slice){ (const char *)b.p, b.n };
}

static void
own_reading(struct intake *in, const struct common *c, const char *place,
    struct slice sensor, const struct part *from, bool aside)
{
	struct segment *s = arena_alloc(in->arena, sizeof(*s));
	struct item *it = intake_add(in);

	*s = (struct segment){ .words = { .address = -1 },
		.slave = -1,
		.own = true,
		.aside = aside };
	item_common(it, c);
	it->device = (struct slice){ NULL, 0 };
	it->sensor = sensor;
	it->value = from->v;
	it->place = arena_printf(in->arena, "%s%s%.*s", place,
	    *place != 0 ? "." : "", (int)from->key.n, from->key.p);
	it->segment = s;
	in->segments++;
}

/* The member that is the reading of an input with only one; NULL: none. */
static const struct part *
sole_part(const struct kind *k, const struct parts *p)
{
	size_t i, j;

	for (j = 0; j < 2 && k->sole[j] != NULL; j++)
		for (i = 0; i < p->n; i++)
			if (slice_is(p->v[i].key, k->sole[j]) &&
			    p->v[i].v.kind != J_NULL)
				return &p->v[i];
	return NULL;
}

void
kind_take(struct intake *in, const struct kind *k, const struct parts *p,
    const struct common *c, const char *place)
{
	static const struct slice none = { NULL, 0 };
	const struct part *sole = sole_part(k, p);
	size_t i;

	if (sole != NULL)
		own_reading(in, c, place, full_name(in, k, p, none), sole,
		    false);
	for (i = 0; i < p->n; i++) {
		const struct part *one = &p->v[i];
		bool number = among(k->numbers, one->key) &&
			      is_number(in->arena, &one->v);

		if (one == sole || one->v.kind == J_NULL ||
		    name_slot(members_name(&in->members, one->key)) ==
			SLOT_TIME ||
		    (k->which != NULL && slice_is(one->key, k->which)))
			continue;
		if (number)
			own_reading(in, c, place, full_name(in, k, p, one->key),
			    one, true);
		intake_fact(in, none,
		    k->bare && !number ? one->key
				       : full_name(in, k, p, one->key),
		    &one->v);
	}
}
