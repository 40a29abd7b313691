#include "trust/totp.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

enum { STEP_S = 30, AROUND = 1, GROUP = 4 };

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

void
totp_code(char code[TOTP_DIGITS + 1], struct bytes secret, int64_t step)
{
	unsigned char text[8], mac[EVP_MAX_MD_SIZE] = { 0 };
	const unsigned char *at;
	uint32_t value;
	unsigned n = 0;
	size_t i;

	for (i = 0; i < sizeof(text); i++)
		text[i] = (unsigned char)((uint64_t)step >> (56 - 8 * i));
	(void)HMAC(EVP_sha1(), secret.p, (int)secret.n, text, sizeof(text), mac,
	    &n);
	at = mac + (mac[19] & 15);
	value = ((uint32_t)at[0] & 127) << 24 | (uint32_t)at[1] << 16 |
		(uint32_t)at[2] << 8 | at[3];
	(void)snprintf(code, TOTP_DIGITS + 1, "%06u",
	    (unsigned)(value % 1000000));
}

/* The digits alone; false when there is anything but digits and blanks. */
static bool
digits_of(char out[TOTP_DIGITS + 1], const char *code)
{
	size_t n = 0;

	for (; *code != 0; code++) {
		if (*code == ' ')
			continue;
		if (*code < '0' || *code > '9' || n == TOTP_DIGITS)
			return false;
		out[n++] = *code;
	}
	out[n] = 0;
	return n == TOTP_DIGITS;
}

bool
totp_match(int64_t *step, struct bytes secret, const char *code, int64_t now_us,
    int64_t last_step)
{
	int64_t now = now_us / (STEP_S * CLOCK_S), s;
	char typed[TOTP_DIGITS + 1], right[TOTP_DIGITS + 1];
	bool found = false;

	if (!digits_of(typed, code))
		return false;
	for (s = now - AROUND; s <= now + AROUND; s++) {
		totp_code(right, secret, s);
		if (CRYPTO_memcmp(typed, right, TOTP_DIGITS) == 0 &&
		    s > last_step && !found) {
			*step = s;
			found = true;
		}
	}
	OPENSSL_cleanse(right, sizeof(right));
	return found;
}

/* The letters of n bytes, a group's end marked by `between`; 0: none. */
static void
base32_put(struct buf *b, struct bytes bytes, char between)
{
	size_t bits = bytes.n * 8, at, i, n = 0;

	for (at = 0; at < bits; at += 5, n++) {
		unsigned v = 0;

		for (i = at; i < at + 5; i++)
			v = v << 1 |
			    (i < bits ? bytes.p[i / 8] >> (7 - i % 8) & 1 : 0);
		if (between != 0 && n > 0 && n % GROUP == 0)
			buf_byte(b, (unsigned char)between);
		buf_byte(b, (unsigned char)letters[v]);
	}
}

const char *
base32_groups(struct arena *a, struct bytes bytes)
{
	struct buf b = buf_new(a, bytes.n * 2 + 8);

	base32_put(&b, bytes, ' ');
	return (const char *)b.p;
}

bool
base32_read(unsigned char *out, size_t n, const char *text)
{
	size_t bits = 0, want = (n * 8 + 4) / 5 * 5;
	const char *at;

	memset(out, 0, n);
	for (; *text != 0; text++) {
		unsigned c = (unsigned char)*text, i;

		if (c == ' ' || c == '-')
			continue;
		if (c >= 'a' && c <= 'z')
			c -= 'a' - 'A';
		if (bits == want || (at = strchr(letters, (int)c)) == NULL)
			return false;
		for (i = 0; i < 5; i++, bits++)
			if ((at - letters) >> (4 - i) & 1 && bits < n * 8)
				out[bits / 8] |=
				    (unsigned char)(128 >> bits % 8);
	}
	return bits == want;
}

/* Part of an address line: all but the harmless in %XX. */
static void
put_encoded(struct buf *b, const char *text)
{
	static const char plain[] = "-._~@0123456789"
				    "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	for (; *text != 0; text++) {
		if (strchr(plain, *text) != NULL)
			buf_byte(b, (unsigned char)*text);
		else
			buf_printf(b, "%%%02X", (unsigned char)*text);
	}
}

const char *
totp_uri(struct arena *a, struct bytes secret, const char *address,
    const char *issuer)
{
	struct buf b = buf_new(a, 256);

	buf_text(&b, "otpauth://totp/");
	put_encoded(&b, issuer);
	buf_byte(&b, ':');
	put_encoded(&b, address);
	buf_text(&b, "?secret=");
	base32_put(&b, secret, 0);
	buf_text(&b, "&issuer=");
	put_encoded(&b, issuer);
	return (const char *)b.p;
}
