/*
 * POST /api/v1/auth/refresh, POST /api/v1/auth/revoke - a refresh token turns
 * into the next pair, or is given back.
 *
 * Each is good for once; shown again, it has been stolen or the answer was
 * lost, and nobody can tell which.  A device that adds its certificate and a
 * signature, or comes with that certificate by TLS, has shown that it is
 * itself, and gets the lost answer again.
 */
#include <string.h>

#include "cgi-bin/auth/body.h"
#include "cgi-bin/auth/mint.h"
#include "cgi-bin/auth/routes.h"
#include "query.h"

enum { REFRESH, CERTIFICATE, SIGNATURE, MEMBERS };

/* The certificate whose key signed the request, or the TLS handshake. */
static struct err *
proven(struct bytes *der, struct req *rq, const struct body_text *m)
{
	const char *pem = m[CERTIFICATE].text;
	struct cert cert;
	struct err *e;

	if (pem == NULL && m[SIGNATURE].text == NULL) {
		*der = req_cert(rq);
		return NULL;
	}
	if (pem == NULL || m[SIGNATURE].text == NULL)
		return err_raise(ERR_INPUT,
		    "certificate and signature: both or none.", "half a proof");
	if ((e = cert_read(&cert, rq->arena, mint_bytes(pem))) != NULL ||
	    (e = mint_signed(&cert, rq->arena,
		 arena_printf(rq->arena, "fl-ref-1|%s|%s", m[REFRESH].text,
		     req_conf(rq)->origin),
		 m[SIGNATURE].text)) != NULL)
		return err_pass(e);
	*der = cert.der;
	return NULL;
}

static struct err *
turn(struct req *rq, struct res *rs, const char *text, struct bytes der)
{
	unsigned char key[SEAL_KEY];
	struct bytes refresh;
	struct granted g;
	struct pair next;
	struct rows *r;
	struct err *e;

	if (!mint_read(&refresh, rq->arena, text))
		return mint_refused("no refresh token");
	if ((e = mint_key(key, rq)) != NULL)
		return err_pass(e);
	mint_next(&next, rq->arena, key, text);
	if ((e = db_call(&r, req_auth_db(rq), rq->arena, &q_token_refresh_turn,
		 ARGS(A(refresh),
		     A(((struct bytes){ next.sid_hash, MINT_BYTES })),
		     A(((struct bytes){ next.refresh_hash, MINT_BYTES })),
		     der.n > 0 ? A(der) : arg_null()))) != NULL)
		return err_pass(e);
	if (rows_null(r, 0, TOKEN_REFRESH_TURN_PERMISSIONS) ||
	    rows_null(r, 0, TOKEN_REFRESH_TURN_SUBJECT))
		return mint_refused("refresh token is unknown, over or spent");
	g = (struct granted){ .subject =
				  rows_text(r, 0, TOKEN_REFRESH_TURN_SUBJECT),
		.permissions = rows_text(r, 0, TOKEN_REFRESH_TURN_PERMISSIONS),
		.seconds = rows_int(r, 0, TOKEN_REFRESH_TURN_SECONDS) };
	e = mint_answer(rq, rs, &next, &g);
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
auth_refresh(struct req *rq, struct res *rs)
{
	struct body_text m[MEMBERS] = {
		[REFRESH] = { "refreshToken", false, MINT_TEXT_MAX, NULL },
		[CERTIFICATE] = { "certificate", true, CERT_PEM_MAX, NULL },
		[SIGNATURE] = { "signature", true, SIGNATURE_TEXT_MAX, NULL },
	};
	struct bytes der;
	struct err *e;

	if ((e = body_texts(m, MEMBERS, rq)) != NULL)
		return err_pass(e);
	if ((e = proven(&der, rq, m)) != NULL)
		return err_pass(mint_uniform(e));
	e = turn(rq, rs, m[REFRESH].text, der);
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
auth_revoke(struct req *rq, struct res *rs)
{
	struct body_text m = { "refreshToken", false, MINT_TEXT_MAX, NULL };
	struct bytes refresh;
	struct rows *r;
	struct err *e;

	if ((e = body_texts(&m, 1, rq)) != NULL)
		return err_pass(e);
	/* Whether it was one, nobody is told. */
	rs->status = 204;
	if (!mint_read(&refresh, rq->arena, m.text))
		return NULL;
	if ((e = db_call(&r, req_auth_db(rq), rq->arena, &q_token_family_end,
		 ARGS(A(refresh)))) != NULL)
		return err_pass(e);
	return NULL;
}
