#include "model/taught.h"

#include "base/buf.h"

enum { BITS_FUNCTIONS = 2 };

bool
taught_hole(const struct taught *k, int function, int address, int end)
{
	size_t i;

	for (i = 0; i < k->n; i++) {
		const struct hole *h = &k->holes[i];

		if (h->function == function && h->address < end &&
		    address < h->address + h->count)
			return true;
	}
	return false;
}

int
taught_most(const struct taught *k, int function)
{
	return function <= BITS_FUNCTIONS ? k->most_bits : k->most_words;
}

bool
taught_add(struct taught *k, struct arena *a, const struct hole *h, int64_t now)
{
	if (k->n == HOLES_MAX)
		return false;
	if (k->holes == NULL)
		k->holes = arena_array(a, HOLES_MAX, sizeof(*k->holes));
	k->holes[k->n++] = *h;
	if (k->since == 0)
		k->since = now;
	return true;
}

const char *
taught_holes(struct arena *a, const struct taught *k)
{
	static const char *const names[] = { "", "coil", "discrete input",
		"holding register", "input register" };
	struct buf b = buf_new(a, 64);
	size_t i;

	for (i = 0; i < k->n; i++) {
		const struct hole *h = &k->holes[i];

		buf_printf(&b, "%s%s %d", i > 0 ? ", " : "", names[h->function],
		    h->address);
		if (h->count > 1)
			buf_printf(&b, "-%d", h->address + h->count - 1);
	}
	return (const char *)b.p;
}
