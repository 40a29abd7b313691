/*
 * Commands and health over HTTPS.
 *
 * A command is written down before it is carried out, so the server may tell
 * of it again when its answer was lost: what is written down is not begun
 * again.
 */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/log.h"
#include "base/member.h"
#include "health.h"
#include "orders.h"
#include "sink_https.h"

#define JSON_TYPE "application/json"

enum { UNITS_TOGETHER = 150 };

static void
news_put(struct buf *b, const struct entry *e)
{
	if (e->told)
		return;
	member_comma(b);
	buf_byte(b, '{');
	member_int(b, "id", e->id);
	member_text(b, "state", fate_name(e->fate));
	member_real(b, "read_back", e->read_back);
	member_text(b, "why", e->why);
	buf_byte(b, '}');
}

/* What this run has in hand, what became of it, and for how many it has room.
 */
static struct bytes
said(struct arena *a, const struct journal *j, bool last)
{
	struct buf b = buf_new(a, 512);
	size_t i;

	buf_byte(&b, '{');
	member_text(&b, "run", j->run);
	member_int(&b, "room", last ? 0 : (int64_t)(JOURNAL_MAX - j->n));
	member_name(&b, "held");
	buf_byte(&b, '[');
	for (i = 0; i < j->n; i++)
		buf_printf(&b, "%s%lld", i > 0 ? "," : "",
		    (long long)j->v[i].id);
	buf_byte(&b, ']');
	member_name(&b, "news");
	buf_byte(&b, '[');
	for (i = 0; i < j->n; i++)
		news_put(&b, &j->v[i]);
	buf_text(&b, "]}");
	return (struct bytes){ b.p, b.n };
}

/* What the lines have said since the last time is on disk before it is told. */
static void
news_write(struct https *to, struct arena *a)
{
	static const struct hold nobody = { .n = 0 };
	struct task t;
	struct err *e;
	bool any = false;

	while (commands_news(&t, to->commands, &nobody)) {
		journal_note(to->journal, &t);
		any = true;
	}
	if (any && (e = journal_save(to->journal, a)) != NULL)
		log_err(e, "commands not written down");
}

/*
 * One to be carried out, in the time that is left of it.  That is counted from
 * before we asked, by a clock that nobody sets, so whatever our time of day is
 * it does not end too late.
 */
static bool
task_parse(struct task *t, json_t *o, int64_t asked)
{
	const char *point, *confirm;
	json_int_t id, left_ms;

	*t = (struct task){ .read_back = NAN };
	if (json_unpack(o, "{s:I, s:i, s:i, s:s, s:F, s:s, s:I}", "id", &id,
		"tenant", &t->tenant, "device", &t->device, "point", &point,
		"value", &t->value, "confirm", &confirm, "left_ms",
		&left_ms) != 0 ||
	    id <= 0 || strlen(point) >= sizeof(t->point))
		return false;
	t->id = id;
	memcpy(t->point, point, strlen(point) + 1);
	t->confirm = confirm_of(confirm);
	if (left_ms > ORDERS_IN_HAND / CLOCK_MS)
		left_ms = ORDERS_IN_HAND / CLOCK_MS;
	t->expires = asked + left_ms * CLOCK_MS;
	return true;
}

/* What is not on disk is not begun; the server tells of it again. */
static struct err *
bring(struct https *to, struct arena *a, const struct task *v, size_t n)
{
	struct err *e;
	size_t i;

	if ((e = journal_save(to->journal, a)) != NULL) {
		journal_undo(to->journal, n);
		return err_pass(e);
	}
	for (i = 0; i < n; i++)
		orders_bring(to->commands, &v[i]);
	return NULL;
}

static void
json_close(void *o)
{
	json_decref(o);
}

static struct err *
take(struct https *to, struct arena *a, const struct call *c, int64_t asked)
{
	json_t *all, *list, *o;
	struct task *v;
	json_error_t je;
	struct err *e;
	size_t i, n = 0;

	all = json_loadb((const char *)c->answer.p, c->answer.n, 0, &je);
	if (all != NULL)
		arena_defer(a, json_close, all);
	if ((list = json_object_get(all, "commands")) == NULL)
		return err_raise(ERR_BUG, "The commands are damaged.",
		    "line %d: %s", je.line, je.text);
	v = arena_array(a, json_array_size(list), sizeof(*v));
	json_array_foreach(list, i, o)
	{
		if (task_parse(&v[n], o, asked) &&
		    journal_add(to->journal, v[n].id))
			n++;
	}
	if (n > 0 && (e = bring(to, a, v, n)) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
agent_orders(struct sink *sink, struct arena *a, bool last)
{
	struct https *to = (struct https *)sink;
	struct call c = { .path = "/api/v1/ingest/commands" };
	int64_t asked = env_mono();
	struct err *e;

	orders_overdue(to->commands, last ? INT64_MAX : asked);
	news_write(to, a);
	if ((e = https_post(to, a, &c, JSON_TYPE,
		 said(a, to->journal, last))) != NULL)
		return err_pass(e);
	journal_told(to->journal);
	e = take(to, a, &c, asked);
	return e != NULL ? err_pass(e) : NULL;
}

void
agent_keep(struct sink *sink, struct arena *a)
{
	news_write((struct https *)sink, a);
}

static struct err *
some_tell(struct https *to, struct arena *a, struct unit_report *v, size_t n,
    uint64_t waiting)
{
	struct call c = { .path = "/api/v1/ingest/health" };
	struct err *e;
	size_t i;

	if ((e = https_post(to, a, &c, JSON_TYPE,
		 health_text(a, v, n, waiting))) != NULL)
		return err_pass(e);
	for (i = 0; i < n; i++)
		v[i].told = true;
	return NULL;
}

/* What is refused keeps nothing else back, and is said at the end. */
struct err *
agent_health(struct sink *sink, struct arena *a, struct unit_report *v,
    size_t n, uint64_t waiting)
{
	struct err *e, *refused = NULL;
	struct err kept;
	size_t i, k;

	for (i = 0; i < n; i += k) {
		k = n - i < UNITS_TOGETHER ? n - i : UNITS_TOGETHER;
		e = some_tell((struct https *)sink, a, v + i, k, waiting);
		if (e != NULL && e->kind != ERR_INPUT)
			return err_pass(e);
		if (e != NULL) {
			kept = err_keep();
			refused = e;
		}
	}
	if (refused == NULL)
		return NULL;
	err_restore(&kept);
	return err_pass(refused);
}
