/* meter: what a counter's readings cannot say, its modulus and exchanges. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "fluxctl/fluxctl.h"
#include "query.h"

enum { SWAPS_MAX = 1000 };

struct meter {
	int sensor;
	const char *code, *unit, *kind;
	double wrap;   /* 0: unknown */
	bool is_fresh; /* its hours and days know all that was said */
	bool has_floor;
	int64_t floor; /* readings before it are gone */
	char **args;   /* behind the verb */
};

/* The sensor args[2] of the device args[1]. */
static struct err *
find(struct meter *m, struct ctl *c)
{
	const char *device = c->args[1], *sensor = c->args[2];
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, c->tx, &q_meter_find,
		 ARGS(A((int)tx_who(c->tx)->tenant), A(device), A(sensor)))) !=
	    NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return err_raise(ERR_MISSING, "There is no such device.", "%s",
		    device);
	if (rows_null(r, 0, METER_FIND_SENSOR_ID))
		return err_raise(ERR_MISSING, "The device has no such sensor.",
		    "%s of %s", sensor, device);
	m->sensor = (int)rows_int(r, 0, METER_FIND_SENSOR_ID);
	m->code = rows_text(r, 0, METER_FIND_CODE);
	m->unit = rows_text(r, 0, METER_FIND_UNIT);
	m->kind = rows_text(r, 0, METER_FIND_KIND);
	m->wrap = rows_real(r, 0, METER_FIND_WRAP);
	m->is_fresh = rows_int(r, 0, METER_FIND_MARKS) == 0;
	m->has_floor = !rows_null(r, 0, METER_FIND_FLOOR);
	m->floor = rows_time(r, 0, METER_FIND_FLOOR);
	return NULL;
}

/* Only a counter counts; what was said of another can still be taken back. */
static struct err *
need_counter(const struct meter *m)
{
	if (strcmp(m->kind, "counter") == 0)
		return NULL;
	return err_raise(ERR_REFUSED,
	    "Only a counter goes over its top or is exchanged.", "%s is a %s",
	    m->code, m->kind);
}

static struct err *
value(double *out, const char *text, const char *what)
{
	char *end;

	*out = strtod(text, &end);
	if (end == text || *end != 0 || !isfinite(*out))
		return err_raise(ERR_INPUT, "This is not a number.", "%s: %s",
		    what, text);
	return NULL;
}

static struct err *
instant(int64_t *out, const char *text)
{
	if (!clock_from_iso(out, text))
		return err_raise(ERR_INPUT,
		    "TIME is an ISO 8601 time with its zone.", "%s", text);
	if (*out < 0 || *out > env_now())
		return err_raise(ERR_INPUT, "TIME lies between 1970 and now.",
		    "%s", text);
	return NULL;
}

/* What happens next; from is the first instant that has another meaning. */
static void
tell(struct ctl *c, const struct meter *m, int64_t from)
{
	(void)printf("its hours and days are reckoned anew by the worker\n");
	if (m->has_floor && from < m->floor)
		(void)printf("but those before %s stay as they are: the "
			     "readings are gone\n",
		    clock_iso(c->arena, m->floor));
}

static void
print_wrap(const struct meter *m)
{
	if (m->wrap > 0)
		(void)printf("%s wraps at %.15g %s\n", m->code, m->wrap,
		    m->unit);
	else
		(void)printf("%s has no wrap\n", m->code);
}

static struct err *
show(struct ctl *c, const struct meter *m)
{
	struct rows *r;
	struct err *e;
	int i;

	if ((e = tx_rows(&r, c->tx, &q_meter_swaps,
		 ARGS(A((int)tx_who(c->tx)->tenant), A(m->sensor),
		     A(SWAPS_MAX)))) != NULL)
		return err_pass(e);
	print_wrap(m);
	for (i = 0; i < rows_count(r); i++)
		(void)printf("swapped at %s: last %.15g, first %.15g\n",
		    clock_iso(c->arena, rows_time(r, i, METER_SWAPS_AT)),
		    rows_real(r, i, METER_SWAPS_OLD_LAST),
		    rows_real(r, i, METER_SWAPS_NEW_FIRST));
	if (i == 0)
		(void)printf("never swapped\n");
	(void)printf("hours and days: %s\n",
	    m->is_fresh ? "up to date" : "being reckoned anew");
	return NULL;
}

static struct err *
wrap(struct ctl *c, struct meter *m)
{
	bool none = strcmp(m->args[0], "none") == 0;
	double was = m->wrap;
	struct err *e;

	m->wrap = 0;
	if (!none && ((e = need_counter(m)) != NULL ||
			 (e = value(&m->wrap, m->args[0], "VALUE")) != NULL))
		return err_pass(e);
	if (!none && m->wrap <= 0)
		return err_raise(ERR_INPUT, "A counter wraps above 0.", "%s",
		    m->args[0]);
	if ((e = tx_send(c->tx, &q_meter_wrap,
		 ARGS(A((int)tx_who(c->tx)->tenant), A(m->sensor),
		     none ? arg_null() : A(m->wrap)))) != NULL)
		return err_pass(e);
	print_wrap(m);
	if (m->wrap < was || m->wrap > was)
		tell(c, m, INT64_MIN);
	return NULL;
}

static struct err *
swap(struct ctl *c, struct meter *m)
{
	double last, first;
	struct err *e;
	int64_t at;

	if ((e = need_counter(m)) != NULL ||
	    (e = instant(&at, m->args[0])) != NULL ||
	    (e = value(&last, m->args[1], "LAST")) != NULL ||
	    (e = value(&first, m->args[2], "FIRST")) != NULL ||
	    (e = tx_send(c->tx, &q_meter_swap,
		 ARGS(A((int)tx_who(c->tx)->tenant), A(m->sensor), A_TIME(at),
		     A(last), A(first)))) != NULL)
		return err_pass(e);
	(void)printf("%s swapped at %s: last %.15g, first %.15g %s\n", m->code,
	    clock_iso(c->arena, at), last, first, m->unit);
	tell(c, m, at);
	return NULL;
}

static struct err *
unswap(struct ctl *c, struct meter *m)
{
	struct rows *r;
	struct err *e;
	int64_t at;

	if ((e = instant(&at, m->args[0])) != NULL ||
	    (e = tx_rows(&r, c->tx, &q_meter_unswap,
		 ARGS(A((int)tx_who(c->tx)->tenant), A(m->sensor),
		     A_TIME(at)))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return err_raise(ERR_MISSING,
		    "The meter was not swapped at that time.", "%s at %s",
		    m->code, m->args[0]);
	(void)printf("%s not swapped at %s\n", m->code,
	    clock_iso(c->arena, at));
	tell(c, m, at);
	return NULL;
}

static const struct {
	const char *word;
	struct err *(*run)(struct ctl *, struct meter *);
	int args; /* behind the word */
} verbs[] = {
	{ "wrap", wrap, 1 },
	{ "swap", swap, 3 },
	{ "unswap", unswap, 1 },
};

struct err *
ctl_meter(struct ctl *c)
{
	struct meter m = { 0 };
	struct err *e;
	size_t i;

	if ((e = find(&m, c)) != NULL)
		return err_pass(e);
	if (c->n == 3) {
		e = show(c, &m);
		return e != NULL ? err_pass(e) : NULL;
	}
	m.args = c->args + 4;
	for (i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		if (strcmp(verbs[i].word, c->args[3]) != 0 ||
		    c->n != 4 + verbs[i].args)
			continue;
		e = verbs[i].run(c, &m);
		return e != NULL ? err_pass(e) : NULL;
	}
	return err_raise(ERR_INPUT,
	    "Say wrap VALUE|none, swap TIME LAST FIRST or unswap TIME.", "%s",
	    c->args[3]);
}
