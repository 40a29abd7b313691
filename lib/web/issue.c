#include "web/issue.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "query.h"
#include "web/apikey.h"
#include "web/sign.h"

enum { SHA = 32, NET_MAX = 64, RIGHTS_MAX = 64 };

struct err *
issue_key(struct issued *out, struct tx *tx, const struct wish *w,
    const char *request_key)
{
	int32_t limits[] = { w->requests, w->readings };
	struct arena *a = tx_arena(tx);
	unsigned char hash[EVP_MAX_MD_SIZE];
	struct bytes sealed = { 0 };
	const char *id;
	struct err *e;

	*out = (struct issued){ .key = w->is_short ? apikey_new_short(a)
						   : apikey_new(a),
		.secret = "" };
	id = apikey_id(a, out->key);
	(void)EVP_Digest(out->key, strlen(out->key), hash, NULL, EVP_sha256(),
	    NULL);
	if (w->signs && (e = sign_secret(&out->secret, &sealed, a, request_key,
			     tx_who(tx)->tenant, id)) != NULL)
		return err_pass(e);
	e = tx_send(tx, &q_key_make,
	    ARGS(A(id), A(((struct bytes){ hash, SHA })), A((int)w->device),
		A(w->name), arr_text(a, w->rights, w->n_rights), A(w->nets),
		w->expires > 0 ? A_TIME(w->expires) : arg_null(),
		arr_int(a, limits, 2), sealed.n > 0 ? A(sealed) : arg_null(),
		A(w->replaces)));
	return e != NULL ? err_pass(e) : NULL;
}

/* "a,b" as a list; returns how many. */
static size_t
split(const char *to[RIGHTS_MAX], struct arena *a, const char *text)
{
	char *save, *word, *copy = arena_text(a, text);
	size_t n = 0;

	for (word = strtok_r(copy, ",", &save); word != NULL && n < RIGHTS_MAX;
	     word = strtok_r(NULL, ",", &save))
		to[n++] = word;
	return n;
}

struct err *
issue_successor(struct issued *out, struct tx *tx, const char *key_id,
    const char *request_key)
{
	const char *rights[RIGHTS_MAX];
	struct rows *r;
	struct err *e;
	struct wish w;

	if ((e = tx_rows(&r, tx, &q_key_of, ARGS(A(key_id)))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return err_raise(ERR_MISSING, "There is no such live key.",
		    "key %.20s", key_id);
	w = (struct wish){
		.device = (int32_t)rows_int(r, 0, KEY_OF_DEVICE_ID),
		.name = rows_text(r, 0, KEY_OF_NAME),
		.rights = rights,
		.n_rights = split(rights, tx_arena(tx),
		    rows_text(r, 0, KEY_OF_PERMISSIONS)),
		.nets = rows_text(r, 0, KEY_OF_NETS),
		.expires = rows_time(r, 0, KEY_OF_EXPIRES_AT),
		.requests = (int32_t)rows_int(r, 0, KEY_OF_REQUESTS),
		.readings = (int32_t)rows_int(r, 0, KEY_OF_READINGS),
		.signs = rows_bool(r, 0, KEY_OF_SIGNS),
		.is_short = apikey_id_is_short(key_id),
		.replaces = key_id,
	};
	if (rows_null(r, 0, KEY_OF_EXPIRES_AT))
		w.expires = 0;
	e = issue_key(out, tx, &w, request_key);
	return e != NULL ? err_pass(e) : NULL;
}

/* Is it an address, or one with a length behind it and nothing set there? */
static bool
is_net(const char *word)
{
	unsigned char bits[16] = { 0 };
	char text[NET_MAX];
	size_t n = strcspn(word, "/"), i;
	long whole, length;
	char *end;

	if (n >= sizeof(text))
		return false;
	memcpy(text, word, n);
	text[n] = 0;
	if (inet_pton(AF_INET, text, bits) == 1)
		whole = 32;
	else if (inet_pton(AF_INET6, text, bits) == 1)
		whole = 128;
	else
		return false;
	if (word[n] == 0)
		return true;
	if (strspn(word + n + 1, "0123456789") != strlen(word + n + 1) ||
	    word[n + 1] == 0)
		return false;
	length = strtol(word + n + 1, &end, 10);
	for (i = (size_t)length; length <= whole && i < (size_t)whole; i++)
		if (bits[i / 8] >> (7 - i % 8) & 1)
			return false;
	return length <= whole;
}

const char *
issue_nets(struct arena *a, const char *typed)
{
	struct buf b = buf_new(a, strlen(typed) + 1);
	char *save, *word, *copy = arena_text(a, typed);

	for (word = strtok_r(copy, " ,;\t\r\n", &save); word != NULL;
	     word = strtok_r(NULL, " ,;\t\r\n", &save)) {
		if (!is_net(word))
			return NULL;
		if (b.n > 0)
			buf_byte(&b, ',');
		buf_text(&b, word);
	}
	return (const char *)b.p;
}
