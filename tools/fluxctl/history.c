/* history: a believable past for a demo, from the simulator's own models. */
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/env.h"
#include "fluxctl/fluxctl.h"
#include "model/model.h"
#include "model/profile.h"
#include "query.h"
#include "store/store.h"

enum { BATCH = 50000 };

struct span {
	int64_t from, to, step;
};

struct source {
	const char *model;
	uint64_t seed;
	const struct profile *profile;
	const struct rows *sensors;
};

static struct err *
span_read(struct span *s, char **args)
{
	char *end;
	double step = strtod(args[2], &end);

	if (!clock_from_iso(&s->from, args[0]) ||
	    !clock_from_iso(&s->to, args[1]) || s->from >= s->to)
		return err_raise(ERR_INPUT,
		    "FROM and TO are ISO 8601 times, FROM first.", "%s %s",
		    args[0], args[1]);
	if (end == args[2] || *end != 0 || !(step >= 0.001))
		return err_raise(ERR_INPUT, "STEP is a number of seconds.",
		    "%s", args[2]);
	s->step = (int64_t)(step * 1e6);
	return NULL;
}

/* One instant, every sensor, rounded as the device would show it. */
static void
instant(struct readings *r, const struct source *s, int64_t t)
{
	int i;

	for (i = 0; i < rows_count(s->sensors); i++) {
		const char *key = rows_text(s->sensors, i, ADMIN_SENSORS_KEY);
		const struct point *p = profile_point(s->profile, key);
		double unit = pow(10, p != NULL ? p->precision + 1 : 3);
		double v = model_value(s->model, s->seed, key, t);

		r->v[r->n++] = (struct reading){ .time = t,
			.sensor = (int32_t)rows_int(s->sensors, i,
			    ADMIN_SENSORS_SENSOR_ID),
			.value = round(v * unit) / unit,
			.quality = QUALITY_GOOD };
	}
}

static struct err *
append(struct ctl *c, const struct source *s, const struct span *span)
{
	struct batch b = { .received = env_now() };
	struct readings r = { 0 };
	struct err *e;
	int64_t t = span->from;
	size_t each = (size_t)rows_count(s->sensors);

	r.v = arena_array(c->arena, BATCH, sizeof(*r.v));
	while (t < span->to && each > 0) {
		for (r.n = 0; t < span->to && r.n + each <= BATCH;
		     t += span->step)
			instant(&r, s, t);
		b.sent = r.n;
		if ((e = store_append(c->tx, &b, &r)) != NULL)
			return err_pass(e);
	}
	return NULL;
}

struct err *
ctl_history(struct ctl *c)
{
	int tenant = (int)tx_who(c->tx)->tenant;
	struct profile *p;
	struct source s;
	struct span span;
	struct rows *device, *sensors;
	struct err *e;

	if ((e = span_read(&span, c->args + 2)) != NULL ||
	    (e = tx_rows(&device, c->tx, &q_admin_device_find,
		 ARGS(A(tenant), A((const char *)c->args[1])))) != NULL)
		return err_pass(e);
	if (rows_count(device) == 0)
		return err_raise(ERR_MISSING, "There is no such device.", "%s",
		    c->args[1]);
	if ((e = profile_load(&p, c->arena, c->profiles,
		 rows_text(device, 0, ADMIN_DEVICE_FIND_PROFILE))) != NULL ||
	    (e = tx_rows(&sensors, c->tx, &q_admin_sensors,
		 ARGS(A(tenant), A((long)rows_int(device, 0,
				     ADMIN_DEVICE_FIND_DEVICE_ID))))) != NULL)
		return err_pass(e);
	s = (struct source){ .model = model_for(p->id),
		.seed = (uint64_t)rows_int(device, 0, ADMIN_DEVICE_FIND_SEED),
		.profile = p,
		.sensors = sensors };
	if ((e = append(c, &s, &span)) != NULL)
		return err_pass(e);
	return NULL;
}
