/*
 * log.h - one line an event on stderr: "level event key=value ...".
 *
 * Write keys and values in the format; a value that may hold spaces or comes
 * from outside goes through log_quote.  Never a body, a token or a password.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/err.h"

enum { LOG_QUOTED = 300 };

void log_name(const char *program); /* goes into every line */
void log_info(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_warn(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_error(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* An error that ends here: its kind, reason and trace. */
void log_err(const struct err *, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* s in quotes, control characters and quotes replaced; writes into `to`. */
const char *log_quote(char to[LOG_QUOTED], const char *s);

#endif
