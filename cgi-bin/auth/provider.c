#include "cgi-bin/auth/provider.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/env.h"
#include "cgi-bin/auth/people.h"
#include "model/datakey.h"
#include "query.h"
#include "trust/fetch.h"
#include "trust/jwk.h"
#include "web/turn.h"

#define SAY_BUSY "Your sign-in provider did not answer; try again later."
#define SAY_NOT "Your sign-in provider did not say who you are as it should."
#define DESCRIPTION "/.well-known/openid-configuration"

enum {
	ABOUT_MAX = 16, /* providers that are kept */
	KEPT_S = 600,
	KEYS_S = 30, /* between two questions for keys */
	AWAY_S = 5,
	DEADLINE_MS = 3000,
	NEARLY_MS = 50,
	AT_ONCE = 2,
	TRIES = 10,
	ANSWER_MAX = 64 * 1024
};

/* What is known of a provider; the arenas are its own. */
struct about {
	struct arena *arena, *keys_arena;
	const char *issuer;
	struct oidc_places places; /* token NULL: not known */
	struct jws_keys *keys;	   /* NULL: not known */
	int64_t since, keys_at, away_until;
};

struct kept {
	struct arena *arena;
	struct about v[ABOUT_MAX];
};

static void
forget(struct about *k)
{
	if (k->arena != NULL)
		arena_free(k->arena);
	if (k->keys_arena != NULL)
		arena_free(k->keys_arena);
	*k = (struct about){ 0 };
}

static void
release(void *what)
{
	struct kept *all = what;
	size_t i;

	for (i = 0; i < ABOUT_MAX; i++)
		forget(&all->v[i]);
	arena_free(all->arena);
}

static struct kept *
kept_of(const struct req *rq)
{
	void **slot = db_kept(req_auth_db(rq), release);
	struct arena *a;

	if (*slot == NULL) {
		a = arena_new();
		*slot = arena_alloc(a, sizeof(struct kept));
		((struct kept *)*slot)->arena = a;
	}
	return *slot;
}

/*
 * What is known of it, which may be nothing.  It holds until the database is
 * asked: with the connection everything kept may go.
 */
static struct about *
about_of(const struct req *rq, const struct provider *p)
{
	struct kept *all = kept_of(rq);
	struct about *oldest = all->v;
	size_t i;

	for (i = 0; i < ABOUT_MAX; i++) {
		struct about *k = &all->v[i];

		if (k->arena != NULL &&
		    k->since + KEPT_S * CLOCK_S < env_mono())
			forget(k);
		if (k->arena != NULL && strcmp(k->issuer, p->issuer) == 0)
			return k;
		if (k->since < oldest->since)
			oldest = k;
	}
	forget(oldest);
	oldest->arena = arena_new();
	oldest->issuer = arena_text(oldest->arena, p->issuer);
	oldest->since = env_mono();
	return oldest;
}

struct err *
provider_find(struct provider *p, struct req *rq)
{
	const char *slug = req_param(rq, "tenant");
	struct rows *r;
	struct err *e;

	if ((e = db_call(&r, req_auth_db(rq), rq->arena, &q_oidc_at,
		 ARGS(A(slug)))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return err_raise(ERR_MISSING,
		    "There is no sign-in provider at this address.",
		    "no provider");
	*p = (struct provider){
		.tenant = (int32_t)rows_int(r, 0, OIDC_AT_TENANT_ID),
		.slug = slug,
		.name = rows_text(r, 0, OIDC_AT_NAME),
		.issuer = rows_text(r, 0, OIDC_AT_ISSUER),
		.client = rows_text(r, 0, OIDC_AT_CLIENT_ID),
		.groups = rows_text(r, 0, OIDC_AT_GROUPS_CLAIM),
		.sealed = rows_bytes(r, 0, OIDC_AT_SEALED_SECRET),
		.until = env_mono() + DEADLINE_MS * CLOCK_MS,
	};
	return NULL;
}

/* One question, if it is our turn and the provider is not away. */
static struct err *
ask(struct bytes *body, struct req *rq, struct about *k,
    const struct provider *p, struct fetch f)
{
	const char *locks = req_conf(rq)->lock_dir;
	struct err *e;
	int turn = -1;

	if (env_mono() < k->away_until)
		return err_raise(ERR_BUSY, SAY_BUSY, "%s was silent just now",
		    k->issuer);
	if (*locks != 0 &&
	    (turn = turn_take(locks, "provider", AT_ONCE, TRIES)) < 0)
		return err_raise(ERR_BUSY,
		    "Many people are signing in; please try again.",
		    "no turn for %s", k->issuer);
	f.until = p->until;
	f.most = ANSWER_MAX;
	f.private = req_conf(rq)->fetch_private != 0;
	e = fetch(body, rq->arena, &f);
	if (turn >= 0)
		(void)close(turn);
	if (e == NULL)
		return NULL;
	if (env_mono() + NEARLY_MS * CLOCK_MS >= p->until)
		k->away_until = env_mono() + AWAY_S * CLOCK_S;
	return err_pass(err_say(e, SAY_BUSY));
}

/* Its description, kept when it is one. */
static struct err *
learn_places(struct req *rq, struct about *k, const struct provider *p)
{
	size_t n = strlen(p->issuer);
	struct oidc_places got;
	struct bytes json;
	struct fetch f;
	struct err *e;

	if (k->places.token != NULL)
		return NULL;
	n -= p->issuer[n - 1] == '/';
	f = (struct fetch){ .url = arena_printf(rq->arena, "%.*s" DESCRIPTION,
				(int)n, p->issuer) };
	if ((e = ask(&json, rq, k, p, f)) != NULL ||
	    (e = oidc_places_read(&got, rq->arena, json, p->issuer)) != NULL)
		return err_pass(e);
	k->places = (struct oidc_places){
		.authorize = arena_text(k->arena, got.authorize),
		.token = arena_text(k->arena, got.token),
		.keys = arena_text(k->arena, got.keys),
	};
	return NULL;
}

/* Its keys, anew when the token is of one that is not among them. */
static struct err *
learn_keys(struct req *rq, struct about *k, const struct provider *p,
    struct slice token)
{
	struct arena *a;
	struct jws_keys *keys;
	struct bytes json;
	struct err *e;

	if (k->keys != NULL && (jws_knows(rq->arena, k->keys, token) ||
				   k->keys_at + KEYS_S * CLOCK_S > env_mono()))
		return NULL;
	if ((e = ask(&json, rq, k, p,
		 (struct fetch){ .url = k->places.keys })) != NULL)
		return err_pass(e);
	a = arena_new();
	if ((e = jws_keys_jwk(&keys, a, json)) != NULL) {
		arena_free(a);
		e->kind = ERR_BUSY;
		return err_pass(err_say(e, SAY_BUSY));
	}
	if (k->keys_arena != NULL)
		arena_free(k->keys_arena);
	k->keys_arena = a;
	k->keys = keys;
	k->keys_at = env_mono();
	return NULL;
}

struct err *
provider_authorize(const char **url, struct req *rq, const struct provider *p)
{
	struct about *k = about_of(rq, p);
	struct err *e;

	if ((e = learn_places(rq, k, p)) != NULL)
		return err_pass(e);
	if (!req_conf(rq)->fetch_private &&
	    strncmp(k->places.authorize, "https://", 8) != 0)
		return err_raise(ERR_BUSY, SAY_BUSY,
		    "people would sign in at %.200s", k->places.authorize);
	*url = arena_text(rq->arena, k->places.authorize);
	return NULL;
}

const char *
provider_back(struct req *rq, const struct provider *p)
{
	return arena_printf(rq->arena, "%s/oidc/%s/callback",
	    req_conf(rq)->origin, path_quoted(rq->arena, p->slug));
}

/* The secret that we are known to the provider by. */
static struct err *
secret_open(const char **secret, struct req *rq, const struct provider *p)
{
	struct seal_master *master;
	struct seal_key *key;
	struct bytes plain;
	struct err *e;

	if ((e = seal_master_load(&master, rq->arena,
		 req_conf(rq)->master_key)) != NULL ||
	    (e = datakey_at(&key, req_auth_db(rq), rq->arena, master,
		 p->tenant)) != NULL ||
	    (e = seal_get(&plain, rq->arena, key, p->sealed,
		 arena_printf(rq->arena, "oidc|%d", (int)p->tenant))) != NULL)
		return err_pass(e);
	*secret = path_quoted(rq->arena, (const char *)plain.p);
	return NULL;
}

struct err *
provider_word(struct bytes *payload, struct req *rq, const struct provider *p,
    const char *code, const char *verifier)
{
	struct arena *a = rq->arena;
	struct slice token = { NULL, 0 };
	struct fetch f = { .user = path_quoted(a, p->client) };
	struct bytes json;
	struct about *k;
	struct err *e;

	if ((e = secret_open(&f.password, rq, p)) != NULL)
		return err_pass(e);
	k = about_of(rq, p);
	if ((e = learn_places(rq, k, p)) != NULL)
		return err_pass(e);
	f.url = k->places.token;
	f.form = arena_printf(a,
	    "grant_type=authorization_code&code=%s&redirect_uri=%s"
	    "&code_verifier=%s",
	    path_quoted(a, code), path_quoted(a, provider_back(rq, p)),
	    verifier);
	if ((e = ask(&json, rq, k, p, f)) != NULL ||
	    (e = oidc_answer_read(&token, a, json)) != NULL ||
	    (e = learn_keys(rq, k, p, token)) != NULL)
		return err_pass(e);
	if ((e = jws_open(payload, a, k->keys, token, NULL)) != NULL)
		return err_pass(err_say(e, SAY_NOT));
	return NULL;
}
