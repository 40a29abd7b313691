#include "latency.h"

#include <string.h>

enum { FIRST_US = 64, MOST = 4096, PERCENT = 100 };

static int
step_of(int64_t us)
{
	int i = 0;

	while (i < LATENCY_STEPS - 1 && us >= (int64_t)FIRST_US << i)
		i++;
	return i;
}

void
latency_add(struct latency *l, int64_t us)
{
	int i;

	l->n[step_of(us)]++;
	if (++l->total < MOST)
		return;
	l->total = 0;
	for (i = 0; i < LATENCY_STEPS; i++) {
		l->n[i] /= 2;
		l->total = (uint16_t)(l->total + l->n[i]);
	}
}

int64_t
latency_p99(const struct latency *l)
{
	int i = LATENCY_STEPS - 1, slower = 0;

	if (l->total < LATENCY_ENOUGH)
		return 0;
	while (i > 0 && (slower + l->n[i]) * PERCENT <= l->total) {
		slower += l->n[i];
		i--;
	}
	return (int64_t)FIRST_US << i;
}

int64_t
latency_slowest(const struct latency *l)
{
	int i = LATENCY_STEPS - 1;

	if (l->total >= LATENCY_ENOUGH)
		return latency_p99(l);
	while (i > 0 && l->n[i] == 0)
		i--;
	return l->n[i] == 0 ? 0 : (int64_t)FIRST_US << i;
}

void
latency_set(struct latency *l, int64_t p99_us)
{
	memset(l, 0, sizeof(*l));
	if (p99_us > 0) {
		l->n[step_of(p99_us - 1)] = LATENCY_ENOUGH;
		l->total = LATENCY_ENOUGH;
	}
}
