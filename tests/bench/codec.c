/*
 * What the codec does, alone: "name value unit" lines.
 *
 * The plant is ours: a day of twenty sensors at 1 Hz, as a hundred of them
 * would be spread.  With FLUX_CORPORA, a folder that holds nab, skab and ett,
 * public recordings are measured too.  What NAB generated (art_*: ten random
 * digits behind the point, which no coding takes below 4.4 bytes) is no
 * recording, and has a line of its own.
 */
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

#include "store/bucket.h"

enum {
	DAY = 86400,
	RUN = 4096,
	RUNS = (DAY + RUN - 1) / RUN,
	SENSORS = 20,
	MINUTES = 1440,
	ROUNDS = 9,
	COLUMNS_MAX = 8, /* of a recording, without its time and its labels */
	ROWS_MAX = 65536,
	SERIES_MAX = 512
};

#define MIDNIGHT INT64_C(1763683200000000)

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int
by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double
median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), by_size);
	return v[n / 2];
}

static double
largest(const double *v, size_t n)
{
	double most = v[0];

	for (; n > 0; n--)
		most = fmax(most, v[n - 1]);
	return most;
}

/* ---- the plant ---- */

static double
uniform(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return ((double)(*seed >> 11) + 1) / 9007199254740993.0;
}

static double
normal(uint64_t *seed)
{
	double u = uniform(seed), v = uniform(seed);

	return sqrt(-2 * log(u)) * cos(2 * M_PI * v);
}

/* What a sensor's process remembers from second to second. */
struct process {
	uint64_t seed;
	double drift, total;
	int left;
	bool on;
};

/* A slow process and the noise of its sensor, a tenth of a degree a step. */
static double
temperature(struct process *p, double t)
{
	p->drift += 0.02 * normal(&p->seed) - 0.0005 * p->drift;
	return nearbyint((45.7 + 6 * sin(t / 13750) + p->drift +
			     0.04 * normal(&p->seed)) *
			 10) /
	       10;
}

static double
pressure(struct process *p, double t)
{
	p->drift += 0.05 * normal(&p->seed) - 0.002 * p->drift;
	return nearbyint((350 + 4 * sin(t / 600) + p->drift +
			     0.5 * sin(t * 0.817) + 0.05 * normal(&p->seed)) *
			 100) /
	       100;
}

static double
totalizer(struct process *p, double t)
{
	(void)t;
	p->drift += 0.0004 * normal(&p->seed) - 0.002 * p->drift;
	p->total += fabs(0.025 + p->drift + 0.001 * normal(&p->seed));
	return nearbyint((184223.507 + p->total) * 1000) / 1000;
}

static double
flow(struct process *p, double t)
{
	(void)t;
	p->drift += 0.8 * normal(&p->seed) - 0.001 * p->drift;
	return (double)(float)(1830 + p->drift + 2.5 * normal(&p->seed));
}

static double
pump(struct process *p, double t)
{
	(void)t;
	if (p->left-- <= 0) {
		p->on = !p->on;
		p->left = (int)(-600 * log(uniform(&p->seed)));
	}
	return p->on;
}

static const struct {
	double (*value)(struct process *, double t);
	int sensors;
} plant[] = { { temperature, 14 }, { pressure, 2 }, { totalizer, 2 },
	{ flow, 1 }, { pump, 1 } };

static void
make_day(struct reading *r, int32_t sensor,
    double (*value)(struct process *, double t))
{
	struct process p = { .seed =
				 88172645463325252u + (uint64_t)sensor * 977 };
	int i;

	for (i = 0; i < DAY; i++)
		r[i] = (struct reading){ .time = MIDNIGHT + i * 1000000ll,
			.value = value(&p, i),
			.sensor = sensor,
			.quality = uniform(&p.seed) < 0.0005 ? 60 : 98 };
}

static struct reading *
make_plant(struct arena *a)
{
	struct reading *r = arena_array(a, (size_t)SENSORS * DAY, sizeof(*r));
	int32_t sensor = 0;
	size_t i;
	int k;

	for (i = 0; i < sizeof(plant) / sizeof(*plant); i++)
		for (k = 0; k < plant[i].sensors; k++, sensor++)
			make_day(r + (size_t)sensor * DAY, sensor + 1,
			    plant[i].value);
	return r;
}

static void
must(struct err *e)
{
	if (e == NULL)
		return;
	(void)fprintf(stderr, "codec: %s (%s)\n", e->say, e->why);
	exit(1);
}

/* Encode n readings in runs; returns the bytes, and the runs when asked. */
static size_t
encode(struct bytes *to, struct arena *a, const struct reading *r, size_t n)
{
	size_t i, k, size = 0;

	for (i = 0; i < n; i += k) {
		struct bytes b;

		k = n - i < RUN ? n - i : RUN;
		b = run_encode(a, r + i, k);
		size += b.n;
		if (to != NULL)
			*to++ = b;
	}
	return size;
}

static size_t
encode_plant(struct bytes *to, struct arena *a, const struct reading *r)
{
	size_t k, size = 0;

	for (k = 0; k < SENSORS; k++)
		size += encode(to == NULL ? NULL : to + k * RUNS, a,
		    r + k * DAY, DAY);
	return size;
}

static double
time_encode(const struct reading *r)
{
	struct arena *a = arena_new();
	double took[ROUNDS];
	int i;

	for (i = 0; i < ROUNDS; i++) {
		double from = now();
		size_t k;

		for (k = 0; k < SENSORS; k++) {
			(void)encode(NULL, a, r + k * DAY, DAY);
			arena_reset(a);
		}
		took[i] = now() - from;
	}
	arena_free(a);
	return median(took, ROUNDS);
}

static double
time_decode(const struct bytes *runs)
{
	struct arena *a = arena_new();
	struct run run = { 0 };
	double took[ROUNDS];
	size_t k;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		double from = now();

		for (k = 0; k < (size_t)SENSORS * RUNS; k++)
			must(run_columns_again(&run, a, runs[k]));
		took[i] = now() - from;
	}
	arena_free(a);
	return median(took, ROUNDS);
}

static double
time_fold(const struct bytes *runs)
{
	static int64_t edge[MINUTES + 1];
	static struct bucket b[MINUTES];
	double took[ROUNDS * ROUNDS];
	size_t k;
	int i;

	for (k = 0; k <= MINUTES; k++)
		edge[k] = MIDNIGHT + (int64_t)k * 60000000;
	for (i = 0; i < ROUNDS * ROUNDS; i++) {
		double from = now();

		buckets_clear(b, edge, MINUTES);
		for (k = 0; k < RUNS; k++)
			must(buckets_fold_coded(b, edge, MINUTES, runs[k]));
		took[i] = now() - from;
	}
	return median(took, ROUNDS * ROUNDS);
}

/* ---- public recordings ---- */

/* The columns of a recording, in the order of its lines. */
struct recording {
	struct reading *v[COLUMNS_MAX];
	size_t n, columns;
};

static bool
read_time(int64_t *time, const char *s)
{
	struct tm tm = { 0 };

	if (strptime(s, "%Y-%m-%d %H:%M:%S", &tm) == NULL)
		return false;
	*time = (int64_t)timegm(&tm) * 1000000;
	return true;
}

static void
read_line(struct recording *r, struct arena *a, char *line)
{
	char *at = line + strcspn(line, ",;");
	int64_t time;
	size_t k;

	if (!read_time(&time, line) || r->n == ROWS_MAX)
		return;
	for (k = 0; k < COLUMNS_MAX && *at != '\0' && *at != '\n'; k++) {
		if (r->v[k] == NULL)
			r->v[k] = arena_array(a, ROWS_MAX, sizeof(*r->v[k]));
		r->v[k][r->n] = (struct reading){ .time = time,
			.value = strtod(at + 1, &at),
			.sensor = (int32_t)k + 1,
			.quality = 98 };
		at += strcspn(at, ",;\n");
	}
	r->columns = k;
	r->n++;
}

/* Add the bytes a reading of each column of the file. */
static size_t
measure(double *to, size_t room, const char *path)
{
	struct arena *a = arena_new();
	struct recording rec = { .n = 0 };
	gzFile f = gzopen(path, "r");
	char line[1024];
	size_t k;

	while (f != NULL && gzgets(f, line, sizeof(line)) != NULL)
		read_line(&rec, a, line);
	for (k = 0; rec.n > 0 && k < rec.columns && k < room; k++) {
		struct readings r = { .v = rec.v[k], .n = rec.n };

		(void)readings_settle(&r, a);
		to[k] = (double)encode(NULL, a, r.v, r.n) / (double)r.n;
		if (getenv("FLUX_BENCH_EACH") != NULL)
			(void)fprintf(stderr, "%s %zu %.3f\n", path, k, to[k]);
	}
	if (f != NULL)
		(void)gzclose(f);
	arena_free(a);
	return k;
}

static size_t
measure_folder(double *to, size_t room, const char *corpora, const char *name,
    bool generated)
{
	char folder[1024], path[2048];
	struct dirent *entry;
	size_t n = 0;
	DIR *d;

	(void)snprintf(folder, sizeof(folder), "%s/%s", corpora, name);
	if ((d = opendir(folder)) == NULL)
		return 0;
	while ((entry = readdir(d)) != NULL) {
		if (strstr(entry->d_name, ".csv") == NULL ||
		    (strncmp(entry->d_name, "art_", 4) == 0) != generated)
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", folder,
		    entry->d_name);
		n += measure(to + n, room - n, path);
	}
	(void)closedir(d);
	return n;
}

static void
public_bytes(const char *corpora)
{
	static const char *const names[] = { "nab", "skab", "ett" };
	static double v[SERIES_MAX];
	size_t n = 0, i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		n += measure_folder(v + n, SERIES_MAX - n, corpora, names[i],
		    false);
	if (n == 0)
		return;
	(void)printf("public_bytes_median %.3f B/reading\n", median(v, n));
	(void)printf("public_bytes_max %.3f B/reading\n", largest(v, n));
	n = measure_folder(v, SERIES_MAX, corpora, names[0], true);
	if (n > 0)
		(void)printf("public_bytes_generated_max %.3f B/reading\n",
		    largest(v, n));
}

int
main(void)
{
	struct arena *a = arena_new();
	struct reading *r = make_plant(a);
	struct bytes *runs =
	    arena_array(a, (size_t)SENSORS * RUNS, sizeof(*runs));
	size_t n = (size_t)SENSORS * DAY, size = encode_plant(runs, a, r);
	const char *corpora = getenv("FLUX_CORPORA");

	(void)printf("plant_payload %.3f B/reading\n",
	    (double)size / (double)n);
	if (corpora != NULL)
		public_bytes(corpora);
	(void)printf("encode %.1f M/s\n", (double)n / time_encode(r) / 1e6);
	(void)printf("decode %.1f M/s\n", (double)n / time_decode(runs) / 1e6);
	(void)printf("fold_24h_us %.1f us\n", time_fold(runs) * 1e6);
	arena_free(a);
	return 0;
}
