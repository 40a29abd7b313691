/*
 * GET /admin/profile?id=&version= - a version of a profile: its points, and
 * what it does otherwise than the one that devices have.  POST there gives it
 * to devices, or drops it.
 */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "cgi-bin/admin/routes.h"
#include "model/changes.h"
#include "model/unit.h"
#include "query.h"

enum { TARGETS_MAX = 5000 };

static struct err *
missing(const char *id, const char *version)
{
	return err_raise(ERR_MISSING, "There is no such profile.",
	    "profile %s %s", id, version);
}

static const char *
scale_text(struct arena *a, const struct point *p)
{
	const char *s =
	    p->scale != 1 ? arena_printf(a, "× %.15g", p->scale) : "";

	if (p->offset != 0)
		s = arena_printf(a, "%s + %.15g", s, p->offset);
	if (p->scale_from != NULL)
		s = arena_printf(a, "%s × 10^%s", s, p->scale_from);
	return s;
}

static const char *
type_text(struct arena *a, const struct point *p)
{
	if (p->bits == 0)
		return point_type_name(p->type);
	if (p->bits == 1)
		return arena_printf(a, "%s bit %d", point_type_name(p->type),
		    p->bit);
	return arena_printf(a, "%s bits %d–%d", point_type_name(p->type),
	    p->bit, p->bit + p->bits - 1);
}

static const char *
write_text(struct arena *a, const struct writing *w)
{
	if (w == NULL)
		return "";
	if (isnan(w->low))
		return arena_printf(a, "function %d", w->function);
	return arena_printf(a, "%.15g to %.15g, function %d", w->low, w->high,
	    w->function);
}

static void
state_point(struct view *v, struct arena *a, const struct point *p)
{
	view_text(v, "Key", p->key);
	view_text(v, "Name", p->name);
	view_text(v, "Group", p->group != NULL ? p->group : "");
	view_text(v, "Register", point_function_name(p->function));
	view_int(v, "Address", p->address);
	view_text(v, "Number", point_modicon(a, p->function, p->address));
	view_text(v, "Type", type_text(a, p));
	view_text(v, "Order",
	    p->type != POINT_BIT ? word_order_name(p->order) : "");
	view_text(v, "Scale", scale_text(a, p));
	view_text(v, "Unit", unit_shown(p->unit));
	view_text(v, "Shown",
	    p->display_unit != NULL ? unit_shown(p->display_unit) : "");
	view_text(v, "Kind", p->kind);
	view_text(v, "States", p->states != NULL ? p->states : "");
	view_text(v, "Write", write_text(a, p->writing));
}

static void
state_text(struct view *v, struct arena *a, const struct text *t)
{
	view_text(v, "Key", t->key);
	view_text(v, "Name", t->name);
	view_text(v, "Group", t->group != NULL ? t->group : "");
	view_text(v, "Register", point_function_name(t->function));
	view_int(v, "Address", t->address);
	view_text(v, "Number", point_modicon(a, t->function, t->address));
	view_text(v, "Type", arena_printf(a, "STRING of %d", t->words));
	view_text(v, "Kind", "text");
}

static void
state_profile(struct view *v, struct arena *a, const struct profile *p)
{
	size_t i;

	view_text(v, "Profile.Id", p->id);
	view_text(v, "Profile.Version", p->version);
	view_text(v, "Profile.Vendor", p->vendor);
	view_text(v, "Profile.Model", p->model);
	view_text(v, "Profile.Source", p->source);
	view_text(v, "Profile.Line",
	    p->baud == 0 ? ""
			 : arena_printf(a, "%d baud, %d%c%d", p->baud,
			       p->data_bits, p->parity, p->stop_bits));
	view_text(v, "Profile.Poll", arena_printf(a, "%.15g s", p->poll_s));
	for (i = 0; i < p->n; i++)
		state_point(view_row(v, "Points"), a, &p->points[i]);
	for (i = 0; i < p->text_n; i++)
		state_text(view_row(v, "Points"), a, &p->texts[i]);
}

static void
state_notes(struct view *v, struct arena *a, const char *notes)
{
	char *s = arena_text(a, notes), *end;

	for (; *s != 0; s = end) {
		end = s + strcspn(s, "\n");
		if (*end != 0)
			*end++ = 0;
		view_text(view_row(v, "Notes"), "Text", s);
	}
}

/* The version that most devices of this profile have, if it loads. */
static struct err *
other_version(struct profile **out, struct req *rq, const char *id,
    const char *version, struct rows **used)
{
	struct err *e;
	const char *body;

	*out = NULL;
	if ((e = tx_rows(used, rq->tx, &q_profile_used,
		 ARGS(A((int)rq->who.tenant), A(id), A(version)))) != NULL)
		return err_pass(e);
	if (rows_count(*used) == 0)
		return NULL;
	body = rows_text(*used, 0, PROFILE_USED_BODY);
	e = !rows_null(*used, 0, PROFILE_USED_BODY)
		? profile_parse(out, rq->arena, body, strlen(body))
		: profile_load(out, rq->arena, req_conf(rq)->profiles, id);
	/*
	 * A version that is not there any more is no reason not to go on; the
	 * folder may have another one by now.
	 */
	if (e != NULL || strcmp((*out)->version,
			     rows_text(*used, 0, PROFILE_USED_VERSION)) != 0)
		*out = NULL;
	return NULL;
}

static struct err *
state_changes(struct req *rq, struct res *rs, const struct profile *p)
{
	struct profile *was;
	struct change *c;
	struct rows *used;
	struct err *e;
	size_t n, i;

	if ((e = other_version(&was, rq, p->id, p->version, &used)) != NULL)
		return err_pass(e);
	if (rows_count(used) == 0)
		return NULL;
	view_text(rs->view, "Against.Version",
	    rows_text(used, 0, PROFILE_USED_VERSION));
	view_int(rs->view, "Against.Devices",
	    rows_int(used, 0, PROFILE_USED_DEVICES));
	if (was == NULL)
		return NULL;
	view_int(rs->view, "Against.Known", 1);
	n = profile_changes(&c, rq->arena, was, p);
	for (i = 0; i < n; i++) {
		struct view *v = view_row(rs->view, "Changes");

		view_text(v, "Key", c[i].key);
		view_text(v, "What", c[i].what);
		view_text(v, "Was", c[i].was);
		view_text(v, "Is", c[i].is);
	}
	return NULL;
}

static struct err *
state_targets(struct req *rq, struct res *rs)
{
	struct rows *r;
	struct err *e;
	int i;

	if ((e = tx_rows(&r, rq->tx, &q_profile_devices,
		 ARGS(A((int)rq->who.tenant), A(TARGETS_MAX)))) != NULL)
		return err_pass(e);
	for (i = 0; i < rows_count(r); i++) {
		struct view *v = view_row(rs->view, "Targets");

		view_text(v, "Value", rows_text(r, i, PROFILE_DEVICES_KEY));
		view_text(v, "Name", rows_text(r, i, PROFILE_DEVICES_NAME));
	}
	return NULL;
}

struct err *
admin_profile(struct req *rq, struct res *rs)
{
	const char *id = req_query(rq, "id"), *body;
	const char *version = req_query(rq, "version");
	struct profile *p;
	struct rows *r;
	struct err *e;

	if (id == NULL || version == NULL)
		return res_goto(rs, "/admin/profiles");
	if ((e = tx_rows(&r, rq->tx, &q_profile_one,
		 ARGS(A((int)rq->who.tenant), A(id), A(version)))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return missing(id, version);
	body = rows_text(r, 0, PROFILE_ONE_BODY);
	if ((e = profile_parse(&p, rq->arena, body, strlen(body))) != NULL)
		return err_pass(e);
	state_profile(rs->view, rq->arena, p);
	view_int(rs->view, "Profile.Devices",
	    rows_int(r, 0, PROFILE_ONE_DEVICES));
	view_text(rs->view, "Profile.Body", body);
	view_text(rs->view, "Profile.Age",
	    clock_age(rq->arena,
		env_now() - rows_time(r, 0, PROFILE_ONE_MADE_AT)));
	state_notes(rs->view, rq->arena, rows_text(r, 0, PROFILE_ONE_NOTES));
	if ((e = state_changes(rq, rs, p)) != NULL ||
	    (e = state_targets(rq, rs)) != NULL)
		return err_pass(e);
	view_text(rs->view, "Page.Title",
	    arena_printf(rq->arena, "%s %s", p->id, p->version));
	return res_page(rq, rs, "profile.cs");
}

/* To one device, or to all that have another version. */
static struct err *
apply(struct req *rq, struct res *rs, const char *id, const char *version)
{
	bool all = strcmp(req_typed(rq, "act"), "all") == 0;
	const char *device = all ? "" : req_typed(rq, "device");
	struct rows *r;
	struct err *e;

	if (!all && *device == 0)
		return err_raise(ERR_INPUT, "device: choose one.", "device");
	if ((e = tx_rows(&r, rq->tx, &q_profile_apply,
		 ARGS(A(id), A(version), A(device)))) != NULL)
		return err_pass(e);
	if (rows_null(r, 0, PROFILE_APPLY_DEVICES))
		return missing(id, version);
	if (!all && rows_int(r, 0, PROFILE_APPLY_DEVICES) == 0)
		return err_raise(ERR_INPUT, "device: there is no such device.",
		    "device %s", device);
	rs->wake = true;
	return res_goto(rs,
	    arena_printf(rq->arena, "/admin/profile?id=%s&version=%s", id,
		version));
}

static struct err *
drop(struct req *rq, struct res *rs, const char *id, const char *version)
{
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, rq->tx, &q_profile_drop,
		 ARGS(A(id), A(version)))) != NULL)
		return err_pass(e);
	if (!rows_bool(r, 0, PROFILE_DROP_DONE))
		return missing(id, version);
	return res_goto(rs, "/admin/profiles");
}

struct err *
admin_profile_change(struct req *rq, struct res *rs)
{
	const char *id = req_typed(rq, "id"), *act = req_typed(rq, "act");
	const char *version = req_typed(rq, "version");

	if (strcmp(act, "drop") == 0)
		return drop(rq, rs, id, version);
	if (strcmp(act, "all") == 0 || strcmp(act, "one") == 0)
		return apply(rq, rs, id, version);
	return err_raise(ERR_INPUT, "act: want all, one or drop.", "act");
}
