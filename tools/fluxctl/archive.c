/* archive: is a file of retention whole, and putting it back. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/log.h"
#include "fluxctl/fluxctl.h"
#include "query.h"
#include "store/archive.h"
#include "store/store.h"

enum {
	BATCH = 50000, /* readings of one append, but for its last chunk */
	HOLD_DAYS = 30,
	HOLD_DAYS_MAX = 36500
};

struct file {
	const char *path;
	struct archive v;
	char sha256[ARCHIVE_SHA];
	int64_t deletion; /* the certificate that names it */
};

/* Read it, check it, and find the certificate of the tenant that it names. */
static struct err *
load(struct file *f, struct ctl *c)
{
	struct gate g = { .kind = GATE_ADMIN };
	struct bytes b;
	struct rows *r;
	struct err *e;

	f->path = c->args[1];
	if ((e = archive_load(&b, f->sha256, c->arena, f->path)) != NULL ||
	    (e = archive_decode(&f->v, c->arena, b)) != NULL)
		return err_pass(e);
	g.tenant = f->v.tenant;
	if ((e = tx_begin(&c->tx, c->db, c->arena, &g, TX_WRITE)) != NULL ||
	    (e = tx_rows(&r, c->tx, &q_archive_recorded,
		 ARGS(A((int)g.tenant), A((const char *)f->sha256)))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return err_raise(ERR_REFUSED,
		    "No certificate of deletion names this file.",
		    "%s sha256 %s", f->path, f->sha256);
	f->deletion = rows_int(r, 0, ARCHIVE_RECORDED_DELETION_ID);
	return NULL;
}

/* Decode a chunk into scratch; one that was damaged already is named. */
static bool
is_whole(struct readings *r, struct arena *a, const struct archived *c)
{
	struct err *e = archive_run(r, a, c);

	if (e == NULL)
		return true;
	(void)fprintf(stderr,
	    "fluxctl: sensor %" PRId32 " from %s to %s cannot be read (%s)\n",
	    c->sensor, clock_iso(a, c->t_min), clock_iso(a, c->t_max), e->why);
	return false;
}

static struct err *
verify(struct ctl *c, struct file *f)
{
	struct arena *scratch = arena_new();
	struct readings r;
	size_t readings = 0, damaged = 0, i;

	(void)c;
	for (i = 0; i < f->v.n; i++) {
		if (is_whole(&r, scratch, &f->v.v[i]))
			readings += r.n;
		else
			damaged++;
		arena_reset(scratch);
	}
	arena_free(scratch);
	(void)printf("%s: tenant %" PRId32 ", %s, %zu chunks, %zu readings, "
		     "sha256 %s, certificate %" PRId64 "\n",
	    f->path, f->v.tenant, f->v.month, f->v.n, readings, f->sha256,
	    f->deletion);
	if (damaged > 0)
		return err_raise(ERR_REFUSED,
		    "The file is as it was written, but not all in it can be "
		    "read.",
		    "%zu of %zu chunks", damaged, f->v.n);
	return NULL;
}

/* Nothing of this span is deleted again before the hold ends. */
static struct err *
hold(struct ctl *c, const struct file *f)
{
	const char *text = ctl_option(c, "--hold", NULL);
	int64_t t_min = INT64_MAX, t_max = INT64_MIN;
	long days = HOLD_DAYS;
	char *end = NULL;
	struct err *e;
	size_t i;

	errno = 0;
	if (text != NULL)
		days = strtol(text, &end, 10);
	if (text != NULL && (errno != 0 || end == text || *end != 0 ||
				days < 1 || days > HOLD_DAYS_MAX))
		return err_raise(ERR_INPUT, "--hold is a number of days.", "%s",
		    text);
	for (i = 0; i < f->v.n; i++) {
		if (f->v.v[i].t_min < t_min)
			t_min = f->v.v[i].t_min;
		if (f->v.v[i].t_max > t_max)
			t_max = f->v.v[i].t_max;
	}
	if ((e = tx_send(c->tx, &q_archive_hold,
		 ARGS(A((int)f->v.tenant), A_TIME(t_min), A_TIME(t_max),
		     A_TIME(env_now() + days * CLOCK_DAY),
		     A((const char *)arena_printf(c->arena, "restored %s",
			 f->sha256))))) != NULL)
		return err_pass(e);
	return NULL;
}

/* The chunks from *i on, as many as make a batch, into landing. */
static struct err *
append(struct ctl *c, struct arena *a, const struct file *f, size_t *i,
    size_t *damaged)
{
	struct batch b = { .received = env_now() };
	struct readings all = { 0 }, some;
	struct err *e;

	for (; *i < f->v.n && all.n < BATCH &&
	       all.n + (size_t)f->v.v[*i].n <= STORE_APPEND_MAX;
	     ++*i) {
		if (is_whole(&some, a, &f->v.v[*i]))
			readings_add(&all, a, &some);
		else
			++*damaged;
	}
	if (all.n == 0)
		return NULL;
	b.sent = all.n;
	b.seq = arena_printf(a, "archive %.16s", f->sha256);
	if ((e = store_append(c->tx, &b, &all)) != NULL)
		return err_pass(e);
	return NULL;
}

/*
 * By way of landing, like any other late reading: what is there already is a
 * duplicate, so that restoring twice, or half, is harmless.
 */
static struct err *
restore(struct ctl *c, struct file *f)
{
	size_t i, damaged = 0;
	struct arena *scratch, *own;
	struct err *e;

	for (i = 0; i < f->v.n; i++)
		if (f->v.v[i].n > STORE_APPEND_MAX)
			return err_raise(ERR_TOO_BIG,
			    "A chunk of this archive is too large.", "%d",
			    (int)f->v.v[i].n);
	if ((e = hold(c, f)) != NULL)
		return err_pass(e);
	scratch = arena_new();
	own = tx_use(c->tx, scratch);
	for (i = 0; i < f->v.n && e == NULL;)
		e = append(c, scratch, f, &i, &damaged);
	(void)tx_use(c->tx, own);
	arena_free(scratch);
	if (e != NULL)
		return err_pass(e);
	(void)printf("%zu chunks put back, %zu damaged\n", f->v.n - damaged,
	    damaged);
	return NULL;
}

static const struct {
	const char *word;
	struct err *(*run)(struct ctl *, struct file *);
} verbs[] = {
	{ "verify", verify },
	{ "restore", restore },
};

struct err *
ctl_archive(struct ctl *c)
{
	struct file f = { 0 };
	struct err *e;
	size_t i;

	for (i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (strcmp(verbs[i].word, c->args[0]) == 0)
			break;
	if (i == sizeof(verbs) / sizeof(*verbs))
		return err_raise(ERR_INPUT, "Say verify or restore.", "%s",
		    c->args[0]);
	if ((e = load(&f, c)) != NULL || (e = verbs[i].run(c, &f)) != NULL)
		return err_pass(e);
	return NULL;
}
