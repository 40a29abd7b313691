#include "model/holes.h"

#include <stdbool.h>
#include <string.h>

/* The run that is under way; its holes are the last ones found. */
struct run {
	size_t hole; /* the first of its holes */
	int64_t first, last, last_at;
};

static void
add(struct holes *h, struct arena *a, size_t at, struct hole one)
{
	if (h->n == h->room) {
		struct hole *v;

		h->room = 2 * h->room + 16;
		v = arena_room(a, h->room, sizeof(*v));
		if (h->n > 0)
			memcpy(v, h->v, h->n * sizeof(*v));
		h->v = v;
	}
	memmove(&h->v[at + 1], &h->v[at], (h->n - at) * sizeof(*h->v));
	h->v[at] = one;
	h->n++;
}

/* Number no has come after all; false: it is in no hole of the run. */
static bool
closed(struct holes *h, struct arena *a, const struct run *r, int64_t no)
{
	size_t i = r->hole;
	struct hole rest;

	while (i < h->n && h->v[i].high < no)
		i++;
	if (i == h->n || h->v[i].low > no)
		return false;
	rest = h->v[i];
	rest.low = no + 1;
	h->v[i].high = no - 1;
	if (h->v[i].low <= h->v[i].high) {
		if (rest.low <= rest.high)
			add(h, a, i + 1, rest);
		return true;
	}
	if (rest.low <= rest.high) {
		h->v[i] = rest;
		return true;
	}
	h->n--;
	memmove(&h->v[i], &h->v[i + 1], (h->n - i) * sizeof(*h->v));
	return true;
}

static void
next(struct holes *h, struct arena *a, struct run *r, const struct numbered *b)
{
	if (b->no <= r->last && closed(h, a, r, b->no))
		return;
	if (b->no <= r->last) {
		*r = (struct run){ h->n, b->no, b->no, b->at };
		return;
	}
	if (b->no > r->last + 1)
		add(h, a, h->n,
		    (struct hole){ b->of, r->last + 1, b->no - 1, r->last_at,
			b->at });
	r->last = b->no;
	r->last_at = b->at;
}

/* Do most of the steps upwards go up by one? */
static bool
counts(const struct numbered *v, size_t n)
{
	size_t i, up = 0, one = 0;

	for (i = 1; i < n; i++) {
		up += v[i].no > v[i - 1].no;
		one += v[i].no == v[i - 1].no + 1;
	}
	return 2 * one >= up;
}

void
holes_find(struct holes *h, struct arena *a, const struct numbered *v, size_t n)
{
	size_t from, to, i;

	for (from = 0; from < n; from = to) {
		struct run r = { h->n, v[from].no, v[from].no, v[from].at };

		to = from + 1;
		while (to < n && strcmp(v[to].of, v[from].of) == 0)
			to++;
		if (!counts(v + from, to - from))
			continue;
		for (i = from + 1; i < to; i++)
			next(h, a, &r, &v[i]);
	}
}
