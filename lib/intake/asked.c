#include "intake/asked.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = { "device", "tick_ns" };

/* What ends a value, and what would not be seen, goes by its number. */
static void
put(struct buf *b, const char *name, const char *value)
{
	if (value == NULL || *value == 0)
		return;
	buf_printf(b, "%s%s=", b->n > 0 ? "&" : "", name);
	for (; *value != 0; value++)
		if (strchr("%&", *value) != NULL ||
		    (unsigned char)*value <= 0x20)
			buf_printf(b, "%%%02X", (unsigned char)*value);
		else
			buf_byte(b, (unsigned char)*value);
}

const char *
asked_text(struct arena *a, const struct asked *q)
{
	struct buf b = buf_new(a, 64);

	put(&b, names[0], q->device);
	if (q->tick_ns != 0)
		put(&b, names[1],
		    arena_printf(a, "%lld", (long long)q->tick_ns));
	return b.n > 0 ? (const char *)b.p : NULL;
}

static const char *
value_of(struct arena *a, const char *s, size_t n)
{
	struct buf b = buf_new(a, n);
	char hex[3] = "";
	size_t i;

	for (i = 0; i < n; i++) {
		if (s[i] != '%' || i + 2 >= n ||
		    !isxdigit((unsigned char)s[i + 1]) ||
		    !isxdigit((unsigned char)s[i + 2])) {
			buf_byte(&b, (unsigned char)s[i]);
			continue;
		}
		memcpy(hex, s + i + 1, 2);
		buf_byte(&b, (unsigned char)strtoul(hex, NULL, 16));
		i += 2;
	}
	return (const char *)b.p;
}

void
asked_read(struct asked *q, struct arena *a, const char *text)
{
	size_t n, m;

	for (; text != NULL && *text != 0; text += n + (text[n] == '&')) {
		const char *value;

		n = strcspn(text, "&");
		m = strcspn(text, "=");
		if (m >= n)
			continue;
		value = value_of(a, text + m + 1, n - m - 1);
		if (strncmp(text, "device=", 7) == 0)
			q->device = value;
		else if (strncmp(text, "tick_ns=", 8) == 0)
			q->tick_ns = strtoll(value, NULL, 10);
	}
}
