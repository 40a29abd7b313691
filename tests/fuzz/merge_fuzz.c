/*
 * Merging and settling do what a model does that looks at every pair.
 *
 * The input is arrays of small keys, so that many are alike; a byte says when
 * the next array begins.
 */
#include "fuzz.h"

#include <stdbool.h>
#include <string.h>

#include "store/readings.h"

enum { ARRAYS = 64, READINGS = 512 };

static bool
before(const struct reading *x, const struct reading *y)
{
	return x->sensor != y->sensor ? x->sensor < y->sensor
				      : x->time < y->time;
}

/* Put r where it belongs among n settled ones; returns how many there are. */
static size_t
model_add(struct reading *v, size_t n, const struct reading *r)
{
	size_t i = 0;

	while (i < n && before(&v[i], r))
		i++;
	if (i < n && !before(r, &v[i])) {
		if (r->rev > v[i].rev)
			v[i] = *r;
		return n;
	}
	memmove(&v[i + 1], &v[i], (n - i) * sizeof(*v));
	v[i] = *r;
	return n + 1;
}

static void
is_model(const struct readings *r, const struct reading *model, size_t n)
{
	size_t i;

	CLAIM(r->n == n);
	for (i = 0; i < n; i++)
		CLAIM(r->v[i].sensor == model[i].sensor &&
		      r->v[i].time == model[i].time &&
		      r->v[i].rev == model[i].rev &&
		      r->v[i].value == model[i].value);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct reading all[READINGS], model[READINGS], each[READINGS];
	struct readings in[ARRAYS] = { { each, 0, 0 } }, out;
	struct readings loose = { .v = all };
	size_t i, k = 0, n = 0, kept = 0, dropped = 0;
	struct arena *a = arena_new();

	for (i = 0; i + 2 <= size && loose.n < READINGS; i += 2) {
		struct reading r = { .sensor = data[i] >> 5,
			.time = data[i] & 31,
			.rev = data[i + 1] & 3,
			.value = (double)i };

		if (data[i + 1] >> 4 == 0 && k + 1 < ARRAYS) {
			n += in[k++].n;
			in[k] = (struct readings){ .v = each + n };
		}
		all[loose.n++] = r;
		kept = model_add(model, kept, &r);
		in[k].n = model_add(in[k].v, in[k].n, &r);
	}
	for (i = 0; i <= k; i++)
		dropped += in[i].n;
	CLAIM(readings_merge(&out, a, in, k + 1) == dropped - kept);
	is_model(&out, model, kept);
	dropped = loose.n;
	CLAIM(readings_settle(&loose, a) == dropped - kept);
	is_model(&loose, model, kept);
	arena_free(a);
	return 0;
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	unsigned char seed[2 * READINGS];
	size_t i;
	int k;

	(void)argc;
	(void)argv;
	for (k = 0; k < 8; k++) {
		for (i = 0; i < sizeof(seed); i++)
			seed[i] = (unsigned char)(i * (size_t)(k + 1) >> k % 3);
		seed_write(k, seed, sizeof(seed));
	}
	return 0;
}
