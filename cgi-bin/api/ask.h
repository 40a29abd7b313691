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
#include "web/web.h"

struct ask {
	struct device device;
	struct site site;
	const struct sensor **sensor; /* those asked for, in their order */
	int32_t *id;		      /* theirs */
	size_t n;
	int64_t from, to;  /* from <= time < to */
	bool is_closed;	   /* both are said, and to is past */
	bool newest_first; /* order=desc */
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

/*
 * Of a closed span: put the state of what the answer is made of into ETag,
 * and when the reader has that answer already, make it 304 and say so.
 */
struct err *ask_known(bool *known, struct req *, struct res *,
    const struct ask *) MUST_CHECK;

/* The sensor that the reading is of. */
const struct sensor *ask_sensor(const struct ask *, int32_t id);

/* "device", "simulated", "from", "to", of every answer. */
void say_head(struct buf *, const struct ask *);

/* An instant in quotes, as clock_iso writes it. */
void say_time(struct buf *, int64_t us);

/*
 * A number that was computed, to twelve digits: the nearest double, and as a
 * member; NaN is null.
 */
double short_real(double);
void say_short(struct buf *, const char *name, double);

/* Objects of a list "gaps": what is damaged, or silent. */
void say_gaps(struct buf *, const struct ask *, const struct losses *,
    const char *reason);

/* The members of a sample that was aggregated before it came. */
void say_facets(struct buf *, const struct sample *);

#endif
