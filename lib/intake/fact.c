#include "intake/fact.h"

#include "base/member.h"
#include "query.h"

/* Its value as JSON, whatever it was sent as. */
static const char *
json_of(struct arena *a, const struct jvalue *v)
{
	struct buf b;

	switch (v->kind) {
	case J_TEXT:
		b = buf_new(a, v->text.n + 16);
		member_put_text(&b, arena_copy(a, v->text.p, v->text.n));
		return (const char *)b.p;
	case J_INT:
		return arena_printf(a, "%lld", (long long)v->i);
	case J_REAL:
		b = buf_new(a, 32);
		member_put_real(&b, v->d);
		return (const char *)b.p;
	case J_TRUE:
		return "true";
	case J_FALSE:
		return "false";
	case J_BIG:
	case J_ARRAY:
	case J_OBJECT:
		return arena_copy(a, v->raw.p, v->raw.n);
	default:
		return "null";
	}
}

struct err *
fact_keep(struct tx *tx, int32_t source, const struct intake *in)
{
	struct arena *a = in->arena;
	const char **device, **name, **value;
	struct err *e;
	size_t i;

	if (in->facts == 0)
		return NULL;
	device = arena_array(a, in->facts, sizeof(*device));
	name = arena_array(a, in->facts, sizeof(*name));
	value = arena_array(a, in->facts, sizeof(*value));
	for (i = 0; i < in->facts; i++) {
		const struct fact *f = &in->fact[i];

		device[i] = arena_copy(a, f->device.p, f->device.n);
		name[i] = arena_copy(a, f->name.p, f->name.n);
		value[i] = json_of(a, &f->value);
	}
	e = tx_send(tx, &q_attribute_put,
	    ARGS(A((int)source), arr_text(a, device, in->facts),
		arr_text(a, name, in->facts), arr_text(a, value, in->facts)));
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
fact_read(struct intake *in, struct bytes body)
{
	struct slice none = { NULL, 0 }, key;
	struct jvalue top, v;
	struct jscan s;
	struct err *e;

	jscan_open(&s, in->arena, body);
	jscan_value(&s, &top);
	if (top.kind == J_OBJECT)
		while (jscan_member(&s, &key)) {
			jscan_value(&s, &v);
			jscan_pass(&s, &v);
			intake_fact(in, none, key, &v);
		}
	if ((e = jscan_close(&s)) != NULL)
		return err_pass(e);
	if (top.kind != J_OBJECT)
		return err_raise(ERR_INPUT, "Attributes are an object.",
		    "no object");
	return NULL;
}
