#include "model/profile.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "model/profile_json.h"

#define MISTAKE "The device profile has a mistake."

enum { ID_MAX = 64 };

bool
name_ok(const char *s, const char *more)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_-";
	size_t n = strlen(s), i;

	if (n == 0 || n > ID_MAX || *s == '.')
		return false;
	for (i = 0; i < n; i++)
		if (strchr(letters, s[i]) == NULL && strchr(more, s[i]) == NULL)
			return false;
	return true;
}

/* Members named x-... are anybody's own notes: take them out. */
static void
notes_drop(json_t *o)
{
	const char *key;
	json_t *v;
	void *next;

	json_object_foreach_safe(o, next, key, v)
	{
		if (strncmp(key, "x-", 2) == 0)
			(void)json_object_del(o, key);
	}
}

struct err *
profile_wrong(const struct reader *r, const char *where, const char *what)
{
	return err_raise(ERR_INPUT, MISTAKE, "profile %s: %s: %s",
	    r->p->id != NULL ? r->p->id : "?", where, what);
}

/* The member that position of the format asks for; of each there are two. */
static const char *
member_at(const char *fmt, int position, va_list ap)
{
	const char *name = "";
	int i;

	for (i = 0; fmt[i] != 0 && i <= position; i++) {
		if (fmt[i] != '{' && fmt[i] != ',')
			continue;
		name = va_arg(ap, const char *);
		(void)va_arg(ap, void *);
	}
	return name;
}

struct err *
json_take(const struct reader *r, const char *where, json_t *o, const char *fmt,
    ...)
{
	const char *member;
	json_error_t je;
	va_list ap;
	int failed;

	if (!json_is_object(o))
		return profile_wrong(r, where, "want an object");
	notes_drop(o);
	va_start(ap, fmt);
	failed = json_vunpack_ex(o, &je, JSON_STRICT, fmt, ap);
	va_end(ap);
	if (!failed)
		return NULL;
	if (strncmp(je.text, "Expected", 8) != 0)
		return profile_wrong(r, where, je.text);
	va_start(ap, fmt);
	member = member_at(fmt, je.position, ap);
	va_end(ap);
	return profile_wrong(r, where,
	    arena_printf(r->arena, "%s: %s", member, je.text));
}

/* The points that are never all zero at once. */
static struct err *
zeros_read(const struct reader *r, json_t *o)
{
	const struct point *found;
	json_t *keys = NULL, *key;
	struct err *e;
	size_t i;

	if (o == NULL)
		return NULL;
	if ((e = json_take(r, "zero_frame", o, "{s:o}", "suspect_if_all_zero",
		 &keys)) != NULL)
		return err_pass(e);
	json_array_foreach(keys, i, key)
	{
		if (!json_is_string(key) ||
		    (found = profile_point(r->p, json_string_value(key))) ==
			NULL)
			return profile_wrong(r, "zero_frame", "no such point");
		r->p->points[found - r->p->points].zero_suspect = true;
	}
	return NULL;
}

static struct err *
limits_read(const struct reader *r, json_t *transport, json_t *limits)
{
	struct profile *p = r->p;
	const char *parity = "N";
	struct err *e;
	int alone = 0;

	p->timeout_ms = 1000;
	p->data_bits = 8;
	p->stop_bits = 1;
	p->max_words = 125;
	p->max_gap = 8;
	p->retries = p->baud = ABSENT;
	if (transport != NULL &&
	    (e = json_take(r, "transport", transport,
		 "{s?s, s?i, s?i, s?i, s?i, s?i}", "parity", &parity,
		 "data_bits", &p->data_bits, "stop_bits", &p->stop_bits,
		 "timeout_ms", &p->timeout_ms, "baud", &p->baud, "retries",
		 &p->retries)) != NULL)
		return err_pass(e);
	if (limits != NULL &&
	    (e = json_take(r, "limits", limits, "{s?i, s?i, s?i, s?b}",
		 "max_words", &p->max_words, "max_gap", &p->max_gap, "pause_ms",
		 &p->pause_ms, "one_request_per_point", &alone)) != NULL)
		return err_pass(e);
	p->one_request_per_point = alone != 0;
	if ((p->baud != ABSENT && (p->baud < 300 || p->baud > 4000000)) ||
	    (p->retries != ABSENT && (p->retries < 0 || p->retries > 9)))
		return profile_wrong(r, "transport", "out of bounds");
	p->baud = p->baud == ABSENT ? 0 : p->baud;
	p->retries = p->retries == ABSENT ? -1 : p->retries;
	if (strlen(parity) != 1 || strchr("NEO", *parity) == NULL ||
	    p->data_bits < 7 || p->data_bits > 8 || p->stop_bits < 1 ||
	    p->stop_bits > 2 || p->timeout_ms < 10 || p->timeout_ms > 10000)
		return profile_wrong(r, "transport", "out of bounds");
	p->parity = *parity;
	if (p->max_words < 1 || p->max_words > 125 || p->max_gap < 0 ||
	    p->max_gap > 125 || p->pause_ms < 0 || p->pause_ms > 1000)
		return profile_wrong(r, "limits", "out of bounds");
	return NULL;
}

static struct err *
defaults_read(struct reader *r, json_t *o)
{
	struct err *e;

	r->reg = "holding";
	r->order = "ABCD";
	r->p->poll_s = 10;
	if (o != NULL && (e = json_take(r, "defaults", o, "{s?s, s?s, s?F}",
			      "register", &r->reg, "byte_order", &r->order,
			      "poll_s", &r->p->poll_s)) != NULL)
		return err_pass(e);
	if (!(r->p->poll_s >= 0.01 && r->p->poll_s <= 86400))
		return profile_wrong(r, "defaults", "poll_s out of bounds");
	return NULL;
}

/* All but the vectors, which are left to whoever wants them run. */
static struct err *
head_read(struct reader *r, json_t *root, json_t **tests)
{
	json_t *defaults = NULL, *transport = NULL, *limits = NULL;
	json_t *points, *zeros = NULL;
	struct profile *p = r->p;
	const char *protocol;
	struct err *e;
	int format;

	p->source = "";
	r->addressing = "zero";
	if ((e = json_take(r, "profile", root,
		 "{s:i, s:s, s:s, s:s, s:s, s?s, s:s, s?s, s?o, s?o, s?o, s:o,"
		 " s?o, s?o}",
		 "fluxline_profile", &format, "id", &p->id, "version",
		 &p->version, "vendor", &p->vendor, "model", &p->model,
		 "source", &p->source, "protocol", &protocol, "addressing",
		 &r->addressing, "defaults", &defaults, "transport", &transport,
		 "limits", &limits, "points", &points, "zero_frame", &zeros,
		 "tests", tests)) != NULL)
		return err_pass(e);
	if (format != 1 || strcmp(protocol, "modbus") != 0)
		return profile_wrong(r, "profile", "want format 1, modbus");
	if (!name_ok(p->id, "."))
		return profile_wrong(r, "id", "letters, digits, . _ - only");
	if (!name_ok(p->version, "."))
		return profile_wrong(r, "version",
		    "letters, digits, . _ - only");
	if ((e = defaults_read(r, defaults)) != NULL ||
	    (e = limits_read(r, transport, limits)) != NULL ||
	    (e = points_read(r, points)) != NULL ||
	    (e = zeros_read(r, zeros)) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
profile_draft(struct profile **out, struct arena *a, json_t *root)
{
	struct reader r = { .arena = a };
	json_t *tests = NULL;
	struct err *e;

	r.p = arena_alloc(a, sizeof(*r.p));
	if ((e = head_read(&r, root, &tests)) != NULL)
		return err_pass(e);
	*out = r.p;
	return NULL;
}

static void
json_close(void *root)
{
	json_decref(root);
}

struct err *
profile_parse(struct profile **out, struct arena *a, const char *json, size_t n)
{
	struct reader r = { .arena = a };
	json_error_t je;
	json_t *root, *tests = NULL;
	struct err *e;

	r.p = arena_alloc(a, sizeof(*r.p));
	if (n > PROFILE_BYTES_MAX)
		return err_raise(ERR_TOO_BIG, MISTAKE, "profile: over %d bytes",
		    PROFILE_BYTES_MAX);
	root = json_loadb(json, n, JSON_REJECT_DUPLICATES, &je);
	if (root == NULL)
		return err_raise(ERR_INPUT, MISTAKE, "profile: line %d: %s",
		    je.line, je.text);
	/* The strings are borrowed from the tree, which stays. */
	arena_defer(a, json_close, root);
	if ((e = head_read(&r, root, &tests)) != NULL)
		return err_pass(e);
	/* A text is no reading: nothing would be polled. */
	if (r.p->n == 0)
		return profile_wrong(&r, "points", "they are texts only");
	if ((e = vectors_run(&r, tests)) != NULL)
		return err_pass(e);
	*out = r.p;
	return NULL;
}

struct err *
profile_load(struct profile **out, struct arena *a, const char *dir,
    const char *id)
{
	const char *path = arena_printf(a, "%s/%s.json", dir, id);
	char *text = arena_alloc(a, PROFILE_BYTES_MAX + 1);
	struct err *e;
	FILE *f;
	size_t n;

	if (!name_ok(id, ".") || (f = fopen(path, "re")) == NULL)
		return err_raise(ERR_MISSING, "There is no such profile.",
		    "profile %s: %s", id, strerror(errno));
	n = fread(text, 1, PROFILE_BYTES_MAX + 1, f);
	(void)fclose(f);
	if (n > PROFILE_BYTES_MAX)
		return err_raise(ERR_TOO_BIG, MISTAKE,
		    "profile %s: over %d "
		    "bytes",
		    id, PROFILE_BYTES_MAX);
	if ((e = profile_parse(out, a, text, n)) != NULL)
		return err_pass(e);
	if (strcmp((*out)->id, id) != 0)
		return err_raise(ERR_INPUT, MISTAKE,
		    "profile %s: the file says it is %s", id, (*out)->id);
	return NULL;
}

struct err *
profile_own_check(struct arena *a, const char *dir, const struct profile *p)
{
	struct profile *shipped;

	if (profile_load(&shipped, a, dir, p->id) != NULL ||
	    strcmp(shipped->version, p->version) != 0)
		return NULL;
	return err_raise(ERR_CONFLICT,
	    "version: a shipped profile has it; choose another.",
	    "profile %s %s", p->id, p->version);
}

const struct point *
profile_point(const struct profile *p, const char *key)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (strcmp(p->points[i].key, key) == 0)
			return &p->points[i];
	return NULL;
}

bool
point_is_windowed(const struct point *p)
{
	return p->window_s > 0 && p->type != POINT_BIT &&
	       strcmp(p->kind, "gauge") == 0;
}

double
profile_silence_s(const struct profile *p, double poll_s)
{
	double most = poll_s;
	size_t i;

	for (i = 0; i < p->n; i++) {
		const struct point *pt = &p->points[i];

		most = fmax(most, poll_s > 0 ? 0 : pt->poll_s);
		most = fmax(most, fmax(pt->max_s, pt->window_s));
	}
	return most;
}
