/*
 * internal.h - what the files of lib/web share; nobody else includes it.
 */
#ifndef WEB_INTERNAL_H
#define WEB_INTERNAL_H

#include <fcgiapp.h>

#include "web/web.h"

#define COOKIE "__Host-fl"

enum { REQUEST_S = 30 }; /* what takes longer, or a piece of it, is a bug */

struct child {
	const struct app *app;
	const struct web_conf *conf;
	struct db *db, *auth;
	struct views *views;
	struct job *jobs; /* of a round: ROUND_MAX, or one */
	size_t room;	  /* how many a round takes: it grows and shrinks */
	int wake_fd;
};

/* One request, from its connection to its answer. */
struct job {
	FCGX_Request fcgi;
	struct req *rq;
	struct res rs;
	int64_t started;
	const char *allow; /* with a 405 */
	const struct err *failed;
	bool read, sent;
};

/* req.c */
struct err *req_read(struct req *) MUST_CHECK;
/* How long its body is to be. */
size_t req_length(const struct req *);

/* route.c: 404, or 405 and *allow says what would do */
struct err *route_find(struct req *, const struct app *,
    const char **allow) MUST_CHECK;
void routes_print(const struct app *);

/* gate.c: ERR_LOGIN without a credential, ERR_FORBIDDEN without the right */
struct err *gate_pass(struct req *) MUST_CHECK;

/* res.c */
void res_error(struct req *, struct res *, const struct err *,
    const char *allow);
/* To the sign-in page, and back here afterwards. */
void res_login(struct req *, struct res *, const char *login);
void res_head(const struct req *, const struct res *);
void res_send(const struct req *, struct res *);

/*
 * job.c: a new request on an accepted connection; read and routed, unless
 * its body is large and it shares its round.
 */
void job_begin(struct job *, struct child *, struct arena *);
/* What job_begin left for later. */
void job_read(struct job *);
/* No answer yet, and nobody has been asked. */
void job_blank(struct job *);
/* The ordinary way: gate, handler, commit, answer. */
void job_run(struct job *);
/* The answer goes out; then the connection is closed. */
void job_send(struct job *);
void job_end(struct job *);

/* stream.c: end an answer that was begun and cannot be finished */
void stream_cut(struct req *);

/* serve.c: one child, until it is told to stop or has served enough */
void child_run(const struct app *, const struct web_conf *, int listen_fd);

#endif
