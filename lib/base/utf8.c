#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

/* By the lead byte: how many follow, and the least code point of that form. */
static const struct {
	unsigned char mask, lead;
	int more;
	uint32_t least;
} forms[] = {
	{ 0x80, 0x00, 0, 0 },
	{ 0xe0, 0xc0, 1, 0x80 },
	{ 0xf0, 0xe0, 2, 0x800 },
	{ 0xf8, 0xf0, 3, 0x10000 },
};

enum { FORMS = sizeof(forms) / sizeof(*forms) };

size_t
utf8_character(const void *from, size_t n)
{
	const unsigned char *s = from;
	uint32_t c;
	size_t f = 0;
	int i;

	while (f < FORMS && (s[0] & forms[f].mask) != forms[f].lead)
		f++;
	if (f == FORMS || (size_t)forms[f].more >= n)
		return 0;
	c = (uint32_t)(s[0] & ~forms[f].mask);
	for (i = 1; i <= forms[f].more; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < forms[f].least || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	return (size_t)forms[f].more + 1;
}

bool
utf8_valid(const char *s)
{
	size_t left = strlen(s), n;

	for (; left > 0; left -= n, s += n)
		if ((n = utf8_character(s, left)) == 0)
			return false;
	return true;
}

size_t
utf8_whole(const char *s, size_t n)
{
	size_t have = strnlen(s, n + 1);

	if (have <= n)
		return have;
	while (n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	return n;
}
