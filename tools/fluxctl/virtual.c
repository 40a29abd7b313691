/* virtual: a sensor whose values are computed from others of its device. */
#include <stdio.h>

#include "fluxctl/fluxctl.h"
#include "intake/formula.h"
#include "query.h"

/* Does the device have every sensor that the formula names? */
static struct err *
names_known(struct ctl *c, const struct formula *f)
{
	const char *device = c->args[1], *own = c->args[2];
	struct rows *r;
	struct err *e;
	size_t i;

	for (i = 0; i < f->names; i++) {
		const char *name =
		    arena_copy(c->arena, f->name[i].p, f->name[i].n);

		if ((e = tx_rows(&r, c->tx, &q_meter_find,
			 ARGS(A((int)tx_who(c->tx)->tenant), A(device),
			     A(name)))) != NULL)
			return err_pass(e);
		if (rows_count(r) == 0)
			return err_raise(ERR_MISSING,
			    "There is no such device.", "%s", device);
		if (rows_null(r, 0, METER_FIND_SENSOR_ID) ||
		    slice_is(f->name[i], own))
			return err_raise(ERR_INPUT,
			    "FORMULA names a sensor that the device does not "
			    "have.",
			    "%s", name);
	}
	return NULL;
}

struct err *
ctl_virtual(struct ctl *c)
{
	const char *text = c->args[4], *why;
	struct formula f;
	struct rows *r;
	struct err *e;

	if (*text != 0 && !formula_read(&f, &why, text))
		return err_say(err_raise(ERR_INPUT, "", "formula %s", text),
		    "FORMULA: %s.", why);
	if (*text != 0 && (e = names_known(c, &f)) != NULL)
		return err_pass(e);
	if ((e = tx_rows(&r, c->tx, &q_virtual_sensor_put,
		 ARGS(A((int)tx_who(c->tx)->tenant), A(c->args[1]),
		     A(c->args[2]), A(c->args[3])))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return err_raise(ERR_MISSING, "There is no such device.", "%s",
		    c->args[1]);
	e = tx_send(c->tx, &q_virtual_put,
	    ARGS(A((int)tx_who(c->tx)->tenant),
		A((int)rows_int(r, 0, VIRTUAL_SENSOR_PUT_SENSOR_ID)), A(text)));
	return e != NULL ? err_pass(e) : NULL;
}
