/*
 * GET /admin/words?words=&value=&first= - registers under every type and
 * order, and which of them reads as a value that the device shows.
 * POST /admin/words - has the poller read them from a device; then
 * GET /admin/words?probe=&value= - what it read.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/zone.h"
#include "cgi-bin/admin/polled.h"
#include "cgi-bin/admin/routes.h"
#include "model/decode.h"
#include "model/probe.h"
#include "model/reading_of.h"

#define REFRESH_S "1"

_Static_assert((int)PROBE_MOST <= (int)READINGS_OF_WORDS,
    "what is read is shown");

/* Registers to look at. */
struct words {
	uint16_t v[READINGS_OF_WORDS];
	int n;
	long first;	      /* address */
	const char *function; /* "holding"; NULL: nobody knows */
};

/* With leading noughts it stays decimal, as devices show it. */
static int
base_of(const char *s)
{
	s += *s == '-' || *s == '+';
	return s[0] == '0' && (s[1] == 'x' || s[1] == 'X') ? 16 : 10;
}

/* "17132, 58982", "0x42EC 0xE666": numbers from 0 or -32768 to 65535. */
static const char *
words_read(uint16_t *to, int *n, const char *s)
{
	char *end;
	long v;

	for (*n = 0;;) {
		s += strspn(s, " ,;\t\r\n[]");
		if (*s == 0)
			return NULL;
		v = strtol(s, &end, base_of(s));
		if (end == s || v < INT16_MIN || v > UINT16_MAX)
			return "words: want numbers such as 17132 or 0x42EC.";
		if (*n == READINGS_OF_WORDS)
			return "words: want at most 64.";
		to[(*n)++] = (uint16_t)v;
		s = end;
	}
}

static const char *
number_text(struct arena *a, double v)
{
	if (!isfinite(v))
		return "–";
	/* Whole numbers to the last digit. */
	if (v == nearbyint(v) && fabs(v) < 1e15)
		return arena_printf(a, "%.0f", v);
	return arena_printf(a, "%.9g", v);
}

/* A row a place and type, a column an order. */
static void
state_rows(struct view *v, struct arena *a, const struct reading_of *r,
    size_t n, const struct words *w)
{
	struct view *row = NULL;
	size_t i;

	for (i = 0; i < n; i++) {
		const char *order = word_order_name(r[i].order);

		if (i == 0 || r[i].at != r[i - 1].at ||
		    r[i].type != r[i - 1].type) {
			row = view_row(v, "Rows");
			view_int(row, "At", w->first + r[i].at);
			view_text(row, "Type", point_type_name(r[i].type));
		}
		view_text(row, order, number_text(a, r[i].raw));
		if (r[i].scale != 0)
			view_int(row, arena_printf(a, "Hit.%s", order), 1);
	}
}

/* What reads as the value, and as what point of a profile. */
static void
state_hits(struct view *v, struct arena *a, const struct reading_of *r,
    size_t n, const struct words *w)
{
	struct view *row;
	size_t i;

	for (i = 0; i < n; i++) {
		long at = w->first + r[i].at;
		const char *type = point_type_name(r[i].type);
		const char *order = word_order_name(r[i].order);

		if (r[i].scale == 0)
			continue;
		row = view_row(v, "Hits");
		view_int(row, "At", at);
		view_text(row, "Type", type);
		view_text(row, "Order", order);
		view_text(row, "Raw", number_text(a, r[i].raw));
		view_text(row, "Scale", arena_printf(a, "%g", r[i].scale));
		view_text(row, "Value", number_text(a, r[i].raw * r[i].scale));
		if (w->function != NULL)
			view_text(row, "Point",
			    arena_printf(a,
				"key,name,register,address,type,order,scale,"
				"unit\nvalue,Value,%s,%ld,%s,%s,%g,\n",
				w->function, at, type, order, r[i].scale));
	}
}

/* What somebody typed, here or on the page that has led here; "" if nothing. */
static const char *
typed(const struct req *rq, const char *name)
{
	const char *s =
	    rq->verb == POST ? req_typed(rq, name) : req_query(rq, name);

	return s != NULL ? s : "";
}

/* The value that is looked for; NaN: none.  NULL, or what is wrong with it. */
static const char *
wanted_read(double *wanted, struct view *v, const struct req *rq)
{
	const char *value = typed(rq, "value");
	char *end;

	*wanted = NAN;
	view_text(v, "Form.Value", value);
	if (*value == 0)
		return NULL;
	view_int(v, "Sought", 1);
	*wanted = strtod(value, &end);
	return *end == 0 && isfinite(*wanted)
		   ? NULL
		   : "value: want a number such as 45.7.";
}

/* ---- reading from a device ---- */

/* What most devices have comes first. */
static const enum point_function kinds[] = { READ_HOLDING, READ_INPUT,
	READ_COILS, READ_DISCRETE };

/* Who can be read, and the form as it was typed or as the last read was. */
static struct err *
state_form(struct req *rq, struct res *rs, const struct probe *p)
{
	struct view *v = view_branch(rs->view, "Read");
	struct err *e;
	size_t k;

	if ((e = polled_state(v, rq)) != NULL)
		return err_pass(e);
	for (k = 0; k < sizeof(kinds) / sizeof(*kinds); k++)
		view_text(view_row(v, "Kinds"), "Value",
		    point_function_name(kinds[k]));
	if (p == NULL) {
		view_text(v, "Device", typed(rq, "device"));
		view_text(v, "Kind", typed(rq, "kind"));
		view_text(v, "Address", typed(rq, "address"));
		view_text(v, "Quantity", typed(rq, "quantity"));
		return NULL;
	}
	view_text(v, "Device", p->device);
	view_text(v, "Kind", point_function_name(p->function));
	view_int(v, "Address", p->address);
	view_int(v, "Quantity", p->quantity);
	return NULL;
}

static void
state_bits(struct view *v, const struct probe *p)
{
	int i;

	for (i = 0; i < p->quantity; i++) {
		struct view *row = view_row(v, "Bits");

		view_int(row, "At", p->address + i);
		view_int(row, "On", p->words[i] != 0);
	}
}

static void
state_probe(struct view *v, struct arena *a, const struct probe *p, int64_t id)
{
	int64_t at = p->ended_at != 0 ? p->ended_at : p->asked_at;

	zone_use(p->zone);
	view_int(v, "Id", id);
	view_text(v, "Device", p->device);
	view_text(v, "DeviceName", p->device_name);
	view_text(v, "Kind", point_function_name(p->function));
	view_int(v, "From", p->address);
	view_int(v, "To", p->address + p->quantity - 1);
	view_text(v, "State", p->state);
	view_int(v, "Open", probe_is_open(p));
	view_text(v, "Why", p->why);
	view_text(v, "Iso", clock_iso(a, at));
	view_text(v, "Time", zone_text(a, "%H:%M:%S %Z", at));
}

/* What the poller read, if it was asked and has; p->device NULL: it was not. */
static struct err *
probe_read(struct words *w, struct probe *p, struct req *rq, struct res *rs)
{
	int64_t id = number_typed(typed(rq, "probe"), INT64_MAX);
	struct err *e;

	p->device = NULL;
	if (*typed(rq, "probe") == 0)
		return NULL;
	if ((e = probe_load(p, rq->tx, id)) != NULL)
		return err_pass(e);
	state_probe(view_branch(rs->view, "Probe"), rq->arena, p, id);
	if (probe_is_open(p))
		res_header(rs, "Refresh", REFRESH_S);
	if (p->words == NULL)
		return NULL;
	if (!probe_is_words(p->function)) {
		state_bits(rs->view, p);
		return NULL;
	}
	w->function = point_function_name(p->function);
	w->first = p->address;
	w->n = p->quantity;
	memcpy(w->v, p->words, (size_t)w->n * sizeof(*w->v));
	return NULL;
}

static struct err *
show(struct req *rq, struct res *rs, const struct words *w,
    const struct probe *p)
{
	struct reading_of *r;
	const char *why;
	struct err *e;
	double wanted;
	size_t n;

	view_text(rs->view, "Page.Title", "Read registers");
	if ((e = state_form(rq, rs, p)) != NULL)
		return err_pass(e);
	if ((why = wanted_read(&wanted, rs->view, rq)) != NULL) {
		rs->status = err_status(ERR_INPUT);
		view_text(rs->view, "Error", why);
		return res_page(rq, rs, "words.cs");
	}
	n = readings_of(&r, rq->arena, w->v, w->n, wanted);
	state_hits(rs->view, rq->arena, r, n, w);
	state_rows(rs->view, rq->arena, r, n, w);
	return res_page(rq, rs, "words.cs");
}

struct err *
admin_words(struct req *rq, struct res *rs)
{
	const char *words = typed(rq, "words"), *why;
	struct words w = { .n = 0 };
	struct probe p;
	int64_t first;
	struct err *e;

	if ((e = req_int(&first, rq, "first", 0, 0, UINT16_MAX)) != NULL)
		return err_pass(e);
	view_int(rs->view, "Form.First", first);
	if ((e = probe_read(&w, &p, rq, rs)) != NULL)
		return err_pass(e);
	if (p.device != NULL)
		return show(rq, rs, &w, &p);
	view_text(rs->view, "Form.Words", words);
	w.first = (long)first;
	if ((why = words_read(w.v, &w.n, words)) != NULL) {
		w.n = 0;
		rs->status = err_status(ERR_INPUT);
		view_text(rs->view, "Error", why);
	}
	return show(rq, rs, &w, NULL);
}

/* From the form: "0x1F" too. */
static int64_t
number_of(const char *s)
{
	char *end;
	long v = strtol(s, &end, base_of(s));

	return *s != 0 && *end == 0 ? v : -1;
}

struct err *
admin_words_ask(struct req *rq, struct res *rs)
{
	const struct words none = { .n = 0 };
	enum point_function f;
	struct probe_asked asked = { 0 };
	struct err *e;

	if (!probe_function(&f, req_typed(rq, "kind")))
		e = err_raise(ERR_INPUT,
		    "kind: want holding, input, coil or discrete.", "kind");
	else
		e = probe_ask(&asked, rq->tx, req_typed(rq, "device"), f,
		    number_of(req_typed(rq, "address")),
		    number_of(req_typed(rq, "quantity")));
	if (e == NULL)
		return res_goto(rs,
		    arena_printf(rq->arena, "/admin/words?probe=%lld",
			(long long)asked.id));
	if (e->kind != ERR_INPUT && e->kind != ERR_MISSING &&
	    e->kind != ERR_CONFLICT && e->kind != ERR_LIMIT)
		return err_pass(e);
	polled_refused(rq, rs, e, asked.wait_s);
	view_text(rs->view, "Read.Error", arena_text(rq->arena, e->say));
	return show(rq, rs, &none, NULL);
}
