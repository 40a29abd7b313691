/*
 * payload.h - bytes that somebody sent, to be looked at.
 */
#ifndef ADMIN_PAYLOAD_H
#define ADMIN_PAYLOAD_H

#include "base/buf.h"

/* As text; what is no text, or would not be seen, is a dot. */
const char *payload_text(struct arena *, struct bytes);

#endif
