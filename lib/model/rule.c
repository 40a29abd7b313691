#include "model/rule.h"

#include <math.h>

#include "base/clock.h"
#include "model/audit.h"
#include "query.h"

enum rule_turn
rule_step(struct rule *u, const struct reading *r)
{
	bool beyond =
	    u->above ? r->value > u->threshold : r->value < u->threshold;

	if (isnan(r->value) || r->time <= u->judged_at)
		return RULE_STAYS;
	u->judged_at = r->time;
	if (beyond == u->active)
		return RULE_STAYS;
	u->active = beyond;
	return beyond ? RULE_RAISES : RULE_ENDS;
}

/* What has become of its alert, in one entry however often it turned. */
static struct err *
note(const struct rule *u, struct tx *tx, const struct reading *last, int turns)
{
	struct arena *a = tx_arena(tx);
	struct err *e = audit_put(tx, u->active ? "alert.raise" : "alert.end",
	    arena_printf(a, "rule:%d", (int)u->id),
	    arena_printf(a, "{\"sensor\": %d, \"at\": \"%s\", \"turns\": %d}",
		(int)u->sensor, clock_iso(a, last->time), turns));

	return e != NULL ? err_pass(e) : NULL;
}

/* One rule over its sensor's readings, from the first of them on. */
static struct err *
walk(struct rule *u, struct tx *tx, const struct reading *r, size_t n)
{
	int tenant = (int)tx_who(tx)->tenant, turns = 0;
	const struct reading *last = r;
	int64_t before = u->judged_at;
	struct err *e = NULL;

	for (; e == NULL && n > 0 && r->sensor == u->sensor; r++, n--) {
		enum rule_turn turn = rule_step(u, r);

		if (turn != RULE_STAYS) {
			last = r;
			turns++;
		}
		switch (turn) {
		case RULE_STAYS:
			break;
		case RULE_RAISES:
			e = tx_send(tx, &q_alert_raise,
			    ARGS(A(tenant), A((int)u->id), A((int)u->sensor),
				A_TIME(r->time), A(r->value)));
			break;
		case RULE_ENDS:
			e = tx_send(tx, &q_alert_end,
			    ARGS(A(tenant), A((int)u->id), A_TIME(r->time)));
			break;
		}
	}
	if (e == NULL && u->judged_at > before)
		e = tx_send(tx, &q_rule_judged,
		    ARGS(A(tenant), A((int)u->id), A_TIME(u->judged_at)));
	if (e == NULL && turns > 0)
		e = note(u, tx, last, turns);
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
rules_evaluate(struct tx *tx, const struct readings *r, const char *reach)
{
	struct rows *rows;
	struct err *e;
	size_t i;
	int k;

	if ((e = tx_rows(&rows, tx, &q_rule_of_sensors,
		 ARGS(A((int)tx_who(tx)->tenant), A(reach)))) != NULL)
		return err_pass(e);
	for (k = 0; k < rows_count(rows); k++) {
		struct rule u = {
			.id =
			    (int32_t)rows_int(rows, k, RULE_OF_SENSORS_RULE_ID),
			.sensor = (int32_t)rows_int(rows, k,
			    RULE_OF_SENSORS_SENSOR_ID),
			.above = rows_bool(rows, k, RULE_OF_SENSORS_ABOVE),
			.threshold =
			    rows_real(rows, k, RULE_OF_SENSORS_THRESHOLD),
			.judged_at =
			    rows_time(rows, k, RULE_OF_SENSORS_JUDGED_AT),
			.active = rows_bool(rows, k, RULE_OF_SENSORS_ACTIVE),
		};

		i = readings_place(r, u.sensor, INT64_MIN);
		if ((e = walk(&u, tx, r->v + i, r->n - i)) != NULL)
			return err_pass(e);
	}
	return NULL;
}
