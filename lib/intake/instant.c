#include "intake/instant.h"

#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/zone.h"

enum { UNIX_DIGITS = 9, UNIX_DIGITS_MAX = 19, EAST_MAX = 14, YEAR_ZERO = 1900 };

/* What is still to be read. */
struct rest {
	const char *at, *end;
};

/* A time as it was written. */
struct written {
	int year, month, day, hour, minute, second;
	int64_t part; /* of a second, in us */
	bool timed;   /* it says more than a day */
	bool zoned;   /* and where */
	int east;     /* seconds */
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The next character is one of these; it is passed. */
static bool
one_of(struct rest *r, const char *chars)
{
	if (r->at == r->end || *r->at == 0 || strchr(chars, *r->at) == NULL)
		return false;
	r->at++;
	return true;
}

/* `least` to `most` digits, as many as there are. */
static bool
digits(int *out, struct rest *r, int least, int most)
{
	int n, v = 0;

	for (n = 0; n < most && r->at < r->end && is_digit(*r->at); n++)
		v = v * 10 + (*r->at++ - '0');
	*out = v;
	return n >= least;
}

/* ".25" or ",25"; nothing there is 0. */
static bool
fraction(int64_t *us, struct rest *r)
{
	int64_t unit = CLOCK_S / 10;

	if (!one_of(r, ".,"))
		return true;
	if (r->at == r->end || !is_digit(*r->at))
		return false;
	for (; r->at < r->end && is_digit(*r->at); r->at++, unit /= 10)
		*us += (*r->at - '0') * unit;
	return true;
}

/* "09:00", "09:00:00" or "09:00:00.25" */
static bool
time_of_day(struct written *w, struct rest *r)
{
	w->timed = true;
	if (!digits(&w->hour, r, 2, 2) || !one_of(r, ":") ||
	    !digits(&w->minute, r, 2, 2))
		return false;
	if (!one_of(r, ":"))
		return true;
	return digits(&w->second, r, 2, 2) && fraction(&w->part, r);
}

/* One of these words stands next; it is passed.  Negative: none does. */
static int
word(struct rest *r, const char *const *words, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		size_t len = strlen(words[i]);

		if ((size_t)(r->end - r->at) < len ||
		    strncasecmp(r->at, words[i], len) != 0)
			continue;
		r->at += len;
		return i;
	}
	return -1;
}

/* "Z", "GMT", "+03", "+03:00" or "+0300", and the end; or the end alone. */
static bool
zone_and_end(struct written *w, struct rest *r)
{
	static const char *const utc[] = { "UTC", "GMT", "Z" };
	int h, m = 0, sign = 1;

	(void)one_of(r, " ");
	if (r->at == r->end)
		return r->at[-1] != ' ';
	w->zoned = true;
	if (word(r, utc, 3) >= 0)
		return r->at == r->end;
	if (*r->at == '-')
		sign = -1;
	if (!one_of(r, "+-") || !digits(&h, r, 2, 2))
		return false;
	if (one_of(r, ":") ? !digits(&m, r, 2, 2)
			   : r->at < r->end && !digits(&m, r, 2, 2))
		return false;
	w->east = sign * (h * 3600 + m * 60);
	return r->at == r->end && h <= EAST_MAX && m < 60;
}

/* "2026-11-21" or "2026/11/21", and what follows. */
static bool
year_first(struct written *w, struct rest *r)
{
	char by[2] = { 0, 0 };

	if (!digits(&w->year, r, 4, 4) || r->at == r->end)
		return false;
	by[0] = *r->at;
	if (!one_of(r, "-/") || !digits(&w->month, r, 2, 2) || !one_of(r, by) ||
	    !digits(&w->day, r, 2, 2))
		return false;
	if (r->at == r->end)
		return by[0] == '-';
	return one_of(r, "Tt ") && time_of_day(w, r) && zone_and_end(w, r);
}

/* "21/11/2026 09:00:00", the day first. */
static bool
day_month_year(struct written *w, struct rest *r)
{
	char by[2] = { 0, 0 };

	if (!digits(&w->day, r, 1, 2) || r->at == r->end)
		return false;
	by[0] = *r->at;
	if (!one_of(r, "/.-") || !digits(&w->month, r, 1, 2) ||
	    !one_of(r, by) || !digits(&w->year, r, 4, 4))
		return false;
	if (r->at == r->end)
		return true;
	return one_of(r, "Tt ") && time_of_day(w, r) && zone_and_end(w, r);
}

/* "Sat, 21 Nov 2026 06:00:00 GMT", the day of the week if it likes. */
static bool
by_name(struct written *w, struct rest *r)
{
	static const char *const days[] = { "Mon, ", "Tue, ", "Wed, ", "Thu, ",
		"Fri, ", "Sat, ", "Sun, " };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May",
		"Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

	(void)word(r, days, 7);
	if (!digits(&w->day, r, 1, 2) || !one_of(r, " "))
		return false;
	w->month = word(r, months, 12) + 1;
	return one_of(r, " ") && digits(&w->year, r, 4, 4) && one_of(r, " ") &&
	       time_of_day(w, r) && zone_and_end(w, r);
}

static bool
is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Is there such a day and time? */
static bool
exists(const struct written *w)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31,
		30, 31 };

	if (w->month < 1 || w->month > 12 || w->day < 1 || w->hour > 23 ||
	    w->minute > 59 || w->second > 60)
		return false;
	return w->day <=
	       lengths[w->month - 1] + (w->month == 2 && is_leap(w->year));
}

/* Days since 1970 of a day that exists. */
static int64_t
day_number(const struct written *w)
{
	/* Years from March on, in eras of 400: the leap day comes last. */
	int64_t y = w->year - (w->month <= 2);
	int64_t era = (y >= 0 ? y : y - 399) / 400, yoe = y - era * 400;
	int64_t month = w->month > 2 ? w->month - 3 : w->month + 9;
	int64_t doy = (153 * month + 2) / 5 + w->day - 1;

	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static int64_t
local_instant(const struct written *w, const char *zone)
{
	struct tm tm = { .tm_year = w->year - YEAR_ZERO,
		.tm_mon = w->month - 1,
		.tm_mday = w->day,
		.tm_hour = w->hour,
		.tm_min = w->minute,
		.tm_sec = w->second };

	zone_use(zone);
	return zone_instant(tm) + w->part;
}

static enum instant
instant_of(int64_t *us, const struct written *w, const char *zone)
{
	int64_t s;

	if (!exists(w))
		return INSTANT_NONE;
	s = day_number(w) * 86400 + w->hour * 3600 + w->minute * 60 + w->second;
	if (w->zoned) {
		s -= w->east;
		/* A leap second is the last of a day, in UTC. */
		if (w->second == 60 && s % 86400 != 0)
			return INSTANT_NONE;
		*us = s * CLOCK_S + w->part;
		return INSTANT_OK;
	}
	if (w->second == 60)
		return INSTANT_NONE;
	if (zone == NULL)
		return INSTANT_ZONE;
	*us = local_instant(w, zone);
	return INSTANT_OK;
}

/* A Unix time of 9 digits or more, with a fraction of its own unit or none. */
static enum instant
number(int64_t *us, struct rest r)
{
	static const struct {
		uint64_t below, up, down;
	} units[] = { { 100000000000, 1000000, 1 },
		{ 100000000000000, 1000, 1 }, { 100000000000000000, 1, 1 },
		{ UINT64_C(9000000000000000000), 1, 1000 } };
	const char *start = r.at;
	int64_t part = 0;
	uint64_t v = 0;
	size_t i;

	for (; r.at < r.end && is_digit(*r.at); r.at++) {
		if (r.at - start >= UNIX_DIGITS_MAX)
			return INSTANT_NONE;
		v = v * 10 + (uint64_t)(*r.at - '0');
	}
	if (!fraction(&part, &r) || r.at != r.end)
		return INSTANT_NONE;
	for (i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (v >= units[i].below)
			continue;
		*us = (int64_t)(v * units[i].up / units[i].down) +
		      part * (int64_t)units[i].up / CLOCK_S;
		return INSTANT_OK;
	}
	return INSTANT_NONE;
}

enum instant
instant_read(int64_t *us, struct slice s, const char *zone, bool day_first)
{
	const struct rest all = { s.p, s.p + s.n };
	struct rest r = all;
	struct written w = { 0 };
	size_t n = 0;

	while (n < s.n && is_digit(s.p[n]))
		n++;
	if (n >= UNIX_DIGITS)
		return number(us, all);
	if (n == 4) {
		if (!year_first(&w, &r))
			return INSTANT_NONE;
		/* A day alone is no local time: its midnight is meant. */
		w.zoned |= !w.timed;
		return instant_of(us, &w, zone);
	}
	if (n < s.n && n > 0 && s.p[n] != ' ') {
		if (!day_first || !day_month_year(&w, &r))
			return INSTANT_NONE;
		return instant_of(us, &w, zone);
	}
	if (!by_name(&w, &r))
		return INSTANT_NONE;
	return instant_of(us, &w, zone);
}
