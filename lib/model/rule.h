/*
 * rule.h - a limit on a sensor: above or below it, an alert is active.
 *
 * Evaluated in the transaction that stores the readings, so that an alert is
 * neither lost nor raised twice; at most one is active a rule.
 */
#ifndef MODEL_RULE_H
#define MODEL_RULE_H

#include "store/store.h"

struct rule {
	int32_t id, sensor;
	bool above;
	double threshold;
	bool active;	   /* an alert of it is active */
	int64_t judged_at; /* event time of the last reading judged */
};

/* What a reading does to a rule. */
enum rule_turn { RULE_STAYS, RULE_RAISES, RULE_ENDS };

/*
 * Readings without a value, and those not newer than what was judged, change
 * nothing: a late one can neither end an alert nor raise an old one anew.
 * Moves the rule's state along.
 */
enum rule_turn rule_step(struct rule *, const struct reading *);

/* All rules on the sensors of these settled readings, which reach covers. */
struct err *rules_evaluate(struct tx *, const struct readings *,
    const char *reach) MUST_CHECK;

#endif
