/* cert: what devices show by TLS. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "fluxctl/enrol.h"
#include "query.h"

enum { MOST = 1000 };

int64_t
enrol_number(const char *s, int64_t most)
{
	long long v;
	char *end;

	if (*s < '1' || *s > '9')
		return 0;
	errno = 0;
	v = strtoll(s, &end, 10);
	return errno == 0 && *end == 0 && v <= most ? v : 0;
}

static struct err *
list(struct ctl *c)
{
	struct rows *r;
	struct err *e;
	int i;

	if ((e = tx_rows(&r, c->tx, &q_enrol_certs,
		 ARGS(A((int)tx_who(c->tx)->tenant), A(MOST)))) != NULL)
		return err_pass(e);
	for (i = 0; i < rows_count(r); i++)
		(void)printf("%lld\t%s\t%s\tuntil %s%s\n",
		    (long long)rows_int(r, i, ENROL_CERTS_CRED_ID),
		    rows_text(r, i, ENROL_CERTS_DEVICE),
		    rows_text(r, i, ENROL_CERTS_SERIAL),
		    clock_iso(c->arena, rows_time(r, i, ENROL_CERTS_NOT_AFTER)),
		    rows_null(r, i, ENROL_CERTS_REVOKED_AT) ? "" : ", ended");
	return NULL;
}

static struct err *
end(struct ctl *c, const char *id)
{
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, c->tx, &q_enrol_cert_end,
		 ARGS(A(enrol_number(id, INT64_MAX))))) != NULL)
		return err_pass(e);
	if (!rows_bool(r, 0, ENROL_CERT_END_ENDED))
		return err_raise(ERR_MISSING,
		    "There is no such valid certificate.", "%s", id);
	return NULL;
}

static struct err *
put(struct ctl *c, const struct cert *cert, const char *device, int ca)
{
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, c->tx, &q_enrol_device_find,
		 ARGS(A((int)tx_who(c->tx)->tenant), A(device)))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return err_raise(ERR_MISSING, "There is no such device.", "%s",
		    device);
	if ((e = tx_rows(&r, c->tx, &q_enrol_cert_put,
		 ARGS(A((int)rows_int(r, 0, ENROL_DEVICE_FIND_DEVICE_ID)),
		     A(cert->der), A(ca), A(authority_serial(c->arena, cert)),
		     A(authority_key_hash(c->arena, cert)), A_TIME(cert->from),
		     A_TIME(cert->till)))) != NULL)
		return err_pass(e);
	return NULL;
}

/* For the key of a signing request, by the tenant's own authority. */
static struct err *
issue(struct ctl *c, const char *device, const char *path)
{
	struct authority ca = { .tenant = tx_who(c->tx)->tenant };
	struct seal_key *k;
	struct bytes csr;
	struct cert cert;
	struct rows *r;
	struct err *e;

	if ((e = enrol_file(&csr, c->arena, path)) != NULL ||
	    (e = tx_rows(&r, c->tx, &q_enrol_ca_own, NO_ARGS)) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return err_raise(ERR_MISSING,
		    "This tenant has no authority; see fluxctl ca.", "no CA");
	ca.id = (int)rows_int(r, 0, ENROL_CA_OWN_CA_ID);
	ca.cert = rows_bytes(r, 0, ENROL_CA_OWN_CA);
	ca.ski = rows_bytes(r, 0, ENROL_CA_OWN_SKI);
	ca.sealed_key = rows_bytes(r, 0, ENROL_CA_OWN_SEALED_KEY);
	if ((e = enrol_key(&k, c)) != NULL ||
	    (e = authority_sign(&cert, c->arena, &ca, k, (const char *)csr.p,
		 device)) != NULL ||
	    (e = put(c, &cert, device, ca.id)) != NULL)
		return err_pass(e);
	(void)fputs(cert_pem(c->arena, cert.der), stdout);
	return NULL;
}

/* One that an authority of the tenant's list has signed elsewhere. */
static struct err *
add(struct ctl *c, const char *device, const char *path)
{
	struct bytes pem;
	struct cert cert;
	struct rows *r;
	struct err *e;
	int i;

	if ((e = enrol_file(&pem, c->arena, path)) != NULL ||
	    (e = cert_read(&cert, c->arena, pem)) != NULL ||
	    (e = tx_rows(&r, c->tx, &q_enrol_cas, ARGS(A(MOST)))) != NULL)
		return err_pass(e);
	if (strcmp(cert.subject, device) != 0)
		return err_raise(ERR_REFUSED,
		    "This certificate names another device.", "\"%s\"",
		    cert.subject);
	for (i = 0; i < rows_count(r); i++)
		if (rows_null(r, i, ENROL_CAS_RETIRED_AT) &&
		    cert_chains(&cert, rows_bytes(r, i, ENROL_CAS_CERT),
			env_now()) == NULL)
			break;
	if (i == rows_count(r))
		return err_raise(ERR_REFUSED,
		    "No authority of this tenant has signed it.", "%s", path);
	e = put(c, &cert, device, (int)rows_int(r, i, ENROL_CAS_CA_ID));
	return e != NULL ? err_pass(e) : NULL;
}

/* cert TENANT list | end NUMBER | issue DEVICE CSR | add DEVICE FILE */
struct err *
ctl_cert(struct ctl *c)
{
	const char *what = c->args[1];
	struct err *e;

	if (strcmp(what, "list") == 0 && c->n == 2)
		e = list(c);
	else if (strcmp(what, "end") == 0 && c->n == 3)
		e = end(c, c->args[2]);
	else if (strcmp(what, "issue") == 0 && c->n == 4)
		e = issue(c, c->args[2], c->args[3]);
	else if (strcmp(what, "add") == 0 && c->n == 4)
		e = add(c, c->args[2], c->args[3]);
	else
		e = err_raise(ERR_INPUT,
		    "cert: list, end NUMBER, issue DEVICE CSR or add DEVICE "
		    "FILE.",
		    "%s", what);
	return e != NULL ? err_pass(e) : NULL;
}
