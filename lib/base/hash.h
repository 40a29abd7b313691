/*
 * hash.h - look-ups of names by a keyed hash.
 *
 * The seed is random and secret, so that no sender can choose names that
 * collide.  A table maps hashes to indexes of an array of the caller's, who
 * compares what it finds there with what was looked for.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

struct hashed {
	uint64_t *slot; /* high half of the hash, index + 1; 0: empty */
	size_t mask;
};

/* A seed that nobody can guess. */
uint64_t hash_seed(void);

uint64_t hash_bytes(uint64_t seed, const void *, size_t n);

/* A table with room for so many entries. */
struct hashed hash_table(struct arena *, size_t most);

/* One more; indexes are below 2^32 - 1, entries at most as many as asked. */
void hash_add(struct hashed *, uint64_t hash, size_t index);

/*
 * The candidates for a hash, one a call; *step is 0 before the first.  False:
 * there is no other.
 */
bool hash_next(size_t *index, size_t *step, const struct hashed *,
    uint64_t hash);

#endif
