/*
 * Any bytes as a body of any format: taken or refused, and counted.
 *
 * The first byte of the input is the format's number; 0, or one that there is
 * not: the body tells.  The seeds are what gateways send.
 */
#include "fuzz.h"

#include <glob.h>

#include "tests/unit/hostile.h"

enum { NUMBERS = 64, GOLDEN_MAX = 1 << 20 };

static struct arena *kept; /* the roster's */
static const struct roster *roster;

/* The whole file; n = 0: there is none. */
static struct bytes
file_read(struct arena *a, const char *path)
{
	unsigned char *p = arena_alloc(a, GOLDEN_MAX);
	FILE *f = fopen(path, "rb");
	size_t n;

	if (f == NULL)
		return (struct bytes){ 0 };
	n = fread(p, 1, GOLDEN_MAX, f);
	(void)fclose(f);
	return (struct bytes){ p, n };
}

/* The bodies of the cases that are due. */
static void
cases(struct jscan *s, struct arena *a, int *number)
{
	struct jvalue v;
	struct slice key;

	while (jscan_item(s)) {
		jscan_value(s, &v);
		while (v.kind == J_OBJECT && jscan_member(s, &key)) {
			struct jvalue one;
			struct buf b = buf_new(a, 256);

			jscan_value(s, &one);
			jscan_pass(s, &one);
			if (!slice_is(key, "text") || one.kind != J_TEXT)
				continue;
			buf_byte(&b, 0);
			buf_put(&b, one.text.p, one.text.n);
			seed_write((*number)++, b.p, b.n);
		}
	}
}

static void
golden(struct arena *a, const char *path, int *number)
{
	struct slice key;
	struct jvalue v;
	struct jscan s;

	jscan_open(&s, a, file_read(a, path));
	jscan_value(&s, &v);
	while (v.kind == J_OBJECT && jscan_member(&s, &key)) {
		struct jvalue one;

		jscan_value(&s, &one);
		if (slice_is(key, "cases") && one.kind == J_ARRAY)
			cases(&s, a, number);
		else
			jscan_pass(&s, &one);
	}
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct arena *a = arena_new();
	int number = 0;
	glob_t g;
	size_t i;

	(void)argc;
	(void)argv;
	kept = arena_new();
	roster = hostile_roster(kept);
	if (glob("tests/golden/formats/*.json", 0, NULL, &g) == 0) {
		for (i = 0; i < g.gl_pathc; i++)
			golden(a, g.gl_pathv[i], &number);
		globfree(&g);
	}
	arena_free(a);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena *a = arena_new();
	const struct format *f = NULL;
	const char *why = NULL;
	bool taken;

	if (n > 0) {
		f = format_numbered(p[0] % NUMBERS);
		if (f != NULL && f->decode == NULL)
			f = NULL;
		why = hostile_fault(&taken, a, roster, f,
		    (struct bytes){ p + 1, n - 1 });
	}
	if (why != NULL)
		(void)fprintf(stderr, "%s\n", why);
	CLAIM(why == NULL);
	arena_free(a);
	return 0;
}
