/*
 * router.h - a router's segments and the devices behind it.
 *
 * Called between reading a body and resolving its names.  A segment that names
 * no device we know gets the one of its number on the bus, or the one that the
 * request or the gateway's rule names.  Raw registers of one device and instant
 * are decoded together by the device's profile and become its points' items;
 * a segment may become several, or the half of one.  What has no profile is
 * refused as no_profile and can be replayed when it has one.  Readings that
 * were aside, and whose sensor the gateway does not have, are let go: they are
 * facts anyway.
 */
#ifndef INTAKE_ROUTER_H
#define INTAKE_ROUTER_H

#include "intake/intake.h"
#include "intake/roster.h"

/* Without segments it does nothing. */
void router_settle(struct intake *, const struct roster *);

#endif
