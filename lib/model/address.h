/*
 * address.h - people's e-mail addresses, which the database cannot read.
 *
 * It looks people up by an index of the address: the same for the same address
 * in whatever letters, and worthless without the key of the file index_key.
 * The address itself it keeps sealed with the tenant's data key, bound to the
 * tenant and the user; who may show it opens it.  Every statement that takes
 * an address takes the index:
 *
 *	if ((e = address_index(&index, rq->arena, conf->index_key, typed)) !=
 *		NULL ||
 *	    (e = db_call(&r, db, rq->arena, &q_people_login_begin,
 *		 ARGS(A(index)))) != NULL)
 *
 * A tenant whose keys were destroyed has people without addresses: those open
 * as "" then, and everything else goes on.
 */
#ifndef MODEL_ADDRESS_H
#define MODEL_ADDRESS_H

#include "model/datakey.h"

/* Bytes of an address, at most. */
enum { ADDRESS_MAX = 254 };

/* The files of the keys, from a program's settings. */
struct address_keys {
	const char *master_key, *index_key;
};

/* An address as the database keeps it; n = 0: there is none. */
struct address {
	int64_t user;
	struct bytes sealed;
};

/*
 * Whether this can be an address: one @ with something on both sides, at most
 * 64 bytes before it, no blank, no control character, UTF-8.
 */
bool address_valid(const char *);

/* What the database has in place of the address. */
struct err *address_index(const char **index, struct arena *,
    const char *index_key, const char *address) MUST_CHECK;

/*
 * The tenant's keys, to open addresses with; NULL: they were destroyed.  _at is
 * for who has no context yet, on the connection of fl_auth.
 */
struct err *address_key(struct seal_key **, struct tx *,
    const char *master_key) MUST_CHECK;
struct err *address_key_at(struct seal_key **, struct db *, struct arena *,
    const char *master_key, int32_t tenant) MUST_CHECK;

/* The address in small letters, for to->user; the key is datakey_of's. */
struct err *address_seal(struct address *to, struct arena *,
    const struct seal_key *, const char *text) MUST_CHECK;

/* And back; "" when there is none, or no key. */
struct err *address_open(const char **text, struct arena *,
    const struct seal_key *, const struct address *) MUST_CHECK;

/* The same with its key, of the transaction's tenant. */
struct err *address_read(const char **text, struct tx *, const char *master_key,
    const struct address *) MUST_CHECK;

#endif
