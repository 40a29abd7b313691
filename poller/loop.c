#include "loop.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/env.h"

enum { EVENTS = 64, STACK = 1024 * 1024, LINES_FIRST = 64 };

#define LONGEST CLOCK_S /* one wait */

struct loop {
	int epoll, kick;     /* an eventfd: look at the lines anew */
	struct arena *cycle; /* of a turn */
	struct gather *gather;
	pthread_t thread;
	atomic_bool stop;

	pthread_mutex_t lock; /* over what follows, and over every line */
	pthread_cond_t freed;
	struct arena *arena; /* of the heap */
	struct line **heap;  /* the earliest first */
	size_t n, cap;
	struct line *leaving; /* one at a time */
};

static int64_t
wake_of(const struct loop *l, size_t i)
{
	return line_seat(l->heap[i])->wake;
}

static void
seat(struct loop *l, size_t i, struct line *line)
{
	l->heap[i] = line;
	line_seat(line)->place = i;
}

static void
swap(struct loop *l, size_t i, size_t k)
{
	struct line *one = l->heap[i];

	seat(l, i, l->heap[k]);
	seat(l, k, one);
}

/* A line's wake has changed: find its place. */
static void
settle(struct loop *l, size_t i)
{
	size_t least;

	while (i > 0 && wake_of(l, i) < wake_of(l, (i - 1) / 2)) {
		swap(l, i, (i - 1) / 2);
		i = (i - 1) / 2;
	}
	for (;;) {
		least = i;
		if (2 * i + 1 < l->n && wake_of(l, 2 * i + 1) < wake_of(l, i))
			least = 2 * i + 1;
		if (2 * i + 2 < l->n &&
		    wake_of(l, 2 * i + 2) < wake_of(l, least))
			least = 2 * i + 2;
		if (least == i)
			return;
		swap(l, i, least);
		i = least;
	}
}

static void
wake_at(struct loop *l, struct line *line, int64_t wake)
{
	line_seat(line)->wake = wake;
	settle(l, line_seat(line)->place);
}

static void
leave(struct loop *l)
{
	size_t i;

	if (l->leaving == NULL)
		return;
	i = line_seat(l->leaving)->place;
	if (i != --l->n) {
		seat(l, i, l->heap[l->n]);
		settle(l, i);
	}
	line_leave(l->leaving, l->cycle);
	gather_flush(l->gather, l->cycle);
	arena_reset(l->cycle);
	line_free(l->leaving);
	l->leaving = NULL;
	(void)pthread_cond_broadcast(&l->freed);
}

/* Whoever has news goes on, then those whose time has come. */
static void
turn(struct loop *l, const struct epoll_event *v, int n)
{
	struct line *line;
	uint64_t kicks;
	size_t most = l->n;
	int i;

	for (i = 0; i < n; i++) {
		if ((line = v[i].data.ptr) == NULL)
			(void)!read(l->kick, &kicks, sizeof(kicks));
		else
			wake_at(l, line, line_news(line, l->cycle));
	}
	/* Nobody twice before the others' news are heard. */
	for (; most > 0 && wake_of(l, 0) <= env_mono(); most--) {
		line = l->heap[0];
		wake_at(l, line, line_go(line, l->cycle));
	}
	gather_flush(l->gather, l->cycle);
	arena_reset(l->cycle);
	leave(l);
}

static void *
loop_run(void *what)
{
	struct epoll_event v[EVENTS];
	struct loop *l = what;
	struct timespec t;
	int64_t left;
	size_t i;
	int n;

	(void)pthread_mutex_lock(&l->lock);
	while (!atomic_load(&l->stop)) {
		left = l->n > 0 ? wake_of(l, 0) - env_mono() : LONGEST;
		left = left < 0 ? 0 : left > LONGEST ? LONGEST : left;
		t = (struct timespec){ left / CLOCK_S, left % CLOCK_S * 1000 };
		(void)pthread_mutex_unlock(&l->lock);
		n = epoll_pwait2(l->epoll, v, EVENTS, &t, NULL);
		(void)pthread_mutex_lock(&l->lock);
		turn(l, v, n);
	}
	for (i = 0; i < l->n; i++)
		line_leave(l->heap[i], l->cycle);
	gather_flush(l->gather, l->cycle);
	(void)pthread_mutex_unlock(&l->lock);
	return NULL;
}

struct err *
loop_start(struct loop **out, struct arena *a, struct gather *gather)
{
	struct loop *l = arena_alloc(a, sizeof(*l));
	struct epoll_event ev = { .events = EPOLLIN };
	const struct timespec now = { 0, 0 };
	pthread_attr_t attr;
	int failed;

	l->arena = a;
	l->cycle = arena_new();
	l->gather = gather;
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	l->kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (l->epoll < 0 || l->kick < 0 ||
	    epoll_ctl(l->epoll, EPOLL_CTL_ADD, l->kick, &ev) != 0 ||
	    epoll_pwait2(l->epoll, &ev, 1, &now, NULL) < 0)
		return err_raise(ERR_BUG,
		    "The poller cannot start; it wants Linux 5.11 or newer.",
		    "epoll: %s", strerror(errno));
	(void)pthread_mutex_init(&l->lock, NULL);
	(void)pthread_cond_init(&l->freed, NULL);
	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setstacksize(&attr, STACK);
	failed = pthread_create(&l->thread, &attr, loop_run, l);
	(void)pthread_attr_destroy(&attr);
	if (failed != 0)
		return err_raise(ERR_BUG, "The poller cannot start.",
		    "pthread_create: %s", strerror(failed));
	*out = l;
	return NULL;
}

int
loop_epoll(const struct loop *l)
{
	return l->epoll;
}

static void
kick(const struct loop *l)
{
	(void)!write(l->kick, &(uint64_t){ 1 }, sizeof(uint64_t));
}

void
loop_add(struct loop *l, struct line *line)
{
	struct line **wider;

	(void)pthread_mutex_lock(&l->lock);
	if (l->n == l->cap) {
		l->cap = l->cap == 0 ? LINES_FIRST : 2 * l->cap;
		wider = arena_array(l->arena, l->cap, sizeof(*wider));
		if (l->n > 0)
			memcpy(wider, l->heap, l->n * sizeof(*wider));
		l->heap = wider;
	}
	seat(l, l->n++, line);
	wake_at(l, line, 0);
	(void)pthread_mutex_unlock(&l->lock);
	kick(l);
}

void
loop_remove(struct loop *l, struct line *line)
{
	(void)pthread_mutex_lock(&l->lock);
	l->leaving = line;
	kick(l);
	while (l->leaving != NULL)
		(void)pthread_cond_wait(&l->freed, &l->lock);
	(void)pthread_mutex_unlock(&l->lock);
}

void
loop_each(struct loop *l, void (*f)(struct line *, void *), void *what)
{
	size_t i;

	(void)pthread_mutex_lock(&l->lock);
	for (i = 0; i < l->n; i++)
		f(l->heap[i], what);
	(void)pthread_mutex_unlock(&l->lock);
}

void
loop_call(struct loop *l)
{
	size_t i;

	(void)pthread_mutex_lock(&l->lock);
	for (i = 0; i < l->n; i++)
		line_seat(l->heap[i])->wake = 0;
	(void)pthread_mutex_unlock(&l->lock);
	kick(l);
}

bool
loop_stop(struct loop *l, int timeout_ms)
{
	struct timespec t;

	atomic_store(&l->stop, true);
	kick(l);
	(void)clock_gettime(CLOCK_REALTIME, &t);
	t.tv_nsec += timeout_ms * 1000000L;
	t.tv_sec += t.tv_nsec / 1000000000L;
	t.tv_nsec %= 1000000000L;
	return pthread_timedjoin_np(l->thread, NULL, &t) == 0;
}
