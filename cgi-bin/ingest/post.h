/*
 * post.h - the two addresses that readings are posted to, one by one (post.c)
 * or with others (together.c).
 */
#ifndef INGEST_POST_H
#define INGEST_POST_H

#include "cgi-bin/ingest/take.h"
#include "web/web.h"

handler ingest_native;
handler ingest_fluxio;

bool ingest_joins(const struct req *);
together ingest_together;

/* What the address of the request says to a body that was taken. */
void ingest_answer(struct req *, struct res *, const struct taken *);

#endif
