/*
 * frame.h - Modbus messages as bytes, over TCP and over a serial line.
 *
 * A frame is a unit and a message (function code and data) in an envelope:
 * MBAP before it on TCP, a CRC behind it on a serial line.  frame_judge is
 * the poller's only judge of what comes back: an answer counts when
 * transaction, unit, function and every length fit what was asked.
 */
#ifndef MODEL_FRAME_H
#define MODEL_FRAME_H

#include <stddef.h>
#include <stdint.h>

enum {
	FRAME_MAX = 260,   /* envelope and all */
	MESSAGE_MAX = 253, /* function code and data */
	FRAME_HEAD = 7,	   /* transaction, protocol, length, unit on TCP */
	FRAME_WORDS_MAX = 125,
	FRAME_BITS_MAX = 2000
};

enum framing { FRAME_TCP, FRAME_RTU };

/* The function codes that write; those that read are in model/profile.h. */
enum {
	WRITE_COIL = 5,
	WRITE_REGISTER = 6,
	WRITE_COILS = 15,
	WRITE_REGISTERS = 16
};

enum verdict {
	FRAME_MORE,   /* right so far, incomplete */
	FRAME_ANSWER, /* what was asked for */
	FRAME_EXCEPTION,
	/* Garbage from here on. */
	FRAME_BAD_TRANSACTION,
	FRAME_BAD_UNIT,
	FRAME_BAD_FUNCTION,
	FRAME_BAD_LENGTH,
	FRAME_BAD_CHECKSUM,
	FRAME_BAD_ECHO, /* of a write: it tells of another one */
	FRAME_VERDICTS
};

/* A request to read, or to write what put holds. */
struct ask {
	enum framing framing;
	uint16_t transaction;
	uint8_t unit;
	uint8_t function; /* 1..4, or 5, 6, 15, 16 */
	uint16_t address, count;
	const uint16_t *put; /* one member a register or bit; NULL: read */
};

const char *verdict_name(enum verdict);

uint16_t frame_crc(const uint8_t *, size_t n);

/* Put a message into its envelope; returns the frame's length. */
size_t frame_wrap(uint8_t to[FRAME_MAX], enum framing, uint16_t transaction,
    uint8_t unit, const uint8_t *message, size_t n);

/* The frame of a request; returns its length. */
size_t frame_ask(uint8_t to[FRAME_MAX], const struct ask *);

/*
 * Judge the first n bytes that came back.  On FRAME_ANSWER words holds one
 * member a register or bit that was read, and nothing after a write, whose
 * answer says the same address and value or count; on FRAME_EXCEPTION words[0]
 * is its code.
 */
enum verdict frame_judge(uint16_t *words, const struct ask *,
    const uint8_t *got, size_t n);

#endif
