/* The key of a request, from wherever its route takes one. */
#include <openssl/evp.h>
#include <string.h>

#include "web/apikey.h"
#include "web/internal.h"

enum { BASIC_MAX = 1024 }; /* characters of base64 */

/* The password of "name:password" in base64; NULL: it is no such thing. */
static const char *
password_of(struct arena *a, const char *s)
{
	char text[BASIC_MAX], *colon;
	size_t n = strlen(s), pads = 0;
	int len;

	while (pads < 2 && pads < n && s[n - 1 - pads] == '=')
		pads++;
	if (n == 0 || n > BASIC_MAX)
		return NULL;
	len = EVP_DecodeBlock((unsigned char *)text, (const unsigned char *)s,
	    (int)n);
	if (len < (int)pads)
		return NULL;
	text[len - (int)pads] = 0;
	colon = strchr(text, ':');
	return colon != NULL ? arena_text(a, colon + 1) : NULL;
}

/* The header without the name of its scheme. */
static const char *
header_key(const struct req *rq, const char *s)
{
	static const char *const schemes[] = { "Bearer ", "Token " };
	static const char basic[] = "Basic ";
	const char *password;
	size_t i;

	for (i = 0; i < sizeof(schemes) / sizeof(*schemes); i++)
		if (strncasecmp(s, schemes[i], strlen(schemes[i])) == 0)
			s += strlen(schemes[i]);
	if ((rq->route->guard & BASIC) == 0 ||
	    strncasecmp(s, basic, sizeof(basic) - 1) != 0)
		return s;
	password = password_of(rq->arena, s + sizeof(basic) - 1);
	return password != NULL ? password : s;
}

/* A key in the address, where it is allowed; "" if there is none. */
static const char *
query_key(const struct req *rq)
{
	const char *s = NULL;

	if ((rq->route->guard & BASIC) != 0 &&
	    rq->child->conf->query_keys != 0 &&
	    (s = req_query(rq, "p")) == NULL)
		s = req_query(rq, "token");
	return s != NULL ? s : "";
}

const char *
key_of(const struct req *rq)
{
	const char *s;

	if (!(rq->child->app->takes & TAKES_KEY))
		return NULL;
	if ((rq->route->guard & PATHKEY) != 0)
		return req_param(rq, "token");
	s = req_header(rq, "X-API-Key");
	if (*s == 0)
		s = req_header(rq, "Authorization");
	s = *s != 0 ? header_key(rq, s) : query_key(rq);
	return *s != 0 ? s : NULL;
}

struct bytes
req_key(const struct req *rq)
{
	const char *key = key_of(rq);

	if (key == NULL || !apikey_plausible(key))
		return (struct bytes){ 0 };
	return (struct bytes){ (const unsigned char *)key, strlen(key) };
}
