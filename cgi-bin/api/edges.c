#include "cgi-bin/api/edges.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/zone.h"

static const struct {
	const char *name;
	enum step_unit unit;
	int64_t n, max;
} units[] = {
	/* clang-format off */
	{ "s",   STEP_SECONDS, 1,    31 * 86400 },
	{ "min", STEP_SECONDS, 60,   31 * 1440 },
	{ "m",   STEP_SECONDS, 60,   31 * 1440 },
	{ "h",   STEP_HOURS,   1,    24 },
	{ "d",   STEP_DAYS,    1,    366 },
	{ "w",   STEP_DAYS,    7,    52 },
	{ "mo",  STEP_MONTHS,  1,    120 },
	{ "y",   STEP_MONTHS,  12,   10 },
	/* clang-format on */
};

bool
step_read(struct step *out, const char *s)
{
	char *end;
	long n = strtol(s, &end, 10);
	size_t i;

	if (*s < '1' || *s > '9')
		return false;
	for (i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (strcmp(end, units[i].name) != 0 || n > units[i].max)
			continue;
		*out = (struct step){ units[i].unit, n * units[i].n };
		return true;
	}
	return false;
}

static bool
zone_known(const char *iana)
{
	static const char plain[] = "+-_/0123456789"
				    "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	char path[128] = "/usr/share/zoneinfo/";
	size_t head = strlen(path), n = strlen(iana);
	struct stat st;

	if (n == 0 || n >= sizeof(path) - head || *iana == '/' ||
	    strspn(iana, plain) != n)
		return false;
	memcpy(path + head, iana, n + 1);
	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

struct err *
zone_check(const char *iana)
{
	if (zone_known(iana))
		return NULL;
	return err_raise(ERR_INPUT, "zone: want a name such as Europe/Berlin.",
	    "zone");
}

/* a / n, rounded down. */
static int64_t
floor_div(int64_t a, int64_t n)
{
	return a / n - (a % n < 0);
}

static int64_t
next_second(int64_t n, int64_t t)
{
	return (floor_div(t, n * CLOCK_S) + 1) * n * CLOCK_S;
}

/* Midnight so many days after that of t; days may be negative. */
static int64_t
midnight(int64_t t, int days)
{
	struct tm tm = zone_local(t);

	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_mday += days;
	return zone_instant(tm);
}

/* Hours are counted from midnight, as they pass; the last may be short. */
static int64_t
next_hour(int64_t n, int64_t t)
{
	int64_t day = midnight(t, 0), tomorrow = midnight(t, 1);
	int64_t next =
	    day + (floor_div(t - day, n * CLOCK_HOUR) + 1) * n * CLOCK_HOUR;

	return next < tomorrow || tomorrow <= t ? next : tomorrow;
}

/* Days since 1970 as the place counts them; weeks begin on Monday. */
static int64_t
next_day(int64_t n, int64_t t)
{
	struct tm tm = zone_local(t);
	int64_t day, shift = n % 7 == 0 ? 3 : 0, left;

	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_isdst = 0;
	day = floor_div((int64_t)timegm(&tm), 86400) + shift;
	left = n - (day - floor_div(day, n) * n);
	return midnight(t, (int)left);
}

static int64_t
next_month(int64_t n, int64_t t)
{
	struct tm tm = zone_local(t);
	int64_t month = (int64_t)(tm.tm_year + 1900) * 12 + tm.tm_mon;

	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_mday = 1;
	tm.tm_mon += (int)(n - month % n);
	return zone_instant(tm);
}

static int64_t
next_edge(struct step s, int64_t t)
{
	static int64_t (*const nexts[])(int64_t, int64_t) = {
		[STEP_SECONDS] = next_second,
		[STEP_HOURS] = next_hour,
		[STEP_DAYS] = next_day,
		[STEP_MONTHS] = next_month,
	};
	int64_t next = nexts[s.unit](s.n, t);

	return next > t ? next : t + CLOCK_HOUR; /* time goes on */
}

int64_t
edge_after(struct step s, int64_t t)
{
	return next_edge(s, t - 1);
}

size_t
edges_cut(int64_t *edge, size_t room, struct step s, int64_t from, int64_t to)
{
	int64_t t = from;
	size_t n = 0;

	for (; t < to; t = next_edge(s, t)) {
		if (n + 1 >= room)
			return room + 1;
		edge[n++] = t;
	}
	edge[n++] = to;
	return n;
}
