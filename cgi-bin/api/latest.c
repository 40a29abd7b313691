/*
 * GET /api/v1/telemetry/latest?device=&asset=&sensor= - the newest reading by
 * its own time of every sensor: of some devices, of all at an asset and below
 * it, or of all there are; sensor= narrows it to sensors of that name or code.
 */
#include <string.h>

#include "base/clock.h"
#include "cgi-bin/api/ask.h"
#include "cgi-bin/api/source.h"
#include "query.h"
#include "web/member.h"

handler api_latest;

struct wanted {
	const char **device, **sensor;
	size_t devices, sensors;
	const char *asset; /* NULL: none said */
};

static bool
is_one_of(const char *s, const char *const *v, size_t n)
{
	size_t i = 0;

	while (i < n && strcmp(v[i], s) != 0)
		i++;
	return i < n;
}

/* Both statements answer with the same columns. */
static struct err *
load(struct rows **rows, struct req *rq, const struct wanted *w)
{
	struct arg tenant = A((int)rq->who.tenant);
	struct err *e;

	if (w->devices > 0)
		e = tx_rows(rows, rq->tx, &q_latest_of,
		    ARGS(tenant, arr_text(rq->arena, w->device, w->devices),
			A(FLEET_ROWS_MAX)));
	else
		e = tx_rows(rows, rq->tx, &q_latest_below,
		    ARGS(tenant, A(w->asset), A(FLEET_ROWS_MAX)));
	return e != NULL ? err_pass(e) : NULL;
}

/* What was named must be there. */
static struct err *
check(struct req *rq, const struct rows *rows, const struct wanted *w)
{
	struct rows *asset;
	struct err *e;
	size_t i;
	int r;

	for (i = 0; i < w->devices; i++) {
		for (r = 0; r < rows_count(rows); r++)
			if (strcmp(rows_text(rows, r, LATEST_OF_DEVICE),
				w->device[i]) == 0)
				break;
		if (r == rows_count(rows))
			return err_raise(ERR_MISSING,
			    "device: there is no such device.", "%s",
			    w->device[i]);
	}
	if (w->asset == NULL)
		return NULL;
	if ((e = tx_rows(&asset, rq->tx, &q_latest_asset,
		 ARGS(A((int)rq->who.tenant), A(w->asset)))) != NULL)
		return err_pass(e);
	if (rows_count(asset) == 0)
		return err_raise(ERR_MISSING, "asset: there is no such asset.",
		    "%s", w->asset);
	return NULL;
}

static void
say(struct buf *b, const struct rows *rows, int i)
{
	member_comma(b);
	buf_byte(b, '{');
	member_text(b, "device", rows_text(rows, i, LATEST_OF_DEVICE));
	member_text(b, "sensor", rows_text(rows, i, LATEST_OF_SENSOR));
	member_text(b, "sensorId", rows_text(rows, i, LATEST_OF_CODE));
	member_name(b, "time");
	say_time(b, rows_time(rows, i, LATEST_OF_TIME));
	member_int(b, "timestamp",
	    rows_time(rows, i, LATEST_OF_TIME) / CLOCK_MS);
	member_real(b, "value", rows_real(rows, i, LATEST_OF_VALUE));
	member_text(b, "unit", rows_text(rows, i, LATEST_OF_UNIT));
	member_int(b, "quality", rows_int(rows, i, LATEST_OF_QUALITY));
	if (rows_int(rows, i, LATEST_OF_REV) > 0)
		member_int(b, "revision", rows_int(rows, i, LATEST_OF_REV));
	buf_byte(b, '}');
}

static struct err *
say_all(struct req *rq, struct res *rs, const struct rows *rows,
    const struct wanted *w)
{
	bool simulated = false, known = w->sensors == 0;
	int i;

	buf_text(&rs->body, "{\"latest\":[");
	for (i = 0; i < rows_count(rows); i++) {
		if (w->sensors > 0 &&
		    !is_one_of(rows_text(rows, i, LATEST_OF_SENSOR), w->sensor,
			w->sensors) &&
		    !is_one_of(rows_text(rows, i, LATEST_OF_CODE), w->sensor,
			w->sensors))
			continue;
		known = true;
		simulated |= rows_bool(rows, i, LATEST_OF_SIMULATED);
		if (!rows_null(rows, i, LATEST_OF_TIME))
			say(&rs->body, rows, i);
	}
	buf_text(&rs->body, "]}\n");
	if (!known)
		return err_raise(ERR_MISSING,
		    "sensor: there is no such sensor.", "req %s", rq->id);
	mark_source(rs, simulated);
	return NULL;
}

struct err *
api_latest(struct req *rq, struct res *rs)
{
	const char *asset = req_query(rq, "asset");
	struct wanted w = { .asset = asset };
	struct rows *rows;
	struct err *e;

	w.devices = ask_list(&w.device, rq, "device");
	w.sensors = ask_list(&w.sensor, rq, "sensor");
	if (asset != NULL && *asset == 0)
		return err_raise(ERR_INPUT, "asset: this field is empty.",
		    "asset");
	if (asset != NULL && w.devices > 0)
		return err_raise(ERR_INPUT, "asset: not together with device.",
		    "asset and device");
	if ((e = load(&rows, rq, &w)) != NULL ||
	    (e = check(rq, rows, &w)) != NULL ||
	    (e = say_all(rq, rs, rows, &w)) != NULL)
		return err_pass(e);
	return NULL;
}
