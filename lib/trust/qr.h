/*
 * qr.h - a text as a square that a phone can read.
 */
#ifndef TRUST_QR_H
#define TRUST_QR_H

#include "base/buf.h"

/*
 * The dark modules as the path of an SVG whose view box is 0 0 side side, the
 * white margin included: a template puts it on a white square.  ERR_BUG when
 * the text is too long for any square.
 */
struct err *qr_path(struct buf *path, int *side, const char *text) MUST_CHECK;

#endif
