/*
 * spool_power_test.c - killed after any call, or cut from power with any of
 * what was not synced gone, torn or out of order: the spool opens, and what was
 * durable comes out or is told.
 *
 * All calls of a life are noted.  Then each beginning of that list is made
 * into a folder as a disk may have it, and opened.
 *
 * FLUX_STATES: how many disks after a power cut (1000).
 * link: poller/spool.c
 * link: poller/spool_open.c
 * link: poller/spool_take.c
 * link: poller/spool_bound.c
 * link: poller/gaps.c
 * link: poller/segment.c
 * link: poller/waiting.c
 */
#include "poller_scene.h"

enum {
	STATES = 1000,
	OPS = 20000,
	INODES = 4000,
	NAMES = 64,
	APPENDS = 700,
	SENSORS = 2
};

enum op_kind {
	OP_CREATE,
	OP_WRITE,
	OP_SYNC,
	OP_SYNC_FOLDER,
	OP_RENAME,
	OP_UNLINK
};

struct op {
	enum op_kind kind;
	char name[32], to[32];
	int inode;
	unsigned char *data;
	size_t n;
};

static struct op *ops;
static int n_ops;
static ino_t ino[INODES];
static int inodes;

/* What the world knows, by the number of calls that were made until then. */
static int appended_at[APPENDS], durable_at[APPENDS], stored_at[APPENDS];
static struct {
	int at;
	int64_t id, n;
} told[APPENDS];
static int n_told;

static const char *
base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static struct op *
note(enum op_kind kind, const char *name)
{
	struct op *o = &ops[n_ops++];

	if (n_ops == OPS)
		abort();
	*o = (struct op){ .kind = kind };
	(void)snprintf(o->name, sizeof(o->name), "%s", base(name));
	return o;
}

static int
noted_open(const char *path, int flags, mode_t mode)
{
	int fd = open(path, flags | O_CLOEXEC, mode);
	struct stat st;

	if (fd < 0)
		return fd;
	if ((flags & O_CREAT) != 0) {
		(void)fstat(fd, &st);
		ino[inodes] = st.st_ino;
		note(OP_CREATE, path)->inode = inodes++;
	}
	return fd;
}

/* Also of a copy of the descriptor. */
static int
inode_of(int fd)
{
	struct stat st;
	int i = inodes - 1;

	(void)fstat(fd, &st);
	if (S_ISDIR(st.st_mode))
		return -1;
	while (i > 0 && ino[i] != st.st_ino)
		i--;
	return i;
}

static ssize_t
noted_write(int fd, const void *p, size_t n)
{
	struct op *o = note(OP_WRITE, "");

	o->inode = inode_of(fd);
	o->data = malloc(n);
	o->n = n;
	memcpy(o->data, p, n);
	return write(fd, p, n);
}

static int
noted_sync(int fd)
{
	int inode = inode_of(fd);

	if (inode == -1)
		(void)note(OP_SYNC_FOLDER, "");
	else
		note(OP_SYNC, "")->inode = inode;
	return 0;
}

static int
noted_close(int fd)
{
	return close(fd);
}

static int
noted_rename(const char *from, const char *to)
{
	struct op *o = note(OP_RENAME, from);

	(void)snprintf(o->to, sizeof(o->to), "%s", base(to));
	return rename(from, to);
}

static int
noted_unlink(const char *path)
{
	if (access(path, F_OK) == 0)
		(void)note(OP_UNLINK, path);
	return unlink(path);
}

/* ---- a life ---- */

static void
stored(const struct parcel *p, struct arena *a)
{
	struct readings r;
	size_t i, k;

	for (i = 0; i < p->n; i++) {
		if (block_decode(&r, a, p->v[i].payload) != NULL)
			abort();
		for (k = 0; k < r.n; k++)
			if (r.v[k].sensor == 1)
				stored_at[r.v[k].time / CLOCK_S / 10] = n_ops;
	}
}

static const struct spool_conf conf = {
	.dir = dir, .max_bytes = 3600, .segment_bytes = 1200, .max_days = 0
};

static void
tell(struct spool *s, int sensors_told)
{
	struct gap *v;
	size_t i, n = spool_gaps(&v, s, scratch, (size_t)sensors_told);

	for (i = 0; i < n; i++) {
		told[n_told].at = n_ops;
		told[n_told].id = v[i].id;
		told[n_told++].n = v[i].n;
	}
	spool_told(s, v, n);
}

/* A reading of each sensor every ten seconds; now and then some are sent. */
static void
life(void)
{
	struct arena *courier = arena_new();
	struct spool *s = opened(&conf);
	struct parcel p;
	int i, k;

	for (i = 0; i < APPENDS; i++) {
		put(s, SENSORS, i * 10);
		appended_at[i] = n_ops;
		if (i % 20 == 5 && spool_take(&p, s, courier,
				       &(struct load){ .readings = 6 })) {
			stored(&p, courier);
			spool_done(s, &p);
			arena_reset(courier);
		}
		if (i % 90 == 17)
			tell(s, 1);
		if (i % 7 != 0)
			continue;
		spool_sync(s);
		for (k = 0; k <= i; k++)
			if (durable_at[k] == 0)
				durable_at[k] = n_ops;
	}
	CHECK(spool_counts(s).thinned > 0 && spool_counts(s).dropped > 0);
	arena_free(courier);
}

/* ---- a disk, as the calls have left it ---- */

struct inode {
	unsigned char *data;
	size_t n, room, synced;
};

struct name {
	char name[32];
	int inode;
};

static struct inode *disk;
static struct name names[NAMES], durable[NAMES];
static int pending[OPS], n_pending; /* changes of names that are not synced */

static struct name *
name_find(struct name *v, const char *name)
{
	int i;

	for (i = 0; i < NAMES; i++)
		if (strcmp(v[i].name, name) == 0)
			return &v[i];
	return NULL;
}

static void
name_put(struct name *v, const char *name, int inode)
{
	struct name *at = name_find(v, name);

	if (at == NULL)
		at = name_find(v, "");
	if (at == NULL)
		abort();
	(void)snprintf(at->name, sizeof(at->name), "%s", name);
	at->inode = inode;
}

static void
name_change(struct name *v, const struct op *o)
{
	struct name *at;
	int inode;

	if (o->kind == OP_CREATE) {
		name_put(v, o->name, o->inode);
		return;
	}
	if ((at = name_find(v, o->name)) == NULL)
		return;
	inode = at->inode;
	at->name[0] = 0;
	if (o->kind == OP_RENAME)
		name_put(v, o->to, inode);
}

static void
op_play(int k)
{
	const struct op *o = &ops[k];
	struct inode *f = &disk[o->inode >= 0 ? o->inode : 0];

	switch (o->kind) {
	case OP_WRITE:
		if (f->n + o->n > f->room) {
			f->room = f->room * 2 + o->n;
			f->data = realloc(f->data, f->room);
		}
		memcpy(f->data + f->n, o->data, o->n);
		f->n += o->n;
		return;
	case OP_SYNC:
		f->synced = f->n;
		return;
	case OP_SYNC_FOLDER:
		memcpy(durable, names, sizeof(names));
		n_pending = 0;
		return;
	default:
		name_change(names, o);
		pending[n_pending++] = k;
	}
}

static unsigned seed = 1;

/* How much of a file is there, and whether its last sector is not. */
static void
file_make(const struct name *name, bool power)
{
	static const unsigned char nothing[512];
	const struct inode *f = &disk[name->inode];
	size_t n = f->n, torn = 0;
	char path[PATH_MAX];
	int fd;

	if (power && n > f->synced) {
		n = f->synced + (size_t)rand_r(&seed) % (n - f->synced + 1);
		if (rand_r(&seed) % 3 == 0)
			torn = n - f->synced < 512 ? n - f->synced : 512;
	}
	path_to(path, name->name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (n > torn && write(fd, f->data, n - torn) < 0)
		abort();
	if (torn > 0 && write(fd, nothing, torn) < 0)
		abort();
	(void)close(fd);
}

static void
disk_make(bool power)
{
	struct name there[NAMES];
	int i;

	folder_clear();
	memcpy(there, power ? durable : names, sizeof(there));
	for (i = 0; power && i < n_pending; i++)
		if (rand_r(&seed) % 2 == 0)
			name_change(there, &ops[pending[i]]);
	for (i = 0; i < NAMES; i++)
		if (there[i].name[0] != 0)
			file_make(&there[i], power);
}

/* ---- what must hold ---- */

/* What the other side knows to be missing when all is told. */
static int64_t
missing_told(struct spool *s, int k)
{
	struct gap *v;
	size_t j, n = spool_gaps(&v, s, scratch, 1000);
	int64_t all = 0;
	int i;

	for (j = 0; j < n; j++)
		all += v[j].n;
	for (i = 0; i < n_told && told[i].at <= k; i++) {
		bool grows = false;
		int l;

		for (l = i + 1; l < n_told && told[l].at <= k; l++)
			grows = grows || told[l].id == told[i].id;
		for (j = 0; j < n; j++)
			grows = grows || v[j].id == told[i].id;
		all += grows ? 0 : told[i].n;
	}
	return all;
}

static bool
recovers(int k)
{
	static int seen[APPENDS * 10];
	int64_t gone = 0, surely = 0, all;
	struct spool *s = opened(&conf);
	int i;

	memset(seen, 0, sizeof(seen));
	all = missing_told(s, k);
	(void)drained(s, seen, APPENDS * 10);
	for (i = 0; i < APPENDS && appended_at[i] <= k; i++) {
		bool came = seen[i * 10] > 0 ||
			    (stored_at[i] != 0 && stored_at[i] <= k);

		gone += came ? 0 : SENSORS;
		surely += !came && durable_at[i] != 0 && durable_at[i] <= k
			      ? SENSORS
			      : 0;
		if (seen[i * 10] > 1)
			return false;
	}
	/* What is claimed to be lost is, and what is lost is claimed. */
	return surely <= all && all <= gone + SENSORS;
}

static int
try_all(bool power, int states)
{
	int k, i, each, tried = 0;
	bool ok = true;

	memset(names, 0, sizeof(names));
	memset(durable, 0, sizeof(durable));
	disk = calloc(INODES, sizeof(*disk));
	n_pending = 0;
	each = (states + n_ops - 1) / n_ops;
	for (k = 0; k <= n_ops; k++) {
		for (i = 0; i < each; i++) {
			if (states < n_ops && rand_r(&seed) % n_ops >= states)
				continue;
			disk_make(power);
			if (!recovers(k)) {
				(void)printf("call %d power %d\n", k, power);
				ok = false;
			}
			tried++;
			arena_reset(arena);
			arena_reset(scratch);
		}
		if (k < n_ops)
			op_play(k);
	}
	CHECK(ok);
	for (i = 0; i < INODES; i++)
		free(disk[i].data);
	free(disk);
	return tried;
}

TEST(killed_after_any_call_or_cut_from_power_loses_nothing_untold)
{
	const char *many = getenv("FLUX_STATES");
	int states = many != NULL ? atoi(many) : STATES;
	int i;

	begin();
	ops = calloc(OPS, sizeof(*ops));
	env.open = noted_open;
	env.write = noted_write;
	env.sync = noted_sync;
	env.close = noted_close;
	env.rename = noted_rename;
	env.unlink = noted_unlink;
	life();
	folder_clear();
	env = env_real;
	CHECK(inodes < INODES);
	/* One that is killed leaves one disk, one that is cut off many. */
	CHECK(n_ops > 1000 && try_all(false, n_ops) >= n_ops);
	CHECK(try_all(true, states) > states / 2);
	for (i = 0; i < n_ops; i++)
		free(ops[i].data);
	free(ops);
	end();
}
