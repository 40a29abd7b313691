/*
 * GET /api/v1/completeness?device=&from=&to= - what a device should have sent
 * and what came, by sensor and day of its site's clocks.
 */
#include "model/complete.h"

#include "base/clock.h"
#include "base/env.h"
#include "base/member.h"
#include "base/zone.h"
#include "cgi-bin/api/ask.h"

enum { DAYS = 7 };

handler api_complete;

static double
seconds(int64_t us)
{
	return (double)us / 1e6;
}

static void
say_day(struct buf *b, const struct complete *c, size_t k,
    const struct complete_day *d)
{
	int percent = complete_percent(d->received, d->expected);

	member_comma(b);
	buf_byte(b, '{');
	member_text(b, "start", clock_iso(b->arena, c->days.v[k]));
	member_text(b, "end", clock_iso(b->arena, c->days.v[k + 1]));
	member_int(b, "expected", d->expected);
	member_int(b, "received", d->received);
	if (percent >= 0)
		member_int(b, "percent", percent);
	say_short(b, "silent_s", seconds(d->silent));
	say_short(b, "longest_s", seconds(d->longest));
	buf_byte(b, '}');
}

static void
say(struct buf *b, const struct ask *ask, const struct complete *c)
{
	const struct device *d = &ask->device;
	size_t i, k;

	buf_byte(b, '{');
	member_text(b, "device", d->key);
	member_text(b, "zone", ask->site.zone);
	say_short(b, "period_s", d->period_s);
	member_name(b, "sensors");
	buf_byte(b, '[');
	for (i = 0; i < c->sensors; i++) {
		member_comma(b);
		buf_byte(b, '{');
		say_whose(b, &d->sensors[i]);
		member_name(b, "days");
		buf_byte(b, '[');
		for (k = 0; k < c->n; k++)
			say_day(b, c, k, &c->v[i * c->n + k]);
		buf_text(b, "]}");
	}
	buf_text(b, "]}\n");
}

struct err *
api_complete(struct req *rq, struct res *rs)
{
	const char *device = req_query(rq, "device");
	int64_t now = env_now();
	struct ask ask = { .n = 0 };
	struct complete c;
	struct err *e;

	if (device == NULL || *device == 0)
		return err_raise(ERR_INPUT, "device: this field is missing.",
		    "no device");
	if ((e = device_known(&ask.device, &ask.site, rq->tx, device)) !=
		NULL ||
	    (e = req_time(&ask.to, rq, "to", now)) != NULL ||
	    (e = req_time(&ask.from, rq, "from", ask.to - DAYS * CLOCK_DAY)) !=
		NULL)
		return err_pass(e);
	if (ask.to > now)
		ask.to = now;
	if (ask.from >= ask.to ||
	    ask.to - ask.from > COMPLETE_DAYS_MAX * CLOCK_DAY)
		return err_raise(ERR_INPUT,
		    "from must be before to and before now, by 92 days at "
		    "most.",
		    "span");
	zone_use(ask.site.zone);
	if ((e = complete_load(&c, rq->tx, &ask.device, ask.from, ask.to,
		 now)) != NULL)
		return err_pass(e);
	say(&rs->body, &ask, &c);
	return NULL;
}
