#include "web/sign.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/hex.h"
#include "query.h"
#include "trust/seal.h"
#include "web/internal.h"

enum {
	SHA = 32,
	SECRET = 32, /* random bytes */
	NONCE_MIN = 16,
	NONCE_MAX = 64,
	TIME_MAX = 15, /* digits */
	/* A used nonce is remembered until its time would not do any more. */
	SPENT_S = 2 * SIGN_SKEW_S + 60
};

/* What a child keeps: the key that opens secrets, and a connection of its own,
 * since what is spent is spent whatever becomes of the request. */
struct signer {
	struct arena *arena;
	struct seal_master *master;
	struct db *db;
};

const char *
sign_make(struct arena *a, const char *secret, const struct signed_text *t)
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	char digest[2 * SHA + 1], out[2 * SHA + 1];
	const char *text;
	unsigned n = 0;

	(void)EVP_Digest(t->body.p, t->body.n, mac, NULL, EVP_sha256(), NULL);
	hex_write(digest, mac, SHA);
	text = arena_printf(a, "%s\n%s\n%s\n%s\n%s", t->time, t->nonce, t->verb,
	    t->target, digest);
	if (HMAC(EVP_sha256(), secret, (int)strlen(secret),
		(const unsigned char *)text, strlen(text), mac, &n) == NULL)
		abort();
	hex_write(out, mac, SHA);
	return arena_printf(a, "v1=%s", out);
}

bool
sign_nonce(const char *s)
{
	size_t n = strlen(s);

	return n >= NONCE_MIN && n <= NONCE_MAX &&
	       strspn(s, "0123456789abcdefghijklmnopqrstuvwxyz"
			 "ABCDEFGHIJKLMNOPQRSTUVWXYZ_-") == n;
}

bool
sign_time(const char *s, int64_t now)
{
	size_t n = strlen(s);
	int64_t at;

	if (n == 0 || n > TIME_MAX || strspn(s, "0123456789") != n)
		return false;
	at = strtoll(s, NULL, 10) - now / CLOCK_S;
	return at >= -SIGN_SKEW_S && at <= SIGN_SKEW_S;
}

static const char *
place(struct arena *a, int32_t tenant, const char *key_id)
{
	return arena_printf(a, "sign|%d|%s", tenant, key_id);
}

struct err *
sign_secret(const char **text, struct bytes *sealed, struct arena *a,
    const char *request_key, int32_t tenant, const char *key_id)
{
	unsigned char random[SECRET];
	char digits[2 * SECRET + 1];
	struct seal_master *master;
	struct err *e;

	if (*request_key == 0)
		return err_raise(ERR_CONFLICT,
		    "This installation does not sign requests.",
		    "no request_key");
	env_get()->random(random, sizeof(random));
	hex_write(digits, random, sizeof(random));
	*text = arena_printf(a, "fls_%s", digits);
	if ((e = seal_master_load(&master, a, request_key)) != NULL ||
	    (e = seal_put(sealed, a, seal_key_derive(a, master, tenant),
		 (struct bytes){ (const unsigned char *)*text, strlen(*text) },
		 place(a, tenant, key_id))) != NULL)
		return err_pass(e);
	return NULL;
}

static void
release(void *what)
{
	struct signer *s = what;
	struct arena *a = s->arena;

	db_close(s->db);
	arena_free(a);
}

static struct err *
signer_of(struct signer **out, struct child *c)
{
	void **kept = db_kept(c->db, release);
	struct seal_master *master;
	struct arena *a;
	struct err *e;

	if (*kept == NULL) {
		a = arena_new();
		if ((e = seal_master_load(&master, a, c->conf->request_key)) !=
		    NULL) {
			arena_free(a);
			return err_pass(e);
		}
		*out = *kept = arena_alloc(a, sizeof(**out));
		(*out)->arena = a;
		(*out)->master = master;
		(*out)->db = db_open(c->conf->database);
	}
	*out = *kept;
	return NULL;
}

/* The secret of the request's key. */
static struct err *
secret_of(const char **secret, struct req *rq, const struct signer *s)
{
	int32_t tenant = rq->who.tenant;
	struct bytes plain;
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, rq->tx, &q_key_sign, ARGS(A(rq->gate.secret)))) !=
		NULL ||
	    (e = seal_get(&plain, rq->arena,
		 seal_key_derive(rq->arena, s->master, tenant),
		 rows_bytes(r, 0, KEY_SIGN_SECRET),
		 place(rq->arena, tenant, rq->who.name))) != NULL)
		return err_pass(e);
	*secret = (const char *)plain.p;
	return NULL;
}

static const char *
cgi(const struct req *rq, const char *name)
{
	const char *v = FCGX_GetParam(name, rq->fcgi->envp);

	return v != NULL ? v : "";
}

/* Does the signature fit, whether it came before or not? */
static struct err *
judge(struct req *rq, const struct signer *s)
{
	const struct signed_text t = {
		.time = req_header(rq, "X-Flux-Time"),
		.nonce = req_header(rq, "X-Flux-Nonce"),
		.verb = cgi(rq, "REQUEST_METHOD"),
		.target = cgi(rq, "REQUEST_URI"),
		.body = rq->body,
	};
	const char *got = req_header(rq, "X-Flux-Signature"), *want, *secret;
	struct err *e;

	if (!sign_nonce(t.nonce) || !sign_time(t.time, env_now()))
		return err_raise(ERR_LOGIN,
		    "X-Flux-Time or X-Flux-Nonce is missing, or not of now.",
		    "time \"%.20s\"", t.time);
	if ((e = secret_of(&secret, rq, s)) != NULL)
		return err_pass(e);
	want = sign_make(rq->arena, secret, &t);
	if (strlen(got) != strlen(want) ||
	    CRYPTO_memcmp(got, want, strlen(want)) != 0)
		return err_raise(ERR_LOGIN, "X-Flux-Signature does not fit.",
		    "signature");
	return NULL;
}

/*
 * See sign.h.  What a key must sign is refused with 401 when it is not signed,
 * signed for another time, path or body, or comes a second time.
 */
struct err *
sign_check(struct req *rq)
{
	const char *nonce;
	struct signer *s;
	struct rows *r;
	struct err *e;

	if ((rq->who.flags & WHO_SIGNS) == 0)
		return NULL;
	if (*req_header(rq, "X-Flux-Signature") == 0)
		return err_raise(ERR_LOGIN,
		    "Requests of this key must be signed.", "key %lld",
		    (long long)rq->who.cred);
	if ((e = signer_of(&s, rq->child)) != NULL ||
	    (e = judge(rq, s)) != NULL)
		return err_pass(e);
	nonce = req_header(rq, "X-Flux-Nonce");
	if ((e = db_call(&r, s->db, rq->arena, &q_key_spend,
		 ARGS(A(rq->gate.secret),
		     A(((struct bytes){ (const unsigned char *)nonce,
			 strlen(nonce) })),
		     A(SPENT_S)))) != NULL)
		return err_pass(e);
	if (!rows_bool(r, 0, KEY_SPEND_FIRST))
		return err_raise(ERR_LOGIN, "This request came before.",
		    "nonce of key %lld", (long long)rq->who.cred);
	return NULL;
}
