/*
 * bus.h - how a device answers on its Modbus line, for its page.
 */
#ifndef WEB_BUS_H
#define WEB_BUS_H

#include "model/fleet.h"
#include "web/view.h"
#include "web/web.h"

/* Nothing when the poller does not ask it. */
struct err *state_bus(struct view *, struct req *, const struct device *,
    int64_t now) MUST_CHECK;

/* Its agent, when that is silent; nothing when no agent polls it. */
struct err *state_agent(struct view *, struct req *, const struct device *,
    int64_t now) MUST_CHECK;

#endif
