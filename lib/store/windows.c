#include "store/windows.h"

#include <stdlib.h>
#include <string.h>

void
windows_add(struct windows *w, struct arena *a, int64_t from, int64_t to)
{
	struct window *v;

	if (from >= to)
		return;
	if (w->n == w->room) {
		w->room = w->room * 2 + 8;
		v = arena_array(a, w->room, sizeof(*v));
		if (w->n > 0)
			memcpy(v, w->v, w->n * sizeof(*v));
		w->v = v;
	}
	w->v[w->n++] = (struct window){ from, to };
}

static int
by_from(const void *a, const void *b)
{
	const struct window *x = a, *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

void
windows_tidy(struct windows *w)
{
	size_t i, n = 0;

	if (w->n > 1)
		qsort(w->v, w->n, sizeof(*w->v), by_from);
	for (i = 0; i < w->n; i++) {
		if (n > 0 && w->v[i].from <= w->v[n - 1].to) {
			if (w->v[i].to > w->v[n - 1].to)
				w->v[n - 1].to = w->v[i].to;
			continue;
		}
		w->v[n++] = w->v[i];
	}
	w->n = n;
}

bool
windows_touch(const struct windows *w, int64_t from, int64_t to)
{
	size_t low = 0, high = w->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (w->v[mid].to <= from)
			low = mid + 1;
		else
			high = mid;
	}
	return low < w->n && w->v[low].from < to;
}

int64_t
windows_length(const struct windows *w)
{
	int64_t sum = 0;
	size_t i;

	for (i = 0; i < w->n; i++)
		sum += w->v[i].to - w->v[i].from;
	return sum;
}
