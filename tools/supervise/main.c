/*
 * fluxline-supervise TABLE - start the daemons, start again whoever dies,
 * stop them all.
 *
 * One loop, no handlers: signals are blocked and taken one by one.  Postgres
 * ("postgres" in the table) is waited for once, before what follows it starts.
 * Each daemon leads a process group; what is left of the group when its
 * leader dies is told to go and killed before the next start.  A killed
 * supervisor leaves nobody behind: each daemon gets a signal of its own, so
 * that it can take its children along.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/listen.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "cluster.h"
#include "table.h"

#define PAUSE_MIN (100 * CLOCK_MS)
#define PAUSE_MAX (5 * CLOCK_S)
#define STEADY (10 * CLOCK_S)	  /* whoever lived so long starts afresh */
#define STOP_EACH (2 * CLOCK_S)	  /* a daemon's time to finish */
#define STOP_OTHERS (6 * CLOCK_S) /* all but Postgres */
#define STOP_ALL (9 * CLOCK_S)
#define TICK (50 * CLOCK_MS)

static bool
is_postgres(const struct daemon *d)
{
	return strcmp(d->name, "postgres") == 0;
}

/* Postgres: end the sessions and leave ("fast"). */
static int
stop_signal(const struct daemon *d)
{
	return is_postgres(d) ? SIGINT : SIGTERM;
}

/*
 * Without us nobody looks after it.  A fast end of Postgres may wait for ever,
 * in a recovery or for a process that stands still; an immediate one comes, and
 * loses nothing that was committed.
 */
static int
orphan_signal(const struct daemon *d)
{
	return is_postgres(d) ? SIGQUIT : SIGTERM;
}

/* In the child: its log, its group, its end with ours; then the program. */
static void
become(const struct daemon *d, pid_t parent)
{
	char path[128];
	sigset_t none;
	int log, null;

	(void)setpgid(0, 0);
	(void)prctl(PR_SET_PDEATHSIG, orphan_signal(d));
	if (getppid() != parent)
		_exit(0);
	(void)snprintf(path, sizeof(path), "log/%.64s.log", d->name);
	log = open(path, O_WRONLY | O_APPEND | O_CREAT, 0640);
	null = open("/dev/null", O_RDONLY);
	(void)dup2(null, STDIN_FILENO);
	(void)dup2(log, STDOUT_FILENO);
	(void)dup2(log, STDERR_FILENO);
	if (log > STDERR_FILENO)
		(void)close(log);
	if (null > STDERR_FILENO)
		(void)close(null);
	if (d->socket != NULL)
		listen_hand_down(d->listen_fd);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)execv(d->argv[0], (char *const *)(uintptr_t)d->argv);
	log_error("exec program=%s why=\"%s\"", d->argv[0], strerror(errno));
	_exit(127);
}

/* Whoever is left of its group from its last life. */
static void
clear_away(struct daemon *d)
{
	if (d->last > 0)
		(void)kill(-d->last, SIGKILL);
	d->last = 0;
}

static void
start(struct daemon *d)
{
	pid_t parent = getpid(), pid;

	clear_away(d);
	if (is_postgres(d))
		cluster_clear();
	d->started = env_mono();
	if ((pid = fork()) == 0)
		become(d, parent);
	if (pid < 0) {
		log_error("fork why=\"%s\"", strerror(errno));
		d->due = d->started + PAUSE_MAX;
		return;
	}
	d->pid = d->last = pid;
	log_info("start daemon=%s pid=%d", d->name, (int)pid);
}

/* Start what is due.  True: there is more to start, or to wait for. */
static bool
start_due(struct table *t)
{
	bool more = false;
	size_t i;

	for (i = 0; i < t->n; i++) {
		struct daemon *d = &t->v[i];

		if (d->pid == 0 && env_mono() >= d->due)
			start(d);
		more = more || d->pid == 0;
		if (is_postgres(d) && !t->ready)
			t->ready = cluster_ready(d->pid);
		if (is_postgres(d) && !t->ready)
			return true;
	}
	return more;
}

static void
died(struct daemon *d, int status)
{
	int64_t now = env_mono();

	log_warn("died daemon=%s pid=%d %s=%d after_ms=%lld", d->name,
	    (int)d->pid, WIFSIGNALED(status) ? "signal" : "exit",
	    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
	    (long long)((now - d->started) / CLOCK_MS));
	(void)kill(-d->pid, SIGTERM);
	if (d->pause_us < PAUSE_MIN || now - d->started > STEADY)
		d->pause_us = PAUSE_MIN;
	d->pid = 0;
	d->due = now + d->pause_us;
	d->pause_us *= 2;
	if (d->pause_us > PAUSE_MAX)
		d->pause_us = PAUSE_MAX;
}

/* As it should be, when all are being stopped. */
static void
ended(struct daemon *d, int status)
{
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		log_warn("ended daemon=%s %s=%d", d->name,
		    WIFSIGNALED(status) ? "signal" : "exit",
		    WIFSIGNALED(status) ? WTERMSIG(status)
					: WEXITSTATUS(status));
	d->pid = 0;
}

/* Every dead child; orphans of the daemons come here too and are buried. */
static void
reap(struct table *t, void (*then)(struct daemon *, int status))
{
	int status;
	size_t i;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (i = 0; i < t->n; i++) {
			if (t->v[i].pid == pid)
				then(&t->v[i], status);
		}
	}
}

/* One daemon down by the deadline, the hard way if it must be. */
static void
stop(struct table *t, struct daemon *d, int64_t deadline)
{
	struct timespec nap = { 0, 10 * 1000 * 1000 };

	if (d->pid > 0)
		(void)kill(d->pid, stop_signal(d));
	while (d->pid > 0 && env_mono() < deadline) {
		(void)nanosleep(&nap, NULL);
		reap(t, ended);
	}
	if (d->pid > 0)
		log_warn("killed daemon=%s pid=%d", d->name, (int)d->pid);
	clear_away(d);
}

static void
stop_all(struct table *t)
{
	int64_t begun = env_mono(), deadline;
	size_t i;

	log_info("stop");
	for (i = t->n; i-- > 0;) {
		deadline = env_mono() + STOP_EACH;
		if (deadline > begun + STOP_OTHERS)
			deadline = begun + STOP_OTHERS;
		if (is_postgres(&t->v[i]))
			deadline = begun + STOP_ALL;
		stop(t, &t->v[i], deadline);
	}
	log_info("stopped ms=%lld", (long long)(env_mono() - begun) / CLOCK_MS);
}

/* Until somebody asks to stop. */
static void
watch(struct table *t, const sigset_t *signals)
{
	struct timespec tick = { 0, TICK * 1000 };
	int signal = 0;

	while (signal != SIGTERM && signal != SIGINT) {
		bool more = start_due(t);

		signal = more ? sigtimedwait(signals, NULL, &tick)
			      : sigwaitinfo(signals, NULL);
		reap(t, died);
	}
}

/* One supervisor a home: its pid is in a file that it holds locked. */
static struct err *
settle_in(const char *home)
{
	int fd;

	if (chdir(home) < 0)
		return err_raise(ERR_INPUT, "The home cannot be entered.",
		    "%s: %s", home, strerror(errno));
	fd = open("run/supervise.pid", O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
		return err_raise(ERR_CONFLICT, "Another one runs already.",
		    "%s/run/supervise.pid: %s", home, strerror(errno));
	if (ftruncate(fd, 0) < 0 || dprintf(fd, "%d\n", (int)getpid()) < 0)
		return err_raise(ERR_BUG, "The pid cannot be written.", "%s",
		    strerror(errno));
	return NULL;
}

/* They stay open while their daemons come and go: who calls then waits. */
static struct err *
make_sockets(struct table *t)
{
	struct err *e;
	size_t i;

	for (i = 0; i < t->n; i++) {
		struct daemon *d = &t->v[i];

		if (d->socket != NULL &&
		    (e = listen_on(&d->listen_fd, d->socket)) != NULL)
			return err_pass(e);
	}
	return NULL;
}

static void
remove_sockets(const struct table *t)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (t->v[i].socket != NULL)
			(void)unlink(t->v[i].socket);
}

int
main(int argc, char **argv)
{
	static struct table t;
	struct arena *a;
	sigset_t signals;
	struct err *e;

	log_name("supervise");
	if (argc != 2) {
		(void)fprintf(stderr, "usage: %s TABLE\n", argv[0]);
		return 2;
	}
	a = arena_new();
	if ((e = table_read(&t, a, argv[1])) != NULL ||
	    (e = settle_in(t.home)) != NULL || (e = make_sockets(&t)) != NULL) {
		log_err(e, "start");
		arena_free(a);
		return 2;
	}
	/* Postgres and nginx are under the same roof. */
	sandbox_enter(SANDBOX_INET | SANDBOX_FILES | SANDBOX_EXEC);
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	(void)sigfillset(&signals);
	(void)sigprocmask(SIG_SETMASK, &signals, NULL);
	watch(&t, &signals);
	stop_all(&t);
	remove_sockets(&t);
	(void)unlink("run/supervise.pid");
	arena_free(a);
	return 0;
}
