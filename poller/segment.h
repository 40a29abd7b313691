/*
 * segment.h - the spool's files: numbered segments, a cursor, damaged bytes.
 *
 * DIR/<id>.seg holds records one after the other, DIR/cursor the first seq
 * that may still wait, DIR/<id>.bad what was found damaged in a segment, and
 * DIR/<id>.thin what is to come in its place.
 */
#ifndef POLLER_SEGMENT_H
#define POLLER_SEGMENT_H

#include "base/record.h"

struct segment {
	uint64_t id;
	uint64_t first, end; /* seqs of its records, end behind the last */
	int64_t size;
	int64_t since, last; /* when its records came */
	int32_t tenant;	     /* of its last record; 0: of none */
	bool is_thin;	     /* nothing is left that could be thinned */
};

/* The segments of a folder, oldest first; only their ids are filled in. */
struct err *segments_find(struct segment **, size_t *n, struct arena *,
    const char *dir) MUST_CHECK;

/*
 * A new one to append to; its file descriptor, or -1 and errno.  Its name is
 * durable after segment_names_sync.
 */
int segment_create(const char *dir, uint64_t id);
void segment_names_sync(const char *dir);

/* A file beside a segment, durable; and in its place, when it is there. */
bool segment_write_thin(const char *dir, uint64_t id, struct bytes);
bool segment_put_thin(const char *dir, uint64_t id);
void segment_forget_thin(const char *dir, uint64_t id);

/* When it was written last; now, when nobody can say. */
int64_t segment_time(const char *dir, uint64_t id);

/* Bytes from an offset on, at most so many; none when it cannot be read. */
struct bytes segment_read(struct arena *, const char *dir, uint64_t id,
    int64_t offset, size_t most);

void segment_remove(const char *dir, uint64_t id);

/* Keep damaged bytes for whoever wants to know; a .bad file is overwritten. */
void segment_quarantine(const char *dir, uint64_t id, struct bytes);

/* Records that nobody takes, appended to DIR/refused; false when it is full. */
bool refused_keep(const char *dir, struct bytes);

/* A file of that name, whole: the old one or the new one, never half. */
struct err *file_replace(const char *dir, const char *name,
    struct bytes) MUST_CHECK;

/* A missing or damaged cursor is 0: then everything is sent again. */
uint64_t cursor_load(const char *dir);
struct err *cursor_save(const char *dir, uint64_t seq) MUST_CHECK;

#endif
