/*
 * GET /admin/provider - by which provider the tenant's people sign in.
 * POST /admin/provider, /admin/provider/drop - sets it up, takes it away.
 */
#include <string.h>

#include "cgi-bin/admin/routes.h"
#include "model/role.h"
#include "model/signin.h"

static const char *
lines_of(struct arena *a, const struct signin *s)
{
	struct buf b = buf_new(a, 256);
	size_t i;

	for (i = 0; i < s->n; i++)
		buf_printf(&b, "%s = %s\n", s->groups[i].name,
		    s->groups[i].role);
	return b.n > 0 ? (const char *)b.p : "";
}

/* The page with this in its form; error: what was wrong with it, or NULL. */
static struct err *
show(struct req *rq, struct res *rs, const struct signin *s, const char *groups,
    const char *error)
{
	const char *origin = req_conf(rq)->origin;
	struct roles roles;
	struct signin now;
	struct err *e;
	size_t i;

	if ((e = signin_read(&now, rq->tx)) != NULL ||
	    (e = roles_load(&roles, rq->tx)) != NULL)
		return err_pass(e);
	view_text(rs->view, "Page.Title", "Sign-in provider");
	view_text(rs->view, "Provider.Name", s->name);
	view_text(rs->view, "Provider.Issuer", s->issuer);
	view_text(rs->view, "Provider.Client", s->client);
	view_text(rs->view, "Provider.Claim", s->claim);
	view_text(rs->view, "Provider.Groups", groups);
	view_int(rs->view, "Provider.Creates", s->creates);
	view_int(rs->view, "Provider.Set", now.issuer != NULL);
	view_text(rs->view, "Provider.Back",
	    arena_printf(rq->arena, "%s/oidc/%s/callback", origin, now.slug));
	view_text(rs->view, "Provider.Login",
	    arena_printf(rq->arena, "%s/login?tenant=%s", origin, now.slug));
	view_text(rs->view, "Provider.Error", error != NULL ? error : "");
	view_int(rs->view, "Provider.Saved", req_query(rq, "saved") != NULL);
	for (i = 0; i < roles.n; i++)
		view_text(view_row(rs->view, "Roles"), "Name", roles.v[i].name);
	return res_page(rq, rs, "provider.cs");
}

struct err *
admin_provider(struct req *rq, struct res *rs)
{
	struct signin s;
	struct err *e;

	if ((e = signin_read(&s, rq->tx)) != NULL)
		return err_pass(e);
	if (s.issuer == NULL)
		s = (struct signin){ .name = "",
			.issuer = "",
			.client = "",
			.claim = "groups" };
	return show(rq, rs, &s, lines_of(rq->arena, &s), NULL);
}

struct err *
admin_provider_put(struct req *rq, struct res *rs)
{
	const char *groups = req_typed(rq, "groups");
	struct signin s = { .name = req_typed(rq, "name"),
		.issuer = req_typed(rq, "issuer"),
		.client = req_typed(rq, "client"),
		.claim = req_typed(rq, "claim"),
		.creates = req_form(rq, "creates") != NULL };
	struct err *e;

	if ((e = signin_groups(&s, rq->arena, groups)) != NULL) {
		rs->status = err_status(e->kind);
		e = show(rq, rs, &s, groups, arena_text(rq->arena, e->say));
		return e != NULL ? err_pass(e) : NULL;
	}
	if ((e = signin_put(rq->tx, &s, req_typed(rq, "secret"),
		 req_conf(rq)->master_key)) != NULL ||
	    (e = res_goto(rs, "/admin/provider?saved=1")) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
admin_provider_drop(struct req *rq, struct res *rs)
{
	struct err *e = signin_drop(rq->tx);

	/* Sent twice, it is done once. */
	if (e != NULL && e->kind != ERR_MISSING)
		return err_pass(e);
	return res_goto(rs, "/admin/provider?saved=1");
}
