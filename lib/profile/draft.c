#include "profile/draft.h"

#include <string.h>

#include "model/profile.h"
#include "model/unit.h"
#include "profile/xlsx.h"

enum {
	KEY_MAX = 64,
	/* A profile has fewer; beyond these a draft only counts as too large.
	 */
	POINTS_MOST = 512
};

#define DAMAGED "The register map is not understood."

static void
json_close(void *o)
{
	json_decref(o);
}

/* The draft of that import, without points. */
static struct draft
draft_new(struct arena *a, const struct map_ask *ask)
{
	struct draft d = { .arena = a, .ask = ask };

	d.notes = buf_new(a, 16 * sizeof(struct map_note));
	d.root = json_pack("{s:i, s:s, s:s, s:s}", "fluxline_profile", 1,
	    "version", ask->version != NULL ? ask->version : "1", "protocol",
	    "modbus", "addressing",
	    ask->addressing != NULL ? ask->addressing : "zero");
	arena_defer(a, json_close, d.root);
	d.points = json_array();
	(void)json_object_set_new(d.root, "points", d.points);
	return d;
}

struct err *
draft_wrong(const struct draft *d, const char *fmt, ...)
{
	char why[400];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	if (d->line > 0)
		return err_raise(ERR_INPUT, DAMAGED, "line %zu: %s", d->line,
		    why);
	return err_raise(ERR_INPUT, DAMAGED, "%s", why);
}

void
draft_note(struct draft *d, const char *what, const char *why)
{
	const struct map_note note = { d->line, arena_text(d->arena, what),
		arena_text(d->arena, why) };
	const struct map_note last = { 0, "notes", "There are more." };
	size_t n = d->notes.n / sizeof(note);

	if (n < MAP_NOTES_MAX)
		buf_put(&d->notes, n + 1 < MAP_NOTES_MAX ? &note : &last,
		    sizeof(note));
}

/* A key out of any text; of '/' between words a dot remains. */
static char *
key_of(struct arena *a, const char *name)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_:-.";
	char *key = arena_alloc(a, KEY_MAX + 1), *to = key;

	for (; *name != 0 && to < key + KEY_MAX; name++) {
		char c = *name == '/' ? '.' : *name;

		if (strchr(good, c) == NULL)
			c = '_';
		/* Runs of what was replaced count once; none leads. */
		if ((c == '_' || c == '.') && *name != c &&
		    (to == key || to[-1] == '_' || to[-1] == '.'))
			continue;
		if (c == '.' && to == key)
			continue;
		*to++ = c;
	}
	while (to > key && (to[-1] == '.' || to[-1] == '_'))
		*--to = 0;
	return key;
}

static bool
has_key(const struct draft *d, const char *key)
{
	const json_t *o;
	size_t i;

	json_array_foreach(d->points, i, o)
	{
		if (strcmp(json_string_value(json_object_get(o, "key")), key) ==
		    0)
			return true;
	}
	return false;
}

bool
draft_has(const struct draft *d, const char *name)
{
	return has_key(d, key_of(d->arena, name));
}

static const char *
key_new(const struct draft *d, const char *name)
{
	char *key = key_of(d->arena, *name != 0 ? name : "point");
	const char *tried = *key != 0 ? key : "point";
	int i;

	key = arena_text(d->arena, tried);
	for (i = 2; has_key(d, tried); i++) {
		if (strlen(key) > KEY_MAX - 5)
			key[KEY_MAX - 5] = 0;
		tried = arena_printf(d->arena, "%s_%d", key, i);
	}
	return tried;
}

/* Text is stored only as UTF-8; a file in another coding loses the letter. */
static json_t *
text_json(const char *s)
{
	json_t *v = json_string(s);
	char plain[256];
	size_t i;

	if (v != NULL)
		return v;
	for (i = 0; i + 1 < sizeof(plain) && s[i] != 0; i++)
		plain[i] = (unsigned char)s[i] < 0x80 ? s[i] : '?';
	plain[i] = 0;
	return json_string(plain);
}

json_t *
draft_point(struct draft *d, const char *name, const char *reg, int address,
    const char *type)
{
	bool full = json_array_size(d->points) >= POINTS_MOST;
	json_t *o = json_pack("{s:s}", "key", full ? "more" : key_new(d, name));

	draft_text(o, "register", reg);
	(void)json_object_set_new(o, "address", json_integer(address));
	draft_text(o, "type", type);
	if (full)
		arena_defer(d->arena, json_close, o);
	else
		(void)json_array_append_new(d->points, o);
	return o;
}

void
draft_text(json_t *point, const char *member, const char *value)
{
	if (value != NULL && *value != 0)
		(void)json_object_set_new(point, member, text_json(value));
}

void
draft_unit(struct draft *d, json_t *point, const char *written)
{
	const char *code;

	if (written == NULL || *written == 0)
		return;
	code = unit_code(written);
	if (code == NULL)
		draft_note(d, json_string_value(json_object_get(point, "key")),
		    arena_printf(d->arena,
			"the unit \"%s\" is none that converts; it stays so",
			written));
	draft_text(point, "unit", code != NULL ? code : written);
}

static void
name_set(struct draft *d, const char *member, const char *told,
    const char *found)
{
	const char *s = told != NULL && *told != 0 ? told : found;

	if (json_object_get(d->root, member) == NULL && s != NULL)
		(void)json_object_set_new(d->root, member, text_json(s));
}

void
draft_name(struct draft *d, const char *id, const char *vendor,
    const char *model)
{
	if (id != NULL)
		id = key_of(d->arena, id);
	name_set(d, "id", d->ask->id, id);
	name_set(d, "vendor", d->ask->vendor, vendor);
	name_set(d, "model", d->ask->model, model);
}

struct err *
draft_json(json_t **out, const struct draft *d)
{
	json_error_t je;

	*out = json_loadb((const char *)d->ask->file.p, d->ask->file.n,
	    JSON_REJECT_DUPLICATES, &je);
	if (*out == NULL)
		return err_raise(ERR_INPUT, DAMAGED, "line %d: %s", je.line,
		    je.text);
	arena_defer(d->arena, json_close, *out);
	return NULL;
}

static const struct {
	const char *name;
	map_reader *read;
} readers[] = {
	/* clang-format off */
	{ "csv",         map_csv },
	{ "edgex",       map_edgex },
	{ "sunspec",     map_sunspec },
	{ "telegraf",    map_telegraf },
	{ "teltonika",   map_teltonika },
	{ "thingsboard", map_thingsboard },
	{ "victron",     map_victron },
	/* clang-format on */
};

const struct map_format map_formats[] = {
	/* clang-format off */
	{ "csv", "eight columns: key, name, register, address, type, order, "
	         "scale, unit" },
	{ "edgex", "a device profile of EdgeX, YAML" },
	{ "sunspec", "a SunSpec model, JSON" },
	{ "telegraf", "inputs.modbus of Telegraf, TOML" },
	{ "teltonika", "the requests of a Teltonika router, CSV" },
	{ "thingsboard", "modbus.json of ThingsBoard's gateway" },
	{ "victron", "the register list of a Victron GX, CSV" },
	/* clang-format on */
};
const size_t map_format_n = sizeof(map_formats) / sizeof(*map_formats);

struct err *
map_import(struct map *out, struct arena *a, const struct map_ask *ask)
{
	struct map_ask plain = *ask;
	struct draft d = draft_new(a, &plain);
	struct err *e;
	size_t i;

	if (xlsx_is(ask->file)) {
		plain.part = NULL; /* it is the sheet's name */
		e = xlsx_sheet(&plain.file, a, ask->file, ask->part);
		if (e != NULL)
			return err_pass(e);
	}
	if (plain.file.n > MAP_FILE_MAX)
		return err_raise(ERR_TOO_BIG, "The register map is too large.",
		    "over %d bytes", MAP_FILE_MAX);
	for (i = 0; i < sizeof(readers) / sizeof(*readers); i++)
		if (strcmp(readers[i].name, ask->format) == 0)
			break;
	if (i == sizeof(readers) / sizeof(*readers))
		return err_raise(ERR_INPUT, "There is no such format.", "%s",
		    ask->format);
	if ((e = readers[i].read(&d)) != NULL)
		return err_pass(e);
	d.line = 0;
	draft_name(&d, "imported", "Unknown maker", NULL);
	draft_name(&d, NULL, NULL,
	    json_string_value(json_object_get(d.root, "id")));
	name_set(&d, "source", NULL,
	    arena_printf(a, "imported from %s", ask->format));
	if ((e = draft_finish(out, &d)) != NULL)
		return err_pass(e);
	return NULL;
}
