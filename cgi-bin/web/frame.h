/*
 * frame.h - what every page shows, and how devices and sensors are stated.
 */
#ifndef WEB_FRAME_H
#define WEB_FRAME_H

#include "model/fleet.h"
#include "web/web.h"

/* The "device" and "sensor" nodes of layout/macros.cs. */
void state_device(struct view *, struct arena *, const struct device *,
    int64_t now);
void state_sensor(struct view *, struct arena *, const struct device *,
    const struct sensor *, int64_t now);

/* "/devices/KEY"; keys need no escaping, the schema sees to that. */
const char *device_href(struct arena *, const struct device *);

/* Its silence in whole seconds, for script. */
int64_t silence_s(const struct device *);

#endif
