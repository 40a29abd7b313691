/*
 * mail.h - a letter as RFC 5322 wants it, and the server that takes it.
 *
 * Nothing that a name, an address or a subject holds can end a header: what is
 * not plain text of one line goes encoded, and an address that cannot be
 * written as it is is refused.  Beyond this machine a server is spoken to by
 * TLS only, from the first byte (smtps://) or before the first letter
 * (smtp://), and must show a certificate for its name.
 */
#ifndef TRUST_MAIL_H
#define TRUST_MAIL_H

#include "base/buf.h"

struct mail_server {
	const char *url;   /* "smtp://host:port" or "smtps://host:port" */
	const char *login; /* file: a line the user, one the password; "" */
	const char *ca;	   /* file of whom to trust; "": the system's list */
	const char *from;  /* our address */
};

struct mail {
	const char *to, *to_name;
	const char *from_name;
	const char *subject;
	const char *text; /* UTF-8, lines end in \n */
};

/*
 * The letter with its head, to be sent as it is.  ERR_REFUSED: there is no
 * letter to this address.
 */
struct err *mail_write(struct buf *, const char *from,
    const struct mail *) MUST_CHECK;

/* A connection is made with the first letter and kept for the others. */
struct mailer;
struct err *mailer_open(struct mailer **, struct arena *,
    const struct mail_server *) MUST_CHECK;

/*
 * NULL: the server has it.  Whatever is wrong, `say` is a sentence for an
 * administrator, without the address:
 *
 *	ERR_REFUSED  this letter is refused, and will be the next time
 *	ERR_CONFLICT this letter is not taken now
 *	ERR_BUSY     no letter is, so far as it can be seen
 */
struct err *mailer_send(struct mailer *, const struct mail *) MUST_CHECK;

#endif
