/*
 * influx.h - the addresses of InfluxDB, versions 1 and 2, as far as those who
 * write there use them.
 *
 * What databases, retention policies, organisations and buckets they name is
 * not looked at: who a reading belongs to, its key says.
 */
#ifndef INGEST_INFLUX_H
#define INGEST_INFLUX_H

#include "intake/take.h"
#include "web/web.h"

handler influx_write1; /* POST /write */
handler influx_write2; /* POST /api/v2/write */
handler influx_query;  /* GET, POST /query: what clients ask at their start */
handler influx_ping;
handler influx_health;

/* The unit of the body's times.  ERR_INPUT when ?precision is none. */
struct err *influx_tick(int64_t *ns, const struct req *) MUST_CHECK;

/* The version that clients look for, in a header. */
void influx_mark(struct res *);

/* An error in the words of its address; false: it is none of ours. */
bool influx_say(struct req *, struct res *, const struct err *);

#endif
