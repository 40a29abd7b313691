/*
 * scenario.h - what the simulator plays, from a JSON file.
 *
 *   {"listen": "127.0.0.1", "port": 5020, "count": 1000, "port_step": 1,
 *    "framing": "tcp", "rtu": "/dev/ttyS1", "baud": 9600,
 *    "listen_file": "/run/simulator.addr", "hold_s": 60,
 *    "start": "2026-03-29T00:00:00Z", "speed": 60,
 *    "units": [
 *      {"unit": 1, "count": 30, "profile": "pump-station"},
 *      {"unit": 40, "profile": "nivus-generic-seed", "model": "flow",
 *       "seed": 7, "fault": "silence", "every": 3},
 *      {"unit": 41, "profile": "fluxline-float64x8",
 *       "recording": "run.csv.gz", "columns": ["Pressure", "Current"],
 *       "row_s": 1, "first_row": 0}],
 *    "steps": [
 *      {"unit": 3, "do": "holes", "from": 100, "count": 4},
 *      {"unit": 4, "do": "drift", "point": "pressure", "by": 0.5,
 *       "at_s": 60, "for_s": 600},
 *      {"do": "silence", "at_s": 10, "for_s": 2, "every_s": 30}],
 *    "gateways": [
 *      {"url": "http://127.0.0.1/api/v1/ingest", "key_file": "/etc/key",
 *       "shape": "native", "period_s": 10, "devices": [
 *         {"device": "SIM-1", "profile": "robot", "seed": 1}]}]}
 *
 * Every port, of which there are `count` (1 by default, 0 for none), has all
 * the units; a unit with a count is that many with the unit numbers that
 * follow.  Port 0 takes free ones; listen_file says which, "host:port" a
 * line.  framing "rtu" is RTU over TCP; rtu is a serial line or pty with the
 * units of the first port.  baud paces the answers on lines of RTU.
 *
 * Model and seed default to those that fluxctl's history uses: the unit
 * number, and 1000 more for each further port.  step.h has the deeds,
 * gateway.h what posts.
 */
#ifndef SIMULATOR_SCENARIO_H
#define SIMULATOR_SCENARIO_H

#include "base/arena.h"
#include "model/frame.h"
#include "simulator/gateway.h"
#include "simulator/unit.h"

enum { UNIT_ID_MAX = 255, PORTS_MAX = 10000, DEVICES_MAX = 100000 };

struct scenario {
	const char *listen;
	int port, ports, port_step;
	enum framing framing;
	const char *listen_file; /* NULL: nobody wants to know */
	const char *rtu;	 /* serial device or pty; NULL: none */
	int baud;		 /* 0: as fast as it goes */
	struct play play;
	struct unit *units;	     /* port by port */
	size_t n;		     /* of one port */
	int16_t at[UNIT_ID_MAX + 1]; /* where in it a unit is; -1: nowhere */
	struct gateway *gateways;
	size_t gateway_n;
};

/* ERR_INPUT names the file, the member and what is wrong with it. */
struct err *scenario_read(struct scenario *, struct arena *, const char *path,
    const char *profiles) MUST_CHECK;

/*
 * The unit of that number at a port, or NULL.  A port with one unit is a
 * device, which the numbers 0 and 255 mean as well.
 */
struct unit *scenario_unit(const struct scenario *, int port, uint8_t id);

#endif
