/*
 * errands_test.c - a round with commands and looks: of two errors the commands'
 * is said.
 *
 * link: poller/sink_errands.c
 */
#include "../../poller/sink_postgres.h"

#include "../../poller/health.h"
#include "../../poller/orders.h"
#include "../../poller/probes.h"
#include "../../poller/roster.h"
#include "check.h"

static bool orders_fail, probes_fail;

static struct err *
round_of(const char *whose, bool fails)
{
	struct err *e = err_raise(ERR_BUSY, "No.", "%s", whose);

	return fails ? e : NULL;
}

struct orders *
orders_new(struct arena *a, struct commands *c, struct db *db)
{
	(void)a, (void)c, (void)db;
	return NULL;
}

void
orders_serve(struct orders *o, const struct roster *r)
{
	(void)o, (void)r;
}

struct err *
orders_turn(struct orders *o, struct arena *a)
{
	(void)o, (void)a;
	return round_of("orders", orders_fail);
}

struct err *
orders_end(struct orders *o, struct arena *a)
{
	return orders_turn(o, a);
}

struct probes *
probes_new(struct arena *a, struct looks *s, struct db *db)
{
	(void)a, (void)s, (void)db;
	return NULL;
}

struct err *
probes_turn(struct probes *p, struct arena *a)
{
	(void)p, (void)a;
	return round_of("probes", probes_fail);
}

struct err *
probes_end(struct probes *p, struct arena *a)
{
	return probes_turn(p, a);
}

struct err *
roster_read(struct roster *r, struct db *db, struct arena *a)
{
	(void)r, (void)db, (void)a;
	return NULL;
}

struct bytes
roster_text(struct arena *a, const struct roster *r)
{
	(void)a, (void)r;
	return (struct bytes){ NULL, 0 };
}

struct err *
health_tell(struct db *db, struct arena *a, struct unit_report *v, size_t n,
    uint64_t waiting)
{
	(void)db, (void)a, (void)v, (void)n, (void)waiting;
	return NULL;
}

TEST(what_kept_commands_back_is_said_whatever_looks_do)
{
	struct postgres to = { .orders = NULL };
	struct arena *a = arena_new();
	struct err *e;
	int i;

	for (i = 0; i < 8; i++) {
		orders_fail = i & 1;
		probes_fail = i & 2;
		e = errand_orders(&to.sink, a, i & 4);
		CHECK((e != NULL) == (orders_fail || probes_fail));
		if (e != NULL)
			CHECK(strcmp(e->why,
				  orders_fail ? "orders" : "probes") == 0);
	}
	arena_free(a);
}
