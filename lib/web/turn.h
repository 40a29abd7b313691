/*
 * turn.h - only so many processes at a time do what is slow: who does it holds
 * a lock file, and the kernel gives that back whatever becomes of him.
 */
#ifndef WEB_TURN_H
#define WEB_TURN_H

/*
 * One of the turns of that name in the folder of locks; close it when it is
 * over.  Asked so many times, 50 ms apart; -1 when all stay taken.
 */
int turn_take(const char *dir, const char *name, int at_once, int tries);

#endif
