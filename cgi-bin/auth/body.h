/*
 * body.h - a JSON body that is an object of texts, read strictly.
 */
#ifndef AUTH_BODY_H
#define AUTH_BODY_H

#include "base/jscan.h"
#include "web/web.h"

struct body_text {
	const char *name;
	bool optional;
	size_t most;	  /* bytes */
	const char *text; /* in the request's arena; NULL: not sent */
};

/*
 * The n members of the body; ERR_INPUT names the one that is missing, too
 * long, no text, or not among them.
 */
struct err *body_texts(struct body_text *, size_t n,
    const struct req *) MUST_CHECK;

#endif
