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
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/hex.h"

enum {
	TRIES = 60,
	PAUSE_MS = 500, /* between two tries; as long waits one for a lock */
};

#define SAY "The database could not be migrated."

struct part {
	const char *name, *sql;
};

/* Statements of our own text only, several at a time: what PQexec is for. */
static struct err *
run(PGconn *c, const char *sql, const char *what)
{
	PGresult *r = PQexec(c, sql);
	ExecStatusType s = PQresultStatus(r);
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
	bool is_held = state != NULL && (strcmp(state, "55P03") == 0 ||
					    strcmp(state, "40P01") == 0);

	PQclear(r);
	if (s == PGRES_COMMAND_OK || s == PGRES_TUPLES_OK)
		return NULL;
	return err_raise(is_held ? ERR_BUSY : ERR_BUG, SAY, "%s: %s", what,
	    PQerrorMessage(c));
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

/* One transaction. */
static struct err *
once(PGconn *c, const struct part *part, size_t n)
{
	struct err *e = run(c, "BEGIN", part[0].name);
	size_t i;

	for (i = 0; e == NULL && i < n; i++)
		e = run(c, part[i].sql, part[i].name);
	if (e != NULL || (e = run(c, "COMMIT", part[0].name)) != NULL)
		return err_pass(e);
	return NULL;
}

/*
 * Until the locks are there, a minute long: who waits for one has everybody
 * behind him, and with several may be in a ring of waiting.
 */
static struct err *
insist(PGconn *c, const struct part *part, size_t n)
{
	const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };
	struct err *e;
	int i;

	for (i = 1; (e = once(c, part, n)) != NULL; i++) {
		if (e->kind != ERR_BUSY || i == TRIES)
			return err_pass(e);
		if ((e = run(c, "ROLLBACK", part[0].name)) != NULL)
			return err_pass(e);
		(void)nanosleep(&pause, NULL);
	}
	return NULL;
}

static struct err *
apply(int *applied, struct arena *a, PGconn *c, const char *folder,
    const char *name)
{
	const char *path = arena_printf(a, "%s/migrate/%s", folder, name);
	const char *now, *before;
	struct part part[2];
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
	part[0] = (struct part){ name, (const char *)sql.p };
	part[1] = (struct part){ name,
		arena_printf(a,
		    "SET LOCAL ROLE fl_ctx; INSERT INTO ctx.migration "
		    "(name, digest) VALUES ('%s', '%s')",
		    name, now) };
	if ((e = insist(c, part, 2)) != NULL)
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

/* Who may do what. */
static struct err *
give(struct arena *a, PGconn *c, const char *folder)
{
	static const char *const name[] = { "policy.sql", "grant.sql" };
	struct part part[2];
	struct buf text;
	struct err *e;
	size_t i;

	for (i = 0; i < 2; i++) {
		if ((e = read_file(&text, a,
			 arena_printf(a, "%s/%s", folder, name[i]))) != NULL)
			return err_pass(e);
		part[i] = (struct part){ name[i], (const char *)text.p };
	}
	if ((e = insist(c, part, 2)) != NULL)
		return err_pass(e);
	return NULL;
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
	if (e != NULL || (e = give(a, c, folder)) != NULL)
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
			      "RESET ROLE;"
			      "SET lock_timeout = '500ms'",
			      "prepare")) == NULL)
		e = all(applied, a, c, folder);
	PQfinish(c);
	return e != NULL ? err_pass(e) : NULL;
}
