/*
 * pasted.h - a profile as somebody types or pastes it: the fields of the form
 * in templates/layout/pasted.cs, and what they come to.
 */
#ifndef ADMIN_PASTED_H
#define ADMIN_PASTED_H

#include "web/view.h"
#include "web/web.h"

/* The form as it was sent, or as the page that has led here has it. */
void pasted_state(struct view *, const struct req *);

/*
 * What was sent, as a profile's text; notes of what was left out may be empty.
 * ERR_INPUT: it is none; nothing says yet that the text loads.
 */
struct err *pasted_read(const char **json, const char **notes,
    struct req *) MUST_CHECK;

#endif
