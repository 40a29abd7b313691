#include "web/gcra.h"

#include <stdatomic.h>
#include <sys/mman.h>

enum { PROBES = 32 };

#define NS_US INT64_C(1000)
#define WINDOW_NS (GCRA_WINDOW_S * INT64_C(1000000000))
/* Windows; beyond, the clock's own number has no room beside it. */
#define FAR (INT64_MAX / WINDOW_NS / 4)

/* The name is written once; the number is when the bucket is full again. */
struct slot {
	_Atomic uint64_t lane;
	_Atomic int64_t full_at; /* nanoseconds */
};

struct gcra {
	struct slot slot[GCRA_LANES];
};

struct gcra *
gcra_new(void)
{
	void *p = mmap(NULL, sizeof(struct gcra), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return p != MAP_FAILED ? p : NULL;
}

/* Names are in sequence; their places are not. */
static size_t
place(uint64_t lane)
{
	return (size_t)(lane * UINT64_C(0x9e3779b97f4a7c15) >> 48);
}

/*
 * The lane's slot; NULL: there is no room.  A slot that is taken over from a
 * lane that is full is as good as new.  Who uses it at that moment pays in the
 * wrong lane, once.
 */
static struct slot *
find(struct gcra *g, uint64_t lane, int64_t now)
{
	struct slot *spare, *s;
	uint64_t was = 0, name;
	size_t i;

	do {
		spare = NULL;
		for (i = 0; i < PROBES; i++) {
			s = &g->slot[(place(lane) + i) % GCRA_LANES];
			if ((name = atomic_load(&s->lane)) == lane)
				return s;
			if (spare == NULL &&
			    (name == 0 || atomic_load(&s->full_at) <= now)) {
				spare = s;
				was = name;
			}
		}
		if (spare == NULL)
			return NULL;
	} while (!atomic_compare_exchange_strong(&spare->lane, &was, lane));
	return spare;
}

/* How long one unit takes to come back, times n; saturates far away. */
static int64_t
duration(int64_t n, int64_t rate)
{
	int64_t whole = n / rate, rest = n % rate;

	if (whole > FAR)
		whole = FAR;
	/* rest < rate, and rate is an int32 */
	return whole * WINDOW_NS +
	       (int64_t)((double)rest / (double)rate * (double)WINDOW_NS);
}

/* False: not now. */
static bool
pay(struct slot *s, struct toll *t, int64_t now)
{
	int64_t cost = duration(t->cost, t->rate), was, from, full;

	was = atomic_load(&s->full_at);
	do {
		from = was > now ? was : now;
		full = from + cost;
		if (full - now > WINDOW_NS && was > now) {
			t->retry_us =
			    (cost > WINDOW_NS ? was - now
					      : full - now - WINDOW_NS) /
				NS_US +
			    1;
			full = from;
			break;
		}
		t->retry_us = 0;
	} while (!atomic_compare_exchange_weak(&s->full_at, &was, full));
	t->full_us = (full - now) / NS_US;
	t->left = full - now >= WINDOW_NS
		      ? 0
		      : (int64_t)((double)(WINDOW_NS - (full - now)) /
				      (double)WINDOW_NS * (double)t->rate +
				  1e-6);
	return t->retry_us == 0;
}

bool
gcra_pay(struct gcra *g, struct toll *t, size_t n, int64_t now_us,
    size_t *refused)
{
	int64_t now = now_us * NS_US;
	struct slot *s;
	size_t i;

	for (i = 0; i < n; i++) {
		t[i].left = t[i].rate;
		t[i].full_us = t[i].retry_us = 0;
		s = find(g, t[i].lane, now);
		if (s == NULL || pay(s, &t[i], now))
			continue;
		*refused = i;
		while (i-- > 0)
			if ((s = find(g, t[i].lane, now)) != NULL)
				(void)atomic_fetch_sub(&s->full_at,
				    duration(t[i].cost, t[i].rate));
		return false;
	}
	return true;
}
