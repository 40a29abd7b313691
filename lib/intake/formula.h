/*
 * formula.h - a value that is computed from others of its device.
 *
 *	ac / dc		when(dc > 5, ac)	(a + b) * 0.001
 *
 * Numbers, names of sensors ("flow-rate" in quotes where a name has a minus),
 * + - * / ( ), comparisons (1 or 0) and when(CONDITION, VALUE), which has no
 * value where the condition is 0.  What has no value makes what is computed
 * from it have none; so does a division by zero.
 */
#ifndef INTAKE_FORMULA_H
#define INTAKE_FORMULA_H

#include "base/jscan.h"

enum { FORMULA_NODES = 64, FORMULA_NAMES = 16, FORMULA_MAX = 512 };

struct formula {
	struct slice name[FORMULA_NAMES]; /* they point into the text */
	size_t names, n;
	struct node {
		char op; /* '#' a number, 'v' a name's value, else what it does
			  */
		unsigned char name;
		double number;
	} v[FORMULA_NODES];
};

/* False: *why says what is wrong, a literal. */
bool formula_read(struct formula *, const char **why, const char *text);

/* value[i] is of name[i]; NaN: it has none. */
double formula_value(const struct formula *, const double *value);

#endif
