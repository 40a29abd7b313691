/*
 * lib/trust: what a provider of sign-in says, judged; and which addresses are
 * asked at all.
 */
#include "check.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include "trust/fetch.h"
#include "trust/oidc.h"

#define ISSUER "https://login.example.com/realms/plant"
#define HEAD "{\"iss\":\"" ISSUER "\",\"sub\":\"s-1\",\"nonce\":\"n-1\""
#define TIMES ",\"iat\":1000,\"exp\":1300"
#define GOOD HEAD TIMES ",\"aud\":\"flux\""

static struct bytes
bytes(const char *s)
{
	return (struct bytes){ (const unsigned char *)s, strlen(s) };
}

static struct err *
judge(struct oidc_person *p, struct arena *a, const char *payload)
{
	return oidc_judge(p, a, bytes(payload),
	    &(struct oidc_want){ .issuer = ISSUER,
		.client = "flux",
		.nonce = "n-1",
		.groups = "groups",
		.now = 1010 });
}

TEST(a_word_about_a_person_is_read)
{
	struct arena *a = arena_new();
	struct oidc_person p;

	CHECK(judge(&p, a,
		  GOOD ",\"email\":\"ann@example.com\",\"email_verified\":true,"
		       "\"name\":\"Ann\",\"auth_time\":990,"
		       "\"groups\":[\"pumps\",7,\"a b\"],\"x\":{\"y\":[1]}}") ==
	      NULL);
	CHECK_TEXT(p.subject, "s-1");
	CHECK_TEXT(p.email, "ann@example.com");
	CHECK_TEXT(p.name, "Ann");
	CHECK(p.verified && p.shown == 990 && p.n_groups == 3);
	CHECK_TEXT(p.groups[0], "pumps");
	CHECK_TEXT(p.groups[1], "");
	CHECK_TEXT(p.groups[2], "a b");
	arena_free(a);
}

static const struct {
	const char *payload;
	bool good;
} words[] = {
	{ GOOD "}", true },
	{ HEAD TIMES ",\"aud\":[\"flux\"]}", true },
	{ HEAD TIMES ",\"aud\":[\"flux\",\"x\"],\"azp\":\"flux\"}", true },
	{ HEAD TIMES ",\"aud\":[\"flux\",\"x\"]}", false },
	{ HEAD TIMES ",\"aud\":[\"flux\",\"x\"],\"azp\":\"x\"}", false },
	{ GOOD ",\"azp\":\"x\"}", false },
	{ GOOD ",\"azp\":7}", false },
	{ HEAD TIMES ",\"aud\":\"x\"}", false },
	{ HEAD TIMES ",\"aud\":[]}", false },
	{ HEAD TIMES ",\"aud\":{\"flux\":\"flux\"}}", false },
	{ HEAD TIMES ",\"aud\":\"fluxx\"}", false },
	{ HEAD TIMES "}", false },
	{ HEAD ",\"aud\":\"flux\"}", false },
	{ HEAD ",\"iat\":1000,\"aud\":\"flux\"}", false },
	{ HEAD ",\"exp\":1300,\"aud\":\"flux\"}", false },
	{ HEAD ",\"iat\":1000,\"exp\":1011,\"aud\":\"flux\"}", true },
	{ HEAD ",\"iat\":1000,\"exp\":1010,\"aud\":\"flux\"}", false },
	{ HEAD ",\"iat\":1070,\"exp\":1300,\"aud\":\"flux\"}", true },
	{ HEAD ",\"iat\":1071,\"exp\":1300,\"aud\":\"flux\"}", false },
	{ HEAD ",\"iat\":410,\"exp\":1300,\"aud\":\"flux\"}", true },
	{ HEAD ",\"iat\":409,\"exp\":1300,\"aud\":\"flux\"}", false },
	{ HEAD ",\"iat\":\"1000\",\"exp\":1300,\"aud\":\"flux\"}", false },
	{ HEAD ",\"iat\":1000,\"exp\":1e9,\"aud\":\"flux\"}", false },
	{ GOOD ",\"nbf\":1070}", true },
	{ GOOD ",\"nbf\":1071}", false },
	{ GOOD ",\"sub\":\"s-1\"}", false }, /* twice */
	{ "{\"iss\":\"" ISSUER "/\",\"sub\":\"s\",\"nonce\":\"n-1\","
	  "\"aud\":\"flux\"" TIMES "}",
	    false },
	{ "{\"iss\":\"" ISSUER "\",\"sub\":\"s\",\"nonce\":\"n-2\","
	  "\"aud\":\"flux\"" TIMES "}",
	    false },
	{ "{\"iss\":\"" ISSUER "\",\"sub\":\"s\","
	  "\"aud\":\"flux\"" TIMES "}",
	    false },
	{ "{\"iss\":\"" ISSUER "\",\"sub\":\"\",\"nonce\":\"n-1\","
	  "\"aud\":\"flux\"" TIMES "}",
	    false },
	{ "{\"iss\":\"" ISSUER "\",\"sub\":7,\"nonce\":\"n-1\","
	  "\"aud\":\"flux\"" TIMES "}",
	    false },
	{ GOOD, false },
	{ "[]", false },
	{ "", false },
};

TEST(only_a_word_for_us_from_there_and_now_is_believed)
{
	struct arena *a = arena_new();
	struct oidc_person p;
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(*words); i++) {
		struct err *e = judge(&p, a, words[i].payload);

		CHECK((e == NULL) == words[i].good);
		CHECK(e == NULL || e->kind == ERR_LOGIN);
		if ((e == NULL) != words[i].good)
			(void)printf("%s\n", words[i].payload);
	}
	arena_free(a);
}

TEST(an_address_counts_as_verified_only_when_it_says_so)
{
	static const struct {
		const char *claims, *email;
		bool verified;
	} cases[] = {
		{ ",\"email\":\"a@b\",\"email_verified\":true}", "a@b", true },
		{ ",\"email\":\"a@b\",\"email_verified\":false}", "a@b",
		    false },
		{ ",\"email\":\"a@b\",\"email_verified\":\"true\"}", "a@b",
		    false },
		{ ",\"email\":\"a@b\",\"email_verified\":1}", "a@b", false },
		{ ",\"email\":\"a@b\"}", "a@b", false },
		{ ",\"email_verified\":true}", NULL, false },
		{ ",\"email\":\"a\",\"email_verified\":true}", NULL, false },
		{ ",\"email\":\"a@\",\"email_verified\":true}", NULL, false },
		{ ",\"email\":\"@b\",\"email_verified\":true}", NULL, false },
		{ ",\"email\":\"a@b@c\",\"email_verified\":true}", NULL,
		    false },
		{ ",\"email\":\"a b@c\",\"email_verified\":true}", NULL,
		    false },
		{ ",\"email\":\"a@b\\n\",\"email_verified\":true}", NULL,
		    false },
		{ ",\"email\":[\"a@b\"],\"email_verified\":true}", NULL,
		    false },
	};
	struct arena *a = arena_new();
	struct oidc_person p;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CHECK(judge(&p, a,
			  arena_printf(a, "%s%s", GOOD, cases[i].claims)) ==
		      NULL);
		CHECK((p.email == NULL) == (cases[i].email == NULL));
		if (p.email != NULL && cases[i].email != NULL)
			CHECK_TEXT(p.email, cases[i].email);
		CHECK(p.verified == cases[i].verified);
	}
	arena_free(a);
}

TEST(groups_have_an_end)
{
	struct arena *a = arena_new();
	struct buf b = buf_new(a, 8192);
	struct oidc_person p;
	int i;

	buf_printf(&b, "%s,\"groups\":[\"g\"", GOOD);
	for (i = 1; i < OIDC_GROUPS_MAX; i++)
		buf_text(&b, ",\"g\"");
	CHECK(judge(&p, a, arena_printf(a, "%s]}", (char *)b.p)) == NULL);
	CHECK(p.n_groups == OIDC_GROUPS_MAX);
	CHECK(judge(&p, a, arena_printf(a, "%s,\"g\"]}", (char *)b.p)) != NULL);
	CHECK(judge(&p, a, GOOD ",\"groups\":\"one\"}") == NULL);
	CHECK(p.n_groups == 1);
	CHECK(
	    judge(&p, a, GOOD ",\"groups\":{\"a\":[\"b\"]},\"x\":1}") == NULL);
	CHECK(p.n_groups == 0);
	arena_free(a);
}

TEST(a_description_is_of_its_issuer_and_whole)
{
	static const char rest[] =
	    "\"authorization_endpoint\":\"https://l.example/a?x=1\","
	    "\"token_endpoint\":\"https://l.example/t\",";
	struct arena *a = arena_new();
	struct oidc_places got;
	struct {
		const char *json;
		bool good;
	} cases[] = {
		{ "{\"issuer\":\"" ISSUER "\",%s\"jwks_uri\":\"https://l/k\"}",
		    true },
		{ "{\"issuer\":\"" ISSUER "/\",%s\"jwks_uri\":\"https://l/k\"}",
		    false },
		{ "{%s\"jwks_uri\":\"https://l/k\"}", false },
		{ "{\"issuer\":\"" ISSUER "\",%s\"jwks_uri\":\"file:///k\"}",
		    false },
		{ "{\"issuer\":\"" ISSUER "\",%s\"jwks_uri\":\"https://l/ k\"}",
		    false },
		{ "{\"issuer\":\"" ISSUER "\",%s\"jwks_uri\":\"https://l/"
		  "\\r\\nX: 1\"}",
		    false },
		{ "{\"issuer\":\"" ISSUER "\",%s\"jwks_uri\":7}", false },
		{ "{\"issuer\":\"" ISSUER "\",%s\"x\":1}", false },
		{ "[]", false },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct buf b = buf_new(a, 512);
		const char *at = strstr(cases[i].json, "%s");

		if (at == NULL)
			buf_text(&b, "[]");
		else {
			buf_put(&b, cases[i].json,
			    (size_t)(at - cases[i].json));
			buf_text(&b, rest);
			buf_text(&b, at + 2);
		}
		CHECK((oidc_places_read(&got, a, (struct bytes){ b.p, b.n },
			   ISSUER) == NULL) == cases[i].good);
	}
	arena_free(a);
}

static const struct {
	const char *text;
	bool public;
} addresses[] = {
	{ "93.184.216.34", true },
	{ "8.8.8.8", true },
	{ "172.15.255.255", true },
	{ "172.32.0.1", true },
	{ "100.63.255.255", true },
	{ "100.128.0.0", true },
	{ "192.167.1.1", true },
	{ "223.255.255.255", true },
	{ "0.0.0.0", false },
	{ "10.1.2.3", false },
	{ "100.64.0.1", false },
	{ "100.127.255.255", false },
	{ "127.0.0.1", false },
	{ "127.255.1.1", false },
	{ "169.254.169.254", false },
	{ "172.16.0.1", false },
	{ "172.31.255.255", false },
	{ "192.168.0.1", false },
	{ "192.0.0.8", false },
	{ "198.18.0.1", false },
	{ "198.19.255.255", false },
	{ "224.0.0.1", false },
	{ "255.255.255.255", false },
	{ "2606:2800:220:1::1", true },
	{ "2001:4860:4860::8888", true },
	{ "2a00::1", true },
	{ "::", false },
	{ "::1", false },
	{ "::ffff:127.0.0.1", false },
	{ "::ffff:10.0.0.1", false },
	{ "::ffff:8.8.8.8", true },
	{ "::127.0.0.1", false },
	{ "64:ff9b::7f00:1", false },
	{ "64:ff9b::808:808", false },
	{ "2002:7f00:1::", false },
	{ "2001::1", false },
	{ "2001:db8::1", false },
	{ "fc00::1", false },
	{ "fd12::1", false },
	{ "fe80::1", false },
	{ "ff02::1", false },
	{ "4000::1", false },
};

TEST(only_addresses_of_the_internet_are_public)
{
	size_t i;

	for (i = 0; i < sizeof(addresses) / sizeof(*addresses); i++) {
		struct sockaddr_in v4 = { .sin_family = AF_INET };
		struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
		bool is4 = strchr(addresses[i].text, ':') == NULL, got;

		CHECK(inet_pton(is4 ? AF_INET : AF_INET6, addresses[i].text,
			  is4 ? (void *)&v4.sin_addr : (void *)&v6.sin6_addr) ==
		      1);
		got = fetch_is_public(
		    is4 ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6);
		if (got != addresses[i].public)
			(void)printf("%s\n", addresses[i].text);
		CHECK(got == addresses[i].public);
	}
	CHECK(!fetch_is_public(&(struct sockaddr){ .sa_family = AF_UNIX }));
}
