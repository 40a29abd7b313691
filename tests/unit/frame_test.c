/*
 * frame_test.c - what counts as an answer to a Modbus request, and what does
 * not: the garbage that real lines and broken devices send.
 */
#include "model/frame.h"

#include "check.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

enum { WORDS = 125, UNIT = 17, ASKED = 2 };

static const struct ask tcp = { FRAME_TCP, 0x1234, UNIT, 3, 100, ASKED, NULL };
static const struct ask rtu = { FRAME_RTU, 0, UNIT, 3, 100, ASKED, NULL };

/* Bytes that came back to `tcp`, and what is to be thought of them. */
static const struct {
	const char *what;
	enum verdict verdict;
	size_t n;
	uint8_t got[24];
} tcp_cases[] = {
	/* clang-format off */
	{ "the answer", FRAME_ANSWER, 13,
	  { 0x12, 0x34, 0, 0, 0, 7, UNIT, 3, 4, 0x42, 0xF6, 0xE9, 0x79 } },
	{ "an exception", FRAME_EXCEPTION, 9,
	  { 0x12, 0x34, 0, 0, 0, 3, UNIT, 0x83, 2 } },
	{ "exception code 200", FRAME_BAD_FUNCTION, 9,
	  { 0x12, 0x34, 0, 0, 0, 3, UNIT, 0x83, 200 } },
	{ "another transaction", FRAME_BAD_TRANSACTION, 13,
	  { 0x12, 0x33, 0, 0, 0, 7, UNIT, 3, 4, 0x42, 0xF6, 0xE9, 0x79 } },
	{ "another protocol", FRAME_BAD_TRANSACTION, 13,
	  { 0x12, 0x34, 0, 1, 0, 7, UNIT, 3, 4, 0x42, 0xF6, 0xE9, 0x79 } },
	{ "another unit", FRAME_BAD_UNIT, 13,
	  { 0x12, 0x34, 0, 0, 0, 7, UNIT + 1, 3, 4, 0x42, 0xF6, 0xE9, 0x79 } },
	{ "another function", FRAME_BAD_FUNCTION, 13,
	  { 0x12, 0x34, 0, 0, 0, 7, UNIT, 4, 4, 0x42, 0xF6, 0xE9, 0x79 } },
	{ "another function's exception", FRAME_BAD_FUNCTION, 9,
	  { 0x12, 0x34, 0, 0, 0, 3, UNIT, 0x84, 2 } },
	{ "length 65535", FRAME_BAD_LENGTH, 13,
	  { 0x12, 0x34, 0, 0, 0xFF, 0xFF, UNIT, 3, 4, 0x42, 0xF6, 0xE9, 0x79 } },
	{ "length 0", FRAME_BAD_LENGTH, 7,
	  { 0x12, 0x34, 0, 0, 0, 0, UNIT } },
	{ "more registers than asked for", FRAME_BAD_LENGTH, 15,
	  { 0x12, 0x34, 0, 0, 0, 9, UNIT, 3, 6, 1, 2, 3, 4, 5, 6 } },
	{ "fewer registers than asked for", FRAME_BAD_LENGTH, 11,
	  { 0x12, 0x34, 0, 0, 0, 5, UNIT, 3, 2, 1, 2 } },
	{ "a byte count that belies the length", FRAME_BAD_LENGTH, 13,
	  { 0x12, 0x34, 0, 0, 0, 7, UNIT, 3, 2, 0x42, 0xF6, 0xE9, 0x79 } },
	{ "an exception in a long frame", FRAME_BAD_LENGTH, 9,
	  { 0x12, 0x34, 0, 0, 0, 7, UNIT, 0x83, 2 } },
	{ "something behind the answer", FRAME_BAD_LENGTH, 14,
	  { 0x12, 0x34, 0, 0, 0, 7, UNIT, 3, 4, 0x42, 0xF6, 0xE9, 0x79, 0 } },
	{ "something behind an exception", FRAME_BAD_LENGTH, 10,
	  { 0x12, 0x34, 0, 0, 0, 3, UNIT, 0x83, 2, 0 } },
	{ "half an answer", FRAME_MORE, 12,
	  { 0x12, 0x34, 0, 0, 0, 7, UNIT, 3, 4, 0x42, 0xF6, 0xE9 } },
	{ "a header", FRAME_MORE, 7, { 0x12, 0x34, 0, 0, 0, 7, UNIT } },
	{ "nothing", FRAME_MORE, 0, { 0 } },
	{ "text", FRAME_BAD_TRANSACTION, 8, "HTTP/1.1" },
	/* clang-format on */
};

TEST(only_what_was_asked_for_is_an_answer)
{
	uint16_t words[WORDS];
	enum verdict v;
	size_t i;

	for (i = 0; i < COUNT(tcp_cases); i++) {
		v = frame_judge(words, &tcp, tcp_cases[i].got, tcp_cases[i].n);
		if (v != tcp_cases[i].verdict)
			(void)printf("%s: %s\n", tcp_cases[i].what,
			    verdict_name(v));
		CHECK(v == tcp_cases[i].verdict);
	}
}

TEST(an_answer_brings_its_registers)
{
	uint16_t words[WORDS] = { 0 };

	CHECK(frame_judge(words, &tcp, tcp_cases[0].got, 13) == FRAME_ANSWER);
	CHECK(words[0] == 0x42F6 && words[1] == 0xE979 && words[2] == 0);
	CHECK(frame_judge(words, &tcp, tcp_cases[1].got, 9) == FRAME_EXCEPTION);
	CHECK(words[0] == 2);
}

TEST(bits_come_eight_a_byte_the_first_one_lowest)
{
	static const struct ask ask = { FRAME_TCP, 1, UNIT, 1, 0, 10, NULL };
	static const uint8_t got[] = { 0, 1, 0, 0, 0, 5, UNIT, 1, 2, 0x0D, 2 };
	uint16_t words[WORDS];

	CHECK(frame_judge(words, &ask, got, sizeof(got)) == FRAME_ANSWER);
	CHECK(words[0] == 1 && words[1] == 0 && words[2] == 1);
	CHECK(words[3] == 1 && words[8] == 0 && words[9] == 1);
}

TEST(every_flipped_bit_on_a_serial_line_is_noticed)
{
	static const uint8_t message[] = { 3, 4, 0x42, 0xF6, 0xE9, 0x79 };
	uint8_t frame[FRAME_MAX];
	uint16_t words[WORDS];
	size_t n, i;

	n = frame_wrap(frame, FRAME_RTU, 0, UNIT, message, sizeof(message));
	CHECK(frame_judge(words, &rtu, frame, n) == FRAME_ANSWER);
	CHECK(words[0] == 0x42F6 && words[1] == 0xE979);
	for (i = 0; i < n * 8; i++) {
		frame[i / 8] ^= (uint8_t)(1 << i % 8);
		CHECK(frame_judge(words, &rtu, frame, n) >=
			  FRAME_BAD_TRANSACTION ||
		      frame_judge(words, &rtu, frame, n) == FRAME_MORE);
		frame[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	for (i = 0; i < n; i++)
		CHECK(frame_judge(words, &rtu, frame, i) == FRAME_MORE);
}

TEST(a_request_is_what_the_standard_shows)
{
	/* The example of the standard: registers 108 to 110 of unit 17. */
	static const struct ask ask = { FRAME_RTU, 0, 17, 3, 107, 3, NULL };
	static const uint8_t want[] = { 0x11, 3, 0, 0x6B, 0, 3, 0x76, 0x87 };
	uint8_t frame[FRAME_MAX];

	CHECK(frame_ask(frame, &ask) == sizeof(want));
	CHECK(memcmp(frame, want, sizeof(want)) == 0);
}

/* The standard's own examples of writing: what is sent, what comes back. */
static const struct {
	uint8_t function;
	uint16_t address, count, put[10];
	size_t asks, answers;
	uint8_t ask[12], answer[5];
} writes[] = {
	/* clang-format off */
	{ WRITE_COIL, 172, 1, { 1 }, 5, 5,
	  { 5, 0, 0xAC, 0xFF, 0 }, { 5, 0, 0xAC, 0xFF, 0 } },
	{ WRITE_COIL, 172, 1, { 0 }, 5, 5,
	  { 5, 0, 0xAC, 0, 0 }, { 5, 0, 0xAC, 0, 0 } },
	{ WRITE_REGISTER, 1, 1, { 3 }, 5, 5,
	  { 6, 0, 1, 0, 3 }, { 6, 0, 1, 0, 3 } },
	{ WRITE_COILS, 19, 10, { 1, 0, 1, 1, 0, 0, 1, 1, 1, 0 }, 8, 5,
	  { 15, 0, 0x13, 0, 0x0A, 2, 0xCD, 1 }, { 15, 0, 0x13, 0, 0x0A } },
	{ WRITE_REGISTERS, 1, 2, { 0x0A, 0x102 }, 10, 5,
	  { 16, 0, 1, 0, 2, 4, 0, 0x0A, 1, 2 }, { 16, 0, 1, 0, 2 } },
	/* clang-format on */
};

TEST(a_write_is_what_the_standard_shows_and_its_echo_the_answer)
{
	enum { HEAD = FRAME_HEAD };
	uint8_t frame[FRAME_MAX];
	uint16_t words[WORDS];
	size_t i, n, k;

	for (i = 0; i < COUNT(writes); i++) {
		const struct ask ask = { FRAME_TCP, 7, UNIT, writes[i].function,
			writes[i].address, writes[i].count, writes[i].put };

		CHECK(frame_ask(frame, &ask) == HEAD + writes[i].asks);
		CHECK(memcmp(frame + HEAD, writes[i].ask, writes[i].asks) == 0);
		n = frame_wrap(frame, FRAME_TCP, 7, UNIT, writes[i].answer,
		    writes[i].answers);
		CHECK(frame_judge(words, &ask, frame, n) == FRAME_ANSWER);
		for (k = 0; k < n; k++)
			CHECK(frame_judge(words, &ask, frame, k) == FRAME_MORE);
		for (k = HEAD + 1; k < n; k++) {
			frame[k] ^= 1;
			CHECK(frame_judge(words, &ask, frame, n) ==
			      FRAME_BAD_ECHO);
			frame[k] ^= 1;
		}
		CHECK(
		    frame_judge(words, &ask, frame, n + 1) == FRAME_BAD_LENGTH);
	}
}
