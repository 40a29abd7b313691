/*
 * apikey.h - flx_<id>_<secret>_<crc>: a key that can be told from noise.
 *
 * id is 8 characters, secret 32 random bytes as 64 hex digits, crc the CRC-32
 * of all before it as 8 hex digits: a mistyped key is refused without asking
 * the database.  The database keeps the SHA-256 of the whole text.
 */
#ifndef WEB_APIKEY_H
#define WEB_APIKEY_H

#include <stdbool.h>

#include "base/arena.h"

const char *apikey_new(struct arena *);
bool apikey_plausible(const char *);

/* The id part, which may be shown; the key must be plausible. */
const char *apikey_id(struct arena *, const char *key);

#endif
