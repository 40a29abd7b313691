/*
 * hostile TIMES SEED - bodies through every decoder, as they are and mutated.
 *
 * Bodies come on standard input, each behind its length in four bytes, the
 * least first.  Each is read as every format there is and as what it tells of
 * itself, and then TIMES more, damaged anyhow.  Says how many that were, how
 * many were taken, and how long all and the slowest lasted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/unit/hostile.h"

enum { BODIES_MAX = 20000, FORMATS_END = 64 };

static uint64_t state;

static uint64_t
draw(uint64_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return below > 0 ? state % below : 0;
}

/* Our own: what else the machine does is none of it. */
static int64_t
us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* ---- what came, and its damage ---- */

struct bodies {
	struct bytes v[BODIES_MAX];
	size_t n;
};

static bool
read_one(struct bytes *to, struct arena *a)
{
	unsigned char head[4], *p;
	size_t n;

	if (fread(head, 1, 4, stdin) != 4)
		return false;
	n = head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16;
	if (head[3] != 0)
		exit(2);
	p = arena_alloc(a, n + 1);
	if (fread(p, 1, n, stdin) != n)
		exit(2);
	*to = (struct bytes){ p, n };
	return true;
}

/* A part of a body put into a part of another, or what breaks parsers. */
static struct bytes
damaged(struct arena *a, const struct bodies *all, struct bytes body)
{
	static const char *const texts[] = { "\"", "{", "}", "[", "]", ",", ":",
		"\\", "\\u0000", "\\ud800", "\n", " ",
		"\"value\":", "\"ts\":", "=", "i", "u", "%", "\x1e", "\xff",
		"\xed\xa0\x80" };
	struct bytes other = all->v[draw(all->n)], put;
	size_t at = draw(body.n + 1), gone = draw(9), from;
	struct buf b = buf_new(a, body.n + 256);

	if (gone > body.n - at || draw(20) == 0)
		gone = body.n - at;
	from = draw(other.n + 1);
	put = (struct bytes){ other.p + from,
		draw(64 < other.n - from ? 64 : other.n - from + 1) };
	if (draw(2) == 0) {
		const char *s = texts[draw(sizeof(texts) / sizeof(*texts))];

		put = (struct bytes){ (const unsigned char *)s, strlen(s) };
	}
	buf_put(&b, body.p, at);
	if (draw(4) == 0) /* twice */
		buf_put(&b, body.p + at, gone);
	else
		buf_put(&b, put.p, put.n);
	buf_put(&b, body.p + at + gone, body.n - at - gone);
	return (struct bytes){ b.p, b.n };
}

/* The text or number that stands at or behind this place; n = 0: none. */
static struct bytes
token_from(struct bytes body, size_t at)
{
	size_t end;

	while (at < body.n && body.p[at] != '"' &&
	       (body.p[at] < '0' || body.p[at] > '9'))
		at++;
	end = at < body.n ? at + 1 : at;
	if (at < body.n && body.p[at] == '"') {
		while (end < body.n && body.p[end] != '"')
			end += body.p[end] == '\\' ? 2 : 1;
		end = end < body.n ? end + 1 : body.n;
	} else {
		while (end < body.n && body.p[end] >= '.' && body.p[end] <= '9')
			end++;
	}
	return (struct bytes){ body.p + at, end - at };
}

/* A text or number of it is another one, and the rest is as it was. */
static struct bytes
exchanged(struct arena *a, const struct bodies *all, struct bytes body)
{
	static const char *const texts[] = { "null", "true", "[]", "{}", "\"\"",
		"-0", "1e308", "-1e-308", "99999999999999999999", "\"NaN\"",
		"\"1e999\"", "9007199254740993", "[1]", "{\"a\":1}", "\"\\n\"",
		"-9223372036854775808", "18446744073709551615", "0.1",
		"1700000000", "\"2025-11-21T06:00:00Z\"", "253402300800",
		"\"a\\u0001\"" };
	struct bytes other = all->v[draw(all->n)];
	struct bytes old = token_from(body, draw(body.n + 1));
	struct bytes put = token_from(other, draw(other.n + 1));
	struct buf b = buf_new(a, body.n + put.n + 64);

	if (put.n == 0 || draw(2) == 0) {
		const char *s = texts[draw(sizeof(texts) / sizeof(*texts))];

		put = (struct bytes){ (const unsigned char *)s, strlen(s) };
	}
	buf_put(&b, body.p, (size_t)(old.p - body.p));
	buf_put(&b, put.p, put.n);
	buf_put(&b, old.p + old.n, (size_t)(body.p + body.n - old.p) - old.n);
	return (struct bytes){ b.p, b.n };
}

/* Changed once or several times. */
static struct bytes
mutated(struct arena *a, const struct bodies *all, struct bytes body)
{
	do {
		body = draw(3) == 0 ? damaged(a, all, body)
				    : exchanged(a, all, body);
	} while (draw(3) == 0);
	return body;
}

/* ---- the run ---- */

struct trial {
	struct arena *arena; /* of one body */
	const struct roster *roster;
	size_t n, taken;
	int64_t slowest;
};

/* An exact copy, so that a read beyond its end is seen. */
static struct bytes
exact(struct bytes body)
{
	unsigned char *p = malloc(body.n > 0 ? body.n : 1);

	if (p == NULL)
		exit(2);
	memcpy(p, body.p, body.n);
	return (struct bytes){ p, body.n };
}

static void
once(struct trial *r, const struct format *f, struct bytes body)
{
	struct bytes copy = exact(body);
	int64_t began = us(), took;
	const char *why;
	bool taken;

	why = hostile_fault(&taken, r->arena, r->roster, f, copy);
	took = us() - began;
	if (why == NULL && memcmp(copy.p, body.p, body.n) != 0)
		why = "a body is not changed";
	if (why != NULL) {
		(void)fprintf(stderr, "%s, as %s: %.*s\n", why,
		    f != NULL ? f->name : "what it tells", (int)body.n,
		    (const char *)body.p);
		exit(1);
	}
	free((void *)(uintptr_t)copy.p);
	arena_reset(r->arena);
	r->slowest = took > r->slowest ? took : r->slowest;
	r->taken += taken;
	r->n++;
}

static void
as_every_format(struct trial *r, struct bytes body)
{
	const struct format *f;
	int i;

	once(r, NULL, body);
	for (i = 1; i < FORMATS_END; i++)
		if ((f = format_numbered(i)) != NULL && f->decode != NULL)
			once(r, f, body);
}

int
main(int argc, char **argv)
{
	struct arena *kept = arena_new(), *scratch = arena_new();
	struct bodies *all = arena_alloc(kept, sizeof(*all));
	struct trial r = { .arena = arena_new() };
	int times = argc > 1 ? atoi(argv[1]) : 1, k;
	int64_t began;
	size_t i;

	state = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	r.roster = hostile_roster(kept);
	while (all->n < BODIES_MAX && read_one(&all->v[all->n], kept))
		all->n++;
	began = us();
	for (i = 0; i < all->n; i++) {
		struct bytes body = all->v[i];

		as_every_format(&r, body);
		for (k = 0; k < times; k++) {
			as_every_format(&r, mutated(scratch, all, body));
		}
		arena_reset(scratch);
	}
	(void)printf("bodies %zu taken %zu seconds %.2f slowest_ms %.1f\n", r.n,
	    r.taken, (double)(us() - began) / 1e6, (double)r.slowest / 1e3);
	arena_free(r.arena);
	arena_free(scratch);
	arena_free(kept);
	return 0;
}
