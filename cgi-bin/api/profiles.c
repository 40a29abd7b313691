/*
 * GET /api/v1/profiles - the device profiles that the tenant keeps; with
 * ?id=&version= that one.  POST /api/v1/profiles - a version, as its JSON;
 * POST /api/v1/profiles/apply?id=&version=&device= - give it to a device, or
 * without one to all that have another version.
 */
#include <string.h>

#include "base/clock.h"
#include "base/member.h"
#include "model/profile.h"
#include "query.h"
#include "web/web.h"

enum { LIST_MAX = 500 };

handler api_profiles;
handler api_profile_add;
handler api_profile_apply;

static const char *
asked_for(const struct req *rq, const char *name)
{
	const char *s = req_query(rq, name);

	return s != NULL ? s : "";
}

static struct err *
missing(const char *id, const char *version)
{
	return err_raise(ERR_MISSING, "There is no such profile.",
	    "profile %s %s", id, version);
}

static void
say(struct buf *b, const struct rows *r, int i)
{
	member_comma(b);
	buf_byte(b, '{');
	member_text(b, "id", rows_text(r, i, PROFILE_LIST_ID));
	member_text(b, "version", rows_text(r, i, PROFILE_LIST_VERSION));
	member_text(b, "vendor", rows_text(r, i, PROFILE_LIST_VENDOR));
	member_text(b, "model", rows_text(r, i, PROFILE_LIST_MODEL));
	member_int(b, "points", rows_int(r, i, PROFILE_LIST_POINTS));
	member_int(b, "devices", rows_int(r, i, PROFILE_LIST_DEVICES));
	member_text(b, "made_at",
	    clock_iso(b->arena, rows_time(r, i, PROFILE_LIST_MADE_AT)));
	buf_byte(b, '}');
}

/* The profile as it was brought. */
static struct err *
one(struct req *rq, struct res *rs, const char *id)
{
	const char *version = asked_for(rq, "version");
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, rq->tx, &q_profile_one,
		 ARGS(A((int)rq->who.tenant), A(id), A(version)))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return missing(id, version);
	buf_text(&rs->body, rows_text(r, 0, PROFILE_ONE_BODY));
	return NULL;
}

struct err *
api_profiles(struct req *rq, struct res *rs)
{
	struct buf *b = &rs->body;
	struct rows *r;
	struct err *e;
	int i;

	if (*asked_for(rq, "id") != 0)
		return one(rq, rs, asked_for(rq, "id"));
	if ((e = tx_rows(&r, rq->tx, &q_profile_list,
		 ARGS(A((int)rq->who.tenant), A(LIST_MAX)))) != NULL)
		return err_pass(e);
	buf_byte(b, '{');
	member_name(b, "profiles");
	buf_byte(b, '[');
	for (i = 0; i < rows_count(r); i++)
		say(b, r, i);
	buf_text(b, "]}\n");
	return NULL;
}

struct err *
api_profile_add(struct req *rq, struct res *rs)
{
	const char *json = arena_copy(rq->arena, rq->body.p, rq->body.n);
	struct profile *p;
	struct rows *r;
	struct err *e;

	if (rq->body_err != NULL)
		return err_raise(rq->body_err->kind, rq->body_err->say, "%s",
		    rq->body_err->why);
	if ((e = profile_parse(&p, rq->arena, json, rq->body.n)) != NULL)
		return err_say(e, "%s", e->why);
	if ((e = profile_own_check(rq->arena, req_conf(rq)->profiles, p)) !=
		NULL ||
	    (e = tx_rows(&r, rq->tx, &q_profile_put,
		 ARGS(A(p->id), A(p->version), A(json), A("")))) != NULL)
		return err_pass(e);
	rs->status = 201;
	buf_byte(&rs->body, '{');
	member_text(&rs->body, "id", p->id);
	member_text(&rs->body, "version", p->version);
	buf_text(&rs->body, "}\n");
	return NULL;
}

struct err *
api_profile_apply(struct req *rq, struct res *rs)
{
	const char *id = asked_for(rq, "id"),
		   *version = asked_for(rq, "version");
	const char *device = asked_for(rq, "device");
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, rq->tx, &q_profile_apply,
		 ARGS(A(id), A(version), A(device)))) != NULL)
		return err_pass(e);
	if (rows_null(r, 0, PROFILE_APPLY_DEVICES))
		return missing(id, version);
	if (*device != 0 && rows_int(r, 0, PROFILE_APPLY_DEVICES) == 0)
		return err_raise(ERR_MISSING, "There is no such device.",
		    "device %s", device);
	rs->wake = true;
	buf_byte(&rs->body, '{');
	member_int(&rs->body, "devices", rows_int(r, 0, PROFILE_APPLY_DEVICES));
	buf_text(&rs->body, "}\n");
	return NULL;
}
