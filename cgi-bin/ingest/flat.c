/*
 * The flat body: {"device_id": "N1", "flow_rate": 118.45, ...}, or an array
 * of such.  Every member that is not about the reading is a measurement.
 */
#include <string.h>

#include "cgi-bin/ingest/intake.h"

static const char *const not_measured[] = { "device", "device_id", "deviceId",
	"machine_id", "meterId", "vehicleId", "id", "ts", "timestamp", "time",
	"created_at", "date_iso_8601", "quality", "rev", "revision", "seq",
	"batch_id", "tenant", "tenant_id", "metadata", NULL };

static bool
is_measured(const char *key)
{
	size_t i;

	for (i = 0; not_measured[i] != NULL; i++)
		if (strcmp(not_measured[i], key) == 0)
			return false;
	return true;
}

static struct err *
object(struct intake *in, const char *place, json_t *o)
{
	struct common c;
	struct item *it;
	const char *key;
	json_t *value;
	size_t before = in->n;
	struct err *e;

	common_read(&c, in, o);
	json_object_foreach(o, key, value)
	{
		if (!is_measured(key))
			continue;
		if ((e = intake_add(&it, in, place, &c)) != NULL)
			return err_pass(e);
		it->joint = *place != 0 ? "." : "";
		it->member = key;
		it->sensor = key;
		it->value = value;
		if (c.device == NULL)
			item_refuse(it, in->arena, "no_device",
			    "device_id is missing");
	}
	if (in->n > before)
		return NULL;
	if ((e = intake_add(&it, in, place, &c)) != NULL)
		return err_pass(e);
	item_refuse(it, in->arena, "no_values", "there is no measurement");
	return NULL;
}

/* One object alone is refused as a whole; in an array each for itself. */
static struct err *
alone(struct intake *in, json_t *o)
{
	struct err *e;

	if ((e = object(in, "", o)) != NULL)
		return err_pass(e);
	if (in->v[0].device == NULL)
		return err_raise(ERR_INPUT, "device_id: this field is missing.",
		    "no device_id");
	if (in->v[0].sensor == NULL)
		return err_raise(ERR_INPUT,
		    "At least one measurement is needed beside device_id.",
		    "no measurement");
	return NULL;
}

struct err *
decode_flat(bool *mine, struct intake *in, json_t *body)
{
	struct common none = { 0 };
	struct item *it;
	struct err *e;
	json_t *one;
	size_t i;

	*mine = json_is_object(body) || json_is_array(body);
	if (json_is_object(body))
		return alone(in, body);
	json_array_foreach(body, i, one)
	{
		const char *place = arena_printf(in->arena, "[%zu]", i);

		if (json_is_object(one)) {
			if ((e = object(in, place, one)) != NULL)
				return err_pass(e);
			continue;
		}
		none.raw = one;
		if ((e = intake_add(&it, in, place, &none)) != NULL)
			return err_pass(e);
		item_refuse(it, in->arena, "not_an_object",
		    "a reading is an object");
	}
	return NULL;
}
