#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_BYTES = 512, READING_MAX = 160, HEAD_MAX = 1024 };

static uint64_t
chance(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* One reading's text, always as wide; where its time stands. */
static size_t
reading(char *to, size_t *stamp, const char *shape, const char *prefix,
    int64_t sensor, int tenths)
{
	bool json = strcmp(shape, "json") == 0;
	bool ours = strcmp(shape, "sensor") == 0;
	int n;

	if (json)
		n = snprintf(to, READING_MAX,
		    "{\"sensorId\":\"%s-TEMP-%04d\",\"timestamp\":", prefix,
		    (int)sensor);
	else
		n = snprintf(to, READING_MAX, "t,%s=%s-TEMP-%04d %s=%d.%d ",
		    ours ? "sensor" : "s", prefix, (int)sensor,
		    ours ? "value" : "v", tenths / 10, tenths % 10);
	*stamp = (size_t)n;
	n += snprintf(to + n, READING_MAX - (size_t)n,
	    json ? "0000000000000,\"value\":%d.%d,\"unit\":\"°C\","
		   "\"quality\":98},"
		 : "0000000000000000000\n",
	    tenths / 10, tenths % 10);
	return (size_t)n;
}

/* A temperature that wanders by a tenth now and then, from 20.0 to 89.9. */
static int
wander(int tenths, uint64_t *state)
{
	uint64_t dice = chance(state) % 8;

	tenths += dice == 0 ? 1 : dice == 1 ? -1 : 0;
	return tenths < 200 ? 200 : tenths > 899 ? 899 : tenths;
}

/* The body alone; *stamp is where the first time stands in it. */
static char *
body(size_t *n, struct sender *s, const struct plan *p, const char *prefix,
    uint64_t seed)
{
	bool json = strcmp(p->shape, "json") == 0;
	size_t readings = (size_t)(p->sensors * p->instants), at = json;
	char *text = need(malloc(readings * READING_MAX + 2));
	int *now = need(calloc((size_t)p->sensors, sizeof(*now)));
	int64_t i, k;

	text[0] = '[';
	for (i = 0; i < p->instants; i++) {
		for (k = 0; k < p->sensors; k++) {
			now[k] = i == 0 ? 300 + (int)(chance(&seed) % 500)
					: wander(now[k], &seed);
			s->stride = reading(text + at, &s->stamp, p->shape,
			    prefix, k, now[k]);
			at += s->stride;
		}
	}
	if (json)
		text[at - 1] = ']';
	s->stamp += json;
	free(now);
	*n = at;
	return text;
}

static void
sender_post(struct sender *s, const struct plan *p, const struct target *to,
    const char *key, const char *prefix, uint64_t seed)
{
	size_t n, stamp;
	char *text;
	int head, v;

	for (v = 0; v < VARIANTS; v++) {
		text = body(&n, s, p, prefix, seed * VARIANTS + (uint64_t)v);
		stamp = s->stamp;
		s->text[v] = need(malloc(HEAD_MAX + n));
		head = snprintf(s->text[v], HEAD_MAX,
		    "POST %s HTTP/1.1\r\nHost: %s:%s\r\nX-API-Key: %s\r\n"
		    "Content-Type: application/json\r\n"
		    "Content-Length: %zu\r\n\r\n",
		    to->path, to->host, to->port, key, n);
		if (head < 0 || head >= HEAD_MAX)
			fail("a head of %d bytes", head);
		memcpy(s->text[v] + head, text, n);
		free(text);
		s->n = (size_t)head + n;
		s->stamp = (size_t)head + stamp;
	}
	s->next_ms = p->base_ms;
}

static void
sender_get(struct sender *s, const struct target *to, const char *key,
    const char *path)
{
	int head;

	s->text[0] = need(malloc(HEAD_MAX));
	head = snprintf(s->text[0], HEAD_MAX,
	    "GET %s HTTP/1.1\r\nHost: %s:%s\r\nX-API-Key: %s\r\n\r\n", path,
	    to->host, to->port, key);
	if (head < 0 || head >= HEAD_MAX)
		fail("a head of %d bytes", head);
	s->n = (size_t)head;
}

static void
add(struct senders *all, const struct plan *p, const struct target *to,
    char *first, char *second)
{
	struct sender *s;

	all->v = need(realloc(all->v, (all->n + 1) * sizeof(*all->v)));
	s = &all->v[all->n++];
	memset(s, 0, sizeof(*s));
	if (strcmp(p->shape, "get") == 0)
		sender_get(s, to, second, first);
	else
		sender_post(s, p, to, first, second, all->n);
}

void
senders_make(struct senders *all, const struct plan *p, const struct target *to)
{
	char line[LINE_MAX_BYTES];
	FILE *f;

	*all = (struct senders){ 0 };
	if ((f = fopen(p->keys, "r")) == NULL)
		fail("%s cannot be read", p->keys);
	while (fgets(line, sizeof(line), f) != NULL) {
		char *rest = NULL, *first = strtok_r(line, " \n", &rest);
		char *second = strtok_r(NULL, " \n", &rest);

		if (first != NULL)
			add(all, p, to, first, second != NULL ? second : "-");
	}
	(void)fclose(f);
	if (all->n == 0)
		fail("%s is empty", p->keys);
}

static void
digits(char *to, int64_t n)
{
	int i;

	for (i = STAMP_DIGITS - 1; i >= 0; i--) {
		to[i] = (char)('0' + n % 10);
		n /= 10;
	}
}

/* The body ends about now; the first one begins there, behind earlier runs. */
static int64_t
live_time(int64_t next_ms, int64_t now_ms, int64_t span_ms)
{
	if (next_ms == 0)
		return now_ms;
	return next_ms < now_ms - span_ms ? now_ms - span_ms : next_ms;
}

const char *
sender_next(struct sender *s, const struct plan *p, int64_t now_ms)
{
	char *text, *at, stamp[STAMP_DIGITS];
	int64_t i, k;

	if (s->stride == 0)
		return s->text[0];
	if (p->live)
		s->next_ms =
		    live_time(s->next_ms, now_ms, p->instants * p->step_ms);
	text = s->text[s->turn++ % VARIANTS];
	at = text + s->stamp;
	for (i = 0; i < p->instants; i++) {
		digits(stamp, s->next_ms);
		s->next_ms += p->step_ms;
		for (k = 0; k < p->sensors; k++) {
			memcpy(at, stamp, STAMP_DIGITS);
			at += s->stride;
		}
	}
	return text;
}
