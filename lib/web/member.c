#include "web/member.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
member_put_text(struct buf *b, const char *s)
{
	buf_byte(b, '"');
	for (; *s != 0; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\') {
			buf_byte(b, '\\');
			buf_byte(b, c);
		} else if (c < 0x20) {
			buf_printf(b, "\\u%04x", c);
		} else {
			buf_byte(b, c);
		}
	}
	buf_byte(b, '"');
}

/* Most numbers are a few digits with a point somewhere: these go fast. */
static bool
put_decimal(struct buf *b, double v)
{
	static const double powers[] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6 };
	char s[32], *p = s + sizeof(s);
	int places = 0, i;
	int64_t n;

	if (!(fabs(v) < 1e9) || (v == 0 && signbit(v)))
		return false;
	while ((double)(n = llround(v * powers[places])) / powers[places] != v)
		if (++places == sizeof(powers) / sizeof(*powers))
			return false;
	n = n < 0 ? -n : n;
	for (i = 0; i <= places || n > 0; i++, n /= 10) {
		if (i == places && places > 0)
			*--p = '.';
		*--p = (char)('0' + n % 10);
	}
	if (v < 0)
		*--p = '-';
	buf_put(b, p, (size_t)(s + sizeof(s) - p));
	return true;
}

void
member_put_real(struct buf *b, double v)
{
	char s[40];
	int digits;

	if (!isfinite(v)) {
		buf_text(b, "null");
		return;
	}
	if (put_decimal(b, v))
		return;
	for (digits = 15; digits <= 17; digits++) {
		(void)snprintf(s, sizeof(s), "%.*g", digits, v);
		if (strtod(s, NULL) == v)
			break;
	}
	buf_text(b, s);
}

void
member_comma(struct buf *b)
{
	if (b->n > 0 && b->p[b->n - 1] != '{' && b->p[b->n - 1] != '[' &&
	    b->p[b->n - 1] != ':')
		buf_byte(b, ',');
}

void
member_name(struct buf *b, const char *name)
{
	member_comma(b);
	member_put_text(b, name);
	buf_byte(b, ':');
}

void
member_text(struct buf *b, const char *name, const char *value)
{
	member_name(b, name);
	if (value == NULL)
		buf_text(b, "null");
	else
		member_put_text(b, value);
}

void
member_int(struct buf *b, const char *name, int64_t v)
{
	member_name(b, name);
	buf_printf(b, "%lld", (long long)v);
}

void
member_real(struct buf *b, const char *name, double v)
{
	member_name(b, name);
	member_put_real(b, v);
}

void
member_bool(struct buf *b, const char *name, bool v)
{
	member_name(b, name);
	buf_text(b, v ? "true" : "false");
}
