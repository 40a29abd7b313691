/*
 * web.h - a request, as data, from the socket to the committed answer.
 *
 * A program is a route table; web_main does the rest.  For each request: read
 * it, find its route, pass the gate with the credential it brought, check the
 * permission, run the handler inside the transaction, commit, and only then
 * answer.  A handler owns nothing and may return on any line.
 */
#ifndef WEB_WEB_H
#define WEB_WEB_H

#include "base/buf.h"
#include "base/conf.h"
#include "db/db.h"
#include "web/view.h"

enum {
	BODY_MAX = 1024 * 1024,		/* as it comes */
	INFLATED_MAX = 2 * 1024 * 1024, /* after gzip or deflate */
	BODY_JOINS = 16 * 1024,		/* as it comes, in a round of many */
	ROUND_MAX = 64,			/* requests */
	FIELDS_MAX = 64,
	PARAMS_MAX = 4
};

struct req;
struct res;
struct FCGX_Request;
typedef struct err *handler(struct req *, struct res *);

/*
 * Answer some requests together: each whose answer is made and committed is
 * marked done and is sent then; the others go their ordinary way, one by one,
 * as if nothing had been.  They are read and routed, and have not passed the
 * gate: who they are from, and whether that one may, is for the function to
 * see to (req_key, tx_begin_known).
 */
typedef void together(struct req **, struct res **, size_t n, bool *done);

enum verb { GET, POST, PUT, PATCH, DELETE };

struct route {
	enum verb verb;
	const char *path; /* "/devices/:key"; a :name takes one segment */
	unsigned needs;	  /* of enum can; CAN_NOTHING: open to everyone */
	enum tx_mode tx;  /* TX_NONE: no transaction and no gate */
	handler *run;
};

/* What credentials a program takes. */
enum takes { TAKES_COOKIE = 1, TAKES_KEY = 2 };

struct app {
	const char *name;
	const struct route *routes;
	size_t n;
	unsigned takes;
	const char *login; /* where pages send who is not signed in */
	bool pages;	   /* errors as pages, not problem+json */
	const char *const *templates; /* up to NULL; NULL: none */
	/* How the program frames a page; called before a page is rendered. */
	void (*frame)(struct req *, struct res *);
	/*
	 * A child takes what has arrived meanwhile as well, without waiting,
	 * up to ROUND_MAX requests.  Which of them may be answered together
	 * (the body is there, of at most BODY_JOINS bytes), and by what; NULL:
	 * one by one.
	 */
	bool (*joins)(const struct req *);
	together *together;
};

/* The settings every program has; its own may follow in a larger struct. */
struct web_conf {
	const char *socket;
	const char *database;
	const char *auth_database; /* "": none */
	const char *templates;	   /* "": none */
	const char *assets;	   /* version of the static files */
	const char *lock_dir;	   /* "": none */
	const char *wake;	   /* "": none */
	const char *scratch;	   /* "": none */
	int children;
};

struct field {
	const char *name, *value;
};

struct fields {
	struct field v[FIELDS_MAX];
	size_t n;
};

struct child; /* one process: its connections, templates, FastCGI request */

struct req {
	struct arena *arena; /* of the round */
	struct child *child;
	struct FCGX_Request *fcgi;
	const struct route *route;
	enum verb verb;
	bool head; /* HEAD: a GET whose body is not sent */
	const char *path, *id, *query_text;
	struct fields query, form, params;
	struct bytes body;	    /* as it came, when body_err is set */
	const struct err *body_err; /* why it could not be unpacked, or NULL */
	struct tx *tx;		    /* NULL on routes with TX_NONE */
	struct who who;		    /* of the gate; tenant 0 before it */
	struct bytes session;	    /* the cookie's token; n = 0: none */
};

struct res {
	int status;
	const char *type;
	struct buf headers; /* "Name: value\r\n" each */
	struct buf body;
	struct view *view;
	const char *cache; /* Cache-Control; NULL: no-store */
	size_t sent;	   /* bytes that res_flush has sent; 0: nothing yet */
	bool wake; /* after the commit, tell the worker about the tenant */
};

/* The program: reads its configuration, forks, serves until SIGTERM. */
int web_main(const struct app *, int argc, char **argv);

/* ---- for handlers: what came ---- */

const char *req_header(const struct req *, const char *name); /* "" if none */
const char *req_query(const struct req *, const char *name);  /* NULL if none */
const char *req_form(const struct req *, const char *name);   /* NULL if none */
const char *req_param(const struct req *, const char *name);  /* of the path */

/* Typed query fields: absent gives `fallback`, nonsense 400 with the name. */
struct err *req_time(int64_t *, const struct req *, const char *name,
    int64_t fallback) MUST_CHECK;
struct err *req_int(int64_t *, const struct req *, const char *name,
    int64_t fallback, int64_t min, int64_t max) MUST_CHECK;

/* A gateless connection for the login pages. */
struct db *req_auth_db(const struct req *);

/* For requests that are answered together: the connection, between two tx. */
struct db *req_db(const struct req *);

/* The API key that came, well-formed; n = 0: none. */
struct bytes req_key(const struct req *);
const struct web_conf *req_conf(const struct req *);

/* The token that a form of this session must carry. */
const char *req_csrf(const struct req *);

/* ---- for handlers: what goes back ---- */

void res_header(struct res *, const char *name, const char *value);
struct err *res_goto(struct res *, const char *path) MUST_CHECK; /* 303 */

/* The page `template` with the facts stated in res->view. */
struct err *res_page(struct req *, struct res *,
    const char *template) MUST_CHECK;

/*
 * Answer with this error, and yet commit what the handler has written: a
 * refused body is kept as a dead letter.
 */
void res_refuse(struct req *, struct res *, const struct err *);

/*
 * Send what there is of the body, for answers that are larger than memory;
 * the handler goes on filling the empty body.  From the first call on nothing
 * of the head can change, and an error cuts the connection, so that nobody
 * takes a part for the whole.  ERR_BUSY when the reader has gone.
 */
struct err *res_flush(struct req *, struct res *) MUST_CHECK;

/*
 * For work that is long and bounded, before or between two pieces: only after
 * so many seconds from now is the process taken for stuck.
 */
void req_patience(int seconds);

/* Set or clear the session cookie. */
void res_session(struct req *, struct res *, const struct bytes *token);

#endif
