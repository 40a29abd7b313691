/*
 * people.h - what the pages of signing in and of one's account share.
 */
#ifndef AUTH_PEOPLE_H
#define AUTH_PEOPLE_H

#include "cgi-bin/auth/routes.h"
#include "model/address.h"
#include "web/password.h"

enum { TOKEN_BYTES = 32, TYPED_MAX = 256 };

/* A path of ours, never another site's; "/" when it is none. */
const char *path_local(const char *);

/* The same path as part of a query, "/devices/a%26b". */
const char *path_quoted(struct arena *, const char *);

struct bytes token_new(struct arena *);
struct bytes token_hash(struct arena *, struct bytes);

/* Bytes of so many hexadecimal digits; false when it is something else. */
bool token_read(struct bytes *, struct arena *, const char *hex);

/* A form needs a cookie to be tied to, also of who is not signed in. */
void visitor_know(struct req *, struct res *);

/* A field of the form: NULL when it is missing, empty or endless. */
const char *typed(const struct req *, const char *name);

/* What the database has in place of an address; all below goes by it. */
struct err *people_index(const char **index, struct req *,
    const char *email) MUST_CHECK;

/* The page of signing in; what is NULL is not there. */
struct login {
	const char *email, *next, *error;
	const char *slug, *provider; /* of a tenant that has one */
};

struct err *login_page(struct req *, struct res *,
    const struct login *) MUST_CHECK;

/* By which program somebody signs in, as far as it can be kept as text. */
const char *agent_of(struct req *);

/* The proof of a password for the address of this index, known or not. */
struct err *people_proof(struct bytes *proof, struct req *, const char *index,
    const char *password) MUST_CHECK;

/* What is stored of a proof. */
struct bytes people_verifier(struct arena *, struct bytes proof);

/* The session's person. */
struct account {
	const char *index;
	struct address address;
	int64_t user;
	struct bytes sealed; /* of the factor; n = 0: there is none */
	int64_t last_step;
	bool confirmed; /* the factor is in force */
	int codes;	/* recovery codes that are left */
};

struct err *account_read(struct account *, struct req *) MUST_CHECK;

/* The person's address, opened. */
struct err *account_email(const char **email, struct req *,
    const struct account *) MUST_CHECK;

/* The factor's secret, sealed and opened with the tenant's key. */
struct err *factor_seal(struct bytes *sealed, struct req *,
    const struct seal_key *, int32_t tenant, int64_t user,
    struct bytes secret) MUST_CHECK;
struct err *factor_open(struct bytes *secret, struct req *,
    const struct seal_key *, int32_t tenant, int64_t user,
    struct bytes sealed) MUST_CHECK;

/* The same for one's own, in the request's transaction. */
struct err *account_secret(struct bytes *secret, struct req *,
    const struct account *) MUST_CHECK;

/* States a secret for layout/secret.cs; the account's name goes with it. */
struct err *factor_show(struct view *, struct arena *, struct bytes secret,
    const char *account) MUST_CHECK;

/* Ten new recovery codes, stated for codes.cs; the array of their hashes. */
struct arg recovery_new(struct view *, struct arena *);

/* Does this session wait for a second factor to be set up? */
struct err *setup_is_due(bool *due, struct req *,
    struct bytes session) MUST_CHECK;

/* The account's page again, with what went wrong in one of its forms. */
struct err *account_again(struct req *, struct res *, const char *form,
    const char *problem) MUST_CHECK;

#endif
