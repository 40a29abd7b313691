#include "cgi-bin/auth/mint.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/member.h"
#include "trust/b64.h"
#include "web/token.h"

#define PREFIX "flr_"
#define SAY "This is not accepted."

struct bytes
mint_bytes(const char *text)
{
	return (struct bytes){ (const unsigned char *)text, strlen(text) };
}

struct err *
mint_key(unsigned char key[SEAL_KEY], const struct req *rq)
{
	struct seal_master *master;
	struct err *e;

	if ((e = seal_master_load(&master, rq->arena,
		 req_conf(rq)->master_key)) != NULL)
		return err_pass(e);
	seal_derive(key, master, "token");
	return NULL;
}

void
mint_mac(unsigned char out[MINT_BYTES], struct arena *a,
    const unsigned char key[SEAL_KEY], const char *const *texts)
{
	struct buf b = buf_new(a, 256);
	unsigned n = 0;

	for (; *texts != NULL; texts++) {
		buf_text(&b, *texts);
		buf_byte(&b, 0);
	}
	(void)HMAC(EVP_sha256(), key, SEAL_KEY, b.p, b.n, out, &n);
}

static void
hash_pair(struct pair *p)
{
	(void)EVP_Digest(p->sid, MINT_BYTES, p->sid_hash, NULL, EVP_sha256(),
	    NULL);
	(void)EVP_Digest(p->refresh, MINT_BYTES, p->refresh_hash, NULL,
	    EVP_sha256(), NULL);
}

void
mint_pair(struct pair *p)
{
	env_get()->random(p->sid, MINT_BYTES);
	env_get()->random(p->refresh, MINT_BYTES);
	hash_pair(p);
}

void
mint_next(struct pair *p, struct arena *a, const unsigned char key[SEAL_KEY],
    const char *refresh_text)
{
	const char *texts[] = { "sid", refresh_text, NULL };

	mint_mac(p->sid, a, key, texts);
	texts[0] = "refresh";
	mint_mac(p->refresh, a, key, texts);
	hash_pair(p);
}

bool
mint_read(struct bytes *out, struct arena *a, const char *text)
{
	size_t n = strlen(PREFIX);

	return strncmp(text, PREFIX, n) == 0 &&
	       b64_read(out, a, (struct slice){ text + n, strlen(text) - n }) &&
	       out->n == MINT_BYTES;
}

struct err *
mint_refused(const char *why)
{
	return err_raise(ERR_LOGIN, SAY, "%s", why);
}

struct err *
mint_uniform(struct err *e)
{
	return e->kind == ERR_LOGIN ? err_say(e, "%s", SAY) : e;
}

static void
put_permissions(struct buf *b, struct arena *a, const char *words)
{
	size_t n;

	member_name(b, "permissions");
	buf_byte(b, '[');
	for (; *words != 0; words += n + (words[n] == ' ')) {
		n = strcspn(words, " ");
		member_comma(b);
		member_put_text(b, arena_copy(a, words, n));
	}
	buf_byte(b, ']');
}

struct err *
mint_answer(struct req *rq, struct res *rs, const struct pair *p,
    const struct granted *g)
{
	int64_t now = env_now() / CLOCK_S;
	const char *origin = req_conf(rq)->origin, *access;
	struct jws_claims claims = { .iss = origin,
		.aud = origin,
		.sub = g->subject,
		.scope = g->permissions,
		.sid = { p->sid, MINT_BYTES },
		.iat = now,
		.nbf = now,
		.exp = now + g->seconds };
	const struct jws_keys *keys;
	struct err *e;

	if ((e = token_keys(&keys, rq)) != NULL ||
	    (e = jws_sign(&access, rq->arena, keys, &claims)) != NULL)
		return err_pass(e);
	buf_byte(&rs->body, '{');
	member_text(&rs->body, "accessToken", access);
	member_text(&rs->body, "refreshToken",
	    arena_printf(rq->arena, PREFIX "%s",
		b64_text(rq->arena, (struct bytes){ p->refresh, MINT_BYTES })));
	member_int(&rs->body, "expiresIn", g->seconds);
	put_permissions(&rs->body, rq->arena, g->permissions);
	buf_byte(&rs->body, '}');
	return NULL;
}

/* Of base64 with "+", "/" and "=" the text that is read here. */
static struct slice
url_text(struct arena *a, const char *s)
{
	size_t n = strlen(s), i;
	char *p = arena_copy(a, s, n);

	for (i = 0; i < n; i++)
		p[i] = p[i] == '+' ? '-' : p[i] == '/' ? '_' : p[i];
	while (n > 0 && n % 4 != 1 && p[n - 1] == '=')
		n--;
	return (struct slice){ p, n };
}

struct err *
mint_signed(const struct cert *cert, struct arena *a, const char *text,
    const char *signature)
{
	struct bytes raw;
	struct err *e;

	if (!b64_read(&raw, a, url_text(a, signature)))
		return err_raise(ERR_INPUT, "signature: this must be base64.",
		    "signature");
	e = cert_signed(cert, mint_bytes(text), raw);
	return e != NULL ? err_pass(e) : NULL;
}
