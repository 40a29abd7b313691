/*
 * rutos_test.c - what Teltonika routers send, in every form met in the field,
 * as readings, facts and refusals, without a database.
 */
#include <math.h>
#include <stdlib.h>

#include "check.h"
#include "intake/profiles.h"
#include "intake/take.h"
#include "intake/template.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define NOW INT64_C(1763703600000000)

static struct slice
slice(const char *s)
{
	return (struct slice){ s, strlen(s) };
}

enum { DEVICES = 5 };

/* Their sensors are numbered from 1 on in this order. */
static const struct {
	int device;
	const char *key;
} sensors[] = {
	{ 0, "flow_rate" },
	{ 0, "level" },
	{ 0, "volume_total" },
	{ 1, "flow_rate" },
	{ 1, "volume_total" },
	{ 1, "temperature" },
	{ 1, "status" },
	{ 2, "flow" },
	{ 2, "reg:11" },
	{ 3, "gsm.rssi" },
	{ 3, "io.din1" },
};

static struct roster *
small(struct arena *a)
{
	static const struct machine machines[DEVICES] = {
		{ { "NF750", 5 }, "nivus-nivuflow-750", NULL, 1, false },
		{ { "SEED", 4 }, "nivus-generic-seed", NULL, 2, false },
		{ { "PLAIN", 5 }, "", NULL, 3, false },
		{ { "GW", 2 }, "", NULL, -1, true },
		{ { "TWIN", 4 }, "nivus-generic-seed", NULL, 3, false },
	};
	struct slice devices[DEVICES];
	struct target v[COUNT(sensors)];
	struct roster *r;
	size_t i;

	for (i = 0; i < DEVICES; i++)
		devices[i] = machines[i].key;
	for (i = 0; i < COUNT(sensors); i++)
		v[i] = (struct target){ .key = slice(sensors[i].key),
			.code = slice(arena_printf(a, "c%zu", i)),
			.unit = "",
			.states = "",
			.low = NAN,
			.high = NAN,
			.scale = 1,
			.device = sensors[i].device,
			.id = (int32_t)i + 1 };
	r = roster_make(a, devices, DEVICES, v, COUNT(sensors));
	roster_equip(r, machines_make(a, machines, DEVICES));
	return r;
}

/*
 * "sensor@seconds=value " of what was taken, "~" before it when it is doubted;
 * "-place:code " of what was not, "name=value; " of facts, "!warning ".
 */
static const char *
taken(struct arena *a, struct bytes body, const char *device)
{
	struct taken t = { .in = { .arena = a,
			       .now = NOW,
			       .tenant = 7,
			       .tenant_name = "ours",
			       .profiles = profiles_open(a, "profiles") } };
	struct asked asked = { .device = device };
	struct buf b = buf_new(a, 256);
	struct err *e;
	size_t i;

	if ((e = take(&t, body, &asked, small(a))) != NULL)
		return arena_text(a, e->say);
	for (i = 0; i < t.r.n; i++)
		buf_printf(&b, "%s%d@%lld=%.6g ",
		    t.r.v[i].quality < 100 ? "~" : "", t.r.v[i].sensor,
		    (long long)(t.r.v[i].time / 1000000), t.r.v[i].value);
	for (i = 0; i < t.in.n; i++)
		if (t.in.v[i].code != NULL)
			buf_printf(&b, "-%s:%s ", item_place(a, &t.in.v[i]),
			    t.in.v[i].code);
	for (i = 0; i < t.in.facts; i++)
		buf_printf(&b, "%.*s=%.*s; ", (int)t.in.fact[i].name.n,
		    t.in.fact[i].name.p, (int)t.in.fact[i].value.raw.n,
		    t.in.fact[i].value.raw.p);
	for (i = 0; i < t.in.warnings; i++)
		buf_printf(&b, "!%s ", t.in.warning[i]);
	buf_text(&b, "");
	return (const char *)b.p;
}

#define AT "\"timestamp\":1763703000"

static const struct {
	const char *body, *device, *taken;
} bodies[] = {
	/* clang-format off */
	/* RutOS 7: by input; an object, an array, the device's name or none. */
	{ "{\"Nivus_001\":[{" AT ",\"date\":\"21/11/2026 09:00:00\","
	  "\"date_iso_8601\":\"2026-11-21T09:00:00+0300\",\"bdate\":null,"
	  "\"server_id\":1,\"bserver_id\":1,\"addr\":11,\"baddr\":null,"
	  "\"full_addr\":\"300011\",\"size\":2,\"data\":\"[0.0329]\","
	  "\"raw_data\":null,\"server_name\":\"NF750\",\"ip\":\"192.168.1.10\","
	  "\"name\":\"flow_rate\"}],"
	  "\"gw\":{\"serial\":\"6000000001\",\"name\":\"TRB246\"}}", NULL,
	  "1@1763703000=0.0329 serial=\"6000000001\"; name=\"TRB246\"; " },
	{ "{\"NF750\":{" AT ",\"name\":\"level\",\"data\":\"[0.345]\"}}", NULL,
	  "2@1763703000=0.345 " },
	{ "{\"any\":[{\"date_iso_8601\":\"2025-11-21T08:30:00+0300\","
	  "\"server_id\":\"1\",\"name\":\"level\",\"data\":0.345}]}", NULL,
	  "2@1763703000=0.345 " },
	/* The value in its spellings. */
	{ "[{\"server_name\":\"PLAIN\",\"name\":\"flow\"," AT ",\"data\":125.5}]",
	  NULL, "8@1763703000=125.5 " },
	{ "[{\"server_name\":\"PLAIN\",\"name\":\"flow\"," AT
	  ",\"data\":\"1533\"}]", NULL, "8@1763703000=1533 " },
	{ "[{\"server_name\":\"PLAIN\",\"name\":\"flow\"," AT
	  ",\"data\":[1533]}]", NULL, "8@1763703000=1533 " },
	{ "[{\"server_name\":\"PLAIN\",\"name\":\"flow\"," AT
	  ",\"data\":null}]", NULL, "~8@1763703000=nan " },
	/* Raw registers: low word first, and in the spellings of an array. */
	{ "[{\"server_name\":\"NF750\",\"name\":\"flow\",\"full_addr\":\"300011\","
	  AT ",\"data\":\"[49703,15622]\"}]", NULL, "1@1763703000=0.0329 " },
	{ "[{\"server_name\":\"NF750\",\"full_addr\":\"30011\"," AT
	  ",\"data\":[49703,15622,41943,16048]}]", NULL,
	  "1@1763703000=0.0329 2@1763703000=0.345 " },
	{ "[{\"server_name\":\"NF750\",\"full_addr\":300011," AT
	  ",\"data\":\"49703,15622\"}]", NULL, "1@1763703000=0.0329 " },
	{ "[{\"server_name\":\"NF750\",\"addr\":11," AT
	  ",\"data\":\"49703,15622\"}]", NULL, "1@1763703000=0.0329 " },
	/* One request a register: two halves of one value. */
	{ "{\"NF750\":[{\"full_addr\":\"300011\",\"name\":\"lo\"," AT
	  ",\"data\":\"[49703]\"},{\"full_addr\":\"300012\",\"name\":\"hi\"," AT
	  ",\"data\":\"[15622]\"}]}", NULL, "1@1763703000=0.0329 " },
	/* The halves of two instants are no value. */
	{ "{\"NF750\":[{\"full_addr\":\"300011\",\"name\":\"lo\"," AT
	  ",\"data\":\"[49703]\"},{\"full_addr\":\"300012\",\"name\":\"hi\","
	  "\"timestamp\":1763703001,\"data\":\"[15622]\"}]}", NULL,
	  "-NF750[0].data:unknown_sensor -NF750[1].data:unknown_sensor " },
	/* Two devices' registers, one through the other. */
	{ "[{\"server_id\":1,\"full_addr\":\"300011\"," AT ",\"data\":\"49703\"},"
	  "{\"server_id\":2,\"full_addr\":\"400001\"," AT
	  ",\"data\":\"17132,58982\"},"
	  "{\"server_id\":1,\"full_addr\":\"300012\"," AT
	  ",\"data\":\"15622\"}]", NULL,
	  "1@1763703000=0.0329 4@1763703000=118.45 " },
	/* Two registers and one number: the router has decoded it. */
	{ "{\"NF750\":[{\"full_addr\":\"300011\",\"name\":\"lo\"," AT
	  ",\"size\":2,\"data\":\"[118]\"}]}", NULL, "1@1763703000=118 " },
	/* A value the router decoded, known by its register alone. */
	{ "[{\"full_addr\":\"300011\",\"server_id\":1," AT
	  ",\"data\":0.0329}]", NULL, "1@1763703000=0.0329 " },
	{ "{\"full_addr\":\"11\",\"data\":0.5," AT "}", "NF750",
	  "1@1763703000=0.5 " },
	{ "{\"full_addr\":\"11\",\"data\":0.5," AT "}", "PLAIN",
	  "9@1763703000=0.5 " },
	/* A whole frame of zeros is doubted; a status lowers the rest. */
	{ "[{\"server_id\":2,\"full_addr\":\"400001\"," AT
	  ",\"data\":\"0,0,0,0,0,0,0,0,0,0,0\"}]", NULL,
	  "~4@1763703000=0 ~5@1763703000=0 ~6@1763703000=0 7@1763703000=0 " },
	{ "[{\"server_id\":2,\"full_addr\":\"400001\"," AT
	  ",\"data\":\"17132,58982,18656,5379,16834,26214\"},"
	  "{\"server_id\":2,\"full_addr\":\"400011\",\"name\":\"st\"," AT
	  ",\"data\":\"[1]\"}]", NULL,
	  "~4@1763703000=118.45 ~5@1763703000=458920 ~6@1763703000=24.3 "
	  "7@1763703000=1 " },
	/* Firmware before RutOS 7. */
	{ "[{\"ID\":\"2\",\"TS\":\"1763703000\",\"ST\":\"0\","
	  "\"VR\":\"[17132,58982,18656,5379,16834,26214]\"}]", NULL,
	  "4@1763703000=118.45 5@1763703000=458920 6@1763703000=24.3 " },
	{ "{\"ID\":\"2\",\"TS\":\"1763703000\",\"ST\":\"0\","
	  "\"VR\":\"[17132,58982]\"},{\"ID\":\"2\",\"TS\":\"1763703060\","
	  "\"ST\":\"10\",\"VR\":\"[1]\"}", NULL,
	  "4@1763703000=118.45 7@1763703060=1 " },
	{ "{\"TS\":\"1763703000\",\"D\":\"x\",\"MAC\":\"AA:BB\",\"DT\":\"0102\"}",
	  NULL, "bluetooth.AA:BB.DT=\"0102\"; " },
	/* Joined by a comma or a newline, as the format custom joins them. */
	{ "{\"PLAIN\":{\"name\":\"flow\",\"data\":1," AT "}}\n"
	  "{\"PLAIN\":{\"name\":\"flow\",\"data\":2,"
	  "\"timestamp\":1763703060}}\n", NULL,
	  "8@1763703000=1 8@1763703060=2 " },
	/* Local dates: the day first, in the zone of the site. */
	{ "{\"PLAIN\":{\"name\":\"flow\",\"data\":1,"
	  "\"date\":\"03/04/2025 05:06:07\"}}", NULL, "8@1743656767=1 " },
	{ "{\"PLAIN\":{\"name\":\"flow\",\"data\":1,"
	  "\"date\":\"12/31/2024 05:06:07\"}}", NULL,
	  "-PLAIN[0].data:bad_time " },
	{ "{\"device_id\":\"PLAIN\",\"D\":\"03/04/2025 05:06:07\",\"flow\":2}",
	  NULL, "8@1743656767=2 " },
	{ "{\"device_id\":\"PLAIN\",\"time\":\"03/04/2025 05:06:07\","
	  "\"flow\":2}", NULL, "-flow:bad_time " },
	/* What cannot be decoded is refused with what would help. */
	{ "[{\"server_name\":\"PLAIN\",\"name\":\"flow\",\"full_addr\":\"300011\","
	  AT ",\"data\":\"[65,53267]\"}]", NULL, "-[0].data:no_profile " },
	{ "[{\"server_name\":\"NF750\",\"name\":\"flow\"," AT
	  ",\"data\":\"[65,53267]\"}]", NULL, "-[0].data:no_register " },
	{ "[{\"server_name\":\"NF750\",\"full_addr\":\"300900\",\"name\":\"x\","
	  AT ",\"data\":\"[1,2]\"}]", NULL, "-[0].data:unknown_register " },
	{ "{\"XX\":{\"name\":\"flow\",\"data\":1," AT "}}", NULL,
	  "-XX[0].data:unknown_device " },
	{ "[{\"server_id\":3,\"full_addr\":\"300011\"," AT ",\"data\":1.5}]",
	  NULL, "-[0].data:unknown_device " },
	{ "[{\"full_addr\":\"300011\"," AT ",\"data\":1.5},{\"full_addr\":1}]",
	  NULL, "-[0].data:no_device -[1]:no_values " },
	{ "{\"PLAIN\":[5,{\"name\":\"flow\",\"data\":1," AT "}]}", NULL,
	  "8@1763703000=1 -PLAIN[0]:not_an_object " },
	/* Templates that nobody filled in. */
	{ "{\"PLAIN\":{\"name\":\"flow\",\"data\":\"%flow_rate%\"," AT "}}",
	  NULL, "-PLAIN[0].data:template_unexpanded !template_unexpanded " },
	{ "{\"in\":{\"server_name\":\"${SERIAL}\",\"name\":\"flow\","
	  "\"data\":\"1\",\"timestamp\":\"%t\"}}", NULL,
	  "-in[0].data:template_unexpanded !template_unexpanded " },
	{ "{\"device_id\":\"PLAIN\",\"flow\":\"%{flow:-0}%\"}", NULL,
	  "-flow:template_unexpanded !template_unexpanded " },
	/* Of the router itself: readings it has sensors for, and facts. */
	{ "{\"cell\":{\"imei\":\"86\",\"rssi\":\"-71\",\"rsrp\":-101,"
	  "\"operator\":\"A\",\"iccid\":null,\"timestamp\":\"1763703000\"}}",
	  NULL, "10@1763703000=-71 imei=\"86\"; gsm.rssi=\"-71\"; "
	  "gsm.rsrp=-101; operator=\"A\"; " },
	{ "{\"cell\":{\"imei\":\"86\",\"rssi\":\"N/A\"}}", NULL,
	  "imei=\"86\"; rssi=\"N/A\"; " },
	{ "{\"gw\":{\"serial\":\"60\",\"mac\":\"AA\",\"hwver\":\"0404\"}}", NULL,
	  "serial=\"60\"; mac=\"AA\"; hwver=\"0404\"; " },
	{ "{\"b\":{\"time\":1763703000,\"fw\":\"TRB2_R_00.07\"}}", NULL,
	  "fw=\"TRB2_R_00.07\"; " },
	{ "{\"pos\":{\"latitude\":\"54.6\",\"longitude\":\"25.2\","
	  "\"fix_status\":\"1\"," AT "}}", NULL,
	  "gps.latitude=\"54.6\"; gps.longitude=\"25.2\"; "
	  "gps.fix_status=\"1\"; " },
	{ "{\"in\":[{\"name\":\"din1\",\"type\":\"gpio\",\"state\":\"high\","
	  "\"value\":\"1\"}]}", NULL,
	  "11@1763703600=1 io.din1.type=\"gpio\"; io.din1.state=\"high\"; " },
	{ "{\"in\":[{\"name\":\"din2\",\"state\":\"1\"}]}", NULL,
	  "-in[0].state:unknown_sensor " },
	{ "{\"p\":{\"pin_name\":\"din1\",\"count\":7," AT "}}", NULL,
	  "-p[0].count:unknown_sensor " },
	{ "{\"al\":{\"alarm_id\":\"3\",\"condition\":\"more\",\"data\":\"7\","
	  AT "}}", NULL, "alarm.3.condition=\"more\"; alarm.3.data=\"7\"; " },
	{ "{\"m\":{\"tx\":5,\"rx\":6}}", NULL, "mdcollect.tx=5; mdcollect.rx=6; " },
	{ "{\"bt\":[{\"mac\":\"A:B\",\"rssi\":\"-60\",\"data\":\"01\"}]}", NULL,
	  "bluetooth.A:B.rssi=\"-60\"; bluetooth.A:B.data=\"01\"; " },
	/* Other protocols that the router speaks for us. */
	{ "{\"PLAIN\":[{\"name\":\"flow\"," AT ",\"data\":\"3.5\",\"q_bits\":1,"
	  "\"group\":30,\"index\":2}]}", NULL, "8@1763703000=3.5 " },
	/* No router's: as they were. */
	{ "{\"device_id\":\"PLAIN\",\"flow\":1,\"gps\":{\"latitude\":1,"
	  "\"longitude\":2}}", NULL, "8@1763703600=1 -gps:unknown_sensor " },
	{ "{\"device_id\":\"PLAIN\",\"name\":\"Pump\",\"data\":3,\"flow\":1}",
	  NULL, "8@1763703600=1 -name:unknown_sensor -data:unknown_sensor " },
	/* clang-format on */
};

TEST(a_body_of_a_router_becomes_what_the_table_says)
{
	struct arena *a = arena_new();
	size_t i;

	for (i = 0; i < COUNT(bodies); i++) {
		const char *s = bodies[i].body;
		const char *got = taken(a,
		    (struct bytes){ (const unsigned char *)s, strlen(s) },
		    bodies[i].device);

		if (strcmp(got, bodies[i].taken) != 0)
			(void)printf("%s\n is   %s\n not  %s\n", s, got,
			    bodies[i].taken);
		CHECK_TEXT(got, bodies[i].taken);
	}
	arena_free(a);
}

/* In memory that ends where the body ends, for the sanitizer. */
TEST(no_byte_is_read_behind_a_body_that_was_cut)
{
	struct arena *a = arena_new();
	size_t i, n;

	for (i = 0; i < COUNT(bodies); i++) {
		for (n = 0; n < strlen(bodies[i].body); n++) {
			unsigned char *cut = malloc(n + (n == 0));

			memcpy(cut, bodies[i].body, n);
			CHECK(*taken(a, (struct bytes){ cut, n }, NULL) != 0);
			free(cut);
		}
		arena_reset(a);
	}
	arena_free(a);
}

static const struct {
	const char *text;
	bool is;
} templates[] = {
	{ "%flow_rate%", true },
	{ "a %x% b", true },
	{ "${SERIAL}", true },
	{ "%{flow:-0}%", true },
	{ "%{flow:+1}%", true },
	{ "%a", true },
	{ "%i", true },
	{ "", false },
	{ "%", false },
	{ "%%", false },
	{ "5 %", false },
	{ "50% of 60%", false },
	{ "$", false },
	{ "${", false },
	{ "${}", false },
	{ "$5", false },
	{ "{x}", false },
	{ "%ab", false },
	{ "%{", false },
};

TEST(a_template_is_told_from_a_text_with_a_percent_sign)
{
	size_t i;

	for (i = 0; i < COUNT(templates); i++)
		CHECK(template_in(slice(templates[i].text)) == templates[i].is);
}
