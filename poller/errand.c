#include "errand.h"

#include "base/log.h"

enum { TENANT_ID }; /* of the kind's tenants */

struct errand {
	const struct errand_kind *kind;
	void *what;
	struct db *db;
	bool untold;   /* as the log has it */
	uint64_t deaf; /* and so the databases, a bit each */
};

struct errand *
errand_new(struct arena *a, const struct errand_kind *kind, void *what,
    struct db *db)
{
	struct errand *r = arena_alloc(a, sizeof(*r));

	*r = (struct errand){ .kind = kind, .what = what, .db = db };
	return r;
}

struct err *
errand_ask(struct rows **out, const struct errand *r, struct arena *a,
    int32_t tenant, const struct stmt *stmt, struct arg *v, int n)
{
	const struct gate gate = { .kind = GATE_POLLER, .tenant = tenant };
	struct err *e;
	struct tx *tx;

	if ((e = tx_begin(&tx, r->db, a, &gate, TX_WRITE)) != NULL)
		return err_pass(e);
	if ((e = tx_rows(out, tx, stmt, v, n)) != NULL) {
		tx_rollback(tx);
		return err_pass(e);
	}
	e = tx_commit(tx);
	return e != NULL ? err_pass(e) : NULL;
}

void
errand_tell(struct errand *r, struct arena *a)
{
	struct hold *held = arena_alloc(a, sizeof(*held));
	bool was_untold = r->untold;
	int32_t tenant;
	struct err *e;

	r->untold = false;
	while (held->n < HOLD_MAX && r->kind->hear(&tenant, r->what, held)) {
		e = r->kind->say(r->what, r, a);
		/* Who may not say it any more says nothing more of it. */
		if (e == NULL || e->kind == ERR_LOGIN)
			continue;
		r->kind->keep(r->what);
		held->tenant[held->n++] = tenant;
		if (db_is_moving(e))
			continue;
		if (!was_untold && !r->untold)
			log_err(e, "%s not told tenant=%d", r->kind->name,
			    tenant);
		r->untold = true;
	}
}

/* Those of the tenants that one database knows. */
static struct err *
database_take(struct errand *r, struct arena *a, struct db *db)
{
	struct rows *rows;
	struct err *e;
	int i;

	if ((e = db_call(&rows, db, a, r->kind->tenants, NO_ARGS)) != NULL)
		return err_pass(e);
	for (i = 0; i < rows_count(rows); i++) {
		e = r->kind->take(r->what, r, a,
		    (int32_t)rows_int(rows, i, TENANT_ID));
		/* A tenant that is being moved is none of the others'. */
		if (e == NULL || e->kind == ERR_LOGIN || db_is_moving(e))
			continue;
		if (e->kind == ERR_BUSY)
			return err_pass(e);
		log_err(e, "%s not taken", r->kind->name);
	}
	return NULL;
}

/* Database i's turn is over. */
static void
note(struct errand *r, size_t i, const char *name, const struct err *e)
{
	const uint64_t bit = UINT64_C(1) << i;

	if (e != NULL && (r->deaf & bit) == 0)
		log_err(e, "%s not read database=%s", r->kind->name, name);
	r->deaf = e != NULL ? r->deaf | bit : r->deaf & ~bit;
}

void
errand_take(struct errand *r, struct arena *a)
{
	struct db *cell;
	size_t i;

	note(r, 0, "own", database_take(r, a, r->db));
	for (i = 0; (cell = db_cell(r->db, i)) != NULL; i++)
		note(r, i + 1, db_cell_name(r->db, i),
		    database_take(r, a, cell));
}
