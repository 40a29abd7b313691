#include "model/complete.h"

#include <math.h>

#include "base/clock.h"
#include "query.h"
#include "store/rollup.h"

/* The hours of a sensor, as they go by. */
struct sensor_walk {
	struct complete_day *day; /* of the sensor */
	const struct edges *days;
	int64_t now, since; /* since: when the device was made */
	int64_t last;	    /* reading before this one, or the day's start */
	size_t k;
};

int64_t
complete_expected(const struct device *d, int64_t start, int64_t end,
    int64_t now)
{
	if (start < d->created)
		start = d->created;
	if (end > now)
		end = now;
	if (end <= start || d->period_s <= 0)
		return 0;
	return (int64_t)floor((double)(end - start) / 1e6 / d->period_s);
}

int
complete_percent(int64_t received, int64_t expected)
{
	if (expected <= 0)
		return -1;
	if (received >= expected)
		return 100;
	return (int)(100 * received / expected);
}

static int64_t
not_after(int64_t t, int64_t end)
{
	return t < end ? t : end;
}

static void
gap(struct sensor_walk *w, int64_t till)
{
	struct complete_day *d = &w->day[w->k];

	if (till - w->last > d->longest)
		d->longest = till - w->last;
}

/* The day that is under way is over. */
static void
day_end(struct sensor_walk *w)
{
	gap(w, not_after(w->days->v[w->k + 1], w->now));
	w->k++;
	w->last = w->days->v[w->k];
}

static void
hour(struct sensor_walk *w, const struct rollup *r)
{
	while (r->start >= w->days->v[w->k + 1])
		day_end(w);
	w->day[w->k].received += r->count + r->bad;
	w->day[w->k].silent -=
	    not_after(r->held, not_after(r->end, w->now) - r->start);
	if (r->count == 0)
		return;
	gap(w, r->first_at);
	w->last = r->last_at;
}

/* All its days, from its hours. */
static void
sensor_days(struct sensor_walk *w, const struct device *d,
    const struct rollup *r, size_t n)
{
	const struct edges *e = w->days;
	size_t i;

	for (i = 0; i + 1 < e->n; i++) {
		int64_t from = e->v[i] > w->since ? e->v[i] : w->since;
		int64_t till = not_after(e->v[i + 1], w->now);

		w->day[i].expected =
		    complete_expected(d, e->v[i], e->v[i + 1], w->now);
		w->day[i].silent = till > from ? till - from : 0;
	}
	w->last = e->v[0];
	for (i = 0; i < n; i++)
		hour(w, &r[i]);
	while (w->k + 1 < e->n)
		day_end(w);
	for (i = 0; i + 1 < e->n; i++) {
		if (w->day[i].silent < 0 || w->day[i].expected == 0)
			w->day[i].silent = 0;
		if (w->day[i].expected == 0)
			w->day[i].longest = 0;
	}
}

struct err *
complete_load(struct complete *out, struct tx *tx, const struct device *d,
    int64_t from, int64_t to, int64_t now)
{
	struct arena *a = tx_arena(tx);
	int32_t *id = arena_array(a, d->n, sizeof(*id));
	struct rollups hours = { 0 };
	struct err *e;
	size_t i, at = 0, n;

	*out = (struct complete){ .days = calendar_edges(a, UNIT_DAY, from, to),
		.sensors = d->n };
	out->n = out->days.n - 1;
	out->v = arena_array(a, d->n * out->n, sizeof(*out->v));
	for (i = 0; i < d->n; i++)
		id[i] = d->sensors[i].id;
	if ((e = rollup_read(&hours, tx,
		 &(struct rollup_query){ .sensor = id,
		     .n = d->n,
		     .unit = UNIT_HOUR,
		     .from = out->days.v[0],
		     .to = out->days.v[out->n],
		     .limit = ROLLUP_READ_MAX })) != NULL)
		return err_pass(e);
	for (i = 0; i < d->n; i++) {
		struct sensor_walk w = { .day = out->v + i * out->n,
			.days = &out->days,
			.now = now,
			.since = d->created };

		at = n = 0;
		while (at < hours.n && hours.v[at].sensor != id[i])
			at++;
		while (at + n < hours.n && hours.v[at + n].sensor == id[i])
			n++;
		sensor_days(&w, d, hours.v + at, n);
	}
	return NULL;
}

struct err *
complete_fleet(struct fleet_days *out, struct tx *tx, const int32_t *device,
    size_t n, int64_t from, int64_t to)
{
	struct arena *a = tx_arena(tx);
	struct rows *r;
	struct err *e;
	int i;

	if ((e = tx_rows(&r, tx, &q_complete_fleet,
		 ARGS(A((int)tx_who(tx)->tenant), arr_int(a, device, n),
		     A_TIME(from), A_TIME(to)))) != NULL)
		return err_pass(e);
	out->n = (size_t)rows_count(r);
	out->v = arena_array(a, out->n, sizeof(*out->v));
	for (i = 0; i < rows_count(r); i++)
		out->v[i] = (struct fleet_day){
			.device =
			    (int32_t)rows_int(r, i, COMPLETE_FLEET_DEVICE),
			.start = rows_time(r, i, COMPLETE_FLEET_START),
			.received = rows_int(r, i, COMPLETE_FLEET_RECEIVED),
		};
	return NULL;
}
