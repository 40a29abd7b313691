/*
 * listen.h - stream sockets in the file system, made here or handed down.
 *
 * Whoever starts a daemon may make its socket and pass it as descriptor 3,
 * with LISTEN_PID and LISTEN_FDS in the environment, as systemd does: then
 * those who call while the daemon is being replaced wait instead of failing.
 */
#ifndef BASE_LISTEN_H
#define BASE_LISTEN_H

#include "base/err.h"

enum { LISTEN_FD = 3 };

/* A new socket at the path, 0660; whatever stood there is gone. */
struct err *listen_on(int *fd, const char *path) MUST_CHECK;

/* The socket that was handed to this process; -1: none was. */
int listen_handed_down(void);

/* In a child, before exec: hand this socket to the program. */
void listen_hand_down(int fd);

#endif
