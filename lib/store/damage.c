#include "store/damage.h"

#include "base/clock.h"
#include "base/log.h"
#include "query.h"

const char *
damage_why(struct arena *a, const struct err *e)
{
	return e != NULL ? arena_text(a, e->why) : "another number of readings";
}

struct err *
damage_note(struct tx *tx, const struct damage *d)
{
	struct arena *a = tx_arena(tx);
	char why[LOG_QUOTED];
	struct rows *rows;
	struct err *e;

	if ((e = tx_rows(&rows, tx, &q_store_quarantine,
		 ARGS(A((int)tx_who(tx)->tenant), A(d->level),
		     A((int)d->sensor), A_TIME(d->t_min), A_TIME(d->t_max),
		     A((long)d->n), A(d->why), A(d->bytes)))) != NULL)
		return err_pass(e);
	log_error("damaged tenant=%d level=%s sensor=%d from=%s to=%s "
		  "readings=%zu why=%s",
	    tx_who(tx)->tenant, d->level, d->sensor, clock_iso(a, d->t_min),
	    clock_iso(a, d->t_max), d->n, log_quote(why, d->why));
	return NULL;
}
