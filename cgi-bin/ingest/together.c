/*
 * Small posts together: those that arrived meanwhile and name one device go
 * into one transaction, in one round trip, each answered after its commit.
 *
 * What a key may write is remembered beside the connection.  The database
 * compares it at the gate; whatever is not as remembered, or not as simple,
 * goes the ordinary way.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "cgi-bin/ingest/intake.h"
#include "query.h"
#include "store/store.h"
#include "web/json.h"
#include "web/member.h"
#include "web/web.h"

enum { ROSTERS_MAX = 64, SMALL = 1024 };

#define AHEAD_MAX (5 * CLOCK_MIN)
#define EARLIEST INT64_C(946684800000000) /* 2000-01-01 */

struct target {
	const char *key;
	int32_t id;
	double low, high;
};

/* What a key may write of one device. */
struct roster {
	const char *key, *device;
	struct known known;
	struct target *v;
	size_t n;
};

struct rosters {
	struct arena *arena;
	struct roster v[ROSTERS_MAX];
	size_t n;
};

/* One request of the round, as far as it is understood. */
struct post {
	size_t at;
	struct known known;
	struct batch batch;
	struct readings r;
};

bool ingest_joins(const struct req *);
together ingest_together;

bool
ingest_joins(const struct req *rq)
{
	return strcmp(rq->route->path, "/api/v1/ingest") == 0 &&
	       rq->query.n == 0 && rq->body.n <= SMALL && req_key(rq).n > 0 &&
	       *req_header(rq, "Idempotency-Key") == 0;
}

static void
forget(void *what)
{
	struct rosters *all = what;

	arena_free(all->arena);
	free(all);
}

static void
forget_all(struct db *db)
{
	void **kept = db_kept(db, forget);

	if (*kept != NULL)
		forget(*kept);
	*kept = NULL;
}

/* Those of this connection; forgotten as a whole when there are too many. */
static struct rosters *
rosters(struct db *db)
{
	void **kept = db_kept(db, forget);
	struct rosters *all = *kept;

	if (all == NULL) {
		all = *kept = calloc(1, sizeof(*all));
		if (all == NULL)
			abort();
		all->arena = arena_new();
	}
	if (all->n == ROSTERS_MAX) {
		arena_reset(all->arena);
		all->n = 0;
	}
	return all;
}

static double
bound(const struct rows *r, int i, int column, double none)
{
	return rows_null(r, i, column) ? none : rows_real(r, i, column);
}

static void
remember(struct db *db, const struct who *w, const char *key,
    const char *device, const struct rows *r)
{
	struct rosters *all = rosters(db);
	struct arena *a = all->arena;
	struct roster *o = &all->v[all->n++];
	int i, n = rows_count(r);

	*o = (struct roster){ .key = arena_text(a, key),
		.device = arena_text(a, device),
		.known = { .tenant = w->tenant,
		    .device = w->device,
		    .can = w->can,
		    .registry = w->registry } };
	o->v = arena_array(a, (size_t)n + 1, sizeof(*o->v));
	for (i = 0; i < n; i++)
		o->v[o->n++] = (struct target){
			.key =
			    arena_text(a, rows_text(r, i, INGEST_SENSORS_KEY)),
			.id = (int32_t)rows_int(r, i, INGEST_SENSORS_SENSOR_ID),
			.low = bound(r, i, INGEST_SENSORS_LOW, -INFINITY),
			.high = bound(r, i, INGEST_SENSORS_HIGH, INFINITY),
		};
}

/* Ask the gate about a key, and what it may write of a device. */
static struct err *
learn(const struct req *rq, const char *device)
{
	struct gate g = { .kind = GATE_API_KEY, .secret = req_key(rq) };
	struct arena *a = rq->arena;
	struct rows *r;
	struct who w;
	struct tx *tx;
	struct err *e;

	if ((e = tx_begin(&tx, req_db(rq), a, &g, TX_READ)) != NULL)
		return err_pass(e);
	w = *tx_who(tx);
	if ((e = tx_rows(&r, tx, &q_ingest_sensors,
		 ARGS(A((int)w.tenant), A((int)w.device),
		     arr_text(a, &device, 1), arr_text(a, NULL, 0)))) != NULL ||
	    (e = tx_commit(tx)) != NULL) {
		tx_rollback(tx);
		return err_pass(e);
	}
	if (w.can & CAN_INGEST)
		remember(req_db(rq), &w, (const char *)g.secret.p, device, r);
	return NULL;
}

static const struct roster *
find(const struct req *rq, const char *device)
{
	const struct rosters *all = rosters(req_db(rq));
	const char *key = (const char *)req_key(rq).p;
	size_t i;

	for (i = all->n; i-- > 0;)
		if (strcmp(all->v[i].key, key) == 0 &&
		    strcmp(all->v[i].device, device) == 0)
			return &all->v[i];
	return NULL;
}

/* {"flow_rate": 118.45}: numbers of sensors that are known, in range. */
static bool
values(struct post *p, struct arena *a, const struct roster *o, int64_t time,
    json_t *named)
{
	const char *key;
	json_t *value;
	size_t i;

	p->r.v = arena_array(a, json_object_size(named) + 1, sizeof(*p->r.v));
	json_object_foreach(named, key, value)
	{
		double v = json_number_value(value);

		for (i = 0; i < o->n && strcmp(o->v[i].key, key) != 0; i++)
			continue;
		if (i == o->n || !json_is_real(value) || v < o->v[i].low ||
		    v > o->v[i].high)
			return false;
		p->r.v[p->r.n++] = (struct reading){ .sensor = o->v[i].id,
			.time = time,
			.value = v,
			.quality = QUALITY_GOOD };
	}
	return p->r.n > 0;
}

/* {"readings": [{"device": "N1", "ts": 1763719200000, "values": {...}}]} */
static bool
understand(struct post *p, struct req *rq)
{
	int64_t now = env_now(), time = 0;
	json_t *body, *list, *one, *named;
	const struct roster *o;
	const char *device;

	if (json_read(&body, rq->arena, rq->body) != NULL)
		return false;
	list = json_object_get(body, "readings");
	one = json_array_get(list, 0);
	named = json_object_get(one, "values");
	device = json_string_value(json_object_get(one, "device"));
	if (json_object_size(body) != 1 || json_array_size(list) != 1 ||
	    json_object_size(one) != 3 || device == NULL ||
	    !json_is_object(named) ||
	    !json_is_integer(json_object_get(one, "ts")) ||
	    !clock_from_number(&time,
		json_number_value(json_object_get(one, "ts"))) ||
	    time > now + AHEAD_MAX || time < EARLIEST)
		return false;
	if ((o = find(rq, device)) == NULL &&
	    (learn(rq, device) != NULL || (o = find(rq, device)) == NULL))
		return false;
	p->known = o->known;
	p->known.key = req_key(rq);
	p->batch = (struct batch){ .source = o->known.device,
		.received = now,
		.sent = json_object_size(named) };
	return values(p, rq->arena, o, time, named);
}

/* Those of one tenant: all of them, or none. */
static struct err *
store(struct arena *a, struct db *db, struct post *v, size_t n)
{
	struct known *known = arena_array(a, n, sizeof(*known));
	struct batch *batch = arena_array(a, n, sizeof(*batch));
	struct readings *r = arena_array(a, n, sizeof(*r));
	struct tx *tx;
	struct err *e;
	size_t i;

	for (i = 0; i < n; i++) {
		known[i] = v[i].known;
		batch[i] = v[i].batch;
		r[i] = v[i].r;
	}
	if ((e = tx_begin_known(&tx, db, a, known, n, TX_WRITE)) != NULL)
		return err_pass(e);
	if ((e = store_append_many(tx, batch, r, n)) != NULL ||
	    (e = tx_commit(tx)) != NULL) {
		tx_rollback(tx);
		return err_pass(e);
	}
	return NULL;
}

static void
answer(struct req *rq, struct res *rs, const struct post *p)
{
	rq->who = (struct who){ .tenant = p->known.tenant,
		.device = p->known.device,
		.can = p->known.can };
	rs->status = 202;
	rs->wake = true;
	buf_byte(&rs->body, '{');
	member_int(&rs->body, "accepted", (int64_t)p->batch.sent);
	member_int(&rs->body, "duplicate", 0);
	buf_text(&rs->body, ",\"rejected\":[]}\n");
}

void
ingest_together(struct req **rq, struct res **rs, size_t n, bool *done)
{
	struct post all[ROUND_MAX] = { 0 }, same[ROUND_MAX];
	size_t i, k, m, left = 0;

	for (i = 0; i < n; i++) {
		all[left] = (struct post){ .at = i };
		left += understand(&all[left], rq[i]);
	}
	while (left > 0) {
		int32_t tenant = all[0].known.tenant;

		for (i = k = m = 0; i < left; i++) {
			if (all[i].known.tenant == tenant)
				same[m++] = all[i];
			else
				all[k++] = all[i];
		}
		left = k;
		if (store(rq[0]->arena, req_db(rq[0]), same, m) != NULL) {
			forget_all(req_db(rq[0]));
			continue;
		}
		for (i = 0; i < m; i++) {
			answer(rq[same[i].at], rs[same[i].at], &same[i]);
			done[same[i].at] = true;
		}
	}
}
