/* use.c - what a point is for besides being read. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/decode.h"
#include "model/profile_json.h"

enum { WORD_BITS = 16, HEX = 16, FIELD_MAX = 32 };

/* An unsigned integer of whole registers: only its bits can be told apart. */
static bool
has_fields(enum point_type t)
{
	return t == POINT_UINT16 || t == POINT_UINT32 || t == POINT_UINT64;
}

struct err *
bits_read(struct point *pt, const struct reader *r, int bit, int length)
{
	if (bit == ABSENT && length == ABSENT)
		return NULL;
	if (!has_fields(pt->type))
		return profile_wrong(r, pt->key,
		    "bit goes with UINT16, UINT32 and UINT64");
	pt->bit = bit;
	pt->bits = length != ABSENT ? length : 1;
	if (bit < 0 || pt->bits < 1 || pt->bits > FIELD_MAX ||
	    bit + pt->bits > pt->words * WORD_BITS)
		return profile_wrong(r, pt->key,
		    "bit and length lie outside the type");
	return NULL;
}

/* A number, or the registers' bits as "0x8000"; "nan" is none in any case. */
static bool
raw_of(double *out, const struct point *pt, const json_t *item)
{
	const char *s = json_string_value(item);
	uint16_t w[POINT_WORDS_MAX];
	uint64_t bits;
	char *end;
	int i;

	if (json_is_number(item)) {
		*out = json_number_value(item);
		return true;
	}
	if (s == NULL || strncmp(s, "0x", 2) != 0)
		return false;
	errno = 0;
	bits = strtoull(s + 2, &end, HEX);
	if (errno != 0 || end == s + 2 || *end != 0)
		return false;
	for (i = pt->words - 1; i >= 0; i--, bits >>= WORD_BITS)
		w[i] = (uint16_t)bits;
	*out = decode_raw(w, pt->type, ORDER_ABCD);
	return bits == 0;
}

struct err *
invalid_read(struct point *pt, const struct reader *r, json_t *list)
{
	double *v = arena_array(r->arena, json_array_size(list), sizeof(*v));
	const char *s;
	json_t *item;
	size_t i;

	if (list != NULL && !json_is_array(list))
		return profile_wrong(r, pt->key, "invalid wants a list");
	pt->invalid = v;
	json_array_foreach(list, i, item)
	{
		/* "nan" is allowed for its clarity; NaN is never a value. */
		s = json_string_value(item);
		if (s != NULL && strcmp(s, "nan") == 0)
			continue;
		if (!raw_of(&v[pt->invalids++], pt, item))
			return profile_wrong(r, pt->key,
			    "invalid wants numbers, \"nan\" or \"0x8000\"");
	}
	return NULL;
}

/* Absent it is 0. */
static bool
is_positive(double *v)
{
	if (isnan(*v))
		*v = 0;
	else if (!(*v > 0) || !isfinite(*v))
		return false;
	return true;
}

struct err *
counting_check(struct point *pt, const struct reader *r)
{
	bool said = pt->reset != NULL || !isnan(pt->rollover) ||
		    !isnan(pt->max_rate_per_s);

	if (said && strcmp(pt->kind, "counter") != 0)
		return profile_wrong(r, pt->key,
		    "reset, rollover and max_rate_per_s are a counter's");
	if (pt->reset != NULL && strcmp(pt->reset, "detect") != 0)
		return profile_wrong(r, pt->key, "reset wants detect");
	if (!is_positive(&pt->rollover))
		return profile_wrong(r, pt->key, "rollover must be positive");
	if (!is_positive(&pt->max_rate_per_s))
		return profile_wrong(r, pt->key,
		    "max_rate_per_s must be positive");
	return NULL;
}

/* What a function writes, and how many registers of it. */
static const struct {
	int function;
	enum point_function reads;
	bool single;
} writers[] = {
	/* clang-format off */
	{ 5,  READ_COILS,   true },
	{ 6,  READ_HOLDING, true },
	{ 15, READ_COILS,   false },
	{ 16, READ_HOLDING, false },
	/* clang-format on */
};

static struct err *
writer_check(const struct point *pt, const struct reader *r, int function)
{
	size_t i;

	for (i = 0; i < sizeof(writers) / sizeof(*writers); i++)
		if (writers[i].function == function)
			break;
	if (i == sizeof(writers) / sizeof(*writers))
		return profile_wrong(r, pt->key,
		    "write wants function 5, 6, 15 or 16");
	if (writers[i].reads != pt->function)
		return profile_wrong(r, pt->key,
		    "write: functions 5 and 15 are a coil's, 6 and 16 a "
		    "holding register's");
	if (writers[i].single && pt->words > 1)
		return profile_wrong(r, pt->key,
		    "write: function 6 writes one register");
	if (pt->bits > 0 || pt->type == POINT_UINT8L ||
	    pt->type == POINT_UINT8H || pt->type == POINT_INT8L ||
	    pt->type == POINT_INT8H)
		return profile_wrong(r, pt->key,
		    "write: a part of a register cannot be written alone");
	return NULL;
}

/* true, false, or "other": a person other than who asked. */
static struct err *
confirm_read(struct writing *w, const struct point *pt, const struct reader *r,
    const json_t *said)
{
	const char *who = json_string_value(said);

	w->confirm = said == NULL || json_is_true(said) ? CONFIRM_SELF
		     : json_is_false(said)		? CONFIRM_NONE
							: CONFIRM_OTHER;
	if (w->confirm == CONFIRM_OTHER &&
	    (who == NULL || strcmp(who, "other") != 0))
		return profile_wrong(r, pt->key,
		    "write: confirm wants true, false or \"other\"");
	return NULL;
}

struct err *
writing_read(struct point *pt, const struct reader *r, json_t *write)
{
	struct writing *w = arena_alloc(r->arena, sizeof(*w));
	json_t *range = NULL, *confirm = NULL, *lock = NULL;
	struct err *e;

	if (write == NULL)
		return NULL;
	if ((e = json_take(r, pt->key, write, "{s:i, s?o, s?o, s?o}",
		 "function", &w->function, "range", &range, "confirm", &confirm,
		 "interlock", &lock)) != NULL ||
	    (e = bounds_read(&w->low, &w->high, r, pt->key, range)) != NULL ||
	    (e = confirm_read(w, pt, r, confirm)) != NULL ||
	    (e = writer_check(pt, r, w->function)) != NULL ||
	    (lock != NULL &&
		(e = json_take(r, pt->key, lock, "{s:s, s:F}", "point",
		     &w->lock, "is", &w->unlocked)) != NULL))
		return err_pass(e);
	if ((range == NULL) != (pt->function == READ_COILS))
		return profile_wrong(r, pt->key,
		    "write: a register wants a range, a coil has none");
	pt->writing = w;
	return NULL;
}

struct err *
interlocks_find(const struct reader *r)
{
	size_t i;

	for (i = 0; i < r->p->n; i++) {
		const struct point *pt = &r->p->points[i];
		struct writing *w = pt->writing;

		if (w == NULL || w->lock == NULL)
			continue;
		w->key = profile_point(r->p, w->lock);
		if (w->key == NULL || w->key->part || w->key->power != NULL)
			return profile_wrong(r, pt->key,
			    "interlock wants the key of a point, and of none "
			    "that another one scales");
	}
	return NULL;
}

static struct err *
scale_check(const struct point *pt, const struct reader *r)
{
	if (pt->power == NULL || !pt->power->part)
		return profile_wrong(r, pt->key,
		    "scale_from wants the key of a point of kind scale");
	/* Read apart, one would be scaled by what the other was. */
	if (pt->power->poll_s != pt->poll_s)
		return profile_wrong(r, pt->key,
		    "poll_s differs from that of its scale");
	return NULL;
}

struct err *
scales_find(const struct reader *r)
{
	struct err *e;
	size_t i;

	for (i = 0; i < r->p->n; i++) {
		struct point *pt = &r->p->points[i];

		if (pt->scale_from == NULL)
			continue;
		pt->power = profile_point(r->p, pt->scale_from);
		if (pt->part || (e = scale_check(pt, r)) != NULL)
			return pt->part ? profile_wrong(r, pt->key,
					      "a scale has no scale itself")
					: err_pass(e);
	}
	return NULL;
}
