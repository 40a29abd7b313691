#include "simulator/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/log.h"
#include "simulator/answer.h"

enum {
	LINES_MAX = 256,
	WAIT_MS = 100,
	DRIP_MS = 100,	   /* between two bytes of FAULT_DRIP */
	SERIAL_GAP_MS = 50 /* silence that ends a frame on a serial line */
};

#define SAY "The simulator cannot listen."

/* A connection, or the serial line. */
struct line {
	int fd; /* -1: free */
	enum framing framing;
	uint8_t in[2 * FRAME_MAX], out[FRAME_MAX];
	size_t n, out_n, out_at;
	bool drips;
	int64_t heard, dripped; /* when; monotonic */
};

struct server {
	struct scenario *play;
	int listen_fd;
	struct line line[LINES_MAX];
};

static struct err *
open_tcp(struct server *s, struct arena *a)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)s->play->port) };
	socklen_t n = sizeof(sin);
	FILE *f;

	s->listen_fd =
	    socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	(void)setsockopt(s->listen_fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 },
	    sizeof(int));
	if (inet_pton(AF_INET, s->play->listen, &sin.sin_addr) != 1 ||
	    bind(s->listen_fd, (struct sockaddr *)&sin, sizeof(sin)) != 0 ||
	    listen(s->listen_fd, LINES_MAX) != 0 ||
	    getsockname(s->listen_fd, (struct sockaddr *)&sin, &n) != 0)
		return err_raise(ERR_BUG, SAY, "%s:%d: %s", s->play->listen,
		    s->play->port, strerror(errno));
	s->play->port = ntohs(sin.sin_port);
	log_info("listening address=%s:%d units=%zu", s->play->listen,
	    s->play->port, s->play->n);
	if (s->play->listen_file == NULL)
		return NULL;
	/* Whoever waits for the file finds it whole. */
	f = fopen(arena_printf(a, "%s.new", s->play->listen_file), "we");
	if (f == NULL ||
	    fprintf(f, "%s:%d\n", s->play->listen, s->play->port) < 0 ||
	    fclose(f) != 0 ||
	    rename(arena_printf(a, "%s.new", s->play->listen_file),
		s->play->listen_file) != 0)
		return err_raise(ERR_BUG, SAY, "%s: %s", s->play->listen_file,
		    strerror(errno));
	return NULL;
}

static struct err *
open_serial(struct server *s)
{
	struct line *l = &s->line[0];
	struct termios t;

	if (s->play->rtu == NULL)
		return NULL;
	l->fd = open(s->play->rtu, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (l->fd < 0 || tcgetattr(l->fd, &t) != 0)
		return err_raise(ERR_BUG, SAY, "%s: %s", s->play->rtu,
		    strerror(errno));
	cfmakeraw(&t);
	(void)tcsetattr(l->fd, TCSANOW, &t);
	l->framing = FRAME_RTU;
	return NULL;
}

static struct unit *
unit_of(const struct scenario *p, uint8_t id)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (p->units[i].id == id)
			return &p->units[i];
	return NULL;
}

/* Put the answer into its envelope, with the unit's fault if it is due. */
static void
reply(struct line *l, struct unit *u, uint16_t transaction,
    const uint8_t *message, size_t n)
{
	enum fault fault = ++u->asked % u->every == 0 ? u->fault : FAULT_NONE;
	uint8_t id = (uint8_t)(u->id + (fault == FAULT_WRONG_UNIT));

	if (fault == FAULT_SILENCE)
		return;
	l->out_at = 0;
	l->out_n = frame_wrap(l->out, l->framing, transaction, id, message, n);
	l->drips = fault == FAULT_DRIP;
	if (fault == FAULT_WRONG_LENGTH && l->framing == FRAME_TCP)
		l->out[5] = (uint8_t)(l->out[5] + 7);
	if (fault == FAULT_WRONG_LENGTH && l->framing == FRAME_RTU)
		l->out_n--;
	if (fault == FAULT_GARBAGE)
		env_get()->random(l->out, l->out_n);
}

/* A unit nobody plays does not answer, as on a real line. */
static void
handle(struct server *s, struct line *l, uint16_t transaction, uint8_t id,
    const uint8_t *message, size_t n)
{
	struct unit *u = unit_of(s->play, id);
	uint8_t out[MESSAGE_MAX];

	if (u != NULL && n > 0)
		reply(l, u, transaction, out, answer_make(out, u, message, n));
}

/* One frame off the input of a TCP line; 0: not whole yet; -1: nonsense. */
static int
take_tcp(struct server *s, struct line *l)
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
	handle(s, l, (uint16_t)(l->in[0] << 8 | l->in[1]), l->in[6],
	    l->in + FRAME_HEAD, length - 1);
	return (int)length + 6;
}

/* A request's length on a serial line follows from its function code. */
static int
take_rtu(struct server *s, struct line *l)
{
	size_t n = 8;

	if (l->n < n)
		return 0;
	if (l->in[1] == 15 || l->in[1] == 16)
		n = 9U + l->in[6];
	if (l->n < n)
		return 0;
	if (n > FRAME_MAX || frame_crc(l->in, n) != 0)
		return -1;
	handle(s, l, 0, l->in[0], l->in + 1, n - 3);
	return (int)n;
}

static void
hang_up(struct line *l)
{
	/* The serial line stays; what it heard is forgotten. */
	if (l->framing == FRAME_TCP) {
		(void)close(l->fd);
		l->fd = -1;
	}
	l->n = l->out_n = 0;
}

/*
 * One whole request off the input, unless an answer is still going out; false
 * when there was none.
 */
static bool
advance(struct server *s, struct line *l)
{
	int used;

	if (l->n == 0 || l->out_n > 0)
		return false;
	used = l->framing == FRAME_TCP ? take_tcp(s, l) : take_rtu(s, l);
	if (used < 0) {
		hang_up(l);
		return false;
	}
	memmove(l->in, l->in + used, l->n - (size_t)used);
	l->n -= (size_t)used;
	return used > 0;
}

static void
hear(struct line *l)
{
	int64_t now = env_mono();
	ssize_t got;

	if (l->framing == FRAME_RTU &&
	    now - l->heard > SERIAL_GAP_MS * CLOCK_MS)
		l->n = 0;
	l->heard = now;
	got = read(l->fd, l->in + l->n, sizeof(l->in) - l->n);
	if (got > 0)
		l->n += (size_t)got;
	else if (got == 0 || errno != EAGAIN)
		hang_up(l);
}

static void
speak(struct line *l)
{
	size_t left = l->out_n - l->out_at;
	ssize_t put;

	if (l->drips) {
		if (env_mono() - l->dripped < DRIP_MS * CLOCK_MS)
			return;
		l->dripped = env_mono();
		left = 1;
	}
	put = write(l->fd, l->out + l->out_at, left);
	if (put < 0 && errno != EAGAIN) {
		hang_up(l);
		return;
	}
	if (put > 0 && (l->out_at += (size_t)put) == l->out_n)
		l->out_at = l->out_n = 0;
}

static void
greet(struct server *s)
{
	int fd =
	    accept4(s->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	size_t i = 0;

	if (fd < 0)
		return;
	while (i < LINES_MAX && s->line[i].fd >= 0)
		i++;
	if (i == LINES_MAX) {
		(void)close(fd);
		return;
	}
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 },
	    sizeof(int));
	s->line[i] = (struct line){ .fd = fd, .framing = FRAME_TCP };
}

/* One round: who has something to say, and who can be told something. */
static void
round_of(struct server *s)
{
	struct pollfd p[LINES_MAX + 1];
	int wait = WAIT_MS;
	size_t i;

	for (i = 0; i < LINES_MAX; i++) {
		const struct line *l = &s->line[i];
		bool busy = l->out_n > 0;

		p[i] = (struct pollfd){ .fd = l->fd,
			.events = busy && !l->drips ? POLLOUT
				  : busy	    ? 0
						    : POLLIN };
		if (l->fd >= 0 && l->drips && busy)
			wait = DRIP_MS / 4;
	}
	p[LINES_MAX] = (struct pollfd){ .fd = s->listen_fd, .events = POLLIN };
	if (poll(p, LINES_MAX + 1, wait) < 0)
		return;
	for (i = 0; i < LINES_MAX; i++) {
		struct line *l = &s->line[i];

		if (l->fd >= 0 && (p[i].revents & (POLLIN | POLLHUP)))
			hear(l);
		if (l->out_n > 0)
			speak(l);
		while (advance(s, l))
			speak(l);
	}
	if (p[LINES_MAX].revents != 0)
		greet(s);
}

struct err *
server_run(struct scenario *play, struct arena *a,
    const volatile sig_atomic_t *stop)
{
	struct server *s = arena_alloc(a, sizeof(*s));
	struct err *e;
	size_t i;

	s->play = play;
	for (i = 0; i < LINES_MAX; i++)
		s->line[i].fd = -1;
	if ((e = open_serial(s)) != NULL || (e = open_tcp(s, a)) != NULL)
		return err_pass(e);
	while (!*stop)
		round_of(s);
	return NULL;
}
