#include "base/ids.h"

#include <stdlib.h>

static int
by_id(const void *a, const void *b)
{
	const int32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

size_t
ids_settle(int32_t *v, size_t n)
{
	size_t i, kept = 0;

	if (n > 1)
		qsort(v, n, sizeof(*v), by_id);
	for (i = 0; i < n; i++)
		if (kept == 0 || v[kept - 1] != v[i])
			v[kept++] = v[i];
	return kept;
}

const int32_t *
ids_find(const int32_t *v, size_t n, int32_t id)
{
	return n == 0 ? NULL : bsearch(&id, v, n, sizeof(*v), by_id);
}
