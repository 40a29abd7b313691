/*
 * view.h - what a template is given, and the page it makes of it.
 *
 * Templates are parsed once a child, at its start, so that a broken one never
 * waits for a request; each request has a dataset of its own.  Everything is
 * HTML-escaped by the template engine.  Names come from code, never from data.
 */
#ifndef WEB_VIEW_H
#define WEB_VIEW_H

#include <stdint.h>

#include "base/buf.h"

struct views; /* the parsed templates of a child */
struct view;  /* a node of a dataset */

/* Parse every template; the names end in NULL. */
struct err *views_load(struct views **, const char *folder,
    const char *const *names) MUST_CHECK;
void views_free(struct views *);

/* A new dataset, gone with the arena. */
struct view *view_new(struct arena *);

void view_text(struct view *, const char *name, const char *value);
void view_int(struct view *, const char *name, int64_t);

/* The next member of a list: the first call of "Sites" makes Sites.0. */
struct view *view_row(struct view *, const char *name);

/* A named branch: "Chart" makes Chart., the same at every call. */
struct view *view_branch(struct view *, const char *name);

/* Render a template that was loaded into *out, which is empty. */
struct err *view_render(struct buf *out, struct views *, const char *name,
    struct view *) MUST_CHECK;

#endif
