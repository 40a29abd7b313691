/*
 * jscan.h - JSON read in one pass, without a tree.
 *
 *	jscan_open(&s, arena, body);
 *	jscan_value(&s, &top);
 *	if (top.kind == J_OBJECT)
 *		while (jscan_member(&s, &key)) {
 *			jscan_value(&s, &v);
 *			...use key and v, and then, if v may hold others:
 *			jscan_pass(&s, &v);
 *		}
 *	e = jscan_close(&s);
 *
 * An array goes the same way with jscan_item.  The reader of an object or
 * array either walks it to its end or passes over it.  The first fault is
 * kept and ends every walk; jscan_close says what it was, and until it has
 * said NULL nothing that was read may be believed.
 *
 * Strings are slices of the body, or of the arena if they were escaped; they
 * hold no NUL and none is behind them.  Nothing else is allocated, but for
 * objects of many members.
 *
 * What is JSON is decided as by RFC 8259, and where that leaves room as by
 * jansson with JSON_REJECT_DUPLICATES: the body is an object or array, UTF-8,
 * no byte-order mark, no member twice in an object, no \u0000, no half of a
 * surrogate pair, no real beyond a double.  Differences, each on purpose:
 *   - an integer beyond 64 bits is a value, J_BIG, and no fault of the body;
 *   - at most JSCAN_DEPTH levels (jansson: 2,048);
 *   - a NUL byte is a fault everywhere (jansson 2.14 passes over one that
 *     stands right behind a number or word).
 */
#ifndef BASE_JSCAN_H
#define BASE_JSCAN_H

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"

enum { JSCAN_DEPTH = 16, JSCAN_FEW = 32 };

/* Text without a NUL behind it. */
struct slice {
	const char *p;
	size_t n;
};

enum jkind {
	J_NONE, /* there was a fault */
	J_NULL,
	J_FALSE,
	J_TRUE,
	J_INT,
	J_BIG, /* an integer beyond 64 bits */
	J_REAL,
	J_TEXT,
	J_ARRAY,
	J_OBJECT
};

struct jvalue {
	enum jkind kind;
	struct slice raw; /* as it stands in the body; see jscan_pass */
	union {
		int64_t i;	   /* J_INT */
		double d;	   /* J_REAL; J_BIG, the nearest */
		struct slice text; /* J_TEXT */
	};
};

struct jkey {
	const char *p;
	size_t n;
	uint64_t head; /* its first eight bytes */
};

/* The reader; its members are its own. */
struct jscan {
	const unsigned char *at, *end, *body;
	struct arena *arena;
	const char *why; /* the first fault */
	const unsigned char *where;
	size_t depth;
	bool opened; /* at the first place of an object or array */
	uint64_t seed;
	struct jkey *keys; /* of all objects that are open */
	size_t n_keys, room;
	struct {
		bool object;
		size_t keys;	     /* where its keys begin */
		struct hashed crowd; /* of an object of many members */
		size_t crowd_room;
	} level[JSCAN_DEPTH + 1];
	struct jkey few[JSCAN_FEW];
};

/* Begin to read; the body stays where it is until the values are done with. */
void jscan_open(struct jscan *, struct arena *, struct bytes body);

/*
 * The value that is due: the body's, the next item's or the member's.  An
 * object or array is entered.
 */
void jscan_value(struct jscan *, struct jvalue *);

/* The next member of the object, its value is due; false: there is none. */
bool jscan_member(struct jscan *, struct slice *key);

/* Is there another item of the array?  Its value is due. */
bool jscan_item(struct jscan *);

/*
 * Pass over the rest of an object or array just entered, and complete its raw
 * bytes; of another value there is no rest.
 */
void jscan_pass(struct jscan *, struct jvalue *);

/* Complete the raw bytes of an object or array that was walked to its end. */
void jscan_ended(const struct jscan *, struct jvalue *);

/*
 * Go on at p, behind the item that was due: somebody else has read it, and it
 * is a value without a fault.
 */
static inline void
jscan_passed(struct jscan *s, const unsigned char *p)
{
	s->at = p;
}

/* Nothing may follow.  ERR_INPUT says what was wrong and where. */
struct err *jscan_close(const struct jscan *) MUST_CHECK;

/* A number of any kind as a double; of anything else NaN. */
double jvalue_number(const struct jvalue *);

bool slice_is(struct slice, const char *);

static inline bool
slice_same(struct slice a, struct slice b)
{
	return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

#endif
