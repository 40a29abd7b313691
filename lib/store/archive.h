/*
 * archive.h - a file that holds chunks as they were, and can prove it.
 *
 * A line of JSON with the counts and the SHA-256 of all that follows; a line
 * of JSON a series, naming it; then each chunk: sensor, t_min, t_max, n and
 * length, big-endian, and the run's own bytes with their checksum.  The same
 * chunks always make the same file, so writing one again is harmless.
 */
#ifndef STORE_ARCHIVE_H
#define STORE_ARCHIVE_H

#include "store/block.h"

enum {
	ARCHIVE_VERSION = 1,
	ARCHIVE_MAX = 256 * 1024 * 1024, /* bytes of a file */
	ARCHIVE_PATH_MAX = 128,		 /* of the path within the folder */
	ARCHIVE_SHA = 65		 /* SHA-256 in hex, with its NUL */
};

struct archived {
	int32_t sensor;
	int32_t n;
	int64_t t_min, t_max;
	struct bytes run;
};

struct series {
	int32_t sensor;
	const char *name; /* device/sensor; no character that JSON escapes */
};

struct archive {
	int32_t tenant;
	char month[8]; /* 2026-01 */
	struct series *series;
	size_t n_series;
	struct archived *v;
	size_t n;
};

/* What a file is known by. */
struct archive_file {
	char path[ARCHIVE_PATH_MAX]; /* 7/2026-01/raw-<sha>.flux */
	char sha256[ARCHIVE_SHA];    /* of the whole file */
};

struct bytes archive_encode(struct arena *, const struct archive *);

/* ERR_INPUT when these bytes are no archive, cut short or changed. */
struct err *archive_decode(struct archive *, struct arena *,
    struct bytes) MUST_CHECK;

/*
 * Write it below the folder.  When it returns NULL the file is durable under
 * its name: synced, renamed, and the folder synced.
 */
struct err *archive_write(struct archive_file *, struct arena *,
    const char *folder, const struct archive *) MUST_CHECK;

/* A file's bytes and their SHA-256; ERR_INPUT when it cannot be read. */
struct err *archive_load(struct bytes *, char sha256[ARCHIVE_SHA],
    struct arena *, const char *path) MUST_CHECK;

/*
 * The readings of a chunk; ERR_BUG when its run is damaged or is not what the
 * archive says of it.
 */
struct err *archive_run(struct readings *, struct arena *,
    const struct archived *) MUST_CHECK;

#endif
