#include <math.h>

#include "plant.h"

enum { TEMPERATURE, PRESSURE, TOTALIZER, FLOW, SWITCH };

/* How a measured quantity moves: a wave, a drift that returns, noise. */
static const struct {
	int until; /* of a hundred sensors */
	int decimals;
	double base, wave, period_s, step, pull, noise;
} kinds[] = {
	/* clang-format off */
	[TEMPERATURE] = { 70, 1, 45.7, 6.0, 86400, 0.02, 0.0005, 0.04 },
	[PRESSURE]    = { 80, 2, 350,  4.0, 380,   0.05, 0.002,  0.05 },
	[TOTALIZER]   = { 90, 3, 0.025, 0,  1,     0.0004, 0.002, 0.001 },
	[FLOW]        = { 95, 0, 1830, 0,   1,     0.8,  0.001,  2.5 },
	[SWITCH]      = { 100, 1, 0,   0,   1,     0,    0,      0 },
	/* clang-format on */
};

static double
uniform(struct trace *s)
{
	s->dice ^= s->dice << 13;
	s->dice ^= s->dice >> 7;
	s->dice ^= s->dice << 17;
	return (double)(s->dice >> 11) / 9007199254740992.0;
}

/* Near enough to a normal distribution: twelve of one, less their mean. */
static double
normal(struct trace *s)
{
	double sum = -6;
	int i;

	for (i = 0; i < 12; i++)
		sum += uniform(s);
	return sum;
}

void
trace_start(struct trace *s, int sensor)
{
	*s = (struct trace){ .dice =
				 0x9e3779b97f4a7c15u * (uint64_t)(sensor + 1),
		.total = 184223.507 + sensor };
	while (sensor % 100 >= kinds[s->kind].until)
		s->kind++;
	s->left = (int)(600 * uniform(s));
}

static double
rounded(double v, int decimals)
{
	double unit = pow(10, decimals);

	return nearbyint(v * unit) / unit;
}

static double
measured(struct trace *s)
{
	double t = (double)s->second, turn = 2 * M_PI;

	s->drift +=
	    kinds[s->kind].step * normal(s) - kinds[s->kind].pull * s->drift;
	return kinds[s->kind].base + s->drift +
	       kinds[s->kind].wave * sin(turn * t / kinds[s->kind].period_s) +
	       kinds[s->kind].noise * normal(s);
}

void
trace_next(struct trace *s)
{
	double v = measured(s);

	switch (s->kind) {
	case TOTALIZER:
		s->total += fabs(v);
		v = rounded(s->total, kinds[TOTALIZER].decimals);
		break;
	case FLOW:
		v = (double)(float)v;
		break;
	case SWITCH:
		v = s->value;
		if (s->left-- == 0) {
			v = 1 - v;
			s->left = (int)(-600 * log(uniform(s) + 1e-9));
		}
		break;
	default:
		v = rounded(v, kinds[s->kind].decimals);
	}
	s->value = v;
	s->quality = uniform(s) < 0.0005 ? 60 : 98;
	s->second++;
}

int
trace_decimals(const struct trace *s)
{
	return s->kind == SWITCH ? 1 : kinds[s->kind].decimals;
}
