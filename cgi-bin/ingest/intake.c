#include "cgi-bin/ingest/intake.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"

enum { UNIX_DIGITS = 9 };

#define AHEAD_MAX (5 * CLOCK_MIN)
#define EARLIEST INT64_C(946684800000000) /* 2000-01-01 */

static const char *const device_names[] = { "device", "device_id", "deviceId",
	"machine_id", "meterId", "vehicleId", "id", NULL };
static const char *const time_names[] = { "ts", "timestamp", "time",
	"created_at", "date_iso_8601", NULL };
static const char *const tenant_names[] = { "tenant_id", "tenant", NULL };
static const char *const quality_names[] = { "quality", NULL };
static const char *const rev_names[] = { "revision", "rev", NULL };

struct err *
intake_add(struct item **out, struct intake *in, const char *place,
    const struct common *c)
{
	if (in->n == ITEMS_MAX)
		return err_raise(ERR_TOO_BIG, "Too many readings in one body.",
		    "more than %d", ITEMS_MAX);
	if (in->n == in->room) {
		struct item *v;

		in->room = in->room * 2 + 16;
		v = arena_array(in->arena, in->room, sizeof(*v));
		if (in->n > 0)
			memcpy(v, in->v, in->n * sizeof(*v));
		in->v = v;
	}
	*out = &in->v[in->n++];
	**out = (struct item){
		.place = place,
		.device = c->device,
		.raw = c->raw,
		.code = c->code,
		.detail = c->detail,
		.r = { .time = c->time, .quality = c->quality, .rev = c->rev }
	};
	return NULL;
}

const char *
item_place(struct arena *a, const struct item *it)
{
	if (it->joint == NULL)
		return it->place;
	return arena_printf(a, "%s%s%s", it->place, it->joint, it->member);
}

void
item_refuse(struct item *it, struct arena *a, const char *code, const char *fmt,
    ...)
{
	char detail[256];
	va_list ap;

	if (it->code != NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(detail, sizeof(detail), fmt, ap);
	va_end(ap);
	it->code = code;
	it->detail = arena_text(a, detail);
}

const char *
text_clip(struct arena *a, const char *s, size_t n)
{
	return arena_copy(a, s, utf8_whole(s, n));
}

json_t *
member_of(const json_t *object, const char *const *names)
{
	json_t *v = NULL;

	for (; v == NULL && *names != NULL; names++) {
		v = json_object_get(object, *names);
		if (json_is_null(v))
			v = NULL;
	}
	return v;
}

/* ISO 8601, or a Unix number that came as text. */
static bool
time_from_text(int64_t *us, const char *s)
{
	size_t n = strlen(s);

	if (n >= UNIX_DIGITS && strspn(s, "0123456789") == n)
		return clock_from_number(us, strtod(s, NULL));
	return clock_from_iso(us, s);
}

/* The instant an object names, or now when it names none. */
static void
time_read(struct common *c, const struct intake *in, const json_t *v)
{
	bool ok = true;

	c->time = in->now;
	if (json_is_string(v))
		ok = time_from_text(&c->time, json_string_value(v));
	else if (v != NULL)
		ok = json_is_number(v) &&
		     clock_from_number(&c->time, json_number_value(v));
	if (!ok) {
		c->code = "bad_time";
		c->detail = "want Unix seconds, milliseconds or microseconds, "
			    "or ISO 8601 with a zone";
	} else if (c->time > in->now + AHEAD_MAX) {
		c->code = "clock_ahead";
		c->detail = arena_printf(in->arena,
		    "%s is more than 5 min ahead of the server",
		    clock_iso(in->arena, c->time));
	} else if (c->time < EARLIEST) {
		c->code = "clock_unset";
		c->detail =
		    arena_printf(in->arena, "%s: the sender's clock is not set",
			clock_iso(in->arena, c->time));
	}
}

/* A whole number within bounds; `fallback` when it is not there. */
static json_int_t
whole(struct common *c, const json_t *v, json_int_t max, json_int_t fallback,
    const char *code)
{
	json_int_t n = fallback;

	if (json_is_integer(v))
		n = json_integer_value(v);
	else if (json_is_real(v) && fabs(json_real_value(v)) < 1e6)
		n = (json_int_t)json_real_value(v);
	else if (v != NULL)
		n = -1;
	if (n >= 0 && n <= max)
		return n;
	c->code = code;
	c->detail = "want a whole number within its bounds";
	return fallback;
}

bool
tenant_fits(const struct intake *in, const json_t *object)
{
	const json_t *t = member_of(object, tenant_names);

	if (json_is_string(t))
		return strcmp(json_string_value(t), in->tenant_name) == 0;
	return t == NULL || json_integer_value(t) == in->tenant;
}

void
common_read(struct common *c, const struct intake *in, const json_t *object)
{
	*c = (struct common){ .raw = object };
	c->device = json_string_value(member_of(object, device_names));
	time_read(c, in, member_of(object, time_names));
	c->quality = (uint8_t)whole(c, member_of(object, quality_names),
	    QUALITY_GOOD, QUALITY_GOOD, "bad_quality");
	c->rev = (uint16_t)whole(c, member_of(object, rev_names), UINT16_MAX, 0,
	    "bad_revision");
	if (!tenant_fits(in, object)) {
		c->code = "wrong_tenant";
		c->detail = "this key belongs to another tenant";
	}
}
