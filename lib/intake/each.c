#include "intake/each.h"

/* What is due in the array. */
static void
item(struct intake *in, struct jscan *s, each_fn *read)
{
	struct item *it;
	struct jvalue v;

	jscan_value(s, &v);
	if (v.kind == J_OBJECT) {
		read(in, s, &v);
		return;
	}
	jscan_pass(s, &v);
	it = intake_add(in);
	it->raw = v.raw;
	item_refuse(it, in->arena, "not_an_object", "a reading is an object");
}

struct err *
each_object(struct intake *in, struct bytes body, each_fn *read)
{
	struct jvalue top;
	struct jscan s;
	struct err *e;
	size_t i, k, first;

	jscan_open(&s, in->arena, body);
	jscan_value(&s, &top);
	if (top.kind == J_OBJECT)
		read(in, &s, &top);
	for (i = 0; top.kind == J_ARRAY && jscan_item(&s); i++) {
		first = in->n;
		item(in, &s, read);
		for (k = first; k < in->n; k++) {
			in->v[k].list = "";
			in->v[k].index = i;
		}
	}
	e = jscan_close(&s);
	return e != NULL ? err_pass(e) : NULL;
}
