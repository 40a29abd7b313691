/*
 * dates_test.c - what people write for a date, and what it is.
 */
#include "base/dates.h"

#include "base/clock.h"
#include "base/zone.h"
#include "check.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static struct slice
text(const char *s)
{
	return (struct slice){ s, strlen(s) };
}

/* A text, in which orders it is a date, and as what it is read in the first.
 */
static const struct {
	const char *text;
	unsigned order;
	const char *iso; /* in UTC when it names no zone */
} dates[] = {
	/* clang-format off */
	{ "2020-03-09 10:14:33", DATE_YMD, "2020-03-09T10:14:33.000Z" },
	{ "2018-03-23T09:49:02+01:00", DATE_YMD, "2018-03-23T08:49:02.000Z" },
	{ "2022-03-18 04:33:00-07:00", DATE_YMD, "2022-03-18T11:33:00.000Z" },
	{ "2022-03-18T04:33:00.25Z", DATE_YMD, "2022-03-18T04:33:00.250Z" },
	{ "2022-03-18 04:33:00,123456 +0530", DATE_YMD, "2022-03-17T23:03:00.123456Z" },
	{ "2018-02-03T00:00:00", DATE_YMD, "2018-02-03T00:00:00.000Z" },
	{ "2024/02/29", DATE_YMD, "2024-02-29T00:00:00.000Z" },
	{ "Mon, 25 Mar 2019 16:24:42 GMT", DATE_ORDERS, "2019-03-25T16:24:42.000Z" },
	{ "25-Mar-2019", DATE_ORDERS, "2019-03-25T00:00:00.000Z" },
	{ "March 5, 2019 7:05 pm", DATE_ORDERS, "2019-03-05T19:05:00.000Z" },
	{ "1/2/2007", DATE_DMY | DATE_MDY, "2007-02-01T00:00:00.000Z" },
	{ "10/1/1999", DATE_DMY | DATE_MDY, "1999-01-10T00:00:00.000Z" },
	{ "10/13/1999", DATE_MDY, "1999-10-13T00:00:00.000Z" },
	{ "31/01/2019 12:00 AM", DATE_DMY, "2019-01-31T00:00:00.000Z" },
	{ "1/2/2022 9:00", DATE_DMY | DATE_MDY, "2022-02-01T09:00:00.000Z" },
	{ "04/07/16 00", DATE_ORDERS, "2004-07-16T00:00:00.000Z" },
	{ "06/01/14 23", DATE_ORDERS, "2006-01-14T23:00:00.000Z" },
	{ "31/12/68", DATE_DMY, "2068-12-31T00:00:00.000Z" },
	{ "31.12.69 24:00", DATE_DMY, "1970-01-01T00:00:00.000Z" },
	/* clang-format on */
};

static const char *const no_dates[] = { "", "0.000000", "12", "2020-03",
	"30/02/2019", "29/02/2023", "13/13/2013", "2020-03-09 25:00",
	"2020-03-09 10:60", "2020-03-09 10:14:33 Berlin", "1/2/3", "1/2/201",
	"1-2/2007", "2020-03-09T", "20200309", "hello", "Mon", "25 Foo 2019",
	"2020-03-09 10:14:33 +25:00", "0/1/2007", "2020-00-10", "1 2 2007",
	"2020-03-09 13:00 PM", "2020-03-09 10:1", "2020-03-09 10:10:10." };

TEST(a_date_is_read_in_every_order_that_it_fits)
{
	struct arena *a = arena_new();
	size_t i;

	zone_use("UTC");
	for (i = 0; i < COUNT(dates); i++) {
		int64_t us = 0, again = 0;
		struct stamp t;

		CHECK(stamp_read(&t, text(dates[i].text), DATE_ORDERS));
		CHECK(t.order == dates[i].order);
		CHECK(stamp_instant(&us, &again, &t));
		CHECK(us == again);
		CHECK_TEXT(clock_iso(a, us), dates[i].iso);
	}
	arena_free(a);
}

TEST(what_is_no_date_is_none)
{
	struct stamp t;
	size_t i;

	for (i = 0; i < COUNT(no_dates); i++)
		if (stamp_read(&t, text(no_dates[i]), DATE_ORDERS)) {
			(void)printf("%s\n", no_dates[i]);
			CHECK(false);
		}
}

TEST(the_order_that_was_chosen_decides)
{
	struct stamp t;

	CHECK(stamp_read(&t, text("1/2/2007"), DATE_MDY));
	CHECK(t.month == 1 && t.day == 2);
	CHECK(stamp_read(&t, text("1/2/2007"), DATE_DMY));
	CHECK(t.month == 2 && t.day == 1);
	CHECK(!stamp_read(&t, text("1/2/2007"), DATE_YMD));
	CHECK(!stamp_read(&t, text("1/13/2007"), DATE_DMY));
	CHECK(stamp_read(&t, text("1 Feb 2007"), DATE_YMD) && t.month == 2);
	CHECK(date_order_named("mdy") == DATE_MDY);
	CHECK(date_order_named("myd") == 0);
	CHECK_TEXT(date_order_name(DATE_DMY), "dmy");
}

TEST(a_time_of_its_own_column_joins_its_date)
{
	struct stamp t;
	int64_t us = 0, again = 0;

	zone_use("Europe/London");
	CHECK(stamp_read(&t, text("2018-07-03T00:00:00"), DATE_YMD));
	CHECK(stamp_time(&t, text("23:50")));
	CHECK(stamp_instant(&us, &again, &t));
	CHECK(us == INT64_C(1530658200) * CLOCK_S);
	CHECK(!stamp_time(&t, text("")));
	CHECK(!stamp_time(&t, text("25:00")));
	CHECK(!stamp_time(&t, text("noon")));
}

TEST(an_hour_that_is_there_twice_has_two_instants)
{
	struct stamp t;
	int64_t us = 0, again = 0;

	zone_use("Europe/Berlin");
	CHECK(stamp_read(&t, text("2025-10-26 02:30"), DATE_YMD));
	CHECK(stamp_instant(&us, &again, &t));
	CHECK(again - us == CLOCK_HOUR);
	CHECK(us == INT64_C(1761438600) * CLOCK_S);
	CHECK(stamp_read(&t, text("2025-10-26 03:00"), DATE_YMD));
	CHECK(stamp_instant(&us, &again, &t) && us == again);
}

TEST(an_hour_that_is_left_out_has_none)
{
	struct stamp t;
	int64_t us = 0, again = 0;

	zone_use("Europe/Berlin");
	CHECK(stamp_read(&t, text("2025-03-30 02:30"), DATE_YMD));
	CHECK(!stamp_instant(&us, &again, &t));
	CHECK(stamp_read(&t, text("2025-03-30 02:30Z"), DATE_YMD));
	CHECK(stamp_instant(&us, &again, &t));
	CHECK(stamp_read(&t, text("2025-03-30 03:00"), DATE_YMD));
	CHECK(stamp_instant(&us, &again, &t) && us == again);
}
