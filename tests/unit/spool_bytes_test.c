/*
 * spool_bytes_test.c - a segment of 64 KB cut at any byte, and with any byte
 * wrong: the spool opens, and at most that record is lost.
 *
 * FLUX_STATES: with it every byte is tried, else every 61st.
 * link: poller/spool.c
 * link: poller/spool_open.c
 * link: poller/spool_take.c
 * link: poller/spool_bound.c
 * link: poller/gaps.c
 * link: poller/segment.c
 * link: poller/waiting.c
 */
#include "poller_scene.h"

enum { STRIDE = 61, IMAGE = 65536, WHOLE = 400 };

static const struct spool_conf roomy = { .dir = dir,
	.max_bytes = 1 << 24,
	.segment_bytes = IMAGE };

/* A segment of 64 KB; its path, its size and the records in it. */
static size_t
image_make(char path[PATH_MAX], uint64_t *records)
{
	struct spool *s = opened(&roomy);
	struct stat st;
	int i;

	path_to(path, "0000000000000001.seg");
	for (i = 0; stat(path, &st) != 0 || st.st_size < IMAGE - WHOLE; i++)
		put(s, 10, i);
	CHECK(stat(path, &st) == 0);
	*records = spool_counts(s).waiting;
	arena_reset(arena);
	return (size_t)st.st_size;
}

static void
byte_flip(int fd, size_t at)
{
	unsigned char c;

	if (pread(fd, &c, 1, (off_t)at) != 1)
		abort();
	c ^= 0xFF;
	if (pwrite(fd, &c, 1, (off_t)at) != 1)
		abort();
}

TEST(any_wrong_byte_costs_one_record_and_any_cut_what_is_behind_it)
{
	size_t stride = getenv("FLUX_STATES") != NULL ? 1 : STRIDE, at, n;
	char path[PATH_MAX], bad[PATH_MAX];
	uint64_t records, left, before;
	int fd;

	begin();
	n = image_make(path, &records);
	fd = open(path, O_RDWR);
	path_to(bad, "0000000000000001.bad");
	for (at = 0; at < n; at += stride) {
		byte_flip(fd, at);
		left = spool_counts(opened(&roomy)).waiting;
		CHECK(left == records - 1);
		CHECK(unlink(bad) == 0);
		byte_flip(fd, at);
		arena_reset(arena);
	}
	before = records;
	for (at = n; at > WHOLE; at -= at > stride ? stride : at) {
		CHECK(ftruncate(fd, (off_t)at) == 0);
		left = spool_counts(opened(&roomy)).waiting;
		CHECK(left <= before && before - left <= 1 + stride / 100);
		before = left;
		arena_reset(arena);
	}
	CHECK(before <= 8);
	(void)close(fd);
	end();
}
