/* site, asset, device: where things stand, and what they measure. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fluxctl/fluxctl.h"
#include "model/profile.h"
#include "query.h"

/* Where the poller finds a device: tcp:HOST:PORT:UNIT, rtu:TTY:BAUD:UNIT. */
struct modbus {
	const char *transport, *host; /* NULL: it is not polled */
	int port, unit;
};

struct err *
ctl_site(struct ctl *c)
{
	struct err *e = tx_send(c->tx, &q_admin_site_put,
	    ARGS(A((int)tx_who(c->tx)->tenant), A((const char *)c->args[1]),
		A((const char *)c->args[2]), A((const char *)c->args[3])));

	return e != NULL ? err_pass(e) : NULL;
}

struct err *
ctl_asset(struct ctl *c)
{
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, c->tx, &q_admin_asset_put,
		 ARGS(A((int)tx_who(c->tx)->tenant),
		     A((const char *)c->args[1]), A((const char *)c->args[2]),
		     A((const char *)c->args[3]),
		     A((const char *)c->args[4])))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return err_raise(ERR_MISSING, "There is no such site.", "%s",
		    c->args[1]);
	return NULL;
}

static struct err *
number(long *out, const char *s, long min, long max, const char *what)
{
	char *end;

	errno = 0;
	*out = strtol(s, &end, 10);
	if (errno != 0 || end == s || *end != 0 || *out < min || *out > max)
		return err_raise(ERR_INPUT, "A number is out of bounds.",
		    "%s: %s is not from %ld to %ld", what, s, min, max);
	return NULL;
}

static struct err *
modbus_read(struct modbus *m, struct arena *a, const char *text)
{
	char *s, *host, *port, *unit;
	struct err *e;
	long n;

	*m = (struct modbus){ 0 };
	if (text == NULL)
		return NULL;
	s = arena_text(a, text);
	if ((host = strchr(s, ':')) == NULL ||
	    (unit = strrchr(host, ':')) == host)
		return err_raise(ERR_INPUT,
		    "Say --modbus tcp:HOST:PORT:UNIT or rtu:TTY:BAUD:UNIT.",
		    "%s", text);
	*host++ = 0;
	*unit++ = 0;
	if ((port = strrchr(host, ':')) == NULL)
		return err_raise(ERR_INPUT, "--modbus lacks its port.", "%s",
		    text);
	*port++ = 0;
	m->transport = s;
	m->host = host;
	if ((e = number(&n, port, 1, 4000000, "port")) != NULL)
		return err_pass(e);
	m->port = (int)n;
	if ((e = number(&n, unit, 0, 255, "unit")) != NULL)
		return err_pass(e);
	m->unit = (int)n;
	return NULL;
}

/* A bound that is not there is NULL in the database. */
static struct arg
bound(double v)
{
	return isnan(v) ? arg_null() : arg_real(v);
}

static struct err *
sensors_put(struct ctl *c, int device, const struct profile *p)
{
	const char *key = c->args[2];
	struct err *e;
	size_t i;

	for (i = 0; i < p->n; i++) {
		const struct point *t = &p->points[i];

		if ((e = tx_send(c->tx, &q_admin_sensor_put,
			 ARGS(A((int)tx_who(c->tx)->tenant), A(device),
			     A(t->key),
			     A((const char *)arena_printf(c->arena, "%s/%s",
				 key, t->key)),
			     A(t->name), A(t->unit), A(t->kind),
			     A(t->capability), bound(t->low), bound(t->high),
			     A(t->precision), A(t->states), A((int)i)))) !=
		    NULL)
			return err_pass(e);
	}
	return NULL;
}

static struct err *
device_put(int *device, struct ctl *c, const struct profile *p,
    const struct modbus *m)
{
	const char *poll = ctl_option(c, "--poll-ms", NULL);
	const char *period = ctl_option(c, "--period", "300");
	struct rows *r;
	struct err *e;
	long poll_ms = 0, period_s;

	if ((e = number(&period_s, period, 1, 31536000, "--period")) != NULL ||
	    (poll != NULL && (e = number(&poll_ms, poll, 10, 86400000,
				  "--poll-ms")) != NULL))
		return err_pass(e);
	if ((e = tx_rows(&r, c->tx, &q_admin_device_put,
		 ARGS(A((int)tx_who(c->tx)->tenant),
		     A((const char *)c->args[1]), A((const char *)c->args[2]),
		     A((const char *)c->args[3]),
		     A(ctl_option(c, "--kind", "device")),
		     A(ctl_option(c, "--gateway", NULL)),
		     A(p != NULL ? p->id : NULL),
		     A(p != NULL ? p->version : NULL),
		     A(p != NULL ? p->vendor : NULL), A((double)period_s),
		     A((bool)ctl_flag(c, "--simulated")), A(m->transport),
		     A(m->host), m->host != NULL ? A(m->port) : arg_null(),
		     m->host != NULL ? A(m->unit) : arg_null(),
		     A((const char *)(poll != NULL
					  ? arena_printf(c->arena,
						"{\"poll_ms\": %ld}", poll_ms)
					  : "{}")),
		     A(ctl_option(c, "--asset", NULL))))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return err_raise(ERR_MISSING,
		    "There is no such site, gateway or asset.",
		    "site %s gateway %s asset %s", c->args[1],
		    ctl_option(c, "--gateway", "-"),
		    ctl_option(c, "--asset", "-"));
	*device = (int)rows_int(r, 0, ADMIN_DEVICE_PUT_DEVICE_ID);
	return NULL;
}

struct err *
ctl_device(struct ctl *c)
{
	struct profile *p = NULL;
	struct modbus m;
	struct err *e;
	int device;

	/* An empty profile: a gateway, which measures nothing itself. */
	if (*c->args[4] != 0 &&
	    (e = profile_load(&p, c->arena, c->profiles, c->args[4])) != NULL)
		return err_pass(e);
	if ((e = modbus_read(&m, c->arena, ctl_option(c, "--modbus", NULL))) !=
		NULL ||
	    (e = device_put(&device, c, p, &m)) != NULL)
		return err_pass(e);
	if (p != NULL && (e = sensors_put(c, device, p)) != NULL)
		return err_pass(e);
	return NULL;
}
