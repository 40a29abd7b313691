/* Answers that are sent while they are being made. */
#include <unistd.h>

#include "web/internal.h"

struct err *
res_flush(struct req *rq, struct res *rs)
{
	FCGX_Stream *out = rq->fcgi->out;
	int n = (int)rs->body.n;

	if (n == 0)
		return NULL;
	if (rq->tx != NULL && tx_at_door(rq->tx))
		return err_raise(ERR_BUG, "", "nobody has been let in yet");
	if (rs->sent == 0)
		res_head(rq, rs);
	rs->sent += rs->body.n;
	rs->body.n = 0;
	(void)alarm(REQUEST_S);
	if (!rq->head && FCGX_PutStr((const char *)rs->body.p, n, out) != n)
		return err_raise(ERR_BUSY, "The reader has gone.",
		    "FCGX_PutStr after %zu bytes", rs->sent);
	return NULL;
}

void
req_patience(int seconds)
{
	(void)alarm((unsigned)seconds);
}

/*
 * A record of no known version: nginx takes it for an error and cuts its own
 * connection, where it would take our mere going for the proper end.
 */
void
stream_cut(struct req *rq)
{
	static const char record[8] = { 0x7f };
	FCGX_Request *fcgi = rq->fcgi;
	ssize_t n = write(fcgi->ipcFd, record, sizeof(record));

	(void)n; /* whoever has gone does not need to be told */
	FCGX_Free(fcgi, 1);
}
