/*
 * datakey.h - the keys that seal a tenant's secrets, from the database.
 *
 * The database keeps them wrapped and the program brings the master key; only
 * both together seal or open anything.  A tenant's first key is made when it
 * is first asked for.  To seal, ask inside the writing transaction that keeps
 * the value: it holds the key until it is committed, so that the key is not
 * replaced and destroyed meanwhile.
 *
 *	struct seal_master *m;
 *	struct seal_key *k;
 *
 *	if ((e = seal_master_load(&m, arena, conf->master_key)) != NULL ||
 *	    (e = datakey_of(&k, tx, m)) != NULL ||
 *	    (e = seal_put(&sealed, arena, k, secret, "factor|7|42")) != NULL)
 *
 * What is sealed so stands in a column that ctx.sealed_place() names, with the
 * same words for its place, or replacing the key would lose it.
 */
#ifndef MODEL_DATAKEY_H
#define MODEL_DATAKEY_H

#include "db/db.h"
#include "trust/seal.h"

/*
 * The keys of the transaction's tenant, the newest first.  ERR_MISSING: they
 * were destroyed, or there is none yet and the transaction only reads.
 */
struct err *datakey_of(struct seal_key **, struct tx *,
    const struct seal_master *) MUST_CHECK;

/* The same for who has no context yet, on the connection of fl_auth. */
struct err *datakey_at(struct seal_key **, struct db *, struct arena *,
    const struct seal_master *, int32_t tenant) MUST_CHECK;

#endif
