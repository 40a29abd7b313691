#include "store/bucket.h"

#include <math.h>

void
buckets_clear(struct bucket *b, const int64_t *edge, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		b[i] = (struct bucket){ .start = edge[i] };
}

/* Welford's update keeps the variance exact where sums of squares do not. */
static void
put(struct bucket *b, int64_t time, double value, uint8_t quality)
{
	double mean;

	if (b->count + b->bad == 0 || quality < b->quality)
		b->quality = quality;
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

void
buckets_fold(struct bucket *b, const int64_t *edge, size_t n,
    const struct reading *r, size_t readings)
{
	size_t i, k = 0;

	for (i = 0; i < readings; i++) {
		while (k < n && r[i].time >= edge[k + 1])
			k++;
		if (k == n)
			return;
		if (r[i].time >= edge[k])
			put(&b[k], r[i].time, r[i].value, r[i].quality);
	}
}

void
buckets_fold_run(struct bucket *b, const int64_t *edge, size_t n,
    const struct run *r)
{
	size_t i, k = 0;

	for (i = 0; i < r->n; i++) {
		while (k < n && r->time[i] >= edge[k + 1])
			k++;
		if (k == n)
			return;
		if (r->time[i] >= edge[k])
			put(&b[k], r->time[i], r->value[i], r->quality[i]);
	}
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
