/*
 * Telegraf's JSON: {"name", "tags", "fields", "timestamp"}, alone or in
 * {"metrics": [...]}.  The unit of its times is set at the sender; their size
 * tells it.
 */
#include <math.h>

#include "base/clock.h"
#include "intake/metric.h"

enum { FIRST_ROOM = 16 };

/* The members of an object, each a name and a value. */
struct pairs {
	struct line_field *v;
	size_t n, room;
	struct arena *arena;
};

static void
pair_add(struct pairs *all, struct slice key, const struct jvalue *value)
{
	if (all->n == all->room) {
		struct line_field *v;

		all->room *= 2;
		v = arena_room(all->arena, all->room, sizeof(*v));
		memcpy(v, all->v, all->n * sizeof(*v));
		all->v = v;
	}
	all->v[all->n++] = (struct line_field){ key, *value };
}

static void
pairs_read(struct pairs *all, struct jscan *s)
{
	struct slice key;
	struct jvalue v;

	all->n = 0;
	while (jscan_member(s, &key)) {
		jscan_value(s, &v);
		jscan_pass(s, &v);
		pair_add(all, key, &v);
	}
}

static struct pairs
pairs_new(struct arena *a)
{
	return (struct pairs){ .v = arena_room(a, FIRST_ROOM,
				   sizeof(struct line_field)),
		.room = FIRST_ROOM,
		.arena = a };
}

/* What a body of metrics needs again and again. */
struct reader {
	struct intake *in;
	struct jscan *s;
	struct pairs tags, fields;
	struct line_tag *tag;
	size_t tags_room;
};

/* Seconds to nanoseconds, by size; a whole number loses nothing. */
static bool
time_of(int64_t *us, const struct jvalue *v)
{
	if (v->kind == J_INT && v->i >= INT64_C(100000000000000000)) {
		*us = v->i / 1000;
		return true;
	}
	return clock_from_number(us, jvalue_number(v));
}

/* The tags whose values are texts. */
static void
tags_put(struct metric *m, struct reader *r)
{
	size_t i;

	if (r->tags_room < r->tags.n) {
		r->tags_room = r->tags.room;
		r->tag =
		    arena_room(r->in->arena, r->tags_room, sizeof(*r->tag));
	}
	for (i = 0; i < r->tags.n; i++)
		if (r->tags.v[i].value.kind == J_TEXT)
			r->tag[m->n_tags++] =
			    (struct line_tag){ r->tags.v[i].key,
				    r->tags.v[i].value.text };
	m->tag = r->tag;
}

static void
items(struct reader *r, struct metric *m)
{
	struct intake *in = r->in;
	size_t i;

	tags_put(m, r);
	metric_begin(m, in);
	for (i = 0; i < r->fields.n; i++)
		metric_field(in, m, &r->fields.v[i]);
	if (r->fields.n == 0) {
		struct item *it = intake_add(in);

		it->list = m->list;
		it->index = m->index;
		it->raw = m->raw;
		item_refuse(it, in->arena, "no_field", "there is no field");
	}
}

/* The members of the object just entered. */
static void
metric(struct reader *r, struct jvalue *object, const char *list, size_t index)
{
	struct metric m = { .list = list, .index = index, .time = r->in->now };
	struct slice key;
	struct jvalue v;

	r->tags.n = r->fields.n = 0;
	while (jscan_member(r->s, &key)) {
		jscan_value(r->s, &v);
		if (v.kind == J_OBJECT && slice_is(key, "tags")) {
			pairs_read(&r->tags, r->s);
		} else if (v.kind == J_OBJECT && slice_is(key, "fields")) {
			pairs_read(&r->fields, r->s);
		} else if (v.kind == J_TEXT && slice_is(key, "name")) {
			m.name = v.text;
		} else if (slice_is(key, "timestamp") && v.kind != J_NULL) {
			m.timed = true;
			if (!time_of(&m.time, &v)) {
				m.code = "bad_time";
				m.detail = "want a Unix time as a number";
			}
			jscan_pass(r->s, &v);
		} else {
			jscan_pass(r->s, &v);
		}
	}
	jscan_ended(r->s, object);
	m.raw = object->raw;
	items(r, &m);
}

static void
list(struct reader *r, const char *name)
{
	struct intake *in = r->in;
	struct jvalue v;
	struct item *it;
	size_t i;

	for (i = 0; jscan_item(r->s); i++) {
		jscan_value(r->s, &v);
		if (v.kind == J_OBJECT) {
			metric(r, &v, name, i);
			continue;
		}
		jscan_pass(r->s, &v);
		it = intake_add(in);
		it->list = name;
		it->index = i;
		it->raw = v.raw;
		item_refuse(it, in->arena, "not_an_object",
		    "a metric is an object");
	}
}

static struct reader
reader_of(struct intake *in, struct jscan *s)
{
	return (struct reader){ .in = in,
		.s = s,
		.tags = pairs_new(in->arena),
		.fields = pairs_new(in->arena) };
}

struct err *
decode_telegraf_batch(struct intake *in, struct bytes body)
{
	struct members none = { 0 };
	bool found = false;
	struct slice key;
	struct reader r;
	struct jvalue v;
	struct jscan s;
	struct err *e;

	jscan_open(&s, in->arena, body);
	r = reader_of(in, &s);
	jscan_value(&s, &v);
	while (v.kind == J_OBJECT && jscan_member(&s, &key)) {
		struct jvalue inner;

		jscan_value(&s, &inner);
		if (inner.kind == J_ARRAY && slice_is(key, "metrics")) {
			list(&r, "metrics");
			found = true;
		} else {
			jscan_pass(&s, &inner);
		}
	}
	if (v.kind != J_OBJECT)
		jscan_pass(&s, &v);
	if ((e = jscan_close(&s)) != NULL ||
	    (e = intake_envelope(in, body, &none)) != NULL)
		return err_pass(e);
	if (!found)
		return err_raise(ERR_INPUT, "metrics: want an array.",
		    "metrics is no array");
	in->may_be_empty = true;
	return NULL;
}

/* Are its metrics in an array, as its setting use_batch_format makes them? */
static bool
is_batch(struct intake *in, struct bytes body)
{
	struct slice key;
	struct jvalue v;
	struct jscan s;

	jscan_open(&s, in->arena, body);
	jscan_value(&s, &v);
	if (v.kind != J_OBJECT)
		return false;
	while (jscan_member(&s, &key)) {
		jscan_value(&s, &v);
		if (v.kind == J_ARRAY && slice_is(key, "metrics"))
			return true;
		jscan_pass(&s, &v);
	}
	return false;
}

struct err *
decode_telegraf(struct intake *in, struct bytes body)
{
	struct members none = { 0 };
	struct reader r;
	struct jvalue v;
	struct jscan s;
	struct err *e;

	if (is_batch(in, body)) {
		e = decode_telegraf_batch(in, body);
		return e != NULL ? err_pass(e) : NULL;
	}
	jscan_open(&s, in->arena, body);
	r = reader_of(in, &s);
	jscan_value(&s, &v);
	if (v.kind == J_OBJECT)
		metric(&r, &v, "", 0);
	else
		list(&r, "");
	if ((e = jscan_close(&s)) != NULL ||
	    (e = intake_envelope(in, body, &none)) != NULL)
		return err_pass(e);
	return NULL;
}
