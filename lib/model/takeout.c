#include "model/takeout_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/hex.h"
#include "query.h"
#include "trust/anchor.h"

#define TELL (10 * CLOCK_S) /* between two words of how far it is */

enum {
	PAGE = 2000, /* rows of a table at once */
	PIECE = 256 * 1024,
	MANIFEST = 64 * 1024
};

struct err *
takeout_begin(struct tx **tx, struct take *t, struct arena *a,
    enum tx_mode mode)
{
	struct gate g = { .kind = GATE_WORKER, .tenant = t->of->tenant };
	struct err *e = tx_begin(tx, t->of->db, a, &g, mode);

	return e != NULL ? err_pass(e) : NULL;
}

/* One more of a list, on a line of its own. */
static void
next(struct buf *m)
{
	buf_text(m, m->p[m->n - 1] == '[' ? "\n" : ",\n");
}

/* How far it is, now and then. */
static struct err *
tell(struct take *t, const char *place)
{
	struct tx *tx;
	struct err *e;

	if (env_mono() < t->told + TELL)
		return NULL;
	t->told = env_mono();
	if ((e = takeout_begin(&tx, t, t->scratch, TX_WRITE)) != NULL)
		return err_pass(e);
	if ((e = tx_send(tx, &q_export_step,
		 ARGS(A((int)t->of->export), A(t->of->as), A(place),
		     A(tar_size(t->tar))))) != NULL ||
	    (e = tx_commit(tx)) != NULL) {
		tx_rollback(tx);
		return err_pass(e);
	}
	return NULL;
}

struct err *
takeout_end(struct take *t, const char *name, int64_t rows)
{
	struct buf *m = &t->manifest;
	struct tar_file f;
	struct err *e;

	if ((e = tar_end(&f, t->tar)) != NULL)
		return err_pass(e);
	next(m);
	buf_printf(m, "{\"name\":\"%s\",\"bytes\":%lld", name,
	    (long long)f.bytes);
	if (rows >= 0)
		buf_printf(m, ",\"lines\":%lld", (long long)rows);
	buf_printf(m, ",\"sha256\":\"%s\"}", f.sha256);
	return tell(t, name);
}

/* ---- tables ---- */

/* The next rows behind a key, which moves on. */
static struct err *
page(int *n, char **key, struct take *t, const char *relation)
{
	struct err *e;
	struct rows *r;
	struct tx *tx;
	int i;

	if ((e = takeout_begin(&tx, t, t->scratch, TX_READ)) != NULL)
		return err_pass(e);
	if ((e = tx_rows(&r, tx, &q_export_page,
		 ARGS(A(relation), A((const char *)*key), A(PAGE)))) != NULL ||
	    (e = tx_commit(tx)) != NULL) {
		tx_rollback(tx);
		return err_pass(e);
	}
	*n = rows_count(r);
	for (i = 0; i < *n; i++) {
		const char *line = rows_text(r, i, EXPORT_PAGE_LINE);

		if ((e = tar_put(t->tar, line, strlen(line))) != NULL ||
		    (e = tar_put(t->tar, "\n", 1)) != NULL)
			return err_pass(e);
	}
	if (*n > 0)
		*key =
		    arena_text(t->own, rows_text(r, *n - 1, EXPORT_PAGE_KEY));
	return NULL;
}

static struct err *
table(struct take *t, const char *relation)
{
	const char *name = arena_printf(t->own, "tables/%s.jsonl", relation);
	char *key = NULL;
	int64_t rows = 0;
	struct err *e;
	int n = PAGE;

	if ((e = tar_begin(t->tar, name)) != NULL)
		return err_pass(e);
	while (n == PAGE) {
		e = page(&n, &key, t, relation);
		arena_reset(t->scratch);
		if (e != NULL || (e = tell(t, name)) != NULL)
			return err_pass(e);
		rows += n;
	}
	return takeout_end(t, name, rows);
}

/* A table that is not taken, or columns of it, are said to be missing. */
static void
left_out(struct buf *m, const struct rows *r, int i)
{
	bool taken = rows_bool(r, i, EXPORT_TABLES_TAKEN);
	const char *out = rows_text(r, i, EXPORT_TABLES_LEFT_OUT);

	if (taken && strcmp(out, "[]") == 0)
		return;
	next(m);
	buf_printf(m, "{\"table\":\"%s\"",
	    rows_text(r, i, EXPORT_TABLES_RELATION));
	if (taken)
		buf_printf(m, ",\"columns\":%s", out);
	buf_byte(m, '}');
}

/* All tables, as lines of JSON. */
static struct err *
tables(struct take *t)
{
	struct buf *m = &t->manifest;
	struct rows *r;
	struct err *e;
	struct tx *tx;
	int i;

	if ((e = takeout_begin(&tx, t, t->own, TX_READ)) != NULL)
		return err_pass(e);
	if ((e = tx_rows(&r, tx, &q_export_tables, NO_ARGS)) != NULL ||
	    (e = tx_commit(tx)) != NULL) {
		tx_rollback(tx);
		return err_pass(e);
	}
	buf_text(m, ",\"leftOut\":[");
	for (i = 0; i < rows_count(r); i++)
		left_out(m, r, i);
	buf_text(m, "],\n\"files\":[");
	for (i = 0; i < rows_count(r); i++)
		if (rows_bool(r, i, EXPORT_TABLES_TAKEN) &&
		    (e = table(t, rows_text(r, i, EXPORT_TABLES_RELATION))) !=
			NULL)
			return err_pass(e);
	return NULL;
}

/* ---- what retention has put away ---- */

static struct err *
copy(struct take *t, const char *path, const char *name)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	unsigned char *piece = arena_alloc(t->scratch, PIECE);
	struct err *e;
	ssize_t n = -1;

	if (fd < 0)
		return err_raise(ERR_BUSY, "An archive cannot be read.",
		    "%s: %s", path, strerror(errno));
	if ((e = tar_begin(t->tar, name)) == NULL)
		while (e == NULL && (n = read(fd, piece, PIECE)) > 0)
			e = tar_put(t->tar, piece, (size_t)n);
	if (e == NULL && n < 0)
		e = err_raise(ERR_BUSY, "An archive cannot be read.", "%s: %s",
		    path, strerror(errno));
	(void)close(fd);
	arena_reset(t->scratch);
	return e != NULL ? err_pass(e) : takeout_end(t, name, -1);
}

#define OURS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"

/* The files below a folder that have names of ours, two levels of it. */
static struct err *
archives(struct take *t, const char *folder, const char *name, int level)
{
	DIR *d = opendir(folder);
	const struct dirent *f;
	struct err *e = NULL;

	if (d == NULL)
		return NULL;
	while (e == NULL && (f = readdir(d)) != NULL) {
		const char *path, *called;

		if (strspn(f->d_name, OURS) != strlen(f->d_name) ||
		    *f->d_name == '.')
			continue;
		path = arena_printf(t->own, "%s/%s", folder, f->d_name);
		called = arena_printf(t->own, "%s/%s", name, f->d_name);
		if (level > 0)
			e = archives(t, path, called, level - 1);
		else if (strstr(f->d_name, ".part") == NULL)
			e = copy(t, path, called);
	}
	(void)closedir(d);
	return e != NULL ? err_pass(e) : NULL;
}

/* ---- the manifest ---- */

static struct err *
begin_manifest(struct take *t)
{
	struct buf *m = &t->manifest;
	struct rows *r;
	struct err *e;
	struct tx *tx;

	if ((e = takeout_begin(&tx, t, t->own, TX_READ)) != NULL)
		return err_pass(e);
	if ((e = tx_rows(&r, tx, &q_export_head,
		 ARGS(A((int)t->of->tenant)))) != NULL ||
	    (e = tx_commit(tx)) != NULL) {
		tx_rollback(tx);
		return err_pass(e);
	}
	if (rows_count(r) == 0)
		return err_raise(ERR_MISSING, "There is no such tenant.",
		    "tenant %d", t->of->tenant);
	*m = buf_new(t->own, MANIFEST);
	buf_printf(m,
	    "{\"format\":\"fl-export-1\",\"tenant\":%d,\"name\":%s,"
	    "\"madeAt\":\"%s\",\"auditSeq\":%lld,\"auditHash\":\"%s\","
	    "\"note\":\"Secrets are not in it: passwords, keys, tokens, "
	    "their hashes, and whatever is sealed, but for addresses; "
	    "leftOut names the tables and columns.\"",
	    (int)t->of->tenant, rows_text(r, 0, EXPORT_HEAD_NAME),
	    clock_iso(t->own, env_now()),
	    (long long)rows_int(r, 0, EXPORT_HEAD_SEQ),
	    rows_text(r, 0, EXPORT_HEAD_HASH));
	return NULL;
}

static struct err *
end_manifest(struct take *t)
{
	struct buf *m = &t->manifest, sig = buf_new(t->own, 512);
	struct bytes signature;
	struct tar_file f;
	const char *kid;
	struct err *e;

	buf_text(m, "\n]}\n");
	if ((e = text_sign(&kid, &signature, t->own, t->of->keys,
		 (struct bytes){ m->p, m->n })) != NULL)
		return err_pass(e);
	buf_printf(&sig, "{\"kid\":\"%s\",\"signature\":\"", kid);
	hex_put(&sig, signature);
	buf_text(&sig, "\"}\n");
	if ((e = tar_begin(t->tar, "manifest.json")) != NULL ||
	    (e = tar_put(t->tar, m->p, m->n)) != NULL ||
	    (e = tar_end(&f, t->tar)) != NULL ||
	    (e = tar_begin(t->tar, "manifest.sig.json")) != NULL ||
	    (e = tar_put(t->tar, sig.p, sig.n)) != NULL ||
	    (e = tar_end(&f, t->tar)) != NULL)
		return err_pass(e);
	return NULL;
}

static struct err *
write_all(struct take *t)
{
	const char *folder =
	    arena_printf(t->own, "%s/%d", t->of->archive, t->of->tenant);
	struct err *e;

	if ((e = begin_manifest(t)) != NULL || (e = tables(t)) != NULL ||
	    (e = takeout_people(t)) != NULL ||
	    (e = takeout_readings(t)) != NULL ||
	    (e = archives(t, folder, "archive", 1)) != NULL ||
	    (e = end_manifest(t)) != NULL)
		return err_pass(e);
	t->of->bytes = tar_size(t->tar);
	return NULL;
}

struct err *
takeout_write(struct takeout *of)
{
	struct take t = { .of = of,
		.own = arena_new(),
		.scratch = arena_new() };
	struct err *e;

	if ((e = tar_open(&t.tar, t.own, of->path)) == NULL) {
		if ((e = write_all(&t)) != NULL) {
			struct err kept = err_keep();

			tar_drop(t.tar);
			err_restore(&kept);
		} else {
			e = tar_close(t.tar);
		}
	}
	arena_free(t.scratch);
	arena_free(t.own);
	return e != NULL ? err_pass(e) : NULL;
}
