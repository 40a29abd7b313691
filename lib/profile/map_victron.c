/*
 * map_victron.c - the register list of a Victron GX device: service, path,
 * D-Bus type, unit or states, register, wire type, scale, access; no heading.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "intake/csv.h"
#include "profile/draft.h"

enum { SERVICE, PATH, DBUS, MEANING, REGISTER, WIRE, SCALE, ACCESS, COLUMNS };

enum { STATES_RANGE_MAX = 32, REGISTER_LAST = 65535 };

/* "0=Ok;1=Warning;51-52=..." */
static void
states_read(struct draft *d, json_t *o, const char *meaning)
{
	char *s = arena_text(d->arena, meaning), *next, *name, *end;
	long from, to;

	for (; s != NULL; s = next) {
		if ((next = strchr(s, ';')) != NULL)
			*next++ = 0;
		if ((name = strchr(s, '=')) == NULL)
			continue;
		*name++ = 0;
		from = to = strtol(s, &end, 10);
		if (*end == '-')
			to = strtol(end + 1, NULL, 10);
		if (from < INT32_MIN || from > INT32_MAX)
			continue;
		if (to > from + STATES_RANGE_MAX)
			to = from;
		for (; from <= to; from++)
			draft_state(o, from, name);
	}
}

/* What people write for it is "Degrees Celsius", "V AC", "m3". */
static const char *
unit_of(const char *meaning)
{
	static const struct {
		const char *words, *unit;
	} known[] = {
		/* clang-format off */
		{ "V AC", "V" }, { "V DC", "V" }, { "A AC", "A" },
		{ "A DC", "A" }, { "W DC", "W" }, { "RPM", "/min" },
		{ "Degrees celsius", "Cel" }, { "Degrees Celsius", "Cel" },
		{ "Degrees centigrade", "Cel" }, { "seconds", "s" },
		{ "W/m^2", "W/m2" }, { "count", "" },
		/* clang-format on */
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (strcmp(known[i].words, meaning) == 0)
			return known[i].unit;
	return meaning;
}

static void
text_read(struct draft *d, const char *path, int address, const char *wire)
{
	json_t *o = draft_point(d, path, NULL, address, "STRING");

	(void)json_object_set_new(o, "length",
	    json_integer(strtol(wire + strlen("string["), NULL, 10)));
	draft_text(o, "name", path);
}

static void
row_read(struct draft *d, const char *const *c)
{
	const char *type = draft_type(c[WIRE]);
	double by = 1, address;
	json_t *o;

	if (!draft_number(&address, c[REGISTER]) || address < 0 ||
	    address > REGISTER_LAST) {
		draft_note(d, c[PATH], "its register is no number");
		return;
	}
	if (strncmp(c[WIRE], "string[", 7) == 0) {
		text_read(d, c[PATH], (int)address, c[WIRE]);
		return;
	}
	if (type == NULL) {
		draft_note(d, c[PATH],
		    arena_printf(d->arena, "%s holds no value", c[WIRE]));
		return;
	}
	o = draft_point(d, c[PATH], NULL, (int)address, type);
	draft_text(o, "name", c[PATH]);
	/* Registers are the value times this. */
	if (*c[SCALE] != 0 && (!draft_number(&by, c[SCALE]) || by == 0))
		draft_note(d, c[PATH], "its scale is no number");
	else
		draft_scale(o, 1 / by);
	if (strchr(c[MEANING], '=') != NULL)
		states_read(d, o, c[MEANING]);
	else
		draft_unit(d, o, unit_of(c[MEANING]));
	if (*c[ACCESS] == 'W')
		draft_write(d, o, NAN, NAN);
}

struct err *
map_victron(struct draft *d)
{
	const char *c[COLUMNS], *part = d->ask->part, *short_name;
	struct csv_row row;
	struct csv csv;
	struct err *e;
	int i;

	if ((e = csv_open(&csv, d->arena, d->ask->file, ',')) != NULL)
		return err_pass(e);
	while (csv_next(&row, &csv)) {
		d->line = row.line;
		if (row.n != COLUMNS)
			return draft_wrong(d, "want %d columns", COLUMNS);
		for (i = 0; i < COLUMNS; i++)
			c[i] =
			    arena_copy(d->arena, row.cell[i].p, row.cell[i].n);
		short_name = strrchr(c[SERVICE], '.');
		short_name = short_name != NULL ? short_name + 1 : c[SERVICE];
		if (part == NULL)
			part = short_name;
		if (strcmp(part, short_name) == 0)
			row_read(d, c);
	}
	draft_name(d,
	    arena_printf(d->arena, "victron-%s", part != NULL ? part : "none"),
	    "Victron Energy", part);
	return NULL;
}
