/*
 * anchor.h - the head of an audit chain under our signature, as a line of text
 * that can be kept where nobody can change it with the database.
 *
 * Signed is "fl-audit-1|tenant|seq|hash|microseconds", the hash in hex, by
 * ECDSA over P-256 with SHA-256.  Keys are the files <kid>.pem of a folder,
 * private or only the public half; the last one by name signs.
 */
#ifndef TRUST_ANCHOR_H
#define TRUST_ANCHOR_H

#include <stdbool.h>

#include "base/buf.h"

enum { ANCHOR_HASH = 32, ANCHOR_KID_MAX = 64 };

struct anchor {
	int32_t tenant;
	int64_t seq, at;
	struct bytes hash; /* of the entry of that number */
	const char *kid;
	struct bytes signature; /* DER */
};

/* Fill in kid and signature; ERR_REFUSED when no key of the folder signs. */
struct err *anchor_sign(struct anchor *, struct arena *,
    const char *folder) MUST_CHECK;

/* Has the key that it names signed it?  One that is not there has not. */
bool anchor_good(const struct anchor *, struct arena *, const char *folder);

/* The same of any text: a farewell, the list of what an export holds. */
struct err *text_sign(const char **kid, struct bytes *signature, struct arena *,
    const char *folder, struct bytes text) MUST_CHECK;
bool text_good(const char *kid, struct bytes signature, struct arena *,
    const char *folder, struct bytes text);

/* As a line, and back; ERR_INPUT when it is none. */
void anchor_put(struct buf *, const struct anchor *);
struct err *anchor_read(struct anchor *, struct arena *,
    struct bytes line) MUST_CHECK;

#endif
