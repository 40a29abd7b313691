#include "worker/dispatch.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/env.h"
#include "base/log.h"
#include "base/wake.h"

#define RESPAWN (100 * CLOCK_MS) /* between two starts of a child */
#define DRAIN (1500 * CLOCK_MS)

enum { DATAGRAMS = 1000 }; /* read before others go on */

struct parent {
	struct nursery *n;
	struct queue *queue;
	struct report report;
	bool is_stopping;
};

static void
bury(struct parent *p, struct child *c)
{
	struct outcome none = { 0 };

	log_warn("child died pid=%d", (int)c->pid);
	(void)close(c->fd);
	(void)kill(c->pid, SIGKILL);
	(void)waitpid(c->pid, NULL, 0);
	c->pid = 0;
	if (c->is_busy)
		queue_done(p->queue, &c->order, none, env_mono());
	c->is_busy = false;
}

/* What derive has learned is for its next cycle; a stray overrules it. */
static void
keep_horizon(struct parent *p, const struct child *c)
{
	struct horizon *h = queue_horizon(p->queue, c->order.tenant);
	const struct horizon *told = &p->report.horizon;

	if (c->order.job == JOB_DERIVE && h->low == c->given.low)
		*h = *told;
	if (c->order.job == JOB_STRAY && told->low < h->low) {
		log_warn("stray tenant=%d", c->order.tenant);
		*h = (struct horizon){ .low = told->low };
		(void)queue_ask(p->queue, JOB_DERIVE, c->order.tenant,
		    env_mono(), false);
	}
}

static void
hear_child(struct parent *p, struct child *c)
{
	int64_t now = env_mono();

	if (!child_report(&p->report, c)) {
		bury(p, c);
		return;
	}
	c->is_busy = false;
	if (p->report.was.ok)
		keep_horizon(p, c);
	queue_know(p->queue, p->report.tenant, p->report.tenants, now);
	if (c->order.job == JOB_TENANTS && p->report.was.ok &&
	    p->report.tenants < TENANTS_MAX)
		queue_only(p->queue, p->report.tenant, p->report.tenants);
	queue_done(p->queue, &c->order, p->report.was, now);
}

static void
hear_signal(struct parent *p)
{
	struct signalfd_siginfo s;

	if (read(p->n->signal_fd, &s, sizeof(s)) != sizeof(s))
		return;
	if (s.ssi_signo == SIGUSR1)
		queue_ask_all(p->queue, JOB_DERIVE, env_mono(), true);
	else
		p->is_stopping = true;
}

/* Who is not known may be new, or nobody: then it is asked who there is. */
static void
wake(struct parent *p, int32_t tenant)
{
	int64_t now = env_mono();

	if (!queue_ask(p->queue, JOB_DERIVE, tenant, now, false))
		(void)queue_ask(p->queue, JOB_TENANTS, QUEUE_NOBODY, now,
		    false);
}

static void
hear_wake(struct parent *p)
{
	int32_t tenant;
	int i;

	for (i = 0; i < DATAGRAMS; i++) {
		if ((tenant = wake_wait(p->n->wake_fd, 0)) <= 0)
			return;
		wake(p, tenant);
	}
}

/* Start who is missing; false when one of them cannot be started yet. */
static bool
fill_up(struct parent *p, int64_t now)
{
	bool all = true;
	int i;

	for (i = 0; i < p->n->n; i++) {
		const struct child *c = &p->n->child[i];

		if (c->pid == 0)
			all &= now - c->born >= RESPAWN && child_start(p->n, i);
	}
	return all;
}

static bool
is_idle(const struct child *c)
{
	return c->pid != 0 && !c->is_busy;
}

static bool
is_anybody_idle(const struct nursery *n)
{
	int i;

	for (i = 0; i < n->n; i++)
		if (is_idle(&n->child[i]))
			return true;
	return false;
}

/*
 * Who is to do it: a cycle best whoever had the tenant's last one and has its
 * pages at hand; everything else best somebody who has nobody's.
 */
static struct child *
choose(const struct nursery *n, const struct order *o)
{
	int32_t best = o->job == JOB_DERIVE ? o->tenant : 0;
	struct child *found = NULL;
	int i, most = -1;

	for (i = 0; i < n->n; i++) {
		struct child *c = &n->child[i];
		int worth = c->derived == best ? 2 : c->derived == 0;

		if (!is_idle(c) || worth <= most)
			continue;
		found = c;
		most = worth;
	}
	return found;
}

/* Missing children are started, idle ones get orders; the next look. */
static int64_t
give_orders(struct parent *p)
{
	int64_t now = env_mono(), wait = fill_up(p, now) ? CLOCK_S : RESPAWN;
	struct order o;

	while (is_anybody_idle(p->n)) {
		struct child *c;

		if (!queue_next(&o, p->queue, now))
			return queue_until(p->queue, now);
		c = choose(p->n, &o);
		if (o.job == JOB_DERIVE)
			c->derived = o.tenant;
		if (!child_order(c, &o, queue_horizon(p->queue, o.tenant))) {
			bury(p, c);
			wait = RESPAWN;
		}
	}
	/* Nobody is idle; one that is missing can be started then. */
	return now + wait;
}

static void
wait_and_hear(struct parent *p, int64_t until, bool with_others)
{
	struct pollfd fd[CHILDREN_MAX + 2];
	int64_t left = until - env_mono();
	int i, n = p->n->n;

	for (i = 0; i < n; i++) {
		fd[i].fd = p->n->child[i].pid != 0 ? p->n->child[i].fd : -1;
		fd[i].events = POLLIN;
	}
	fd[n] = (struct pollfd){ .fd = p->n->signal_fd, .events = POLLIN };
	fd[n + 1] = (struct pollfd){ .fd = p->n->wake_fd, .events = POLLIN };
	if (poll(fd, (nfds_t)(with_others ? n + 2 : n),
		left > 0 ? (int)((left + CLOCK_MS - 1) / CLOCK_MS) : 0) <= 0)
		return;
	for (i = 0; i < n; i++)
		if (fd[i].fd >= 0 && fd[i].revents != 0)
			hear_child(p, &p->n->child[i]);
	if (with_others && fd[n].revents != 0)
		hear_signal(p);
	if (with_others && fd[n + 1].revents != 0)
		hear_wake(p);
}

static bool
is_anybody_busy(const struct nursery *n)
{
	int i;

	for (i = 0; i < n->n; i++)
		if (n->child[i].is_busy)
			return true;
	return false;
}

/* No more orders; who is too slow is killed, and his work rolled back. */
static void
drain(struct parent *p)
{
	int64_t until = env_mono() + DRAIN;
	int i;

	while (is_anybody_busy(p->n) && env_mono() < until)
		wait_and_hear(p, until, false);
	for (i = 0; i < p->n->n; i++) {
		struct child *c = &p->n->child[i];

		if (c->pid == 0)
			continue;
		(void)close(c->fd);
		if (c->is_busy)
			(void)kill(c->pid, SIGKILL);
		(void)waitpid(c->pid, NULL, 0);
	}
}

void
dispatch(struct nursery *n, struct arena *a)
{
	struct parent *p = arena_alloc(a, sizeof(*p));
	int64_t until;
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGUSR1);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	p->n = n;
	n->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	p->queue = queue_new(a, jobs, JOBS, n->n);
	while (!p->is_stopping) {
		until = give_orders(p);
		wait_and_hear(p, until, true);
	}
	drain(p);
}
