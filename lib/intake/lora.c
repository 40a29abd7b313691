/*
 * Uplinks of LoRaWAN network servers: ChirpStack 4, The Things Stack 3 and the
 * server inside of Milesight gateways.
 *
 * The device is the name that the server has for it, and a mapping may also go
 * by its EUI.  Its sensors are the members of what the server's codec made of
 * the payload, "a.b" inside of one another; a member that is not there is not
 * invented, although both servers leave out what is zero or false.  The best
 * signal is two sensors more, rssi and snr.
 *
 * A payload that no codec has read is kept as a dead letter.  An uplink is
 * known by its device and frame counter: when the same frame comes again, by
 * whatever way, it is answered as the first time.  Joins, acknowledgements and
 * other events have no readings and are taken.
 */
#include <math.h>

#include "intake/pick.h"

enum lora_pick {
	NAME,
	EUI,
	ADDRESS,
	TIME,
	COUNT,
	OBJECT,
	DATA,
	RADIO,
	MARGIN,
	BATTERY,
	LORA_PICKS
};

enum { EUI_MAX = 64, NAME_ROOM = 160 };

/* Where a server has it all. */
static const struct server {
	struct pick p[LORA_PICKS];
	const char *at; /* where the decoded payload stands */
	bool joins;	/* or it is among the members of the report */
} chirpstack = {
	.p = {
		[NAME] = { .of = "deviceInfo", .name = "deviceName" },
		[EUI] = { .of = "deviceInfo", .name = "devEui" },
		[ADDRESS] = { .name = "devAddr" },
		[TIME] = { .name = "time" },
		[COUNT] = { .name = "fCnt" },
		[OBJECT] = { .name = "object" },
		[DATA] = { .name = "data" },
		[RADIO] = { .name = "rxInfo" },
		[MARGIN] = { .name = "margin" },
		[BATTERY] = { .name = "batteryLevel" },
	},
	.at = "object",
}, tts = {
	.p = {
		[NAME] = { .of = "end_device_ids", .name = "device_id" },
		[EUI] = { .of = "end_device_ids", .name = "dev_eui" },
		[ADDRESS] = { .of = "end_device_ids", .name = "dev_addr" },
		[TIME] = { .name = "received_at" },
		[COUNT] = { .of = "uplink_message", .name = "f_cnt" },
		[OBJECT] = { .of = "uplink_message",
		    .name = "decoded_payload" },
		[DATA] = { .of = "uplink_message", .name = "frm_payload" },
		[RADIO] = { .of = "uplink_message", .name = "rx_metadata" },
	},
	.at = "uplink_message.decoded_payload",
}, milesight = {
	.p = {
		[NAME] = { .name = "deviceName" },
		[EUI] = { .name = "devEUI" },
		[ADDRESS] = { .name = "devAddr" },
		[TIME] = { .name = "time" },
		[COUNT] = { .name = "fCnt" },
		[OBJECT] = { .name = "object" },
		[DATA] = { .name = "data" },
		[RADIO] = { .name = "rxInfo" },
	},
	.at = "object",
	.joins = true,
};

struct uplink {
	struct intake *in;
	const struct object *o;
	struct common c;
	struct slice also; /* the device once more, by its EUI */
};

/* A reading of it; the sensor's name and where it stood. */
static struct item *
reading(const struct uplink *u, struct slice sensor, const char *joint,
    const struct jvalue *v)
{
	struct item *it = intake_add(u->in);

	item_common(it, &u->c);
	it->also_device = u->also;
	it->list = u->o->list ? "" : NULL;
	it->index = u->o->index;
	it->joint = joint;
	it->sensor = sensor;
	it->value = *v;
	return it;
}

/* ---- what the codec made ---- */

/* The objects and arrays that are open, and the names so far. */
struct walk {
	struct {
		struct slice name;
		bool array;
		size_t i;
	} level[JSCAN_DEPTH + 1];
	size_t depth;
};

static struct slice
full_name(const struct walk *w, struct arena *a, struct slice key, size_t i)
{
	const struct slice of = w->level[w->depth - 1].name;
	const char *text;

	if (w->level[w->depth - 1].array)
		text = arena_printf(a, "%.*s.%zu", (int)of.n, of.p, i);
	else if (of.n > 0)
		text = arena_printf(a, "%.*s.%.*s", (int)of.n, of.p, (int)key.n,
		    key.p);
	else
		return key;
	return (struct slice){ text, strlen(text) };
}

/* Names longer than any sensor's are kept as long as they tell that. */
static struct slice
shortened(struct slice s)
{
	if (s.n > NAME_ROOM)
		s.n = NAME_ROOM;
	return s;
}

/* The next value of what is open; false: all was seen. */
static bool
next(struct slice *name, struct walk *w, struct arena *a, struct jscan *s)
{
	struct slice key = { NULL, 0 };

	while (w->depth > 0) {
		bool array = w->level[w->depth - 1].array;

		if (array ? jscan_item(s) : jscan_member(s, &key)) {
			*name =
			    full_name(w, a, key, w->level[w->depth - 1].i++);
			return true;
		}
		w->depth--;
	}
	return false;
}

/* A reading for each value, however deep it is in. */
static void
decoded(const struct uplink *u, const struct jvalue *object, const char *joint)
{
	struct arena *a = u->in->arena;
	struct walk w = { .depth = 1 };
	struct slice name;
	struct jvalue v;
	struct jscan s;

	raw_open(&s, a, object->raw);
	jscan_value(&s, &v);
	w.level[0].array = v.kind == J_ARRAY;
	while (next(&name, &w, a, &s)) {
		jscan_value(&s, &v);
		if ((v.kind == J_OBJECT || v.kind == J_ARRAY) &&
		    w.depth <= JSCAN_DEPTH) {
			w.level[w.depth].name = shortened(name);
			w.level[w.depth].array = v.kind == J_ARRAY;
			w.level[w.depth++].i = 0;
			continue;
		}
		(void)reading(u, name, joint, &v);
	}
}

/* Is it one of the members that every report has? */
static bool
is_aside(struct slice key)
{
	static const char *const names[] = { "applicationID", "devEUI",
		"devAddr", "time", "timestamp", "gatewayTime", "fCnt", "fPort",
		"adr", "dr", "confirmed", "type" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (slice_is(key, names[i]))
			return true;
	return false;
}

/* The numbers among the members of a report are what its codec made. */
static void
joined(const struct uplink *u)
{
	struct slice key;
	struct jvalue v;
	struct jscan s;

	raw_open(&s, u->in->arena, u->o->raw);
	jscan_value(&s, &v);
	while (jscan_member(&s, &key)) {
		jscan_value(&s, &v);
		jscan_pass(&s, &v);
		if ((v.kind == J_TRUE || v.kind == J_FALSE ||
			!isnan(jvalue_number(&v))) &&
		    !is_aside(key))
			(void)reading(u, key, u->o->list ? "." : "", &v);
	}
}

/* ---- the signal ---- */

static const struct jvalue *
first_number(const struct pick *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!isnan(jvalue_number(&p[i].v)))
			return &p[i].v;
	return NULL;
}

/* The signal of the gateway that heard it best. */
static void
radio(const struct uplink *u, const struct jvalue *all, const char *at)
{
	static const struct slice names[] = { { "rssi", 4 }, { "snr", 3 } };
	struct jvalue best[2] = { { .kind = J_NONE }, { .kind = J_NONE } }, v;
	const struct jvalue *rssi, *snr;
	struct jscan s;
	size_t i;

	if (all->kind != J_ARRAY)
		return;
	raw_open(&s, u->in->arena, all->raw);
	jscan_value(&s, &v);
	while (jscan_item(&s)) {
		struct pick p[] = { { .name = "rssi" },
			{ .name = "channel_rssi" }, { .name = "snr" },
			{ .name = "loRaSNR" }, { .name = "lora_snr" } };

		jscan_value(&s, &v);
		jscan_pass(&s, &v);
		if (v.kind != J_OBJECT)
			continue;
		picks_read(p, sizeof(p) / sizeof(*p), u->in->arena, v.raw);
		if ((rssi = first_number(p, 2)) == NULL ||
		    (best[0].kind != J_NONE &&
			jvalue_number(rssi) <= jvalue_number(&best[0])))
			continue;
		snr = first_number(p + 2, 3);
		best[0] = *rssi;
		best[1] =
		    snr != NULL ? *snr : (struct jvalue){ .kind = J_NONE };
	}
	for (i = 0; i < 2; i++)
		if (best[i].kind != J_NONE)
			(void)reading(u, names[i], at, &best[i]);
}

/* ---- an event of a server ---- */

/* The name of the batch, of letters and digits only; else it has none. */
static bool
is_eui(struct slice s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (!((s.p[i] >= '0' && s.p[i] <= '9') ||
			(s.p[i] >= 'a' && s.p[i] <= 'f') ||
			(s.p[i] >= 'A' && s.p[i] <= 'F')))
			return false;
	return s.n > 0 && s.n <= EUI_MAX;
}

/* The frame's number; the counter's first, 0, may have been left out. */
static void
number(struct intake *in, const struct pick *p)
{
	const struct jvalue *count = &p[COUNT].v;
	struct slice eui = pick_text(&p[EUI]);

	if (in->batch != NULL || !is_eui(eui) ||
	    (count->kind != J_INT && count->kind != J_NONE) ||
	    (count->kind == J_INT && count->i < 0))
		return;
	in->batch = arena_printf(in->arena, "%.*s-%lld", (int)eui.n, eui.p,
	    count->kind == J_INT ? (long long)count->i : 0LL);
}

/*
 * What makes a frame the one it is, besides its number: the session that it was
 * sent in, and what it carried.
 */
static struct bytes
frame(struct arena *a, const struct pick *p)
{
	struct slice address = pick_text(&p[ADDRESS]);
	struct slice what =
	    p[DATA].v.kind != J_NONE ? p[DATA].v.raw : p[OBJECT].v.raw;
	struct buf b = buf_new(a, address.n + what.n + 2);

	buf_put(&b, address.p, address.n);
	buf_byte(&b, ' ');
	buf_put(&b, what.p, what.n);
	return (struct bytes){ b.p, b.n };
}

/* A payload that nobody has read. */
static void
unread(const struct uplink *u, const struct pick *p)
{
	struct item *it = reading(u, (struct slice){ NULL, 0 }, NULL, &p->v);

	if (!u->o->list && p->of == NULL)
		it->place = p->name;
	else if (!u->o->list)
		it->place = arena_printf(u->in->arena, "%s.%s", p->of, p->name);
	item_refuse(it, u->in->arena, "no_codec",
	    "the network server has no codec for this device");
}

/* What a device tells of itself: {"margin": 8, "batteryLevel": 75}. */
static void
status(const struct uplink *u, const struct pick *p)
{
	size_t i;

	for (i = MARGIN; i <= BATTERY; i++)
		if (!isnan(jvalue_number(&p[i].v)))
			(void)reading(u,
			    (struct slice){ p[i].name, strlen(p[i].name) },
			    u->o->list ? "." : "", &p[i].v);
}

/* Where the decoded payload stands, before the names of its members. */
static const char *
joint_of(const struct uplink *u, const struct server *sv, bool in_data)
{
	return arena_printf(u->in->arena, "%s%s.", u->o->list ? "." : "",
	    in_data ? sv->p[DATA].name : sv->at);
}

/* What is read: from whom, and the frame of a body that is one uplink. */
struct lora {
	const struct server *from;
	struct bytes frame;
};

static void
event(struct intake *in, const struct object *o, void *arg)
{
	struct lora *l = arg;
	struct uplink u = { .in = in, .o = o };
	struct pick p[LORA_PICKS];
	size_t first = in->n;
	bool in_data;

	memcpy(p, l->from->p, sizeof(p));
	picks_read(p, LORA_PICKS, in->arena, o->raw);
	u.also = pick_text(&p[EUI]);
	common_at(&u.c, in, o->raw,
	    pick_text(&p[NAME]).n > 0 ? pick_text(&p[NAME]) : u.also,
	    &p[TIME].v);
	/* The codec's result may stand where the payload was. */
	if ((in_data =
		    p[OBJECT].v.kind == J_NONE && p[DATA].v.kind == J_OBJECT))
		p[OBJECT].v = p[DATA].v;
	if (p[OBJECT].v.kind == J_OBJECT)
		decoded(&u, &p[OBJECT].v, joint_of(&u, l->from, in_data));
	else if (l->from->joins)
		joined(&u);
	if (in->n == first && p[DATA].v.kind == J_TEXT && p[DATA].v.text.n > 0)
		unread(&u, &p[DATA]);
	status(&u, p);
	in->may_be_empty |= in->n == first;
	if (in->n == first)
		return;
	radio(&u, &p[RADIO].v, o->list ? ".radio." : "radio.");
	for (; first < in->n && u.c.device.p == NULL; first++)
		item_refuse(&in->v[first], in->arena, "no_device",
		    "the device has neither name nor EUI");
	if (o->list)
		return;
	number(in, p);
	l->frame = frame(in->arena, p);
}

static struct err *
uplinks(struct intake *in, struct bytes body, const struct server *from)
{
	struct lora l = { .from = from, .frame = body };
	struct members none = { 0 };
	struct err *e;

	if ((e = objects_read(in, body, event, &l)) != NULL ||
	    (e = intake_envelope(in, l.frame, &none)) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
decode_chirpstack(struct intake *in, struct bytes body)
{
	struct err *e = uplinks(in, body, &chirpstack);

	return e != NULL ? err_pass(e) : NULL;
}

struct err *
decode_tts(struct intake *in, struct bytes body)
{
	struct err *e = uplinks(in, body, &tts);

	return e != NULL ? err_pass(e) : NULL;
}

struct err *
decode_milesight(struct intake *in, struct bytes body)
{
	struct err *e = uplinks(in, body, &milesight);

	return e != NULL ? err_pass(e) : NULL;
}
