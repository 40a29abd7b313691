#include "trust/oidc.h"

#include <openssl/crypto.h>

#include "base/utf8.h"

#define SAY "Your sign-in provider did not say who you are as it should."
#define SAY_BUSY "Your sign-in provider did not answer as it should."

enum { URL_MAX = 1000, EMAIL_MAX = 254, GROUP_MAX = 200, SKEW_S = 60 };

static struct err *
refused(const char *why)
{
	return err_raise(ERR_LOGIN, SAY, "id token: %s", why);
}

/* ---- what is about the provider ---- */

/*
 * The members of an object that are texts, by their names; those of other
 * names are passed over.
 */
static bool
read_texts(struct slice *v, const char *const *names, size_t n, struct arena *a,
    struct bytes json)
{
	struct jvalue top, value;
	struct slice name;
	struct jscan s;
	size_t i;

	jscan_open(&s, a, json);
	jscan_value(&s, &top);
	if (top.kind != J_OBJECT)
		return false;
	while (jscan_member(&s, &name)) {
		jscan_value(&s, &value);
		for (i = 0; i < n; i++)
			if (value.kind == J_TEXT && slice_is(name, names[i]))
				v[i] = value.text;
		jscan_pass(&s, &value);
	}
	return jscan_close(&s) == NULL;
}

/* An address that can stand in a header line and in front of a query. */
static bool
is_url(struct slice s)
{
	size_t i;

	if (s.n > URL_MAX || (strncmp(s.p, "https://", 8) != 0 &&
				 strncmp(s.p, "http://", 7) != 0))
		return false;
	for (i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' || s.p[i] == '#')
			return false;
	return true;
}

struct err *
oidc_places_read(struct oidc_places *to, struct arena *a, struct bytes json,
    const char *issuer)
{
	enum { ISSUER, AUTHORIZE, TOKEN, KEYS, N };
	static const char *const names[N] = { "issuer",
		"authorization_endpoint", "token_endpoint", "jwks_uri" };
	struct slice v[N] = { 0 };
	const char *url[N];
	size_t i;

	if (!read_texts(v, names, N, a, json))
		return err_raise(ERR_BUSY, SAY_BUSY, "description: no object");
	if (v[ISSUER].p == NULL || !slice_is(v[ISSUER], issuer))
		return err_raise(ERR_BUSY, SAY_BUSY,
		    "description: another issuer than %s", issuer);
	for (i = AUTHORIZE; i < N; i++) {
		url[i] = v[i].p == NULL ? NULL : arena_copy(a, v[i].p, v[i].n);
		if (url[i] == NULL || !is_url((struct slice){ url[i], v[i].n }))
			return err_raise(ERR_BUSY, SAY_BUSY, "description: %s",
			    names[i]);
	}
	*to = (struct oidc_places){ .authorize = url[AUTHORIZE],
		.token = url[TOKEN],
		.keys = url[KEYS] };
	return NULL;
}

struct err *
oidc_answer_read(struct slice *token, struct arena *a, struct bytes json)
{
	static const char *const names[] = { "id_token" };
	struct slice v = { 0 };

	if (!read_texts(&v, names, 1, a, json) || v.p == NULL)
		return err_raise(ERR_BUSY, SAY_BUSY, "no id_token in answer");
	*token = v;
	return NULL;
}

/* ---- what is about the person ---- */

enum {
	ISS,
	SUB,
	AZP,
	NONCE,
	EMAIL,
	NAME,
	VERIFIED,
	IAT,
	EXP,
	NBF,
	SHOWN,
	CLAIMS
};

static const char *const claim_names[CLAIMS] = { "iss", "sub", "azp", "nonce",
	"email", "name", "email_verified", "iat", "exp", "nbf", "auth_time" };

struct claims {
	struct jvalue v[CLAIMS];
	size_t audiences;
	bool ours; /* we are among them */
};

/* "aud": a text, or some; of another kind there is none of it. */
static void
read_audience(struct claims *c, struct jscan *s, const struct jvalue *v,
    const char *client)
{
	struct jvalue item = *v;

	if (v->kind == J_TEXT) {
		c->audiences = 1;
		c->ours = slice_is(v->text, client);
	}
	if (v->kind == J_OBJECT)
		jscan_pass(s, &item);
	while (v->kind == J_ARRAY && jscan_item(s)) {
		jscan_value(s, &item);
		c->audiences++;
		if (item.kind == J_TEXT && slice_is(item.text, client))
			c->ours = true;
		jscan_pass(s, &item);
	}
}

/* A group's name is kept as it is, or not at all. */
static void
keep_group(struct oidc_person *p, struct arena *a, const struct jvalue *v)
{
	char *name;

	p->n_groups++;
	if (p->n_groups > OIDC_GROUPS_MAX)
		return;
	name = arena_text(a, "");
	if (v->kind == J_TEXT && v->text.n <= GROUP_MAX)
		name = arena_copy(a, v->text.p, v->text.n);
	p->groups[p->n_groups - 1] = name;
}

static void
read_groups(struct oidc_person *p, struct arena *a, struct jscan *s,
    const struct jvalue *v)
{
	struct jvalue item = *v;

	p->groups = arena_array(a, OIDC_GROUPS_MAX, sizeof(*p->groups));
	if (v->kind == J_TEXT)
		keep_group(p, a, v);
	if (v->kind == J_OBJECT)
		jscan_pass(s, &item);
	while (v->kind == J_ARRAY && jscan_item(s)) {
		jscan_value(s, &item);
		keep_group(p, a, &item);
		jscan_pass(s, &item);
	}
}

static bool
read_all(struct claims *c, struct oidc_person *p, struct arena *a,
    struct bytes payload, const struct oidc_want *want)
{
	struct slice name;
	struct jvalue v;
	struct jscan s;
	size_t i;

	jscan_open(&s, a, payload);
	jscan_value(&s, &v);
	if (v.kind != J_OBJECT)
		return false;
	while (jscan_member(&s, &name)) {
		jscan_value(&s, &v);
		for (i = 0; i < CLAIMS; i++)
			if (slice_is(name, claim_names[i]))
				c->v[i] = v;
		if (slice_is(name, "aud"))
			read_audience(c, &s, &v, want->client);
		else if (*want->groups != 0 && slice_is(name, want->groups))
			read_groups(p, a, &s, &v);
		else
			jscan_pass(&s, &v);
	}
	return jscan_close(&s) == NULL && p->n_groups <= OIDC_GROUPS_MAX;
}

static bool
is_text(const struct jvalue *v, const char *want)
{
	return v->kind == J_TEXT && v->text.n == strlen(want) &&
	       CRYPTO_memcmp(v->text.p, want, v->text.n) == 0;
}

/* Why the token is not for us, or not now; NULL: it is. */
static const char *
fault_of(const struct claims *c, const struct oidc_want *want)
{
	const struct jvalue *v = c->v;

	if (!is_text(&v[ISS], want->issuer))
		return "issuer";
	if (!c->ours)
		return "audience";
	if (c->audiences > 1 && v[AZP].kind == J_NONE)
		return "no authorised party among several";
	if (v[AZP].kind != J_NONE && !is_text(&v[AZP], want->client))
		return "authorised party";
	if (!is_text(&v[NONCE], want->nonce))
		return "nonce";
	if (v[EXP].kind != J_INT || v[EXP].i <= want->now)
		return "expired";
	if (v[IAT].kind != J_INT || v[IAT].i > want->now + SKEW_S ||
	    v[IAT].i < want->now - OIDC_AGE_S)
		return "issued at another time";
	if (v[NBF].kind != J_NONE &&
	    (v[NBF].kind != J_INT || v[NBF].i > want->now + SKEW_S))
		return "not yet";
	if (v[SUB].kind != J_TEXT || v[SUB].text.n == 0 ||
	    v[SUB].text.n > OIDC_SUBJECT_MAX)
		return "subject";
	return NULL;
}

/* The text if it is short and plain enough to be shown; else NULL. */
static const char *
plain(struct arena *a, const struct jvalue *v, size_t most)
{
	char *text;
	size_t i;

	if (v->kind != J_TEXT || v->text.n == 0)
		return NULL;
	text = arena_copy(a, v->text.p, v->text.n);
	if (v->text.n > most)
		text[utf8_whole(text, most)] = 0;
	for (i = 0; text[i] != 0; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return NULL;
	return text;
}

/* One "@" with something on both sides, and no blank. */
static const char *
address(struct arena *a, const struct jvalue *v)
{
	const char *s, *at;

	if (v->kind != J_TEXT || v->text.n > EMAIL_MAX ||
	    (s = plain(a, v, EMAIL_MAX)) == NULL)
		return NULL;
	at = strchr(s, '@');
	if (at == NULL || at == s || at[1] == 0 ||
	    strchr(at + 1, '@') != NULL || strchr(s, ' ') != NULL)
		return NULL;
	return s;
}

struct err *
oidc_judge(struct oidc_person *p, struct arena *a, struct bytes payload,
    const struct oidc_want *want)
{
	struct claims c = { 0 };
	const char *fault;

	*p = (struct oidc_person){ 0 };
	if (!read_all(&c, p, a, payload, want))
		return refused("claims");
	if ((fault = fault_of(&c, want)) != NULL)
		return refused(fault);
	p->subject = arena_copy(a, c.v[SUB].text.p, c.v[SUB].text.n);
	p->email = address(a, &c.v[EMAIL]);
	p->verified = p->email != NULL && c.v[VERIFIED].kind == J_TRUE;
	p->name = plain(a, &c.v[NAME], OIDC_NAME_MAX);
	if (c.v[SHOWN].kind == J_INT && c.v[SHOWN].i > 0 &&
	    c.v[SHOWN].i <= want->now + SKEW_S)
		p->shown = c.v[SHOWN].i;
	return NULL;
}
