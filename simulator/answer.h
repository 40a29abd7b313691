/*
 * answer.h - a request message in, an answer message out.
 */
#ifndef SIMULATOR_ANSWER_H
#define SIMULATOR_ANSWER_H

#include <stddef.h>
#include <stdint.h>

#include "model/frame.h"
#include "simulator/unit.h"

/*
 * Function codes 1 to 6, 15 and 16; anything else is exception 1.  Returns
 * the answer's length: function code and data, without envelope.
 */
size_t answer_make(uint8_t out[MESSAGE_MAX], struct unit *, const uint8_t *in,
    size_t n);

#endif
