/*
 * ingest_spool_test.c - what was acknowledged is drained, once and in order,
 * after damage anywhere and from a full disk; and whose keys are known.
 */
#include "spool_scene.h"

static size_t
file_get(unsigned char *to, size_t most, const char *path)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, to, most);

	(void)close(fd);
	return n < 0 ? 0 : (size_t)n;
}

static void
file_set(const char *path, const unsigned char *from, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (write(fd, from, n) != (ssize_t)n)
		abort();
	(void)close(fd);
}

TEST(what_goes_in_comes_out_whole)
{
	static char large[300000];
	struct spool *s;
	struct parcel p;
	struct spooled in[2], *out;
	size_t i;

	begin();
	s = opened(BIG);
	for (i = 0; i + 1 < sizeof(large); i++)
		large[i] = (char)('a' + i * i % 17);
	in[0] = body_of(TENANT, "{\"readings\":[]}");
	in[1] = body_of(TENANT, large);
	CHECK(spool_put(s, scratch, in, 2) == NULL);
	CHECK(spool_take(&p, s, scratch, TENANT, 10, MANY) && p.n == 2);
	for (i = 0; i < 2; i++) {
		out = &p.v[i];
		CHECK(memcmp(out->id, in[i].id, SPOOL_ID) == 0);
		CHECK(out->tenant == TENANT && out->device == 12);
		CHECK(out->cred == 1234567890123 && out->status == 202);
		CHECK(out->received == 1700000000123456);
		CHECK(out->format == 8 && out->tick_ns == 1000);
		CHECK_TEXT(out->batch, "gw7-183");
		CHECK_TEXT(out->of_device, "");
		CHECK_TEXT(out->reply, "{\"accepted\":1}");
		CHECK(out->body.n == in[i].body.n &&
		      memcmp(out->body.p, in[i].body.p, in[i].body.n) == 0 &&
		      out->body.p[out->body.n] == 0);
	}
	CHECK(memcmp(in[0].id, in[1].id, SPOOL_ID) != 0);
	end();
}

TEST(the_same_body_twice_is_two_and_they_keep_their_order)
{
	struct spool *s;
	struct parcel p;
	struct spooled one, two;

	begin();
	s = opened(BIG);
	one = two = body_of(TENANT, "body 1");
	CHECK(spool_put(s, scratch, &one, 1) == NULL);
	CHECK(spool_put(s, scratch, &two, 1) == NULL);
	CHECK(memcmp(one.id, two.id, SPOOL_ID) != 0);
	CHECK(put(s, TENANT, 2) && put(s, TENANT + 1, 3));
	CHECK(spool_take(&p, s, scratch, TENANT, 10, MANY) && p.n == 3);
	CHECK(memcmp(p.v[0].id, one.id, SPOOL_ID) == 0);
	CHECK(memcmp(p.v[1].id, two.id, SPOOL_ID) == 0);
	CHECK(number_of(&p.v[2]) == 2);
	/* What is taken and not done comes again. */
	CHECK(spool_take(&p, s, scratch, TENANT, 1, MANY) && p.n == 1);
	spool_done(s, scratch, &p);
	CHECK(spool_take(&p, opened(BIG), scratch, TENANT, 10, MANY) &&
	      p.n == 2 && memcmp(p.v[0].id, two.id, SPOOL_ID) == 0);
	end();
}

enum { FEW = 5, IMAGE = 4096 };

static size_t
image_make(struct spool *s, unsigned char *image, char path[PATH_MAX],
    size_t *each)
{
	size_t n;
	int i;

	for (i = 0; i < FEW; i++)
		CHECK(put(s, TENANT, i));
	CHECK(files(path, TENANT, ".seg") == 1);
	n = file_get(image, IMAGE, path);
	*each = n / FEW;
	return n;
}

TEST(a_flipped_byte_costs_its_own_body_at_most)
{
	unsigned char image[IMAGE];
	char path[PATH_MAX], bad[PATH_MAX];
	struct spool *s;
	int seen[FEW], k;
	size_t n, each, i;

	begin();
	s = opened(BIG);
	n = image_make(s, image, path, &each);
	for (i = 0; i < n; i++) {
		image[i] ^= 0xFF;
		file_set(path, image, n);
		image[i] ^= 0xFF;
		(void)drain(s, TENANT, seen, FEW);
		for (k = 0; k < FEW; k++)
			CHECK(seen[k] == ((size_t)k == i / each ? 0 : 1));
		if (i % 50 == 0)
			CHECK(files(bad, TENANT, ".bad") == 1);
		(void)snprintf(bad, sizeof(bad), "%.*sbad",
		    (int)strlen(path) - 3, path);
		CHECK(unlink(bad) == 0);
		(void)snprintf(bad, sizeof(bad), "%s/T%d/cursor", dir, TENANT);
		(void)unlink(bad);
	}
	end();
}

TEST(a_cut_costs_what_is_behind_it_and_what_comes_next_is_whole)
{
	unsigned char image[IMAGE];
	char path[PATH_MAX], cursor[PATH_MAX];
	struct spool *s;
	int seen[FEW + 1], k;
	size_t n, each, i;

	begin();
	s = opened(BIG);
	n = image_make(s, image, path, &each);
	(void)snprintf(cursor, sizeof(cursor), "%s/T%d/cursor", dir, TENANT);
	for (i = 0; i < n; i++) {
		file_set(path, image, i);
		CHECK(put(s, TENANT, FEW)); /* behind the torn end */
		(void)drain(s, TENANT, seen, FEW + 1);
		for (k = 0; k < FEW; k++)
			CHECK(seen[k] == ((size_t)k < i / each ? 1 : 0));
		CHECK(seen[FEW] == 1);
		(void)unlink(cursor);
	}
	end();
}

/* A body that holds a record with a right checksum, for another device. */
TEST(a_record_inside_a_body_is_never_one)
{
	unsigned char image[IMAGE], inner[64] = "0123456789abcdef body 3";
	struct record r = { 1, TENANT, 1, { inner, sizeof(inner) } };
	struct spooled v;
	struct bytes b;
	char path[PATH_MAX];
	struct spool *s;
	struct parcel p;
	size_t n;

	begin();
	s = opened(BIG);
	b = record_encode(scratch, &r);
	v = body_of(TENANT, "");
	v.body = b;
	CHECK(spool_put(s, scratch, &v, 1) == NULL && put(s, TENANT, 4));
	CHECK(files(path, TENANT, ".seg") == 1);
	n = file_get(image, IMAGE, path);
	image[40] ^= 1;
	file_set(path, image, n);
	CHECK(spool_take(&p, s, scratch, TENANT, 10, MANY));
	CHECK(p.n == 1 && number_of(&p.v[0]) == 4);
	end();
}

TEST(one_tenant_has_its_share_and_no_more)
{
	struct spool *s;
	int i, a = 0, b = 0, seen[1];

	begin();
	s = opened(40000);
	for (i = 0; i < 200; i++)
		a += put(s, 1, i);
	for (i = 0; i < 20; i++)
		b += put(s, 2, i);
	CHECK(a > 20 && a < 100 && b == 20);
	for (i = 3; i < 40; i++)
		(void)put(s, i, 0), (void)put(s, i, 1);
	for (i = 3; i < 6; i++)
		while (put(s, i, 1))
			;
	CHECK(spool_counts(s).bytes <= 40000);
	CHECK(!put(s, 2, 9));
	/* What is drained makes room. */
	CHECK(drain(s, 1, seen, 1) == a && put(s, 2, 9));
	end();
}

static int broken;

static ssize_t
write_half(int fd, const void *p, size_t n)
{
	if (broken == 0)
		return write(fd, p, n);
	broken--;
	if (write(fd, p, n / 2) < 0)
		return -1;
	errno = ENOSPC;
	return (ssize_t)(n / 2);
}

static int
sync_broken(int fd)
{
	struct stat st;

	if (broken == 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return 0;
	broken--;
	errno = EIO;
	return -1;
}

TEST(what_the_disk_did_not_take_is_not_acknowledged)
{
	char path[PATH_MAX];
	struct spool *s;
	int seen[4];

	begin();
	s = opened(BIG);
	env.write = write_half;
	CHECK(put(s, TENANT, 0));
	broken = 1;
	CHECK(!put(s, TENANT, 1));
	CHECK(put(s, TENANT, 2));
	CHECK(files(path, TENANT, ".seg") == 2);
	CHECK(drain(s, TENANT, seen, 4) == 2 && seen[0] == 1 && seen[2] == 1);
	end();
}

TEST(nothing_more_goes_where_a_sync_has_failed)
{
	char path[PATH_MAX];
	struct spool *s;
	int seen[4];

	begin();
	s = opened(BIG);
	env.sync = sync_broken;
	broken = 0;
	CHECK(put(s, TENANT, 0));
	broken = 1;
	CHECK(!put(s, TENANT, 1));
	CHECK(put(s, TENANT, 2));
	CHECK(files(path, TENANT, ".seg") == 2);
	(void)drain(s, TENANT, seen, 4);
	CHECK(seen[0] == 1 && seen[2] == 1);
	end();
}

TEST(what_is_put_aside_comes_again_by_its_name)
{
	char path[PATH_MAX], seg[PATH_MAX];
	struct spool *s;
	struct parcel p;
	size_t i;

	begin();
	s = opened(BIG);
	CHECK(put(s, TENANT, 5) && put(s, TENANT, 6));
	CHECK(spool_take(&p, s, scratch, TENANT, 10, MANY) && p.n == 2);
	/* They came in the same microsecond. */
	for (i = 0; i < 2; i++)
		CHECK(spool_aside(s, scratch, &p.v[i]) == NULL);
	spool_done(s, scratch, &p);
	CHECK(!spool_take(&p, s, scratch, TENANT, 10, MANY));
	CHECK(files(path, TENANT, ".refused") == 2);
	(void)snprintf(seg, sizeof(seg), "%.*sseg", (int)strlen(path) - 7,
	    path);
	CHECK(rename(path, seg) == 0);
	CHECK(spool_take(&p, s, scratch, TENANT, 10, MANY) && p.n == 1);
	CHECK(p.v[0].received == 1700000000123456 && p.v[0].device == 12);
	end();
}

static int
open_denied(const char *path, int flags, mode_t mode)
{
	(void)path;
	(void)flags;
	(void)mode;
	errno = EIO;
	return -1;
}

TEST(a_segment_that_cannot_be_read_is_kept)
{
	struct parcel p;
	struct spool *s;
	int seen[1];

	begin();
	s = opened(BIG);
	CHECK(put(s, TENANT, 0));
	env.open = open_denied;
	CHECK(!spool_take(&p, s, scratch, TENANT, 10, MANY));
	env.open = env_real.open;
	CHECK(drain(s, TENANT, seen, 1) == 1 && seen[0] == 1);
	end();
}

static struct bytes
text(const char *s)
{
	return (struct bytes){ (const unsigned char *)s, strlen(s) };
}

TEST(a_key_is_known_for_a_day_and_after_a_restart)
{
	const struct spool_known who = { .tenant = 3,
		.device = 9,
		.cred = 77,
		.limits = { 1, 2, 3, 4 },
		.tenant_name = "works" };
	struct spool_known k;
	struct spool *s;
	int i;

	begin();
	s = opened(BIG);
	now = 1700000000000000;
	CHECK(!spool_knows(&k, s, text("flx_one")));
	spool_meet(s, text("flx_one"), &who);
	for (i = 0; i < 1000; i++) {
		char key[16];

		(void)snprintf(key, sizeof(key), "flx_%d", i);
		spool_meet(s, text(key), &who);
	}
	s = opened(BIG);
	CHECK(spool_knows(&k, s, text("flx_one")) && k.tenant == 3 &&
	      k.device == 9 && k.cred == 77 && k.limits.tenant_readings == 4);
	CHECK_TEXT(k.tenant_name, "works");
	CHECK(!spool_knows(&k, s, text("flx_onf")));
	now += 24 * CLOCK_HOUR;
	CHECK(spool_knows(&k, s, text("flx_one")));
	now += 1;
	CHECK(!spool_knows(&k, s, text("flx_one")));
	spool_meet(s, text("flx_one"), &who);
	CHECK(spool_knows(&k, s, text("flx_one")));
	spool_part(s, text("flx_one"));
	CHECK(!spool_knows(&k, s, text("flx_one")));
	end();
}

TEST(a_torn_entry_of_a_key_is_none)
{
	const struct spool_known who = { .tenant = 3 };
	unsigned char *all;
	char path[PATH_MAX];
	struct spool_known k;
	struct spool *s;
	struct stat st;
	size_t i, torn = 0;
	int fd;

	begin();
	s = opened(BIG);
	spool_meet(s, text("flx_one"), &who);
	(void)snprintf(path, sizeof(path), "%s/known", dir);
	fd = open(path, O_RDWR);
	(void)fstat(fd, &st);
	all = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED,
	    fd, 0);
	(void)close(fd);
	for (i = 0; i < (size_t)st.st_size && torn < 40; i++) {
		if (all[i] == 0)
			continue;
		all[i] ^= 1;
		CHECK(!spool_knows(&k, s, text("flx_one")));
		all[i] ^= 1;
		torn++;
	}
	CHECK(torn > 30 && spool_knows(&k, s, text("flx_one")));
	(void)munmap(all, (size_t)st.st_size);
	/* No key stands in it, and nobody else may look. */
	CHECK((st.st_mode & 0777) == 0600);
	end();
}

static int64_t mono;

static int64_t
told_mono(void)
{
	return mono;
}

TEST(posts_queue_behind_only_while_somebody_drains_and_for_a_minute)
{
	struct parcel p;
	struct spool *s;
	int32_t *who;
	size_t n;
	int seen[2];

	begin();
	env.mono_us = told_mono;
	mono = CLOCK_HOUR;
	s = opened(BIG);
	CHECK(put(s, TENANT, 0) && put(s, TENANT, 1));
	CHECK(!spool_holds(s, TENANT)); /* nobody was ever seen to drain */
	spool_beat(s);
	CHECK(spool_holds(s, TENANT) && !spool_holds(s, TENANT + 1));
	mono += 3 * CLOCK_MIN;
	CHECK(!spool_holds(s, TENANT));
	spool_beat(s);
	CHECK(spool_holds(s, TENANT));
	CHECK(spool_take(&p, s, scratch, TENANT, 1, MANY));
	spool_done(s, scratch, &p);
	CHECK(spool_holds(s, TENANT));
	mono += 61 * CLOCK_S;
	CHECK(!spool_holds(s, TENANT));
	spool_stuck(s, TENANT, false); /* the database went away again */
	CHECK(spool_holds(s, TENANT));
	spool_stuck(s, TENANT, true); /* it is back, and refuses */
	CHECK(spool_holds(s, TENANT));
	mono += 61 * CLOCK_S;
	spool_beat(s);
	spool_stuck(s, TENANT, true);
	CHECK(!spool_holds(s, TENANT));
	CHECK(drain(s, TENANT, seen, 2) == 1);
	CHECK(!spool_holds(s, TENANT) && spool_counts(s).bytes == 0);
	/* A count that a killed writer left wrong is mended. */
	CHECK(put(s, TENANT, 0));
	CHECK(spool_tenants(&who, &n, s, scratch) == NULL && n == 1 &&
	      who[0] == TENANT && spool_counts(s).bytes > 0);
	end();
}

TEST(whose_need_is_newest_comes_first)
{
	struct spool *s;
	struct parcel p;
	int32_t *who;
	size_t n;

	begin();
	s = opened(BIG);
	CHECK(put(s, TENANT, 0) && put(s, TENANT + 2, 0) &&
	      put(s, TENANT + 1, 0));
	/* What comes behind does not make a need newer. */
	CHECK(put(s, TENANT, 1));
	CHECK(spool_tenants(&who, &n, s, scratch) == NULL && n == 3 &&
	      who[0] == TENANT + 1 && who[1] == TENANT + 2 && who[2] == TENANT);
	/* Who had all of his stored, and has something again. */
	CHECK(spool_take(&p, s, scratch, TENANT, 10, MANY) && p.n == 2);
	spool_done(s, scratch, &p);
	CHECK(put(s, TENANT, 2));
	CHECK(spool_tenants(&who, &n, s, scratch) == NULL && n == 3 &&
	      who[0] == TENANT);
	end();
}
