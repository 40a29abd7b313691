/*
 * GET /oidc/:tenant, GET /oidc/:tenant/callback - signing in by the tenant's
 * provider: there, and back again.
 *
 * Who is sent away carries a state that opens the way back once, within ten
 * minutes, in the browser that went.  The nonce and the verifier belong to
 * both of them: they are made from state and cookie with a key that only this
 * program has, so that nothing of it need be kept.
 */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/hex.h"
#include "base/log.h"
#include "cgi-bin/auth/people.h"
#include "cgi-bin/auth/provider.h"
#include "query.h"
#include "trust/b64.h"
#include "trust/seal.h"

#define SCOPE "openid%%20email%%20profile" /* in a format */
#define SAY_OVER                                                             \
	"This sign-in has taken too long, was used already or was begun in " \
	"another browser; begin it again."

enum { NEXT_MAX = 500 };

/* Why the database lets nobody in, as people are told. */
static const char *const reasons[][2] = {
	{ "unverified", "Your sign-in provider does not vouch for your e-mail "
			"address, so it is not known that you are the person "
			"who has it here." },
	{ "another", "Your e-mail address belongs to somebody here who signs "
		     "in with another account of the provider." },
	{ "suspended", "You are suspended here; ask an administrator." },
	{ "more", "You may do more here than whoever set up this provider; "
		  "sign in with your password." },
	{ "unknown", "Nobody here has your e-mail address; ask an "
		     "administrator to invite you." },
	{ "nameless", "Your sign-in provider did not say your e-mail "
		      "address." },
	{ "roleless", "None of your groups has a role here; ask an "
		      "administrator." },
	{ "changed", SAY_OVER },
};

static const char *
reason_of(const char *why)
{
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
		if (strcmp(reasons[i][0], why) == 0)
			return reasons[i][1];
	return "You cannot sign in here.";
}

/* The page of signing in again, with what was wrong. */
static struct err *
again(struct req *rq, struct res *rs, const struct provider *p, int status,
    const char *say)
{
	struct err *e;

	visitor_know(rq, rs);
	rs->status = status;
	if (status == err_status(ERR_BUSY))
		res_header(rs, "Retry-After", "5");
	e = login_page(rq, rs,
	    &(struct login){ .error = say,
		.slug = p->slug,
		.provider = p->name });
	return e != NULL ? err_pass(e) : NULL;
}

/* What the provider did, or did not, is no error of this program's. */
static struct err *
told(struct req *rq, struct res *rs, const struct provider *p, struct err *e)
{
	char say[sizeof(e->say)];

	if (e->kind != ERR_BUSY && e->kind != ERR_LOGIN)
		return err_pass(e);
	memcpy(say, e->say, sizeof(say));
	log_err(e, "provider tenant=%d", (int)p->tenant);
	e = again(rq, rs, p, err_status(e->kind), say);
	return e != NULL ? err_pass(e) : NULL;
}

/* A text that belongs to this state in this browser, 43 letters. */
static struct err *
bound_text(const char **text, struct req *rq, const char *what,
    struct bytes state)
{
	unsigned char key[SEAL_KEY], mac[EVP_MAX_MD_SIZE];
	struct buf b = buf_new(rq->arena, 128);
	struct seal_master *master;
	unsigned n = 0;
	struct err *e;

	if ((e = seal_master_load(&master, rq->arena,
		 req_conf(rq)->master_key)) != NULL)
		return err_pass(e);
	seal_derive(key, master, "provider");
	buf_text(&b, what);
	buf_put(&b, state.p, state.n);
	buf_put(&b, rq->session.p, rq->session.n);
	if (HMAC(EVP_sha256(), key, sizeof(key), b.p, b.n, mac, &n) == NULL)
		return err_raise(ERR_BUG, "Something went wrong on our side.",
		    "hmac");
	*text = b64_text(rq->arena, (struct bytes){ mac, n });
	return NULL;
}

/* The provider's page, asked for somebody. */
static struct err *
address_of(const char **to, struct req *rq, const struct provider *p,
    const char *place, struct bytes state)
{
	struct arena *a = rq->arena;
	const char *nonce, *verifier;
	struct bytes hash;
	struct err *e;

	if ((e = bound_text(&nonce, rq, "nonce", state)) != NULL ||
	    (e = bound_text(&verifier, rq, "verifier", state)) != NULL)
		return err_pass(e);
	hash = token_hash(a, (struct bytes){ (const unsigned char *)verifier,
				 strlen(verifier) });
	*to = arena_printf(a,
	    "%s%cresponse_type=code&scope=" SCOPE "&client_id=%s"
	    "&redirect_uri=%s&state=%s&nonce=%s&code_challenge=%s"
	    "&code_challenge_method=S256%s",
	    place, strchr(place, '?') != NULL ? '&' : '?',
	    path_quoted(a, p->client), path_quoted(a, provider_back(rq, p)),
	    hex_text(a, state), nonce, b64_text(a, hash),
	    req_query(rq, "again") != NULL ? "&prompt=login&max_age=0" : "");
	return NULL;
}

struct err *
auth_oidc(struct req *rq, struct res *rs)
{
	const char *next = path_local(req_query(rq, "next")), *place, *to;
	struct bytes state = token_new(rq->arena);
	struct provider p;
	struct rows *r;
	struct err *e;

	if ((e = provider_find(&p, rq)) != NULL)
		return err_pass(e);
	if ((e = provider_authorize(&place, rq, &p)) != NULL) {
		e = told(rq, rs, &p, e);
		return e != NULL ? err_pass(e) : NULL;
	}
	visitor_know(rq, rs);
	if (strlen(next) > NEXT_MAX)
		next = "/";
	if ((e = address_of(&to, rq, &p, place, state)) != NULL ||
	    (e = db_call(&r, req_auth_db(rq), rq->arena, &q_oidc_begin,
		 ARGS(A((int)p.tenant), A(token_hash(rq->arena, state)),
		     A(token_hash(rq->arena, rq->session)), A(next)))) != NULL)
		return err_pass(e);
	return res_goto(rs, to);
}

/*
 * Whoever was sent away with this state from this browser is back: where he
 * wanted to go; NULL: nobody is expected.
 */
static struct err *
expected(const char **next, struct bytes *state, struct req *rq,
    const struct provider *p)
{
	struct rows *r;
	struct err *e;

	*next = NULL;
	if (!token_read(state, rq->arena, req_query(rq, "state")))
		return NULL;
	if ((e = db_call(&r, req_auth_db(rq), rq->arena, &q_oidc_end,
		 ARGS(A((int)p->tenant), A(*state), A(rq->session)))) != NULL)
		return err_pass(e);
	if (!rows_null(r, 0, OIDC_END_NEXT))
		*next = rows_text(r, 0, OIDC_END_NEXT);
	return NULL;
}

/* Who it is, by the provider's word. */
static struct err *
person_of(struct oidc_person *who, struct req *rq, const struct provider *p,
    struct bytes state)
{
	const char *iss = req_query(rq, "iss"), *verifier;
	struct oidc_want want = { .issuer = p->issuer,
		.client = p->client,
		.groups = p->groups,
		.now = env_now() / CLOCK_S };
	struct bytes payload;
	struct err *e;

	/* RFC 9207: an answer that another provider has given. */
	if (iss != NULL && strcmp(iss, p->issuer) != 0)
		return err_raise(ERR_LOGIN, SAY_OVER, "answer of another");
	if ((e = bound_text(&want.nonce, rq, "nonce", state)) != NULL ||
	    (e = bound_text(&verifier, rq, "verifier", state)) != NULL ||
	    (e = provider_word(&payload, rq, p, req_query(rq, "code"),
		 verifier)) != NULL ||
	    (e = oidc_judge(who, rq->arena, payload, &want)) != NULL)
		return err_pass(e);
	return NULL;
}

/*
 * What somebody whom the provider has brought is called; of an address only
 * what stands before the @.
 */
static const char *
name_of(struct arena *a, const struct oidc_person *who)
{
	const char *name = who->name != NULL ? who->name : who->email;

	return name == NULL ? NULL : arena_copy(a, name, strcspn(name, "@"));
}

/* Keep the address of somebody new, which the database cannot seal. */
static struct err *
keep_address(struct req *rq, int32_t tenant, struct bytes session,
    const char *email)
{
	struct db *db = req_auth_db(rq);
	struct address to;
	struct seal_key *k;
	struct rows *r;
	struct err *e;

	if ((e = db_call(&r, db, rq->arena, &q_address_missing,
		 ARGS(A((int)tenant), A(session)))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return NULL;
	to.user = rows_int(r, 0, ADDRESS_MISSING_USER_ID);
	if ((e = address_key_at(&k, db, rq->arena, req_conf(rq)->master_key,
		 tenant)) != NULL ||
	    (k != NULL &&
		((e = address_seal(&to, rq->arena, k, email)) != NULL ||
		    (e = db_call(&r, db, rq->arena, &q_address_first,
			 ARGS(A((int)tenant), A(session), A(to.sealed)))) !=
			NULL)))
		return err_pass(e);
	return NULL;
}

/* The session, or why there is none. */
static struct err *
enter(struct req *rq, struct res *rs, const struct provider *p,
    const struct oidc_person *who, const char *next)
{
	struct bytes token = token_new(rq->arena);
	struct arg shown =
	    who->shown > 0 ? A_TIME(who->shown * CLOCK_S) : arg_null();
	const char *stage, *index = NULL;
	struct rows *r;
	struct err *e;

	if ((who->email != NULL &&
		(e = people_index(&index, rq, who->email)) != NULL) ||
	    (e = db_call(&r, req_auth_db(rq), rq->arena, &q_oidc_login,
		 ARGS(A((int)p->tenant), A(p->issuer), A(who->subject),
		     A(index), A(who->verified), A(name_of(rq->arena, who)),
		     arr_text(rq->arena, who->groups, who->n_groups), shown,
		     A(token_hash(rq->arena, token)), A(req_remote(rq)),
		     A(agent_of(rq))))) != NULL)
		return err_pass(e);
	if (rows_null(r, 0, OIDC_LOGIN_STAGE)) {
		e = again(rq, rs, p, err_status(ERR_FORBIDDEN),
		    reason_of(rows_text(r, 0, OIDC_LOGIN_WHY)));
		return e != NULL ? err_pass(e) : NULL;
	}
	stage = rows_text(r, 0, OIDC_LOGIN_STAGE);
	if (who->email != NULL &&
	    (e = keep_address(rq, p->tenant, token_hash(rq->arena, token),
		 who->email)) != NULL)
		return err_pass(e);
	/* The cookie before opens nothing. */
	if ((e = db_call(&r, req_auth_db(rq), rq->arena, &q_people_logout,
		 ARGS(A(rq->session)))) != NULL)
		return err_pass(e);
	res_session(rq, rs, &token);
	if (strcmp(stage, "open") != 0)
		next = arena_printf(rq->arena, "/login/%s?next=%s", stage,
		    path_quoted(rq->arena, next));
	return res_goto(rs, next);
}

struct err *
auth_oidc_back(struct req *rq, struct res *rs)
{
	struct oidc_person who;
	struct bytes state;
	struct provider p;
	const char *next;
	struct err *e;

	if ((e = provider_find(&p, rq)) != NULL ||
	    (e = expected(&next, &state, rq, &p)) != NULL)
		return err_pass(e);
	if (next == NULL)
		e = again(rq, rs, &p, err_status(ERR_LOGIN), SAY_OVER);
	else if (req_query(rq, "code") == NULL)
		e = again(rq, rs, &p, err_status(ERR_LOGIN),
		    "Your sign-in provider did not let you in.");
	else if ((e = person_of(&who, rq, &p, state)) != NULL)
		e = told(rq, rs, &p, e);
	else
		e = enter(rq, rs, &p, &who, next);
	return e != NULL ? err_pass(e) : NULL;
}
