/*
 * journal.h - which commands an edge agent has in hand and what became of
 * them, on disk: none is carried out twice, and what became of one is told
 * until the server has it, over restarts too.
 *
 * Of a command that was in hand when the agent was killed nobody knows whether
 * it was written, and that is what is told of it then.
 *
 * Of the courier's thread.
 */
#ifndef POLLER_JOURNAL_H
#define POLLER_JOURNAL_H

#include "base/buf.h"
#include "command.h"

/* Of so many commands; with more in hand none is asked for. */
enum { JOURNAL_MAX = 64, JOURNAL_RUN = 32 };

struct entry {
	int64_t id;
	enum fate fate;
	bool told; /* as far as it is known */
	double read_back;
	char why[COMMAND_WHY];
};

struct journal {
	const char *dir;
	char run[JOURNAL_RUN + 1]; /* who speaks, until the file is lost */
	struct entry v[JOURNAL_MAX];
	size_t n;
};

/* What the last run of the folder left; a damaged file is a lost one. */
struct journal *journal_open(struct arena *, const char *dir);

/* A command is in hand from now on; false: it has been, or there is no room. */
bool journal_add(struct journal *, int64_t id);

/* What became known of one. */
void journal_note(struct journal *, const struct task *);

/* The server has what was to be told up to now: what is over is dropped. */
void journal_told(struct journal *);

/* The last n were not taken into hand after all. */
void journal_undo(struct journal *, size_t n);

/* Durable when it returns NULL. */
struct err *journal_save(const struct journal *, struct arena *) MUST_CHECK;

#endif
