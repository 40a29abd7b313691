/*
 * Line protocol: every field of a line is a reading, and a line that is none
 * is one refused item.
 */
#include "base/utf8.h"
#include "intake/lean.h"

enum { RAW_MAX = 4096 };

/*
 * What is kept of a line that is none: text that the database takes, in which
 * '?' stands for what is not.
 */
static struct slice
remains(struct arena *a, struct slice raw)
{
	size_t n = raw.n < RAW_MAX ? raw.n : RAW_MAX, i, one;
	char *s = arena_copy(a, raw.p, n);

	for (i = 0; i < n; i += one) {
		one = s[i] == 0 ? 0 : utf8_character(s + i, n - i);
		if (one == 0) {
			s[i] = '?';
			one = 1;
		}
	}
	return (struct slice){ s, n };
}

static void
refuse(struct intake *in, const struct line *l)
{
	struct item *it = intake_add(in);

	it->place = arena_printf(in->arena, "line %zu", l->number);
	it->raw = remains(in->arena, l->raw);
	it->value.raw = it->raw;
	item_refuse(it, in->arena, l->code, "%s", l->why);
}

/* A line's fields, each an item. */
static void
accept(struct intake *in, const struct line *l)
{
	struct metric m = { .name = l->name,
		.tag = l->tag,
		.n_tags = l->n_tags,
		.raw = l->raw,
		.place = arena_printf(in->arena, "line %zu", l->number),
		.time = in->now,
		.timed = l->timed };
	size_t i;

	if (l->timed && !lean_time(&m.time, l->time,
			    in->asked.tick_ns != 0 ? in->asked.tick_ns : 1)) {
		m.code = "bad_time";
		m.detail = "the time is beyond what 64 bits of ns can say";
	}
	metric_begin(&m, in);
	for (i = 0; i < l->n_fields; i++)
		metric_field(in, &m, &l->field[i]);
}

struct err *
decode_line(struct intake *in, struct bytes body)
{
	size_t good = 0, first, bad = 0;
	const char *why = NULL;
	struct lines s;
	struct line l;

	lines_open(&s, in->arena, body);
	for (;;) {
		if (in->lean != NULL)
			lean_lines(in->lean, &s);
		if (in->full || !lines_next(&l, &s))
			break;
		first = in->n;
		if (l.why != NULL) {
			refuse(in, &l);
			if (bad++ == 0)
				why = arena_printf(in->arena, "line %zu: %s.",
				    l.number, l.why);
			continue;
		}
		good++;
		accept(in, &l);
		if (in->lean != NULL)
			lean_learn(in->lean, in, first, &l);
	}
	if (in->lean != NULL) {
		good += in->lean->r.n;
		in->full |= in->lean->r.n + in->n > ITEMS_MAX;
	}
	if (good == 0 && bad > 0)
		return err_raise(ERR_INPUT, why, "%zu bad lines", bad);
	in->may_be_empty = true;
	return NULL;
}
