#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct buf
buf_new(struct arena *a, size_t first)
{
	struct buf b = { .arena = a, .cap = first };

	b.p = arena_room(a, first + 1, 1);
	b.p[0] = 0;
	return b;
}

unsigned char *
buf_room(struct buf *b, size_t n)
{
	if (n > b->cap - b->n) {
		size_t cap = (b->cap + n) * 2;
		unsigned char *p = arena_room(b->arena, cap + 1, 1);

		memcpy(p, b->p, b->n + 1);
		b->p = p;
		b->cap = cap;
	}
	return b->p + b->n;
}

void
buf_put(struct buf *b, const void *from, size_t n)
{
	unsigned char *to = buf_room(b, n);

	if (n > 0)
		memcpy(to, from, n);
	b->n += n;
	b->p[b->n] = 0;
}

void
buf_text(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

void
buf_byte(struct buf *b, unsigned char c)
{
	unsigned char *to = buf_room(b, 1);

	to[0] = c;
	to[1] = 0;
	b->n++;
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	size_t room = b->cap - b->n;
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf((char *)b->p + b->n, room + 1, fmt, ap);
	va_end(ap);
	if (n > 0 && (size_t)n > room) {
		(void)buf_room(b, (size_t)n);
		(void)vsnprintf((char *)b->p + b->n, (size_t)n + 1, fmt, again);
	}
	va_end(again);
	if (n > 0)
		b->n += (size_t)n;
}

void
buf_be16(struct buf *b, uint16_t v)
{
	unsigned char c[2] = { (unsigned char)(v >> 8), (unsigned char)v };

	buf_put(b, c, sizeof(c));
}

void
buf_be32(struct buf *b, uint32_t v)
{
	buf_be16(b, (uint16_t)(v >> 16));
	buf_be16(b, (uint16_t)v);
}

void
buf_be64(struct buf *b, uint64_t v)
{
	buf_be32(b, (uint32_t)(v >> 32));
	buf_be32(b, (uint32_t)v);
}
