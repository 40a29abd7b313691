#include "web/turn.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

int
turn_take(const char *dir, const char *name, int at_once, int tries)
{
	static const struct timespec pause = { 0, 50 * 1000000 };
	char path[256];
	int try, i, fd;

	for (try = 0; try < tries; try++) {
		if (try > 0)
			(void)nanosleep(&pause, NULL);
		for (i = 0; i < at_once; i++) {
			(void)snprintf(path, sizeof(path), "%s/%s.%d", dir,
			    name, i);
			fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
			if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
				return fd;
			if (fd >= 0)
				(void)close(fd);
		}
	}
	return -1;
}
