/*
 * import_roster.h - every sensor that an import may write to, and in whose
 * account: that of the device's gateway, or the device's own.
 */
#ifndef INTAKE_IMPORT_ROSTER_H
#define INTAKE_IMPORT_ROSTER_H

#include "intake/roster.h"

/*
 * Those of the source and behind it, or with 0 all of the tenant's; *account
 * by the index of roster_device.  ERR_REFUSED above ROSTER_MAX.
 */
struct err *import_roster(struct roster **, int32_t **account, struct tx *,
    int32_t source) MUST_CHECK;

#endif
