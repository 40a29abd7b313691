/*
 * plant.h - a plant's day, always the same: sensors at 1 Hz, made from a fixed
 * seed, for whoever stores it: this store, plain rows, other databases.
 *
 * Of each hundred sensors 70 are temperatures (a tenth of a degree), 10
 * pressures (0.01), 10 totalizers (0.001), 5 flows with the full noise of a
 * float32, and 5 are switches.  Quality is 98, in one of 2,000 readings 60.
 */
#ifndef PLANT_PLANT_H
#define PLANT_PLANT_H

#include <stddef.h>
#include <stdint.h>

#include "db/db.h"
#include "store/bucket.h"

/* A sensor's readings one after the other. */
struct trace {
	int kind;
	uint64_t dice;
	double drift, total;
	int64_t second;
	int left; /* seconds until a switch changes */
	double value;
	uint8_t quality;
};

void trace_start(struct trace *, int sensor);
void trace_next(struct trace *);

/* Decimals that show the value whole; 0: as many as it takes. */
int trace_decimals(const struct trace *);

/* What the command line says; see main.c. */
struct wish {
	const char *database, *ids, *what;
	int64_t tenant, sensors, seconds, from_ms;
	int64_t span_ms, buckets, count, open;
	double rate;
};

/* As text on stdout: Influx lines, or rows for COPY. */
void plant_print(const struct wish *);

/* Into landing, as the program of ingest does it: 100,000 a batch. */
struct err *plant_store(const struct wish *) MUST_CHECK;

/* Ask the store again and again, and say how long that took. */
struct err *plant_ask(const struct wish *) MUST_CHECK;

/* What of one sensor is to be drawn. */
struct span {
	int32_t sensor;
	int64_t from, to;
	size_t buckets;
};
struct err *chart_ask(struct bucket *, struct tx *,
    const struct span *) MUST_CHECK;

/* The comma separated numbers; how many. */
size_t ids_read(int32_t *v, size_t room, const char *text);

#endif
