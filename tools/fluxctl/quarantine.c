/* quarantine: the damaged bytes that the worker keeps aside. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "fluxctl/fluxctl.h"
#include "query.h"

enum { ROWS_MAX = 1000 };

static const char *
when(struct ctl *c, const struct rows *r, int i, int column)
{
	return clock_iso(c->arena, rows_time(r, i, column));
}

static void
print(struct ctl *c, const struct rows *r, int i)
{
	const char *sensor = rows_null(r, i, ADMIN_QUARANTINE_SENSOR)
				 ? "several"
				 : rows_text(r, i, ADMIN_QUARANTINE_SENSOR);
	char why[LOG_QUOTED];

	(void)printf("%s  %-27s %-7s  %-24s %-27s %-27s %8" PRId64 " %9" PRId64
		     "  %s\n",
	    c->args[0], when(c, r, i, ADMIN_QUARANTINE_AT),
	    rows_text(r, i, ADMIN_QUARANTINE_LEVEL), sensor,
	    when(c, r, i, ADMIN_QUARANTINE_T_MIN),
	    when(c, r, i, ADMIN_QUARANTINE_T_MAX),
	    rows_int(r, i, ADMIN_QUARANTINE_N),
	    rows_int(r, i, ADMIN_QUARANTINE_SIZE),
	    log_quote(why, rows_text(r, i, ADMIN_QUARANTINE_WHY)));
}

struct err *
ctl_quarantine(struct ctl *c)
{
	struct rows *r;
	struct err *e;
	int64_t total;
	int i, n;

	if ((e = tx_rows(&r, c->tx, &q_admin_quarantine,
		 ARGS(A((int)tx_who(c->tx)->tenant), A(ROWS_MAX)))) != NULL)
		return err_pass(e);
	n = rows_count(r);
	if (n == 0) {
		(void)printf("nothing is kept aside\n");
		return NULL;
	}
	(void)printf("%-*s  %-27s %-7s  %-24s %-27s %-27s %8s %9s  %s\n",
	    (int)strlen(c->args[0]), "tenant", "at", "table", "sensor", "from",
	    "until", "readings", "bytes", "reason");
	for (i = 0; i < n; i++)
		print(c, r, i);
	total = rows_int(r, 0, ADMIN_QUARANTINE_TOTAL);
	if (total > n)
		(void)printf("%" PRId64 " older ones are not shown\n",
		    total - n);
	return NULL;
}
