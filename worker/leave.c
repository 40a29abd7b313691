/*
 * Tenants that leave: their rows are erased in small steps, then their files,
 * and what stays is a farewell under our signature.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/log.h"
#include "query.h"
#include "trust/anchor.h"
#include "worker/jobs.h"

#define SLICE (500 * CLOCK_MS) /* of one tenant; then others' turn */

enum { ROWS = 5000, LEVELS = 3 };

/* A folder and what is in it; one that is not there is no error. */
static bool
remove_tree(struct arena *a, const char *path, int levels)
{
	const struct dirent *f;
	bool well = true;
	DIR *d;

	if ((d = opendir(path)) == NULL)
		return errno == ENOENT || unlink(path) == 0;
	while ((f = readdir(d)) != NULL) {
		const char *name;

		if (strcmp(f->d_name, ".") == 0 || strcmp(f->d_name, "..") == 0)
			continue;
		name = arena_printf(a, "%s/%s", path, f->d_name);
		well &= levels > 0 ? remove_tree(a, name, levels - 1)
				   : unlink(name) == 0;
	}
	(void)closedir(d);
	return well && rmdir(path) == 0;
}

/* Its archives, what it asked to take along, and what it sent in an outage. */
static struct err *
remove_files(struct arena *a, const struct settings *conf, int32_t tenant)
{
	const struct {
		const char *folder, *form;
	} all[] = {
		{ conf->archive, "" },
		{ conf->exports, "" },
		{ conf->spool, "T" },
	};
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(*all); i++) {
		const char *path = arena_printf(a, "%s/%s%d", all[i].folder,
		    all[i].form, tenant);

		if (*all[i].folder != 0 && !remove_tree(a, path, LEVELS))
			return err_raise(ERR_BUSY, "A file cannot be removed.",
			    "%s: %s", path, strerror(errno));
	}
	return NULL;
}

/* No row is left: false when somebody who was at work then still is. */
static struct err *
part(bool *gone, struct db *db, struct arena *a, const struct settings *conf,
    int32_t tenant)
{
	struct bytes signature, body;
	const char *kid, *text;
	struct rows *r;
	struct err *e;

	if ((e = remove_files(a, conf, tenant)) != NULL ||
	    (e = db_call(&r, db, a, &q_tenant_erase_said,
		 ARGS(A((int)tenant)))) != NULL)
		return err_pass(e);
	text = rows_text(r, 0, TENANT_ERASE_SAID_BODY);
	body = (struct bytes){ (const unsigned char *)text, strlen(text) };
	if ((e = text_sign(&kid, &signature, a, conf->audit_keys, body)) !=
		NULL ||
	    (e = db_call(&r, db, a, &q_tenant_erase_end,
		 ARGS(A((int)tenant), A(kid), A(signature)))) != NULL)
		return err_pass(e);
	*gone = rows_bool(r, 0, TENANT_ERASE_END_DONE);
	if (*gone)
		log_info("farewell tenant=%d", tenant);
	return NULL;
}

/* Some of one tenant's rows; *more: it is not gone. */
static struct err *
erase(bool *more, struct db *db, struct arena *a, const struct settings *conf,
    int32_t tenant)
{
	int64_t end = env_mono() + SLICE;
	struct rows *r;
	struct err *e;
	bool gone;

	*more = true;
	do {
		if ((e = db_call(&r, db, a, &q_tenant_erase,
			 ARGS(A((int)tenant), A(ROWS)))) != NULL)
			return err_pass(e);
		if (rows_int(r, 0, TENANT_ERASE_ROWS) == 0) {
			e = part(&gone, db, a, conf, tenant);
			*more = false;
			return e != NULL ? err_pass(e) : NULL;
		}
	} while (env_mono() < end);
	return NULL;
}

struct err *
job_erase(struct db *db, struct arena *a, struct work *w)
{
	struct err *e, *last = NULL, kept = { 0 };
	struct rows *r;
	int i;

	if ((e = db_call(&r, db, a, &q_tenant_leaving, NO_ARGS)) != NULL)
		return err_pass(e);
	if (rows_count(r) > 0 && *w->conf->audit_keys == 0)
		return err_raise(ERR_REFUSED,
		    "No tenant leaves without a key that signs its farewell.",
		    "audit_keys is empty");
	for (i = 0; i < rows_count(r); i++) {
		struct arena *own = arena_new();
		bool more = false;

		e = erase(&more, db, own, w->conf,
		    (int32_t)rows_int(r, i, TENANT_LEAVING_TENANT_ID));
		w->more |= more && e == NULL;
		arena_free(own);
		if (e != NULL) { /* the others go on */
			last = e;
			kept = err_keep();
		}
	}
	if (last == NULL)
		return NULL;
	err_restore(&kept);
	return err_pass(last);
}
