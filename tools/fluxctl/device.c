/* site, asset, device: where things stand, and what they measure. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fluxctl/fluxctl.h"
#include "model/profile.h"
#include "query.h"

enum { PERIOD_S = 300 };

/*
 * Where the poller finds a device: tcp:HOST:PORT:UNIT, rtu_tcp:HOST:PORT:UNIT,
 * rtu:TTY:BAUD:UNIT or, with its line's settings, rtu:TTY:BAUD-8E1:UNIT.
 */
struct modbus {
	const char *transport, *host; /* NULL: it is not polled */
	int port, unit;
	const char *serial; /* NULL: as the profile says */
};

#define MODBUS_FORMS \
	"Say --modbus tcp:HOST:PORT:UNIT, rtu_tcp:... or rtu:TTY:BAUD:UNIT."

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

/* Data bits, parity, stop bits. */
static bool
is_serial(const char *s)
{
	return strlen(s) == 3 && strchr("78", s[0]) != NULL &&
	       strchr("NEO", s[1]) != NULL && strchr("12", s[2]) != NULL;
}

static struct err *
modbus_read(struct modbus *m, struct arena *a, const char *text)
{
	char *s, *host, *port, *unit, *set = NULL;
	struct err *e;
	long n;

	*m = (struct modbus){ 0 };
	if (text == NULL)
		return NULL;
	s = arena_text(a, text);
	if ((host = strchr(s, ':')) == NULL ||
	    (unit = strrchr(host, ':')) == host)
		return err_raise(ERR_INPUT, MODBUS_FORMS, "%s", text);
	*host++ = 0;
	*unit++ = 0;
	if ((port = strrchr(host, ':')) == NULL)
		return err_raise(ERR_INPUT, "--modbus lacks its port.", "%s",
		    text);
	*port++ = 0;
	m->transport = s;
	m->host = host;
	if (strcmp(s, "rtu") == 0 && (set = strchr(port, '-')) != NULL)
		*set++ = 0;
	m->serial = set;
	if (m->serial != NULL && !is_serial(m->serial))
		return err_raise(ERR_INPUT,
		    "A serial line is set like 8N1, 8E1 or 7O2.", "%s",
		    m->serial);
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

		/* What only serves another point is nobody's sensor. */
		if (t->part)
			continue;
		if ((e = tx_send(c->tx, &q_admin_sensor_put,
			 ARGS(A((int)tx_who(c->tx)->tenant), A(device),
			     A(t->key),
			     A((const char *)arena_printf(c->arena, "%s/%s",
				 key, t->key)),
			     A(t->name), A(t->unit), A(t->kind),
			     A(t->capability), bound(t->low), bound(t->high),
			     A(t->precision), A(t->states), A((int)i),
			     A(t->zero_suspect),
			     bound(t->rollover > 0 ? t->rollover
						   : (double)NAN)))) != NULL)
			return err_pass(e);
	}
	return NULL;
}

/*
 * The longest time between two readings: as told, or as it is polled and as
 * its profile reports; three of them without one and the device is offline.
 */
static struct err *
expect(double *period_s, const struct ctl *c, const struct profile *p,
    long poll_ms)
{
	const char *told = ctl_option(c, "--period", NULL);
	struct err *e;
	long n;

	*period_s = PERIOD_S;
	if (told != NULL) {
		if ((e = number(&n, told, 1, 31536000, "--period")) != NULL)
			return err_pass(e);
		*period_s = (double)n;
		return NULL;
	}
	if (p != NULL)
		*period_s = profile_silence_s(p, (double)poll_ms / 1000);
	else if (poll_ms > 0)
		*period_s = (double)poll_ms / 1000;
	if (*period_s < 1)
		*period_s = 1;
	return NULL;
}

/* The series of its windows, for the points that are told in windows. */
static struct err *
facets_make(struct ctl *c, int device, const struct profile *p)
{
	const char *keys = "";
	struct err *e;
	size_t i;

	for (i = 0; i < p->n; i++)
		if (point_is_windowed(&p->points[i]))
			keys = arena_printf(c->arena, "%s %s", keys,
			    p->points[i].key);
	if (*keys == 0)
		return NULL;
	if ((e = tx_send(c->tx, &q_admin_facets_make,
		 ARGS(A((int)tx_who(c->tx)->tenant), A(device), A(keys)))) !=
	    NULL)
		return err_pass(e);
	return NULL;
}

static struct err *
device_put(int *device, struct ctl *c, const struct profile *p,
    const struct modbus *m)
{
	const char *poll = ctl_option(c, "--poll-ms", NULL);
	struct rows *r;
	struct err *e;
	double period_s;
	long poll_ms = 0;

	if ((poll != NULL && (e = number(&poll_ms, poll, 10, 86400000,
				  "--poll-ms")) != NULL) ||
	    (e = expect(&period_s, c, p, poll_ms)) != NULL)
		return err_pass(e);
	if ((e = tx_rows(&r, c->tx, &q_admin_device_put,
		 ARGS(A((int)tx_who(c->tx)->tenant),
		     A((const char *)c->args[1]), A((const char *)c->args[2]),
		     A((const char *)c->args[3]),
		     A(ctl_option(c, "--kind", "device")),
		     A(ctl_option(c, "--gateway", NULL)),
		     A(p != NULL ? p->id : NULL),
		     A(p != NULL ? p->version : NULL),
		     A(p != NULL ? p->vendor : NULL), A(period_s),
		     A((bool)ctl_flag(c, "--simulated")), A(m->transport),
		     A(m->host), m->host != NULL ? A(m->port) : arg_null(),
		     m->host != NULL ? A(m->unit) : arg_null(),
		     A((const char *)(poll != NULL
					  ? arena_printf(c->arena,
						"{\"poll_ms\": %ld}", poll_ms)
					  : "{}")),
		     A(ctl_option(c, "--asset", NULL)), A(m->serial)))) != NULL)
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
	if (p != NULL && ((e = sensors_put(c, device, p)) != NULL ||
			     (e = facets_make(c, device, p)) != NULL))
		return err_pass(e);
	return NULL;
}
