/*
 * xlsx_part.h - the parts of a spreadsheet's file, which is a zip of XML from
 * anybody: lib/profile/xlsx.h says what it may be.
 *
 * A part is unpacked whole and walked once.  A document type is refused, and
 * so is what nests too deep: a walk's memory is a few times what was unpacked.
 */
#ifndef PROFILE_XLSX_PART_H
#define PROFILE_XLSX_PART_H

#include <stdbool.h>

#include "base/buf.h"

#define XLSX_DAMAGED "The spreadsheet is damaged, or it is none."

struct parts;

/* What a walk calls, with names that have no name space. */
struct part_walk {
	void (*open)(void *own, const char *name, const char **attributes);
	void (*close)(void *own, const char *name);    /* or NULL */
	void (*text)(void *own, const char *, size_t); /* or NULL */
	bool may_lack; /* where there is no such part, nothing is called */
};

/* Lives as long as the arena; so must the file.  ERR_INPUT: it is no zip. */
struct err *parts_open(struct parts **, struct arena *,
    struct bytes file) MUST_CHECK;

/*
 * ERR_INPUT: it is damaged, is not there, or was refused; ERR_TOO_BIG: the
 * parts so far unpack to too much; ERR_BUSY: no memory.
 */
struct err *part_read(struct parts *, const char *path,
    const struct part_walk *, void *own) MUST_CHECK;

/* The walk in hand fails, and this is why; only the first reason counts. */
void part_refuse(struct parts *, const char *why);

/* "" when there is none of that name. */
const char *part_attribute(const char **attributes, const char *name);

#endif
