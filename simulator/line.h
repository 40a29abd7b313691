/*
 * line.h - a connection or a serial line: requests come in, answers go out.
 *
 * One request at a time: while an answer waits or goes out, what has come in
 * behind it waits too, as on a real line.
 */
#ifndef SIMULATOR_LINE_H
#define SIMULATOR_LINE_H

#include "simulator/scenario.h"

struct line {
	int fd; /* -1: free */
	int port;
	bool is_serial;
	enum framing framing;
	uint8_t in[2 * FRAME_MAX], out[FRAME_MAX];
	size_t n, out_n, out_at;
	bool drips;
	int64_t heard;	    /* the last byte; monotonic, as what follows */
	int64_t due;	    /* when the answer, or its next byte, goes out */
	struct unit *shown; /* whose row the last answer had; NULL: none */
};

/*
 * Read what has come; false: whoever was there is gone.  When he went before
 * the last answer came to him, its row is shown again.
 */
bool line_hear(struct line *) MUST_CHECK;

/*
 * Write what is due, answer what has come in behind it, and so on; false: the
 * line is broken, or what came is nonsense.
 */
bool line_work(struct line *, const struct scenario *) MUST_CHECK;

/* Is there an answer that is not due yet? */
bool line_waits(const struct line *);

#endif
