/*
 * post.h - the addresses that readings are posted to, one by one (post.c) or
 * with others (together.c), and those of ThingsBoard's devices (tb.c).
 */
#ifndef INGEST_POST_H
#define INGEST_POST_H

#include "intake/take.h"
#include "web/web.h"

handler ingest_native;
handler ingest_fluxio;
handler ingest_fleet;
handler tb_telemetry;
handler tb_attributes;
handler tb_attributes_show;
handler ingest_plan;
handler ingest_quality;
handler agent_commands;
handler agent_health;
handler bundle_offer;
handler bundle_report;

/* ERR_INPUT: the key is no device's, so nobody's agent asks. */
struct err *agent_known(const struct req *) MUST_CHECK;

/* Is the word among these, of which the last is NULL? */
bool agent_word(const char *word, const char *const *all);

/* What all of them do with a body of readings. */
struct err *ingest_post(struct req *, struct res *) MUST_CHECK;

bool ingest_joins(struct req *);
together ingest_together;

/* What its address, query and headers say; ERR_INPUT names the parameter. */
struct err *ingest_asked(struct asked *, struct req *) MUST_CHECK;

/* Does it say of itself that it is simulated? */
bool ingest_simulated(const struct req *);

/* Is its address one that ingest_answer knows? */
bool ingest_takes(const struct req *);

/* ?strict=1: all of it or nothing. */
bool ingest_is_strict(const struct req *);

/* What the address of the request says to a body that was taken. */
void ingest_answer(struct req *, struct res *, const struct taken *);

#endif
