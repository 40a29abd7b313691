#include "cgi-bin/api/ask.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/member.h"

enum { LIST_MAX = 1000 };

size_t
ask_list(const char ***out, const struct req *rq, const char *name)
{
	size_t i, n = 0;

	*out = arena_array(rq->arena, LIST_MAX, sizeof(**out));
	for (i = 0; i < rq->query.n; i++) {
		const char *s = rq->query.v[i].value;

		if (strcmp(rq->query.v[i].name, name) != 0)
			continue;
		while (*s != 0 && n < LIST_MAX) {
			size_t len = strcspn(s, ",");

			if (len > 0)
				(*out)[n++] = arena_copy(rq->arena, s, len);
			s += len + (s[len] == ',');
		}
	}
	return n;
}

struct err *
ask_word(size_t *out, const struct req *rq, const char *name,
    const char *const *words)
{
	const char *s = req_query(rq, name), *all = words[0];
	size_t i;

	*out = 0;
	if (s == NULL || *s == 0)
		return NULL;
	for (i = 0; words[i] != NULL; i++) {
		if (strcmp(s, words[i]) == 0) {
			*out = i;
			return NULL;
		}
		if (i > 0)
			all = arena_printf(rq->arena, "%s, %s", all, words[i]);
	}
	return err_say(err_raise(ERR_INPUT, "", "word field %s", name),
	    "%s: want one of %s.", name, all);
}

struct err *
ask_sensors(struct ask *q, struct req *rq)
{
	const char *device = req_query(rq, "device"), **names;
	struct err *e;
	size_t i, k, n;

	if (device == NULL || *device == 0)
		return err_raise(ERR_INPUT, "device: this field is missing.",
		    "no device");
	if ((e = device_known(&q->device, &q->site, rq->tx, device)) != NULL)
		return err_pass(e);
	n = ask_list(&names, rq, "sensor");
	q->n = n > 0 ? n : q->device.n;
	q->sensor = arena_array(rq->arena, q->n + 1, sizeof(*q->sensor));
	q->id = arena_array(rq->arena, q->n + 1, sizeof(*q->id));
	for (i = 0; i < q->n; i++) {
		q->sensor[i] = n > 0 ? device_sensor(&q->device, names[i])
				     : &q->device.sensors[i];
		if (q->sensor[i] == NULL)
			return err_raise(ERR_MISSING,
			    "sensor: this device has no such sensor.", "%s",
			    names[i]);
		q->id[i] = q->sensor[i]->id;
		for (k = 0; k < i; k++)
			if (q->id[k] == q->id[i])
				return err_raise(ERR_INPUT,
				    "sensor: each may be named once.", "%s",
				    names[i]);
	}
	return NULL;
}

bool
ask_said(const struct req *rq, const char *name)
{
	const char *s = req_query(rq, name);

	return s != NULL && *s != 0;
}

struct err *
ask_span(struct ask *q, const struct req *rq)
{
	static const char *const orders[] = { "asc", "desc", NULL };
	int64_t now = env_now();
	struct err *e;
	size_t order;

	if ((e = req_time(&q->to, rq, "to", now)) != NULL ||
	    (e = req_time(&q->from, rq, "from", q->to - CLOCK_DAY)) != NULL ||
	    (e = ask_word(&order, rq, "order", orders)) != NULL)
		return err_pass(e);
	if (q->from >= q->to)
		return err_raise(ERR_INPUT, "from must be before to.", "span");
	q->newest_first = order == 1;
	q->is_closed =
	    ask_said(rq, "from") && ask_said(rq, "to") && q->to <= now;
	return NULL;
}

const char *
ask_about(struct arena *a, const struct ask *q)
{
	struct buf b = buf_new(a, 256);
	size_t i;

	buf_printf(&b, "%s %d %a %s", q->device.key, q->device.simulated,
	    q->device.told_s, q->site.zone);
	for (i = 0; i < q->n; i++)
		buf_printf(&b, " %s %s %s %s", q->sensor[i]->key,
		    q->sensor[i]->code, q->sensor[i]->unit, q->sensor[i]->kind);
	return (const char *)b.p;
}

bool
etag_known(struct req *rq, struct res *rs, const char *state)
{
	/* Weak, as nginx may compress what it stands for. */
	const char *etag = arena_printf(rq->arena, "W/\"%s\"", state);
	bool known = strstr(req_header(rq, "If-None-Match"), etag + 2) != NULL;

	res_header(rs, "ETag", etag);
	if (known)
		rs->status = 304;
	return known;
}

struct err *
state_known(bool *known, struct req *rq, struct res *rs,
    const struct state_of *of)
{
	const char *state;
	struct err *e;

	*known = false;
	if ((e = store_state(&state, rq->tx, of)) != NULL)
		return err_pass(e);
	*known = etag_known(rq, rs, state);
	return NULL;
}

/*
 * What the answer depends on.  Its facets are part of it: those that are
 * known may be older than the readings that they are made with.
 */
static struct err *
find_state(struct state_of *of, struct req *rq, const struct ask *q)
{
	struct buf about = buf_new(rq->arena, 512);
	struct facets facets;
	struct err *e;
	size_t i, k;

	if ((e = facets_known(&facets, rq->tx, q->id, q->n)) != NULL)
		return err_pass(e);
	buf_text(&about, ask_about(rq->arena, q));
	for (i = 0; i < facets.n; i++)
		for (k = 0; k < FACETS; k++)
			buf_printf(&about, " %d", facets.v[i].id[k]);
	*of = (struct state_of){ q->id, q->n, q->from, q->to,
		(const char *)about.p, q->is_folded };
	return NULL;
}

struct err *
ask_known(bool *known, struct req *rq, struct res *rs, const struct ask *q)
{
	struct state_of of;
	struct err *e;

	*known = false;
	rs->cache = "private, no-cache";
	if (!q->is_closed)
		return NULL;
	if ((e = find_state(&of, rq, q)) != NULL ||
	    (e = state_known(known, rq, rs, &of)) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
ask_state(bool *known, struct req *rq, struct res *rs, struct ask *q)
{
	struct state_of of;
	struct err *e;

	if (!q->is_closed || q->n == 0 ||
	    *req_header(rq, "If-None-Match") != 0) {
		e = ask_known(known, rq, rs, q);
		return e != NULL ? err_pass(e) : NULL;
	}
	*known = false;
	rs->cache = "private, no-cache";
	if ((e = find_state(&of, rq, q)) != NULL ||
	    (e = store_state_ask(&q->state, rq->tx, &of)) != NULL)
		return err_pass(e);
	return NULL;
}

void
ask_tag(struct req *rq, struct res *rs, const struct ask *q)
{
	if (q->state != NULL)
		(void)etag_known(rq, rs, store_state_text(q->state));
}

size_t
ask_place(const struct ask *q, int32_t id)
{
	size_t i = 0;

	while (i + 1 < q->n && q->id[i] != id)
		i++;
	return i;
}

struct series *
ask_series(struct arena *a, const struct ask *q, size_t n)
{
	struct series *v = arena_array(a, q->n + 1, sizeof(*v));
	size_t i;

	for (i = 0; i < q->n; i++) {
		v[i].sensor = q->id[i];
		v[i].silence = device_silence(&q->device);
		v[i].bucket = arena_room(a, n, sizeof(*v[i].bucket));
		v[i].missing = arena_room(a, n, sizeof(*v[i].missing));
	}
	return v;
}

double
coverage(int64_t from, int64_t to, int64_t missing)
{
	int64_t now = env_now(), width = (to < now ? to : now) - from;

	return width > 0 ? (double)(width - missing) / (double)width : NAN;
}

void
say_head(struct buf *b, const struct ask *q)
{
	member_text(b, "device", q->device.key);
	member_bool(b, "simulated", q->device.simulated);
	member_name(b, "from");
	say_time(b, q->from);
	member_name(b, "to");
	say_time(b, q->to);
}

void
say_time(struct buf *b, int64_t us)
{
	buf_byte(b, '"');
	clock_put(b, us);
	buf_byte(b, '"');
}

void
say_whose(struct buf *b, const struct sensor *s)
{
	member_text(b, "sensor", s->key);
	member_text(b, "sensorId", s->code);
	member_text(b, "unit", s->unit);
	member_text(b, "kind", s->kind);
}

static const double powers[] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9,
	1e10, 1e11, 1e12, 1e13, 1e14 };

/* Smaller and larger numbers keep their digits. */
static bool
is_short(double v)
{
	return fabs(v) >= 1e-3 && fabs(v) < 1e11;
}

/* The number of size v without its point, which has so many places behind. */
static int64_t
twelve_digits(int *places, double v)
{
	double size = fabs(v);

	for (*places = 14; *places > 0 && size * powers[*places] >= 1e12;)
		--*places;
	return llround(size * powers[*places]);
}

double
short_real(double v)
{
	int places;
	int64_t n;

	if (!is_short(v))
		return v;
	n = twelve_digits(&places, v);
	return copysign((double)n / powers[places], v);
}

void
put_short(struct buf *b, double v)
{
	int places;
	int64_t n;

	if (!is_short(v)) {
		member_put_real(b, v);
		return;
	}
	n = twelve_digits(&places, v);
	for (; places > 0 && n % 10 == 0; places--)
		n /= 10;
	member_put_decimal(b, v < 0, (uint64_t)n, places);
}

void
say_short(struct buf *b, const char *name, double v)
{
	member_name(b, name);
	put_short(b, v);
}

const char *
grain_name(enum grain g)
{
	static const char *const names[] = { "reading", "hour", "day" };

	return names[g];
}

void
say_grain(struct buf *b, const struct series *s)
{
	member_text(b, "resolution", grain_name(s->grain));
	if (s->grain == GRAIN_READING)
		return;
	member_name(b, "resolutionUntil");
	say_time(b, s->grain_to);
}

struct lost
ask_cut(const struct ask *q, struct lost g)
{
	if (g.from < q->from)
		g.from = q->from;
	if (g.to > q->to)
		g.to = q->to;
	return g;
}

void
say_gaps(struct buf *b, const struct ask *q, const struct losses *l,
    const char *reason)
{
	size_t i;

	for (i = 0; i < l->n; i++) {
		struct lost g = ask_cut(q, l->v[i]);

		member_comma(b);
		buf_byte(b, '{');
		member_name(b, "from");
		say_time(b, g.from);
		member_name(b, "to");
		say_time(b, g.to);
		member_text(b, "reason", reason);
		buf_byte(b, '}');
	}
}

void
say_facets(struct buf *b, const struct sample *s)
{
	static const char *const names[FACETS] = {
		[FACET_MIN] = "min",
		[FACET_MAX] = "max",
		[FACET_COUNT] = "count",
		[FACET_STDDEV] = "stdDev",
		[FACET_DECIMALS] = "decimals",
	};
	enum facet f;

	if (s->has == 0)
		return;
	if (sample_has(s, FACET_COUNT))
		member_real(b, "avg", s->r.value);
	for (f = 0; f < FACETS; f++)
		if (sample_has(s, f))
			member_real(b, names[f], s->facet[f]);
}
