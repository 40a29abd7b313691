/*
 * lib/trust/seal without a file: what opens, and all that must not.
 */
#include "check.h"

#include "arena.h"
#include "trust/seal.h"

#define ONE "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define TWO "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100"

static struct bytes
text(const char *s)
{
	return (struct bytes){ (const unsigned char *)s, strlen(s) };
}

static struct seal_master *
master(const char *lines)
{
	struct seal_master *m = NULL;

	CHECK(seal_master_read(&m, arena, text(lines)) == NULL);
	return m;
}

static struct bytes
sealed(const struct seal_key *k, const char *plain, const char *aad)
{
	struct bytes out = { NULL, 0 };

	CHECK(seal_put(&out, arena, k, text(plain), aad) == NULL);
	return out;
}

static bool
opens(const struct seal_key *k, struct bytes b, const char *aad)
{
	struct bytes out;

	return seal_get(&out, arena, k, b, aad) == NULL;
}

TEST(what_is_sealed_opens)
{
	static const char *const plains[] = { "", "x", "ops@example.org",
		"otpauth://totp/Fluxline:x?secret=JBSWY3DPEHPK3PXP" };
	struct seal_key *k = seal_key_new(arena, 7, 1);
	struct bytes b, out;
	size_t i;

	for (i = 0; i < sizeof(plains) / sizeof(*plains); i++) {
		b = sealed(k, plains[i], "factor|7|42");
		CHECK(b.n == strlen(plains[i]) + SEAL_OVER);
		CHECK(seal_key_id(b) == 1);
		CHECK(seal_get(&out, arena, k, b, "factor|7|42") == NULL);
		CHECK(out.n == strlen(plains[i]));
		CHECK_TEXT((const char *)out.p, plains[i]);
	}
}

TEST(the_largest_value_is_sealed_and_one_byte_more_is_not)
{
	struct seal_key *k = seal_key_new(arena, 7, 1);
	struct bytes plain = { arena_alloc(arena, SEAL_MAX + 1), SEAL_MAX };
	struct bytes out;

	CHECK(seal_put(&out, arena, k, plain, "x|7") == NULL);
	CHECK(opens(k, out, "x|7"));
	plain.n++;
	CHECK(seal_put(&out, arena, k, plain, "x|7")->kind == ERR_TOO_BIG);
}

TEST(no_plain_byte_is_in_it_and_no_seal_is_like_another)
{
	struct seal_key *k = seal_key_new(arena, 7, 1);
	struct bytes a = sealed(k, "correct horse battery", "x|7");
	struct bytes b = sealed(k, "correct horse battery", "x|7");

	CHECK(memmem(a.p, a.n, "horse", 5) == NULL);
	CHECK(a.n == b.n && memcmp(a.p, b.p, a.n) != 0);
	CHECK(memcmp(a.p + 5, b.p + 5, 12) != 0);
	CHECK(memcmp(a.p + 17, b.p + 17, 21) != 0);
}

TEST(a_moved_ciphertext_does_not_open)
{
	struct seal_key *k = seal_key_new(arena, 7, 1);
	struct seal_key elsewhere = *k;
	struct bytes b = sealed(k, "secret", "factor|7|42");

	CHECK(opens(k, b, "factor|7|42"));
	CHECK(!opens(k, b, "factor|7|43"));
	CHECK(!opens(k, b, "oidc|7|42"));
	CHECK(!opens(k, b, "factor|7|42 "));
	CHECK(!opens(k, b, ""));
	elsewhere.tenant = 8;
	CHECK(!opens(&elsewhere, b, "factor|7|42"));
}

TEST(a_changed_bit_anywhere_does_not_open)
{
	struct seal_key *k = seal_key_new(arena, 7, 1);
	struct bytes b = sealed(k, "secret", "factor|7|42");
	unsigned char *wrong = (unsigned char *)arena_copy(arena, b.p, b.n);
	size_t i;

	for (i = 0; i < b.n * 8; i++) {
		wrong[i / 8] ^= (unsigned char)(1 << i % 8);
		CHECK(!opens(k, (struct bytes){ wrong, b.n }, "factor|7|42"));
		wrong[i / 8] ^= (unsigned char)(1 << i % 8);
	}
	for (i = 0; i < b.n; i++)
		CHECK(!opens(k, (struct bytes){ b.p, i }, "factor|7|42"));
	CHECK(opens(k, (struct bytes){ wrong, b.n }, "factor|7|42"));
}

TEST(an_older_key_still_opens_and_a_missing_one_does_not)
{
	struct seal_key *first = seal_key_new(arena, 7, 1);
	struct seal_key *second = seal_key_new(arena, 7, 2);
	struct bytes b = sealed(first, "secret", "x|7");

	CHECK(!opens(second, b, "x|7"));
	second->older = first;
	CHECK(opens(second, b, "x|7"));
	CHECK(!opens(NULL, b, "x|7"));
	CHECK(seal_key_id(sealed(second, "secret", "x|7")) == 2);
}

TEST(a_number_alone_makes_no_key)
{
	struct seal_key *k = seal_key_new(arena, 7, 1);
	struct seal_key *other = seal_key_new(arena, 7, 1);

	CHECK(memcmp(k->key, other->key, SEAL_KEY) != 0);
	CHECK(!opens(other, sealed(k, "secret", "x|7"), "x|7"));
}

TEST(a_wrapped_key_comes_back_under_its_master_tenant_and_number_only)
{
	struct seal_master *m = master(ONE "\n"), *other = master(TWO "\n");
	struct seal_key *k = seal_key_new(arena, 7, 3), *got;
	struct bytes w;

	CHECK(seal_wrap(&w, arena, m, k) == NULL);
	CHECK(memmem(w.p, w.n, k->key, 8) == NULL);
	CHECK(seal_unwrap(&got, arena, m, 7, 3, w) == NULL);
	CHECK(memcmp(got->key, k->key, SEAL_KEY) == 0);
	CHECK(got->tenant == 7 && got->id == 3 && got->older == NULL);
	CHECK(seal_unwrap(&got, arena, m, 8, 3, w) != NULL);
	CHECK(seal_unwrap(&got, arena, m, 7, 4, w) != NULL);
	CHECK(seal_unwrap(&got, arena, other, 7, 3, w) != NULL);
	CHECK(seal_unwrap(&got, arena, m, 7, 3, (struct bytes){ w.p, 0 }) !=
	      NULL);
}

TEST(a_value_does_not_pass_for_a_key)
{
	struct seal_master *m = master(ONE "\n");
	struct seal_key box = { 7, 3, { 0 }, NULL }, *got;
	struct bytes w, out;
	int i;

	/* Even if a data key and its number were the master's own. */
	for (i = 0; i < SEAL_KEY; i++)
		box.key[i] = (unsigned char)i;
	CHECK(seal_wrap(&w, arena, m, &box) == NULL);
	box.id = seal_key_id(w);
	CHECK(seal_put(&out, arena, &box, (struct bytes){ box.key, SEAL_KEY },
		  "3") == NULL);
	CHECK(seal_unwrap(&got, arena, m, 7, 3, w) == NULL);
	CHECK(seal_unwrap(&got, arena, m, 7, 3, out) != NULL);
	CHECK(opens(&box, out, "3") && !opens(&box, w, "3"));
}

TEST(a_value_is_bound_to_the_number_of_its_key)
{
	struct seal_key *k = seal_key_new(arena, 7, 1), *same;
	struct bytes b = sealed(k, "secret", "x|7");
	unsigned char *other = (unsigned char *)arena_copy(arena, b.p, b.n);

	same = seal_key_new(arena, 7, 2);
	memcpy(same->key, k->key, SEAL_KEY);
	other[4] = 2;
	CHECK(seal_key_id((struct bytes){ other, b.n }) == 2);
	CHECK(!opens(same, (struct bytes){ other, b.n }, "x|7"));
}

TEST(a_second_line_opens_what_the_first_has_replaced)
{
	struct seal_master *old = master(ONE "\n");
	struct seal_master *both = master(TWO "\n" ONE "\n");
	struct seal_master *fresh = master(TWO);
	struct seal_key *k = seal_key_new(arena, 7, 1), *got;
	struct bytes w, again;

	CHECK(seal_wrap(&w, arena, old, k) == NULL);
	CHECK(seal_unwrap(&got, arena, both, 7, 1, w) == NULL);
	CHECK(seal_unwrap(&got, arena, fresh, 7, 1, w) != NULL);
	CHECK(seal_wrap(&again, arena, both, k) == NULL);
	CHECK(seal_unwrap(&got, arena, fresh, 7, 1, again) == NULL);
	CHECK(seal_unwrap(&got, arena, old, 7, 1, again) != NULL);
}

TEST(a_master_key_is_64_digits_a_line)
{
	static const struct {
		const char *text;
		bool good;
	} files[] = {
		{ ONE, true },
		{ ONE "\n", true },
		{ ONE "\n" TWO "\n" ONE "\n" TWO "\n", true },
		{ ONE "\n" TWO "\n" ONE "\n" TWO "\n" ONE "\n", false },
		{ "", false },
		{ "\n", false },
		{ ONE "\n\n", false },
		{ ONE "0\n", false },
		{ ONE " \n", false },
		{ ONE "\r\n", false },
		{ "g" ONE, false },
		{ "correct horse battery staple", false },
	};
	struct seal_master *m;
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(*files); i++)
		CHECK((seal_master_read(&m, arena, text(files[i].text)) ==
			  NULL) == files[i].good);
}

TEST(an_error_tells_nothing_of_a_key)
{
	struct seal_master *m;
	struct err *e = seal_master_read(&m, arena, text("0123456789abcdef\n"));

	CHECK(e != NULL && strstr(e->why, "0123") == NULL);
	CHECK(e != NULL && strstr(e->say, "0123") == NULL);
}

TEST(a_derived_key_is_the_same_each_time_and_another_for_each_tenant)
{
	struct seal_master *m = master(ONE), *other = master(TWO);
	struct seal_key *k = seal_key_derive(arena, m, 7);
	struct bytes b = sealed(k, "secret", "key|7|9");

	CHECK(opens(seal_key_derive(arena, m, 7), b, "key|7|9"));
	CHECK(!opens(seal_key_derive(arena, m, 8), b, "key|7|9"));
	CHECK(!opens(seal_key_derive(arena, other, 7), b, "key|7|9"));
}

TEST(a_derived_key_of_a_replaced_master_still_opens)
{
	struct seal_key *k = seal_key_derive(arena, master(ONE), 7);
	struct seal_key *both = seal_key_derive(arena, master(TWO "\n" ONE), 7);
	struct bytes b = sealed(k, "secret", "key|7|9");

	CHECK(opens(both, b, "key|7|9"));
	CHECK(!opens(k, sealed(both, "secret", "key|7|9"), "key|7|9"));
}

TEST(an_address_has_one_index_in_whatever_letters)
{
	char a[33], b[33];

	seal_index(a, master(ONE), "ops@example.org");
	CHECK(strlen(a) == 32 && strspn(a, "0123456789abcdef") == 32);
	seal_index(b, master(ONE), "Ops@Example.ORG");
	CHECK_TEXT(a, b);
	seal_index(b, master(ONE), "ops@example.or");
	CHECK(strcmp(a, b) != 0);
	seal_index(b, master(TWO), "ops@example.org");
	CHECK(strcmp(a, b) != 0);
}

TEST(every_purpose_has_a_key_of_its_own)
{
	unsigned char a[SEAL_KEY], b[SEAL_KEY];

	seal_derive(a, master(ONE), "challenge");
	seal_derive(b, master(ONE), "challenge");
	CHECK(memcmp(a, b, SEAL_KEY) == 0);
	seal_derive(b, master(ONE), "refresh");
	CHECK(memcmp(a, b, SEAL_KEY) != 0);
}
