#include "base/hex.h"

static const char digits[] = "0123456789abcdef";

/* Writes them, with a NUL behind. */
void
hex_write(char *to, const unsigned char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		*to++ = digits[p[i] >> 4];
		*to++ = digits[p[i] & 15];
	}
	*to = 0;
}

/* Appends them. */
void
hex_put(struct buf *b, struct bytes v)
{
	hex_write((char *)buf_room(b, 2 * v.n + 1), v.p, v.n);
	b->n += 2 * v.n;
}

/* A text of its own. */
const char *
hex_text(struct arena *a, struct bytes v)
{
	char *text = arena_alloc(a, 2 * v.n + 1);

	hex_write(text, v.p, v.n);
	return text;
}

/* One digit. */
int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The bytes that a text of n digits stands for. */
bool
hex_read(struct bytes *out, struct arena *a, const char *text, size_t n)
{
	unsigned char *to = arena_alloc(a, n / 2 + 1);
	size_t i;

	for (i = 0; i + 1 < n; i += 2) {
		int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);

		if (high < 0 || low < 0)
			return false;
		to[i / 2] = (unsigned char)(high << 4 | low);
	}
	*out = (struct bytes){ to, n / 2 };
	return n % 2 == 0;
}
