/*
 * decode.h - registers to values and back.
 *
 * Shifts only: it does not matter which byte order this machine has, or which
 * release of a Modbus library.  A value that cannot be believed is NaN with
 * quality 0; one that is doubtful keeps its value and loses quality.
 */
#ifndef MODEL_DECODE_H
#define MODEL_DECODE_H

#include "base/arena.h"
#include "model/profile.h"

struct sample {
	double value;
	uint8_t quality; /* as in store/reading.h */
};

/* Registers that a value of the type takes. */
int decode_words(enum point_type);

/* The raw number in the registers. */
double decode_raw(const uint16_t *, enum point_type, enum word_order);

/* The same of a point: all of its registers, or its bits of them. */
double decode_number(const struct point *, const uint16_t *);

/* One point by its own rules: invalid numbers, scale, range. */
struct sample decode_point(const struct point *, const uint16_t *);

/* And by that power of ten; NaN: it is not known, and so is the value. */
struct sample decode_by(const struct point *, const uint16_t *, double power);

/*
 * The power of ten that scales point i of a profile, in a frame as
 * decode_frame has it; 0 when none does, NaN when it could not be read.
 */
double decode_power(const struct profile *, size_t i,
    const uint16_t *const *words);

/*
 * All points of a profile, read together.  words[i] are point i's registers,
 * NULL when they could not be read.  The state of a status point lowers the
 * quality of the others, and a frame of zeros where zeros are not believed
 * becomes uncertain.  out has profile->n members.
 */
void decode_frame(struct sample *out, const struct profile *,
    const uint16_t *const *words);

/*
 * The text in registers: two bytes each, the first one high unless the order
 * swaps them, up to a NUL and without blanks behind.  What is not printable
 * ASCII becomes "?".  `to` has room for 2 * words + 1.
 */
void decode_text(char *to, const uint16_t *, int words, enum word_order);

/* Registers as people write them: "0x42F7 0x0000". */
const char *decode_hex(struct arena *, const uint16_t *, int words);

/* The reverse: the raw number into registers, rounded and clamped. */
void encode_raw(uint16_t *, double, enum point_type, enum word_order);

/*
 * A value, unscaled and encoded; NaN becomes the point's invalid number.  A
 * byte and a field of bits leave the rest of their registers as it was.  What
 * another point scales is encoded as if that were 0.
 */
void encode_point(uint16_t *, const struct point *, double);

#endif
