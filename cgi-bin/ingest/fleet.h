/*
 * fleet.h - POST /v1/ingestion/telemetry: how it answers.
 */
#ifndef INGEST_FLEET_H
#define INGEST_FLEET_H

#include "cgi-bin/ingest/reply.h"

/* 201, or when nothing could be taken 400, or 422 if nobody knows what it is.
 */
int fleet_status(const struct taken *);

reply_fn reply_fleet;

#endif
