/*
 * b64.h - bytes as text, as tokens want it: base64url without padding.
 *
 * There is one text for any bytes, and only that one is read: no padding, no
 * blanks, no other letters, no bits left over.
 */
#ifndef TRUST_B64_H
#define TRUST_B64_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/jscan.h"

void b64_put(struct buf *, struct bytes);
const char *b64_text(struct arena *, struct bytes);

/* False: it is not the text of any bytes. */
bool b64_read(struct bytes *, struct arena *, struct slice text) MUST_CHECK;

#endif
