/*
 * sender.h - how a sender of each kind is set up, as texts to be pasted.
 */
#ifndef ADMIN_SENDER_H
#define ADMIN_SENDER_H

#include <stdbool.h>

#include "base/arena.h"

enum { BLOCKS_MAX = 3, SAMPLES_MAX = 2 };

/* A text, and where it goes. */
struct block {
	const char *where; /* NULL: there is none */
	const char *text;  /* with {url} {host} {port} {key} {device} {sensor},
			    * and {ca}...{/ca} where there is a CA file */
};

struct recipe {
	const char *word, *name, *about;
	struct block block[BLOCKS_MAX];
	/* Whole programs, files of static/samples; then NULL. */
	const char *sample[SAMPLES_MAX];
};

/* What goes in the place of the braces. */
struct filling {
	const char *url; /* "https://host:port" */
	const char *key, *device, *sensor;
	bool has_ca; /* our certificate is not of a public authority */
};

/* Up to one whose word is NULL. */
extern const struct recipe recipes[];

/* NULL: there is none of that word. */
const struct recipe *recipe_named(const char *word);

const char *recipe_fill(struct arena *, const char *text,
    const struct filling *);

#endif
