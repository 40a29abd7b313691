/*
 * Which format a body is of, and what its decoder makes of it, without a
 * roster: names, values and units as they were sent.
 */
#include "arena.h"
#include "check.h"

#include <stdlib.h>

#include "intake/intake.h"

#define NOW INT64_C(1763703600000000)

static void
value_put(struct buf *b, const struct jvalue *v)
{
	if (v->kind == J_REAL)
		buf_printf(b, "=%g", v->d);
	else
		buf_printf(b, "=%.*s", (int)v->raw.n,
		    v->raw.p != NULL ? v->raw.p : "");
}

/* "format: device/sensor=value unit; ... batch", or what is wrong with it. */
static const char *
read_as(const char *format, const char *body)
{
	struct intake in = { .arena = arena,
		.now = NOW,
		.tenant = 7,
		.tenant_name = "ours" };
	struct asked asked = { .device = "ASKED" };
	struct buf b = buf_new(arena, 256);
	const struct err *e;
	size_t i;

	asked.format = format != NULL ? format_named(format) : NULL;
	e = intake_read(&in,
	    (struct bytes){ (const unsigned char *)body, strlen(body) },
	    &asked);
	if (e != NULL)
		return arena_text(arena, e->say);
	buf_printf(&b, "%s:", in.format->name);
	for (i = 0; i < in.n; i++) {
		const struct item *it = &in.v[i];

		buf_printf(&b, " %.*s/%.*s", (int)it->device.n,
		    it->device.p != NULL ? it->device.p : "", (int)it->sensor.n,
		    it->sensor.p != NULL ? it->sensor.p : "");
		value_put(&b, &it->value);
		if (it->unit.p != NULL)
			buf_printf(&b, " %.*s", (int)it->unit.n, it->unit.p);
		if (it->also_device.p != NULL)
			buf_printf(&b, " (%.*s)", (int)it->also_device.n,
			    it->also_device.p);
		if (it->also_sensor.p != NULL)
			buf_printf(&b, " (%.*s)", (int)it->also_sensor.n,
			    it->also_sensor.p);
		if (it->code != NULL)
			buf_printf(&b, " -%s", it->code);
		buf_byte(&b, ';');
	}
	if (in.batch != NULL)
		buf_printf(&b, " #%s", in.batch);
	return (const char *)b.p;
}

static const struct {
	const char *format, *body, *read;
} bodies[] = {
	/* clang-format off */
	/* OCPP */
	{ NULL, "{\"connectorId\":1,\"meterValue\":[{\"sampledValue\":["
	  "{\"value\":\"5\"}]}]}",
	  "ocpp16: ASKED/connector1.Energy.Active.Import.Register=\"5\" Wh;" },
	{ NULL, "{\"cpId\":\"C\",\"connectorId\":2,\"meterValue\":[{"
	  "\"sampledValue\":[{\"value\":\"5\",\"measurand\":\"SoC\","
	  "\"location\":\"EV\"},{\"value\":\"6\",\"measurand\":\"Voltage\","
	  "\"phase\":\"L1\",\"location\":\"Inlet\"}]}]}",
	  "ocpp16: C/connector2.SoC=\"5\"; "
	  "C/connector2.Voltage.L1.Inlet=\"6\";" },
	{ NULL, "[2,\"i\",\"MeterValues\",{\"evseId\":1,\"meterValue\":[{"
	  "\"sampledValue\":[{\"value\":2,\"unitOfMeasure\":{\"multiplier\":3}}"
	  "]}]}]",
	  "ocpp201: ASKED/evse1.Energy.Active.Import.Register=2000 Wh;" },
	{ NULL, "[2,\"i\",\"TransactionEvent\",{\"eventType\":\"Updated\","
	  "\"seqNo\":3,\"evse\":{\"id\":1},\"transactionInfo\":{"
	  "\"transactionId\":\"T\"},\"meterValue\":[{\"sampledValue\":["
	  "{\"value\":1.5,\"unitOfMeasure\":{\"multiplier\":-1,\"unit\":\"kWh\"}"
	  "}]}]}]",
	  "ocpp201: ASKED/evse1.Energy.Active.Import.Register=0.15 kWh; "
	  "#ASKED/T-3" },
	{ NULL, "{\"evseId\":1,\"meterValue\":[{\"sampledValue\":["
	  "{\"value\":1,\"unitOfMeasure\":{\"multiplier\":99}},{},"
	  "{\"value\":2,\"unitOfMeasure\":{\"multiplier\":0.5}}]}]}",
	  "ocpp201: ASKED/evse1.Energy.Active.Import.Register=1 Wh "
	  "-not_a_number; ASKED/evse1.Energy.Active.Import.Register= Wh "
	  "-no_values; ASKED/evse1.Energy.Active.Import.Register=2 Wh "
	  "-not_a_number;" },
	{ NULL, "[2,\"i\",\"BootNotification\",{}]", "ocpp16:" },
	{ NULL, "[3,\"i\",{}]", "ocpp16:" },
	{ NULL, "[2,\"i\",\"MeterValues\",{}",
	  "The JSON is not valid: line 1, column 24: a comma or ] must stand "
	  "here." },
	{ "ocpp16", "[]", "There are no readings in the body." },
	{ "ocpp16", "{}", "ocpp16: /= -no_values;" },
	{ "ocpp16", "[1,2]", "ocpp16: /= -not_an_object; /= -not_an_object;" },
	/* ChirpStack */
	{ NULL, "{\"deviceInfo\":{\"deviceName\":\"D\",\"devEui\":\"0a\"},"
	  "\"fCnt\":7,\"object\":{\"t\":1,\"in\":{\"a\":[2,{\"b\":true}],"
	  "\"c\":null},\"e\":{},\"f\":[]}}",
	  "chirpstack: D/t=1 (0a); D/in.a.0=2 (0a); D/in.a.1.b=true (0a); "
	  "D/in.c=null (0a); #0a-7" },
	{ NULL, "{\"deviceInfo\":{\"devEui\":\"0a\"},\"object\":{\"t\":1}}",
	  "chirpstack: 0a/t=1 (0a); #0a-0" },
	{ NULL, "{\"deviceInfo\":{},\"object\":{\"t\":1}}",
	  "chirpstack: /t=1 -no_device;" },
	{ NULL, "{\"deviceInfo\":{\"deviceName\":\"D\",\"devEui\":\"x\\n\"},"
	  "\"data\":\"AQ==\"}",
	  "chirpstack: D/=\"AQ==\" (x\n) -no_codec;" },
	{ NULL, "{\"deviceInfo\":{\"deviceName\":\"D\"},\"object\":{},"
	  "\"rxInfo\":[{\"rssi\":-5}]}", "chirpstack:" },
	{ NULL, "{\"deviceInfo\":7}", "chirpstack:" },
	{ NULL, "{\"deviceInfo\":{\"deviceName\":\"D\"},\"object\":{\"t\":1},"
	  "\"rxInfo\":[{\"rssi\":-90,\"snr\":3},{\"rssi\":-40},7,{\"snr\":9}]}",
	  "chirpstack: D/t=1; D/rssi=-40;" },
	/* The Things Stack, Milesight */
	{ NULL, "{\"end_device_ids\":{\"device_id\":\"d\"},\"uplink_message\":"
	  "{\"decoded_payload\":{\"t\":1}}}", "tts: d/t=1;" },
	{ NULL, "{\"devEUI\":\"0b\",\"data\":{\"t\":1},\"fCnt\":2}",
	  "milesight: 0b/t=1 (0b); #0b-2" },
	{ NULL, "{\"devEUI\":\"0b\",\"fCnt\":0,\"\":7,\"object\":{\"t\":1}}",
	  "milesight: 0b/t=1 (0b); #0b-0" },
	{ NULL, "{\"devEUI\":\"0b\",\"fCnt\":3,\"fPort\":85,\"battery\":92,"
	  "\"data\":\"AQ==\",\"on\":true,\"txInfo\":{\"frequency\":1}}",
	  "milesight: 0b/battery=92 (0b); 0b/on=true (0b); #0b-3" },
	{ NULL, "{\"device_id\":\"N1\",\"devEUI\":\"0b\",\"t\":1}",
	  "flat: N1/devEUI=\"0b\"; N1/t=1;" },
	/* Neuron */
	{ NULL, "{\"node\":\"n\",\"group\":\"g\",\"values\":{\"a\":1},"
	  "\"errors\":{\"b\":3}}",
	  "neuron: n/a=1 (g.a); n/b=3 (g.b);" },
	{ NULL, "{\"group\":\"g\",\"node\":\"n\",\"tags\":[{\"name\":\"a\","
	  "\"value\":[1]},5]}",
	  "neuron: n/a=[1] (g.a); n/= -no_sensor;" },
	{ NULL, "{\"node\":\"n\",\"group\":\"g\",\"flow\":1}",
	  "neuron: n/= -no_values;" },
	{ NULL, "{\"node\":\"n\",\"group\":\"g\",\"tags\":[]}", "neuron:" },
	{ NULL, "{\"group\":\"g\",\"node\":[],\"values\":{\"a\":1}}",
	  "neuron: /a=1 (g.a) -no_device;" },
	/* clang-format on */
};

TEST(a_body_tells_its_format_and_is_read_by_it)
{
	size_t i;

	for (i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
		const char *got = read_as(bodies[i].format, bodies[i].body);

		CHECK_TEXT(got, bodies[i].read);
		if (strcmp(got, bodies[i].read) != 0)
			(void)printf("%s\n  %s\n", bodies[i].body, got);
	}
}

/* The bytes of the first item of a body, as a dead letter keeps them. */
static struct slice
kept(const char *body)
{
	struct intake in = { .arena = arena,
		.now = NOW,
		.tenant_name = "ours" };
	struct asked asked = { .device = "D" };

	CHECK(intake_read(&in,
		  (struct bytes){ (const unsigned char *)body, strlen(body) },
		  &asked) == NULL);
	return in.v[0].raw;
}

TEST(signed_data_is_byte_equal)
{
	static const char one[] =
	    "{ \"value\" : \"OCMF|{\\\"a\\\":1}|\\u00e4\", "
	    "\"format\":\"SignedData\"\t}";
	const char *body = arena_printf(arena,
	    "{\"connectorId\":1,\"meterValue\":[{\"sampledValue\":[%s]}]}",
	    one);

	CHECK(slice_is(kept(body), one));
}

/* Of one frame: what its batch is known by. */
static const char *
again(const char *address, int count, const char *data, int rssi)
{
	struct intake in = { .arena = arena,
		.now = NOW,
		.tenant_name = "ours" };
	const char *body = arena_printf(arena,
	    "{\"deviceInfo\":{\"devEui\":\"0a\"},\"devAddr\":\"%s\","
	    "\"fCnt\":%d,\"data\":\"%s\",\"object\":{\"t\":1},"
	    "\"rxInfo\":[{\"rssi\":%d}]}",
	    address, count, data, rssi);

	CHECK(intake_read(&in,
		  (struct bytes){ (const unsigned char *)body, strlen(body) },
		  &(struct asked){ 0 }) == NULL);
	return in.again;
}

TEST(a_frame_is_known_by_its_counter_session_and_payload)
{
	const char *one = again("01", 5, "AQ==", -50);

	CHECK_TEXT(again("01", 5, "AQ==", -60), one);
	CHECK(strcmp(again("01", 6, "AQ==", -50), one) != 0);
	CHECK(strcmp(again("02", 5, "AQ==", -50), one) != 0);
	CHECK(strcmp(again("01", 5, "Ag==", -50), one) != 0);
}

TEST(names_and_numbers_of_formats_lead_to_them)
{
	CHECK(format_named("chirpstack")->number == 13);
	CHECK_TEXT(format_numbered(16)->name, "neuron");
	CHECK(format_named("") == NULL && format_named("none") == NULL);
	CHECK(format_numbered(0) == NULL && format_numbered(99) == NULL);
}

TEST(an_object_inside_of_objects_has_an_end)
{
	static const char open[] = "{\"deviceInfo\":{\"deviceName\":\"D\"},"
				   "\"object\":";
	int depth;

	for (depth = 1; depth < 40; depth++) {
		struct buf b = buf_new(arena, 1024);
		const char *got;
		int i;

		buf_text(&b, open);
		for (i = 0; i < depth; i++)
			buf_text(&b, "{\"abcdefghijklmnopqrstuvwxyz\":");
		buf_text(&b, "1");
		for (i = 0; i < depth; i++)
			buf_text(&b, "}");
		buf_text(&b, "}");
		got = read_as(NULL, (const char *)b.p);
		CHECK((strstr(got, "not valid") != NULL) ==
		      (depth >= JSCAN_DEPTH));
	}
}
