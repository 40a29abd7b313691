#include "web/internal.h"

struct err *
req_leave(struct req *rq)
{
	struct tx *tx = rq->tx;
	struct err *e;

	rq->tx = NULL;
	if ((e = tx_commit(tx)) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
req_enter(struct req *rq, enum tx_mode mode)
{
	struct err *e;

	if ((e = tx_begin(&rq->tx, rq->child->db, rq->arena, &rq->gate,
		 mode)) != NULL)
		return err_pass(e);
	rq->who = *tx_who(rq->tx);
	return NULL;
}

struct err *
req_commit(struct req *rq, enum tx_mode next)
{
	struct err *e;

	if ((e = req_leave(rq)) != NULL || (e = req_enter(rq, next)) != NULL)
		return err_pass(e);
	return NULL;
}
