/*
 * GET /admin/devices/:key/rules - what is believed of a device's sensors, what
 * is computed from them, and what the device is told.
 *	?sensor=&name=&unit=&formula= - the same, with that formula tried
 * POST there - the bounds of a sensor, and how long it may stand still
 * POST /admin/devices/:key/formula - a computed sensor, or its end
 * POST /admin/devices/:key/told - a value for the device, or its end
 *
 * A form that is wrong is shown again as it was sent, with the reason beside
 * the field that it names.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/member.h"
#include "cgi-bin/admin/routes.h"
#include "intake/csv_plan.h"
#include "intake/formula.h"
#include "query.h"

enum { SENSORS_MAX = 2000, TOLD_MAX = 100, MINUTE_S = 60 };

/* The form that was sent: which, whose, and what is wrong with which field. */
struct sent {
	const char *form; /* "rule", "formula", "told"; "": none was */
	const char *sensor;
	const char *field, *error; /* "": nothing is wrong */
};

static struct err *
missing(const char *key)
{
	return err_raise(ERR_MISSING, "There is no such device or sensor.",
	    "device %s", key);
}

/* ---- showing ---- */

static const char *
typed_or(const struct req *rq, bool typed, const char *field, const char * or)
{
	const char *s = typed ? req_form(rq, field) : NULL;

	if (typed && s == NULL)
		s = req_query(rq, field);
	return s != NULL ? s : or ;
}

static const char *
real_or_none(struct arena *a, const struct rows *r, int i, int col, double per)
{
	return rows_null(r, i, col)
		   ? ""
		   : arena_printf(a, "%.15g", rows_real(r, i, col) / per);
}

static void
show_error(struct view *v, const struct sent *s)
{
	view_text(v, "Field", s->field);
	view_text(v, "Error", s->error);
}

static const char *
shown(struct arena *a, double value)
{
	return isnan(value) ? "\xe2\x80\x94" : arena_printf(a, "%.9g", value);
}

/* The newest value of a sensor, and its age. */
static void
show_newest(struct view *v, struct arena *a, const struct rows *r, int i)
{
	double value = rows_null(r, i, RULE_SENSORS_VALUE)
			   ? NAN
			   : rows_real(r, i, RULE_SENSORS_VALUE);

	view_text(v, "Value", shown(a, value));
	if (!rows_null(r, i, RULE_SENSORS_TIME))
		view_text(v, "Age",
		    clock_age(a,
			env_now() - rows_time(r, i, RULE_SENSORS_TIME)));
}

static void
show_sensor(struct req *rq, struct res *rs, const struct rows *r, int i,
    const struct sent *s)
{
	struct view *v = view_row(rs->view, "Sensors");
	const char *key = rows_text(r, i, RULE_SENSORS_KEY);
	bool sent = strcmp(s->form, "rule") == 0 && strcmp(s->sensor, key) == 0;
	struct arena *a = rq->arena;

	view_int(v, "Index", i);
	view_text(v, "Key", key);
	view_text(v, "Name", rows_text(r, i, RULE_SENSORS_NAME));
	view_text(v, "Unit", rows_text(r, i, RULE_SENSORS_UNIT));
	view_text(v, "Low",
	    typed_or(rq, sent, "low",
		real_or_none(a, r, i, RULE_SENSORS_LOW, 1)));
	view_text(v, "High",
	    typed_or(rq, sent, "high",
		real_or_none(a, r, i, RULE_SENSORS_HIGH, 1)));
	view_text(v, "Stuck",
	    typed_or(rq, sent, "stuck",
		real_or_none(a, r, i, RULE_SENSORS_STUCK_S, MINUTE_S)));
	view_text(v, "Beyond",
	    typed_or(rq, sent, "beyond", rows_text(r, i, RULE_SENSORS_BEYOND)));
	show_newest(v, a, r, i);
	if (sent)
		show_error(v, s);
}

static int
row_of(const struct rows *r, struct slice name)
{
	int i;

	for (i = 0; i < rows_count(r); i++)
		if (slice_is(name, rows_text(r, i, RULE_SENSORS_KEY)))
			return i;
	return -1;
}

/* What a formula uses, and what it comes to with the newest values of that. */
static void
show_formula(struct view *v, struct arena *a, const struct rows *r,
    const char *text)
{
	double value[FORMULA_NAMES];
	struct formula f;
	const char *why;
	size_t i;

	if (!formula_read(&f, &why, text)) {
		view_text(v, "Field", "formula");
		view_text(v, "Error", arena_printf(a, "%s.", why));
		return;
	}
	for (i = 0; i < f.names; i++) {
		struct view *use = view_row(v, "Uses");
		int at = row_of(r, f.name[i]);

		value[i] = at < 0 || rows_null(r, at, RULE_SENSORS_VALUE)
			       ? NAN
			       : rows_real(r, at, RULE_SENSORS_VALUE);
		view_text(use, "Key", arena_copy(a, f.name[i].p, f.name[i].n));
		view_int(use, "Missing", at < 0);
		if (at < 0)
			continue;
		view_text(use, "Unit", rows_text(r, at, RULE_SENSORS_UNIT));
		show_newest(use, a, r, at);
	}
	view_text(v, "Result", shown(a, formula_value(&f, value)));
}

/* i < 0: the form for one more. */
static void
show_computed(struct req *rq, struct view *v, const struct rows *r, int i,
    const struct sent *s)
{
	const char *key = i < 0 ? "" : rows_text(r, i, RULE_SENSORS_KEY), *f;
	bool sent = strcmp(s->form, "formula") == 0 &&
		    (i < 0 || strcmp(s->sensor, key) == 0);

	view_int(v, "Index", i);
	view_text(v, "Key", i < 0 ? typed_or(rq, sent, "sensor", "") : key);
	view_text(v, "Name",
	    typed_or(rq, sent, "name",
		i < 0 ? "" : rows_text(r, i, RULE_SENSORS_NAME)));
	view_text(v, "Unit",
	    typed_or(rq, sent, "unit",
		i < 0 ? "" : rows_text(r, i, RULE_SENSORS_UNIT)));
	f = typed_or(rq, sent, "formula",
	    i < 0 ? "" : rows_text(r, i, RULE_SENSORS_FORMULA));
	view_text(v, "Formula", f);
	view_int(v, "Ended", i >= 0 && *f == 0);
	if (i >= 0)
		show_newest(v, rq->arena, r, i);
	if (*f != 0)
		show_formula(v, rq->arena, r, f);
	if (sent && *s->error != 0)
		show_error(v, s);
}

/* It may open something: the values are for who may change them. */
static struct err *
show_told(struct req *rq, struct res *rs, bool mine, const struct sent *s)
{
	const char *device = req_param(rq, "key");
	bool sent = strcmp(s->form, "told") == 0;
	struct view *form = view_branch(rs->view, "Tell");
	struct rows *r;
	struct err *e;
	int i;

	if ((e = tx_rows(&r, rq->tx, &q_rule_shared,
		 ARGS(A((int)rq->who.tenant), A(device), A(TOLD_MAX)))) != NULL)
		return err_pass(e);
	for (i = 0; i < rows_count(r); i++) {
		struct view *v = view_row(rs->view, "Told");

		view_text(v, "Name", rows_text(r, i, RULE_SHARED_NAME));
		if (mine)
			view_text(v, "Value",
			    rows_text(r, i, RULE_SHARED_VALUE));
	}
	view_text(form, "Name", typed_or(rq, sent, "name", ""));
	view_text(form, "Value", typed_or(rq, sent, "value", ""));
	if (sent)
		show_error(form, s);
	return NULL;
}

static struct err *
show(struct req *rq, struct res *rs, const struct sent *s)
{
	const char *key = req_param(rq, "key");
	int tenant = rq->who.tenant, i;
	bool is_known = false, mine;
	struct rows *d, *r;
	struct err *e;

	if ((e = tx_rows(&d, rq->tx, &q_rule_device,
		 ARGS(A(tenant), A(key)))) != NULL)
		return err_pass(e);
	if (rows_count(d) == 0)
		return missing(key);
	mine = rows_bool(d, 0, RULE_DEVICE_MINE);
	if ((e = tx_rows(&r, rq->tx, &q_rule_sensors,
		 ARGS(A(tenant), A(key), A(SENSORS_MAX)))) != NULL)
		return err_pass(e);
	for (i = 0; i < rows_count(r); i++) {
		bool of = !rows_null(r, i, RULE_SENSORS_FORMULA);

		show_sensor(rq, rs, r, i, s);
		is_known |=
		    strcmp(rows_text(r, i, RULE_SENSORS_KEY), s->sensor) == 0 &&
		    of;
		if (of)
			show_computed(rq, view_row(rs->view, "Computed"), r, i,
			    s);
	}
	show_computed(rq, view_branch(rs->view, "More"), r, -1,
	    is_known ? &(struct sent){ "", "", "", "" } : s);
	view_text(rs->view, "Device.Href",
	    arena_printf(rq->arena, "/admin/devices/%s", key));
	if (mine)
		view_int(rs->view, "Device.Mine", 1);
	view_text(rs->view, "Device.Name", rows_text(d, 0, RULE_DEVICE_NAME));
	view_text(rs->view, "Page.Title",
	    arena_printf(rq->arena, "Rules of %s",
		rows_text(d, 0, RULE_DEVICE_NAME)));
	if ((e = show_told(rq, rs, mine, s)) != NULL)
		return err_pass(e);
	return res_page(rq, rs, "rules.cs");
}

struct err *
admin_rules(struct req *rq, struct res *rs)
{
	const char *sensor = req_query(rq, "sensor");
	bool tried = req_query(rq, "formula") != NULL;
	struct err *e = show(rq, rs,
	    &(struct sent){ tried ? "formula" : "",
		sensor != NULL ? sensor : "", "", "" });

	return e != NULL ? err_pass(e) : NULL;
}

/* ---- changing ---- */

/* Back to the page when it was done, or the form with what is wrong. */
static struct err *
done(struct req *rq, struct res *rs, const char *form, const char *sensor,
    struct err *e)
{
	struct sent s = { form, sensor, "", "" };
	const char *say, *colon;

	if (e == NULL)
		return res_goto(rs,
		    arena_printf(rq->arena, "/admin/devices/%s/rules#%s",
			req_param(rq, "key"), form));
	if (e->kind != ERR_INPUT)
		return err_pass(e);
	say = arena_text(rq->arena, e->say);
	colon = strstr(say, ": ");
	s.error = say;
	if (colon != NULL) {
		s.field = arena_copy(rq->arena, say, (size_t)(colon - say));
		s.error = colon + 2;
	}
	/* The database may have refused: what it began has failed as a whole.
	 */
	tx_rollback(rq->tx);
	rq->tx = NULL;
	if ((e = req_enter(rq, TX_READ)) != NULL)
		return err_pass(e);
	rs->status = 422;
	return show(rq, rs, &s);
}

static struct err *
truth(const struct req *rq, const struct rows *r)
{
	return rows_bool(r, 0, 0) ? NULL : missing(req_param(rq, "key"));
}

/* A number that a person typed, with either decimal mark; none: NULL. */
static struct err *
number(struct arg *to, const struct req *rq, const char *name, double times)
{
	char *s = arena_text(rq->arena, req_typed(rq, name)), *end, *comma;
	double v;

	*to = arg_null();
	if (*s == 0)
		return NULL;
	if ((comma = strchr(s, ',')) != NULL && strchr(s, '.') == NULL)
		*comma = '.';
	v = strtod(s, &end);
	if (*end != 0 || !isfinite(v))
		return err_say(err_raise(ERR_INPUT, "", "%s", name),
		    "%s: want a number, such as 0.5.", name);
	*to = A(v * times);
	return NULL;
}

static struct err *
rule_put(struct req *rq, const char *sensor)
{
	struct arg low, high, stuck;
	struct rows *r;
	struct err *e;

	if ((e = number(&low, rq, "low", 1)) != NULL ||
	    (e = number(&high, rq, "high", 1)) != NULL ||
	    (e = number(&stuck, rq, "stuck", MINUTE_S)) != NULL ||
	    (e = tx_rows(&r, rq->tx, &q_rule_put,
		 ARGS(A(req_param(rq, "key")), A(sensor), low, high,
		     A(req_typed(rq, "beyond")), stuck))) != NULL ||
	    (e = truth(rq, r)) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
admin_rule_put(struct req *rq, struct res *rs)
{
	const char *sensor = req_typed(rq, "sensor");

	return done(rq, rs, "rule", sensor, rule_put(rq, sensor));
}

static struct err *
formula_put(struct req *rq, const char *sensor, const char *text)
{
	const char *name[FORMULA_NAMES], *why = "";
	struct formula f = { .names = 0 };
	struct rows *r;
	struct err *e;
	size_t i;

	if (!key_is_good(sensor))
		return err_raise(ERR_INPUT,
		    "sensor: want one word, such as power_factor.", "sensor");
	if (*text != 0 && !formula_read(&f, &why, text))
		return err_say(err_raise(ERR_INPUT, "", "formula"),
		    "formula: %s.", why);
	for (i = 0; i < f.names; i++)
		name[i] = arena_copy(rq->arena, f.name[i].p, f.name[i].n);
	if ((e = tx_rows(&r, rq->tx, &q_rule_formula,
		 ARGS(A(req_param(rq, "key")), A(sensor),
		     A(req_typed(rq, "name")), A(req_typed(rq, "unit")),
		     A(text), arr_text(rq->arena, name, f.names)))) != NULL ||
	    (e = truth(rq, r)) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
admin_formula_put(struct req *rq, struct res *rs)
{
	const char *sensor = req_typed(rq, "sensor");
	const char *text = req_typed(rq, "formula");
	struct err *e;

	if (strcmp(req_typed(rq, "act"), "end") == 0)
		e = formula_put(rq, sensor, "");
	else if (*text == 0)
		e = err_raise(ERR_INPUT, "formula: write one, such as ac / dc.",
		    "formula");
	else
		e = formula_put(rq, sensor, text);
	return done(rq, rs, "formula", sensor, e);
}

/* What was typed, as JSON: itself if it is some, else a text. */
static const char *
json_of(struct arena *a, const char *typed)
{
	const char *body = arena_printf(a, "[%s]", typed);
	struct buf b = buf_new(a, 64);
	struct jvalue top, v;
	struct jscan s;
	size_t n = 0;

	jscan_open(&s, a,
	    (struct bytes){ (const unsigned char *)body, strlen(body) });
	jscan_value(&s, &top);
	while (jscan_item(&s)) {
		jscan_value(&s, &v);
		jscan_pass(&s, &v);
		n++;
	}
	if (jscan_close(&s) == NULL && n == 1)
		return typed;
	member_put_text(&b, typed);
	return (const char *)b.p;
}

static struct err *
told_put(struct req *rq)
{
	const char *value = req_typed(rq, "value");
	bool drops = strcmp(req_typed(rq, "act"), "drop") == 0;
	struct rows *r;
	struct err *e;

	if (!drops && *value == 0)
		return err_raise(ERR_INPUT, "value: write one.", "value");
	if ((e = tx_rows(&r, rq->tx, &q_rule_tell,
		 ARGS(A(req_param(rq, "key")), A(req_typed(rq, "name")),
		     drops ? arg_null() : A(json_of(rq->arena, value))))) !=
		NULL ||
	    (e = truth(rq, r)) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
admin_told_put(struct req *rq, struct res *rs)
{
	return done(rq, rs, "told", "", told_put(rq));
}
