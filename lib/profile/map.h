/*
 * map.h - register maps as others write them, made into profiles of ours.
 *
 * What comes out has a generated test, which holds the loader to what it
 * decodes today and says nothing of the device: it is marked so, and wants
 * one from the maker's document beside it.  What could not be translated is
 * left out and named; a map that contradicts itself is refused.
 */
#ifndef PROFILE_MAP_H
#define PROFILE_MAP_H

#include "base/buf.h"

enum { MAP_FILE_MAX = 1024 * 1024, MAP_NOTES_MAX = 1000 };

struct map_ask {
	const char *format; /* one of map_formats */
	struct bytes file;
	const char *id, *vendor, *model; /* NULL: as the file has it */
	const char *version;		 /* NULL: 1 */
	const char *addressing;		 /* zero, one, modicon; NULL: zero */
	int base;  /* SunSpec: the register of the model's ID */
	int count; /* SunSpec: how often a repeating group is there */
	/* The sheet of a spreadsheet, whatever the format; else which device of
	 * a file of several; NULL: the first. */
	const char *part;
};

/* What was left out, or changed, and why. */
struct map_note {
	size_t line; /* 0: not known */
	const char *what, *why;
};

struct map {
	struct bytes json; /* the profile, which loads */
	struct map_note *notes;
	size_t n;
	size_t points;
};

struct map_format {
	const char *name, *does;
};

extern const struct map_format map_formats[];
extern const size_t map_format_n;

/* ERR_INPUT: it is damaged, contradicts itself, or nothing of it is usable. */
struct err *map_import(struct map *, struct arena *,
    const struct map_ask *) MUST_CHECK;

#endif
