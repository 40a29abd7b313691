/* The parent: owns the socket, keeps its children alive, drains on SIGTERM. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/listen.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "base/stat.h"
#include "web/internal.h"

enum {
	CHILDREN_MAX = 64,
	RESPAWN_MS = 100, /* pause after a child that died at once */
	DRAIN_S = 10
};

static const struct conf_key keys[] = {
/* clang-format off */
#define AT(member) offsetof(struct web_conf, member)
	{ "socket", CONF_TEXT, AT(socket), NULL, 0, 0,
	    "unix socket for nginx" },
	{ "database", CONF_TEXT, AT(database), NULL, 0, 0,
	    "how to reach Postgres" },
	{ "auth_database", CONF_TEXT, AT(auth_database), "", 0, 0,
	    "the same for the login role" },
	{ "templates", CONF_TEXT, AT(templates), "", 0, 0,
	    "folder of the page templates" },
	{ "assets", CONF_TEXT, AT(assets), "0", 0, 0,
	    "version of the static files, part of their addresses" },
	{ "lock_dir", CONF_TEXT, AT(lock_dir), "", 0, 0,
	    "folder for the locks that bound password checks" },
	{ "wake", CONF_TEXT, AT(wake), "", 0, 0,
	    "datagram socket of the worker" },
	{ "scratch", CONF_TEXT, AT(scratch), "", 0, 0,
	    "folder for files that are made before they are sent" },
	{ "exports", CONF_TEXT, AT(exports), "", 0, 0,
	    "folder of what tenants take along" },
	{ "profiles", CONF_TEXT, AT(profiles), "", 0, 0,
	    "folder of the device profiles" },
	{ "server_ca", CONF_TEXT, AT(server_ca), "", 0, 0,
	    "file of the authority of our certificate; empty: a public one" },
	{ "origin", CONF_TEXT, AT(origin), "", 0, 0,
	    "where people reach us: scheme, host and port" },
	{ "master_key", CONF_TEXT, AT(master_key), "", 0, 0,
	    "file of the key that wraps the tenants' keys" },
	{ "token_keys", CONF_TEXT, AT(token_keys), "", 0, 0,
	    "folder of the keys that sign access tokens, or judge them" },
	{ "request_key", CONF_TEXT, AT(request_key), "", 0, 0,
	    "file of the key that seals secrets for request signatures" },
	{ "index_key", CONF_TEXT, AT(index_key), "", 0, 0,
	    "file of the key that addresses are looked up by" },
	{ "smtp", CONF_TEXT, AT(smtp), "", 0, 0,
	    "server that takes our mail; empty: none is sent" },
	{ "spool", CONF_TEXT, AT(spool), "", 0, 0,
	    "folder of bodies that came while the database was away" },
	{ "spool_mb", CONF_INT, AT(spool_mb), "1024", 1, 1048576,
	    "how much of them it holds; a tenant has a quarter" },
	{ "state", CONF_TEXT, AT(state), "", 0, 0,
	    "file in which the worker says how all of it is" },
	{ "stat", CONF_TEXT, AT(stat), "", 0, 0,
	    "file of what all programs count" },
	{ "fetch_private", CONF_INT, AT(fetch_private), "0", 0, 1,
	    "1: sign-in providers may have private addresses" },
	{ "query_keys", CONF_INT, AT(query_keys), "0", 0, 1,
	    "1: keys may be in addresses, where they stand in others' logs" },
	{ "children", CONF_INT, AT(children), "4", 1, CHILDREN_MAX,
	    "processes that serve requests" },
#undef AT
	/* clang-format on */
};

static void
fail(const char *what, const char *path)
{
	log_error("%s path=%s why=\"%s\"", what, path, strerror(errno));
	exit(1);
}

/*
 * Our own socket, when nobody handed one down.  One program a socket: the
 * lock outlives neither us nor our children.
 */
static int
own_socket(const char *path)
{
	char lock[PATH_MAX];
	struct err *e;
	int fd, lock_fd;

	(void)snprintf(lock, sizeof(lock), "%s.lock", path);
	lock_fd = open(lock, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	if (lock_fd < 0 || flock(lock_fd, LOCK_EX | LOCK_NB) != 0)
		fail("another process serves this socket", path);
	if ((e = listen_on(&fd, path)) != NULL) {
		log_err(e, "start");
		exit(1);
	}
	return fd;
}

unsigned
child_may(const struct app *app, const struct web_conf *conf)
{
	bool writes =
	    *conf->scratch != 0 || *conf->lock_dir != 0 || *conf->spool != 0;

	return app->may | (writes ? SANDBOX_FILES : 0U);
}

static pid_t
spawn(const struct app *app, const struct web_conf *conf,
    const struct shared *shared, int i)
{
	pid_t pid = fork();

	if (pid == 0)
		child_run(app, conf, shared, i);
	if (pid < 0)
		log_error("fork why=\"%s\"", strerror(errno));
	return pid;
}

static void
pause_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	(void)nanosleep(&t, NULL);
}

/* Bury who has died; returns how many live. */
static int
reap(pid_t *pids, int n)
{
	int status, i, left = 0;
	pid_t dead;

	while ((dead = waitpid(-1, &status, WNOHANG)) > 0) {
		if (WIFSIGNALED(status))
			log_warn("child died pid=%d signal=%d", (int)dead,
			    WTERMSIG(status));
		for (i = 0; i < n; i++)
			if (pids[i] == dead)
				pids[i] = 0;
	}
	for (i = 0; i < n; i++)
		left += pids[i] > 0;
	return left;
}

/* Each finishes the request in hand. */
static void
drain(pid_t *pids, int n)
{
	int64_t until = env_mono() + DRAIN_S * CLOCK_S;
	int i;

	for (i = 0; i < n; i++)
		if (pids[i] > 0)
			(void)kill(pids[i], SIGTERM);
	while (reap(pids, n) > 0 && env_mono() < until)
		pause_ms(5);
	for (i = 0; i < n; i++)
		if (pids[i] > 0)
			(void)kill(pids[i], SIGKILL);
}

/* Keep the children alive until a signal says stop. */
static void
supervise(const struct app *app, const struct web_conf *conf,
    const struct shared *shared, const sigset_t *signals)
{
	pid_t pids[CHILDREN_MAX] = { 0 };
	int64_t born = 0;
	int i, signal;

	do {
		for (i = 0; i < conf->children; i++) {
			if (pids[i] > 0)
				continue;
			if (env_mono() - born < RESPAWN_MS * CLOCK_MS &&
			    born > 0)
				pause_ms(RESPAWN_MS / conf->children + 1);
			pids[i] = spawn(app, conf, shared, i);
			born = env_mono();
		}
		signal = sigwaitinfo(signals, NULL);
		(void)reap(pids, conf->children);
	} while (signal != SIGTERM && signal != SIGINT);
	drain(pids, conf->children);
}

int
web_main(const struct app *app, int argc, char **argv)
{
	struct arena *arena;
	struct web_conf conf;
	sigset_t signals;
	struct shared shared = { .own = NULL };
	struct err *e;
	bool is_ours;

	log_name(app->name);
	if (argc == 2 && strcmp(argv[1], "--routes") == 0) {
		routes_print(app);
		return 0;
	}
	arena = arena_new();
	conf_main(&conf, arena, argc, argv, keys, sizeof(keys) / sizeof(*keys));
	sandbox_try(child_may(app, &conf), argc, argv);
	/* The parent keeps the socket's file; its children do not. */
	sandbox_enter(child_may(app, &conf) | SANDBOX_FILES);
	/* libfcgi waits two seconds in both places otherwise. */
	(void)setenv("LIBFCGI_IS_AF_UNIX_KEEPER_POLL_TIMEOUT", "100", 1);
	(void)setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "100", 1);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGINT);
	(void)sigaddset(&signals, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &signals, NULL);
	(void)umask(0077);
	shared.listen_fd = listen_handed_down();
	is_ours = shared.listen_fd < 0;
	if (is_ours)
		shared.listen_fd = own_socket(conf.socket);
	limit_start();
	shared.stats = stat_open(conf.stat);
	if (app->together != NULL)
		shared.batons =
		    batons_new(2 * (size_t)child_lanes(conf.children));
	if (app->start != NULL &&
	    (e = app->start(&shared.own, arena, &conf)) != NULL) {
		log_err(e, "start");
		return 1;
	}
	log_info("serving socket=%s children=%d", conf.socket, conf.children);
	supervise(app, &conf, &shared, &signals);
	if (is_ours)
		(void)unlink(conf.socket);
	arena_free(arena);
	return 0;
}
