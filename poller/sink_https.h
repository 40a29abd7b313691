/*
 * sink_https.h - the sink over HTTPS: sink_https.c has the connection and sends
 * readings, sink_agent.c does what else an edge agent has to do with its
 * server.
 */
#ifndef POLLER_SINK_HTTPS_H
#define POLLER_SINK_HTTPS_H

#include <curl/curl.h>

#include "journal.h"
#include "sink.h"

enum { HTTPS_KEY_MAX = 256, HTTPS_ETAG_MAX = 80 };

struct https {
	struct sink sink; /* first: it is one */
	struct https_conf conf;
	CURL *h;
	char run[9];
	char key[HTTPS_KEY_MAX + 16]; /* the header */
	char etag[HTTPS_ETAG_MAX];
	struct commands *commands;
	struct journal *journal;
};

/* What is sent, and what came back. */
struct call {
	const char *path;
	struct curl_slist *headers;
	struct bytes body; /* p NULL: a GET */
	struct buf answer;
	long status;
};

/*
 * One question and its answer, over the connection of the last one.  Any
 * status is an answer; https_judge says what one other than 2xx means.
 */
struct err *https_ask(struct https *, struct arena *, struct call *) MUST_CHECK;
struct err *https_judge(struct https *, const struct call *);

/* Post these bytes, packed; NULL: the answer is there, and it is 2xx. */
struct err *https_post(struct https *, struct arena *, struct call *,
    const char *type, struct bytes plain) MUST_CHECK;

/* The name of what was answered, for the next question; none: there is none. */
void https_etag_keep(struct https *);

/* As sink.h has them. */
struct err *agent_bundle(struct bytes *, struct sink *, struct arena *);
struct err *agent_orders(struct sink *, struct arena *, bool last);
void agent_keep(struct sink *, struct arena *);
struct err *agent_health(struct sink *, struct arena *, struct unit_report *,
    size_t n, uint64_t waiting);

#endif
