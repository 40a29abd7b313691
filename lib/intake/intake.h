/*
 * intake.h - a body of whatever shape, as a list of items.
 *
 * A decoder turns a body into items; what is wrong with an item is noted on
 * it, and the others are not touched by it.  Items point into the body and
 * live as long as it and the arena.  No database is asked for any of this.
 */
#ifndef INTAKE_INTAKE_H
#define INTAKE_INTAKE_H

#include <stdbool.h>

#include "intake/format.h"
#include "intake/names.h"
#include "store/readings.h"

enum { ITEMS_MAX = 100000, FACTS_MAX = 256, WARNINGS_MAX = 8 };

struct window;
struct segment;
struct profiles;
struct lean;
struct gap;
struct intake_rule;

/* What the address, the query and the headers say; all of it zero is fine. */
struct asked {
	const struct format *format; /* NULL: the body tells */
	const char *batch;	     /* the batch's number; NULL or "": none */
	const char *device; /* of bodies that name none; NULL or "": none */
	bool results;	    /* to be told of each object */
	int64_t tick_ns;    /* the unit of times in line protocol; 0: ns */
};

struct item {
	const char *part; /* "[2]", of a body of several; NULL: of one */
	const char *list; /* "readings", whose index-th it was; NULL: none */
	size_t index;
	size_t before;	     /* readings without an item that came before */
	const char *joint;   /* ".values." before the sensor; NULL: no sensor */
	const char *place;   /* or where it stood, as a text */
	struct slice device; /* its key; p NULL: the sensor says it all */
	struct slice sensor; /* its key, or its code when there is no device */
	struct slice unit;   /* as sent; p NULL: not said */
	struct slice site;   /* the gateway's, as its sender says; or p NULL */
	struct slice raw;    /* for the dead letter */
	/*
	 * Other names that a mapping may go by, "slave:1", "reg:300011"; p
	 * NULL: there are none.
	 */
	struct slice also_device, also_sensor;
	struct jvalue value;
	struct window
	    *window; /* what else an aggregate has; NULL: it is none */
	const struct segment *segment; /* of a router, see rutos.h; or NULL */
	struct reading r;
	bool timed;  /* its sender said when */
	bool let_go; /* a mapping says so: neither stored nor refused */
	/*
	 * Why it is not quite as it was sent, see reason.h; 0: it is.  And
	 * what its sender had said, where that is not what it has.
	 */
	unsigned char reason;
	bool has_was_time, has_was_value;
	int64_t was_time;
	double was_value;
	int32_t number;	  /* of its sensor; 0: its names say which */
	int32_t frame;	  /* of values that are never all zero; 0: of none */
	const char *code; /* why it is refused; NULL: it is not */
	const char *detail;
};

/* What a body says of a device that is no reading. */
struct fact {
	struct slice device, name;
	struct jvalue value;
};

struct intake {
	struct arena *arena;
	int64_t now;
	int32_t tenant; /* the credential's */
	const char *tenant_name;
	const char *zone;	   /* of times without one; NULL: not known */
	struct profiles *profiles; /* of raw registers; NULL: there are none */
	struct asked asked;
	const char *home; /* key of who speaks when a body does not say */
	const struct format *format; /* what the body was read as */
	const char *batch;	     /* the sender's own number; NULL: none */
	const char *again; /* it and the body's hash: what is replayed */
	struct item *v;
	size_t n, room;
	struct item spare; /* takes what is above ITEMS_MAX */
	bool full;
	bool may_be_empty; /* a body without readings is no error */
	/* The gateway's, and where readings go that need no item; NULL: the
	 * usual, and each reading becomes one. */
	const struct intake_rule *rule;
	struct lean *lean;
	size_t texts; /* items of metrics that may prove to be facts */
	struct fact *fact;
	size_t facts, fact_room;
	struct gap *gap; /* what the sender has given up, see gap.h */
	size_t gaps;
	const char *warning[WARNINGS_MAX]; /* codes, each once */
	size_t warnings;
	int64_t sent_at;	/* as the body says; 0: it does not */
	size_t odd;		/* times that no right clock has said */
	size_t zeros;		/* zeros of items that have a frame */
	size_t segments;	/* items of a router, see router.h */
	size_t bare;		/* aggregates whose sensor has no facets yet */
	size_t let_go;		/* items that are */
	struct members members; /* of the object that is being read */
};

/* What the items of one instant have in common. */
struct common {
	struct slice device;
	int64_t time;
	bool timed; /* it said when */
	uint8_t quality;
	uint16_t rev;
	struct slice raw;
	const char *code, *detail; /* refused as a whole */
};

/* One more item, all of it zero. */
struct item *intake_add(struct intake *);

/* Give it what its object says; it is refused if that is. */
void item_common(struct item *, const struct common *);

/* Where it stood, "readings[7].values.flow_rate"; made when it is asked for. */
const char *item_place(struct arena *, const struct item *);

/* The first refusal of an item stays. */
void item_refuse(struct item *, struct arena *, const char *code,
    const char *fmt, ...) PRINTF_LIKE(4, 5);

/* Something about a device that is no number; beyond FACTS_MAX it is let go. */
void intake_fact(struct intake *, struct slice device, struct slice name,
    const struct jvalue *);

/* About the sender's setup: "template_unexpanded"; code is a literal. */
void intake_warn(struct intake *, const char *code);

/* At most n bytes of a sender's text, and no character cut in two. */
const char *text_clip(struct arena *, struct slice, size_t n);

/*
 * Does the object name no tenant, or the credential's own?  What it names is
 * never used for anything else.
 */
bool tenant_fits(const struct intake *, const struct members *);

/*
 * Device, time, quality and revision of the object whose members were read,
 * under any known name.
 */
void common_read(struct common *, const struct intake *, struct slice raw);

/*
 * Is the object whose members were read a reading: has it values, or does it
 * name a sensor?
 */
bool is_reading(const struct members *);

/*
 * Body to items, by the format that was asked for, or by what the body tells.
 * ERR_INPUT, ERR_TOO_BIG above ITEMS_MAX, and ERR_FORBIDDEN when the body
 * names another tenant.
 */
struct err *intake_read(struct intake *, struct bytes body,
    const struct asked *) MUST_CHECK;

/*
 * The batch's number, when it was sent and the tenant, from the members of the
 * body itself; a number that came beside the body is known without it.
 */
struct err *intake_envelope(struct intake *, struct bytes body,
    const struct members *) MUST_CHECK;

/* Know the body again, by its number if it has one and by its bytes. */
void intake_know(struct intake *, struct bytes body);

#endif
