/*
 * spool_state.h - what the files of the spool share, and nobody else sees.
 */
#ifndef INTAKE_SPOOL_STATE_H
#define INTAKE_SPOOL_STATE_H

#include <limits.h>
#include <stdatomic.h>

#include "base/record.h"
#include "intake/spool.h"

enum { SPOOL_KEY = 32, KNOWN_SLOTS = 65536, STATE_SLOTS = 16384 };

/* An entry of DIR/known; a torn one is none. */
struct known_slot {
	uint32_t sum; /* CRC-32 of what is behind it */
	int32_t pad;
	unsigned char hash[32]; /* SHA-256 of the key */
	int64_t seen;
	struct spool_known who;
};

/* What there is of a tenant; recounted by whoever drains. */
struct state_slot {
	_Atomic int32_t tenant; /* 0: free */
	_Atomic int64_t bytes;
	_Atomic int64_t since; /* a database has answered; 0: none */
	_Atomic int64_t last;  /* the last of it is being stored, since */
};

struct state_map {
	_Atomic int64_t total;
	_Atomic int64_t beat; /* when the drain was last seen, env_mono */
	struct state_slot v[STATE_SLOTS];
};

struct spool {
	const char *dir;
	int64_t max_bytes;
	unsigned char key[SPOOL_KEY];
	struct known_slot *known;
	struct state_map *state;
};

/*
 * spool_record.c: a body as a record of ours; its id is made, and is the proof
 * that we wrote it.  ERR_BUSY: it is too large to be kept.
 */
struct err *spooled_encode(struct buf *, const struct spool *, struct arena *,
    struct spooled *) MUST_CHECK;

/* False: it is not of ours, or not of this tenant. */
bool spooled_decode(struct spooled *, const struct spool *, struct arena *,
    const struct record *);

/* spool_folder.c: a tenant's folder, with its lock; -1: there is none. */
struct folder {
	char path[PATH_MAX];
	int fd;
	struct segment {
		uint64_t id;
		int64_t size;
	} * v; /* ascending */
	size_t n;
	int64_t bytes; /* of all segments */
	size_t bad;    /* files put aside */
};

/* Locked until folder_close. */
bool folder_open(struct folder *, const struct spool *, struct arena *,
    int32_t tenant, bool make);
void folder_close(struct folder *);

/* PATH_MAX bytes: a file of the folder. */
const char *folder_file(char to[PATH_MAX], const struct folder *, uint64_t id,
    const char *ext);

/* A new segment behind all others, durable by its name; its fd, or -1. */
int folder_begin(struct folder *, const struct spool *);

/* A file of that name, whole and durable: the old one, or the new one. */
bool file_put(const char *dir, const char *name, struct bytes);
bool write_all(int fd, struct bytes);

/* Let new names in it outlive a power cut. */
bool folder_sync(const char *path);

/* state: the tenant's slot, made if need be; NULL: there are too many. */
struct state_slot *state_slot(const struct spool *, int32_t tenant, bool make);
void state_set(const struct spool *, int32_t tenant, int64_t bytes);

#endif
