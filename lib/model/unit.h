/*
 * unit.h - UCUM codes, what people write for them, and what they read.
 */
#ifndef MODEL_UNIT_H
#define MODEL_UNIT_H

#include <stdbool.h>

/* Do both name the same unit?  "degC", "°C" and "Cel" do. */
bool unit_same(const char *a, const char *b);

/* As people read it: "Cel" is "°C", "m3/h" is "m³/h"; else the code itself. */
const char *unit_shown(const char *code);

#endif
