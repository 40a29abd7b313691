/*
 * A request without nginx: where its key is, how large its body may be, and how
 * an error is said, with streams of libfcgi that lead to memory.
 */
#include "arena.h"
#include "check.h"

#include <openssl/evp.h>

#include "web/apikey.h"
#include "web/internal.h"

enum { OUT_MAX = 1 << 16 };

/* ---- a request in memory ---- */

struct fake {
	FCGX_Stream in, out;
	char *env[16];
	size_t n;
	struct web_conf conf;
	struct app app;
	struct route route;
	struct shared shared; /* nobody counts */
	struct child child;
	struct req rq;
	struct job job;
	char said[OUT_MAX];
};

static void
nothing_more(FCGX_Stream *s)
{
	s->isClosed = 1;
}

static void
nowhere(FCGX_Stream *s, int ends)
{
	(void)s;
	(void)ends;
}

static void
with(struct fake *f, const char *name, const char *value)
{
	f->env[f->n++] = arena_printf(arena, "%s=%s", name, value);
}

static struct fake *
fake_new(unsigned guard, struct bytes body)
{
	struct fake *f = arena_alloc(arena, sizeof(*f));
	unsigned char *p = (unsigned char *)arena_copy(arena, body.p, body.n);

	f->in = (FCGX_Stream){ .rdNext = p,
		.wrNext = p + body.n,
		.stop = p + body.n,
		.stopUnget = p,
		.isReader = 1,
		.fillBuffProc = nothing_more };
	f->out = (FCGX_Stream){ .wrNext = (unsigned char *)f->said,
		.rdNext = (unsigned char *)f->said + OUT_MAX - 1,
		.stop = (unsigned char *)f->said + OUT_MAX - 1,
		.emptyBuffProc = nowhere };
	f->app.name = "test";
	f->app.takes = TAKES_KEY;
	f->route = (struct route){ .verb = POST,
		.path = "/here",
		.guard = guard,
		.tx = TX_WRITE };
	f->child = (struct child){ .app = &f->app,
		.conf = &f->conf,
		.shared = &f->shared,
		.wake_fd = -1 };
	f->job.fcgi =
	    (FCGX_Request){ .in = &f->in, .out = &f->out, .envp = f->env };
	f->job.rq = &f->rq;
	f->rq.arena = arena;
	f->rq.child = &f->child;
	f->rq.fcgi = &f->job.fcgi;
	f->rq.route = &f->route;
	f->rq.verb = POST;
	f->rq.path = f->rq.id = "";
	job_blank(&f->job);
	return f;
}

static void
field(struct fields *f, const char *name, const char *value)
{
	*fields_add(f, arena) = (struct field){ name, value };
}

static const char *
base64(const char *text)
{
	char *to = arena_alloc(arena, 4 * strlen(text) + 8);

	(void)EVP_EncodeBlock((unsigned char *)to, (const unsigned char *)text,
	    (int)strlen(text));
	return to;
}

/* ---- the key ---- */

enum where { HEADER, QUERY, PATH };

struct key_row {
	unsigned guard;
	enum where where;
	const char *name, *value; /* "%s": the key; up to a colon: Basic's */
	int query_keys;
	bool is_key; /* else what came stays as it is, or is none */
	bool is_none;
};

/* clang-format off */
static const struct key_row key_rows[] = {
	{ PLAIN, HEADER, "HTTP_X_API_KEY", "%s", 0, true, false },
	{ PLAIN, HEADER, "HTTP_AUTHORIZATION", "Bearer %s", 0, true, false },
	{ PLAIN, HEADER, "HTTP_AUTHORIZATION", "Token %s", 0, true, false },
	{ PLAIN, HEADER, "HTTP_AUTHORIZATION", "Basic gw:", 0, false, false },
	{ BASIC, HEADER, "HTTP_AUTHORIZATION", "Basic gw:", 0, true, false },
	{ BASIC, HEADER, "HTTP_AUTHORIZATION", "Basic :", 0, true, false },
	{ BASIC | LOCAL, HEADER, "HTTP_AUTHORIZATION", "Basic gw:", 0, true,
	    false },
	{ BASIC, HEADER, "HTTP_AUTHORIZATION", "Token %s", 0, true, false },
	{ BASIC, HEADER, "HTTP_X_API_KEY", "%s", 0, true, false },
	{ BASIC, HEADER, "HTTP_AUTHORIZATION", "Basic bm9ib2R5", 0, false,
	    false },
	{ BASIC, HEADER, "HTTP_AUTHORIZATION", "Basic !", 0, false, false },
	{ BASIC, HEADER, "HTTP_AUTHORIZATION", "Basic ", 0, false, false },
	{ BASIC, HEADER, "HTTP_AUTHORIZATION", "Basic ====", 0, false, false },
	{ BASIC, QUERY, "p", "%s", 0, false, true },
	{ BASIC, QUERY, "p", "%s", 1, true, false },
	{ BASIC, QUERY, "token", "%s", 1, true, false },
	{ BASIC, QUERY, "key", "%s", 1, false, true },
	{ BASIC, QUERY, "p", "", 1, false, true },
	{ PLAIN, QUERY, "p", "%s", 1, false, true },
	{ PATHKEY, QUERY, "p", "%s", 1, false, true },
	{ PLAIN, PATH, "token", "%s", 1, false, true },
	{ PATHKEY, PATH, "token", "%s", 0, true, false },
	{ PATHKEY, HEADER, "HTTP_X_API_KEY", "%s", 0, false, true },
};
/* clang-format on */

/* The value of a row, about this key. */
static const char *
value_of(const struct key_row *row, const char *key)
{
	const char *s = row->value;

	if (strcmp(s, "%s") == 0)
		return key;
	if (strchr(s, '%') != NULL)
		return arena_printf(arena, "%.*s%s", (int)strcspn(s, "%"), s,
		    key);
	if (strchr(s, ':') != NULL)
		return arena_printf(arena, "Basic %s",
		    base64(arena_printf(arena, "%s%s", s + 6, key)));
	return s;
}

TEST(a_key_is_taken_from_where_its_route_says_and_nowhere_else)
{
	const char *key = apikey_new(arena);
	size_t i;

	for (i = 0; i < sizeof(key_rows) / sizeof(*key_rows); i++) {
		const struct key_row *row = &key_rows[i];
		struct fake *f = fake_new(row->guard, (struct bytes){ 0 });
		const char *value = value_of(row, key), *got;

		f->conf.query_keys = row->query_keys;
		if (row->where == QUERY)
			field(&f->rq.query, row->name, value);
		else if (row->where == PATH)
			field(&f->rq.params, row->name, value);
		else
			with(f, row->name, value);
		got = key_of(&f->rq);
		CHECK((got == NULL) == row->is_none);
		CHECK(
		    got == NULL || strcmp(got, row->is_key ? key : value) == 0);
		CHECK((req_key(&f->rq).n > 0) == row->is_key);
	}
}

TEST(a_header_goes_before_the_address)
{
	struct fake *f = fake_new(BASIC, (struct bytes){ 0 });
	const char *one = apikey_new(arena), *two = apikey_new(arena);

	f->conf.query_keys = 1;
	field(&f->rq.query, "p", two);
	with(f, "HTTP_AUTHORIZATION", arena_printf(arena, "Token %s", one));
	CHECK_TEXT(key_of(&f->rq), one);
}

TEST(a_basic_of_any_length_overflows_nothing)
{
	size_t n;

	for (n = 0; n < 3000; n++) {
		struct fake *f = fake_new(BASIC, (struct bytes){ 0 });
		char *text = arena_alloc(arena, n + 8);

		memcpy(text, "Basic ", 6);
		memset(text + 6, n % 2 ? 'A' : '=', n);
		with(f, "HTTP_AUTHORIZATION", text);
		CHECK(req_key(&f->rq).n == 0);
	}
}

/* ---- the body ---- */

static struct bytes
some(size_t n)
{
	return (struct bytes){ arena_alloc(arena, n + 1), n };
}

TEST(a_program_says_how_large_a_body_may_be)
{
	static const struct {
		size_t max, n;
		bool fits;
	} rows[] = {
		{ 0, BODY_MAX, true },
		{ 0, BODY_MAX + 1, false },
		{ 1000, 1000, true },
		{ 1000, 1001, false },
		{ 2 * BODY_MAX, BODY_MAX + 1, true },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct fake *f = fake_new(PLAIN, some(rows[i].n));
		const struct err *e;

		f->app.body_max = rows[i].max;
		with(f, "CONTENT_LENGTH",
		    arena_printf(arena, "%zu", rows[i].n));
		e = body_take(&f->rq);
		CHECK(rows[i].fits ? e == NULL
				   : e != NULL && e->kind == ERR_TOO_BIG);
	}
}

TEST(a_body_that_did_not_come_whole_is_told_from_a_short_one)
{
	struct fake *f = fake_new(PLAIN, some(10));

	with(f, "CONTENT_LENGTH", "11");
	CHECK(body_take(&f->rq)->kind == ERR_BUSY);
}

/* ---- the answer ---- */

static bool
say_teapot(struct req *rq, struct res *rs, const struct err *e)
{
	if (e->kind != ERR_LIMIT)
		return false;
	rs->status = 503;
	rs->type = "text/x-teapot";
	buf_printf(&rs->body, "teapot at %s", rq->route->path);
	return true;
}

static const struct err *
raised(enum err_kind kind)
{
	struct err *e = arena_alloc(arena, sizeof(*e));

	*e = *err_raise(kind, "No.", "why");
	return e;
}

TEST(an_error_is_said_as_its_sender_understands_it)
{
	struct fake *f = fake_new(PLAIN, (struct bytes){ 0 });

	f->app.say = say_teapot;
	f->rq.retry_after_s = 7;
	f->job.failed = raised(ERR_LIMIT);
	job_run(&f->job);
	CHECK(strstr(f->said, "Status: 503\r\n") == f->said);
	CHECK(strstr(f->said, "Content-Type: text/x-teapot\r\n") != NULL);
	CHECK(strstr(f->said, "Retry-After: 7\r\n") != NULL);
	CHECK(strstr(f->said, "\r\n\r\nteapot at /here") != NULL);
	f = fake_new(PLAIN, (struct bytes){ 0 });
	f->app.say = say_teapot;
	f->job.failed = raised(ERR_MISSING);
	job_run(&f->job);
	CHECK(strstr(f->said, "Status: 404\r\n") == f->said);
	CHECK(strstr(f->said, "application/problem+json") != NULL);
}

static bool
keep_it(struct req *rq, struct res *rs, const struct err *e)
{
	(void)rq;
	CHECK(e->kind == ERR_BUSY || e->kind == ERR_LOGIN);
	if (e->kind != ERR_BUSY)
		return false;
	rs->status = 202;
	buf_text(&rs->body, "kept");
	return true;
}

static bool
decline(struct req *rq, struct res *rs, const struct err *e)
{
	(void)rq;
	(void)e;
	rs->status = 202;
	buf_text(&rs->body, "no trace of this");
	return false;
}

TEST(only_a_busy_answer_to_a_whole_request_is_rescued)
{
	static const struct {
		bool (*rescue)(struct req *, struct res *, const struct err *);
		enum err_kind kind;
		bool whole, routed;
		const char *want;
	} rows[] = {
		{ keep_it, ERR_BUSY, true, true, "Status: 202\r\n" },
		{ decline, ERR_BUSY, true, true, "Status: 503\r\n" },
		{ NULL, ERR_BUSY, true, true, "Status: 503\r\n" },
		{ keep_it, ERR_BUSY, false, true, "Status: 503\r\n" },
		{ keep_it, ERR_BUSY, true, false, "Status: 503\r\n" },
		{ keep_it, ERR_INPUT, true, true, "Status: 400\r\n" },
		{ keep_it, ERR_LOGIN, true, true, "Status: 401\r\n" },
		{ keep_it, ERR_LIMIT, true, true, "Status: 429\r\n" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct fake *f = fake_new(PLAIN, (struct bytes){ 0 });
		bool kept = strstr(rows[i].want, "202") != NULL;

		f->app.rescue = rows[i].rescue;
		f->job.failed = raised(rows[i].kind);
		f->rq.body_err = rows[i].whole ? NULL : raised(ERR_BUSY);
		if (!rows[i].routed)
			f->rq.route = NULL;
		f->rq.who.tenant = 7;
		job_run(&f->job);
		CHECK(strstr(f->said, rows[i].want) == f->said);
		CHECK((strstr(f->said, "kept") != NULL) == kept);
		CHECK(strstr(f->said, "no trace") == NULL);
		CHECK((f->job.failed == NULL) == kept);
	}
}

TEST(what_has_no_content_has_no_type_and_no_body)
{
	static const struct {
		int status;
		bool bare;
	} rows[] = { { 200, false }, { 204, true }, { 304, true },
		{ 303, false } };
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct fake *f = fake_new(PLAIN, (struct bytes){ 0 });

		f->job.rs.status = rows[i].status;
		res_header(&f->job.rs, "X-Version", "1");
		buf_text(&f->job.rs.body, "{}");
		res_send(&f->rq, &f->job.rs);
		CHECK(strstr(f->said, "X-Version: 1\r\n") != NULL);
		CHECK(
		    (strstr(f->said, "Content-Type") == NULL) == rows[i].bare);
		CHECK((strstr(f->said, "{}") == NULL) == rows[i].bare);
	}
}
