/* Reading a request: fields, cookie, body. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "web/internal.h"

static const char *
param(const struct req *rq, const char *name)
{
	const char *v = FCGX_GetParam(name, rq->fcgi->envp);

	return v != NULL ? v : "";
}

size_t
req_length(const struct req *rq)
{
	return strtoul(param(rq, "CONTENT_LENGTH"), NULL, 10);
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
	return param(rq, key);
}

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
		if (amp > s &&
		    (!decode(&f->v[f->n].name, a, s, (size_t)(eq - s), true) ||
			!decode(&f->v[f->n].value, a, eq < amp ? eq + 1 : eq,
			    (size_t)(amp - (eq < amp ? eq + 1 : eq)), true)))
			return err_raise(ERR_INPUT,
			    "A field is not encoded properly.", "bad escape");
		f->n += amp > s;
		s = amp < end ? amp + 1 : end;
	}
	return NULL;
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

#define SAY_LARGE "The body is too large."

/* The body as it comes; the rest of a larger one is read and dropped. */
static struct err *
body_read(struct buf *b, struct req *rq)
{
	FCGX_Stream *in = rq->fcgi->in;
	char piece[16384];
	bool large = false;
	int n;

	while ((n = FCGX_GetStr(piece, sizeof(piece), in)) > 0) {
		if (b->n + (size_t)n > BODY_MAX)
			large = true;
		else if (!large)
			buf_put(b, piece, (size_t)n);
	}
	if (large)
		return err_raise(ERR_TOO_BIG, SAY_LARGE, "more than %d bytes",
		    BODY_MAX);
	/* libfcgi takes a lost connection for the end of the body. */
	if (b->n < req_length(rq))
		return err_raise(ERR_BUSY,
		    "The body did not come whole; send it again.",
		    "%zu of %zu bytes", b->n, req_length(rq));
	return NULL;
}

/* gzip or zlib, by its own header; stops at INFLATED_MAX. */
static struct err *
inflate_body(struct buf *out, const struct buf *in)
{
	unsigned char piece[32768];
	z_stream z = { .next_in = in->p, .avail_in = (uInt)in->n };
	int r;

	if (inflateInit2(&z, 15 + 32) != Z_OK)
		return err_raise(ERR_BUG, "Something went wrong on our side.",
		    "inflateInit2");
	do {
		z.next_out = piece;
		z.avail_out = sizeof(piece);
		r = inflate(&z, Z_NO_FLUSH);
		if (out->n + sizeof(piece) - z.avail_out > INFLATED_MAX)
			break;
		buf_put(out, piece, sizeof(piece) - z.avail_out);
	} while (r == Z_OK && (z.avail_in > 0 || z.avail_out == 0));
	(void)inflateEnd(&z);
	if (r == Z_STREAM_END)
		return NULL;
	if (r == Z_OK && z.avail_in > 0)
		return err_raise(ERR_TOO_BIG, SAY_LARGE,
		    "more than %d bytes inflated", INFLATED_MAX);
	return err_raise(ERR_INPUT, "The compressed body is damaged or cut.",
	    "inflate: %s", z.msg != NULL ? z.msg : "truncated");
}

static struct err *
body_take(struct req *rq)
{
	const char *coding = req_header(rq, "Content-Encoding");
	struct buf raw = buf_new(rq->arena, 4096), plain;
	struct err *e;

	e = body_read(&raw, rq);
	rq->body = (struct bytes){ raw.p, raw.n };
	if (e != NULL)
		return err_pass(e);
	if (*coding == 0 || strcasecmp(coding, "identity") == 0)
		return NULL;
	if (strcasecmp(coding, "gzip") != 0 &&
	    strcasecmp(coding, "deflate") != 0)
		return err_raise(ERR_INPUT,
		    "Content-Encoding must be gzip, deflate or identity.",
		    "coding not known");
	plain = buf_new(rq->arena, raw.n * 4 + 4096);
	if ((e = inflate_body(&plain, &raw)) != NULL)
		return err_pass(e);
	rq->body = (struct bytes){ plain.p, plain.n };
	return NULL;
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
};

static struct err *
verb_read(struct req *rq)
{
	const char *method = param(rq, "REQUEST_METHOD");
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
	rq->path = arena_text(rq->arena, param(rq, "DOCUMENT_URI"));
	rq->id = arena_text(rq->arena, param(rq, "REQUEST_ID"));
	rq->query_text = param(rq, "QUERY_STRING");
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
	if (strncmp(param(rq, "CONTENT_TYPE"),
		"application/x-www-form-urlencoded", 33) == 0 &&
	    rq->child->app->pages && rq->body_err == NULL &&
	    (e = fields_read(&rq->form, rq->arena, (const char *)rq->body.p,
		 rq->body.n)) != NULL)
		return err_pass(e);
	return NULL;
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

const char *
req_param(const struct req *rq, const char *name)
{
	return find(&rq->params, name);
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
