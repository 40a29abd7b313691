/*
 * spool_test.c - what was appended comes out again: after damage anywhere,
 * after a crash, from a full disk, in the promised order.
 *
 * The one unit test that needs files: they are what it is about.
 * link: poller/spool.c
 * link: poller/spool_open.c
 * link: poller/spool_take.c
 * link: poller/spool_bound.c
 * link: poller/gaps.c
 * link: poller/segment.c
 * link: poller/waiting.c
 */
#include "../../poller/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/env.h"
#include "check.h"

enum { MANY = 1000000, TEXT = 64 };

static char dir[PATH_MAX];
static struct arena *arena, *scratch; /* of the spool; of the calls */
static struct env env;		      /* the real one, with a seam to break */

/* A fresh folder, quiet stderr, unbroken calls. */
static void
begin(void)
{
	const char *tmp = getenv("TMPDIR");

	(void)snprintf(dir, sizeof(dir), "%s/spool_test.XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(dir) == NULL)
		abort();
	arena = arena_new();
	scratch = arena_new();
	env = env_real;
	env_use(&env);
	(void)!freopen("/dev/null", "w", stderr);
}

static void
file_path(char to[PATH_MAX], const char *name)
{
	if (snprintf(to, PATH_MAX, "%s/%s", dir, name) >= PATH_MAX)
		abort();
}

static void
folder_clear(void)
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *d = opendir(dir);

	while ((entry = readdir(d)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		file_path(path, entry->d_name);
		(void)unlink(path);
	}
	(void)closedir(d);
}

static void
end(void)
{
	env_use(&env_real);
	folder_clear();
	(void)rmdir(dir);
	arena_free(arena);
	arena_free(scratch);
}

/* How many files end so; the last one's name in name. */
static int
files(char name[PATH_MAX], const char *ending)
{
	struct dirent *entry;
	DIR *d = opendir(dir);
	int n = 0;

	while ((entry = readdir(d)) != NULL) {
		size_t len = strlen(entry->d_name), k = strlen(ending);

		if (len < k || strcmp(entry->d_name + len - k, ending) != 0)
			continue;
		(void)snprintf(name, PATH_MAX, "%s", entry->d_name);
		n++;
	}
	(void)closedir(d);
	return n;
}

static struct spool *
opened(int64_t max_bytes, size_t segment_bytes)
{
	const struct spool_conf conf = { .dir = dir,
		.max_bytes = max_bytes,
		.segment_bytes = segment_bytes };
	struct spool *s = NULL;

	CHECK(spool_open(&s, arena, &conf) == NULL);
	return s;
}

static bool
took(struct parcel *p, struct spool *s, size_t readings)
{
	const struct load load = { .readings = readings };

	return spool_take(p, s, scratch, &load);
}

static void
put(struct spool *s, int tenant, int number)
{
	char text[TEXT];
	int n = snprintf(text, sizeof(text), "reading %d", number);

	spool_append(s, scratch, tenant, 1,
	    (struct bytes){ (unsigned char *)text, (size_t)n });
}

static int
number_of(const struct record *r)
{
	char text[TEXT] = "";
	int number = -1;

	memcpy(text, r->payload.p,
	    r->payload.n < TEXT ? r->payload.n : TEXT - 1);
	(void)sscanf(text, "reading %d", &number);
	return number;
}

/* Take everything; seen[i] counts how often record i came. */
static int
drain(struct spool *s, int *seen, int n)
{
	struct parcel p;
	int total = 0;
	size_t i;

	memset(seen, 0, (size_t)n * sizeof(*seen));
	while (took(&p, s, MANY)) {
		for (i = 0; i < p.n; i++) {
			int k = number_of(&p.v[i]);

			if (k >= 0 && k < n)
				seen[k]++;
			total++;
		}
		spool_done(s, &p);
		arena_reset(scratch);
	}
	return total;
}

static size_t
file_get(unsigned char *to, size_t most, const char *name)
{
	char path[PATH_MAX];
	ssize_t n;
	int fd;

	file_path(path, name);
	fd = open(path, O_RDONLY);
	n = read(fd, to, most);
	(void)close(fd);
	return n < 0 ? 0 : (size_t)n;
}

static void
file_put(const char *name, const unsigned char *from, size_t n)
{
	char path[PATH_MAX];
	int fd;

	file_path(path, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (write(fd, from, n) != (ssize_t)n)
		abort();
	(void)close(fd);
}

enum { FEW = 5, IMAGE = 4096 };

/* A spool of FEW records as bytes; returns how many, *each of one record. */
static size_t
image_make(unsigned char *image, char name[PATH_MAX], size_t *each)
{
	struct spool *s = opened(1 << 24, SPOOL_SEGMENT);
	size_t n;
	int i;

	for (i = 0; i < FEW; i++)
		put(s, 1, i);
	CHECK(files(name, ".seg") == 1);
	n = file_get(image, IMAGE, name);
	*each = n / FEW;
	folder_clear();
	return n;
}

TEST(a_flipped_byte_costs_its_own_record_at_most)
{
	unsigned char image[IMAGE];
	char name[PATH_MAX], bad[PATH_MAX];
	int seen[FEW], k;
	size_t n, each, i;

	begin();
	n = image_make(image, name, &each);
	for (i = 0; i < n; i++) {
		image[i] ^= 0xFF;
		file_put(name, image, n);
		image[i] ^= 0xFF;
		(void)drain(opened(1 << 24, SPOOL_SEGMENT), seen, FEW);
		for (k = 0; k < FEW; k++)
			CHECK(seen[k] == ((size_t)k == i / each ? 0 : 1));
		CHECK(files(bad, ".bad") == 1);
		folder_clear();
		arena_reset(arena);
	}
	end();
}

TEST(a_cut_costs_what_is_behind_it_and_nothing_before)
{
	unsigned char image[IMAGE];
	char name[PATH_MAX];
	int seen[FEW], k;
	size_t n, each, i;

	begin();
	n = image_make(image, name, &each);
	for (i = 0; i <= n; i++) {
		file_put(name, image, i);
		(void)drain(opened(1 << 24, SPOOL_SEGMENT), seen, FEW);
		for (k = 0; k < FEW; k++)
			CHECK(seen[k] == ((size_t)k < i / each ? 1 : 0));
		folder_clear();
		arena_reset(arena);
	}
	end();
}

TEST(what_is_done_is_gone_and_the_rest_survives_a_restart)
{
	struct spool *s;
	struct parcel p;
	int seen[10];

	begin();
	s = opened(1 << 24, SPOOL_SEGMENT);
	for (int i = 0; i < 10; i++)
		put(s, 1, i);
	/* The newest first, and then the oldest. */
	CHECK(took(&p, s, 1) && number_of(&p.v[0]) == 9);
	spool_done(s, &p);
	CHECK(took(&p, s, 3) && p.n == 3);
	CHECK(number_of(&p.v[0]) == 0 && number_of(&p.v[2]) == 2);
	spool_done(s, &p);
	CHECK(spool_counts(s).waiting == 6);
	spool_sync(s);

	/* A crash may send again what was stored out of order, never less. */
	s = opened(1 << 24, SPOOL_SEGMENT);
	CHECK(drain(s, seen, 10) == 7);
	CHECK(seen[2] == 0 && seen[3] == 1 && seen[8] == 1 && seen[9] == 1);
	spool_sync(s);
	CHECK(drain(opened(1 << 24, SPOOL_SEGMENT), seen, 10) == 0);
	end();
}

TEST(what_is_taken_and_not_done_comes_again)
{
	struct spool *s;
	struct parcel p;
	int seen[3];

	begin();
	s = opened(1 << 24, SPOOL_SEGMENT);
	put(s, 1, 0);
	put(s, 1, 1);
	CHECK(took(&p, s, MANY) && p.n == 2);
	put(s, 1, 2);
	CHECK(drain(s, seen, 3) == 3 && seen[0] == 1 && seen[2] == 1);
	end();
}

TEST(a_parcel_holds_one_tenant_and_no_more_readings_than_asked)
{
	struct spool *s;
	struct parcel p;
	int total = 0;

	begin();
	s = opened(1 << 24, SPOOL_SEGMENT);
	for (int i = 0; i < 60; i++)
		put(s, 1 + i % 3, i);
	while (took(&p, s, 7)) {
		CHECK(p.n <= 7 && p.readings == p.n);
		for (size_t i = 0; i < p.n; i++) {
			CHECK(p.v[i].tenant == p.tenant);
			CHECK(number_of(&p.v[i]) % 3 == p.tenant - 1);
		}
		total += (int)p.n;
		spool_done(s, &p);
	}
	CHECK(total == 60);
	end();
}

TEST(a_backlog_over_many_segments_comes_out_whole)
{
	enum { BACKLOG = 5000 };
	static int seen[BACKLOG];
	char name[PATH_MAX];
	struct spool *s;

	begin();
	s = opened(1 << 24, 4096);
	for (int i = 0; i < BACKLOG; i++)
		put(s, 1, i);
	CHECK(files(name, ".seg") > 10);
	CHECK(drain(s, seen, BACKLOG) == BACKLOG);
	for (int i = 0; i < BACKLOG; i++)
		CHECK(seen[i] == 1);
	/* All stored: at most the open segment is left. */
	CHECK(files(name, ".seg") <= 1);
	end();
}

TEST(at_its_bound_the_oldest_segment_goes_and_is_counted)
{
	enum { LOAD = 2000 };
	static int seen[LOAD];
	struct spool_counts c;
	struct spool *s;
	int got;

	begin();
	s = opened(32768, 4096);
	for (int i = 0; i < LOAD; i++)
		put(s, 1, i);
	c = spool_counts(s);
	CHECK(c.bytes <= 32768 && c.dropped > 0);
	CHECK(c.waiting + c.dropped == LOAD);
	got = drain(s, seen, LOAD);
	CHECK((uint64_t)got == c.waiting);
	CHECK(seen[0] == 0 && seen[LOAD - 1] == 1);
	CHECK(seen[LOAD - got] == 1 && seen[LOAD - got - 1] == 0);
	end();
}

static int broken;

static ssize_t
write_half(int fd, const void *p, size_t n)
{
	if (broken == 0)
		return write(fd, p, n);
	broken--;
	if (n / 2 > 0 && write(fd, p, n / 2) < 0)
		return -1;
	errno = ENOSPC;
	return (ssize_t)(n / 2);
}

TEST(a_torn_write_costs_one_record_and_its_file_is_left_alone)
{
	struct spool *s;
	char name[PATH_MAX];
	int seen[6];

	begin();
	env.write = write_half;
	s = opened(1 << 24, SPOOL_SEGMENT);
	put(s, 1, 0);
	put(s, 1, 1);
	broken = 1;
	put(s, 1, 2);
	put(s, 1, 3);
	CHECK(files(name, ".seg") == 2);
	CHECK(spool_counts(s).dropped == 1);
	s = opened(1 << 24, SPOOL_SEGMENT);
	CHECK(drain(s, seen, 6) == 3);
	CHECK(seen[0] == 1 && seen[1] == 1 && seen[2] == 0 && seen[3] == 1);
	end();
}

static ssize_t
write_none(int fd, const void *p, size_t n)
{
	(void)fd;
	(void)p;
	(void)n;
	errno = ENOSPC;
	return -1;
}

TEST(a_full_disk_costs_records_and_not_the_poller)
{
	struct spool *s;
	int seen[4];

	begin();
	s = opened(1 << 24, SPOOL_SEGMENT);
	env.write = write_none;
	put(s, 1, 0);
	put(s, 1, 1);
	env.write = env_real.write;
	put(s, 1, 2);
	CHECK(spool_counts(s).dropped == 2);
	CHECK(drain(s, seen, 4) == 1 && seen[2] == 1);
	end();
}

static int
sync_fails(int fd)
{
	(void)fd;
	errno = EIO;
	return -1;
}

TEST(after_a_failed_sync_the_file_is_not_written_again)
{
	struct spool *s;
	char name[PATH_MAX];
	int seen[2];

	begin();
	s = opened(1 << 24, SPOOL_SEGMENT);
	put(s, 1, 0);
	env.sync = sync_fails;
	spool_sync(s);
	put(s, 1, 1);
	CHECK(files(name, ".seg") == 2);
	CHECK(drain(s, seen, 2) == 2);
	end();
}

static int syncs;

static int
sync_counted(int fd)
{
	syncs++;
	return env_real.sync(fd);
}

TEST(who_appends_does_not_wait_for_the_disk)
{
	struct spool *s;
	char name[PATH_MAX];
	int i, before = 0;

	begin();
	s = opened(1 << 24, 512);
	env.sync = sync_counted;
	for (i = syncs = 0; files(name, ".seg") < 4; i++) {
		put(s, 1, i);
		CHECK(syncs == before);
		/* Each segment that is full lives to see one. */
		if (i % 8 == 7) {
			spool_sync(s);
			CHECK(syncs > before);
			before = syncs;
		}
	}
	CHECK(i > 20);
	end();
}

TEST(a_damaged_cursor_sends_again_rather_than_too_little)
{
	static const unsigned char rubbish[] =
	    "18446744073709551615 00000000\n";
	struct spool *s;
	int seen[2];

	begin();
	s = opened(1 << 24, SPOOL_SEGMENT);
	put(s, 1, 0);
	put(s, 1, 1);
	file_put("cursor", rubbish, sizeof(rubbish) - 1);
	CHECK(drain(opened(1 << 24, SPOOL_SEGMENT), seen, 2) == 2);
	end();
}
