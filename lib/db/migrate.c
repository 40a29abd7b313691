#include "db/migrate.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/hex.h"

enum { FILES_MAX = 9999, TRIES = 10 };

#define SAY "The database could not be migrated."

/* A deadlock is nobody's fault: who is ended over it may begin anew. */
static enum err_kind
kind_of(const PGresult *r)
{
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);

	return state != NULL && strcmp(state, "40P01") == 0 ? ERR_BUSY
							    : ERR_BUG;
}

/* Statements of our own text only, several at a time: what PQexec is for. */
static struct err *
run(PGconn *c, const char *sql, const char *what)
{
	PGresult *r = PQexec(c, sql);
	ExecStatusType s = PQresultStatus(r);
	enum err_kind kind = kind_of(r);

	PQclear(r);
	if (s == PGRES_COMMAND_OK || s == PGRES_TUPLES_OK)
		return NULL;
	return err_raise(kind, SAY, "%s: %s", what, PQerrorMessage(c));
}

static struct err *
read_file(struct buf *out, struct arena *a, const char *path)
{
	char piece[8192];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_raise(ERR_BUG, SAY, "%s: %s", path, strerror(errno));
	*out = buf_new(a, sizeof(piece));
	while ((n = read(fd, piece, sizeof(piece))) > 0)
		buf_put(out, piece, (size_t)n);
	(void)close(fd);
	return NULL;
}

static const char *
digest(struct arena *a, const struct buf *b)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	(void)EVP_Digest(b->p, b->n, md, &n, EVP_sha256(), NULL);
	return hex_text(a, (struct bytes){ md, 32 });
}

/* The digest a file had when it ran; NULL when it has not run. */
static struct err *
recorded(const char **out, struct arena *a, PGconn *c, const char *name)
{
	const char *values[] = { name };
	PGresult *r = NULL;

	*out = NULL;
	if (PQsendQueryParams(c,
		"SELECT digest FROM ctx.migration WHERE name = $1", 1, NULL,
		values, NULL, NULL, 0) == 1)
		r = PQgetResult(c);
	if (PQresultStatus(r) == PGRES_TUPLES_OK && PQntuples(r) == 1)
		*out = arena_text(a, PQgetvalue(r, 0, 0));
	if (PQresultStatus(r) != PGRES_TUPLES_OK) {
		PQclear(r);
		return err_raise(ERR_BUG, SAY, "%s: %s", name,
		    PQerrorMessage(c));
	}
	PQclear(r);
	PQclear(PQgetResult(c));
	return NULL;
}

/* Does the file say that it was this one, before it was mended? */
static bool
was(struct arena *a, const struct buf *sql, const char *before)
{
	return strstr((const char *)sql->p,
		   arena_printf(a, "\n-- was %s\n", before)) != NULL;
}

static struct err *
apply(int *applied, struct arena *a, PGconn *c, const char *folder,
    const char *name)
{
	const char *path = arena_printf(a, "%s/migrate/%s", folder, name);
	const char *now, *before;
	struct buf sql;
	struct err *e;

	if ((e = read_file(&sql, a, path)) != NULL)
		return err_pass(e);
	now = digest(a, &sql);
	if ((e = recorded(&before, a, c, name)) != NULL)
		return err_pass(e);
	if (before != NULL &&
	    (strcmp(before, now) == 0 || was(a, &sql, before)))
		return NULL;
	if (before != NULL)
		return err_raise(ERR_BUG, SAY,
		    "%s was changed after it had run; restore it and write a "
		    "new one",
		    name);
	if ((e = run(c, "BEGIN", name)) != NULL ||
	    (e = run(c, (const char *)sql.p, name)) != NULL ||
	    (e = run(c,
		 arena_printf(a,
		     "SET LOCAL ROLE fl_ctx; INSERT INTO ctx.migration "
		     "(name, digest) VALUES ('%s', '%s'); COMMIT",
		     name, now),
		 name)) != NULL)
		return err_pass(e);
	(*applied)++;
	return NULL;
}

/* NNNN_words.sql, and nothing that would need quoting. */
static int
is_migration(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return n > 9 && strspn(d->d_name, "0123456789") == 4 &&
	       strcmp(d->d_name + n - 4, ".sql") == 0 &&
	       strspn(d->d_name, "abcdefghijklmnopqrstuvwxyz0123456789_.") == n;
}

static struct err *
run_file(struct arena *a, PGconn *c, const char *folder, const char *name)
{
	struct buf text;
	struct err *e;

	if ((e = read_file(&text, a, arena_printf(a, "%s/%s", folder, name))) !=
		NULL ||
	    (e = run(c, (const char *)text.p, name)) != NULL)
		return err_pass(e);
	return NULL;
}

static struct err *
give(struct arena *a, PGconn *c, const char *folder)
{
	struct err *e;

	if ((e = run(c, "BEGIN", "policy.sql")) != NULL ||
	    (e = run_file(a, c, folder, "policy.sql")) != NULL ||
	    (e = run_file(a, c, folder, "grant.sql")) != NULL ||
	    (e = run(c, "COMMIT", "grant.sql")) != NULL)
		return err_pass(e);
	return NULL;
}

/*
 * They lock one table after the other, each of which somebody at work may have,
 * who wants one of those that are locked already.
 */
static struct err *
give_again(struct arena *a, PGconn *c, const char *folder)
{
	struct err *e = give(a, c, folder);
	int i;

	for (i = 1; i < TRIES && e != NULL && e->kind == ERR_BUSY; i++) {
		PQclear(PQexec(c, "ROLLBACK"));
		e = give(a, c, folder);
	}
	return e != NULL ? err_pass(e) : NULL;
}

static struct err *
all(int *applied, struct arena *a, PGconn *c, const char *folder)
{
	struct dirent **files;
	struct err *e = NULL;
	int n, i;

	n = scandir(arena_printf(a, "%s/migrate", folder), &files, is_migration,
	    alphasort);
	if (n <= 0)
		return err_raise(ERR_BUG, SAY, "no migrations in %s", folder);
	for (i = 0; i < n; i++) {
		if (e == NULL)
			e = apply(applied, a, c, folder, files[i]->d_name);
		free(files[i]);
	}
	free(files);
	if (e != NULL || (e = give_again(a, c, folder)) != NULL)
		return err_pass(e);
	return NULL;
}

/* How many files have not run, and the first that ran and is another now. */
static struct err *
compare(int *missing, const char **changed, struct arena *a, PGconn *c,
    const char *folder)
{
	const char *before;
	struct dirent **files;
	struct err *e = NULL;
	struct buf sql;
	int n, i;

	n = scandir(arena_printf(a, "%s/migrate", folder), &files, is_migration,
	    alphasort);
	if (n <= 0)
		return err_raise(ERR_BUG, SAY, "no migrations in %s", folder);
	for (i = 0; i < n; i++) {
		const char *name = arena_text(a, files[i]->d_name);

		free(files[i]);
		if (e != NULL ||
		    (e = read_file(&sql, a,
			 arena_printf(a, "%s/migrate/%s", folder, name))) !=
			NULL ||
		    (e = recorded(&before, a, c, name)) != NULL)
			continue;
		if (before == NULL)
			(*missing)++;
		else if (*changed == NULL && strcmp(before, digest(a, &sql)))
			*changed = name;
	}
	free(files);
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
migrate_look(int *missing, const char **changed, struct arena *a,
    const char *conninfo, const char *folder)
{
	PGconn *c = PQconnectdb(conninfo);
	struct err *e;

	*missing = 0;
	*changed = NULL;
	if (PQstatus(c) != CONNECTION_OK)
		e = err_raise(ERR_BUSY, "The database is away.", "connect: %s",
		    PQerrorMessage(c));
	else
		e = compare(missing, changed, a, c, folder);
	PQfinish(c);
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
migrate_run(int *applied, struct arena *a, const char *conninfo,
    const char *folder)
{
	PGconn *c = PQconnectdb(conninfo);
	struct err *e = NULL;

	*applied = 0;
	if (PQstatus(c) != CONNECTION_OK)
		e = err_raise(ERR_BUSY, SAY, "connect: %s", PQerrorMessage(c));
	else if (PQserverVersion(c) < 150020)
		e = err_raise(ERR_BUG, SAY,
		    "PostgreSQL 15.20 or newer is required, this is %d",
		    PQserverVersion(c));
	if (e == NULL && (e = run(c,
			      "SET client_min_messages = warning;"
			      "SELECT pg_advisory_lock(4670201);"
			      "SET ROLE fl_ctx;"
			      "CREATE SCHEMA IF NOT EXISTS ctx;"
			      "CREATE TABLE IF NOT EXISTS ctx.migration ("
			      " name text PRIMARY KEY, digest text NOT NULL,"
			      " at timestamptz NOT NULL DEFAULT now());"
			      "GRANT USAGE ON SCHEMA ctx TO fl_migrator;"
			      "GRANT SELECT ON ctx.migration TO fl_migrator;"
			      "RESET ROLE",
			      "prepare")) == NULL)
		e = all(applied, a, c, folder);
	PQfinish(c);
	return e != NULL ? err_pass(e) : NULL;
}
