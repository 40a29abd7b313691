#include "web/password.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

enum {
	AT_ONCE = 2,
	TRIES = 100, /* of 50 ms: five seconds */
	COST = 1 << 15,
	BLOCK = 8,
	LANES = 3,
	MEMORY = 64 * 1024 * 1024
};

/* A lock file that nobody holds; -1 when all stay taken. */
static int
take_turn(const char *dir)
{
	static const struct timespec pause = { 0, 50 * 1000000 };
	char path[256];
	int try, i, fd;

	for (try = 0; try < TRIES; try++) {
		for (i = 0; i < AT_ONCE; i++) {
			(void)snprintf(path, sizeof(path), "%s/password.%d",
			    dir, i);
			fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
			if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
				return fd;
			if (fd >= 0)
				(void)close(fd);
		}
		(void)nanosleep(&pause, NULL);
	}
	return -1;
}

struct err *
password_proof(unsigned char proof[PROOF_BYTES], const char *text,
    struct bytes salt, const char *lock_dir)
{
	int turn = -1, ok;

	if (*lock_dir != 0 && (turn = take_turn(lock_dir)) < 0)
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
