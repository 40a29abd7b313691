#include "model/reading_of.h"

#include <math.h>

#include "base/buf.h"
#include "model/decode.h"

static const enum point_type tried[] = { POINT_UINT16, POINT_INT16,
	POINT_FLOAT16, POINT_UINT32, POINT_INT32, POINT_FLOAT32, POINT_UINT64,
	POINT_INT64, POINT_FLOAT64 };

/* Straight first, then the nearest. */
static const double scales[] = { 1, 0.1, 0.01, 0.001, 0.0001, 10, 100, 1000 };

#define FOUR_DIGITS 5e-4

/* The power of ten that makes raw what is looked for; 0: none does. */
static double
scale_of(double raw, double wanted)
{
	size_t i;

	if (!isfinite(raw) || isnan(wanted))
		return 0;
	for (i = 0; i < sizeof(scales) / sizeof(*scales); i++)
		if (fabs(raw * scales[i] - wanted) <=
		    FOUR_DIGITS * fabs(wanted))
			return scales[i];
	return 0;
}

size_t
readings_of(struct reading_of **out, struct arena *a, const uint16_t *w, int n,
    double wanted)
{
	struct buf b = buf_new(a, 64 * sizeof(**out));
	size_t t;
	int at, o;

	for (at = 0; at < n; at++)
		for (t = 0; t < sizeof(tried) / sizeof(*tried); t++)
			for (o = 0; o < ORDERS; o++) {
				struct reading_of r = { .at = at,
					.type = tried[t],
					.order = (enum word_order)o };
				int words = decode_words(r.type);

				/* One register has only its bytes to swap. */
				if (at + words > n ||
				    (words == 1 && o != ORDER_ABCD &&
					o != ORDER_BADC))
					continue;
				r.raw = decode_raw(w + at, r.type, r.order);
				r.scale = scale_of(r.raw, wanted);
				buf_put(&b, &r, sizeof(r));
			}
	*out = (struct reading_of *)(void *)b.p;
	return b.n / sizeof(**out);
}
