#include "trust/qr.h"

#include <errno.h>
#include <qrencode.h>
#include <stdbool.h>
#include <string.h>

enum { MARGIN = 4 /* modules, as the standard asks for */ };

/* The lowest bit of a module says that it is dark. */
static bool
dark(const QRcode *q, int x, int y)
{
	return x < q->width && (q->data[y * q->width + x] & 1) != 0;
}

struct err *
qr_path(struct buf *path, int *side, const char *text)
{
	QRcode *q = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1);
	int x, y, n;

	if (q == NULL)
		return err_raise(ERR_BUG, "Something went wrong on our side.",
		    "QR of %zu bytes: %s", strlen(text), strerror(errno));
	for (y = 0; y < q->width; y++)
		for (x = 0; x < q->width; x += n) {
			for (n = 0; dark(q, x + n, y); n++)
				;
			if (n > 0)
				buf_printf(path, "M%d %dh%dv1h-%dz", x + MARGIN,
				    y + MARGIN, n, n);
			else
				n = 1;
		}
	*side = q->width + 2 * MARGIN;
	QRcode_free(q);
	return NULL;
}
