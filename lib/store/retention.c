#include "store/retention.h"

#include <stdio.h>

#include "base/log.h"
#include "query.h"
#include "store/archive.h"
#include "store/chunk.h"

/* Chunks of one metric and month, and their certificate by sensor. */
struct step {
	const char *metric, *month;
	bool archive;
	struct archived *v;
	size_t n;
	int64_t readings, bytes, t_min, t_max;
	int32_t *sensor; /* a range a sensor */
	int64_t *first, *last, *count;
	size_t sensors;
};

static struct arg
tenant_of(const struct tx *tx)
{
	return A((int)tx_who(tx)->tenant);
}

/* Own the tenant's chunks, and what is rolled up of them, until the commit. */
static struct err *
own(bool *owned, struct tx *tx)
{
	struct arg tenant = tenant_of(tx);
	struct rows *r;
	struct err *e;

	if ((e = chunk_own(owned, tx)) != NULL)
		return err_pass(e);
	if (*owned && ((e = tx_send(tx, &q_rollup_enter, &tenant, 1)) != NULL ||
			  (e = tx_rows(&r, tx, &q_retention_rolling, &tenant,
			       1)) != NULL))
		return err_pass(e);
	return NULL;
}

/* Count a chunk into its sensor's range; chunks come by sensor and time. */
static void
count(struct step *s, const struct archived *c)
{
	size_t i = s->sensors;

	if (i == 0 || s->sensor[i - 1] != c->sensor) {
		s->sensor[i] = c->sensor;
		s->first[i] = c->t_min;
		s->last[i] = c->t_max;
		s->sensors = ++i;
	}
	i--;
	if (c->t_max > s->last[i])
		s->last[i] = c->t_max;
	s->count[i] += c->n;
	s->readings += c->n;
	if (s->n == 0 || c->t_min < s->t_min)
		s->t_min = c->t_min;
	if (s->n == 0 || c->t_max > s->t_max)
		s->t_max = c->t_max;
	s->n++;
}

/* What this step is about; no chunks when none may go. */
static struct err *
take(struct step *s, struct tx *tx, const struct retention *p)
{
	struct arena *a = tx_arena(tx);
	struct arg tenant = tenant_of(tx), at = A_TIME(p->now);
	struct rows *r;
	struct err *e;
	size_t n, i;

	*s = (struct step){ 0 };
	if ((e = tx_rows(&r, tx, &q_retention_group, ARGS(tenant, at))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return NULL;
	s->metric = rows_text(r, 0, RETENTION_GROUP_METRIC);
	s->archive = rows_bool(r, 0, RETENTION_GROUP_ARCHIVE);
	s->month = rows_text(r, 0, RETENTION_GROUP_MONTH);
	if ((e = tx_rows(&r, tx, &q_retention_take,
		 ARGS(tenant, at, A(s->metric), A(s->archive), A(s->month),
		     A(RETENTION_CHUNKS)))) != NULL)
		return err_pass(e);
	n = (size_t)rows_count(r);
	s->v = arena_array(a, n, sizeof(*s->v));
	s->sensor = arena_array(a, n, sizeof(*s->sensor));
	s->first = arena_array(a, n, sizeof(*s->first));
	s->last = arena_array(a, n, sizeof(*s->last));
	s->count = arena_array(a, n, sizeof(*s->count));
	for (i = 0; i < n; i++) {
		int k = (int)i;

		s->v[i] = (struct archived){
			.sensor =
			    (int32_t)rows_int(r, k, RETENTION_TAKE_SENSOR_ID),
			.n = (int32_t)rows_int(r, k, RETENTION_TAKE_N),
			.t_min = rows_time(r, k, RETENTION_TAKE_T_MIN),
			.t_max = rows_time(r, k, RETENTION_TAKE_T_MAX),
			.run = rows_bytes(r, k, RETENTION_TAKE_RUN),
		};
		s->bytes += rows_int(r, k, RETENTION_TAKE_BYTES);
		count(s, &s->v[i]);
	}
	return NULL;
}

static struct err *
put_away(struct archive_file *f, struct tx *tx, const struct step *s,
    const char *folder)
{
	struct arena *a = tx_arena(tx);
	struct archive v = { .tenant = tx_who(tx)->tenant,
		.v = s->v,
		.n = s->n };
	struct rows *r;
	struct err *e;
	int i;

	(void)snprintf(v.month, sizeof(v.month), "%s", s->month);
	if ((e = tx_rows(&r, tx, &q_retention_names,
		 ARGS(tenant_of(tx), arr_int(a, s->sensor, s->sensors)))) !=
	    NULL)
		return err_pass(e);
	v.n_series = (size_t)rows_count(r);
	v.series = arena_array(a, v.n_series, sizeof(*v.series));
	for (i = 0; i < rows_count(r); i++)
		v.series[i] = (struct series){
			(int32_t)rows_int(r, i, RETENTION_NAMES_SENSOR_ID),
			rows_text(r, i, RETENTION_NAMES_NAME),
		};
	if ((e = archive_write(f, a, folder, &v)) != NULL)
		return err_pass(e);
	return NULL;
}

/* Delete the step's chunks; all of them, or it is an error. */
static struct err *delete (struct tx *tx, const struct step *s)
{
	struct arena *a = tx_arena(tx);
	int32_t *sensor = arena_array(a, s->n, sizeof(*sensor));
	int64_t *time = arena_array(a, s->n, sizeof(*time));
	struct rows *r;
	struct err *e;
	size_t i;

	for (i = 0; i < s->n; i++) {
		sensor[i] = s->v[i].sensor;
		time[i] = s->v[i].t_min;
	}
	if ((e = tx_rows(&r, tx, &q_retention_delete,
		 ARGS(tenant_of(tx), arr_int(a, sensor, s->n),
		     arr_time(a, time, s->n)))) != NULL)
		return err_pass(e);
	if (rows_int(r, 0, RETENTION_DELETE_ROWS) != (int64_t)s->n)
		return err_raise(ERR_BUSY, "Please try again.",
		    "%lld of %zu chunks were there to delete",
		    (long long)rows_int(r, 0, RETENTION_DELETE_ROWS), s->n);
	return NULL;
}

static struct err *
certify(struct tx *tx, const struct step *s, const struct retention *p,
    const struct archive_file *f)
{
	struct arena *a = tx_arena(tx);
	struct arg tenant = tenant_of(tx);
	struct arg sensors = arr_int(a, s->sensor, s->sensors);
	struct arg last = arr_time(a, s->last, s->sensors);
	struct err *e;

	if ((e = tx_send(tx, &q_retention_certify,
		 ARGS(tenant, A(p->by), A(s->metric), A(s->month),
		     A_TIME(s->t_min), A_TIME(s->t_max), A((long)s->n),
		     A((long)s->readings), A((long)s->bytes), sensors,
		     arr_time(a, s->first, s->sensors), last,
		     arr_long(a, s->count, s->sensors),
		     A(s->archive ? f->path : NULL),
		     A(s->archive ? f->sha256 : NULL)))) != NULL ||
	    (e = tx_send(tx, &q_retention_floor,
		 ARGS(tenant, sensors, last))) != NULL)
		return err_pass(e);
	return NULL;
}

/* Rollups and events. */
static struct err *
expire(struct retained *out, bool *more, struct tx *tx,
    const struct retention *p)
{
	struct rows *r;
	struct err *e;
	int64_t n;

	if ((e = tx_rows(&r, tx, &q_retention_expire,
		 ARGS(tenant_of(tx), A_TIME(p->now), A(RETENTION_ROWS),
		     A(p->by)))) != NULL)
		return err_pass(e);
	n = rows_int(r, 0, RETENTION_EXPIRE_ROWS);
	out->rows += n;
	*more = n > 0;
	return NULL;
}

struct err *
retention_step(struct retained *out, bool *more, struct tx *tx,
    const struct retention *p)
{
	struct archive_file file = { 0 };
	struct step s;
	struct err *e;
	bool owned;

	if ((e = own(&owned, tx)) != NULL)
		return err_pass(e);
	out->busy = !owned;
	*more = false;
	if (!owned)
		return NULL;
	if ((e = take(&s, tx, p)) != NULL)
		return err_pass(e);
	if (s.n == 0) {
		e = expire(out, more, tx, p);
		return e != NULL ? err_pass(e) : NULL;
	}
	if (s.archive && (e = put_away(&file, tx, &s, p->folder)) != NULL)
		return err_pass(e);
	if ((e = delete (tx, &s)) != NULL ||
	    (e = certify(tx, &s, p, &file)) != NULL)
		return err_pass(e);
	out->rows += (int64_t)s.n;
	out->readings += s.readings;
	out->bytes += s.bytes;
	out->files += s.archive;
	*more = true;
	return NULL;
}

/* A step and its commit. */
static struct err *
step(struct retained *out, bool *more, struct db *db, struct arena *a,
    const struct gate *g, const struct retention *p)
{
	struct retained so_far = *out;
	struct tx *tx;
	struct err *e;

	if ((e = tx_begin(&tx, db, a, g, TX_WRITE)) != NULL)
		return err_pass(e);
	if ((e = retention_step(&so_far, more, tx, p)) != NULL ||
	    (!*more && !so_far.busy &&
		(e = tx_send(tx, &q_retention_ran_put,
		     ARGS(tenant_of(tx), A_TIME(p->now)))) != NULL) ||
	    (e = tx_commit(tx)) != NULL) {
		tx_rollback(tx);
		return err_pass(e);
	}
	*out = so_far;
	return NULL;
}

struct err *
retention_run(struct retained *out, struct db *db, const struct gate *g,
    const struct retention *p, size_t most)
{
	struct arena *scratch = arena_new();
	struct err *e = NULL;
	bool more = true;

	*out = (struct retained){ 0 };
	while (more && most-- > 0 && e == NULL) {
		e = step(out, &more, db, scratch, g, p);
		arena_reset(scratch);
	}
	arena_free(scratch);
	return e != NULL ? err_pass(e) : NULL;
}
