/*
 * ThingsBoard's device interface: {"flow": 1.5} with the time of its arrival,
 * {"ts": 1763703600000, "values": {"flow": 1.5}}, or an array of either.  Who
 * speaks is said by the credential, never by the body.
 */
#include "intake/each.h"

/* The members of the object just entered, each an item. */
static void
values(struct intake *in, struct jscan *s, const char *joint)
{
	struct slice key;
	struct item *it;

	while (jscan_member(s, &key)) {
		it = intake_add(in);
		it->joint = joint;
		it->sensor = key;
		jscan_value(s, &it->value);
		jscan_pass(s, &it->value);
	}
}

/* The members of the object just entered. */
static void
members_read(struct intake *in, struct jscan *s)
{
	struct members *m = &in->members;
	struct slice key;
	struct jvalue v;
	struct item *it;

	members_clear(m);
	while (jscan_member(s, &key)) {
		jscan_value(s, &v);
		if (v.kind == J_OBJECT && slice_is(key, "values")) {
			values(in, s, "values.");
			continue;
		}
		jscan_pass(s, &v);
		if (slice_is(key, "ts")) {
			members_put(m, members_name(m, key), &v);
			continue;
		}
		it = intake_add(in);
		it->joint = "";
		it->sensor = key;
		it->value = v;
	}
}

/* The object just entered. */
static void
object(struct intake *in, struct jscan *s, struct jvalue *o)
{
	const char *home = in->asked.device != NULL && *in->asked.device != 0
			       ? in->asked.device
			       : in->home;
	size_t first = in->n, i;
	struct common c;

	members_read(in, s);
	jscan_ended(s, o);
	common_read(&c, in, o->raw);
	c.device = (struct slice){ home, home != NULL ? strlen(home) : 0 };
	for (i = first; i < in->n; i++) {
		item_common(&in->v[i], &c);
		if (home == NULL)
			item_refuse(&in->v[i], in->arena, "no_device",
			    "nobody is known to send this");
	}
}

struct err *
decode_tb(struct intake *in, struct bytes body)
{
	struct err *e = each_object(in, body, object);

	return e != NULL ? err_pass(e) : NULL;
}
