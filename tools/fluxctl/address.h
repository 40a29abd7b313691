/*
 * address.h - what seal and rekey do with people's addresses, in all tenants.
 */
#ifndef FLUXCTL_ADDRESS_H
#define FLUXCTL_ADDRESS_H

#include "fluxctl/fluxctl.h"

enum address_act {
	ADDRESS_CONVERT, /* seal what stands in clear, with its index */
	ADDRESS_TRY,	 /* open what is sealed */
	ADDRESS_INDEX	 /* another index, by the present key */
};

/*
 * Each tenant in a transaction of its own; how many people it was.  In a
 * tenant whose keys were destroyed an address in clear is replaced by its
 * index, and what is sealed is left alone.
 */
struct err *addresses_do(int *n, struct ctl *, enum address_act) MUST_CHECK;

#endif
