#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 16 * 1024, BLOCK_SMALL = 512, ALIGN = 16, LOOK_BACK = 4 };

struct block {
	struct block *next;
	size_t size;
	size_t used;
	_Alignas(ALIGN) unsigned char data[];
};

struct closer {
	struct closer *next;
	void (*close)(void *);
	void *what;
};

struct arena {
	struct block *blocks; /* the newest first; the last one is kept */
	struct block *large;  /* each of one allocation */
	struct closer *closers;
	size_t block;
};

/* Memory is gone: no request can cause this, so the process ends. */
static _Noreturn void
out_of_memory(size_t size)
{
	(void)fprintf(stderr, "error out of memory size=%zu\n", size);
	abort();
}

static struct block *
block_new(size_t size, bool zeroed)
{
	struct block *b = NULL;

	if (size <= SIZE_MAX - sizeof(*b))
		b = zeroed ? calloc(1, sizeof(*b) + size)
			   : malloc(sizeof(*b) + size);
	if (b == NULL)
		out_of_memory(size);
	b->next = NULL;
	b->size = size;
	b->used = 0;
	return b;
}

static struct arena *
arena_of(size_t block)
{
	struct arena *a = calloc(1, sizeof(*a));

	if (a == NULL)
		out_of_memory(sizeof(*a));
	a->block = block;
	a->blocks = block_new(block, false);
	return a;
}

struct arena *
arena_new(void)
{
	return arena_of(BLOCK);
}

struct arena *
arena_small(void)
{
	return arena_of(BLOCK_SMALL);
}

void
arena_reset(struct arena *a)
{
	struct block *b;

	while (a->closers != NULL) {
		struct closer *c = a->closers;

		a->closers = c->next;
		c->close(c->what);
	}
	while ((b = a->large) != NULL) {
		a->large = b->next;
		free(b);
	}
	while ((b = a->blocks)->next != NULL) {
		a->blocks = b->next;
		free(b);
	}
	b->used = 0;
}

void
arena_free(struct arena *a)
{
	if (a == NULL)
		return;
	arena_reset(a);
	free(a->blocks);
	free(a);
}

/* What is larger than a block leaves the one in use as it is. */
static void *
take_large(struct arena *a, size_t size, bool zeroed)
{
	struct block *b = block_new(size, zeroed);

	b->next = a->large;
	a->large = b;
	return b->data;
}

/* A block with room: one of the newest, or a new one. */
static struct block *
block_with(struct arena *a, size_t size)
{
	struct block *b = a->blocks;
	int i;

	for (i = 0; i < LOOK_BACK && b != NULL; i++, b = b->next)
		if (size <= b->size - b->used)
			return b;
	b = block_new(a->block, false);
	b->next = a->blocks;
	a->blocks = b;
	return b;
}

/* Memory as it is: the caller fills it. */
static void *
take(struct arena *a, size_t size)
{
	struct block *b = a->blocks;
	void *p;

	if (size > a->block)
		return take_large(a, size, false);
	size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (size > b->size - b->used)
		b = block_with(a, size);
	p = b->data + b->used;
	b->used += size;
	return p;
}

/*
 * What is larger than a block comes zeroed from the system, page by page when
 * it is used.
 */
void *
arena_alloc(struct arena *a, size_t size)
{
	if (size > a->block)
		return take_large(a, size, true);
	return memset(take(a, size), 0, size);
}

static size_t
total(size_t n, size_t size)
{
	size_t all;

	if (__builtin_mul_overflow(n, size, &all))
		out_of_memory(SIZE_MAX);
	return all;
}

void *
arena_array(struct arena *a, size_t n, size_t size)
{
	return arena_alloc(a, total(n, size));
}

void *
arena_room(struct arena *a, size_t n, size_t size)
{
	return take(a, total(n, size));
}

char *
arena_copy(struct arena *a, const void *from, size_t n)
{
	char *to = take(a, n + 1);

	if (n > 0)
		memcpy(to, from, n);
	to[n] = 0;
	return to;
}

char *
arena_text(struct arena *a, const char *s)
{
	return arena_copy(a, s, strlen(s));
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	struct block *b = a->blocks;
	size_t room = b->size - b->used;
	va_list ap, again;
	char *s;
	int n;

	/* Mostly it fits into what is left of the block, and stays there. */
	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf((char *)b->data + b->used, room, fmt, ap);
	va_end(ap);
	if (n < 0)
		s = arena_alloc(a, 1);
	else
		s = take(a, (size_t)n + 1);
	if (n >= 0 && (size_t)n >= room)
		(void)vsnprintf(s, (size_t)n + 1, fmt, again);
	va_end(again);
	return s;
}

void
arena_defer(struct arena *a, void (*close)(void *), void *what)
{
	struct closer *c = arena_alloc(a, sizeof(*c));

	c->close = close;
	c->what = what;
	c->next = a->closers;
	a->closers = c;
}
