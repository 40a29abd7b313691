#include "roster.h"

#include <jansson.h>
#include <string.h>

#include "query.h"

enum { ROWS_MAX = 200000 };

static struct target
target_of(int32_t tenant, const struct rows *r, int i)
{
	return (struct target){
		.tenant = tenant,
		.device = (int32_t)rows_int(r, i, POLLER_ROSTER_DEVICE_ID),
		.key = rows_text(r, i, POLLER_ROSTER_DEVICE_KEY),
		.profile = rows_text(r, i, POLLER_ROSTER_PROFILE),
		.serial = strcmp(rows_text(r, i, POLLER_ROSTER_TRANSPORT),
			      "rtu") == 0,
		.host = rows_text(r, i, POLLER_ROSTER_HOST),
		.port = (int)rows_int(r, i, POLLER_ROSTER_PORT),
		.unit = (int)rows_int(r, i, POLLER_ROSTER_UNIT),
		.poll_ms = (int)rows_int(r, i, POLLER_ROSTER_POLL_MS),
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
		t.sensors[t.n++] =
		    (struct sensor){ (int32_t)rows_int(r, i,
					 POLLER_ROSTER_SENSOR_ID),
			    rows_text(r, i, POLLER_ROSTER_SENSOR_KEY) };
	}
	if (t.n > 0)
		buf_put(to, &t, sizeof(t));
}

static struct err *
tenant_read(struct buf *to, struct db *db, struct arena *a, int32_t tenant)
{
	const struct gate gate = { .kind = GATE_POLLER, .tenant = tenant };
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

struct err *
roster_read(struct roster *out, struct db *db, struct arena *a)
{
	struct buf b = buf_new(a, 64 * sizeof(struct target));
	struct rows *r;
	struct err *e;
	int i;

	if ((e = db_call(&r, db, a, &q_poller_tenants, NO_ARGS)) != NULL)
		return err_pass(e);
	for (i = 0; i < rows_count(r); i++) {
		e = tenant_read(&b, db, a,
		    (int32_t)rows_int(r, i, POLLER_TENANTS_TENANT_ID));
		if (e != NULL && e->kind != ERR_LOGIN)
			return err_pass(e);
	}
	roster_take(out, &b);
	return NULL;
}

static void
json_close(void *o)
{
	json_decref(o);
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
			    json_pack("[i, s]", t->sensors[k].id,
				t->sensors[k].key));
		(void)json_array_append_new(all,
		    json_pack("{s:i, s:i, s:s, s:s, s:b, s:s, s:i, s:i, s:i,"
			      " s:o}",
			"tenant", t->tenant, "device", t->device, "key", t->key,
			"profile", t->profile, "serial", t->serial, "host",
			t->host, "port", t->port, "unit", t->unit, "poll_ms",
			t->poll_ms, "sensors", sensors));
	}
	n = json_dumpb(all, NULL, 0, JSON_COMPACT);
	text = arena_alloc(a, n + 1);
	(void)json_dumpb(all, (char *)text, n, JSON_COMPACT);
	return (struct bytes){ text, n };
}

static bool
target_parse(struct target *t, struct arena *a, json_t *o)
{
	json_t *sensors, *one;
	int serial;
	size_t i;

	if (json_unpack(o, "{s:i, s:i, s:s, s:s, s:b, s:s, s:i, s:i, s:i, s:o}",
		"tenant", &t->tenant, "device", &t->device, "key", &t->key,
		"profile", &t->profile, "serial", &serial, "host", &t->host,
		"port", &t->port, "unit", &t->unit, "poll_ms", &t->poll_ms,
		"sensors", &sensors) != 0)
		return false;
	t->serial = serial != 0;
	t->sensors =
	    arena_array(a, json_array_size(sensors), sizeof(*t->sensors));
	json_array_foreach(sensors, i, one)
	{
		if (json_unpack(one, "[i, s]", &t->sensors[i].id,
			&t->sensors[i].key) != 0)
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

static bool
same_line(const struct target *a, const struct target *b)
{
	return a->serial == b->serial && a->port == b->port &&
	       strcmp(a->host, b->host) == 0;
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
