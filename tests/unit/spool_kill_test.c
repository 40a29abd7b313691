/*
 * spool_kill_test.c - spool and courier in a process of their own, which is
 * killed at a system call, again and again over the same folder: nothing that
 * was appended is lost, what was stored and synced does not come again, and it
 * always starts.
 *
 * FLUX_KILLS: how many kills (100); each at another system call, of whichever
 * thread.  F6 of the fault matrix is FLUX_KILLS=1000.
 * link: poller/spool.c
 * link: poller/spool_open.c
 * link: poller/spool_take.c
 * link: poller/spool_bound.c
 * link: poller/segment.c
 * link: poller/waiting.c
 * link: poller/gaps.c
 * link: poller/courier.c
 * link: poller/grade.c
 */
#include "poller_scene.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "../../poller/courier.h"

enum { KILLS = 100, RECORDS = 1 << 16, LIFE = 8, SENSORS = 5 };

static int patience_ms = 100; /* for what is not stored yet */

/* What others than the killed process know. */
struct world {
	_Atomic int appended; /* records, in their order */
	_Atomic int settled;  /* so many were stored, and that was synced */
	_Atomic int started;  /* times */
	_Atomic int refused;  /* to start */
	_Atomic int again;    /* settled ones that were sent again */
	_Atomic int damaged;  /* readings that are not what was put in */
	_Atomic int stored[RECORDS];
};

static struct world *world;

static struct err *
store(struct sink *sink, struct arena *a, const struct shipment *what)
{
	size_t i;

	(void)sink;
	(void)a;
	for (i = 0; i < what->r->n; i++) {
		const struct reading *r = &what->r->v[i];
		int k = (int)(r->time / CLOCK_S);

		if (k < 0 || k >= RECORDS || r->sensor < 1 ||
		    r->sensor > SENSORS) {
			atomic_fetch_add(&world->damaged, 1);
			continue;
		}
		if (r->sensor != 1)
			continue;
		if (k < atomic_load(&world->settled))
			atomic_fetch_add(&world->again, 1);
		atomic_fetch_add(&world->stored[k], 1);
	}
	return NULL;
}

static struct err *
no_plan(struct bytes *text, struct sink *sink, struct arena *a)
{
	(void)text;
	(void)sink;
	(void)a;
	return NULL;
}

static struct err *
no_report(void *what, struct sink *sink, struct arena *a)
{
	(void)what;
	(void)sink;
	(void)a;
	return NULL;
}

/* Until all of it is stored, or not for ever. */
static void
settle(struct spool *s)
{
	int i, n = atomic_load(&world->appended);

	for (i = 0; i < patience_ms && spool_counts(s).waiting > 0; i++)
		(void)usleep(1000);
	if (spool_counts(s).waiting > 0)
		return;
	spool_sync(s);
	atomic_store(&world->settled, n);
}

/* One life of the process, as long as it lasts. */
static void
live(void)
{
	const struct spool_conf conf = { dir, 64 << 20, 4096, 0, 0 };
	struct sink sink = { .send = store, .plan = no_plan, .together = 40 };
	struct uplink uplink = { .fixed = GRADE_FULL };
	struct courier_conf with = { .refresh_s = 3600,
		.report_s = 3600,
		.report = no_report,
		.uplink = &uplink,
		.sink = &sink };
	struct courier *c;
	int i;

	if (spool_open(&with.spool, arena, &conf) != NULL) {
		atomic_fetch_add(&world->refused, 1);
		return;
	}
	atomic_fetch_add(&world->started, 1);
	if (courier_start(&c, arena, &with) != NULL)
		return;
	for (i = 0; i < LIFE; i++) {
		put(with.spool, SENSORS, atomic_load(&world->appended));
		atomic_fetch_add(&world->appended, 1);
		if (i % 4 == 1)
			spool_sync(with.spool);
		if (i % 4 == 3)
			settle(with.spool);
	}
	(void)courier_stop(c, 1000);
}

static void
go_on(pid_t pid, int status)
{
	int signal = WSTOPSIG(status);

	if (signal == SIGSTOP || (signal & 0x7f) == SIGTRAP)
		signal = 0;
	(void)ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(intptr_t)signal);
}

/*
 * A life that ends at so many stops before or behind a system call, counted
 * from its beginning, or from when the spool is open; 0: by itself.  Returns
 * how many there were, -1: it cannot be traced.
 */
static int
life(int until, bool when_open)
{
	int begun = when_open ? atomic_load(&world->started) : -1;
	const int options =
	    PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL;
	pid_t child = fork(), pid;
	int status = 0, stops = 0;

	if (child == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
			_exit(1);
		(void)raise(SIGSTOP);
		live();
		_exit(0);
	}
	(void)waitpid(child, &status, 0);
	if (!WIFSTOPPED(status) || ptrace(PTRACE_SETOPTIONS, child, NULL,
				       (void *)(intptr_t)options) != 0)
		return -1;
	go_on(child, status);
	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		if (!WIFSTOPPED(status)) {
			if (pid == child)
				break;
			continue;
		}
		if (WSTOPSIG(status) == (SIGTRAP | 0x80) &&
		    atomic_load(&world->started) > begun && ++stops == until)
			(void)kill(child, SIGKILL);
		else
			go_on(pid, status);
	}
	return stops;
}

static int
kills_asked(void)
{
	const char *text = getenv("FLUX_KILLS");

	return text != NULL ? atoi(text) : KILLS;
}

TEST(whoever_is_killed_at_a_system_call_loses_and_repeats_nothing)
{
	int kills = kills_asked(), all, i, missing = 0;
	unsigned seed = 1;

	begin();
	world = mmap(NULL, sizeof(*world), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	all = life(0, false);
	CHECK(all > 0);
	for (i = 0; i < kills && all > 0; i++)
		CHECK(life(1 + rand_r(&seed) % all, i % 4 > 0) >= 0);
	/* The last one is left to finish, however slow it is. */
	patience_ms = 120000;
	(void)life(0, false);
	for (i = 0; i < atomic_load(&world->appended); i++)
		missing += atomic_load(&world->stored[i]) == 0;
	CHECK(atomic_load(&world->appended) > kills);
	CHECK(missing == 0);
	CHECK(atomic_load(&world->again) == 0);
	CHECK(atomic_load(&world->damaged) == 0);
	CHECK(atomic_load(&world->refused) == 0);
	CHECK(atomic_load(&world->started) > kills / 2);
	(void)munmap(world, sizeof(*world));
	end();
}
