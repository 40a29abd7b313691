#include "db/can.h"

static const char *const words[CAN_END] = { [CAN_NOTHING] = "-",
#define P(name, word) [CAN_##name] = word,
	PERMISSIONS(P)
#undef P
};

bool
can_has(uint64_t set, enum can which)
{
	return which == CAN_NOTHING || (set >> (which - 1) & 1) != 0;
}

const char *
can_name(enum can which)
{
	return words[which];
}
