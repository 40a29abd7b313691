/*
 * shrink.h - what zstd works with, one of each a thread.
 *
 * To make one and to clear it again costs more than to code a few kilobytes.
 * They stay until the thread ends; running out of memory ends the process.
 */
#ifndef BASE_SHRINK_H
#define BASE_SHRINK_H

#include <zstd.h>

ZSTD_CCtx *shrink_context(void) __attribute__((returns_nonnull));
ZSTD_DCtx *grow_context(void) __attribute__((returns_nonnull));

#endif
