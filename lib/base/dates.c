#include "base/dates.h"

#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/zone.h"

enum { PIVOT = 69, WORD_MIN = 3 }; /* 69 is 1969, as in POSIX */

/* What of the text is still to be read. */
struct rest {
	const char *p, *end;
};

static const char *const months[] = { "january", "february", "march", "april",
	"may", "june", "july", "august", "september", "october", "november",
	"december" };
static const char *const weekdays[] = { "monday", "tuesday", "wednesday",
	"thursday", "friday", "saturday", "sunday" };

static bool
is_digit(const struct rest *s)
{
	return s->p < s->end && *s->p >= '0' && *s->p <= '9';
}

static bool
is_letter(const struct rest *s)
{
	return s->p < s->end && ((*s->p >= 'a' && *s->p <= 'z') ||
				    (*s->p >= 'A' && *s->p <= 'Z'));
}

static void
blanks(struct rest *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t'))
		s->p++;
}

/* One of these characters, which is passed over; 0: none of them stands here.
 */
static char
one_of(struct rest *s, const char *set)
{
	if (s->p == s->end || *s->p == 0 || strchr(set, *s->p) == NULL)
		return 0;
	return *s->p++;
}

/* At most `most` digits; returns how many. */
static int
number(int *out, struct rest *s, int most)
{
	int n = 0;

	for (*out = 0; n < most && is_digit(s); n++)
		*out = *out * 10 + (*s->p++ - '0');
	return n;
}

/* Which of the words begins with the letters here, from 1; 0: none does. */
static int
word(struct rest *s, const char *const *words, int n)
{
	const char *from = s->p;
	size_t len;
	int i;

	while (is_letter(s))
		s->p++;
	len = (size_t)(s->p - from);
	for (i = 0; len >= WORD_MIN && i < n; i++)
		if (len <= strlen(words[i]) &&
		    strncasecmp(words[i], from, len) == 0)
			return i + 1;
	s->p = from;
	return 0;
}

/* Three fields of a date, each a number of some digits; a word has none. */
struct parts {
	int v[3], digits[3];
	bool named; /* which of them is the month is plain */
};

static bool
parts_read(struct parts *p, struct rest *s)
{
	char between = 0;
	int i;

	p->named = false;
	for (i = 0; i < 3; i++) {
		if (i > 0) {
			char c;

			blanks(s);
			c = one_of(s, "-/.,");
			if (i == 2 && !p->named && c != between)
				return false;
			if (c == 0 && !p->named && !is_letter(s))
				return false;
			between = c;
			blanks(s);
		}
		p->digits[i] = 0;
		if (is_letter(s)) {
			p->v[i] = word(s, months, 12);
			if (p->v[i] == 0 || p->named || i == 2)
				return false;
			p->named = true;
		} else if ((p->digits[i] = number(&p->v[i], s, 4)) == 0 ||
			   is_digit(s)) {
			return false;
		}
	}
	return true;
}

static int
year_of(int v, int digits)
{
	if (digits > 2)
		return v;
	return v < PIVOT ? 2000 + v : 1900 + v;
}

static bool
is_date(int y, int m, int d)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	bool leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);

	return y >= 1 && m >= 1 && m <= 12 && d >= 1 &&
	       d <= days[m - 1] + (m == 2 && leap);
}

/* Where year, month and day stand in each order. */
static const struct {
	unsigned order;
	int y, m, d;
	const char *name;
} places[] = {
	{ DATE_YMD, 0, 1, 2, "ymd" },
	{ DATE_DMY, 2, 1, 0, "dmy" },
	{ DATE_MDY, 2, 0, 1, "mdy" },
};

enum { ORDERS = sizeof(places) / sizeof(*places) };

/* Is it a date with year, month and day at these places? */
static bool
fits(struct stamp *t, const struct parts *p, size_t i)
{
	int y = places[i].y, m = places[i].m, d = places[i].d;
	bool is_long = p->digits[y] == 4;

	/* A year has two digits or four, the others have at most two. */
	if ((!is_long && p->digits[y] != 2) || p->digits[m] > 2 ||
	    p->digits[d] > 2 || p->digits[d] == 0 ||
	    !is_date(year_of(p->v[y], p->digits[y]), p->v[m], p->v[d]))
		return false;
	if (p->named && p->digits[m] != 0)
		return false;
	t->year = year_of(p->v[y], p->digits[y]);
	t->month = p->v[m];
	t->day = p->v[d];
	return true;
}

static bool
date_read(struct stamp *t, struct rest *s, unsigned orders)
{
	struct parts p;
	size_t i;

	if (!parts_read(&p, s))
		return false;
	t->order = 0;
	for (i = ORDERS; i-- > 0;)
		if (((orders & places[i].order) != 0 || p.named) &&
		    fits(t, &p, i))
			t->order |= places[i].order;
	if (t->order == 0)
		return false;
	t->is_named = p.named;
	if (p.named)
		t->order = DATE_ORDERS;
	return true;
}

/* ".25", ",25" */
static bool
fraction(int64_t *us, struct rest *s)
{
	int64_t unit = CLOCK_S / 10;

	if (one_of(s, ".,") == 0)
		return true;
	if (!is_digit(s))
		return false;
	for (; is_digit(s); s->p++, unit /= 10)
		*us += (*s->p - '0') * unit;
	return true;
}

/* "AM" turns 12 into 0, "PM" adds twelve; anything else is left alone. */
static bool
half_day(int *hour, struct rest *s)
{
	bool is_pm;

	if (s->end - s->p < 2 || (s->p[1] != 'M' && s->p[1] != 'm') ||
	    strchr("AaPp", *s->p) == NULL || *s->p == 0)
		return true;
	is_pm = *s->p == 'p' || *s->p == 'P';
	s->p += 2;
	if (*hour < 1 || *hour > 12)
		return false;
	*hour = *hour % 12 + (is_pm ? 12 : 0);
	return true;
}

/* "9", "09:05", "9:05:07.25 PM" */
static bool
clock_read(struct stamp *t, struct rest *s)
{
	int64_t us = 0;
	int h, m = 0, sec = 0;

	if (number(&h, s, 2) == 0 || is_digit(s))
		return false;
	if (one_of(s, ":") != 0) {
		if (number(&m, s, 2) != 2)
			return false;
		if (one_of(s, ":") != 0 &&
		    (number(&sec, s, 2) != 2 || !fraction(&us, s)))
			return false;
	}
	blanks(s);
	if (!half_day(&h, s) || h > 24 || m > 59 || sec > 59 ||
	    (h == 24 && (m > 0 || sec > 0 || us > 0)))
		return false;
	t->day_us = h * CLOCK_HOUR + m * CLOCK_MIN + sec * CLOCK_S + us;
	t->has_time = true;
	return true;
}

/* "Z", "GMT", "UTC", "+01", "+0100", "-07:00" */
static bool
zone_read(struct stamp *t, struct rest *s)
{
	static const char *const universal[] = { "utc", "gmt" };
	int h, m = 0, sign;
	char c;

	if (word(s, universal, 2) > 0 || one_of(s, "Zz") != 0) {
		t->has_zone = true;
		return true;
	}
	if ((c = one_of(s, "+-")) == 0)
		return true;
	sign = c == '-' ? -1 : 1;
	if (number(&h, s, 2) != 2)
		return false;
	if ((one_of(s, ":") != 0 || is_digit(s)) && number(&m, s, 2) != 2)
		return false;
	if (h > 14 || m > 59)
		return false;
	t->has_zone = true;
	t->east_s = sign * (h * 3600 + m * 60);
	return true;
}

bool
stamp_read(struct stamp *t, struct slice text, unsigned orders)
{
	struct rest s = { text.p, text.p + text.n };

	memset(t, 0, sizeof(*t));
	blanks(&s);
	if (is_letter(&s) && word(&s, weekdays, 7) > 0) {
		(void)one_of(&s, ",");
		blanks(&s);
	}
	if (!date_read(t, &s, orders))
		return false;
	(void)one_of(&s, ",");
	blanks(&s);
	if (one_of(&s, "Tt") != 0 || is_digit(&s)) {
		if (!clock_read(t, &s))
			return false;
		blanks(&s);
		if (!zone_read(t, &s))
			return false;
	}
	blanks(&s);
	return s.p == s.end;
}

bool
stamp_time(struct stamp *t, struct slice text)
{
	struct rest s = { text.p, text.p + text.n };

	blanks(&s);
	if (!clock_read(t, &s))
		return false;
	blanks(&s);
	if (!zone_read(t, &s))
		return false;
	blanks(&s);
	return s.p == s.end;
}

/* The local time as if it were UTC's. */
static int64_t
as_utc(const struct stamp *t)
{
	struct tm tm = {
		.tm_year = t->year - 1900,
		.tm_mon = t->month - 1,
		.tm_mday = t->day,
	};

	return (int64_t)timegm(&tm) * CLOCK_S + t->day_us;
}

bool
stamp_instant(int64_t *us, int64_t *again, const struct stamp *t)
{
	int64_t local = as_utc(t), before, after;
	bool first, second;

	if (t->has_zone) {
		*us = *again = local - t->east_s * CLOCK_S;
		return true;
	}
	/* No clock is changed twice within two days. */
	before = zone_offset(local - CLOCK_DAY);
	after = zone_offset(local + CLOCK_DAY);
	first = zone_offset(local - before) == before;
	second = zone_offset(local - after) == after;
	if (!first && !second)
		return false;
	*us = local - (first ? before : after);
	*again = local - (second ? after : before);
	if (*again < *us)
		*again = *us;
	return true;
}

unsigned
date_order_named(const char *name)
{
	size_t i;

	for (i = 0; i < ORDERS; i++)
		if (strcmp(places[i].name, name) == 0)
			return places[i].order;
	return 0;
}

const char *
date_order_name(unsigned order)
{
	size_t i;

	for (i = 0; i < ORDERS; i++)
		if (places[i].order == order)
			return places[i].name;
	return NULL;
}
