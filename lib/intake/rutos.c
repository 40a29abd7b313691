#include "intake/rutos.h"

#include <stdlib.h>
#include <string.h>

#include "intake/sequence.h"
#include "intake/template.h"

/* What is walked: an object of inputs, and the segment that is read. */
struct walk {
	struct intake *in;
	struct parts top, one;
};

static const struct slice none = { NULL, 0 };

const struct jvalue *
part_get(const struct parts *p, const char *name)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (slice_is(p->v[i].key, name))
			return p->v[i].v.kind != J_NULL ? &p->v[i].v : NULL;
	return NULL;
}

struct slice
part_text(const struct parts *p, const char *name)
{
	const struct jvalue *v = part_get(p, name);

	if (v == NULL || (v->kind != J_TEXT && v->kind != J_INT))
		return none;
	return v->kind == J_TEXT ? v->text : v->raw;
}

/* The first of these that is there. */
static struct slice
first_text(const struct parts *p, const char *const *names)
{
	struct slice s = none;

	for (; *names != NULL && s.p == NULL; names++)
		s = part_text(p, *names);
	return s;
}

static void
parts_put(struct parts *p, struct arena *a, const struct part *one)
{
	if (p->n == p->room) {
		struct part *v;

		p->room = 2 * p->room + 32;
		v = arena_room(a, p->room, sizeof(*v));
		if (p->n > 0)
			memcpy(v, p->v, p->n * sizeof(*v));
		p->v = v;
	}
	p->v[p->n++] = *one;
}

static void
open_raw(struct jscan *s, const struct intake *in, struct slice raw)
{
	jscan_open(s, in->arena,
	    (struct bytes){ (const unsigned char *)raw.p, raw.n });
}

/* The members of the object just entered. */
static void
parts_fill(struct parts *p, struct intake *in, struct jscan *s,
    struct jvalue *v)
{
	struct members *m = &in->members;
	struct part one;

	p->n = 0;
	members_clear(m);
	while (jscan_member(s, &one.key)) {
		jscan_value(s, &one.v);
		jscan_pass(s, &one.v);
		members_put(m, members_name(m, one.key), &one.v);
		parts_put(p, in->arena, &one);
	}
	jscan_ended(s, v);
	p->raw = v->raw;
}

/* The value that is due; false, and it is passed over: it is no object. */
static bool
parts_read(struct parts *p, struct intake *in, struct jscan *s,
    struct jvalue *v)
{
	jscan_value(s, v);
	if (v->kind == J_OBJECT) {
		parts_fill(p, in, s, v);
		return true;
	}
	p->n = 0;
	jscan_pass(s, v);
	return false;
}

/* Its data: a null is there, and means that the router has no value. */
static const struct jvalue *
data_of(const struct parts *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (slice_is(p->v[i].key, "data") ||
		    slice_is(p->v[i].key, "VR"))
			return &p->v[i].v;
	return NULL;
}

static const char *const places[] = { "full_addr", "addr", "ST", NULL };
static const char *const servers[] = { "server_name", "server_id", "ID", NULL };

/* Is it an answer of a device that the router asked? */
static bool
is_segment(const struct parts *p)
{
	const struct jvalue *name = part_get(p, "name");

	return data_of(p) != NULL && ((name != NULL && name->kind == J_TEXT) ||
					 first_text(p, places).p != NULL);
}

/* The only item of an array; false: it has none or more. */
static bool
only_item(struct jvalue *out, const struct intake *in,
    const struct jvalue *array)
{
	struct jvalue v;
	struct jscan s;

	open_raw(&s, in, array->raw);
	jscan_value(&s, &v);
	if (!jscan_item(&s))
		return false;
	jscan_value(&s, out);
	jscan_pass(&s, out);
	return !jscan_item(&s);
}

/* "[118.45]", [118.45] and "118.45" are one number. */
static struct jvalue
decoded(const struct intake *in, const struct jvalue *data)
{
	struct jvalue v = *data;

	if (data->kind == J_ARRAY && only_item(&v, in, data))
		return v;
	if (data->kind != J_TEXT || data->text.n < 2 ||
	    data->text.p[0] != '[' || data->text.p[data->text.n - 1] != ']' ||
	    memchr(data->text.p, ',', data->text.n) != NULL)
		return *data;
	v.text.p++;
	v.text.n -= 2;
	return v;
}

/* A small number as text; -1: it is none. */
static int
slave_of(struct slice s)
{
	int v = 0;
	size_t i;

	if (s.n == 0 || s.n > 3)
		return -1;
	for (i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return -1;
		v = v * 10 + (s.p[i] - '0');
	}
	return v <= UINT8_MAX ? v : -1;
}

static struct slice
printed(struct arena *a, const char *before, struct slice s)
{
	const char *text = arena_printf(a, "%s:%.*s", before, (int)s.n, s.p);

	return (struct slice){ text, strlen(text) };
}

/* Registers and slave of the segment, and the names that come of them. */
static void
wiring(struct item *it, struct intake *in, const struct parts *p,
    const struct jvalue *data)
{
	static const char *const slaves[] = { "server_id", "ID", NULL };
	struct slice at = first_text(p, places);
	struct slice slave = first_text(p, slaves);
	const struct jvalue *size = part_get(p, "size");
	int base = part_get(p, "ST") != NULL ? 0 : 1;
	struct segment *s = arena_alloc(in->arena, sizeof(*s));

	*s = (struct segment){ .words = { .address = -1 },
		.slave = slave_of(slave) };
	if (slave.p != NULL)
		it->also_device = printed(in->arena, "slave", slave);
	if (words_place(&s->words, at, base))
		it->also_sensor = printed(in->arena, "reg", at);
	/* One number out of several registers is what they were decoded to. */
	if (data != NULL && words_read(&s->words, in->arena, data) &&
	    s->words.n == 1 &&
	    (s->words.address < 0 ||
		(size != NULL && size->kind == J_INT && size->i > 1)))
		s->words.n = 0;
	if (it->sensor.p == NULL)
		it->sensor = it->also_sensor;
	it->segment = s;
	in->segments++;
}

/* The texts of a segment that the router was to fill in and has not. */
static void
templates(struct item *it, struct intake *in, const struct parts *p)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		const struct part *one = &p->v[i];

		if (one->v.kind != J_TEXT || !template_in(one->v.text))
			continue;
		intake_warn(in, "template_unexpanded");
		if (it == NULL)
			continue;
		/* It is the cause of whatever else is wrong. */
		it->code = NULL;
		item_refuse(it, in->arena, "template_unexpanded",
		    "%s: the router has not filled in \"%s\"",
		    text_clip(in->arena, one->key, 40),
		    text_clip(in->arena, one->v.text, 40));
		return;
	}
}

/* Answers of a device; `place` is where the segment stood. */
static void
segment(struct walk *w, struct slice input, const char *place)
{
	struct intake *in = w->in;
	const struct jvalue *data = data_of(&w->one);
	struct common c;
	struct item *it;

	common_read(&c, in, w->one.raw);
	c.device = members_server(&in->members);
	if (c.device.p == NULL)
		c.device = input;
	it = intake_add(in);
	item_common(it, &c);
	it->place =
	    arena_printf(in->arena, "%s%s%s", place, *place != 0 ? "." : "",
		part_get(&w->one, "VR") != NULL ? "VR" : "data");
	it->sensor = members_text(&in->members, SLOT_NAME);
	if (data != NULL)
		it->value = decoded(in, data);
	wiring(it, in, &w->one, data);
	templates(it, in, &w->one);
}

/* The object that was read, of whatever kind it is. */
static void
object(struct walk *w, struct slice input, const char *place)
{
	struct intake *in = w->in;
	const struct kind *k = NULL;
	struct common c;
	struct item *it;

	if (is_segment(&w->one)) {
		segment(w, input, place);
		return;
	}
	common_read(&c, in, w->one.raw);
	if ((k = kind_of(&w->one)) != NULL) {
		templates(NULL, in, &w->one);
		kind_take(in, k, &w->one, &c, place);
		return;
	}
	it = intake_add(in);
	item_common(it, &c);
	it->place = place;
	it->device = input;
	item_refuse(it, in->arena, "no_values", "a segment has name and data");
}

/* The value that is due is a segment; it is the i-th of its input. */
static void
listed(struct walk *w, struct slice input, size_t i, struct jscan *s)
{
	const char *place = arena_printf(w->in->arena, "%.*s[%zu]",
	    (int)input.n, input.n > 0 ? input.p : "", i);
	struct jvalue v;
	struct item *it;

	if (parts_read(&w->one, w->in, s, &v)) {
		object(w, input, place);
		return;
	}
	it = intake_add(w->in);
	it->raw = v.raw;
	it->place = place;
	item_refuse(it, w->in->arena, "not_an_object",
	    "a segment is an object");
}

/* One input with all its segments. */
static void
input(struct walk *w, struct slice name, const struct jvalue *all)
{
	struct jvalue v;
	struct jscan s;
	size_t i;

	open_raw(&s, w->in, all->raw);
	if (all->kind == J_OBJECT) {
		listed(w, name, 0, &s);
		return;
	}
	jscan_value(&s, &v);
	for (i = 0; jscan_item(&s); i++)
		listed(w, name, i, &s);
}

/* The object that was read into top stands alone. */
static void
alone(struct walk *w, const char *place)
{
	struct parts was = w->one;

	w->one = w->top;
	w->top = was;
	object(w, none, place);
}

/* The object that was read into top: inputs, or a segment alone. */
static void
either(struct walk *w, const char *place)
{
	const struct parts *top = &w->top;
	bool any = false;
	size_t i;

	if (is_segment(top) || kind_of(top) != NULL) {
		alone(w, place);
		return;
	}
	for (i = 0; i < top->n; i++) {
		const struct part *p = &top->v[i];

		if (p->v.kind != J_OBJECT && p->v.kind != J_ARRAY)
			continue;
		any = true;
		input(w, p->key, &p->v);
	}
	if (!any)
		alone(w, place);
}

static const char *
place_of(struct intake *in, size_t i)
{
	return arena_printf(in->arena, "[%zu]", i);
}

/* The next of an array's items. */
static void
item_read(struct walk *w, struct jscan *s, size_t i)
{
	struct intake *in = w->in;
	struct jvalue v;
	struct item *it;

	if (parts_read(&w->top, in, s, &v)) {
		either(w, place_of(in, i));
		return;
	}
	it = intake_add(in);
	it->raw = v.raw;
	it->place = place_of(in, i);
	item_refuse(it, in->arena, "not_an_object", "a segment is an object");
}

struct err *
decode_rutos(struct intake *in, struct bytes body)
{
	struct walk w = { .in = in };
	size_t i = 0;
	struct jvalue v;
	struct jscan s;
	struct err *e;

	jscan_open(&s, in->arena, body);
	do {
		jscan_value(&s, &v);
		if (v.kind == J_OBJECT) {
			parts_fill(&w.top, in, &s, &v);
			either(&w, i == 0 ? "" : place_of(in, i));
			i++;
		}
		if (v.kind == J_ARRAY)
			while (jscan_item(&s))
				item_read(&w, &s, i++);
	} while (sequence_next(&s, body));
	e = jscan_close(&s);
	return e != NULL ? err_pass(e) : NULL;
}

/* Alone it needs more to be told by: name and data has many an object. */
static bool
is_wired(const struct parts *p)
{
	if (part_get(p, "MAC") != NULL && part_get(p, "DT") != NULL)
		return true;
	return data_of(p) != NULL && (first_text(p, places).p != NULL ||
					 first_text(p, servers).p != NULL);
}

/*
 * The first object of an input, or the first that is a segment, into w->one;
 * false: it has none.
 */
static bool
first_object(struct walk *w, const struct jvalue *all, bool of_segments)
{
	struct jvalue v;
	struct jscan s;

	open_raw(&s, w->in, all->raw);
	if (all->kind == J_OBJECT)
		return parts_read(&w->one, w->in, &s, &v) &&
		       (!of_segments || is_segment(&w->one));
	jscan_value(&s, &v);
	while (jscan_item(&s))
		if (parts_read(&w->one, w->in, &s, &v) &&
		    (!of_segments || is_segment(&w->one)))
			return true;
	return false;
}

/* Has it an input of segments, or nothing but inputs, and a known one? */
static bool
has_inputs(struct walk *w)
{
	bool known = false, only = true;
	size_t i;

	for (i = 0; i < w->top.n; i++) {
		const struct jvalue *all = &w->top.v[i].v;

		if (all->kind != J_OBJECT && all->kind != J_ARRAY) {
			only = false;
			continue;
		}
		if (first_object(w, all, true))
			return true;
		if (first_object(w, all, false))
			known |= kind_of(&w->one) != NULL;
	}
	return known && only;
}

bool
is_rutos(struct intake *in, struct bytes body)
{
	struct walk w = { .in = in };
	struct jvalue v;
	struct jscan s;

	jscan_open(&s, in->arena, body);
	jscan_value(&s, &v);
	if (v.kind == J_ARRAY) {
		if (!jscan_item(&s))
			return false;
		jscan_value(&s, &v);
	}
	if (v.kind != J_OBJECT)
		return false;
	parts_fill(&w.top, in, &s, &v);
	return is_wired(&w.top) || has_inputs(&w);
}
