/* Who asks: the credential goes to the database, which knows the tenant. */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "web/apikey.h"
#include "web/internal.h"

#define SAY_LOGIN "Please sign in."
#define SAY_KEY                                       \
	"Send an API key: \"X-API-Key: flx_...\" or " \
	"\"Authorization: Bearer flx_...\"."

static struct err *
choose_key(struct gate *g, const struct req *rq, const char *key)
{
	struct err *e;

	g->kind = GATE_API_KEY;
	if ((rq->route->guard & PATHKEY) == 0 && strncmp(key, "eyJ", 3) == 0) {
		g->kind = GATE_TOKEN;
		e = token_sid(&g->secret, rq, key);
		return e != NULL ? err_pass(e) : NULL;
	}
	if (!apikey_plausible(key))
		return err_raise(ERR_LOGIN, "This API key is not valid.",
		    "malformed key");
	g->secret = (struct bytes){ (const unsigned char *)key, strlen(key) };
	return NULL;
}

static struct err *
choose(struct gate *g, const struct req *rq)
{
	unsigned takes = rq->child->app->takes;
	const char *key = key_of(rq);
	struct err *e;

	*g = (struct gate){ .addr = req_remote(rq) };
	if (takes & TAKES_KEY)
		g->cert = req_cert(rq);
	if (key != NULL) {
		e = choose_key(g, rq, key);
		return e != NULL ? err_pass(e) : NULL;
	}
	if ((takes & TAKES_COOKIE) && rq->session.n > 0) {
		g->kind = GATE_SESSION;
		g->secret = rq->session;
		return NULL;
	}
	if (g->cert.n > 0) {
		g->kind = GATE_CERT;
		g->secret = g->cert;
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
	unsigned n = 0;

	if (rq->session.n == 0 ||
	    HMAC(EVP_sha256(), rq->session.p, (int)rq->session.n,
		(const unsigned char *)label, sizeof(label) - 1, mac,
		&n) == NULL)
		return "";
	hex_write(text, mac, 32);
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

static bool
may_be_known(const struct req *rq, const struct gate *g)
{
	return g->kind == GATE_API_KEY && rq->route->tx == TX_READ;
}

/*
 * Past the gate by what is known of the key, which names nobody; false: it has
 * to be asked.
 */
static bool
pass_known(struct req *rq, const struct gate *g)
{
	struct db *db = rq->child->db;
	struct known known;

	if (rq->in_doubt || !may_be_known(rq, g) ||
	    !passed_find(&known, db, g->secret) ||
	    tx_begin_known(&rq->tx, db, rq->arena, &known, 1, TX_READ) != NULL)
		return false;
	rq->who = *tx_who(rq->tx);
	rq->who.device = known.device;
	rq->who.cred = known.cred;
	rq->who.limits = known.limits;
	return true;
}

static struct err *
pass(struct req *rq, const struct gate *g)
{
	struct db *db = rq->child->db;
	struct err *e;

	if (pass_known(rq, g))
		return NULL;
	if ((e = tx_begin(&rq->tx, db, rq->arena, g, rq->route->tx)) != NULL)
		return err_pass(e);
	rq->who = *tx_who(rq->tx);
	/* What is known is asked in the first database only. */
	if (may_be_known(rq, g) && tx_db(rq->tx) == db &&
	    (rq->who.flags & (WHO_SIGNS | WHO_APART)) == 0)
		passed_keep(db, g->secret, &rq->who);
	return NULL;
}

bool
gate_again(struct req *rq)
{
	if (rq->tx == NULL || !tx_at_door(rq->tx))
		return false;
	tx_rollback(rq->tx);
	rq->tx = NULL;
	rq->in_doubt = true;
	return true;
}

/* May who has passed the gate go this way? */
static struct err *
allow(struct req *rq)
{
	const struct route *to = rq->route;
	const struct who *w = &rq->who;
	bool local = (to->guard & LOCAL) != 0;

	if (!can_has(local ? w->can : w->wide, to->needs))
		return err_raise(ERR_FORBIDDEN, "You may not do that.",
		    "needs %s", can_name(to->needs));
	if ((to->guard & FRESH) != 0 && (w->flags & WHO_FRESH) == 0)
		return err_raise(ERR_STEP_UP,
		    "Please confirm first that it is you.", "%s", to->path);
	return NULL;
}

/* A browser sends its cookie by itself; a key nobody sends unasked. */
static bool
could_be_forged(const struct req *rq)
{
	bool is_open_api = rq->route->tx == TX_NONE && req_is_api(rq);

	return (rq->child->app->takes & TAKES_COOKIE) && rq->verb != GET &&
	       key_of(rq) == NULL && !is_open_api;
}

struct err *
gate_pass(struct req *rq)
{
	struct err *e;

	if (could_be_forged(rq) && (e = same_origin(rq)) != NULL)
		return err_pass(e);
	if (rq->route->tx == TX_NONE)
		return NULL;
	if ((e = choose(&rq->gate, rq)) != NULL ||
	    (e = pass(rq, &rq->gate)) != NULL || (e = cors_mark(rq)) != NULL ||
	    (e = limit_pass(rq, 0, 0)) != NULL || (e = allow(rq)) != NULL ||
	    (e = sign_check(rq)) != NULL)
		return err_pass(e);
	return NULL;
}
