/*
 * decode_test.c - golden vectors: registers as real devices send them, and
 * the numbers they mean.
 */
#include "model/decode.h"

#include <math.h>

#include "check.h"
#include "store/reading.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static const struct {
	enum point_type type;
	enum word_order order;
	uint16_t words[POINT_WORDS_MAX];
	double value;
} golden[] = {
	/* clang-format off */
	{ POINT_FLOAT32, ORDER_ABCD, { 0x42F6, 0xE979 }, 123.456001281738281 },
	{ POINT_FLOAT32, ORDER_CDAB, { 0xE979, 0x42F6 }, 123.456001281738281 },
	{ POINT_FLOAT32, ORDER_BADC, { 0xF642, 0x79E9 }, 123.456001281738281 },
	{ POINT_FLOAT32, ORDER_DCBA, { 0x79E9, 0xF642 }, 123.456001281738281 },
	{ POINT_FLOAT32, ORDER_ABCD, { 0x8000, 0x0001 }, -1.40129846432481707e-45 },
	{ POINT_UINT16, ORDER_ABCD, { 0xFFFE }, 65534 },
	{ POINT_UINT16, ORDER_CDAB, { 0xFFFE }, 65534 },
	{ POINT_UINT16, ORDER_BADC, { 0xFEFF }, 65534 },
	{ POINT_INT16, ORDER_ABCD, { 0xFFFE }, -2 },
	{ POINT_INT16, ORDER_DCBA, { 0x0080 }, -32768 },
	{ POINT_UINT32, ORDER_ABCD, { 0x0001, 0x86A0 }, 100000 },
	{ POINT_UINT32, ORDER_CDAB, { 0x86A0, 0x0001 }, 100000 },
	{ POINT_UINT32, ORDER_BADC, { 0x0100, 0xA086 }, 100000 },
	{ POINT_UINT32, ORDER_DCBA, { 0xA086, 0x0100 }, 100000 },
	{ POINT_UINT32, ORDER_ABCD, { 0xFFFF, 0xFFFF }, 4294967295.0 },
	{ POINT_INT32, ORDER_ABCD, { 0xFFFF, 0xFFFF }, -1 },
	{ POINT_INT32, ORDER_CDAB, { 0x0000, 0x8000 }, -2147483648.0 },
	{ POINT_UINT64, ORDER_ABCD, { 0, 0, 1, 2 }, 65538 },
	{ POINT_UINT64, ORDER_CDAB, { 2, 1, 0, 0 }, 65538 },
	{ POINT_UINT64, ORDER_BADC, { 0, 0, 0x0100, 0x0200 }, 65538 },
	{ POINT_UINT64, ORDER_DCBA, { 0x0200, 0x0100, 0, 0 }, 65538 },
	{ POINT_INT64, ORDER_ABCD, { 0xFFFF, 0xFFFF, 0xFFFF, 0xFF9C }, -100 },
	{ POINT_INT64, ORDER_DCBA, { 0x9CFF, 0xFFFF, 0xFFFF, 0xFFFF }, -100 },
	{ POINT_FLOAT64, ORDER_ABCD, { 0x405E, 0xDD2F, 0x1A9F, 0xBE77 }, 123.456 },
	{ POINT_FLOAT64, ORDER_CDAB, { 0xBE77, 0x1A9F, 0xDD2F, 0x405E }, 123.456 },
	{ POINT_FLOAT64, ORDER_BADC, { 0x5E40, 0x2FDD, 0x9F1A, 0x77BE }, 123.456 },
	{ POINT_FLOAT64, ORDER_DCBA, { 0x77BE, 0x9F1A, 0x2FDD, 0x5E40 }, 123.456 },
	{ POINT_BIT, ORDER_ABCD, { 1 }, 1 },
	{ POINT_UINT8L, ORDER_ABCD, { 0x00FE }, 254 },
	{ POINT_UINT8H, ORDER_ABCD, { 0xFE00 }, 254 },
	{ POINT_UINT8L, ORDER_DCBA, { 0xFE00 }, 254 },
	{ POINT_UINT8H, ORDER_BADC, { 0x00FE }, 254 },
	{ POINT_INT8L, ORDER_ABCD, { 0x00FE }, -2 },
	{ POINT_INT8L, ORDER_CDAB, { 0x0080 }, -128 },
	{ POINT_INT8H, ORDER_ABCD, { 0x7F00 }, 127 },
	{ POINT_INT8H, ORDER_DCBA, { 0x0080 }, -128 },
	/* 1.0, -2, 65504, the least subnormal and normal, a third. */
	{ POINT_FLOAT16, ORDER_ABCD, { 0x3C00 }, 1 },
	{ POINT_FLOAT16, ORDER_CDAB, { 0xC000 }, -2 },
	{ POINT_FLOAT16, ORDER_ABCD, { 0x7BFF }, 65504 },
	{ POINT_FLOAT16, ORDER_ABCD, { 0x0001 }, 5.9604644775390625e-8 },
	{ POINT_FLOAT16, ORDER_ABCD, { 0x03FF }, 6.0975551605224609375e-5 },
	{ POINT_FLOAT16, ORDER_ABCD, { 0x0400 }, 6.103515625e-5 },
	{ POINT_FLOAT16, ORDER_ABCD, { 0x3555 }, 0.333251953125 },
	{ POINT_FLOAT16, ORDER_BADC, { 0x5535 }, 0.333251953125 },
	{ POINT_FLOAT16, ORDER_ABCD, { 0x8000 }, -0.0 },
	/* clang-format on */
};

TEST(registers_mean_what_the_golden_vectors_say)
{
	size_t i;

	for (i = 0; i < COUNT(golden); i++)
		CHECK(decode_raw(golden[i].words, golden[i].type,
			  golden[i].order) == golden[i].value);
}

TEST(encoding_gives_back_the_golden_registers)
{
	uint16_t w[POINT_WORDS_MAX];
	size_t i;

	for (i = 0; i < COUNT(golden); i++) {
		memset(w, 0, sizeof(w));
		encode_raw(w, golden[i].value, golden[i].type, golden[i].order);
		CHECK(memcmp(w, golden[i].words, sizeof(w)) == 0);
	}
}

TEST(encoding_clamps_what_does_not_fit)
{
	uint16_t w[POINT_WORDS_MAX];

	encode_raw(w, 70000, POINT_UINT16, ORDER_ABCD);
	CHECK(w[0] == 65535);
	encode_raw(w, -1, POINT_UINT16, ORDER_ABCD);
	CHECK(w[0] == 0);
	encode_raw(w, 1e300, POINT_UINT64, ORDER_ABCD);
	CHECK(w[0] == 0xFFFF && w[3] == 0xF800);
	encode_raw(w, -1e300, POINT_INT64, ORDER_ABCD);
	CHECK(w[0] == 0x8000 && w[3] == 0);
	encode_raw(w, NAN, POINT_INT32, ORDER_ABCD);
	CHECK(w[0] == 0 && w[1] == 0);
}

TEST(a_half_float_rounds_to_the_nearest_and_overflows_to_infinity)
{
	static const struct {
		double v;
		uint16_t word;
	} t[] = {
		{ 65519.99, 0x7BFF },
		{ 65520, 0x7C00 },
		{ 1e9, 0x7C00 },
		{ -1e9, 0xFC00 },
		{ 2.9802322387695312e-8, 0x0000 }, /* a tie goes to even */
		{ 2.9802322387695316e-8, 0x0001 },
		{ 1.00048828125, 0x3C00 },
		{ 1.00048828126, 0x3C01 },
		{ 2047.9999, 0x6800 },
		{ NAN, 0x7E00 },
	};
	uint16_t w;
	size_t i;

	for (i = 0; i < COUNT(t); i++) {
		encode_raw(&w, t[i].v, POINT_FLOAT16, ORDER_ABCD);
		CHECK(w == t[i].word);
	}
	w = 0x7C00;
	CHECK(isinf(decode_raw(&w, POINT_FLOAT16, ORDER_ABCD)));
	w = 0x7C01;
	CHECK(isnan(decode_raw(&w, POINT_FLOAT16, ORDER_ABCD)));
}

static const struct point plain = {
	.key = "p",
	.low = NAN,
	.high = NAN,
	.words = 1,
	.type = POINT_INT16,
	.scale = 1,
};

TEST(a_tenth_is_a_division_and_gives_the_nearest_decimal)
{
	struct point p = plain;
	uint16_t w = 123;

	p.scale = 0.1;
	CHECK(decode_point(&p, &w).value == 12.3);
	p.scale = 0.001;
	CHECK(decode_point(&p, &w).value == 0.123);
	p.scale = 2.5;
	p.offset = -7;
	CHECK(decode_point(&p, &w).value == 300.5);
	encode_point(&w, &p, 300.5);
	CHECK(w == 123);
}

TEST(what_cannot_be_believed_has_no_value_and_bad_quality)
{
	static const double none[] = { -32768, 32767 };
	struct point p = plain;
	struct sample s;
	uint16_t w = 0x8000;

	p.invalid = none;
	p.invalids = COUNT(none);
	s = decode_point(&p, &w);
	CHECK(isnan(s.value) && s.quality == QUALITY_BAD);

	p.low = -40;
	p.high = 150;
	w = 151;
	s = decode_point(&p, &w);
	CHECK(isnan(s.value) && s.quality == QUALITY_BAD);
	w = 150;
	s = decode_point(&p, &w);
	CHECK(s.value == 150 && s.quality == QUALITY_GOOD);

	encode_point(&w, &p, NAN);
	CHECK(w == 0x8000);
}

TEST(infinity_is_no_value)
{
	static const uint16_t inf[] = { 0x7F80, 0 };
	struct point p = plain;

	p.type = POINT_FLOAT32;
	CHECK(isnan(decode_point(&p, inf).value));
}

/* Two suspicious gauges and a status that judges them. */
static struct sample *
frame(struct sample s[3], uint16_t a, uint16_t b, uint16_t status)
{
	static const struct state judge[] = {
		{ 0, "ok", 100 },
		{ 1, "warning", 50 },
		{ 2, "fault", 0 },
	};
	struct point points[3] = { plain, plain, plain };
	struct profile p = { .points = points, .n = 3 };
	const uint16_t *words[3] = { &a, &b, &status };

	points[0].zero_suspect = points[1].zero_suspect = true;
	points[2].state = judge;
	points[2].state_n = COUNT(judge);
	decode_frame(s, &p, words);
	return s;
}

TEST(the_status_lowers_the_quality_of_the_others_and_not_its_own)
{
	struct sample s[3];

	CHECK(frame(s, 5, 6, 0)[0].quality == QUALITY_GOOD);
	CHECK(frame(s, 5, 6, 1)[0].quality == QUALITY_UNCERTAIN);
	CHECK(s[1].quality == QUALITY_UNCERTAIN && s[1].value == 6);
	CHECK(s[2].quality == QUALITY_GOOD && s[2].value == 1);
	CHECK(frame(s, 5, 6, 2)[1].quality == QUALITY_BAD);
	CHECK(frame(s, 5, 6, 9)[1].quality == QUALITY_GOOD);
}

TEST(a_frame_of_zeros_is_uncertain_where_zeros_are_suspect)
{
	struct sample s[3];

	CHECK(frame(s, 0, 0, 0)[0].quality == QUALITY_UNCERTAIN);
	CHECK(s[1].quality == QUALITY_UNCERTAIN && s[1].value == 0);
	CHECK(s[2].quality == QUALITY_GOOD);
	CHECK(frame(s, 0, 1, 0)[0].quality == QUALITY_GOOD);
}

TEST(a_point_that_was_not_read_has_no_value)
{
	struct point point = plain;
	struct profile p = { .points = &point, .n = 1 };
	const uint16_t *none = NULL;
	struct sample s;

	decode_frame(&s, &p, &none);
	CHECK(isnan(s.value) && s.quality == QUALITY_BAD);
}

/* The registers of `bits`, the most significant byte first, in that order. */
static void
laid(uint16_t *w, uint64_t bits, int words, enum word_order o)
{
	/* Which byte of the value, from the high end, stands n-th on the wire.
	 */
	int n, from, i;
	bool swap = o == ORDER_BADC || o == ORDER_DCBA;
	bool back = o == ORDER_CDAB || o == ORDER_DCBA;

	memset(w, 0, (size_t)words * sizeof(*w));
	for (n = 0; n < 2 * words; n++) {
		from = back ? 2 * words - 2 - n / 2 * 2 + n % 2 : n;
		from = swap ? from / 2 * 2 + 1 - from % 2 : from;
		i = (int)(bits >> 8 * (2 * words - 1 - from) & 0xFF);
		w[n / 2] |= (uint16_t)(n % 2 == 0 ? i << 8 : i);
	}
}

static const struct {
	enum point_type type;
	int words;
} fielded[] = {
	{ POINT_UINT16, 1 },
	{ POINT_UINT32, 2 },
	{ POINT_UINT64, 4 },
};

/* Every type, order, place and length; a power of ten on top of it. */
TEST(a_field_of_bits_is_found_in_every_type_order_and_place)
{
	const uint64_t bits = UINT64_C(0x9E3779B97F4A7C15);
	uint16_t w[POINT_WORDS_MAX], back[POINT_WORDS_MAX];
	struct point p = plain;
	size_t t;
	int o, wrong = 0;

	for (t = 0; t < COUNT(fielded); t++)
		for (o = 0; o < ORDERS; o++) {
			int most = 16 * fielded[t].words;

			p.type = fielded[t].type;
			p.words = fielded[t].words;
			p.order = (enum word_order)o;
			laid(w, bits >> (64 - most), p.words, p.order);
			for (p.bit = 0; p.bit < most; p.bit++)
				for (p.bits = 1;
				     p.bits <= 32 && p.bit + p.bits <= most;
				     p.bits++) {
					double v =
					    (double)(bits >>
							 (64 - most + p.bit) &
						     ((UINT64_C(1) << p.bits) -
							 1));

					wrong += decode_point(&p, w).value != v;
					memcpy(back, w, sizeof(back));
					encode_point(back, &p, 0);
					wrong +=
					    decode_point(&p, back).value != 0;
					encode_point(back, &p, v);
					wrong += memcmp(back, w,
						     (size_t)p.words * 2) != 0;
				}
		}
	CHECK(wrong == 0);
}

/* A value and its scale, read together. */
static double
by_power(uint16_t raw, const uint16_t *power)
{
	static const double none[] = { -32768 };
	struct point points[2] = { plain, plain };
	struct profile p = { .points = points, .n = 2 };
	const uint16_t *words[2] = { &raw, power };
	struct sample s[2];

	points[0].power = &points[1];
	points[1].part = true;
	points[1].invalid = none;
	points[1].invalids = 1;
	decode_frame(s, &p, words);
	CHECK(isnan(s[0].value) == (s[0].quality == QUALITY_BAD));
	return s[0].value;
}

TEST(another_points_power_of_ten_scales_exactly_or_not_at_all)
{
	uint16_t power = 0;

	CHECK(by_power(1234, &power) == 1234);
	power = 0xFFFF; /* -1 */
	CHECK(by_power(1234, &power) == 123.4);
	power = 0xFFFD;
	CHECK(by_power(1234, &power) == 1.234);
	power = 3;
	CHECK(by_power(0xFFFF, &power) == -1000);
	power = 0x8000; /* not implemented */
	CHECK(isnan(by_power(1234, &power)));
	power = 11;
	CHECK(isnan(by_power(1234, &power)));
	CHECK(isnan(by_power(1234, NULL)));
}

TEST(text_ends_at_a_nul_and_loses_the_blanks_behind_it)
{
	static const uint16_t w[] = { 0x4142, 0x2043, 0x2000, 0x5858 };
	static const uint16_t swapped[] = { 0x4241, 0x4320, 0x0020, 0x5858 };
	static const uint16_t odd[] = { 0x41FF, 0x0A42 };
	char text[2 * COUNT(w) + 1];

	decode_text(text, w, COUNT(w), ORDER_ABCD);
	CHECK_TEXT(text, "AB C");
	decode_text(text, w, COUNT(w), ORDER_CDAB);
	CHECK_TEXT(text, "AB C");
	decode_text(text, swapped, COUNT(swapped), ORDER_DCBA);
	CHECK_TEXT(text, "AB C");
	decode_text(text, odd, COUNT(odd), ORDER_ABCD);
	CHECK_TEXT(text, "A??B");
}
