/*
 * permutation.c - the same days for two tenants: in order for the one; late,
 * shuffled, repeated and cut anyhow for the other.  Both must end alike.
 * link: worker/derive.c worker/months.c
 * link: worker/sane.c worker/settle.c worker/rollup.c
 *
 *	permutation ADMIN WORKER SEEDS TENANT SENSORS TENANT SENSORS
 *
 * ADMIN and WORKER say how to reach Postgres as fl_admin and fl_worker, and
 * SENSORS are "1,2,3,4" of that tenant.  Each seed is a day of its own.  The
 * worker's own jobs do the work, called here between any two batches; nobody
 * else may work for these tenants meanwhile.  Prints a line a difference and
 * counts them; and a line a side and day, "ledger SIDE DAY SENT STORED": what
 * the batches of that day, whose seq is its number, must add up to.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "query.h"
#include "store/store.h"
#include "worker/jobs.h"

enum {
	SENSORS = 4,
	KEYS = 160,    /* instants a day, of all sensors together */
	REVISIONS = 3, /* of some of them */
	SLOTS = 288,   /* instants that a day may have */
	CUT_MAX = 60,  /* readings in a batch */
	EVENTS_MAX = KEYS * REVISIONS * 3
};

#define FIRST_DAY (INT64_C(19389) * CLOCK_DAY) /* 2023-02-01 */
#define SLOT (5 * CLOCK_MIN)

/* What derive has stored of a sensor's instant, and what it will find there. */
struct key {
	int16_t stored, waits; /* the revision and one; 0: none */
	int32_t day;	       /* of the batch that waits */
};

/* What the ledger must say of a day's batches. */
struct tally {
	int64_t sent, stored;
};

struct side {
	int32_t tenant;
	int32_t sensor[SENSORS];
	struct key *key;     /* SLOTS * SENSORS a day */
	size_t *waiting, n;  /* places in key */
	struct tally *tally; /* by day */
};

struct trial {
	struct db *admin, *worker;
	struct db *second; /* another child, which sometimes has the cycle */
	struct arena *arena;
	uint64_t random;
	int day;
	struct side ordered, shuffled;
	/* sensor holds an index into a side's sensors until it is sent. */
	struct reading event[EVENTS_MAX];
	size_t n;
	struct reading before[EVENTS_MAX]; /* yesterday's */
	size_t before_n;
};

static uint32_t
dice(struct trial *t, uint32_t sides)
{
	t->random = t->random * UINT64_C(6364136223846793005) +
		    UINT64_C(1442695040888963407);
	return (uint32_t)(t->random >> 33) % sides;
}

/* Values that codecs and comparisons stumble over, among plain ones. */
static double
value(struct trial *t, int sensor)
{
	enum { ODD = 8 };
	static const uint64_t odd[ODD] = {
		UINT64_C(0x8000000000000000), /* -0 */
		UINT64_C(0x7ff8000000000000), /* NaN */
		UINT64_C(0x7ff80000000000a5), /* NaN with a payload */
		UINT64_C(0x0000000000000001), /* the smallest denormal */
		UINT64_C(0x7fe9999999999999), /* sums of which overflow, */
		UINT64_C(0xffe9999999999999), /* to either side */
		UINT64_C(0x7ff0000000000000), /* infinity */
		UINT64_C(0xfff0000000000000), /* and its opposite */
	};
	double v;

	if (sensor == 3)
		return dice(t, 3);
	if (sensor == 2)
		return dice(t, 1000000) / 1e3;
	if (dice(t, 12) == 0) {
		memcpy(&v, &odd[dice(t, ODD)], sizeof(v));
		return v;
	}
	return dice(t, 100000) / 1e2 - 300;
}

/* A day: some instants twice, and some corrected once or more. */
static void
make_day(struct trial *t, int day)
{
	int64_t start = FIRST_DAY + day * CLOCK_DAY;
	bool taken[SENSORS][SLOTS] = { { false } };
	int i, rev, top;

	t->day = day;
	memcpy(t->before, t->event, sizeof(t->event));
	t->before_n = t->n;
	t->n = 0;
	for (i = 0; i < KEYS; i++) {
		uint32_t sensor = dice(t, SENSORS), at = dice(t, SLOTS);

		if (taken[sensor][at])
			continue;
		taken[sensor][at] = true;
		top = dice(t, 8) == 0 ? 1 + (int)dice(t, REVISIONS - 1) : 0;
		for (rev = 0; rev <= top; rev++)
			t->event[t->n++] =
			    (struct reading){ .time = start + at * SLOT,
				    .value = value(t, (int)sensor),
				    .sensor = (int32_t)sensor,
				    .rev = (uint16_t)rev,
				    .quality = dice(t, 9) == 0
						   ? (uint8_t)dice(t, 101)
						   : 100 };
	}
}

static int
by_time(const void *a, const void *b)
{
	const struct reading *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return (x->rev > y->rev) - (x->rev < y->rev);
}

static void
shuffle(struct trial *t, struct reading *v, size_t n)
{
	size_t i;

	for (i = n; i > 1; i--) {
		size_t k = dice(t, (uint32_t)i);
		struct reading r = v[k];

		v[k] = v[i - 1];
		v[i - 1] = r;
	}
}

static void
must(struct err *e, const char *what)
{
	if (e == NULL)
		return;
	log_err(e, "%s", what);
	exit(1);
}

/* The ledger of this reading: of equal ones the first that came is stored. */
static void
expect(struct side *s, int day, const struct reading *r)
{
	size_t slot = (size_t)((r->time - FIRST_DAY) / SLOT);
	size_t place = slot * SENSORS + (size_t)r->sensor;
	struct key *k = &s->key[place];

	s->tally[day].sent++;
	if (r->rev < k->waits)
		return;
	if (k->waits == 0)
		s->waiting[s->n++] = place;
	k->waits = (int16_t)(r->rev + 1);
	k->day = day;
}

/* The same, once derive has consumed everything. */
static void
expect_derived(struct side *s)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		struct key *k = &s->key[s->waiting[i]];

		if (k->waits > k->stored) {
			k->stored = k->waits;
			s->tally[k->day].stored++;
		}
		k->waits = 0;
	}
	s->n = 0;
}

static void
append(struct trial *t, struct side *s, const struct reading *v, size_t n)
{
	struct gate g = { .kind = GATE_ADMIN, .tenant = s->tenant };
	struct batch b = { .received = v->time,
		.sent = n,
		.seq = arena_printf(t->arena, "%d", t->day) };
	struct readings r = { 0 };
	struct tx *tx;
	size_t i;

	must(tx_begin(&tx, t->admin, t->arena, &g, TX_WRITE), "begin");
	(void)readings_room(&r, t->arena, n);
	for (i = 0; i < n; i++) {
		r.v[i] = v[i];
		r.v[i].sensor = s->sensor[v[i].sensor];
		expect(s, t->day, &v[i]);
	}
	r.n = n;
	must(store_append(tx, &b, &r), "append");
	must(tx_commit(tx), "commit");
	arena_reset(t->arena);
}

/* The worker's job, until there is no more of it. */
static void
work_by(struct trial *t, struct db *db, const struct side *s, job_work *job)
{
	static const struct settings conf = { .pack_readings = 4096,
		.pack_age_s = 600,
		.archive = "" };
	struct work w = { .conf = &conf, .tenant = s->tenant, .force = true };

	do {
		must(job(db, t->arena, &w), "job");
		arena_reset(t->arena);
	} while (w.more);
}

static void
work(struct trial *t, const struct side *s, job_work *job)
{
	work_by(t, t->worker, s, job);
}

static void
derive(struct trial *t, struct side *s)
{
	work(t, s, job_derive);
	expect_derived(s);
}

/* A cycle that comes to nothing after all. */
static void
derive_in_vain(struct trial *t, struct db *db, const struct side *s)
{
	struct horizon h = { 0 };
	struct rows *taken, *watched;
	struct derived d;
	struct tx *tx;

	must(tx_begin_soon(&tx, db, t->arena, s->tenant, TX_WRITE), "begin");
	must(store_take(&taken, tx, &h), "take");
	must(tx_rows(&watched, tx, &q_reading_watched, ARGS(A((int)s->tenant))),
	    "watched");
	must(store_derive(&d, tx, taken, &h), "derive");
	tx_rollback(tx);
	arena_reset(t->arena);
}

/* The day as it happened, into the ordered side. */
static void
in_order(struct trial *t)
{
	struct reading v[EVENTS_MAX];
	size_t i, n;

	memcpy(v, t->event, t->n * sizeof(*v));
	qsort(v, t->n, sizeof(*v), by_time);
	for (i = 0; i < t->n; i += n) {
		n = t->n - i < CUT_MAX ? t->n - i : CUT_MAX;
		append(t, &t->ordered, v + i, n);
		derive(t, &t->ordered);
	}
}

/* A job or none, so that batches meet every state of the store. */
static void
interfere(struct trial *t)
{
	struct db *either = dice(t, 2) == 0 ? t->worker : t->second;

	switch (dice(t, 16)) {
	case 0:
	case 1:
	case 2:
	case 3:
		work_by(t, either, &t->shuffled, job_derive);
		expect_derived(&t->shuffled);
		break;
	case 4:
		work(t, &t->shuffled, job_tier);
		break;
	case 5:
		work(t, &t->shuffled, job_merge);
		break;
	case 6:
		work(t, &t->shuffled, job_pack);
		break;
	case 7:
		work(t, &t->shuffled, job_rollup);
		break;
	case 8:
		derive_in_vain(t, either, &t->shuffled);
		break;
	default:
		break;
	}
}

/* The same, some of it twice, and some of yesterday's once more. */
static void
anyhow(struct trial *t)
{
	struct reading v[EVENTS_MAX];
	size_t i, n = 0, cut;

	for (i = 0; i < t->n; i++) {
		v[n++] = t->event[i];
		if (dice(t, 3) == 0)
			v[n++] = t->event[i];
	}
	for (i = 0; i < t->before_n && n < EVENTS_MAX; i++)
		if (dice(t, 10) == 0)
			v[n++] = t->before[i];
	shuffle(t, v, n);
	for (i = 0; i < n; i += cut) {
		cut = 1 + dice(t, CUT_MAX);
		cut = n - i < cut ? n - i : cut;
		append(t, &t->shuffled, v + i, cut);
		interfere(t);
	}
}

static void
settle(struct trial *t, struct side *s)
{
	derive(t, s);
	work(t, s, job_tier);
	work(t, s, job_merge);
	work(t, s, job_pack);
}

/* A day of one sensor, as the store answers. */
static void
look(struct readings *out, struct trial *t, const struct side *s, int day,
    int sensor)
{
	struct gate g = { .kind = GATE_WORKER, .tenant = s->tenant };
	int64_t from = FIRST_DAY + day * CLOCK_DAY;
	struct answer a;
	struct tx *tx;

	must(tx_begin(&tx, t->worker, t->arena, &g, TX_READ), "begin");
	must(store_read(&a, tx, &s->sensor[sensor], 1, from, from + CLOCK_DAY),
	    "read");
	must(tx_commit(tx), "commit");
	*out = a.r;
}

static bool
same(const struct readings *a, const struct readings *b)
{
	size_t i;

	if (a->n != b->n)
		return false;
	for (i = 0; i < a->n; i++)
		if (a->v[i].time != b->v[i].time ||
		    memcmp(&a->v[i].value, &b->v[i].value, sizeof(double)) !=
			0 ||
		    a->v[i].rev != b->v[i].rev ||
		    a->v[i].quality != b->v[i].quality)
			return false;
	return true;
}

static int
differences(struct trial *t, int days)
{
	struct readings a, b;
	int day, sensor, n = 0;

	for (day = 0; day < days; day++)
		for (sensor = 0; sensor < SENSORS; sensor++) {
			look(&a, t, &t->ordered, day, sensor);
			look(&b, t, &t->shuffled, day, sensor);
			if (!same(&a, &b)) {
				(void)printf("seed %d sensor %d differs: "
					     "%zu and %zu readings\n",
				    day, sensor, a.n, b.n);
				n++;
			}
			arena_reset(t->arena);
		}
	return n;
}

static void
print_ledger(const struct side *s, const char *name, int days)
{
	int day;

	for (day = 0; day < days; day++)
		(void)printf("ledger %s %d %lld %lld\n", name, day,
		    (long long)s->tally[day].sent,
		    (long long)s->tally[day].stored);
}

static void
side_room(struct side *s, struct arena *a, size_t days)
{
	size_t keys = days * SLOTS * SENSORS;

	s->key = arena_array(a, keys, sizeof(*s->key));
	s->waiting = arena_array(a, keys, sizeof(*s->waiting));
	s->tally = arena_array(a, days, sizeof(*s->tally));
}

static void
side_read(struct side *s, const char *tenant, const char *sensors)
{
	s->tenant = (int32_t)strtol(tenant, NULL, 10);
	if (sscanf(sensors, "%d,%d,%d,%d", &s->sensor[0], &s->sensor[1],
		&s->sensor[2], &s->sensor[3]) != SENSORS)
		exit(2);
}

int
main(int argc, char **argv)
{
	static struct trial t;
	struct arena *own = arena_new();
	int seed, seeds, n;

	if (argc != 8)
		return 2;
	log_name("permutation");
	t.admin = db_open(argv[1]);
	t.worker = db_open(argv[2]);
	t.second = db_open(argv[2]);
	t.arena = arena_new();
	seeds = (int)strtol(argv[3], NULL, 10);
	side_room(&t.ordered, own, (size_t)seeds);
	side_room(&t.shuffled, own, (size_t)seeds);
	side_read(&t.ordered, argv[4], argv[5]);
	side_read(&t.shuffled, argv[6], argv[7]);
	for (seed = 0; seed < seeds; seed++) {
		t.random = (uint64_t)seed;
		make_day(&t, seed);
		in_order(&t);
		anyhow(&t);
	}
	settle(&t, &t.ordered);
	settle(&t, &t.shuffled);
	n = differences(&t, seeds);
	print_ledger(&t.ordered, "ordered", seeds);
	print_ledger(&t.shuffled, "shuffled", seeds);
	(void)printf("%d seeds, %d differences\n", seeds, n);
	arena_free(t.arena);
	arena_free(own);
	db_close(t.worker);
	db_close(t.admin);
	return n > 0;
}
