/*
 * memory.h - the allocator of lib/base/arena.c inside of a database server.
 *
 * Included before everything else when the extension is built.  Memory is the
 * server's: it goes when the query ends or fails, and running out of it is an
 * SQL error and not the end of the server.
 */
#ifndef EXTENSION_MEMORY_H
#define EXTENSION_MEMORY_H

#include <stddef.h>
#include <stdlib.h>

void *server_malloc(size_t);
void *server_calloc(size_t, size_t);
void server_free(void *);

#define malloc(n) server_malloc(n)
#define calloc(n, size) server_calloc(n, size)
#define free(p) server_free(p)

#endif
