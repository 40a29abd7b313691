#include "intake/metric.h"

#include "model/unit.h"

enum { NAME_MAX_BYTES = 256, NAME_SHOWN = 64, UNIT_MAX = 32 };

static const char *const device_tags[] = { "device_id", "device", "name" };
static const char *const sensor_tags[] = { "sensor_id", "sensorId", "sensor" };
static const char *const entity_tags[] = { "entity_id" };
static const char *const host_tags[] = { "host" };

#define TAG_OF(m, names) tag_of(m, names, sizeof(names) / sizeof(*(names)))

/* The value of the first of these tags that is there. */
static struct slice
tag_of(const struct metric *m, const char *const *name, size_t n)
{
	size_t i, k;

	for (k = 0; k < n; k++)
		for (i = 0; i < m->n_tags; i++)
			if (slice_is(m->tag[i].key, name[k]))
				return m->tag[i].value;
	return (struct slice){ NULL, 0 };
}

/*
 * A name that no sensor and no device has is not taken along: a line may have
 * one of any length, and as many fields as it likes.
 */
static void
bound(struct metric *m, struct arena *a, struct slice *name)
{
	const char *clipped;

	if (name->n <= NAME_MAX_BYTES)
		return;
	clipped = text_clip(a, *name, NAME_SHOWN);
	*name = (struct slice){ clipped, strlen(clipped) };
	if (m->code != NULL)
		return;
	m->code = "bad_name";
	m->detail = "a measurement or tag is longer than 256 bytes";
}

/* A device's key; p NULL: there is none. */
static struct slice
key_of(const char *key)
{
	if (key == NULL || *key == 0)
		return (struct slice){ NULL, 0 };
	return (struct slice){ key, strlen(key) };
}

/* Who is named beside the body, by the sender or by the gateway's rule. */
static const char *
spoken_for(const struct intake *in)
{
	if (in->asked.device != NULL && *in->asked.device != 0)
		return in->asked.device;
	return in->rule != NULL ? in->rule->home : NULL;
}

void
metric_begin(struct metric *m, const struct intake *in)
{
	const char *rule = in->rule != NULL ? in->rule->metric : "auto";
	const char *beside = in->asked.device;
	struct slice host = TAG_OF(m, host_tags), home;

	if (beside == NULL || *beside == 0)
		beside = in->home;
	home = key_of(beside);
	m->sensor = TAG_OF(m, sensor_tags);
	m->entity = TAG_OF(m, entity_tags);
	m->device = TAG_OF(m, device_tags);
	m->names_measurement = strcmp(rule, "measurement") == 0;
	if (m->device.p == NULL && m->entity.p != NULL)
		m->device = key_of(spoken_for(in)).p != NULL
				? key_of(spoken_for(in))
				: m->entity;
	if (m->device.p == NULL)
		m->device = host.p != NULL ? host : home;
	if (strcmp(rule, "field") == 0)
		m->name = (struct slice){ NULL, 0 };
	bound(m, in->arena, &m->name);
	bound(m, in->arena, &m->device);
	bound(m, in->arena, &m->sensor);
	bound(m, in->arena, &m->entity);
}

/* "measurement.field" */
static struct slice
whole_name(struct arena *a, const struct metric *m, struct slice field)
{
	const char *s = arena_printf(a, "%.*s.%.*s", (int)m->name.n, m->name.p,
	    (int)field.n, field.p);

	return (struct slice){ s, strlen(s) };
}

/* Home Assistant writes an entity's unit for the measurement. */
static struct slice
unit_of(struct arena *a, const struct metric *m)
{
	const char *name;

	if (m->name.n > UNIT_MAX)
		return (struct slice){ NULL, 0 };
	name = arena_copy(a, m->name.p, m->name.n);
	if (unit_shown(name) == name)
		return (struct slice){ NULL, 0 };
	return m->name;
}

/* What the field is called by its device. */
static void
name_item(struct item *it, struct arena *a, const struct metric *m,
    const struct line_field *f)
{
	bool is_value = slice_is(f->key, "value");

	it->sensor = f->key;
	it->device = m->device;
	if (is_value && m->sensor.p != NULL) {
		it->sensor = m->sensor;
		it->device = (struct slice){ NULL, 0 };
	} else if (is_value && m->entity.p != NULL) {
		it->sensor = m->entity;
		if (m->name.p != NULL)
			it->unit = unit_of(a, m);
	} else if (m->name.p != NULL && is_value) {
		it->sensor = m->name;
	} else if (m->name.p != NULL && m->names_measurement &&
		   f->key.n <= NAME_MAX_BYTES) {
		it->sensor = whole_name(a, m, f->key);
	}
	if (m->name.p == NULL || f->key.n > NAME_MAX_BYTES)
		return;
	it->also_device = m->name;
	it->also_sensor = whole_name(a, m, f->key);
}

static bool
ends_in_str(struct slice s)
{
	return s.n > 4 && memcmp(s.p + s.n - 4, "_str", 4) == 0;
}

void
metric_field(struct intake *in, const struct metric *m,
    const struct line_field *f)
{
	struct item *it;

	if (f->value.kind == J_TEXT && ends_in_str(f->key) &&
	    m->device.p != NULL) {
		intake_fact(in, m->device, f->key, &f->value);
		return;
	}
	in->texts += f->value.kind == J_TEXT;
	it = intake_add(in);
	it->list = m->list;
	it->index = m->index;
	it->place = m->place;
	it->joint = m->place != NULL ? ", " : ".fields.";
	it->raw = m->raw;
	it->value = f->value;
	it->r.time = m->time;
	it->r.quality = QUALITY_GOOD;
	it->timed = m->timed;
	it->code = m->code;
	it->detail = m->detail;
	name_item(it, in->arena, m, f);
	if (it->device.p == NULL &&
	    (m->sensor.p == NULL || !slice_is(f->key, "value")))
		item_refuse(it, in->arena, "no_device",
		    "want a tag device_id, device, name or host, or a tag "
		    "sensor and a field value");
}

/* A text of a device that has no sensor of this name. */
static bool
is_fact(const struct item *it, const struct roster *r)
{
	int32_t device;

	if (it->code != NULL || it->value.kind != J_TEXT ||
	    it->device.p == NULL)
		return false;
	device = roster_device(r, it->device);
	return device >= 0 && roster_sensor(r, device, it->sensor) == NULL;
}

void
metric_facts(struct intake *in, const struct roster *r)
{
	size_t i, kept = 0;

	for (i = 0; i < in->n; i++) {
		struct item *it = &in->v[i];

		if (is_fact(it, r))
			intake_fact(in, it->device, it->sensor, &it->value);
		else
			in->v[kept++] = *it;
	}
	in->n = kept;
}
