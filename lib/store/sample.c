#include "store/sample.h"

#include <math.h>
#include <string.h>

/* A window of more is not believed; so no sum of counts can overflow. */
enum { COUNT_MAX = 1000000000 };

static const char *const names[FACETS] = {
	[FACET_MIN] = "min",
	[FACET_MAX] = "max",
	[FACET_COUNT] = "count",
	[FACET_STDDEV] = "stddev",
	[FACET_DECIMALS] = "decimals",
};

enum facet
facet_named(const char *name)
{
	enum facet f = FACET_MIN;

	while (f < FACETS && strcmp(name, names[f]) != 0)
		f++;
	return f;
}

bool
sample_has(const struct sample *s, enum facet f)
{
	return (s->has >> f & 1) != 0;
}

struct bucket
sample_bucket(const struct sample *s)
{
	double v = s->r.value, count = 1, spread = 0;
	struct bucket b = { .first = v,
		.last = v,
		.first_at = s->r.time,
		.last_at = s->r.time,
		.quality = s->r.quality,
		.min = v,
		.max = v };

	if (isnan(v)) {
		b.bad = 1;
		return b;
	}
	if (sample_has(s, FACET_COUNT) && s->facet[FACET_COUNT] >= 1 &&
	    s->facet[FACET_COUNT] <= COUNT_MAX)
		count = floor(s->facet[FACET_COUNT]);
	if (sample_has(s, FACET_STDDEV))
		spread = s->facet[FACET_STDDEV];
	if (sample_has(s, FACET_MIN))
		b.min = s->facet[FACET_MIN];
	if (sample_has(s, FACET_MAX))
		b.max = s->facet[FACET_MAX];
	b.count = (size_t)count;
	b.sum = v * count;
	b.m2 = spread * spread * count;
	return b;
}

bool
sample_next(struct sample *out, struct sampler *s)
{
	size_t k;

	if (s->at == s->own.n)
		return false;
	*out = (struct sample){ .r = s->own.v[s->at++] };
	for (k = 0; k < FACETS; k++) {
		const struct readings *of = &s->of[k];
		size_t *at = &s->of_at[k];

		while (*at < of->n && of->v[*at].time < out->r.time)
			++*at;
		if (*at == of->n || of->v[*at].time != out->r.time ||
		    isnan(of->v[*at].value))
			continue;
		out->facet[k] = of->v[*at].value;
		out->has |= 1U << k;
	}
	return true;
}
