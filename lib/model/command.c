#include "model/command.h"

#include <math.h>
#include <string.h>

#include "model/decode.h"
#include "query.h"

static const char *const confirms[CONFIRMS] = {
	[CONFIRM_NONE] = "none",
	[CONFIRM_SELF] = "self",
	[CONFIRM_OTHER] = "other",
};

const char *
confirm_name(enum confirm c)
{
	return confirms[c];
}

enum confirm
confirm_of(const char *name)
{
	int c = CONFIRM_OTHER;

	while (c > CONFIRM_NONE && strcmp(confirms[c], name) != 0)
		c--;
	return (enum confirm)c;
}

struct err *
command_target(struct profile **p, const char **name, struct tx *tx,
    const char *profiles, const char *device)
{
	struct arena *a = tx_arena(tx);
	const char *body;
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, tx, &q_command_target,
		 ARGS(A((int)tx_who(tx)->tenant), A(device)))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return err_raise(ERR_MISSING, "There is no such device.", "%s",
		    device);
	*name = rows_text(r, 0, COMMAND_TARGET_NAME);
	if (!rows_bool(r, 0, COMMAND_TARGET_POLLED))
		return err_raise(ERR_INPUT,
		    "device: the poller does not ask it, so nothing can be "
		    "written.",
		    "%s is not polled", device);
	if (rows_null(r, 0, COMMAND_TARGET_BODY))
		e = profile_load(p, a, profiles,
		    rows_text(r, 0, COMMAND_TARGET_PROFILE));
	else {
		body = rows_text(r, 0, COMMAND_TARGET_BODY);
		e = profile_parse(p, a, body, strlen(body));
	}
	if (e != NULL)
		return err_raise(ERR_INPUT,
		    "device: its profile cannot be read.", "%s", e->why);
	return NULL;
}

/* Whether the registers can hold it, but for half a step of theirs. */
static bool
fits(const struct point *pt, double value)
{
	uint16_t words[POINT_WORDS_MAX] = { 0 };
	double back, off;

	if (pt->type == POINT_BIT)
		return value == 0 || value == 1;
	encode_point(words, pt, value);
	back = decode_point(pt, words).value;
	off = fabs(back - value);
	return off <= fabs(pt->scale) / 2 || off <= fabs(value) * 1e-6;
}

static size_t
characters(const char *s)
{
	size_t n = 0;

	for (; *s != 0; s++)
		n += ((unsigned char)*s & 0xC0) != 0x80;
	return n;
}

/* What does not depend on the point. */
static struct err *
words_check(const struct order *o)
{
	if (o->seconds < ORDER_LEAST_S || o->seconds > ORDER_MOST_S)
		return err_raise(ERR_INPUT,
		    "expires_in_s: want 5 to 604800 seconds.", "%d",
		    o->seconds);
	if (characters(o->reason) > ORDER_REASON)
		return err_raise(ERR_INPUT,
		    "reason: want at most 200 characters.", "reason");
	if (characters(o->key) > ORDER_KEY)
		return err_raise(ERR_INPUT,
		    "Idempotency-Key: want at most 200 characters.", "key");
	return NULL;
}

struct err *
order_check(const struct point **out, const struct order *o,
    const struct profile *p)
{
	const struct point *pt = profile_point(p, o->point);
	const struct writing *w = pt != NULL ? pt->writing : NULL;
	struct err *e;

	if (pt == NULL)
		return err_raise(ERR_INPUT,
		    "point: the device's profile has no such point.", "%s",
		    o->point);
	if (w == NULL || pt->power != NULL)
		return err_raise(ERR_INPUT, "point: it cannot be written.",
		    "%s", o->point);
	if (!isfinite(o->value) || o->value < w->low || o->value > w->high)
		return err_raise(ERR_INPUT,
		    "value: it is outside what may be written.",
		    "%g, want %g to %g", o->value, w->low, w->high);
	if (!fits(pt, o->value))
		return err_raise(ERR_INPUT,
		    pt->type == POINT_BIT
			? "value: want 0 or 1."
			: "value: the register cannot hold it.",
		    "%g", o->value);
	if ((e = words_check(o)) != NULL)
		return err_pass(e);
	*out = pt;
	return NULL;
}

struct err *
command_ask(int64_t *id, const char **state, struct tx *tx,
    const struct order *o, const struct point *pt)
{
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, tx, &q_command_ask,
		 ARGS(A(o->device), A(o->point), A(o->value), A(o->reason),
		     A(confirm_name(pt->writing->confirm)), A(o->seconds),
		     A(o->key)))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return err_raise(ERR_MISSING, "There is no such device.", "%s",
		    o->device);
	*id = rows_int(r, 0, COMMAND_ASK_ID);
	*state = rows_text(r, 0, COMMAND_ASK_STATE);
	return NULL;
}

/* Whether the row of a step names a state. */
static struct err *
known(const struct rows *r, int64_t id)
{
	if (rows_null(r, 0, 0))
		return err_raise(ERR_MISSING, "There is no such command.",
		    "command %lld", (long long)id);
	return NULL;
}

struct err *
command_confirm(struct tx *tx, int64_t id, bool approve)
{
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, tx, &q_command_confirm,
		 ARGS(A((long)id), A(approve)))) != NULL ||
	    (e = known(r, id)) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
command_withdraw(struct tx *tx, int64_t id)
{
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, tx, &q_command_withdraw, ARGS(A((long)id)))) !=
		NULL ||
	    (e = known(r, id)) != NULL)
		return err_pass(e);
	return NULL;
}

static int64_t
time_or_0(const struct rows *r, int i, int column)
{
	return rows_null(r, i, column) ? 0 : rows_time(r, i, column);
}

/* The columns of the list stand first in both statements. */
static struct command
command_of(const struct rows *r, int i)
{
	return (struct command){
		.id = rows_int(r, i, COMMAND_LIST_COMMAND_ID),
		.device = rows_text(r, i, COMMAND_LIST_DEVICE),
		.device_name = rows_text(r, i, COMMAND_LIST_DEVICE_NAME),
		.point = rows_text(r, i, COMMAND_LIST_POINT),
		.zone = rows_text(r, i, COMMAND_LIST_ZONE),
		.value = rows_real(r, i, COMMAND_LIST_VALUE),
		.unit = rows_text(r, i, COMMAND_LIST_UNIT),
		.reason = rows_text(r, i, COMMAND_LIST_REASON),
		.state = rows_text(r, i, COMMAND_LIST_STATE),
		.confirm = rows_text(r, i, COMMAND_LIST_CONFIRM),
		.asked_by = rows_text(r, i, COMMAND_LIST_ASKED_BY),
		.confirmed_by = rows_text(r, i, COMMAND_LIST_CONFIRMED_BY),
		.asked_at = rows_time(r, i, COMMAND_LIST_ASKED_AT),
		.expires_at = rows_time(r, i, COMMAND_LIST_EXPIRES_AT),
		.confirmed_at = time_or_0(r, i, COMMAND_LIST_CONFIRMED_AT),
		.sent_at = time_or_0(r, i, COMMAND_LIST_SENT_AT),
		.acknowledged_at =
		    time_or_0(r, i, COMMAND_LIST_ACKNOWLEDGED_AT),
		.ended_at = time_or_0(r, i, COMMAND_LIST_ENDED_AT),
		.read_back = rows_null(r, i, COMMAND_LIST_READ_BACK)
				 ? NAN
				 : rows_real(r, i, COMMAND_LIST_READ_BACK),
		.why = rows_text(r, i, COMMAND_LIST_WHY),
	};
}

struct err *
command_list(struct command **v, size_t *n, struct tx *tx, const char *device,
    int64_t before, int most)
{
	struct rows *r;
	struct err *e;
	size_t i;

	if ((e = tx_rows(&r, tx, &q_command_list,
		 ARGS(A((int)tx_who(tx)->tenant), A(device), A((long)before),
		     A(most)))) != NULL)
		return err_pass(e);
	*n = (size_t)rows_count(r);
	*v = arena_array(tx_arena(tx), *n, sizeof(**v));
	for (i = 0; i < *n; i++)
		(*v)[i] = command_of(r, (int)i);
	return NULL;
}

struct err *
command_load(struct command *c, struct tx *tx, int64_t id)
{
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, tx, &q_command_load,
		 ARGS(A((int)tx_who(tx)->tenant), A((long)id)))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return err_raise(ERR_MISSING, "There is no such command.",
		    "command %lld", (long long)id);
	*c = command_of(r, 0);
	return NULL;
}
