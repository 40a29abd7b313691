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

void
member_put_real(struct buf *b, double v)
{
	char s[40];
	int digits;

	if (!isfinite(v)) {
		buf_text(b, "null");
		return;
	}
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
