/*
 * ocpp.h - is a body a frame of OCPP, which is an array and no object?
 */
#ifndef INTAKE_OCPP_H
#define INTAKE_OCPP_H

#include <stdbool.h>

#include "intake/format.h"

/*
 * [2, id, action, payload], or an answer to one; of 1.6 or 2.0.1.  Whether it
 * is whole JSON nobody has asked.
 */
bool is_ocpp(bool *is_201, struct arena *, struct bytes body);

#endif
