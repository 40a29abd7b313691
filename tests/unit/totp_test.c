/*
 * The codes of a telephone, recovery codes, and which passwords are taken.
 */
#include "check.h"

#include "base/clock.h"
#include "trust/policy.h"
#include "trust/totp.h"

static const struct chooser mara = { "mara@demo.example", "Mara Manager", 0 };
static const struct chooser anybody = { "", "", 0 };

/* RFC 6238, appendix B: the last six of the eight digits. */
TEST(the_codes_of_rfc_6238_are_right)
{
	static const struct {
		int64_t seconds;
		const char *code;
	} rows[] = {
		{ 59, "287082" },
		{ 1111111109, "081804" },
		{ 1111111111, "050471" },
		{ 1234567890, "005924" },
		{ 2000000000, "279037" },
		{ 20000000000, "353130" },
	};
	const struct bytes secret = {
		(const unsigned char *)"12345678901234567890", 20
	};
	char code[TOTP_DIGITS + 1];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int64_t step;

		totp_code(code, secret, rows[i].seconds / 30);
		CHECK_TEXT(code, rows[i].code);
		CHECK(totp_match(&step, secret, rows[i].code,
		    rows[i].seconds * CLOCK_S, 0));
		CHECK(step == rows[i].seconds / 30);
	}
}

TEST(a_code_counts_a_step_before_and_after_and_once)
{
	const struct bytes secret = {
		(const unsigned char *)"another secret, of ours", 23
	};
	const int64_t now = 1800000000 * CLOCK_S, at = 1800000000 / 30;
	char code[TOTP_DIGITS + 1];
	int64_t step, off;

	for (off = -3; off <= 3; off++) {
		totp_code(code, secret, at + off);
		CHECK(totp_match(&step, secret, code, now, 0) ==
		      (off >= -1 && off <= 1));
	}
	totp_code(code, secret, at);
	CHECK(totp_match(&step, secret, code, now, at - 1) && step == at);
	CHECK(!totp_match(&step, secret, code, now, at));
	CHECK(!totp_match(&step, secret, code, now, at + 1));
}

TEST(only_six_digits_are_a_code)
{
	static const char *const wrong[] = { "", " ", "28708", "2870822",
		"28708a", "-87082", "287082\n", "0x1234", "２８７０８２" };
	const struct bytes secret = {
		(const unsigned char *)"12345678901234567890", 20
	};
	int64_t step;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		CHECK(!totp_match(&step, secret, wrong[i], 59 * CLOCK_S, 0));
	CHECK(totp_match(&step, secret, " 287 082 ", 59 * CLOCK_S, 0));
}

/* RFC 4648, section 10, and back as people copy it. */
TEST(base32_is_that_of_the_standard)
{
	static const char *const rows[][2] = { { "f", "MY" }, { "fo", "MZXQ" },
		{ "foo", "MZXW 6" }, { "foob", "MZXW 6YQ" },
		{ "fooba", "MZXW 6YTB" }, { "foobar", "MZXW 6YTB OI" } };
	struct arena *a = arena_new();
	unsigned char back[8];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *plain = rows[i][0];
		struct bytes b = { (const unsigned char *)plain,
			strlen(plain) };

		CHECK_TEXT(base32_groups(a, b), rows[i][1]);
		CHECK(base32_read(back, b.n, rows[i][1]));
		CHECK(memcmp(back, plain, b.n) == 0);
	}
	CHECK(base32_read(back, 6, "mzxw-6ytb oi"));
	CHECK(!base32_read(back, 6, "MZXW 6YTB O"));
	CHECK(!base32_read(back, 6, "MZXW 6YTB OIA"));
	CHECK(!base32_read(back, 6, "MZXW 6YTB O1"));
	arena_free(a);
}

TEST(an_address_line_cannot_be_extended_by_an_address)
{
	const struct bytes secret = { (const unsigned char *)"foobar", 6 };
	struct arena *a = arena_new();

	CHECK_TEXT(totp_uri(a, secret, "a?secret=X&b @c", "Flux line"),
	    "otpauth://totp/Flux%20line:a%3Fsecret%3DX%26b%20@c"
	    "?secret=MZXW6YTBOI&issuer=Flux%20line");
	arena_free(a);
}

TEST(what_others_try_first_is_no_password)
{
	static const char *const wrong[] = { "", "short", "elevenchars",
		"password1234", "Password2024!", "P@ssw0rd12345",
		"123456789012", "qwertyuiop12", "aaaaaaaaaaaa", "abcabcabcabc",
		"passwordpassword", "abcdefghijklm", "zyxwvutsrqpo",
		"!!!!dragon!!!!", "fluxline2026", "FLUXLINE--2026",
		"1qaz2wsx3edc", "mara@demo.example", "mara.demo.1234",
		"Manager12345", "MaraManager99", "áááááááááááá",
		("\xff\xfe"
		 "abcdefghijklmn") };
	static const char *const right[] = { "correct horse battery",
		"purple monkey dishwasher", "tr0ubador and three",
		"4f3a9c11d07be2", "8372910485726109", "über den wolken muss",
		"password reset is what nobody guesses",
		"mara walks to the old mill" };
	struct err *e;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		e = policy_check(wrong[i], &mara);
		CHECK(e != NULL && e->kind == ERR_REFUSED);
		if (e == NULL)
			(void)printf("taken: %s\n", wrong[i]);
	}
	for (i = 0; i < sizeof(right) / sizeof(*right); i++) {
		e = policy_check(right[i], &mara);
		CHECK(e == NULL);
		if (e != NULL)
			(void)printf("refused: %s: %s\n", right[i], e->say);
	}
}

TEST(twelve_characters_are_counted_not_bytes_and_256_bytes_are_enough)
{
	char text[PASSWORD_MAX + 2];
	size_t i;

	for (i = 0; i < sizeof(text); i++)
		text[i] = "tollgate window brim "[i % 21] == ' '
			      ? (char)('a' + i % 23)
			      : "tollgate window brim "[i % 21];
	text[PASSWORD_MAX] = 0;
	CHECK(policy_check(text, &anybody) == NULL);
	text[PASSWORD_MAX] = 'x';
	text[PASSWORD_MAX + 1] = 0;
	CHECK(policy_check(text, &anybody) != NULL);
	CHECK(policy_check("äöüßéèêâîôû", &anybody) != NULL);
	CHECK(policy_check("äöüßéèêâîôûñ", &anybody) == NULL);
}

TEST(a_tenant_may_ask_for_more_characters_and_never_for_fewer)
{
	const struct chooser long_ones = { "", "", 20 },
			     short_ones = { "", "", 4 };
	struct err *e = policy_check("tollgate window bri", &long_ones);

	CHECK(e != NULL && strstr(e->say, "at least 20 ") != NULL);
	CHECK(policy_check("tollgate window brim", &long_ones) == NULL);
	CHECK(policy_check("tollgate wi", &short_ones) != NULL);
	CHECK(policy_check("tollgate win", &short_ones) == NULL);
}

/* Of the list that is part of the program. */
extern const char policy_common[], policy_common_end[];

TEST(every_common_password_is_refused_with_a_year_behind_it)
{
	const char *line = policy_common, *end;
	int lines = 0, taken = 0;
	char text[160];

	for (; line < policy_common_end; line = end + 1) {
		int n = (int)strcspn(line, "\n");

		end = line + n;
		(void)snprintf(text, sizeof(text), "%.*s%s", n, line,
		    n >= PASSWORD_MIN ? "" : "20262026");
		/* Of digits alone it is another number then. */
		if (strpbrk(text, "abcdefghijklmnopqrstuvwxyz") == NULL)
			continue;
		lines++;
		if (policy_check(text, &anybody) == NULL && taken++ < 5)
			(void)printf("taken: %s\n", text);
	}
	CHECK(lines > 8000);
	CHECK(taken == 0);
}
