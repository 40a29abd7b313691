#include "base/wake.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* False when the path does not fit. */
static int
address(struct sockaddr_un *sun, const char *path)
{
	memset(sun, 0, sizeof(*sun));
	sun->sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(sun->sun_path))
		return 0;
	memcpy(sun->sun_path, path, strlen(path));
	return 1;
}

int
wake_sender(void)
{
	return socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

void
wake_send(int fd, const char *path, int32_t tenant)
{
	struct sockaddr_un sun;

	if (fd < 0 || !address(&sun, path))
		return;
	(void)!sendto(fd, &tenant, sizeof(tenant), MSG_NOSIGNAL,
	    (struct sockaddr *)&sun, sizeof(sun));
}

struct err *
wake_listen(int *fd, const char *path)
{
	struct sockaddr_un sun;

	if (!address(&sun, path))
		return err_raise(ERR_BUG, "Something is wrong with the set-up.",
		    "wake socket: path too long: %s", path);
	*fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	(void)unlink(path);
	if (*fd < 0 || bind(*fd, (struct sockaddr *)&sun, sizeof(sun)) != 0 ||
	    chmod(path, 0660) != 0)
		return err_raise(ERR_BUG, "Something is wrong with the set-up.",
		    "wake socket %s: %s", path, strerror(errno));
	return NULL;
}

int32_t
wake_wait(int fd, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int32_t tenant;

	if (poll(&p, 1, timeout_ms) != 1)
		return 0;
	if (recv(fd, &tenant, sizeof(tenant), 0) != sizeof(tenant))
		return 0;
	return tenant;
}
