/*
 * load NAME=VALUE... - posts readings, or asks, and says how that went:
 *
 *   url=      http[s]://host:port/path        ca=       the server's authority
 *   shape=    json, line (a point of Influx), keys=     a file, see below
 *             sensor (such a line by its code), or get
 *   connections=   sensors=   instants=       of a body
 *   seconds=, count=   when to end            rate=     requests/s; 0: flat out
 *   base_ms=, step_ms= of the readings' times live=1    ... not behind the
 * clock
 *
 * A line of keys is "KEY PREFIX", a gateway and what its sensors' codes begin
 * with; with shape=get it is "PATH KEY".  The answer is one line of
 * name=value; latencies count from the moment a request was due.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>

#include "load.h"

enum { EVENTS = 64, TRIES = 3, SAID_MAX = 400, PATIENCE_S = 20 };

struct run {
	struct plan plan;
	struct target to;
	struct senders senders;
	struct wire *wire;
	struct task *task;
	double began, ended;
	float *took; /* ms */
	size_t n, room, errors, retried, busy;
	int epoll;
};

/* What a connection is at. */
struct task {
	double due;
	size_t turn;
	int tries;
};

void
fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)fprintf(stderr, "load: ");
	(void)vfprintf(stderr, fmt, ap);
	(void)fprintf(stderr, "\n");
	va_end(ap);
	exit(1);
}

void *
need(void *p)
{
	if (p == NULL)
		fail("no memory, or no TLS");
	return p;
}

static double
clock_s(clockid_t which)
{
	struct timespec t;

	(void)clock_gettime(which, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
plan_read(struct plan *p, int argc, char **argv)
{
	struct {
		const char *name, **text;
		double *real;
		int64_t *whole;
	} known[] = { { "url", &p->url, NULL, NULL },
		{ "ca", &p->ca, NULL, NULL },
		{ "shape", &p->shape, NULL, NULL },
		{ "keys", &p->keys, NULL, NULL },
		{ "seconds", NULL, &p->seconds, NULL },
		{ "rate", NULL, &p->rate, NULL },
		{ "count", NULL, NULL, &p->count },
		{ "connections", NULL, NULL, &p->connections },
		{ "sensors", NULL, NULL, &p->sensors },
		{ "instants", NULL, NULL, &p->instants },
		{ "base_ms", NULL, NULL, &p->base_ms },
		{ "step_ms", NULL, NULL, &p->step_ms },
		{ "live", NULL, NULL, &p->live } };
	size_t i, n, k = sizeof(known) / sizeof(*known);

	for (; argc > 1; argc--, argv++) {
		for (i = 0; i < k; i++) {
			n = strlen(known[i].name);
			if (strncmp(argv[1], known[i].name, n) == 0 &&
			    argv[1][n] == '=')
				break;
		}
		if (i == k)
			fail("%s is not known", argv[1]);
		if (known[i].text != NULL)
			*known[i].text = argv[1] + n + 1;
		else if (known[i].real != NULL)
			*known[i].real = atof(argv[1] + n + 1);
		else
			*known[i].whole = atoll(argv[1] + n + 1);
	}
	if (p->url == NULL || p->keys == NULL || p->connections < 1 ||
	    p->sensors < 1 || p->instants < 1)
		fail("url= and keys= are needed");
}

static void
target_read(struct target *to, const char *url)
{
	char scheme[8] = "";

	if (sscanf(url, "%7[a-z]://%127[^:/]:%7[0-9]%255s", scheme, to->host,
		to->port, to->path) != 4)
		fail("%s is not http[s]://host:port/path", url);
	to->tls = strcmp(scheme, "https") == 0;
}

static SSL_CTX *
tls_make(const struct plan *p)
{
	SSL_CTX *c = need(SSL_CTX_new(TLS_client_method()));

	SSL_CTX_set_verify(c, SSL_VERIFY_PEER, NULL);
	(void)SSL_CTX_set_mode(c, SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	if (p->ca != NULL && SSL_CTX_load_verify_locations(c, p->ca, NULL) != 1)
		fail("%s is no certificate", p->ca);
	return c;
}

static void
wires_make(struct run *r)
{
	const struct plan *p = &r->plan;
	size_t i, n = (size_t)p->connections;
	SSL_CTX *tls = r->to.tls ? tls_make(p) : NULL;

	r->epoll = epoll_create1(EPOLL_CLOEXEC);
	r->wire = need(calloc(n, sizeof(*r->wire)));
	r->task = need(calloc(n, sizeof(*r->task)));
	for (i = 0; i < n; i++) {
		r->wire[i].to = &r->to;
		r->wire[i].tls = tls;
		r->wire[i].epoll = r->epoll;
		r->task[i].turn = i;
		r->task[i].due = r->began;
		if (p->rate > 0)
			r->task[i].due += (double)i / p->rate;
	}
}

static void
note(struct run *r, double due)
{
	double now = clock_s(CLOCK_MONOTONIC);

	if (r->n == r->room) {
		r->room = r->room * 2 + 1024;
		r->took = need(realloc(r->took, r->room * sizeof(*r->took)));
	}
	r->took[r->n++] = (float)((now - due) * 1e3);
	r->ended = now;
}

/* The answer's first bytes, for whoever wonders. */
static void
complain(struct run *r, const struct wire *w)
{
	if (r->errors++ > 0)
		return;
	(void)fprintf(stderr, "load: %s: %d %.*s\n", r->plan.url, w->status,
	    SAID_MAX, w->body < w->in_n ? w->in + w->body : "");
}

static void
go_on(struct run *r, size_t i)
{
	struct wire *w = &r->wire[i];
	struct task *t = &r->task[i];
	enum wire_did did;

	while ((did = wire_step(w)) == WIRE_BROKE) {
		wire_close(w);
		r->retried++;
		if (++t->tries == TRIES)
			fail("%s: the connection broke %d times", r->plan.url,
			    TRIES);
		wire_send(w, w->out, w->out_n);
	}
	if (did == WIRE_WAITS)
		return;
	r->busy--;
	note(r, t->due);
	if (w->status < 200 || w->status > 299)
		complain(r, w);
	t->tries = 0;
	t->due = clock_s(CLOCK_MONOTONIC);
}

/* The next of the gateways that this connection speaks for. */
static void
start(struct run *r, size_t i)
{
	struct task *t = &r->task[i];
	struct sender *s = &r->senders.v[t->turn % r->senders.n];
	int64_t now_ms = (int64_t)(clock_s(CLOCK_REALTIME) * 1e3);
	const char *text = sender_next(s, &r->plan, now_ms);

	t->turn += (size_t)r->plan.connections;
	r->busy++;
	wire_send(&r->wire[i], text, s->n);
	go_on(r, i);
}

/* Starts what is due; the time of the next that will be. */
static double
start_due(struct run *r, double end, size_t *begun)
{
	const struct plan *p = &r->plan;
	double now, next = end;
	size_t i;

	for (i = 0; i < (size_t)p->connections; i++) {
		struct task *t = &r->task[i];
		double due = t->due;

		now = clock_s(CLOCK_MONOTONIC);
		if (r->wire[i].is == WIRE_BUSY || now >= end ||
		    (p->count > 0 && *begun == (size_t)p->count))
			continue;
		if (due <= now) {
			++*begun;
			start(r, i);
			if (p->rate > 0 && r->wire[i].is != WIRE_BUSY)
				t->due = due + (double)p->connections / p->rate;
		}
		if (r->wire[i].is != WIRE_BUSY && t->due < next)
			next = t->due;
	}
	return next;
}

static void
wait_until(struct run *r, double next)
{
	struct epoll_event ev[EVENTS];
	double left = next - clock_s(CLOCK_MONOTONIC);
	struct timespec t = { 0 };
	int i, n;

	if (left > 0) {
		t.tv_sec = (time_t)left;
		t.tv_nsec = (long)((left - floor(left)) * 1e9);
	}
	n = epoll_pwait2(r->epoll, ev, EVENTS, &t, NULL);
	for (i = 0; i < n; i++) {
		size_t k = (size_t)((struct wire *)ev[i].data.ptr - r->wire);
		double due = r->task[k].due;

		if (r->wire[k].is != WIRE_BUSY)
			continue;
		go_on(r, k);
		if (r->plan.rate > 0 && r->wire[k].is != WIRE_BUSY)
			r->task[k].due =
			    due + (double)r->plan.connections / r->plan.rate;
	}
}

static void
work(struct run *r)
{
	double end = r->began + r->plan.seconds, next;
	size_t begun = 0;

	for (;;) {
		next = start_due(r, end, &begun);
		if (r->busy == 0 &&
		    (clock_s(CLOCK_MONOTONIC) >= end ||
			(r->plan.count > 0 && begun == (size_t)r->plan.count)))
			return;
		if (clock_s(CLOCK_MONOTONIC) > end + PATIENCE_S)
			fail("%s does not answer", r->plan.url);
		wait_until(r,
		    r->busy > 0 && next >= end ? end + PATIENCE_S : next);
	}
}

static int
shorter(const void *a, const void *b)
{
	const float *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void
say(const struct run *r)
{
	struct rusage used;
	int64_t last = 0;
	double cpu;
	size_t i;

	qsort(r->took, r->n, sizeof(*r->took), shorter);
	for (i = 0; i < r->senders.n; i++)
		if (r->senders.v[i].next_ms > last)
			last = r->senders.v[i].next_ms;
	(void)getrusage(RUSAGE_SELF, &used);
	cpu = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
	      (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
	(void)printf("requests=%zu seconds=%.6f p50_ms=%.4f p95_ms=%.4f "
		     "p99_ms=%.4f max_ms=%.4f errors=%zu retried=%zu "
		     "last_ms=%lld "
		     "cpu_s=%.3f\n",
	    r->n, r->ended - r->began, (double)r->took[r->n / 2],
	    (double)r->took[(r->n * 95) / 100],
	    (double)r->took[(r->n * 99) / 100], (double)r->took[r->n - 1],
	    r->errors, r->retried, (long long)last, cpu);
}

int
main(int argc, char **argv)
{
	struct run r = { .plan = { .shape = "json",
			     .connections = 1,
			     .sensors = 1,
			     .instants = 1,
			     .step_ms = 1000,
			     .seconds = 5 } };

	plan_read(&r.plan, argc, argv);
	target_read(&r.to, r.plan.url);
	senders_make(&r.senders, &r.plan, &r.to);
	r.began = clock_s(CLOCK_MONOTONIC);
	wires_make(&r);
	work(&r);
	if (r.n == 0)
		fail("%s: no answer at all", r.plan.url);
	say(&r);
	return 0;
}
