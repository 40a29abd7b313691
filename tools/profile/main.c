/*
 * fluxline-profile import FORMAT FILE | check FILE... | show FILE |
 * decode FILE REGISTER:ADDRESS=WORD,... ...
 *
 * What somebody who writes a device profile has at hand: nothing here needs an
 * instance.  The profile goes to stdout; what could not be taken over is said
 * on stderr, a line each.
 */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "intake/words.h"
#include "model/decode.h"
#include "model/profile.h"
#include "model/unit.h"
#include "profile/map.h"

enum { RUNS_MAX = 64, OPTION = 256 };

struct command {
	const char *name;
	int least; /* arguments behind the name */
	int (*run)(struct arena *, char **args, struct map_ask *);
	const char *usage;
};

/* 0: said; 1: not right; 2: not understood. */
static int
failed(const char *file, const struct err *e)
{
	(void)fprintf(stderr, "%s: %s %s\n", file, e->say, e->why);
	return 1;
}

static struct err *
file_read(struct bytes *out, struct arena *a, const char *path)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	unsigned char *p = arena_room(a, MAP_FILE_MAX + 1, 1);

	if (f == NULL)
		return err_raise(ERR_INPUT, "The file cannot be read.", "%s",
		    strerror(errno));
	*out = (struct bytes){ p, fread(p, 1, MAP_FILE_MAX + 1, f) };
	if (f != stdin)
		(void)fclose(f);
	if (out->n > MAP_FILE_MAX)
		return err_raise(ERR_TOO_BIG, "The file is too large.",
		    "over %d bytes", MAP_FILE_MAX);
	return NULL;
}

static struct err *
profile_read(struct profile **out, struct arena *a, const char *path)
{
	struct bytes text;
	struct err *e;

	if ((e = file_read(&text, a, path)) != NULL ||
	    (e = profile_parse(out, a, (const char *)text.p, text.n)) != NULL)
		return err_pass(e);
	return NULL;
}

static int
import(struct arena *a, char **args, struct map_ask *ask)
{
	struct map map;
	struct err *e;
	size_t i;

	ask->format = args[0];
	if ((e = file_read(&ask->file, a, args[1])) != NULL ||
	    (e = map_import(&map, a, ask)) != NULL)
		return failed(args[1], e);
	for (i = 0; i < map.n; i++) {
		if (map.notes[i].line > 0)
			(void)fprintf(stderr, "line %zu: ", map.notes[i].line);
		(void)fprintf(stderr, "%s: %s\n", map.notes[i].what,
		    map.notes[i].why);
	}
	(void)printf("%.*s\n", (int)map.json.n, (const char *)map.json.p);
	return 0;
}

static int
check(struct arena *a, char **args, struct map_ask *ask)
{
	struct profile *p;
	const struct err *e;
	int status = 0;

	(void)ask;
	for (; *args != NULL; args++) {
		if ((e = profile_read(&p, a, *args)) != NULL)
			status = failed(*args, e);
		else
			(void)printf("%s: %s %s, %zu points\n", *args, p->id,
			    p->version, p->n + p->text_n);
	}
	return status;
}

static void
point_print(struct arena *a, const struct point *t)
{
	(void)printf("%s\t%s\t%d\t%s\t%s\t%s\t%s\t%s", t->key,
	    point_function_name(t->function), t->address,
	    point_modicon(a, t->function, t->address), point_type_name(t->type),
	    word_order_name(t->order), t->kind, t->unit);
	if (t->bits > 0)
		(void)printf("\tbits %d..%d", t->bit, t->bit + t->bits - 1);
	if (t->scale != 1 || t->offset != 0)
		(void)printf("\t* %.15g + %.15g", t->scale, t->offset);
	if (t->scale_from != NULL)
		(void)printf("\t* 10^%s", t->scale_from);
	if (t->display_unit != NULL)
		(void)printf("\tas %s", unit_shown(t->display_unit));
	if (t->group != NULL)
		(void)printf("\tin %s", t->group);
	if (t->rollover > 0)
		(void)printf("\tover at %.15g", t->rollover);
	if (t->max_rate_per_s > 0)
		(void)printf("\tat most %.15g/s", t->max_rate_per_s);
	if (t->writing != NULL)
		(void)printf("\twritten by function %d%s", t->writing->function,
		    t->writing->confirm != CONFIRM_NONE ? ", asked twice" : "");
	if (t->writing != NULL && !isnan(t->writing->low))
		(void)printf(", %.15g to %.15g", t->writing->low,
		    t->writing->high);
	if (t->states != NULL)
		(void)printf("\t%s", t->states);
	(void)putchar('\n');
}

static int
show(struct arena *a, char **args, struct map_ask *ask)
{
	struct profile *p;
	struct err *e;
	size_t i;

	(void)ask;
	if ((e = profile_read(&p, a, args[0])) != NULL)
		return failed(args[0], e);
	(void)printf("%s %s: %s %s\n", p->id, p->version, p->vendor, p->model);
	(void)printf("serial line\t%d\t%d%c%d\ttime-out %d ms", p->baud,
	    p->data_bits, p->parity, p->stop_bits, p->timeout_ms);
	if (p->retries >= 0)
		(void)printf("\tretries %d", p->retries);
	(void)printf("\n");
	for (i = 0; i < p->n; i++)
		point_print(a, &p->points[i]);
	for (i = 0; i < p->text_n; i++) {
		const struct text *t = &p->texts[i];

		(void)printf("%s\t%s\t%d\t%s\tSTRING\t%d registers\n", t->key,
		    point_function_name(t->function), t->address,
		    point_modicon(a, t->function, t->address), t->words);
	}
	return 0;
}

/* "holding:100=425,613": where, and the words; false: it is none. */
static bool
run_read(struct words *to, struct arena *a, char *text)
{
	char *address = strchr(text, ':'), *list, *end;
	struct jvalue v = { .kind = J_TEXT };
	int f;

	if (address == NULL || (list = strchr(address, '=')) == NULL)
		return false;
	*address++ = 0;
	*list++ = 0;
	*to = (struct words){ .function = 0 };
	for (f = READ_COILS; f <= READ_INPUT; f++)
		if (strcmp(point_function_name((enum point_function)f), text) ==
		    0)
			to->function = f;
	to->address = (int)strtol(address, &end, 10);
	v.text = (struct slice){ list, strlen(list) };
	v.raw = v.text;
	return to->function > 0 && *end == 0 && end != address &&
	       words_read(to, a, &v);
}

static void
heard_print(const struct heard *h)
{
	size_t k;

	for (k = 0; k < h->point->state_n; k++)
		if (h->point->state[k].value == h->value &&
		    h->point->state[k].name != NULL)
			break;
	if (k < h->point->state_n)
		(void)printf("%s\t%s\t%d\n", h->point->key,
		    h->point->state[k].name, h->quality);
	else if (isnan(h->value))
		(void)printf("%s\t\t%d\n", h->point->key, h->quality);
	else
		(void)printf("%s\t%.17g\t%d\n", h->point->key, h->value,
		    h->quality);
}

static void
texts_print(const struct profile *p, const struct words *runs, size_t n)
{
	char text[2 * TEXT_WORDS_MAX + 1];
	size_t i, k;

	for (i = 0; i < p->text_n; i++)
		for (k = 0; k < n; k++) {
			const struct text *t = &p->texts[i];
			int at = t->address - runs[k].address;

			if (runs[k].function != (int)t->function || at < 0 ||
			    (size_t)(at + t->words) > runs[k].n)
				continue;
			decode_text(text, runs[k].w + at, t->words, t->order);
			(void)printf("%s\t%s\t100\n", t->key, text);
			break;
		}
}

static int
decode(struct arena *a, char **args, struct map_ask *ask)
{
	struct words runs[RUNS_MAX];
	bool used[RUNS_MAX];
	struct heard *heard;
	struct profile *p;
	struct err *e;
	size_t n, i, got;

	(void)ask;
	if ((e = profile_read(&p, a, args[0])) != NULL)
		return failed(args[0], e);
	for (n = 0; args[n + 1] != NULL && n < RUNS_MAX; n++)
		if (!run_read(&runs[n], a, args[n + 1])) {
			(void)fprintf(stderr,
			    "%s: want REGISTER:ADDRESS=WORD,...\n",
			    args[n + 1]);
			return 2;
		}
	heard = arena_array(a, p->n + 1, sizeof(*heard));
	got = words_decode(heard, used, a, p, runs, n);
	for (i = 0; i < got; i++)
		heard_print(&heard[i]);
	texts_print(p, runs, n);
	return 0;
}

static const struct command commands[] = {
	/* clang-format off */
	{ "import", 2, import,
	  "FORMAT FILE [--id ID] [--vendor NAME] [--model NAME] [--version V]\n"
	  "\t[--addressing zero|one|modicon] [--base REGISTER] [--count N] "
	  "[--part NAME]" },
	{ "check",  1, check,  "FILE..." },
	{ "show",   1, show,   "FILE" },
	{ "decode", 2, decode, "FILE REGISTER:ADDRESS=WORD,... ..." },
	/* clang-format on */
};

static int
usage(void)
{
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		(void)fprintf(stderr, "fluxline-profile %s %s\n",
		    commands[i].name, commands[i].usage);
	for (i = 0; i < map_format_n; i++)
		(void)fprintf(stderr, "\t%-12s %s\n", map_formats[i].name,
		    map_formats[i].does);
	return 2;
}

/* The options, wherever they stand; false: one is not known. */
static bool
options_read(struct map_ask *ask, int argc, char **argv)
{
	enum {
		ID = OPTION,
		VENDOR,
		MODEL,
		ADDRESSING,
		BASE,
		COUNT,
		PART,
		VERSION
	};
	static const struct option known[] = {
		{ "id", required_argument, NULL, ID },
		{ "vendor", required_argument, NULL, VENDOR },
		{ "model", required_argument, NULL, MODEL },
		{ "addressing", required_argument, NULL, ADDRESSING },
		{ "base", required_argument, NULL, BASE },
		{ "count", required_argument, NULL, COUNT },
		{ "part", required_argument, NULL, PART },
		{ "version", required_argument, NULL, VERSION },
		{ 0 },
	};
	const char **texts[] = { &ask->id, &ask->vendor, &ask->model,
		&ask->addressing, NULL, NULL, &ask->part, &ask->version };
	int c;

	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (c < ID || c > VERSION)
			return false;
		if (c == BASE)
			ask->base = (int)strtol(optarg, NULL, 10);
		else if (c == COUNT)
			ask->count = (int)strtol(optarg, NULL, 10);
		else
			*texts[c - ID] = optarg;
	}
	return true;
}

int
main(int argc, char **argv)
{
	struct map_ask ask = { .base = -1 };
	struct arena *a = arena_new();
	int status = 2;
	size_t i;

	log_name("fluxline-profile");
	if (!options_read(&ask, argc, argv) || optind >= argc)
		return usage();
	for (i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (strcmp(commands[i].name, argv[optind]) == 0 &&
		    argc - optind > commands[i].least)
			break;
	if (i == sizeof(commands) / sizeof(*commands))
		return usage();
	status = commands[i].run(a, argv + optind + 1, &ask);
	arena_free(a);
	return status;
}
