/*
 * internal.h - what the files of lib/web share; nobody else includes it.
 */
#ifndef WEB_INTERNAL_H
#define WEB_INTERNAL_H

#include <fcgiapp.h>

#include "web/web.h"

#define COOKIE "__Host-fl"

enum { REQUEST_S = 30 }; /* a request, or a piece of one, that takes longer */

struct child {
	const struct app *app;
	const struct web_conf *conf;
	struct db *db, *auth;
	struct views *views;
	FCGX_Request fcgi;
	int wake_fd;
};

/* req.c */
struct err *req_read(struct req *) MUST_CHECK;

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

/* stream.c: end an answer that was begun and cannot be finished */
void stream_cut(struct req *);

/* serve.c: one child, until it is told to stop or has served enough */
void child_run(const struct app *, const struct web_conf *, int listen_fd);

#endif
