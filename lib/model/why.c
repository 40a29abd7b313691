#include "model/why.h"

#include <string.h>

#include "model/decode.h"
#include "query.h"

static struct remark
remark_row(const struct rows *r, int i)
{
	return (struct remark){
		.reason = (int)rows_int(r, i, WHY_REMARKS_REASON),
		.at = rows_time(r, i, WHY_REMARKS_AT),
		.source = rows_text(r, i, WHY_REMARKS_SOURCE),
		.has_time = !rows_null(r, i, WHY_REMARKS_WAS_TIME),
		.has_value = !rows_null(r, i, WHY_REMARKS_WAS_VALUE),
		.was_time = rows_time(r, i, WHY_REMARKS_WAS_TIME),
		.was_value = rows_real(r, i, WHY_REMARKS_WAS_VALUE),
		.was_unit = rows_text(r, i, WHY_REMARKS_WAS_UNIT),
	};
}

static struct brought
batch_row(const struct rows *r, int i)
{
	return (struct brought){
		.batch = rows_int(r, i, WHY_BATCHES_BATCH),
		.at = rows_time(r, i, WHY_BATCHES_AT),
		.source = rows_text(r, i, WHY_BATCHES_SOURCE),
		.format = (int)rows_int(r, i, WHY_BATCHES_FORMAT),
		.kind = (int)rows_int(r, i, WHY_BATCHES_KIND),
		.seq = rows_text(r, i, WHY_BATCHES_SEQ),
		.sent = rows_int(r, i, WHY_BATCHES_SENT),
		.stored = rows_int(r, i, WHY_BATCHES_STORED),
		.duplicate = rows_int(r, i, WHY_BATCHES_DUPLICATE),
		.rejected = rows_int(r, i, WHY_BATCHES_REJECTED),
	};
}

struct err *
why_load(struct why *out, struct tx *tx, int32_t device, int32_t sensor,
    int64_t time)
{
	int tenant = (int)tx_who(tx)->tenant;
	struct arena *a = tx_arena(tx);
	struct rows *m, *b;
	struct err *e;
	size_t i;

	if ((e = tx_ask(&m, tx, &q_why_remarks,
		 ARGS(A(tenant), A((int)sensor), A_TIME(time)))) != NULL ||
	    (e = tx_rows(&b, tx, &q_why_batches,
		 ARGS(A(tenant), A((int)device), A_TIME(time)))) != NULL)
		return err_pass(e);
	out->remarks = (size_t)rows_count(m);
	out->batches = (size_t)rows_count(b);
	out->remark = arena_array(a, out->remarks, sizeof(*out->remark));
	out->batch = arena_array(a, out->batches, sizeof(*out->batch));
	for (i = 0; i < out->remarks; i++)
		out->remark[i] = remark_row(m, (int)i);
	for (i = 0; i < out->batches; i++)
		out->batch[i] = batch_row(b, (int)i);
	return NULL;
}

struct err *
reasons_load(struct reasons *out, struct tx *tx, const int32_t *sensor,
    size_t n, int64_t from, int64_t to)
{
	struct arena *a = tx_arena(tx);
	struct rows *r;
	struct err *e;
	size_t i;

	if ((e = tx_rows(&r, tx, &q_why_reasons,
		 ARGS(A((int)tx_who(tx)->tenant), arr_int(a, sensor, n),
		     A_TIME(from), A_TIME(to), A(REASONS_MOST)))) != NULL)
		return err_pass(e);
	out->n = (size_t)rows_count(r);
	out->v = arena_array(a, out->n, sizeof(*out->v));
	for (i = 0; i < out->n; i++)
		out->v[i] = (struct reason_at){
			.sensor =
			    (int32_t)rows_int(r, (int)i, WHY_REASONS_SENSOR),
			.time = rows_time(r, (int)i, WHY_REASONS_TIME),
			.reason = (int)rows_int(r, (int)i, WHY_REASONS_REASON),
		};
	return NULL;
}

int
reasons_of(const struct reasons *r, int32_t sensor, int64_t time)
{
	size_t low = 0, high = r->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct reason_at *m = &r->v[mid];

		if (m->sensor < sensor ||
		    (m->sensor == sensor && m->time < time))
			low = mid + 1;
		else
			high = mid;
	}
	if (low < r->n && r->v[low].sensor == sensor && r->v[low].time == time)
		return r->v[low].reason;
	return 0;
}

bool
why_point(struct origin_point *out, struct arena *a, const char *profiles,
    const struct device *d, const char *key)
{
	struct profile *p;

	if (*d->profile == 0 || *profiles == 0 ||
	    profile_load(&p, a, profiles, d->profile) != NULL)
		return false;
	out->profile = p;
	out->point = profile_point(p, key);
	/*
	 * Another version may have it elsewhere, and what a second register
	 * has scaled cannot be computed back.
	 */
	return strcmp(p->version, d->profile_version) == 0 &&
	       out->point != NULL && out->point->power == NULL;
}

const char *
why_words(struct arena *a, const struct point *p, double value)
{
	uint16_t words[POINT_WORDS_MAX] = { 0 };

	encode_point(words, p, value);
	return decode_hex(a, words, p->words);
}

const char *
why_place(struct arena *a, const struct point *p)
{
	static const char *const names[] = {
		[READ_COILS] = "coil",
		[READ_DISCRETE] = "discrete input",
		[READ_HOLDING] = "holding register",
		[READ_INPUT] = "input register",
	};

	return arena_printf(a, "%s %d", names[p->function], p->address);
}
