#include "base/zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

void
zone_use(const char *iana)
{
	const char *now = getenv("TZ");

	if (now != NULL && strcmp(now, iana) == 0)
		return;
	(void)setenv("TZ", iana, 1);
	tzset();
}

struct tm
zone_local(int64_t us)
{
	time_t t = (time_t)(us / CLOCK_S - (us % CLOCK_S < 0));
	struct tm tm;

	(void)localtime_r(&t, &tm);
	return tm;
}

int64_t
zone_offset(int64_t us)
{
	return (int64_t)zone_local(us).tm_gmtoff * CLOCK_S;
}

const char *
zone_text(struct arena *a, const char *format, int64_t us)
{
	struct tm tm = zone_local(us);
	char s[80];

	/* The formats are our own constants, handed down. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	if (strftime(s, sizeof(s), format, &tm) == 0)
		s[0] = 0;
#pragma GCC diagnostic pop
	return arena_text(a, s);
}

int64_t
zone_instant(struct tm local)
{
	local.tm_isdst = -1;
	return (int64_t)mktime(&local) * CLOCK_S;
}

bool
zone_from_form(int64_t *us, const char *s)
{
	struct tm tm;
	int read = 0;

	memset(&tm, 0, sizeof(tm));
	if (sscanf(s, "%4d-%2d-%2dT%2d:%2d%n", &tm.tm_year, &tm.tm_mon,
		&tm.tm_mday, &tm.tm_hour, &tm.tm_min, &read) != 5)
		return false;
	if (strcmp(s + read, "") != 0 && s[read] != ':')
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	*us = zone_instant(tm);
	return true;
}
