#include "model/model.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#define EPOCH_S 1735689600.0 /* totals count from 2025-01-01 */
#define TAU 6.283185307179586
#define DAY_S 86400.0
#define YEAR_S 31556952.0

enum { SLOT_S = 1200, GROUP_SLOTS = 6, DAY_GROUPS = 12 };

/* Relative swing around 1: amplitude and period of each sine. */
struct sine {
	double swing, period_s;
};

static const struct sine flow_sines[] = {
	/* clang-format off */
	{ 0.32,  DAY_S },
	{ 0.12,  DAY_S / 2 },
	{ 0.05,  DAY_S * 7 },
	{ 0.02,  311 },
	{ 0.015, 97 },
	/* clang-format on */
};

static const struct sine slow_sines[] = {
	{ 0.5, 5431 },
	{ 0.3, 911 },
	{ 0.2, 173 },
};

enum {
	FLOW_SINES = sizeof(flow_sines) / sizeof(*flow_sines),
	SLOW_SINES = sizeof(slow_sines) / sizeof(*slow_sines)
};

/* A finaliser: every bit of the input moves every bit of the output. */
static uint64_t
mixed(uint64_t x)
{
	x ^= x >> 30;
	x *= UINT64_C(0xbf58476d1ce4e5b9);
	x ^= x >> 27;
	x *= UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

/* A number in [0, 1) that depends on the seed and on n, and on nothing else. */
static double
chance(uint64_t seed, uint64_t n)
{
	return (double)(mixed(mixed(seed + 1) + n) >> 11) * 0x1p-53;
}

/* A new value in [-1, 1) each second, joined by straight lines. */
static double
noise(uint64_t seed, double t)
{
	double s = floor(t), a, b;

	a = chance(seed, (uint64_t)(int64_t)s);
	b = chance(seed, (uint64_t)(int64_t)s + 1);
	return 2 * (a + (b - a) * (t - s)) - 1;
}

static double
sines(const struct sine *v, int n, uint64_t seed, double t)
{
	double sum = 0;
	int i;

	for (i = 0; i < n; i++)
		sum +=
		    v[i].swing *
		    sin(TAU * (t / v[i].period_s + chance(seed, (uint64_t)i)));
	return sum;
}

/* The exact integral of sines() from EPOCH_S to t. */
static double
sines_total(const struct sine *v, int n, uint64_t seed, double t)
{
	double sum = 0;
	int i;

	for (i = 0; i < n; i++) {
		double w = TAU / v[i].period_s;
		double phase = TAU * chance(seed, (uint64_t)i);

		sum += v[i].swing / w *
		       (cos(w * EPOCH_S + phase) - cos(w * t + phase));
	}
	return sum;
}

static double
flow(uint64_t seed, double t)
{
	return 1 + sines(flow_sines, FLOW_SINES, seed, t);
}

static double
flow_total(uint64_t seed, double t)
{
	return t - EPOCH_S + sines_total(flow_sines, FLOW_SINES, seed, t);
}

/* A flow meter in a full pipe: 40 to 160 m3/h. */
static double
pipe_size(uint64_t seed)
{
	return 40 + 120 * chance(seed, 100);
}

static double
pipe_flow(uint64_t seed, double t)
{
	return pipe_size(seed) * (flow(seed, t) + 0.004 * noise(seed, t));
}

static double
pipe_total(uint64_t seed, double t)
{
	return pipe_size(seed) / 3600 * flow_total(seed, t);
}

static double
water_temperature(uint64_t seed, double t)
{
	return 13 + 6 * sin(TAU * (t / YEAR_S - 0.35)) +
	       1.2 * sin(TAU * (t / DAY_S - 0.4)) + 2 * chance(seed, 101) +
	       0.05 * noise(seed + 1, t);
}

/* Half an hour of warning every few days, seldom a fault. */
static double
pipe_status(uint64_t seed, double t)
{
	double luck = chance(seed + 2, (uint64_t)(int64_t)floor(t / 1800));

	return luck < 0.001 ? 2 : luck < 0.01 ? 1 : 0;
}

/* A meter in an open channel, in m3/s; level and speed follow the flow. */
static double
channel_size(uint64_t seed)
{
	return 0.02 + 0.04 * chance(seed, 102);
}

static double
channel_flow(uint64_t seed, double t)
{
	return channel_size(seed) * (flow(seed, t) + 0.006 * noise(seed, t));
}

static double
channel_level(uint64_t seed, double t)
{
	return 1.3 * pow(channel_flow(seed, t), 0.4);
}

static double
channel_velocity(uint64_t seed, double t)
{
	return channel_flow(seed, t) / (0.4 * channel_level(seed, t));
}

static double
channel_total(uint64_t seed, double t)
{
	return channel_size(seed) * flow_total(seed, t);
}

/*
 * A pump works in slots of 20 minutes.  Of the six slots in two hours as many
 * run as the time of day needs, in one piece that starts somewhere.
 */
static const int busy_slots[DAY_GROUPS] = { 1, 1, 2, 4, 5, 4, 3, 3, 4, 5, 4,
	2 };

static int
slot_runs(uint64_t seed, int64_t slot)
{
	int64_t group = slot / GROUP_SLOTS;
	int first = (int)(GROUP_SLOTS * chance(seed + 3, (uint64_t)group));
	int at = (int)(slot % GROUP_SLOTS);

	return (at + GROUP_SLOTS - first) % GROUP_SLOTS <
	       busy_slots[group % DAY_GROUPS];
}

static double
pump_running(uint64_t seed, double t)
{
	return slot_runs(seed, (int64_t)(t / SLOT_S));
}

/* The same between 0 and 1: it takes 20 s to speed up or to stop. */
static double
pump_speed(uint64_t seed, double t)
{
	int64_t slot = (int64_t)(t / SLOT_S);
	int before = slot_runs(seed, slot - 1), now = slot_runs(seed, slot);
	double in = fmin(1, (t - (double)slot * SLOT_S) / 20);

	return before + (now - before) * in;
}

static double
pump_pressure(uint64_t seed, double t)
{
	return 1.2 + 3.1 * pump_speed(seed, t) +
	       0.08 * sines(slow_sines, SLOW_SINES, seed, t) +
	       0.02 * noise(seed + 4, t);
}

static double
pump_current(uint64_t seed, double t)
{
	return pump_speed(seed, t) *
	       (11.8 + 0.5 * sines(slow_sines, SLOW_SINES, seed, t) +
		   0.1 * noise(seed + 5, t));
}

/* A bearing that wears for 45 days and is then serviced. */
static double
pump_vibration(uint64_t seed, double t)
{
	double life = fmod(t / DAY_S + 45 * chance(seed, 103), 45) / 45;

	return 0.15 + pump_speed(seed, t) * (1.6 + 2.4 * pow(life, 3) +
						0.12 * noise(seed + 6, t));
}

/* How warm the slots up to this one have made it, 0..1. */
static double
heat(uint64_t seed, int64_t slot)
{
	double sum = 0, weight = 0.5;
	int k;

	for (k = 0; k < 5; k++, weight /= 2)
		sum += weight * slot_runs(seed, slot - k);
	return sum;
}

static double
pump_temperature(uint64_t seed, double t)
{
	int64_t slot = (int64_t)(t / SLOT_S);
	double before = heat(seed, slot - 1), now = heat(seed, slot);
	double in = (t - (double)slot * SLOT_S) / SLOT_S;

	return 24 + 3 * sin(TAU * (t / DAY_S - 0.4)) +
	       34 * (before + (now - before) * in) + 0.1 * noise(seed + 7, t);
}

/* The exact integral of pump_running, in hours. */
static double
pump_hours(uint64_t seed, double t)
{
	int64_t slot = (int64_t)(t / SLOT_S), first, s;
	int64_t group = slot / GROUP_SLOTS, day = group / DAY_GROUPS, g;
	double slots =
	    (t - (double)slot * SLOT_S) / SLOT_S * slot_runs(seed, slot);
	int a_day = 0;

	first = (int64_t)(EPOCH_S / DAY_S);
	for (g = 0; g < DAY_GROUPS; g++)
		a_day += busy_slots[g];
	for (g = day * DAY_GROUPS; g < group; g++)
		slots += busy_slots[g % DAY_GROUPS];
	for (s = group * GROUP_SLOTS; s < slot; s++)
		slots += slot_runs(seed, s);
	slots += (double)(day - first) * a_day;
	return slots * SLOT_S / 3600;
}

static const struct {
	const char *model, *key;
	double (*value)(uint64_t seed, double t);
} signals[] = {
	/* clang-format off */
	{ "flow",    "flow_rate",    pipe_flow },
	{ "flow",    "volume_total", pipe_total },
	{ "flow",    "temperature",  water_temperature },
	{ "flow",    "status",       pipe_status },
	{ "channel", "flow_rate",    channel_flow },
	{ "channel", "level",        channel_level },
	{ "channel", "velocity",     channel_velocity },
	{ "channel", "temperature",  water_temperature },
	{ "channel", "volume_total", channel_total },
	{ "pump",    "pressure",     pump_pressure },
	{ "pump",    "temperature",  pump_temperature },
	{ "pump",    "vibration",    pump_vibration },
	{ "pump",    "current",      pump_current },
	{ "pump",    "run_hours",    pump_hours },
	{ "pump",    "running",      pump_running },
	/* clang-format on */
};

static const struct {
	const char *profile, *model;
} suits[] = {
	{ "nivus-generic-seed", "flow" },
	{ "nivus-nivuflow-750", "channel" },
	{ "pump-station", "pump" },
};

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

bool
model_known(const char *model)
{
	size_t i;

	for (i = 0; i < COUNT(signals); i++)
		if (strcmp(signals[i].model, model) == 0)
			return true;
	return strcmp(model, "waves") == 0;
}

const char *
model_for(const char *profile_id)
{
	size_t i;

	for (i = 0; i < COUNT(suits); i++)
		if (strcmp(suits[i].profile, profile_id) == 0)
			return suits[i].model;
	return "waves";
}

double
model_value(const char *model, uint64_t seed, const char *key, int64_t time_us)
{
	double t = (double)time_us / 1e6;
	size_t i;

	seed = mixed(seed);
	for (i = 0; i < COUNT(signals); i++)
		if (strcmp(signals[i].model, model) == 0 &&
		    strcmp(signals[i].key, key) == 0)
			return signals[i].value(seed, t);
	for (; *key != 0; key++)
		seed = mixed(seed + (unsigned char)*key);
	return 50 + 40 * sines(slow_sines, SLOW_SINES, seed, t) +
	       noise(seed, t);
}
