#include "model/datakey.h"

#include "query.h"

#define GONE "The keys of this tenant were destroyed."

/* Unwrap the rows, the newest first; *k is NULL when there is none. */
static struct err *
unwrap(struct seal_key **k, struct arena *a, const struct rows *r,
    const struct seal_master *m, int32_t tenant)
{
	struct seal_key **next = k;
	struct err *e;
	int i;

	*k = NULL;
	for (i = 0; i < rows_count(r); i++) {
		if (rows_null(r, i, DATAKEY_LIST_WRAPPED))
			continue;
		if ((e = seal_unwrap(next, a, m, tenant,
			 (int32_t)rows_int(r, i, DATAKEY_LIST_KEY_ID),
			 rows_bytes(r, i, DATAKEY_LIST_WRAPPED))) != NULL)
			return err_pass(e);
		next = &(*next)->older;
	}
	if (*k == NULL && rows_count(r) > 0)
		return err_raise(ERR_MISSING, GONE, "tenant %d", (int)tenant);
	return NULL;
}

/* After a first key was put there, if that could be. */
static struct err *
there(const struct seal_key *k, int32_t tenant)
{
	if (k == NULL)
		return err_raise(ERR_MISSING, "This tenant has no key yet.",
		    "tenant %d", (int)tenant);
	return NULL;
}

static struct err *
first(struct bytes *wrapped, struct arena *a, const struct seal_master *m,
    int32_t tenant)
{
	struct err *e;

	if ((e = seal_wrap(wrapped, a, m, seal_key_new(a, tenant, 1))) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
datakey_of(struct seal_key **k, struct tx *tx, const struct seal_master *m)
{
	int32_t tenant = tx_who(tx)->tenant;
	struct arena *a = tx_arena(tx);
	struct bytes wrapped;
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, tx, &q_datakey_list, NO_ARGS)) != NULL ||
	    (e = unwrap(k, a, r, m, tenant)) != NULL)
		return err_pass(e);
	if (*k != NULL)
		return NULL;
	/* Whoever is first: what is there then is the key of all. */
	if ((e = first(&wrapped, a, m, tenant)) != NULL ||
	    (e = tx_send(tx, &q_datakey_first, ARGS(A(wrapped)))) != NULL ||
	    (e = tx_rows(&r, tx, &q_datakey_list, NO_ARGS)) != NULL ||
	    (e = unwrap(k, a, r, m, tenant)) != NULL ||
	    (e = there(*k, tenant)) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
datakey_at(struct seal_key **k, struct db *db, struct arena *a,
    const struct seal_master *m, int32_t tenant)
{
	struct bytes wrapped;
	struct rows *r;
	struct err *e;

	if ((e = db_call(&r, db, a, &q_datakey_list_at,
		 ARGS(A((int)tenant)))) != NULL ||
	    (e = unwrap(k, a, r, m, tenant)) != NULL)
		return err_pass(e);
	if (*k != NULL)
		return NULL;
	if ((e = first(&wrapped, a, m, tenant)) != NULL ||
	    (e = db_call(&r, db, a, &q_datakey_first_at,
		 ARGS(A((int)tenant), A(wrapped)))) != NULL ||
	    (e = db_call(&r, db, a, &q_datakey_list_at,
		 ARGS(A((int)tenant)))) != NULL ||
	    (e = unwrap(k, a, r, m, tenant)) != NULL ||
	    (e = there(*k, tenant)) != NULL)
		return err_pass(e);
	return NULL;
}
