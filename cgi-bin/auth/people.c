#include "cgi-bin/auth/people.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/env.h"
#include "base/hex.h"
#include "query.h"

const char *
path_local(const char *s)
{
	const char *c;

	if (s == NULL || s[0] != '/' || s[1] == '/')
		return "/";
	for (c = s; *c != 0; c++)
		if (*c == '\\' || iscntrl((unsigned char)*c))
			return "/";
	return s;
}

const char *
path_quoted(struct arena *a, const char *path)
{
	static const char plain[] = "/-._~0123456789"
				    "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	struct buf b = buf_new(a, strlen(path) * 3 + 1);

	for (; *path != 0; path++) {
		if (strchr(plain, *path) != NULL)
			buf_byte(&b, (unsigned char)*path);
		else
			buf_printf(&b, "%%%02X", (unsigned char)*path);
	}
	return (const char *)b.p;
}

struct bytes
token_new(struct arena *a)
{
	unsigned char *token = arena_alloc(a, TOKEN_BYTES);

	env_get()->random(token, TOKEN_BYTES);
	return (struct bytes){ token, TOKEN_BYTES };
}

struct bytes
token_hash(struct arena *a, struct bytes token)
{
	unsigned char *hash = arena_alloc(a, EVP_MAX_MD_SIZE);

	(void)EVP_Digest(token.p, token.n, hash, NULL, EVP_sha256(), NULL);
	return (struct bytes){ hash, 32 };
}

bool
token_read(struct bytes *token, struct arena *a, const char *hex)
{
	return hex != NULL && strlen(hex) == 2 * TOKEN_BYTES &&
	       hex_read(token, a, hex, 2 * TOKEN_BYTES);
}

void
visitor_know(struct req *rq, struct res *rs)
{
	if (rq->session.n > 0)
		return;
	rq->session = token_new(rq->arena);
	res_session(rq, rs, &rq->session);
}

const char *
typed(const struct req *rq, const char *name)
{
	const char *s = req_form(rq, name);

	return s != NULL && *s != 0 && strlen(s) <= TYPED_MAX ? s : NULL;
}

struct err *
people_index(const char **index, struct req *rq, const char *email)
{
	struct err *e =
	    address_index(index, rq->arena, req_conf(rq)->index_key, email);

	return e != NULL ? err_pass(e) : NULL;
}

struct err *
people_proof(struct bytes *proof, struct req *rq, const char *index,
    const char *password)
{
	unsigned char *p = arena_alloc(rq->arena, PROOF_BYTES);
	struct rows *r;
	struct err *e;

	/* A crowd that has given up keeps nobody waiting behind it. */
	if (req_gone(rq))
		return err_raise(ERR_BUSY, "Please try again.",
		    "whoever asked has gone");
	if ((e = db_call(&r, req_auth_db(rq), rq->arena, &q_people_login_begin,
		 ARGS(A(index)))) != NULL ||
	    (e = password_proof(p, password,
		 rows_bytes(r, 0, PEOPLE_LOGIN_BEGIN_SALT),
		 req_conf(rq)->lock_dir)) != NULL)
		return err_pass(e);
	*proof = (struct bytes){ p, PROOF_BYTES };
	return NULL;
}

struct bytes
people_verifier(struct arena *a, struct bytes proof)
{
	unsigned char *p = arena_alloc(a, PROOF_BYTES);

	password_verifier(p, proof.p);
	return (struct bytes){ p, PROOF_BYTES };
}

struct err *
account_read(struct account *a, struct req *rq)
{
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, rq->tx, &q_people_factor_own, NO_ARGS)) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return err_raise(ERR_FORBIDDEN,
		    "Only a person who is signed in has an account.",
		    "no person");
	*a = (struct account){
		.index = rows_text(r, 0, PEOPLE_FACTOR_OWN_INDEX),
		.user = rows_int(r, 0, PEOPLE_FACTOR_OWN_USER_ID),
		.sealed = rows_bytes(r, 0, PEOPLE_FACTOR_OWN_SEALED),
		.last_step = rows_int(r, 0, PEOPLE_FACTOR_OWN_LAST_STEP),
		.confirmed = rows_bool(r, 0, PEOPLE_FACTOR_OWN_CONFIRMED),
		.codes = (int)rows_int(r, 0, PEOPLE_FACTOR_OWN_CODES),
	};
	a->address = (struct address){ a->user,
		rows_bytes(r, 0, PEOPLE_FACTOR_OWN_ADDRESS) };
	return NULL;
}

/* Where a factor stands, as ctx.sealed_place() says it. */
static const char *
factor_place(struct arena *a, int32_t tenant, int64_t user)
{
	return arena_printf(a, "factor|%d|%lld", tenant, (long long)user);
}

struct err *
factor_seal(struct bytes *sealed, struct req *rq, const struct seal_key *k,
    int32_t tenant, int64_t user, struct bytes secret)
{
	struct err *e = seal_put(sealed, rq->arena, k, secret,
	    factor_place(rq->arena, tenant, user));

	return e != NULL ? err_pass(e) : NULL;
}

struct err *
account_email(const char **email, struct req *rq, const struct account *a)
{
	struct err *e =
	    address_read(email, rq->tx, req_conf(rq)->master_key, &a->address);

	return e != NULL ? err_pass(e) : NULL;
}

struct err *
factor_open(struct bytes *secret, struct req *rq, const struct seal_key *k,
    int32_t tenant, int64_t user, struct bytes sealed)
{
	struct err *e = seal_get(secret, rq->arena, k, sealed,
	    factor_place(rq->arena, tenant, user));

	return e != NULL ? err_pass(e) : NULL;
}
