#include "trust/label.h"

#include <ctype.h>
#include <string.h>
#include <zlib.h>

#include "base/env.h"

enum {
	CRC = 4,
	WHOLE = LABEL_BYTES + CRC,
	BITS = 5, /* of a letter */
	LETTERS = WHOLE * 8 / BITS,
	GROUP = 4
};

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void
label_new(unsigned char code[LABEL_BYTES])
{
	env_get()->random(code, LABEL_BYTES);
}

/* The code and its sum. */
static void
sum(unsigned char whole[WHOLE], const unsigned char code[LABEL_BYTES])
{
	unsigned long crc = crc32_z(0, code, LABEL_BYTES);
	int i;

	memcpy(whole, code, LABEL_BYTES);
	for (i = 0; i < CRC; i++)
		whole[LABEL_BYTES + i] =
		    (unsigned char)(crc >> (8 * (CRC - 1 - i)));
}

const char *
label_text(struct arena *a, const unsigned char code[LABEL_BYTES])
{
	char *text = arena_alloc(a, LETTERS + 1);
	unsigned char whole[WHOLE];
	size_t i, bit;

	sum(whole, code);
	for (i = 0; i < LETTERS; i++) {
		unsigned two;

		bit = i * BITS;
		two = (unsigned)whole[bit / 8] << 8;
		if (bit / 8 + 1 < WHOLE)
			two |= whole[bit / 8 + 1];
		text[i] = alphabet[two >> (16 - BITS - bit % 8) & 31];
	}
	return text;
}

const char *
label_groups(struct arena *a, const char *text)
{
	struct buf b = buf_new(a, LETTERS * 2);
	size_t i;

	for (i = 0; text[i] != 0; i++) {
		if (i > 0 && i % GROUP == 0)
			buf_byte(&b, '-');
		buf_byte(&b, (unsigned char)text[i]);
	}
	return (const char *)b.p;
}

/* The five bits of a letter; -1: it is none of ours. */
static int
value(char c)
{
	static const char alike[] = "O0I1L1";
	const char *at;

	c = (char)toupper((unsigned char)c);
	if (c == 0)
		return -1;
	if ((at = strchr(alike, c)) != NULL && (at - alike) % 2 == 0)
		c = at[1];
	at = strchr(alphabet, c);
	return at != NULL ? (int)(at - alphabet) : -1;
}

bool
label_read(unsigned char code[LABEL_BYTES], const char *text)
{
	unsigned char whole[WHOLE], right[WHOLE];
	unsigned bits = 0, held = 0;
	size_t n = 0, letters = 0;

	for (; *text != 0; text++) {
		int v;

		if (*text == '-' || *text == ' ')
			continue;
		if ((v = value(*text)) < 0 || ++letters > LETTERS)
			return false;
		held = held << BITS | (unsigned)v;
		bits += BITS;
		if (bits >= 8) {
			bits -= 8;
			whole[n++] = (unsigned char)(held >> bits);
		}
	}
	if (letters != LETTERS)
		return false;
	sum(right, whole);
	memcpy(code, whole, LABEL_BYTES);
	return memcmp(whole, right, WHOLE) == 0;
}
