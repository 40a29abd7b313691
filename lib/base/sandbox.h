/*
 * sandbox.h - what a daemon gives up before it listens to anybody.
 *
 * A program that is taken over through a bug of its own can do only what the
 * kernel still lets it do: it starts no other program, looks into no other
 * process, mounts nothing, loads nothing into the kernel, has no memory that
 * can be both written and run, and opens only the sockets and files it works
 * with.  Nothing of its memory is ever written to a core file.  Children
 * inherit all of it, and nobody can take it back.
 *
 * A refused call answers EPERM, or ENOSYS where libc knows an older way, so
 * that a mistake of ours is an error in the log and not a crash.
 */
#ifndef BASE_SANDBOX_H
#define BASE_SANDBOX_H

/* What a program still may; sockets of this machine are always allowed. */
enum sandbox {
	SANDBOX_INET = 1,  /* speak over the network */
	SANDBOX_FILES = 2, /* make and change files */
	SANDBOX_EXEC = 4   /* start programs, which then are bound as well */
};

/*
 * For good; it may be called again with less.  Ends the process when the
 * kernel does not do it.
 */
void sandbox_enter(unsigned may);

/*
 * For every daemon: "prog CONFIG --sandbox-test" enters, tries everything that
 * is refused, prints the answers as TAP and exits, 1 when something was
 * possible.  Without it, nothing happens here.
 */
void sandbox_try(unsigned may, int argc, char **argv);

#endif
