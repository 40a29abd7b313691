#include "trial.h"

#include <jansson.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/log.h"
#include "segment.h"

#define FILE_NAME "bundle.json"
#define STOPPED "The agent was stopped while it tried it."

/* What a report says, by its number; NULL: nothing is to be told. */
static const char *const states[] = { "applied", "confirmed", "rolled_back",
	"refused" };

enum { APPLIED, CONFIRMED, BACK, REFUSED, STATES };

enum { NAMED = 3 }; /* units in one sentence */

struct trial {
	pthread_mutex_t lock;
	const char *dir;
	int64_t window;
	int64_t kept;	/* the version that runs when there is no trial */
	int64_t newest; /* that was ever tried */
	int64_t tried;	/* 0: none is */
	bool is_due;	/* it has come and was not applied yet */
	int64_t since;	/* when it was, by env_mono */
	int64_t linked;
	struct arena *arena; /* of the plan and of who answered before */
	struct arena *safe;  /* of the plan that was kept */
	struct bytes plan, good;
	struct trial_unit *before;
	size_t n;
	struct trial_news news;
};

static struct bytes
copy(struct arena *a, struct bytes b)
{
	if (b.p == NULL)
		return b;
	return (struct bytes){
		(unsigned char *)arena_copy(a, (const char *)b.p, b.n), b.n
	};
}

/* Under the lock: all in one file, so that it is never half of it. */
static struct err *
save(struct trial *t)
{
	struct arena *a = arena_new();
	json_t *all = json_pack("{s:I, s:I, s:I, s:I, s:s*, s:s, s:s*}", "kept",
	    (json_int_t)t->kept, "newest", (json_int_t)t->newest, "tried",
	    (json_int_t)t->tried, "version", (json_int_t)t->news.version,
	    "state", t->news.state, "why", t->news.why, "plan",
	    (const char *)t->good.p);
	size_t n = json_dumpb(all, NULL, 0, JSON_COMPACT);
	char *text = arena_alloc(a, n + 1);
	struct err *e;

	(void)json_dumpb(all, text, n, JSON_COMPACT);
	json_decref(all);
	e = file_replace(t->dir, FILE_NAME,
	    (struct bytes){ (unsigned char *)text, n });
	arena_free(a);
	return e != NULL ? err_pass(e) : NULL;
}

/*
 * Under the lock: what is true even when it is not on disk.  The next start
 * takes a trial that is still there for one that was cut short, and so comes
 * to the same plan.
 */
static void
note(struct trial *t)
{
	struct err *e;

	if ((e = save(t)) != NULL)
		log_err(e, "plan's state not written down");
}

/* Under the lock: the newest news are those that count. */
static void
say(struct trial *t, int64_t version, int state, const char *why)
{
	t->news =
	    (struct trial_news){ .version = version, .state = states[state] };
	(void)snprintf(t->news.why, sizeof(t->news.why), "%s", why);
	log_info("plan version=%lld %s why=\"%s\"", (long long)version,
	    states[state], why);
}

static void
restore(struct trial *t, json_t *all)
{
	json_int_t kept, newest, tried, version;
	const char *state = NULL, *why, *plan = NULL;
	int i;

	if (json_unpack(all, "{s:I, s:I, s:I, s:I, s?s, s:s, s?s}", "kept",
		&kept, "newest", &newest, "tried", &tried, "version", &version,
		"state", &state, "why", &why, "plan", &plan) != 0)
		return;
	if (plan != NULL)
		t->good =
		    copy(t->safe, (struct bytes){ (const unsigned char *)plan,
				      strlen(plan) });
	t->kept = kept;
	t->newest = newest;
	t->news.version = version;
	(void)snprintf(t->news.why, sizeof(t->news.why), "%s", why);
	for (i = 0; i < STATES; i++)
		if (state != NULL && strcmp(states[i], state) == 0)
			t->news.state = states[i];
	if (tried == 0)
		return;
	/* With nothing to go back to it may come again, but none before it. */
	if (plan == NULL)
		t->newest = tried - 1;
	else
		say(t, tried, BACK, STOPPED);
}

struct trial *
trial_open(struct arena *a, const char *dir, int confirm_s)
{
	struct trial *t = arena_alloc(a, sizeof(*t));
	char path[PATH_MAX];
	json_error_t je;
	json_t *all;

	(void)pthread_mutex_init(&t->lock, NULL);
	t->dir = dir;
	t->window = confirm_s * CLOCK_S;
	t->arena = arena_new();
	t->safe = arena_new();
	(void)snprintf(path, sizeof(path), "%s/" FILE_NAME, dir);
	if ((all = json_load_file(path, 0, &je)) != NULL)
		restore(t, all);
	json_decref(all);
	return t;
}

/* Under the lock: no trial that the next start would not know of. */
static bool
begin(struct trial *t, int64_t version)
{
	const int64_t newest = t->newest;
	struct err *e;

	t->tried = t->newest = version;
	if ((e = save(t)) == NULL)
		return true;
	log_err(e, "plan not tried");
	t->tried = 0;
	t->newest = newest;
	return false;
}

bool
trial_bring(struct trial *t, int64_t version, struct bytes plan)
{
	bool taken;

	(void)pthread_mutex_lock(&t->lock);
	if ((taken = t->tried == 0 && version > t->newest &&
		     begin(t, version))) {
		arena_reset(t->arena);
		t->plan = copy(t->arena, plan);
		t->is_due = true;
		t->linked = 0;
	}
	(void)pthread_mutex_unlock(&t->lock);
	return taken;
}

bool
trial_refuse(struct trial *t, int64_t version, const char *why)
{
	bool free;

	(void)pthread_mutex_lock(&t->lock);
	if ((free = t->tried == 0)) {
		say(t, version, REFUSED, why);
		note(t);
	}
	(void)pthread_mutex_unlock(&t->lock);
	return free;
}

bool
trial_is_old(struct trial *t, int64_t version)
{
	bool old;

	(void)pthread_mutex_lock(&t->lock);
	old = version < t->newest;
	(void)pthread_mutex_unlock(&t->lock);
	return old;
}

bool
trial_knows(struct trial *t, int64_t version)
{
	bool known;

	(void)pthread_mutex_lock(&t->lock);
	known =
	    version == t->kept || version == t->tried || version == t->newest;
	(void)pthread_mutex_unlock(&t->lock);
	return known;
}

void
trial_linked(struct trial *t)
{
	(void)pthread_mutex_lock(&t->lock);
	t->linked = env_mono();
	(void)pthread_mutex_unlock(&t->lock);
}

bool
trial_news(struct trial_news *to, struct trial *t)
{
	(void)pthread_mutex_lock(&t->lock);
	*to = t->news;
	(void)pthread_mutex_unlock(&t->lock);
	return to->state != NULL;
}

void
trial_told(struct trial *t, const struct trial_news *what)
{
	(void)pthread_mutex_lock(&t->lock);
	if (t->news.state == what->state && t->news.version == what->version) {
		t->news.state = NULL;
		note(t);
	}
	(void)pthread_mutex_unlock(&t->lock);
}

static const struct trial_unit *
find(const struct trial_unit *v, size_t n, const struct trial_unit *who)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (v[i].tenant == who->tenant && v[i].device == who->device)
			return &v[i];
	return NULL;
}

/* Who is asked so seldom that silence says nothing. */
static bool
is_slow(const struct trial *t, const struct trial_unit *u)
{
	return u->period > t->window / 4;
}

/* Since when link and units must have been there. */
static int64_t
half(const struct trial *t)
{
	return t->since + t->window / 2;
}

static bool
was_linked(const struct trial *t)
{
	return t->linked >= half(t);
}

/* Some units by name, behind what is said of them. */
struct names {
	char *why;
	const char *first;
	size_t at, n;
};

static void
names_add(struct names *to, const char *key)
{
	if (to->n++ < NAMED)
		to->at += (size_t)snprintf(to->why + to->at, TRIAL_WHY - to->at,
		    "%s%.64s", to->at > 0 ? ", " : to->first, key);
}

static void
names_end(const struct names *to)
{
	if (to->n > NAMED)
		(void)snprintf(to->why + to->at, TRIAL_WHY - to->at,
		    " and %zu more", to->n - NAMED);
}

void
trial_missing(char why[TRIAL_WHY], const struct trial_units *named,
    const struct trial_units *now)
{
	struct names names = { why, "Cannot be polled here: ", 0, 0 };
	size_t i;

	why[0] = 0;
	for (i = 0; i < named->n; i++)
		if (find(now->v, now->n, &named->v[i]) == NULL)
			names_add(&names, named->v[i].key);
	names_end(&names);
}

/* What speaks against it; "": nothing. */
static void
judge(char why[TRIAL_WHY], const struct trial *t, const struct trial_unit *v,
    size_t n)
{
	const int64_t since = half(t);
	const struct trial_unit *now;
	struct names silent = { why, "No answer any more: ", 0, 0 };
	size_t i;

	why[0] = 0;
	if (!was_linked(t)) {
		(void)snprintf(why, TRIAL_WHY, "The link was lost.");
		return;
	}
	for (i = 0; i < t->n; i++) {
		now = find(v, n, &t->before[i]);
		/* Who does not run is not in this plan. */
		if (now != NULL && !is_slow(t, now) && now->answered < since)
			names_add(&silent, now->key);
	}
	names_end(&silent);
}

/* Under the lock: it is the plan that is kept, on disk before it is said. */
static struct err *
confirm(struct trial *t)
{
	const struct trial_news news = t->news;
	const struct bytes good = t->good;
	const int64_t kept = t->kept, tried = t->tried;
	struct err *e;

	t->kept = tried;
	t->tried = 0;
	t->good = t->plan;
	t->news =
	    (struct trial_news){ .version = tried, .state = states[CONFIRMED] };
	if ((e = save(t)) != NULL) {
		t->kept = kept;
		t->tried = tried;
		t->good = good;
		t->news = news;
		return err_pass(e);
	}
	arena_reset(t->safe);
	t->good = copy(t->safe, t->plan);
	say(t, tried, CONFIRMED, "");
	return NULL;
}

/* Under the lock: so long has passed. */
static enum trial_act
end(struct trial *t, const struct trial_unit *v, size_t n)
{
	char why[TRIAL_WHY];
	struct err *e;

	/* To poll nothing would not bring the link back. */
	if (t->good.p == NULL && !was_linked(t)) {
		t->since = env_mono();
		log_info("plan version=%lld waits for the link",
		    (long long)t->tried);
		return TRIAL_REST;
	}
	judge(why, t, v, n);
	if (why[0] == 0) {
		if ((e = confirm(t)) != NULL) {
			t->since = env_mono();
			log_err(e, "plan not kept, on trial once more");
		}
		return TRIAL_REST;
	}
	say(t, t->tried, BACK, why);
	t->tried = 0;
	note(t);
	return TRIAL_BACK;
}

enum trial_act
trial_turn(struct trial *t, struct bytes *plan, struct arena *a,
    const struct trial_unit *v, size_t n)
{
	enum trial_act act = TRIAL_REST;

	(void)pthread_mutex_lock(&t->lock);
	if (t->is_due)
		act = TRIAL_APPLY;
	else if (t->tried != 0 && env_mono() >= t->since + t->window)
		act = end(t, v, n);
	if (act != TRIAL_REST)
		*plan = copy(a, act == TRIAL_APPLY ? t->plan : t->good);
	(void)pthread_mutex_unlock(&t->lock);
	return act;
}

struct bytes
trial_plan(struct trial *t, struct arena *a)
{
	struct bytes plan;

	(void)pthread_mutex_lock(&t->lock);
	plan = copy(a, t->good);
	(void)pthread_mutex_unlock(&t->lock);
	return plan;
}

void
trial_applied(struct trial *t, const struct trial_unit *before, size_t n)
{
	size_t i;

	(void)pthread_mutex_lock(&t->lock);
	t->is_due = false;
	t->since = env_mono();
	t->before = arena_array(t->arena, n, sizeof(*t->before));
	for (t->n = i = 0; i < n; i++) {
		if (is_slow(t, &before[i]) || before[i].answered == 0 ||
		    before[i].answered < t->since - t->window)
			continue;
		t->before[t->n] = before[i];
		t->before[t->n++].key = arena_text(t->arena, before[i].key);
	}
	say(t, t->tried, APPLIED, "");
	(void)pthread_mutex_unlock(&t->lock);
}

void
trial_failed(struct trial *t, const char *why)
{
	(void)pthread_mutex_lock(&t->lock);
	t->is_due = false;
	say(t, t->tried, REFUSED, why);
	t->tried = 0;
	note(t);
	(void)pthread_mutex_unlock(&t->lock);
}

bool
trial_is_due(struct trial *t)
{
	bool due;

	(void)pthread_mutex_lock(&t->lock);
	due =
	    t->is_due || (t->tried != 0 && env_mono() >= t->since + t->window);
	(void)pthread_mutex_unlock(&t->lock);
	return due;
}
