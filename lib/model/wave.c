#include "model/wave.h"

#include <math.h>

/* Within a slot that runs the load swings, by whole cycles. */
enum { CYCLES = 5, LAG_SLOTS = 48 };
#define SWING 0.3
#define FORGOTTEN 1e-4

/* A finaliser. */
uint64_t
wave_mixed(uint64_t x)
{
	x ^= x >> 30;
	x *= UINT64_C(0xbf58476d1ce4e5b9);
	x ^= x >> 27;
	x *= UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

/* Two rounds of the finaliser. */
double
wave_chance(uint64_t seed, uint64_t n)
{
	return (double)(wave_mixed(wave_mixed(seed + 1) + n) >> 11) * 0x1p-53;
}

/* Joined by straight lines. */
double
wave_noise(uint64_t seed, double t)
{
	double s = floor(t), a, b;

	a = wave_chance(seed, (uint64_t)(int64_t)s);
	b = wave_chance(seed, (uint64_t)(int64_t)s + 1);
	return 2 * (a + (b - a) * (t - s)) - 1;
}

/* Each sine has its phase by chance. */
double
wave_sines(const struct sine *v, int n, uint64_t seed, double t)
{
	double sum = 0;
	int i;

	for (i = 0; i < n; i++)
		sum +=
		    v[i].swing * sin(TAU * (t / v[i].period_s +
					       wave_chance(seed, (uint64_t)i)));
	return sum;
}

/* The exact integral of wave_sines() from EPOCH_S to t. */
double
wave_total(const struct sine *v, int n, uint64_t seed, double t)
{
	double sum = 0;
	int i;

	for (i = 0; i < n; i++) {
		double w = TAU / v[i].period_s;
		double phase = TAU * wave_chance(seed, (uint64_t)i);

		sum += v[i].swing / w *
		       (cos(w * EPOCH_S + phase) - cos(w * t + phase));
	}
	return sum;
}

/* The piece of a group that runs starts by chance. */
bool
duty_runs(const struct duty *d, uint64_t seed, int64_t slot)
{
	int64_t group = slot / d->group;
	int a_day = (int)DAY_S / (d->slot_s * d->group);
	int first =
	    (int)(d->group * wave_chance(seed + d->salt, (uint64_t)group));
	int at = (int)(slot % d->group);

	return (at + d->group - first) % d->group < d->busy[group % a_day];
}

/* Does the slot run that the instant is in? */
bool
duty_on(const struct duty *d, uint64_t seed, double t)
{
	return duty_runs(d, seed, (int64_t)(t / d->slot_s));
}

/* Every day has as many, and every group of a time of day. */
int64_t
duty_slots(const struct duty *d, uint64_t seed, int64_t slot)
{
	int a_day = (int)DAY_S / (d->slot_s * d->group), all = 0;
	int64_t group = slot / d->group, day = group / a_day, n, g, s;

	for (g = 0; g < a_day; g++)
		all += d->busy[g];
	n = (day - (int64_t)(EPOCH_S / DAY_S)) * all;
	for (g = day * a_day; g < group; g++)
		n += d->busy[g % a_day];
	for (s = group * d->group; s < slot; s++)
		n += duty_runs(d, seed, s);
	return n;
}

/* Whole slots, and what has passed of this one. */
double
duty_seconds(const struct duty *d, uint64_t seed, double t)
{
	int64_t slot = (int64_t)(t / d->slot_s);
	double part = t - (double)slot * d->slot_s;

	return (double)duty_slots(d, seed, slot) * d->slot_s +
	       part * duty_runs(d, seed, slot);
}

/* A sine of whole cycles, which adds nothing to a whole slot. */
double
duty_work(const struct duty *d, uint64_t seed, double t)
{
	int64_t slot = (int64_t)(t / d->slot_s);
	double x = t / d->slot_s - (double)slot;

	return duty_runs(d, seed, slot) * (1 + SWING * sin(TAU * CYCLES * x));
}

/* The integral of that sine, within this slot. */
double
duty_worked(const struct duty *d, uint64_t seed, double t)
{
	int64_t slot = (int64_t)(t / d->slot_s);
	double x = t / d->slot_s - (double)slot, w = TAU * CYCLES;

	return duty_seconds(d, seed, t) + duty_runs(d, seed, slot) * d->slot_s *
					      SWING / w * (1 - cos(w * x));
}

/* The answer of a first-order lag to the slots up to this one. */
double
duty_lag(const struct duty *d, uint64_t seed, double t, double lag_s)
{
	int64_t slot = (int64_t)(t / d->slot_s);
	double kept = exp(-d->slot_s / lag_s), weight = 1 - kept, before = 0;
	double now = exp(-(t - (double)slot * d->slot_s) / lag_s);
	int k;

	for (k = 1; k <= LAG_SLOTS && weight > FORGOTTEN; k++, weight *= kept)
		before += weight * duty_runs(d, seed, slot - k);
	return (1 - now) * duty_runs(d, seed, slot) + now * before;
}
