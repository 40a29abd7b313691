/*
 * POST /api/v1/auth/enroll, POST /api/v1/auth/renew - a device gets a
 * certificate for a key that never leaves it.
 *
 *	{"claim", "csr"}    with the code of a label that a person has opened
 *	{"tenant", "csr", "certificate", "signature"}
 *	                    expected, and with a certificate of its maker, whom
 *	                    the tenant trusts; it signs "fl-enrol-1|tenant|csr"
 *	{"csr"}             /renew, by TLS with the certificate it has
 */
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/member.h"
#include "cgi-bin/auth/body.h"
#include "cgi-bin/auth/enrol.h"
#include "cgi-bin/auth/mint.h"
#include "cgi-bin/auth/routes.h"
#include "model/datakey.h"
#include "query.h"
#include "trust/authority.h"
#include "trust/manifest.h"

enum { SLUG_MAX = 64 };

enum { CSR, CLAIM, TENANT, CERTIFICATE, SIGNATURE, MEMBERS };

/* Who is to be signed for, by whom. */
struct enrolment {
	struct authority ca;
	const char *device;
	struct bytes code; /* of the label; none: it is expected */
};

struct err *
enrol_refused(const char *why)
{
	return err_raise(ERR_LOGIN,
	    "This device may not enrol: nobody has opened its label, or it is "
	    "not expected here.",
	    "%s", why);
}

/* By the code of a label. */
static struct err *
by_label(struct enrolment *en, struct req *rq, const char *claim)
{
	unsigned char *code = arena_alloc(rq->arena, LABEL_BYTES);
	struct rows *r;
	struct err *e;

	if (!label_read(code, claim))
		return enrol_refused("the code is mistyped");
	en->code = (struct bytes){ code, LABEL_BYTES };
	if ((e = db_call(&r, req_auth_db(rq), rq->arena, &q_enrol_look,
		 ARGS(A(en->code)))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return enrol_refused("no open label, or no authority");
	en->device = rows_text(r, 0, ENROL_LOOK_DEVICE);
	en->ca = (struct authority){ .tenant = (int32_t)rows_int(r, 0,
					 ENROL_LOOK_TENANT_ID),
		.id = (int)rows_int(r, 0, ENROL_LOOK_CA_ID),
		.cert = rows_bytes(r, 0, ENROL_LOOK_CA),
		.ski = rows_bytes(r, 0, ENROL_LOOK_SKI),
		.sealed_key = rows_bytes(r, 0, ENROL_LOOK_SEALED_KEY) };
	return NULL;
}

/* Did one of the authorities that the tenant trusts sign it? */
static struct err *
trusted(const struct cert *cert, const struct rows *r)
{
	int64_t now = env_now();
	int i;

	for (i = 0; i < rows_count(r); i++)
		if (cert_chains(cert,
			rows_bytes(r, i, ENROL_EXPECTED_FOREIGN_CA),
			now) == NULL)
			return NULL;
	return enrol_refused("not expected, or of an unknown authority");
}

/* By the certificate that its maker gave it. */
static struct err *
by_maker(struct enrolment *en, struct req *rq, const struct body_text *m)
{
	const char *pem = m[CERTIFICATE].text;
	struct cert cert;
	struct rows *r;
	struct err *e;

	if ((e = cert_read(&cert, rq->arena,
		 (struct bytes){ (const unsigned char *)pem, strlen(pem) })) !=
		NULL ||
	    (e = db_call(&r, req_auth_db(rq), rq->arena, &q_enrol_expected,
		 ARGS(A(m[TENANT].text), A(cert.subject)))) != NULL ||
	    (e = trusted(&cert, r)) != NULL)
		return err_pass(e);
	if (mint_signed(&cert, rq->arena,
		arena_printf(rq->arena, "fl-enrol-1|%s|%s", m[TENANT].text,
		    m[CSR].text),
		m[SIGNATURE].text) != NULL)
		return enrol_refused("the signature is wrong");
	en->device = rows_text(r, 0, ENROL_EXPECTED_DEVICE);
	en->ca = (struct authority){ .tenant = (int32_t)rows_int(r, 0,
					 ENROL_EXPECTED_TENANT_ID),
		.id = (int)rows_int(r, 0, ENROL_EXPECTED_CA_ID),
		.cert = rows_bytes(r, 0, ENROL_EXPECTED_CA),
		.ski = rows_bytes(r, 0, ENROL_EXPECTED_SKI),
		.sealed_key = rows_bytes(r, 0, ENROL_EXPECTED_SEALED_KEY) };
	return NULL;
}

/* What the device gets besides its authority's certificate. */
struct issue {
	struct cert cert;
	const char *plan_key; /* that signs its plans; NULL: there is none */
};

/*
 * Nothing that can fail comes after its certificate is kept: the claim is spent
 * by then, so the key of its plans is asked for here.
 */
static struct err *
sign(struct issue *to, struct req *rq, const struct authority *ca,
    const char *csr, const char *device)
{
	struct seal_master *master;
	struct seal_key *key;
	struct rows *r;
	struct err *e;

	if ((e = seal_master_load(&master, rq->arena,
		 req_conf(rq)->master_key)) != NULL ||
	    (e = datakey_at(&key, req_auth_db(rq), rq->arena, master,
		 ca->tenant)) != NULL ||
	    (e = authority_sign(&to->cert, rq->arena, ca, key, csr, device)) !=
		NULL ||
	    (e = db_call(&r, req_auth_db(rq), rq->arena, &q_plan_key_of,
		 ARGS(A((int)ca->tenant)))) != NULL)
		return err_pass(e);
	to->plan_key = rows_null(r, 0, PLAN_KEY_OF_PUBLIC)
			   ? NULL
			   : manifest_key_pem(rq->arena,
				 rows_bytes(r, 0, PLAN_KEY_OF_PUBLIC));
	return NULL;
}

static void
answer(struct req *rq, struct res *rs, const struct issue *to,
    const struct authority *ca)
{
	const struct cert *cert = &to->cert;

	rs->status = 201;
	buf_byte(&rs->body, '{');
	member_text(&rs->body, "deviceId", cert->subject);
	member_text(&rs->body, "certificate", cert_pem(rq->arena, cert->der));
	member_text(&rs->body, "authority", cert_pem(rq->arena, ca->cert));
	member_text(&rs->body, "notAfter", clock_iso(rq->arena, cert->till));
	member_text(&rs->body, "planKey", to->plan_key);
	buf_byte(&rs->body, '}');
}

struct err *
auth_enroll(struct req *rq, struct res *rs)
{
	struct body_text m[MEMBERS] = {
		[CSR] = { "csr", false, CERT_PEM_MAX, NULL },
		[CLAIM] = { "claim", true, CLAIM_TEXT_MAX, NULL },
		[TENANT] = { "tenant", true, SLUG_MAX, NULL },
		[CERTIFICATE] = { "certificate", true, CERT_PEM_MAX, NULL },
		[SIGNATURE] = { "signature", true, SIGNATURE_TEXT_MAX, NULL },
	};
	struct enrolment en = { .code = { NULL, 0 } };
	struct cert *c;
	struct issue to;
	bool maker;
	struct rows *r;
	struct err *e;

	if ((e = body_texts(m, MEMBERS, rq)) != NULL)
		return err_pass(e);
	maker = m[TENANT].text != NULL && m[CERTIFICATE].text != NULL &&
		m[SIGNATURE].text != NULL;
	if (maker == (m[CLAIM].text != NULL))
		return err_raise(ERR_INPUT,
		    "Send either claim, or tenant, certificate and signature.",
		    "neither or both");
	e = maker ? by_maker(&en, rq, m) : by_label(&en, rq, m[CLAIM].text);
	if (e != NULL)
		return err_pass(e);
	c = &to.cert;
	if ((e = sign(&to, rq, &en.ca, m[CSR].text, en.device)) != NULL ||
	    (e = db_call(&r, req_auth_db(rq), rq->arena, &q_enrol_put,
		 ARGS(en.code.n > 0 ? A(en.code) : arg_null(),
		     A((int)en.ca.tenant), A(en.device), A(c->der), A(en.ca.id),
		     A(authority_serial(rq->arena, c)),
		     A(authority_key_hash(rq->arena, c)), A_TIME(c->from),
		     A_TIME(c->till)))) != NULL)
		return err_pass(e);
	if (rows_null(r, 0, ENROL_PUT_DEVICE))
		return enrol_refused("the claim was used meanwhile");
	answer(rq, rs, &to, &en.ca);
	return NULL;
}

/* By the name that the device has here, whatever its certificate says. */
static struct err *
renewed(struct issue *to, struct req *rq, struct bytes old, const char *csr,
    struct authority *ca)
{
	const struct cert *c = &to->cert;
	struct rows *r;
	struct err *e;

	if ((e = db_call(&r, req_auth_db(rq), rq->arena, &q_enrol_renew_look,
		 ARGS(A(old)))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return enrol_refused("unknown certificate, or no authority");
	*ca = (struct authority){ .tenant = (int32_t)rows_int(r, 0,
				      ENROL_RENEW_LOOK_TENANT_ID),
		.id = (int)rows_int(r, 0, ENROL_RENEW_LOOK_CA_ID),
		.cert = rows_bytes(r, 0, ENROL_RENEW_LOOK_CA),
		.ski = rows_bytes(r, 0, ENROL_RENEW_LOOK_SKI),
		.sealed_key = rows_bytes(r, 0, ENROL_RENEW_LOOK_SEALED_KEY) };
	if ((e = sign(to, rq, ca, csr,
		 rows_text(r, 0, ENROL_RENEW_LOOK_DEVICE))) != NULL ||
	    (e = db_call(&r, req_auth_db(rq), rq->arena, &q_enrol_renew,
		 ARGS(A(old), A(c->der), A(ca->id),
		     A(authority_serial(rq->arena, c)),
		     A(authority_key_hash(rq->arena, c)), A_TIME(c->from),
		     A_TIME(c->till)))) != NULL)
		return err_pass(e);
	if (!rows_bool(r, 0, ENROL_RENEW_RENEWED))
		return enrol_refused("the certificate has ended meanwhile");
	return NULL;
}

struct err *
auth_renew(struct req *rq, struct res *rs)
{
	struct body_text csr = { "csr", false, CERT_PEM_MAX, NULL };
	struct bytes shown = req_cert(rq);
	struct authority ca;
	struct issue to;
	struct err *e;

	if ((e = body_texts(&csr, 1, rq)) != NULL)
		return err_pass(e);
	if (shown.n == 0)
		return enrol_refused("no certificate");
	if ((e = renewed(&to, rq, shown, csr.text, &ca)) != NULL)
		return err_pass(e);
	answer(rq, rs, &to, &ca);
	return NULL;
}
