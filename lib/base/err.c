#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

static const struct {
	int status;
	const char *title;
	const char *code;
} kinds[ERR_KINDS] = {
	/* clang-format off */
	[ERR_INPUT]     = { 400, "Bad request",         "bad_request" },
	[ERR_LOGIN]     = { 401, "Not signed in",       "unauthenticated" },
	[ERR_FORBIDDEN] = { 403, "Not allowed",         "forbidden" },
	[ERR_MISSING]   = { 404, "Not found",           "not_found" },
	[ERR_METHOD]    = { 405, "Method not allowed",  "method_not_allowed" },
	[ERR_CONFLICT]  = { 409, "Conflict",            "conflict" },
	[ERR_TOO_BIG]   = { 413, "Too large",           "too_large" },
	[ERR_REFUSED]   = { 422, "Not acceptable",      "refused" },
	[ERR_LIMIT]     = { 429, "Too many requests",   "too_many" },
	[ERR_QUOTA]     = { 429, "Quota used up",       "quota_exceeded" },
	[ERR_STEP_UP]   = { 403, "Confirm it is you",   "step_up" },
	[ERR_BUSY]      = { 503, "Busy, please retry",  "busy" },
	[ERR_BUG]       = { 500, "Our fault",           "internal" },
	/* clang-format on */
};

static _Thread_local struct err slot;

/* The file name without its folders, so that traces stay short. */
static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* What a library quoted, or a limit cut in two, must not break the answer. */
static void
end_whole(char *say)
{
	size_t n = strlen(say);

	while (!utf8_valid(say))
		say[--n] = 0;
}

struct err *
err_raise_at(enum err_kind kind, const char *say, const char *file, int line,
    const char *why, ...)
{
	va_list ap;

	slot.kind = kind;
	(void)snprintf(slot.say, sizeof(slot.say), "%s", say);
	end_whole(slot.say);
	va_start(ap, why);
	(void)vsnprintf(slot.why, sizeof(slot.why), why, ap);
	va_end(ap);
	(void)snprintf(slot.trace, sizeof(slot.trace), "%s:%d", base_name(file),
	    line);
	return &slot;
}

struct err *
err_pass_at(struct err *e, const char *file, int line)
{
	size_t n = strlen(e->trace);

	(void)snprintf(e->trace + n, sizeof(e->trace) - n, " < %s:%d",
	    base_name(file), line);
	return e;
}

struct err *
err_say(struct err *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(e->say, sizeof(e->say), fmt, ap);
	va_end(ap);
	end_whole(e->say);
	return e;
}

struct err
err_keep(void)
{
	return slot;
}

void
err_restore(const struct err *kept)
{
	slot = *kept;
}

int
err_status(enum err_kind kind)
{
	return kinds[kind].status;
}

const char *
err_title(enum err_kind kind)
{
	return kinds[kind].title;
}

const char *
err_code(enum err_kind kind)
{
	return kinds[kind].code;
}
