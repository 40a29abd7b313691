/*
 * lib/model/address without a database or a file: what is an address, and
 * where a sealed one opens.
 */
#include "check.h"

#include "arena.h"
#include "model/address.h"

#define A16 "abcdefghijklmnop"
#define A64 A16 A16 A16 A16

TEST(an_address_has_something_on_both_sides_of_one_at)
{
	static const struct {
		const char *text;
		bool valid;
	} rows[] = {
		{ "a@b", true },
		{ "ops@example.org", true },
		{ "first.last+tag@sub.example.org", true },
		{ "\xc3\xa4rger@example.org", true },
		{ A64 "@example.org", true },
		{ "", false },
		{ "x", false },
		{ "@", false },
		{ "a@", false },
		{ "@b", false },
		{ "a@b@c", false },
		{ "a b@c", false },
		{ " a@b", false },
		{ "a@b\n", false },
		{ "a\t@b", false },
		{ "a\x7f@b", false },
		{ "a\xff@b", false },
		{ A64 "x@example.org", false },
		{ "a@" A64 A64 A64 A64, false },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		CHECK(address_valid(rows[i].text) == rows[i].valid);
}

TEST(a_sealed_address_opens_in_small_letters)
{
	struct seal_key *k = seal_key_new(arena, 7, 1);
	struct address a = { .user = 42 };
	const char *text;

	CHECK(address_seal(&a, arena, k, "Ops@Example.ORG") == NULL);
	CHECK(address_open(&text, arena, k, &a) == NULL);
	CHECK_TEXT(text, "ops@example.org");
}

TEST(an_address_of_somebody_else_does_not_open)
{
	struct seal_key *k = seal_key_new(arena, 7, 1);
	struct seal_key *other = seal_key_new(arena, 8, 1);
	struct address a = { .user = 42 };
	const char *text;

	memcpy(other->key, k->key, SEAL_KEY);
	CHECK(address_seal(&a, arena, k, "ops@example.org") == NULL);
	CHECK(address_open(&text, arena, other, &a) != NULL);
	a.user = 43;
	CHECK(address_open(&text, arena, k, &a) != NULL);
}

TEST(without_a_key_there_is_no_address)
{
	struct seal_key *k = seal_key_new(arena, 7, 1);
	struct address a = { .user = 42 }, none = { .user = 42 };
	const char *text;

	CHECK(address_seal(&a, arena, k, "ops@example.org") == NULL);
	CHECK(address_open(&text, arena, NULL, &a) == NULL);
	CHECK_TEXT(text, "");
	CHECK(address_open(&text, arena, k, &none) == NULL);
	CHECK_TEXT(text, "");
}
