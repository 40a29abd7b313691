/*
 * apikey.h - flx_<id>_<secret>_<crc>: a key that can be told from noise.
 *
 * id is 8 characters, secret 32 random bytes as 64 hex digits, crc the CRC-32
 * of all before it as 8 hex digits: a mistyped key is refused without asking
 * the database.  The database keeps the SHA-256 of the whole text.
 *
 * flt_ and 16 letters and digits: a short one, 95 bits, for forms that take 20
 * characters.  Its id is "t" and seven letters and digits of its hash.
 */
#ifndef WEB_APIKEY_H
#define WEB_APIKEY_H

#include <stdbool.h>

#include "base/arena.h"

const char *apikey_new(struct arena *);
const char *apikey_new_short(struct arena *);
bool apikey_plausible(const char *);

/* The id, which may be shown; the key must be plausible. */
const char *apikey_id(struct arena *, const char *key);

/* Is it the id of a short key? */
bool apikey_id_is_short(const char *id);

#endif
