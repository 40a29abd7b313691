#include "cgi-bin/api/ask.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "web/member.h"

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
	if ((e = device_load(&q->device, &q->site, rq->tx, device)) != NULL)
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

static bool
is_said(const struct req *rq, const char *name)
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
	q->is_closed = is_said(rq, "from") && is_said(rq, "to") && q->to <= now;
	return NULL;
}

/* What of the registry an answer shows, as one text. */
static const char *
about(struct arena *a, const struct ask *q)
{
	struct buf b = buf_new(a, 256);
	size_t i;

	buf_printf(&b, "%s %d %a %s", q->device.key, q->device.simulated,
	    q->device.period_s, q->site.zone);
	for (i = 0; i < q->n; i++)
		buf_printf(&b, " %s %s %s %s", q->sensor[i]->key,
		    q->sensor[i]->code, q->sensor[i]->unit, q->sensor[i]->kind);
	return (const char *)b.p;
}

struct err *
ask_known(bool *known, struct req *rq, struct res *rs, const struct ask *q)
{
	struct state_of of = { q->id, q->n, q->from, q->to,
		about(rq->arena, q) };
	const char *state, *etag;
	struct err *e;

	*known = false;
	rs->cache = "private, no-cache";
	if (!q->is_closed)
		return NULL;
	if ((e = store_state(&state, rq->tx, &of)) != NULL)
		return err_pass(e);
	/* Weak, as nginx may compress what it stands for. */
	etag = arena_printf(rq->arena, "W/\"%s\"", state);
	res_header(rs, "ETag", etag);
	*known = strstr(req_header(rq, "If-None-Match"), etag + 2) != NULL;
	if (*known)
		rs->status = 304;
	return NULL;
}

const struct sensor *
ask_sensor(const struct ask *q, int32_t id)
{
	size_t i = 0;

	while (i + 1 < q->n && q->id[i] != id)
		i++;
	return q->sensor[i];
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

/* n digits of v, with what stands behind them. */
static unsigned char *
digits(unsigned char *p, int64_t v, int n, char behind)
{
	int i;

	for (i = n; i-- > 0; v /= 10)
		p[i] = (unsigned char)('0' + v % 10);
	p[n] = (unsigned char)behind;
	return p + n + 1;
}

void
say_time(struct buf *b, int64_t us)
{
	int64_t day = us / CLOCK_DAY - (us % CLOCK_DAY < 0), part, s;
	/* Years from March on, in eras of 400: the leap day comes last. */
	int64_t z = day + 719468, era = z / 146097, doe = z % 146097;
	int64_t year = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * doy + 2) / 153;
	unsigned char *start = buf_room(b, 40), *p = start;

	if (z < 0) {
		buf_printf(b, "\"%s\"", clock_iso(b->arena, us));
		return;
	}
	part = us - day * CLOCK_DAY;
	s = part / CLOCK_S;
	part %= CLOCK_S;
	*p++ = '"';
	p = digits(p, year + era * 400 + (month >= 10), 4, '-');
	p = digits(p, month < 10 ? month + 3 : month - 9, 2, '-');
	p = digits(p, doy - (153 * month + 2) / 5 + 1, 2, 'T');
	p = digits(p, s / 3600, 2, ':');
	p = digits(p, s / 60 % 60, 2, ':');
	p = digits(p, s % 60, 2, '.');
	if (part % CLOCK_MS == 0)
		p = digits(p, part / CLOCK_MS, 3, 'Z');
	else
		p = digits(p, part, 6, 'Z');
	*p++ = '"';
	b->n += (size_t)(p - start);
	b->p[b->n] = 0;
}

static const double powers[] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9,
	1e10, 1e11 };

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

	for (*places = 11; *places > 0 && size >= powers[12 - *places];)
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
say_short(struct buf *b, const char *name, double v)
{
	char s[32], *p = s + sizeof(s);
	int places, i;
	int64_t n;

	if (!is_short(v)) {
		member_real(b, name, v);
		return;
	}
	n = twelve_digits(&places, v);
	for (; places > 0 && n % 10 == 0; places--)
		n /= 10;
	for (i = 0; i <= places || n > 0; i++, n /= 10) {
		if (i == places && places > 0)
			*--p = '.';
		*--p = (char)('0' + n % 10);
	}
	if (v < 0)
		*--p = '-';
	member_name(b, name);
	buf_put(b, p, (size_t)(s + sizeof(s) - p));
}

void
say_gaps(struct buf *b, const struct ask *q, const struct losses *l,
    const char *reason)
{
	size_t i;

	for (i = 0; i < l->n; i++) {
		struct lost g = l->v[i];

		member_comma(b);
		buf_byte(b, '{');
		member_name(b, "from");
		say_time(b, g.from > q->from ? g.from : q->from);
		member_name(b, "to");
		say_time(b, g.to < q->to ? g.to : q->to);
		member_text(b, "reason", reason);
		buf_byte(b, '}');
	}
}

void
say_facets(struct buf *b, const struct sample *s)
{
	static const struct {
		enum facet facet;
		const char *name;
	} members[] = {
		{ FACET_MIN, "min" },
		{ FACET_MAX, "max" },
		{ FACET_COUNT, "count" },
		{ FACET_STDDEV, "stdDev" },
	};
	size_t i;

	if (s->has == 0)
		return;
	member_real(b, "avg", s->r.value);
	for (i = 0; i < sizeof(members) / sizeof(*members); i++)
		if (sample_has(s, members[i].facet))
			member_real(b, members[i].name,
			    s->facet[members[i].facet]);
}
