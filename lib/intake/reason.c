#include "intake/reason.h"

#include <stddef.h>

const struct reason *
reason_of(int number)
{
	static const struct reason reasons[REASON_MAX] = {
#define R(number, name, word, quality, text) [number] = { word, text, quality },
		REASONS(R)
#undef R
	};

	if (number <= 0 || number >= REASON_MAX || reasons[number].word == NULL)
		return NULL;
	return &reasons[number];
}
