/*
 * How many readings a second one core makes of line protocol in bodies of
 * 1,000 lines, sensors looked up, values checked, sorted for the store: of 10
 * sensors and 100 instants, and of 1,000 sensors at one; and without the
 * memo, each line an item.  Millions, a line each.
 */
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
			.scale = 1,
			.id = i + 1 };
	}
	return roster_make(a, &device, 1, v, (size_t)sensors);
}

static struct bytes
body_of(struct arena *a, int sensors)
{
	struct buf b = buf_new(a, 128 * READINGS);
	int i;

	for (i = 0; i < READINGS; i++)
		buf_printf(&b, "t,sensor=PUMP-001-TEMP-%04d value=%.1f %lld\n",
		    i % sensors, 45.7 + i % 100 * 0.1,
		    1732177800000000000LL + i / sensors * 10000000LL);
	return (struct bytes){ b.p, b.n };
}

/* How many readings it found. */
static size_t
found(struct arena *a, struct bytes body, const struct roster *roster,
    const char *device)
{
	struct taken t = {
		.in = { .arena = a, .now = env_now(), .tenant_name = "bench" }
	};
	struct asked asked = { .format = format_named("line"),
		.device = device };

	if (take(&t, body, &asked, roster) != NULL)
		return 0;
	return t.r.n;
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
measure(const char *name, int sensors, const char *device)
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
			n += found(a, body, roster, device);
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
	measure("line_10x100", 10, "");
	measure("line_1000x1", 1000, "");
	measure("line_items", 10, "PUMP-101");
	return 0;
}
