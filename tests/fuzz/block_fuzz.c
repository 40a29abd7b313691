/*
 * Whatever the bytes are, they are decoded or refused; and what was decoded
 * is settled, and comes back when it is encoded again.
 *
 * The first byte of the input says what the rest is.  Sums are made right, or
 * nothing behind them would ever be reached.
 */
#include "fuzz.h"

#include <math.h>
#include <string.h>
#include <zlib.h>

#include "store/bucket.h"

enum {
	AS_IT_IS,
	A_RUN,
	RUNS,
	ACROSS,
	PARTS,
	READINGS,
	KINDS,
	SEEDS = 96,
	SEED_READINGS = 300,
	READING_MIN = 6, /* bytes of the input that make one */
	READING_MAX = 14,
	BUCKETS = 16
};

static void
le32(unsigned char *p, uint32_t v)
{
	int i;

	for (i = 0; i < 4; i++)
		p[i] = (unsigned char)(v >> 8 * i);
}

static unsigned char *
varint(unsigned char *p, size_t v)
{
	for (; v > 127; v >>= 7)
		*p++ = (unsigned char)(v | 128);
	*p++ = (unsigned char)v;
	return p;
}

/* A block whose only part is this one; it has as many readings. */
static struct bytes
as_part(struct arena *a, struct bytes across)
{
	unsigned char *block = arena_alloc(a, across.n + 32);
	unsigned char *p = block + 8;
	size_t i = 8;

	memcpy(block, "FB\2\3", 4);
	do
		*p++ = across.p[i];
	while ((across.p[i++] & 128) != 0 && i < across.n && i < 16);
	p = varint(varint(p, 1), across.n << 1 | 1);
	le32(block + 4, (uint32_t)crc32_z(crc32_z(0, block, 4), block + 8,
			    (size_t)(p - block) - 8));
	memcpy(p, across.p, across.n);
	return (struct bytes){ block, (size_t)(p - block) + across.n };
}

/* The input as a run or a block whose sums are right. */
static struct bytes
with_sum(struct arena *a, const uint8_t *data, size_t n, int kind)
{
	unsigned char *p = arena_alloc(a, n + 32), *run = p + 16;
	size_t head = 8;

	memcpy(p, "FB\2\2", 4);
	if (kind == ACROSS || kind == PARTS) {
		memcpy(p + 8, data, n);
		le32(p + 4, (uint32_t)crc32_z(crc32_z(0, p, 4), p + 8, n));
		if (kind == PARTS && n > 0)
			return as_part(a, (struct bytes){ p, n + 8 });
		return (struct bytes){ p, n + 8 };
	}
	memcpy(run + 4, data, n);
	le32(run, (uint32_t)crc32_z(0, run + 4, n));
	if (kind == A_RUN || n < 4 || n > 124)
		return (struct bytes){ run, n + 4 };
	/* A block of one run: its readings are at most 127, one byte. */
	p[3] = 1;
	p[head++] = data[0] & 0x7f;
	p[head++] = 1;
	p[head++] = (unsigned char)(n + 4);
	le32(p + 4, (uint32_t)crc32_z(crc32_z(0, p, 4), p + 8, head - 8));
	memmove(p + head, run, n + 4);
	return (struct bytes){ p, head + n + 4 };
}

/* The same bytes where a look behind their end is found out. */
static struct bytes
exact(struct arena *a, struct bytes b)
{
	void *p = malloc(b.n + 1);

	CLAIM(p != NULL);
	arena_defer(a, free, p);
	memcpy((unsigned char *)p + 1, b.p, b.n);
	return (struct bytes){ (unsigned char *)p + 1, b.n };
}

static bool
is_same(const struct reading *x, const struct reading *y)
{
	return x->sensor == y->sensor && x->time == y->time &&
	       x->rev == y->rev && x->quality == y->quality &&
	       memcmp(&x->value, &y->value, sizeof(x->value)) == 0;
}

static void
comes_back(struct arena *a, const struct readings *r)
{
	struct directory dir;
	struct readings back;
	int with;
	size_t i;

	for (with = 0; with < 2; with++) {
		struct bytes b = block_encode(a, with ? &dir : NULL, r);

		CLAIM(block_decode(&back, a, b) == NULL);
		CLAIM(back.n == r->n);
		for (i = 0; i < r->n; i++)
			CLAIM(is_same(&back.v[i], &r->v[i]));
	}
}

/* A run as readings, as columns and as buckets is the same run. */
static void
read_run(struct arena *a, struct bytes b)
{
	struct bucket x[BUCKETS], y[BUCKETS];
	int64_t edge[BUCKETS + 1];
	struct readings r;
	struct run run;
	size_t i;

	if (run_decode(&r, a, b) != NULL) {
		CLAIM(run_columns(&run, a, b) != NULL);
		return;
	}
	CLAIM(run_columns(&run, a, b) == NULL && run.n == r.n);
	for (i = 0; i < r.n; i++)
		CLAIM(run.time[i] == r.v[i].time && run.rev[i] == r.v[i].rev &&
		      memcmp(&run.value[i], &r.v[i].value, 8) == 0);
	for (i = 0; i <= BUCKETS; i++)
		edge[i] = (int64_t)((uint64_t)r.v[r.n / 4].time + i * 1000);
	if (edge[BUCKETS] < edge[0])
		return;
	buckets_clear(x, edge, BUCKETS);
	buckets_clear(y, edge, BUCKETS);
	buckets_fold(x, edge, BUCKETS, r.v, r.n);
	CLAIM(buckets_fold_coded(y, edge, BUCKETS, b) == NULL);
	for (i = 0; i < BUCKETS; i++)
		CLAIM(x[i].count == y[i].count && x[i].bad == y[i].bad &&
		      x[i].quality == y[i].quality);
	comes_back(a, &r);
}

static int64_t
take(const uint8_t **p, size_t n)
{
	int64_t v = 0;

	memcpy(&v, *p, n);
	*p += n;
	return v;
}

/* Two bytes of a value are a decimal, eight a double of any kind. */
static void
read_readings(struct readings *r, struct arena *a, const uint8_t *p, size_t n)
{
	const uint8_t *end = p + n;

	r->v = arena_array(a, n / READING_MIN + 1, sizeof(*r->v));
	for (r->n = 0; end - p >= READING_MAX; r->n++) {
		struct reading *to = &r->v[r->n];
		uint8_t how = *p++;
		int64_t bits;

		to->sensor = (int8_t)take(&p, 1);
		to->time = take(&p, how & 1 ? 2 : 3) << (how >> 4);
		to->quality = (uint8_t)(how & 2 ? take(&p, 1) : 98);
		to->rev = (uint16_t)(how & 4 ? *p : 0);
		if (how & 8) {
			bits = take(&p, 8);
			memcpy(&to->value, &bits, sizeof(bits));
		} else {
			to->value = (double)(int16_t)take(&p, 2) / 100;
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct arena *a;
	struct readings r = { 0 };
	struct bytes b;

	if (a == NULL)
		a = arena_new();
	if (n == 0)
		return 0;
	n--;
	switch (*data++ % KINDS) {
	case AS_IT_IS:
		(void)!block_decode(&r, a, (struct bytes){ data, n });
		read_run(a, (struct bytes){ data, n });
		break;
	case A_RUN:
		read_run(a, exact(a, with_sum(a, data, n, A_RUN)));
		break;
	case READINGS:
		read_readings(&r, a, data, n);
		(void)readings_settle(&r, a);
		comes_back(a, &r);
		break;
	default:
		b = exact(a, with_sum(a, data, n, data[-1] % KINDS));
		if (block_decode(&r, a, b) == NULL)
			comes_back(a, &r);
	}
	arena_reset(a);
	return 0;
}

static double
seed_value(int kind, size_t i)
{
	double noise = (double)(i * 2654435761u % 97) / 10;

	switch (kind % 6) {
	case 0:
		return noise;
	case 1:
		return (double)(float)(20 + noise);
	case 2:
		return sin((double)i);
	case 3:
		return (double)(float)sin((double)i);
	case 4:
		return i % 50 == 7 ? NAN : (20 + noise) / 3 * 3;
	default:
		return i % 3 == 0 ? 0.054711 : 0.382638;
	}
}

/* Runs and blocks that are right, for every form of column. */
int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static struct reading v[SEED_READINGS];
	struct arena *a = arena_new();
	int k;
	size_t i;

	(void)argc;
	(void)argv;
	for (k = 0; k < SEEDS; k++) {
		size_t n = k % 4 == 0 ? SEED_READINGS : (size_t)k % 40 + 1;
		bool run = k % 3 == 0;
		struct readings r = { .v = v, .n = n };
		unsigned char *seed;
		struct bytes b;

		for (i = 0; i < n; i++)
			v[i] = (struct reading){ .time = (int64_t)(i * 1000 +
								   i * i % 7),
				.value = seed_value(k, i),
				.sensor = run ? 1 : (int32_t)(i / 3),
				.quality = i % 31 == 5 ? 60 : 98,
				.rev = (uint16_t)(i % 41 == 9) };
		b = run ? run_encode(a, v, n) : block_encode(a, NULL, &r);
		i = run ? 4 : 8;
		seed = arena_alloc(a, b.n);
		seed[0] = run ? A_RUN : k % 3 == 1 ? ACROSS : PARTS;
		memcpy(seed + 1, b.p + i, b.n - i);
		seed_write(k, seed, 1 + b.n - i);
	}
	arena_free(a);
	return 0;
}
