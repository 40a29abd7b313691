/*
 * Meter values of charge points, OCPP 1.6 and 2.0.1, as a central system
 * forwards them: the payload of MeterValues or TransactionEvent, or the whole
 * frame [2, id, action, payload].
 *
 * The device is the charge point, by the name that the central system adds or
 * the address says.  A sensor is named by its connector or EVSE, the measurand,
 * the phase, and the place where that is not the usual one:
 *
 *	connector1.Voltage.L1   evse2.Temperature.Cable   Power.Active.Import
 *
 * without the first for connector 0, the meter of the whole charge point.  A
 * value that was signed is kept as it came, for whoever may have to prove it;
 * in 1.6 it is no number.  Frames of other actions have no readings.
 */
#include "intake/ocpp.h"

#include <math.h>
#include <stdlib.h>

#include "intake/pick.h"

#define USUAL "Energy.Active.Import.Register"

enum { CALL = 2, MULTIPLIER_MAX = 30 };

enum { POINT_NAMES = 8 };

/* What central systems call a charge point; the first that is there. */
static const char *const point_names[POINT_NAMES] = { "chargePointId",
	"chargePointIdentity", "chargeBoxId", "chargingStationId", "stationId",
	"cpId", "device_id", "deviceId" };

enum payload_pick {
	EVSE = POINT_NAMES,
	EVSE_ID,
	CONNECTOR,
	SEQ,
	TRANSACTION,
	VALUES,
	DATA,
	TIME,
	PAYLOAD_PICKS
};

/* One payload, and how its sensors' names begin. */
struct payload {
	struct intake *in;
	struct slice device;
	const char *before; /* "connector1.", or "" */
	struct jvalue time;
	const char *list; /* "meterValue" */
};

enum sample_pick {
	VALUE,
	MEASURAND,
	PHASE,
	LOCATION,
	UNIT,
	FORMAT,
	UNIT2,
	MULTIPLIER,
	SIGNED,
	SAMPLE_PICKS
};

static const struct pick sample_picks[SAMPLE_PICKS] = {
	[VALUE] = { .name = "value" },
	[MEASURAND] = { .name = "measurand" },
	[PHASE] = { .name = "phase" },
	[LOCATION] = { .name = "location" },
	[UNIT] = { .name = "unit" },
	[FORMAT] = { .name = "format" },
	[UNIT2] = { .of = "unitOfMeasure", .name = "unit" },
	[MULTIPLIER] = { .of = "unitOfMeasure", .name = "multiplier" },
	[SIGNED] = { .name = "signedMeterValue" },
};

static struct slice
text_or(const struct pick *p, const char *usual)
{
	if (p->v.kind == J_TEXT && p->v.text.n > 0)
		return p->v.text;
	return (struct slice){ usual, strlen(usual) };
}

/* "connector1.Voltage.L1-N.Inlet" */
static struct slice
sensor_name(const struct payload *l, const struct pick *p)
{
	struct slice what = text_or(&p[MEASURAND], USUAL);
	struct slice phase = text_or(&p[PHASE], "");
	const char *usual = slice_is(what, "SoC") ? "EV" : "Outlet";
	struct slice where = text_or(&p[LOCATION], usual);
	struct buf b = buf_new(l->in->arena, 80);

	buf_text(&b, l->before);
	buf_put(&b, what.p, what.n);
	if (phase.n > 0)
		buf_printf(&b, ".%.*s", (int)phase.n, phase.p);
	if (!slice_is(where, usual))
		buf_printf(&b, ".%.*s", (int)where.n, where.p);
	return (struct slice){ (const char *)b.p, b.n };
}

/* Wh is what energy is in when nobody says so. */
static struct slice
unit_of(const struct pick *p)
{
	struct slice what = text_or(&p[MEASURAND], USUAL);
	struct slice unit = text_or(&p[UNIT], "");

	if (unit.n == 0)
		unit = text_or(&p[UNIT2], "");
	if (unit.n == 0 && what.n > 14 &&
	    memcmp(what.p, "Energy.Active.", 14) == 0)
		return (struct slice){ "Wh", 2 };
	return unit.n > 0 ? unit : (struct slice){ NULL, 0 };
}

/* The number times ten to the multiplier. */
static void
multiply(struct item *it, struct arena *a, const struct jvalue *by)
{
	double v = jvalue_number(&it->value), n = jvalue_number(by);

	if (by->kind == J_NONE || n == 0 || isnan(v))
		return;
	if (by->kind != J_INT || fabs(n) > MULTIPLIER_MAX) {
		item_refuse(it, a, "not_a_number",
		    "multiplier: want a whole number from %d to %d",
		    -MULTIPLIER_MAX, MULTIPLIER_MAX);
		return;
	}
	it->value.kind = J_REAL;
	it->value.d = n < 0 ? v / pow(10, -n) : v * pow(10, n);
}

static struct item *
sample_item(const struct payload *l, const struct common *c, size_t i, size_t k)
{
	struct item *it = intake_add(l->in);

	item_common(it, c);
	it->place = arena_printf(l->in->arena, "%s[%zu].sampledValue[%zu]",
	    l->list, i, k);
	return it;
}

/* One sampled value, the k-th of the i-th meter value. */
static void
sample(const struct payload *l, const struct common *c, struct slice raw,
    size_t i, size_t k)
{
	struct arena *a = l->in->arena;
	struct common own = *c;
	struct pick p[SAMPLE_PICKS];
	struct item *it;

	own.raw = raw;
	memcpy(p, sample_picks, sizeof(p));
	picks_read(p, SAMPLE_PICKS, a, raw);
	if (p[SIGNED].v.kind != J_NONE) {
		it = sample_item(l, &own, i, k);
		it->sensor = sensor_name(l, p);
		it->value = p[SIGNED].v;
		item_refuse(it, a, "signed_data",
		    "kept as it came beside the number");
	}
	it = sample_item(l, &own, i, k);
	it->sensor = sensor_name(l, p);
	it->unit = unit_of(p);
	it->value = p[VALUE].v;
	if (slice_is(text_or(&p[FORMAT], ""), "SignedData"))
		item_refuse(it, a, "signed_data", "kept as it came");
	else if (it->value.kind == J_NONE)
		item_refuse(it, a, "no_values", "value is missing");
	else if (l->device.p == NULL)
		item_refuse(it, a, "no_device",
		    "want chargePointId, or ?device_id= in the address");
	multiply(it, a, &p[MULTIPLIER].v);
}

/* {"timestamp": .., "sampledValue": [..]}, the i-th. */
static void
meter_value(const struct payload *l, struct slice raw, size_t i)
{
	struct pick p[] = { { .name = "timestamp" },
		{ .name = "sampledValue" } };
	struct common c;
	struct jvalue v;
	struct jscan s;
	size_t k;

	picks_read(p, 2, l->in->arena, raw);
	common_at(&c, l->in, raw, l->device,
	    p[0].v.kind != J_NONE ? &p[0].v : &l->time);
	if (p[1].v.kind != J_ARRAY)
		return;
	raw_open(&s, l->in->arena, p[1].v.raw);
	jscan_value(&s, &v);
	for (k = 0; jscan_item(&s); k++) {
		jscan_value(&s, &v);
		jscan_pass(&s, &v);
		if (v.kind == J_OBJECT)
			sample(l, &c, v.raw, i, k);
	}
}

static void
meter_values(struct payload *l, const struct jvalue *all, const char *list)
{
	struct jvalue v;
	struct jscan s;
	size_t i;

	if (all->kind != J_ARRAY)
		return;
	l->list = list;
	raw_open(&s, l->in->arena, all->raw);
	jscan_value(&s, &v);
	for (i = 0; jscan_item(&s); i++) {
		jscan_value(&s, &v);
		jscan_pass(&s, &v);
		if (v.kind == J_OBJECT)
			meter_value(l, v.raw, i);
	}
}

/* "connector2.", "evse1." or, of the whole charge point, "". */
static const char *
before(struct arena *a, const struct pick *p)
{
	const struct jvalue *evse =
	    p[EVSE].v.kind == J_INT ? &p[EVSE].v : &p[EVSE_ID].v;

	if (evse->kind == J_INT && evse->i > 0)
		return arena_printf(a, "evse%lld.", (long long)evse->i);
	if (evse->kind != J_INT && p[CONNECTOR].v.kind == J_INT &&
	    p[CONNECTOR].v.i > 0)
		return arena_printf(a, "connector%lld.",
		    (long long)p[CONNECTOR].v.i);
	return "";
}

/* Events of one transaction are numbered from 0. */
static void
number(struct intake *in, const struct pick *p, struct slice device)
{
	struct slice of = pick_text(&p[TRANSACTION]);

	if (in->batch != NULL || p[SEQ].v.kind != J_INT || p[SEQ].v.i < 0 ||
	    of.n == 0 || of.n + device.n > 90)
		return;
	in->batch = arena_printf(in->arena, "%.*s/%.*s-%lld", (int)device.n,
	    device.p != NULL ? device.p : "", (int)of.n, of.p,
	    (long long)p[SEQ].v.i);
}

/* It is of no kind that may come without meter values. */
static void
nothing(struct intake *in, const struct object *o)
{
	struct item *it = intake_add(in);

	it->raw = o->raw;
	it->list = o->list ? "" : NULL;
	it->index = o->index;
	item_refuse(it, in->arena, "no_values", "want meterValue");
}

/* arg: the action of its frame; NULL: it is in none. */
static void
payload(struct intake *in, const struct object *o, void *arg)
{
	struct payload l = { .in = in };
	struct pick p[PAYLOAD_PICKS] = {
		[EVSE] = { .name = "evseId" },
		[EVSE_ID] = { .of = "evse", .name = "id" },
		[CONNECTOR] = { .name = "connectorId" },
		[SEQ] = { .name = "seqNo" },
		[TRANSACTION] = { .of = "transactionInfo",
		    .name = "transactionId" },
		[VALUES] = { .name = "meterValue" },
		[DATA] = { .name = "transactionData" },
		[TIME] = { .name = "timestamp" },
	};
	size_t first = in->n, i;

	for (i = 0; i < POINT_NAMES; i++)
		p[i].name = point_names[i];
	picks_read(p, PAYLOAD_PICKS, in->arena, o->raw);
	for (i = 0; i < POINT_NAMES && l.device.p == NULL; i++)
		l.device = pick_text(&p[i]);
	if (l.device.p == NULL)
		l.device = device_asked(in);
	l.before = before(in->arena, p);
	l.time = p[TIME].v;
	meter_values(&l, &p[VALUES].v, "meterValue");
	meter_values(&l, &p[DATA].v, "transactionData");
	in->may_be_empty |= in->n == first;
	if (arg == NULL && p[VALUES].v.kind == J_NONE &&
	    p[DATA].v.kind == J_NONE && p[TRANSACTION].v.kind == J_NONE)
		nothing(in, o);
	if (!o->list)
		number(in, p, l.device);
}

/* Its payload, when the body is a frame; *action may be anything. */
static bool
frame_read(struct slice *action, struct jvalue *to, struct arena *a,
    struct bytes body)
{
	struct jvalue v[4] = { { .kind = J_NONE } };
	struct jvalue top;
	struct jscan s;
	size_t n;

	jscan_open(&s, a, body);
	jscan_value(&s, &top);
	if (top.kind != J_ARRAY)
		return false;
	for (n = 0; n < 4 && jscan_item(&s); n++) {
		jscan_value(&s, &v[n]);
		jscan_pass(&s, &v[n]);
	}
	if (n < 3 || v[0].kind != J_INT || v[1].kind != J_TEXT)
		return false;
	*action = v[2].kind == J_TEXT && v[0].i == CALL ? v[2].text
							: (struct slice){ 0 };
	*to = v[3];
	return true;
}

bool
is_ocpp(bool *is_201, struct arena *a, struct bytes body)
{
	struct pick p[] = { { .name = "evseId" }, { .name = "evse" },
		{ .name = "eventType" } };
	struct slice action;
	struct jvalue v;
	size_t i;

	if (!frame_read(&action, &v, a, body))
		return false;
	*is_201 = false;
	if (v.kind == J_OBJECT)
		picks_read(p, 3, a, v.raw);
	for (i = 0; i < 3; i++)
		*is_201 |= p[i].v.kind != J_NONE;
	return true;
}

struct err *
decode_ocpp(struct intake *in, struct bytes body)
{
	struct object o = { .list = false };
	struct members none = { 0 };
	struct slice action;
	struct jvalue v, top;
	struct jscan s;
	struct err *e;

	if (!frame_read(&action, &v, in->arena, body)) {
		e = objects_read(in, body, payload, NULL);
		if (e != NULL || (e = intake_envelope(in, body, &none)) != NULL)
			return err_pass(e);
		return NULL;
	}
	jscan_open(&s, in->arena, body);
	jscan_value(&s, &top);
	jscan_pass(&s, &top);
	if ((e = jscan_close(&s)) != NULL)
		return err_pass(e);
	in->may_be_empty = true;
	o.raw = v.raw;
	if (v.kind == J_OBJECT)
		payload(in, &o, &action);
	e = intake_envelope(in, body, &none);
	return e != NULL ? err_pass(e) : NULL;
}
