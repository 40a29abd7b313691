#include <string.h>

#include "plant.h"

/*
 * The library's way to a day's chart: several sensors at once where it has
 * that, one sensor where it does not.
 */
#if __has_include("store/series.h")
#include "store/series.h"

struct err *
chart_ask(struct bucket *to, struct tx *tx, const struct span *span)
{
	struct arena *a = tx_arena(tx);
	int64_t *edge = arena_array(a, span->buckets + 1, sizeof(*edge));
	struct series one = { .sensor = span->sensor, .bucket = to };
	struct err *e;

	edges_even(edge, span->buckets, span->from, span->to);
	if ((e = store_series(&one, 1, tx, edge, span->buckets)) != NULL)
		return err_pass(e);
	return NULL;
}
#else
#include "store/store.h"

struct err *
chart_ask(struct bucket *to, struct tx *tx, const struct span *span)
{
	struct err *e = store_chart(to, span->buckets, tx, span->sensor,
	    span->from, span->to);

	return e != NULL ? err_pass(e) : NULL;
}
#endif
