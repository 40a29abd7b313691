#include "look.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* Looks in their order. */
struct list {
	struct look v[LOOKS_MAX];
	size_t n;
};

struct looks {
	pthread_mutex_t lock;
	struct list due, news;
};

struct looks *
looks_new(struct arena *a)
{
	struct looks *s = arena_alloc(a, sizeof(*s));

	(void)pthread_mutex_init(&s->lock, NULL);
	return s;
}

static void
list_take(struct look *k, struct list *l, size_t i)
{
	*k = l->v[i];
	l->n--;
	memmove(&l->v[i], &l->v[i + 1], (l->n - i) * sizeof(*l->v));
}

bool
looks_any(struct looks *s)
{
	bool any;

	(void)pthread_mutex_lock(&s->lock);
	any = s->due.n > 0;
	(void)pthread_mutex_unlock(&s->lock);
	return any;
}

bool
looks_bring(struct looks *s, const struct look *k)
{
	bool has_room;

	(void)pthread_mutex_lock(&s->lock);
	if ((has_room = s->due.n < LOOKS_MAX))
		s->due.v[s->due.n++] = *k;
	(void)pthread_mutex_unlock(&s->lock);
	return has_room;
}

bool
looks_next(struct look *k, struct looks *s, int32_t tenant, int32_t device)
{
	bool found = false;
	size_t i;

	(void)pthread_mutex_lock(&s->lock);
	for (i = 0; i < s->due.n && !found; i++) {
		if (s->due.v[i].tenant != tenant ||
		    s->due.v[i].device != device)
			continue;
		list_take(k, &s->due, i);
		found = true;
	}
	(void)pthread_mutex_unlock(&s->lock);
	return found;
}

bool
looks_overdue(struct look *k, struct looks *s, int64_t now)
{
	bool found = false;
	size_t i;

	(void)pthread_mutex_lock(&s->lock);
	for (i = 0; i < s->due.n && !found; i++) {
		if (s->due.v[i].expires > now)
			continue;
		list_take(k, &s->due, i);
		found = true;
	}
	(void)pthread_mutex_unlock(&s->lock);
	return found;
}

struct ask
look_ask(const struct look *k, int unit)
{
	return (struct ask){ .unit = (uint8_t)unit,
		.function = k->function,
		.address = k->address,
		.count = k->count };
}

/* What the codes of Modbus stand for; NULL: it has none of ours. */
static const char *const exceptions[] = {
	[1] = "the device does not know this function",
	[2] = "the device has no such register",
	[3] = "the device does not take this quantity",
	[4] = "the device has failed",
	[5] = "the device needs longer for it",
	[6] = "the device is busy",
	[10] = "the gateway has no way to it",
	[11] = "the unit behind the gateway does not answer",
};

static const char *
exception_text(unsigned code)
{
	if (code < sizeof(exceptions) / sizeof(*exceptions) &&
	    exceptions[code] != NULL)
		return exceptions[code];
	return "the device says no";
}

void
look_take(struct look *k, enum outcome o, const uint16_t *words,
    const char *why)
{
	k->answered = o == BUS_ANSWER;
	if (k->answered)
		memcpy(k->words, words, k->count * sizeof(*words));
	else if (o == BUS_EXCEPTION)
		(void)snprintf(k->why, sizeof(k->why), "Exception %u: %s.",
		    words[0], exception_text(words[0]));
	else if (o == BUS_SILENT)
		(void)snprintf(k->why, sizeof(k->why),
		    "%s: the device did not answer.",
		    strcmp(why, BUS_LATE) == 0 ? "Time-out" : why);
	else
		(void)snprintf(k->why, sizeof(k->why), "%s: %s.",
		    o == BUS_DOWN ? "The line is down"
				  : "What came was no answer",
		    why);
}

void
looks_tell(struct looks *s, const struct look *k)
{
	struct look old;

	(void)pthread_mutex_lock(&s->lock);
	/* Nobody listens: of the oldest the server says so itself. */
	if (s->news.n == LOOKS_MAX)
		list_take(&old, &s->news, 0);
	s->news.v[s->news.n++] = *k;
	(void)pthread_mutex_unlock(&s->lock);
}

void
looks_fail(struct looks *s, struct look *k, const char *why)
{
	k->answered = false;
	(void)snprintf(k->why, sizeof(k->why), "%s", why);
	looks_tell(s, k);
}

bool
looks_news(struct look *k, struct looks *s, const struct hold *held)
{
	bool any;
	size_t i = 0;

	(void)pthread_mutex_lock(&s->lock);
	while (i < s->news.n && hold_has(held, s->news.v[i].tenant))
		i++;
	if ((any = i < s->news.n))
		list_take(k, &s->news, i);
	(void)pthread_mutex_unlock(&s->lock);
	return any;
}

void
looks_keep(struct looks *s, const struct look *k)
{
	struct list *l = &s->news;

	(void)pthread_mutex_lock(&s->lock);
	/* It is the oldest, and without room the one to go. */
	if (l->n < LOOKS_MAX) {
		memmove(&l->v[1], &l->v[0], l->n++ * sizeof(*l->v));
		l->v[0] = *k;
	}
	(void)pthread_mutex_unlock(&s->lock);
}
