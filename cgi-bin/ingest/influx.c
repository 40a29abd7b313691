#include "cgi-bin/ingest/influx.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/hex.h"
#include "base/member.h"
#include "cgi-bin/ingest/post.h"

enum { STATEMENT_MAX = 512 };

/* Of the version whose ways these addresses have. */
static const char version[] = "1.8.10-fluxline";

static const struct precision {
	const char *name;
	bool first; /* of version 1 only */
	int64_t ns;
} precisions[] = {
	/* clang-format off */
	{ "ns", false, 1 },
	{ "us", false, 1000 },
	{ "ms", false, 1000000 },
	{ "s",  false, 1000000000 },
	{ "n",  true,  1 },
	{ "u",  true,  1000 },
	{ "m",  true,  INT64_C(60000000000) },
	{ "h",  true,  INT64_C(3600000000000) },
	/* clang-format on */
};

enum { PRECISIONS = sizeof(precisions) / sizeof(*precisions) };

/* What is answered to a statement that begins like that. */
static const struct statement {
	const char *begins;
	const char *series; /* of its result; NULL: there are none */
} statements[] = {
	{ "CREATE DATABASE ", NULL },
	{ "CREATE RETENTION POLICY ", NULL },
	{ "SHOW DATABASES", "[{\"name\":\"databases\",\"columns\":[\"name\"],"
			    "\"values\":[[\"fluxline\"]]}]" },
	{ "SHOW MEASUREMENTS", NULL },
	{ "SHOW RETENTION POLICIES", NULL },
	{ "SHOW SERIES", NULL },
};

enum { STATEMENTS = sizeof(statements) / sizeof(*statements) };

/* By the kind of the error, in the words of version 2. */
static const char *const codes[ERR_KINDS] = {
	[ERR_INPUT] = "invalid",
	[ERR_LOGIN] = "unauthorized",
	[ERR_FORBIDDEN] = "forbidden",
	[ERR_MISSING] = "not found",
	[ERR_METHOD] = "method not allowed",
	[ERR_CONFLICT] = "conflict",
	[ERR_TOO_BIG] = "request too large",
	[ERR_REFUSED] = "unprocessable entity",
	[ERR_LIMIT] = "too many requests",
	[ERR_QUOTA] = "too many requests",
	[ERR_STEP_UP] = "forbidden",
	[ERR_BUSY] = "unavailable",
	[ERR_BUG] = "internal error",
};

struct err *
influx_tick(int64_t *ns, const struct req *rq)
{
	const char *name = req_query(rq, "precision");
	bool first = rq->route->run == influx_write1;
	size_t i;

	*ns = 1;
	if (name == NULL || *name == 0)
		return NULL;
	for (i = 0; i < PRECISIONS; i++) {
		const struct precision *p = &precisions[i];

		if (strcmp(p->name, name) != 0 || (p->first && !first))
			continue;
		*ns = p->ns;
		return NULL;
	}
	return err_raise(ERR_INPUT,
	    first ? "precision: want n, u, ms, s, m or h."
		  : "precision: want ns, us, ms or s.",
	    "precision");
}

void
influx_mark(struct res *rs)
{
	res_header(rs, "X-Influxdb-Build", "OSS");
	res_header(rs, "X-Influxdb-Version", version);
}

bool
influx_say(struct req *rq, struct res *rs, const struct err *e)
{
	static const char *const paths[] = { "/write", "/query",
		"/api/v2/write", "/ping", "/api/v2/ping", "/health" };
	size_t i, n = sizeof(paths) / sizeof(*paths);
	struct buf *b = &rs->body;

	for (i = 0; i < n; i++)
		if (rq->path != NULL && strcmp(rq->path, paths[i]) == 0)
			break;
	if (i == n)
		return false;
	/* A client of version 1 drops what it is told 429 for. */
	if (rs->status == 429 && strcmp(rq->path, "/write") == 0)
		rs->status = 503;
	influx_mark(rs);
	rs->type = "application/json";
	buf_byte(b, '{');
	member_text(b, "code", codes[e->kind]);
	member_text(b, "message", e->say);
	member_text(b, "error", e->say);
	buf_text(b, "}\n");
	return true;
}

struct err *
influx_write1(struct req *rq, struct res *rs)
{
	struct err *e = ingest_native(rq, rs);

	return e != NULL ? err_pass(e) : NULL;
}

struct err *
influx_write2(struct req *rq, struct res *rs)
{
	struct err *e = ingest_native(rq, rs);

	return e != NULL ? err_pass(e) : NULL;
}

static int
hex(char c)
{
	return hex_digit((char)tolower((unsigned char)c));
}

/* The beginning of the form's field q, decoded; "" if there is none. */
static void
form_statement(char to[STATEMENT_MAX], struct bytes body)
{
	const char *p = (const char *)body.p, *end = p + body.n;
	size_t n = 0;

	while (p < end && (end - p < 2 || memcmp(p, "q=", 2) != 0)) {
		p = memchr(p, '&', (size_t)(end - p));
		p = p != NULL ? p + 1 : end;
	}
	for (p += p < end ? 2 : 0; p < end && *p != '&'; p++) {
		char c = *p == '+' ? ' ' : *p;

		if (n + 1 == STATEMENT_MAX)
			break;
		if (c == '%' && end - p > 2 && hex(p[1]) >= 0 &&
		    hex(p[2]) >= 0) {
			c = (char)(hex(p[1]) << 4 | hex(p[2]));
			p += 2;
		}
		to[n++] = c;
	}
	to[n] = 0;
}

struct err *
influx_query(struct req *rq, struct res *rs)
{
	char room[STATEMENT_MAX];
	const char *q = req_query(rq, "q");
	const struct statement *s = statements;

	if (q == NULL) {
		form_statement(room, rq->body);
		q = room;
	}
	q += strspn(q, " \t\r\n");
	while (s < statements + STATEMENTS &&
	       strncasecmp(q, s->begins, strlen(s->begins)) != 0)
		s++;
	if (s == statements + STATEMENTS)
		return err_raise(ERR_INPUT,
		    "Queries are not answered here; see /api/v1/telemetry.",
		    "statement");
	influx_mark(rs);
	buf_text(&rs->body, "{\"results\":[{\"statement_id\":0");
	if (s->series != NULL)
		buf_printf(&rs->body, ",\"series\":%s", s->series);
	buf_text(&rs->body, "}]}\n");
	return NULL;
}

struct err *
influx_ping(struct req *rq, struct res *rs)
{
	(void)rq;
	rs->status = 204;
	influx_mark(rs);
	return NULL;
}

struct err *
influx_health(struct req *rq, struct res *rs)
{
	(void)rq;
	influx_mark(rs);
	buf_byte(&rs->body, '{');
	member_text(&rs->body, "name", "fluxline");
	member_text(&rs->body, "message", "ready for writes");
	member_text(&rs->body, "status", "pass");
	member_text(&rs->body, "version", version);
	buf_text(&rs->body, ",\"checks\":[]}\n");
	return NULL;
}
