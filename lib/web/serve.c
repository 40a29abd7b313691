/* One child: one connection, one arena, one round of requests at a time. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "base/wake.h"
#include "web/internal.h"

enum {
	SERVED_MAX = 20000,	       /* requests before a child is replaced */
	RSS_MAX_KB = 256 * 1024,       /* memory before a child is replaced */
	ROUND_S = 30,		       /* what takes longer together is a bug */
	ROUND_BYTES = 4 * 1024 * 1024, /* of bodies; then no more are taken */
	LOGIN_MS = 2000		       /* the login's statements are short */
};

/* May this request be answered together with others? */
static bool
joins(const struct job *j)
{
	const struct app *app = j->rq->child->app;

	return app->together != NULL && j->read && j->failed == NULL &&
	       j->rq->body_err == NULL && app->joins(j->rq);
}

/*
 * Take what has arrived meanwhile: those that may be answered together, and
 * at most one behind them that may not.  Returns how many there are.
 */
static size_t
gather(struct child *c, struct arena *arena)
{
	size_t n = 1, held = 0;

	job_begin(&c->jobs[0], c, arena);
	while (n < c->room && held < ROUND_BYTES && joins(&c->jobs[n - 1]) &&
	       FCGX_Accept_r(&c->jobs[n].fcgi) == 0) {
		held += c->jobs[n - 1].rq->body.n;
		job_begin(&c->jobs[n++], c, arena);
	}
	return n;
}

/*
 * Some jobs together; returns how many were answered.  All answers are sent
 * before a connection is closed: closing waits for the other side.
 */
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
	for (i = 0; i < n; i++) {
		if (!done[i]) {
			job_blank(&jobs[i]);
			continue;
		}
		rs[i]->wake &= rq[i]->who.tenant != woken;
		if (rs[i]->wake)
			woken = rq[i]->who.tenant;
		job_send(&jobs[i]);
		answered++;
	}
	for (i = 0; i < n; i++)
		if (done[i])
			job_end(&jobs[i]);
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
	n = gather(c, arena);
	many = joins(&c->jobs[n - 1]) ? n : n - 1;
	if (many > 0)
		room_set(c, together_run(c, c->jobs, many), many);
	for (i = 0; i < n; i++) {
		if (c->jobs[i].sent)
			continue;
		/* A large body was left for now; it is a round of its own. */
		if (!c->jobs[i].read) {
			job_read(&c->jobs[i]);
			if (joins(&c->jobs[i]) &&
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
next_request(FCGX_Request *fcgi, int epoll_fd, const sigset_t *open)
{
	struct epoll_event ev;
	int r = -EAGAIN;

	while (r == -EAGAIN) {
		if (epoll_pwait(epoll_fd, &ev, 1, -1, open) < 0)
			return false;
		r = FCGX_Accept_r(fcgi);
	}
	return r == 0;
}

static void
jobs_make(struct child *c, int listen_fd)
{
	size_t i, n = c->app->together != NULL ? ROUND_MAX : 1;

	c->room = 1;
	c->jobs = calloc(n, sizeof(*c->jobs));
	if (c->jobs == NULL || FCGX_Init() != 0)
		exit(1);
	for (i = 0; i < n; i++)
		if (FCGX_InitRequest(&c->jobs[i].fcgi, listen_fd,
			FCGI_FAIL_ACCEPT_ON_INTR) != 0)
			exit(1);
}

void
child_run(const struct app *app, const struct web_conf *conf, int listen_fd)
{
	struct child c = { .app = app, .conf = conf, .wake_fd = -1 };
	struct arena *arena = arena_new();
	struct err *e;
	sigset_t open;
	size_t served = 0;
	int epoll_fd;

	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	epoll_fd = waiting_room(listen_fd, &open);
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
	jobs_make(&c, listen_fd);
	while (!worn_out(served) &&
	       next_request(&c.jobs[0].fcgi, epoll_fd, &open)) {
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
