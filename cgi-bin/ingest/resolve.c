#include "cgi-bin/ingest/resolve.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/unit.h"
#include "query.h"

/* Integers above this are not exact as doubles. */
#define INTEGER_MAX (INT64_C(1) << 53)

/* A sensor that this credential may write to. */
struct target {
	const char *device, *key, *code, *unit, *states;
	int32_t id;
	double low, high; /* NaN: no bound */
};

struct targets {
	struct target *by_key, **by_code;
	size_t n;
};

static int
key_order(const void *a, const void *b)
{
	const struct target *x = a, *y = b;
	int c = strcmp(x->device, y->device);

	return c != 0 ? c : strcmp(x->key, y->key);
}

static int
code_order(const void *a, const void *b)
{
	const struct target *const *x = a, *const *y = b;

	return strcmp((*x)->code, (*y)->code);
}

/* The distinct devices, and codes, that the items name. */
static size_t
names(const char **out, const struct intake *in, bool devices)
{
	size_t i, n = 0;

	for (i = 0; i < in->n; i++) {
		const struct item *it = &in->v[i];
		const char *s = devices		     ? it->device
				: it->device == NULL ? it->sensor
						     : NULL;

		/* Senders group by device: looking one back drops most. */
		if (it->code == NULL && s != NULL &&
		    (n == 0 || strcmp(out[n - 1], s) != 0))
			out[n++] = s;
	}
	return n;
}

static double
bound(const struct rows *r, int i, int col)
{
	return rows_null(r, i, col) ? NAN : rows_real(r, i, col);
}

static struct err *
load(struct targets *t, const struct intake *in, struct tx *tx)
{
	const char **devices = arena_array(in->arena, in->n, sizeof(*devices));
	const char **codes = arena_array(in->arena, in->n, sizeof(*codes));
	size_t n = names(devices, in, true), m = names(codes, in, false);
	const struct who *who = tx_who(tx);
	struct rows *r;
	struct err *e;
	int i;

	if ((e = tx_rows(&r, tx, &q_ingest_sensors,
		 ARGS(A((int)who->tenant), A((int)who->device),
		     arr_text(in->arena, devices, n),
		     arr_text(in->arena, codes, m)))) != NULL)
		return err_pass(e);
	t->n = (size_t)rows_count(r);
	t->by_key = arena_array(in->arena, t->n, sizeof(*t->by_key));
	t->by_code = arena_array(in->arena, t->n, sizeof(*t->by_code));
	for (i = 0; i < rows_count(r); i++) {
		t->by_key[i] = (struct target){
			.device = rows_text(r, i, INGEST_SENSORS_DEVICE),
			.key = rows_text(r, i, INGEST_SENSORS_KEY),
			.code = rows_text(r, i, INGEST_SENSORS_CODE),
			.unit = rows_text(r, i, INGEST_SENSORS_UNIT),
			.states = rows_text(r, i, INGEST_SENSORS_STATES),
			.id = (int32_t)rows_int(r, i, INGEST_SENSORS_SENSOR_ID),
			.low = bound(r, i, INGEST_SENSORS_LOW),
			.high = bound(r, i, INGEST_SENSORS_HIGH),
		};
		t->by_code[i] = &t->by_key[i];
	}
	if (t->n > 1)
		qsort(t->by_code, t->n, sizeof(*t->by_code), code_order);
	return NULL;
}

static const struct target *
find(const struct targets *t, const struct item *it)
{
	struct target want = { .device = it->device,
		.key = it->sensor,
		.code = it->sensor };
	struct target *key = &want, **found;

	if (t->n == 0)
		return NULL;
	if (it->device != NULL)
		return bsearch(&want, t->by_key, t->n, sizeof(want), key_order);
	found = bsearch(&key, t->by_code, t->n, sizeof(key), code_order);
	return found != NULL ? *found : NULL;
}

static int
device_order(const void *a, const void *b)
{
	const struct target *x = a, *y = b;

	return strcmp(x->device, y->device);
}

static bool
has_device(const struct targets *t, const char *device)
{
	struct target want = { .device = device };

	return t->n > 0 && bsearch(&want, t->by_key, t->n, sizeof(want),
			       device_order) != NULL;
}

/* A text that is a number, or the name of a state; NaN and refused if not. */
static double
from_text(struct item *it, struct arena *a, const struct target *t)
{
	const char *s = json_string_value(it->value);
	char *end, name[80];
	const char *at;
	double v = strtod(s, &end);

	/* Plain decimals only: no hexadecimal, infinity or blanks. */
	if (end != s && *end == 0 && s[strspn(s, "+-.0123456789eE")] == 0 &&
	    isfinite(v))
		return v;
	/* {"0": "ok"}: the state's name stands behind its number. */
	if (strlen(s) < 64 && strpbrk(s, "\"\\") == NULL) {
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
	    "\"%s\" is not a number", text_clip(a, s, 40));
	return NAN;
}

static void
value_read(struct item *it, struct arena *a, const struct target *t)
{
	double v = NAN;

	if (json_is_integer(it->value)) {
		json_int_t n = json_integer_value(it->value);

		v = (double)n;
		if (n > INTEGER_MAX || n < -INTEGER_MAX)
			item_refuse(it, a, "too_large",
			    "the integer cannot be kept exactly");
	} else if (json_is_real(it->value)) {
		v = json_real_value(it->value);
	} else if (json_is_boolean(it->value)) {
		v = json_is_true(it->value);
	} else if (json_is_string(it->value)) {
		v = from_text(it, a, t);
	} else if (!json_is_null(it->value)) {
		item_refuse(it, a, "not_a_number",
		    "a value is a number, not an object or array");
	}
	it->r.value = v;
	if (isnan(v))
		it->r.quality = QUALITY_BAD; /* null: known to be missing */
	if (v < t->low || v > t->high)
		item_refuse(it, a, "out_of_range", "%g is outside %g to %g %s",
		    v, t->low, t->high, t->unit);
}

struct err *
resolve(struct intake *in, struct tx *tx)
{
	struct targets targets = { 0 };
	struct err *e;
	size_t i;

	if ((e = load(&targets, in, tx)) != NULL)
		return err_pass(e);
	for (i = 0; i < in->n; i++) {
		struct item *it = &in->v[i];
		const struct target *t;

		if (it->code != NULL)
			continue;
		if ((t = find(&targets, it)) == NULL) {
			bool device = it->device == NULL ||
				      has_device(&targets, it->device);

			item_refuse(it, in->arena,
			    device ? "unknown_sensor" : "unknown_device",
			    "\"%s\" is not known to this key",
			    text_clip(in->arena,
				device ? it->sensor : it->device, 64));
			continue;
		}
		if (it->unit != NULL && !unit_same(it->unit, t->unit)) {
			item_refuse(it, in->arena, "wrong_unit",
			    "sent %s, the sensor has %s",
			    text_clip(in->arena, it->unit, 20), t->unit);
			continue;
		}
		it->r.sensor = t->id;
		value_read(it, in->arena, t);
	}
	return NULL;
}
