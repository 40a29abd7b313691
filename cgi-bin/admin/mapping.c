/*
 * GET /admin/gateways/:key/mapping - what a gateway's names lead to; POST
 * there changes one of them.
 * POST /admin/gateways/:key/rule - how its bodies are read.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cgi-bin/admin/routes.h"
#include "query.h"

enum { MAPPINGS_MAX = 2000, TARGETS_MAX = 5000 };

static struct err *
missing(const char *key)
{
	return err_raise(ERR_MISSING, "There is no such gateway.", "gateway %s",
	    key);
}

static void
state_mapping(struct view *v, struct arena *a, const struct rows *r, int i)
{
	view_text(v, "Device", rows_text(r, i, MAPPING_LIST_DEVICE));
	view_text(v, "Sensor", rows_text(r, i, MAPPING_LIST_SENSOR));
	if (rows_null(r, i, MAPPING_LIST_TO_SENSOR))
		return;
	view_text(v, "Target",
	    arena_printf(a, "%s/%s", rows_text(r, i, MAPPING_LIST_TO_DEVICE),
		rows_text(r, i, MAPPING_LIST_TO_SENSOR)));
	view_text(v, "Unit", rows_text(r, i, MAPPING_LIST_UNIT));
	view_text(v, "Scale",
	    arena_printf(a, "%.15g", rows_real(r, i, MAPPING_LIST_SCALE)));
	view_text(v, "Shift",
	    arena_printf(a, "%.15g", rows_real(r, i, MAPPING_LIST_SHIFT)));
}

static void
state_targets(struct view *v, struct arena *a, const struct rows *r)
{
	int i;

	for (i = 0; i < rows_count(r); i++) {
		struct view *row = view_row(v, "Targets");

		view_text(row, "Value",
		    arena_printf(a, "%s/%s",
			rows_text(r, i, MAPPING_TARGETS_DEVICE),
			rows_text(r, i, MAPPING_TARGETS_SENSOR)));
		view_text(row, "Name", rows_text(r, i, MAPPING_TARGETS_NAME));
		view_text(row, "Unit", rows_text(r, i, MAPPING_TARGETS_UNIT));
	}
}

static void
state_gateway(struct view *v, struct arena *a, const struct rows *r,
    const char *key)
{
	view_text(v, "Key", key);
	view_text(v, "Name", rows_text(r, 0, MAPPING_GATEWAY_NAME));
	view_text(v, "Action",
	    arena_printf(a, "/admin/gateways/%s/mapping", key));
	view_text(v, "RuleAction",
	    arena_printf(a, "/admin/gateways/%s/rule", key));
	view_text(v, "Clock", rows_text(r, 0, MAPPING_GATEWAY_CLOCK));
	view_text(v, "Zone", rows_text(r, 0, MAPPING_GATEWAY_ZONE));
	view_text(v, "SiteZone", rows_text(r, 0, MAPPING_GATEWAY_SITE_ZONE));
	view_text(v, "Home", rows_text(r, 0, MAPPING_GATEWAY_HOME));
	view_text(v, "Metric", rows_text(r, 0, MAPPING_GATEWAY_METRIC));
}

struct err *
admin_mapping(struct req *rq, struct res *rs)
{
	const char *key = req_param(rq, "key");
	const char *device = req_query(rq, "device");
	const char *sensor = req_query(rq, "sensor");
	struct rows *r, *list, *targets;
	int tenant = rq->who.tenant, i;
	struct err *e;

	if ((e = tx_rows(&r, rq->tx, &q_mapping_gateway,
		 ARGS(A(tenant), A(key)))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return missing(key);
	if ((e = tx_rows(&list, rq->tx, &q_mapping_list,
		 ARGS(A(tenant), A(key), A(MAPPINGS_MAX + 1)))) != NULL ||
	    (e = tx_rows(&targets, rq->tx, &q_mapping_targets,
		 ARGS(A(tenant), A(key), A(TARGETS_MAX)))) != NULL)
		return err_pass(e);
	state_gateway(view_branch(rs->view, "Gateway"), rq->arena, r, key);
	for (i = 0; i < rows_count(list) && i < MAPPINGS_MAX; i++)
		state_mapping(view_row(rs->view, "Mappings"), rq->arena, list,
		    i);
	if (rows_count(list) > MAPPINGS_MAX)
		view_int(rs->view, "MappingsMore", 1);
	state_targets(rs->view, rq->arena, targets);
	view_text(rs->view, "Form.Device", device != NULL ? device : "");
	view_text(rs->view, "Form.Sensor", sensor != NULL ? sensor : "");
	view_text(rs->view, "Page.Title",
	    arena_printf(rq->arena, "Mapping of %s",
		rows_text(r, 0, MAPPING_GATEWAY_NAME)));
	return res_page(rq, rs, "mapping.cs");
}

/* A number that a person typed; nothing: the fallback. */
static struct err *
number(double *to, const struct req *rq, const char *name, double fallback)
{
	const char *s = req_typed(rq, name);
	char *end;

	*to = *s == 0 ? fallback : strtod(s, &end);
	if (*s != 0 && (*end != 0 || !isfinite(*to)))
		return err_say(err_raise(ERR_INPUT, "", "%s", name),
		    "%s: want a number, such as 0.1.", name);
	return NULL;
}

static struct err *
put(bool *done, struct req *rq, const char *key, const char *target)
{
	const char *device = req_form(rq, "device");
	const char *sensor = req_form(rq, "sensor");
	double scale, shift;
	struct rows *r;
	struct err *e;

	if ((e = number(&scale, rq, "scale", 1)) != NULL ||
	    (e = number(&shift, rq, "shift", 0)) != NULL ||
	    (e = tx_rows(&r, rq->tx, &q_mapping_put,
		 ARGS(A(key), A(device != NULL ? device : ""),
		     A(sensor != NULL ? sensor : ""), A(target), A(scale),
		     A(shift)))) != NULL)
		return err_pass(e);
	*done = rows_bool(r, 0, MAPPING_PUT_DONE);
	return NULL;
}

static struct err *
drop(bool *done, struct req *rq, const char *key)
{
	const char *device = req_form(rq, "device");
	const char *sensor = req_form(rq, "sensor");
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, rq->tx, &q_mapping_drop,
		 ARGS(A(key), A(device != NULL ? device : ""),
		     A(sensor != NULL ? sensor : "")))) != NULL)
		return err_pass(e);
	*done = rows_bool(r, 0, MAPPING_DROP_DONE);
	return NULL;
}

struct err *
admin_mapping_change(struct req *rq, struct res *rs)
{
	const char *key = req_param(rq, "key"), *act = req_typed(rq, "act");
	const char *target = req_typed(rq, "target");
	struct err *e;
	bool done;

	if (strcmp(act, "put") == 0 && *target == 0)
		return err_raise(ERR_INPUT,
		    "target: choose a sensor, or ignore the name.", "target");
	if (strcmp(act, "put") == 0)
		e = put(&done, rq, key, target);
	else if (strcmp(act, "ignore") == 0)
		e = put(&done, rq, key, "");
	else if (strcmp(act, "drop") == 0)
		e = drop(&done, rq, key);
	else
		e = err_raise(ERR_INPUT, "act: want put, ignore or drop.",
		    "act");
	if (e != NULL)
		return err_pass(e);
	if (!done)
		return missing(key);
	rs->wake = true;
	return res_goto(rs,
	    arena_printf(rq->arena, "/admin/gateways/%s/mapping", key));
}

struct err *
admin_gateway_rule(struct req *rq, struct res *rs)
{
	const char *key = req_param(rq, "key");
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, rq->tx, &q_mapping_rule,
		 ARGS(A(key), A(req_typed(rq, "clock")),
		     A(req_typed(rq, "zone")), A(req_typed(rq, "home")),
		     A(req_typed(rq, "metric"))))) != NULL)
		return err_pass(e);
	if (!rows_bool(r, 0, MAPPING_RULE_DONE))
		return missing(key);
	return res_goto(rs,
	    arena_printf(rq->arena, "/admin/gateways/%s/mapping", key));
}
