#include "base/health.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { NAME = 32 };

/* clang-format off */
static const struct {
	const char *name;
	size_t at;
} lines[] = {
#define LINE(name) { #name, offsetof(struct health, name) }
	LINE(at), LINE(up), LINE(since), LINE(months),
	LINE(spool_bytes), LINE(spool_max), LINE(spool_tenants),
	LINE(disk_free), LINE(disk_bytes),
#undef LINE
};
/* clang-format on */

enum { LINES = sizeof(lines) / sizeof(*lines) };

struct err *
health_write(const char *path, const struct health *h)
{
	char fresh[PATH_MAX];
	size_t i;
	FILE *f;
	bool ok;

	(void)snprintf(fresh, sizeof(fresh), "%s.new", path);
	if ((f = fopen(fresh, "we")) == NULL)
		return err_raise(ERR_BUSY, "The state cannot be written.",
		    "%s: %s", fresh, strerror(errno));
	for (i = 0; i < LINES; i++)
		(void)fprintf(f, "%s %" PRId64 "\n", lines[i].name,
		    *(const int64_t *)((const char *)h + lines[i].at));
	ok = ferror(f) == 0;
	ok = fclose(f) == 0 && ok;
	if (!ok || rename(fresh, path) != 0)
		return err_raise(ERR_BUSY, "The state cannot be written.",
		    "%s: %s", path, strerror(errno));
	return NULL;
}

bool
health_read(struct health *h, const char *path)
{
	char name[NAME];
	int64_t value;
	size_t i;
	FILE *f;

	*h = (struct health){ 0 };
	if (*path == 0 || (f = fopen(path, "re")) == NULL)
		return false;
	while (fscanf(f, "%31s %" SCNd64, name, &value) == 2)
		for (i = 0; i < LINES; i++)
			if (strcmp(name, lines[i].name) == 0)
				*(int64_t *)((char *)h + lines[i].at) = value;
	(void)fclose(f);
	return h->at != 0;
}

bool
health_is_told(const struct health *h, int64_t now)
{
	return h->at != 0 && now - h->at < HEALTH_OLD;
}
