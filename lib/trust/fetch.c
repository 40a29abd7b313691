#include "trust/fetch.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/env.h"

#define SAY "The other server did not answer as it should; try again later."
#define HTTP "http://"

enum { OK = 200, V4_IN_V6 = 12 };

struct range {
	unsigned char p[16];
	int bits;
};

/* IPv4 that is not of the internet (RFC 6890). */
static const struct range not_public4[] = {
	{ { 0 }, 8 }, { { 10 }, 8 }, { { 100, 64 }, 10 }, { { 127 }, 8 },
	{ { 169, 254 }, 16 }, { { 172, 16 }, 12 }, { { 192, 0, 0 }, 24 },
	{ { 192, 0, 2 }, 24 }, { { 192, 88, 99 }, 24 }, { { 192, 168 }, 16 },
	{ { 198, 18 }, 15 }, { { 198, 51, 100 }, 24 }, { { 203, 0, 113 }, 24 },
	{ { 224 }, 3 }, /* many at once, and what is kept for later */
};

/*
 * IPv6 of the internet is 2000::/3; of that, what is kept for other purposes
 * or has another address in it.
 */
static const struct range public6 = { { 0x20 }, 3 };
static const struct range not_public6[] = {
	{ { 0x20, 0x01, 0x00 }, 23 },
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 },
	{ { 0x20, 0x02 }, 16 },
	{ { 0x3f, 0xff, 0x00 }, 20 },
};
static const unsigned char mapped[V4_IN_V6] = { [10] = 0xff, [11] = 0xff };

static bool
is_in(const unsigned char *p, const struct range *r)
{
	int whole = r->bits / 8, rest = r->bits % 8;

	if (memcmp(p, r->p, (size_t)whole) != 0)
		return false;
	return rest == 0 || ((p[whole] ^ r->p[whole]) >> (8 - rest)) == 0;
}

static bool
is_in_any(const unsigned char *p, const struct range *r, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (is_in(p, &r[i]))
			return true;
	return false;
}

/* The bytes of the address, IPv4 also out of IPv6; NULL: of another kind. */
static const unsigned char *
bytes_of(bool *six, const struct sockaddr *sa)
{
	const unsigned char *p;

	*six = sa->sa_family == AF_INET6;
	if (sa->sa_family == AF_INET)
		return (const unsigned char *)&((const struct sockaddr_in *)sa)
		    ->sin_addr;
	if (!*six)
		return NULL;
	p = ((const struct sockaddr_in6 *)sa)->sin6_addr.s6_addr;
	if (memcmp(p, mapped, sizeof(mapped)) != 0)
		return p;
	*six = false;
	return p + V4_IN_V6;
}

bool
fetch_is_public(const struct sockaddr *sa)
{
	bool six;
	const unsigned char *p = bytes_of(&six, sa);

	if (p == NULL)
		return false;
	if (six)
		return is_in(p, &public6) &&
		       !is_in_any(p, not_public6,
			   sizeof(not_public6) / sizeof(*not_public6));
	return !is_in_any(p, not_public4,
	    sizeof(not_public4) / sizeof(*not_public4));
}

static bool
is_this_machine(const struct sockaddr *sa)
{
	static const unsigned char one[16] = { [15] = 1 };
	bool six;
	const unsigned char *p = bytes_of(&six, sa);

	if (p == NULL)
		return false;
	return six ? memcmp(p, one, sizeof(one)) == 0 : p[0] == 127;
}

struct call {
	const struct fetch *f;
	struct buf body;
	bool plain;   /* http */
	bool refused; /* an address */
	bool large;
};

/* The one place where a socket is made: for whom, is known here. */
static curl_socket_t
open_socket(void *closure, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct call *c = closure;
	bool good = c->plain	    ? is_this_machine(&to->addr)
		    : c->f->private ? true
				    : fetch_is_public(&to->addr);

	if (purpose != CURLSOCKTYPE_IPCXN || !good) {
		c->refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static size_t
take(char *p, size_t size, size_t n, void *closure)
{
	struct call *c = closure;

	if (size * n > c->f->most - c->body.n) {
		c->large = true;
		return 0;
	}
	buf_put(&c->body, p, size * n);
	return size * n;
}

/* Set one after the other; the first that fails is the answer. */
static CURLcode
prepare(CURL *h, struct call *c, long left_ms)
{
	const struct fetch *f = c->f;
	CURLcode r = CURLE_OK;

#define SET(option, value) \
	if (r == CURLE_OK) \
	r = curl_easy_setopt(h, CURLOPT_##option, value)
	SET(URL, f->url);
	SET(PROTOCOLS_STR, c->plain ? "http" : "https");
	SET(FOLLOWLOCATION, 0L);
	SET(PROXY, "");
	SET(DISALLOW_USERNAME_IN_URL, 1L);
	SET(TIMEOUT_MS, left_ms);
	SET(CONNECTTIMEOUT_MS, left_ms);
	SET(NOSIGNAL, 1L);
	SET(QUICK_EXIT, 1L); /* a name that is looked up is not waited for */
	SET(OPENSOCKETFUNCTION, open_socket);
	SET(OPENSOCKETDATA, c);
	SET(WRITEFUNCTION, take);
	SET(WRITEDATA, c);
	SET(SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(SSL_VERIFYPEER, 1L);
	SET(SSL_VERIFYHOST, 2L);
	SET(FORBID_REUSE, 1L);
	if (f->form != NULL)
		SET(POSTFIELDS, f->form);
	if (f->user != NULL) {
		SET(HTTPAUTH, CURLAUTH_BASIC);
		SET(USERNAME, f->user);
		SET(PASSWORD, f->password);
	}
#undef SET
	return r;
}

static void
done(void *h)
{
	curl_easy_cleanup(h);
}

struct err *
fetch(struct bytes *body, struct arena *a, const struct fetch *f)
{
	int64_t left_ms = (f->until - env_mono()) / CLOCK_MS;
	struct call c = { .f = f,
		.body = buf_new(a, 4096),
		.plain = f->private &&
			 strncasecmp(f->url, HTTP, strlen(HTTP)) == 0 };
	CURL *h = left_ms > 0 ? curl_easy_init() : NULL;
	long status = 0;
	CURLcode r;

	if (h == NULL)
		return err_raise(ERR_BUSY, SAY, "no time left for %.200s",
		    f->url);
	arena_defer(a, done, h);
	if ((r = prepare(h, &c, (long)left_ms)) == CURLE_OK)
		r = curl_easy_perform(h);
	if (c.refused || c.large)
		return err_raise(ERR_BUSY, SAY, "%.200s: %s", f->url,
		    c.refused ? "not a public address" : "too large");
	if (r != CURLE_OK || (r = curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE,
				  &status)) != CURLE_OK)
		return err_raise(ERR_BUSY, SAY, "%.200s: %s", f->url,
		    curl_easy_strerror(r));
	if (status != OK)
		return err_raise(ERR_BUSY, SAY, "%.200s: status %ld", f->url,
		    status);
	*body = (struct bytes){ c.body.p, c.body.n };
	return NULL;
}
