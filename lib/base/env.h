/*
 * env.h - the seams to the outside: time, randomness, durable files.
 *
 * Programs use env_real; tests put a struct of their own in place, so that a
 * jumping clock, a full disk or a lost write can be played by the thousand.
 * Set once at start (env_use) and read-only afterwards.
 */
#ifndef BASE_ENV_H
#define BASE_ENV_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct env {
	int64_t (*now_us)(void);  /* wall clock, microseconds since 1970 UTC */
	int64_t (*mono_us)(void); /* never jumps; for waits and intervals */
	void (*random)(void *to, size_t n); /* cryptographically strong */

	/* The calls of the spool; meaning and errno as in POSIX. */
	int (*open)(const char *path, int flags, mode_t);
	ssize_t (*write)(int fd, const void *, size_t);
	int (*sync)(int fd); /* fdatasync */
	int (*close)(int fd);
	int (*rename)(const char *from, const char *to);
	int (*unlink)(const char *path);
};

extern const struct env env_real;

void env_use(const struct env *);
const struct env *env_get(void);

/* The two that everybody asks for. */
int64_t env_now(void);
int64_t env_mono(void);

#endif
