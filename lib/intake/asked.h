/*
 * asked.h - what was asked of a body, as one line: "device=N1&tick_ns=1000".
 *
 * It stands beside a dead letter, so that a body can be read once more as it
 * was meant.  Neither the batch's number nor the format is in it.
 */
#ifndef INTAKE_ASKED_H
#define INTAKE_ASKED_H

#include "intake/intake.h"

/* NULL: nothing was. */
const char *asked_text(struct arena *, const struct asked *);

/* The other way; what is not known is passed over. */
void asked_read(struct asked *, struct arena *, const char *text);

#endif
