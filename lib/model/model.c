#include "model/model.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "model/machine.h"
#include "model/wave.h"

#define YEAR_S 31556952.0

enum { SLOT_S = 1200, GROUP_SLOTS = 6, DAY_GROUPS = 12 };

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

static double
flow(uint64_t seed, double t)
{
	return 1 + wave_sines(flow_sines, FLOW_SINES, seed, t);
}

static double
flow_total(uint64_t seed, double t)
{
	return t - EPOCH_S + wave_total(flow_sines, FLOW_SINES, seed, t);
}

/* A flow meter in a full pipe: 40 to 160 m3/h. */
static double
pipe_size(uint64_t seed)
{
	return 40 + 120 * wave_chance(seed, 100);
}

static double
pipe_flow(uint64_t seed, double t)
{
	return pipe_size(seed) * (flow(seed, t) + 0.004 * wave_noise(seed, t));
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
	       1.2 * sin(TAU * (t / DAY_S - 0.4)) + 2 * wave_chance(seed, 101) +
	       0.05 * wave_noise(seed + 1, t);
}

/* Half an hour of warning every few days, seldom a fault. */
static double
pipe_status(uint64_t seed, double t)
{
	double luck = wave_chance(seed + 2, (uint64_t)(int64_t)floor(t / 1800));

	return luck < 0.001 ? 2 : luck < 0.01 ? 1 : 0;
}

/* A meter in an open channel, in m3/s; level and speed follow the flow. */
static double
channel_size(uint64_t seed)
{
	return 0.02 + 0.04 * wave_chance(seed, 102);
}

static double
channel_flow(uint64_t seed, double t)
{
	return channel_size(seed) *
	       (flow(seed, t) + 0.006 * wave_noise(seed, t));
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

static const struct duty pump_duty = { SLOT_S, GROUP_SLOTS, busy_slots, 3 };

static int
slot_runs(uint64_t seed, int64_t slot)
{
	return duty_runs(&pump_duty, seed, slot);
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
	       0.08 * wave_sines(slow_sines, SLOW_SINES, seed, t) +
	       0.02 * wave_noise(seed + 4, t);
}

static double
pump_current(uint64_t seed, double t)
{
	return pump_speed(seed, t) *
	       (11.8 + 0.5 * wave_sines(slow_sines, SLOW_SINES, seed, t) +
		   0.1 * wave_noise(seed + 5, t));
}

/* A bearing that wears for 45 days and is then serviced. */
static double
pump_vibration(uint64_t seed, double t)
{
	double life = fmod(t / DAY_S + 45 * wave_chance(seed, 103), 45) / 45;

	return 0.15 + pump_speed(seed, t) * (1.6 + 2.4 * pow(life, 3) +
						0.12 * wave_noise(seed + 6, t));
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
	       34 * (before + (now - before) * in) +
	       0.1 * wave_noise(seed + 7, t);
}

static double
pump_hours(uint64_t seed, double t)
{
	return duty_seconds(&pump_duty, seed, t) / 3600;
}

/* What the model does not know: a slow wave of its own. */
static double
slow_wave(uint64_t seed, double t)
{
	return 50 + 40 * wave_sines(slow_sines, SLOW_SINES, seed, t) +
	       wave_noise(seed, t);
}

static const struct signal signals[] = {
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
	{ "excavator", "excavator" },
	{ "water-heater", "heater" },
	{ "vending-machine", "vending" },
	{ "robot", "robot" },
	{ "smart-meter", "meter" },
	{ "ev-charger", "charger" },
};

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

/* Waves know no key, so that all of them are slow waves. */
bool
model_known(const char *model)
{
	return signal_find(signals, COUNT(signals), model, NULL) != NULL ||
	       machine_signal(model, NULL) != NULL ||
	       strcmp(model, "waves") == 0;
}

/* The table of profiles, and waves for any other. */
const char *
model_for(const char *profile_id)
{
	size_t i;

	for (i = 0; i < COUNT(suits); i++)
		if (strcmp(suits[i].profile, profile_id) == 0)
			return suits[i].model;
	return "waves";
}

/* Found once, so that an answer does not look for names. */
struct behaviour
model_behaviour(const char *model, uint64_t seed, const char *key)
{
	const struct signal *s =
	    signal_find(signals, COUNT(signals), model, key);
	struct behaviour b = { slow_wave, wave_mixed(seed) };

	if (s == NULL)
		s = machine_signal(model, key);
	if (s != NULL) {
		b.value = s->value;
		return b;
	}
	for (; *key != 0; key++)
		b.seed = wave_mixed(b.seed + (unsigned char)*key);
	return b;
}

/* The instant in seconds is what a signal is a function of. */
double
model_at(const struct behaviour *b, int64_t time_us)
{
	return b->value(b->seed, (double)time_us / 1e6);
}

/* Both at once. */
double
model_value(const char *model, uint64_t seed, const char *key, int64_t time_us)
{
	struct behaviour b = model_behaviour(model, seed, key);

	return model_at(&b, time_us);
}
