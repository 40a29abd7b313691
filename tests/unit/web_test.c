/*
 * lib/web without a request: JSON in and out, keys, passwords.
 */
#include "check.h"

#include <math.h>
#include <stdlib.h>

#include "web/apikey.h"
#include "web/json.h"
#include "web/member.h"
#include "web/password.h"

static struct err *
read_text(struct arena *a, const char *s)
{
	json_t *j;

	return json_read(&j, a,
	    (struct bytes){ (const unsigned char *)s, strlen(s) });
}

static const struct {
	const char *text, *why; /* why NULL: accepted */
} bodies[] = {
	/* clang-format off */
	{ "{\"a\": [1, 2.5, \"x\"]}",  NULL },
	{ "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]", NULL },
	{ "[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]", "levels" },
	{ "{\"[[[[[[[[[[[[[[[[[[\": 1}", NULL }, /* brackets in a string */
	{ "{\"\\\"[[[[[[[[[[[[[[[[[[\": 1}", NULL },
	{ "{\"a\": 1, \"a\": 2}",      "duplicate" },
	{ "{\"a\": NaN}",              "invalid" },
	{ "{\"a\": 1} x",              "end of file" },
	{ "{\"a\": 1e999}",            "overflow" },
	{ "\"alone\"",                 "'['" },
	{ "",                          "'['" },
	/* clang-format on */
};

TEST(json_is_read_strictly)
{
	struct arena *a = arena_new();
	size_t i;

	for (i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
		struct err *e = read_text(a, bodies[i].text);

		CHECK((e == NULL) == (bodies[i].why == NULL));
		if (e != NULL && bodies[i].why != NULL)
			CHECK(strstr(e->why, bodies[i].why) != NULL);
	}
	arena_free(a);
}

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
	arena_free(a);
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
