/*
 * enrol.h - what ca, cert and claim share.
 */
#ifndef FLUXCTL_ENROL_H
#define FLUXCTL_ENROL_H

#include "fluxctl/fluxctl.h"
#include "model/datakey.h"
#include "trust/authority.h"

/* The text of a file, of standard input for "-"; of CERT_PEM_MAX bytes. */
struct err *enrol_file(struct bytes *, struct arena *,
    const char *path) MUST_CHECK;

/* What seals the tenant's secrets. */
struct err *enrol_key(struct seal_key **, struct ctl *) MUST_CHECK;

/* A number of at most `most`; 0: it is none. */
int64_t enrol_number(const char *, int64_t most);

#endif
