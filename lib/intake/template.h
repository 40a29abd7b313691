/*
 * template.h - a text that a sender was to fill in, and has not.
 */
#ifndef INTAKE_TEMPLATE_H
#define INTAKE_TEMPLATE_H

#include <stdbool.h>

#include "base/jscan.h"

/*
 * Is there "%flow_rate%", "%{flow:-0}%" or "${SERIAL}" in it, or is it nothing
 * but the "%a" of an old router?
 */
bool template_in(struct slice);

#endif
