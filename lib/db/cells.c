/*
 * cells.c - in which database a tenant is.
 *
 * Each database judges its own rows at its own gate.  All that happens here is
 * to ask the right one: by the tenant's number, which the first database knows
 * of all tenants, or by a secret, which is shown to one after the other when
 * the first has refused it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/hash.h"
#include "base/log.h"
#include "db/internal.h"
#include "query.h"

enum { HINT_S = 60, LINE = 1024, TRIES = 4, HERE = 1, MOVING = 2 };

static const char word[] = " cells=";

struct cells *
cells_new(char *conninfo)
{
	struct cells *c = calloc(1, sizeof(*c));
	char *at = strstr(conninfo, word), *end;

	if (c == NULL)
		abort();
	c->seed = hash_seed();
	if (at == NULL)
		return c;
	end = at + strlen(word);
	end += strcspn(end, " ");
	c->path = strndup(at + strlen(word), (size_t)(end - at) - strlen(word));
	if (c->path == NULL)
		abort();
	memmove(at, end, strlen(end) + 1);
	return c;
}

void
cells_free(struct cells *c)
{
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < c->n; i++) {
		db_close(c->db[i]);
		free(c->name[i]);
		free(c->differs[i]);
	}
	free(c->path);
	free(c);
}

static void
add(struct db *db, const char *name, const char *different)
{
	struct cells *c = db->cells;
	size_t n = strlen(db->conninfo) + strlen(different) + 2, i;
	char *conninfo;

	for (i = 0; i < c->n; i++)
		if (strcmp(c->name[i], name) == 0)
			return;
	if (c->n == CELLS_MAX || (conninfo = malloc(n)) == NULL)
		return;
	/* Of a word that is there twice the later one holds. */
	(void)snprintf(conninfo, n, "%s %s", db->conninfo, different);
	c->db[c->n] = db_open(conninfo);
	cells_free(c->db[c->n]->cells);
	c->db[c->n]->cells = NULL;
	c->db[c->n]->deadline_ms = db->deadline_ms;
	c->db[c->n]->door_ms = db->door_ms;
	free(conninfo);
	if ((c->name[c->n] = strdup(name)) == NULL ||
	    (c->differs[c->n] = strdup(different)) == NULL)
		abort();
	c->n++;
}

/* The file as it is now; a line that is not "name = conninfo" is none. */
static void
read_cells(struct db *db)
{
	struct cells *c = db->cells;
	char line[LINE], name[64];
	struct stat st;
	FILE *f;
	int at;

	if (c == NULL || c->path == NULL || stat(c->path, &st) != 0 ||
	    memcmp(&c->of, &st.st_mtim, sizeof(c->of)) == 0 ||
	    (f = fopen(c->path, "re")) == NULL)
		return;
	c->of = st.st_mtim;
	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\r\n")] = 0;
		at = 0;
		if (sscanf(line, " %40[a-z0-9_] = %n", name, &at) == 1 &&
		    at > 0)
			add(db, name, line + at);
	}
	(void)fclose(f);
}

struct db *
db_cell(struct db *db, size_t i)
{
	read_cells(db);
	return db->cells != NULL && i < db->cells->n ? db->cells->db[i] : NULL;
}

const char *
db_cell_name(struct db *db, size_t i)
{
	return db_cell(db, i) != NULL ? db->cells->name[i] : NULL;
}

const char *
db_cell_differs(struct db *db, size_t i)
{
	return db_cell(db, i) != NULL ? db->cells->differs[i] : NULL;
}

static struct hint *
hint_of(struct db *db, struct bytes secret)
{
	uint64_t hash = hash_bytes(db->cells->seed, secret.p, secret.n);
	struct hint *h = &db->cells->hint[hash % HINTS];

	if (h->hash != hash)
		*h = (struct hint){ .hash = hash };
	return h;
}

static struct err *
moving(const char *what)
{
	return err_raise(ERR_BUSY, SAY_MOVING, "%s is being moved", what);
}

/* Where the tenant of this number or slug is; $1 is that. */
static struct err *
placed(struct db **at, struct db *db, struct arena *a, const struct stmt *s,
    struct arg *which)
{
	const char *cell;
	struct rows *r;
	struct err *e;
	size_t i;

	*at = db;
	if ((e = db_call_at(&r, db, a, s, which, 1)) != NULL)
		return err_pass(e);
	if (rows_bool(r, 0, CELL_OF_MOVING))
		return moving("the tenant");
	cell = rows_text(r, 0, CELL_OF_CELL);
	if (*cell == 0)
		return NULL;
	for (i = 0; i < db->cells->n; i++)
		if (strcmp(db->cells->name[i], cell) == 0) {
			*at = db->cells->db[i];
			return NULL;
		}
	return err_raise(ERR_BUSY, SAY_BUSY, "no cell \"%s\" in %s", cell,
	    db->cells->path);
}

struct err *
db_place(struct db **at, struct db *db, struct arena *a, int32_t tenant)
{
	struct arg which = arg_i32(tenant);
	struct err *e;

	*at = db;
	if (db_cell(db, 0) == NULL)
		return NULL;
	if ((e = placed(at, db, a, &q_cell_of, &which)) != NULL)
		return err_pass(e);
	return NULL;
}

/*
 * Who knows this secret: *at, NULL when nobody does, and then how many of the
 * cells were silent, any of which may have been the one.
 */
static struct err *
known_to(struct db **at, size_t *silent, struct db *db, struct arena *a,
    struct arg *secret)
{
	struct rows *r;
	struct err *e;
	size_t i;

	*at = NULL;
	*silent = 0;
	for (i = 0; i <= db->cells->n; i++) {
		struct db *d = i == 0 ? db : db->cells->db[i - 1];

		if ((e = db_call_at(&r, d, a, &q_cell_here, secret, 1)) !=
		    NULL) {
			if (i == 0)
				return err_pass(e);
			log_err(e, "cell=%s", db->cells->name[i - 1]);
			(*silent)++;
			continue;
		}
		if (rows_int(r, 0, CELL_HERE_HERE) == MOVING)
			return moving("whose this is");
		if (rows_int(r, 0, CELL_HERE_HERE) == HERE) {
			*at = d;
			return NULL;
		}
	}
	return NULL;
}

static struct err *
unsure(void)
{
	return err_raise(ERR_BUSY, SAY_BUSY,
	    "nobody knows it, and a cell does not answer");
}

/*
 * Who knows this address, the first database before the others.  All are asked
 * each time, and one that does not answer is as one that does not know it:
 * nothing in the answer tells who has an account.
 */
static struct err *
addressed(struct db **at, struct db *db, struct arena *a, struct arg *address)
{
	struct rows *r;
	struct err *e;
	size_t i;

	if ((e = db_call_at(&r, db, a, &q_cell_address, address, 1)) != NULL)
		return err_pass(e);
	*at = rows_int(r, 0, CELL_ADDRESS_HERE) == HERE ? db : NULL;
	for (i = 0; i < db->cells->n; i++) {
		struct db *d = db->cells->db[i];

		if ((e = db_call_at(&r, d, a, &q_cell_address, address, 1)) !=
		    NULL)
			log_err(e, "cell=%s", db->cells->name[i]);
		else if (*at == NULL &&
			 rows_int(r, 0, CELL_ADDRESS_HERE) == HERE)
			*at = d;
	}
	if (*at == NULL)
		*at = db;
	return NULL;
}

/*
 * By a credential: where it was let in last, else at the first database, else
 * where it is known.  It may move while we ask; who says no must have said
 * before that it is his.  When a cell is silent, what nobody knows comes again
 * later; but a person is shown the way in, for most such sessions are over.
 */
static struct err *
begin_found(struct tx **out, struct db *db, struct arena *a,
    const struct gate *g, enum tx_mode mode)
{
	struct hint *h = hint_of(db, g->secret);
	bool is_hinted = h->at != NULL && h->till > env_mono(), is_his = false;
	struct arg secret = arg_bytes(g->secret);
	struct db *at = is_hinted ? h->at : db, *next;
	size_t silent = 0;
	struct err *e;
	int i;

	for (i = 0; i < TRIES; i++) {
		if ((e = tx_begin_at(out, at, a, g, mode)) == NULL) {
			h->at = at != db ? at : NULL;
			h->till = env_mono() + HINT_S * CLOCK_S;
			return NULL;
		}
		if (e->kind != ERR_LOGIN)
			return err_pass(e);
		h->at = NULL;
		if ((e = known_to(&next, &silent, db, a, &secret)) != NULL)
			return err_pass(e);
		if (next == NULL || (is_his && next == at))
			break;
		at = next;
		is_his = true;
	}
	if (silent > 0 && !is_his && g->kind != GATE_SESSION)
		return unsure();
	return err_raise(ERR_LOGIN, "This credential is not valid.",
	    "refused in every database");
}

struct err *
tx_begin(struct tx **out, struct db *db, struct arena *a, const struct gate *g,
    enum tx_mode mode)
{
	struct db *at = db;
	struct err *e;

	if (db_cell(db, 0) != NULL && g->secret.p != NULL) {
		e = begin_found(out, db, a, g, mode);
		return e != NULL ? err_pass(e) : NULL;
	}
	if (g->secret.p == NULL &&
	    (e = db_place(&at, db, a, g->tenant)) != NULL)
		return err_pass(e);
	if ((e = tx_begin_at(out, at, a, g, mode)) != NULL)
		return err_pass(e);
	return NULL;
}

/* Here, and in every cell. */
static struct err *
call_all(struct rows **out, struct db *db, struct arena *a,
    const struct stmt *s, struct arg *args, int n)
{
	struct rows *r;
	struct err *e;
	bool is_no;
	size_t i;

	if ((e = db_call_at(out, db, a, s, args, n)) != NULL)
		return err_pass(e);
	is_no = rows_count(*out) == 1 && !rows_bool(*out, 0, 0) &&
		rows_int(*out, 0, 0) == 0;
	for (i = 0; i < db->cells->n; i++) {
		e = db_call_at(&r, db->cells->db[i], a, s, args, n);
		if (e != NULL)
			log_err(e, "cell=%s", db->cells->name[i]);
		else if (is_no && rows_count(r) == 1 && rows_bool(r, 0, 0))
			*out = r;
	}
	return NULL;
}

static struct err *
find(struct db **at, struct db *db, struct arena *a, const struct stmt *s,
    struct arg *by)
{
	struct err *e = NULL;
	size_t silent;

	*at = db;
	switch (s->found) {
	case FOUND_SECRET:
		e = known_to(at, &silent, db, a, by);
		if (e == NULL && *at == NULL && silent > 0)
			e = unsure();
		if (*at == NULL)
			*at = db;
		break;
	case FOUND_ADDRESS:
		e = addressed(at, db, a, by);
		break;
	case FOUND_TENANT:
		e = placed(at, db, a, &q_cell_of, by);
		break;
	case FOUND_SLUG:
		e = placed(at, db, a, &q_cell_called, by);
		break;
	case FOUND_HERE:
	case FOUND_EVERYWHERE:
		break;
	}
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
db_call(struct rows **out, struct db *db, struct arena *a, const struct stmt *s,
    struct arg *args, int n)
{
	struct db *at = db;
	struct err *e;

	if (s->found == FOUND_EVERYWHERE && db_cell(db, 0) != NULL) {
		e = call_all(out, db, a, s, args, n);
		return e != NULL ? err_pass(e) : NULL;
	}
	if (s->found != FOUND_HERE && s->by <= n && db_cell(db, 0) != NULL &&
	    (e = find(&at, db, a, s, &args[s->by - 1])) != NULL)
		return err_pass(e);
	if ((e = db_call_at(out, at, a, s, args, n)) != NULL)
		return err_pass(e);
	return NULL;
}
