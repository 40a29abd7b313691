/*
 * metric.h - a point of measurement, tags and fields, as items.
 *
 * Line protocol and Telegraf's JSON both say this.  Each field is a reading of
 * the device that the tags name; which tag does, and what the sensor is
 * called, is decided here and nowhere else:
 *
 *   device  the tag device_id, device or name; of Home Assistant's entities
 *	     what is said beside the body, or the entity; else the tag host,
 *	     or what is said beside the body
 *   sensor  the tag sensor_id, sensorId or sensor is a sensor's code, of the
 *	     field "value"; that of an entity is the entity, of anybody else
 *	     the measurement; any other field is its own sensor
 *
 * A text is the name of a sensor's state, or a fact.
 */
#ifndef INTAKE_METRIC_H
#define INTAKE_METRIC_H

#include "intake/intake.h"
#include "intake/line.h"
#include "intake/roster.h"

struct metric {
	struct slice name;
	const struct line_tag *tag;
	size_t n_tags;
	struct slice raw;
	const char *place; /* "line 17"; NULL: "list[index]" */
	const char *list;
	size_t index;
	int64_t time;
	bool timed;
	const char *code, *detail; /* all of it is refused */
	/* Found by metric_begin; p NULL: there is none. */
	struct slice device, sensor, entity;
	bool names_measurement; /* the rule says so */
};

/* Find who speaks. */
void metric_begin(struct metric *, const struct intake *);

/* One more item, or fact. */
void metric_field(struct intake *, const struct metric *,
    const struct line_field *);

/* A text that no sensor of the roster is there for is a fact as well. */
void metric_facts(struct intake *, const struct roster *);

#endif
