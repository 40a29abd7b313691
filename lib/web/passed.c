/* Which keys have passed the gate on this connection, and as whom. */
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "web/internal.h"

enum {
	PASSED_MAX = 64, /* after that the oldest goes */
	KEY_MAX = 128,	 /* a longer one is asked about each time */
	HOLDS_S = 60	 /* then it is asked again, and its use is noted */
};

struct passed {
	struct {
		unsigned char key[KEY_MAX];
		struct known known; /* its key is the one above */
		int64_t till;
	} v[PASSED_MAX];
	size_t next;
};

static void
release(void *what)
{
	free(what);
}

/* Its place; PASSED_MAX: none. */
static size_t
find(const struct passed *p, struct bytes key)
{
	size_t i;

	for (i = 0; i < PASSED_MAX; i++) {
		const struct known *k = &p->v[i].known;

		if (k->key.n == key.n &&
		    CRYPTO_memcmp(k->key.p, key.p, key.n) == 0)
			break;
	}
	return i;
}

bool
passed_find(struct known *out, struct db *db, struct bytes key)
{
	const struct passed *p = *db_kept(db, release);
	size_t i = p != NULL ? find(p, key) : PASSED_MAX;

	if (i == PASSED_MAX || p->v[i].till < env_mono())
		return false;
	*out = p->v[i].known;
	out->key = key;
	return true;
}

void
passed_keep(struct db *db, struct bytes key, const struct who *who)
{
	void **kept = db_kept(db, release);
	struct passed *p = *kept;
	struct known *k;
	size_t i;

	if (key.n > KEY_MAX)
		return;
	if (p == NULL && (*kept = p = calloc(1, sizeof(*p))) == NULL)
		abort();
	if ((i = find(p, key)) == PASSED_MAX)
		i = p->next++ % PASSED_MAX;
	memcpy(p->v[i].key, key.p, key.n);
	p->v[i].till = env_mono() + HOLDS_S * CLOCK_S;
	k = &p->v[i].known;
	k->key = (struct bytes){ p->v[i].key, key.n };
	k->tenant = who->tenant;
	k->device = who->device;
	k->can = who->can;
	k->registry = who->registry;
	k->cred = who->cred;
	k->limits = who->limits;
}
