#include "model/edge_plan.h"

#include "base/member.h"
#include "query.h"

enum { ROWS_MAX = 200000 };

static void
device_begin(struct buf *b, int64_t tenant, const struct rows *r, int i)
{
	member_comma(b);
	buf_byte(b, '{');
	member_int(b, "tenant", tenant);
	member_int(b, "device", rows_int(r, i, POLLER_PLAN_DEVICE_ID));
	member_text(b, "key", rows_text(r, i, POLLER_PLAN_DEVICE_KEY));
	member_text(b, "profile", rows_text(r, i, POLLER_PLAN_PROFILE));
	member_text(b, "transport", rows_text(r, i, POLLER_PLAN_TRANSPORT));
	member_text(b, "host", rows_text(r, i, POLLER_PLAN_HOST));
	member_int(b, "port", rows_int(r, i, POLLER_PLAN_PORT));
	member_text(b, "line", rows_text(r, i, POLLER_PLAN_SERIAL));
	member_int(b, "unit", rows_int(r, i, POLLER_PLAN_UNIT));
	member_int(b, "poll_ms", rows_int(r, i, POLLER_PLAN_POLL_MS));
	if (!rows_null(r, i, POLLER_PLAN_PROFILE_TEXT))
		member_text(b, "profile_text",
		    rows_text(r, i, POLLER_PLAN_PROFILE_TEXT));
	member_real(b, "period_s", rows_real(r, i, POLLER_PLAN_PERIOD));
	member_name(b, "sensors");
	buf_byte(b, '[');
}

/* The series of what is told beside a sensor, behind its name. */
static void
facets_put(struct buf *b, const struct rows *r, int i)
{
	static const int columns[] = { POLLER_PLAN_F_MIN, POLLER_PLAN_F_MAX,
		POLLER_PLAN_F_COUNT, POLLER_PLAN_F_STDDEV,
		POLLER_PLAN_F_DECIMALS };
	size_t k;

	for (k = 0; k < sizeof(columns) / sizeof(*columns); k++)
		if (!rows_null(r, i, columns[k]))
			buf_printf(b, ",%lld",
			    (long long)rows_int(r, i, columns[k]));
}

static void
plan_put(struct buf *b, int64_t tenant, const struct rows *r)
{
	int64_t device = 0;
	int i, n = rows_count(r);

	buf_byte(b, '[');
	for (i = 0; i < n; i++) {
		if (rows_int(r, i, POLLER_PLAN_DEVICE_ID) != device) {
			if (device != 0)
				buf_text(b, "]}");
			device = rows_int(r, i, POLLER_PLAN_DEVICE_ID);
			device_begin(b, tenant, r, i);
		}
		member_comma(b);
		buf_printf(b, "[%lld,",
		    (long long)rows_int(r, i, POLLER_PLAN_SENSOR_ID));
		member_put_text(b, rows_text(r, i, POLLER_PLAN_SENSOR_KEY));
		facets_put(b, r, i);
		buf_byte(b, ']');
	}
	buf_text(b, device != 0 ? "]}]\n" : "]\n");
}

struct err *
edge_plan(struct buf *b, struct tx *tx, int gateway)
{
	const int tenant = (int)tx_who(tx)->tenant;
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, tx, &q_poller_plan,
		 ARGS(A(tenant), A(gateway), A(ROWS_MAX)))) != NULL)
		return err_pass(e);
	plan_put(b, tenant, r);
	return NULL;
}
