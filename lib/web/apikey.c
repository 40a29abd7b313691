#include "web/apikey.h"

#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "base/env.h"
#include "base/hex.h"

enum {
	PREFIX = 4, /* flx_ */
	ID = 8,
	SECRET = 64,
	CRC = 8,
	BODY = PREFIX + ID + 1 + SECRET,
	WHOLE = BODY + 1 + CRC,
	SHORT_SECRET = 16,
	SHORT = PREFIX + SHORT_SECRET,
	SHA = 32
};

static const char alphabet[] =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

enum { SIGNS = sizeof(alphabet) - 1, LOW_SIGNS = 36 };

static uint32_t
crc(const char *key)
{
	return (uint32_t)crc32_z(0, (const unsigned char *)key, BODY);
}

const char *
apikey_new(struct arena *a)
{
	unsigned char r[4 + SECRET / 2];
	char *key = arena_alloc(a, WHOLE + 1);

	env_get()->random(r, sizeof(r));
	memcpy(key, "flx_", PREFIX);
	hex_write(key + PREFIX, r, 4);
	key[PREFIX + 8] = '_';
	hex_write(key + PREFIX + 9, r + 4, SECRET / 2);
	(void)snprintf(key + BODY, CRC + 2, "_%08x", crc(key));
	return key;
}

const char *
apikey_new_short(struct arena *a)
{
	char *key = arena_alloc(a, SHORT + 1), *w = key + PREFIX;
	unsigned char r;

	memcpy(key, "flt_", PREFIX);
	while (w < key + SHORT) {
		env_get()->random(&r, 1);
		/* Each of them as likely as the others. */
		if (r < 256 / SIGNS * SIGNS)
			*w++ = alphabet[r % SIGNS];
	}
	return key;
}

static bool
is_short(const char *key)
{
	return strncmp(key, "flt_", PREFIX) == 0 && strlen(key) == SHORT &&
	       strspn(key + PREFIX, alphabet) == SHORT_SECRET;
}

bool
apikey_plausible(const char *key)
{
	char want[CRC + 2];

	if (is_short(key))
		return true;
	if (strlen(key) != WHOLE || memcmp(key, "flx_", PREFIX) != 0)
		return false;
	(void)snprintf(want, sizeof(want), "_%08x", crc(key));
	return memcmp(key + BODY, want, CRC + 1) == 0;
}

const char *
apikey_id(struct arena *a, const char *key)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	char id[ID] = { 't' };
	size_t i;

	if (!is_short(key))
		return arena_copy(a, key + PREFIX, ID);
	(void)EVP_Digest(key, SHORT, hash, NULL, EVP_sha256(), NULL);
	for (i = 1; i < ID; i++)
		id[i] = alphabet[hash[SHA - i] % LOW_SIGNS];
	return arena_copy(a, id, ID);
}

bool
apikey_id_is_short(const char *id)
{
	return *id == 't';
}
