/*
 * command.h - what is to be written, on its way from the courier to the line
 * of its device, and what became of it, on its way back.
 *
 * All threads share one queue; it locks itself.
 */
#ifndef POLLER_COMMAND_H
#define POLLER_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hold.h"
#include "model/command.h"

enum { COMMANDS_MAX = 256, COMMAND_WHY = 300 };

/* What is known of a command. */
enum fate {
	COMMAND_TAKEN,	      /* nothing but that we have it */
	COMMAND_ACKNOWLEDGED, /* the device has said that it was written */
	COMMAND_VERIFIED,     /* it was read back */
	COMMAND_FAILED	      /* it was not, or nobody knows: why says which */
};

enum { FATES = COMMAND_FAILED + 1 };
const char *fate_name(enum fate); /* "verified" */

struct task {
	int64_t id;
	int32_t tenant, device;
	char point[65];
	double value;
	enum confirm confirm; /* the second step that it has passed */
	int64_t expires;      /* by env_mono */
	enum fate fate;
	double read_back; /* NaN: nothing was */
	char why[COMMAND_WHY];
};

struct commands;

/* read_only: none is ever carried out. */
struct commands *commands_new(struct arena *, bool read_only);
bool commands_read_only(const struct commands *);

/* Is there any that nobody is at? */
bool commands_any(struct commands *);

/* The courier brings one; false: there is no room. */
bool commands_bring(struct commands *, const struct task *);

/* The next one for a device that nobody is at. */
bool commands_next(struct task *, struct commands *, int32_t tenant,
    int32_t device);

/* One whose time is over and that nobody is at. */
bool commands_overdue(struct task *, struct commands *, int64_t now);

/* Something became known of one; told in this order. */
void commands_tell(struct commands *, const struct task *);

/* What the courier has not said yet; the oldest news of who is not held. */
bool commands_news(struct task *, struct commands *, const struct hold *);

/* It could not be said: they are the oldest news again. */
void commands_keep(struct commands *, const struct task *);

#endif
