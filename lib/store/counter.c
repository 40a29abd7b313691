#include "store/counter.h"

/* A step without a swap in it. */
static double
step(double wrap, double from, double to, int32_t *resets)
{
	if (to >= from)
		return to - from;
	if (from < wrap && to >= 0 && from - to >= wrap / 2)
		return wrap - from + to;
	(*resets)++;
	return to;
}

double
counter_step(const struct counter *c, const struct count *from,
    const struct count *to, int32_t *resets)
{
	double at = from->value, sum = 0;
	size_t i;

	for (i = 0; i < c->swaps && c->swap[i].at <= to->at; i++) {
		if (c->swap[i].at <= from->at)
			continue;
		sum += step(c->wrap, at, c->swap[i].old_last, resets);
		at = c->swap[i].new_first;
	}
	return sum + step(c->wrap, at, to->value, resets);
}
