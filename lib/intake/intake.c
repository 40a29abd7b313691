#include "intake/intake.h"

#include <math.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hex.h"
#include "base/utf8.h"
#include "intake/instant.h"
#include "intake/joined.h"
#include "intake/lean.h"

/* ITEM_BYTES: what a reading mostly takes of a body, at least. */
enum { BATCH_KEY_MAX = 128, ITEM_BYTES = 64 };

/* Readings that have no item. */
static size_t
itemless(const struct intake *in)
{
	return in->lean != NULL ? in->lean->r.n : 0;
}

struct item *
intake_add(struct intake *in)
{
	size_t before = itemless(in);

	if (in->n + before >= ITEMS_MAX) {
		in->full = true;
		in->spare = (struct item){ 0 };
		return &in->spare;
	}
	if (in->n == in->room) {
		struct item *v;

		in->room *= 2;
		v = arena_room(in->arena, in->room, sizeof(*v));
		if (in->n > 0)
			memcpy(v, in->v, in->n * sizeof(*v));
		in->v = v;
	}
	in->v[in->n] = (struct item){ .before = before };
	return &in->v[in->n++];
}

void
item_common(struct item *it, const struct common *c)
{
	it->device = c->device;
	it->raw = c->raw;
	it->timed = c->timed;
	it->r.time = c->time;
	it->r.quality = c->quality;
	it->r.rev = c->rev;
	it->code = c->code;
	it->detail = c->detail;
}

const char *
item_place(struct arena *a, const struct item *it)
{
	const char *place = it->place != NULL ? it->place : "";

	if (it->list != NULL)
		place = arena_printf(a, "%s[%zu]", it->list, it->index);
	if (it->part != NULL)
		place = arena_printf(a, "%s%s%s", it->part,
		    *place != 0 && *place != '[' ? "." : "", place);
	if (it->joint == NULL)
		return place;
	return arena_printf(a, "%s%s%s%.*s", place,
	    *place != 0 && *it->joint != '.' && *it->joint != ',' ? "." : "",
	    it->joint, (int)it->sensor.n, it->sensor.p);
}

void
item_refuse(struct item *it, struct arena *a, const char *code, const char *fmt,
    ...)
{
	char detail[256];
	va_list ap;

	if (it->code != NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(detail, sizeof(detail), fmt, ap);
	va_end(ap);
	it->code = code;
	it->detail = arena_text(a, detail);
}

void
intake_fact(struct intake *in, struct slice device, struct slice name,
    const struct jvalue *v)
{
	struct fact *all;

	if (in->facts == FACTS_MAX)
		return;
	if (in->facts == in->fact_room) {
		in->fact_room = 2 * in->fact_room + 8;
		all = arena_room(in->arena, in->fact_room, sizeof(*all));
		if (in->facts > 0)
			memcpy(all, in->fact, in->facts * sizeof(*all));
		in->fact = all;
	}
	in->fact[in->facts++] =
	    (struct fact){ .device = device, .name = name, .value = *v };
}

void
intake_warn(struct intake *in, const char *code)
{
	size_t i;

	for (i = 0; i < in->warnings; i++)
		if (strcmp(in->warning[i], code) == 0)
			return;
	if (in->warnings < WARNINGS_MAX)
		in->warning[in->warnings++] = code;
}

const char *
text_clip(struct arena *a, struct slice s, size_t n)
{
	const char *text = arena_copy(a, s.p, s.n <= n ? s.n : n + 1);

	return arena_copy(a, text, utf8_whole(text, n));
}

/* The object is refused when it is no time, or nobody knows where. */
static void
time_from_text(struct common *c, const struct intake *in, struct slice s)
{
	switch (instant_read(&c->time, s, in->zone,
	    members_day_first(&in->members))) {
	case INSTANT_OK:
		return;
	case INSTANT_ZONE:
		c->code = "no_zone";
		c->detail = "a local time wants the gateway's time zone";
		return;
	default:
		c->code = "bad_time";
		c->detail = "want Unix seconds, milliseconds or microseconds, "
			    "or ISO 8601";
	}
}

/*
 * The instant an object names, or now when it names none; whether it can be
 * right is seen later, see sane.h.
 */
static void
time_read(struct common *c, const struct intake *in, const struct jvalue *v)
{
	c->time = in->now;
	c->timed = v != NULL;
	if (v == NULL)
		return;
	if (v->kind == J_TEXT) {
		time_from_text(c, in, v->text);
	} else if (!clock_from_number(&c->time, jvalue_number(v))) {
		c->code = "bad_time";
		c->detail = "want Unix seconds, milliseconds or microseconds";
	}
}

/*
 * A number within bounds, its fraction dropped; `fallback` when it is not
 * there.
 */
static int64_t
whole(struct common *c, const struct jvalue *v, int64_t max, int64_t fallback,
    const char *code)
{
	int64_t n = -1;

	if (v == NULL)
		return fallback;
	if (v->kind == J_INT)
		n = v->i;
	else if (v->kind == J_REAL && v->d >= 0 && v->d <= (double)max)
		n = (int64_t)v->d;
	if (n >= 0 && n <= max)
		return n;
	c->code = code;
	c->detail = "want a number within its bounds";
	return fallback;
}

bool
tenant_fits(const struct intake *in, const struct members *m)
{
	const struct jvalue *v = members_get(m, SLOT_TENANT);

	if (v == NULL)
		return true;
	if (v->kind == J_TEXT)
		return slice_is(v->text, in->tenant_name);
	return v->kind == J_INT && v->i == in->tenant;
}

void
common_read(struct common *c, const struct intake *in, struct slice raw)
{
	const struct members *m = &in->members;

	c->raw = raw;
	c->device = members_text(m, SLOT_DEVICE);
	c->code = c->detail = NULL;
	time_read(c, in, members_get(m, SLOT_TIME));
	c->quality = (uint8_t)whole(c, members_get(m, SLOT_QUALITY),
	    QUALITY_GOOD, QUALITY_GOOD, "bad_quality");
	c->rev = (uint16_t)whole(c, members_get(m, SLOT_REV), UINT16_MAX, 0,
	    "bad_revision");
	if (!tenant_fits(in, m)) {
		c->code = "wrong_tenant";
		c->detail = "this key belongs to another tenant";
	}
}

/* Bytes that a header and a text of the database can both carry. */
static bool
is_plain(const char *s)
{
	for (; *s != 0; s++)
		if (*s < 0x20 || *s > 0x7e)
			return false;
	return true;
}

/*
 * A batch is known again by its number and its bytes: a gateway that counts
 * from one after a reboot sends other readings under an old number, and they
 * must not get the old answer.
 */
void
intake_know(struct intake *in, struct bytes body)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	char hex[33];

	(void)EVP_Digest(body.p, body.n, hash, NULL, EVP_sha256(), NULL);
	hex_write(hex, hash, 16);
	in->again = arena_printf(in->arena, "%s %s",
	    in->batch != NULL ? in->batch : "", hex);
}

static struct err *
batch_name(struct intake *in, struct bytes body)
{
	if (in->batch == NULL || in->again != NULL)
		return NULL;
	if (strlen(in->batch) > BATCH_KEY_MAX || !is_plain(in->batch))
		return err_raise(ERR_INPUT,
		    "batch_id: at most 128 characters of plain ASCII.",
		    "batch id");
	intake_know(in, body);
	return NULL;
}

/* When the sender's clock says that it sent it; what is no time is let go. */
static void
sent_read(struct intake *in, const struct jvalue *v)
{
	bool ok = v->kind == J_TEXT
		      ? instant_read(&in->sent_at, v->text, in->zone, false) ==
			    INSTANT_OK
		      : clock_from_number(&in->sent_at, jvalue_number(v));

	if (!ok)
		in->sent_at = 0;
}

struct err *
intake_envelope(struct intake *in, struct bytes body, const struct members *m)
{
	const struct jvalue *b = members_get(m, SLOT_BATCH);
	const struct jvalue *sent = members_get(m, SLOT_SENT);
	struct err *e;

	if (b != NULL && b->kind == J_TEXT)
		in->batch = arena_copy(in->arena, b->text.p, b->text.n);
	else if (b != NULL && b->kind == J_INT)
		in->batch = arena_printf(in->arena, "%lld", (long long)b->i);
	else if (b != NULL && b->kind == J_BIG)
		in->batch = arena_copy(in->arena, b->raw.p, b->raw.n);
	if (sent != NULL)
		sent_read(in, sent);
	if ((e = batch_name(in, body)) != NULL)
		return err_pass(e);
	if (!tenant_fits(in, m))
		return err_raise(ERR_FORBIDDEN,
		    "tenant_id: this key belongs to another tenant.",
		    "tenant in the body differs");
	return NULL;
}

struct err *
intake_read(struct intake *in, struct bytes body, const struct asked *asked)
{
	struct bytes *part;
	struct err *e;
	size_t n;

	in->asked = *asked;
	in->room = body.n / ITEM_BYTES + 1;
	if (in->room > ITEMS_MAX)
		in->room = ITEMS_MAX;
	in->v = arena_room(in->arena, in->room, sizeof(*in->v));
	if (asked->batch != NULL && *asked->batch != 0)
		in->batch = asked->batch;
	in->format =
	    asked->format != NULL ? asked->format : format_of(in, body);
	if ((e = in->format->decode(in, body)) != NULL &&
	    e->kind == ERR_INPUT && in->format->decode != decode_line &&
	    (n = joined_split(&part, in->arena, body)) > 0) {
		in->lean = NULL;
		e = joined_read(in, part, n);
	}
	if (e != NULL || (e = batch_name(in, body)) != NULL)
		return err_pass(e);
	if (in->full)
		return err_raise(ERR_TOO_BIG, "Too many readings in one body.",
		    "more than %d", ITEMS_MAX);
	if (in->n + itemless(in) == 0 && in->facts == 0 && !in->may_be_empty)
		return err_raise(ERR_INPUT,
		    "There are no readings in the body.", "no items");
	return NULL;
}
