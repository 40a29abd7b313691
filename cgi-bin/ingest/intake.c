#include "cgi-bin/ingest/intake.h"

#include <math.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"

/* ITEM_BYTES: what a reading mostly takes of a body, at least. */
enum { UNIX_DIGITS = 9, SHORT_TIME = 40, BATCH_KEY_MAX = 128, ITEM_BYTES = 64 };

#define AHEAD_MAX (5 * CLOCK_MIN)
#define EARLIEST INT64_C(946684800000000) /* 2000-01-01 */

/* The order matters: the first that knows the shape takes the body. */
static decoder *const decoders[] = { decode_native, decode_rutos, decode_flat };

struct item *
intake_add(struct intake *in)
{
	if (in->n == ITEMS_MAX) {
		in->full = true;
		in->spare = (struct item){ 0 };
		return &in->spare;
	}
	if (in->n == in->room) {
		struct item *v;

		in->room *= 2;
		v = arena_array(in->arena, in->room, sizeof(*v));
		if (in->n > 0)
			memcpy(v, in->v, in->n * sizeof(*v));
		in->v = v;
	}
	return &in->v[in->n++];
}

void
item_common(struct item *it, const struct common *c)
{
	it->device = c->device;
	it->raw = c->raw;
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
	if (it->joint == NULL)
		return place;
	return arena_printf(a, "%s%s%.*s", place, it->joint, (int)it->sensor.n,
	    it->sensor.p);
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

const char *
text_clip(struct arena *a, struct slice s, size_t n)
{
	const char *text = arena_copy(a, s.p, s.n <= n ? s.n : n + 1);

	return arena_copy(a, text, utf8_whole(text, n));
}

/* ISO 8601, or a Unix number that came as text. */
static bool
time_from_text(int64_t *us, struct arena *a, struct slice s)
{
	char room[SHORT_TIME];
	const char *text = room;

	if (s.n < sizeof(room)) {
		memcpy(room, s.p, s.n);
		room[s.n] = 0;
	} else {
		text = arena_copy(a, s.p, s.n);
	}
	if (s.n >= UNIX_DIGITS && strspn(text, "0123456789") == s.n)
		return clock_from_number(us, strtod(text, NULL));
	return clock_from_iso(us, text);
}

/* The instant an object names, or now when it names none. */
static void
time_read(struct common *c, const struct intake *in, const struct jvalue *v)
{
	bool ok = true;

	c->time = in->now;
	if (v != NULL && v->kind == J_TEXT)
		ok = time_from_text(&c->time, in->arena, v->text);
	else if (v != NULL)
		ok = clock_from_number(&c->time, jvalue_number(v));
	if (!ok) {
		c->code = "bad_time";
		c->detail = "want Unix seconds, milliseconds or microseconds, "
			    "or ISO 8601 with a zone";
	} else if (c->time > in->now + AHEAD_MAX) {
		c->code = "clock_ahead";
		c->detail = arena_printf(in->arena,
		    "%s is more than 5 min ahead of the server",
		    clock_iso(in->arena, c->time));
	} else if (c->time < EARLIEST) {
		c->code = "clock_unset";
		c->detail =
		    arena_printf(in->arena, "%s: the sender's clock is not set",
			clock_iso(in->arena, c->time));
	}
}

/* A whole number within bounds; `fallback` when it is not there. */
static int64_t
whole(struct common *c, const struct jvalue *v, int64_t max, int64_t fallback,
    const char *code)
{
	int64_t n = -1;

	if (v == NULL)
		return fallback;
	if (v->kind == J_INT)
		n = v->i;
	else if (v->kind == J_REAL && fabs(v->d) < 1e6)
		n = (int64_t)v->d;
	if (n >= 0 && n <= max)
		return n;
	c->code = code;
	c->detail = "want a whole number within its bounds";
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
static struct err *
batch_name(struct intake *in, struct bytes body)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	char hex[33];
	size_t i;

	if (in->batch == NULL)
		return NULL;
	if (strlen(in->batch) > BATCH_KEY_MAX || !is_plain(in->batch))
		return err_raise(ERR_INPUT,
		    "batch_id: at most 128 characters of plain ASCII.",
		    "batch id");
	(void)EVP_Digest(body.p, body.n, hash, NULL, EVP_sha256(), NULL);
	for (i = 0; i < 16; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", hash[i]);
	in->again = arena_printf(in->arena, "%s %s", in->batch, hex);
	return NULL;
}

struct err *
intake_envelope(struct intake *in, struct bytes body, const struct members *m)
{
	const struct jvalue *b = members_get(m, SLOT_BATCH);
	struct err *e;

	if (b != NULL && b->kind == J_TEXT)
		in->batch = arena_copy(in->arena, b->text.p, b->text.n);
	else if (b != NULL && b->kind == J_INT)
		in->batch = arena_printf(in->arena, "%lld", (long long)b->i);
	else if (b != NULL && b->kind == J_BIG)
		in->batch = arena_copy(in->arena, b->raw.p, b->raw.n);
	if ((e = batch_name(in, body)) != NULL)
		return err_pass(e);
	if (!tenant_fits(in, m))
		return err_raise(ERR_FORBIDDEN,
		    "tenant_id: this key belongs to another tenant.",
		    "tenant in the body differs");
	return NULL;
}

struct err *
intake_read(struct intake *in, struct bytes body, const char *key)
{
	struct err *e;
	size_t i;

	in->room = body.n / ITEM_BYTES + 1;
	if (in->room > ITEMS_MAX)
		in->room = ITEMS_MAX;
	in->v = arena_array(in->arena, in->room, sizeof(*in->v));
	if (*key != 0)
		in->batch = arena_text(in->arena, key);
	for (i = 0; i < sizeof(decoders) / sizeof(*decoders); i++) {
		bool mine = false;

		if ((e = decoders[i](&mine, in, body)) != NULL)
			return err_pass(e);
		if (mine)
			break;
	}
	if (in->full)
		return err_raise(ERR_TOO_BIG, "Too many readings in one body.",
		    "more than %d", ITEMS_MAX);
	if (in->n == 0)
		return err_raise(ERR_INPUT,
		    "There are no readings in the body.", "no items");
	return NULL;
}
