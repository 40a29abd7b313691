#include "trust/b64.h"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			      "abcdefghijklmnopqrstuvwxyz"
			      "0123456789-_";

/* Three bytes at a time make four letters, one or two make two or three. */
void
b64_put(struct buf *b, struct bytes from)
{
	uint32_t v;
	size_t i, j, n;

	for (i = 0; i < from.n; i += 3) {
		n = from.n - i < 3 ? from.n - i : 3;
		v = 0;
		for (j = 0; j < 3; j++)
			v = v << 8 | (j < n ? from.p[i + j] : 0);
		for (j = 0; j <= n; j++)
			buf_byte(b,
			    (unsigned char)letters[v >> (18 - 6 * j) & 63]);
	}
}

const char *
b64_text(struct arena *a, struct bytes from)
{
	struct buf b = buf_new(a, from.n / 3 * 4 + 5);

	b64_put(&b, from);
	return (const char *)b.p;
}

/* The six bits of a letter; 64: it is none. */
static uint32_t
bits_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (uint32_t)(c - 'A');
	if (c >= 'a' && c <= 'z')
		return (uint32_t)(c - 'a') + 26;
	if (c >= '0' && c <= '9')
		return (uint32_t)(c - '0') + 52;
	if (c == '-')
		return 62;
	return c == '_' ? 63 : 64;
}

bool
b64_read(struct bytes *out, struct arena *a, struct slice text)
{
	unsigned char *p = arena_room(a, text.n + 1, 1);
	uint32_t v = 0, letter;
	unsigned have = 0;
	size_t i, n = 0;

	for (i = 0; i < text.n; i++) {
		if ((letter = bits_of(text.p[i])) > 63)
			return false;
		v = v << 6 | letter;
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		p[n++] = (unsigned char)(v >> have);
		v &= (1u << have) - 1;
	}
	p[n] = 0;
	*out = (struct bytes){ p, n };
	return have < 6 && v == 0;
}
