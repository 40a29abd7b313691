#include "cluster.h"

#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

#define PIDFILE CLUSTER "/postmaster.pid"

enum { LINE_STATUS = 8, LINE = 256 }; /* as in Postgres' pidfile.h */

bool
cluster_ready(pid_t postmaster)
{
	FILE *f = fopen(PIDFILE, "re");
	bool ready = false;
	char line[LINE];
	int i;

	if (f == NULL)
		return false;
	for (i = 1; fgets(line, sizeof(line), f) != NULL; i++) {
		if (i == 1 && strtol(line, NULL, 10) != postmaster)
			break;
		if (i == LINE_STATUS)
			ready = strncmp(line, "ready", 5) == 0;
	}
	(void)fclose(f);
	return ready;
}

/* Does the process with this number, a name in /proc, stand in the folder? */
static bool
stands_in(const char *pid, const char *folder)
{
	char link[64], where[PATH_MAX];
	ssize_t n;

	if (!isdigit((unsigned char)*pid))
		return false;
	(void)snprintf(link, sizeof(link), "/proc/%.20s/cwd", pid);
	if ((n = readlink(link, where, sizeof(where) - 1)) < 0)
		return false;
	where[n] = 0;
	return strcmp(where, folder) == 0;
}

void
cluster_clear(void)
{
	char folder[PATH_MAX];
	bool in_use = false;
	struct dirent *d;
	DIR *proc;

	if (access(PIDFILE, F_OK) < 0 || realpath(CLUSTER, folder) == NULL ||
	    (proc = opendir("/proc")) == NULL)
		return;
	while (!in_use && (d = readdir(proc)) != NULL)
		in_use = stands_in(d->d_name, folder);
	(void)closedir(proc);
	if (!in_use && unlink(PIDFILE) == 0)
		log_warn("cluster stale postmaster.pid removed");
}
