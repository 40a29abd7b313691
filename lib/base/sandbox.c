#include "base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"

/* The leak check of the sanitizer looks into its own process. */
#ifdef __SANITIZE_ADDRESS__
enum { ALWAYS = 8 };
#else
enum { ALWAYS = 0 };
#endif

enum { SANDBOX_TRACE = SANDBOX_EXEC | 8 };
enum { WRITE_AND_RUN = PROT_WRITE | PROT_EXEC };

/* A call that is refused, always or when one argument is as it says. */
struct rule {
	int call;
	unsigned unless; /* the program may one of these; 0: nobody may */
	int error;
	unsigned n; /* comparisons: 0 or 1 */
	struct scmp_arg_cmp when;
};

#define ALL(name, unless)                         \
	{                                         \
		SCMP_SYS(name), unless, EPERM, 0, \
		{                                 \
			0                         \
		}                                 \
	}
#define UNKNOWN(name)                         \
	{                                     \
		SCMP_SYS(name), 0, ENOSYS, 0, \
		{                             \
			0                     \
		}                             \
	}
#define WITH(name, unless, arg, bits)                           \
	{                                                       \
		SCMP_SYS(name), unless, EPERM, 1,               \
		{                                               \
			arg, SCMP_CMP_MASKED_EQ, (bits), (bits) \
		}                                               \
	}
#define WHEN(name, unless, arg, op, value)        \
	{                                         \
		SCMP_SYS(name), unless, EPERM, 1, \
		{                                 \
			arg, op, value, 0         \
		}                                 \
	}

/* clang-format off */
static const struct rule rules[] = {
	/* Other programs. */
	ALL(execve, SANDBOX_EXEC), ALL(execveat, SANDBOX_EXEC),

	/* Other processes, and a copy of one's own memory. */
	ALL(ptrace, SANDBOX_TRACE), ALL(process_vm_readv, 0),
	ALL(process_vm_writev, 0), ALL(process_madvise, 0), ALL(kcmp, 0),
	ALL(pidfd_getfd, 0), ALL(perf_event_open, 0),
	WHEN(prctl, SANDBOX_TRACE, 0, SCMP_CMP_EQ, PR_SET_DUMPABLE),

	/* What the machine looks like. */
	ALL(mount, 0), ALL(umount2, 0), ALL(pivot_root, 0), ALL(chroot, 0),
	ALL(move_mount, 0), ALL(open_tree, 0), ALL(fsopen, 0),
	ALL(fsconfig, 0), ALL(fsmount, 0), ALL(fspick, 0),
	ALL(mount_setattr, 0), ALL(unshare, 0), ALL(setns, 0),
	ALL(swapon, 0), ALL(swapoff, 0), ALL(sethostname, 0),
	ALL(setdomainname, 0), ALL(quotactl, 0), ALL(acct, 0),
	ALL(open_by_handle_at, 0), ALL(name_to_handle_at, 0),
	WITH(clone, 0, 0, CLONE_NEWUSER), UNKNOWN(clone3),

	/* The kernel, its clock and its keys. */
	ALL(bpf, 0), ALL(init_module, 0), ALL(finit_module, 0),
	ALL(delete_module, 0), ALL(kexec_load, 0), ALL(kexec_file_load, 0),
	ALL(reboot, 0), ALL(syslog, 0), ALL(iopl, 0), ALL(ioperm, 0),
	ALL(userfaultfd, 0), ALL(io_uring_setup, 0), ALL(io_uring_enter, 0),
	ALL(io_uring_register, 0), ALL(keyctl, 0), ALL(add_key, 0),
	ALL(request_key, 0), ALL(settimeofday, 0), ALL(clock_settime, 0),
	ALL(clock_adjtime, 0), ALL(adjtimex, 0), ALL(vhangup, 0),

	/* Memory that is written and then run; typing into a terminal. */
	WITH(mmap, SANDBOX_EXEC, 2, WRITE_AND_RUN),
	WITH(mprotect, SANDBOX_EXEC, 2, WRITE_AND_RUN),
	WITH(pkey_mprotect, SANDBOX_EXEC, 2, WRITE_AND_RUN),
	WHEN(ioctl, SANDBOX_EXEC, 1, SCMP_CMP_EQ, TIOCSTI),

	/* Sockets of other kinds. */
	WHEN(socket, SANDBOX_INET | SANDBOX_EXEC, 0, SCMP_CMP_NE, AF_UNIX),
	WHEN(socket, SANDBOX_EXEC, 0, SCMP_CMP_GT, AF_INET6),

	/* Files, but for reading. */
	WITH(open, SANDBOX_FILES, 1, O_WRONLY),
	WITH(open, SANDBOX_FILES, 1, O_RDWR),
	WITH(open, SANDBOX_FILES, 1, O_CREAT),
	WITH(openat, SANDBOX_FILES, 2, O_WRONLY),
	WITH(openat, SANDBOX_FILES, 2, O_RDWR),
	WITH(openat, SANDBOX_FILES, 2, O_CREAT),
	WITH(open, SANDBOX_FILES, 1, O_TRUNC),
	WITH(openat, SANDBOX_FILES, 2, O_TRUNC),
	UNKNOWN(openat2), ALL(creat, SANDBOX_FILES),
	ALL(truncate, SANDBOX_FILES), ALL(rename, SANDBOX_FILES),
	ALL(renameat, SANDBOX_FILES), ALL(renameat2, SANDBOX_FILES),
	ALL(unlink, SANDBOX_FILES), ALL(unlinkat, SANDBOX_FILES),
	ALL(rmdir, SANDBOX_FILES), ALL(mkdir, SANDBOX_FILES),
	ALL(mkdirat, SANDBOX_FILES), ALL(link, SANDBOX_FILES),
	ALL(linkat, SANDBOX_FILES), ALL(symlink, SANDBOX_FILES),
	ALL(symlinkat, SANDBOX_FILES), ALL(mknod, 0), ALL(mknodat, 0),
	ALL(chmod, SANDBOX_FILES), ALL(fchmodat, SANDBOX_FILES),
	ALL(chown, SANDBOX_FILES), ALL(lchown, SANDBOX_FILES),
	ALL(fchownat, SANDBOX_FILES), ALL(setxattr, SANDBOX_FILES),
	ALL(lsetxattr, SANDBOX_FILES),
};
/* clang-format on */

static _Noreturn void
fail(const char *what)
{
	log_error("sandbox what=%s why=\"%s\"", what, strerror(errno));
	exit(1);
}

static void
filter(unsigned may)
{
	scmp_filter_ctx c = seccomp_init(SCMP_ACT_ALLOW);
	size_t i;

	if (c == NULL || seccomp_attr_set(c, SCMP_FLTATR_CTL_OPTIMIZE, 2) != 0)
		fail("filter");
	for (i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		const struct rule *r = &rules[i];

		if ((r->unless & (may | ALWAYS)) != 0)
			continue;
		errno = -seccomp_rule_add_array(c,
		    SCMP_ACT_ERRNO((uint16_t)r->error), r->call, r->n,
		    &r->when);
		if (errno != 0)
			fail("rule");
	}
	if ((errno = -seccomp_load(c)) != 0)
		fail("load");
	seccomp_release(c);
}

void
sandbox_enter(unsigned may)
{
	static const struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &none) != 0)
		fail("core");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		fail("privileges");
	if (prctl(PR_GET_DUMPABLE) != 0 &&
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		fail("dumpable");
	filter(may);
}

/* ---- the self-test: each answers 0 when it was possible, or its error ---- */

static int
answer(long r)
{
	return r < 0 ? errno : 0;
}

static int
try_shadow(void)
{
	return answer(open("/etc/shadow", O_RDONLY | O_CLOEXEC));
}

static int
try_exec(void)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		(void)execl("/bin/true", "true", (char *)NULL);
		_exit(errno);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 0;
	return WEXITSTATUS(status);
}

static int
try_inet(void)
{
	return answer(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static int
try_netlink(void)
{
	return answer(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0));
}

static int
try_write(void)
{
	char path[64];
	int r;

	(void)snprintf(path, sizeof(path), "/tmp/sandbox.%d", (int)getpid());
	r = answer(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	(void)unlink(path);
	return r;
}

static int
try_rename(void)
{
	/* A folder that is there, so that only a refusal is EPERM. */
	return rename("/tmp", "/tmp/x") != 0 && errno == EPERM ? EPERM : 0;
}

static int
try_trace(void)
{
	return answer(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int
try_peek(void)
{
	return answer(syscall(SYS_process_vm_readv, getppid(), NULL, 0UL, NULL,
	    0UL, 0UL));
}

static int
try_mount(void)
{
	return answer(mount("none", "/tmp", "tmpfs", 0, NULL));
}

static int
try_namespace(void)
{
	return answer(unshare(CLONE_NEWUSER));
}

static int
try_bpf(void)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = BPF_MAP_TYPE_ARRAY;
	attr.key_size = attr.value_size = 4;
	attr.max_entries = 1;
	return answer(syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)));
}

static int
try_keys(void)
{
	return answer(syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID,
	    KEY_SPEC_PROCESS_KEYRING, 1, 0, 0));
}

static int
try_uring(void)
{
	return answer(syscall(SYS_io_uring_setup, 1, NULL)) == EPERM ? EPERM
								     : 0;
}

static int
try_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? errno : 0;
}

static int
try_core(void)
{
	static const struct rlimit some = { 1, 1 };

	return answer(setrlimit(RLIMIT_CORE, &some));
}

static int
try_dump(void)
{
	(void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	return prctl(PR_GET_DUMPABLE) == 0 ? EPERM : 0;
}

static int
try_privileges(void)
{
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? EPERM : 0;
}

static const struct {
	const char *name;
	unsigned unless;
	int (*run)(void);
} tries[] = {
	/* clang-format off */
	{ "the password file", 0, try_shadow },
	{ "another program", SANDBOX_EXEC, try_exec },
	{ "a network socket", SANDBOX_INET, try_inet },
	{ "a socket of the kernel", 0, try_netlink },
	{ "a new file", SANDBOX_FILES, try_write },
	{ "another name for a file", SANDBOX_FILES, try_rename },
	{ "tracing", SANDBOX_TRACE, try_trace },
	{ "the memory of another process", 0, try_peek },
	{ "a mount", 0, try_mount },
	{ "a namespace", 0, try_namespace },
	{ "a program inside the kernel", 0, try_bpf },
	{ "the kernel's keys", 0, try_keys },
	{ "a ring of calls", 0, try_uring },
	{ "memory to write and run", 0, try_code },
	{ "a core file", 0, try_core },
	{ "a dump of its memory", SANDBOX_TRACE, try_dump },
	{ "new privileges", 0, try_privileges },
	/* clang-format on */
};

/* True: all was refused. */
static bool
test(unsigned may)
{
	size_t n = sizeof(tries) / sizeof(*tries), i;
	bool ok = true, refused;
	int error;

	for (i = 0; i < n; i++) {
		if ((tries[i].unless & (may | ALWAYS)) != 0) {
			(void)printf("ok %zu - %s # SKIP allowed\n", i + 1,
			    tries[i].name);
			continue;
		}
		error = tries[i].run();
		refused = error == EPERM || error == EACCES;
		ok = ok && refused;
		(void)printf("%s %zu - %s is refused\n",
		    refused ? "ok" : "not ok", i + 1, tries[i].name);
	}
	(void)printf("1..%zu\n", n);
	(void)fflush(stdout);
	return ok;
}

void
sandbox_try(unsigned may, int argc, char **argv)
{
	if (argc != 3 || strcmp(argv[2], "--sandbox-test") != 0)
		return;
	sandbox_enter(may);
	exit(test(may) ? 0 : 1);
}
