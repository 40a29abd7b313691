#include "load.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ROOM_MIN = 64 * 1024, AGAIN = -1, GONE = -2 };

void
wire_close(struct wire *w)
{
	if (w->ssl != NULL) {
		SSL_SESSION_free(w->session);
		w->session = w->up ? SSL_get1_session(w->ssl) : NULL;
		SSL_set_shutdown(w->ssl, SSL_SENT_SHUTDOWN); /* resumable */
		SSL_free(w->ssl);
	}
	w->ssl = NULL;
	if (w->is != WIRE_CLOSED)
		(void)close(w->fd);
	w->is = WIRE_CLOSED;
	w->up = false;
}

static void
open_tls(struct wire *w)
{
	w->ssl = need(SSL_new(w->tls));
	if (SSL_set_fd(w->ssl, w->fd) != 1 ||
	    SSL_set_tlsext_host_name(w->ssl, w->to->host) != 1 ||
	    SSL_set1_host(w->ssl, w->to->host) != 1)
		fail("TLS cannot be set up");
	if (w->session != NULL)
		(void)SSL_set_session(w->ssl, w->session);
	SSL_set_connect_state(w->ssl);
}

static void
wire_open(struct wire *w)
{
	struct addrinfo hint = { .ai_family = AF_INET,
		.ai_socktype = SOCK_STREAM },
			*a;
	struct epoll_event ev = { .events = EPOLLIN | EPOLLOUT | EPOLLET,
		.data.ptr = w };
	int one = 1;

	if (getaddrinfo(w->to->host, w->to->port, &hint, &a) != 0)
		fail("%s is not known", w->to->host);
	w->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (w->fd < 0)
		fail("no socket");
	(void)setsockopt(w->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(w->fd, a->ai_addr, a->ai_addrlen) != 0 &&
	    errno != EINPROGRESS)
		fail("%s:%s: %s", w->to->host, w->to->port, strerror(errno));
	freeaddrinfo(a);
	if (epoll_ctl(w->epoll, EPOLL_CTL_ADD, w->fd, &ev) != 0)
		fail("epoll");
	w->is = WIRE_BUSY;
	w->up = false;
	if (w->to->tls)
		open_tls(w);
}

void
wire_send(struct wire *w, const char *request, size_t n)
{
	if (w->is == WIRE_CLOSED)
		wire_open(w);
	w->is = WIRE_BUSY;
	w->out = request;
	w->out_n = n;
	w->out_at = w->in_n = w->body = 0;
	w->closing = false;
}

static ssize_t
outcome(const struct wire *w, ssize_t n, int tls_n)
{
	int why;

	if (w->ssl == NULL) {
		if (n > 0)
			return n;
		return n < 0 && (errno == EAGAIN || errno == ENOTCONN) ? AGAIN
								       : GONE;
	}
	if (tls_n > 0)
		return tls_n;
	why = SSL_get_error(w->ssl, tls_n);
	return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? AGAIN
									 : GONE;
}

static ssize_t
put(struct wire *w)
{
	const char *from = w->out + w->out_at;
	size_t n = w->out_n - w->out_at;

	if (w->ssl != NULL)
		return outcome(w, 0, SSL_write(w->ssl, from, (int)n));
	return outcome(w, send(w->fd, from, n, MSG_NOSIGNAL), 0);
}

static ssize_t
get(struct wire *w)
{
	size_t n;

	if (w->room - w->in_n < ROOM_MIN / 2) {
		w->room = w->room * 2 + ROOM_MIN;
		w->in = need(realloc(w->in, w->room));
	}
	n = w->room - w->in_n - 1;
	if (w->ssl != NULL)
		return outcome(w, 0, SSL_read(w->ssl, w->in + w->in_n, (int)n));
	return outcome(w, recv(w->fd, w->in + w->in_n, n, 0), 0);
}

/* What the head of the answer says about the rest. */
static void
head(struct wire *w, char *end)
{
	const char *length;

	*end = 0;
	w->body = w->scan = (size_t)(end - w->in) + 4;
	w->status = w->in_n > 12 ? atoi(w->in + 9) : 0;
	length = strcasestr(w->in, "\r\ncontent-length:");
	w->length = length != NULL ? atoll(length + 17) : 0;
	if (strcasestr(w->in, "\r\ntransfer-encoding: chunked") != NULL)
		w->length = -1;
	w->closing = strcasestr(w->in, "\r\nconnection: close") != NULL;
}

static bool
is_whole(struct wire *w)
{
	char *end;

	w->in[w->in_n] = 0;
	if (w->body == 0) {
		if ((end = strstr(w->in, "\r\n\r\n")) == NULL)
			return false;
		head(w, end);
	}
	if (w->length >= 0)
		return w->in_n - w->body >= (size_t)w->length;
	while (w->scan < w->in_n) {
		unsigned long n = strtoul(w->in + w->scan, &end, 16);

		if (end + 2 > w->in + w->in_n)
			return false;
		if (n == 0)
			return w->in_n >= (size_t)(end - w->in) + 4;
		if ((size_t)(end - w->in) + 2 + n + 2 > w->in_n)
			return false;
		w->scan = (size_t)(end - w->in) + 2 + n + 2;
	}
	return false;
}

static enum wire_did
answered(struct wire *w)
{
	w->is = WIRE_IDLE;
	if (w->closing)
		wire_close(w);
	return WIRE_ANSWERED;
}

enum wire_did
wire_step(struct wire *w)
{
	ssize_t n;

	while (w->out_at < w->out_n) {
		if ((n = put(w)) == AGAIN)
			return WIRE_WAITS;
		if (n == GONE)
			return WIRE_BROKE;
		w->up = true;
		w->out_at += (size_t)n;
	}
	for (;;) {
		if ((n = get(w)) == AGAIN)
			return WIRE_WAITS;
		if (n == GONE)
			return WIRE_BROKE;
		w->in_n += (size_t)n;
		if (is_whole(w))
			return answered(w);
	}
}
