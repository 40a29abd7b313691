/*
 * GET /offline - the shell that the service worker keeps; the same for all.
 */
#include "web/web.h"

handler page_offline;

struct err *
page_offline(struct req *rq, struct res *rs)
{
	rq->session.n = 0;
	view_text(rs->view, "Page.Title", "Offline");
	return res_page(rq, rs, "offline.cs");
}
