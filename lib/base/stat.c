#include "base/stat.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

typedef _Atomic uint64_t count;

struct stats {
	count v[STATS];
	count reading[STAT_FORMATS][STAT_READINGS];
	struct {
		count class[STAT_CLASSES];
		count step[STAT_STEPS + 1];
		count us;
	} program[STAT_PROGRAMS];
	/* What is new comes last: the file may be older. */
	count poll[STAT_POLLS];
};

const char *const stat_programs[STAT_PROGRAMS] = { "web", "auth", "admin",
	"api", "ingest" };

const int64_t stat_steps_us[STAT_STEPS] = { 1000, 5000, 10000, 25000, 50000,
	100000, 500000, 2500000, 10000000 };

struct stats *
stat_open(const char *path)
{
	struct stat st;
	void *p = MAP_FAILED;
	int fd;

	if (*path == 0)
		return NULL;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	/* Others may have it as memory: it never becomes smaller. */
	if (fd >= 0 && fstat(fd, &st) == 0 &&
	    (st.st_size >= (off_t)sizeof(struct stats) ||
		ftruncate(fd, sizeof(struct stats)) == 0))
		p = mmap(NULL, sizeof(struct stats), PROT_READ | PROT_WRITE,
		    MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		log_warn("stat path=%s why=\"%s\"", path, strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	return p == MAP_FAILED ? NULL : p;
}

static void
more(count *c, uint64_t n)
{
	(void)atomic_fetch_add_explicit(c, n, memory_order_relaxed);
}

static uint64_t
now(const count *c)
{
	return atomic_load_explicit(c, memory_order_relaxed);
}

void
stat_add(struct stats *s, enum stat_what what, uint64_t n)
{
	if (s != NULL)
		more(&s->v[what], n);
}

void
stat_reading(struct stats *s, int format, enum stat_reading what, uint64_t n)
{
	if (s != NULL && n > 0 && format >= 0 && format < STAT_FORMATS)
		more(&s->reading[format][what], n);
}

void
stat_poll(struct stats *s, enum stat_poll what, uint64_t n)
{
	if (s != NULL)
		more(&s->poll[what], n);
}

void
stat_request(struct stats *s, const char *program, int status, int64_t us)
{
	int i, step = 0, class = status / 100;

	for (i = 0; i < STAT_PROGRAMS; i++)
		if (strcmp(stat_programs[i], program) == 0)
			break;
	if (s == NULL || i == STAT_PROGRAMS || class < 0 ||
	    class >= STAT_CLASSES)
		return;
	while (step < STAT_STEPS && us > stat_steps_us[step])
		step++;
	more(&s->program[i].class[class], 1);
	more(&s->program[i].step[step], 1);
	more(&s->program[i].us, us > 0 ? (uint64_t)us : 0);
}

uint64_t
stat_get(const struct stats *s, enum stat_what what)
{
	return s != NULL ? now(&s->v[what]) : 0;
}

uint64_t
stat_readings(const struct stats *s, int format, enum stat_reading what)
{
	return s != NULL ? now(&s->reading[format][what]) : 0;
}

uint64_t
stat_polls(const struct stats *s, enum stat_poll what)
{
	return s != NULL ? now(&s->poll[what]) : 0;
}

struct stat_requests
stat_requests(const struct stats *s, int program)
{
	struct stat_requests r = { 0 };
	size_t i;

	if (s == NULL)
		return r;
	for (i = 0; i < STAT_CLASSES; i++)
		r.class[i] = now(&s->program[program].class[i]);
	for (i = 0; i <= STAT_STEPS; i++)
		r.step[i] = now(&s->program[program].step[i]);
	r.us = now(&s->program[program].us);
	return r;
}
