#include "fluxctl/address.h"

#include "model/audit.h"
#include "query.h"

enum { AT_ONCE = 100, INDEX = 33 };

/* One tenant's turn. */
struct turn {
	enum address_act act;
	const struct seal_master *index; /* the key that makes indexes */
	struct seal_key *key;		 /* NULL: destroyed */
	int n;
};

static struct err *
one(struct turn *t, struct ctl *c, const struct rows *r, int i)
{
	struct address at = { rows_int(r, i, ADDRESS_LIST_USER_ID),
		rows_bytes(r, i, ADDRESS_LIST_SEALED) };
	const char *text = rows_text(r, i, ADDRESS_LIST_ADDRESS);
	char hex[INDEX];
	struct err *e;

	if (t->act != ADDRESS_CONVERT) {
		if ((e = address_open(&text, c->arena, t->key, &at)) != NULL)
			return err_pass(e);
		if (*text == 0)
			return NULL;
	} else if (t->key != NULL &&
		   (e = address_seal(&at, c->arena, t->key, text)) != NULL) {
		return err_pass(e);
	}
	t->n++;
	if (t->act == ADDRESS_TRY)
		return NULL;
	seal_index(hex, t->index, text);
	e = tx_send(c->tx, &q_address_put,
	    ARGS(A((long)at.user), A(hex),
		at.sealed.n > 0 ? A(at.sealed) : arg_null()));
	return e != NULL ? err_pass(e) : NULL;
}

static struct err *
all(struct turn *t, struct ctl *c)
{
	int64_t behind = 0;
	struct rows *r;
	struct err *e;
	int i;

	do {
		if ((e = tx_rows(&r, c->tx, &q_address_list,
			 ARGS(A(t->act == ADDRESS_CONVERT), A((long)behind),
			     A(AT_ONCE)))) != NULL)
			return err_pass(e);
		for (i = 0; i < rows_count(r); i++)
			if ((e = one(t, c, r, i)) != NULL)
				return err_pass(e);
		if (i > 0)
			behind = rows_int(r, i - 1, ADDRESS_LIST_USER_ID);
	} while (i == AT_ONCE);
	return NULL;
}

/* What was done to whom is in the tenant's trail. */
static struct err *
note(const struct turn *t, struct ctl *c)
{
	struct err *e;

	if (t->act == ADDRESS_TRY)
		return NULL;
	e = audit_put(c->tx,
	    t->act == ADDRESS_CONVERT ? "address.seal" : "address.index",
	    arena_printf(c->arena, "tenant:%d", (int)tx_who(c->tx)->tenant),
	    arena_printf(c->arena, "{\"people\": %d}", t->n));
	return e != NULL ? err_pass(e) : NULL;
}

static struct err *
tenant(struct turn *t, struct ctl *c, struct db *db, int32_t number)
{
	struct gate g = { .kind = GATE_ADMIN, .tenant = number };
	struct tx *tx;
	struct err *e;

	t->n = 0;
	if ((e = tx_begin(&c->tx, db, c->arena, &g, TX_WRITE)) != NULL ||
	    (e = address_key(&t->key, c->tx, c->master_key)) != NULL ||
	    (e = all(t, c)) != NULL || (e = note(t, c)) != NULL)
		return err_pass(e);
	tx = c->tx;
	c->tx = NULL;
	if ((e = tx_commit(tx)) != NULL)
		return err_pass(e);
	return NULL;
}

static struct err *
tenants(int *n, struct turn *t, struct ctl *c, struct db *db)
{
	struct rows *r;
	struct err *e;
	int i;

	if ((e = db_call(&r, db, c->arena, &q_address_tenants,
		 ARGS(A(t->act == ADDRESS_CONVERT)))) != NULL)
		return err_pass(e);
	for (i = 0; i < rows_count(r); i++) {
		if ((e = tenant(t, c, db,
			 (int32_t)rows_int(r, i, ADDRESS_TENANTS_TENANT_ID))) !=
		    NULL)
			return err_pass(e);
		*n += t->n;
	}
	return NULL;
}

struct err *
addresses_do(int *n, struct ctl *c, enum address_act act)
{
	struct turn t = { .act = act };
	struct seal_master *index;
	struct db *db = c->db;
	struct err *e;
	size_t i = 0;

	*n = 0;
	if ((e = seal_master_load(&index, c->arena, c->index_key)) != NULL)
		return err_pass(e);
	t.index = index;
	for (; db != NULL; db = db_cell(c->db, i++))
		if ((e = tenants(n, &t, c, db)) != NULL)
			return err_pass(e);
	return NULL;
}
