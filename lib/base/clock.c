#include "base/clock.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* Up to which magnitude a number is in this unit; the first that fits. */
static const struct {
	double below;
	double us;
} units[] = {
	{ 1e11, 1e6 },	/* seconds */
	{ 1e14, 1e3 },	/* milliseconds */
	{ 1e17, 1 },	/* microseconds */
	{ 9e18, 1e-3 }, /* nanoseconds */
};

bool
clock_from_number(int64_t *us, double v)
{
	size_t i;

	if (!isfinite(v) || v < 0)
		return false;
	for (i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (v < units[i].below) {
			*us = (int64_t)llround(v * units[i].us);
			return true;
		}
	}
	return false;
}

/* Exactly n digits at *s; moves it behind them. */
static bool
digits(int *out, const char **s, int n)
{
	int v = 0;

	for (; n > 0; n--, (*s)++) {
		if (**s < '0' || **s > '9')
			return false;
		v = v * 10 + (**s - '0');
	}
	*out = v;
	return true;
}

/* ".25" or ",25" as microseconds; nothing there is 0. */
static bool
fraction(int64_t *us, const char **s)
{
	int64_t unit = 100000;

	*us = 0;
	if (**s != '.' && **s != ',')
		return true;
	(*s)++;
	if (**s < '0' || **s > '9')
		return false;
	for (; **s >= '0' && **s <= '9'; (*s)++, unit /= 10)
		*us += (**s - '0') * unit;
	return true;
}

/* "Z", "+03", "+03:00" or "+0300" as seconds east. */
static bool
zone(int *east, const char **s)
{
	int sign, h, m = 0;

	if (**s == 'Z' || **s == 'z') {
		(*s)++;
		*east = 0;
		return true;
	}
	if (**s != '+' && **s != '-')
		return false;
	sign = **s == '-' ? -1 : 1;
	(*s)++;
	if (!digits(&h, s, 2))
		return false;
	if (**s == ':')
		(*s)++;
	if (**s != 0 && !digits(&m, s, 2))
		return false;
	if (h > 14 || m > 59)
		return false;
	*east = sign * (h * 3600 + m * 60);
	return true;
}

static bool
date(struct tm *tm, const char **s)
{
	if (!digits(&tm->tm_year, s, 4) || *(*s)++ != '-' ||
	    !digits(&tm->tm_mon, s, 2) || *(*s)++ != '-' ||
	    !digits(&tm->tm_mday, s, 2))
		return false;
	tm->tm_year -= 1900;
	tm->tm_mon -= 1;
	return tm->tm_mon >= 0 && tm->tm_mon < 12 && tm->tm_mday >= 1 &&
	       tm->tm_mday <= 31;
}

static bool
time_of_day(struct tm *tm, int64_t *us, const char **s)
{
	if (!digits(&tm->tm_hour, s, 2) || *(*s)++ != ':' ||
	    !digits(&tm->tm_min, s, 2))
		return false;
	if (**s == ':') {
		(*s)++;
		if (!digits(&tm->tm_sec, s, 2) || !fraction(us, s))
			return false;
	}
	return tm->tm_hour < 24 && tm->tm_min < 60 && tm->tm_sec < 61;
}

bool
clock_from_iso(int64_t *us, const char *s)
{
	struct tm tm;
	int64_t part = 0;
	int east = 0, day;
	time_t t;

	memset(&tm, 0, sizeof(tm));
	if (!date(&tm, &s))
		return false;
	day = tm.tm_mday;
	if (*s != 0) {
		if (*s != 'T' && *s != 't' && *s != ' ')
			return false;
		s++;
		if (!time_of_day(&tm, &part, &s) || !zone(&east, &s))
			return false;
	}
	if (*s != 0)
		return false;
	t = timegm(&tm);
	if (tm.tm_mday != day && tm.tm_sec < 60 && tm.tm_hour < 24 && day > 28)
		return false; /* 30 February and its kin */
	*us = ((int64_t)t - east) * CLOCK_S + part;
	return true;
}

/* n digits of v, with what stands behind them. */
static unsigned char *
put_digits(unsigned char *p, int64_t v, int n, char behind)
{
	int i;

	for (i = n; i-- > 0; v /= 10)
		p[i] = (unsigned char)('0' + v % 10);
	p[n] = (unsigned char)behind;
	return p + n + 1;
}

/* a / n, rounded down. */
static int64_t
floor_div(int64_t a, int64_t n)
{
	return a / n - (a % n < 0);
}

/* "2026-11-21T", of days since 1970. */
static void
put_date(struct buf *b, int64_t day)
{
	/* Years from March on, in eras of 400: the leap day comes last. */
	int64_t z = day + 719468, era = floor_div(z, 146097);
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t month = (5 * doy + 2) / 153;
	int64_t year = yoe + era * 400 + (month >= 10);
	unsigned char *p = buf_room(b, 11);

	if (year >= 0 && year <= 9999) {
		p = put_digits(p, year, 4, '-');
	} else {
		buf_printf(b, "%04lld-", (long long)year);
		p = buf_room(b, 6);
	}
	p = put_digits(p, month < 10 ? month + 3 : month - 9, 2, '-');
	p = put_digits(p, doy - (153 * month + 2) / 5 + 1, 2, 'T');
	b->n = (size_t)(p - b->p);
}

void
clock_put(struct buf *b, int64_t us)
{
	int64_t day = floor_div(us, CLOCK_DAY), part = us - day * CLOCK_DAY;
	int64_t s = part / CLOCK_S;
	unsigned char *p;

	part %= CLOCK_S;
	put_date(b, day);
	p = buf_room(b, 17);
	p = put_digits(p, s / 3600, 2, ':');
	p = put_digits(p, s / 60 % 60, 2, ':');
	p = put_digits(p, s % 60, 2, '.');
	if (part % CLOCK_MS == 0)
		p = put_digits(p, part / CLOCK_MS, 3, 'Z');
	else
		p = put_digits(p, part, 6, 'Z');
	*p = 0;
	b->n = (size_t)(p - b->p);
}

const char *
clock_iso(struct arena *a, int64_t us)
{
	struct buf b = buf_new(a, 32);

	clock_put(&b, us);
	return (const char *)b.p;
}

const char *
clock_age(struct arena *a, int64_t us)
{
	static const struct {
		int64_t below, unit;
		const char *name;
	} steps[] = {
		{ CLOCK_MIN, CLOCK_S, "s" },
		{ CLOCK_HOUR, CLOCK_MIN, "min" },
		{ 2 * CLOCK_DAY, CLOCK_HOUR, "h" },
		{ INT64_MAX, CLOCK_DAY, "d" },
	};
	size_t i = 0;

	if (us < 0)
		us = 0;
	while (us >= steps[i].below)
		i++;
	return arena_printf(a, "%lld %s", (long long)(us / steps[i].unit),
	    steps[i].name);
}
