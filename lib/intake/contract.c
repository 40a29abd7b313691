/*
 * The Ironlink document's contract, of a machine:
 *
 *	1  {"schema_version": 1, "tenant_id", "site_id", "machine_id", "ts",
 *	    "status": "running", "temp_c": 71.5, ...}
 *	2  {"schema_version": 2, "tenant_id", "site_id", "machine_id",
 *	    "machine_type", "ts", "status", "metrics": {"temp_c": 71.5, ...},
 *	    "units": {"temp_c": "Cel"}}
 *
 * A message is read as its version has it, and brought forward version by
 * version; only the newest becomes items.  Tenant, site and machine are
 * compared with the credential's and choose nothing.
 */
#include "intake/each.h"
#include "intake/units.h"

enum { NEWEST = 2 };

/* Members that are no metric; those of names.h stand there. */
enum field { SCHEMA, SITE, TYPE, STATUS, METRICS, UNITS, FIELDS };

static const char *const fields[FIELDS] = {
	[SCHEMA] = "schema_version",
	[SITE] = "site_id",
	[TYPE] = "machine_type",
	[STATUS] = "status",
	[METRICS] = "metrics",
	[UNITS] = "units",
};

/*
 * A message.  Its metrics are items already, which the reader of the members
 * made: those beside the other members, as in version 1, and those in an
 * object of their own.
 */
struct message {
	struct intake *in;
	int64_t version;
	struct jvalue field[FIELDS]; /* J_NONE: it is not there */
	size_t loose, metrics, end;  /* items: from where to where */
};

/* What a version must have, besides tenant, machine and ts. */
static const unsigned needs[NEWEST + 1] = {
	[1] = 1U << SITE | 1U << STATUS,
	[2] = 1U << SITE | 1U << STATUS | 1U << TYPE | 1U << METRICS,
};

/* From 1 to 2: what stood beside the other members is a metric. */
static void
bring_1(struct message *m)
{
	m->metrics = m->loose;
}

static void (*const bring[NEWEST])(struct message *) = { [1] = bring_1 };

static enum field
field_of(struct slice key)
{
	enum field i = 0;

	while (i < FIELDS && !slice_is(key, fields[i]))
		i++;
	return i;
}

static struct item *
metric(struct message *m, struct slice key, const struct jvalue *v,
    const char *joint)
{
	struct item *it = intake_add(m->in);

	it->joint = joint;
	it->sensor = key;
	it->value = *v;
	return it;
}

/* The items of an object of metrics stand behind the loose ones. */
static void
metrics(struct message *m)
{
	struct slice raw = m->field[METRICS].raw, key;
	struct jvalue v;
	struct jscan s;

	m->metrics = m->in->n;
	if (m->field[METRICS].kind != J_OBJECT)
		return;
	jscan_open(&s, m->in->arena,
	    (struct bytes){ (const unsigned char *)raw.p, raw.n });
	jscan_value(&s, &v);
	while (jscan_member(&s, &key)) {
		jscan_value(&s, &v);
		jscan_pass(&s, &v);
		(void)metric(m, key, &v, "metrics.");
	}
}

/* The members of the object just entered. */
static void
members_read(struct message *m, struct jscan *s)
{
	struct members *known = &m->in->members;
	struct slice key;
	struct jvalue v;

	members_clear(known);
	m->loose = m->in->n;
	while (jscan_member(s, &key)) {
		enum field f = field_of(key);
		unsigned name = f == FIELDS ? members_name(known, key) : 0;

		jscan_value(s, &v);
		jscan_pass(s, &v);
		if (f != FIELDS)
			m->field[f] = v;
		else if (name_is_aside(name))
			members_put(known, name, &v);
		else
			(void)metric(m, key, &v, "");
	}
	metrics(m);
	m->end = m->in->n;
	if (m->field[SCHEMA].kind == J_INT)
		m->version = m->field[SCHEMA].i;
}

/* The first member that the message's version wants and that it has not. */
static const char *
missing(const struct message *m)
{
	static const struct {
		enum slot slot;
		const char *name;
	} always[] = {
		{ SLOT_TENANT, "tenant_id" },
		{ SLOT_DEVICE, "machine_id" },
		{ SLOT_TIME, "ts" },
	};
	size_t i;

	for (i = 0; i < sizeof(always) / sizeof(*always); i++)
		if (members_get(&m->in->members, always[i].slot) == NULL)
			return always[i].name;
	for (i = 0; i < FIELDS; i++)
		if ((needs[m->version] & 1U << i) != 0 &&
		    (m->field[i].kind == J_NONE || m->field[i].kind == J_NULL))
			return fields[i];
	return NULL;
}

/* All of the message is refused, at the member of that name. */
static void
refuse(struct message *m, const struct common *c, const char *name,
    const char *code, const char *detail)
{
	struct item *it;

	m->in->n = m->loose;
	it = intake_add(m->in);
	item_common(it, c);
	it->joint = "";
	it->sensor = (struct slice){ name, strlen(name) };
	item_refuse(it, m->in->arena, code, "%s", detail);
}

/* The status is a reading too: one of three words. */
static void
status(struct message *m)
{
	static const char *const words[] = { "running", "stopped", "fault" };
	const struct jvalue *v = &m->field[STATUS];
	struct item *it;
	size_t i;

	it = metric(m, (struct slice){ fields[STATUS], strlen(fields[STATUS]) },
	    v, "");
	m->end = m->in->n;
	for (i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (v->kind == J_TEXT && slice_is(v->text, words[i]))
			return;
	item_refuse(it, m->in->arena, "bad_status",
	    "want running, stopped or fault");
}

/* A message of the newest version. */
static void
items(struct message *m, const struct common *c)
{
	struct intake *in = m->in;
	size_t i;

	status(m);
	for (i = m->loose; i < m->end && i < in->n; i++) {
		struct item *it = &in->v[i];
		const char *code = it->code, *detail = it->detail;

		item_common(it, c);
		if (it->code == NULL) {
			it->code = code;
			it->detail = detail;
		}
		it->site = m->field[SITE].kind == J_TEXT ? m->field[SITE].text
							 : m->field[SITE].raw;
		if (i < m->metrics)
			item_refuse(it, in->arena, "unknown_field",
			    "metrics stand in \"metrics\"");
	}
	if (m->field[UNITS].kind == J_OBJECT)
		units_read(in, m->loose, m->field[UNITS].raw);
	if (c->code == NULL && m->field[TYPE].kind == J_TEXT)
		intake_fact(in, c->device,
		    (struct slice){ fields[TYPE], strlen(fields[TYPE]) },
		    &m->field[TYPE]);
}

/* The object just entered is a message. */
static void
message(struct intake *in, struct jscan *s, struct jvalue *o)
{
	struct message m = { .in = in };
	struct common c;
	const char *name;

	members_read(&m, s);
	jscan_ended(s, o);
	common_read(&c, in, o->raw);
	if (m.version < 1 || m.version > NEWEST) {
		refuse(&m, &c, fields[SCHEMA], "unknown_version",
		    arena_printf(in->arena, "versions 1 to %d are known",
			NEWEST));
		return;
	}
	if ((name = missing(&m)) != NULL) {
		refuse(&m, &c, name, "no_field",
		    arena_printf(in->arena, "%s is missing", name));
		return;
	}
	while (m.version < NEWEST)
		bring[m.version++](&m);
	items(&m, &c);
}

struct err *
decode_contract(struct intake *in, struct bytes body)
{
	struct err *e;

	if ((e = each_object(in, body, message)) != NULL)
		return err_pass(e);
	if (in->n > 0 && in->v[0].list == NULL && in->v[0].code != NULL &&
	    strcmp(in->v[0].code, "wrong_tenant") == 0)
		return err_raise(ERR_FORBIDDEN,
		    "tenant_id: this key belongs to another tenant.",
		    "tenant in the body differs");
	return NULL;
}
