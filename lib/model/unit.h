/*
 * unit.h - UCUM codes, what people write for them, and what they read.
 */
#ifndef MODEL_UNIT_H
#define MODEL_UNIT_H

#include <stdbool.h>

/* value = (sent + before) * up / down + after, as unit_apply does it. */
struct unit_change {
	double before, up, down, after;
};

/* Do both name the same unit?  "degC", "°C" and "Cel" do. */
bool unit_same(const char *a, const char *b);

/* The UCUM code of what somebody wrote; NULL: it is not known. */
const char *unit_code(const char *written);

/* As people read it: "Cel" is "°C", "m3/h" is "m³/h"; else the code itself. */
const char *unit_shown(const char *code);

/*
 * How a value in one unit becomes one in the other; false: one of them is not
 * known, or they measure different things.  The factors are exact ratios, so
 * that a change and its reverse differ by rounding alone.
 */
bool unit_change(struct unit_change *, const char *from, const char *to);

double unit_apply(const struct unit_change *, double value);

/* The same for a difference of two values, such as a deviation. */
double unit_apply_span(const struct unit_change *, double difference);

#endif
