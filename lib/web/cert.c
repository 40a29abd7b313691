/* The certificate that a device has shown to the TLS listener for devices. */
#include <string.h>

#include "base/log.h"
#include "trust/x509.h"
#include "web/internal.h"

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The PEM text that nginx has written with %XX; no bytes when it is not. */
static struct bytes
unescape(struct arena *a, const char *s)
{
	unsigned char *to = arena_alloc(a, strlen(s) + 1);
	struct bytes none = { NULL, 0 };
	size_t n = 0;

	while (*s != 0) {
		if (*s != '%') {
			to[n++] = (unsigned char)*s++;
			continue;
		}
		if (hex(s[1]) < 0 || hex(s[2]) < 0)
			return none;
		to[n++] = (unsigned char)(hex(s[1]) << 4 | hex(s[2]));
		s += 3;
	}
	return (struct bytes){ to, n };
}

struct bytes
req_cert(const struct req *rq)
{
	/* No header can have this name: those are all HTTP_*. */
	const char *text = FCGX_GetParam("SSL_CLIENT_CERT", rq->fcgi->envp);
	struct cert cert;
	struct err *e;

	if (text == NULL || *text == 0)
		return (struct bytes){ NULL, 0 };
	if ((e = cert_read(&cert, rq->arena, unescape(rq->arena, text))) !=
	    NULL) {
		log_err(e, "req=%s", rq->id);
		return (struct bytes){ NULL, 0 };
	}
	return cert.der;
}
