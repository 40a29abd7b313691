/*
 * import.h - files of readings or devices that people and programs bring.
 *
 * A file is looked at when it comes and kept in the database.  Then somebody
 * says what its columns are, by a plan that leaves nothing open, and the
 * worker makes a dry run of it, which stores nothing, or a run.  A list (see
 * list.h) is made at once, and of people it is kept sealed.
 *
 * `source` is the gateway or device of the credential: it sees its own imports
 * only, and 0 sees those of the tenant.
 */
#ifndef INTAKE_IMPORT_H
#define INTAKE_IMPORT_H

#include "db/db.h"
#include "intake/csv_plan.h"
#include "model/address.h"

enum { IMPORT_PART = 1024 * 1024 };

struct import {
	int32_t id;
	const char *name, *kind; /* "readings", "devices", "assets", "users" */
	const char *look;	 /* JSON, see look_put */
	const char *plan;	 /* JSON, see csv_plan.h; "": there is none */
	const char *state, *why; /* see 0035_import.sql */
	int64_t made_at, ended_at, bytes;
	int64_t rows, done_rows, readings, stored, duplicate, missing, bad;
	int64_t waiting; /* batches that the ledger does not have yet */
};

struct imports {
	struct import *v;
	size_t n;
};

/* What is wrong with a line of the file. */
struct import_error {
	int64_t line;
	const char *column, *code, *detail, *cell;
};

struct import_errors {
	struct import_error *v;
	size_t n;
};

/* The newest first, behind a number, or 0. */
struct err *imports_load(struct imports *, struct tx *, int32_t source,
    int32_t behind, int most) MUST_CHECK;

/* One; ERR_MISSING: there is none of that number. */
struct err *import_load(struct import *, struct tx *, int32_t source,
    int32_t id) MUST_CHECK;
struct err *import_errors_load(struct import_errors *, struct tx *,
    int32_t source, int32_t id, int most) MUST_CHECK;

/* ERR_INPUT, ERR_TOO_BIG: of the file, see csv_open. */
struct err *import_open(int32_t *id, struct tx *, int32_t source,
    const char *name, const char *kind, struct bytes file) MUST_CHECK;

/* The file once more; its look, and the plan that is likely. */
struct err *import_look(struct look *, struct csv *, struct plan *suggested,
    struct tx *, int32_t source, int32_t id) MUST_CHECK;

/*
 * What is to be done with it: "dry", "ready", or "looked", which keeps the
 * plan and no more.  With questions nothing is done but that.  Devices and
 * sensors that are missing are made before a run if the plan says so.
 */
struct err *import_decide(struct questions *, struct tx *, int32_t source,
    int32_t id, struct plan *, const char *became) MUST_CHECK;

/* How a list is to be made. */
struct import_wish {
	bool is_dry;
	bool is_whole; /* nothing of it when one line is wrong */
	/* Of people. */
	bool changes; /* also the roles of who is there already */
	bool mails;   /* an invitation to each who is new */
	struct address_keys keys;
};

/* What became of a line: "made", "changed", "same", "kept", or a code. */
struct import_line {
	int64_t line;
	const char *became, *what;
};

struct import_story {
	struct import_line *v;
	size_t n;
};

/* ERR_REFUSED, ERR_TOO_BIG: of the file, see list_read. */
struct err *import_list(struct tx *, int32_t source, const struct import *,
    const struct import_wish *) MUST_CHECK;

/* Of a list that was made or tried, its first lines. */
struct err *import_story_load(struct import_story *, struct tx *,
    int32_t source, int32_t id, int most) MUST_CHECK;

/*
 * A file of people, which is kept sealed; its head is read at once.  The keys
 * are address.h's.
 */
struct err *import_users_open(int32_t *id, struct tx *, const char *name,
    struct bytes file, const struct address_keys *) MUST_CHECK;

struct err *import_cancel(struct tx *, int32_t source, int32_t id) MUST_CHECK;

#endif
