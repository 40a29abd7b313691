/*
 * unit.h - one simulated device: registers that follow a model, or a
 * recording, or what somebody wrote into them.
 */
#ifndef SIMULATOR_UNIT_H
#define SIMULATOR_UNIT_H

#include <stdbool.h>

#include "model/profile.h"
#include "simulator/recording.h"

enum { PINS_MAX = 256 };

/* How a unit misbehaves, for those who test what comes of it. */
enum fault {
	FAULT_NONE,
	FAULT_SILENCE,	    /* no answer */
	FAULT_WRONG_UNIT,   /* the answer of another unit */
	FAULT_WRONG_LENGTH, /* a length that does not fit */
	FAULT_GARBAGE,	    /* bytes that are no frame */
	FAULT_DRIP,	    /* a byte now and then */
	FAULTS
};

/* A register that was written holds its value for a while. */
struct pin {
	enum point_function function;
	int address;
	uint16_t word;
	int64_t until;
};

struct unit {
	int id;
	const struct profile *profile;
	const char *model;
	uint64_t seed;
	struct recording *recording; /* NULL: the model */
	int64_t hold;		     /* of a pin, microseconds */
	enum fault fault;
	int every; /* the fault shows at every n-th answer */
	int asked; /* answers so far */
	struct pin pins[PINS_MAX];
	size_t pinned;
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

#endif
