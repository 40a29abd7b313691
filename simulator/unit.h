/*
 * unit.h - one simulated device: registers that follow a model, or a
 * recording, or what somebody wrote into them, and what a scenario spoils.
 */
#ifndef SIMULATOR_UNIT_H
#define SIMULATOR_UNIT_H

#include <stdbool.h>

#include "model/model.h"
#include "model/profile.h"
#include "simulator/play.h"
#include "simulator/recording.h"

enum { PINS_MAX = 256 };

/* A register that was written holds its value for a while. */
struct pin {
	enum point_function function;
	int address;
	uint16_t word;
	int64_t until;
};

/* Made at the first write: most devices are never written to. */
struct pins {
	struct pin v[PINS_MAX];
	size_t n;
};

struct unit {
	int id, port;
	const struct profile *profile;
	const char *model;
	uint64_t seed;
	struct behaviour *of;	     /* for each point; NULL: a recording */
	struct recording *recording; /* NULL: the model */
	size_t row;		     /* that is shown now */
	size_t first_row;	     /* where row_us counts from */
	int64_t row_us;		     /* how long; 0: until it was read */
	int64_t hold;		     /* of a pin, microseconds */
	enum deed fault;	     /* of the line, besides the steps' */
	int every;		     /* it shows at every n-th answer */
	int asked;		     /* answers so far */
	struct pins *pins;	     /* NULL: none yet */
	const struct play *play;
	struct arena *arena; /* for the pins */
};

/* Exception codes of the Modbus specification. */
enum exception {
	EXCEPTION_NONE = 0,
	ILLEGAL_FUNCTION = 1,
	ILLEGAL_ADDRESS = 2,
	ILLEGAL_VALUE = 3,
	DEVICE_BUSY = 6 /* the recording is over */
};

/* count registers or bits as they are now; words has room for them. */
enum exception unit_read(uint16_t *words, struct unit *, enum point_function,
    int address, int count);

/* Pin registers or coils at what was written. */
enum exception unit_write(struct unit *, enum point_function, int address,
    const uint16_t *words, int count);

/* The value of a point at this moment, as the device would show it. */
double unit_value(const struct unit *, size_t point, int64_t now);

/* What happens to the next answer on the line; late_ms with DEED_LATE. */
enum deed unit_fault(struct unit *, double *late_ms);

#endif
