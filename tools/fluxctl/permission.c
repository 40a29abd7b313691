/*
 * fluxctl permissions - the words a role or a key may hold.
 */
#include <stdio.h>

#include "db/can.h"
#include "fluxctl/fluxctl.h"

struct err *
ctl_permissions(struct ctl *c)
{
	enum can i;

	(void)c;
	for (i = CAN_NOTHING + 1; i < CAN_END; i++)
		(void)printf("%s\n", can_name(i));
	return NULL;
}
