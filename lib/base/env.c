#include "base/env.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static int64_t
clock_us(clockid_t id)
{
	struct timespec t;

	(void)clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t
real_now(void)
{
	return clock_us(CLOCK_REALTIME);
}

static int64_t
real_mono(void)
{
	return clock_us(CLOCK_BOOTTIME);
}

static void
real_random(void *to, size_t n)
{
	unsigned char *p = to;

	while (n > 0) {
		ssize_t got = getrandom(p, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			abort();
		p += got;
		n -= (size_t)got;
	}
}

static int
real_open(const char *path, int flags, mode_t mode)
{
	return open(path, flags | O_CLOEXEC, mode);
}

const struct env env_real = {
	.now_us = real_now,
	.mono_us = real_mono,
	.random = real_random,
	.open = real_open,
	.write = write,
	.sync = fdatasync,
	.close = close,
	.rename = rename,
	.unlink = unlink,
};

static const struct env *current = &env_real;

void
env_use(const struct env *e)
{
	current = e;
}

const struct env *
env_get(void)
{
	return current;
}

int64_t
env_now(void)
{
	return current->now_us();
}

int64_t
env_mono(void)
{
	return current->mono_us();
}
