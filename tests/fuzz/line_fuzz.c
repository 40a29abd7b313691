/*
 * Any bytes as line protocol: lines that need no item give what items give,
 * also when their names are known from before, and each accepted name and
 * text is UTF-8.
 */
#include "fuzz.h"

#include <string.h>

#include "base/utf8.h"
#include "tests/unit/line_same.h"

static const char *const seeds[] = {
	"m,name=N1 flow=1.5,pressure=2i 1763703600000000000\n",
	"t,sensor=C-1 value=45.7 1763703600000000000\nt,sensor=C-1 value=1\n",
	"m\xc2\xb3/h,domain=sensor,entity_id=main_flow value=1,x_str=\"a\"\n",
	"# x\r\nm,host=N1 two\\ words=t,state=\"jammed\"\r\n",
	"m,name=N1 flow=\"a\\\"b\\\\\",flow=1e-3 1\nm,name=N1 flow\n",
};

enum { SEEDS = sizeof(seeds) / sizeof(*seeds) };

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	int i;

	(void)argc;
	(void)argv;
	for (i = 0; i < SEEDS; i++)
		seed_write(i, seeds[i], strlen(seeds[i]));
	return 0;
}

static bool
is_utf8(struct slice s)
{
	size_t one;

	for (; s.n > 0; s.p += one, s.n -= one)
		if ((one = utf8_character(s.p, s.n)) == 0)
			return false;
	return true;
}

static void
names_are_utf8(struct arena *a, struct bytes body)
{
	struct lines s;
	struct line l;
	size_t i;

	lines_open(&s, a, body);
	while (lines_next(&l, &s)) {
		CLAIM(l.raw.p >= (const char *)body.p &&
		      l.raw.p + l.raw.n <= (const char *)body.p + body.n);
		if (l.why != NULL)
			continue;
		CLAIM(l.n_fields > 0 && l.name.n > 0 && is_utf8(l.name));
		for (i = 0; i < l.n_tags; i++)
			CLAIM(is_utf8(l.tag[i].key) && is_utf8(l.tag[i].value));
		for (i = 0; i < l.n_fields; i++)
			CLAIM(is_utf8(l.field[i].key) &&
			      (l.field[i].value.kind != J_TEXT ||
				  is_utf8(l.field[i].value.text)));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena *a = arena_new();
	struct roster *roster = line_roster(a);
	struct bytes body = { p, n };
	const char *items = line_said(a, body, roster, false);

	CLAIM(strcmp(line_said(a, body, roster, true), items) == 0);
	CLAIM(strcmp(line_said(a, body, roster, true), items) == 0);
	names_are_utf8(a, body);
	arena_free(a);
	return 0;
}
