/*
 * errand_test.c - a round with several databases: what each of them says, and
 * that none keeps the others waiting.
 *
 * link: poller/errand.c
 */
#include "../../poller/errand.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

enum { DATABASES = 3 };

struct db {
	const char *name;
	enum err_kind fails; /* ERR_KINDS: it does not */
};

static struct db dbs[DATABASES] = { { "own", ERR_KINDS },
	{ "north", ERR_KINDS }, { "south", ERR_KINDS } };
static const struct stmt tenants;

/* The tenant of the database that has this place; two each. */
static int32_t taken[2 * DATABASES];
static size_t n_taken;
static enum err_kind say_fails, take_fails;

enum { MOST = 8 };

/* News of tenants, numbered by their tens; and those that were taken. */
static int32_t news[MOST], said[MOST], in_hand;
static size_t n_news, n_said, n_tried;
static const char *why_not;
static int32_t away; /* the tenant whose database fails; 0: all of them */

static struct err *
failed(enum err_kind kind, const char *why)
{
	return kind == ERR_KINDS ? NULL : err_raise(kind, "No.", "%s", why);
}

struct db *
db_cell(struct db *db, size_t i)
{
	(void)db;
	return i + 1 < DATABASES ? &dbs[i + 1] : NULL;
}

const char *
db_cell_name(struct db *db, size_t i)
{
	return db_cell(db, i)->name;
}

struct err *
db_call(struct rows **out, struct db *db, struct arena *a,
    const struct stmt *stmt, struct arg *v, int n)
{
	(void)a, (void)v;
	CHECK(stmt == &tenants && n == 0);
	*out = (struct rows *)db;
	return failed(db->fails, db->name);
}

int
rows_count(const struct rows *r)
{
	(void)r;
	return 2;
}

int64_t
rows_int(const struct rows *r, int i, int c)
{
	(void)c;
	return 2 * ((const struct db *)(const void *)r - dbs) + i;
}

bool
db_is_moving(const struct err *e)
{
	return strcmp(e->why, "moving") == 0;
}

struct err *
tx_begin(struct tx **tx, struct db *db, struct arena *a,
    const struct gate *gate, enum tx_mode mode)
{
	(void)tx, (void)db, (void)a, (void)gate, (void)mode;
	return failed(ERR_BUG, "nobody begins");
}

struct err *
tx_rows(struct rows **out, struct tx *tx, const struct stmt *stmt,
    struct arg *v, int n)
{
	(void)out, (void)tx, (void)stmt, (void)v, (void)n;
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

static bool
hear(int32_t *tenant, void *what, const struct hold *held)
{
	size_t i = 0;

	(void)what;
	while (i < n_news && hold_has(held, news[i] % 10))
		i++;
	if (i == n_news)
		return false;
	in_hand = news[i];
	*tenant = in_hand % 10;
	n_news--;
	memmove(&news[i], &news[i + 1], (n_news - i) * sizeof(*news));
	return true;
}

static struct err *
say(void *what, const struct errand *r, struct arena *a)
{
	(void)what, (void)r, (void)a;
	n_tried++;
	if (say_fails != ERR_KINDS && (away == 0 || away == in_hand % 10))
		return failed(say_fails, why_not);
	said[n_said++] = in_hand;
	return NULL;
}

static void
keep(void *what)
{
	(void)what;
	memmove(&news[1], &news[0], n_news++ * sizeof(*news));
	news[0] = in_hand;
}

static struct err *
take(void *what, const struct errand *r, struct arena *a, int32_t tenant)
{
	(void)what, (void)r, (void)a;
	taken[n_taken++] = tenant;
	return tenant % 2 == 0 ? failed(take_fails, "moving") : NULL;
}

static const struct errand_kind kind = { "things", &tenants, hear, say, keep,
	take };

static char heard[4096]; /* of the log */

/* A round, and what it says in the log. */
static void
round_of(struct errand *r, struct arena *a)
{
	int ends[2], kept = dup(STDERR_FILENO);
	ssize_t n;

	n_taken = n_tried = 0;
	CHECK(pipe(ends) == 0 && dup2(ends[1], STDERR_FILENO) >= 0);
	errand_tell(r, a);
	errand_take(r, a);
	(void)fflush(stderr);
	(void)dup2(kept, STDERR_FILENO);
	(void)close(kept);
	(void)close(ends[1]);
	n = read(ends[0], heard, sizeof(heard) - 1);
	heard[n > 0 ? n : 0] = 0;
	(void)close(ends[0]);
}

static struct errand *
begin(struct arena *a)
{
	size_t i;

	for (i = 0; i < DATABASES; i++)
		dbs[i].fails = ERR_KINDS;
	say_fails = take_fails = ERR_KINDS;
	n_news = n_said = 0;
	away = 0;
	why_not = "say";
	return errand_new(a, &kind, NULL, &dbs[0]);
}

static void
news_are(size_t n, const int32_t *v)
{
	memcpy(news, v, n * sizeof(*v));
	n_news = n;
}

static bool
names(const char *word)
{
	return strstr(heard, word) != NULL;
}

TEST(every_database_that_fails_is_named_once_until_it_is_back)
{
	struct arena *a = arena_new();
	struct errand *r = begin(a);

	dbs[0].fails = ERR_BUG;
	dbs[2].fails = ERR_BUSY;
	round_of(r, a);
	CHECK(names("database=own") && names("database=south"));
	CHECK(names("why=\"own\"") && names("why=\"south\""));
	CHECK(!names("north") && n_taken == 2 && taken[0] == 2);
	dbs[1].fails = ERR_BUSY;
	round_of(r, a);
	CHECK(names("database=north"));
	CHECK(!names("own") && !names("south") && n_taken == 0);
	dbs[2].fails = ERR_KINDS;
	round_of(r, a);
	CHECK(*heard == 0 && n_taken == 2 && taken[0] == 4);
	dbs[2].fails = ERR_BUSY;
	round_of(r, a);
	CHECK(names("database=south") && !names("north"));
	arena_free(a);
}

TEST(news_that_are_not_taken_are_told_again_and_keep_nothing_waiting)
{
	struct arena *a = arena_new();
	struct errand *r = begin(a);

	news_are(3, (int32_t[]){ 11, 21, 31 });
	say_fails = ERR_BUSY;
	round_of(r, a);
	CHECK(names("things not told") && n_taken == 2 * DATABASES);
	round_of(r, a);
	CHECK(*heard == 0 && n_said == 0 && n_news == 3);
	say_fails = ERR_KINDS;
	round_of(r, a);
	CHECK(n_said == 3 && n_news == 0);
	/* Who may not say it any more says no more of it. */
	news_are(2, (int32_t[]){ 11, 21 });
	say_fails = ERR_LOGIN;
	round_of(r, a);
	CHECK(*heard == 0 && n_news == 0);
	arena_free(a);
}

TEST(news_of_one_tenant_wait_in_their_order_and_all_others_are_told)
{
	const int32_t others[] = { 12, 13, 22 }, later[] = { 11, 21, 31 };
	struct arena *a = arena_new();
	struct errand *r = begin(a);

	news_are(5, (int32_t[]){ 11, 12, 21, 13, 22 });
	say_fails = ERR_BUSY;
	away = 1;
	round_of(r, a);
	CHECK(names("things not told tenant=1") && n_tried == 4);
	CHECK(n_said == 3 && memcmp(said, others, sizeof(others)) == 0);
	news[n_news++] = 31;
	round_of(r, a);
	CHECK(*heard == 0 && n_tried == 1 && n_news == 3);
	n_said = 0;
	away = 2;
	round_of(r, a);
	CHECK(n_said == 3 && memcmp(said, later, sizeof(later)) == 0);
	arena_free(a);
}

TEST(news_of_a_tenant_that_is_being_moved_wait_and_are_no_failure)
{
	struct arena *a = arena_new();
	struct errand *r = begin(a);

	news_are(2, (int32_t[]){ 11, 12 });
	say_fails = ERR_BUSY;
	why_not = "moving";
	away = 1;
	round_of(r, a);
	CHECK(*heard == 0 && n_said == 1 && n_news == 1);
	arena_free(a);
}

TEST(a_tenant_that_is_being_moved_keeps_no_other_one_waiting)
{
	struct arena *a = arena_new();
	struct errand *r = begin(a);

	take_fails = ERR_BUSY;
	round_of(r, a);
	CHECK(*heard == 0 && n_taken == 2 * DATABASES);
	arena_free(a);
}
