/*
 * load.h - a load generator that costs little beside what it measures.
 *
 * One thread, one epoll, keep-alive over TLS or plain TCP.  Bodies are made
 * once; before each request only the digits of its times are written anew, so
 * that no reading is ever sent twice.  A gateway belongs to one connection:
 * its readings go out in the order of their time.
 */
#ifndef LOAD_LOAD_H
#define LOAD_LOAD_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VARIANTS = 4, STAMP_DIGITS = 13 };

/* What the command line says; see main.c. */
struct plan {
	const char *url, *ca, *keys, *paths, *shape;
	double seconds, rate;
	int64_t count, connections, sensors, instants, base_ms, step_ms, live;
};

/* Where a URL leads. */
struct target {
	char host[128], port[8], path[256];
	bool tls;
};

/* What one gateway sends, again and again with other times. */
struct sender {
	char *text[VARIANTS]; /* head and body of a request */
	size_t n, stamp, stride;
	int64_t next_ms;
	unsigned turn;
};

struct senders {
	struct sender *v;
	size_t n;
};

/* Exits with a message: a generator has nobody to hand an error to. */
void fail(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
void *need(void *); /* NULL: out of memory, exits */

/* Every gateway of the keys file, or every path of the paths file. */
void senders_make(struct senders *, const struct plan *, const struct target *);

/* The sender's next request, its times written. */
const char *sender_next(struct sender *, const struct plan *, int64_t now_ms);

enum wire_is { WIRE_CLOSED, WIRE_IDLE, WIRE_BUSY };
enum wire_did { WIRE_WAITS, WIRE_ANSWERED, WIRE_BROKE };

/* One connection and what is under way on it. */
struct wire {
	const struct target *to;
	SSL_CTX *tls;
	SSL_SESSION *session;
	SSL *ssl;
	int fd, epoll;
	enum wire_is is;
	bool up, closing;
	const char *out;
	size_t out_n, out_at;
	char *in;
	size_t in_n, room, body, scan;
	long long length; /* of the body; -1: chunked */
	int status;
};

/* Begin a request; opens the connection when there is none. */
void wire_send(struct wire *, const char *request, size_t n);

/* Go on as far as it goes without waiting. */
enum wire_did wire_step(struct wire *);
void wire_close(struct wire *);

#endif
