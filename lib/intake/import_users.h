/*
 * import_users.h - what a list of people needs besides: its file is sealed,
 * its addresses go to the database as indexes, and who is new is invited.
 */
#ifndef INTAKE_IMPORT_USERS_H
#define INTAKE_IMPORT_USERS_H

#include "intake/import.h"
#include "intake/list.h"

/* The file again.  ERR_CONFLICT: it is not kept any more. */
struct err *import_users_file(struct bytes *, struct tx *, int32_t id,
    const struct address_keys *) MUST_CHECK;

/* Addresses become their indexes, and "" what is none. */
struct err *import_users_index(const char **, struct arena *, size_t n,
    const struct address_keys *) MUST_CHECK;

/* Whoever q_import_users has made: his address is sealed, a mail is due. */
struct err *import_users_invite(struct tx *, const struct list *,
    const struct rows *, const struct import_wish *) MUST_CHECK;

#endif
