#include "web/password.h"

#include <openssl/evp.h>
#include <string.h>
#include <unistd.h>

#include "web/turn.h"

enum {
	AT_ONCE = 2,
	TRIES = 100, /* of 50 ms: five seconds */
	COST = 1 << 15,
	BLOCK = 8,
	LANES = 3,
	MEMORY = 64 * 1024 * 1024
};

struct err *
password_proof(unsigned char proof[PROOF_BYTES], const char *text,
    struct bytes salt, const char *lock_dir)
{
	int turn = -1, ok;

	if (*lock_dir != 0 &&
	    (turn = turn_take(lock_dir, "password", AT_ONCE, TRIES)) < 0)
		return err_raise(ERR_BUSY,
		    "Many people are signing in; please try again.",
		    "no turn for scrypt in %s", lock_dir);
	ok = EVP_PBE_scrypt(text, strlen(text), salt.p, salt.n, COST, BLOCK,
	    LANES, MEMORY, proof, PROOF_BYTES);
	if (turn >= 0)
		(void)close(turn);
	if (ok != 1)
		return err_raise(ERR_BUG, "Something went wrong on our side.",
		    "scrypt");
	return NULL;
}

void
password_verifier(unsigned char out[PROOF_BYTES],
    const unsigned char proof[PROOF_BYTES])
{
	(void)EVP_Digest(proof, PROOF_BYTES, out, NULL, EVP_sha256(), NULL);
}
