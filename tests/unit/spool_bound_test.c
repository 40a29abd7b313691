/*
 * spool_bound_test.c - a spool that is full, too old, or on a full disk gives
 * up the least it can, and tells all of it.
 *
 * link: poller/spool.c
 * link: poller/spool_open.c
 * link: poller/spool_take.c
 * link: poller/spool_bound.c
 * link: poller/gaps.c
 * link: poller/segment.c
 * link: poller/waiting.c
 */
#include "poller_scene.h"

#include <sys/mount.h>

enum { SENSORS = 5, DAY = 86400, SECONDS = 6000 };

static int seen[DAY];

static struct spool_conf
small(void)
{
	return (struct spool_conf){ .dir = dir,
		.max_bytes = 65536,
		.segment_bytes = 8192 };
}

TEST(a_full_spool_keeps_one_a_minute_and_tells_the_rest)
{
	struct spool_conf conf = small();
	struct spool_counts c;
	struct spool *s;
	int64_t thinned;
	int i, of_minute;

	begin();
	s = opened(&conf);
	for (i = 0; i < SECONDS; i++)
		put(s, SENSORS, i);
	c = spool_counts(s);
	CHECK(c.bytes <= conf.max_bytes && c.thinned > 0 && c.dropped == 0);
	CHECK(c.state == SPOOL_WELL); /* as the log has it, once a second */
	spool_sync(s);
	CHECK(spool_counts(s).state == SPOOL_FULL);
	thinned = given_up(s, GAP_THINNED);
	CHECK((uint64_t)thinned == c.thinned);

	/* All of it survives a restart, and nothing is counted twice. */
	s = opened(&conf);
	CHECK(given_up(s, GAP_THINNED) == thinned);
	memset(seen, 0, sizeof(seen));
	CHECK(drained(s, seen, DAY) == (size_t)(SECONDS * SENSORS - thinned));
	for (i = 0; i < SECONDS; i += 60) {
		for (of_minute = 0; of_minute < 59; of_minute++)
			CHECK(seen[i + of_minute] <= 1);
		CHECK(seen[i + 59] == 1); /* the last of the minute */
	}
	end();
}

TEST(of_several_tenants_each_keeps_one_a_minute)
{
	struct spool_conf conf = small();
	size_t came[3] = { 0 };
	struct spool *s;
	struct parcel p;
	int i;

	begin();
	s = opened(&conf);
	for (i = 0; i < 3 * SECONDS; i++) {
		tenant = 1 + i % 3;
		put(s, SENSORS, i / 3);
	}
	tenant = TENANT;
	CHECK(spool_counts(s).thinned > 0);
	spool_sync(s);
	s = opened(&conf);
	while (took(&p, s, MANY)) {
		came[p.tenant - 1] += p.readings;
		spool_done(s, &p);
	}
	/* Gaps are told a tenant at a time. */
	for (i = 0; i < 3; i++) {
		struct gap *v;
		size_t n = spool_gaps(&v, s, scratch, 1000), k;

		CHECK(n >= SENSORS);
		for (k = 0; k < n; k++)
			came[v[k].tenant - 1] += (size_t)v[k].n;
		spool_told(s, v, n);
	}
	for (i = 0; i < 3; i++)
		CHECK(came[i] == (size_t)SECONDS * SENSORS);
	end();
}

TEST(what_cannot_be_thinned_any_more_is_dropped_and_told)
{
	struct spool_conf conf = small();
	struct spool *s;
	size_t got;
	int i;

	begin();
	conf.max_bytes = 32768;
	s = opened(&conf);
	/* A reading a minute: there is nothing to thin. */
	for (i = 0; i < 1400; i++)
		put(s, SENSORS, i * 60);
	CHECK(spool_counts(s).thinned == 0 && spool_counts(s).dropped > 0);
	memset(seen, 0, sizeof(seen));
	got = drained(s, seen, DAY);
	CHECK((int64_t)got + given_up(s, GAP_DROPPED) == 1400 * SENSORS);
	CHECK(seen[0] == 0 && seen[1399 * 60] == 1);
	end();
}

TEST(a_gap_names_sensor_and_span_and_grows_until_it_is_told)
{
	struct spool_conf conf = small();
	struct gap *v, first;
	struct spool *s;
	size_t n;
	int i;

	begin();
	conf.max_bytes = 32768;
	s = opened(&conf);
	for (i = 0; i < 700; i++)
		put(s, 2, i * 60);
	n = spool_gaps(&v, s, scratch, 100);
	CHECK(n == 2 && v[0].sensor == 1 && v[1].sensor == 2);
	CHECK(v[0].tenant == TENANT && v[0].reason == GAP_DROPPED);
	CHECK(v[0].from == 0 && v[0].to == (v[0].n - 1) * CLOCK_MIN);
	first = v[0];
	for (; i < 900; i++)
		put(s, 2, i * 60);
	spool_told(s, &first, 1);
	/* It has grown since it was taken, so it stays. */
	n = spool_gaps(&v, s, scratch, 100);
	CHECK(n == 2 && v[0].id == first.id && v[0].n > first.n);
	spool_told(s, v, n);
	CHECK(spool_counts(s).gaps == 0);
	spool_sync(s);
	CHECK(spool_counts(opened(&conf)).gaps == 0);
	end();
}

TEST(what_is_under_way_is_neither_thinned_nor_dropped)
{
	struct spool_conf conf = small();
	const struct load one = { .readings = 1 };
	struct arena *courier = arena_new();
	struct spool *s;
	struct parcel p;
	int i;

	begin();
	s = opened(&conf);
	put(s, SENSORS, 0);
	/* The newest, which is the oldest, too. */
	CHECK(spool_take(&p, s, courier, &one));
	for (i = 1; i < SECONDS; i++)
		put(s, SENSORS, i);
	spool_done(s, &p);
	memset(seen, 0, sizeof(seen));
	CHECK((int64_t)drained(s, seen, DAY) + SENSORS +
		  given_up(s, GAP_THINNED) + given_up(s, GAP_DROPPED) ==
	      SECONDS * SENSORS);
	CHECK(seen[0] == 0);
	arena_free(courier);
	end();
}

TEST(what_is_too_old_is_dropped)
{
	struct spool_conf conf = small();
	struct spool *s;
	int i;

	begin();
	now = 1000 * CLOCK_DAY;
	conf.max_days = 3;
	s = opened(&conf);
	for (i = 0; i < 200; i++)
		put(s, SENSORS, i);
	now += 2 * CLOCK_DAY;
	put(s, SENSORS, 200);
	spool_sync(s);
	CHECK(spool_counts(s).dropped == 0);
	CHECK(spool_counts(s).state == SPOOL_HALF);
	now += 2 * CLOCK_DAY;
	spool_sync(s);
	CHECK(spool_counts(s).dropped > 0);
	CHECK(given_up(s, GAP_DROPPED) ==
	      (int64_t)spool_counts(s).dropped * SENSORS);
	memset(seen, 0, sizeof(seen));
	(void)drained(s, seen, DAY);
	CHECK(seen[200] == 1);
	end();
}

static bool full;

static ssize_t
write_full(int fd, const void *p, size_t n)
{
	if (!full)
		return write(fd, p, n);
	errno = ENOSPC;
	return -1;
}

TEST(a_disk_that_takes_nothing_leaves_a_gap_once_it_does_again)
{
	struct spool_conf conf = small();
	struct spool *s;
	int i;

	begin();
	env.write = write_full;
	s = opened(&conf);
	put(s, SENSORS, 0);
	full = true;
	for (i = 1; i < 10; i++)
		put(s, SENSORS, i);
	spool_sync(s);
	full = false;
	put(s, SENSORS, 10);
	spool_sync(s);
	s = opened(&conf);
	CHECK(given_up(s, GAP_DISK) == 9 * SENSORS);
	memset(seen, 0, sizeof(seen));
	CHECK(drained(s, seen, DAY) == 2 * SENSORS);
	end();
}

/* Eight megabytes; needs the right to mount. */
TEST(a_full_disk_is_a_full_spool_and_the_newest_stays)
{
	enum { LONG = 80000, WIDE = 40 };
	struct spool_conf conf = { .dir = dir,
		.max_bytes = 1 << 30,
		.segment_bytes = 512 * 1024,
		.reserve_bytes = 1024 * 1024 };
	struct spool_counts c;
	struct spool *s;
	int64_t lost;
	int i;

	begin();
	if (geteuid() != 0 || mount("none", dir, "tmpfs", 0, "size=8m") != 0) {
		end();
		return;
	}
	s = opened(&conf);
	for (i = 0; i < LONG; i++) {
		put(s, WIDE, i);
		if (i % 500 == 0)
			spool_sync(s);
	}
	c = spool_counts(s);
	CHECK(c.thinned > 0 && c.limit < 8 * 1024 * 1024);
	s = opened(&conf);
	lost = given_up(s, GAP_THINNED) + given_up(s, GAP_DROPPED) +
	       given_up(s, GAP_DISK);
	memset(seen, 0, sizeof(seen));
	CHECK((int64_t)drained(s, seen, DAY) + lost == LONG * WIDE);
	CHECK(seen[LONG - 1] == 1 && seen[59] == 1);
	CHECK(given_up(s, GAP_DISK) == 0);
	folder_clear();
	(void)umount2(dir, MNT_DETACH);
	end();
}
