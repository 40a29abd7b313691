#include "intake/pick.h"

void
raw_open(struct jscan *s, struct arena *a, struct slice raw)
{
	jscan_open(s, a, (struct bytes){ (const unsigned char *)raw.p, raw.n });
}

/* Is anything wanted of the member of this name? */
static const char *
wanted(const struct pick *p, size_t n, struct slice key)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (p[i].of != NULL && slice_is(key, p[i].of))
			return p[i].of;
	return NULL;
}

static void
put(struct pick *p, size_t n, const char *of, struct slice key,
    const struct jvalue *v)
{
	size_t i;

	if (v->kind == J_NULL)
		return;
	for (i = 0; i < n; i++)
		if (p[i].name != NULL && (of == NULL) == (p[i].of == NULL) &&
		    (of == NULL || strcmp(of, p[i].of) == 0) &&
		    slice_is(key, p[i].name))
			p[i].v = *v;
}

/* The members of an object that stands in the one that is read. */
static void
inner(struct pick *p, size_t n, struct arena *a, const char *of,
    struct slice raw)
{
	struct slice key;
	struct jvalue v;
	struct jscan s;

	raw_open(&s, a, raw);
	jscan_value(&s, &v);
	while (jscan_member(&s, &key)) {
		jscan_value(&s, &v);
		jscan_pass(&s, &v);
		put(p, n, of, key, &v);
	}
}

void
picks_read(struct pick *p, size_t n, struct arena *a, struct slice object)
{
	const char *of;
	struct slice key;
	struct jvalue v;
	struct jscan s;

	raw_open(&s, a, object);
	jscan_value(&s, &v);
	while (jscan_member(&s, &key)) {
		jscan_value(&s, &v);
		jscan_pass(&s, &v);
		put(p, n, NULL, key, &v);
		if (v.kind == J_OBJECT && (of = wanted(p, n, key)) != NULL)
			inner(p, n, a, of, v.raw);
	}
}

struct slice
pick_text(const struct pick *p)
{
	if (p->v.kind == J_TEXT)
		return p->v.text;
	if (p->v.kind == J_INT)
		return p->v.raw;
	return (struct slice){ NULL, 0 };
}

void
common_at(struct common *c, struct intake *in, struct slice raw,
    struct slice device, const struct jvalue *time)
{
	struct members *m = &in->members;

	members_clear(m);
	if (time->kind != J_NONE)
		members_put(m, members_name(m, (struct slice){ "ts", 2 }),
		    time);
	common_read(c, in, raw);
	c->device = device;
}

struct slice
device_asked(const struct intake *in)
{
	const char *name = in->asked.device;

	if (name == NULL || *name == 0)
		return (struct slice){ NULL, 0 };
	return (struct slice){ name, strlen(name) };
}

/* The items of an array, each an object or refused. */
static void
all_of(struct intake *in, struct slice array, object_fn *one, void *arg)
{
	struct object o = { .list = true };
	struct item *it;
	struct jvalue v;
	struct jscan s;

	raw_open(&s, in->arena, array);
	jscan_value(&s, &v);
	for (o.index = 0; jscan_item(&s); o.index++) {
		jscan_value(&s, &v);
		jscan_pass(&s, &v);
		o.raw = v.raw;
		if (v.kind == J_OBJECT) {
			one(in, &o, arg);
			continue;
		}
		it = intake_add(in);
		it->raw = v.raw;
		it->list = "";
		it->index = o.index;
		item_refuse(it, in->arena, "not_an_object", "want an object");
	}
}

struct err *
objects_read(struct intake *in, struct bytes body, object_fn *one, void *arg)
{
	struct object o = { .list = false };
	struct jvalue top;
	struct jscan s;
	struct err *e;

	jscan_open(&s, in->arena, body);
	jscan_value(&s, &top);
	jscan_pass(&s, &top);
	if ((e = jscan_close(&s)) != NULL)
		return err_pass(e);
	o.raw = top.raw;
	if (top.kind == J_OBJECT)
		one(in, &o, arg);
	else
		all_of(in, top.raw, one, arg);
	return NULL;
}
