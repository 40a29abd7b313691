#include "intake/line_value.h"

#include <math.h>
#include <stdlib.h>

#include "base/decimal.h"
#include "base/utf8.h"

enum { SHORT_NUMBER = 64, EXACT_DIGITS = 19 };

bool
line_is_utf8(const unsigned char *p, size_t n)
{
	size_t one;

	for (; n > 0; p += one, n -= one) {
		one = *p < 0x80 ? 1 : utf8_character(p, n);
		if (one == 0)
			return false;
	}
	return true;
}

/* "text", with \" and \\ in it, and anything else as it stands. */
static const char *
text_value(struct jvalue *v, const unsigned char **at, const unsigned char *end,
    struct arena *a)
{
	const unsigned char *p = *at + 1, *begin = p;
	size_t escapes = 0;
	char *out;

	for (; p < end && *p != '"'; p++)
		if (*p == '\\' && end - p > 1 &&
		    (p[1] == '"' || p[1] == '\\')) {
			p++;
			escapes++;
		}
	if (p == end)
		return "a text has no closing quote";
	if (!line_is_utf8(begin, (size_t)(p - begin)))
		return "this is not UTF-8";
	*at = p + 1;
	v->kind = J_TEXT;
	v->text = (struct slice){ (const char *)begin, (size_t)(p - begin) };
	if (escapes == 0)
		return NULL;
	out = arena_room(a, v->text.n - escapes + 1, 1);
	v->text = (struct slice){ out, v->text.n - escapes };
	for (; begin < p; begin++) {
		begin +=
		    *begin == '\\' && (begin[1] == '"' || begin[1] == '\\');
		*out++ = (char)*begin;
	}
	*out = 0;
	return NULL;
}

static const char *
bool_value(struct jvalue *v, struct slice s)
{
	static const char *const words[] = { "f", "F", "false", "False",
		"FALSE", "t", "T", "true", "True", "TRUE" };
	size_t i, n = sizeof(words) / sizeof(*words);

	for (i = 0; i < n; i++)
		if (slice_is(s, words[i]))
			break;
	if (i == n)
		return "want t, true, f or false";
	v->kind = i < n / 2 ? J_FALSE : J_TRUE;
	return NULL;
}

const char *
line_int(struct jvalue *v, struct slice s, bool sign)
{
	size_t i, at = sign && s.n > 0 && s.p[0] == '-';
	uint64_t n = 0, most = UINT64_MAX;
	bool minus = at > 0, over = false;

	if (sign)
		most = (UINT64_C(1) << 63) - !minus;
	if (at == s.n)
		return "this is no integer";
	for (i = at; i < s.n; i++) {
		if (!line_is_digit((unsigned char)s.p[i]))
			return "this is no integer";
		over |= __builtin_mul_overflow(n, 10, &n) ||
			__builtin_add_overflow(n, (uint64_t)(s.p[i] - '0'), &n);
	}
	if (over || n > most)
		return "the integer is beyond 64 bits";
	v->kind = J_INT;
	if (n <= INT64_MAX || minus)
		v->i = (int64_t)(minus ? UINT64_C(0) - n : n);
	else
		*v = (struct jvalue){ J_BIG, v->raw, { .d = (double)n } };
	return NULL;
}

/* The digits of a decimal, as far as they are exact. */
struct decimal {
	uint64_t digits;
	int exponent;
	bool exact;
};

/* -?digits[.digits][e[+-]digits], with a digit before the e. */
static bool
decimal_read(struct decimal *d, const char *p, const char *end)
{
	const char *dot = NULL;
	int n = 0, seen = 0, e = 0;
	bool minus;

	*d = (struct decimal){ 0, 0, true };
	for (p += p < end && *p == '-'; p < end; p++) {
		if (*p == '.' && dot == NULL) {
			dot = p;
			continue;
		}
		if (!line_is_digit((unsigned char)*p))
			break;
		seen = 1;
		n += n > 0 || *p != '0';
		d->exact = n <= EXACT_DIGITS;
		if (d->exact)
			d->digits = d->digits * 10 + (uint64_t)(*p - '0');
		d->exponent -= dot != NULL;
	}
	if (seen == 0)
		return false;
	if (p == end)
		return true;
	if (*p != 'e' && *p != 'E')
		return false;
	p++;
	minus = p < end && *p == '-';
	if (p < end && (*p == '-' || *p == '+'))
		p++;
	if (p == end)
		return false;
	for (; p < end && line_is_digit((unsigned char)*p); p++)
		if (e < 100000)
			e = e * 10 + (*p - '0');
	d->exponent += minus ? -e : e;
	return p == end;
}

static const char *
real_value(struct jvalue *v, struct slice s, struct arena *a)
{
	char room[SHORT_NUMBER];
	const char *text = room;
	struct decimal d;

	if (!decimal_read(&d, s.p, s.p + s.n))
		return "this is no number";
	v->kind = J_REAL;
	if (d.exact && decimal_double(&v->d, d.digits, d.exponent)) {
		v->d = s.p[0] == '-' ? -v->d : v->d;
		return NULL;
	}
	if (s.n < sizeof(room)) {
		memcpy(room, s.p, s.n);
		room[s.n] = 0;
	} else {
		text = arena_copy(a, s.p, s.n);
	}
	v->d = strtod(text, NULL);
	return isfinite(v->d) ? NULL : "the number is beyond a double";
}

const char *
line_value(struct jvalue *v, const unsigned char **at, const unsigned char *end,
    struct arena *a)
{
	const unsigned char *from = *at, *p = from;
	const char *why;
	struct slice s;

	v->raw.p = (const char *)from;
	if (p < end && *p == '"') {
		why = text_value(v, at, end, a);
		v->raw.n = (size_t)(*at - from);
		return why;
	}
	while (p < end && *p != ',' && !line_is_blank(*p))
		p++;
	*at = p;
	s = v->raw = (struct slice){ (const char *)from, (size_t)(p - from) };
	if (s.n == 0)
		return "a field has no value";
	if (strchr("tTfF", *s.p) != NULL && *s.p != 0)
		return bool_value(v, s);
	if (!line_is_digit(*from) && *from != '-' && *from != '.')
		return "want a number, t or f, or a text in quotes";
	if (p[-1] != 'i' && p[-1] != 'u')
		return real_value(v, s, a);
	s.n--;
	return line_int(v, s, p[-1] == 'i');
}
