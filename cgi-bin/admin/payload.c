#include "cgi-bin/admin/payload.h"

#include "base/utf8.h"

const char *
payload_text(struct arena *a, struct bytes body)
{
	struct buf b = buf_new(a, body.n + 1);
	size_t i, n;

	for (i = 0; i < body.n; i += n) {
		unsigned char c = body.p[i];

		n = utf8_character(body.p + i, body.n - i);
		if (n == 0 || c == 0x7f ||
		    (c < 0x20 && c != '\n' && c != '\t')) {
			n = 1;
			buf_text(&b, "·");
		} else {
			buf_put(&b, body.p + i, n);
		}
	}
	buf_text(&b, "");
	return (const char *)b.p;
}
