#include "write.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/log.h"
#include "model/decode.h"

/* Reading back again takes this part of the line's time, and is no hurry. */
enum { BACK_PART = 10, ILLEGAL_MOST = 3 };
#define BACK_EVERY (500 * CLOCK_MS)

/* It has failed, for this reason. */
#define FAIL(task, ...)                 \
	((task)->fate = COMMAND_FAILED, \
	    (void)snprintf((task)->why, sizeof((task)->why), __VA_ARGS__))

bool
write_any(const struct write *w, const struct device *d)
{
	while (w != NULL && w->device != d)
		w = w->beside;
	return w != NULL;
}

int64_t
write_due(const struct write *w)
{
	return w->next > w->device->lag ? w->next : w->device->lag;
}

struct write *
write_first(struct write *w)
{
	struct write *first = NULL;

	for (; w != NULL; w = w->beside)
		if (w->device != NULL &&
		    (first == NULL || write_due(w) < write_due(first)))
			first = w;
	return first;
}

struct write *
write_room(struct write **all, struct arena *a)
{
	struct write *w = *all;

	while (w != NULL && w->device != NULL)
		w = w->beside;
	if (w != NULL)
		return w;
	w = arena_alloc(a, sizeof(*w));
	w->beside = *all;
	*all = w;
	return w;
}

static void
over(struct write *w, struct commands *c)
{
	const struct task *t = &w->task;

	w->step = WRITE_OVER;
	log_info("command tenant=%d id=%lld device=%s point=%s verified=%d"
		 " why=\"%s\"",
	    t->tenant, (long long)t->id, w->device->key, t->point,
	    t->fate == COMMAND_VERIFIED, t->why);
	commands_tell(c, t);
}

/* What is left of its time. */
static int64_t
left_of(const struct task *t)
{
	return t->expires - env_mono();
}

/* May it be written?  The same rules as where it was asked for. */
static bool
allowed(struct write *w, const struct commands *c)
{
	struct task *t = &w->task;
	const struct order o = { .point = t->point,
		.reason = "",
		.key = "",
		.value = t->value,
		.seconds = ORDER_USUAL_S };
	struct err *e = order_check(&w->point, &o, w->device->profile);

	if (commands_read_only(c))
		FAIL(t, "This poller only reads; it was not written.");
	else if (e != NULL)
		FAIL(t, "The poller refuses it: %s", e->say);
	else if (left_of(t) <= 0)
		FAIL(t, "It came too late to be carried out.");
	else if (t->confirm < w->point->writing->confirm)
		FAIL(t, "Its profile wants it confirmed by now; ask anew.");
	else if (w->device->unit == 0 && w->device->late)
		FAIL(t, "Unit 0 of a serial line is all of its units.");
	return t->fate != COMMAND_FAILED;
}

void
write_begin(struct write *w, const struct task *t, const struct device *d,
    struct commands *c)
{
	*w = (struct write){ .beside = w->beside, .task = *t, .device = d };
	w->task.read_back = NAN;
	if (!allowed(w, c)) {
		over(w, c);
		return;
	}
	w->step = w->point->writing->key != NULL ? WRITE_LOOKS : WRITE_PUTS;
	if (w->point->type == POINT_BIT)
		w->words[0] = t->value != 0;
	else
		encode_point(w->words, w->point, t->value);
}

/* The request that reads a point. */
static struct ask
reads(const struct write *w, const struct point *pt)
{
	return (struct ask){ .unit = (uint8_t)w->device->unit,
		.function = (uint8_t)pt->function,
		.address = (uint16_t)pt->address,
		.count = (uint16_t)pt->words };
}

bool
write_ask(struct write *w, struct ask *ask)
{
	w->asked = env_mono();
	if (w->step == WRITE_OVER) {
		w->device = NULL;
		return false;
	}
	*ask = reads(w,
	    w->step == WRITE_LOOKS ? w->point->writing->key : w->point);
	if (w->step == WRITE_PUTS) {
		ask->function = (uint8_t)w->point->writing->function;
		ask->put = w->words;
		w->put = true;
	}
	return true;
}

/* Is the other point as it must be?  Anything but a sure yes is a no. */
static void
take_look(struct write *w, struct commands *c, const struct heard *h)
{
	const struct writing *how = w->point->writing;
	struct sample now = { .value = NAN };

	if (h->outcome == BUS_ANSWER)
		now = decode_point(how->key, h->words);
	if (now.value == how->unlocked) {
		w->step = WRITE_PUTS;
		return;
	}
	if (isnan(now.value))
		FAIL(&w->task, "Interlock: %s cannot be read.", how->lock);
	else
		FAIL(&w->task, "Interlock: %s is %.10g, and must be %.10g.",
		    how->lock, now.value, how->unlocked);
	over(w, c);
}

/* Exceptions by which a device refuses; after the others it may have begun. */
static bool
is_refusal(const struct heard *h)
{
	static const bool refusals[] = { [1] = true,
		[2] = true,
		[3] = true,
		[6] = true,
		[7] = true,
		[0x0A] = true };

	return h->outcome == BUS_EXCEPTION && h->words[0] < sizeof(refusals) &&
	       refusals[h->words[0]];
}

/*
 * On a serial line the answer to functions 5 and 6 is the request itself, and
 * an echo of the line looks the same: it acknowledges nothing.
 */
static bool
acknowledges(const struct write *w, const struct heard *h)
{
	return h->outcome == BUS_ANSWER &&
	       (!w->device->late || w->point->writing->function >= WRITE_COILS);
}

static void
take_put(struct write *w, struct commands *c, const struct heard *h)
{
	w->step = WRITE_READS;
	w->acknowledged = acknowledges(w, h);
	if (is_refusal(h))
		FAIL(&w->task, "The device refuses it: %s.", h->why);
	else if (h->outcome == BUS_DOWN && !h->sent)
		FAIL(&w->task, "It was not written: %s.", h->why);
	if (w->task.fate == COMMAND_FAILED) {
		over(w, c);
		return;
	}
	if (w->acknowledged) {
		w->task.fate = COMMAND_ACKNOWLEDGED;
		commands_tell(c, &w->task);
	}
}

static const char *
known_of(const struct write *w)
{
	return w->acknowledged ? "The device took it"
			       : "Nobody knows whether it was written";
}

/*
 * Whether what was written is asked for once more: not if the device has said
 * that it may not be read, and not when the time is over.
 */
static bool
reads_again(struct write *w, const struct heard *h)
{
	int64_t now = env_mono(), left = left_of(&w->task);
	int64_t wait = (now - w->asked) * BACK_PART;

	if (left <= 0 ||
	    (h->outcome == BUS_EXCEPTION && h->words[0] <= ILLEGAL_MOST))
		return false;
	wait = wait < BACK_EVERY ? BACK_EVERY : wait;
	w->next = now + (wait < left ? wait : left);
	return true;
}

static void
take_back(struct write *w, struct commands *c, const struct heard *h)
{
	const size_t size = (size_t)w->point->words * sizeof(*h->words);
	struct task *t = &w->task;

	if (h->outcome != BUS_ANSWER) {
		if (reads_again(w, h))
			return;
		FAIL(t, "%s, and reading back failed: %s.", known_of(w),
		    h->why);
		over(w, c);
		return;
	}
	t->read_back = decode_point(w->point, h->words).value;
	if (memcmp(h->words, w->words, size) == 0)
		t->fate = COMMAND_VERIFIED;
	else
		FAIL(t, "%s was read back as %.10g.",
		    w->acknowledged ? "It" : "Nobody acknowledged it, and it",
		    t->read_back);
	over(w, c);
}

void
write_take(struct write *w, struct commands *c, const struct heard *h)
{
	if (w->step == WRITE_LOOKS)
		take_look(w, c, h);
	else if (w->step == WRITE_PUTS)
		take_put(w, c, h);
	else
		take_back(w, c, h);
}

void
write_leave(struct write *w, struct commands *c)
{
	if (w->device == NULL || w->step == WRITE_OVER)
		return;
	FAIL(&w->task, "%s: the poller stopped, or its line was changed.",
	    w->put ? known_of(w) : "It was not written");
	over(w, c);
}
