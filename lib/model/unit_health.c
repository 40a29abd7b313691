#include "model/unit_health.h"

#include <stdlib.h>

#include "query.h"

static const char *const names[UNIT_EXCEPTIONS] = {
	[1] = "illegal function",
	[2] = "illegal address",
	[3] = "illegal value",
	[4] = "device failure",
	[5] = "acknowledge",
	[6] = "busy",
	[8] = "memory parity",
	[10] = "gateway path",
	[11] = "no answer behind the gateway",
};

const char *
unit_exception(int code)
{
	return code > 0 && code < UNIT_EXCEPTIONS ? names[code] : NULL;
}

int64_t
unit_requests(const struct unit_health *u)
{
	int64_t n = u->answers + u->garbage + u->silent + u->down;
	int i;

	for (i = 1; i < UNIT_EXCEPTIONS; i++)
		n += u->exceptions[i];
	return n;
}

/* "{0,3,1}": the first is of code 1. */
static void
codes_read(int64_t *to, const char *text)
{
	char *end;
	int i;

	for (i = 1; i < UNIT_EXCEPTIONS && (*text == '{' || *text == ',');
	     i++) {
		to[i] = strtoll(text + 1, &end, 10);
		text = end;
	}
}

struct err *
unit_health_load(struct unit_health *u, struct tx *tx, int32_t device)
{
	struct rows *r;
	struct err *e;

	*u = (struct unit_health){ .holes = "", .remark = "" };
	if ((e = tx_rows(&r, tx, &q_unit_health,
		 ARGS(A((int)tx_who(tx)->tenant), A((int)device)))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return NULL;
	u->at = rows_time(r, 0, UNIT_HEALTH_AT);
	u->answers = rows_int(r, 0, UNIT_HEALTH_ANSWERS);
	codes_read(u->exceptions, rows_text(r, 0, UNIT_HEALTH_EXCEPTIONS));
	u->garbage = rows_int(r, 0, UNIT_HEALTH_GARBAGE);
	u->corrupt = rows_int(r, 0, UNIT_HEALTH_CORRUPT);
	u->silent = rows_int(r, 0, UNIT_HEALTH_SILENT);
	u->down = rows_int(r, 0, UNIT_HEALTH_DOWN);
	u->missed = rows_int(r, 0, UNIT_HEALTH_MISSED);
	u->p99_ms = rows_real(r, 0, UNIT_HEALTH_P99_MS);
	u->offline = rows_bool(r, 0, UNIT_HEALTH_OFFLINE);
	u->busy = rows_real(r, 0, UNIT_HEALTH_BUSY);
	u->load = rows_real(r, 0, UNIT_HEALTH_LOAD);
	u->waiting = rows_int(r, 0, UNIT_HEALTH_WAITING);
	u->most_words = (int)rows_int(r, 0, UNIT_HEALTH_MOST_WORDS);
	u->holes = rows_text(r, 0, UNIT_HEALTH_HOLES);
	u->remark = rows_text(r, 0, UNIT_HEALTH_REMARK);
	if (u->answers > 0)
		u->mean_ms =
		    rows_real(r, 0, UNIT_HEALTH_ANSWER_MS) / (double)u->answers;
	return NULL;
}
