/*
 * lib/intake/line: which lines are ones, and the points that they hold.
 */
#include "check.h"

#include <math.h>
#include <stdlib.h>

#include "base/buf.h"
#include "intake/line.h"

/* points: "name|tag=value|field:f=BITS|@time", a line each; NULL: refused. */
struct line_case {
	const char *text;
	size_t n;
	int64_t tick, now;
	const char *points;
};

#include "line_cases.h"

static int
by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static const char *
value_shown(struct arena *a, const struct jvalue *v)
{
	uint64_t bits;

	switch (v->kind) {
	case J_INT:
		return arena_printf(a, "i=%lld", (long long)v->i);
	case J_FALSE:
		return "b=false";
	case J_TRUE:
		return "b=true";
	case J_TEXT:
		return arena_printf(a, "s=%.*s", (int)v->text.n, v->text.p);
	default:
		memcpy(&bits, &v->d, sizeof(bits));
		if (v->d == 0)
			bits = 0;
		return arena_printf(a, "f=%016llx", (unsigned long long)bits);
	}
}

static void
line_shown(struct buf *b, struct arena *a, const struct line *l,
    const struct line_case *c)
{
	const char **tag = arena_array(a, l->n_tags + 1, sizeof(*tag));
	int64_t time = l->timed ? l->time * c->tick : c->now - c->now % c->tick;
	size_t i;

	for (i = 0; i < l->n_tags; i++)
		tag[i] = arena_printf(a, "%.*s=%.*s", (int)l->tag[i].key.n,
		    l->tag[i].key.p, (int)l->tag[i].value.n, l->tag[i].value.p);
	qsort(tag, l->n_tags, sizeof(*tag), by_bytes);
	buf_printf(b, "%s%.*s", b->n > 0 ? "\n" : "", (int)l->name.n,
	    l->name.p);
	for (i = 0; i < l->n_tags; i++)
		buf_printf(b, "|%s", tag[i]);
	for (i = 0; i < l->n_fields; i++)
		buf_printf(b, "|%.*s:%s", (int)l->field[i].key.n,
		    l->field[i].key.p, value_shown(a, &l->field[i].value));
	buf_printf(b, "|@%lld", (long long)time);
}

/* NULL: a line of it is refused. */
static const char *
points(struct arena *a, const struct line_case *c)
{
	struct buf b = buf_new(a, 256);
	bool bad = false;
	struct lines s;
	struct line l;

	lines_open(&s, a,
	    (struct bytes){ (const unsigned char *)c->text, c->n });
	while (lines_next(&l, &s)) {
		bad |= l.why != NULL;
		if (l.why == NULL)
			line_shown(&b, a, &l, c);
	}
	return bad ? NULL : (const char *)b.p;
}

static bool
holds(const struct line_case *c)
{
	struct arena *a = arena_new();
	const char *got = points(a, c);
	bool same = (got == NULL) == (c->points == NULL) &&
		    (got == NULL || strcmp(got, c->points) == 0);

	if (!same)
		(void)printf("%s\n  want %s\n  got  %s\n", c->text,
		    c->points != NULL ? c->points : "(refused)",
		    got != NULL ? got : "(refused)");
	arena_free(a);
	return same;
}

TEST(every_case_is_accepted_or_refused_and_its_points_are_equal)
{
	const struct line_case *c;

	for (c = line_golden; c->text != NULL; c++)
		CHECK(holds(c));
}

TEST(every_case_of_the_corpus_is_accepted_or_refused_alike)
{
	const struct line_case *c;

	for (c = line_corpus; c->text != NULL; c++)
		CHECK(holds(c));
}
