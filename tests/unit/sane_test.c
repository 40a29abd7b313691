/*
 * lib/intake: what cannot be right is put right, or doubted, and said so.
 */
#include "check.h"

#include <math.h>

#include "base/clock.h"
#include "intake/sane.h"
#include "intake/take.h"

#define NOW INT64_C(1763703600000000)

static struct slice
slice(const char *s)
{
	return (struct slice){ s, strlen(s) };
}

/* A pump: flow and total are never both zero; p puts aside, t refuses. */
static struct roster *
pump(struct arena *a)
{
	struct slice devices[] = { slice("P") };
	const struct target any = { .states = "",
		.unit = "",
		.low = NAN,
		.high = NAN,
		.scale = 1,
		.facet = { 11, 12, 13, 14 } };
	struct target v[4];
	size_t i;

	for (i = 0; i < 4; i++) {
		v[i] = any;
		v[i].id = (int32_t)i + 1;
	}
	v[0].key = v[0].code = slice("flow");
	v[0].unit = "m3/h";
	v[1].key = v[1].code = slice("total");
	v[0].zero = v[1].zero = true;
	v[2].key = v[2].code = slice("p");
	v[2].unit = "bar";
	v[2].low = 0;
	v[2].high = 10;
	v[2].flags = true;
	v[3].key = v[3].code = slice("t");
	v[3].unit = "Cel";
	v[3].low = -40;
	v[3].high = 120;
	return roster_make(a, devices, 1, v, 4);
}

/* What a body becomes at NOW; dead when it is refused as a whole. */
static struct taken
take_body(struct arena *a, const char *body)
{
	struct taken t = {
		.in = { .arena = a, .now = NOW, .tenant_name = "ours" }
	};

	CHECK(take(&t,
		  (struct bytes){ (const unsigned char *)body, strlen(body) },
		  &(struct asked){ 0 }, pump(a)) == NULL);
	return t;
}

/*
 * Item by item "sensor@seconds from now=value quality reason", with "was" what
 * it was; "-code" of what was refused.
 */
static const char *
said(struct arena *a, const struct taken *t)
{
	struct buf b = buf_new(a, 256);
	size_t i;

	for (i = 0; i < t->in.n; i++) {
		const struct item *it = &t->in.v[i];
		const struct reason *r = reason_of(it->reason);

		if (i > 0)
			buf_byte(&b, ' ');
		if (it->code != NULL) {
			buf_printf(&b, "-%s", it->code);
			continue;
		}
		buf_printf(&b, "%d@%+g=%g %d %s", it->r.sensor,
		    (double)(it->r.time - NOW) / 1e6, it->r.value,
		    it->r.quality, r != NULL ? r->word : "fine");
		if (it->has_was_time)
			buf_printf(&b, " was@%g", (double)it->was_time / 1e6);
		if (it->has_was_value)
			buf_printf(&b, " was=%g", it->was_value);
	}
	return (const char *)b.p;
}

static const struct {
	const char *body, *said;
} bodies[] = {
	/* clang-format off */
	{ "{\"device\":\"P\",\"values\":{\"flow\":1}}", "1@+0=1 100 fine" },
	/* Wrong clocks: a group keeps its distances. */
	{ "{\"device\":\"P\",\"ts\":3600,\"values\":{\"flow\":1,\"total\":2}}",
	  "1@+0=1 50 clock_unset was@3600 2@+0=2 50 clock_unset was@3600" },
	{ "[{\"sensor\":\"flow\",\"ts\":100,\"value\":1},"
	   "{\"sensor\":\"flow\",\"ts\":160,\"value\":2}]",
	  "1@-60=1 50 clock_unset was@100 1@+0=2 50 clock_unset was@160" },
	{ "[{\"sensor\":\"flow\",\"ts\":1763703500,\"value\":1},"
	   "{\"sensor\":\"flow\",\"ts\":1763704000,\"value\":2}]",
	  "1@-100=1 100 fine 1@+0=2 50 clock_ahead was@1.7637e+09" },
	{ "[{\"sensor\":\"flow\",\"ts\":5,\"value\":1},"
	   "{\"sensor\":\"flow\",\"ts\":4000000000,\"value\":2},"
	   "{\"sensor\":\"flow\",\"ts\":4000000060,\"value\":3}]",
	  "1@+0=1 50 clock_unset was@5 1@-60=2 50 clock_ahead was@4e+09 "
	  "1@+0=3 50 clock_ahead was@4e+09" },
	{ "[{\"sensor\":\"flow\",\"ts\":5,\"value\":1},"
	   "{\"sensor\":\"flow\",\"ts\":2678406,\"value\":2}]",
	  "-clock_unset 1@+0=2 50 clock_unset was@2.67841e+06" },
	{ "[{\"sensor\":\"x\",\"ts\":9,\"value\":1},"
	   "{\"sensor\":\"flow\",\"ts\":5,\"value\":1}]",
	  "-unknown_sensor 1@+0=1 50 clock_unset was@5" },
	{ "{\"device\":\"P\",\"ts\":1763703900,\"values\":{\"flow\":1}}",
	  "1@+300=1 100 fine" },
	/* A body that says when it was sent. */
	{ "{\"sent_at\":1763700000,\"readings\":[{\"sensor\":\"flow\","
	  "\"ts\":1763699999,\"value\":1},{\"sensor\":\"flow\",\"value\":2}]}",
	  "1@-3601=1 100 clock_skew 1@+0=2 100 fine" },
	{ "{\"sent_at\":\"2025-11-21T05:38:00Z\",\"readings\":[{\"sensor\":"
	  "\"flow\",\"ts\":1763703600,\"value\":1}]}", "1@+0=1 100 fine" },
	/* Units. */
	{ "{\"sensor\":\"p\",\"unit\":\"psi\",\"value\":100}",
	  "3@+0=6.89476 100 converted was=100" },
	{ "{\"sensor\":\"p\",\"unit\":\"Bar\",\"value\":1}",
	  "3@+0=1 100 fine" },
	{ "{\"sensor\":\"t\",\"unit\":\"degF\",\"value\":212}",
	  "4@+0=100 100 converted was=212" },
	{ "{\"sensor\":\"t\",\"unit\":\"psi\",\"value\":1}", "-wrong_unit" },
	{ "{\"sensor\":\"t\",\"unit\":\"degF\",\"value\":null}",
	  "4@+0=nan 0 fine" },
	{ "[{\"sensor\":\"t\",\"unit\":\"degF\",\"value\":32},"
	   "{\"sensor\":\"t\",\"unit\":\"K\",\"value\":273.15},"
	   "{\"sensor\":\"t\",\"unit\":\"furlong\",\"value\":1},"
	   "{\"sensor\":\"t\",\"unit\":\"K\",\"value\":0},"
	   "{\"sensor\":\"t\",\"unit\":\"K\",\"value\":283.15}]",
	  "4@+0=0 100 converted was=32 4@+0=0 100 converted was=273.15 "
	  "-wrong_unit -out_of_range 4@+0=10 100 converted was=283.15" },
	{ "{\"sensor\":\"t\",\"unit\":\"degF\",\"min\":32,\"max\":212,"
	  "\"avg\":122,\"count\":9,\"stdDev\":9}",
	  "4@+0=50 100 converted was=122" },
	/* Range. */
	{ "{\"sensor\":\"p\",\"value\":10.5}",
	  "3@+0=nan 0 out_of_range was=10.5" },
	{ "{\"sensor\":\"p\",\"unit\":\"psi\",\"value\":200}",
	  "3@+0=nan 0 out_of_range was=200" },
	{ "{\"sensor\":\"t\",\"value\":121}", "-out_of_range" },
	{ "{\"sensor\":\"p\",\"ts\":7,\"value\":-1}",
	  "3@+0=nan 0 out_of_range was@7 was=-1" },
	/* Zeros of a device that was not read. */
	{ "{\"device\":\"P\",\"values\":{\"flow\":0,\"total\":0,\"p\":1}}",
	  "1@+0=0 50 suspect_zero 2@+0=0 50 suspect_zero 3@+0=1 100 fine" },
	{ "{\"device\":\"P\",\"values\":{\"flow\":0,\"total\":7}}",
	  "1@+0=0 100 fine 2@+0=7 100 fine" },
	{ "{\"device\":\"P\",\"values\":{\"flow\":0,\"p\":0}}",
	  "1@+0=0 100 fine 3@+0=0 100 fine" },
	{ "[{\"device\":\"P\",\"ts\":1763703000,\"values\":{\"flow\":0}},"
	   "{\"device\":\"P\",\"ts\":1763703060,\"values\":{\"total\":0}}]",
	  "1@-600=0 100 fine 2@-540=0 100 fine" },
	{ "[{\"sensor\":\"flow\",\"ts\":1763703000,\"value\":0},"
	   "{\"sensor\":\"flow\",\"ts\":1763703000,\"value\":0}]",
	  "1@-600=0 100 fine 1@-600=0 100 fine" },
	{ "{\"device\":\"P\",\"values\":{\"flow\":0,\"total\":null}}",
	  "1@+0=0 100 fine 2@+0=nan 0 fine" },
	/* No value. */
	{ "{\"device\":\"P\",\"values\":{\"flow\":\"N/A\",\"total\":\"NaN\","
	  "\"p\":\"\",\"t\":\"null\"}}",
	  "1@+0=nan 0 no_value 2@+0=nan 0 no_value 3@+0=nan 0 no_value "
	  "4@+0=nan 0 no_value" },
	{ "{\"sensor\":\"t\",\"value\":\"broken\"}", "-not_a_number" },
	/* clang-format on */
};

TEST(what_cannot_be_right_is_put_right_or_doubted)
{
	struct arena *a = arena_new();
	size_t i;

	for (i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
		struct taken t = take_body(a, bodies[i].body);

		CHECK_TEXT(said(a, &t), bodies[i].said);
	}
	arena_free(a);
}

TEST(ten_samples_of_1970_stay_ten_apart)
{
	struct arena *a = arena_new();
	struct buf b = buf_new(a, 512);
	struct taken t;
	size_t i;

	for (i = 0; i < 10; i++)
		buf_printf(&b,
		    "%s{\"sensor\":\"flow\",\"ts\":%zu,\"value\":%zu}",
		    i == 0 ? "[" : ",", 1000 + 60 * i, i);
	buf_byte(&b, ']');
	t = take_body(a, (const char *)b.p);
	CHECK(t.r.n == 10);
	CHECK(t.remarks == 10);
	for (i = 0; i < t.r.n; i++) {
		CHECK(t.r.v[i].time == NOW - (int64_t)(9 - i) * 60 * 1000000);
		CHECK(t.r.v[i].value == (double)i);
	}
	arena_free(a);
}

TEST(only_a_body_that_was_shifted_is_known_again)
{
	struct arena *a = arena_new();
	struct taken t;

	t = take_body(a, "{\"sensor\":\"flow\",\"ts\":60,\"value\":1}");
	CHECK(t.in.again != NULL);
	t = take_body(a, "{\"sensor\":\"flow\",\"value\":1}");
	CHECK(t.in.again == NULL);
	/* A clock that says 0 says so each time, and that is no repeat. */
	t = take_body(a, "{\"sensor\":\"flow\",\"ts\":0,\"value\":1}");
	CHECK(t.in.again == NULL);
	CHECK(t.in.v[0].reason == REASON_CLOCK_UNSET);
	arena_free(a);
}

TEST(a_rule_may_refuse_wrong_clocks)
{
	struct arena *a = arena_new();
	struct item v[2] = {
		{ .r = { .time = 100, .quality = 100 } },
		{ .r = { .time = NOW, .quality = 100 } },
	};
	struct intake in = { .arena = a, .now = NOW, .v = v, .n = 2, .odd = 1 };
	struct intake_rule rule = { .refuses_clock = true };

	sane_clock(&in, (struct bytes){ NULL, 0 }, &rule);
	CHECK_TEXT(v[0].code, "clock_unset");
	CHECK(v[0].r.time == 100);
	CHECK(v[1].code == NULL);
	CHECK(in.again == NULL);
	arena_free(a);
}

TEST(what_is_clean_has_no_remark)
{
	struct arena *a = arena_new();
	struct taken t = take_body(a,
	    "{\"device\":\"P\",\"values\":{\"flow\":\"N/A\",\"total\":null,"
	    "\"p\":1}}");

	CHECK(t.remarks == 0);
	CHECK(t.r.n == 3);
	CHECK(t.in.warnings == 0);
	arena_free(a);
}

TEST(the_graver_reason_stays)
{
	struct item it = { .r = { .quality = 100 } };

	sane_flag(&it, REASON_CONVERTED);
	CHECK(it.r.quality == 100);
	sane_flag(&it, REASON_CLOCK_UNSET);
	sane_flag(&it, REASON_SUSPECT_ZERO);
	CHECK(it.reason == REASON_CLOCK_UNSET);
	sane_flag(&it, REASON_OUT_OF_RANGE);
	sane_flag(&it, REASON_CLOCK_AHEAD);
	CHECK(it.reason == REASON_OUT_OF_RANGE);
	CHECK(it.r.quality == 0);
	it.r.quality = 20;
	sane_flag(&it, REASON_CLOCK_AHEAD);
	CHECK(it.r.quality == 20);
}

TEST(a_reason_has_a_word_a_sentence_and_a_number_for_ever)
{
	static const char *const words[] = { NULL, "clock_ahead", "clock_unset",
		"clock_skew", "suspect_zero", "no_value", "converted",
		"out_of_range", "stuck", NULL };
	int i;

	for (i = -1; i < 10; i++) {
		const struct reason *r = reason_of(i);

		if (i < 1 || words[i] == NULL) {
			CHECK(r == NULL);
			continue;
		}
		CHECK_TEXT(r->word, words[i]);
		CHECK(r->text[strlen(r->text) - 1] == '.');
	}
}
