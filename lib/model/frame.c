#include "model/frame.h"

#include <string.h>

enum {
	EXCEPTION_BIT = 0x80,
	EXCEPTION_LAST = 0x0B,
	EXCEPTION_BYTES = 2, /* function, code */
	ECHO_BYTES = 4,
	CRC_BYTES = 2,
	BITS_FUNCTIONS = 2, /* functions 1 and 2 answer with bits */
	COIL_ON = 0xFF00
};

static const char *const names[FRAME_VERDICTS] = {
	/* clang-format off */
	[FRAME_MORE]            = "incomplete",
	[FRAME_ANSWER]          = "answer",
	[FRAME_EXCEPTION]       = "exception",
	[FRAME_BAD_TRANSACTION] = "wrong transaction",
	[FRAME_BAD_UNIT]        = "wrong unit",
	[FRAME_BAD_FUNCTION]    = "wrong function",
	[FRAME_BAD_LENGTH]      = "wrong length",
	[FRAME_BAD_CHECKSUM]    = "wrong checksum",
	[FRAME_BAD_ECHO]        = "tells of another write",
	/* clang-format on */
};

const char *
verdict_name(enum verdict v)
{
	return names[v];
}

static uint8_t
high(uint16_t v)
{
	return (uint8_t)(v >> 8);
}

static uint8_t
low(uint16_t v)
{
	return (uint8_t)v;
}

static uint16_t
be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

uint16_t
frame_crc(const uint8_t *p, size_t n)
{
	uint16_t crc = 0xFFFF;
	int bit;

	for (; n > 0; n--, p++) {
		crc ^= *p;
		for (bit = 0; bit < 8; bit++)
			crc = crc & 1 ? (uint16_t)(crc >> 1 ^ 0xA001)
				      : (uint16_t)(crc >> 1);
	}
	return crc;
}

size_t
frame_wrap(uint8_t to[FRAME_MAX], enum framing framing, uint16_t transaction,
    uint8_t unit, const uint8_t *message, size_t n)
{
	const uint16_t length = (uint16_t)(n + 1);
	uint16_t crc;

	if (framing == FRAME_TCP) {
		const uint8_t head[FRAME_HEAD] = { high(transaction),
			low(transaction), 0, 0, high(length), low(length),
			unit };

		memcpy(to, head, FRAME_HEAD);
		memcpy(to + FRAME_HEAD, message, n);
		return FRAME_HEAD + n;
	}
	to[0] = unit;
	memcpy(to + 1, message, n);
	crc = frame_crc(to, n + 1);
	to[n + 1] = low(crc);
	to[n + 2] = high(crc);
	return n + 1 + CRC_BYTES;
}

/* What a write answers with: address, and the value or how many there were. */
static void
echo_fill(uint8_t to[ECHO_BYTES], const struct ask *a)
{
	uint16_t said = a->count;

	if (a->function == WRITE_COIL)
		said = a->put[0] != 0 ? COIL_ON : 0;
	else if (a->function == WRITE_REGISTER)
		said = a->put[0];
	to[0] = high(a->address);
	to[1] = low(a->address);
	to[2] = high(said);
	to[3] = low(said);
}

/* Bytes of data that the answer must have behind its function code. */
static size_t
data_bytes(const struct ask *a)
{
	if (a->put != NULL)
		return ECHO_BYTES;
	return 1 + (a->function <= BITS_FUNCTIONS ? (a->count + 7U) / 8
						  : a->count * 2U);
}

/* The values of a request that writes several; returns their bytes. */
static size_t
values_fill(uint8_t *to, const struct ask *a)
{
	size_t i;

	if (a->function == WRITE_REGISTERS) {
		for (i = 0; i < a->count; i++) {
			to[2 * i] = high(a->put[i]);
			to[2 * i + 1] = low(a->put[i]);
		}
		return a->count * 2U;
	}
	memset(to, 0, (a->count + 7U) / 8);
	for (i = 0; i < a->count; i++)
		if (a->put[i] != 0)
			to[i / 8] |= (uint8_t)(1U << i % 8);
	return (a->count + 7U) / 8;
}

size_t
frame_ask(uint8_t to[FRAME_MAX], const struct ask *a)
{
	uint8_t message[MESSAGE_MAX] = { a->function, high(a->address),
		low(a->address), high(a->count), low(a->count) };
	size_t n = 1 + ECHO_BYTES;

	if (a->put != NULL)
		echo_fill(message + 1, a);
	if (a->function == WRITE_COILS || a->function == WRITE_REGISTERS) {
		message[n] = (uint8_t)values_fill(message + n + 1, a);
		n += 1U + message[n];
	}
	return frame_wrap(to, a->framing, a->transaction, a->unit, message, n);
}

static void
words_take(uint16_t *words, const struct ask *a, const uint8_t *data)
{
	size_t i;

	for (i = 0; i < a->count; i++) {
		if (a->function <= BITS_FUNCTIONS)
			words[i] = (uint16_t)(data[i / 8] >> i % 8 & 1);
		else
			words[i] = be16(data + 2 * i);
	}
}

/*
 * Judge the message of which n bytes are there.  `end` is what follows it in
 * its envelope; nothing may follow that.
 */
static enum verdict
message_judge(uint16_t *words, const struct ask *a, const uint8_t *m, size_t n,
    size_t end)
{
	size_t want = 1 + data_bytes(a);
	uint8_t echo[ECHO_BYTES];

	if (n < 1)
		return FRAME_MORE;
	if (m[0] == (a->function | EXCEPTION_BIT)) {
		if (n > EXCEPTION_BYTES + end)
			return FRAME_BAD_LENGTH;
		if (n < EXCEPTION_BYTES + end)
			return FRAME_MORE;
		if (m[1] < 1 || m[1] > EXCEPTION_LAST)
			return FRAME_BAD_FUNCTION;
		words[0] = m[1];
		return FRAME_EXCEPTION;
	}
	if (m[0] != a->function)
		return FRAME_BAD_FUNCTION;
	if (n > want + end)
		return FRAME_BAD_LENGTH;
	if (a->put == NULL && n >= 2 && m[1] != data_bytes(a) - 1)
		return FRAME_BAD_LENGTH;
	if (n < want + end)
		return FRAME_MORE;
	if (a->put == NULL) {
		words_take(words, a, m + 2);
		return FRAME_ANSWER;
	}
	echo_fill(echo, a);
	return memcmp(m + 1, echo, ECHO_BYTES) == 0 ? FRAME_ANSWER
						    : FRAME_BAD_ECHO;
}

static enum verdict
tcp_judge(uint16_t *words, const struct ask *a, const uint8_t *got, size_t n)
{
	enum verdict v;
	size_t length;

	if (n >= 2 && be16(got) != a->transaction)
		return FRAME_BAD_TRANSACTION;
	if (n >= 4 && be16(got + 2) != 0)
		return FRAME_BAD_TRANSACTION;
	if (n < FRAME_HEAD)
		return FRAME_MORE;
	if (got[6] != a->unit)
		return FRAME_BAD_UNIT;
	length = be16(got + 4) - 1U;
	if (length != EXCEPTION_BYTES && length != 1 + data_bytes(a))
		return FRAME_BAD_LENGTH;
	v = message_judge(words, a, got + FRAME_HEAD, n - FRAME_HEAD, 0);
	if ((v == FRAME_ANSWER || v == FRAME_EXCEPTION) &&
	    length != n - FRAME_HEAD)
		return FRAME_BAD_LENGTH;
	return v;
}

static enum verdict
rtu_judge(uint16_t *words, const struct ask *a, const uint8_t *got, size_t n)
{
	enum verdict v;

	if (n >= 1 && got[0] != a->unit)
		return FRAME_BAD_UNIT;
	if (n < 2)
		return FRAME_MORE;
	v = message_judge(words, a, got + 1, n - 1, CRC_BYTES);
	if (v != FRAME_ANSWER && v != FRAME_EXCEPTION)
		return v;
	/* The CRC of a message with its own CRC behind it is zero. */
	return frame_crc(got, n) == 0 ? v : FRAME_BAD_CHECKSUM;
}

enum verdict
frame_judge(uint16_t *words, const struct ask *a, const uint8_t *got, size_t n)
{
	return a->framing == FRAME_TCP ? tcp_judge(words, a, got, n)
				       : rtu_judge(words, a, got, n);
}
