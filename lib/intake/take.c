#include "intake/take.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "intake/lean.h"
#include "intake/resolve.h"
#include "intake/router.h"
#include "intake/sane.h"
#include "intake/window.h"
#include "store/store.h"

static bool
is_taken(const struct item *it)
{
	return it->code == NULL && !it->let_go;
}

/*
 * The readings of the items, and between them those that have none, in the
 * order they came: of two of one instant the first one stays.
 */
static struct reading *
put_all(struct reading *to, const struct intake *in,
    const struct readings *none)
{
	size_t i, at = 0;

	for (i = 0; i <= in->n; i++) {
		size_t till = i < in->n ? in->v[i].before : none->n;

		if (till > at)
			memcpy(to, none->v + at, (till - at) * sizeof(*to));
		to += till - at;
		at = till;
		if (i < in->n && is_taken(&in->v[i]))
			to = window_put(to, &in->v[i]);
	}
	return to;
}

void
take_settle(struct taken *t)
{
	const struct intake *in = &t->in;
	size_t n = t->sent - t->rejected - in->let_go;
	struct readings lean = { 0 };
	struct reading *to;

	if (in->lean != NULL)
		lean = in->lean->r;
	if (in->n == 0) {
		t->r = lean;
		to = readings_room(&t->r, in->arena, t->made.n);
	} else {
		to = readings_room(&t->r, in->arena, n);
		to = put_all(to, in, &lean);
	}
	if (t->made.n > 0)
		memcpy(to, t->made.v, t->made.n * sizeof(*to));
	assert(to + t->made.n == t->r.v + n);
	t->r.n = n;
	t->duplicate = readings_settle(&t->r, in->arena);
}

size_t
take_backlog(const struct taken *t)
{
	const struct intake *in = &t->in;
	int64_t live = in->now - TAKE_LIVE_MIN * CLOCK_MIN;
	size_t i, n = in->lean != NULL ? in->lean->backlog : 0;

	for (i = 0; i < in->n; i++)
		if (is_taken(&in->v[i]) && in->v[i].r.time < live)
			n += window_size(&in->v[i]);
	return n;
}

void
take_judge(struct intake *in, struct bytes body, const struct roster *roster)
{
	resolve(in, roster);
	sane_clock(in, body, roster_rule(roster));
	sane_skew(in);
	sane_frames(in);
}

void
take_count(struct taken *t)
{
	const struct intake *in = &t->in;
	size_t i;

	t->sent = in->lean != NULL ? in->lean->r.n : 0;
	t->rejected = t->flagged = t->remarks = 0;
	for (i = 0; i < in->n; i++) {
		const struct item *it = &in->v[i];

		t->rejected += it->code != NULL;
		t->sent += is_taken(it) ? window_size(it) : 1;
		t->flagged += is_taken(it) && it->reason != REASON_NONE;
		t->remarks += sane_is_remarked(it);
	}
}

/* Who speaks when a body does not say: who is meant, or who has the key. */
static const char *
home_of(const struct roster *roster)
{
	const struct intake_rule *rule = roster_rule(roster);

	if (*rule->home != 0)
		return rule->home;
	return *rule->own != 0 ? rule->own : NULL;
}

/*
 * What is known needs no items, unless somebody speaks for another, something
 * is computed from them or each is to be answered.
 */
static void
begin(struct intake *in, const struct asked *asked, const struct roster *roster,
    size_t bytes)
{
	bool own = asked->device == NULL || *asked->device == 0;
	bool lines =
	    asked->format != NULL && asked->format->decode == decode_line;

	in->asked = *asked;
	in->rule = roster_rule(roster);
	in->zone = in->rule->zone;
	in->home = home_of(roster);
	if (roster_virtuals(roster)->n > 0 || asked->results ||
	    (!lines && !own))
		return;
	in->lean = arena_alloc(in->arena, sizeof(*in->lean));
	lean_begin(in->lean, in, roster,
	    lines && own ? roster_memo(roster) : NULL, bytes);
}

/* The body's items, and readings that need none. */
static struct err *
read_body(struct intake *in, struct bytes body, const struct asked *asked)
{
	struct intake again = *in;
	struct err *e = intake_read(in, body, asked);

	/* Where the clock is wrong each reading is told so: they are items. */
	if (e == NULL && in->lean != NULL && in->lean->r.n > 0 &&
	    sane_is_skewed(in)) {
		again.lean = NULL;
		*in = again;
		e = intake_read(in, body, asked);
	}
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
take(struct taken *t, struct bytes body, const struct asked *asked,
    const struct roster *roster)
{
	struct intake *in = &t->in;
	struct err *e;

	begin(in, asked, roster, body.n);
	if ((e = read_body(in, body, asked)) != NULL)
		return err_pass(e);
	if (in->texts > 0)
		metric_facts(in, roster);
	router_settle(in, roster);
	take_judge(in, body, roster);
	take_count(t);
	t->bytes = body.n;
	if ((e = virtuals_compute(&t->made, in, roster_virtuals(roster))) !=
	    NULL)
		return err_pass(e);
	t->sent += t->made.n;
	if (t->sent - t->rejected > STORE_APPEND_MAX)
		return err_raise(ERR_TOO_BIG, "Too many readings in one body.",
		    "more than %d", STORE_APPEND_MAX);
	if (in->bare == 0)
		take_settle(t);
	return NULL;
}
