/*
 * GET /admin/certificates, POST /admin/certificates/:id/end, POST /admin/ca -
 * which certificates devices have, and whose are believed.
 */
#include <limits.h>
#include <string.h>

#include "base/env.h"
#include "cgi-bin/admin/enrol.h"
#include "cgi-bin/admin/routes.h"
#include "query.h"
#include "trust/x509.h"

enum { NAME_MOST = 100 };

/* Does it still open the door? */
static const char *
state_of(const struct rows *r, int i)
{
	if (!rows_null(r, i, ENROL_CERTS_REVOKED_AT))
		return "ended";
	if (rows_time(r, i, ENROL_CERTS_NOT_AFTER) < env_now())
		return "over";
	return "valid";
}

static void
state_certs(struct req *rq, struct res *rs, const struct rows *r)
{
	struct arena *a = rq->arena;
	struct view *v;
	int i;

	for (i = 0; i < rows_count(r); i++) {
		v = view_row(rs->view, "Certs");
		view_text(v, "Device", rows_text(r, i, ENROL_CERTS_DEVICE));
		view_text(v, "Name", rows_text(r, i, ENROL_CERTS_NAME));
		view_text(v, "Serial", rows_text(r, i, ENROL_CERTS_SERIAL));
		view_text(v, "State", state_of(r, i));
		view_text(v, "Till",
		    enrol_when(a, rows_time(r, i, ENROL_CERTS_NOT_AFTER)));
		view_text(v, "Used",
		    enrol_when(a, rows_time(r, i, ENROL_CERTS_USED_AT)));
		view_text(v, "End",
		    arena_printf(a, "/admin/certificates/%lld/end",
			(long long)rows_int(r, i, ENROL_CERTS_CRED_ID)));
	}
}

static void
state_cas(struct req *rq, struct res *rs, const struct rows *r)
{
	struct arena *a = rq->arena;
	struct view *v;
	int i;

	for (i = 0; i < rows_count(r); i++) {
		v = view_row(rs->view, "Cas");
		view_int(v, "Id", rows_int(r, i, ENROL_CAS_CA_ID));
		view_text(v, "Name", rows_text(r, i, ENROL_CAS_NAME));
		view_int(v, "Own", rows_bool(r, i, ENROL_CAS_OWN));
		view_text(v, "Till",
		    enrol_when(a, rows_time(r, i, ENROL_CAS_NOT_AFTER)));
		view_text(v, "Retired",
		    enrol_when(a, rows_time(r, i, ENROL_CAS_RETIRED_AT)));
	}
}

static struct err *
show(struct req *rq, struct res *rs)
{
	struct rows *certs, *cas;
	struct err *e;

	if ((e = tx_rows(&certs, rq->tx, &q_enrol_certs,
		 ARGS(A((int)rq->who.tenant), A(ENROL_MOST)))) != NULL ||
	    (e = tx_rows(&cas, rq->tx, &q_enrol_cas, ARGS(A(ENROL_MOST)))) !=
		NULL)
		return err_pass(e);
	state_certs(rq, rs, certs);
	state_cas(rq, rs, cas);
	view_text(rs->view, "Page.Title", "Certificates");
	return res_page(rq, rs, "certificates.cs");
}

struct err *
admin_certificates(struct req *rq, struct res *rs)
{
	return show(rq, rs);
}

struct err *
admin_certificate_end(struct req *rq, struct res *rs)
{
	int64_t id = number_typed(req_param(rq, "id"), INT64_MAX);
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, rq->tx, &q_enrol_cert_end, ARGS(A(id)))) != NULL)
		return err_pass(e);
	if (!rows_bool(r, 0, ENROL_CERT_END_ENDED))
		return err_raise(ERR_MISSING,
		    "There is no such valid certificate.", "%lld",
		    (long long)id);
	return res_goto(rs, "/admin/certificates");
}

static struct err *
retire(struct req *rq, struct res *rs, const char *ca)
{
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, rq->tx, &q_enrol_ca_end,
		 ARGS(A((int)number_typed(ca, INT_MAX))))) != NULL)
		return err_pass(e);
	if (!rows_bool(r, 0, ENROL_CA_END_ENDED))
		return err_raise(ERR_MISSING, "There is no such authority.",
		    "%s", ca);
	return res_goto(rs, "/admin/certificates");
}

/* The form again, with what was wrong with it. */
static struct err *
again(struct req *rq, struct res *rs, const char *fault)
{
	rs->status = 400;
	view_text(rs->view, "Trust.Error", fault);
	view_text(rs->view, "Trust.Name", req_form(rq, "name"));
	return show(rq, rs);
}

/* retire=NUMBER, or the name and certificate of a maker to be trusted. */
struct err *
admin_ca_make(struct req *rq, struct res *rs)
{
	const char *name = req_form(rq, "name"), *old = req_form(rq, "retire");
	const char *pem = req_form(rq, "certificate");
	struct cert cert;
	struct rows *r;
	struct err *e;

	if (old != NULL)
		return retire(rq, rs, old);
	if (name == NULL || *name == 0 || strlen(name) > NAME_MOST)
		return again(rq, rs, "Name: between one and 100 characters.");
	if (pem == NULL)
		return again(rq, rs, "Certificate: this is needed.");
	if ((e = cert_read(&cert, rq->arena,
		 (struct bytes){ (const unsigned char *)pem, strlen(pem) })) !=
		NULL ||
	    (e = cert_is_ca(&cert)) != NULL)
		return again(rq, rs,
		    arena_printf(rq->arena, "Certificate: %s", e->say));
	if ((e = tx_rows(&r, rq->tx, &q_enrol_ca_put,
		 ARGS(A(name), A(cert.der), A(cert.key_id), arg_null(),
		     A_TIME(cert.till)))) != NULL)
		return err_pass(e);
	return res_goto(rs, "/admin/certificates");
}
