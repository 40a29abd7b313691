#include "web/multipart.h"

#include <string.h>
#include <strings.h>

enum { BOUNDARY_MAX = 70, HEAD_MAX = 8192 };

static const char form[] = "multipart/form-data";

/* What heads may be called. */
static const char token[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "0123456789!#$%&'*+-.^_`|~";

static struct err *
bad(const char *why)
{
	return err_raise(ERR_INPUT, "The form did not come whole.",
	    "multipart: %s", why);
}

bool
multipart_is(const char *type)
{
	size_t n = sizeof(form) - 1;

	return strncasecmp(type, form, n) == 0 &&
	       (type[n] == ';' || type[n] == ' ');
}

/*
 * A parameter's value behind name=, quoted or not; NULL: there is none.  s
 * stands on the ; before the first.
 */
static const char *
parameter(struct arena *a, const char *s, const char *name)
{
	size_t len = strlen(name);

	while ((s = strchr(s, ';')) != NULL) {
		bool is_it;
		const char *v;

		s++;
		s += strspn(s, " \t");
		is_it = strncasecmp(s, name, len) == 0 && s[len] == '=';
		s += strcspn(s, "=;");
		if (*s != '=')
			continue;
		v = ++s;
		if (*s != '"') {
			s += strcspn(s, "; \t");
			if (is_it)
				return arena_copy(a, v, (size_t)(s - v));
			continue;
		}
		for (v = ++s; *s != 0 && *s != '"'; s++)
			if (*s == '\\' && s[1] != 0)
				s++;
		if (is_it)
			return *s == '"' ? arena_copy(a, v, (size_t)(s - v))
					 : NULL;
	}
	return NULL;
}

/* Browsers write %22, %0D and %0A for what would end the head; others \". */
static const char *
plain(char *s)
{
	static const struct {
		char code[4], is;
	} codes[] = { { "%22", '"' }, { "%0D", '\r' }, { "%0A", '\n' } };
	char *w = s, *r;
	size_t i;

	for (r = s; *r != 0; w++) {
		*w = *r;
		for (i = 0; i < sizeof(codes) / sizeof(*codes); i++)
			if (strncasecmp(r, codes[i].code, 3) == 0) {
				*w = codes[i].is;
				r += 2;
				break;
			}
		if (*r == '\\' && (r[1] == '"' || r[1] == '\\'))
			*w = *++r;
		r++;
	}
	*w = 0;
	return s;
}

struct err *
multipart_open(struct multipart *m, struct arena *a, const char *type,
    struct bytes body)
{
	const char *boundary =
	    multipart_is(type) ? parameter(a, type, "boundary") : NULL;

	*m = (struct multipart){ .arena = a, .body = body };
	if (boundary == NULL || *boundary == 0 ||
	    strlen(boundary) > BOUNDARY_MAX ||
	    strpbrk(boundary, "\r\n") != NULL)
		return bad("no boundary");
	m->mark = arena_printf(a, "--%s", boundary);
	m->n_mark = strlen(m->mark);
	/* Line ends before the first boundary are let pass. */
	while (body.n - m->at >= 2 && memcmp(body.p + m->at, "\r\n", 2) == 0)
		m->at += 2;
	if (body.n - m->at < m->n_mark ||
	    memcmp(body.p + m->at, m->mark, m->n_mark) != 0)
		return bad("it does not begin with its boundary");
	m->at += m->n_mark;
	return NULL;
}

/* One head, without its line end. */
static struct err *
head(struct part *p, struct multipart *m, char *s)
{
	size_t n = strspn(s, token);
	const char *name, *file;

	if (n == 0 || s[n] != ':' || strpbrk(s, "\r\n") != NULL)
		return bad("a head is not well-formed");
	s[n++] = 0;
	n += strspn(s + n, " \t");
	if (strcasecmp(s, "Content-Transfer-Encoding") == 0 &&
	    strcasecmp(s + n, "binary") != 0 && strcasecmp(s + n, "8bit") != 0)
		return bad("a transfer encoding");
	if (strcasecmp(s, "Content-Disposition") != 0)
		return NULL;
	if (strncasecmp(s + n, "form-data", 9) != 0 ||
	    (name = parameter(m->arena, s + n, "name")) == NULL)
		return bad("a part without a name");
	p->name = plain(arena_text(m->arena, name));
	file = parameter(m->arena, s + n, "filename");
	p->file = file != NULL ? plain(arena_text(m->arena, file)) : NULL;
	return NULL;
}

/* All heads of a part, up to the empty line. */
static struct err *
heads(struct part *p, struct multipart *m)
{
	struct err *e;

	for (;;) {
		const unsigned char *from = m->body.p + m->at, *end;
		size_t left = m->body.n - m->at;

		if ((end = memmem(from, left, "\r\n", 2)) == NULL ||
		    end - from > HEAD_MAX ||
		    memchr(from, 0, (size_t)(end - from)) != NULL)
			return bad("a head has no end");
		m->at += (size_t)(end - from) + 2;
		if (end == from)
			break;
		if ((e = head(p, m,
			 arena_copy(m->arena, from, (size_t)(end - from)))) !=
		    NULL)
			return err_pass(e);
	}
	return p->name != NULL ? NULL : bad("a part without a name");
}

/* Up to a line end with the boundary behind it, and then -- or a line end. */
static struct err *
data(struct part *p, struct multipart *m)
{
	const char *mark = arena_printf(m->arena, "\r\n%s", m->mark);
	size_t n = m->n_mark + 2, from = m->at, at = m->at;

	/* An empty part's line end is that of its heads. */
	if (at >= 2)
		at -= 2;
	for (;;) {
		const unsigned char *end =
		    memmem(m->body.p + at, m->body.n - at, mark, n);
		size_t behind;

		if (end == NULL)
			return bad("the last boundary is missing");
		behind = (size_t)(end - m->body.p) + n;
		if (m->body.n - behind >= 2 &&
		    (memcmp(m->body.p + behind, "--", 2) == 0 ||
			memcmp(m->body.p + behind, "\r\n", 2) == 0)) {
			size_t stop = (size_t)(end - m->body.p);

			p->data = (struct bytes){ m->body.p + from,
				stop > from ? stop - from : 0 };
			m->at = behind;
			return NULL;
		}
		at = (size_t)(end - m->body.p) + 1;
	}
}

struct err *
multipart_next(bool *more, struct part *p, struct multipart *m)
{
	const unsigned char *at = m->body.p + m->at;
	size_t left = m->body.n - m->at;
	struct err *e;

	*more = false;
	if (m->ended)
		return NULL;
	if (left >= 2 && memcmp(at, "--", 2) == 0) {
		m->ended = true;
		return NULL;
	}
	if (left < 2 || memcmp(at, "\r\n", 2) != 0)
		return bad("the boundary has no end");
	m->at += 2;
	*p = (struct part){ 0 };
	if ((e = heads(p, m)) != NULL || (e = data(p, m)) != NULL)
		return err_pass(e);
	*more = true;
	return NULL;
}
