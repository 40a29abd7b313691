/*
 * GET and POST /claim/:code - a person who stands beside the device has read
 * its label, says where it is and what it is called, and lets it in.
 *
 * A label of another tenant is not there, and neither is a mistyped one.
 */
#include <string.h>

#include "base/env.h"
#include "cgi-bin/admin/enrol.h"
#include "cgi-bin/admin/routes.h"
#include "query.h"
#include "trust/label.h"

enum { NAME_MOST = 100 };

static struct err *
missing(const char *why)
{
	return err_raise(ERR_MISSING, "There is no such label.", "%s", why);
}

static struct err *
look(struct rows **r, struct bytes *code, struct req *rq)
{
	unsigned char *bits = arena_alloc(rq->arena, LABEL_BYTES);
	struct err *e;

	if (!label_read(bits, req_param(rq, "code")))
		return missing("mistyped");
	*code = (struct bytes){ bits, LABEL_BYTES };
	if ((e = tx_rows(r, rq->tx, &q_enrol_claim_look,
		 ARGS(A((int)rq->who.tenant), A(*code)))) != NULL)
		return err_pass(e);
	return rows_count(*r) > 0 ? NULL : missing("not of this tenant");
}

/* What the form offers, and what of it is chosen. */
static struct err *
state_places(bool *site_there, bool *asset_there, struct req *rq,
    struct res *rs, const char *const chosen[2])
{
	struct rows *sites, *assets;
	struct view *v;
	struct err *e;
	int i;

	*site_there = false;
	*asset_there = *chosen[1] == 0;
	if ((e = tx_rows(&sites, rq->tx, &q_enrol_sites,
		 ARGS(A((int)rq->who.tenant), A(ENROL_MOST)))) != NULL ||
	    (e = tx_rows(&assets, rq->tx, &q_enrol_assets,
		 ARGS(A((int)rq->who.tenant), A(ENROL_MOST)))) != NULL)
		return err_pass(e);
	for (i = 0; i < rows_count(sites); i++) {
		const char *key = rows_text(sites, i, ENROL_SITES_KEY);
		bool same = strcmp(key, chosen[0]) == 0;

		v = view_row(rs->view, "Sites");
		view_text(v, "Key", key);
		view_text(v, "Name", rows_text(sites, i, ENROL_SITES_NAME));
		view_int(v, "Chosen", same);
		*site_there = *site_there || same;
	}
	for (i = 0; i < rows_count(assets); i++) {
		const char *key = rows_text(assets, i, ENROL_ASSETS_KEY);
		const char *site = rows_text(assets, i, ENROL_ASSETS_SITE);
		bool same = strcmp(key, chosen[1]) == 0;

		v = view_row(rs->view, "Assets");
		view_text(v, "Key", key);
		view_text(v, "Name", rows_text(assets, i, ENROL_ASSETS_NAME));
		view_text(v, "Site",
		    rows_text(assets, i, ENROL_ASSETS_SITE_NAME));
		view_int(v, "Chosen", same);
		*asset_there =
		    *asset_there || (same && strcmp(site, chosen[0]) == 0);
	}
	return NULL;
}

/* One address for a code, however it was typed. */
static const char *
address(struct arena *a, struct bytes code)
{
	return arena_printf(a, "/claim/%s", label_text(a, code.p));
}

static struct err *
show(struct req *rq, struct res *rs, const struct rows *r, struct bytes code)
{
	int64_t till = rows_time(r, 0, ENROL_CLAIM_LOOK_OPENED_TILL);
	const char *state = "waiting";

	if (till > env_now())
		state = "open";
	if (!rows_null(r, 0, ENROL_CLAIM_LOOK_USED_AT))
		state = "used";
	view_text(rs->view, "Claim.State", state);
	view_text(rs->view, "Claim.Key", rows_text(r, 0, ENROL_CLAIM_LOOK_KEY));
	view_text(rs->view, "Claim.Till", enrol_when(rq->arena, till));
	view_text(rs->view, "Claim.Used",
	    enrol_when(rq->arena, rows_time(r, 0, ENROL_CLAIM_LOOK_USED_AT)));
	view_text(rs->view, "Claim.Href", address(rq->arena, code));
	view_text(rs->view, "Page.Title", "Let a device in");
	return res_page(rq, rs, "claim.cs");
}

struct err *
admin_claim(struct req *rq, struct res *rs)
{
	const char *chosen[2];
	bool site, asset;
	struct bytes code;
	struct rows *r;
	struct err *e;

	if ((e = look(&r, &code, rq)) != NULL)
		return err_pass(e);
	chosen[0] = rows_text(r, 0, ENROL_CLAIM_LOOK_SITE);
	chosen[1] = rows_text(r, 0, ENROL_CLAIM_LOOK_ASSET);
	if ((e = state_places(&site, &asset, rq, rs, chosen)) != NULL)
		return err_pass(e);
	view_text(rs->view, "Claim.Name",
	    rows_text(r, 0, ENROL_CLAIM_LOOK_NAME));
	return show(rq, rs, r, code);
}

/* What is wrong with the form; NULL: nothing. */
static const char *
wrong(const char *name, bool site, bool asset)
{
	if (*name == 0 || strlen(name) > NAME_MOST)
		return "Name: between one and 100 characters.";
	if (!site)
		return "Site: please choose where the device is.";
	if (!asset)
		return "Asset: there is no such asset at this site.";
	return NULL;
}

struct err *
admin_claim_open(struct req *rq, struct res *rs)
{
	const char *name = req_typed(rq, "name"), *fault;
	const char *chosen[2] = { req_typed(rq, "site"),
		req_typed(rq, "asset") };
	bool site, asset;
	struct bytes code;
	struct rows *r;
	struct err *e;

	if ((e = look(&r, &code, rq)) != NULL ||
	    (e = state_places(&site, &asset, rq, rs, chosen)) != NULL)
		return err_pass(e);
	if ((fault = wrong(name, site, asset)) != NULL) {
		rs->status = 400;
		view_text(rs->view, "Claim.Name", name);
		view_text(rs->view, "Claim.Error", fault);
		return show(rq, rs, r, code);
	}
	if ((e = tx_rows(&r, rq->tx, &q_enrol_claim_open,
		 ARGS(A(code), A(name), A(chosen[0]), A(chosen[1])))) != NULL)
		return err_pass(e);
	if (!rows_bool(r, 0, ENROL_CLAIM_OPEN_OPENED))
		return err_raise(ERR_CONFLICT,
		    "This label was used already; print a new one.", "used");
	return res_goto(rs, address(rq->arena, code));
}
