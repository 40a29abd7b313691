/* One request: read, routed, past the gate, handled, committed, answered. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/env.h"
#include "base/log.h"
#include "base/stat.h"
#include "base/wake.h"
#include "web/internal.h"

enum {
	BODY_S = 1 /* nginx has a whole body before it calls us */
};

/* Keep the reason: the slot it is in is soon another's. */
static void
failed(struct job *j, const struct err *e)
{
	struct err *kept = arena_alloc(j->rq->arena, sizeof(*kept));

	*kept = *e;
	j->failed = kept;
}

/* May this request be answered together with others? */
static bool
joins(const struct job *j)
{
	const struct app *app = j->rq->child->app;

	return app->together != NULL && j->failed == NULL &&
	       j->rq->body_err == NULL && *req_header(j->rq, "Origin") == 0 &&
	       app->joins(j->rq);
}

void
job_read(struct job *j)
{
	struct req *rq = j->rq;
	struct err *e;

	j->read = true;
	if ((e = req_read(rq)) != NULL ||
	    (e = route_find(rq, rq->child->app, &j->allow)) != NULL)
		failed(j, e);
	j->joins = joins(j);
}

void
job_blank(struct job *j)
{
	struct req *rq = j->rq;

	rq->who = (struct who){ 0 };
	j->rs = (struct res){ .status = 200, .type = "application/json" };
	j->rs.headers = buf_new(rq->arena, 512);
	j->rs.body = buf_new(rq->arena, 4096);
	if (rq->child->app->pages)
		j->rs.view = view_new(rq->arena);
}

void
job_begin(struct job *j, struct child *c, struct arena *arena)
{
	const struct timeval patience = { .tv_sec = BODY_S };
	struct req *rq = arena_alloc(arena, sizeof(*rq));

	rq->arena = arena;
	rq->child = c;
	rq->fcgi = &j->fcgi;
	j->rq = rq;
	rq->arrived = env_now();
	j->started = env_mono();
	j->allow = NULL;
	j->failed = NULL;
	j->read = j->sent = j->joins = false;
	job_blank(j);
	if (c->app->together != NULL) {
		if (req_length(rq) > BODY_JOINS)
			return;
		/* Others of the round may stand behind this body. */
		(void)setsockopt(j->fcgi.ipcFd, SOL_SOCKET, SO_RCVTIMEO,
		    &patience, sizeof(patience));
	}
	job_read(j);
}

static int
status_of(const struct job *j)
{
	return j->failed != NULL ? err_status(j->failed->kind) : j->rs.status;
}

/* One line a request; its path only as the route says it. */
static void
log_request(const struct job *j)
{
	int64_t us = env_mono() - j->started;
	double ms = (double)us / 1e3;
	const struct req *rq = j->rq;
	const char *route = rq->route != NULL ? rq->route->path : "-";

	stat_request(req_stats(rq), rq->child->app->name, status_of(j), us);
	if (j->failed != NULL)
		log_err(j->failed, "req=%s tenant=%d route=%s ms=%.1f",
		    rq->id != NULL ? rq->id : "-", rq->who.tenant, route, ms);
	else
		log_info("req=%s tenant=%d route=%s status=%d ms=%.1f "
			 "bytes=%zu",
		    rq->id != NULL ? rq->id : "-", rq->who.tenant, route,
		    j->rs.status, ms, j->rs.sent + j->rs.body.n);
}

/*
 * From the gate to the commit.  2xx means committed: the answer is rendered
 * inside the transaction and sent after it.
 */
static struct err *
serve_once(struct req *rq, struct res *rs)
{
	struct err *e;

	if ((e = gate_pass(rq)) != NULL ||
	    (e = rq->route->run(rq, rs)) != NULL ||
	    (rq->verb == GET && rs->sent == 0 &&
		(e = source_settle(rq, rs)) != NULL) ||
	    (rq->tx != NULL && (e = tx_commit(rq->tx)) != NULL))
		return err_pass(e);
	rq->tx = NULL;
	return NULL;
}

static struct err *
serve(struct job *j)
{
	struct err *e = serve_once(j->rq, &j->rs);

	if (e != NULL && gate_again(j->rq)) {
		job_blank(j);
		e = serve_once(j->rq, &j->rs);
	}
	return e != NULL ? err_pass(e) : NULL;
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
	else if (app->pages && e->kind == ERR_STEP_UP && !req_is_api(rq))
		res_confirm(rq, rs);
	else
		res_error(rq, rs, e, allow);
}

/*
 * May a request that came whole, and that we are too busy for, be answered in
 * another way?  What made it necessary is told all the same.
 */
static bool
rescued(struct job *j)
{
	enum err_kind kind = j->failed->kind;
	struct req *rq = j->rq;

	if (rq->child->app->rescue == NULL || rq->route == NULL ||
	    rq->body_err != NULL || j->rs.sent > 0)
		return false;
	if (kind == ERR_LOGIN || kind == ERR_FORBIDDEN)
		(void)rq->child->app->rescue(rq, &j->rs, j->failed);
	if (kind != ERR_BUSY)
		return false;
	tx_rollback(rq->tx);
	rq->tx = NULL;
	job_blank(j);
	if (!rq->child->app->rescue(rq, &j->rs, j->failed)) {
		job_blank(j);
		return false;
	}
	log_err(j->failed, "req=%s rescued", rq->id != NULL ? rq->id : "-");
	j->failed = NULL;
	return true;
}

void
job_run(struct job *j)
{
	struct err *e;

	(void)alarm(REQUEST_S);
	if (j->failed != NULL && cors_preflight(j->rq, &j->rs, j->allow))
		j->failed = NULL;
	else if (j->failed == NULL && (e = serve(j)) != NULL)
		failed(j, e);
	if (j->failed != NULL && !rescued(j))
		fail(j->rq, &j->rs, j->failed, j->allow);
	job_send(j);
}

void
job_send(struct job *j)
{
	const struct child *c = j->rq->child;

	if (j->rs.wake && j->failed == NULL)
		wake_send(c->wake_fd, c->conf->wake, j->rq->who.tenant);
	log_request(j);
	if (j->failed != NULL && j->rs.sent > 0)
		stream_cut(j->rq);
	else
		res_send(j->rq, &j->rs);
	/* The last one to close says that this was all, behind the answer. */
	(void)FCGX_FClose(j->fcgi.err);
	(void)FCGX_FClose(j->fcgi.out);
	j->sent = true;
	if (j->failed == NULL)
		touch_after(j->rq);
	refused_after(j->rq, j->failed);
}

void
job_end(struct job *j)
{
	/* The body was read to its end, so closing need not wait for anyone. */
	(void)FCGX_Detach(&j->fcgi);
	FCGX_Finish_r(&j->fcgi);
}
