#include "command.h"

#include <pthread.h>
#include <string.h>

static const char *const fates[FATES] = {
	[COMMAND_TAKEN] = "taken",
	[COMMAND_ACKNOWLEDGED] = "acknowledged",
	[COMMAND_VERIFIED] = "verified",
	[COMMAND_FAILED] = "failed",
};

/* A list of tasks in their order. */
struct list {
	struct task v[COMMANDS_MAX];
	size_t n;
};

struct commands {
	bool read_only;
	pthread_mutex_t lock;
	struct list due, news;
};

const char *
fate_name(enum fate f)
{
	return fates[f];
}

struct commands *
commands_new(struct arena *a, bool read_only)
{
	struct commands *c = arena_alloc(a, sizeof(*c));

	c->read_only = read_only;
	(void)pthread_mutex_init(&c->lock, NULL);
	return c;
}

bool
commands_read_only(const struct commands *c)
{
	return c->read_only;
}

static bool
list_add(struct list *l, const struct task *t)
{
	if (l->n == COMMANDS_MAX)
		return false;
	l->v[l->n++] = *t;
	return true;
}

static void
list_take(struct task *t, struct list *l, size_t i)
{
	*t = l->v[i];
	l->n--;
	memmove(&l->v[i], &l->v[i + 1], (l->n - i) * sizeof(*l->v));
}

bool
commands_any(struct commands *c)
{
	bool any;

	(void)pthread_mutex_lock(&c->lock);
	any = c->due.n > 0;
	(void)pthread_mutex_unlock(&c->lock);
	return any;
}

bool
commands_bring(struct commands *c, const struct task *t)
{
	bool taken;

	(void)pthread_mutex_lock(&c->lock);
	taken = list_add(&c->due, t);
	(void)pthread_mutex_unlock(&c->lock);
	return taken;
}

bool
commands_next(struct task *t, struct commands *c, int32_t tenant,
    int32_t device)
{
	bool found = false;
	size_t i;

	(void)pthread_mutex_lock(&c->lock);
	for (i = 0; i < c->due.n && !found; i++) {
		if (c->due.v[i].tenant != tenant ||
		    c->due.v[i].device != device)
			continue;
		list_take(t, &c->due, i);
		found = true;
	}
	(void)pthread_mutex_unlock(&c->lock);
	return found;
}

bool
commands_overdue(struct task *t, struct commands *c, int64_t now)
{
	bool found = false;
	size_t i;

	(void)pthread_mutex_lock(&c->lock);
	for (i = 0; i < c->due.n && !found; i++) {
		if (c->due.v[i].expires > now)
			continue;
		list_take(t, &c->due, i);
		found = true;
	}
	(void)pthread_mutex_unlock(&c->lock);
	return found;
}

void
commands_tell(struct commands *c, const struct task *t)
{
	struct task old;

	(void)pthread_mutex_lock(&c->lock);
	/* Nobody listens: of the oldest the server will say itself that
	 * nothing was heard. */
	if (c->news.n == COMMANDS_MAX)
		list_take(&old, &c->news, 0);
	(void)list_add(&c->news, t);
	(void)pthread_mutex_unlock(&c->lock);
}

bool
commands_news(struct task *t, struct commands *c, const struct hold *held)
{
	bool any;
	size_t i = 0;

	(void)pthread_mutex_lock(&c->lock);
	while (i < c->news.n && hold_has(held, c->news.v[i].tenant))
		i++;
	if ((any = i < c->news.n))
		list_take(t, &c->news, i);
	(void)pthread_mutex_unlock(&c->lock);
	return any;
}

void
commands_keep(struct commands *c, const struct task *t)
{
	struct list *l = &c->news;

	(void)pthread_mutex_lock(&c->lock);
	/* It is the oldest, and without room the one to go. */
	if (l->n < COMMANDS_MAX) {
		memmove(&l->v[1], &l->v[0], l->n++ * sizeof(*l->v));
		l->v[0] = *t;
	}
	(void)pthread_mutex_unlock(&c->lock);
}
