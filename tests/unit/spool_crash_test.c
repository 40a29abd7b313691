/*
 * spool_crash_test.c - killed or cut from its power between any two calls, or
 * with several at it at once: what was acknowledged is drained once.
 *
 * FLUX_STATES: how many moments to die at (1500).
 */
#include "spool_scene.h"

/* ---- killed between two calls, and cut from power ---- */

enum { STATES = 1500 };
enum { BODIES = 24, FILES_MAX = 64, STEPS = 16 };

/* What the world outside of the killed process knows. */
struct world {
	bool acked[BODIES];
	int stored[BODIES]; /* how often, by different ids */
	unsigned char id[BODIES * 4][SPOOL_ID];
	size_t ids;
	int next;   /* body */
	long left;  /* calls until it dies */
	bool power; /* and the machine with it */
	struct {
		ino_t ino;
		off_t synced;
		bool named; /* its name is durable */
	} file[FILES_MAX];
	size_t files;
};

static struct world *world;

static void
step(void)
{
	if (world->left-- == 0)
		_exit(9);
}

static size_t
file_of(int fd)
{
	struct stat st;
	size_t i;

	(void)fstat(fd, &st);
	for (i = 0; i < world->files; i++)
		if (world->file[i].ino == st.st_ino)
			return i;
	if (i == FILES_MAX)
		abort();
	world->file[i].ino = st.st_ino;
	world->file[i].synced = 0;
	world->file[i].named = false;
	world->files++;
	return i;
}

static int
dying_open(const char *path, int flags, mode_t mode)
{
	int fd;

	step();
	fd = env_real.open(path, flags, mode);
	if (fd >= 0 && (flags & O_CREAT))
		(void)file_of(fd);
	return fd;
}

static ssize_t
dying_write(int fd, const void *p, size_t n)
{
	if (world->left == 0 && n > 1)
		(void)!write(fd, p, n / 2);
	step();
	return write(fd, p, n);
}

static int
dying_sync(int fd)
{
	struct stat st, base;
	size_t i;

	step();
	(void)fstat(fd, &st);
	(void)stat(dir, &base);
	if (S_ISREG(st.st_mode))
		world->file[file_of(fd)].synced = st.st_size;
	else if (st.st_ino == base.st_ino)
		for (i = 0; i < world->files; i++)
			world->file[i].named = true;
	return 0;
}

static int
dying_close(int fd)
{
	step();
	return close(fd);
}

static int
dying_rename(const char *from, const char *to)
{
	step();
	return rename(from, to);
}

/* A name that is removed may be there again after a power cut. */
static int
dying_unlink(const char *path)
{
	char gone[PATH_MAX];

	step();
	(void)snprintf(gone, sizeof(gone), "%s.gone", path);
	return rename(path, gone);
}

/* The commit: by its id each is stored once. */
static void
store(const struct spooled *v)
{
	int k = number_of(v);
	size_t i;

	for (i = 0; i < world->ids; i++)
		if (memcmp(world->id[i], v->id, SPOOL_ID) == 0)
			return;
	memcpy(world->id[world->ids++], v->id, SPOOL_ID);
	if (k < 0 || k >= BODIES)
		abort();
	world->stored[k]++;
}

static void
work(unsigned seed)
{
	struct spool *s = opened(BIG);
	struct parcel p;
	size_t i;
	int n;

	for (n = 0; n < STEPS; n++) {
		if (rand_r(&seed) % 3 != 0 && world->next < BODIES) {
			int k = world->next++;

			world->acked[k] = put(s, TENANT, k);
			continue;
		}
		if (!spool_take(&p, s, scratch, TENANT,
			1 + (size_t)rand_r(&seed) % 3, MANY))
			continue;
		for (i = 0; i < p.n; i++)
			store(&p.v[i]);
		spool_done(s, scratch, &p);
	}
}

/* What was not synced may be there, or not, or in part. */
static int
cut(const char *path, const struct stat *st, int type, struct FTW *at)
{
	unsigned seed = (unsigned)world->left + (unsigned)st->st_ino;
	const char *ext = strrchr(path, '.');
	size_t i;

	(void)at;
	if (type != FTW_F || ext == NULL)
		return strstr(path, "/cursor") != NULL && rand_r(&seed) % 4 == 0
			   ? unlink(path)
			   : 0;
	if (strcmp(ext, ".gone") == 0) {
		char back[PATH_MAX];

		(void)snprintf(back, sizeof(back), "%.*s", (int)(ext - path),
		    path);
		return rand_r(&seed) % 2 == 0 ? rename(path, back)
					      : unlink(path);
	}
	if (strcmp(ext, ".seg") != 0)
		return 0;
	for (i = 0; i < world->files; i++) {
		off_t synced = world->file[i].synced;

		if (world->file[i].ino != st->st_ino)
			continue;
		if (!world->file[i].named && rand_r(&seed) % 2 == 0)
			return unlink(path);
		if (st->st_size > synced)
			return truncate(path,
			    synced +
				rand_r(&seed) % (st->st_size - synced + 1));
	}
	return 0;
}

/* One life that ends after so many calls, and the drain after it. */
static bool
dies_at(long call, unsigned seed, bool power)
{
	struct spool *s;
	struct parcel p;
	int status, k;
	bool died, ok = true;
	pid_t pid;
	size_t i;

	memset(world, 0, sizeof(*world));
	world->left = call;
	world->power = power;
	if ((pid = fork()) == 0) {
		env.open = dying_open;
		env.write = dying_write;
		env.sync = dying_sync;
		env.close = dying_close;
		env.rename = dying_rename;
		env.unlink = dying_unlink;
		work(seed);
		_exit(0);
	}
	(void)waitpid(pid, &status, 0);
	died = WEXITSTATUS(status) == 9;
	world->left = call;
	if (power)
		(void)nftw(dir, cut, 16, FTW_DEPTH | FTW_PHYS);
	s = opened(BIG);
	while (spool_take(&p, s, scratch, TENANT, 2, MANY)) {
		for (i = 0; i < p.n; i++)
			store(&p.v[i]);
		spool_done(s, scratch, &p);
	}
	for (k = 0; k < BODIES; k++)
		ok = ok && world->stored[k] <= 1 &&
		     (!world->acked[k] || world->stored[k] == 1);
	if (!ok)
		(void)printf("call %ld seed %u power %d\n", call, seed, power);
	CHECK(ok);
	return died;
}

TEST(killed_or_cut_between_any_two_calls_loses_and_doubles_nothing)
{
	char sub[PATH_MAX], all[PATH_MAX / 2];
	const char *many = getenv("FLUX_STATES");
	int i, states = many != NULL ? atoi(many) : STATES;
	unsigned seed = 1;
	long call = 0;

	begin();
	memcpy(all, dir, sizeof(all));
	world = mmap(NULL, sizeof(*world), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (i = 0; i < states; i++) {
		(void)snprintf(sub, sizeof(sub), "%s/s", all);
		(void)mkdir(sub, 0700);
		memcpy(dir, sub, sizeof(dir));
		if (!dies_at(call++, seed, i % 2 != 0)) {
			call = 0;
			seed++;
		}
		folder_remove(dir);
		arena_reset(arena);
		arena_reset(scratch);
	}
	CHECK(seed > 4 || states < STATES);
	memcpy(dir, all, sizeof(all));
	(void)munmap(world, sizeof(*world));
	end();
}

/* ---- several at once ---- */

enum { WRITERS = 3, EACH = 150 };

TEST(several_put_while_one_takes_and_each_comes_once)
{
	static int seen[WRITERS * EACH];
	int i, k, total = 0, status, last[WRITERS];
	pid_t pid[WRITERS];
	struct spool *s;
	struct parcel p;
	size_t j;

	begin();
	s = opened(BIG);
	for (i = 0; i < WRITERS; i++)
		if ((pid[i] = fork()) == 0) {
			for (k = 0; k < EACH; k++)
				if (!put(s, TENANT, i * EACH + k))
					_exit(1);
			_exit(0);
		}
	memset(last, -1, sizeof(last));
	while (total < WRITERS * EACH) {
		if (!spool_take(&p, s, scratch, TENANT, 7, MANY))
			continue;
		for (j = 0; j < p.n; j++, total++) {
			k = number_of(&p.v[j]);
			seen[k]++;
			CHECK(k % EACH > last[k / EACH]);
			last[k / EACH] = k % EACH;
		}
		spool_done(s, scratch, &p);
		arena_reset(scratch);
	}
	for (i = 0; i < WRITERS; i++)
		CHECK(waitpid(pid[i], &status, 0) == pid[i] && status == 0);
	for (i = 0; i < WRITERS * EACH; i++)
		CHECK(seen[i] == 1);
	CHECK(!spool_take(&p, s, scratch, TENANT, 7, MANY));
	end();
}
