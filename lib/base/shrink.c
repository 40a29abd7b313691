#include "base/shrink.h"

#include <pthread.h>
#include <stdlib.h>

struct zip {
	ZSTD_CCtx *in;
	ZSTD_DCtx *out;
};

static _Thread_local struct zip own;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;

static void
at_exit_of_thread(void *what)
{
	struct zip *z = what;

	(void)ZSTD_freeCCtx(z->in);
	(void)ZSTD_freeDCtx(z->out);
	*z = (struct zip){ 0 };
}

static void
make_key(void)
{
	if (pthread_key_create(&key, at_exit_of_thread) != 0)
		abort();
}

/* This thread's are given back when it ends. */
static void
remember(void)
{
	if (pthread_once(&once, make_key) != 0 ||
	    pthread_setspecific(key, &own) != 0)
		abort();
}

ZSTD_CCtx *
shrink_context(void)
{
	if (own.in == NULL) {
		remember();
		if ((own.in = ZSTD_createCCtx()) == NULL)
			abort();
	}
	return own.in;
}

ZSTD_DCtx *
grow_context(void)
{
	if (own.out == NULL) {
		remember();
		if ((own.out = ZSTD_createDCtx()) == NULL)
			abort();
	}
	return own.out;
}
