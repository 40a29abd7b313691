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
	BODY_MAX = 1024 * 1024,		 /* as it comes */
	INFLATED_MAX = 16 * 1024 * 1024, /* after gzip, deflate or zstd */
	INFLATED_FREE = 64 * 1024, /* beyond that, at most so many times */
	INFLATED_TIMES = 100,	   /* the bytes that came */
	/* As it comes, in a round of many; nginx has that much in memory. */
	BODY_JOINS = 128 * 1024,
	ROUND_MAX = 64,	       /* requests */
	FIELDS_MAX = 64,       /* of an address, or of a form without files */
	FORM_PARTS_MAX = 3072, /* of a form with files */
	PARAMS_MAX = 4
};

struct req;
struct res;
struct web_conf;
struct stats;
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

enum verb { GET, POST, PUT, PATCH, DELETE, OPTIONS };

/* What a route asks for besides its permission. */
enum guard {
	PLAIN = 0,
	FRESH = 1, /* who it is was confirmed minutes ago */
	LOCAL = 2, /* to hold the permission somewhere is enough, since row
		    * security leaves only what it holds for; else it must hold
		    * in the whole tenant */
	/*
	 * Where else an API key may be, for senders that can say it in no
	 * header of ours: in the password of Basic, or, if query_keys says so,
	 * in ?p= or ?token=; or nowhere but in the :token of the path.
	 */
	BASIC = 4,
	PATHKEY = 8
};

struct route {
	enum verb verb;
	const char *path; /* "/devices/:key"; a :name takes one segment */
	enum can needs;	  /* CAN_NOTHING: whoever is signed in */
	unsigned guard;	  /* of enum guard */
	enum tx_mode tx;  /* TX_NONE: no transaction, no gate: everyone */
	handler *run;
};

/* What credentials a program takes. */
enum takes { TAKES_COOKIE = 1, TAKES_KEY = 2 };

struct app {
	const char *name;
	const struct route *routes;
	size_t n;
	unsigned takes;
	unsigned may;	   /* of enum sandbox, besides what settings ask for */
	size_t body_max;   /* bytes as they come; 0: BODY_MAX */
	const char *login; /* where pages send who is not signed in */
	bool pages;	   /* errors are pages, but below /api/ */
	const char *const *templates; /* up to NULL; NULL: none */
	/* How the program frames a page; called before a page is rendered. */
	void (*frame)(struct req *, struct res *);
	/*
	 * What all children share, made before there are any: req_own.  NULL:
	 * nothing.
	 */
	struct err *(
	    *start)(void **own, struct arena *, const struct web_conf *);
	/*
	 * A request is about to be answered with ERR_BUSY; its body came whole
	 * and nothing was sent.  May answer otherwise: then true.  There is no
	 * transaction, and req->who is nobody; only req->gate is as it was.
	 * It also hears of ERR_LOGIN and ERR_FORBIDDEN, and answers false.
	 */
	bool (*rescue)(struct req *, struct res *, const struct err *);
	/*
	 * Say an error as its sender understands it.  Status and headers are
	 * those of the error and may be changed; the body is empty.  The route
	 * is NULL when none was found.  False: it is said as ever.
	 */
	bool (*say)(struct req *, struct res *, const struct err *);
	/*
	 * A child takes what has arrived meanwhile as well, without waiting,
	 * up to ROUND_MAX requests.  Which of them may be answered together
	 * (the body is there, of at most BODY_JOINS bytes), and by what; NULL:
	 * one by one.  Asked once a request, while other rounds are under way:
	 * what was worked out by then may be left at req->joins.
	 */
	bool (*joins)(struct req *);
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
	const char *exports;	   /* folder; "": none */
	const char *profiles;	   /* folder; "": none */
	const char *server_ca; /* file; "": our certificate is a public one's */
	const char *origin;    /* "https://host:port" of people and tokens */
	const char *master_key;	 /* file; "": nothing sealed is opened */
	const char *token_keys;	 /* folder: private in auth, else public */
	const char *request_key; /* file; "": no request can be signed */
	const char *index_key;	 /* file; "": no address is looked up */
	const char *smtp;	 /* "": no mail is sent */
	const char *spool;	 /* folder; "": an outage is a 503 */
	const char *state;	 /* file: what the worker sees of all */
	const char *stat;	 /* file of the counters; "": none */
	int spool_mb;
	int fetch_private; /* providers may have private addresses */
	int query_keys;	   /* keys may be in the address: see BASIC */
	int children;
};

struct field {
	const char *name, *value;
};

struct fields {
	struct field *v;
	size_t n, room;
};

struct child; /* one process: its connections, templates, FastCGI request */

/* What the answer says of the limit that is nearest to its end. */
struct pace {
	const char *of; /* NULL: there is no limit */
	int64_t rate, left, full_s;
};

struct req {
	struct arena *arena; /* of the round */
	int64_t arrived;     /* one instant, whoever asks how often */
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
	struct gate gate;	    /* the credential that was chosen */
	struct who who;		    /* of the gate; tenant 0 before it */
	const char *cors;     /* whose script may read the answer, or NULL */
	int retry_after_s;    /* with a 429; 0: not known */
	struct pace pace;     /* goes with every answer */
	bool is_counted;      /* among the requests of its limits */
	bool is_paid;	      /* and so is all that it brings */
	bool in_doubt;	      /* that what is known of the key holds */
	void *joins;	      /* see app.joins; NULL: nothing */
	struct bytes session; /* the cookie's token; n = 0: none */
	/* See req_refused: kind and name of what was; NULL: nothing. */
	const char *refused_kind, *refused_id;
};

struct res {
	int status; /* 204 and 304 go without type and body */
	const char *type;
	struct buf headers; /* "Name: value\r\n" each */
	struct buf body;
	struct view *view;
	const char *cache;  /* Cache-Control; NULL: no-store */
	const char *source; /* X-Data-Source; NULL: nothing is said of it */
	bool is_settled;    /* it has been looked for */
	size_t sent;	    /* bytes that res_flush has sent; 0: nothing yet */
	bool wake; /* after the commit, tell the worker about the tenant */
};

/* The program: reads its configuration, forks, serves until SIGTERM. */
int web_main(const struct app *, int argc, char **argv);

/* The frame of a program whose pages have nothing else in it. */
void frame_basic(struct req *, struct res *);

/* Here.users_read and its like, for a page that is about one thing. */
void frame_here(struct req *, struct res *, uint64_t can);

/* ---- for handlers: what came ---- */

/* The address it came from; NULL when it is not known. */
const char *req_remote(const struct req *);

/*
 * Has whoever asked gone away meanwhile?  Then the answer has no reader; what
 * is costly and writes nothing down need not be begun.
 */
bool req_gone(const struct req *);

/* Is it below /api/, and so answered with problem+json? */
bool req_is_api(const struct req *);

const char *req_header(const struct req *, const char *name); /* "" if none */
const char *req_query(const struct req *, const char *name);  /* NULL if none */
const char *req_form(const struct req *, const char *name);   /* NULL if none */
const char *req_param(const struct req *, const char *name);  /* of the path */

/*
 * A file of a multipart form, and its name at the sender; its other parts are
 * fields of the form.  ERR_INPUT: there is none of that name.
 */
struct err *req_file(struct bytes *, const char **called, const struct req *,
    const char *name) MUST_CHECK;

/* What a person typed into a form, without blanks around it; "" if nothing. */
const char *req_typed(const struct req *, const char *name);

/* Typed query fields: absent gives `fallback`, nonsense 400 with the name. */
/* A whole number from 1 to the most, as addresses and forms carry one; 0: the
 * text is none. */
int64_t number_typed(const char *, int64_t most);
/* A number as typed, with a point or a comma; NaN: the text is none. */
double real_typed(struct arena *, const char *);
struct err *req_time(int64_t *, const struct req *, const char *name,
    int64_t fallback) MUST_CHECK;
struct err *req_int(int64_t *, const struct req *, const char *name,
    int64_t fallback, int64_t min, int64_t max) MUST_CHECK;

/* A gateless connection for the login pages. */
struct db *req_auth_db(const struct req *);

/* What the program's start made. */
void *req_own(const struct req *);

/* The counters of all programs; may be NULL, see base/stat.h. */
struct stats *req_stats(const struct req *);

/* For requests that are answered together: the connection, between two tx. */
struct db *req_db(const struct req *);

/*
 * What a round of requests stores is stored but for its commit: the next round
 * need not wait for it any longer.
 */
void req_hand_on(const struct req *);

/*
 * The API key that came, well-formed, from wherever its route takes one; n = 0:
 * none.
 */
struct bytes req_key(const struct req *);

/*
 * The certificate, DER, whose key the sender has by TLS; n = 0: none.  Who has
 * signed it nobody has asked.
 */
struct bytes req_cert(const struct req *);
const struct web_conf *req_conf(const struct req *);

/*
 * Readings that the request brings count against the limits of its credential
 * and tenant; backlog: those of them that are old.  ERR_LIMIT: too many.
 */
struct err *limit_pass(struct req *, size_t readings,
    size_t backlog) MUST_CHECK;

/*
 * So many bytes of the tenant's are to be kept because they were refused;
 * false: it is too much a minute, and only their beginnings are.
 */
bool limit_letters(const struct req *, size_t bytes);

/* Is there any limit? */
bool limit_any(const struct limits *);

/* What a request costs: itself, its readings, and of those the old ones. */
struct load {
	size_t requests, live, backlog;
};

/*
 * The same before the gate, for who is known and has limits.  False: it is too
 * much, nothing was counted, and the ordinary way will say so.
 */
bool limit_take(struct req *, const struct who *, const struct load *);

/*
 * Commit what was done so far, and go on in another transaction of the same
 * credential: what is to be sent slowly has been written down before, and
 * holds nothing of it meanwhile.
 */
struct err *req_commit(struct req *, enum tx_mode next) MUST_CHECK;

/*
 * The two halves of it, for what takes long in between: no transaction is open
 * then, and what was read before still stands in the request's arena.
 */
struct err *req_leave(struct req *) MUST_CHECK;
struct err *req_enter(struct req *, enum tx_mode) MUST_CHECK;

/*
 * Somebody gave the address of this index to sign in, or, with the secret of
 * this session, a code or the password once more, or this certificate without
 * its key, and was refused: whoever's it is gets to know, after the answer and
 * at most once a minute.
 */
void req_refused(struct req *, const char *index);
void req_refused_cert(struct req *, struct bytes der);
void req_refused_session(struct req *, struct bytes secret);

/* The token that a form of this session must carry. */
const char *req_csrf(const struct req *);

/* ---- for handlers: what goes back ---- */

void res_header(struct res *, const char *name, const char *value);

/*
 * "X-Data-Source: simulation" when anything in the answer is simulated, else
 * "field".  Of a route that shows devices or their data and does not say it,
 * it is found out: by the device in its path or query, or by whether there is
 * any simulated one that may be seen; its page then has the band as well.
 */
void res_source(struct res *, bool simulated);
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
