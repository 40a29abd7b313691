/* One child: one connection, one arena, one request at a time. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/log.h"
#include "base/wake.h"
#include "web/internal.h"

enum {
	SERVED_MAX = 20000,	 /* requests before a child is replaced */
	RSS_MAX_KB = 256 * 1024, /* memory before a child is replaced */
	LOGIN_MS = 2000		 /* the login's statements are short */
};

/*
 * One request, top to bottom.  2xx means committed: the answer is rendered
 * inside the transaction and sent after it.
 */
static struct err *
serve(struct req *rq, struct res *rs, const char **allow)
{
	struct tx *tx;
	struct err *e;

	*allow = NULL;
	if ((e = req_read(rq)) != NULL ||
	    (e = route_find(rq, rq->child->app, allow)) != NULL ||
	    (e = gate_pass(rq)) != NULL)
		return err_pass(e);
	if ((e = rq->route->run(rq, rs)) != NULL)
		return err_pass(e);
	if (rq->tx == NULL)
		return NULL;
	tx = rq->tx;
	rq->tx = NULL;
	if ((e = tx_commit(tx)) != NULL) {
		tx_rollback(tx);
		return err_pass(e);
	}
	if (rs->wake)
		wake_send(rq->child->wake_fd, rq->child->conf->wake,
		    rq->who.tenant);
	return NULL;
}

/* One line a request; its path only as the route says it. */
static void
log_request(const struct req *rq, const struct res *rs, int64_t started,
    const struct err *e)
{
	double ms = (double)(env_mono() - started) / 1e3;
	const char *route = rq->route != NULL ? rq->route->path : "-";

	if (e != NULL)
		log_err(e, "req=%s tenant=%d route=%s ms=%.1f",
		    rq->id != NULL ? rq->id : "-", rq->who.tenant, route, ms);
	else
		log_info("req=%s tenant=%d route=%s status=%d ms=%.1f "
			 "bytes=%zu",
		    rq->id != NULL ? rq->id : "-", rq->who.tenant, route,
		    rs->status, ms, rs->sent + rs->body.n);
}

/* Is a person going somewhere, or a script fetching something? */
static bool
is_navigation(const struct req *rq)
{
	const char *dest = req_header(rq, "Sec-Fetch-Dest");

	return rq->verb == GET && (*dest == 0 || strcmp(dest, "document") == 0);
}

/* The answer to a request that failed. */
static void
fail(struct req *rq, struct res *rs, const struct err *e, const char *allow)
{
	const struct app *app = rq->child->app;

	tx_rollback(rq->tx);
	if (rs->sent > 0)
		return;
	if (app->login != NULL && e->kind == ERR_LOGIN && is_navigation(rq))
		res_login(rq, rs, app->login);
	else
		res_error(rq, rs, e, allow);
}

static void
handle(struct child *c, struct arena *arena)
{
	struct req *rq = arena_alloc(arena, sizeof(*rq));
	struct res rs = { .status = 200, .type = "application/json" };
	int64_t started = env_mono();
	const char *allow;
	struct err *e, seen;

	rq->arena = arena;
	rq->child = c;
	rs.headers = buf_new(arena, 512);
	rs.body = buf_new(arena, 4096);
	if (c->app->pages)
		rs.view = view_new(arena);
	(void)alarm(REQUEST_S);
	if ((e = serve(rq, &rs, &allow)) != NULL) {
		seen = *e;
		e = &seen;
		fail(rq, &rs, e, allow);
	}
	log_request(rq, &rs, started, e);
	if (e != NULL && rs.sent > 0)
		stream_cut(rq);
	else
		res_send(rq, &rs);
	(void)alarm(0);
}

static bool
worn_out(int served)
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

void
child_run(const struct app *app, const struct web_conf *conf, int listen_fd)
{
	struct child c = { .app = app, .conf = conf, .wake_fd = -1 };
	struct arena *arena = arena_new();
	struct err *e;
	sigset_t open;
	int served = 0, epoll_fd;

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
	if (FCGX_Init() != 0 ||
	    FCGX_InitRequest(&c.fcgi, listen_fd, FCGI_FAIL_ACCEPT_ON_INTR) != 0)
		exit(1);
	while (!worn_out(served) && next_request(&c.fcgi, epoll_fd, &open)) {
		handle(&c, arena);
		FCGX_Finish_r(&c.fcgi);
		arena_reset(arena);
		served++;
	}
	views_free(c.views);
	db_close(c.auth);
	db_close(c.db);
	arena_free(arena);
	(void)close(epoll_fd);
	exit(0);
}
