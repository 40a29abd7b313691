/*
 * letter.h - the words of our mails, all of them.
 */
#ifndef WORKER_LETTER_H
#define WORKER_LETTER_H

#include <stdbool.h>

#include "base/buf.h"

/* What a letter is made of; texts that a letter does not use may be NULL. */
struct letter {
	const char *kind;
	const char *name, *tenant; /* to whom, and whose */
	const char *what;	   /* lines that it tells */
	const char *secret;	   /* of its link, hexadecimal */
	const char *origin;	   /* where we are reached */
};

/* Its subject and its text; false: there is no such kind. */
bool letter_write(const char **subject, const char **text, struct arena *,
    const struct letter *);

#endif
