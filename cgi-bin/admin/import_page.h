/*
 * import_page.h - what the pages of imports share.
 */
#ifndef ADMIN_IMPORT_PAGE_H
#define ADMIN_IMPORT_PAGE_H

#include "intake/import.h"
#include "web/web.h"

/* The one of the address; ERR_MISSING: it is no number. */
struct err *import_page_id(int32_t *id, const struct req *) MUST_CHECK;

/* An import in a row of a list or on its own page. */
void import_page_state(struct view *, struct arena *, const struct import *);

/* Its page; error: what was wrong with the form there, or "". */
struct err *import_page_show(struct req *, struct res *, int32_t id,
    const char *error) MUST_CHECK;

/* What was wrong with a form, for the page that it stands on. */
const char *import_page_said(struct req *, struct res *, const struct err *);

/* By which a file of people is sealed. */
struct address_keys import_page_keys(const struct req *);

#endif
