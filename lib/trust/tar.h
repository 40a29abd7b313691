/*
 * tar.h - a ustar file that is written as it comes, with the SHA-256 of each
 * file in it.
 *
 * How long a file is stands before it and is known after it, so the header is
 * written when the file ends.  Until tar_close the whole has another name, and
 * whoever writes it holds that one's lock: two never write the same.
 */
#ifndef TRUST_TAR_H
#define TRUST_TAR_H

#include "base/buf.h"

enum { TAR_NAME_MAX = 99, TAR_SHA = 65 };

struct tar;

/* What a file in it is known by. */
struct tar_file {
	int64_t bytes;
	char sha256[TAR_SHA];
};

/* ERR_CONFLICT: somebody else is writing it. */
struct err *tar_open(struct tar **, struct arena *,
    const char *path) MUST_CHECK;

/* A file begins; what is put is its content until it ends. */
struct err *tar_begin(struct tar *, const char *name) MUST_CHECK;
struct err *tar_put(struct tar *, const void *, size_t n) MUST_CHECK;
struct err *tar_end(struct tar_file *, struct tar *) MUST_CHECK;

/* So far, in bytes. */
int64_t tar_size(const struct tar *);

/* It is whole, on the disk and under its name when this returns NULL. */
struct err *tar_close(struct tar *) MUST_CHECK;

/* Nothing of it stays. */
void tar_drop(struct tar *);

#endif
