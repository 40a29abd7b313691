/*
 * Letters: what names, subjects and addresses hold stays in its place.
 */
#include "check.h"

#include <ctype.h>
#include <openssl/evp.h>

#include "trust/mail.h"

static const char *
written(struct arena *a, const struct mail *m)
{
	struct buf b = buf_new(a, 64);

	if (mail_write(&b, "from@here.example", m) != NULL)
		return NULL;
	return (const char *)b.p;
}

/* How many lines of the head begin like this, whatever the case. */
static int
headers(const char *text, const char *name)
{
	const char *end = strstr(text, "\r\n\r\n");
	int n = 0;

	for (; text != NULL && text < end; text = strstr(text, "\r\n")) {
		text += strncmp(text, "\r\n", 2) == 0 ? 2 : 0;
		n += strncasecmp(text, name, strlen(name)) == 0;
	}
	return n;
}

/* Printable lines of 78 letters at most, each ended by CR and LF. */
static bool
is_sendable(const char *text)
{
	size_t length = 0;

	for (; *text != 0; text++) {
		if (strncmp(text, "\r\n", 2) == 0) {
			length = 0;
			text++;
		} else if (*text < ' ' || *text > '~' || ++length > 78) {
			return false;
		}
	}
	return length == 0;
}

TEST(nothing_in_a_name_or_subject_is_a_header)
{
	static const char *const bad[] = { "x\r\nBcc: eve@bad.example",
		"x\nBcc: eve@bad.example", "x\rBcc: eve@bad.example",
		"\r\n\r\nBcc: eve@bad.example", "\" <eve@bad.example>, \"",
		"=?UTF-8?B?DQpCY2M6IGV2ZUBiYWQuZXhhbXBsZQ==?=",
		"Ü\r\nBcc: eve@bad.example", "\xff\r\nBcc: eve@bad.example",
		"a name that is much longer than what stands in a line as it is"
		"\r\nBcc: eve@bad.example" };
	struct arena *a = arena_new();
	size_t i, k;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		for (k = 0; k < 3; k++) {
			const char *text = written(a,
			    &(struct mail){ .to = "to@there.example",
				.to_name = k == 0 ? bad[i] : "To",
				.from_name = k == 1 ? bad[i] : "From",
				.subject = k == 2 ? bad[i] : "Subject",
				.text = "Hello\n" });

			CHECK(text != NULL && is_sendable(text));
			CHECK(headers(text, "Bcc") == 0);
			CHECK(headers(text, "To:") == 1);
			CHECK(headers(text, "From:") == 1);
			CHECK(headers(text, "Subject:") == 1);
			CHECK(strstr(text, "\r\n <to@there.example>\r\n"));
			CHECK(strstr(text, "?DQpCY2M6") == NULL);
		}
	arena_free(a);
}

TEST(an_address_is_one_address_or_refused)
{
	static const char *const bad[] = { "", "@", "a", "a@", "@b",
		"a@b@c.example", "a b@c.example", "a@b.example\r\nBcc: c@d",
		"a@b.example>,<c@d.example", "a,b@c.example", "\"a\"@b.example",
		"a@b.example\t", "jürgen@b.example", "a:b@c.example;" };
	struct mail m = { .to_name = "A",
		.from_name = "B",
		.subject = "C",
		.text = "D\n" };
	struct arena *a = arena_new();
	struct buf b = buf_new(a, 64);
	struct err *e;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		m.to = bad[i];
		e = mail_write(&b, "from@here.example", &m);
		CHECK(e != NULL && e->kind == ERR_REFUSED);
		CHECK(e == NULL || *bad[i] == 0 || strlen(bad[i]) < 3 ||
		      strstr(e->say, bad[i]) == NULL);
	}
	m.to = "a.b+c-d_e!f@sub.example";
	CHECK(mail_write(&b, "from@here.example", &m) == NULL);
	CHECK(mail_write(&b, "no address", &m) != NULL);
	arena_free(a);
}

TEST(plain_names_stand_as_they_are_and_others_in_words_of_whole_characters)
{
	struct arena *a = arena_new();
	struct mail m = { .to = "t@x.example",
		.to_name = "Ada \"A\" \\ Byron",
		.from_name = "Möwe",
		.subject = "ääääääääääääääääääääääääääääää 水水水水水水水水",
		.text = "." };
	const char *text = written(a, &m);

	CHECK(strstr(text,
	    "To: \"Ada \\\"A\\\" \\\\ Byron\"\r\n <t@x.example>\r\n"));
	CHECK(strstr(text,
	    "From: =?UTF-8?B?TcO2d2U=?=\r\n <from@here.example>\r\n"));
	/* 19 of two bytes fit in, and the word ends before the next. */
	CHECK(strstr(text,
	    "Subject: "
	    "=?UTF-8?B?w6TDpMOkw6TDpMOkw6TDpMOkw6TDpMOkw6TDpMOkw6TDpMOk"
	    "w6Q=?=\r\n =?UTF-8?B?"));
	CHECK(is_sendable(text));
	CHECK(headers(text, "Auto-Submitted: auto-generated") == 1);
	CHECK(headers(text, "Date:") == 1);
	CHECK(headers(text, "Message-ID: <") == 1);
	arena_free(a);
}

TEST(the_text_comes_back_whole_with_lines_as_mail_has_them)
{
	static const char body[] = "Grüße,\n\n.\nFrom me\n"
				   "https://x.example/reset/0123456789abcdef01"
				   "23456789abcdef0123456789abcdef\n";
	struct arena *a = arena_new();
	struct mail m = { "t@x.example", "T", "F", "S", body };
	const char *text = strstr(written(a, &m), "\r\n\r\n") + 4;
	unsigned char back[512] = { 0 };
	char want[512] = { 0 }, *to = want;
	size_t i;
	int n = 0;

	for (; *text != 0; text += strcspn(text, "\r") + 2) {
		int line = (int)strcspn(text, "\r");

		n += EVP_DecodeBlock(back + n, (const unsigned char *)text,
		    line);
	}
	for (i = 0; i < sizeof(body) - 1; i++) {
		if (body[i] == '\n')
			*to++ = '\r';
		*to++ = body[i];
	}
	CHECK_TEXT((const char *)back, want);
	arena_free(a);
}
