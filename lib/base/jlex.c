#include "base/jlex.h"

#include <endian.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "base/utf8.h"

enum { EXACT_DIGITS = 19, EXPONENT_MAX = 100000, SHORT_NUMBER = 128 };

#define ONES UINT64_C(0x0101010101010101)
#define TOPS (ONES << 7)

void
jlex_fault(struct jscan *s, const unsigned char *where, const char *why)
{
	if (s->why == NULL) {
		s->why = why;
		s->where = where;
	}
	s->at = s->end;
}

uint64_t
jlex_load(const unsigned char *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof(w));
	return le64toh(w);
}

/* In the top bit of a byte: it is zero.  Exact up to the first such byte. */
static uint64_t
zeros(uint64_t w)
{
	return (w - ONES) & ~w & TOPS;
}

/* The first byte that a text does not simply consist of: eight at a time. */
static const unsigned char *
plain(const unsigned char *p, const unsigned char *end)
{
	for (; end - p >= 8; p += 8) {
		uint64_t w = jlex_load(p);
		uint64_t odd = zeros(w ^ ONES * '"') | zeros(w ^ ONES * '\\') |
			       ((w - ONES * ' ') & ~w & TOPS) | (w & TOPS);

		if (odd != 0)
			return p + __builtin_ctzll(odd) / 8;
	}
	while (p < end && *p >= ' ' && *p < 0x80 && *p != '"' && *p != '\\')
		p++;
	return p;
}

/* Four hexadecimal digits; -1: they are not. */
static int32_t
hex(const unsigned char *p)
{
	int32_t v = 0;
	int i;

	for (i = 0; i < 4; i++) {
		int c = p[i], low = c | 0x20;

		if (c >= '0' && c <= '9')
			v = v << 4 | (c - '0');
		else if (low >= 'a' && low <= 'f')
			v = v << 4 | (low - 'a' + 10);
		else
			return -1;
	}
	return v;
}

/* \uXXXX, or two of a pair; how many bytes that is, 0: no character. */
static size_t
unicode(uint32_t *c, const unsigned char *p, size_t n)
{
	int32_t v = n >= 6 ? hex(p + 2) : -1, low;

	if (v <= 0 || (v >= 0xdc00 && v <= 0xdfff))
		return 0;
	*c = (uint32_t)v;
	if (v < 0xd800 || v > 0xdfff)
		return 6;
	if (n < 12 || p[6] != '\\' || p[7] != 'u' || (low = hex(p + 8)) < 0)
		return 0;
	if (low < 0xdc00 || low > 0xdfff)
		return 0;
	*c =
	    0x10000 + (((uint32_t)v - 0xd800) << 10) + ((uint32_t)low - 0xdc00);
	return 12;
}

/* The escape at p, n > 0 bytes there; how long it is, 0: it is none. */
static size_t
escape(uint32_t *c, const unsigned char *p, size_t n)
{
	static const char written[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	const char *at;

	if (n < 2)
		return 0;
	if (p[1] == 'u')
		return unicode(c, p, n);
	at = memchr(written, p[1], sizeof(written) - 1);
	if (at == NULL)
		return 0;
	*c = (unsigned char)meant[at - written];
	return 2;
}

static char *
utf8_put(char *to, uint32_t c)
{
	if (c < 0x80) {
		*to++ = (char)c;
	} else if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
		*to++ = (char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		*to++ = (char)(0xe0 | c >> 12);
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	} else {
		*to++ = (char)(0xf0 | c >> 18);
		*to++ = (char)(0x80 | (c >> 12 & 0x3f));
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	}
	return to;
}

/* It never grows by that. */
struct slice
jlex_unescaped(struct arena *a, struct slice raw)
{
	const unsigned char *p = (const unsigned char *)raw.p, *end = p + raw.n;
	struct slice out = { NULL, 0 };
	char *to = arena_alloc(a, raw.n);
	uint32_t c = 0;

	out.p = to;
	while (p < end) {
		if (*p != '\\') {
			*to++ = (char)*p++;
			continue;
		}
		p += escape(&c, p, (size_t)(end - p));
		to = utf8_put(to, c);
	}
	out.n = (size_t)(to - out.p);
	return out;
}

bool
jlex_text(struct jscan *s, struct slice *raw, bool *escapes)
{
	const unsigned char *p = ++s->at, *end = s->end;
	uint32_t c;
	size_t n;

	*escapes = false;
	raw->p = (const char *)p;
	for (;;) {
		p = plain(p, end);
		if (p == end) {
			jlex_fault(s, p, "a text has no end");
			return false;
		}
		if (*p == '"')
			break;
		if (*p == '\\') {
			n = escape(&c, p, (size_t)(end - p));
			*escapes = true;
		} else {
			n = *p < ' ' ? 0 : utf8_character(p, (size_t)(end - p));
		}
		if (n == 0) {
			jlex_fault(s, p,
			    *p == '\\' ? "an escape that is none"
			    : *p < ' ' ? "a control character in a text"
				       : "a text that is not UTF-8");
			return false;
		}
		p += n;
	}
	raw->n = (size_t)((const char *)p - raw->p);
	s->at = p + 1;
	return true;
}

static bool
is_digit(const unsigned char *p, const unsigned char *end)
{
	return p < end && (unsigned)(*p - '0') <= 9;
}

/* The digits from p on; *w takes them in, modulo 2^64. */
static const unsigned char *
digits(uint64_t *w, const unsigned char *p, const unsigned char *end)
{
	uint64_t v = *w;

	for (; is_digit(p, end); p++)
		v = v * 10 + (uint64_t)(*p - '0');
	*w = v;
	return p;
}

/* What the C library makes of a number's text. */
static double
by_library(struct arena *a, const unsigned char *p, size_t n)
{
	char room[SHORT_NUMBER];

	if (n >= sizeof(room))
		return strtod(arena_copy(a, p, n), NULL);
	memcpy(room, p, n);
	room[n] = 0;
	return strtod(room, NULL);
}

/* The power of ten behind a number; NULL: "e" without one. */
static const unsigned char *
power(int *to, const unsigned char *p, const unsigned char *end)
{
	bool down = false;
	int v = 0;

	if (p < end && (*p == '+' || *p == '-'))
		down = *p++ == '-';
	if (!is_digit(p, end))
		return NULL;
	for (; is_digit(p, end); p++)
		if (v < EXPONENT_MAX)
			v = v * 10 + (*p - '0');
	*to += down ? -v : v;
	return p;
}

/* An integer of n digits from p to s->at, w modulo 2^64. */
static void
integer(struct jscan *s, struct jvalue *v, uint64_t w, size_t n)
{
	const unsigned char *p = (const unsigned char *)v->raw.p;
	bool minus = *p == '-';

	v->raw.n = (size_t)(s->at - p);
	if (n > EXACT_DIGITS || w > (uint64_t)INT64_MAX + minus) {
		v->kind = J_BIG;
		v->d = by_library(s->arena, p, v->raw.n);
		return;
	}
	v->kind = J_INT;
	v->i = minus ? (int64_t)(0 - w) : (int64_t)w;
}

static void
real(struct jscan *s, struct jvalue *v, uint64_t w, size_t n, int exponent)
{
	const unsigned char *p = (const unsigned char *)v->raw.p;

	v->kind = J_REAL;
	v->raw.n = (size_t)(s->at - p);
	if (n > EXACT_DIGITS || !decimal_double(&v->d, w, exponent))
		v->d = by_library(s->arena, p, v->raw.n);
	else if (*p == '-')
		v->d = -v->d;
	if (isinf(v->d))
		jlex_fault(s, p, "a number beyond all doubles");
}

void
jlex_number(struct jscan *s, struct jvalue *v)
{
	const unsigned char *p = s->at, *end = s->end, *first, *point;
	uint64_t w = 0;
	int exponent = 0;
	size_t n;

	if (*p == '-')
		p++;
	first = p;
	p = digits(&w, p, end);
	n = (size_t)(p - first);
	if (n == 0 || (*first == '0' && n > 1)) {
		jlex_fault(s, s->at, "a number that is none");
		return;
	}
	if (p == end || (*p != '.' && (*p | 0x20) != 'e')) {
		s->at = p;
		integer(s, v, w, n);
		return;
	}
	if (*p == '.') {
		point = ++p;
		p = digits(&w, p, end);
		exponent = -(int)(p - point);
		n += (size_t)(p - point);
		if (p == point) {
			jlex_fault(s, p, "a digit must follow the point");
			return;
		}
	}
	if (p < end && (*p | 0x20) == 'e' &&
	    (p = power(&exponent, p + 1, end)) == NULL) {
		jlex_fault(s, s->at, "a number that is none");
		return;
	}
	s->at = p;
	real(s, v, w, n, exponent);
}
