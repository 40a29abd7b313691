/*
 * lean_object.h - objects of a list of JSON that need no item.
 *
 * A sender writes the same object again and again; of
 *
 *	{"sensorId":"A","timestamp":1763703600123,"value":45.7,"unit":"Cel"}
 *
 * the instant and the value change.  What is remembered of an object that
 * became a reading is its form: the text between such holes byte by byte, and
 * what each hole is of.  An object of the same form has the same members in the
 * same order, and whatever is not in a hole has been judged with them: names,
 * unit, revision.  In the holes stand
 *
 *	the instant, as a number or a text;  the value;  the quality;
 *	the tenant's name;  a number or text that means nothing to us.
 *
 * An object with a member twice, with an escape, with a value that is no plain
 * number, or with an object or array inside has no form and becomes an item,
 * and so does everything that would be refused, flagged or converted.
 */
#ifndef INTAKE_LEAN_OBJECT_H
#define INTAKE_LEAN_OBJECT_H

#include "intake/lean.h"

/* A list of readings is to come. */
void lean_object_begin(struct lean *);

/* Is the array's item that is due a reading at once?  Then it is passed. */
bool lean_object(struct lean *, struct intake *, struct jscan *);

/*
 * The items from the first on are those of the object that was looked at last,
 * in which there was no fault: it becomes a reading if it is one that could
 * have been one at once, and its form is remembered.
 */
void lean_object_learn(struct lean *, struct intake *, size_t first);

#endif
