/* What goes back, and errors in the dress of the program. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "web/internal.h"
#include "web/member.h"

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

void
res_login(struct req *rq, struct res *rs, const char *login)
{
	rs->headers.n = rs->body.n = 0;
	rs->status = 303;
	res_header(rs, "Location",
	    arena_printf(rq->arena, "%s?next=%s", login,
		path_encoded(rq->arena, rq->path)));
}

struct err *
res_goto(struct res *rs, const char *path)
{
	rs->status = 303;
	res_header(rs, "Location", path);
	return NULL;
}

struct err *
res_page(struct req *rq, struct res *rs, const char *template)
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

void
res_session(struct req *rq, struct res *rs, const struct bytes *token)
{
	struct buf b = buf_new(rq->arena, 160);
	size_t i;

	buf_text(&b, COOKIE "=");
	for (i = 0; token != NULL && i < token->n; i++)
		buf_printf(&b, "%02x", token->p[i]);
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
	if (res_page(rq, rs, "error.cs") == NULL)
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
	if (allow != NULL)
		res_header(rs, "Allow", allow);
	if (e->kind == ERR_BUSY)
		res_header(rs, "Retry-After",
		    arena_printf(rq->arena, "%d", RETRY_AFTER_S));
	if (e->kind == ERR_LOGIN && (rq->child->app->takes & TAKES_KEY))
		res_header(rs, "WWW-Authenticate", "Bearer");
	if (rq->child->app->pages)
		error_page(rq, rs, e);
	else
		problem(rq, rs, e);
}

void
res_refuse(struct req *rq, struct res *rs, const struct err *e)
{
	res_error(rq, rs, e, NULL);
}

/* Status and headers. */
void
res_head(const struct req *rq, const struct res *rs)
{
	FCGX_Stream *out = rq->fcgi->out;
	char head[256];
	int n;

	n = snprintf(head, sizeof(head),
	    "Status: %d\r\nContent-Type: %s\r\nCache-Control: %s\r\n",
	    rs->status, rs->type, rs->cache != NULL ? rs->cache : "no-store");
	(void)FCGX_PutStr(head, n, out);
	(void)FCGX_PutStr((const char *)rs->headers.p, (int)rs->headers.n, out);
	(void)FCGX_PutStr("\r\n", 2, out);
}

/* The answer, or what is left of it. */
void
res_send(const struct req *rq, struct res *rs)
{
	if (rs->sent == 0)
		res_head(rq, rs);
	if (!rq->head)
		(void)FCGX_PutStr((const char *)rs->body.p, (int)rs->body.n,
		    rq->fcgi->out);
}
