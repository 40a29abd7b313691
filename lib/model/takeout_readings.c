#include "base/clock.h"
#include "base/env.h"
#include "base/member.h"
#include "model/takeout_internal.h"
#include "query.h"
#include "store/scan.h"

#define AHEAD (400 * CLOCK_DAY) /* no plausible reading is newer */

enum {
	WINDOW = 20000, /* readings */
	DEVICES = 500,
	FLUSH = 64 * 1024
};

/* A device's sensors, ascending; units are in JSON. */
struct sensors {
	int32_t *id;
	const char **key, **unit;
	size_t n;
	bool simulated; /* so is each of their readings */
};

static size_t
place_of(const struct sensors *s, int32_t id)
{
	size_t low = 0, high = s->n;

	while (low + 1 < high) {
		size_t mid = low + (high - low) / 2;

		if (s->id[mid] <= id)
			low = mid;
		else
			high = mid;
	}
	return low;
}

static void
put_sample(struct buf *b, const struct sensors *s, const struct sample *v)
{
	static const char *const facets[FACETS] = { "min", "max", "count",
		"stdDev", "decimals" };
	size_t k = place_of(s, v->r.sensor), f;

	buf_text(b, "{\"time\":\"");
	clock_put(b, v->r.time);
	buf_printf(b, "\",\"sensor\":\"%s\",\"value\":", s->key[k]);
	member_put_real(b, v->r.value);
	buf_printf(b, ",\"unit\":%s,\"quality\":%d", s->unit[k], v->r.quality);
	if (v->r.rev > 0)
		buf_printf(b, ",\"revision\":%d", v->r.rev);
	if (s->simulated)
		buf_text(b, ",\"simulated\":true");
	for (f = 0; f < FACETS; f++)
		if (sample_has(v, (enum facet)f)) {
			buf_printf(b, ",\"%s\":", facets[f]);
			member_put_real(b, v->facet[f]);
		}
	buf_text(b, "}\n");
}

static void
put_lost(struct buf *b, const struct lost *v)
{
	buf_text(b, "{\"time\":\"");
	clock_put(b, v->from);
	buf_text(b, "\",\"to\":\"");
	clock_put(b, v->to);
	buf_text(b, "\",\"gap\":\"damaged\"}\n");
}

/* The window's readings, and what of it is damaged. */
static struct err *
put_window(struct take *t, const struct sensors *s, const struct samples *v,
    const struct losses *lost)
{
	struct buf b = buf_new(t->scratch, FLUSH + FLUSH / 4);
	struct err *e;
	size_t i;

	for (i = 0; i < v->n; i++) {
		put_sample(&b, s, &v->v[i]);
		if (b.n < FLUSH)
			continue;
		if ((e = tar_put(t->tar, b.p, b.n)) != NULL)
			return err_pass(e);
		b.n = 0;
	}
	for (i = 0; i < lost->n; i++)
		put_lost(&b, &lost->v[i]);
	if ((e = tar_put(t->tar, b.p, b.n)) != NULL)
		return err_pass(e);
	return NULL;
}

static struct err *
load_sensors(struct sensors *s, struct tx *tx, int32_t device)
{
	struct arena *a = tx_arena(tx);
	struct rows *r;
	struct err *e;
	int i;

	if ((e = tx_rows(&r, tx, &q_export_sensors,
		 ARGS(A((int)tx_who(tx)->tenant), A((int)device)))) != NULL)
		return err_pass(e);
	s->n = (size_t)rows_count(r);
	s->id = arena_array(a, s->n + 1, sizeof(*s->id));
	s->key = arena_array(a, s->n + 1, sizeof(*s->key));
	s->unit = arena_array(a, s->n + 1, sizeof(*s->unit));
	for (i = 0; i < rows_count(r); i++) {
		s->id[i] = (int32_t)rows_int(r, i, EXPORT_SENSORS_SENSOR_ID);
		s->key[i] = rows_text(r, i, EXPORT_SENSORS_KEY);
		s->unit[i] = rows_text(r, i, EXPORT_SENSORS_UNIT);
	}
	return NULL;
}

/* Everything of these sensors, in memory that is given back. */
static struct err *
windows(int64_t *lines, struct take *t, struct tx *tx, const struct sensors *s)
{
	struct scan_of of = { s->id, s->n, 0, env_now() + AHEAD, WINDOW,
		false };
	struct arena *before;
	struct err *e = NULL;
	struct scan scan;
	bool more = true;

	if ((e = scan_begin(&scan, tx, &of)) != NULL)
		return err_pass(e);
	before = tx_use(tx, t->scratch);
	while (e == NULL && more) {
		struct losses lost = { 0 };
		struct samples some = { 0 };

		if ((e = scan_next(&more, &some, &lost, &scan)) == NULL)
			e = put_window(t, s, &some, &lost);
		*lines += (int64_t)(some.n + lost.n);
		arena_reset(t->scratch);
	}
	(void)tx_use(tx, before);
	return e != NULL ? err_pass(e) : NULL;
}

static struct err *
device(struct take *t, int32_t id, const char *key, bool simulated)
{
	const char *name = arena_printf(t->own, "readings/%s.jsonl", key);
	struct arena *a = arena_new();
	struct sensors s = { .simulated = simulated };
	struct tx *tx = NULL;
	int64_t lines = 0;
	struct err *e;

	if ((e = tar_begin(t->tar, name)) == NULL &&
	    (e = takeout_begin(&tx, t, a, TX_READ)) == NULL &&
	    (e = load_sensors(&s, tx, id)) == NULL &&
	    (s.n == 0 || (e = windows(&lines, t, tx, &s)) == NULL)) {
		e = tx_commit(tx);
		tx = NULL;
	}
	tx_rollback(tx);
	arena_free(a);
	return e != NULL ? err_pass(e) : takeout_end(t, name, lines);
}

struct err *
takeout_readings(struct take *t)
{
	struct rows *r;
	struct err *e;
	struct tx *tx;
	int32_t last = 0;
	int i, n = DEVICES;

	while (n == DEVICES) {
		if ((e = takeout_begin(&tx, t, t->own, TX_READ)) != NULL)
			return err_pass(e);
		if ((e = tx_rows(&r, tx, &q_export_devices,
			 ARGS(A((int)t->of->tenant), A((int)last),
			     A(DEVICES)))) != NULL ||
		    (e = tx_commit(tx)) != NULL) {
			tx_rollback(tx);
			return err_pass(e);
		}
		n = rows_count(r);
		for (i = 0; i < n; i++) {
			last =
			    (int32_t)rows_int(r, i, EXPORT_DEVICES_DEVICE_ID);
			if ((e = device(t, last,
				 rows_text(r, i, EXPORT_DEVICES_KEY),
				 rows_bool(r, i, EXPORT_DEVICES_SIMULATED))) !=
			    NULL)
				return err_pass(e);
		}
	}
	return NULL;
}
