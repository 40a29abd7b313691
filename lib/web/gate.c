/* Who asks: the credential goes to the database, which knows the tenant. */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

#include "web/apikey.h"
#include "web/internal.h"

#define SAY_LOGIN "Please sign in."
#define SAY_KEY                                       \
	"Send an API key: \"X-API-Key: flx_...\" or " \
	"\"Authorization: Bearer flx_...\"."

/* The key of the request, in whichever header it came; NULL: none. */
static const char *
key_of(const struct req *rq)
{
	static const char *const schemes[] = { "Bearer ", "Token " };
	const char *s = req_header(rq, "X-API-Key");
	size_t i;

	if (!(rq->child->app->takes & TAKES_KEY))
		return NULL;
	if (*s == 0)
		s = req_header(rq, "Authorization");
	for (i = 0; i < sizeof(schemes) / sizeof(*schemes); i++)
		if (strncasecmp(s, schemes[i], strlen(schemes[i])) == 0)
			s += strlen(schemes[i]);
	return *s != 0 ? s : NULL;
}

struct bytes
req_key(const struct req *rq)
{
	const char *key = key_of(rq);

	if (key == NULL || !apikey_plausible(key))
		return (struct bytes){ 0 };
	return (struct bytes){ (const unsigned char *)key, strlen(key) };
}

static struct err *
choose(struct gate *g, const struct req *rq)
{
	unsigned takes = rq->child->app->takes;
	const char *key = key_of(rq);

	if (key != NULL) {
		if (!apikey_plausible(key))
			return err_raise(ERR_LOGIN,
			    "This API key is not valid.", "malformed key");
		*g = (struct gate){ .kind = GATE_API_KEY,
			.secret = { (const unsigned char *)key, strlen(key) } };
		return NULL;
	}
	if ((takes & TAKES_COOKIE) && rq->session.n > 0) {
		*g = (struct gate){ .kind = GATE_SESSION,
			.secret = rq->session };
		return NULL;
	}
	return err_raise(ERR_LOGIN, (takes & TAKES_KEY) ? SAY_KEY : SAY_LOGIN,
	    "no credential");
}

const char *
req_csrf(const struct req *rq)
{
	static const char label[] = "form";
	unsigned char mac[EVP_MAX_MD_SIZE];
	char *text = arena_alloc(rq->arena, 65);
	unsigned n = 0, i;

	if (rq->session.n == 0 ||
	    HMAC(EVP_sha256(), rq->session.p, (int)rq->session.n,
		(const unsigned char *)label, sizeof(label) - 1, mac,
		&n) == NULL)
		return "";
	for (i = 0; i < 32; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", mac[i]);
	return text;
}

/*
 * A form must come from our own page: the browser says so by itself, and the
 * form carries the session's token.
 */
static struct err *
same_origin(const struct req *rq)
{
	const char *site = req_header(rq, "Sec-Fetch-Site");
	const char *origin = req_header(rq, "Origin");
	const char *host = req_header(rq, "Host");
	const char *token = req_form(rq, "csrf"), *want = req_csrf(rq);
	const char *at;

	if (*site != 0 && strcmp(site, "same-origin") != 0 &&
	    strcmp(site, "none") != 0)
		return err_raise(ERR_FORBIDDEN,
		    "This form was sent from another site.", "cross-site");
	at = strstr(origin, "://");
	if (*origin != 0 && (at == NULL || strcmp(at + 3, host) != 0))
		return err_raise(ERR_FORBIDDEN,
		    "This form was sent from another site.", "origin %s",
		    origin);
	if (token == NULL || strlen(token) != strlen(want) || *want == 0 ||
	    CRYPTO_memcmp(token, want, strlen(want)) != 0)
		return err_raise(ERR_FORBIDDEN,
		    "This form has expired; go back, reload and try again.",
		    "form token");
	return NULL;
}

struct err *
gate_pass(struct req *rq)
{
	struct gate g;
	struct err *e;

	/* A browser sends its cookie by itself; a key nobody sends unasked. */
	if ((rq->child->app->takes & TAKES_COOKIE) && rq->verb != GET &&
	    key_of(rq) == NULL && (e = same_origin(rq)) != NULL)
		return err_pass(e);
	if (rq->route->tx == TX_NONE)
		return NULL;
	if ((e = choose(&g, rq)) != NULL ||
	    (e = tx_begin(&rq->tx, rq->child->db, rq->arena, &g,
		 rq->route->tx)) != NULL)
		return err_pass(e);
	rq->who = *tx_who(rq->tx);
	if ((rq->who.can & rq->route->needs) != rq->route->needs)
		return err_raise(ERR_FORBIDDEN, "You may not do that.",
		    "needs %u, can %u", rq->route->needs, rq->who.can);
	return NULL;
}
