/*
 * Drain the spool: bodies that came while there was no database are stored in
 * their tenant, in the order they came, each once.  Tenants take turns, a
 * parcel each: nobody waits for all that another has.
 *
 * A parcel is a transaction.  It says first which of its bodies were stored
 * before, so that one whose commit was not seen is not stored again.  What
 * cannot be stored in company is tried alone, and what cannot be stored alone
 * is put aside.
 */
#include "intake/spool.h"
#include "base/clock.h"
#include "base/env.h"
#include "base/log.h"
#include "base/stat.h"
#include "intake/keep.h"
#include "intake/profiles.h"
#include "query.h"
#include "worker/jobs.h"

enum { BODIES = 256, READINGS = 20000 };

/* So much work before other jobs, and who has come since, have their turn. */
#define TURN (2 * CLOCK_S)

/* What nothing could store for so long is put aside. */
#define PATIENCE CLOCK_DAY

/* A tenant that was not seen for so long is gone. */
#define GONE (7 * CLOCK_DAY)

#define MB (INT64_C(1024) * 1024)

/* What the bodies of one gateway are read by. */
struct loaded {
	int32_t device;
	struct roster *roster;
};

/* What all parcels share. */
struct from {
	struct spool *spool;
	struct stats *stats;
	const char *profiles; /* folder */
};

struct drain {
	struct tx *tx;
	struct profiles *profiles;
	struct loaded *loaded;
	size_t n_loaded;
};

static struct err *
roster_of(const struct roster **out, struct drain *d, int32_t device)
{
	struct loaded *l = d->loaded;
	struct err *e;
	size_t i;

	for (i = 0; i < d->n_loaded && l[i].device != device;)
		i++;
	if (i == d->n_loaded) {
		l[i].device = device;
		if ((e = roster_load(&l[i].roster, tx_arena(d->tx), d->tx,
			 device)) != NULL)
			return err_pass(e);
		d->n_loaded++;
	}
	*out = l[i].roster;
	return NULL;
}

static bool
is_of_body(const struct err *e)
{
	return e->kind == ERR_INPUT || e->kind == ERR_TOO_BIG ||
	       e->kind == ERR_FORBIDDEN;
}

/* Nobody can read it: it is kept with the reason. */
static struct err *
bury(struct drain *d, const struct origin *o, const struct spooled *v,
    const struct intake *in, const struct err *why)
{
	struct err kept = *why;
	struct err *e = keep_body(d->tx, o, v->body, in, &kept);

	return e != NULL ? err_pass(e) : NULL;
}

/* Its key had ended before it came: all of it is refused, and kept. */
static struct err *
refuse(struct drain *d, const struct origin *o, const struct spooled *v,
    const struct taken *t)
{
	struct err *e;

	if ((e = keep_nothing(d->tx, o, t)) != NULL)
		return err_pass(e);
	e = err_raise(ERR_LOGIN, "The key had ended when this came.",
	    "key ended");
	if ((e = bury(d, o, v, &t->in, e)) != NULL)
		return err_pass(e);
	return NULL;
}

static struct err *
store(struct drain *d, const struct origin *o, const struct spooled *v,
    struct taken *t)
{
	const char *text;
	struct err *e;
	int status;

	if ((e = keep_replayed(&status, &text, d->tx, o, t)) != NULL)
		return err_pass(e);
	if (status != 0)
		return NULL;
	if ((t->in.bare > 0 && (e = keep_facets(d->tx, t)) != NULL) ||
	    (e = keep(d->tx, o, t, v->status, v->reply)) != NULL)
		return err_pass(e);
	return NULL;
}

/* One body, as if it had come just now, at the time it came. */
static struct err *
body_drain(struct drain *d, const struct spooled *v, bool held)
{
	const struct asked asked = { .format = format_numbered(v->format),
		.batch = v->batch,
		.device = v->of_device,
		.tick_ns = v->tick_ns };
	const struct origin o = { .source = v->device,
		.cred = v->cred,
		.kind = KIND_DRAINED };
	struct taken t = { .in = { .arena = tx_arena(d->tx),
			       .now = v->received,
			       .tenant = v->tenant,
			       .tenant_name = tx_who(d->tx)->tenant_name,
			       .profiles = d->profiles } };
	const struct roster *roster;
	struct err *e;

	if ((e = roster_of(&roster, d, v->device)) != NULL)
		return err_pass(e);
	if ((e = take(&t, v->body, &asked, roster)) != NULL) {
		if (is_of_body(e))
			e = bury(d, &o, v, &t.in, e);
		return e != NULL ? err_pass(e) : NULL;
	}
	e = held ? store(d, &o, v, &t) : refuse(d, &o, v, &t);
	return e != NULL ? err_pass(e) : NULL;
}

/* Which of them are new, and all of these. */
static struct err *
bodies_drain(struct drain *d, const struct spooled *v, size_t n)
{
	struct arena *a = tx_arena(d->tx);
	struct bytes *id = arena_array(a, n, sizeof(*id));
	int64_t *cred = arena_array(a, n, sizeof(*cred));
	int32_t *device = arena_array(a, n, sizeof(*device));
	int64_t *at = arena_array(a, n, sizeof(*at));
	struct rows *fresh;
	struct err *e;
	size_t i;
	int row;

	for (i = 0; i < n; i++) {
		id[i] = (struct bytes){ v[i].id, SPOOL_ID };
		cred[i] = v[i].cred;
		device[i] = v[i].device;
		at[i] = v[i].received;
	}
	if ((e = tx_rows(&fresh, d->tx, &q_spool_drain,
		 ARGS(A((int)v[0].tenant), arr_bytes(a, id, n),
		     arr_long(a, cred, n), arr_int(a, device, n),
		     arr_time(a, at, n)))) != NULL)
		return err_pass(e);
	d->loaded = arena_array(a, n, sizeof(*d->loaded));
	d->n_loaded = 0;
	for (row = 0; row < rows_count(fresh); row++) {
		i = (size_t)rows_int(fresh, row, SPOOL_DRAIN_ORDINAL) - 1;
		if ((e = body_drain(d, &v[i],
			 rows_bool(fresh, row, SPOOL_DRAIN_HELD))) != NULL)
			return err_pass(e);
	}
	return NULL;
}

static struct err *
commit(const struct from *f, struct db *db, struct arena *a,
    const struct spooled *v, size_t n)
{
	struct gate g = { .kind = GATE_WORKER, .tenant = v[0].tenant };
	struct drain d = { .profiles = profiles_open(a, f->profiles) };
	struct err *e;

	if ((e = tx_begin(&d.tx, db, a, &g, TX_WRITE)) != NULL)
		return err_pass(e);
	if ((e = bodies_drain(&d, v, n)) != NULL ||
	    (e = tx_commit(d.tx)) != NULL) {
		tx_rollback(d.tx);
		return err_pass(e);
	}
	return NULL;
}

static struct err *
aside(const struct from *f, struct arena *a, struct spooled *v)
{
	struct err *e;

	stat_add(f->stats, STAT_PUT_ASIDE, 1);
	if ((e = spool_aside(f->spool, a, v)) != NULL)
		return err_pass(e);
	return NULL;
}

/*
 * One after the other.  What fails while others do not, or has failed for
 * long, is put aside; when all do, it is us, and they wait.
 */
static struct err *
each_alone(const struct from *f, struct db *db, struct arena *a,
    const struct parcel *p)
{
	bool *bad = arena_array(a, p->n, sizeof(*bad));
	size_t i, well = 0;
	struct err *e;

	for (i = 0; i < p->n; i++) {
		e = commit(f, db, a, &p->v[i], 1);
		if (e != NULL && e->kind == ERR_BUSY)
			return err_pass(e);
		if ((bad[i] = e != NULL))
			log_err(e, "spool tenant=%d refused", p->tenant);
		well += e == NULL;
	}
	for (i = 0; i < p->n; i++) {
		if (!bad[i])
			continue;
		if (well == 0 && env_now() - p->v[i].received < PATIENCE)
			return err_raise(ERR_BUSY, "Nothing can be stored.",
			    "%zu bodies, and none was stored", p->n);
		if ((e = aside(f, a, &p->v[i])) != NULL)
			return err_pass(e);
	}
	return NULL;
}

/*
 * There is no such tenant.  Its database may only be out of sight for now; but
 * who has left for good leaves nothing with us.
 */
static struct err *
of_nobody(struct spool *s, struct arena *a, const struct parcel *p)
{
	int64_t newest = p->v[p->n - 1].received;

	if (newest > env_now() - GONE)
		return err_raise(ERR_BUSY, "There is no such tenant.",
		    "tenant %d is not known", p->tenant);
	log_warn("spool tenant=%d gone, dropped=%zu", p->tenant, p->n);
	spool_done(s, a, p);
	return NULL;
}

/* *did: there was a parcel, and it is stored. */
static struct err *
parcel_drain(bool *did, const struct from *f, struct db *db, struct arena *a,
    int32_t tenant)
{
	bool answered;
	struct parcel p;
	struct err *e;

	if (!(*did = spool_take(&p, f->spool, a, tenant, BODIES, READINGS)))
		return NULL;
	e = commit(f, db, a, p.v, p.n);
	if (e != NULL && e->kind == ERR_LOGIN)
		return of_nobody(f->spool, a, &p);
	answered = e == NULL || e->kind != ERR_BUSY;
	if (e != NULL && answered)
		e = each_alone(f, db, a, &p);
	if (e != NULL) {
		*did = false;
		spool_stuck(f->spool, tenant, answered);
		return err_pass(e);
	}
	spool_done(f->spool, a, &p);
	stat_add(f->stats, STAT_DRAINED, p.n);
	log_info("spool tenant=%d drained=%zu", tenant, p.n);
	return NULL;
}

/* The next parcel of a tenant, where it is. */
static struct err *
tenant_drain(bool *did, const struct from *f, struct db *db, int32_t tenant)
{
	struct arena *a = arena_new();
	struct db *at;
	struct err *e = db_place(&at, db, a, tenant);

	*did = false;
	if (e == NULL)
		e = parcel_drain(did, f, at, a, tenant);
	arena_free(a);
	return e != NULL ? err_pass(e) : NULL;
}

/* Who takes part, in the order of their turns; and what became of them. */
struct turns {
	int32_t *tenant;
	size_t n;
	int64_t spent;	    /* on parcels that were stored */
	struct err *failed; /* the last one, or NULL */
	struct err why;	    /* what it was */
};

/*
 * A parcel each, whatever becomes of the others.  Who has nothing or fails
 * takes part no more, and what a failure takes is nobody's time.  It may take
 * seconds of each, and ingest is to see that somebody is here.
 */
static void
round_drain(struct turns *t, const struct from *f, struct db *db)
{
	size_t i, still = 0;
	int64_t begun;
	struct err *e;
	bool did;

	for (i = 0; i < t->n; i++) {
		spool_beat(f->spool);
		begun = env_mono();
		if ((e = tenant_drain(&did, f, db, t->tenant[i])) != NULL) {
			t->failed = e;
			t->why = err_keep();
		}
		if (e != NULL || !did)
			continue;
		t->spent += env_mono() - begun;
		t->tenant[still++] = t->tenant[i];
	}
	t->n = still;
}

struct err *
job_spool(struct db *db, struct arena *a, struct work *w)
{
	struct from f = { .stats = w->conf->stats,
		.profiles = w->conf->profiles };
	struct turns t = { 0 };
	struct err *e;

	if (*w->conf->spool == 0)
		return NULL;
	if ((e = spool_open(&f.spool, a, w->conf->spool,
		 w->conf->spool_mb * MB)) != NULL)
		return err_pass(e);
	spool_beat(f.spool);
	if ((e = spool_tenants(&t.tenant, &t.n, f.spool, a)) == NULL)
		do
			round_drain(&t, &f, db);
		while (t.n > 0 && t.spent < TURN);
	w->more = t.n > 0;
	spool_close(f.spool);
	if (t.failed != NULL) {
		err_restore(&t.why);
		return err_pass(t.failed);
	}
	return e != NULL ? err_pass(e) : NULL;
}
