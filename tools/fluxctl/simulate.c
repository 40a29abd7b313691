/* simulate: devices that the simulator plays, and the scenario it plays. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fluxctl/fluxctl.h"
#include "model/simulated.h"

enum { UNITS_MAX = 247, PORT_MAX = 65535, ARGS_MAX = 16 };

/* "HOST:PORT" */
static struct err *
where_read(const char **host, int *port, struct arena *a, const char *s)
{
	const char *colon = strrchr(s, ':');
	char *end;
	long n = colon != NULL ? strtol(colon + 1, &end, 10) : 0;

	if (n < 1 || n > PORT_MAX || *end != 0 || colon == s)
		return err_raise(ERR_INPUT,
		    "HOST:PORT is where the simulator listens.", "%s", s);
	*host = arena_copy(a, s, (size_t)(colon - s));
	*port = (int)n;
	return NULL;
}

/* The device that unit i plays, as if it were made by itself. */
static struct err *
make(struct ctl *c, const char *host, int port, long i)
{
	struct ctl one = *c;
	char *args[ARGS_MAX] = { c->args[0], c->args[1],
		arena_printf(c->arena, "%s-%ld", c->args[2], i),
		arena_printf(c->arena, "%s %ld", c->args[2], i), c->args[3],
		arena_text(c->arena, "--modbus"),
		arena_printf(c->arena, "tcp:%s:%d:%ld", host, port, i),
		arena_text(c->arena, "--simulated") };
	struct err *e;

	one.args = args;
	one.n = 8;
	if ((e = ctl_device(&one)) != NULL ||
	    (e = ctl_note(&one, "device")) != NULL)
		return err_pass(e);
	return NULL;
}

/* simulate TENANT SITE KEY PROFILE COUNT HOST:PORT */
struct err *
ctl_simulate(struct ctl *c)
{
	struct buf b = buf_new(c->arena, 256);
	struct simulated_units units;
	struct simulated_place place;
	long count = strtol(c->args[4], NULL, 10), i;
	const char *host;
	struct err *e;
	int port;

	if (count < 1 || count > UNITS_MAX)
		return err_raise(ERR_INPUT, "COUNT is from 1 to 247.", "%s",
		    c->args[4]);
	if (*c->args[3] == 0)
		return err_raise(ERR_INPUT, "PROFILE is missing.", "profile");
	if ((e = where_read(&host, &port, c->arena, c->args[5])) != NULL)
		return err_pass(e);
	for (i = 1; i <= count; i++)
		if ((e = make(c, host, port, i)) != NULL)
			return err_pass(e);
	units = (struct simulated_units){ 1, (int)count, c->args[3] };
	place = (struct simulated_place){ .listen = host,
		.port = port,
		.units = &units,
		.n = 1 };
	simulated_put(&b, &place);
	(void)printf("%s\n", (const char *)b.p);
	return NULL;
}
