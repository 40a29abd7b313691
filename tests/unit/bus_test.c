/*
 * bus_test.c - a line that hangs up: whoever is asked next, and when.
 *
 * link: poller/bus.c
 * link: poller/dial.c
 */
#include "../../poller/bus.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/env.h"
#include "check.h"

enum { DEAD = 7, DEAD_TOO = 8, REQUEST = 12 };

static struct env env;
static int64_t clock_us;

/* A clock that only the tests move. */
static int64_t
mono(void)
{
	return clock_us;
}

/* As long as can be is waited. */
static void
random_most(void *to, size_t n)
{
	const uint32_t most = 199999;

	memset(to, 0, n);
	memcpy(to, &most, n < sizeof(most) ? n : sizeof(most));
}

/* A gateway that answers each unit but two, at whose mention it hangs up. */
struct gateway {
	int listens, fd;
	bool refuses_all;
	struct bus_address at;
	struct bus *bus;
};

static void
gateway_make(struct gateway *g, struct arena *a)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t n = sizeof(sin);

	env = env_real;
	env.random = random_most;
	env.mono_us = mono;
	env_use(&env);
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	*g = (struct gateway){ .fd = -1,
		.listens = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0) };
	CHECK(bind(g->listens, (struct sockaddr *)&sin, sizeof(sin)) == 0 &&
	      listen(g->listens, 8) == 0 &&
	      getsockname(g->listens, (struct sockaddr *)&sin, &n) == 0);
	g->at = (struct bus_address){ .transport = TRANSPORT_TCP,
		.host = "127.0.0.1",
		.port = ntohs(sin.sin_port) };
	g->bus = bus_new(a, &g->at, epoll_create1(EPOLL_CLOEXEC), NULL);
}

/* One that was asked of a register. */
static void
gateway_go(struct gateway *g)
{
	uint8_t q[REQUEST], r[] = { 0, 0, 0, 0, 0, 5, 0, 3, 2, 0, 42 };
	int fd = accept(g->listens, NULL, NULL);

	if (fd >= 0 && g->fd >= 0)
		(void)close(g->fd);
	g->fd = fd >= 0 ? fd : g->fd;
	if (g->fd < 0 || recv(g->fd, q, REQUEST, MSG_DONTWAIT) != REQUEST)
		return;
	if (q[6] == DEAD || q[6] == DEAD_TOO || g->refuses_all) {
		(void)close(g->fd);
		g->fd = -1;
		return;
	}
	memcpy(r, q, 2);
	r[6] = q[6];
	CHECK(write(g->fd, r, sizeof(r)) == (ssize_t)sizeof(r));
}

static enum outcome
asked(struct gateway *g, uint8_t unit)
{
	const struct ask ask = { .unit = unit, .function = 3, .count = 1 };
	uint16_t words[FRAME_BITS_MAX];
	enum outcome o;

	bus_ask(g->bus, &ask, CLOCK_S, CLOCK_S);
	while ((o = bus_go(g->bus, words)) == BUS_WAITING) {
		gateway_go(g);
		(void)poll(NULL, 0, 1);
	}
	return o;
}

static void
gateway_end(struct gateway *g, struct arena *a)
{
	(void)close(g->listens);
	if (g->fd >= 0)
		(void)close(g->fd);
	arena_free(a);
	env_use(&env_real);
}

TEST(a_line_that_hangs_up_at_one_unit_is_there_for_the_others_at_once)
{
	struct arena *a = arena_new();
	struct gateway g;
	int i;

	gateway_make(&g, a);
	CHECK(asked(&g, 1) == BUS_ANSWER);
	for (i = 0; i < 5; i++) {
		CHECK(asked(&g, DEAD) == BUS_SILENT);
		CHECK_TEXT(bus_why(g.bus), strerror(ECONNRESET));
		CHECK(asked(&g, 1) == BUS_ANSWER);
	}
	gateway_end(&g, a);
}

TEST(units_at_which_a_line_hangs_up_do_not_take_it_from_a_live_one)
{
	struct arena *a = arena_new();
	struct gateway g;
	int i;

	gateway_make(&g, a);
	CHECK(asked(&g, 1) == BUS_ANSWER);
	for (i = 0; i < 5; i++) {
		CHECK(asked(&g, DEAD) == BUS_SILENT);
		CHECK(asked(&g, DEAD_TOO) == BUS_SILENT);
		CHECK(asked(&g, DEAD) == BUS_SILENT && bus_sent(g.bus));
	}
	CHECK(asked(&g, 1) == BUS_ANSWER);
	gateway_end(&g, a);
}

TEST(one_that_hangs_up_at_all_is_left_in_peace)
{
	struct arena *a = arena_new();
	struct gateway g;

	gateway_make(&g, a);
	CHECK(asked(&g, 1) == BUS_ANSWER && asked(&g, 2) == BUS_ANSWER);
	g.refuses_all = true;
	CHECK(asked(&g, 1) == BUS_SILENT);
	/* Nobody is left who answered when he was asked last. */
	CHECK(asked(&g, 2) == BUS_DOWN && bus_sent(g.bus));
	g.refuses_all = false;
	/* It is not called before its time. */
	CHECK(asked(&g, 1) == BUS_DOWN && !bus_sent(g.bus));
	clock_us += 200 * CLOCK_MS;
	CHECK(asked(&g, 1) == BUS_ANSWER);
	gateway_end(&g, a);
}
