/*
 * json.h - reading a JSON body strictly.
 */
#ifndef WEB_JSON_H
#define WEB_JSON_H

#include <jansson.h>

#include "base/buf.h"

enum { JSON_DEPTH = 16 };

/*
 * Parse a whole body: no duplicate member, nothing behind it, at most
 * JSON_DEPTH deep, checked before anything is built.  The value lives as long
 * as the arena.  ERR_INPUT says where it went wrong.
 */
struct err *json_read(json_t **, struct arena *, struct bytes) MUST_CHECK;

#endif
