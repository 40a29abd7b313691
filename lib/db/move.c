#include "db/move.h"

#include <string.h>

#include "db/copy.h"

#define SAY "The tenant could not be moved."

/* Under way between two databases. */
struct trip {
	struct arena *arena;
	const struct move *m;
	PGconn *home, *cell;
	const char *name;	  /* the cell's */
	const char *dsn, *moving; /* what home says */
};

const char *
move_conninfo(struct arena *a, struct db *db, const char *conninfo,
    const char *cell)
{
	size_t i;

	for (i = 0; db_cell(db, i) != NULL; i++)
		if (strcmp(db_cell_name(db, i), cell) == 0)
			return arena_printf(a, "%s %s", conninfo,
			    db_cell_differs(db, i));
	return NULL;
}

/* Steps of ctx.move_*; %d is the tenant, %s one word of ours. */
static struct err *
step(const char **text, struct trip *t, PGconn *c, const char *sql,
    const char *word)
{
	struct err *e;

	t->m->say(sql);
	if ((e = copy_act(text, t->arena, c,
		 arena_printf(t->arena, "SELECT ctx.%s(%d%s%s%s)", sql,
		     (int)t->m->tenant, *word != 0 ? ", '" : "", word,
		     *word != 0 ? "'" : ""))) != NULL)
		return err_pass(e);
	return NULL;
}

/* One column of the tenant's row; "" for NULL, NULL when there is no row. */
static struct err *
row_says(const char **out, struct trip *t, PGconn *c, const char *column)
{
	const char *text;
	struct err *e;

	if ((e = copy_act(&text, t->arena, c,
		 arena_printf(t->arena,
		     "SELECT coalesce((SELECT 'is' || coalesce(%s, '') FROM "
		     "ctx.tenant_home WHERE tenant_id = %d), 'no')",
		     column, (int)t->m->tenant))) != NULL)
		return err_pass(e);
	*out = strcmp(text, "no") == 0 ? NULL : text + 2;
	return NULL;
}

/* Both must be of the same version. */
static struct err *
same_schema(struct trip *t)
{
	static const char sql[] =
	    "SELECT md5(string_agg(name || digest, ' ' ORDER BY name)) "
	    "FROM ctx.migration";
	const char *here, *there;
	struct err *e;

	if ((e = copy_run(&here, t->arena, t->home, sql)) != NULL ||
	    (e = copy_run(&there, t->arena, t->cell, sql)) != NULL)
		return err_pass(e);
	if (strcmp(here, there) != 0)
		return err_raise(ERR_CONFLICT,
		    "The cell is of another version: run fluxctl migrate.",
		    "cell %s", t->name);
	return NULL;
}

static struct err *
come_to(struct trip *t, const char *cell)
{
	const char *conninfo =
	    move_conninfo(t->arena, t->m->db, t->m->home, cell);
	struct err *e;

	t->name = cell;
	if (conninfo == NULL)
		return err_raise(ERR_MISSING, "There is no cell of that name.",
		    "cell \"%s\"", cell);
	if ((e = copy_connect(&t->cell, t->arena, conninfo)) != NULL ||
	    (e = same_schema(t)) != NULL)
		return err_pass(e);
	return NULL;
}

/* One move at a time; what home says of the tenant. */
static struct err *
start(struct trip *t, struct arena *a, const struct move *m)
{
	struct err *e;

	*t = (struct trip){ .arena = a, .m = m };
	if ((e = copy_connect(&t->home, a, m->home)) != NULL ||
	    (e = copy_run(NULL, a, t->home,
		 "SELECT pg_advisory_lock(4670202)")) != NULL ||
	    (e = row_says(&t->dsn, t, t->home, "dsn")) != NULL ||
	    (e = row_says(&t->moving, t, t->home, "moving")) != NULL)
		return err_pass(e);
	if (t->dsn == NULL)
		return err_raise(ERR_MISSING, "There is no such tenant.",
		    "tenant %d", (int)m->tenant);
	return NULL;
}

static struct err *
finish(struct trip *t, struct err *e)
{
	PQfinish(t->cell);
	PQfinish(t->home);
	return e != NULL ? err_pass(e) : NULL;
}

/* Nothing is left of it in the cell, unless it is open there. */
static struct err *
wipe(struct trip *t)
{
	const char *moving;
	struct err *e;

	if ((e = row_says(&moving, t, t->cell, "moving")) != NULL)
		return err_pass(e);
	if (moving != NULL && *moving == 0)
		return err_raise(ERR_BUG, SAY, "it is open in cell %s",
		    t->name);
	t->m->say("erase in the cell");
	if ((e = copy_erase(t->arena, t->cell, t->m->tenant)) != NULL ||
	    (e = copy_act(NULL, t->arena, t->cell,
		 arena_printf(t->arena,
		     "DELETE FROM ctx.tenant_home WHERE tenant_id = %d",
		     (int)t->m->tenant))) != NULL)
		return err_pass(e);
	return NULL;
}

/* The rows, and the tenant's own; both transactions are still to be ended. */
static struct err *
carry(struct trip *t, PGconn *from, PGconn *to, const char *base,
    const char *name)
{
	struct copy c = { t->arena, from, to, t->m->tenant, base, t->m->say };
	const char *row;
	char *quoted;
	struct err *e;

	t->m->say("wait for who is in");
	if ((e = copy_fence(t->arena, from)) != NULL ||
	    (e = copy_rows(&c)) != NULL ||
	    (e = copy_run(NULL, t->arena, from, "SET LOCAL ROLE fl_ctx")) !=
		NULL ||
	    (e = copy_run(&row, t->arena, from,
		 arena_printf(t->arena, "SELECT ctx.move_row(%d, '%s')",
		     (int)t->m->tenant, name))) != NULL)
		return err_pass(e);
	if ((quoted = PQescapeLiteral(to, row, strlen(row))) == NULL)
		return err_raise(ERR_BUG, SAY, "%s", PQerrorMessage(to));
	e = copy_run(NULL, t->arena, to,
	    arena_printf(t->arena,
		"SET LOCAL ROLE fl_ctx; SELECT ctx.move_arrive(%s)", quoted));
	PQfreemem(quoted);
	return e != NULL ? err_pass(e) : NULL;
}

/* Nothing has been decided: it is open again where it was. */
static void
stay(struct trip *t, PGconn *where, PGconn *other)
{
	struct err under_way = err_keep();

	copy_drop(other);
	copy_drop(where);
	if (step(NULL, t, where, "move_open", "") != NULL)
		t->m->say("it is still closed: run the command again");
	err_restore(&under_way);
}

static struct err *
to_cell(struct trip *t)
{
	const char *base;
	struct err *e;

	if ((e = step(NULL, t, t->home, "move_begin", t->name)) != NULL)
		return err_pass(e);
	if ((e = wipe(t)) != NULL ||
	    (e = copy_act(&base, t->arena, t->home,
		 arena_printf(t->arena,
		     "SELECT n::bigint << 40 FROM ctx.cell WHERE name = '%s'",
		     t->name))) != NULL ||
	    (e = carry(t, t->home, t->cell, base, t->name)) != NULL ||
	    (e = copy_run(NULL, t->arena, t->cell, "COMMIT")) != NULL) {
		stay(t, t->home, t->cell);
		return err_pass(e);
	}
	if ((e = copy_run(NULL, t->arena, t->home, "COMMIT")) != NULL ||
	    (e = step(NULL, t, t->home, "tenant_away", t->name)) != NULL)
		return err_pass(e);
	return NULL;
}

/* It lives there: open it, and forget it here. */
static struct err *
settle(struct trip *t)
{
	struct err *e;

	if ((e = step(NULL, t, t->cell, "move_open", "")) != NULL ||
	    (e = step(NULL, t, t->home, "tenant_gone", "")) != NULL)
		return err_pass(e);
	t->m->say("erase at home");
	if ((e = copy_erase(t->arena, t->home, t->m->tenant)) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
move_away(struct arena *a, const struct move *m, const char *cell)
{
	struct trip t;
	struct err *e;

	if ((e = start(&t, a, m)) == NULL && (e = come_to(&t, cell)) == NULL) {
		if (*t.dsn != 0 && strcmp(t.dsn, cell) != 0)
			e = err_raise(ERR_CONFLICT,
			    "It lives in another cell: move it home first.",
			    "in %s", t.dsn);
		else if (*t.dsn == 0)
			e = to_cell(&t);
		if (e == NULL)
			e = settle(&t);
	}
	e = finish(&t, e);
	return e != NULL ? err_pass(e) : NULL;
}

/* Back: the commit that brings the rows is the one that opens it here. */
static struct err *
from_cell(struct trip *t)
{
	struct err *e;

	if ((e = settle(t)) != NULL ||
	    (e = step(NULL, t, t->cell, "move_begin", "home")) != NULL)
		return err_pass(e);
	if ((e = carry(t, t->cell, t->home, "1", "home")) != NULL ||
	    (e = copy_run(NULL, t->arena, t->home,
		 arena_printf(t->arena, "SELECT ctx.move_open(%d)",
		     (int)t->m->tenant))) != NULL) {
		stay(t, t->cell, t->home);
		return err_pass(e);
	}
	t->m->say("commit at home");
	if ((e = copy_run(NULL, t->arena, t->home, "COMMIT")) != NULL ||
	    (e = copy_run(NULL, t->arena, t->cell, "COMMIT")) != NULL ||
	    (e = wipe(t)) != NULL)
		return err_pass(e);
	return NULL;
}

/* It is here; a cell that it has left may not know yet. */
static struct err *
wipe_all(struct trip *t)
{
	const char *cell, *moving;
	struct err *e;
	size_t i;

	for (i = 0; (cell = db_cell_name(t->m->db, i)) != NULL; i++) {
		if ((e = come_to(t, cell)) != NULL ||
		    (e = row_says(&moving, t, t->cell, "moving")) != NULL ||
		    (moving != NULL && (e = wipe(t)) != NULL))
			return err_pass(e);
		PQfinish(t->cell);
		t->cell = NULL;
	}
	return NULL;
}

struct err *
move_home(struct arena *a, const struct move *m)
{
	struct trip t;
	struct err *e;

	if ((e = start(&t, a, m)) == NULL && *t.dsn != 0) {
		if ((e = come_to(&t, t.dsn)) == NULL)
			e = from_cell(&t);
	} else if (e == NULL &&
		   (*t.moving == 0 ||
		       (e = step(NULL, &t, t.home, "move_open", "")) == NULL)) {
		e = wipe_all(&t);
	}
	e = finish(&t, e);
	return e != NULL ? err_pass(e) : NULL;
}
