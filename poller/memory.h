/*
 * memory.h - what devices have taught, kept over restarts.
 *
 * DIR/learned.json has an entry a device and profile version: the holes in
 * its registers, the longest request it answers, how long it takes.  The file
 * is replaced whole; one that is damaged counts as none.
 */
#ifndef POLLER_MEMORY_H
#define POLLER_MEMORY_H

#include "device.h"

struct memory;

/* What is in the folder. */
struct memory *memory_open(struct arena *, const char *dir);

/* Give a device what it taught earlier, with this version of its profile. */
void memory_recall(const struct memory *, struct device *);

/*
 * Take down what the devices know now, one after the other, and write it when
 * it is not what is written.  Of devices that are not taken down nothing is
 * remembered.
 */
void memory_begin(struct memory *);
void memory_keep(struct memory *, const struct device *);
void memory_end(struct memory *);

#endif
