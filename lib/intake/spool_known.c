/* Which keys the gate has let in lately, in a file that outlives us. */
#include <openssl/evp.h>
#include <string.h>
#include <zlib.h>

#include "base/clock.h"
#include "base/env.h"
#include "intake/spool_state.h"

enum { PROBES = 8 };

static uint32_t
sum_of(const struct known_slot *k)
{
	return (uint32_t)crc32_z(0, (const unsigned char *)k + sizeof(k->sum),
	    sizeof(*k) - sizeof(k->sum));
}

static bool
digest(unsigned char hash[32], struct bytes key)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	if (EVP_Digest(key.p, key.n, md, &n, EVP_sha256(), NULL) != 1 ||
	    n != 32)
		return false;
	memcpy(hash, md, 32);
	return true;
}

static struct known_slot *
slot_at(const struct spool *s, const unsigned char hash[32], uint32_t i)
{
	uint32_t at;

	memcpy(&at, hash, sizeof(at));
	return &s->known[(at + i) % KNOWN_SLOTS];
}

/*
 * Its slot, and what stands in it in one piece; others may be writing, and
 * what they have not finished has no right sum.
 */
static struct known_slot *
find(struct known_slot *out, const struct spool *s,
    const unsigned char hash[32])
{
	uint32_t i;

	for (i = 0; i < PROBES; i++) {
		struct known_slot *k = slot_at(s, hash, i);

		memcpy(out, k, sizeof(*out));
		if (memcmp(out->hash, hash, 32) == 0 && out->sum == sum_of(out))
			return k;
	}
	return NULL;
}

bool
spool_knows(struct spool_known *out, struct spool *s, struct bytes key)
{
	unsigned char hash[32];
	struct known_slot k;
	int64_t now = env_now();

	if (!digest(hash, key) || find(&k, s, hash) == NULL || k.seen > now ||
	    k.seen < now - SPOOL_KNOWN_H * CLOCK_HOUR)
		return false;
	*out = k.who;
	return true;
}

/* Where a new one goes: a place that is free, or the one unseen longest. */
static struct known_slot *
place_for(const struct spool *s, const unsigned char hash[32])
{
	struct known_slot *best = slot_at(s, hash, 0);
	uint32_t i;

	for (i = 0; i < PROBES; i++) {
		struct known_slot *k = slot_at(s, hash, i);

		if (k->seen < best->seen)
			best = k;
	}
	return best;
}

void
spool_meet(struct spool *s, struct bytes key, const struct spool_known *who)
{
	struct known_slot fresh, was, *to;

	memset(&fresh, 0, sizeof(fresh));
	if (!digest(fresh.hash, key))
		return;
	if ((to = find(&was, s, fresh.hash)) == NULL)
		to = place_for(s, fresh.hash);
	fresh.who = *who;
	fresh.seen = env_now();
	fresh.sum = sum_of(&fresh);
	memcpy(to, &fresh, sizeof(fresh));
}

void
spool_part(struct spool *s, struct bytes key)
{
	unsigned char hash[32];
	struct known_slot was, *k;

	if (digest(hash, key) && (k = find(&was, s, hash)) != NULL)
		memset(k, 0, sizeof(*k));
}
