#include "base/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 512 };

#define SAY "Something is wrong with the set-up."

struct err *
listen_on(int *fd, const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	mode_t before;
	int r;

	if (strlen(path) >= sizeof(sun.sun_path))
		return err_raise(ERR_BUG, SAY, "socket: path too long: %s",
		    path);
	memcpy(sun.sun_path, path, strlen(path));
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	(void)unlink(path);
	before = umask(0117);
	r = bind(*fd, (struct sockaddr *)&sun, sizeof(sun));
	(void)umask(before);
	if (r != 0 || listen(*fd, BACKLOG) != 0)
		return err_raise(ERR_BUG, SAY, "socket %s: %s", path,
		    strerror(errno));
	return NULL;
}

int
listen_handed_down(void)
{
	const char *pid = getenv("LISTEN_PID"), *n = getenv("LISTEN_FDS");

	if (pid == NULL || n == NULL || strcmp(n, "1") != 0 ||
	    strtol(pid, NULL, 10) != getpid() ||
	    fcntl(LISTEN_FD, F_SETFD, FD_CLOEXEC) != 0)
		return -1;
	(void)unsetenv("LISTEN_PID");
	(void)unsetenv("LISTEN_FDS");
	return LISTEN_FD;
}

void
listen_hand_down(int fd)
{
	char pid[16];

	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
	(void)setenv("LISTEN_PID", pid, 1);
	(void)setenv("LISTEN_FDS", "1", 1);
	(void)dup2(fd, LISTEN_FD);
	(void)fcntl(LISTEN_FD, F_SETFD, 0);
}
