#include "health.h"
#include "orders.h"
#include "probes.h"
#include "roster.h"
#include "sink_postgres.h"

void
postgres_errands(struct postgres *to, struct arena *a,
    struct commands *commands, struct looks *looks)
{
	to->orders = orders_new(a, commands, to->db);
	to->probes = probes_new(a, looks, to->db);
}

struct err *
postgres_plan(struct bytes *text, struct sink *sink, struct arena *a)
{
	struct postgres *to = (struct postgres *)sink;
	struct roster r;
	struct err *e;

	if ((e = roster_read(&r, to->db, a)) != NULL)
		return err_pass(e);
	orders_serve(to->orders, &r);
	*text = roster_text(a, &r);
	return NULL;
}

/* What fails is in the log, whichever of its databases it was. */
struct err *
postgres_orders(struct sink *sink, struct arena *a, bool last)
{
	struct postgres *to = (struct postgres *)sink;

	(last ? orders_end : orders_turn)(to->orders, a);
	(last ? probes_end : probes_turn)(to->probes, a);
	return NULL;
}

struct err *
postgres_health(struct sink *sink, struct arena *a, struct unit_report *v,
    size_t n, uint64_t waiting)
{
	struct postgres *to = (struct postgres *)sink;
	struct err *e = health_tell(to->db, a, v, n, waiting);

	return e != NULL ? err_pass(e) : NULL;
}
