#include "web/apikey.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "base/env.h"

enum {
	PREFIX = 4, /* flx_ */
	ID = 8,
	SECRET = 64,
	CRC = 8,
	BODY = PREFIX + ID + 1 + SECRET,
	WHOLE = BODY + 1 + CRC
};

static uint32_t
crc(const char *key)
{
	return (uint32_t)crc32_z(0, (const unsigned char *)key, BODY);
}

const char *
apikey_new(struct arena *a)
{
	unsigned char r[4 + SECRET / 2];
	char *key = arena_alloc(a, WHOLE + 1), *w = key + PREFIX;
	size_t i;

	env_get()->random(r, sizeof(r));
	memcpy(key, "flx_", PREFIX);
	for (i = 0; i < sizeof(r); i++, w += 2) {
		(void)snprintf(w, 3, "%02x", r[i]);
		if (i == 3) {
			*(w + 2) = '_';
			w++;
		}
	}
	(void)snprintf(key + BODY, CRC + 2, "_%08x", crc(key));
	return key;
}

bool
apikey_plausible(const char *key)
{
	char want[CRC + 2];

	if (strlen(key) != WHOLE || memcmp(key, "flx_", PREFIX) != 0)
		return false;
	(void)snprintf(want, sizeof(want), "_%08x", crc(key));
	return memcmp(key + BODY, want, CRC + 1) == 0;
}

const char *
apikey_id(struct arena *a, const char *key)
{
	return arena_copy(a, key + PREFIX, ID);
}
