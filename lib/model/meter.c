#include "model/meter.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "query.h"
#include "store/series.h"

static struct arg
tenant_of(const struct tx *tx)
{
	return A((int)tx_who(tx)->tenant);
}

/* Those of the device that count. */
static void
counters(struct meters *out, int32_t **id, struct arena *a,
    const struct device *d)
{
	size_t i;

	*out = (struct meters){ .v = arena_array(a, d->n, sizeof(*out->v)) };
	*id = arena_array(a, d->n, sizeof(**id));
	for (i = 0; i < d->n; i++) {
		if (strcmp(d->sensors[i].kind, "counter") != 0)
			continue;
		(*id)[out->n] = d->sensors[i].id;
		out->v[out->n++].sensor = &d->sensors[i];
	}
}

/* n: it is none of them. */
static size_t
index_of(const int32_t *id, size_t n, int64_t sensor)
{
	size_t k = 0;

	while (k < n && id[k] != sensor)
		k++;
	return k;
}

/* What was told of them; the rows come by sensor. */
static struct err *
load_exchanges(struct meters *m, struct tx *tx, const int32_t *id)
{
	struct arena *a = tx_arena(tx);
	struct rows *r;
	struct err *e;
	size_t k;
	int i;

	if ((e = tx_rows(&r, tx, &q_meter_told,
		 ARGS(tenant_of(tx), arr_int(a, id, m->n)))) != NULL)
		return err_pass(e);
	for (i = 0; i < rows_count(r); i++) {
		struct meter *one;

		k = index_of(id, m->n, rows_int(r, i, METER_TOLD_SENSOR_ID));
		if (k == m->n)
			continue;
		one = &m->v[k];
		if (one->n == 0)
			one->v = arena_array(a, (size_t)(rows_count(r) - i),
			    sizeof(*one->v));
		one->v[one->n++] = (struct exchange){
			.at = rows_time(r, i, METER_TOLD_AT),
			.old_last = rows_real(r, i, METER_TOLD_OLD_LAST),
			.new_first = rows_real(r, i, METER_TOLD_NEW_FIRST),
			.told_by = rows_text(r, i, METER_TOLD_TOLD_BY),
			.told_at = rows_time(r, i, METER_TOLD_TOLD_AT),
		};
	}
	return NULL;
}

/* The span of all their readings, and of what is left of those gone. */
static struct err *
span_of(int64_t edge[2], struct meters *m, struct tx *tx, const int32_t *id,
    int64_t now)
{
	/* No reading is older, or that far ahead. */
	struct extent all = { .from = 0, .to = now + CLOCK_DAY };
	struct rows *r;
	struct err *e;

	if ((e = store_narrow(&all, tx, id, m->n)) != NULL ||
	    (e = tx_rows(&r, tx, &q_meter_since,
		 ARGS(tenant_of(tx), arr_int(tx_arena(tx), id, m->n)))) != NULL)
		return err_pass(e);
	edge[0] = all.from;
	edge[1] = all.to;
	if (!rows_null(r, 0, METER_SINCE_SINCE) &&
	    rows_time(r, 0, METER_SINCE_SINCE) < edge[0])
		edge[0] = rows_time(r, 0, METER_SINCE_SINCE);
	return NULL;
}

/* What one has counted, with what was exchanged before it is known. */
static void
reckon(struct meter *m, const struct series *s)
{
	const struct bucket *all = s->bucket;
	size_t i;

	if (all->count == 0)
		return;
	m->is_known = true;
	m->since = all->first_at;
	m->counted = s->increase;
	m->total = all->first + s->increase;
	for (i = 0; i < m->n; i++)
		if (m->v[i].at <= m->since)
			m->total += m->v[i].old_last - m->v[i].new_first;
}

struct err *
meters_load(struct meters *out, struct tx *tx, const struct device *d,
    int64_t now)
{
	struct arena *a = tx_arena(tx);
	struct bucket *bucket;
	struct series *s;
	int64_t edge[2];
	struct err *e;
	int32_t *id;
	size_t i;

	counters(out, &id, a, d);
	if (out->n == 0)
		return NULL;
	if ((e = load_exchanges(out, tx, id)) != NULL ||
	    (e = span_of(edge, out, tx, id, now)) != NULL)
		return err_pass(e);
	if (edge[0] == edge[1])
		return NULL;
	s = arena_array(a, out->n, sizeof(*s));
	bucket = arena_array(a, out->n, sizeof(*bucket));
	for (i = 0; i < out->n; i++) {
		s[i].sensor = id[i];
		s[i].is_counter = true;
		s[i].bucket = &bucket[i];
	}
	if ((e = store_series(s, out->n, tx, edge, 1)) != NULL)
		return err_pass(e);
	for (i = 0; i < out->n; i++)
		reckon(&out->v[i], &s[i]);
	return NULL;
}

static struct err *
number_check(const char *name, double v)
{
	if (isfinite(v))
		return NULL;
	return err_raise(ERR_INPUT,
	    strcmp(name, "old_last") == 0 ? "old_last: want a number."
					  : "new_first: want a number.",
	    "%s", name);
}

/* Whether the row says that it was done. */
static struct err *
done(const struct rows *r, const char *say, const char *device,
    const char *sensor)
{
	if (rows_bool(r, 0, 0))
		return NULL;
	return err_raise(ERR_MISSING, say, "%.64s of %.64s", sensor, device);
}

struct err *
meter_exchange(struct tx *tx, const char *device, const char *sensor,
    const struct exchange *x)
{
	struct rows *r;
	struct err *e;

	if ((e = number_check("old_last", x->old_last)) != NULL ||
	    (e = number_check("new_first", x->new_first)) != NULL ||
	    (e = tx_rows(&r, tx, &q_meter_exchange,
		 ARGS(A(device), A(sensor), A_TIME(x->at), A(x->old_last),
		     A(x->new_first)))) != NULL ||
	    (e = done(r, "There is no such sensor.", device, sensor)) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
meter_withdraw(struct tx *tx, const char *device, const char *sensor,
    int64_t at)
{
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, tx, &q_meter_withdraw,
		 ARGS(A(device), A(sensor), A_TIME(at)))) != NULL ||
	    (e = done(r, "The meter was not exchanged at that time.", device,
		 sensor)) != NULL)
		return err_pass(e);
	return NULL;
}
