/*
 * fetch.h - one question to another's server, and its whole answer.
 *
 * The address comes from a person or from a document that another has written,
 * so it may point anywhere: at us, at a neighbour that believes whoever stands
 * in the same network, at the cloud's own data.  What counts is the address
 * that is connected to, looked at when the socket is made: a name that answers
 * otherwise the second time gains nothing.  Only https with a certificate that
 * holds; no redirect is followed, no proxy is asked, no cookie is kept.
 *
 * Any failure is ERR_BUSY: it is the other's, and may be over soon.
 */
#ifndef TRUST_FETCH_H
#define TRUST_FETCH_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/buf.h"

enum { FETCH_MAX = 256 * 1024 };

struct fetch {
	const char *url;
	const char *form; /* posted as a form; NULL: a GET */
	const char *user; /* with the password, by Basic; NULL: nobody */
	const char *password;
	int64_t until; /* of env_mono: by then it is over */
	size_t most;   /* bytes of the answer; at most FETCH_MAX */
	/* Also addresses of private networks, and http to this machine. */
	bool private;
};

/* The body of an answer 200. */
struct err *fetch(struct bytes *body, struct arena *,
    const struct fetch *) MUST_CHECK;

/* Is this an address of the internet, that anybody may be at? */
bool fetch_is_public(const struct sockaddr *);

#endif
