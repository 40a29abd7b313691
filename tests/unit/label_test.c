/*
 * lib/trust/label: codes as people read and type them.
 */
#include "check.h"

#include "arena.h"

#include <ctype.h>

#include "trust/label.h"

TEST(a_code_reads_back)
{
	unsigned char code[LABEL_BYTES], again[LABEL_BYTES];
	const char *text, *groups;
	int i;

	for (i = 0; i < 200; i++) {
		label_new(code);
		text = label_text(arena, code);
		groups = label_groups(arena, text);
		CHECK(strlen(text) == 32 && strlen(groups) == 39);
		memset(again, 0, sizeof(again));
		CHECK(label_read(again, text));
		CHECK(memcmp(code, again, sizeof(code)) == 0);
		memset(again, 0, sizeof(again));
		CHECK(label_read(again, groups));
		CHECK(memcmp(code, again, sizeof(code)) == 0);
	}
}

TEST(letters_that_look_alike_are_the_same)
{
	static const unsigned char code[LABEL_BYTES] = { 0x00, 0x44, 0x30 };
	unsigned char again[LABEL_BYTES];
	char *text = arena_text(arena, label_text(arena, code)), *p;

	CHECK(strncmp(text, "0123", 4) == 0);
	for (p = text; *p != 0; p++) {
		*p = (char)tolower((unsigned char)*p);
		if (*p == '0')
			*p = 'o';
		else if (*p == '1')
			*p = p[1] % 2 ? 'l' : 'I';
	}
	CHECK(label_read(again, text));
	CHECK(memcmp(code, again, sizeof(code)) == 0);
}

TEST(a_mistyped_code_is_told)
{
	unsigned char code[LABEL_BYTES], again[LABEL_BYTES];
	char *text;
	size_t i;

	label_new(code);
	text = arena_text(arena, label_text(arena, code));
	for (i = 0; i < strlen(text); i++) {
		char was = text[i];

		text[i] = was == 'Z' ? 'Y' : 'Z';
		CHECK(!label_read(again, text));
		text[i] = 'U';
		CHECK(!label_read(again, text));
		text[i] = was;
	}
	for (i = 0; i + 1 < strlen(text); i++)
		CHECK(!label_read(again, text + i + 1));
	CHECK(!label_read(again, ""));
	CHECK(!label_read(again, arena_printf(arena, "%s0", text)));
}
