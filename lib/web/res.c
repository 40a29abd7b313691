/* What goes back, and errors in the dress of the program. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/hex.h"
#include "base/member.h"
#include "web/internal.h"

enum { RETRY_AFTER_S = 2 };

/* No value can end its line, wherever it came from. */
void
res_header(struct res *rs, const char *name, const char *value)
{
	buf_printf(&rs->headers, "%s: ", name);
	for (; *value != 0; value++) {
		unsigned char c = (unsigned char)*value;

		buf_byte(&rs->headers, c < 0x20 || c == 0x7f ? ' ' : c);
	}
	buf_text(&rs->headers, "\r\n");
}

/* The path as part of a query: all but the harmless in %XX. */
static const char *
path_encoded(struct arena *a, const char *path)
{
	static const char plain[] = "/-._~0123456789"
				    "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	struct buf b = buf_new(a, strlen(path) * 3);

	for (; *path != 0; path++) {
		if (strchr(plain, *path) != NULL)
			buf_byte(&b, (unsigned char)*path);
		else
			buf_printf(&b, "%%%02X", (unsigned char)*path);
	}
	return (const char *)b.p;
}

static void
away(struct req *rq, struct res *rs, const char *to, const char *next)
{
	rs->headers.n = rs->body.n = 0;
	rs->status = 303;
	res_header(rs, "Location",
	    arena_printf(rq->arena, "%s?next=%s", to,
		path_encoded(rq->arena, next)));
}

void
res_login(struct req *rq, struct res *rs, const char *login)
{
	away(rq, rs, login, rq->path);
}

/* A form cannot be sent again by going back to it, but its page can. */
static const char *
page_of(const struct req *rq)
{
	const char *from = req_header(rq, "Referer"), *at;

	if (rq->verb == GET)
		return rq->path;
	if ((at = strstr(from, "://")) == NULL ||
	    (at = strchr(at + 3, '/')) == NULL)
		return "/";
	return arena_copy(rq->arena, at, strcspn(at, "?#"));
}

void
res_confirm(struct req *rq, struct res *rs)
{
	away(rq, rs, "/confirm", page_of(rq));
}

struct err *
res_goto(struct res *rs, const char *path)
{
	rs->status = 303;
	res_header(rs, "Location", path);
	return NULL;
}

static struct err *
render(struct req *rq, struct res *rs, const char *template)
{
	struct err *e;

	rq->child->app->frame(rq, rs);
	rs->type = "text/html; charset=utf-8";
	rs->body.n = 0;
	if ((e = view_render(&rs->body, rq->child->views, template,
		 rs->view)) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
res_page(struct req *rq, struct res *rs, const char *template)
{
	struct err *e;

	if ((e = source_settle(rq, rs)) != NULL)
		return err_pass(e);
	if (rs->source != NULL && strcmp(rs->source, "simulation") == 0)
		view_int(rs->view, "Page.Simulated", 1);
	if ((e = render(rq, rs, template)) != NULL)
		return err_pass(e);
	return NULL;
}

void
res_session(struct req *rq, struct res *rs, const struct bytes *token)
{
	struct buf b = buf_new(rq->arena, 160);

	buf_text(&b, COOKIE "=");
	if (token != NULL)
		hex_put(&b, *token);
	buf_text(&b, "; Path=/; Secure; HttpOnly; SameSite=Lax");
	if (token == NULL)
		buf_text(&b, "; Max-Age=0");
	res_header(rs, "Set-Cookie", (const char *)b.p);
}

/* RFC 9457. */
static void
problem(const struct req *rq, struct res *rs, const struct err *e)
{
	struct buf *b = &rs->body;

	rs->type = "application/problem+json";
	buf_byte(b, '{');
	member_text(b, "type", "about:blank");
	member_text(b, "title", err_title(e->kind));
	member_int(b, "status", rs->status);
	member_text(b, "detail", e->say);
	member_text(b, "code", err_code(e->kind));
	member_text(b, "request_id", rq->id != NULL ? rq->id : "");
	buf_text(b, "}\n");
}

/* The error page; plain text when even that cannot be rendered. */
static void
error_page(struct req *rq, struct res *rs, const struct err *e)
{
	struct err before = *e;

	rs->view = view_new(rq->arena);
	view_int(rs->view, "Error.Status", rs->status);
	view_text(rs->view, "Error.Title", err_title(before.kind));
	view_text(rs->view, "Error.Say", before.say);
	view_text(rs->view, "Error.Request", rq->id != NULL ? rq->id : "");
	if (rs->status == 503 && rq->verb == GET)
		view_text(rs->view, "Error.Retry", rq->path);
	view_text(rs->view, "Page.Title", err_title(before.kind));
	if (render(rq, rs, "error.cs") == NULL)
		return;
	rs->type = "text/plain; charset=utf-8";
	rs->body.n = 0;
	buf_printf(&rs->body, "%s\n", before.say);
}

void
res_error(struct req *rq, struct res *rs, const struct err *e,
    const char *allow)
{
	rs->status = err_status(e->kind);
	rs->headers.n = 0;
	rs->body.n = 0;
	rs->cache = NULL;
	rs->source = NULL;
	if (allow != NULL)
		res_header(rs, "Allow", allow);
	if (e->kind == ERR_BUSY)
		res_header(rs, "Retry-After",
		    arena_printf(rq->arena, "%d", RETRY_AFTER_S));
	if ((e->kind == ERR_LIMIT || e->kind == ERR_QUOTA) &&
	    rq->retry_after_s > 0)
		res_header(rs, "Retry-After",
		    arena_printf(rq->arena, "%d", rq->retry_after_s));
	if (e->kind == ERR_LOGIN && (rq->child->app->takes & TAKES_KEY))
		res_header(rs, "WWW-Authenticate", "Bearer");
	if (rq->child->app->say != NULL && rq->child->app->say(rq, rs, e))
		return;
	if (rq->child->app->pages && !req_is_api(rq))
		error_page(rq, rs, e);
	else
		problem(rq, rs, e);
}

void
res_refuse(struct req *rq, struct res *rs, const struct err *e)
{
	res_error(rq, rs, e, NULL);
}

/* There is nothing to be said of these. */
static bool
is_bare(const struct res *rs)
{
	return rs->status == 204 || rs->status == 304;
}

/* Status and headers. */
void
res_head(const struct req *rq, const struct res *rs)
{
	static const char exposed[] =
	    "Access-Control-Expose-Headers: ETag, Retry-After, "
	    "RateLimit-Limit, "
	    "RateLimit-Remaining, RateLimit-Reset, X-Request-Id\r\n";
	static const char vary[] = "Vary: Origin\r\n";
	FCGX_Stream *out = rq->fcgi->out;
	char head[256];
	int n;

	n = snprintf(head, sizeof(head), "Status: %d\r\nCache-Control: %s\r\n",
	    rs->status, rs->cache != NULL ? rs->cache : "no-store");
	(void)FCGX_PutStr(head, n, out);
	n = snprintf(head, sizeof(head), "Content-Type: %s\r\n", rs->type);
	if (!is_bare(rs))
		(void)FCGX_PutStr(head, n, out);
	if (rs->source != NULL) {
		n = snprintf(head, sizeof(head), "X-Data-Source: %s\r\n",
		    rs->source);
		(void)FCGX_PutStr(head, n, out);
	}
	if (req_is_api(rq) && (rq->child->app->takes & TAKES_KEY))
		(void)FCGX_PutStr(vary, sizeof(vary) - 1, out);
	if (rq->cors != NULL) {
		n = snprintf(head, sizeof(head),
		    "Access-Control-Allow-Origin: %s\r\n", rq->cors);
		(void)FCGX_PutStr(head, n, out);
		(void)FCGX_PutStr(exposed, sizeof(exposed) - 1, out);
	}
	(void)FCGX_PutStr((const char *)rs->headers.p, (int)rs->headers.n, out);
	if (rq->pace.of != NULL)
		(void)FCGX_PutS(limit_headers(rq->arena, &rq->pace), out);
	(void)FCGX_PutStr("\r\n", 2, out);
}

/* The answer, or what is left of it. */
void
res_send(const struct req *rq, struct res *rs)
{
	if (rs->sent == 0)
		res_head(rq, rs);
	if (!rq->head && !is_bare(rs))
		(void)FCGX_PutStr((const char *)rs->body.p, (int)rs->body.n,
		    rq->fcgi->out);
}
