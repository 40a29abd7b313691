#include "bus.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/log.h"

#define BACKOFF_FIRST (200 * CLOCK_MS)
#define BACKOFF_CAP (10 * CLOCK_S)
#define LOOK_EVERY (10 * CLOCK_MS)
#define GAP_LEAST 1750 /* microseconds between frames of a fast line */

/* A frame takes so much beside its registers; its room is doubled at need. */
enum { FRAME_REST = 16, ROOM_FIRST = 64 };
enum { UNITS = 256, LIVE_BITS = 64 };
enum { CHAR_BITS = 11, GAP_HALF_CHARS = 7, FAST_BAUD = 19200 };

enum step { AT_REST, OPENING, SENDING, HEARING };

struct bus {
	struct arena *arena;
	const struct bus_address *at;
	struct dial *dial;
	int epoll, watched; /* descriptor in it; -1: none */
	void *what;

	enum step step;
	bool looking;
	struct ask ask;
	uint16_t transaction;
	int64_t span, asked, deadline, took, heard;
	uint8_t *frame; /* first the request, then what came */
	size_t room, n, sent;

	int64_t next_try; /* not to be opened before */
	int64_t backoff;
	bool known_up, known_down; /* as the log has it */
	bool served;		   /* it has answered since it broke */
	/* A bit each: the unit answered when it was asked last. */
	uint64_t live[UNITS / LIVE_BITS];
	enum verdict verdict;
	const char *why;
	char exception[24];
};

static const char *const names[BUS_OUTCOMES] = {
	[BUS_ANSWER] = "answer",
	[BUS_EXCEPTION] = "exception",
	[BUS_GARBAGE] = "garbage",
	[BUS_SILENT] = "silent",
	[BUS_DOWN] = "down",
	[BUS_WAITING] = "waiting",
};

const char *
outcome_name(enum outcome o)
{
	return names[o];
}

const char *
bus_why(const struct bus *b)
{
	return b->why;
}

bool
bus_corrupt(const struct bus *b)
{
	return b->verdict == FRAME_BAD_CHECKSUM;
}

bool
bus_sent(const struct bus *b)
{
	return b->sent > 0;
}

int64_t
bus_took(const struct bus *b)
{
	return b->took;
}

struct bus *
bus_new(struct arena *a, const struct bus_address *at, int epoll, void *what)
{
	struct bus *b = arena_alloc(a, sizeof(*b));

	b->arena = a;
	b->at = at;
	b->dial = dial_new(a, at);
	b->epoll = epoll;
	b->watched = -1;
	b->what = what;
	b->why = "";
	return b;
}

static bool
is_serial(const struct bus *b)
{
	return b->at->transport == TRANSPORT_RTU;
}

/* A closed descriptor leaves the epoll by itself. */
static void
line_close(struct bus *b)
{
	dial_close(b->dial);
	b->watched = -1;
}

/* Anywhere in a span, so that those who lost it together do not march. */
static int64_t
jittered(int64_t us)
{
	uint32_t r;

	env_get()->random(&r, sizeof(r));
	return (int64_t)(r % (uint32_t)us);
}

/* Remember the reason; the log hears only of changes. */
static enum outcome
down(struct bus *b, const char *why)
{
	char quoted[LOG_QUOTED];

	b->why = why;
	line_close(b);
	b->backoff = b->backoff == 0 ? BACKOFF_FIRST : b->backoff * 2;
	if (b->backoff > BACKOFF_CAP)
		b->backoff = BACKOFF_CAP;
	b->next_try = env_mono() + jittered(b->backoff);
	if (!b->known_down)
		log_warn("line offline at=%s:%d why=%s", b->at->host,
		    b->at->port, log_quote(quoted, why));
	b->known_down = true;
	b->known_up = b->served = false;
	return BUS_DOWN;
}

static void
live_set(struct bus *b, bool live)
{
	uint64_t *v = &b->live[b->ask.unit / LIVE_BITS];
	uint64_t bit = UINT64_C(1) << b->ask.unit % LIVE_BITS;

	*v = live ? *v | bit : *v & ~bit;
}

static bool
any_live(const struct bus *b)
{
	size_t i;

	for (i = 0; i < UNITS / LIVE_BITS; i++)
		if (b->live[i] != 0)
			return true;
	return false;
}

/*
 * Whoever answered before and hangs up at a question may do so at this unit
 * only, which is silent then.  The line is called again at once for all that
 * answered when they were asked last, and broke when there are none.
 */
static enum outcome
hung_up(struct bus *b, const char *why)
{
	live_set(b, false);
	if (is_serial(b) || (!b->served && !any_live(b)))
		return down(b, why);
	b->why = why;
	b->served = false;
	line_close(b);
	return BUS_SILENT;
}

static void
up(struct bus *b)
{
	if (!b->known_up)
		log_info("line online at=%s:%d", b->at->host, b->at->port);
	b->known_up = true;
	b->known_down = false;
	b->served = true;
	live_set(b, true);
	b->backoff = 0;
}

static void
watch(struct bus *b)
{
	struct epoll_event ev = { .events =
				      EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
		.data.ptr = b->what };

	if (b->watched == dial_fd(b->dial))
		return;
	b->watched = dial_fd(b->dial);
	(void)epoll_ctl(b->epoll, EPOLL_CTL_ADD, b->watched, &ev);
}

static enum outcome
opening(struct bus *b)
{
	enum dialled d = DIAL_FAILED;

	if (dial_fd(b->dial) < 0 && env_mono() < b->next_try)
		return BUS_DOWN;
	if ((d = dial_go(b->dial)) == DIAL_FAILED)
		return down(b, dial_why(b->dial));
	b->looking = d == DIAL_LOOKING;
	if (d == DIAL_LOOKING)
		return BUS_WAITING;
	watch(b);
	if (d == DIAL_CONNECTING)
		return BUS_WAITING;
	dial_flush(b->dial);
	b->step = SENDING;
	b->asked = env_mono();
	b->deadline = b->asked + b->span;
	return BUS_ANSWER;
}

/*
 * Most devices are asked for little, and there are many.  What comes in before
 * an answer without a head has to have room as well.
 */
static void
frame_room(struct bus *b)
{
	size_t want = FRAME_REST + 2 * (size_t)b->ask.count;
	size_t room = ROOM_FIRST;

	while (room < FRAME_MAX && room < want)
		room *= 2;
	if (room > FRAME_MAX || b->ask.framing != FRAME_TCP)
		room = FRAME_MAX;
	if (room <= b->room)
		return;
	b->frame = arena_alloc(b->arena, room);
	b->room = room;
}

void
bus_ask(struct bus *b, const struct ask *ask, int64_t span, int64_t open_span)
{
	b->ask = *ask;
	b->ask.framing =
	    b->at->transport == TRANSPORT_TCP ? FRAME_TCP : FRAME_RTU;
	b->ask.transaction = ++b->transaction;
	frame_room(b);
	b->n = frame_ask(b->frame, &b->ask);
	b->sent = 0;
	b->span = span;
	b->verdict = FRAME_MORE;
	b->step = OPENING;
	b->deadline = env_mono() + open_span;
}

static enum outcome
sending(struct bus *b)
{
	ssize_t did;

	while (b->sent < b->n) {
		did =
		    write(dial_fd(b->dial), b->frame + b->sent, b->n - b->sent);
		if (did < 0 && errno == EINTR)
			continue;
		if (did < 0 && errno == EAGAIN)
			return BUS_WAITING;
		if (did < 0)
			return down(b, strerror(errno));
		b->sent += (size_t)did;
	}
	b->step = HEARING;
	b->n = 0;
	/* What it says will be told by the epoll. */
	return BUS_WAITING;
}

static enum outcome
verdict_outcome(enum verdict v)
{
	return v == FRAME_MORE	      ? BUS_WAITING
	       : v == FRAME_ANSWER    ? BUS_ANSWER
	       : v == FRAME_EXCEPTION ? BUS_EXCEPTION
				      : BUS_GARBAGE;
}

/*
 * Frames without a head of their own: what stands before the answer is passed
 * over, and it may still come until the deadline.
 */
static enum outcome
find_answer(struct bus *b, uint16_t *words)
{
	enum verdict v;
	size_t at;

	v = b->verdict = frame_judge(words, &b->ask, b->frame, b->n);
	if (b->ask.framing == FRAME_TCP || v <= FRAME_EXCEPTION ||
	    v == FRAME_BAD_CHECKSUM)
		return verdict_outcome(v);
	for (at = 1; at < b->n; at++) {
		v = frame_judge(words, &b->ask, b->frame + at, b->n - at);
		if (v == FRAME_ANSWER || v == FRAME_EXCEPTION) {
			b->verdict = v;
			return verdict_outcome(v);
		}
	}
	return BUS_WAITING;
}

/* A serial line of which nothing can be read says 0, not EAGAIN. */
static bool
is_empty(const struct bus *b, ssize_t did)
{
	return (did == 0 && is_serial(b)) || (did < 0 && errno == EAGAIN);
}

/* Collect bytes until they are judged. */
static enum outcome
hearing(struct bus *b, uint16_t *words)
{
	enum outcome o = BUS_WAITING;
	ssize_t did;

	while (o == BUS_WAITING) {
		if (b->n == b->room) {
			b->verdict = FRAME_BAD_LENGTH;
			return BUS_GARBAGE;
		}
		did = read(dial_fd(b->dial), b->frame + b->n, b->room - b->n);
		if (did < 0 && errno == EINTR)
			continue;
		if (is_empty(b, did))
			return BUS_WAITING;
		if (did <= 0)
			return hung_up(b,
			    strerror(did == 0 ? ECONNRESET : errno));
		b->n += (size_t)did;
		b->heard = env_mono();
		o = find_answer(b, words);
	}
	return o;
}

/* What the deadline makes of it. */
static enum outcome
overdue(struct bus *b)
{
	if (b->step == OPENING)
		return down(b, "no connection in time");
	if (b->verdict > FRAME_EXCEPTION)
		return BUS_GARBAGE;
	live_set(b, false);
	b->why = BUS_LATE;
	return BUS_SILENT;
}

static enum outcome
settle(struct bus *b, enum outcome o, const uint16_t *words)
{
	b->took = b->heard - b->asked;
	b->step = AT_REST;
	if (o == BUS_DOWN)
		return o;
	if (o != BUS_SILENT)
		b->why = verdict_name(b->verdict);
	if (o == BUS_EXCEPTION) {
		(void)snprintf(b->exception, sizeof(b->exception),
		    "exception %d", words[0]);
		b->why = b->exception;
	}
	if (o == BUS_ANSWER || o == BUS_EXCEPTION)
		up(b);
	else if (!is_serial(b))
		line_close(b);
	return o;
}

enum outcome
bus_go(struct bus *b, uint16_t *words)
{
	enum outcome o = BUS_ANSWER;

	if (b->step == OPENING)
		o = opening(b);
	if (o == BUS_ANSWER && b->step == SENDING)
		o = sending(b);
	else if (o == BUS_ANSWER && b->step == HEARING)
		o = hearing(b, words);
	if (o == BUS_WAITING && env_mono() >= b->deadline)
		o = overdue(b);
	return o == BUS_WAITING ? o : settle(b, o, words);
}

int64_t
bus_wake(const struct bus *b)
{
	int64_t soon;

	if (b->step != OPENING || !b->looking)
		return b->deadline;
	soon = env_mono() + LOOK_EVERY;
	return soon < b->deadline ? soon : b->deadline;
}

void
bus_drain(struct bus *b)
{
	uint8_t rest[FRAME_MAX];
	ssize_t did = 1;

	if (dial_fd(b->dial) < 0 || b->step != AT_REST)
		return;
	while (did > 0)
		did = read(dial_fd(b->dial), rest, sizeof(rest));
	/* Whoever hangs up between two questions is called again. */
	if (!is_empty(b, did) && (did == 0 || errno != EINTR))
		line_close(b);
	b->heard = env_mono();
}

int64_t
bus_free_at(const struct bus *b)
{
	int64_t gap;

	if (!is_serial(b))
		return 0;
	gap = b->at->port > FAST_BAUD || b->at->port <= 0
		  ? GAP_LEAST
		  : CLOCK_S * CHAR_BITS * GAP_HALF_CHARS / 2 / b->at->port;
	return b->heard + gap;
}
