/*
 * audit.h - is a chain of the audit whole: as it is in the database, and as it
 * was exported.
 */
#ifndef FLUXCTL_AUDIT_H
#define FLUXCTL_AUDIT_H

#include "fluxctl/fluxctl.h"

/*
 * The tenant of c->tx: its entries, the heads that were signed, and those that
 * are kept elsewhere.  ERR_REFUSED, and a line a fault, when it is not whole.
 */
struct err *verify_tenant(struct ctl *) MUST_CHECK;

/* The same of an exported file, without a database. */
struct err *verify_file(struct ctl *) MUST_CHECK;

#endif
