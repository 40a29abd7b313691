/*
 * edge_plan.h - what an edge agent polls: the devices behind its gateway that
 * have a Modbus address, as poller/roster.h reads them.
 */
#ifndef MODEL_EDGE_PLAN_H
#define MODEL_EDGE_PLAN_H

#include "db/db.h"

/* As it is now; the tenant is the transaction's. */
struct err *edge_plan(struct buf *, struct tx *, int gateway) MUST_CHECK;

#endif
