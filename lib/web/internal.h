/*
 * internal.h - what the files of lib/web share; nobody else includes it.
 */
#ifndef WEB_INTERNAL_H
#define WEB_INTERNAL_H

#include <fcgiapp.h>

#include "web/baton.h"
#include "web/web.h"

#define COOKIE "__Host-fl"

enum { REQUEST_S = 30 }; /* what takes longer, or a piece of it, is a bug */

/* What all children of a program share. */
struct shared {
	void *own; /* of the program: see app.start */
	struct stats *stats;
	struct baton *batons; /* two a lane; NULL: nobody waits for another */
	int listen_fd;
};

/* A baton that may be ours just now. */
struct hold {
	struct baton *baton; /* NULL: there is none */
	bool is_ours;
};

struct child {
	const struct app *app;
	const struct web_conf *conf;
	const struct shared *shared;
	struct db *db, *auth;
	struct views *views;
	struct job *jobs; /* of a round: ROUND_MAX, or one */
	size_t room;	  /* how many a round takes: it grows and shrinks */
	struct hold gathering, storing;
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
	bool joins; /* it may be answered together with others */
};

/* req.c */
struct err *req_read(struct req *) MUST_CHECK;
/* One more field, empty. */
struct field *fields_add(struct fields *, struct arena *);
/* A parameter of the request, as nginx names it; "" if there is none. */
const char *req_cgi(const struct req *, const char *name);
/* How long its body is to be. */
size_t req_length(const struct req *);

/* body.c: the body, whole and as it was before compression */
struct err *body_take(struct req *) MUST_CHECK;
/* ERR_TOO_BIG: more than INFLATED_MAX or INFLATED_TIMES allow. */
struct err *body_plain(struct bytes *out, struct arena *, const char *coding,
    struct bytes in) MUST_CHECK;

/*
 * key.c: the key or token of the request, from wherever its route takes one,
 * and be it malformed; NULL: none
 */
const char *key_of(const struct req *);

/* route.c: 404, or 405 and *allow says what would do */
struct err *route_find(struct req *, const struct app *,
    const char **allow) MUST_CHECK;
void routes_print(const struct app *);

/*
 * gate.c: ERR_LOGIN without a credential, ERR_FORBIDDEN without the right.
 * Who only reads with a key that has passed before is let in on the answer of
 * that time, and the database is asked about it together with what comes next.
 */
struct err *gate_pass(struct req *) MUST_CHECK;

/*
 * After an error of anything behind the gate: was it before the database had
 * let this request in?  Then nothing was done, the error means nothing, and
 * the gate is to be passed again, where it is waited for.
 */
bool gate_again(struct req *);

/*
 * passed.c: what the gate answered to a key, kept as long as the connection;
 * false: it is not known.
 */
bool passed_find(struct known *, struct db *, struct bytes key);
void passed_keep(struct db *, struct bytes key, const struct who *);

/* token.c: the sid of an access token, once its signature has been checked */
struct err *token_sid(struct bytes *sid, const struct req *,
    const char *bearer) MUST_CHECK;

/* sign.c: ERR_LOGIN when the key's requests must be signed and this is not */
struct err *sign_check(struct req *) MUST_CHECK;

/*
 * limit.c: before there are children; and what an answer says of its limits,
 * as header lines.
 */
void limit_start(void);
const char *limit_headers(struct arena *, const struct pace *);

/*
 * cors.c: answers a script's question whether it may ask, where `allow` is what
 * the path takes; false: it may not, or it is no such question.  And whether
 * the tenant lets the script read the answer.
 */
bool cors_preflight(struct req *, struct res *, const char *allow);
struct err *cors_mark(struct req *) MUST_CHECK;

/* touch.c: after the answer, note that the credential was used */
void touch_after(struct req *);

/*
 * refused.c: after the answer, write down that somebody's credential was
 * presented in vain; who presented it learns nothing of it.
 */
void refused_after(struct req *, const struct err *failed);

/* source.c: what the handler has not said of its data */
struct err *source_settle(struct req *, struct res *) MUST_CHECK;

/* res.c */
void res_error(struct req *, struct res *, const struct err *,
    const char *allow);
/* To the sign-in page, and back here afterwards. */
void res_login(struct req *, struct res *, const char *login);
/* To the page that asks who it is once more, and back. */
void res_confirm(struct req *, struct res *);
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

/* prefork.c: of enum sandbox, by what the program and its settings need */
unsigned child_may(const struct app *, const struct web_conf *);

/*
 * serve.c: one child, the i-th, until it is told to stop or has served enough;
 * and how many lanes so many children go in.
 */
void child_run(const struct app *, const struct web_conf *,
    const struct shared *, int i);
int child_lanes(int children);

#endif
