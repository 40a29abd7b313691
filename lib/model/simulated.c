#include "model/simulated.h"

#include <string.h>

#include "base/member.h"
#include "query.h"

/* A unit has as many rows as it has profiles, and one is too many. */
enum { UNITS_MAX = 256, ROWS_MAX = UNITS_MAX + 1 };

void
simulated_put(struct buf *b, const struct simulated_place *p)
{
	size_t i;

	buf_text(b, "{");
	member_text(b, "listen", p->listen);
	member_int(b, "port", p->port);
	if (p->rtu)
		member_text(b, "framing", "rtu");
	member_name(b, "units");
	buf_text(b, "[");
	for (i = 0; i < p->n; i++) {
		member_comma(b);
		buf_text(b, "{");
		member_int(b, "unit", p->units[i].first);
		member_int(b, "count", p->units[i].count);
		member_text(b, "profile", p->units[i].profile);
		buf_text(b, "}");
	}
	buf_text(b, "]}");
}

/* One more unit, which goes on with the last ones or begins anew. */
static struct err *
take(struct simulated_place *p, int unit, const char *profile)
{
	struct simulated_units *last = p->n > 0 ? &p->units[p->n - 1] : NULL;
	int next = last != NULL ? last->first + last->count : 0;

	if (last != NULL && unit < next)
		return err_say(err_raise(ERR_CONFLICT, "", "unit %d", unit),
		    "Unit %d has several profiles there, and a simulator plays "
		    "one of them.",
		    unit);
	if (last != NULL && unit == next && strcmp(profile, last->profile) == 0)
		last->count++;
	else
		p->units[p->n++] = (struct simulated_units){ unit, 1, profile };
	return NULL;
}

struct err *
simulated_load(struct simulated_place *p, struct tx *tx, const char *key)
{
	struct rows *r;
	struct err *e;
	int i;

	if ((e = tx_rows(&r, tx, &q_simulated_units,
		 ARGS(A((int)tx_who(tx)->tenant), A(key), A(ROWS_MAX)))) !=
	    NULL)
		return err_pass(e);
	if (*key == 0 || rows_count(r) == 0)
		return err_raise(ERR_MISSING,
		    "There is nothing simulated that is polled over TCP there.",
		    "%s", key);
	*p = (struct simulated_place){
		.listen = rows_text(r, 0, SIMULATED_UNITS_HOST),
		.port = (int)rows_int(r, 0, SIMULATED_UNITS_PORT),
		.rtu = strcmp(rows_text(r, 0, SIMULATED_UNITS_WAY),
			   "rtu_tcp") == 0,
		.units = arena_array(tx_arena(tx), (size_t)rows_count(r),
		    sizeof(*p->units)),
	};
	for (i = 0; i < rows_count(r); i++)
		if ((e = take(p, (int)rows_int(r, i, SIMULATED_UNITS_UNIT),
			 rows_text(r, i, SIMULATED_UNITS_PROFILE))) != NULL)
			return err_pass(e);
	return NULL;
}
