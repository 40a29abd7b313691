/*
 * table.h - what the supervisor keeps running.
 *
 * The file holds one "name = value" a line: "home" is the folder that all
 * programs run in (log/, run/ and pg/ are in it); every other name is a
 * daemon and its value the command line, words divided by blanks.  A first
 * word "@PATH" is a socket that is made before the first start and handed to
 * every life of the daemon.  They are started in the order of the file and
 * stopped in the reverse one.
 */
#ifndef SUPERVISE_TABLE_H
#define SUPERVISE_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"

enum { DAEMONS_MAX = 32, WORDS_MAX = 32 };

struct daemon {
	const char *name;
	const char *socket; /* NULL: none */
	int listen_fd;
	const char *argv[WORDS_MAX + 1];
	pid_t pid;	  /* 0: not running */
	pid_t last;	  /* its process group when it last ran */
	int64_t started;  /* when, on the clock that never jumps */
	int64_t due;	  /* not to be started before */
	int64_t pause_us; /* how long it waits after its next death */
};

struct table {
	const char *home;
	struct daemon v[DAEMONS_MAX];
	size_t n;
	bool ready; /* Postgres has accepted connections once */
};

struct err *table_read(struct table *, struct arena *,
    const char *path) MUST_CHECK;

#endif
