/* One child: one connection, one arena, one round of requests at a time. */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sandbox.h"
#include "base/wake.h"
#include "web/internal.h"

enum {
	SERVED_MAX = 20000,	       /* requests before a child is replaced */
	RSS_MAX_KB = 256 * 1024,       /* memory before a child is replaced */
	ROUND_S = 30,		       /* what takes longer together is a bug */
	ROUND_BYTES = 4 * 1024 * 1024, /* of bodies; then no more are taken */
	LOGIN_MS = 2000,	       /* the login's statements are short */
	/* Rounds come one after the other: keep what the last one had. */
	KEEP_BLOCK = 1024 * 1024,
	KEEP_ALL = 8 * 1024 * 1024
};

/* Wait for a baton, but not for long. */
static void
take(struct hold *h)
{
	if (h->baton != NULL && !h->is_ours)
		h->is_ours = baton_take(h->baton);
}

static void
give(struct hold *h)
{
	if (h->is_ours)
		baton_give(h->baton);
	h->is_ours = false;
}

void
req_hand_on(const struct req *rq)
{
	give(&rq->child->storing);
}

/*
 * Take what has arrived meanwhile, behind the n that are there: those that may
 * be answered together, and at most one that may not.  Returns how many there
 * are then.
 */
static size_t
gather(struct child *c, struct arena *arena, size_t n)
{
	size_t held = 0, i;

	for (i = 0; i + 1 < n; i++)
		held += c->jobs[i].rq->body.n;
	while (n < c->room && held < ROUND_BYTES && c->jobs[n - 1].joins &&
	       FCGX_Accept_r(&c->jobs[n].fcgi) == 0) {
		held += c->jobs[n - 1].rq->body.n;
		job_begin(&c->jobs[n++], c, arena);
	}
	return n;
}

/*
 * A round, while the one before it is stored: one child at a time gathers, and
 * has all that came when its turn to store comes.  Returns how many there are;
 * *many: so many of them may be answered together.
 */
static size_t
fill(size_t *many, struct child *c, struct arena *arena)
{
	size_t n;

	job_begin(&c->jobs[0], c, arena);
	n = gather(c, arena, 1);
	if (c->jobs[0].joins)
		take(&c->storing);
	n = gather(c, arena, n);
	give(&c->gathering);
	*many = c->jobs[n - 1].joins ? n : n - 1;
	return n;
}

/* Some jobs together; returns how many were answered. */
static size_t
together_run(struct child *c, struct job *jobs, size_t n)
{
	struct req *rq[ROUND_MAX];
	struct res *rs[ROUND_MAX];
	bool done[ROUND_MAX] = { 0 };
	size_t i, answered = 0;
	int32_t woken = 0;

	for (i = 0; i < n; i++) {
		rq[i] = jobs[i].rq;
		rs[i] = &jobs[i].rs;
	}
	c->app->together(rq, rs, n, done);
	give(&c->storing);
	for (i = 0; i < n; i++) {
		if (!done[i]) {
			job_blank(&jobs[i]);
			continue;
		}
		rs[i]->wake &= rq[i]->who.tenant != woken;
		if (rs[i]->wake)
			woken = rq[i]->who.tenant;
		job_send(&jobs[i]);
		job_end(&jobs[i]);
		answered++;
	}
	return answered;
}

/* How many to take the next time, when of n together so many were answered. */
static void
room_set(struct child *c, size_t answered, size_t n)
{
	/* Those that are served one by one had better be with our siblings. */
	c->room = answered == n ? c->room * 2 : answered;
	if (c->room > ROUND_MAX)
		c->room = ROUND_MAX;
	if (c->room == 0)
		c->room = 1;
}

/* Serve one request, and what came while the last was served. */
static size_t
round_run(struct child *c, struct arena *arena)
{
	size_t n, i, many;

	(void)alarm(ROUND_S);
	n = fill(&many, c, arena);
	if (many > 0)
		room_set(c, together_run(c, c->jobs, many), many);
	for (i = 0; i < n; i++) {
		if (c->jobs[i].sent)
			continue;
		/* A large body was left for now; it is a round of its own. */
		if (!c->jobs[i].read) {
			job_read(&c->jobs[i]);
			if (c->jobs[i].joins &&
			    together_run(c, &c->jobs[i], 1) == 1)
				continue;
		}
		job_run(&c->jobs[i]);
		job_end(&c->jobs[i]);
	}
	(void)alarm(0);
	return n;
}

static bool
worn_out(size_t served)
{
	struct rusage u;

	return served >= SERVED_MAX ||
	       (getrusage(RUSAGE_SELF, &u) == 0 && u.ru_maxrss > RSS_MAX_KB);
}

static void
stop(int sig)
{
	(void)sig;
}

/*
 * Stop signals are blocked but for the wait between two requests, so none is
 * missed, and none interrupts a request: libfcgi would take an interrupted
 * read for the end of the body.
 */
static int
waiting_room(int listen_fd, sigset_t *open)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLEXCLUSIVE };
	struct sigaction sa = { .sa_handler = stop };
	int fd = epoll_create1(EPOLL_CLOEXEC);

	(void)sigaction(SIGTERM, &sa, NULL);
	(void)sigaction(SIGINT, &sa, NULL);
	(void)sigemptyset(open);
	if (fd < 0 || fcntl(listen_fd, F_SETFL, O_NONBLOCK) != 0 ||
	    epoll_ctl(fd, EPOLL_CTL_ADD, listen_fd, &ev) != 0)
		exit(1);
	return fd;
}

/* False when told to stop; another child may have been faster to accept. */
static bool
next_request(struct child *c, int epoll_fd, const sigset_t *open)
{
	struct epoll_event ev;
	int r = -EAGAIN;

	while (r == -EAGAIN) {
		give(&c->gathering);
		if (epoll_pwait(epoll_fd, &ev, 1, -1, open) < 0)
			return false;
		take(&c->gathering);
		r = FCGX_Accept_r(&c->jobs[0].fcgi);
	}
	return r == 0;
}

static void
jobs_make(struct child *c, int listen_fd)
{
	size_t i, n = c->app->together != NULL ? ROUND_MAX : 1;

	if (n > 1) {
		(void)mallopt(M_MMAP_THRESHOLD, KEEP_BLOCK);
		(void)mallopt(M_TRIM_THRESHOLD, KEEP_ALL);
	}
	c->room = 1;
	c->jobs = calloc(n, sizeof(*c->jobs));
	if (c->jobs == NULL || FCGX_Init() != 0)
		exit(1);
	for (i = 0; i < n; i++)
		if (FCGX_InitRequest(&c->jobs[i].fcgi, listen_fd,
			FCGI_FAIL_ACCEPT_ON_INTR) != 0)
			exit(1);
}

int
child_lanes(int children)
{
	return children > 3 ? children / 2 : 1;
}

static void
join_lane(struct child *c, int i)
{
	struct baton *all = c->shared->batons;
	size_t lane = (size_t)(i % child_lanes(c->conf->children));

	if (all == NULL)
		return;
	c->gathering.baton = baton_at(all, lane * 2);
	c->storing.baton = baton_at(all, lane * 2 + 1);
}

void
child_run(const struct app *app, const struct web_conf *conf,
    const struct shared *shared, int i)
{
	struct child c = { .app = app,
		.conf = conf,
		.shared = shared,
		.wake_fd = -1 };
	struct arena *arena = arena_new();
	struct err *e;
	sigset_t open;
	size_t served = 0;
	int epoll_fd;

	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	sandbox_enter(child_may(app, conf));
	epoll_fd = waiting_room(shared->listen_fd, &open);
	c.db = db_open(conf->database);
	if (*conf->auth_database != 0) {
		c.auth = db_open(conf->auth_database);
		db_deadline(c.auth, LOGIN_MS);
	}
	if (*conf->wake != 0)
		c.wake_fd = wake_sender();
	if (app->templates != NULL && (e = views_load(&c.views, conf->templates,
					   app->templates)) != NULL) {
		log_err(e, "templates");
		exit(1);
	}
	jobs_make(&c, shared->listen_fd);
	join_lane(&c, i);
	while (!worn_out(served) && next_request(&c, epoll_fd, &open)) {
		served += round_run(&c, arena);
		arena_reset(arena);
	}
	free(c.jobs);
	views_free(c.views);
	db_close(c.auth);
	db_close(c.db);
	arena_free(arena);
	(void)close(epoll_fd);
	exit(0);
}
