/*
 * ids.h - arrays of numbers that name something, ascending, each once.
 */
#ifndef BASE_IDS_H
#define BASE_IDS_H

#include <stddef.h>
#include <stdint.h>

/* Sort them and keep one of each; returns how many are left. */
size_t ids_settle(int32_t *, size_t n);

/* Where id stands among settled ones; NULL: it does not. */
const int32_t *ids_find(const int32_t *, size_t n, int32_t id);

#endif
