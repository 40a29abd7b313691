/*
 * GET /metrics - what all programs have counted, in the text format 0.0.4 of
 * Prometheus.  nginx lets nobody ask for it from elsewhere.
 */
#include "base/env.h"
#include "base/health.h"
#include "base/stat.h"
#include "intake/format.h"
#include "web/web.h"

handler web_metrics;

static void
head(struct buf *b, const char *name, const char *type, const char *help)
{
	buf_printf(b, "# HELP fluxline_%s %s\n# TYPE fluxline_%s %s\n", name,
	    help, name, type);
}

static void
one(struct buf *b, const char *name, const char *type, const char *help,
    double value)
{
	head(b, name, type, help);
	buf_printf(b, "fluxline_%s %.17g\n", name, value);
}

/* nginx says it in the query, which it makes itself for this address. */
static void
connections(struct buf *b, const struct req *rq)
{
	static const char *const states[] = { "active", "reading", "writing",
		"waiting" };
	const char *said;
	size_t i;

	head(b, "nginx_connections", "gauge",
	    "Connections of nginx, by what they are about.");
	for (i = 0; i < sizeof(states) / sizeof(*states); i++)
		if ((said = req_query(rq, states[i])) != NULL)
			buf_printf(b,
			    "fluxline_nginx_connections{state=\"%s\"} %lld\n",
			    states[i],
			    (long long)number_typed(said, INT64_MAX));
}

static void
requests(struct buf *b, const struct stats *s)
{
	int i, k;

	head(b, "http_requests_total", "counter",
	    "Requests that were answered.");
	for (i = 0; i < STAT_PROGRAMS; i++) {
		struct stat_requests r = stat_requests(s, i);

		for (k = 2; k < STAT_CLASSES; k++)
			buf_printf(b,
			    "fluxline_http_requests_total{program=\"%s\","
			    "code=\"%dxx\"} %llu\n",
			    stat_programs[i], k,
			    (unsigned long long)r.class[k]);
	}
}

static void
durations(struct buf *b, const struct stats *s)
{
	static const char name[] = "fluxline_http_request_duration_seconds";
	int i, k;

	head(b, "http_request_duration_seconds", "histogram",
	    "From the request to its answer.");
	for (i = 0; i < STAT_PROGRAMS; i++) {
		struct stat_requests r = stat_requests(s, i);
		unsigned long long all = 0;

		for (k = 0; k < STAT_STEPS; k++)
			buf_printf(b,
			    "%s_bucket{program=\"%s\",le=\"%g\"} %llu\n", name,
			    stat_programs[i], (double)stat_steps_us[k] / 1e6,
			    all += r.step[k]);
		all += r.step[STAT_STEPS];
		buf_printf(b,
		    "%s_bucket{program=\"%s\",le=\"+Inf\"} %llu\n"
		    "%s_sum{program=\"%s\"} %.17g\n"
		    "%s_count{program=\"%s\"} %llu\n",
		    name, stat_programs[i], all, name, stat_programs[i],
		    (double)r.us / 1e6, name, stat_programs[i], all);
	}
}

static void
readings(struct buf *b, const struct stats *s)
{
	static const char *const results[STAT_READINGS] = { "stored",
		"duplicate", "rejected", "spooled" };
	int i, k;

	head(b, "ingest_readings_total", "counter",
	    "Readings that were posted, by what was answered.");
	for (i = 0; i < STAT_FORMATS; i++) {
		const struct format *f = format_numbered(i);

		for (k = 0; f != NULL && k < STAT_READINGS; k++)
			buf_printf(b,
			    "fluxline_ingest_readings_total{decoder=\"%s\","
			    "result=\"%s\"} %llu\n",
			    f->name, results[k],
			    (unsigned long long)stat_readings(s, i,
				(enum stat_reading)k));
	}
}

static void
lag(struct buf *b, const struct stats *s)
{
	head(b, "ingest_lag_seconds", "summary",
	    "From the arrival of a batch until it can be read.");
	buf_printf(b,
	    "fluxline_ingest_lag_seconds_sum %.17g\n"
	    "fluxline_ingest_lag_seconds_count %llu\n",
	    (double)stat_get(s, STAT_LAG_US) / 1e6,
	    (unsigned long long)stat_get(s, STAT_DERIVED));
}

static void
polls(struct buf *b, const struct stats *s)
{
	static const char *const results[STAT_POLL_BUSY_US] = { "answer",
		"illegal_address", "exception", "checksum", "garbage",
		"timeout", "down" };
	int i;

	head(b, "modbus_requests_total", "counter",
	    "Requests of the poller, by what came of them.");
	for (i = 0; i < STAT_POLL_BUSY_US; i++)
		buf_printf(b,
		    "fluxline_modbus_requests_total{result=\"%s\"} %llu\n",
		    results[i],
		    (unsigned long long)stat_polls(s, (enum stat_poll)i));
	one(b, "modbus_busy_seconds_total", "counter",
	    "How long its lines were taken, together.",
	    (double)stat_polls(s, STAT_POLL_BUSY_US) / 1e6);
}

static void
state(struct buf *b, const struct health *h, int64_t now)
{
	bool told = health_is_told(h, now);

	one(b, "worker_up", "gauge", "1 while the worker tells its state.",
	    told);
	if (!told)
		return;
	one(b, "database_up", "gauge", "1 while the database answers.",
	    (double)h->up);
	one(b, "buffer_bytes", "gauge", "What waits in the spool.",
	    (double)h->spool_bytes);
	one(b, "buffer_max_bytes", "gauge", "What the spool can hold.",
	    (double)h->spool_max);
	one(b, "buffer_tenants", "gauge", "Tenants of whom something waits.",
	    (double)h->spool_tenants);
	one(b, "disk_free_bytes", "gauge", "Free where the spool is.",
	    (double)h->disk_bytes);
	one(b, "disk_free_ratio", "gauge", "The same as a part of the whole.",
	    (double)h->disk_free / 1e3);
	one(b, "partitions_ahead", "gauge",
	    "Months, from this one on, that have their partitions.",
	    (double)h->months);
}

struct err *
web_metrics(struct req *rq, struct res *rs)
{
	const struct stats *s = req_stats(rq);
	struct buf *b = &rs->body;
	struct health h;

	(void)health_read(&h, req_conf(rq)->state);
	rs->type = "text/plain; version=0.0.4; charset=utf-8";
	state(b, &h, env_now());
	connections(b, rq);
	requests(b, s);
	durations(b, s);
	readings(b, s);
	lag(b, s);
	polls(b, s);
	one(b, "spool_drained_total", "counter",
	    "Bodies of the spool that were stored.",
	    (double)stat_get(s, STAT_DRAINED));
	one(b, "spool_refused_total", "counter",
	    "Bodies of the spool that nothing could store.",
	    (double)stat_get(s, STAT_PUT_ASIDE));
	one(b, "derive_failures_total", "counter",
	    "Cycles that made nothing readable.",
	    (double)stat_get(s, STAT_DERIVE_FAIL));
	return NULL;
}
