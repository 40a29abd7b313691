/*
 * plant WHAT NAME=VALUE... - a plant's day, printed, stored, asked for:
 *
 *   lines, rows   from_ms= sensors= seconds=          text on stdout
 *   store         database= tenant= ids= from_ms= seconds=
 *   chart, raw    database= tenant= ids= span_ms= count=
 *                 [from_ms=; the span that ends now] [buckets= of a chart]
 *                 [rate= a second] [open=1: inside of one transaction]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plant.h"

static void
usage(const char *what)
{
	(void)fprintf(stderr, "plant: %s: see tests/bench/plant/main.c\n",
	    what);
	exit(2);
}

static void
wish_read(struct wish *w, int n, char **args)
{
	struct {
		const char *name, **text;
		int64_t *whole;
	} known[] = { { "database", &w->database, NULL },
		{ "ids", &w->ids, NULL }, { "tenant", NULL, &w->tenant },
		{ "sensors", NULL, &w->sensors },
		{ "seconds", NULL, &w->seconds },
		{ "from_ms", NULL, &w->from_ms },
		{ "span_ms", NULL, &w->span_ms },
		{ "buckets", NULL, &w->buckets }, { "count", NULL, &w->count },
		{ "open", NULL, &w->open } };
	size_t i, k = sizeof(known) / sizeof(*known), m;

	for (; n > 0; n--, args++) {
		if (strncmp(*args, "rate=", 5) == 0) {
			w->rate = atof(*args + 5);
			continue;
		}
		for (i = 0; i < k; i++) {
			m = strlen(known[i].name);
			if (strncmp(*args, known[i].name, m) == 0 &&
			    (*args)[m] == '=')
				break;
		}
		if (i == k)
			usage(*args);
		if (known[i].text != NULL)
			*known[i].text = *args + m + 1;
		else
			*known[i].whole = atoll(*args + m + 1);
	}
}

int
main(int argc, char **argv)
{
	struct wish w = { .sensors = 100,
		.seconds = 86400,
		.count = 100,
		.buckets = 1440,
		.span_ms = 86400000,
		.ids = "" };
	struct err *e = NULL;

	if (argc < 2)
		usage("nothing to do");
	w.what = argv[1];
	wish_read(&w, argc - 2, argv + 2);
	if (strcmp(w.what, "lines") == 0 || strcmp(w.what, "rows") == 0)
		plant_print(&w);
	else if (w.database == NULL)
		usage(w.what);
	else if (strcmp(w.what, "store") == 0)
		e = plant_store(&w);
	else if (strcmp(w.what, "chart") == 0 || strcmp(w.what, "raw") == 0)
		e = plant_ask(&w);
	else
		usage(w.what);
	if (e != NULL)
		(void)fprintf(stderr, "plant: %s (%s; %s)\n", e->say, e->why,
		    e->trace);
	return e != NULL;
}
