#include "simulator/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/log.h"
#include "simulator/line.h"

enum {
	EVENTS = 64,
	WAIT_MS = 100,
	DUE_MS = 2,  /* while an answer waits for its time */
	SPARE = 256, /* connections beyond one a port */
	OTHERS = 64, /* descriptors that are no connections */
	BACKLOG = 128
};

#define SAY "The simulator cannot listen."

/* Epoll's data: a line's number, or a port's behind them. */
struct server {
	struct scenario *play;
	int epoll_fd;
	int *listen_fd; /* for each port */
	struct line *line;
	uint32_t *armed; /* what epoll waits for on a line */
	size_t lines;
	size_t waiting; /* lines whose answer is not due */
	int64_t opened; /* when the serial line was tried last */
	int64_t reported;
};

/* One connection a port and some more, as far as descriptors go. */
static size_t
room_for(int ports)
{
	size_t need = 2 * (size_t)ports + SPARE + OTHERS, have;
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) != 0)
		return SPARE;
	if (r.rlim_cur < need) {
		r.rlim_cur = need < r.rlim_max ? need : r.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &r);
	}
	have = (size_t)r.rlim_cur - (size_t)ports - OTHERS;
	return have < (size_t)ports + SPARE ? have : (size_t)ports + SPARE;
}

static void
arm(struct server *s, size_t i, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.u64 = i };

	if (s->armed[i] == events)
		return;
	(void)epoll_ctl(s->epoll_fd,
	    s->armed[i] == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, s->line[i].fd,
	    &ev);
	s->armed[i] = events;
}

/* What a line waits for: its time, room to write, or a request. */
static void
attend(struct server *s, size_t i)
{
	const struct line *l = &s->line[i];
	bool waits = line_waits(l);

	s->waiting += waits;
	arm(s, i, waits ? EPOLLRDHUP : l->out_n > 0 ? EPOLLOUT : EPOLLIN);
}

static void
hang_up(struct server *s, size_t i)
{
	struct line *l = &s->line[i];

	(void)close(l->fd);
	l->fd = -1;
	l->n = l->out_n = 0;
	s->armed[i] = 0;
}

static struct err *
open_port(int *fd, const struct scenario *p, int *port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)*port) };
	socklen_t n = sizeof(sin);

	*fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	(void)setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 },
	    sizeof(int));
	if (inet_pton(AF_INET, p->listen, &sin.sin_addr) != 1 ||
	    bind(*fd, (struct sockaddr *)&sin, sizeof(sin)) != 0 ||
	    listen(*fd, BACKLOG) != 0 ||
	    getsockname(*fd, (struct sockaddr *)&sin, &n) != 0)
		return err_raise(ERR_BUG, SAY, "%s:%d: %s", p->listen, *port,
		    strerror(errno));
	*port = ntohs(sin.sin_port);
	return NULL;
}

/* Whoever waits for the file finds it whole. */
static struct err *
tell(const struct scenario *p, struct arena *a, const int *ports)
{
	const char *made = arena_printf(a, "%s.new", p->listen_file);
	FILE *f = fopen(made, "we");
	bool good = f != NULL;
	int i;

	for (i = 0; good && i < p->ports; i++)
		good = fprintf(f, "%s:%d\n", p->listen, ports[i]) > 0;
	if (f != NULL && fclose(f) != 0)
		good = false;
	if (!good || rename(made, p->listen_file) != 0)
		return err_raise(ERR_BUG, SAY, "%s: %s", p->listen_file,
		    strerror(errno));
	return NULL;
}

static struct err *
open_ports(struct server *s, struct arena *a)
{
	struct scenario *p = s->play;
	int *ports = arena_array(a, (size_t)p->ports + 1, sizeof(*ports)), i;
	struct err *e;

	s->listen_fd =
	    arena_array(a, (size_t)p->ports + 1, sizeof(*s->listen_fd));
	for (i = 0; i < p->ports; i++) {
		struct epoll_event ev = { .events = EPOLLIN,
			.data.u64 = s->lines + (size_t)i };

		ports[i] = p->port > 0 ? p->port + i * p->port_step : 0;
		if ((e = open_port(&s->listen_fd[i], p, &ports[i])) != NULL)
			return err_pass(e);
		(void)epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, s->listen_fd[i],
		    &ev);
	}
	log_info("listening address=%s:%d ports=%d units=%zu gateways=%zu "
		 "simulated=1",
	    p->listen, ports[0], p->ports, p->n, p->gateway_n);
	return p->listen_file != NULL ? tell(p, a, ports) : NULL;
}

/* The serial line is line 0; it is opened again when it has gone. */
static struct err *
open_serial(struct server *s)
{
	struct line *l = &s->line[0];
	struct termios t;

	s->opened = env_mono();
	*l = (struct line){ .is_serial = true, .framing = FRAME_RTU };
	l->fd = open(s->play->rtu, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (l->fd < 0)
		return err_raise(ERR_BUG, SAY, "%s: %s", s->play->rtu,
		    strerror(errno));
	if (tcgetattr(l->fd, &t) != 0) {
		hang_up(s, 0);
		return err_raise(ERR_BUG, SAY, "%s: %s", s->play->rtu,
		    strerror(errno));
	}
	cfmakeraw(&t);
	(void)tcsetattr(l->fd, TCSANOW, &t);
	attend(s, 0);
	return NULL;
}

static void
greet(struct server *s, int port)
{
	int fd = accept4(s->listen_fd[port], NULL, NULL,
	    SOCK_CLOEXEC | SOCK_NONBLOCK);
	size_t i = s->play->rtu != NULL; /* that is the serial line's */

	if (fd < 0)
		return;
	while (i < s->lines && s->line[i].fd >= 0)
		i++;
	if (i == s->lines) {
		(void)close(fd);
		return;
	}
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 },
	    sizeof(int));
	s->line[i] = (struct line){ .fd = fd,
		.port = port,
		.framing = s->play->framing };
	attend(s, i);
}

static void
work(struct server *s, size_t i, uint32_t events)
{
	struct line *l = &s->line[i];

	if (l->fd < 0)
		return;
	if (((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) && !line_hear(l)) ||
	    (events & EPOLLRDHUP) || !line_work(l, s->play))
		hang_up(s, i);
	else
		attend(s, i);
}

/* Answers whose time has come, and a serial line that has gone. */
static void
tick(struct server *s)
{
	int64_t now = env_mono();
	struct err *e;
	size_t i;

	if (s->waiting > 0) {
		s->waiting = 0;
		for (i = 0; i < s->lines; i++)
			if (s->line[i].fd >= 0 && s->line[i].out_n > 0)
				work(s, i, 0);
	}
	if (now - s->reported < WAIT_MS * CLOCK_MS)
		return;
	s->reported = now;
	play_report(&s->play->play);
	if (s->play->rtu != NULL && s->line[0].fd < 0 &&
	    now - s->opened > CLOCK_S && (e = open_serial(s)) != NULL)
		log_err(e, "serial");
}

static void
round_of(struct server *s)
{
	struct epoll_event ev[EVENTS];
	int i, n = epoll_wait(s->epoll_fd, ev, EVENTS,
		   s->waiting > 0 ? DUE_MS : WAIT_MS);

	for (i = 0; i < n; i++) {
		size_t at = (size_t)ev[i].data.u64;

		if (at < s->lines)
			work(s, at, ev[i].events);
		else
			greet(s, (int)(at - s->lines));
	}
	tick(s);
}

/* Everything is made before the loop but for the pins of units. */
struct err *
server_run(struct scenario *play, struct arena *a,
    const volatile sig_atomic_t *stop)
{
	struct server *s = arena_alloc(a, sizeof(*s));
	struct err *e;
	size_t i;

	s->play = play;
	s->lines = room_for(play->ports);
	s->line = arena_array(a, s->lines, sizeof(*s->line));
	s->armed = arena_array(a, s->lines, sizeof(*s->armed));
	for (i = 0; i < s->lines; i++)
		s->line[i].fd = -1;
	if ((s->epoll_fd = epoll_create1(EPOLL_CLOEXEC)) < 0)
		return err_raise(ERR_BUG, SAY, "epoll: %s", strerror(errno));
	if ((play->rtu != NULL && (e = open_serial(s)) != NULL) ||
	    (e = open_ports(s, a)) != NULL)
		return err_pass(e);
	while (!*stop)
		round_of(s);
	return NULL;
}
