#include "worker/child.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/env.h"
#include "base/log.h"
#include "base/stat.h"

enum {
	STATEMENT_MS = 30000,
	/* Large cycles come one after the other: keep what the last one had. */
	KEEP_BLOCK = 32 * 1024 * 1024,
	KEEP_ALL = 256 * 1024 * 1024
};

/* What goes down to a child. */
struct message {
	struct order order;
	struct horizon horizon;
};

/* The whole message or nothing; false when nobody is at the other end. */
static bool
give(int fd, const void *p, size_t n)
{
	ssize_t r;

	do
		r = send(fd, p, n, MSG_NOSIGNAL);
	while (r < 0 && errno == EINTR);
	return r == (ssize_t)n;
}

static ssize_t
get(int fd, void *p, size_t n)
{
	ssize_t r;

	do
		r = recv(fd, p, n, 0);
	while (r < 0 && errno == EINTR);
	return r;
}

static void
execute(struct report *r, struct db *db, struct arena *a,
    const struct message *m, const struct settings *conf)
{
	const struct job *job = &jobs[m->order.job];
	struct work w = {
		.conf = conf,
		.tenant = m->order.tenant,
		.force = m->order.force,
		.horizon = m->horizon,
		.did = job->work == NULL,
		.tenants = r->tenant,
	};
	struct err *e = NULL;

	/* A tenant with a database of its own: all of the job is there. */
	if (w.tenant > 0)
		e = db_place(&db, db, a, w.tenant);
	if (e == NULL)
		e = job->work != NULL ? job->work(db, a, &w)
				      : job->run(db, a, w.tenant);
	if (e != NULL && m->order.job == JOB_DERIVE)
		stat_add(conf->stats, STAT_DERIVE_FAIL, 1);
	if (e != NULL)
		log_err(e, "job=%s tenant=%d", job->name, w.tenant);
	r->was = (struct outcome){ e == NULL, w.did, w.more };
	r->horizon = w.horizon;
	r->tenants = (uint32_t)w.n_tenants;
	arena_reset(a);
}

/* Until the parent closes its end. */
static _Noreturn void
serve(int fd, const struct nursery *n)
{
	struct arena *a = arena_new(), *own = arena_new();
	struct report *r = arena_alloc(own, sizeof(*r));
	struct db *db = db_open(n->database);
	struct message m;

	(void)mallopt(M_MMAP_THRESHOLD, KEEP_BLOCK);
	(void)mallopt(M_TRIM_THRESHOLD, KEEP_ALL);
	db_deadline(db, STATEMENT_MS);
	while (get(fd, &m, sizeof(m)) == (ssize_t)sizeof(m)) {
		execute(r, db, a, &m, &n->conf);
		if (!give(fd, r,
			offsetof(struct report, tenant) +
			    r->tenants * sizeof(*r->tenant)))
			break;
	}
	db_close(db);
	arena_free(own);
	arena_free(a);
	exit(0);
}

/* In the child: what is the parent's alone is closed; signals are for it. */
static void
settle_in(const struct nursery *n, int parents_end)
{
	sigset_t none;
	int i;

	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGUSR1, SIG_IGN);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)close(n->wake_fd);
	(void)close(n->signal_fd);
	(void)close(parents_end);
	for (i = 0; i < n->n; i++)
		if (n->child[i].pid != 0)
			(void)close(n->child[i].fd);
}

bool
child_start(struct nursery *n, int i)
{
	struct child *c = &n->child[i];
	int pair[2];
	pid_t pid;

	c->born = env_mono();
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
		log_error("socketpair why=\"%s\"", strerror(errno));
		return false;
	}
	if ((pid = fork()) == 0) {
		settle_in(n, pair[0]);
		serve(pair[1], n);
	}
	(void)close(pair[1]);
	if (pid < 0) {
		log_error("fork why=\"%s\"", strerror(errno));
		(void)close(pair[0]);
		return false;
	}
	*c = (struct child){ .pid = pid, .fd = pair[0], .born = c->born };
	return true;
}

bool
child_order(struct child *c, const struct order *o, const struct horizon *h)
{
	struct message m = { .order = *o, .horizon = *h };

	c->is_busy = true;
	c->order = *o;
	c->given = *h;
	return give(c->fd, &m, sizeof(m));
}

bool
child_report(struct report *r, const struct child *c)
{
	ssize_t n = get(c->fd, r, sizeof(*r));
	size_t head = offsetof(struct report, tenant);

	return n >= (ssize_t)head && r->tenants <= TENANTS_MAX &&
	       (size_t)n == head + r->tenants * sizeof(*r->tenant);
}
