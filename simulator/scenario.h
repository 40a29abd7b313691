/*
 * scenario.h - what the simulator plays, from a JSON file.
 *
 *   {"listen": "127.0.0.1", "port": 5020, "rtu": "/dev/ttyS1",
 *    "listen_file": "/run/simulator.addr", "hold_s": 60,
 *    "units": [
 *      {"unit": 1, "profile": "pump-station"},
 *      {"unit": 2, "profile": "nivus-generic-seed", "model": "flow", "seed":
 * 7},
 *      {"unit": 3, "profile": "fluxline-float64x8", "recording": "run.csv.gz",
 *       "columns": ["Pressure", "Current"]},
 *      {"unit": 4, "profile": "pump-station", "fault": "silence", "every": 3}]}
 *
 * port 0 takes a free one; listen_file then says which, as "host:port".
 * Model and seed default to those that fluxctl's history uses.
 */
#ifndef SIMULATOR_SCENARIO_H
#define SIMULATOR_SCENARIO_H

#include "base/arena.h"
#include "simulator/unit.h"

enum { UNITS_MAX = 247 };

struct scenario {
	const char *listen;
	int port;
	const char *listen_file; /* NULL: nobody wants to know */
	const char *rtu;	 /* serial device or pty; NULL: none */
	struct unit *units;
	size_t n;
};

struct err *scenario_read(struct scenario *, struct arena *, const char *path,
    const char *profiles) MUST_CHECK;

#endif
