/*
 * POST /api/v1/ingest/commands {run, room, held, news} - an edge agent tells
 * what became of commands and is told which are to be carried out behind its
 * gateway; POST /api/v1/ingest/health [{device, ...}] - how its units answer.
 *
 * Always the agent asks, so that it may stand behind any firewall.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/jscan.h"
#include "base/member.h"
#include "base/stat.h"
#include "cgi-bin/ingest/post.h"
#include "query.h"

enum { LIST_MAX = 256, RUN_CHARS = 32, WHY_MAX = 300, UNITS_MAX = 1000 };

/* What an agent says in one round; the lists of news run in parallel. */
struct round {
	const char *run;
	int64_t room;
	int64_t held[LIST_MAX], id[LIST_MAX];
	const char *state[LIST_MAX], *why[LIST_MAX];
	double read_back[LIST_MAX];
	size_t n_held, n; /* n: news */
	bool is_lost;	  /* a state is none that a command can come to */
};

struct err *
agent_known(const struct req *rq)
{
	if (rq->who.device != 0)
		return NULL;
	return err_raise(ERR_INPUT,
	    "This is for edge agents: use the key of their gateway.",
	    "a key of no device");
}

bool
agent_word(const char *word, const char *const *all)
{
	while (word != NULL && *all != NULL && strcmp(word, *all) != 0)
		all++;
	return word != NULL && *all != NULL;
}

static struct err *
unclear(struct arena *a, struct slice what)
{
	const char *name = arena_copy(a, what.p, what.n);

	return err_raise(ERR_INPUT,
	    arena_printf(a, "%.64s: it is not understood.", name), "%s", name);
}

static const char *
text_of(struct arena *a, const struct jvalue *v)
{
	return v->kind == J_TEXT ? arena_copy(a, v->text.p, v->text.n) : NULL;
}

/* An array is walked to its end; anything else is passed over. */
static bool
held_read(struct round *r, struct jscan *s, struct jvalue *list)
{
	bool good = list->kind == J_ARRAY;
	struct jvalue v;

	if (!good)
		jscan_pass(s, list);
	while (list->kind == J_ARRAY && jscan_item(s)) {
		jscan_value(s, &v);
		jscan_pass(s, &v);
		good = good && v.kind == J_INT && r->n_held < LIST_MAX;
		if (good)
			r->held[r->n_held++] = v.i;
	}
	return good;
}

/* One member of what became of a command. */
static bool
news_member(struct round *r, struct arena *a, struct slice key,
    const struct jvalue *v)
{
	static const char *const states[] = { "acknowledged", "verified",
		"failed", NULL };
	size_t n = r->n;

	if (slice_is(key, "id"))
		return v->kind == J_INT && (r->id[n] = v->i) > 0;
	if (slice_is(key, "state")) {
		r->state[n] = text_of(a, v);
		r->is_lost |= !agent_word(r->state[n], states);
		return r->state[n] != NULL;
	}
	if (slice_is(key, "why"))
		return (r->why[n] = text_of(a, v)) != NULL &&
		       v->text.n <= WHY_MAX;
	r->read_back[n] = jvalue_number(v);
	return slice_is(key, "read_back") &&
	       (v->kind == J_NULL || isfinite(r->read_back[n]));
}

static bool
news_read(struct round *r, struct jscan *s, struct jvalue *list)
{
	bool good = list->kind == J_ARRAY;
	struct jvalue one, v;
	struct slice key;

	if (!good)
		jscan_pass(s, list);
	while (list->kind == J_ARRAY && jscan_item(s)) {
		jscan_value(s, &one);
		good = good && one.kind == J_OBJECT && r->n < LIST_MAX;
		if (!good) {
			jscan_pass(s, &one);
			continue;
		}
		r->read_back[r->n] = NAN;
		r->why[r->n] = "";
		while (jscan_member(s, &key)) {
			jscan_value(s, &v);
			good = news_member(r, s->arena, key, &v) && good;
			jscan_pass(s, &v);
		}
		good = good && r->id[r->n] > 0 && r->state[r->n] != NULL;
		r->n++;
	}
	return good;
}

static bool
round_member(struct round *r, struct jscan *s, struct slice key,
    struct jvalue *v)
{
	if (slice_is(key, "held"))
		return held_read(r, s, v);
	if (slice_is(key, "news"))
		return news_read(r, s, v);
	jscan_pass(s, v);
	if (slice_is(key, "run"))
		return (r->run = text_of(s->arena, v)) != NULL &&
		       v->text.n == RUN_CHARS &&
		       strspn(r->run, "0123456789abcdef") == RUN_CHARS;
	r->room = v->kind == J_INT ? v->i : -1;
	return slice_is(key, "room") && r->room >= 0 && r->room <= LIST_MAX;
}

static struct err *
round_read(struct round *r, struct req *rq)
{
	struct slice key, wrong = { NULL, 0 };
	struct jvalue top, v;
	struct jscan s;
	struct err *e;

	if (rq->body_err != NULL)
		return err_raise(rq->body_err->kind, rq->body_err->say, "%s",
		    rq->body_err->why);
	jscan_open(&s, rq->arena, rq->body);
	jscan_value(&s, &top);
	while (top.kind == J_OBJECT && jscan_member(&s, &key)) {
		jscan_value(&s, &v);
		if (!round_member(r, &s, key, &v) && wrong.p == NULL)
			wrong = key;
	}
	if (top.kind == J_ARRAY)
		jscan_pass(&s, &top);
	if ((e = jscan_close(&s)) != NULL)
		return err_pass(e);
	if (wrong.p != NULL)
		return err_pass(unclear(rq->arena, wrong));
	if (r->run == NULL)
		return err_raise(ERR_INPUT, "run: it is needed.", "no run");
	if (r->is_lost)
		return err_raise(ERR_INPUT,
		    "state: want acknowledged, verified or failed.", "state");
	return NULL;
}

static struct err *
news_keep(struct round *r, struct req *rq)
{
	struct arena *a = rq->arena;
	struct rows *rows;
	struct err *e;

	if (r->n == 0)
		return NULL;
	e = tx_rows(&rows, rq->tx, &q_edge_say,
	    ARGS(A((int)rq->who.device), A(r->run), arr_long(a, r->id, r->n),
		arr_text(a, r->state, r->n), arr_real(a, r->read_back, r->n),
		arr_text(a, r->why, r->n)));
	return e != NULL ? err_pass(e) : NULL;
}

static void
orders_put(struct buf *b, int64_t tenant, const struct rows *r)
{
	int i;

	for (i = 0; i < rows_count(r); i++) {
		member_comma(b);
		buf_byte(b, '{');
		member_int(b, "id", rows_int(r, i, EDGE_TAKE_ID));
		member_int(b, "tenant", tenant);
		member_int(b, "device", rows_int(r, i, EDGE_TAKE_DEVICE));
		member_text(b, "point", rows_text(r, i, EDGE_TAKE_POINT));
		member_real(b, "value", rows_real(r, i, EDGE_TAKE_VALUE));
		member_text(b, "confirm", rows_text(r, i, EDGE_TAKE_CONFIRM));
		member_int(b, "left_ms", rows_int(r, i, EDGE_TAKE_LEFT_MS));
		buf_byte(b, '}');
	}
}

struct err *
agent_commands(struct req *rq, struct res *rs)
{
	struct round *r = arena_alloc(rq->arena, sizeof(*r));
	struct rows *due;
	struct err *e;

	if ((e = agent_known(rq)) != NULL || (e = round_read(r, rq)) != NULL ||
	    (e = news_keep(r, rq)) != NULL)
		return err_pass(e);
	buf_byte(&rs->body, '{');
	member_name(&rs->body, "commands");
	buf_byte(&rs->body, '[');
	if (r->room > 0) {
		if ((e = tx_rows(&due, rq->tx, &q_edge_take,
			 ARGS(A((int)rq->who.device), A(r->run),
			     arr_long(rq->arena, r->held, r->n_held),
			     A((int)r->room)))) != NULL)
			return err_pass(e);
		orders_put(&rs->body, rq->who.tenant, due);
	}
	buf_text(&rs->body, "]}\n");
	return NULL;
}

/* ---- health ---- */

enum kind { NUMBER, COUNT, REAL, FLAG, TEXT, CODES };
enum { DEVICE, ANSWERS, EXCEPTIONS, GARBAGE, CORRUPT, SILENT, DOWN };

/* Each is there once in a report. */
static const struct {
	const char *name;
	enum kind kind;
} members[] = {
	[DEVICE] = { "device", NUMBER },
	[ANSWERS] = { "answers", COUNT },
	[EXCEPTIONS] = { "exceptions", CODES },
	[GARBAGE] = { "garbage", COUNT },
	[CORRUPT] = { "corrupt", COUNT },
	[SILENT] = { "silent", COUNT },
	[DOWN] = { "down", COUNT },
	{ "missed", COUNT },
	{ "answer_ms", REAL },
	{ "p99_ms", REAL },
	{ "offline", FLAG },
	{ "busy", REAL },
	{ "load", REAL },
	{ "waiting", NUMBER },
	{ "most_words", NUMBER },
	{ "holes", TEXT },
	{ "remark", TEXT },
};

enum { MEMBERS = sizeof(members) / sizeof(*members), CODES_MAX = 11 };
enum { ILLEGAL_ADDRESS = 2, TEXT_BYTES = 16384 };
/* Of a report: they go into what the cell counts for all its tenants. */
enum { COUNT_MAX = 1000000 };
#define REAL_MAX 1e12

/* Of a body: the reports as they are to be kept, and what they add up to. */
struct told {
	struct buf text;
	size_t units;
	int64_t device[UNITS_MAX];
	uint64_t count[MEMBERS], illegal, rejected;
};

static bool
codes_read(struct told *t, struct jscan *s, struct jvalue *list)
{
	bool good = list->kind == J_ARRAY;
	struct jvalue v;
	int code = 0;

	if (!good)
		jscan_pass(s, list);
	buf_byte(&t->text, '[');
	while (list->kind == J_ARRAY && jscan_item(s)) {
		jscan_value(s, &v);
		jscan_pass(s, &v);
		good = good && v.kind == J_INT && v.i >= 0 &&
		       v.i <= COUNT_MAX && ++code <= CODES_MAX;
		if (!good)
			continue;
		buf_printf(&t->text, "%s%lld", code > 1 ? "," : "",
		    (long long)v.i);
		*(code == ILLEGAL_ADDRESS ? &t->illegal : &t->rejected) +=
		    (uint64_t)v.i;
	}
	buf_byte(&t->text, ']');
	return good && code == CODES_MAX;
}

/* The value of a member that has been named; false: it is none. */
static bool
value_read(struct told *t, struct jscan *s, size_t m, struct jvalue *v)
{
	double real = jvalue_number(v);

	if (members[m].kind == CODES)
		return codes_read(t, s, v);
	jscan_pass(s, v);
	switch (members[m].kind) {
	case NUMBER:
	case COUNT:
		if (v->kind != J_INT || v->i < 0 ||
		    v->i > (members[m].kind == COUNT ? COUNT_MAX : INT32_MAX))
			return false;
		t->count[m] += (uint64_t)v->i;
		if (m == DEVICE && t->units < UNITS_MAX)
			t->device[t->units] = v->i;
		member_put_int(&t->text, v->i);
		return true;
	case REAL:
		member_put_real(&t->text, real);
		return real >= 0 && real <= REAL_MAX;
	case FLAG:
		buf_text(&t->text, v->kind == J_TRUE ? "true" : "false");
		return v->kind == J_TRUE || v->kind == J_FALSE;
	default:
		break;
	}
	if (v->kind != J_TEXT || v->text.n > TEXT_BYTES)
		return false;
	member_put_text(&t->text, text_of(s->arena, v));
	return true;
}

/* One report; what is wrong with it, or p NULL. */
static struct slice
report_read(struct told *t, struct jscan *s)
{
	struct slice key, wrong = { NULL, 0 };
	size_t m, n = 0;
	struct jvalue v;

	member_comma(&t->text);
	buf_byte(&t->text, '{');
	while (jscan_member(s, &key)) {
		for (m = 0; m < MEMBERS && !slice_is(key, members[m].name); m++)
			;
		jscan_value(s, &v);
		if (m < MEMBERS)
			member_name(&t->text, members[m].name);
		else
			jscan_pass(s, &v);
		if ((m == MEMBERS || !value_read(t, s, m, &v)) &&
		    wrong.p == NULL)
			wrong = key;
		n++;
	}
	buf_byte(&t->text, '}');
	t->units++;
	/* No name comes twice, so as many are all of them. */
	if (wrong.p == NULL && n < MEMBERS)
		wrong = (struct slice){ "report", 6 };
	return wrong;
}

static int
by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* One row of the table cannot be changed twice by one statement. */
static struct err *
check_units(struct told *t)
{
	size_t i;

	if (t->units > UNITS_MAX)
		return err_raise(ERR_TOO_BIG, "Too many units at once.",
		    "%zu reports", t->units);
	qsort(t->device, t->units, sizeof(*t->device), by_number);
	for (i = 1; i < t->units; i++)
		if (t->device[i] == t->device[i - 1])
			return err_raise(ERR_INPUT,
			    "device: it is there twice.", "device %lld",
			    (long long)t->device[i]);
	return NULL;
}

static struct err *
told_read(struct told *t, struct req *rq)
{
	struct slice wrong = { NULL, 0 };
	struct jvalue top, one;
	struct jscan s;
	struct err *e;

	if (rq->body_err != NULL)
		return err_raise(rq->body_err->kind, rq->body_err->say, "%s",
		    rq->body_err->why);
	t->text = buf_new(rq->arena, rq->body.n + 64);
	buf_byte(&t->text, '[');
	jscan_open(&s, rq->arena, rq->body);
	jscan_value(&s, &top);
	while (top.kind == J_ARRAY && jscan_item(&s)) {
		jscan_value(&s, &one);
		if (one.kind == J_OBJECT && wrong.p == NULL)
			wrong = report_read(t, &s);
		else
			jscan_pass(&s, &one);
		if (one.kind != J_OBJECT)
			wrong = (struct slice){ "report", 6 };
	}
	buf_byte(&t->text, ']');
	if (top.kind == J_OBJECT)
		jscan_pass(&s, &top);
	if ((e = jscan_close(&s)) != NULL)
		return err_pass(e);
	if (top.kind != J_ARRAY || wrong.p != NULL)
		return err_pass(unclear(rq->arena,
		    wrong.p != NULL ? wrong : (struct slice){ "body", 4 }));
	e = check_units(t);
	return e != NULL ? err_pass(e) : NULL;
}

/* Among the requests of this cell's poller; of units that are its own only. */
static void
count(struct stats *s, const struct told *t)
{
	const uint64_t *n = t->count;

	stat_poll(s, STAT_POLL_ANSWER, n[ANSWERS]);
	stat_poll(s, STAT_POLL_ILLEGAL, t->illegal);
	stat_poll(s, STAT_POLL_EXCEPTION, t->rejected);
	stat_poll(s, STAT_POLL_CORRUPT, n[CORRUPT]);
	stat_poll(s, STAT_POLL_GARBAGE,
	    n[GARBAGE] > n[CORRUPT] ? n[GARBAGE] - n[CORRUPT] : 0);
	stat_poll(s, STAT_POLL_SILENT, n[SILENT]);
	stat_poll(s, STAT_POLL_DOWN, n[DOWN]);
}

struct err *
agent_health(struct req *rq, struct res *rs)
{
	struct told *t = arena_alloc(rq->arena, sizeof(*t));
	struct rows *r;
	struct err *e;

	if ((e = agent_known(rq)) != NULL || (e = told_read(t, rq)) != NULL ||
	    (e = tx_rows(&r, rq->tx, &q_edge_health,
		 ARGS(A((int)rq->who.device), A((const char *)t->text.p)))) !=
		NULL)
		return err_pass(e);
	if ((size_t)rows_int(r, 0, EDGE_HEALTH_HEARD) == t->units)
		count(req_stats(rq), t);
	rs->status = 204;
	return NULL;
}
