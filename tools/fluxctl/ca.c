/* ca: the tenant's own authority, and makers' whose devices are believed. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "fluxctl/enrol.h"
#include "fluxctl/fluxctl.h"
#include "query.h"

enum { MOST = 500 };

struct err *
enrol_file(struct bytes *text, struct arena *a, const char *path)
{
	unsigned char *p = arena_alloc(a, CERT_PEM_MAX + 1);
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
	size_t n;

	if (f == NULL)
		return err_raise(ERR_INPUT, "This file cannot be read.",
		    "%s: %s", path, strerror(errno));
	n = fread(p, 1, CERT_PEM_MAX, f);
	if (f != stdin)
		(void)fclose(f);
	*text = (struct bytes){ p, n };
	return NULL;
}

struct err *
enrol_key(struct seal_key **k, struct ctl *c)
{
	struct seal_master *m;
	struct err *e;

	if ((e = seal_master_load(&m, c->arena, c->master_key)) != NULL ||
	    (e = datakey_of(k, c->tx, m)) != NULL)
		return err_pass(e);
	return NULL;
}

/* A tenant's first one, or one in place of the last. */
static struct err *
make(struct ctl *c)
{
	struct authority ca;
	struct seal_key *k;
	struct cert cert;
	struct rows *r;
	struct err *e;
	char name[CERT_NAME_MAX + 1];

	(void)snprintf(name, sizeof(name), "Fluxline tenant %d",
	    (int)tx_who(c->tx)->tenant);
	if ((e = enrol_key(&k, c)) != NULL ||
	    (e = authority_make(&ca, &cert, c->arena, k, name)) != NULL ||
	    (e = tx_rows(&r, c->tx, &q_enrol_ca_put,
		 ARGS(A((const char *)name), A(ca.cert), A(ca.ski),
		     A(ca.sealed_key), A_TIME(cert.till)))) != NULL)
		return err_pass(e);
	(void)fputs(cert_pem(c->arena, ca.cert), stdout);
	return NULL;
}

static struct err *
trust(struct ctl *c, const char *path)
{
	struct bytes pem;
	struct cert cert;
	struct rows *r;
	struct err *e;

	if ((e = enrol_file(&pem, c->arena, path)) != NULL ||
	    (e = cert_read(&cert, c->arena, pem)) != NULL ||
	    (e = cert_is_ca(&cert)) != NULL ||
	    (e = tx_rows(&r, c->tx, &q_enrol_ca_put,
		 ARGS(A(cert.subject), A(cert.der), A(cert.key_id), arg_null(),
		     A_TIME(cert.till)))) != NULL)
		return err_pass(e);
	(void)printf("%lld\n", (long long)rows_int(r, 0, ENROL_CA_PUT_CA_ID));
	return NULL;
}

static struct err *
retire(struct ctl *c, const char *id)
{
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, c->tx, &q_enrol_ca_end,
		 ARGS(A((int)enrol_number(id, INT_MAX))))) != NULL)
		return err_pass(e);
	if (!rows_bool(r, 0, ENROL_CA_END_ENDED))
		return err_raise(ERR_MISSING, "There is no such authority.",
		    "%s", id);
	return NULL;
}

static struct err *
list(struct ctl *c)
{
	struct rows *r;
	struct err *e;
	int i;

	if ((e = tx_rows(&r, c->tx, &q_enrol_cas, ARGS(A(MOST)))) != NULL)
		return err_pass(e);
	for (i = 0; i < rows_count(r); i++)
		(void)printf("%lld\t%s\t%s\tuntil %s%s\n",
		    (long long)rows_int(r, i, ENROL_CAS_CA_ID),
		    rows_bool(r, i, ENROL_CAS_OWN) ? "own" : "maker",
		    rows_text(r, i, ENROL_CAS_NAME),
		    clock_iso(c->arena, rows_time(r, i, ENROL_CAS_NOT_AFTER)),
		    rows_null(r, i, ENROL_CAS_RETIRED_AT) ? "" : ", retired");
	return NULL;
}

/* ca TENANT [make | trust FILE | retire NUMBER] */
struct err *
ctl_ca(struct ctl *c)
{
	const char *what = c->n > 1 ? c->args[1] : "list";
	struct err *e;

	if (strcmp(what, "list") == 0 && c->n <= 2)
		e = list(c);
	else if (strcmp(what, "make") == 0 && c->n == 2)
		e = make(c);
	else if (strcmp(what, "trust") == 0 && c->n == 3)
		e = trust(c, c->args[2]);
	else if (strcmp(what, "retire") == 0 && c->n == 3)
		e = retire(c, c->args[2]);
	else
		e = err_raise(ERR_INPUT,
		    "ca: list, make, trust FILE or retire NUMBER.", "%s", what);
	return e != NULL ? err_pass(e) : NULL;
}
