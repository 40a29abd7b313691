/*
 * draft.h - a profile in the making, for the importers: points one by one,
 * notes of what they could not take, and at the end the test and the text.
 */
#ifndef PROFILE_DRAFT_H
#define PROFILE_DRAFT_H

#include <jansson.h>
#include <stdbool.h>

#include "profile/map.h"

struct draft {
	struct arena *arena;
	const struct map_ask *ask;
	json_t *root, *points; /* borrowed of the arena */
	struct buf notes;      /* of struct map_note */
	size_t line;	       /* where the reader is; 0: not known */
};

typedef struct err *map_reader(struct draft *);

map_reader map_csv;
map_reader map_edgex;
map_reader map_sunspec;
map_reader map_telegraf;
map_reader map_teltonika;
map_reader map_thingsboard;
map_reader map_victron;

/* The reader sets what the caller has not said; the first one counts. */
void draft_name(struct draft *, const char *id, const char *vendor,
    const char *model);

/*
 * A point, appended and the draft's.  Its key is made of the name: what a key
 * may not hold becomes "_" or ".", and one that is there already gets a
 * number.  reg NULL: as the addressing says.
 */
json_t *draft_point(struct draft *, const char *name, const char *reg,
    int address, const char *type);

/* Is that key there, as draft_point would make it? */
bool draft_has(const struct draft *, const char *name);

/* The factor, and the decimals that it leaves worth showing. */
void draft_scale(json_t *point, double scale);

/* {"0": "off"}, and that it is a state. */
void draft_state(json_t *point, long value, const char *name);

/*
 * That it can be written, from low to high; without them (NaN) the numbers of
 * its states, or all that the type can hold.
 */
void draft_write(struct draft *, json_t *point, double low, double high);

/* A type as data sheets call it: "uint16", "real", "s32"; NULL: unknown. */
const char *draft_type(const char *written);
int draft_words(const char *type);

/* All of the text as a number, "0x10" and "0,5" too. */
bool draft_number(double *, const char *);

/* A text member, unless it is NULL or empty. */
void draft_text(json_t *point, const char *member, const char *value);

/* The unit as UCUM has it; one that is not known stays as it is written. */
void draft_unit(struct draft *, json_t *point, const char *written);

void draft_note(struct draft *, const char *what, const char *why);

/* The file is not what it was said to be. */
struct err *draft_wrong(const struct draft *, const char *fmt, ...)
    PRINTF_LIKE(2, 3) MUST_CHECK;

/* Bad points out, the test in, all of it as text that has been loaded. */
struct err *draft_finish(struct map *, struct draft *) MUST_CHECK;

/*
 * The file as JSON, or TOML or YAML made into it; the tree is the arena's.
 * Of TOML: tables, arrays of tables, inline tables and arrays, strings of one
 * line, numbers, true and false; other things are refused by their line.  Of
 * YAML all scalars are strings, and an alias is refused.
 */
struct err *draft_json(json_t **, const struct draft *) MUST_CHECK;
struct err *toml_read(json_t **, struct arena *, struct bytes) MUST_CHECK;
struct err *yaml_read(json_t **, struct arena *, struct bytes) MUST_CHECK;

#endif
