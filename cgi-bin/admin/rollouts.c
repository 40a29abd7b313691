/*
 * GET /admin/rollouts?after=&before= - the signed plans of edge agents and how
 * far they are; after: the gateways behind that key, before: the rollouts
 * before that number.  POST there - a new version for some gateways; POST
 * /admin/rollouts/:id/pause and resume.
 */
#include <limits.h>
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "cgi-bin/admin/routes.h"
#include "model/datakey.h"
#include "model/edge_plan.h"
#include "query.h"
#include "trust/manifest.h"

#define PAGE "/admin/rollouts"
#define FIELD "gateway:"

/* Gateways and versions of a page; a form has fields for the former. */
enum { GATEWAYS = 50, VERSIONS = 200, NOTE_MAX = 200 };

_Static_assert(GATEWAYS + 3 <= (int)FIELDS_MAX, "with csrf, note and after");
_Static_assert(VERSIONS >= (int)FIELDS_MAX, "a rollout fits");

/* The states as people read them, and how each is drawn. */
static const struct {
	const char *state, *said, *drawn;
} states[] = {
	/* clang-format off */
	{ "held", "held back", "never" },
	{ "offered", "offered", "never" },
	{ "applied", "on trial", "never" },
	{ "confirmed", "confirmed", "online" },
	{ "rolled_back", "went back", "offline" },
	{ "refused", "refused", "offline" },
	{ "replaced", "replaced before it was tried", "never" },
	/* clang-format on */
};

static void
state_gateway(struct view *v, struct arena *a, const struct rows *r, int i)
{
	const char *state = rows_text(r, i, PLAN_LIST_STATE);
	size_t k;

	view_text(v, "Key", rows_text(r, i, PLAN_LIST_GATEWAY));
	view_text(v, "Name", rows_text(r, i, PLAN_LIST_GATEWAY_NAME));
	view_int(v, "Version", rows_int(r, i, PLAN_LIST_VERSION));
	view_text(v, "Changes", rows_text(r, i, PLAN_LIST_CHANGES));
	view_text(v, "Why", rows_text(r, i, PLAN_LIST_WHY));
	for (k = 0; k < sizeof(states) / sizeof(*states); k++) {
		if (strcmp(states[k].state, state) != 0)
			continue;
		view_text(v, "Said", states[k].said);
		view_text(v, "Drawn", states[k].drawn);
	}
	if (!rows_null(r, i, PLAN_LIST_SAID_AT))
		view_text(v, "Age",
		    clock_age(a,
			env_now() - rows_time(r, i, PLAN_LIST_SAID_AT)));
}

/* How many rows are shown: no part of a rollout, for its buttons speak of all.
 */
static int
whole_rollouts(const struct rows *r)
{
	int n = rows_count(r);

	if (n <= VERSIONS)
		return n;
	for (n = VERSIONS; n > 0 && rows_int(r, n - 1, PLAN_LIST_ROLLOUT) ==
					rows_int(r, n, PLAN_LIST_ROLLOUT);)
		n--;
	return n;
}

/* The rows of one rollout stand together. */
static void
state_rollouts(struct req *rq, struct res *rs, const struct rows *r)
{
	int n = whole_rollouts(r);
	struct arena *a = rq->arena;
	struct view *one = NULL;
	int64_t id = 0;
	int i;

	for (i = 0; i < n; i++) {
		const char *state = rows_text(r, i, PLAN_LIST_STATE);

		if (one == NULL || rows_int(r, i, PLAN_LIST_ROLLOUT) != id) {
			id = rows_int(r, i, PLAN_LIST_ROLLOUT);
			one = view_row(rs->view, "Rollouts");
			view_int(one, "Id", id);
			view_text(one, "Href",
			    arena_printf(a, PAGE "/%lld", (long long)id));
			view_text(one, "Note", rows_text(r, i, PLAN_LIST_NOTE));
			view_text(one, "By",
			    rows_text(r, i, PLAN_LIST_MADE_BY));
			view_text(one, "Age",
			    clock_age(a, env_now() - rows_time(r, i,
							 PLAN_LIST_MADE_AT)));
		}
		if (strcmp(state, "held") == 0)
			view_int(one, "Held", 1);
		if (strcmp(state, "offered") == 0)
			view_int(one, "Offered", 1);
		state_gateway(view_row(one, "Gateways"), a, r, i);
	}
	if (n < rows_count(r))
		view_text(rs->view, "Older",
		    arena_printf(a, PAGE "?before=%lld", (long long)id));
}

/* Those of the form, from behind a key on. */
static struct err *
state_form(struct req *rq, struct res *rs)
{
	const char *after = req_query(rq, "after");
	struct rows *r;
	struct err *e;
	int i;

	if (after == NULL)
		after = req_typed(rq, "after");
	if ((e = tx_rows(&r, rq->tx, &q_plan_gateways,
		 ARGS(A((int)rq->who.tenant), A(after), A(GATEWAYS + 1)))) !=
	    NULL)
		return err_pass(e);
	for (i = 0; i < rows_count(r) && i < GATEWAYS; i++) {
		struct view *v = view_row(rs->view, "Gateways");

		view_text(v, "Key", rows_text(r, i, PLAN_GATEWAYS_KEY));
		view_text(v, "Name", rows_text(r, i, PLAN_GATEWAYS_NAME));
		if (!rows_null(r, i, PLAN_GATEWAYS_VERSION))
			view_int(v, "Version",
			    rows_int(r, i, PLAN_GATEWAYS_VERSION));
	}
	view_text(rs->view, "After", after);
	if (rows_count(r) > GATEWAYS)
		view_text(rs->view, "More",
		    arena_printf(rq->arena, PAGE "?after=%s",
			rows_text(r, GATEWAYS - 1, PLAN_GATEWAYS_KEY)));
	return NULL;
}

static struct err *
show(struct req *rq, struct res *rs, const char *fault)
{
	struct rows *list, *key;
	struct err *e;
	int64_t before;

	if ((e = req_int(&before, rq, "before", INT_MAX, 1, INT_MAX)) != NULL ||
	    (e = tx_rows(&list, rq->tx, &q_plan_list,
		 ARGS(A((int)rq->who.tenant), A((int)before),
		     A(VERSIONS + 1)))) != NULL ||
	    (e = state_form(rq, rs)) != NULL ||
	    (e = tx_rows(&key, rq->tx, &q_plan_key_public, NO_ARGS)) != NULL)
		return err_pass(e);
	state_rollouts(rq, rs, list);
	if (!rows_null(key, 0, PLAN_KEY_PUBLIC_PUBLIC))
		view_text(rs->view, "PlanKey",
		    manifest_key_pem(rq->arena,
			rows_bytes(key, 0, PLAN_KEY_PUBLIC_PUBLIC)));
	view_text(rs->view, "Error", fault);
	view_text(rs->view, "Note", req_typed(rq, "note"));
	view_text(rs->view, "Page.Title", "Plans of edge agents");
	return res_page(rq, rs, "rollouts.cs");
}

struct err *
admin_rollouts(struct req *rq, struct res *rs)
{
	return show(rq, rs, "");
}

/* ---- a new version ---- */

/* The place where the key is sealed, as ctx.sealed_place() has it. */
static const char *
place(struct req *rq)
{
	return arena_printf(rq->arena, "plan|%d", (int)rq->who.tenant);
}

/* A tenant's first version makes its key. */
static struct err *
key_make(struct bytes *secret, struct req *rq, const struct seal_key *k)
{
	struct bytes public, sealed;
	struct rows *r;
	struct err *e;

	if ((e = manifest_key_make(&public, secret, rq->arena)) != NULL ||
	    (e = seal_put(&sealed, rq->arena, k, *secret, place(rq))) != NULL ||
	    (e = tx_rows(&r, rq->tx, &q_plan_key_put,
		 ARGS(A(public), A(sealed)))) != NULL)
		return err_pass(e);
	return NULL;
}

static struct err *
key_open(EVP_PKEY **key, struct req *rq)
{
	struct seal_master *master;
	struct bytes secret;
	struct seal_key *k;
	struct rows *r;
	struct err *e;

	if ((e = seal_master_load(&master, rq->arena,
		 req_conf(rq)->master_key)) != NULL ||
	    (e = datakey_of(&k, rq->tx, master)) != NULL ||
	    (e = tx_rows(&r, rq->tx, &q_plan_key_own, NO_ARGS)) != NULL)
		return err_pass(e);
	if (rows_null(r, 0, PLAN_KEY_OWN_SEALED_KEY))
		e = key_make(&secret, rq, k);
	else
		e = seal_get(&secret, rq->arena, k,
		    rows_bytes(r, 0, PLAN_KEY_OWN_SEALED_KEY), place(rq));
	if (e != NULL ||
	    (e = manifest_key_secret(key, rq->arena, secret)) != NULL)
		return err_pass(e);
	return NULL;
}

/* What a rollout is made of, besides its gateways. */
struct rollout {
	EVP_PKEY *key;
	const char *note;
	int64_t id; /* 0: this is its first gateway */
};

static struct err *
publish(struct rollout *out, struct req *rq, const char *gateway, bool at_once)
{
	struct buf plan = buf_new(rq->arena, 4096);
	struct manifest m = { .gateway = gateway };
	const char *signed_;
	struct rows *r;
	struct err *e;
	int number;

	if ((e = tx_rows(&r, rq->tx, &q_plan_next, ARGS(A(gateway)))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return err_raise(ERR_MISSING, "There is no such gateway.",
		    "%.64s", gateway);
	number = (int)rows_int(r, 0, PLAN_NEXT_GATEWAY);
	m.version = rows_int(r, 0, PLAN_NEXT_VERSION);
	if (out->id == 0)
		out->id = rows_int(r, 0, PLAN_NEXT_ROLLOUT);
	if ((e = edge_plan(&plan, rq->tx, number)) != NULL ||
	    (e = manifest_sign(&signed_, rq->arena, out->key, &m,
		 (struct bytes){ plan.p, plan.n })) != NULL ||
	    (e = tx_rows(&r, rq->tx, &q_plan_put,
		 ARGS(A(number), A((int)m.version), A((int)out->id),
		     A(out->note), A((const char *)plan.p), A(signed_),
		     A(at_once)))) != NULL)
		return err_pass(e);
	return NULL;
}

static bool
is_chosen(const struct field *f)
{
	return strncmp(f->name, FIELD, strlen(FIELD)) == 0 &&
	       (strcmp(f->value, "now") == 0 || strcmp(f->value, "held") == 0);
}

struct err *
admin_rollout_make(struct req *rq, struct res *rs)
{
	struct rollout out = { .note = req_typed(rq, "note") };
	const struct fields *form = &rq->form;
	struct err *e;
	size_t i;

	for (i = 0; i < form->n && !is_chosen(&form->v[i]); i++)
		;
	if (i == form->n || strlen(out.note) > NOTE_MAX) {
		rs->status = 400;
		return show(rq, rs,
		    i == form->n ? "Gateways: choose one at least."
				 : "What for: at most 200 characters.");
	}
	if ((e = key_open(&out.key, rq)) != NULL)
		return err_pass(e);
	for (i = 0; i < form->n; i++) {
		if (!is_chosen(&form->v[i]))
			continue;
		if ((e = publish(&out, rq, form->v[i].name + strlen(FIELD),
			 strcmp(form->v[i].value, "now") == 0)) != NULL)
			return err_pass(e);
	}
	return res_goto(rs, PAGE);
}

/* ---- how it goes on ---- */

static struct err *
go(struct req *rq, struct res *rs, bool on)
{
	int id = (int)number_typed(req_param(rq, "id"), INT_MAX);
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, rq->tx, &q_rollout_go, ARGS(A(id), A(on)))) !=
	    NULL)
		return err_pass(e);
	if (rows_null(r, 0, ROLLOUT_GO_GATEWAYS))
		return err_raise(ERR_MISSING, "There is no such rollout.", "%d",
		    id);
	return res_goto(rs, PAGE);
}

struct err *
admin_rollout_pause(struct req *rq, struct res *rs)
{
	struct err *e = go(rq, rs, false);

	return e != NULL ? err_pass(e) : NULL;
}

struct err *
admin_rollout_resume(struct req *rq, struct res *rs)
{
	struct err *e = go(rq, rs, true);

	return e != NULL ? err_pass(e) : NULL;
}
