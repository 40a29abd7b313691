/*
 * mint.h - what is handed out to who has shown who it is: an access token that
 * everybody can read and a refresh token that nobody can.
 *
 * The database knows of both only the SHA-256 of 32 bytes.  What follows on a
 * refresh token is made from it with a key of ours, so that the same question
 * has the same answer, and no secret has to be kept for that.
 */
#ifndef AUTH_MINT_H
#define AUTH_MINT_H

#include "trust/seal.h"
#include "trust/x509.h"
#include "web/web.h"

enum {
	MINT_BYTES = 32,
	MINT_TEXT_MAX = 64, /* of a refresh token */
	SIGNATURE_TEXT_MAX = 1024
};

/* The bytes of a pair of tokens, and their hashes. */
struct pair {
	unsigned char sid[MINT_BYTES], refresh[MINT_BYTES];
	unsigned char sid_hash[MINT_BYTES], refresh_hash[MINT_BYTES];
};

/* A text as bytes. */
struct bytes mint_bytes(const char *);

/* The key that challenges and successors are made with. */
struct err *mint_key(unsigned char key[SEAL_KEY],
    const struct req *) MUST_CHECK;

/* HMAC-SHA256 of these texts, one after the other with a NUL behind each. */
void mint_mac(unsigned char out[MINT_BYTES], struct arena *,
    const unsigned char key[SEAL_KEY], const char *const *texts);

/* A random pair, and the one that follows on a refresh token. */
void mint_pair(struct pair *);
void mint_next(struct pair *, struct arena *, const unsigned char key[SEAL_KEY],
    const char *refresh_text);

/* The bytes of a refresh token's text; false: it is none of ours. */
bool mint_read(struct bytes *, struct arena *, const char *text) MUST_CHECK;

/*
 * One answer for all that is not accepted; why goes to the log.  The second
 * makes it of an ERR_LOGIN that says more, and leaves other errors alone.
 */
struct err *mint_refused(const char *why);
struct err *mint_uniform(struct err *);

/*
 * The answer of four members, after the database has accepted the pair; the
 * permissions are words with a blank between.
 */
struct granted {
	const char *subject, *permissions;
	int64_t seconds; /* that the access token holds */
};
struct err *mint_answer(struct req *, struct res *, const struct pair *,
    const struct granted *) MUST_CHECK;

/* The certificate's key made this signature of the text; base64, any kind. */
struct err *mint_signed(const struct cert *, struct arena *, const char *text,
    const char *signature) MUST_CHECK;

#endif
