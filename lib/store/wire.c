#include "store/wire.h"

#include <endian.h>
#include <string.h>

unsigned char *
put_varint(unsigned char *to, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		*to++ = (unsigned char)(v | 0x80);
	*to++ = (unsigned char)v;
	return to;
}

unsigned char *
put_signed(unsigned char *to, int64_t v)
{
	return put_varint(to, zigzag(v));
}

unsigned char
get_byte(struct cursor *c)
{
	if (c->p == c->end) {
		c->bad = true;
		return 0;
	}
	return *c->p++;
}

uint64_t
get_varint(struct cursor *c)
{
	uint64_t v = 0;
	unsigned shift;

	for (shift = 0; shift < 64; shift += 7) {
		unsigned char b = get_byte(c);

		v |= (uint64_t)(b & 0x7f) << shift;
		if (b < 0x80)
			return v;
	}
	c->bad = true;
	return 0;
}

int64_t
get_signed(struct cursor *c)
{
	return unzigzag(get_varint(c));
}

const unsigned char *
get_bytes(struct cursor *c, size_t n)
{
	const unsigned char *p = c->p;

	if (n > left(c)) {
		c->bad = true;
		return NULL;
	}
	c->p += n;
	return p;
}

void
put_le32(unsigned char *to, uint32_t v)
{
	v = htole32(v);
	memcpy(to, &v, sizeof(v));
}

uint32_t
get_le32(const unsigned char *from)
{
	uint32_t v;

	memcpy(&v, from, sizeof(v));
	return le32toh(v);
}
