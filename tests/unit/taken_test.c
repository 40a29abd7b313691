/*
 * taken_test.c - what the database gives out with so much time left has that
 * much, whatever our time of day is.
 *
 * link: poller/errand.c
 * link: poller/orders.c
 * link: poller/probes.c
 * link: poller/command.c
 * link: poller/look.c
 */
#include "../../poller/orders.h"
#include "../../poller/probes.h"

#include "base/env.h"
#include "check.h"
#include "query.h"

#define LEFT (5 * CLOCK_S)

static int64_t mono, ahead; /* our wall clock, of the database's */
static const struct stmt *said;
static const struct hold nobody = { .n = 0 };

static int64_t
mono_us(void)
{
	return mono;
}

static int64_t
now_us(void)
{
	return 1000 * CLOCK_DAY + mono + ahead;
}

/* A database of one tenant, with one row whatever it is asked for. */
struct err *
tx_begin(struct tx **tx, struct db *db, struct arena *a, const struct gate *g,
    enum tx_mode mode)
{
	(void)tx, (void)db, (void)a, (void)g, (void)mode;
	mono += CLOCK_S;
	return NULL;
}

struct err *
tx_rows(struct rows **r, struct tx *tx, const struct stmt *s, struct arg *v,
    int n)
{
	(void)r, (void)tx, (void)v, (void)n;
	said = s;
	return NULL;
}

struct err *
tx_commit(struct tx *tx)
{
	(void)tx;
	return NULL;
}

void
tx_rollback(struct tx *tx)
{
	(void)tx;
}

struct err *
db_call(struct rows **r, struct db *db, struct arena *a, const struct stmt *s,
    struct arg *v, int n)
{
	(void)r, (void)db, (void)a, (void)s, (void)v, (void)n;
	return NULL;
}

const char *
db_cell_name(struct db *db, size_t i)
{
	(void)db, (void)i;
	return NULL;
}

bool
db_is_moving(const struct err *e)
{
	(void)e;
	return false;
}

struct db *
db_cell(struct db *db, size_t i)
{
	(void)db, (void)i;
	return NULL;
}

int
rows_count(const struct rows *r)
{
	(void)r;
	return 1;
}

int64_t
rows_int(const struct rows *r, int i, int c)
{
	(void)r, (void)i;
	return (said == &q_command_take && c == COMMAND_TAKE_LEFT_MS) ||
		       (said == &q_probe_take && c == PROBE_TAKE_LEFT_MS)
		   ? LEFT / CLOCK_MS
		   : 1;
}

double
rows_real(const struct rows *r, int i, int c)
{
	(void)r, (void)i, (void)c;
	return 1;
}

const char *
rows_text(const struct rows *r, int i, int c)
{
	(void)r, (void)i, (void)c;
	return "none";
}

int64_t
rows_time(const struct rows *r, int i, int c)
{
	(void)r, (void)i, (void)c;
	return now_us() - ahead + LEFT;
}

enum confirm
confirm_of(const char *name)
{
	(void)name;
	return CONFIRM_NONE;
}

static struct arena *
begin(int64_t ahead_us)
{
	static struct env env;

	env = env_real;
	env.mono_us = mono_us;
	env.now_us = now_us;
	env_use(&env);
	mono = CLOCK_DAY;
	ahead = ahead_us;
	return arena_new();
}

static const int64_t clocks[] = { 0, 30 * CLOCK_S, -30 * CLOCK_S };

TEST(a_command_ends_in_time_by_any_clock)
{
	struct target t = { .tenant = 1, .device = 1 };
	const struct roster served = { &t, 1 };
	size_t i;

	for (i = 0; i < sizeof(clocks) / sizeof(*clocks); i++) {
		struct arena *a = begin(clocks[i]);
		struct commands *c = commands_new(a, false);
		struct orders *o = orders_new(a, c, NULL);
		int64_t before = mono;
		struct task task;

		orders_serve(o, &served);
		orders_turn(o, a);
		CHECK(commands_next(&task, c, 1, 1));
		CHECK(task.expires == before + LEFT);
		arena_free(a);
		env_use(&env_real);
	}
}

TEST(a_look_is_not_over_before_its_time_by_any_clock)
{
	size_t i;

	for (i = 0; i < sizeof(clocks) / sizeof(*clocks); i++) {
		struct arena *a = begin(clocks[i]);
		struct looks *s = looks_new(a);
		struct probes *p = probes_new(a, s, NULL);
		int64_t before = mono;
		struct look k;

		probes_turn(p, a);
		probes_turn(p, a);
		CHECK(!looks_news(&k, s, &nobody) && looks_next(&k, s, 1, 1));
		CHECK(k.expires == before + LEFT);
		arena_free(a);
		env_use(&env_real);
	}
}
