/* What a file is likely to be, and what somebody has to say about it. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/dates.h"
#include "intake/csv_plan.h"

enum { KEY_MAX = 64, UNIT_MAX = 32 };

/* Below this, numbers are no instants: it is 1973 in seconds. */
#define EPOCH_LEAST 1e8

/* Names that columns of one kind of file always have. */
static const struct {
	const char *name;
	enum column_as as;
} known[] = {
	{ "device", AS_DEVICE },
	{ "device_id", AS_DEVICE },
	{ "deviceid", AS_DEVICE },
	{ "machine_id", AS_DEVICE },
	{ "siteCode", AS_DEVICE },
	{ "sensor", AS_NAME },
	{ "sensor_id", AS_NAME },
	{ "variableCode", AS_NAME },
	{ "value", AS_VALUE },
	{ "unit", AS_UNIT },
	{ "unitCode", AS_UNIT },
	{ "quality", AS_LEAVE },
	{ "revision", AS_LEAVE },
};

/* ---- suggesting ---- */

/* "Volume Flow [L/min]" is of the sensor volume_flow, in L/min. */
static void
name_to_key(struct use *u, struct arena *a, const char *name, size_t column)
{
	size_t n = strcspn(name, "[("), i, len = 0;
	const char *unit = name + n;
	char *key = arena_alloc(a, KEY_MAX + 1);

	for (i = 0; i < n && len < KEY_MAX; i++) {
		unsigned char c = (unsigned char)name[i];

		if (c < 0x80 && (isalnum(c) || c == '.' || c == '-'))
			key[len++] = (char)tolower(c);
		else if (len > 0 && key[len - 1] != '_')
			key[len++] = '_';
	}
	while (len > 0 && key[len - 1] == '_')
		len--;
	key[len] = 0;
	u->key = len > 0 ? key : arena_printf(a, "column_%zu", column + 1);
	u->unit = "";
	if (*unit != 0) {
		size_t end = strcspn(++unit, "])");

		if (end <= UNIT_MAX)
			u->unit = arena_copy(a, unit, end);
	}
}

static bool
is_taken(const struct plan *p, size_t n, const char *key)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (use_has_key(&p->column[i]) &&
		    strcmp(p->column[i].key, key) == 0)
			return true;
	return false;
}

static void
suggest_sensor(struct plan *p, struct arena *a, const struct look *l, size_t i)
{
	struct use *u = &p->column[i];

	name_to_key(u, a, l->column[i].name, i);
	if (is_taken(p, i, u->key))
		u->key = arena_printf(a, "%.58s_%zu", u->key, i + 1);
	u->as = AS_SENSOR;
}

/* Numbers that are instants, in a column that is called so. */
static bool
is_unix(const struct seen *c)
{
	static const char *const names[] = { "time", "timestamp", "ts" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcasecmp(names[i], c->name) == 0)
			return strcmp(seen_kind(c), "number") == 0 &&
			       c->least >= EPOCH_LEAST;
	return false;
}

/* Which column says when: one that needs no answer before one that does. */
static size_t
time_column(const struct look *l)
{
	size_t best = l->n, i;
	int rank = 0;

	for (i = 0; i < l->n; i++) {
		const struct seen *c = &l->column[i];
		int r;

		if (rank == 0 && is_unix(c)) {
			best = i;
			continue;
		}
		if (strcmp(seen_kind(c), "time") != 0)
			continue;
		r = 1 + 4 * c->has_time + 2 * !c->is_bare +
		    (!c->is_open || (c->order & (c->order - 1)) == 0);
		if (r > rank) {
			rank = r;
			best = i;
		}
	}
	return best;
}

static bool
is_known(enum column_as *as, const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (strcasecmp(known[i].name, name) == 0) {
			*as = known[i].as;
			return true;
		}
	return false;
}

/* A file of one reading a row names all three of it. */
static bool
is_long(const struct look *l)
{
	bool has[COLUMN_AS] = { false };
	enum column_as as;
	size_t i;

	for (i = 0; i < l->n; i++)
		if (is_known(&as, l->column[i].name))
			has[as] = true;
	return has[AS_NAME] && has[AS_VALUE];
}

void
plan_suggest(struct plan *p, struct arena *a, const struct look *l)
{
	size_t when = time_column(l), i;
	bool rows = is_long(l);

	*p = (struct plan){ .zone = "", .device = "", .site = "", .start = "" };
	p->column = arena_array(a, CSV_COLUMNS_MAX, sizeof(*p->column));
	p->n = l->n;
	for (i = 0; i < l->n; i++) {
		const struct seen *c = &l->column[i];
		struct use *u = &p->column[i];
		const char *kind = seen_kind(c);
		enum column_as as;

		*u = (struct use){ .key = "",
			.unit = "",
			.low = "",
			.high = "" };
		if (i == when)
			u->as = AS_TIME;
		else if (is_known(&as, c->name) && (rows || as == AS_DEVICE))
			u->as = as;
		else if (strcmp(kind, "clock") == 0 && when < l->n &&
			 !l->column[when].has_time)
			u->as = AS_CLOCK;
		else if (strcmp(kind, "number") == 0 && !rows && *c->name != 0)
			suggest_sensor(p, a, l, i);
	}
	if ((l->marks & (l->marks - 1)) == 0)
		p->decimal = l->marks == MARK_COMMA ? ',' : '.';
}

/* ---- asking ---- */

static void
ask(struct questions *q, const char *field, const char *text)
{
	if (q->n < QUESTIONS_MAX)
		q->v[q->n++] = (struct question){ field, text };
}

/* How many columns are used so, and the last of them. */
static size_t
used(size_t *at, const struct plan *p, enum column_as as)
{
	size_t i, n = 0;

	for (i = 0; i < p->n; i++)
		if (p->column[i].as == as) {
			*at = i;
			n++;
		}
	return n;
}

static void
ask_order(struct questions *q, struct arena *a, const struct plan *p,
    const struct seen *c)
{
	struct buf b;
	unsigned bit;

	if (!c->is_open)
		return;
	if (c->order == 0) {
		if (p->order == 0)
			ask(q, "order",
			    "The rows do not agree: dmy, mdy or ymd?");
		return;
	}
	if (p->order != 0 && (p->order & c->order) != 0)
		return;
	if (p->order == 0 && (c->order & (c->order - 1)) == 0)
		return;
	b = buf_new(a, 128);
	buf_printf(&b, "%s can be read as", c->sample[0]);
	for (bit = 1; bit <= c->order; bit *= 2)
		if ((c->order & bit) != 0)
			buf_printf(&b, " %s", date_order_name(bit));
	buf_text(&b, ": which one is it? (d day, m month, y year)");
	ask(q, "order", (const char *)b.p);
}

static void
ask_dates(struct questions *q, struct arena *a, const struct plan *p,
    const struct seen *c)
{
	if (strcmp(seen_kind(c), "number") == 0) {
		if (c->least < EPOCH_LEAST)
			ask(q, "columns",
			    "The time's numbers are no instants; are they "
			    "seconds since a start?");
		return;
	}
	if (strcmp(seen_kind(c), "time") != 0) {
		ask(q, "columns", "The column of the time has no dates in it.");
		return;
	}
	ask_order(q, a, p, c);
	if (c->is_bare && *p->zone == 0)
		ask(q, "zone",
		    "The times name no zone: in which one were they taken?");
}

static void
ask_time(struct questions *q, struct arena *a, const struct plan *p,
    const struct look *l)
{
	size_t at = 0, since = 0, clock = 0;
	size_t n = used(&at, p, AS_TIME), m = used(&since, p, AS_SECONDS);
	int64_t us;

	if (n + m == 0)
		ask(q, "columns", "Which column says when?");
	else if (n + m > 1 || used(&clock, p, AS_CLOCK) > n)
		ask(q, "columns", "More than one column says when.");
	else if (n == 1 && at < l->n)
		ask_dates(q, a, p, &l->column[at]);
	if (m > 0 && *p->start == 0)
		ask(q, "start", "When did the seconds begin to count?");
	else if (*p->start != 0 && !clock_from_iso(&us, p->start))
		ask(q, "start",
		    "Want an instant with a zone, 2026-11-21T06:00:00Z.");
	if (*p->zone != 0 && !zone_is_known(p->zone))
		ask(q, "zone", "There is no such zone; Europe/Berlin is one.");
}

/* A column of readings: its key and bounds. */
static void
ask_reading(struct questions *q, struct arena *a, const struct plan *p,
    size_t i)
{
	const struct use *u = &p->column[i];
	double low, high;

	if (use_has_key(u) && !key_is_good(u->key))
		ask(q, "columns",
		    arena_printf(a, "Column %zu needs a sensor's key.", i + 1));
	else if (use_has_key(u) && is_taken(p, i, u->key))
		ask(q, "columns",
		    arena_printf(a, "Two columns are of %s.", u->key));
	if (!use_bounds(&low, &high, u))
		ask(q, "columns",
		    arena_printf(a,
			"Column %zu: want numbers from the lowest to the "
			"highest.",
			i + 1));
}

static void
ask_names(struct questions *q, struct arena *a, const struct plan *p)
{
	size_t at = 0, i, sensors = used(&at, p, AS_SENSOR);
	size_t names = used(&at, p, AS_NAME), values = used(&at, p, AS_VALUE);

	if (used(&at, p, AS_DEVICE) > 1)
		ask(q, "columns", "More than one column names the device.");
	else if (used(&at, p, AS_DEVICE) == 0 && *p->device == 0)
		ask(q, "device", "Of which device are the readings?");
	if (*p->device != 0 && !key_is_good(p->device))
		ask(q, "device", "A key has letters, digits and . _ : - only.");
	if (sensors + values == 0)
		ask(q, "columns", "Which columns are readings?");
	if (names != values || names > 1)
		ask(q, "columns",
		    "A column of values needs one with the sensors' names.");
	for (i = 0; i < p->n; i++)
		if (use_reads(&p->column[i]))
			ask_reading(q, a, p, i);
}

void
plan_ask(struct questions *q, struct arena *a, const struct plan *p,
    const struct look *l)
{
	q->n = 0;
	if (p->n != l->n)
		ask(q, "columns",
		    arena_printf(a, "The file has %zu columns, the plan %zu.",
			l->n, p->n));
	ask_time(q, a, p, l);
	ask_names(q, a, p);
	if (p->decimal == 0 && (l->marks & (l->marks - 1)) != 0)
		ask(q, "decimal",
		    "Is 1,234 above a thousand (\".\") or above one (\",\")?");
	if (p->makes && *p->site == 0)
		ask(q, "site", "Where are the devices that are missing?");
}
