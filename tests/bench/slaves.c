/*
 * slaves.c - Modbus TCP devices without number in one process, for the bench
 * of pollers: they answer every read of registers, and tell in the end how
 * regularly they were asked.
 *
 *	slaves PORT DEVICES PERIOD_MS [DEAD_UNIT DRIPPING_UNIT]
 *
 * Device i has the address 127.77.0.1 + i, all have the same port.
 * "ready" on stdout when all listen; SIGTERM: a line of JSON with the requests,
 * the percentiles of how much the time between two questions to a unit was off
 * the period, in milliseconds, and that time's mean.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/env.h"
#include "model/frame.h"

enum { UNITS = 256, EVENTS = 256, DRIP_MS = 100, MOST = 4000000, REQUEST = 12 };

#define NETWORK UINT32_C(0x7f4d0001) /* 127.77.0.1 */

struct slave {
	bool listens;
	int fd;
	size_t port;
	uint8_t in[FRAME_MAX], out[FRAME_MAX];
	size_t n, dripped, drips; /* bytes of out */
};

struct bench {
	int epoll, signals;
	size_t ports;
	int64_t period;
	int dead, dripping;
	int64_t (*last)[UNITS]; /* a port: when the unit was asked */
	int64_t *off;		/* how far from the period */
	size_t n, requests;
	double sum;
	struct slave *drip;
};

static void
watch(struct bench *b, struct slave *s)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = s };

	(void)epoll_ctl(b->epoll, EPOLL_CTL_ADD, s->fd, &ev);
}

static struct slave *
slave_new(int fd, bool listens, size_t port)
{
	struct slave *s = calloc(1, sizeof(*s));

	if (s == NULL || fd < 0) {
		perror("slaves");
		exit(1);
	}
	s->fd = fd;
	s->listens = listens;
	s->port = port;
	return s;
}

static void
listen_all(struct bench *b, int port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	size_t i;
	int fd;

	sin.sin_port = htons((uint16_t)port);
	for (i = 0; i < b->ports; i++) {
		fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		sin.sin_addr.s_addr = htonl(NETWORK + (uint32_t)i);
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 },
		    sizeof(int));
		if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)) != 0 ||
		    listen(fd, 16) != 0) {
			perror("slaves: bind");
			exit(1);
		}
		watch(b, slave_new(fd, true, i));
	}
}

static void
note(struct bench *b, const struct slave *s, int unit)
{
	int64_t now = env_mono(), *last = &b->last[s->port][unit];

	b->requests++;
	if (*last != 0 && unit != b->dead && unit != b->dripping &&
	    b->n < MOST) {
		b->off[b->n++] = llabs(now - *last - b->period);
		b->sum += (double)(now - *last);
	}
	*last = now;
}

static void
reply(struct bench *b, struct slave *s)
{
	const uint8_t *q = s->in;
	uint8_t message[MESSAGE_MAX] = { q[7] };
	size_t words = (size_t)(q[10] << 8 | q[11]), i, n;
	int unit = q[6];

	note(b, s, unit);
	if (unit == b->dead || words > FRAME_WORDS_MAX)
		return;
	message[1] = (uint8_t)(2 * words);
	for (i = 0; i < words; i++)
		message[3 + 2 * i] = (uint8_t)(1 + i + b->requests % 64);
	n = frame_wrap(s->out, FRAME_TCP, (uint16_t)(q[0] << 8 | q[1]), q[6],
	    message, 2 + 2 * words);
	if (unit == b->dripping) {
		s->drips = n;
		s->dripped = 0;
		b->drip = s;
		return;
	}
	(void)!write(s->fd, s->out, n);
}

static void
hear(struct bench *b, struct slave *s)
{
	ssize_t got = read(s->fd, s->in + s->n, sizeof(s->in) - s->n);

	if (got <= 0) {
		if (b->drip == s)
			b->drip = NULL;
		(void)close(s->fd);
		free(s);
		return;
	}
	s->n += (size_t)got;
	while (s->n >= REQUEST) {
		reply(b, s);
		s->n -= REQUEST;
		memmove(s->in, s->in + REQUEST, s->n);
	}
}

static void
greet(struct bench *b, const struct slave *s)
{
	int fd = accept4(s->fd, NULL, NULL, SOCK_NONBLOCK);

	if (fd < 0)
		return;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 },
	    sizeof(int));
	watch(b, slave_new(fd, false, s->port));
}

static int
by_size(const void *p, const void *q)
{
	int64_t a = *(const int64_t *)p, b = *(const int64_t *)q;

	return (a > b) - (a < b);
}

static void
report(struct bench *b)
{
	qsort(b->off, b->n, sizeof(*b->off), by_size);
	printf("{\"requests\":%zu,\"p50_ms\":%.3f,\"p99_ms\":%.3f,"
	       "\"mean_ms\":%.3f}\n",
	    b->requests, b->n > 0 ? (double)b->off[b->n / 2] / 1e3 : 0.0,
	    b->n > 0 ? (double)b->off[b->n * 99 / 100] / 1e3 : 0.0,
	    b->n > 0 ? b->sum / (double)b->n / 1e3 : 0.0);
}

static void
drip(struct bench *b)
{
	struct slave *s = b->drip;

	if (s == NULL)
		return;
	if (s->dripped < s->drips)
		(void)!write(s->fd, s->out + s->dripped++, 1);
	if (s->dripped == s->drips)
		b->drip = NULL;
}

/* Forget the start: what comes from now on counts. */
static void
begin_anew(struct bench *b)
{
	b->n = b->requests = 0;
	b->sum = 0;
	memset(b->last, 0, b->ports * sizeof(*b->last));
	printf("counts\n");
	(void)fflush(stdout);
}

static bool
signalled(struct bench *b)
{
	struct signalfd_siginfo si;

	if (read(b->signals, &si, sizeof(si)) != (ssize_t)sizeof(si))
		return true;
	if (si.ssi_signo == SIGUSR1)
		begin_anew(b);
	return si.ssi_signo == SIGUSR1;
}

static void
serve(struct bench *b)
{
	struct epoll_event ev[EVENTS];
	int64_t dripped = 0;
	int i, n;

	for (;;) {
		n = epoll_wait(b->epoll, ev, EVENTS,
		    b->drip != NULL ? DRIP_MS / 4 : -1);
		for (i = 0; i < n; i++) {
			struct slave *s = ev[i].data.ptr;

			if (s == NULL && !signalled(b))
				return;
			if (s != NULL && s->listens)
				greet(b, s);
			else if (s != NULL)
				hear(b, s);
		}
		if (env_mono() - dripped >= DRIP_MS * CLOCK_MS) {
			dripped = env_mono();
			drip(b);
		}
	}
}

int
main(int argc, char **argv)
{
	struct bench b = { .dead = -1, .dripping = -1 };
	struct epoll_event ev = { .events = EPOLLIN };
	struct rlimit files;
	sigset_t set;

	if (argc < 4)
		return 2;
	b.ports = (size_t)atoi(argv[2]);
	b.period = atoi(argv[3]) * CLOCK_MS;
	if (argc > 5) {
		b.dead = atoi(argv[4]);
		b.dripping = atoi(argv[5]);
	}
	(void)getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &files);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGUSR1);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	b.signals = signalfd(-1, &set, 0);
	b.epoll = epoll_create1(0);
	(void)epoll_ctl(b.epoll, EPOLL_CTL_ADD, b.signals, &ev);
	b.last = calloc(b.ports, sizeof(*b.last));
	b.off = malloc(MOST * sizeof(*b.off));
	if (b.last == NULL || b.off == NULL)
		return 1;
	listen_all(&b, atoi(argv[1]));
	printf("ready\n");
	(void)fflush(stdout);
	serve(&b);
	report(&b);
	return 0;
}
