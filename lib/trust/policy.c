#include "trust/policy.h"

#include <openssl/crypto.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/utf8.h"

enum {
	SHORT_UNIT = 8, /* what is repeated must be longer than this */
	OWN_WORD = 4,	/* shorter parts of a name may be in it */
	OWN_REST = 8,	/* so much must be left without them */
	ODD_STEPS = 3	/* steps of a sequence that may be none */
};

/* Lines in order, lower case; made part of the program as it stands. */
extern const char policy_common[], policy_common_end[];
__asm__(".section .rodata\n"
	".global policy_common, policy_common_end\n"
	".hidden policy_common, policy_common_end\n"
	"policy_common: .incbin \"common_passwords.txt\"\n"
	"policy_common_end: .byte 0\n"
	".previous\n");

/* Part of a text. */
struct part {
	const char *p;
	size_t n;
};

static int
compare(struct part a, const char *line, size_t n)
{
	int c = memcmp(a.p, line, a.n < n ? a.n : n);

	if (c != 0 || a.n == n)
		return c;
	return a.n < n ? -1 : 1;
}

/* Is it a line of the list? */
static bool
is_common(struct part word)
{
	const char *low = policy_common, *high = policy_common_end;

	while (low < high) {
		const char *line = low + (high - low) / 2, *end;
		int c;

		while (line > low && line[-1] != '\n')
			line--;
		end = memchr(line, '\n', (size_t)(high - line));
		if (end == NULL)
			return false;
		c = compare(word, line, (size_t)(end - line));
		if (c == 0)
			return true;
		if (c < 0)
			high = line;
		else
			low = end + 1;
	}
	return false;
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* The letter that a digit or sign stands for. */
static char
plain(char c)
{
	static const char worn[] = "013457@$!", meant[] = "oleastasi";
	const char *at = strchr(worn, c);

	return at != NULL && c != 0 ? meant[at - worn] : c;
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
}

/* Is a part in the list that has all letters and some of what is around? */
static bool
is_around(const char *text, size_t n)
{
	size_t first = 0, last = n, from, till;

	while (first < n && !is_letter(text[first]))
		first++;
	while (last > first && !is_letter(text[last - 1]))
		last--;
	if (first == last)
		return is_common((struct part){ text, n });
	for (from = 0; from <= first; from++)
		for (till = last; till <= n; till++)
			if (is_common(
				(struct part){ text + from, till - from }))
				return true;
	return false;
}

/* The same, also when digits and signs stand for letters. */
static bool
is_dressed(const char *text, size_t n)
{
	char bare[PASSWORD_MAX] = { 0 };
	bool found;
	size_t i;

	for (i = 0; i < n; i++)
		bare[i] = plain(text[i]);
	found = is_around(text, n) || is_around(bare, n);
	/* What is around it need not stand for letters. */
	for (i = 0; i < n && !is_letter(text[i]); i++)
		bare[i] = text[i];
	for (i = n; i > 0 && !is_letter(text[i - 1]); i--)
		bare[i - 1] = text[i - 1];
	found = found || is_around(bare, n);
	OPENSSL_cleanse(bare, sizeof(bare));
	return found;
}

/* After how many bytes the text begins again; n when it does not. */
static size_t
period(const char *text, size_t n)
{
	size_t p;

	for (p = 1; p <= n / 2; p++)
		if (memcmp(text, text + p, n - p) == 0)
			return p;
	return n;
}

/* abcdef, 987654, aaaa: each character next to the one before. */
static bool
is_counted(const char *text, size_t n)
{
	size_t i, odd = 0;

	for (i = 1; i < n; i++)
		if (text[i] - text[i - 1] > 1 || text[i] - text[i - 1] < -1)
			odd++;
	return odd <= ODD_STEPS;
}

/* How many bytes of the text are this word, wherever it stands. */
static size_t
taken_by(const char *text, struct part word)
{
	size_t taken = 0, i;

	if (word.n < OWN_WORD)
		return 0;
	while (*text != 0) {
		for (i = 0; i < word.n && text[i] == lower(word.p[i]); i++)
			continue;
		taken += i == word.n ? i : 0;
		text += i == word.n ? i : 1;
	}
	return taken;
}

/* Is it little more than words of a text of one's own? */
static bool
is_own(const char *text, size_t n, const char *own, const char *between)
{
	size_t taken = 0;

	while (*own != 0) {
		struct part word = { own, strcspn(own, between) };

		taken += taken_by(text, word);
		own += word.n;
		own += strspn(own, between);
	}
	return taken > 0 && n - (taken < n ? taken : n) < OWN_REST;
}

static size_t
characters(const char *text)
{
	size_t n = 0;

	for (; *text != 0; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

/* What is wrong with it, once it has a length; NULL: nothing. */
static const char *
fault(const char *text, size_t n, const struct chooser *whose)
{
	size_t p = period(text, n);

	if (is_dressed(text, n) || (p < n && is_dressed(text, p)))
		return "This password is one that is often used; take words "
		       "that do not belong together.";
	if (p < SHORT_UNIT || is_counted(text, n))
		return "This password only repeats or counts; take words that "
		       "do not belong together.";
	if (is_own(text, n, whose->address, "@.") ||
	    is_own(text, n, whose->name, " "))
		return "This password is little more than your name or "
		       "address; take other words.";
	return NULL;
}

struct err *
policy_check(const char *password, const struct chooser *whose)
{
	int64_t least =
	    whose->least > PASSWORD_MIN ? whose->least : PASSWORD_MIN;
	char text[PASSWORD_MAX + 1];
	size_t n = strlen(password), i;
	const char *why;

	if (!utf8_valid(password) || (int64_t)characters(password) < least)
		return err_say(err_raise(ERR_REFUSED, "", "too short"),
		    "A password has at least %lld characters.",
		    (long long)least);
	if (n > PASSWORD_MAX)
		return err_raise(ERR_REFUSED,
		    "A password has at most 256 bytes.", "too long");
	for (i = 0; i <= n; i++)
		text[i] = lower(password[i]);
	why = fault(text, n, whose);
	OPENSSL_cleanse(text, sizeof(text));
	if (why != NULL)
		return err_raise(ERR_REFUSED, why, "password refused");
	return NULL;
}
