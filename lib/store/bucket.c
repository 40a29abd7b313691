#include "store/bucket.h"

#include <math.h>

#include "store/run.h"

enum {
	LANES = 4, /* sums side by side, which several can be done at once of */
	TILE = 256
};

void
buckets_clear(struct bucket *b, const int64_t *edge, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		b[i] = (struct bucket){ .start = edge[i] };
}

/* A bucket of readings some of which have no value; Welford's update. */
static void
put(struct bucket *b, int64_t time, double value)
{
	double mean;

	if (isnan(value)) {
		b->bad++;
		return;
	}
	if (b->count == 0) {
		b->min = b->max = b->first = value;
		b->first_at = time;
	} else {
		mean = b->sum / (double)b->count;
		b->m2 += (value - mean) * (value - mean) * (double)b->count /
			 (double)(b->count + 1);
		b->min = value < b->min ? value : b->min;
		b->max = value > b->max ? value : b->max;
	}
	b->sum += value;
	b->last = value;
	b->last_at = time;
	b->count++;
}

/* Lowest, highest and sum, several at a time; a NaN makes the sum one. */
static void
sum_up(struct bucket *b, const double *v, size_t n)
{
	double low[LANES], high[LANES], sum[LANES] = { 0 };
	size_t i, k;

	for (k = 0; k < LANES; k++)
		low[k] = high[k] = v[0];
	for (i = 0; i + LANES <= n; i += LANES)
		for (k = 0; k < LANES; k++) {
			low[k] = v[i + k] < low[k] ? v[i + k] : low[k];
			high[k] = v[i + k] > high[k] ? v[i + k] : high[k];
			sum[k] += v[i + k];
		}
	for (k = 0; i < n; i++, k++) {
		low[k] = v[i] < low[k] ? v[i] : low[k];
		high[k] = v[i] > high[k] ? v[i] : high[k];
		sum[k] += v[i];
	}
	for (k = 1; k < LANES; k++) {
		low[0] = low[k] < low[0] ? low[k] : low[0];
		high[0] = high[k] > high[0] ? high[k] : high[0];
		sum[0] += sum[k];
	}
	b->min = low[0];
	b->max = high[0];
	b->sum = sum[0];
}

/* The squares of the distances from a mean that is known by now. */
static double
spread(double mean, const double *v, size_t n)
{
	double square[LANES] = { 0 }, error[LANES] = { 0 }, d;
	size_t i, k;

	for (i = 0; i + LANES <= n; i += LANES)
		for (k = 0; k < LANES; k++) {
			d = v[i + k] - mean;
			square[k] += d * d;
			error[k] += d;
		}
	for (k = 0; i < n; i++, k++) {
		d = v[i] - mean;
		square[k] += d * d;
		error[k] += d;
	}
	for (k = 1; k < LANES; k++) {
		square[0] += square[k];
		error[0] += error[k];
	}
	return square[0] - error[0] * error[0] / (double)n;
}

static uint8_t
worst(const uint8_t *quality, size_t n)
{
	uint8_t q = quality[0];
	size_t i;

	for (i = 1; i < n; i++)
		q = quality[i] < q ? quality[i] : q;
	return q;
}

/* Fold readings all of which are of this bucket; n > 0. */
static void
fold_span(struct bucket *b, const struct columns *c, size_t n)
{
	struct bucket one = { .quality = worst(c->quality, n) };
	size_t i;

	sum_up(&one, c->value, n);
	if (isnan(one.sum)) {
		one.sum = 0;
		for (i = 0; i < n; i++)
			put(&one, c->time[i], c->value[i]);
	} else {
		one.count = n;
		one.m2 = spread(one.sum / (double)n, c->value, n);
		one.first = c->value[0];
		one.first_at = c->time[0];
		one.last = c->value[n - 1];
		one.last_at = c->time[n - 1];
	}
	bucket_join(b, &one);
}

/* Where a fold stands between its calls. */
struct fold {
	struct bucket *b;
	const int64_t *edge;
	size_t n, k;  /* of the edges, and the bucket in hand */
	size_t usual; /* readings in the bucket before: the next may be alike */
};

/* The first of n ascending times that is not before the edge. */
static size_t
reach(const int64_t *time, size_t n, int64_t edge, size_t usual)
{
	size_t low = 0, high = n;

	if (usual > 0 && usual < n && time[usual - 1] < edge) {
		if (time[usual] >= edge)
			return usual;
		low = usual;
	}
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (time[middle] < edge)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
fold_columns(struct fold *f, const struct columns *c, size_t n)
{
	size_t i = reach(c->time, n, f->edge[f->k], 0), k;

	for (; i < n; i += k) {
		const struct columns at = { c->time + i, c->value + i,
			c->quality + i, NULL };

		while (f->k < f->n && at.time[0] >= f->edge[f->k + 1])
			f->k++;
		if (f->k == f->n)
			return;
		k = reach(at.time, n - i, f->edge[f->k + 1], f->usual);
		fold_span(&f->b[f->k], &at, k);
		f->usual = k;
	}
}

void
buckets_fold(struct bucket *b, const int64_t *edge, size_t n,
    const struct reading *r, size_t readings)
{
	struct fold f = { .b = b, .edge = edge, .n = n };
	UNSET int64_t time[TILE];
	UNSET double value[TILE];
	UNSET uint8_t quality[TILE];
	const struct columns c = { time, value, quality, NULL };
	size_t i, j, k;

	for (i = 0; i < readings; i += k) {
		k = readings - i < TILE ? readings - i : TILE;
		for (j = 0; j < k; j++) {
			time[j] = r[i + j].time;
			value[j] = r[i + j].value;
			quality[j] = r[i + j].quality;
		}
		fold_columns(&f, &c, k);
	}
}

void
buckets_fold_run(struct bucket *b, const int64_t *edge, size_t n,
    const struct run *r)
{
	struct fold f = { .b = b, .edge = edge, .n = n };
	const struct columns c = { r->time, r->value, r->quality, r->rev };

	fold_columns(&f, &c, r->n);
}

struct err *
buckets_fold_coded(struct bucket *b, const int64_t *edge, size_t n,
    struct bytes run)
{
	struct fold f = { .b = b, .edge = edge, .n = n };
	UNSET struct stripe s;
	struct columns c = stripe_columns(&s);
	struct run_head h;
	struct err *e;

	if ((e = run_open(&h, run)) != NULL)
		return err_pass(e);
	while (h.n > 0 && f.k < n) {
		size_t k = h.n < STRIPE ? h.n : STRIPE;

		if ((e = run_next(&c, k, &h)) != NULL)
			return err_pass(e);
		fold_columns(&f, &c, k);
	}
	return NULL;
}

void
bucket_join(struct bucket *b, const struct bucket *later)
{
	double apart, all = (double)(b->count + later->count);

	if (later->count + later->bad > 0 &&
	    (b->count + b->bad == 0 || later->quality < b->quality))
		b->quality = later->quality;
	b->bad += later->bad;
	if (later->count == 0)
		return;
	if (b->count == 0) {
		b->min = later->min;
		b->max = later->max;
		b->first = later->first;
		b->first_at = later->first_at;
		b->m2 = later->m2;
	} else {
		apart = bucket_mean(later) - bucket_mean(b);
		b->m2 += later->m2 + apart * apart * (double)b->count *
					 (double)later->count / all;
		b->min = fmin(b->min, later->min);
		b->max = fmax(b->max, later->max);
	}
	b->sum += later->sum;
	b->last = later->last;
	b->last_at = later->last_at;
	b->count += later->count;
}

double
bucket_mean(const struct bucket *b)
{
	return b->sum / (double)b->count;
}

double
bucket_stddev(const struct bucket *b)
{
	return sqrt(b->m2 / (double)b->count);
}
