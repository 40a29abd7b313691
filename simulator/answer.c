#include "simulator/answer.h"

#include <string.h>

enum { WRITE_WORDS_MAX = 123, WRITE_BITS_MAX = 1968 };

typedef size_t handler(uint8_t *out, struct unit *, const uint8_t *in,
    size_t n);

static uint16_t
be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void
put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static size_t
refuse(uint8_t *out, const uint8_t *in, enum exception code)
{
	out[0] = in[0] | 0x80;
	out[1] = (uint8_t)code;
	return 2;
}

/* 1 and 2: bits, eight a byte, the first one lowest. */
static size_t
read_bits(uint8_t *out, struct unit *u, const uint8_t *in, size_t n)
{
	uint16_t words[FRAME_BITS_MAX];
	int count = n == 5 ? be16(in + 3) : 0, i;
	enum exception x;

	if (count < 1 || count > FRAME_BITS_MAX)
		return refuse(out, in, ILLEGAL_VALUE);
	if ((x = unit_read(words, u, (enum point_function)in[0], be16(in + 1),
		 count)) != EXCEPTION_NONE)
		return refuse(out, in, x);
	out[0] = in[0];
	out[1] = (uint8_t)((count + 7) / 8);
	memset(out + 2, 0, out[1]);
	for (i = 0; i < count; i++)
		if (words[i] != 0)
			out[2 + i / 8] |= (uint8_t)(1 << i % 8);
	return 2U + out[1];
}

/* 3 and 4. */
static size_t
read_words(uint8_t *out, struct unit *u, const uint8_t *in, size_t n)
{
	uint16_t words[FRAME_WORDS_MAX];
	int count = n == 5 ? be16(in + 3) : 0, i;
	enum exception x;

	if (count < 1 || count > FRAME_WORDS_MAX)
		return refuse(out, in, ILLEGAL_VALUE);
	if ((x = unit_read(words, u, (enum point_function)in[0], be16(in + 1),
		 count)) != EXCEPTION_NONE)
		return refuse(out, in, x);
	out[0] = in[0];
	out[1] = (uint8_t)(count * 2);
	for (i = 0; i < count; i++)
		put16(out + 2 + 2 * i, words[i]);
	return 2U + out[1];
}

/* The echo that acknowledges a write: address and value, or count. */
static size_t
written(uint8_t *out, const uint8_t *in, enum exception x)
{
	if (x != EXCEPTION_NONE)
		return refuse(out, in, x);
	memcpy(out, in, 5);
	return 5;
}

/* 5 */
static size_t
write_bit(uint8_t *out, struct unit *u, const uint8_t *in, size_t n)
{
	uint16_t value = n == 5 ? be16(in + 3) : 1, word = value == 0xFF00;

	if (value != 0 && value != 0xFF00)
		return refuse(out, in, ILLEGAL_VALUE);
	return written(out, in,
	    unit_write(u, READ_COILS, be16(in + 1), &word, 1));
}

/* 6 */
static size_t
write_word(uint8_t *out, struct unit *u, const uint8_t *in, size_t n)
{
	uint16_t word;

	if (n != 5)
		return refuse(out, in, ILLEGAL_VALUE);
	word = be16(in + 3);
	return written(out, in,
	    unit_write(u, READ_HOLDING, be16(in + 1), &word, 1));
}

/* 15 */
static size_t
write_bits(uint8_t *out, struct unit *u, const uint8_t *in, size_t n)
{
	uint16_t words[WRITE_BITS_MAX];
	int count = n > 6 ? be16(in + 3) : 0, i;

	if (count < 1 || count > WRITE_BITS_MAX || in[5] != (count + 7) / 8 ||
	    n != 6U + in[5])
		return refuse(out, in, ILLEGAL_VALUE);
	for (i = 0; i < count; i++)
		words[i] = (uint16_t)(in[6 + i / 8] >> i % 8 & 1);
	return written(out, in,
	    unit_write(u, READ_COILS, be16(in + 1), words, count));
}

/* 16 */
static size_t
write_words(uint8_t *out, struct unit *u, const uint8_t *in, size_t n)
{
	uint16_t words[WRITE_WORDS_MAX];
	int count = n > 6 ? be16(in + 3) : 0, i;

	if (count < 1 || count > WRITE_WORDS_MAX || in[5] != count * 2 ||
	    n != 6U + in[5])
		return refuse(out, in, ILLEGAL_VALUE);
	for (i = 0; i < count; i++)
		words[i] = be16(in + 6 + 2 * i);
	return written(out, in,
	    unit_write(u, READ_HOLDING, be16(in + 1), words, count));
}

static handler *const handlers[] = {
	[1] = read_bits,
	[2] = read_bits,
	[3] = read_words,
	[4] = read_words,
	[5] = write_bit,
	[6] = write_word,
	[15] = write_bits,
	[16] = write_words,
};

size_t
answer_make(uint8_t out[MESSAGE_MAX], struct unit *u, const uint8_t *in,
    size_t n)
{
	if (in[0] >= sizeof(handlers) / sizeof(*handlers) ||
	    handlers[in[0]] == NULL)
		return refuse(out, in, ILLEGAL_FUNCTION);
	return handlers[in[0]](out, u, in, n);
}
