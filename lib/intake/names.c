#include "intake/names.h"

#include <string.h>

/* The first of a slot's names is believed before the next. */
static const struct {
	struct slice text;
	enum slot slot;
	bool aside; /* never a measurement of a flat object */
	bool null;  /* a null is there, and means something */
} names[] = {
/* clang-format off */
#define N(text) { text, sizeof(text) - 1 }
	{ N(""),               SLOT_NONE,     false, false },
	{ N("device"),         SLOT_DEVICE,   true,  false },
	{ N("device_id"),      SLOT_DEVICE,   true,  false },
	{ N("deviceId"),       SLOT_DEVICE,   true,  false },
	{ N("machine_id"),     SLOT_DEVICE,   true,  false },
	{ N("meterId"),        SLOT_DEVICE,   true,  false },
	{ N("vehicleId"),      SLOT_DEVICE,   true,  false },
	{ N("id"),             SLOT_DEVICE,   true,  false },
	{ N("ts"),             SLOT_TIME,     true,  false },
	{ N("timestamp"),      SLOT_TIME,     true,  false },
	{ N("time"),           SLOT_TIME,     true,  false },
	{ N("created_at"),     SLOT_TIME,     true,  false },
	{ N("date_iso_8601"),  SLOT_TIME,     true,  false },
	{ N("TS"),             SLOT_TIME,     true,  false },
	{ N("date"),           SLOT_TIME,     true,  false },
	{ N("D"),              SLOT_TIME,     false, false },
	{ N("tenant_id"),      SLOT_TENANT,   true,  false },
	{ N("tenant"),         SLOT_TENANT,   true,  false },
	{ N("quality"),        SLOT_QUALITY,  true,  false },
	{ N("revision"),       SLOT_REV,      true,  false },
	{ N("rev"),            SLOT_REV,      true,  false },
	{ N("sensorId"),       SLOT_SENSOR,   false, false },
	{ N("sensor"),         SLOT_SENSOR,   false, false },
	{ N("sensor_id"),      SLOT_SENSOR,   false, false },
	{ N("value"),          SLOT_VALUE,    false, true },
	{ N("unit"),           SLOT_UNIT,     false, false },
	{ N("values"),         SLOT_VALUES,   false, false },
	{ N("units"),          SLOT_UNITS,    false, false },
	{ N("avg"),            SLOT_AVG,      false, true },
	{ N("min"),            SLOT_MIN,      false, true },
	{ N("max"),            SLOT_MAX,      false, true },
	{ N("count"),          SLOT_COUNT,    false, true },
	{ N("stdDev"),         SLOT_STDDEV,   false, true },
	{ N("stddev"),         SLOT_STDDEV,   false, true },
	{ N("readings"),       SLOT_READINGS, false, true },
	{ N("batch_id"),       SLOT_BATCH,    true,  false },
	{ N("batchId"),        SLOT_BATCH,    false, false },
	{ N("sent_at"),        SLOT_SENT,     true,  false },
	{ N("server_name"),    SLOT_SERVER,   false, false },
	{ N("name"),           SLOT_NAME,     false, false },
	{ N("data"),           SLOT_DATA,     false, true },
	{ N("seq"),            SLOT_ASIDE,    true,  false },
	{ N("metadata"),       SLOT_ASIDE,    true,  false },
#undef N
	/* clang-format on */
};

enum { NAMES = sizeof(names) / sizeof(*names), NAME_DEVICE = 1 };

void
members_clear(struct members *m)
{
	memset(m->name, 0, sizeof(m->name));
	m->at = 0;
}

unsigned
members_name(struct members *m, struct slice key)
{
	unsigned char none = 0, *guess = &none;
	unsigned i;

	if (m->at < GUESSES)
		guess = &m->guess[m->at++];
	if (*guess != 0 && slice_same(names[*guess].text, key))
		return *guess;
	for (i = 1; i < NAMES; i++)
		if (slice_same(names[i].text, key))
			break;
	*guess = i < NAMES ? (unsigned char)i : 0;
	return *guess;
}

enum slot
name_slot(unsigned name)
{
	return names[name].slot;
}

bool
name_is_aside(unsigned name)
{
	return names[name].aside;
}

void
members_put(struct members *m, unsigned name, const struct jvalue *v)
{
	enum slot slot = names[name].slot;

	if (slot == SLOT_NONE || (v->kind == J_NULL && !names[name].null))
		return;
	if (m->name[slot] != 0 && m->name[slot] < name)
		return;
	m->name[slot] = (unsigned char)name;
	m->v[slot] = *v;
}

const struct jvalue *
members_get(const struct members *m, enum slot slot)
{
	return m->name[slot] != 0 ? &m->v[slot] : NULL;
}

struct slice
members_text(const struct members *m, enum slot slot)
{
	const struct jvalue *v = members_get(m, slot);

	if (v == NULL || v->kind != J_TEXT)
		return (struct slice){ NULL, 0 };
	return v->text;
}

struct slice
members_server(const struct members *m)
{
	if (m->name[SLOT_SERVER] != 0)
		return members_text(m, SLOT_SERVER);
	if (m->name[SLOT_DEVICE] != NAME_DEVICE)
		return (struct slice){ NULL, 0 };
	return members_text(m, SLOT_DEVICE);
}

bool
name_day_first(unsigned name)
{
	struct slice text = names[name].text;

	return slice_is(text, "D") || slice_is(text, "date");
}

bool
members_day_first(const struct members *m)
{
	return name_day_first(m->name[SLOT_TIME]);
}
