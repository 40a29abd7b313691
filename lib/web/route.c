#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "web/internal.h"

static const char *const verb_names[] = {
	[GET] = "GET",
	[POST] = "POST",
	[PUT] = "PUT",
	[PATCH] = "PATCH",
	[DELETE] = "DELETE",
	[OPTIONS] = "OPTIONS",
};

/* By their bits. */
static const char *const guards[] = { "FRESH", "LOCAL", "BASIC", "PATHKEY" };

enum { GUARDS_TEXT = 32 };

/* The length of the segment that starts at s. */
static size_t
segment(const char *s)
{
	return strcspn(s, "/");
}

/* Does the path fit the pattern?  Its :names go to *params. */
static bool
matches(struct fields *params, struct arena *a, const char *pattern,
    const char *path)
{
	params->n = 0;
	while (*pattern == '/' && *path == '/') {
		size_t n = segment(++pattern), m = segment(++path);

		if (*pattern == ':' && m > 0 && params->n < PARAMS_MAX) {
			struct field *f = fields_add(params, a);

			f->name = arena_copy(a, pattern + 1, n - 1);
			f->value = arena_copy(a, path, m);
		} else if (n != m || memcmp(pattern, path, n) != 0) {
			return false;
		}
		pattern += n;
		path += m;
	}
	return *pattern == 0 && *path == 0;
}

struct err *
route_find(struct req *rq, const struct app *app, const char **allow)
{
	size_t i;

	*allow = NULL;
	for (i = 0; i < app->n; i++) {
		const struct route *r = &app->routes[i];

		if (!matches(&rq->params, rq->arena, r->path, rq->path))
			continue;
		if (r->verb == rq->verb) {
			rq->route = r;
			return NULL;
		}
		*allow = *allow == NULL ? verb_names[r->verb]
					: arena_printf(rq->arena, "%s, %s",
					      *allow, verb_names[r->verb]);
	}
	if (*allow != NULL)
		return err_raise(ERR_METHOD,
		    "This address does not take that method.", "allow %s",
		    *allow);
	return err_raise(ERR_MISSING, "There is nothing at this address.",
	    "no route");
}

/* "FRESH|LOCAL", or "PLAIN". */
static const char *
guards_text(char text[GUARDS_TEXT], unsigned guard)
{
	size_t i, n = 0;

	(void)snprintf(text, GUARDS_TEXT, "PLAIN");
	for (i = 0; i < sizeof(guards) / sizeof(*guards); i++)
		if ((guard & 1U << i) != 0)
			n += (size_t)snprintf(text + n, GUARDS_TEXT - n, "%s%s",
			    n > 0 ? "|" : "", guards[i]);
	return text;
}

void
routes_print(const struct app *app)
{
	static const char *const modes[] = { "TX_NONE", "TX_READ", "TX_WRITE" };
	char text[GUARDS_TEXT];
	size_t i;

	for (i = 0; i < app->n; i++) {
		const struct route *r = &app->routes[i];

		(void)printf("%s %s %s %s %s %s\n", app->name,
		    verb_names[r->verb], r->path, can_name(r->needs),
		    guards_text(text, r->guard), modes[r->tx]);
	}
}
