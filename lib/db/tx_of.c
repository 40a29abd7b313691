/* Whose a transaction is, and what it works with. */
#include "db/internal.h"

void
tx_in(struct tx *tx, int32_t tenant)
{
	tx->who.tenant = tenant;
}

const struct who *
tx_who(const struct tx *tx)
{
	return &tx->who;
}

bool
tx_at_door(const struct tx *tx)
{
	return tx->at_door;
}

struct db *
tx_db(const struct tx *tx)
{
	return tx->db;
}

struct arena *
tx_arena(const struct tx *tx)
{
	return tx->arena;
}

struct arena *
tx_use(struct tx *tx, struct arena *a)
{
	struct arena *before = tx->arena;

	tx->arena = a;
	return before;
}
