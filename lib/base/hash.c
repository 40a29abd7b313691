#include "base/hash.h"

#include <endian.h>
#include <string.h>

#include "base/env.h"

/* Odd numbers with as many ones as zeros, and no pattern. */
#define ODD_A UINT64_C(0x9e3779b97f4a7c15)
#define ODD_B UINT64_C(0xd6e8feb86659fd93)

uint64_t
hash_seed(void)
{
	uint64_t seed;

	env_get()->random(&seed, sizeof(seed));
	return seed;
}

/* Both halves of the product, so that every bit reaches every other. */
static uint64_t
fold(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Up to eight bytes as a number, the same on every machine. */
static uint64_t
word(const unsigned char *p, size_t n)
{
	uint64_t w = 0;

	if (n >= sizeof(w)) {
		memcpy(&w, p, sizeof(w));
		return le64toh(w);
	}
	while (n-- > 0)
		w = w << 8 | p[n];
	return w;
}

uint64_t
hash_bytes(uint64_t seed, const void *from, size_t n)
{
	const unsigned char *p = from;
	uint64_t h = seed ^ ODD_A;
	size_t left = n;

	for (; left > 8; left -= 8, p += 8)
		h = fold(h ^ word(p, 8), seed | 1) + ODD_B;
	h = fold(h ^ word(p, left), seed | 1);
	return fold(h ^ n, ODD_B);
}

struct hashed
hash_table(struct arena *a, size_t most)
{
	struct hashed t = { NULL, 15 };

	while (t.mask < most * 2)
		t.mask = t.mask * 2 + 1;
	t.slot = arena_array(a, t.mask + 1, sizeof(*t.slot));
	return t;
}

void
hash_add(struct hashed *t, uint64_t hash, size_t index)
{
	size_t at = hash & t->mask;

	while (t->slot[at] != 0)
		at = (at + 1) & t->mask;
	t->slot[at] = (hash >> 32 << 32) | (uint32_t)(index + 1);
}

bool
hash_next(size_t *index, size_t *step, const struct hashed *t, uint64_t hash)
{
	uint64_t found;

	while ((found = t->slot[(hash + *step) & t->mask]) != 0) {
		(*step)++;
		if (found >> 32 == hash >> 32) {
			*index = (size_t)(uint32_t)found - 1;
			return true;
		}
	}
	return false;
}
