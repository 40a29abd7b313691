#include "worker/sane.h"

#include <math.h>

#include "base/clock.h"
#include "base/env.h"
#include "intake/reason.h"
#include "model/audit.h"
#include "query.h"

/* A sensor and the value that it has had for a while. */
struct steady {
	int32_t sensor, device;
	const char *code;
	int64_t after; /* so long, and it is stuck */
	double value;
	int64_t since;
	bool known, told;
};

static struct steady
steady_row(const struct rows *r, int i)
{
	return (struct steady){
		.sensor = (int32_t)rows_int(r, i, STEADY_OF_SENSOR),
		.device = (int32_t)rows_int(r, i, STEADY_OF_DEVICE),
		.code = rows_text(r, i, STEADY_OF_CODE),
		.after = (int64_t)(rows_real(r, i, STEADY_OF_AFTER) * 1e6),
		.value = rows_real(r, i, STEADY_OF_VALUE),
		.since = rows_time(r, i, STEADY_OF_SINCE),
		.known = !rows_null(r, i, STEADY_OF_SINCE),
		.told = rows_bool(r, i, STEADY_OF_TOLD),
	};
}

/* Say that it is stuck, as of the reading at `time`. */
static struct err *
tell(const struct steady *s, struct tx *tx, int64_t time)
{
	struct arena *a = tx_arena(tx);
	struct err *e;

	if ((e = tx_send(tx, &q_ingest_remark,
		 ARGS(A((int)tx_who(tx)->tenant), A_TIME(env_now()),
		     A((int)s->device), A((int)REASON_STUCK), A_TIME(time),
		     A_TIME(time), arr_int(a, &s->sensor, 1),
		     arr_time(a, &time, 1), arg_null(), arg_null(),
		     arg_null()))) != NULL ||
	    (e = audit_put(tx, "sensor.stuck",
		 arena_printf(a, "sensor:%s", s->code),
		 arena_printf(a, "{\"since\": \"%s\", \"at\": \"%s\"}",
		     clock_iso(a, s->since), clock_iso(a, time)))) != NULL)
		return err_pass(e);
	return NULL;
}

/*
 * Its new readings, in their order.  What is late changes nothing: of a time
 * that has been looked at before.  *changed: the row is another now.
 */
static struct err *
walk(bool *changed, struct steady *s, struct tx *tx, const struct reading *r,
    size_t n)
{
	struct err *e;
	size_t i;

	for (i = 0; i < n; i++) {
		if (isnan(r[i].value) || (s->known && r[i].time < s->since))
			continue;
		if (!s->known || r[i].value != s->value) {
			s->value = r[i].value;
			s->since = r[i].time;
			s->told = false;
			*changed = s->known = true;
		} else if (!s->told && r[i].time - s->since >= s->after) {
			s->told = *changed = true;
			if ((e = tell(s, tx, r[i].time)) != NULL)
				return err_pass(e);
		}
	}
	return NULL;
}

static struct err *
put(struct tx *tx, const struct steady *v, size_t n)
{
	struct arena *a = tx_arena(tx);
	int32_t *sensor = arena_array(a, n, sizeof(*sensor));
	int32_t *told = arena_array(a, n, sizeof(*told));
	double *value = arena_array(a, n, sizeof(*value));
	int64_t *since = arena_array(a, n, sizeof(*since));
	struct err *e;
	size_t i;

	if (n == 0)
		return NULL;
	for (i = 0; i < n; i++) {
		sensor[i] = v[i].sensor;
		value[i] = v[i].value;
		since[i] = v[i].since;
		told[i] = v[i].told;
	}
	e = tx_send(tx, &q_steady_put,
	    ARGS(A((int)tx_who(tx)->tenant), arr_int(a, sensor, n),
		arr_real(a, value, n), arr_time(a, since, n),
		arr_int(a, told, n)));
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
sane_watch(struct tx *tx, const struct readings *r, const char *reach)
{
	struct arena *a = tx_arena(tx);
	struct steady *v;
	struct rows *rows;
	struct err *e;
	size_t i, n = 0;
	int k;

	if ((e = tx_rows(&rows, tx, &q_steady_of,
		 ARGS(A((int)tx_who(tx)->tenant), A(reach)))) != NULL)
		return err_pass(e);
	v = arena_array(a, (size_t)rows_count(rows), sizeof(*v));
	for (k = 0, n = 0; k < rows_count(rows); k++) {
		bool changed = false;

		v[n] = steady_row(rows, k);
		i = readings_place(r, v[n].sensor, INT64_MIN);
		if (i == r->n || r->v[i].sensor != v[n].sensor)
			continue;
		if ((e = walk(&changed, &v[n], tx, r->v + i,
			 readings_run(r->v + i, r->n - i))) != NULL)
			return err_pass(e);
		n += changed;
	}
	e = put(tx, v, n);
	return e != NULL ? err_pass(e) : NULL;
}
