/*
 * odd.h - what is odd about registers that were read by a profile: it may be
 * the profile that is wrong, and not the device.
 */
#ifndef MODEL_ODD_H
#define MODEL_ODD_H

#include "base/arena.h"
#include "model/decode.h"

/*
 * Why point i of a frame, as decode_frame has it, is nothing to believe, as a
 * sentence in the arena; "" when nothing is odd.  s is what decode_frame made
 * of the frame, and words[i] is there.
 */
const char *odd_text(struct arena *, const struct profile *, size_t i,
    const uint16_t *const *words, const struct sample *s);

/*
 * The first other word order in which point i makes sense, where it does not
 * in its own; false: there is none.  Sense is a value within the range, one of
 * the states, or else of a size that things have.
 */
bool odd_order(enum word_order *, double *value, const struct profile *,
    size_t i, const uint16_t *const *words);

#endif
