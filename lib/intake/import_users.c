#include "intake/import_users.h"

#include <string.h>

#include "base/member.h"
#include "model/datakey.h"
#include "model/member.h"
#include "query.h"

enum { PIECE = 60 * 1024, FILE_MAX = 1024 * 1024 };

/* Where a piece stands, as ctx.sealed_place() calls it. */
static const char *
place(struct tx *tx, int32_t id, size_t part)
{
	return arena_printf(tx_arena(tx), "import|%d|%d|%zu",
	    (int)tx_who(tx)->tenant, (int)id, part);
}

static struct err *
seal(struct tx *tx, int32_t id, struct bytes file, const char *master_key)
{
	struct arena *a = tx_arena(tx);
	size_t n = (file.n + PIECE - 1) / PIECE, i;
	struct bytes *part = arena_array(a, n + 1, sizeof(*part));
	struct seal_master *master;
	struct seal_key *k;
	struct rows *r;
	struct err *e;

	if ((e = seal_master_load(&master, a, master_key)) != NULL ||
	    (e = datakey_of(&k, tx, master)) != NULL)
		return err_pass(e);
	for (i = 0; i < n; i++) {
		size_t at = i * PIECE;
		struct bytes plain = { file.p + at,
			file.n - at < PIECE ? file.n - at : PIECE };

		if ((e = seal_put(&part[i], a, k, plain,
			 place(tx, id, i + 1))) != NULL)
			return err_pass(e);
	}
	e = tx_rows(&r, tx, &q_import_people_put,
	    ARGS(A((int)id), arr_bytes(a, part, n)));
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
import_users_open(int32_t *id, struct tx *tx, const char *name,
    struct bytes file, const struct address_keys *keys)
{
	struct arena *a = tx_arena(tx);
	struct buf look = buf_new(a, 64);
	struct list l;
	struct rows *r;
	struct csv c;
	struct err *e;

	if (file.n == 0)
		return err_raise(ERR_INPUT, "file: the file is empty.",
		    "no bytes");
	if (file.n > FILE_MAX)
		return err_raise(ERR_TOO_BIG, "A file of users may have 1 MB.",
		    "%zu bytes", file.n);
	if ((e = csv_open(&c, a, file, 0)) != NULL ||
	    (e = list_read(&l, a, list_kind("users"), &c)) != NULL)
		return err_pass(e);
	buf_byte(&look, '{');
	member_int(&look, "rows", (int64_t)l.n);
	member_int(&look, "bytes", (int64_t)file.n);
	buf_byte(&look, '}');
	if ((e = tx_rows(&r, tx, &q_import_open,
		 ARGS(A(*name != 0 ? name : "file"), A("users"), A(0),
		     A((const char *)look.p), arr_bytes(a, NULL, 0)))) != NULL)
		return err_pass(e);
	*id = (int32_t)rows_int(r, 0, IMPORT_OPEN_IMPORT_ID);
	e = seal(tx, *id, file, keys->master_key);
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
import_users_file(struct bytes *file, struct tx *tx, int32_t id,
    const struct address_keys *keys)
{
	struct arena *a = tx_arena(tx);
	struct buf b = buf_new(a, PIECE);
	struct seal_key *k;
	struct rows *r;
	struct err *e;
	int i;

	if ((e = address_key(&k, tx, keys->master_key)) != NULL ||
	    (e = tx_rows(&r, tx, &q_import_people_get, ARGS(A((int)id)))) !=
		NULL)
		return err_pass(e);
	if (k == NULL || rows_count(r) == 0)
		return err_raise(ERR_CONFLICT,
		    "The file of this import is not kept any more.",
		    "import %d", id);
	for (i = 0; i < rows_count(r); i++) {
		struct bytes plain;

		if ((e = seal_get(&plain, a, k,
			 rows_bytes(r, i, IMPORT_PEOPLE_GET_SEALED),
			 place(tx, id, (size_t)i + 1))) != NULL)
			return err_pass(e);
		buf_put(&b, plain.p, plain.n);
	}
	*file = (struct bytes){ b.p, b.n };
	return NULL;
}

struct err *
import_users_index(const char **cell, struct arena *a, size_t n,
    const struct address_keys *keys)
{
	struct err *e;
	size_t i;

	for (i = 0; i < n; i++) {
		const char *address = cell[i];

		cell[i] = "";
		if (address_valid(address) &&
		    (e = address_index(&cell[i], a, keys->index_key,
			 address)) != NULL)
			return err_pass(e);
	}
	return NULL;
}

/* The address of somebody new, and his invitation. */
static struct err *
invite(struct tx *tx, const struct seal_key *k, int64_t id, const char *address,
    bool mails)
{
	struct address to = { .user = id };
	struct rows *r;
	struct err *e;

	if ((e = address_seal(&to, tx_arena(tx), k, address)) != NULL ||
	    (e = tx_rows(&r, tx, &q_address_seal,
		 ARGS(A((long)id), A(to.sealed)))) != NULL ||
	    (mails && (e = member_mail(tx, id)) != NULL))
		return err_pass(e);
	return NULL;
}

struct err *
import_users_invite(struct tx *tx, const struct list *l, const struct rows *r,
    const struct import_wish *wish)
{
	struct seal_master *master;
	struct seal_key *k;
	struct err *e;
	size_t row;
	int i = 0;

	if ((e = seal_master_load(&master, tx_arena(tx),
		 wish->keys.master_key)) != NULL ||
	    (e = datakey_of(&k, tx, master)) != NULL)
		return err_pass(e);
	for (row = 0; row < l->n; row++) {
		if (l->fault[row].code != NULL)
			continue;
		if (!rows_null(r, i, IMPORT_USERS_PERSON) &&
		    (e = invite(tx, k, rows_int(r, i, IMPORT_USERS_PERSON),
			 l->cell[0][row], wish->mails)) != NULL)
			return err_pass(e);
		i++;
	}
	return NULL;
}
