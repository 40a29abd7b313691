/*
 * POST /api/v1/ingest/quality?quality=basic&kbit=64 - how finely an edge agent
 * tells from now on, and what its way here carries.
 *
 * Who is told so much less is offline that much later, and has series for the
 * windows that come in place of single readings.
 */
#include <string.h>

#include "cgi-bin/ingest/post.h"
#include "query.h"

enum { KBIT_MAX = 1000000000 };

struct err *
ingest_quality(struct req *rq, struct res *rs)
{
	static const char *const levels[] = { "full", "standard", "basic",
		"minimal", NULL };
	const char *level = req_query(rq, "quality");
	const char *rate = req_query(rq, "kbit");
	long kbit = (long)number_typed(rate, KBIT_MAX);
	struct rows *r;
	struct err *e;

	if ((e = agent_known(rq)) != NULL)
		return err_pass(e);
	if (!agent_word(level, levels))
		return err_raise(ERR_INPUT,
		    "quality: want full, standard, basic or minimal.",
		    "no such quality");
	if (kbit == 0 && rate != NULL && strcmp(rate, "0") != 0)
		return err_raise(ERR_INPUT,
		    "kbit: want the kilobits a second that were measured.",
		    "kbit out of range");
	if ((e = tx_rows(&r, rq->tx, &q_ingest_quality,
		 ARGS(A((int)rq->who.device), A(level), A(kbit)))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0 || rows_int(r, 0, INGEST_QUALITY_KNOWN) == 0)
		return err_raise(ERR_INPUT,
		    "quality: this is for edge agents, with the key of their "
		    "gateway.",
		    "no such device");
	rs->status = 204;
	return NULL;
}
