/*
 * Limits: requests and readings a minute, of a credential and of its tenant.
 *
 * Old readings have a lane of their own, as wide as that of the live ones, so
 * that a gateway which sends what it kept does not hold up what is new.  The
 * lanes are counted by all children of a program together, and by each program
 * for itself.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/hash.h"
#include "base/log.h"
#include "web/gcra.h"
#include "web/internal.h"

/* LETTERS_RATE: bytes a minute. */
enum { LANES = 6, LETTERS_RATE = 10 * 1024 * 1024 };

/* Made before the children are, and never changed. */
static struct gcra *shared;
static uint64_t seed; /* of the lanes' names */

void
limit_start(void)
{
	seed = hash_seed();
	if ((shared = gcra_new()) == NULL) {
		log_error("no memory for limits");
		exit(1);
	}
}

/* What is asked of a lane of each kind, by its limit. */
struct claim {
	const char *of; /* in the answer's header */
	int64_t whose;
	int32_t rate;
	size_t cost;
};

static void
claims(struct claim to[LANES], const struct who *w, const struct load *load)
{
	const struct limits *l = &w->limits;

	to[0] = (struct claim){ "requests of this credential", w->cred,
		l->requests, load->requests };
	to[1] = (struct claim){ "readings of this credential", w->cred,
		l->readings, load->live };
	to[2] = (struct claim){ "old readings of this credential", w->cred,
		l->readings, load->backlog };
	to[3] = (struct claim){ "requests of this tenant", w->tenant,
		l->tenant_requests, load->requests };
	to[4] = (struct claim){ "readings of this tenant", w->tenant,
		l->tenant_readings, load->live };
	to[5] = (struct claim){ "old readings of this tenant", w->tenant,
		l->tenant_readings, load->backlog };
}

/*
 * A lane's name: its kind, whose it is, and how wide; so one that was made
 * wider owes nothing.
 */
static uint64_t
lane_name(size_t kind, const struct claim *c)
{
	const int64_t all[] = { (int64_t)kind, c->whose, c->rate };

	return hash_bytes(seed, all, sizeof(all)) | 1;
}

/* The tolls of the lanes that have a limit; of[i] names the i-th. */
static size_t
tolls(struct toll to[LANES], const char *of[LANES], const struct who *w,
    const struct load *load)
{
	struct claim all[LANES];
	size_t i, n = 0;

	claims(all, w, load);
	for (i = 0; i < LANES; i++) {
		if (all[i].rate <= 0 || all[i].cost == 0)
			continue;
		of[n] = all[i].of;
		to[n++] = (struct toll){
			.lane = lane_name(i, &all[i]),
			.rate = all[i].rate,
			.cost = (int64_t)all[i].cost,
		};
	}
	return n;
}

/* The answer tells of the lane that is nearest to its end. */
static void
tell(struct pace *p, const struct toll *t, const char *of)
{
	if (p->of != NULL && t->left * p->rate >= p->left * t->rate)
		return;
	*p = (struct pace){ .of = of,
		.rate = t->rate,
		.left = t->left,
		.full_s = (t->full_us + CLOCK_S - 1) / CLOCK_S };
}

bool
limit_letters(const struct req *rq, size_t bytes)
{
	struct claim c = { NULL, rq->who.tenant, LETTERS_RATE, bytes };
	struct toll t = { .lane = lane_name(LANES, &c),
		.rate = LETTERS_RATE,
		.cost = (int64_t)bytes };
	size_t refused;

	return shared == NULL || bytes == 0 ||
	       gcra_pay(shared, &t, 1, env_mono(), &refused);
}

bool
limit_any(const struct limits *l)
{
	return l->requests > 0 || l->readings > 0 || l->tenant_requests > 0 ||
	       l->tenant_readings > 0;
}

bool
limit_take(struct req *rq, const struct who *w, const struct load *load)
{
	const char *of[LANES];
	struct toll t[LANES];
	size_t i, n, refused;

	if (shared == NULL || !limit_any(&w->limits) ||
	    (n = tolls(t, of, w, load)) == 0)
		return true;
	if (!gcra_pay(shared, t, n, env_mono(), &refused)) {
		rq->pace = (struct pace){ 0 };
		tell(&rq->pace, &t[refused], of[refused]);
		rq->retry_after_s =
		    (int)((t[refused].retry_us + CLOCK_S - 1) / CLOCK_S);
		return false;
	}
	for (i = 0; i < n; i++)
		tell(&rq->pace, &t[i], of[i]);
	return true;
}

struct err *
limit_pass(struct req *rq, size_t readings, size_t backlog)
{
	struct load load = { .live = readings, .backlog = backlog };

	load.requests = readings + backlog == 0;
	/* Who has to pass the gate again may have paid the first time. */
	if (rq->is_paid || (load.requests > 0 && rq->is_counted))
		return NULL;
	if (limit_take(rq, &rq->who, &load)) {
		rq->is_counted = true;
		return NULL;
	}
	return err_say(err_raise(ERR_LIMIT, "", "cred %lld: %s",
			   (long long)rq->who.cred, rq->pace.of),
	    "At most %lld %s a minute; please wait %d s.",
	    (long long)rq->pace.rate, rq->pace.of, rq->retry_after_s);
}

const char *
limit_headers(struct arena *a, const struct pace *p)
{
	return arena_printf(a,
	    "RateLimit-Limit: %lld\r\n"
	    "RateLimit-Remaining: %lld\r\n"
	    "RateLimit-Reset: %lld\r\n"
	    "RateLimit-Policy: %lld;w=%d;comment=\"%s\"\r\n",
	    (long long)p->rate, (long long)p->left, (long long)p->full_s,
	    (long long)p->rate, GCRA_WINDOW_S, p->of);
}
