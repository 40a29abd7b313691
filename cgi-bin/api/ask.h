/*
 * ask.h - what the addresses below /api/v1/telemetry are asked for, and what
 * their answers have in common.
 *
 * Every field is checked; what is wrong with it is a 400 that names it.
 */
#ifndef API_ASK_H
#define API_ASK_H

#include "model/fleet.h"
#include "store/facet.h"
#include "store/series.h"
#include "web/web.h"

struct ask {
	struct device device;
	struct site site;
	const struct sensor **sensor; /* those asked for, in their order */
	int32_t *id;		      /* theirs */
	size_t n;
	int64_t from, to;   /* from <= time < to */
	bool is_closed;	    /* both are said, and to is past */
	bool newest_first;  /* order=desc */
	bool is_folded;	    /* buckets, not readings */
	struct rows *state; /* asked for, but not in ETag yet; NULL: neither */
};

/* device=, sensor= (several, or with commas; all when there is none). */
struct err *ask_sensors(struct ask *, struct req *) MUST_CHECK;

/* from=, to= (the last day when they are not there), order=asc|desc. */
struct err *ask_span(struct ask *, const struct req *) MUST_CHECK;

/*
 * The place of a field's value in a list of words that ends with NULL; the
 * first one when the field is not there.
 */
struct err *ask_word(size_t *, const struct req *, const char *name,
    const char *const *words) MUST_CHECK;

/* The values of a field that may come several times or with commas. */
size_t ask_list(const char ***, const struct req *, const char *name);

/* Whether the field is there and not empty. */
bool ask_said(const struct req *, const char *name);

/* What of the registry an answer shows, as one text. */
const char *ask_about(struct arena *, const struct ask *);

/*
 * Put the state of what the answer is made of into ETag, and when the reader
 * has that answer already, make it 304 and say so.
 */
bool etag_known(struct req *, struct res *, const char *state);

/* The same with the state of what the store has. */
struct err *state_known(bool *known, struct req *, struct res *,
    const struct state_of *) MUST_CHECK;

/* The same of a closed span; of another there is no state. */
struct err *ask_known(bool *known, struct req *, struct res *,
    const struct ask *) MUST_CHECK;

/*
 * The same, but for who has no answer yet the state is only asked for; it
 * comes with what is read next, and then ask_tag puts it into ETag.
 */
struct err *ask_state(bool *known, struct req *, struct res *,
    struct ask *) MUST_CHECK;
void ask_tag(struct req *, struct res *, const struct ask *);

/* The place, among those asked for, of the sensor that a reading is of. */
size_t ask_place(const struct ask *, int32_t id);

/* Room for n buckets of each sensor, which store_series clears. */
struct series *ask_series(struct arena *, const struct ask *, size_t n);

/* The part of a span that is past and in no gap, 0 to 1; NaN: none is past. */
double coverage(int64_t from, int64_t to, int64_t missing);

/* "device", "simulated", "from", "to", of every answer. */
void say_head(struct buf *, const struct ask *);

/* "sensor", "sensorId", "unit", "kind". */
void say_whose(struct buf *, const struct sensor *);

/* An instant in quotes. */
void say_time(struct buf *, int64_t us);

/*
 * A number that was computed, to twelve digits: the nearest double, its text,
 * and as a member; NaN is null.
 */
double short_real(double);
void put_short(struct buf *, double);
void say_short(struct buf *, const char *name, double);

/* The part of a gap that is within the span. */
struct lost ask_cut(const struct ask *, struct lost);

/* Objects of a list "gaps": what is damaged, or silent. */
void say_gaps(struct buf *, const struct ask *, const struct losses *,
    const char *reason);

/* "reading", "hour", "day". */
const char *grain_name(enum grain);

/* "resolution": what the figures are as exact as, and until when not more. */
void say_grain(struct buf *, const struct series *);

/* The members of a sample that was aggregated before it came. */
void say_facets(struct buf *, const struct sample *);

#endif
