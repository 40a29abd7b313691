/*
 * wire.h - the smallest pieces of the block format.
 *
 * Writers take where to write and return the place behind; whoever calls them
 * has made room.  Readers take a cursor that never passes its end: when the
 * bytes run out or make no sense, `bad` is set and stays, and what was read
 * means nothing.
 */
#ifndef STORE_WIRE_H
#define STORE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VARINT_MAX = 10 };

/* Scratch that is written before it is read need not be cleared first. */
#define UNSET __attribute__((uninitialized))

struct cursor {
	const unsigned char *p, *end;
	bool bad;
};

/* Seven bits a byte, the low ones first. */
unsigned char *put_varint(unsigned char *to, uint64_t);

/* Small numbers of either sign take few bytes. */
unsigned char *put_signed(unsigned char *to, int64_t);

unsigned char get_byte(struct cursor *);
uint64_t get_varint(struct cursor *);
int64_t get_signed(struct cursor *);

/* Where n bytes stand, and passes them; NULL when there are not as many. */
const unsigned char *get_bytes(struct cursor *, size_t n);

static inline size_t
left(const struct cursor *c)
{
	return (size_t)(c->end - c->p);
}

/* These wrap around, so that any two integers have a difference. */
static inline int64_t
minus(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a - (uint64_t)b);
}

static inline int64_t
plus(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a + (uint64_t)b);
}

/* 0, -1, 1, -2 ... are 0, 1, 2, 3 ... */
static inline uint64_t
zigzag(int64_t v)
{
	return (uint64_t)v << 1 ^ (uint64_t)(v >> 63);
}

static inline int64_t
unzigzag(uint64_t v)
{
	return (int64_t)(v >> 1 ^ (0 - (v & 1)));
}

/* How many bits hold v; none for 0. */
static inline unsigned
bit_length(uint64_t v)
{
	return (63U ^ (unsigned)__builtin_clzll(v | 1)) + (v != 0);
}

/* Little-endian, whatever the machine is. */
void put_le32(unsigned char *to, uint32_t);
uint32_t get_le32(const unsigned char *from);

#endif
