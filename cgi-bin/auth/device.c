/*
 * POST /api/v1/auth/challenge, POST /api/v1/auth/device - a device shows that
 * it has the key of its certificate, and gets tokens.
 *
 * A challenge is made from the device's name and the time, for whatever name
 * is asked, so strangers cost no memory and learn nothing.  It holds a minute,
 * and the database accepts each once.
 */
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/member.h"
#include "cgi-bin/auth/body.h"
#include "cgi-bin/auth/mint.h"
#include "cgi-bin/auth/routes.h"
#include "query.h"
#include "trust/b64.h"

enum {
	NAME_MAX_BYTES = 64,
	WINDOW_S = 5,
	WINDOWS = 12 /* that a challenge holds for */
};

/* The device's challenge of so many windows ago. */
static const char *
challenge_of(struct arena *a, const unsigned char key[SEAL_KEY],
    const char *device, int64_t ago)
{
	int64_t window = env_now() / CLOCK_S / WINDOW_S - ago;
	const char *texts[] = { "challenge", device,
		arena_printf(a, "%lld", (long long)window), NULL };
	unsigned char mac[MINT_BYTES];

	mint_mac(mac, a, key, texts);
	return b64_text(a, (struct bytes){ mac, sizeof(mac) });
}

struct err *
auth_challenge(struct req *rq, struct res *rs)
{
	struct body_text device = { "deviceId", false, NAME_MAX_BYTES, NULL };
	unsigned char key[SEAL_KEY];
	struct err *e;

	if ((e = body_texts(&device, 1, rq)) != NULL ||
	    (e = mint_key(key, rq)) != NULL)
		return err_pass(e);
	buf_byte(&rs->body, '{');
	member_text(&rs->body, "challenge",
	    challenge_of(rq->arena, key, device.text, 0));
	member_int(&rs->body, "expiresIn", WINDOW_S * WINDOWS);
	buf_byte(&rs->body, '}');
	return NULL;
}

/* What a device says of itself, and what has turned out to be true of it. */
enum { DEVICE, CERTIFICATE, SIGNATURE, MEMBERS };
static const struct body_text asked[MEMBERS] = {
	[DEVICE] = { "deviceId", false, NAME_MAX_BYTES, NULL },
	[CERTIFICATE] = { "certificate", false, CERT_PEM_MAX, NULL },
	[SIGNATURE] = { "signature", false, SIGNATURE_TEXT_MAX, NULL },
};

struct caller {
	struct body_text m[MEMBERS];
	struct cert cert;
	const char *subject;   /* as the database knows it */
	const char *challenge; /* that it has signed */
};

/* The certificate is one of this device, and its authority says so. */
static struct err *
check_certificate(struct caller *c, struct req *rq)
{
	const char *pem = c->m[CERTIFICATE].text;
	struct rows *r;
	struct err *e;

	if ((e = cert_read(&c->cert, rq->arena, mint_bytes(pem))) != NULL ||
	    (e = db_call(&r, req_auth_db(rq), rq->arena, &q_token_device_look,
		 ARGS(A(c->cert.der)))) != NULL)
		return err_pass(e);
	if (rows_null(r, 0, TOKEN_DEVICE_LOOK_SUBJECT) ||
	    rows_null(r, 0, TOKEN_DEVICE_LOOK_CA))
		return mint_refused("unknown certificate");
	c->subject = rows_text(r, 0, TOKEN_DEVICE_LOOK_SUBJECT);
	if (strcmp(c->subject,
		arena_printf(rq->arena, "device:%s", c->m[DEVICE].text)) != 0)
		return mint_refused("certificate of another device");
	if ((e = cert_chains(&c->cert, rows_bytes(r, 0, TOKEN_DEVICE_LOOK_CA),
		 env_now())) != NULL)
		return err_pass(e);
	return NULL;
}

/* The device has signed a challenge of the last minute. */
static struct err *
check_signature(struct caller *c, struct req *rq)
{
	unsigned char key[SEAL_KEY];
	struct err *e;
	int64_t i;

	if ((e = mint_key(key, rq)) != NULL)
		return err_pass(e);
	for (i = 0; i < WINDOWS; i++) {
		c->challenge =
		    challenge_of(rq->arena, key, c->m[DEVICE].text, i);
		e = mint_signed(&c->cert, rq->arena,
		    arena_printf(rq->arena, "fl-dev-1|%s|%s|%s",
			c->m[DEVICE].text, c->challenge, req_conf(rq)->origin),
		    c->m[SIGNATURE].text);
		if (e == NULL || e->kind != ERR_LOGIN)
			break;
	}
	return e != NULL ? err_pass(e) : NULL;
}

static struct err *
open_family(struct req *rq, struct res *rs, const struct caller *c)
{
	struct pair pair;
	struct granted g;
	struct rows *r;
	struct err *e;

	mint_pair(&pair);
	if ((e = db_call(&r, req_auth_db(rq), rq->arena, &q_token_device_open,
		 ARGS(A(c->cert.der), A(mint_bytes(c->challenge)),
		     A(((struct bytes){ pair.sid_hash, MINT_BYTES })),
		     A(((struct bytes){ pair.refresh_hash, MINT_BYTES }))))) !=
	    NULL)
		return err_pass(e);
	if (rows_null(r, 0, TOKEN_DEVICE_OPEN_PERMISSIONS))
		return mint_refused("challenge was used before");
	g = (struct granted){ .subject = c->subject,
		.permissions = rows_text(r, 0, TOKEN_DEVICE_OPEN_PERMISSIONS),
		.seconds = rows_int(r, 0, TOKEN_DEVICE_OPEN_SECONDS) };
	e = mint_answer(rq, rs, &pair, &g);
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
auth_device(struct req *rq, struct res *rs)
{
	struct caller c = { 0 };
	struct err *e;

	memcpy(c.m, asked, sizeof(asked));
	if ((e = body_texts(c.m, MEMBERS, rq)) != NULL)
		return err_pass(e);
	if ((e = check_certificate(&c, rq)) != NULL ||
	    (e = check_signature(&c, rq)) != NULL)
		e = mint_uniform(e);
	else
		e = open_family(rq, rs, &c);
	if (e == NULL)
		return NULL;
	if (e->kind == ERR_LOGIN)
		req_refused_cert(rq, c.cert.der);
	return err_pass(e);
}
