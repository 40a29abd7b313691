/*
 * POST /api/v1/auth/claim {"claim"} - a device takes its API key, once, with
 * the code of its label, after a person has opened it.
 */
#include <openssl/evp.h>
#include <string.h>

#include "base/member.h"
#include "cgi-bin/auth/body.h"
#include "cgi-bin/auth/enrol.h"
#include "cgi-bin/auth/routes.h"
#include "query.h"
#include "web/apikey.h"

struct err *
auth_claim(struct req *rq, struct res *rs)
{
	struct body_text claim = { "claim", false, CLAIM_TEXT_MAX, NULL };
	const char *key = apikey_new(rq->arena);
	unsigned char code[LABEL_BYTES], hash[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	struct rows *r;
	struct err *e;

	if ((e = body_texts(&claim, 1, rq)) != NULL)
		return err_pass(e);
	if (!label_read(code, claim.text))
		return enrol_refused("the code is mistyped");
	(void)EVP_Digest(key, strlen(key), hash, &n, EVP_sha256(), NULL);
	if ((e = db_call(&r, req_auth_db(rq), rq->arena, &q_enrol_take,
		 ARGS(A(((struct bytes){ code, sizeof(code) })),
		     A(apikey_id(rq->arena, key)),
		     A(((struct bytes){ hash, n }))))) != NULL)
		return err_pass(e);
	if (rows_null(r, 0, ENROL_TAKE_DEVICE))
		return enrol_refused("no open label");
	rs->status = 201;
	buf_byte(&rs->body, '{');
	member_text(&rs->body, "deviceId", rows_text(r, 0, ENROL_TAKE_DEVICE));
	member_text(&rs->body, "key", key);
	buf_byte(&rs->body, '}');
	return NULL;
}
