/*
 * server.h - the lines of the simulator: TCP connections and a serial one.
 */
#ifndef SIMULATOR_SERVER_H
#define SIMULATOR_SERVER_H

#include <signal.h>

#include "simulator/scenario.h"

/* Serve until *stop; ERR_BUG when a line cannot be opened. */
struct err *server_run(struct scenario *, struct arena *,
    const volatile sig_atomic_t *stop) MUST_CHECK;

#endif
