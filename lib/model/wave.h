/*
 * wave.h - what the models of devices are made of: chance, waves and duty.
 *
 * Everything is a pure function of a seed and of seconds since 1970.  Waves
 * and duties have exact integrals from EPOCH_S, so that a total is always the
 * sum of what was shown, whenever it is asked for.
 */
#ifndef MODEL_WAVE_H
#define MODEL_WAVE_H

#include <stdbool.h>
#include <stdint.h>

#define EPOCH_S 1735689600.0 /* totals count from 2025-01-01 */
#define TAU 6.283185307179586
#define DAY_S 86400.0

/* Relative swing around 1: amplitude and period of each sine. */
struct sine {
	double swing, period_s;
};

/*
 * Work that comes and goes in slots.  A group of slots has as many that run
 * as its time of day needs, in one piece that starts somewhere; busy has a
 * member for each group of a day, and the groups fill the day.
 */
struct duty {
	int slot_s, group; /* seconds of a slot, slots of a group */
	const int *busy;
	uint64_t salt; /* so that two duties of a device differ */
};

/* Every bit of the input moves every bit of the output. */
uint64_t wave_mixed(uint64_t);

/* A number in [0, 1) that depends on the seed and on n, and on nothing else. */
double wave_chance(uint64_t seed, uint64_t n);

/* A new value in [-1, 1) each second, joined by straight lines. */
double wave_noise(uint64_t seed, double t);

/* The sum of the sines, each with a phase of its own, and its integral. */
double wave_sines(const struct sine *, int n, uint64_t seed, double t);
double wave_total(const struct sine *, int n, uint64_t seed, double t);

/* Does it run in that slot (t / slot_s)? */
bool duty_runs(const struct duty *, uint64_t seed, int64_t slot);
bool duty_on(const struct duty *, uint64_t seed, double t);

/* Slots that ran from EPOCH_S to the start of that one. */
int64_t duty_slots(const struct duty *, uint64_t seed, int64_t slot);

/* The exact integral of duty_on, in seconds. */
double duty_seconds(const struct duty *, uint64_t seed, double t);

/* How hard it works, 1 on the average of a slot that runs; its integral. */
double duty_work(const struct duty *, uint64_t seed, double t);
double duty_worked(const struct duty *, uint64_t seed, double t);

/* What follows it with inertia, 0..1: a first-order lag of that many seconds.
 */
double duty_lag(const struct duty *, uint64_t seed, double t, double lag_s);

#endif
