#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/env.h"

enum { LINE = 2048 };

static const char *program = "fluxline";

void
log_name(const char *name)
{
	program = name;
}

/* One write a line, so that lines of several processes do not mix. */
PRINTF_LIKE(2, 0)
static void
line(const char *level, const char *fmt, va_list ap, const char *tail)
{
	char s[LINE];
	int64_t now = env_now();
	time_t sec = (time_t)(now / 1000000);
	struct tm tm;
	int n, m;

	(void)gmtime_r(&sec, &tm);
	n = snprintf(s, sizeof(s),
	    "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ %s %s[%d] ", tm.tm_year + 1900,
	    tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
	    (int)(now / 1000 % 1000), level, program, (int)getpid());
	m = vsnprintf(s + n, sizeof(s) - (size_t)n, fmt, ap);
	n = m < 0 ? n : n + m;
	if (n < LINE - 1)
		n += snprintf(s + n, sizeof(s) - (size_t)n, "%s", tail);
	if (n > LINE - 1)
		n = LINE - 1;
	s[n] = '\n';
	(void)!write(STDERR_FILENO, s, (size_t)n + 1);
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line("info", fmt, ap, "");
	va_end(ap);
}

void
log_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line("warn", fmt, ap, "");
	va_end(ap);
}

void
log_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line("error", fmt, ap, "");
	va_end(ap);
}

void
log_err(const struct err *e, const char *fmt, ...)
{
	char why[LOG_QUOTED], tail[LINE];
	va_list ap;

	(void)snprintf(tail, sizeof(tail), " status=%d why=%s at=\"%s\"",
	    err_status(e->kind), log_quote(why, e->why), e->trace);
	va_start(ap, fmt);
	line(e->kind == ERR_BUG ? "error" : "warn", fmt, ap, tail);
	va_end(ap);
}

const char *
log_quote(char to[LOG_QUOTED], const char *s)
{
	size_t n = 0;

	to[n++] = '"';
	for (; *s != 0 && n < LOG_QUOTED - 2; s++) {
		unsigned char c = (unsigned char)*s;

		to[n++] = c < 0x20 || c == 0x7f ? ' ' : c == '"' ? '\'' : *s;
	}
	to[n++] = '"';
	to[n] = 0;
	return to;
}
