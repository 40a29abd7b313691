/*
 * EMQX Neuron and NeuronEX, both of their formats:
 *
 *	{"node":"N1","group":"fast","timestamp":1763703600123,
 *	 "values":{"flow_rate":118.45},"errors":{"temperature":3002}}
 *	{"node":"N1","group":"fast","timestamp":1763703600123,
 *	 "tags":[{"name":"flow_rate","value":118.45},
 *	         {"name":"temperature","error":3002}]}
 *
 * The device is the node, the sensor the tag; a mapping may also go by
 * "group.tag".  A tag with an error is a reading without a value.
 */
#include "intake/pick.h"

enum { NODE, GROUP, TIME, VALUES, ERRORS, TAGS, NEURON_PICKS };

/* What the tags of one object have in common. */
struct tags {
	struct intake *in;
	struct common c;
	struct slice group;
};

static struct item *
tag(const struct tags *t, struct slice name)
{
	struct item *it = intake_add(t->in);

	item_common(it, &t->c);
	it->sensor = name;
	if (t->group.p != NULL && name.p != NULL) {
		const char *also = arena_printf(t->in->arena, "%.*s.%.*s",
		    (int)t->group.n, t->group.p, (int)name.n, name.p);

		it->also_sensor = (struct slice){ also, strlen(also) };
	}
	return it;
}

/* It could not be read: there is no value, and that is known. */
static void
failed(struct item *it, const struct jvalue *error)
{
	it->value = (struct jvalue){ .kind = J_NULL, .raw = error->raw };
}

/* {"flow_rate": 118.45}, or of errors {"temperature": 3002}. */
static void
values(const struct tags *t, const struct jvalue *all, const char *joint,
    bool errors)
{
	struct slice key;
	struct item *it;
	struct jvalue v;
	struct jscan s;

	if (all->kind != J_OBJECT)
		return;
	raw_open(&s, t->in->arena, all->raw);
	jscan_value(&s, &v);
	while (jscan_member(&s, &key)) {
		jscan_value(&s, &v);
		jscan_pass(&s, &v);
		it = tag(t, key);
		it->joint = joint;
		if (errors)
			failed(it, &v);
		else
			it->value = v;
	}
}

/* One of the list "tags". */
static void
listed(const struct tags *t, const struct jvalue *v, size_t i)
{
	struct pick p[] = { { .name = "name" }, { .name = "value" },
		{ .name = "error" } };
	struct item *it;

	if (v->kind == J_OBJECT)
		picks_read(p, sizeof(p) / sizeof(*p), t->in->arena, v->raw);
	it = tag(t, p[0].v.kind == J_TEXT ? p[0].v.text : (struct slice){ 0 });
	it->list = "tags";
	it->index = i;
	it->value = p[1].v;
	if (it->sensor.p == NULL)
		item_refuse(it, t->in->arena, "no_sensor", "a tag has a name");
	if (p[2].v.kind != J_NONE && jvalue_number(&p[2].v) != 0)
		failed(it, &p[2].v);
	else if (p[1].v.kind == J_NONE)
		item_refuse(it, t->in->arena, "no_values",
		    "a tag has a value or an error");
}

static void
tags(const struct tags *t, const struct jvalue *all)
{
	struct jvalue v;
	struct jscan s;
	size_t i;

	if (all->kind != J_ARRAY)
		return;
	raw_open(&s, t->in->arena, all->raw);
	jscan_value(&s, &v);
	for (i = 0; jscan_item(&s); i++) {
		jscan_value(&s, &v);
		jscan_pass(&s, &v);
		listed(t, &v, i);
	}
}

static void
report(struct intake *in, const struct object *o, void *arg)
{
	struct pick p[NEURON_PICKS] = {
		[NODE] = { .name = "node" },
		[GROUP] = { .name = "group" },
		[TIME] = { .name = "timestamp" },
		[VALUES] = { .name = "values" },
		[ERRORS] = { .name = "errors" },
		[TAGS] = { .name = "tags" },
	};
	struct tags t = { .in = in };
	size_t first = in->n;
	struct item *it;

	(void)arg;
	picks_read(p, NEURON_PICKS, in->arena, o->raw);
	common_at(&t.c, in, o->raw, pick_text(&p[NODE]), &p[TIME].v);
	t.group = pick_text(&p[GROUP]);
	values(&t, &p[VALUES].v, o->list ? ".values." : "values.", false);
	values(&t, &p[ERRORS].v, o->list ? ".errors." : "errors.", true);
	tags(&t, &p[TAGS].v);
	/* A group may have nothing to tell, if it says so. */
	in->may_be_empty |= in->n == first;
	if (p[VALUES].v.kind == J_NONE && p[ERRORS].v.kind == J_NONE &&
	    p[TAGS].v.kind == J_NONE)
		item_refuse(tag(&t, (struct slice){ NULL, 0 }), in->arena,
		    "no_values", "want values or tags");
	for (; first < in->n; first++) {
		it = &in->v[first];
		if (t.c.device.p == NULL)
			item_refuse(it, in->arena, "no_device",
			    "node is missing");
		if (o->list && it->list == NULL) {
			it->list = "";
			it->index = o->index;
		}
	}
}

struct err *
decode_neuron(struct intake *in, struct bytes body)
{
	struct members none = { 0 };
	struct err *e;

	if ((e = objects_read(in, body, report, NULL)) != NULL ||
	    (e = intake_envelope(in, body, &none)) != NULL)
		return err_pass(e);
	return NULL;
}
