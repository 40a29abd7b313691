/* Reading a request: fields, cookie, body. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "web/internal.h"
#include "web/multipart.h"

const char *
req_cgi(const struct req *rq, const char *name)
{
	const char *v = FCGX_GetParam(name, rq->fcgi->envp);

	return v != NULL ? v : "";
}

size_t
req_length(const struct req *rq)
{
	return strtoul(req_cgi(rq, "CONTENT_LENGTH"), NULL, 10);
}

const char *
req_header(const struct req *rq, const char *name)
{
	char key[64] = "HTTP_";
	size_t i = 5;

	for (; *name != 0 && i < sizeof(key) - 1; name++)
		key[i++] =
		    *name == '-' ? '_' : (char)toupper((unsigned char)*name);
	key[i] = 0;
	return req_cgi(rq, key);
}

const char *
req_remote(const struct req *rq)
{
	const char *addr = req_cgi(rq, "REMOTE_ADDR");

	return *addr != 0 ? addr : NULL;
}

bool
req_gone(const struct req *rq)
{
	struct pollfd peer = { .fd = rq->fcgi->ipcFd, .events = POLLRDHUP };

	return poll(&peer, 1, 0) > 0;
}

bool
req_is_api(const struct req *rq)
{
	return rq->path != NULL && strncmp(rq->path, "/api/", 5) == 0;
}

enum { FIELDS_FIRST = 8 };

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent-decode n characters; false on a bad escape, a NUL, no UTF-8. */
static bool
decode(const char **out, struct arena *a, const char *s, size_t n, bool plus)
{
	char *to = arena_copy(a, s, n), *w = to;
	size_t i;

	for (i = 0; i < n; i++) {
		char c = s[i];

		if (c == '%') {
			int h, l;

			if (i + 2 >= n || (h = hex(s[i + 1])) < 0 ||
			    (l = hex(s[i + 2])) < 0 || h + l == 0)
				return false;
			c = (char)(h * 16 + l);
			i += 2;
		} else if (plus && c == '+') {
			c = ' ';
		}
		*w++ = c;
	}
	*w = 0;
	*out = to;
	return utf8_valid(to);
}

struct field *
fields_add(struct fields *f, struct arena *a)
{
	if (f->n == f->room) {
		size_t room = f->room > 0 ? f->room * 2 : FIELDS_FIRST;
		struct field *v = arena_array(a, room, sizeof(*v));

		if (f->n > 0)
			memcpy(v, f->v, f->n * sizeof(*v));
		f->v = v;
		f->room = room;
	}
	return &f->v[f->n++];
}

/* "a=1&b=2" into fields. */
static struct err *
fields_read(struct fields *f, struct arena *a, const char *s, size_t n)
{
	const char *end = s + n;

	while (s < end) {
		const char *amp = memchr(s, '&', (size_t)(end - s)), *eq;

		if (amp == NULL)
			amp = end;
		if ((eq = memchr(s, '=', (size_t)(amp - s))) == NULL)
			eq = amp;
		if (f->n == FIELDS_MAX)
			return err_raise(ERR_INPUT, "Too many fields.",
			    "more than %d fields", FIELDS_MAX);
		if (amp > s) {
			struct field *to = fields_add(f, a);
			const char *v = eq < amp ? eq + 1 : eq;

			if (!decode(&to->name, a, s, (size_t)(eq - s), true) ||
			    !decode(&to->value, a, v, (size_t)(amp - v), true))
				return err_raise(ERR_INPUT,
				    "A field is not encoded properly.",
				    "bad escape");
		}
		s = amp < end ? amp + 1 : end;
	}
	return NULL;
}

/* The parts of a form that are no files. */
static struct err *
parts_read(struct req *rq, const char *type)
{
	struct multipart m;
	struct part p;
	struct err *e;
	bool more;

	if ((e = multipart_open(&m, rq->arena, type, rq->body)) != NULL)
		return err_pass(e);
	for (;;) {
		struct field *to;

		if ((e = multipart_next(&more, &p, &m)) != NULL)
			return err_pass(e);
		if (!more)
			return NULL;
		if (p.file != NULL)
			continue;
		if (rq->form.n == FORM_PARTS_MAX)
			return err_raise(ERR_INPUT, "Too many fields.",
			    "more than %d parts", FORM_PARTS_MAX);
		to = fields_add(&rq->form, rq->arena);
		to->name = p.name;
		to->value = arena_copy(rq->arena, p.data.p, p.data.n);
		if (memchr(p.data.p, 0, p.data.n) != NULL ||
		    !utf8_valid(to->name) || !utf8_valid(to->value))
			return err_raise(ERR_INPUT,
			    "A field is not encoded properly.", "no UTF-8");
	}
}

/* The fields of a form, in whichever way it came. */
static struct err *
form_read(struct req *rq)
{
	const char *type = req_cgi(rq, "CONTENT_TYPE");
	struct err *e = NULL;

	if (!rq->child->app->pages || rq->body_err != NULL)
		return NULL;
	if (strncmp(type, "application/x-www-form-urlencoded", 33) == 0)
		e = fields_read(&rq->form, rq->arena, (const char *)rq->body.p,
		    rq->body.n);
	else if (multipart_is(type))
		e = parts_read(rq, type);
	return e != NULL ? err_pass(e) : NULL;
}

/* The session token out of the Cookie header: 64 hex digits, or nothing. */
static void
cookie_read(struct req *rq)
{
	const char *s = strstr(req_header(rq, "Cookie"), COOKIE "=");
	unsigned char *token = arena_alloc(rq->arena, 32);
	size_t i;

	if (s == NULL)
		return;
	s += strlen(COOKIE "=");
	for (i = 0; i < 32; i++) {
		int h = hex(s[0]), l = h < 0 ? -1 : hex(s[1]);

		if (l < 0)
			return;
		token[i] = (unsigned char)(h * 16 + l);
		s += 2;
	}
	rq->session = (struct bytes){ token, 32 };
}

static const struct {
	const char *name;
	enum verb verb;
	bool head;
} verbs[] = {
	{ "GET", GET, false },
	{ "HEAD", GET, true },
	{ "POST", POST, false },
	{ "PUT", PUT, false },
	{ "PATCH", PATCH, false },
	{ "DELETE", DELETE, false },
	{ "OPTIONS", OPTIONS, false },
};

static struct err *
verb_read(struct req *rq)
{
	const char *method = req_cgi(rq, "REQUEST_METHOD");
	size_t i;

	for (i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		if (strcmp(verbs[i].name, method) == 0) {
			rq->verb = verbs[i].verb;
			rq->head = verbs[i].head;
			return NULL;
		}
	}
	return err_raise(ERR_METHOD, "This method is not known.", "method");
}

struct err *
req_read(struct req *rq)
{
	struct err *e;

	/* What must outlive FCGX_Finish_r, or is asked for often. */
	rq->path = arena_text(rq->arena, req_cgi(rq, "DOCUMENT_URI"));
	rq->id = arena_text(rq->arena, req_cgi(rq, "REQUEST_ID"));
	rq->query_text = req_cgi(rq, "QUERY_STRING");
	/* The body is drained whatever else is wrong with the request. */
	if ((e = body_take(rq)) != NULL) {
		struct err *kept = arena_alloc(rq->arena, sizeof(*kept));

		*kept = *e;
		rq->body_err = kept;
	}
	if (!utf8_valid(rq->path))
		return err_raise(ERR_INPUT, "The address is not UTF-8.",
		    "path");
	if ((e = verb_read(rq)) != NULL ||
	    (e = fields_read(&rq->query, rq->arena, rq->query_text,
		 strlen(rq->query_text))) != NULL)
		return err_pass(e);
	cookie_read(rq);
	e = form_read(rq);
	return e != NULL ? err_pass(e) : NULL;
}

static const char *
find(const struct fields *f, const char *name)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		if (strcmp(f->v[i].name, name) == 0)
			return f->v[i].value;
	return NULL;
}

const char *
req_query(const struct req *rq, const char *name)
{
	return find(&rq->query, name);
}

const char *
req_form(const struct req *rq, const char *name)
{
	return find(&rq->form, name);
}

struct err *
req_file(struct bytes *file, const char **called, const struct req *rq,
    const char *name)
{
	const char *type = req_cgi(rq, "CONTENT_TYPE");
	struct multipart m;
	struct part p;
	struct err *e;
	bool more = true;

	if ((e = multipart_open(&m, rq->arena, type, rq->body)) != NULL)
		return err_pass(e);
	while (more) {
		if ((e = multipart_next(&more, &p, &m)) != NULL)
			return err_pass(e);
		if (!more || p.file == NULL || strcmp(p.name, name) != 0)
			continue;
		if (!utf8_valid(p.file))
			break;
		*file = p.data;
		*called = p.file;
		return NULL;
	}
	return err_say(err_raise(ERR_INPUT, "", "no file %s", name),
	    "%s: choose a file.", name);
}

const char *
req_typed(const struct req *rq, const char *name)
{
	const char *s = req_form(rq, name);
	size_t n;

	if (s == NULL)
		return "";
	s += strspn(s, " \t\r\n");
	for (n = strlen(s); n > 0 && strchr(" \t\r\n", s[n - 1]) != NULL;)
		n--;
	return arena_copy(rq->arena, s, n);
}

const char *
req_param(const struct req *rq, const char *name)
{
	return find(&rq->params, name);
}

int64_t
number_typed(const char *s, int64_t most)
{
	char *end;
	long long v;

	if (s == NULL || *s < '1' || *s > '9')
		return 0;
	errno = 0;
	v = strtoll(s, &end, 10);
	return errno == 0 && *end == 0 && v <= most ? v : 0;
}

double
real_typed(struct arena *a, const char *s)
{
	char *text = arena_copy(a, s, strlen(s)), *comma, *end;
	double v;

	if ((comma = strchr(text, ',')) != NULL)
		*comma = '.';
	v = strtod(text, &end);
	return *text != 0 && *end == 0 ? v : NAN;
}

struct err *
req_time(int64_t *out, const struct req *rq, const char *name, int64_t fallback)
{
	const char *s = req_query(rq, name);
	char *end;
	double v;

	*out = fallback;
	if (s == NULL || *s == 0 || clock_from_iso(out, s))
		return NULL;
	v = strtod(s, &end);
	if (end != s && *end == 0 && clock_from_number(out, v))
		return NULL;
	return err_say(err_raise(ERR_INPUT, "", "time field %s", name),
	    "%s: want a time as ISO 8601 with a zone "
	    "(2026-11-21T06:00:00Z) or as a Unix number.",
	    name);
}

struct err *
req_int(int64_t *out, const struct req *rq, const char *name, int64_t fallback,
    int64_t min, int64_t max)
{
	const char *s = req_query(rq, name);
	char *end;

	*out = fallback;
	if (s == NULL || *s == 0)
		return NULL;
	errno = 0;
	*out = strtoll(s, &end, 10);
	if (errno == 0 && end != s && *end == 0 && *out >= min && *out <= max)
		return NULL;
	return err_say(err_raise(ERR_INPUT, "", "integer field %s", name),
	    "%s: want a whole number from %lld to %lld.", name, (long long)min,
	    (long long)max);
}

struct db *
req_auth_db(const struct req *rq)
{
	return rq->child->auth;
}

void *
req_own(const struct req *rq)
{
	return rq->child->shared->own;
}

struct stats *
req_stats(const struct req *rq)
{
	return rq->child->shared->stats;
}

struct db *
req_db(const struct req *rq)
{
	return rq->child->db;
}

const struct web_conf *
req_conf(const struct req *rq)
{
	return rq->child->conf;
}
