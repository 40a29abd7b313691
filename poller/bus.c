#include "bus.h"

#include <arpa/inet.h>
#include <errno.h>
#include <modbus.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/log.h"

#define BACKOFF_FIRST (200 * CLOCK_MS)
#define BACKOFF_CAP (10 * CLOCK_S)

struct bus {
	struct bus_address at;
	const atomic_bool *stop;
	modbus_t *line; /* NULL: closed */
	int fd;
	uint16_t transaction;
	int64_t next_try; /* not to be opened before */
	int64_t backoff;
	bool known_up, known_down; /* as the log has it */
	char why[128];
};

static const char *const names[BUS_OUTCOMES] = {
	[BUS_ANSWER] = "answer",
	[BUS_EXCEPTION] = "exception",
	[BUS_GARBAGE] = "garbage",
	[BUS_SILENT] = "silent",
	[BUS_DOWN] = "down",
	[BUS_STOPPED] = "stopped",
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

static void
line_close(struct bus *b)
{
	if (b->line == NULL)
		return;
	modbus_close(b->line);
	modbus_free(b->line);
	b->line = NULL;
}

static void
bus_close(void *what)
{
	line_close(what);
}

struct bus *
bus_new(struct arena *a, const struct bus_address *at, const atomic_bool *stop)
{
	struct bus *b = arena_alloc(a, sizeof(*b));

	b->at = *at;
	b->stop = stop;
	arena_defer(a, bus_close, b);
	return b;
}

/* Between half of a span and the whole of it, so that lines do not march. */
static int64_t
jittered(int64_t us)
{
	uint32_t r;

	env_get()->random(&r, sizeof(r));
	return us / 2 + r % (us / 2 + 1);
}

static modbus_t *
line_new(const struct bus_address *at)
{
	struct in_addr numeric;
	char port[16];

	if (at->serial)
		return modbus_new_rtu(at->host, at->port, at->parity,
		    at->data_bits, at->stop_bits);
	if (inet_pton(AF_INET, at->host, &numeric) == 1)
		return modbus_new_tcp(at->host, at->port);
	(void)snprintf(port, sizeof(port), "%d", at->port);
	return modbus_new_tcp_pi(at->host, port);
}

/* Remember the reason; the log hears only of changes. */
static enum outcome
down(struct bus *b, const char *why)
{
	char quoted[LOG_QUOTED];

	(void)snprintf(b->why, sizeof(b->why), "%s", why);
	line_close(b);
	b->backoff = b->backoff == 0 ? BACKOFF_FIRST : b->backoff * 2;
	if (b->backoff > BACKOFF_CAP)
		b->backoff = BACKOFF_CAP;
	b->next_try = env_mono() + jittered(b->backoff);
	if (!b->known_down)
		log_warn("line offline at=%s:%d why=%s", b->at.host, b->at.port,
		    log_quote(quoted, why));
	b->known_down = true;
	b->known_up = false;
	return BUS_DOWN;
}

static void
up(struct bus *b)
{
	if (!b->known_up)
		log_info("line online at=%s:%d", b->at.host, b->at.port);
	b->known_up = true;
	b->known_down = false;
	b->backoff = 0;
}

static enum outcome
line_open(struct bus *b, int timeout_ms)
{
	if (b->line != NULL)
		return BUS_ANSWER;
	if (env_mono() < b->next_try)
		return BUS_DOWN;
	if ((b->line = line_new(&b->at)) == NULL)
		return down(b, modbus_strerror(errno));
	(void)modbus_set_response_timeout(b->line, (uint32_t)timeout_ms / 1000,
	    (uint32_t)timeout_ms % 1000 * 1000);
	if (modbus_connect(b->line) != 0)
		return down(b, modbus_strerror(errno));
	b->fd = modbus_get_socket(b->line);
	return BUS_ANSWER;
}

/*
 * Wait for the line or just for the time.  The signal gets through only
 * here, so that a stop is never missed between the look and the wait.
 */
static int
wait_until(const struct bus *b, struct pollfd *p, nfds_t n, int64_t deadline)
{
	int64_t left = deadline - env_mono();
	struct timespec t = { 0, 0 };
	sigset_t mask;

	if (left > 0) {
		t.tv_sec = left / CLOCK_S;
		t.tv_nsec = left % CLOCK_S * 1000;
	}
	if (atomic_load(b->stop))
		return -1;
	(void)pthread_sigmask(SIG_BLOCK, NULL, &mask);
	(void)sigdelset(&mask, BUS_SIGNAL);
	return ppoll(p, n, &t, &mask);
}

/* Wait for the line until the deadline.  BUS_ANSWER: look at it. */
static enum outcome
ready(const struct bus *b, short events, int64_t deadline)
{
	struct pollfd p = { .fd = b->fd, .events = events };
	int n = wait_until(b, &p, 1, deadline);

	if (atomic_load(b->stop))
		return BUS_STOPPED;
	return n == 0 ? BUS_SILENT : BUS_ANSWER;
}

static enum outcome
send_all(struct bus *b, const uint8_t *p, size_t n, int64_t deadline)
{
	enum outcome o;
	ssize_t did;

	while (n > 0) {
		did = write(b->fd, p, n);
		if (did > 0) {
			p += did;
			n -= (size_t)did;
			continue;
		}
		if (errno != EAGAIN && errno != EINTR)
			return BUS_DOWN;
		if ((o = ready(b, POLLOUT, deadline)) != BUS_ANSWER)
			return o;
	}
	return BUS_ANSWER;
}

/* Collect bytes until they are judged or the time is over. */
static enum outcome
receive(struct bus *b, uint16_t *words, const struct ask *ask, int64_t deadline)
{
	uint8_t got[FRAME_MAX];
	enum verdict v = FRAME_MORE;
	enum outcome o;
	size_t n = 0;
	ssize_t did;

	while (v == FRAME_MORE) {
		if ((o = ready(b, POLLIN, deadline)) != BUS_ANSWER)
			return o;
		did = read(b->fd, got + n, sizeof(got) - n);
		if (did < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (did == 0)
			errno = ECONNRESET;
		if (did <= 0)
			return BUS_DOWN;
		n += (size_t)did;
		v = frame_judge(words, ask, got, n);
		if (v == FRAME_MORE && n == sizeof(got))
			v = FRAME_BAD_LENGTH;
	}
	(void)snprintf(b->why, sizeof(b->why), "%s", verdict_name(v));
	if (v == FRAME_EXCEPTION)
		(void)snprintf(b->why, sizeof(b->why), "exception %d",
		    words[0]);
	return v == FRAME_ANSWER      ? BUS_ANSWER
	       : v == FRAME_EXCEPTION ? BUS_EXCEPTION
				      : BUS_GARBAGE;
}

enum outcome
bus_read(struct bus *b, uint16_t *words, struct ask *ask, int timeout_ms)
{
	int64_t deadline = env_mono() + timeout_ms * CLOCK_MS;
	uint8_t frame[FRAME_MAX];
	enum outcome o;
	size_t n;

	if ((o = line_open(b, timeout_ms)) != BUS_ANSWER)
		return o;
	/* What is still there is late, and would answer the wrong question. */
	(void)modbus_flush(b->line);
	ask->framing = b->at.serial ? FRAME_RTU : FRAME_TCP;
	ask->transaction = ++b->transaction;
	n = frame_ask(frame, ask);
	if ((o = send_all(b, frame, n, deadline)) == BUS_ANSWER)
		o = receive(b, words, ask, deadline);
	if (o == BUS_DOWN)
		return down(b, strerror(errno));
	if (o == BUS_SILENT)
		(void)snprintf(b->why, sizeof(b->why), "no answer in time");
	if (o == BUS_ANSWER || o == BUS_EXCEPTION)
		up(b);
	else
		line_close(b);
	return o;
}

bool
bus_wait(const struct bus *b, int64_t us)
{
	int64_t deadline = env_mono() + us;

	while (!atomic_load(b->stop) && env_mono() < deadline)
		(void)wait_until(b, NULL, 0, deadline);
	return !atomic_load(b->stop);
}
