#include "model/machine.h"

#include <math.h>
#include <string.h>

#include "model/wave.h"

#define HOUR_S 3600.0
#define PHASES 3
#define POWER_FACTOR 0.95

/* A day's twelve or twenty-four groups, and how many slots of each run. */
static const int dig_busy[] = { 0, 0, 0, 0, 0, 0, 3, 5, 5, 5, 5, 5, 1, 5, 5, 5,
	5, 2, 0, 0, 0, 0, 0, 0 };
static const int heat_busy[] = { 1, 1, 1, 1, 1, 2, 4, 4, 3, 2, 1, 1, 2, 1, 1, 1,
	2, 3, 3, 4, 3, 2, 1, 1 };
static const int cool_busy[] = { 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4,
	4, 3, 3, 3, 2, 2, 2, 2 };
static const int sell_busy[] = { 0, 0, 0, 0, 0, 1, 6, 12, 14, 15, 9, 10, 18, 17,
	11, 12, 9, 8, 6, 4, 3, 2, 1, 0 };
static const int robot_busy[] = { 0, 0, 0, 0, 0, 0, 10, 11, 11, 9, 11, 11, 6,
	11, 10, 11, 11, 9, 11, 11, 10, 8, 0, 0 };
static const int charge_busy[] = { 1, 0, 1, 4, 3, 4, 5, 4, 6, 5, 3, 1 };

static const struct duty dig = { 600, 6, dig_busy, 11 };
static const struct duty heating = { 600, 6, heat_busy, 12 };
static const struct duty cooling = { 600, 6, cool_busy, 13 };
static const struct duty selling = { 120, 30, sell_busy, 14 };
static const struct duty cycling = { 300, 12, robot_busy, 15 };
static const struct duty charging = { 900, 8, charge_busy, 16 };

static double
outside(uint64_t seed, double t)
{
	return 14 + 7 * sin(TAU * (t / DAY_S - 0.4)) +
	       4 * wave_chance(seed, 110);
}

/* An excavator: 16 to 22 litres an hour, a tank of 400. */
#define TANK_L 400.0

static double
dig_state(uint64_t seed, double t)
{
	return duty_on(&dig, seed, t);
}

static double
dig_speed(uint64_t seed, double t)
{
	return duty_on(&dig, seed, t) *
	       (1650 + 250 * (duty_work(&dig, seed, t) - 1) +
		   8 * wave_noise(seed, t));
}

static double
dig_rate(uint64_t seed, double t)
{
	return (16 + 6 * wave_chance(seed, 111)) * duty_work(&dig, seed, t);
}

static double
dig_used(uint64_t seed, double t)
{
	return (16 + 6 * wave_chance(seed, 111)) * duty_worked(&dig, seed, t) /
	       HOUR_S;
}

/* It is filled up when nine tenths are gone. */
static double
dig_level(uint64_t seed, double t)
{
	return 100 * (1 - fmod(dig_used(seed, t), 0.9 * TANK_L) / TANK_L);
}

static double
dig_pressure(uint64_t seed, double t)
{
	return 5 + 215 * duty_work(&dig, seed, t) + wave_noise(seed + 1, t);
}

static double
dig_coolant(uint64_t seed, double t)
{
	return outside(seed, t) + 66 * duty_lag(&dig, seed, t, 900);
}

static double
dig_hours(uint64_t seed, double t)
{
	return duty_seconds(&dig, seed, t) / HOUR_S;
}

/* A water heater of 2 kW. */
#define HEATER_KW 2.0

static double
heater_state(uint64_t seed, double t)
{
	return duty_on(&heating, seed, t);
}

static double
heater_power(uint64_t seed, double t)
{
	return HEATER_KW * duty_on(&heating, seed, t);
}

static double
heater_energy(uint64_t seed, double t)
{
	return HEATER_KW * duty_seconds(&heating, seed, t) / HOUR_S;
}

static double
heater_temperature(uint64_t seed, double t)
{
	return 43 + 4 * wave_chance(seed, 112) +
	       24 * duty_lag(&heating, seed, t, HOUR_S);
}

static double
heater_setpoint(uint64_t seed, double t)
{
	(void)t;
	return 55 + floor(3 * wave_chance(seed, 113)) * 2.5;
}

/* A vending machine: it always needs a little, the compressor the most. */
#define VENDING_KW 0.08
#define COMPRESSOR_KW 0.35
#define SERVICE_S (10 * HOUR_S) /* the time of day of its visit */
#define VISIT_S 360.0
#define SHELVES 400

static double
vending_state(uint64_t seed, double t)
{
	double of_day = fmod(t, DAY_S);

	if (of_day >= SERVICE_S && of_day < SERVICE_S + VISIT_S)
		return 2;
	return duty_on(&selling, seed, t);
}

static double
vending_power(uint64_t seed, double t)
{
	return VENDING_KW + COMPRESSOR_KW * duty_on(&cooling, seed, t);
}

static double
vending_energy(uint64_t seed, double t)
{
	return (VENDING_KW * (t - EPOCH_S) +
		   COMPRESSOR_KW * duty_seconds(&cooling, seed, t)) /
	       HOUR_S;
}

static double
vending_temperature(uint64_t seed, double t)
{
	return 10 - 11 * duty_lag(&cooling, seed, t, 1800);
}

/* Something sold is counted when its slot begins. */
static double
vending_sold(uint64_t seed, double t)
{
	return (double)duty_slots(&selling, seed,
	    (int64_t)(t / selling.slot_s) + 1);
}

static double
vending_stock(uint64_t seed, double t)
{
	double filled = floor((t - SERVICE_S) / DAY_S) * DAY_S + SERVICE_S;

	return SHELVES - vending_sold(seed, t) + vending_sold(seed, filled);
}

/* A robot that makes a part in 30 seconds. */
#define ROBOT_IDLE_KW 0.4
#define ROBOT_KW 2.6
#define PART_S 30.0

static double
robot_state(uint64_t seed, double t)
{
	return duty_on(&cycling, seed, t);
}

static double
robot_power(uint64_t seed, double t)
{
	return ROBOT_IDLE_KW + ROBOT_KW * duty_work(&cycling, seed, t);
}

static double
robot_energy(uint64_t seed, double t)
{
	return (ROBOT_IDLE_KW * (t - EPOCH_S) +
		   ROBOT_KW * duty_worked(&cycling, seed, t)) /
	       HOUR_S;
}

static double
robot_parts(uint64_t seed, double t)
{
	return floor(duty_seconds(&cycling, seed, t) / PART_S);
}

static double
robot_hours(uint64_t seed, double t)
{
	return duty_seconds(&cycling, seed, t) / HOUR_S;
}

static double
robot_joint(uint64_t seed, double t)
{
	return 23 + 3 * wave_chance(seed, 114) +
	       31 * duty_lag(&cycling, seed, t, 2400);
}

/* The meter of a house or a workshop, 3 to 15 kW on the average. */
static const struct sine load_sines[] = {
	/* clang-format off */
	{ 0.35, DAY_S },
	{ 0.2,  DAY_S / 2 },
	{ 0.1,  DAY_S * 7 },
	{ 0.15, 1847 },
	{ 0.08, 233 },
	/* clang-format on */
};

enum { LOAD_SINES = sizeof(load_sines) / sizeof(*load_sines) };

static double
meter_size(uint64_t seed)
{
	return 3 + 12 * wave_chance(seed, 115);
}

static double
meter_power(uint64_t seed, double t)
{
	return meter_size(seed) *
	       (1 + wave_sines(load_sines, LOAD_SINES, seed, t));
}

static double
meter_energy(uint64_t seed, double t)
{
	return meter_size(seed) *
	       (t - EPOCH_S + wave_total(load_sines, LOAD_SINES, seed, t)) /
	       HOUR_S;
}

static double
voltage(uint64_t seed, double t)
{
	return 230 + 3 * sin(TAU * (t / DAY_S + wave_chance(seed, 116))) +
	       0.4 * wave_noise(seed + 2, t);
}

static double
meter_factor(uint64_t seed, double t)
{
	(void)seed;
	(void)t;
	return POWER_FACTOR;
}

static double
meter_current(uint64_t seed, double t)
{
	return 1000 * meter_power(seed, t) /
	       (PHASES * voltage(seed, t) * POWER_FACTOR);
}

static double
frequency(uint64_t seed, double t)
{
	(void)seed; /* the net is one */
	return 50 + 0.03 * wave_noise(1, t / 7);
}

/* A charger of 11 kW; what it gives to a car goes into 60 kWh. */
#define CHARGER_KW 11.0
#define CAR_KWH 60.0
enum { SESSION_SLOTS = 24 };

static double
charger_state(uint64_t seed, double t)
{
	return duty_on(&charging, seed, t);
}

static double
charger_power(uint64_t seed, double t)
{
	return CHARGER_KW * duty_on(&charging, seed, t);
}

static double
charger_current(uint64_t seed, double t)
{
	return 1000 * charger_power(seed, t) / (PHASES * voltage(seed, t));
}

static double
charger_energy(uint64_t seed, double t)
{
	return CHARGER_KW * duty_seconds(&charging, seed, t) / HOUR_S;
}

/* Since the car came: the slots that have run without a break. */
static double
charger_session(uint64_t seed, double t)
{
	int64_t slot = (int64_t)(t / charging.slot_s), first = slot;

	if (!duty_runs(&charging, seed, slot))
		return 0;
	while (slot - first < SESSION_SLOTS &&
	       duty_runs(&charging, seed, first - 1))
		first--;
	return CHARGER_KW * (t - (double)first * charging.slot_s) / HOUR_S;
}

/* Of a car that is there; nobody knows it of one that is not. */
static double
charger_soc(uint64_t seed, double t)
{
	if (!duty_on(&charging, seed, t))
		return NAN;
	return fmin(100, 15 + 100 * charger_session(seed, t) / CAR_KWH);
}

static double
charger_temperature(uint64_t seed, double t)
{
	return outside(seed, t) + 6 + 22 * duty_lag(&charging, seed, t, 1800);
}

static const struct signal machines[] = {
	/* clang-format off */
	{ "excavator", "state",               dig_state },
	{ "excavator", "engine_speed",        dig_speed },
	{ "excavator", "fuel_rate",           dig_rate },
	{ "excavator", "fuel_used",           dig_used },
	{ "excavator", "fuel_level",          dig_level },
	{ "excavator", "hydraulic_pressure",  dig_pressure },
	{ "excavator", "coolant_temperature", dig_coolant },
	{ "excavator", "engine_hours",        dig_hours },
	{ "heater",    "state",               heater_state },
	{ "heater",    "power",               heater_power },
	{ "heater",    "energy",              heater_energy },
	{ "heater",    "temperature",         heater_temperature },
	{ "heater",    "setpoint",            heater_setpoint },
	{ "vending",   "state",               vending_state },
	{ "vending",   "power",               vending_power },
	{ "vending",   "energy",              vending_energy },
	{ "vending",   "temperature",         vending_temperature },
	{ "vending",   "sold",                vending_sold },
	{ "vending",   "stock",               vending_stock },
	{ "robot",     "state",               robot_state },
	{ "robot",     "power",               robot_power },
	{ "robot",     "energy",              robot_energy },
	{ "robot",     "parts",               robot_parts },
	{ "robot",     "run_hours",           robot_hours },
	{ "robot",     "joint_temperature",   robot_joint },
	{ "meter",     "power",               meter_power },
	{ "meter",     "energy",              meter_energy },
	{ "meter",     "voltage",             voltage },
	{ "meter",     "current",             meter_current },
	{ "meter",     "power_factor",        meter_factor },
	{ "meter",     "frequency",           frequency },
	{ "charger",   "state",               charger_state },
	{ "charger",   "power",               charger_power },
	{ "charger",   "current",             charger_current },
	{ "charger",   "energy",              charger_energy },
	{ "charger",   "session_energy",      charger_session },
	{ "charger",   "soc",                 charger_soc },
	{ "charger",   "temperature",         charger_temperature },
	/* clang-format on */
};

/* The tables are short, and each name is looked for once. */
const struct signal *
signal_find(const struct signal *v, size_t n, const char *model,
    const char *key)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(v[i].model, model) == 0 &&
		    (key == NULL || strcmp(v[i].key, key) == 0))
			return &v[i];
	return NULL;
}

/* The table above. */
const struct signal *
machine_signal(const char *model, const char *key)
{
	return signal_find(machines, sizeof(machines) / sizeof(*machines),
	    model, key);
}
