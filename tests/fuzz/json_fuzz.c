/*
 * Any bytes: jscan and jansson say the same of them, bit for bit.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/json_same.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena *a = arena_new();
	const char *why = json_differs(a, (struct bytes){ p, n });

	if (why != NULL) {
		(void)fprintf(stderr, "%s\n", why);
		abort();
	}
	arena_free(a);
	return 0;
}
