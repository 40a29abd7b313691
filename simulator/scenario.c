#include "simulator/scenario.h"

#include <jansson.h>
#include <string.h>

#include "base/clock.h"

enum { HOLD_S = 60, COLUMNS = COLUMNS_MAX, SEED_STEP = 1000 };

#define SAY "The scenario is not understood."

/* Where we are in the file, and what all units share. */
struct reader {
	struct scenario *s;
	struct arena *a;
	const char *path, *profiles;
	int hold_s;
};

static void
release(void *j)
{
	json_decref(j);
}

/* The same error, with the file and the member it is about. */
static struct err *
about(const struct reader *r, const struct err *e, const char *what, size_t i)
{
	const char *why = arena_text(r->a, e->why);

	return err_raise(ERR_INPUT, SAY, "%s: %s[%zu]: %s", r->path, what, i,
	    why);
}

static struct err *
recording_read(struct unit *u, struct arena *a, const char *path,
    const json_t *columns)
{
	const char *names[COLUMNS];
	size_t n = json_array_size(columns), i;
	struct err *e;

	if (path == NULL)
		return NULL;
	if (n > COLUMNS)
		return err_raise(ERR_INPUT, SAY, "columns: %zu of them", n);
	for (i = 0; i < n; i++) {
		names[i] = json_string_value(json_array_get(columns, i));
		if (names[i] == NULL)
			return err_raise(ERR_INPUT, SAY, "columns are names");
	}
	if ((e = recording_load(&u->recording, a, path, n > 0 ? names : NULL,
		 n)) != NULL)
		return err_pass(e);
	return NULL;
}

/* What a unit does when nobody spoils it. */
static struct err *
behave(struct unit *u, struct arena *a, const char *model)
{
	size_t i;

	u->model =
	    model != NULL ? arena_text(a, model) : model_for(u->profile->id);
	if (!model_known(u->model))
		return err_raise(ERR_INPUT, SAY, "model: %s is not known",
		    u->model);
	u->of = arena_array(a, u->profile->n, sizeof(*u->of));
	for (i = 0; i < u->profile->n; i++)
		u->of[i] = model_behaviour(u->model, u->seed,
		    u->profile->points[i].key);
	return NULL;
}

/* The numbers of a unit, before it is known how many of it there are. */
struct plain {
	const char *profile, *model, *recording, *fault;
	json_t *columns;
	json_int_t seed;
	int count, first_row;
	double row_s;
};

static struct err *
plain_check(const struct plain *p, const struct unit *u)
{
	const char *wrong = NULL;

	if (u->id < 0 || p->count < 1 || u->id + p->count > UNIT_ID_MAX + 1)
		wrong = "unit: from 0 to 255, with all its count";
	else if (u->every < 1)
		wrong = "every: must be above 0";
	else if (p->first_row < 0 || p->row_s < 0 || p->row_s > 1e9)
		wrong = "first_row, row_s: must not be below 0";
	return wrong != NULL ? err_raise(ERR_INPUT, SAY, "%s", wrong) : NULL;
}

static struct err *
plain_read(struct plain *p, struct unit *u, json_t *j)
{
	json_error_t je;

	*p = (struct plain){ .fault = "none", .seed = -1, .count = 1 };
	u->every = 1;
	if (json_unpack_ex(j, &je, JSON_STRICT,
		"{s:i, s:s, s?s, s?I, s?s, s?o, s?s, s?i, s?i, s?F, s?i}",
		"unit", &u->id, "profile", &p->profile, "model", &p->model,
		"seed", &p->seed, "recording", &p->recording, "columns",
		&p->columns, "fault", &p->fault, "every", &u->every, "count",
		&p->count, "row_s", &p->row_s, "first_row", &p->first_row) != 0)
		return err_raise(ERR_INPUT, SAY, "%s", je.text);
	return plain_check(p, u);
}

/* The devices of that profile are alike but for number and seed. */
static struct err *
spread(struct reader *r, const struct unit *one, const struct plain *p)
{
	struct scenario *s = r->s;
	struct err *e;
	int k;

	for (k = 0; k < p->count; k++) {
		struct unit *u = &s->units[s->n];

		*u = *one;
		u->id = one->id + k;
		u->seed = (uint64_t)(p->seed >= 0 ? p->seed + k : u->id);
		if (s->at[u->id] >= 0)
			return err_raise(ERR_INPUT, SAY,
			    "unit: there is a unit %d already", u->id);
		if (u->recording == NULL &&
		    (e = behave(u, r->a, p->model)) != NULL)
			return err_pass(e);
		s->at[u->id] = (int16_t)s->n++;
	}
	return NULL;
}

static struct err *
unit_take(struct reader *r, json_t *j)
{
	struct unit u = { .play = &r->s->play,
		.arena = r->a,
		.hold = (int64_t)r->hold_s * CLOCK_S };
	struct profile *profile;
	struct plain p;
	struct err *e;

	if ((e = plain_read(&p, &u, j)) != NULL ||
	    (e = deed_read(&u.fault, p.fault)) != NULL ||
	    (e = profile_load(&profile, r->a, r->profiles, p.profile)) !=
		NULL ||
	    (e = recording_read(&u, r->a, p.recording, p.columns)) != NULL)
		return err_pass(e);
	if (u.fault > DEED_DRIP)
		return err_raise(ERR_INPUT, SAY, "fault: %s is a step",
		    p.fault);
	u.profile = profile;
	u.row = (size_t)p.first_row;
	u.first_row = (size_t)p.first_row;
	u.row_us = (int64_t)(p.row_s * 1e6);
	if ((e = spread(r, &u, &p)) != NULL)
		return err_pass(e);
	return NULL;
}

/* The units of the first port again, for each further one. */
static struct err *
copy_ports(struct reader *r)
{
	struct scenario *s = r->s;
	size_t ports = s->ports > 1 ? (size_t)s->ports : 1, i, k;
	struct unit *first = s->units;
	struct err *e;

	if (s->n * ports > DEVICES_MAX)
		return err_raise(ERR_INPUT, SAY, "count: %zu devices",
		    s->n * ports);
	s->units = arena_array(r->a, s->n * ports, sizeof(*s->units));
	for (i = 0; i < s->n * ports; i++) {
		struct unit *u = &s->units[i];

		k = i / s->n;
		*u = first[i % s->n];
		u->port = (int)k;
		u->seed += SEED_STEP * k;
		if (u->of != NULL && k > 0 &&
		    (e = behave(u, r->a, u->model)) != NULL)
			return err_pass(e);
	}
	return NULL;
}

static struct err *
take_units(struct reader *r, json_t *units)
{
	struct scenario *s = r->s;
	json_t *one;
	struct err *e;
	size_t i;

	for (i = 0; i <= UNIT_ID_MAX; i++)
		s->at[i] = -1;
	s->units = arena_array(r->a, UNIT_ID_MAX + 1, sizeof(*s->units));
	json_array_foreach(units, i, one)
	{
		if ((e = unit_take(r, one)) != NULL)
			return about(r, e, "units", i);
	}
	return s->n > 0 ? copy_ports(r) : NULL;
}

static struct err *
take_steps(struct reader *r, json_t *steps)
{
	struct play *p = &r->s->play;
	json_t *one;
	struct err *e;
	size_t i;

	p->steps =
	    arena_array(r->a, json_array_size(steps) + 1, sizeof(*p->steps));
	json_array_foreach(steps, i, one)
	{
		struct step *s = &p->steps[p->n++];

		if ((e = step_read(s, r->a, one)) != NULL)
			return about(r, e, "steps", i);
		if (s->unit < 0 || s->unit > UNIT_ID_MAX ||
		    (s->unit != 0 && r->s->at[s->unit] < 0))
			return err_raise(ERR_INPUT, SAY,
			    "%s: steps[%zu]: there is no unit %d", r->path, i,
			    s->unit);
	}
	return NULL;
}

static struct err *
take_gateways(struct reader *r, json_t *gateways)
{
	struct scenario *s = r->s;
	json_t *one;
	struct err *e;
	size_t i;

	s->gateways = arena_array(r->a, json_array_size(gateways) + 1,
	    sizeof(*s->gateways));
	json_array_foreach(gateways, i, one)
	{
		struct gateway *g = &s->gateways[s->gateway_n++];

		if ((e = gateway_read(g, r->a, one, r->profiles)) != NULL)
			return about(r, e, "gateways", i);
		g->play = &s->play;
	}
	return NULL;
}

/* The numbers and names at the top. */
static struct err *
check(struct reader *r, const char *framing, const char *start)
{
	struct scenario *s = r->s;
	int last = s->port + (s->ports - 1) * s->port_step;
	const char *wrong = NULL;

	s->framing = strcmp(framing, "rtu") == 0 ? FRAME_RTU : FRAME_TCP;
	if (s->framing == FRAME_TCP && strcmp(framing, "tcp") != 0)
		wrong = "framing: tcp or rtu";
	else if (start != NULL && !clock_from_iso(&s->play.start, start))
		wrong = "start: no time with a zone";
	else if (!(s->play.speed > 0 && s->play.speed <= 1e6))
		wrong = "speed: above 0, at most 1000000";
	else if (s->ports < 0 || s->ports > PORTS_MAX)
		wrong = "count: from 0 to 10000 ports";
	else if (s->port < 0 || s->port > 65535 || s->port_step < 1 ||
		 (s->port > 0 && last > 65535))
		wrong = "port, port_step: above 65535";
	else if (s->baud < 0)
		wrong = "baud: below 0";
	return wrong != NULL
		   ? err_raise(ERR_INPUT, SAY, "%s: %s", r->path, wrong)
		   : NULL;
}

/* The file is held in the arena: names point into it. */
struct err *
scenario_read(struct scenario *s, struct arena *a, const char *path,
    const char *profiles)
{
	struct reader r = { s, a, path, profiles, HOLD_S };
	json_t *j, *units = NULL, *steps = NULL, *gateways = NULL;
	const char *framing = "tcp", *start = NULL;
	json_error_t je;
	struct err *e;

	*s = (struct scenario){ .listen = "127.0.0.1",
		.ports = 1,
		.port_step = 1,
		.play.speed = 1 };
	if ((j = json_load_file(path, JSON_REJECT_DUPLICATES, &je)) == NULL)
		return err_raise(ERR_INPUT, SAY, "%s:%d: %s", path, je.line,
		    je.text);
	arena_defer(a, release, j);
	if (json_unpack_ex(j, &je, JSON_STRICT,
		"{s?s, s?i, s?i, s?i, s?s, s?s, s?s, s?i, s?i, s?s, s?F, s?o, "
		"s?o, s?o}",
		"listen", &s->listen, "port", &s->port, "count", &s->ports,
		"port_step", &s->port_step, "framing", &framing, "listen_file",
		&s->listen_file, "rtu", &s->rtu, "baud", &s->baud, "hold_s",
		&r.hold_s, "start", &start, "speed", &s->play.speed, "units",
		&units, "steps", &steps, "gateways", &gateways) != 0)
		return err_raise(ERR_INPUT, SAY, "%s: %s", path, je.text);
	if ((e = check(&r, framing, start)) != NULL ||
	    (e = take_units(&r, units)) != NULL ||
	    (e = take_steps(&r, steps)) != NULL ||
	    (e = take_gateways(&r, gateways)) != NULL)
		return err_pass(e);
	return NULL;
}

/* Numbers 0 and 255 mean a device that is alone at its address. */
struct unit *
scenario_unit(const struct scenario *s, int port, uint8_t id)
{
	int at = s->at[id];

	if (at < 0 && s->n == 1 && (id == 0 || id == UNIT_ID_MAX))
		at = 0;
	return at >= 0 ? &s->units[(size_t)port * s->n + (size_t)at] : NULL;
}
