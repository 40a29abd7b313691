/*
 * How many readings a second one core makes of bodies of 1,000 readings,
 * sensors looked up, values checked, sorted for the store: of 10 sensors and
 * 100 instants, and of 1,000 sensors at one; without the memo, each object an
 * item; and jansson with the same look-ups and nothing checked.  Millions, a
 * line each.
 */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/env.h"
#include "intake/take.h"

enum { READINGS = 1000, ROUNDS = 5, SPAN_US = 400000 };

static struct roster *
roster_of(struct arena *a, int sensors)
{
	struct target *v = arena_array(a, (size_t)sensors, sizeof(*v));
	struct slice device = { "PUMP-101", 8 };
	int i;

	for (i = 0; i < sensors; i++) {
		const char *code = arena_printf(a, "PUMP-001-TEMP-%04d", i);

		v[i] = (struct target){ .key = { code, strlen(code) },
			.code = { code, strlen(code) },
			.unit = "Cel",
			.states = "",
			.low = -50,
			.high = 150,
			.id = i + 1 };
	}
	return roster_make(a, &device, 1, v, (size_t)sensors);
}

static struct bytes
body_of(struct arena *a, int sensors)
{
	struct buf b = buf_new(a, 128 * READINGS);
	int i;

	buf_text(&b, "{\"readings\":[");
	for (i = 0; i < READINGS; i++)
		buf_printf(&b,
		    "%s{\"sensorId\":\"PUMP-001-TEMP-%04d\",\"timestamp\":%lld,"
		    "\"value\":%.1f,\"unit\":\"°C\",\"quality\":98}",
		    i == 0 ? "" : ",", i % sensors,
		    1732177800000LL + i / sensors * 10, 45.7 + i % 100 * 0.1);
	buf_text(&b, "]}");
	return (struct bytes){ b.p, b.n };
}

/* How many readings it found; each is an item when each is asked for. */
static size_t
found(struct arena *a, struct bytes body, const struct roster *roster,
    bool items)
{
	struct taken t = {
		.in = { .arena = a, .now = env_now(), .tenant_name = "bench" }
	};

	if (take(&t, body, &(struct asked){ .results = items }, roster) != NULL)
		return 0;
	return t.r.n;
}

static size_t
at_once(struct arena *a, struct bytes body, const struct roster *roster)
{
	return found(a, body, roster, false);
}

static size_t
by_items(struct arena *a, struct bytes body, const struct roster *roster)
{
	return found(a, body, roster, true);
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
static void
measure(const char *name, int sensors,
    size_t (*run)(struct arena *, struct bytes, const struct roster *))
{
	struct arena *a = arena_new(), *kept = arena_new();
	struct roster *roster = roster_of(kept, sensors);
	struct bytes body = body_of(kept, sensors);
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
	(void)printf("%s %.2f\n", name, best);
	arena_free(a);
	arena_free(kept);
}

int
main(void)
{
	measure("json_10x100", 10, at_once);
	measure("json_1000x1", 1000, at_once);
	measure("json_items", 1000, by_items);
	measure("json_jansson", 1000, by_jansson);
	return 0;
}
