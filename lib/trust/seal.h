/*
 * seal.h - values that the database keeps and cannot read.
 *
 * Two storeys of AES-256-GCM.  A master key, which stands in a file of the
 * programs that need it and nowhere else, wraps data keys; each tenant has its
 * own, and the database keeps them wrapped.  A data key seals values.  Who
 * takes a tenant's data keys away has destroyed all that they sealed.
 *
 * A sealed value is bound to its tenant, to its key and to the place it was
 * made for: "aad" is the name of that place, the table and the row's key,
 * "factor|7|42".  Moved to another row, column or tenant it does not open.
 * The bytes are: version, number of the key, nonce, cipher text, tag; SEAL_OVER
 * more than what is inside.  Two seals of one value differ.
 *
 * Keys and opened values are wiped when their arena is reset or freed.
 */
#ifndef TRUST_SEAL_H
#define TRUST_SEAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

enum {
	SEAL_KEY = 32,	     /* bytes of a key */
	SEAL_OVER = 33,	     /* what sealing adds */
	SEAL_MAX = 64 * 1024 /* of a value */
};

struct seal_master;

/* A tenant's data key; the newest seals, the older ones only open. */
struct seal_key {
	int32_t tenant, id;
	unsigned char key[SEAL_KEY];
	struct seal_key *older;
};

/*
 * The master key of a file: 64 hexadecimal digits a line, the current one
 * first, and behind it those that still open what they have wrapped.  A path
 * without a slash is a credential of systemd's.  A file that others may read
 * is refused.  It is cheap: load it for the request that needs it, and a
 * replaced key needs no restart.
 */
struct err *seal_master_load(struct seal_master **, struct arena *,
    const char *path) MUST_CHECK;

/* The same from the text of such a file. */
struct err *seal_master_read(struct seal_master **, struct arena *,
    struct bytes text) MUST_CHECK;

/* A new data key. */
struct seal_key *seal_key_new(struct arena *, int32_t tenant, int32_t id);

/*
 * The keys of a tenant that need no storing, made from the master keys: for
 * programs that may open one kind of value only, and have a master key file
 * of their own for it.
 */
struct seal_key *seal_key_derive(struct arena *, const struct seal_master *,
    int32_t tenant);

/* A data key as the database keeps it, under the current master key. */
struct err *seal_wrap(struct bytes *wrapped, struct arena *,
    const struct seal_master *, const struct seal_key *) MUST_CHECK;

/* And back; any of the master keys may have wrapped it. */
struct err *seal_unwrap(struct seal_key **, struct arena *,
    const struct seal_master *, int32_t tenant, int32_t id,
    struct bytes wrapped) MUST_CHECK;

/* Whether the current master key is what opens it. */
bool seal_wrapped_now(const struct seal_master *, struct bytes wrapped);

struct err *seal_put(struct bytes *out, struct arena *, const struct seal_key *,
    struct bytes plain, const char *aad) MUST_CHECK;

/*
 * ERR_BUG when it does not open: changed, moved, or of a key that is gone.
 * There is a NUL behind the plain bytes.
 */
struct err *seal_get(struct bytes *out, struct arena *, const struct seal_key *,
    struct bytes sealed, const char *aad) MUST_CHECK;

/* The number of the key that sealed this; 0: it cannot be told. */
int32_t seal_key_id(struct bytes sealed);

/*
 * What a column holds in place of an e-mail address, so that it can still be
 * looked up: the same for the same address in whatever letters, and worthless
 * without the key, which is one of a file of its own: an index outlives the
 * master key.
 */
void seal_index(char hex[33], const struct seal_master *, const char *address);

/* A key for some other purpose, "challenge", from the current master key. */
void seal_derive(unsigned char out[SEAL_KEY], const struct seal_master *,
    const char *purpose);

#endif
