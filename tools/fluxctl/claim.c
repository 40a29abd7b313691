/* claim: a label's address, or a device is expected with a certificate. */
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "fluxctl/fluxctl.h"
#include "query.h"
#include "trust/label.h"

/* claim TENANT DEVICE [--expect]: the address is shown once. */
struct err *
ctl_claim(struct ctl *c)
{
	const char *device = c->args[1];
	bool expect = ctl_flag(c, "--expect");
	unsigned char code[LABEL_BYTES], hash[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	struct rows *r;
	struct err *e;

	label_new(code);
	(void)EVP_Digest(code, sizeof(code), hash, &n, EVP_sha256(), NULL);
	if ((e = tx_rows(&r, c->tx, &q_enrol_claim_make,
		 ARGS(A(device),
		     expect ? arg_null() : A(((struct bytes){ hash, n }))))) !=
	    NULL)
		return err_pass(e);
	if (rows_null(r, 0, ENROL_CLAIM_MAKE_EXPIRES_AT))
		return err_raise(ERR_MISSING, "There is no such device.", "%s",
		    device);
	if (!expect)
		(void)printf("%s/claim/%s\n", c->origin,
		    label_text(c->arena, code));
	return NULL;
}
