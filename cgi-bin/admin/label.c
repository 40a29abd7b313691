/*
 * GET /admin/devices, GET and POST /admin/devices/:key/label - a device's
 * label, to be printed and stuck on; or it is expected with its maker's
 * certificate.
 *
 * The code is shown once, in the answer to the form that has made it: only its
 * hash is kept, so there is no other page to go to.
 */
#include <openssl/evp.h>
#include <string.h>

#include "base/zone.h"
#include "cgi-bin/admin/enrol.h"
#include "cgi-bin/admin/routes.h"
#include "query.h"
#include "trust/label.h"
#include "trust/qr.h"

enum { DEVICES = 50, QR_FIRST = 8192 };

const char *
enrol_when(struct arena *a, int64_t us)
{
	zone_use("UTC");
	return us != 0 ? zone_text(a, "%-d %b %Y, %H:%M UTC", us) : "";
}

struct err *
admin_devices(struct req *rq, struct res *rs)
{
	const char *after = req_query(rq, "after");
	struct view *v;
	struct rows *r;
	struct err *e;
	int i, n;

	if ((e = tx_rows(&r, rq->tx, &q_enrol_devices,
		 ARGS(A((int)rq->who.tenant),
		     A((const char *)(after != NULL ? after : "")),
		     A(DEVICES + 1)))) != NULL)
		return err_pass(e);
	n = rows_count(r) < DEVICES ? rows_count(r) : DEVICES;
	for (i = 0; i < n; i++) {
		const char *key = rows_text(r, i, ENROL_DEVICES_KEY);

		v = view_row(rs->view, "Devices");
		view_text(v, "Key", key);
		view_text(v, "Name", rows_text(r, i, ENROL_DEVICES_NAME));
		view_text(v, "Site", rows_text(r, i, ENROL_DEVICES_SITE_NAME));
		view_text(v, "Till",
		    arena_printf(rq->arena, "%.10s",
			rows_text(r, i, ENROL_DEVICES_NOT_AFTER)));
		view_text(v, "Href",
		    arena_printf(rq->arena, "/admin/devices/%s/label", key));
		view_text(v, "Rules",
		    arena_printf(rq->arena, "/admin/devices/%s/rules", key));
	}
	if (rows_count(r) > n)
		view_text(rs->view, "More",
		    arena_printf(rq->arena, "/admin/devices?after=%s",
			rows_text(r, n - 1, ENROL_DEVICES_KEY)));
	view_text(rs->view, "Page.Title", "Devices");
	return res_page(rq, rs, "devices.cs");
}

/* The device that the address names. */
static struct err *
find(struct rows **r, struct req *rq, struct res *rs)
{
	const char *key = req_param(rq, "key");
	struct err *e;

	if ((e = tx_rows(r, rq->tx, &q_enrol_device_find,
		 ARGS(A((int)rq->who.tenant), A(key)))) != NULL)
		return err_pass(e);
	if (rows_count(*r) == 0)
		return err_raise(ERR_MISSING, "There is no such device.", "%s",
		    key);
	view_text(rs->view, "Device.Key", key);
	view_text(rs->view, "Device.Name",
	    rows_text(*r, 0, ENROL_DEVICE_FIND_NAME));
	view_text(rs->view, "Device.Site",
	    rows_text(*r, 0, ENROL_DEVICE_FIND_SITE_NAME));
	view_text(rs->view, "Device.Href",
	    arena_printf(rq->arena, "/admin/devices/%s/label", key));
	return NULL;
}

static void
state_claims(struct req *rq, struct res *rs, const struct rows *r)
{
	struct view *v;
	int i;

	for (i = 0; i < rows_count(r); i++) {
		bool label =
		    strcmp(rows_text(r, i, ENROL_CLAIMS_KIND), "l") == 0;

		v = view_branch(rs->view, label ? "Label" : "Expected");
		view_text(v, "Till",
		    enrol_when(rq->arena,
			rows_time(r, i, ENROL_CLAIMS_EXPIRES_AT)));
		view_text(v, "Used",
		    enrol_when(rq->arena,
			rows_time(r, i, ENROL_CLAIMS_USED_AT)));
	}
}

struct err *
admin_label(struct req *rq, struct res *rs)
{
	struct rows *r, *claims;
	struct err *e;
	int device;

	if ((e = find(&r, rq, rs)) != NULL)
		return err_pass(e);
	device = (int)rows_int(r, 0, ENROL_DEVICE_FIND_DEVICE_ID);
	if ((e = tx_rows(&claims, rq->tx, &q_enrol_claims, ARGS(A(device)))) !=
	    NULL)
		return err_pass(e);
	state_claims(rq, rs, claims);
	view_text(rs->view, "Page.Title", "Label");
	return res_page(rq, rs, "label.cs");
}

/* The paper: the address as a QR code, and the code for who has to type it. */
static struct err *
print(struct req *rq, struct res *rs, const unsigned char code[LABEL_BYTES],
    int64_t till)
{
	const char *text = label_text(rq->arena, code);
	struct buf path = buf_new(rq->arena, QR_FIRST);
	struct err *e;
	int side;

	if ((e = qr_path(&path, &side,
		 arena_printf(rq->arena, "%s/claim/%s", req_conf(rq)->origin,
		     text))) != NULL)
		return err_pass(e);
	view_text(rs->view, "Print.Path", (const char *)path.p);
	view_int(rs->view, "Print.Side", side);
	view_text(rs->view, "Print.Code", label_groups(rq->arena, text));
	view_text(rs->view, "Print.Origin", req_conf(rq)->origin);
	view_text(rs->view, "Print.Till", enrol_when(rq->arena, till));
	view_text(rs->view, "Page.Title", "Label");
	return res_page(rq, rs, "label_print.cs");
}

/* kind=expect: with its maker's certificate; else a label. */
struct err *
admin_label_make(struct req *rq, struct res *rs)
{
	const char *key = req_param(rq, "key"), *kind = req_form(rq, "kind");
	bool expect = kind != NULL && strcmp(kind, "expect") == 0;
	unsigned char code[LABEL_BYTES], hash[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	struct rows *r;
	struct err *e;

	label_new(code);
	(void)EVP_Digest(code, sizeof(code), hash, &n, EVP_sha256(), NULL);
	if ((e = find(&r, rq, rs)) != NULL ||
	    (e = tx_rows(&r, rq->tx, &q_enrol_claim_make,
		 ARGS(A(key),
		     expect ? arg_null() : A(((struct bytes){ hash, n }))))) !=
		NULL)
		return err_pass(e);
	if (expect)
		return res_goto(rs,
		    arena_printf(rq->arena, "/admin/devices/%s/label", key));
	return print(rq, rs, code,
	    rows_time(r, 0, ENROL_CLAIM_MAKE_EXPIRES_AT));
}
