#include "simulator/line.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/env.h"
#include "simulator/answer.h"

enum {
	DRIP_MS = 100,	    /* between two bytes of DEED_DRIP */
	SERIAL_GAP_MS = 50, /* silence that ends a frame on a serial line */
	CHARACTER_BITS = 11,
	RTU_LEAST = 4,
	BROADCAST = 0,
	EXTRA = 7 /* bytes of DEED_WRONG_LENGTH that do not come */
};

/* Put the answer into its envelope, with the fault if one is due. */
static void
reply(struct line *l, const struct scenario *s, struct unit *u,
    const uint8_t head[2], uint8_t id, const uint8_t *message, size_t n)
{
	double late_ms = 0;
	enum deed fault = unit_fault(u, &late_ms);
	uint16_t transaction = (uint16_t)(head[0] << 8 | head[1]);

	if (fault == DEED_SILENCE)
		return;
	if (fault == DEED_WRONG_UNIT)
		id++;
	l->out_at = 0;
	l->out_n = frame_wrap(l->out, l->framing, transaction, id, message, n);
	l->drips = fault == DEED_DRIP;
	l->due = 0;
	if (l->framing == FRAME_RTU && s->baud > 0)
		l->due = env_mono() + (int64_t)(l->out_n + l->n) *
					  CHARACTER_BITS * CLOCK_S / s->baud;
	if (fault == DEED_LATE)
		l->due = env_mono() + (int64_t)(late_ms * 1000);
	if (fault == DEED_WRONG_LENGTH && l->framing == FRAME_TCP)
		l->out[5] = (uint8_t)(l->out[5] + EXTRA);
	if (fault == DEED_WRONG_LENGTH && l->framing == FRAME_RTU)
		l->out_n--;
	if (fault == DEED_GARBAGE)
		env_get()->random(l->out, l->out_n);
}

/* What is for every unit of a serial line, and answered by none. */
static void
broadcast(const struct line *l, const struct scenario *s,
    const uint8_t *message, size_t n)
{
	uint8_t out[MESSAGE_MAX];
	size_t i;

	for (i = 0; i < s->n; i++)
		(void)answer_make(out, &s->units[(size_t)l->port * s->n + i],
		    message, n);
}

/* A unit nobody plays does not answer, as on a real line. */
static void
handle(struct line *l, const struct scenario *s, const uint8_t head[2],
    uint8_t id, const uint8_t *message, size_t n)
{
	struct unit *u = scenario_unit(s, l->port, id);
	uint8_t out[MESSAGE_MAX];
	size_t row = u != NULL ? u->row : 0;

	l->shown = NULL;
	if (n == 0)
		return;
	if (l->framing == FRAME_RTU && id == BROADCAST)
		broadcast(l, s, message, n);
	else if (u != NULL)
		reply(l, s, u, head, id, out, answer_make(out, u, message, n));
	if (u != NULL && u->row_us == 0 && u->row > row)
		l->shown = u;
}

/* One frame off the input of a TCP line; 0: not whole yet; -1: nonsense. */
static int
take_tcp(struct line *l, const struct scenario *s)
{
	size_t length;

	if (l->n < FRAME_HEAD)
		return 0;
	length = (size_t)(l->in[4] << 8 | l->in[5]);
	if (l->in[2] != 0 || l->in[3] != 0 || length < 2 ||
	    length > MESSAGE_MAX + 1)
		return -1;
	if (l->n < length + 6)
		return 0;
	handle(l, s, l->in, l->in[6], l->in + FRAME_HEAD, length - 1);
	return (int)length + 6;
}

/*
 * A request's length follows from its function code; of one that we do not
 * know it is what has come.  It is known as soon as two bytes are there, and
 * of codes 15 and 16 seven; 0: not yet.
 */
static size_t
rtu_length(const struct line *l)
{
	uint8_t code = l->in[1];

	if (code >= 1 && code <= 6)
		return 8;
	if (code == 15 || code == 16)
		return l->n < 7 ? 0 : 9U + l->in[6];
	return l->n;
}

static int
take_rtu(struct line *l, const struct scenario *s)
{
	static const uint8_t no_transaction[2] = { 0 };
	bool is_known;
	size_t n;

	if (l->n < RTU_LEAST)
		return 0;
	n = rtu_length(l);
	is_known =
	    n != l->n || l->in[1] <= 6 || l->in[1] == 15 || l->in[1] == 16;
	if (n == 0 || (l->n < n && n <= FRAME_MAX))
		return 0;
	if (n > FRAME_MAX)
		return -1;
	if (frame_crc(l->in, n) != 0)
		return is_known ? -1 : 0;
	handle(l, s, no_transaction, l->in[0], l->in + 1, n - 3);
	return (int)n;
}

/*
 * Has the other side refused what was written, as it had hung up before?  why:
 * what reading or writing said, 0: nothing.
 */
static bool
is_refused(struct line *l, int why)
{
	socklen_t n = sizeof(why);

	if (why == EAGAIN || l->is_serial ||
	    (why == 0 &&
		getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &why, &n) != 0) ||
	    why == 0)
		return false;
	if (l->shown != NULL)
		l->shown->row--;
	l->shown = NULL;
	return true;
}

/* An answer that is due goes out as far as it goes. */
static bool
speak(struct line *l)
{
	size_t left = l->out_n - l->out_at;
	ssize_t put;

	if (left == 0 || line_waits(l))
		return true;
	if (l->drips) {
		l->due = env_mono() + DRIP_MS * CLOCK_MS;
		left = 1;
	}
	put = write(l->fd, l->out + l->out_at, left);
	if (put < 0)
		return !is_refused(l, errno) && errno == EAGAIN;
	l->out_at += (size_t)put;
	if (l->out_at == l->out_n)
		l->out_at = l->out_n = 0;
	return !is_refused(l, 0);
}

/* Bytes after a silence are a new frame on a serial line. */
bool
line_hear(struct line *l)
{
	int64_t now = env_mono();
	ssize_t got;

	if (l->framing == FRAME_RTU &&
	    now - l->heard > SERIAL_GAP_MS * CLOCK_MS)
		l->n = 0;
	l->heard = now;
	if (l->n == sizeof(l->in))
		return true;
	got = read(l->fd, l->in + l->n, sizeof(l->in) - l->n);
	if (got > 0)
		l->n += (size_t)got;
	if (got > 0 || (got < 0 && errno == EAGAIN))
		return true;
	(void)is_refused(l, got < 0 ? errno : 0);
	return false;
}

/* Nonsense ends a connection; a serial line forgets what it heard. */
bool
line_work(struct line *l, const struct scenario *s)
{
	int used = 1;

	if (!speak(l))
		return false;
	while (used > 0 && l->n > 0 && l->out_n == 0) {
		used =
		    l->framing == FRAME_TCP ? take_tcp(l, s) : take_rtu(l, s);
		if (used < 0 && !l->is_serial)
			return false;
		if (used < 0)
			used = (int)l->n;
		l->n -= (size_t)used;
		memmove(l->in, l->in + used, l->n);
		if (!speak(l))
			return false;
	}
	return true;
}

/* Late, paced or dripping. */
bool
line_waits(const struct line *l)
{
	return l->out_n > 0 && l->due > 0 && env_mono() < l->due;
}
