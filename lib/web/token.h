/*
 * token.h - the keys that access tokens are judged by, or signed with.
 */
#ifndef WEB_TOKEN_H
#define WEB_TOKEN_H

#include "trust/jws.h"
#include "web/web.h"

/*
 * The keys of the program's folder, read once and again when a file comes or
 * goes there.  They last as long as the request.
 */
struct err *token_keys(const struct jws_keys **, const struct req *) MUST_CHECK;

#endif
