#include "cgi-bin/admin/polled.h"

#include "query.h"

enum { DEVICES_MAX = 500 };

struct err *
polled_state(struct view *v, struct req *rq)
{
	struct rows *r;
	struct err *e;
	int i;

	if ((e = tx_rows(&r, rq->tx, &q_probe_devices,
		 ARGS(A((int)rq->who.tenant), A(DEVICES_MAX)))) != NULL)
		return err_pass(e);
	for (i = 0; i < rows_count(r); i++) {
		struct view *d;

		if (!rows_bool(r, i, PROBE_DEVICES_SERVED)) {
			view_int(v, "Edge", 1);
			continue;
		}
		d = view_row(v, "Devices");
		view_text(d, "Key", rows_text(r, i, PROBE_DEVICES_KEY));
		view_text(d, "Name", rows_text(r, i, PROBE_DEVICES_NAME));
		view_text(d, "Line", rows_text(r, i, PROBE_DEVICES_LINE));
	}
	return NULL;
}

void
polled_refused(struct req *rq, struct res *rs, const struct err *e, int wait_s)
{
	rs->status = err_status(e->kind);
	if (e->kind == ERR_LIMIT)
		res_header(rs, "Retry-After",
		    arena_printf(rq->arena, "%d", wait_s));
}
