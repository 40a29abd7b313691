/*
 * GET /api/health - this program answers; it says nothing of anybody's data.
 */
#include "base/member.h"
#include "web/web.h"

handler api_health;

struct err *
api_health(struct req *rq, struct res *rs)
{
	(void)rq;
	buf_byte(&rs->body, '{');
	member_text(&rs->body, "status", "pass");
	buf_text(&rs->body, "}\n");
	return NULL;
}
