#include "web/baton.h"

#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>
#include <time.h>

struct baton {
	pthread_mutex_t mutex;
};

struct baton *
batons_new(size_t n)
{
	struct baton *b = mmap(NULL, n * sizeof(*b), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_t a;
	bool ok = b != MAP_FAILED && pthread_mutexattr_init(&a) == 0;
	size_t i;

	if (!ok)
		return NULL;
	ok = pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED) == 0 &&
	     pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST) == 0;
	for (i = 0; ok && i < n; i++)
		ok = pthread_mutex_init(&b[i].mutex, &a) == 0;
	(void)pthread_mutexattr_destroy(&a);
	return ok ? b : NULL;
}

struct baton *
baton_at(struct baton *b, size_t i)
{
	return b + i;
}

bool
baton_take(struct baton *b)
{
	struct timespec t;
	int r = pthread_mutex_trylock(&b->mutex);

	if (r == EBUSY) {
		(void)clock_gettime(CLOCK_MONOTONIC, &t);
		t.tv_nsec += BATON_MS * 1000000L;
		t.tv_sec += t.tv_nsec / 1000000000L;
		t.tv_nsec %= 1000000000L;
		r = pthread_mutex_clocklock(&b->mutex, CLOCK_MONOTONIC, &t);
	}
	/* Whoever had it died. */
	if (r == EOWNERDEAD)
		r = pthread_mutex_consistent(&b->mutex);
	return r == 0;
}

void
baton_give(struct baton *b)
{
	(void)pthread_mutex_unlock(&b->mutex);
}
