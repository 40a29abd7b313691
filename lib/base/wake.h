/*
 * wake.h - one datagram after a commit: "tenant N has something new".
 *
 * It carries no data and may be lost: whoever listens also looks by himself
 * every second.  Sending never blocks and never fails a request.
 */
#ifndef BASE_WAKE_H
#define BASE_WAKE_H

#include <stdint.h>

#include "base/err.h"

/* A socket to send from; -1 when there is none, which wake_send accepts. */
int wake_sender(void);
void wake_send(int fd, const char *path, int32_t tenant);

/* The listening end; replaces a stale socket at path. */
struct err *wake_listen(int *fd, const char *path) MUST_CHECK;

/* The next tenant, or 0 when none came within the time. */
int32_t wake_wait(int fd, int timeout_ms);

#endif
