#include "base/member.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"

/* How many bytes from here on stand for themselves in a text. */
static size_t
plain(const char *s)
{
	size_t n = 0;

	while ((unsigned char)s[n] >= 0x20 && s[n] != '"' && s[n] != '\\')
		n++;
	return n;
}

void
member_put_text(struct buf *b, const char *s)
{
	size_t n = plain(s);
	unsigned char *p;

	if (s[n] == 0) {
		p = buf_room(b, n + 2);
		*p = '"';
		memcpy(p + 1, s, n);
		memcpy(p + 1 + n, "\"", 2);
		b->n += n + 2;
		return;
	}
	buf_byte(b, '"');
	for (;; s++) {
		n = plain(s);
		buf_put(b, s, n);
		s += n;
		if (*s == 0)
			break;
		if (*s == '"' || *s == '\\')
			buf_printf(b, "\\%c", *s);
		else
			buf_printf(b, "\\u%04x", (unsigned char)*s);
	}
	buf_byte(b, '"');
}

static const uint64_t powers[] = { 1, 10, 100, 1000, 10000, 100000, 1000000,
	10000000, 100000000, 1000000000, 10000000000, 100000000000,
	1000000000000, 10000000000000, 100000000000000, 1000000000000000,
	10000000000000000, 100000000000000000, 1000000000000000000,
	10000000000000000000U };

/* The digits of n, at least so many, in front of p; returns the first one. */
static char *
digits(char *p, uint64_t n, int least)
{
	for (; least > 1 || n > 9; least -= 2, n /= 100) {
		*--p = (char)('0' + n % 10);
		*--p = (char)('0' + n / 10 % 10);
	}
	if (least > 0 || n > 0)
		*--p = (char)('0' + n);
	return p;
}

void
member_put_decimal(struct buf *b, bool minus, uint64_t n, int places)
{
	char s[40], *p = s + sizeof(s);

	if (places > 0) {
		p = digits(p, n % powers[places], places);
		*--p = '.';
	}
	p = digits(p, n / powers[places], 1);
	if (minus)
		*--p = '-';
	buf_put(b, p, (size_t)(s + sizeof(s) - p));
}

void
member_put_int(struct buf *b, int64_t v)
{
	member_put_decimal(b, v < 0, v < 0 ? 0 - (uint64_t)v : (uint64_t)v, 0);
}

/* A whole number near enough to try; llround asks more of a call. */
static int64_t
nearest(double v)
{
	return (int64_t)(v < 0 ? v - 0.5 : v + 0.5);
}

/* Most numbers are a few digits with a point somewhere: these go fast. */
static bool
put_decimal(struct buf *b, double v)
{
	static const double tens[] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6 };
	int places = 0;
	int64_t n;

	if (!(fabs(v) < 1e9) || (v == 0 && signbit(v)))
		return false;
	while ((double)(n = nearest(v * tens[places])) / tens[places] != v)
		if (++places == sizeof(tens) / sizeof(*tens))
			return false;
	member_put_decimal(b, v < 0, (uint64_t)(n < 0 ? -n : n), places);
	return true;
}

/* Means and the like have all the digits that there are. */
static bool
put_shortest(struct buf *b, double v)
{
	uint64_t digits;
	int places;

	if (!decimal_shortest(&digits, &places, v))
		return false;
	member_put_decimal(b, v < 0, digits, places);
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
	if (put_decimal(b, v) || put_shortest(b, v))
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
	member_put_int(b, v);
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
