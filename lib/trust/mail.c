#include "trust/mail.h"

#include <curl/curl.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/hex.h"
#include "base/utf8.h"

enum {
	PLAIN_MAX = 60,	  /* of a header's text; longer ones are encoded */
	WORD_BYTES = 39,  /* of text in an encoded word, 52 letters of it */
	LINE_BYTES = 57,  /* of the body in a line, 76 letters of it */
	LOGIN_MAX = 1024, /* of the file */
	ID_BYTES = 16,
	CONNECT_MS = 5000,
	SEND_MS = 20000
};

struct mailer {
	struct arena *arena;
	CURL *curl;
	const char *from;
};

/* ---- the letter ---- */

static bool
is_plain(const char *s)
{
	size_t n = strlen(s), i;

	for (i = 0; i < n; i++)
		if (s[i] < ' ' || s[i] > '~')
			return false;
	return n <= PLAIN_MAX && strstr(s, "=?") == NULL;
}

static void
put_base64(struct buf *b, const char *s, size_t n)
{
	unsigned char *to = buf_room(b, (n + 2) / 3 * 4 + 1);

	b->n += (size_t)EVP_EncodeBlock(to, (const unsigned char *)s, (int)n);
}

/* RFC 2047: words of whole characters, one a line. */
static void
put_words(struct buf *b, const char *s)
{
	size_t n = strlen(s), part;

	for (;; s += part, n -= part) {
		part = n > WORD_BYTES ? utf8_whole(s, WORD_BYTES) : n;
		buf_text(b, "=?UTF-8?B?");
		put_base64(b, s, part);
		buf_text(b, "?=");
		if (part == n)
			return;
		buf_text(b, "\r\n ");
	}
}

/* The text of one line, whatever it was. */
static const char *
one_line(struct arena *a, const char *s)
{
	char *line = arena_text(a, utf8_valid(s) ? s : "?"), *c;

	for (c = line; *c != 0; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	return line;
}

static void
put_text(struct buf *b, const char *name, const char *s)
{
	s = one_line(b->arena, s);
	buf_printf(b, "%s: ", name);
	if (is_plain(s))
		buf_text(b, s);
	else
		put_words(b, s);
	buf_text(b, "\r\n");
}

static void
put_person(struct buf *b, const char *header, const char *name,
    const char *address)
{
	buf_printf(b, "%s: ", header);
	name = one_line(b->arena, name);
	if (!is_plain(name)) {
		put_words(b, name);
	} else {
		buf_byte(b, '"');
		for (; *name != 0; name++) {
			if (*name == '"' || *name == '\\')
				buf_byte(b, '\\');
			buf_byte(b, (unsigned char)*name);
		}
		buf_byte(b, '"');
	}
	buf_printf(b, "\r\n <%s>\r\n", address);
}

/* Something before an @ and after it, and nothing that means more. */
static bool
is_address(const char *s)
{
	const char *at = strchr(s, '@'), *c;

	if (at == NULL || at == s || at[1] == 0 || strchr(at + 1, '@') != NULL)
		return false;
	for (c = s; *c != 0; c++)
		if (*c <= ' ' || *c > '~' || strchr("()<>[]\\,;:\"", *c))
			return false;
	return true;
}

static void
put_date(struct buf *b)
{
	time_t now = (time_t)(env_now() / CLOCK_S);
	char text[40];
	struct tm tm;

	(void)gmtime_r(&now, &tm);
	(void)strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S +0000", &tm);
	buf_printf(b, "Date: %s\r\n", text);
}

static void
put_id(struct buf *b, const char *from)
{
	unsigned char id[ID_BYTES];

	env_get()->random(id, sizeof(id));
	buf_text(b, "Message-ID: <");
	hex_put(b, (struct bytes){ id, sizeof(id) });
	buf_printf(b, "%s>\r\n", strchr(from, '@'));
}

/* In base64: no line is too long for anybody, and none begins with a dot. */
static void
put_body(struct buf *b, const char *text)
{
	struct buf lines = buf_new(b->arena, strlen(text) + 64);
	size_t at, n;

	for (; *text != 0; text++) {
		if (*text == '\n')
			buf_byte(&lines, '\r');
		buf_byte(&lines, (unsigned char)*text);
	}
	for (at = 0; at < lines.n; at += n) {
		n = lines.n - at < LINE_BYTES ? lines.n - at : LINE_BYTES;
		put_base64(b, (const char *)lines.p + at, n);
		buf_text(b, "\r\n");
	}
}

struct err *
mail_write(struct buf *b, const char *from, const struct mail *m)
{
	if (!is_address(from))
		return err_raise(ERR_BUSY,
		    "Our own address in the settings is none.", "mail_from");
	if (!is_address(m->to))
		return err_raise(ERR_REFUSED,
		    "No mail can be sent to this address.", "address");
	put_date(b);
	put_id(b, from);
	put_person(b, "From", m->from_name, from);
	put_person(b, "To", m->to_name, m->to);
	put_text(b, "Subject", m->subject);
	buf_text(b, "Auto-Submitted: auto-generated\r\n"
		    "MIME-Version: 1.0\r\n"
		    "Content-Type: text/plain; charset=utf-8\r\n"
		    "Content-Transfer-Encoding: base64\r\n\r\n");
	put_body(b, m->text);
	return NULL;
}

/* ---- the server ---- */

/* A mail server of this machine is reached without going over a network. */
static bool
is_here(const char *url)
{
	static const char *const here[] = { "127.0.0.1", "[::1]", "localhost" };
	const char *host = strstr(url, "://");
	size_t i, n;

	if (host == NULL)
		return false;
	host += 3;
	for (i = 0; i < sizeof(here) / sizeof(*here); i++) {
		n = strlen(here[i]);
		if (strncmp(host, here[i], n) == 0 &&
		    (host[n] == 0 || host[n] == ':' || host[n] == '/'))
			return true;
	}
	return false;
}

static struct err *
set_login(CURL *curl, const char *path)
{
	char text[LOGIN_MAX] = "", *word;
	CURLcode code;
	size_t n;
	FILE *f;

	if (*path == 0)
		return NULL;
	if ((f = fopen(path, "re")) == NULL)
		return err_raise(ERR_BUSY,
		    "The file with the mail server's password cannot be read.",
		    "smtp_login");
	n = fread(text, 1, sizeof(text) - 1, f);
	(void)fclose(f);
	text[n] = 0;
	word = text + strcspn(text, "\r\n");
	if (*word != 0)
		*word++ = 0;
	word += strspn(word, "\r\n");
	word[strcspn(word, "\r\n")] = 0;
	code = curl_easy_setopt(curl, CURLOPT_USERNAME, text);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_PASSWORD, word);
	explicit_bzero(text, sizeof(text));
	if (code != CURLE_OK)
		return err_raise(ERR_BUG, "Something went wrong on our side.",
		    "curl: %s", curl_easy_strerror(code));
	return NULL;
}

static void
close_curl(void *curl)
{
	curl_easy_cleanup(curl);
}

static bool
is_set(CURLcode code)
{
	return code == CURLE_OK;
}

struct err *
mailer_open(struct mailer **out, struct arena *a, const struct mail_server *s)
{
	bool bare = is_here(s->url) && *s->ca == 0;
	CURL *curl = curl_easy_init();
	struct mailer *m;

	if (curl == NULL)
		return err_raise(ERR_BUG, "Something went wrong on our side.",
		    "curl_easy_init");
	arena_defer(a, close_curl, curl);
	if (!is_set(curl_easy_setopt(curl, CURLOPT_URL, s->url)) ||
	    !is_set(
		curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps")) ||
	    !is_set(curl_easy_setopt(curl, CURLOPT_PROXY, "")) ||
	    !is_set(curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L)) ||
	    !is_set(curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L)) ||
	    !is_set(curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
		(long)CONNECT_MS)) ||
	    !is_set(
		curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)SEND_MS)) ||
	    !is_set(curl_easy_setopt(curl, CURLOPT_USE_SSL,
		(long)(bare ? CURLUSESSL_NONE : CURLUSESSL_ALL))) ||
	    (*s->ca != 0 &&
		!is_set(curl_easy_setopt(curl, CURLOPT_CAINFO, s->ca))))
		return err_raise(ERR_BUSY,
		    "The mail server's address in the settings is none.",
		    "smtp");
	m = arena_alloc(a, sizeof(*m));
	*m = (struct mailer){ a, curl, s->from };
	*out = m;
	return set_login(curl, s->login);
}

/* What libcurl means, as kinds and words of ours. */
static const struct {
	CURLcode code;
	const char *say;
} faults[] = {
	{ CURLE_COULDNT_RESOLVE_HOST, "The mail server cannot be found." },
	{ CURLE_COULDNT_CONNECT, "The mail server cannot be reached." },
	{ CURLE_OPERATION_TIMEDOUT, "The mail server does not answer." },
	{ CURLE_USE_SSL_FAILED, "The mail server offers no encryption." },
	{ CURLE_SSL_CONNECT_ERROR, "The mail server's encryption fails." },
	{ CURLE_PEER_FAILED_VERIFICATION,
	    "The mail server's certificate is not trusted." },
	{ CURLE_SSL_CACERT_BADFILE,
	    "The file of whom to trust as mail server cannot be read." },
	{ CURLE_LOGIN_DENIED, "The mail server refuses our password." },
};

/* Answers that are about this letter, and stay as they are. */
static const long finals[] = { 501, 550, 551, 553, 556 };

static struct err *
fault(CURL *curl, CURLcode code)
{
	long answer = 0;
	size_t i;

	for (i = 0; i < sizeof(faults) / sizeof(*faults); i++)
		if (faults[i].code == code)
			return err_raise(ERR_BUSY, faults[i].say, "curl: %s",
			    curl_easy_strerror(code));
	(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer);
	for (i = 0; i < sizeof(finals) / sizeof(*finals); i++)
		if (finals[i] == answer)
			return err_say(err_raise(ERR_REFUSED, "", "smtp %ld",
					   answer),
			    "The mail server refuses this address (%ld).",
			    answer);
	if (answer >= 400)
		return err_say(err_raise(ERR_CONFLICT, "", "smtp %ld", answer),
		    "The mail server does not take it (%ld).", answer);
	return err_raise(ERR_BUSY, "The way to the mail server broke.",
	    "curl: %s", curl_easy_strerror(code));
}

/* What is left of the letter, for libcurl. */
static size_t
give(char *to, size_t size, size_t n, void *arg)
{
	struct bytes *left = arg;

	n *= size;
	if (n > left->n)
		n = left->n;
	memcpy(to, left->p, n);
	left->p += n;
	left->n -= n;
	return n;
}

static CURLcode
perform(CURL *curl, const char *from, struct curl_slist *to, struct bytes *text)
{
	CURLcode code = curl_easy_setopt(curl, CURLOPT_MAIL_FROM, from);

	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, to);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_READFUNCTION, give);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_READDATA, text);
	return code == CURLE_OK ? curl_easy_perform(curl) : code;
}

struct err *
mailer_send(struct mailer *m, const struct mail *mail)
{
	struct buf b = buf_new(m->arena, 4096);
	struct curl_slist *to;
	struct bytes text;
	CURLcode code;
	struct err *e;

	if ((e = mail_write(&b, m->from, mail)) != NULL)
		return err_pass(e);
	text = (struct bytes){ b.p, b.n };
	to = curl_slist_append(NULL, arena_printf(m->arena, "<%s>", mail->to));
	code = perform(m->curl, arena_printf(m->arena, "<%s>", m->from), to,
	    &text);
	curl_slist_free_all(to);
	return code == CURLE_OK ? NULL : fault(m->curl, code);
}
