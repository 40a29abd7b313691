/*
 * err.h - an error is a value a function returns; NULL is success.
 *
 * Each thread has one slot, so raising cannot fail and dropping cannot leak.
 * `say` may be shown to the user, `why` goes to the log and nowhere else.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

enum err_kind {	       /* one HTTP status each, see err_status() */
	ERR_INPUT,     /* 400 the caller sent nonsense */
	ERR_LOGIN,     /* 401 we do not know who this is */
	ERR_FORBIDDEN, /* 403 we know, and the answer is no */
	ERR_MISSING,   /* 404 no such row for this tenant */
	ERR_METHOD,    /* 405 that path, but not that verb */
	ERR_CONFLICT,  /* 409 somebody else got there first */
	ERR_TOO_BIG,   /* 413 */
	ERR_REFUSED,   /* 422 well formed, and still not acceptable */
	ERR_LIMIT,     /* 429 later, or less at once */
	ERR_QUOTA,     /* 429 no more of it, until there is more to have */
	ERR_STEP_UP,   /* 403 confirm first that it is you */
	ERR_BUSY,      /* 503 safe to retry */
	ERR_BUG,       /* 500 our fault */
	ERR_KINDS
};

struct err {
	enum err_kind kind;
	char say[192];
	char why[512];
	char trace[256]; /* "alert.c:31 < serve.c:88" */
};

/*
 * Fill this thread's slot and return it.  `say` is a plain sentence; `why` is
 * a format with its arguments.
 */
#define err_raise(kind, say, ...) \
	err_raise_at(kind, say, __FILE__, __LINE__, __VA_ARGS__)

/* Add the caller's place to the trace and hand the error on. */
#define err_pass(e) err_pass_at(e, __FILE__, __LINE__)

struct err *err_raise_at(enum err_kind, const char *say, const char *file,
    int line, const char *why, ...) PRINTF_LIKE(5, 6);
struct err *err_pass_at(struct err *, const char *file, int line);

/* Replace the sentence shown to the user, as in "readings[3].value: ...". */
struct err *err_say(struct err *, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Clean-up that may itself fail keeps the error that is under way. */
struct err err_keep(void);
void err_restore(const struct err *);

int err_status(enum err_kind);	      /* the HTTP status of a kind */
const char *err_title(enum err_kind); /* its short name, "Not found" */
const char *err_code(enum err_kind);  /* its stable code, "not_found" */

#endif
