/* Access tokens: signed by auth, judged by whoever answers. */
#include "web/token.h"

#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/log.h"
#include "web/internal.h"

#define SAY_BUG "Something went wrong on our side."

struct kept {
	struct arena *arena; /* which it is in */
	struct jws_keys *keys;
	struct timespec of; /* the folder's last change */
};

static void
release(void *what)
{
	arena_free(((struct kept *)what)->arena);
}

/* Our own keys are of one kind: no token is of another. */
static struct err *
load(struct kept **out, const char *folder, struct timespec of)
{
	struct arena *a = arena_new();
	struct kept *k = arena_alloc(a, sizeof(*k));
	struct err *e;
	size_t i;

	k->arena = a;
	k->of = of;
	e = jws_keys_load(&k->keys, a, folder);
	for (i = 0; e == NULL && i < k->keys->n; i++)
		if (k->keys->v[i].alg != JWS_ES256)
			e = err_raise(ERR_BUG, SAY_BUG, "%s is no P-256 key",
			    k->keys->v[i].kid);
	if (e != NULL) {
		arena_free(a);
		return err_pass(e);
	}
	*out = k;
	return NULL;
}

struct err *
token_keys(const struct jws_keys **out, const struct req *rq)
{
	const char *folder = req_conf(rq)->token_keys;
	void **slot = db_kept(req_db(rq), release);
	struct kept *now = *slot, *next = NULL;
	struct stat st;
	struct err *e;

	if (stat(folder, &st) != 0)
		return err_raise(ERR_BUG, SAY_BUG, "no keys in \"%s\"", folder);
	if (now == NULL || now->of.tv_sec != st.st_mtim.tv_sec ||
	    now->of.tv_nsec != st.st_mtim.tv_nsec) {
		e = load(&next, folder, st.st_mtim);
		if (e != NULL && now == NULL)
			return err_pass(e);
		/* A key that is being written is read by the next request. */
		if (e != NULL)
			log_err(e, "folder=%s", folder);
		else {
			if (now != NULL)
				release(now);
			*slot = now = next;
		}
	}
	*out = now->keys;
	return NULL;
}

struct err *
token_sid(struct bytes *sid, const struct req *rq, const char *bearer)
{
	const char *origin = req_conf(rq)->origin;
	const struct jws_keys *keys;
	struct jws_claims c;
	struct err *e;

	if ((e = token_keys(&keys, rq)) != NULL ||
	    (e = jws_verify(&c, rq->arena, keys,
		 (struct slice){ bearer, strlen(bearer) }, origin,
		 env_now() / CLOCK_S)) != NULL)
		return err_pass(e);
	if (strcmp(c.iss, origin) != 0)
		return err_raise(ERR_LOGIN, "This token is not valid.",
		    "token: issuer");
	*sid = c.sid;
	return NULL;
}
