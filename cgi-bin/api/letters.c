/*
 * GET /api/v1/dead-letters?gateway=&code=&state=&before=&limit= - what was
 * refused, and why; POST /api/v1/dead-letters/replay - give it in again.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/jscan.h"
#include "base/member.h"
#include "query.h"
#include "web/web.h"

enum { LETTERS_MAX = 1000, LETTERS_USUAL = 100 };

handler api_letters;
handler api_letters_replay;

static const char *
or_null(const char *s)
{
	return *s != 0 ? s : NULL;
}

static const char *
asked_for(const struct req *rq, const char *name, const char *otherwise)
{
	const char *s = req_query(rq, name);

	return s != NULL ? s : otherwise;
}

static void
say(struct buf *b, const struct rows *r, int i)
{
	member_comma(b);
	buf_byte(b, '{');
	member_int(b, "id", rows_int(r, i, LETTER_LIST_DEAD_ID));
	member_text(b, "at",
	    clock_iso(b->arena, rows_time(r, i, LETTER_LIST_AT)));
	member_text(b, "gateway",
	    or_null(rows_text(r, i, LETTER_LIST_GATEWAY)));
	member_text(b, "place", rows_text(r, i, LETTER_LIST_PLACE));
	member_text(b, "code", rows_text(r, i, LETTER_LIST_CODE));
	member_text(b, "detail", rows_text(r, i, LETTER_LIST_DETAIL));
	member_text(b, "state", rows_text(r, i, LETTER_LIST_STATE));
	member_bool(b, "whole", rows_bool(r, i, LETTER_LIST_WHOLE));
	member_text(b, "device", or_null(rows_text(r, i, LETTER_LIST_DEVICE)));
	member_text(b, "sensor", or_null(rows_text(r, i, LETTER_LIST_SENSOR)));
	member_text(b, "time",
	    rows_null(r, i, LETTER_LIST_TIME)
		? NULL
		: clock_iso(b->arena, rows_time(r, i, LETTER_LIST_TIME)));
	member_text(b, "value", or_null(rows_text(r, i, LETTER_LIST_VALUE)));
	member_text(b, "unit", or_null(rows_text(r, i, LETTER_LIST_UNIT)));
	buf_byte(b, '}');
}

struct err *
api_letters(struct req *rq, struct res *rs)
{
	struct buf *b = &rs->body;
	int64_t before, most;
	struct rows *r;
	struct err *e;
	int i;

	if ((e = req_int(&before, rq, "before", INT64_MAX, 1, INT64_MAX)) !=
		NULL ||
	    (e = req_int(&most, rq, "limit", LETTERS_USUAL, 1, LETTERS_MAX)) !=
		NULL ||
	    (e = tx_rows(&r, rq->tx, &q_letter_list,
		 ARGS(A((int)rq->who.tenant), A(asked_for(rq, "gateway", "")),
		     A(asked_for(rq, "code", "")),
		     A(asked_for(rq, "state", "open")), A((long)before),
		     A((int)most + 1)))) != NULL)
		return err_pass(e);
	buf_byte(b, '{');
	member_name(b, "letters");
	buf_byte(b, '[');
	for (i = 0; i < rows_count(r) && i < most; i++)
		say(b, r, i);
	buf_byte(b, ']');
	if (rows_count(r) > most)
		member_int(b, "before",
		    rows_int(r, (int)most - 1, LETTER_LIST_DEAD_ID));
	buf_text(b, "}\n");
	return NULL;
}

/* Reads {"ids": [1, 2]}, and nothing else. */
static struct err *
read_ids(int64_t *id, size_t *n, const struct req *rq)
{
	struct jvalue top, list, v;
	bool fits = true;
	struct slice key;
	struct jscan s;
	struct err *e;

	*n = 0;
	jscan_open(&s, rq->arena, rq->body);
	jscan_value(&s, &top);
	while (top.kind == J_OBJECT && jscan_member(&s, &key)) {
		jscan_value(&s, &list);
		fits = fits && slice_is(key, "ids") && list.kind == J_ARRAY;
		while (fits && jscan_item(&s)) {
			jscan_value(&s, &v);
			fits = v.kind == J_INT && v.i > 0 && *n < LETTERS_MAX;
			if (fits)
				id[(*n)++] = v.i;
			jscan_pass(&s, &v);
		}
		if (!fits) /* else it was walked to its end */
			jscan_pass(&s, &list);
	}
	if (top.kind == J_ARRAY)
		jscan_pass(&s, &top);
	if ((e = jscan_close(&s)) != NULL)
		return err_pass(e);
	if (!fits || *n == 0)
		return err_raise(ERR_INPUT,
		    "ids: want an array of 1 to 1000 numbers of letters, and "
		    "no other member.",
		    "ids");
	return NULL;
}

struct err *
api_letters_replay(struct req *rq, struct res *rs)
{
	int64_t *id = arena_array(rq->arena, LETTERS_MAX, sizeof(*id));
	struct rows *r;
	struct err *e;
	size_t n;

	if (rq->body_err != NULL)
		return err_raise(rq->body_err->kind, rq->body_err->say, "%s",
		    rq->body_err->why);
	if ((e = read_ids(id, &n, rq)) != NULL ||
	    (e = tx_rows(&r, rq->tx, &q_letter_replay,
		 ARGS(arr_long(rq->arena, id, n)))) != NULL)
		return err_pass(e);
	rs->status = 202;
	rs->wake = true;
	buf_byte(&rs->body, '{');
	member_int(&rs->body, "asked", rows_int(r, 0, LETTER_REPLAY_N));
	buf_text(&rs->body, "}\n");
	return NULL;
}
