/*
 * lib/web without a request: JSON in and out, keys, passwords.
 */
#include "check.h"

#include <math.h>
#include <stdlib.h>

#include "base/member.h"
#include "web/apikey.h"
#include "web/password.h"
#include "web/web.h"

TEST(json_members_are_separated_and_escaped)
{
	struct arena *a = arena_new();
	struct buf b = buf_new(a, 16);

	buf_byte(&b, '{');
	member_text(&b, "a\"", "x\n\\");
	member_int(&b, "i", -7);
	member_real(&b, "r", 118.45);
	member_real(&b, "nan", NAN);
	member_bool(&b, "t", true);
	member_text(&b, "none", NULL);
	buf_byte(&b, '}');
	CHECK_TEXT((char *)b.p,
	    "{\"a\\\"\":\"x\\u000a\\\\\",\"i\":-7,\"r\":118.45,\"nan\":null,"
	    "\"t\":true,\"none\":null}");
	arena_free(a);
}

TEST(a_number_is_written_so_that_it_reads_back)
{
	static const double v[] = { 0.1, 1.0 / 3, 5e-324, 1.7e308, 118.45,
		123456789.123456789, 4.35, -0.0 };
	struct arena *a = arena_new();
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(*v); i++) {
		struct buf b = buf_new(a, 32);

		member_put_real(&b, v[i]);
		CHECK(strtod((char *)b.p, NULL) == v[i]);
	}
	arena_free(a);
}

TEST(an_api_key_is_told_from_a_mistyped_one)
{
	struct arena *a = arena_new();
	const char *key = apikey_new(a);
	char *wrong = arena_text(a, key);
	size_t i;

	CHECK(apikey_plausible(key));
	CHECK(strncmp(key, "flx_", 4) == 0);
	CHECK(strlen(apikey_id(a, key)) == 8);
	CHECK(strcmp(key, apikey_new(a)) != 0);
	for (i = 0; i < strlen(key); i++) {
		wrong[i] = wrong[i] == '0' ? '1' : '0';
		CHECK(!apikey_plausible(wrong));
		wrong[i] = key[i];
	}
	CHECK(!apikey_plausible("") && !apikey_plausible("flx_"));
	key = apikey_new_short(a);
	CHECK(strlen(key) == 20 && apikey_plausible(key));
	CHECK(apikey_id_is_short(apikey_id(a, key)));
	CHECK(strlen(apikey_id(a, key)) == 8);
	CHECK(
	    strcmp(apikey_id(a, key), apikey_id(a, apikey_new_short(a))) != 0);
	CHECK(!apikey_id_is_short(apikey_id(a, apikey_new(a))));
	CHECK(!apikey_plausible("flt_abcdefghijklmno"));
	CHECK(!apikey_plausible("flt_abcdefghijklmno-"));
	CHECK(!apikey_plausible("flt_abcdefghijklmnopq"));
	arena_free(a);
}

TEST(a_typed_number_is_whole_positive_and_in_range)
{
	static const struct {
		const char *text;
		int64_t is;
	} cases[] = {
		{ "1", 1 },
		{ "2147483647", INT32_MAX },
		{ "2147483648", 0 },
		{ "0", 0 },
		{ "007", 0 },
		{ "-1", 0 },
		{ "+1", 0 },
		{ " 1", 0 },
		{ "1x", 0 },
		{ "", 0 },
		{ NULL, 0 },
		{ "99999999999999999999", 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		CHECK(number_typed(cases[i].text, INT32_MAX) == cases[i].is);
}

TEST(a_password_proof_depends_on_password_and_salt)
{
	unsigned char a[PROOF_BYTES], b[PROOF_BYTES], c[PROOF_BYTES];
	struct bytes salt = { (const unsigned char *)"0123456789abcdef", 16 };
	struct bytes other = { (const unsigned char *)"0123456789abcdeg", 16 };

	CHECK(password_proof(a, "correct horse", salt, "") == NULL);
	CHECK(password_proof(b, "correct horsf", salt, "") == NULL);
	CHECK(password_proof(c, "correct horse", other, "") == NULL);
	CHECK(memcmp(a, b, sizeof(a)) != 0 && memcmp(a, c, sizeof(a)) != 0);
}
