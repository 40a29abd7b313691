/*
 * shelf.h - pages that a connection keeps from one cycle to the next.
 *
 * Internal to lib/store.  Only who has the tenant's cycle writes its pages, and
 * counts its version up.  So what a cycle left, once it is known to be
 * committed, holds until a cycle of somebody else makes another version.
 */
#ifndef STORE_SHELF_H
#define STORE_SHELF_H

#include "store/page.h"

struct shelf;

/*
 * What is kept of the tenant and holds, which it did at this version.  It is in
 * doubt from now on, and dropped, unless shelf_keep says what it has become.
 */
struct shelf *shelf_of(struct tx *, int64_t version);
void shelf_keep(struct tx *, int64_t version);

/* The page of each of these devices, ascending, as the row says or as kept. */
struct err *shelf_pages(struct page **, struct shelf *, struct tx *,
    const int32_t *device, size_t n) MUST_CHECK;

/* The page gets places for these sensors, ascending, that it has none for. */
void shelf_widen(struct shelf *, struct page *, const int32_t *sensor,
    size_t n);

#endif
