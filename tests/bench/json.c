/*
 * How many readings a second one core makes of bodies of 1,000 readings,
 * sensors looked up, values checked: ours, and jansson with the same
 * look-ups and nothing checked.  Millions, a line each.
 */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/env.h"
#include "intake/take.h"

enum { READINGS = 1000, SENSORS = 1000, ROUNDS = 5, SPAN_US = 400000 };

static struct roster *
roster_of(struct arena *a)
{
	struct target *v = arena_array(a, SENSORS, sizeof(*v));
	struct slice device = { "PUMP-101", 8 };
	int i;

	for (i = 0; i < SENSORS; i++) {
		const char *code = arena_printf(a, "PUMP-%d-TEMP-1", 101 + i);

		v[i] = (struct target){ .key = { code, strlen(code) },
			.code = { code, strlen(code) },
			.unit = "Cel",
			.states = "",
			.low = -50,
			.high = 150,
			.id = i + 1 };
	}
	return roster_make(a, &device, 1, v, SENSORS);
}

static struct bytes
body_of(struct arena *a)
{
	struct buf b = buf_new(a, 128 * READINGS);
	int i;

	buf_text(&b, "{\"readings\":[");
	for (i = 0; i < READINGS; i++)
		buf_printf(&b,
		    "%s{\"sensorId\":\"PUMP-%d-TEMP-1\",\"timestamp\":%lld,"
		    "\"value\":%.1f,\"unit\":\"Cel\",\"quality\":98}",
		    i == 0 ? "" : ",", 101 + i % SENSORS,
		    1732177800000LL + i * 10, 45.7 + i % 100 * 0.1);
	buf_text(&b, "]}");
	return (struct bytes){ b.p, b.n };
}

/* How many readings it found. */
static size_t
ours(struct arena *a, struct bytes body, const struct roster *roster)
{
	struct taken t = {
		.in = { .arena = a, .now = env_now(), .tenant_name = "bench" }
	};

	if (take(&t, body, &(struct asked){ 0 }, roster) != NULL)
		return 0;
	return t.r.n;
}

static size_t
by_jansson(struct arena *a, struct bytes body, const struct roster *roster)
{
	json_t *j = json_loadb((const char *)body.p, body.n,
	    JSON_REJECT_DUPLICATES, NULL);
	struct reading *to = arena_array(a, READINGS, sizeof(*to));
	json_t *one;
	size_t i, n = 0;

	json_array_foreach(json_object_get(j, "readings"), i, one)
	{
		json_t *code = json_object_get(one, "sensorId");
		struct slice s = { json_string_value(code),
			json_string_length(code) };
		const struct target *t = roster_code(roster, s);

		if (t == NULL)
			continue;
		to[n].sensor = t->id;
		to[n].time =
		    json_integer_value(json_object_get(one, "timestamp"));
		to[n].quality = (uint8_t)json_integer_value(
		    json_object_get(one, "quality"));
		to[n++].value =
		    json_number_value(json_object_get(one, "value"));
	}
	json_decref(j);
	return n;
}

/* Processor time, so that what else runs here counts less. */
static int64_t
spent_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* The best of a few spans, in millions a second. */
static double
measure(size_t (*run)(struct arena *, struct bytes, const struct roster *),
    struct bytes body, const struct roster *roster)
{
	struct arena *a = arena_new();
	double best = 0;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		int64_t began = spent_us(), spent;
		size_t n = 0;

		while ((spent = spent_us() - began) < SPAN_US) {
			n += run(a, body, roster);
			arena_reset(a);
		}
		best = fmax(best, (double)n / (double)spent);
	}
	arena_free(a);
	return best;
}

int
main(void)
{
	struct arena *a = arena_new();
	struct roster *roster = roster_of(a);
	struct bytes body = body_of(a);

	(void)printf("json_ours %.2f\n", measure(ours, body, roster));
	(void)printf("json_jansson %.2f\n", measure(by_jansson, body, roster));
	arena_free(a);
	return 0;
}
