#include "worker/queue.h"

#include <string.h>

enum {
	NOBODY = 0, /* the place of who stands for all */
	PLACES = TENANTS_MAX + 1,
	SWEEP_MS_EACH = 2 /* a tenant, so that sweeps never fill the day */
};

/* Who has been asked for goes before who is only looked at now and then. */
enum lane { LANE_ASKED, LANE_SWEPT, LANES, LANE_NONE = LANES };

/* One job of one tenant. */
struct slot {
	int64_t since, due, started;
	int64_t rested; /* may start again */
	int prev, next; /* in its line; -1: none */
	enum lane lane;
	bool force;
	bool is_running;
	bool again, again_force; /* asked for while it was running */
};

struct tenant {
	int32_t id;
	bool is_gone;	 /* nobody asks for it any more */
	int64_t stirred; /* when something happened to it */
	struct horizon horizon;
	struct slot slot[JOBS];
};

struct line {
	int head, tail;
};

struct queue {
	const struct job *job;
	int jobs, children;
	int long_running;
	struct tenant *v;
	int n;
	int *by_id; /* places, by tenant */
	struct line line[JOBS][LANES];
	int64_t next_sweep[JOBS];
};

static void
tenant_init(struct queue *q, int place, int32_t id)
{
	int j;

	q->v[place].id = id;
	for (j = 0; j < q->jobs; j++)
		q->v[place].slot[j] =
		    (struct slot){ .prev = -1, .next = -1, .lane = LANE_NONE };
}

struct queue *
queue_new(struct arena *a, const struct job *job, int n, int children)
{
	struct queue *q = arena_alloc(a, sizeof(*q));
	int j, k;

	q->job = job;
	q->jobs = n;
	q->children = children;
	q->v = arena_array(a, PLACES, sizeof(*q->v));
	q->by_id = arena_array(a, PLACES, sizeof(*q->by_id));
	for (j = 0; j < n; j++)
		for (k = 0; k < LANES; k++)
			q->line[j][k] = (struct line){ -1, -1 };
	tenant_init(q, NOBODY, QUEUE_NOBODY);
	q->by_id[0] = NOBODY;
	q->n = 1;
	return q;
}

/* Where the tenant stands, or would stand, in by_id. */
static int
rank(const struct queue *q, int32_t tenant)
{
	int low = 0, high = q->n;

	while (low < high) {
		int mid = low + (high - low) / 2;

		if (q->v[q->by_id[mid]].id < tenant)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static int
find(const struct queue *q, int32_t tenant)
{
	int r = rank(q, tenant);

	return r < q->n && q->v[q->by_id[r]].id == tenant ? q->by_id[r] : -1;
}

static void
leave(struct queue *q, int job, int place)
{
	struct slot *s = &q->v[place].slot[job];
	struct line *l = &q->line[job][s->lane];

	if (s->prev >= 0)
		q->v[s->prev].slot[job].next = s->next;
	else
		l->head = s->next;
	if (s->next >= 0)
		q->v[s->next].slot[job].prev = s->prev;
	else
		l->tail = s->prev;
	s->lane = LANE_NONE;
	s->prev = s->next = -1;
}

static void
enter(struct queue *q, int job, int place, enum lane lane)
{
	struct slot *s = &q->v[place].slot[job];
	struct line *l = &q->line[job][lane];

	s->lane = lane;
	s->next = -1;
	s->prev = l->tail;
	if (l->tail >= 0)
		q->v[l->tail].slot[job].next = place;
	else
		l->head = place;
	l->tail = place;
}

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static void
ask(struct queue *q, int job, int place, int64_t now, bool force,
    enum lane lane)
{
	struct slot *s = &q->v[place].slot[job];

	if (q->v[place].is_gone)
		return;
	if (s->is_running) {
		s->again |= lane == LANE_ASKED;
		s->again_force |= force;
		return;
	}
	s->force |= force;
	if (s->lane <= lane) {
		if (force)
			s->due = now;
		return;
	}
	if (s->lane != LANE_NONE)
		leave(q, job, place);
	s->since = now;
	s->due = force ? now : later(now, s->rested);
	enter(q, job, place, lane);
}

/* A new tenant is asked for everything; without room it is left out. */
static void
admit(struct queue *q, int32_t tenant, int64_t now)
{
	int place = q->n, r = rank(q, tenant), j;

	if (find(q, tenant) >= 0 || q->n == PLACES)
		return;
	memmove(q->by_id + r + 1, q->by_id + r,
	    (size_t)(q->n - r) * sizeof(*q->by_id));
	q->by_id[r] = place;
	q->n++;
	tenant_init(q, place, tenant);
	q->v[place].stirred = now;
	for (j = 0; j < q->jobs; j++)
		if (!q->job[j].is_nobodys)
			ask(q, j, place, now, false, LANE_SWEPT);
}

void
queue_know(struct queue *q, const int32_t *tenants, size_t n, int64_t now)
{
	size_t i;

	for (i = 0; i < n; i++)
		admit(q, tenants[i], now);
}

void
queue_only(struct queue *q, const int32_t *tenants, size_t n)
{
	size_t k = 0;
	int r, j;

	for (r = 0; r < q->n; r++) {
		int place = q->by_id[r];
		struct tenant *t = &q->v[place];

		while (k < n && tenants[k] < t->id)
			k++;
		t->is_gone =
		    t->id != QUEUE_NOBODY && (k == n || tenants[k] != t->id);
		for (j = 0; t->is_gone && j < q->jobs; j++)
			if (t->slot[j].lane != LANE_NONE)
				leave(q, j, place);
	}
}

bool
queue_ask(struct queue *q, int job, int32_t tenant, int64_t now, bool force)
{
	int place = find(q, tenant);

	if (place < 0)
		return false;
	q->v[place].stirred = now;
	ask(q, job, place, now, force, LANE_ASKED);
	return true;
}

void
queue_ask_all(struct queue *q, int job, int64_t now, bool force)
{
	int i;

	for (i = NOBODY + 1; i < q->n; i++) {
		q->v[i].stirred = now;
		ask(q, job, i, now, force, LANE_ASKED);
	}
}

/* Is there reason to look, though nobody asked? */
static bool
is_swept(const struct queue *q, int job, int place, int64_t now)
{
	const struct tenant *t = &q->v[place];

	return now - t->stirred < QUEUE_STILL ||
	       now - t->slot[job].started >= q->job[job].seldom;
}

/* Everybody is looked at now and then, whether somebody asked or not. */
static void
sweep(struct queue *q, int64_t now)
{
	int64_t least = q->n * SWEEP_MS_EACH * CLOCK_MS;
	int i, j;

	for (j = 0; j < q->jobs; j++) {
		bool alone = q->job[j].is_nobodys;

		if (now < q->next_sweep[j])
			continue;
		q->next_sweep[j] = now + later(q->job[j].every, least);
		if (alone)
			ask(q, j, NOBODY, now, false, LANE_SWEPT);
		for (i = NOBODY + 1; !alone && i < q->n; i++)
			if (is_swept(q, j, i, now))
				ask(q, j, i, now, false, LANE_SWEPT);
	}
}

/* The first in the line whose time has come; -1: nobody. */
static int
first_due(const struct queue *q, int job, enum lane lane, int64_t now)
{
	int i = q->line[job][lane].head;

	if (q->job[job].is_long && q->long_running >= q->children - 1)
		return -1;
	while (i >= 0 && q->v[i].slot[job].due > now)
		i = q->v[i].slot[job].next;
	return i;
}

/* By lane, then by weight; but who has waited too long goes first. */
static bool
choose(int *job, int *place, const struct queue *q, int64_t now)
{
	int64_t oldest = now - QUEUE_PATIENCE;
	bool found = false;
	int lane, j, i;

	for (lane = 0; lane < LANES; lane++) {
		for (j = 0; j < q->jobs; j++) {
			const struct slot *s;
			int64_t since;

			if ((i = first_due(q, j, (enum lane)lane, now)) < 0)
				continue;
			s = &q->v[i].slot[j];
			since = later(s->since, s->due);
			if (found && since >= oldest)
				continue;
			if (since < oldest)
				oldest = since;
			found = true;
			*job = j;
			*place = i;
		}
	}
	return found;
}

bool
queue_next(struct order *o, struct queue *q, int64_t now)
{
	struct slot *s;
	int job, place;

	sweep(q, now);
	if (!choose(&job, &place, q, now))
		return false;
	leave(q, job, place);
	s = &q->v[place].slot[job];
	*o = (struct order){ job, q->v[place].id, s->force };
	s->started = now;
	s->force = false;
	s->is_running = true;
	q->long_running += q->job[job].is_long;
	return true;
}

/* When a job that is done may start again, unless it left something. */
static int64_t
rest(const struct job *job, int64_t started, bool more, int64_t now)
{
	int64_t took = now - started;

	if (more || took < 0)
		took = 0;
	if (took > job->rest)
		took = job->rest;
	return later(started + job->pause, now + took);
}

void
queue_done(struct queue *q, const struct order *o, struct outcome was,
    int64_t now)
{
	int place = find(q, o->tenant), j;
	struct slot *s = &q->v[place].slot[o->job];
	bool again = s->again || !was.ok || was.more;
	bool force = s->again_force || (o->force && (!was.ok || was.more));

	s->is_running = s->again = s->again_force = false;
	s->rested = rest(&q->job[o->job], s->started, was.more, now);
	q->long_running -= q->job[o->job].is_long;
	if (was.more || (was.did && q->job[o->job].seldom > 0))
		q->v[place].stirred = now;
	if (again)
		ask(q, o->job, place, now, force, LANE_ASKED);
	if (!was.ok) {
		s->due = now + q->job[o->job].retry;
		return;
	}
	for (j = 0; j < q->jobs; j++)
		if (q->job[j].after == o->job && (was.did || o->force))
			ask(q, j, place, now, o->force, LANE_ASKED);
}

int64_t
queue_until(const struct queue *q, int64_t now)
{
	int64_t until = now + CLOCK_S;
	int j, lane, i;

	for (j = 0; j < q->jobs; j++) {
		if (q->next_sweep[j] < until)
			until = q->next_sweep[j];
		for (lane = 0; lane < LANES; lane++)
			for (i = q->line[j][lane].head; i >= 0;
			     i = q->v[i].slot[j].next)
				if (q->v[i].slot[j].due < until)
					until = q->v[i].slot[j].due;
	}
	return until;
}

struct horizon *
queue_horizon(struct queue *q, int32_t tenant)
{
	int place = find(q, tenant);

	return place >= 0 ? &q->v[place].horizon : NULL;
}
