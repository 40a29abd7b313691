#include "roster.h"

#include <jansson.h>
#include <string.h>

#include "model/owned.h"
#include "query.h"

enum { ROWS_MAX = 200000 };

static const char *const transports[TRANSPORTS] = { "tcp", "rtu", "rtu_tcp" };

static enum transport
transport_of(const char *name)
{
	int i = TRANSPORTS - 1;

	while (i > 0 && strcmp(transports[i], name) != 0)
		i--;
	return (enum transport)i;
}

static struct target
target_of(int32_t tenant, const struct rows *r, int i)
{
	return (struct target){
		.tenant = tenant,
		.device = (int32_t)rows_int(r, i, POLLER_ROSTER_DEVICE_ID),
		.key = rows_text(r, i, POLLER_ROSTER_DEVICE_KEY),
		.profile = rows_text(r, i, POLLER_ROSTER_PROFILE),
		.transport =
		    transport_of(rows_text(r, i, POLLER_ROSTER_TRANSPORT)),
		.host = rows_text(r, i, POLLER_ROSTER_HOST),
		.port = (int)rows_int(r, i, POLLER_ROSTER_PORT),
		.unit = (int)rows_int(r, i, POLLER_ROSTER_UNIT),
		.poll_ms = (int)rows_int(r, i, POLLER_ROSTER_POLL_MS),
		.serial = rows_text(r, i, POLLER_ROSTER_SERIAL),
		.period_s = rows_real(r, i, POLLER_ROSTER_PERIOD),
	};
}

/* A facet that is not there is NULL, which is 0. */
static struct sensor
sensor_of(const struct rows *r, int i)
{
	return (struct sensor){
		.id = (int32_t)rows_int(r, i, POLLER_ROSTER_SENSOR_ID),
		.key = rows_text(r, i, POLLER_ROSTER_SENSOR_KEY),
		.facet = { (int32_t)rows_int(r, i, POLLER_ROSTER_F_MIN),
		    (int32_t)rows_int(r, i, POLLER_ROSTER_F_MAX),
		    (int32_t)rows_int(r, i, POLLER_ROSTER_F_COUNT),
		    (int32_t)rows_int(r, i, POLLER_ROSTER_F_STDDEV),
		    (int32_t)rows_int(r, i, POLLER_ROSTER_F_DECIMALS) },
	};
}

/* Rows of one tenant, sorted by device, become targets. */
static void
targets_put(struct buf *to, struct arena *a, int32_t tenant,
    const struct rows *r)
{
	int i, n = rows_count(r);
	struct sensor *sensors = arena_array(a, (size_t)n, sizeof(*sensors));
	struct target t = { .device = 0 };

	for (i = 0; i < n; i++) {
		if (t.device != rows_int(r, i, POLLER_ROSTER_DEVICE_ID)) {
			if (t.n > 0)
				buf_put(to, &t, sizeof(t));
			t = target_of(tenant, r, i);
			t.sensors = &sensors[i];
		}
		t.sensors[t.n++] = sensor_of(r, i);
	}
	if (t.n > 0)
		buf_put(to, &t, sizeof(t));
}

/* The targets behind the first n bytes get the profiles of their tenant. */
static struct err *
profiles_put(struct buf *to, size_t n, struct arena *a, struct tx *tx)
{
	struct owned *own;
	struct err *e;

	if ((e = owned_load(&own, a, tx, 0)) != NULL)
		return err_pass(e);
	for (; n < to->n; n += sizeof(struct target)) {
		struct target *t = (struct target *)(void *)(to->p + n);

		t->profile_text = owned_text(own, t->device);
	}
	return NULL;
}

static struct err *
tenant_read(struct buf *to, struct db *db, struct arena *a, int32_t tenant)
{
	const struct gate gate = { .kind = GATE_POLLER, .tenant = tenant };
	const size_t before = to->n;
	struct rows *r;
	struct err *e;
	struct tx *tx;

	if ((e = tx_begin(&tx, db, a, &gate, TX_READ)) != NULL)
		return err_pass(e);
	if ((e = tx_rows(&r, tx, &q_poller_roster,
		 ARGS(A(tenant), A(ROWS_MAX)))) != NULL) {
		tx_rollback(tx);
		return err_pass(e);
	}
	targets_put(to, a, tenant, r);
	if ((e = profiles_put(to, before, a, tx)) != NULL) {
		tx_rollback(tx);
		return err_pass(e);
	}
	if ((e = tx_commit(tx)) != NULL)
		return err_pass(e);
	return NULL;
}

static void
roster_take(struct roster *to, const struct buf *b)
{
	to->v = (struct target *)(void *)b->p;
	to->n = b->n / sizeof(*to->v);
}

/* Those that one database knows. */
static struct err *
tenants_read(struct buf *b, struct db *db, struct arena *a)
{
	struct rows *r;
	struct err *e;
	int i;

	if ((e = db_call(&r, db, a, &q_poller_tenants, NO_ARGS)) != NULL)
		return err_pass(e);
	for (i = 0; i < rows_count(r); i++) {
		e = tenant_read(b, db, a,
		    (int32_t)rows_int(r, i, POLLER_TENANTS_TENANT_ID));
		if (e != NULL && e->kind != ERR_LOGIN)
			return err_pass(e);
	}
	return NULL;
}

struct err *
roster_read(struct roster *out, struct db *db, struct arena *a)
{
	struct buf b = buf_new(a, 64 * sizeof(struct target));
	struct db *cell;
	struct err *e;
	size_t i;

	if ((e = tenants_read(&b, db, a)) != NULL)
		return err_pass(e);
	for (i = 0; (cell = db_cell(db, i)) != NULL; i++)
		if ((e = tenants_read(&b, cell, a)) != NULL)
			return err_pass(e);
	roster_take(out, &b);
	return NULL;
}

static void
json_close(void *o)
{
	json_decref(o);
}

/* [12, "temperature"], and its facets behind that if it has any. */
static json_t *
sensor_json(const struct sensor *s)
{
	json_t *all = json_pack("[i, s]", s->id, s->key);
	size_t f;

	for (f = 0; f < FACETS && s->facet[f] != 0; f++)
		(void)json_array_append_new(all, json_integer(s->facet[f]));
	return all;
}

struct bytes
roster_text(struct arena *a, const struct roster *r)
{
	json_t *all = json_array(), *sensors;
	unsigned char *text;
	size_t i, k, n;

	arena_defer(a, json_close, all);
	for (i = 0; i < r->n; i++) {
		const struct target *t = &r->v[i];

		sensors = json_array();
		for (k = 0; k < t->n; k++)
			(void)json_array_append_new(sensors,
			    sensor_json(&t->sensors[k]));
		(void)json_array_append_new(all,
		    json_pack("{s:i, s:i, s:s, s:s, s:s, s:s, s:i, s:s, s:i,"
			      " s:i, s:f, s:o, s:s*}",
			"tenant", t->tenant, "device", t->device, "key", t->key,
			"profile", t->profile, "transport",
			transports[t->transport], "host", t->host, "port",
			t->port, "line", t->serial, "unit", t->unit, "poll_ms",
			t->poll_ms, "period_s", t->period_s, "sensors", sensors,
			"profile_text", t->profile_text));
	}
	n = json_dumpb(all, NULL, 0, JSON_COMPACT);
	text = arena_alloc(a, n + 1);
	(void)json_dumpb(all, (char *)text, n, JSON_COMPACT);
	return (struct bytes){ text, n };
}

static bool
sensor_parse(struct sensor *s, json_t *one)
{
	size_t f;

	if (json_unpack(one, "[i, s]", &s->id, &s->key) != 0)
		return false;
	for (f = 0; f < FACETS; f++)
		s->facet[f] =
		    (int32_t)json_integer_value(json_array_get(one, f + 2));
	return true;
}

static bool
target_parse(struct target *t, struct arena *a, json_t *o)
{
	const char *transport;
	json_t *sensors, *one;
	size_t i;

	if (json_unpack(o,
		"{s:i, s:i, s:s, s:s, s:s, s:s, s:i, s:s, s:i, s:i, s?F, "
		"s:o, s?s}",
		"tenant", &t->tenant, "device", &t->device, "key", &t->key,
		"profile", &t->profile, "transport", &transport, "host",
		&t->host, "port", &t->port, "line", &t->serial, "unit",
		&t->unit, "poll_ms", &t->poll_ms, "period_s", &t->period_s,
		"sensors", &sensors, "profile_text", &t->profile_text) != 0)
		return false;
	t->transport = transport_of(transport);
	t->sensors =
	    arena_array(a, json_array_size(sensors), sizeof(*t->sensors));
	json_array_foreach(sensors, i, one)
	{
		if (!sensor_parse(&t->sensors[i], one))
			return false;
		t->n++;
	}
	return true;
}

struct err *
roster_parse(struct roster *out, struct arena *a, struct bytes text)
{
	json_error_t je;
	json_t *all, *o;
	size_t i;

	all = json_loadb((const char *)text.p, text.n, 0, &je);
	if (all == NULL)
		return err_raise(ERR_BUG, "The list of devices is damaged.",
		    "roster line %d: %s", je.line, je.text);
	arena_defer(a, json_close, all);
	out->n = json_array_size(all);
	out->v = arena_array(a, out->n, sizeof(*out->v));
	json_array_foreach(all, i, o)
	{
		if (!target_parse(&out->v[i], a, o))
			return err_raise(ERR_BUG,
			    "The list of devices is damaged.",
			    "roster entry %zu is not understood", i);
	}
	return NULL;
}

/* A serial line is its device file, whatever is said of its speed. */
static bool
same_line(const struct target *a, const struct target *b)
{
	bool serial = a->transport == TRANSPORT_RTU;

	return serial == (b->transport == TRANSPORT_RTU) &&
	       (serial || a->port == b->port) && strcmp(a->host, b->host) == 0;
}

struct roster
roster_line(struct arena *a, const struct roster *r, const struct target *first)
{
	struct buf b = buf_new(a, 4 * sizeof(*first));
	struct roster line;
	size_t i;

	for (i = 0; i < r->n; i++)
		if (same_line(first, &r->v[i]))
			buf_put(&b, &r->v[i], sizeof(r->v[i]));
	roster_take(&line, &b);
	return line;
}
