#include "model/address.h"

#include <ctype.h>
#include <string.h>

#include "base/utf8.h"

enum { INDEX = 33, LOCAL_MAX = 64 };

bool
address_valid(const char *s)
{
	const char *at = strchr(s, '@');
	size_t i, n = strlen(s);

	if (at == NULL || at == s || at[1] == 0 || strchr(at + 1, '@') != NULL)
		return false;
	for (i = 0; i < n; i++)
		if ((unsigned char)s[i] <= ' ' || s[i] == 0x7f)
			return false;
	return at - s <= LOCAL_MAX && n <= ADDRESS_MAX && utf8_valid(s);
}

struct err *
address_index(const char **index, struct arena *a, const char *index_key,
    const char *address)
{
	struct seal_master *key;
	struct err *e;
	char *hex = arena_alloc(a, INDEX);

	if ((e = seal_master_load(&key, a, index_key)) != NULL)
		return err_pass(e);
	seal_index(hex, key, address);
	*index = hex;
	return NULL;
}

/* Destroyed keys are no error here. */
static struct err *
or_none(struct seal_key **k, struct err *e)
{
	if (e == NULL)
		return NULL;
	*k = NULL;
	return e->kind == ERR_MISSING ? NULL : err_pass(e);
}

struct err *
address_key(struct seal_key **k, struct tx *tx, const char *master_key)
{
	struct seal_master *master;
	struct err *e;

	if ((e = seal_master_load(&master, tx_arena(tx), master_key)) != NULL ||
	    (e = or_none(k, datakey_of(k, tx, master))) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
address_key_at(struct seal_key **k, struct db *db, struct arena *a,
    const char *master_key, int32_t tenant)
{
	struct seal_master *master;
	struct err *e;

	if ((e = seal_master_load(&master, a, master_key)) != NULL ||
	    (e = or_none(k, datakey_at(k, db, a, master, tenant))) != NULL)
		return err_pass(e);
	return NULL;
}

/* The place of a tenant's user, as ctx.sealed_place() calls it. */
static const char *
place(struct arena *a, const struct seal_key *k, int64_t user)
{
	return arena_printf(a, "address|%d|%lld", (int)k->tenant,
	    (long long)user);
}

struct err *
address_seal(struct address *to, struct arena *a, const struct seal_key *k,
    const char *text)
{
	size_t i, n = strlen(text);
	char *small = arena_copy(a, text, n);
	struct err *e;

	for (i = 0; i < n; i++)
		small[i] = (char)tolower((unsigned char)small[i]);
	e = seal_put(&to->sealed, a, k,
	    (struct bytes){ (const unsigned char *)small, n },
	    place(a, k, to->user));
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
address_open(const char **text, struct arena *a, const struct seal_key *k,
    const struct address *from)
{
	struct bytes plain;
	struct err *e;

	*text = "";
	if (k == NULL || from->sealed.n == 0)
		return NULL;
	if ((e = seal_get(&plain, a, k, from->sealed,
		 place(a, k, from->user))) != NULL)
		return err_pass(e);
	*text = (const char *)plain.p;
	return NULL;
}

struct err *
address_read(const char **text, struct tx *tx, const char *master_key,
    const struct address *from)
{
	struct seal_key *k = NULL;
	struct err *e;

	if ((from->sealed.n > 0 &&
		(e = address_key(&k, tx, master_key)) != NULL) ||
	    (e = address_open(text, tx_arena(tx), k, from)) != NULL)
		return err_pass(e);
	return NULL;
}
