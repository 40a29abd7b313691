#include "dial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <modbus.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

/* A host's address is looked up by libc, in a thread of its own. */
struct look {
	struct arena *arena; /* this is in it */
	struct gaicb asked;
	struct addrinfo hints;
};

struct dial {
	const struct bus_address *at;
	char port[16];
	modbus_t *serial; /* NULL: closed */
	struct look *look;
	unsigned tries;
	int fd;
	bool connecting;
	const char *why;
};

static void
look_free(void *what)
{
	struct look *l = what;

	if (l->asked.ar_result != NULL)
		freeaddrinfo(l->asked.ar_result);
}

/* One that libc is busy with cannot be taken from it, and stays. */
static void
look_end(struct dial *d)
{
	struct look *l = d->look;

	d->look = NULL;
	if (l == NULL || (gai_error(&l->asked) == EAI_INPROGRESS &&
			     gai_cancel(&l->asked) == EAI_NOTCANCELED))
		return;
	arena_free(l->arena);
}

/* An address that is still looked for is not given up: it comes in handy. */
void
dial_close(struct dial *d)
{
	if (d->serial != NULL) {
		modbus_close(d->serial);
		modbus_free(d->serial);
	} else if (d->fd >= 0) {
		(void)close(d->fd);
	}
	d->serial = NULL;
	d->fd = -1;
	d->connecting = false;
}

static void
dial_end(void *what)
{
	look_end(what);
	dial_close(what);
}

struct dial *
dial_new(struct arena *a, const struct bus_address *at)
{
	struct dial *d = arena_alloc(a, sizeof(*d));

	d->at = at;
	d->fd = -1;
	d->why = "";
	(void)snprintf(d->port, sizeof(d->port), "%d", at->port);
	arena_defer(a, dial_end, d);
	return d;
}

static enum dialled
failed(struct dial *d, const char *why)
{
	look_end(d);
	dial_close(d);
	d->why = why;
	return DIAL_FAILED;
}

static enum dialled
serial_open(struct dial *d)
{
	d->serial = modbus_new_rtu(d->at->host, d->at->port, d->at->parity,
	    d->at->data_bits, d->at->stop_bits);
	if (d->serial == NULL || modbus_connect(d->serial) != 0)
		return failed(d, modbus_strerror(errno));
	d->fd = modbus_get_socket(d->serial);
	return DIAL_OPEN;
}

static enum dialled
look_begin(struct dial *d)
{
	struct arena *a = arena_small();
	struct look *l = arena_alloc(a, sizeof(*l));
	struct gaicb *list[] = { &l->asked };
	struct in6_addr numeric;

	l->arena = a;
	l->hints = (struct addrinfo){ .ai_socktype = SOCK_STREAM,
		.ai_family = AF_UNSPEC };
	if (inet_pton(AF_INET, d->at->host, &numeric) == 1 ||
	    inet_pton(AF_INET6, d->at->host, &numeric) == 1)
		l->hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
	l->asked = (struct gaicb){ .ar_name = arena_text(a, d->at->host),
		.ar_service = arena_text(a, d->port),
		.ar_request = &l->hints };
	arena_defer(a, look_free, l);
	d->look = l;
	/* A number is no question to anybody. */
	if (l->hints.ai_flags != 0)
		return getaddrinfo(d->at->host, d->port, &l->hints,
			   &l->asked.ar_result) == 0
			   ? DIAL_OPEN
			   : failed(d, "no such address");
	if (getaddrinfo_a(GAI_NOWAIT, list, 1, NULL) != 0)
		return failed(d, "addresses cannot be looked up");
	return DIAL_LOOKING;
}

/* Of several addresses each is tried in its turn. */
static const struct addrinfo *
address(const struct dial *d)
{
	const struct addrinfo *ai = d->look->asked.ar_result;
	unsigned n = 0, i;

	for (; ai != NULL; ai = ai->ai_next)
		n++;
	ai = d->look->asked.ar_result;
	for (i = n > 0 ? d->tries % n : 0; i > 0; i--)
		ai = ai->ai_next;
	return ai;
}

static enum dialled
connect_begin(struct dial *d)
{
	const struct addrinfo *ai = address(d);

	d->tries++;
	d->fd = socket(ai->ai_family,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (d->fd < 0)
		return failed(d, strerror(errno));
	(void)setsockopt(d->fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 },
	    sizeof(int));
	if (connect(d->fd, ai->ai_addr, ai->ai_addrlen) != 0 &&
	    errno != EINPROGRESS)
		return failed(d, strerror(errno));
	d->connecting = true;
	look_end(d);
	return DIAL_CONNECTING;
}

static enum dialled
connect_end(struct dial *d)
{
	struct pollfd p = { .fd = d->fd, .events = POLLOUT };
	socklen_t n = sizeof(int);
	int error = 0;

	if (poll(&p, 1, 0) == 0)
		return DIAL_CONNECTING;
	if (getsockopt(d->fd, SOL_SOCKET, SO_ERROR, &error, &n) != 0)
		error = errno;
	if (error != 0)
		return failed(d, strerror(error));
	d->connecting = false;
	return DIAL_OPEN;
}

static enum dialled
look_go(struct dial *d)
{
	int found;

	if (d->look == NULL && look_begin(d) == DIAL_FAILED)
		return DIAL_FAILED;
	if (d->look->hints.ai_flags == 0) {
		if ((found = gai_error(&d->look->asked)) == EAI_INPROGRESS)
			return DIAL_LOOKING;
		if (found != 0)
			return failed(d, gai_strerror(found));
	}
	return connect_begin(d);
}

enum dialled
dial_go(struct dial *d)
{
	if (d->connecting)
		return connect_end(d);
	if (d->fd >= 0)
		return DIAL_OPEN;
	return d->at->transport == TRANSPORT_RTU ? serial_open(d) : look_go(d);
}

int
dial_fd(const struct dial *d)
{
	return d->fd;
}

void
dial_flush(const struct dial *d)
{
	if (d->serial != NULL)
		(void)tcflush(d->fd, TCIFLUSH);
}

const char *
dial_why(const struct dial *d)
{
	return d->why;
}
