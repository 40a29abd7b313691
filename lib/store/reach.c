#include "store/reach.h"

#include "base/buf.h"

enum { RANGE_MAX = 32 }; /* bytes of one as text */

const char *
reach_of(struct arena *a, const struct readings *r)
{
	struct buf b = buf_new(a, REACH_RANGES * RANGE_MAX);
	size_t each = (readings_runs(r) + REACH_RANGES - 1) / REACH_RANGES;
	size_t i, in = 0;
	int32_t low = 0;

	buf_byte(&b, '{');
	for (i = 0; i < r->n;) {
		int32_t sensor = r->v[i].sensor;

		if (in == 0)
			low = sensor;
		i += readings_run(r->v + i, r->n - i);
		if (++in < each && i < r->n)
			continue;
		buf_printf(&b, "%s[%d,%d]", b.n > 1 ? "," : "", (int)low,
		    (int)sensor);
		in = 0;
	}
	buf_byte(&b, '}');
	return (const char *)b.p;
}
