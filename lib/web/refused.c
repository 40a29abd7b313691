/* Credentials that came in vain; whoever's they are gets to know. */
#include <openssl/evp.h>
#include <string.h>

#include "base/hex.h"
#include "base/log.h"
#include "query.h"
#include "web/apikey.h"
#include "web/internal.h"

enum { HASH_BYTES = 32 };

static const char *
hash_of(struct arena *a, struct bytes secret)
{
	unsigned char hash[EVP_MAX_MD_SIZE];

	(void)EVP_Digest(secret.p, secret.n, hash, NULL, EVP_sha256(), NULL);
	return hex_text(a, (struct bytes){ hash, HASH_BYTES });
}

static void
tell(struct req *rq, struct db *db, const char *kind, const char *id)
{
	struct rows *r;
	struct err *e;

	if (db != NULL &&
	    (e = db_call(&r, db, rq->arena, &q_gate_refused,
		 ARGS(A(kind), A(id), A(req_remote(rq))))) != NULL)
		log_err(e, "req=%s", rq->id);
}

void
req_refused(struct req *rq, const char *index)
{
	rq->refused_kind = "login";
	rq->refused_id = index;
}

void
req_refused_cert(struct req *rq, struct bytes der)
{
	rq->refused_kind = "cert";
	rq->refused_id = hash_of(rq->arena, der);
}

void
req_refused_session(struct req *rq, struct bytes secret)
{
	rq->refused_kind = "session";
	rq->refused_id = hash_of(rq->arena, secret);
}

void
refused_after(struct req *rq, const struct err *failed)
{
	const struct gate *g = &rq->gate;
	const char *key;

	if (rq->refused_kind != NULL)
		tell(rq, rq->child->auth, rq->refused_kind, rq->refused_id);
	if (failed == NULL || failed->kind != ERR_LOGIN || g->secret.n == 0)
		return;
	if (g->kind == GATE_API_KEY) {
		key = arena_copy(rq->arena, g->secret.p, g->secret.n);
		tell(rq, rq->child->db, "key", apikey_id(rq->arena, key));
	}
	if (g->kind == GATE_TOKEN)
		tell(rq, rq->child->db, "token", hash_of(rq->arena, g->secret));
	if (g->kind == GATE_CERT)
		tell(rq, rq->child->db, "cert", hash_of(rq->arena, g->secret));
}
