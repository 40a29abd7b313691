/*
 * conf.h - a program's settings: one "key = value" file, described by a table.
 *
 * An unknown key, a missing required one or a number out of bounds refuses
 * the start and names the line.  "--check" prints what is in force.
 */
#ifndef BASE_CONF_H
#define BASE_CONF_H

#include <stddef.h>

#include "base/arena.h"

enum conf_type { CONF_TEXT, CONF_INT, CONF_SECRET };

struct conf_key {
	const char *key;
	enum conf_type type;
	size_t offset;	      /* of the member: const char * or int */
	const char *fallback; /* NULL: the key is required */
	int min, max;	      /* of a CONF_INT */
	const char *help;
};

/* Fill *into from the file; strings live in the arena. */
struct err *conf_read(void *into, struct arena *, const char *path,
    const struct conf_key *keys, size_t n) MUST_CHECK;

/* Print the effective settings to stdout, secrets masked. */
void conf_print(const void *from, const struct conf_key *keys, size_t n);

/*
 * The start of every program: "prog CONFIG [--check | --sandbox-test]".  Reads
 * the file into *into, or says what is wrong and exits 2; --check prints and
 * exits 0; the other is for sandbox_main, which the program calls next.
 */
void conf_main(void *into, struct arena *, int argc, char **argv,
    const struct conf_key *keys, size_t n);

#endif
