#include "model/role.h"

#include <string.h>

#include "query.h"

struct err *
roles_load(struct roles *all, struct tx *tx)
{
	struct rows *r;
	struct err *e;
	size_t i;

	if ((e = tx_rows(&r, tx, &q_role_list,
		 ARGS(A((int)tx_who(tx)->tenant), A(ROLES_MAX)))) != NULL)
		return err_pass(e);
	all->n = (size_t)rows_count(r);
	all->v = arena_array(tx_arena(tx), all->n + 1, sizeof(*all->v));
	for (i = 0; i < all->n; i++)
		all->v[i] = (struct role){
			.id = (int32_t)rows_int(r, (int)i, ROLE_LIST_ROLE_ID),
			.name = rows_text(r, (int)i, ROLE_LIST_NAME),
			.can = (uint64_t)rows_int(r, (int)i, ROLE_LIST_CAN),
			.builtin = rows_bool(r, (int)i, ROLE_LIST_BUILTIN),
			.holders = rows_int(r, (int)i, ROLE_LIST_HOLDERS),
		};
	return NULL;
}

struct err *
role_find(struct role *found, struct tx *tx, const char *name)
{
	struct roles all;
	struct err *e;
	size_t i;

	if ((e = roles_load(&all, tx)) != NULL)
		return err_pass(e);
	for (i = 0; i < all.n; i++) {
		if (strcmp(all.v[i].name, name) == 0) {
			*found = all.v[i];
			return NULL;
		}
	}
	return err_raise(ERR_MISSING, "There is no such role.", "role \"%s\"",
	    name);
}

struct err *
role_put(struct tx *tx, int32_t id, const char *name, uint64_t can)
{
	const char *word[CAN_END];
	struct rows *r;
	struct err *e;
	enum can i;
	size_t n = 0;

	for (i = CAN_NOTHING + 1; i < CAN_END; i++)
		if (can_has(can, i))
			word[n++] = can_name(i);
	if ((e = tx_rows(&r, tx, &q_role_put,
		 ARGS(A((int)id), A(name), arr_text(tx_arena(tx), word, n)))) !=
	    NULL)
		return err_pass(e);
	if (rows_null(r, 0, ROLE_PUT_ROLE_ID))
		return err_raise(ERR_MISSING, "There is no such role.",
		    "role %d", (int)id);
	return NULL;
}

struct err *
role_drop(struct tx *tx, int32_t id)
{
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, tx, &q_role_drop, ARGS(A((int)id)))) != NULL)
		return err_pass(e);
	if (!rows_bool(r, 0, ROLE_DROP_DONE))
		return err_raise(ERR_MISSING, "There is no such role.",
		    "role %d", (int)id);
	return NULL;
}

struct err *
places_load(struct places *all, struct tx *tx)
{
	struct rows *r;
	struct err *e;
	size_t i;

	if ((e = tx_rows(&r, tx, &q_place_list,
		 ARGS(A((int)tx_who(tx)->tenant), A(PLACES_MAX)))) != NULL)
		return err_pass(e);
	all->n = (size_t)rows_count(r);
	all->v = arena_array(tx_arena(tx), all->n + 1, sizeof(*all->v));
	for (i = 0; i < all->n; i++)
		all->v[i] = (struct place){
			.id = (int32_t)rows_int(r, (int)i, PLACE_LIST_ASSET_ID),
			.key = rows_text(r, (int)i, PLACE_LIST_KEY),
			.name = rows_text(r, (int)i, PLACE_LIST_NAME),
			.site = rows_text(r, (int)i, PLACE_LIST_SITE),
		};
	return NULL;
}

struct err *
role_here(uint64_t *can, struct tx *tx, const char *device)
{
	const struct who *who = tx_who(tx);
	struct rows *r;
	struct err *e;

	*can = who->wide;
	if (who->can == who->wide)
		return NULL;
	if ((e = tx_rows(&r, tx, &q_role_here,
		 ARGS(A((int)who->tenant), A(device)))) != NULL)
		return err_pass(e);
	*can = rows_count(r) == 0 ? 0 : (uint64_t)rows_int(r, 0, ROLE_HERE_CAN);
	return NULL;
}

struct err *
place_find(int32_t *id, struct tx *tx, const char *key)
{
	struct rows *r;
	struct err *e;

	*id = 0;
	if (*key == 0)
		return NULL;
	if ((e = tx_rows(&r, tx, &q_place_find,
		 ARGS(A((int)tx_who(tx)->tenant), A(key)))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return err_raise(ERR_INPUT, "place: there is no such place.",
		    "asset \"%s\"", key);
	*id = (int32_t)rows_int(r, 0, PLACE_FIND_ASSET_ID);
	return NULL;
}
