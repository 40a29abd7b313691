/*
 * doctor: is this instance as it should be?  A line for each thing that was
 * looked at: "ok", "warn" or "fail", what, and what is to be done.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/env.h"
#include "db/migrate.h"
#include "fluxctl/fluxctl.h"
#include "query.h"
#include "trust/x509.h"

#define OLD_KEY (400 * CLOCK_DAY)
#define CERT_SOON (14 * CLOCK_DAY)
#define CLOCK_OFF (2 * CLOCK_S)

enum { OTHERS = 077, LITTLE = 20, HARDLY_ANY = 5 };

/* What the program's end says: the worst of all lines. */
enum health { FINE, WARN, FAIL };
static const char *const words[] = { "ok", "warn", "fail" };

static void say(struct ctl *, enum health, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

static void
say(struct ctl *c, enum health h, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)printf("%-4s ", words[h]);
	(void)vprintf(fmt, ap);
	(void)printf("\n");
	va_end(ap);
	if ((int)h > c->status)
		c->status = (int)h;
}

/* ---- the database ---- */

static void
look_migrations(struct ctl *c)
{
	const char *changed;
	struct err *e;
	int missing;

	e = migrate_look(&missing, &changed, c->arena, c->migrate_database,
	    c->sql);
	if (e != NULL)
		say(c, FAIL, "migrations - %s (%s)", e->say, e->why);
	else if (changed != NULL)
		say(c, FAIL,
		    "migration %s is not what had run - restore the file",
		    changed);
	else if (missing > 0)
		say(c, FAIL, "%d migrations have not run - fluxctl migrate",
		    missing);
	else
		say(c, FINE, "migrations are those of this version");
}

static void
look_database(struct ctl *c)
{
	struct rows *r;
	struct err *e;
	size_t k;
	int i;

	if ((e = db_call(&r, c->db, c->arena, &q_doctor_lines, NO_ARGS)) !=
	    NULL) {
		say(c, FAIL, "the database - %s (%s)", e->say, e->why);
		return;
	}
	for (i = 0; i < rows_count(r); i++) {
		const char *state = rows_text(r, i, DOCTOR_LINES_STATE);

		k = 0;
		while (k < FAIL && strcmp(words[k], state) != 0)
			k++;
		say(c, (enum health)k, "%s",
		    rows_text(r, i, DOCTOR_LINES_LINE));
	}
}

static void
look_clock(struct ctl *c)
{
	int64_t off;
	struct rows *r;
	struct err *e;

	if ((e = db_call(&r, c->db, c->arena, &q_doctor_now, NO_ARGS)) != NULL)
		return; /* somebody has said already that it is away */
	off = llabs(env_now() - rows_time(r, 0, DOCTOR_NOW_AT));
	if (off > CLOCK_OFF)
		say(c, WARN,
		    "the database's clock is %lld s off - set both by NTP",
		    (long long)(off / CLOCK_S));
	else
		say(c, FINE, "clocks agree");
}

/* ---- keys and certificates ---- */

/* A secret's file: there, for nobody else, and not too old. */
static void
look_key(struct ctl *c, const char *what, const char *path, const char *todo)
{
	struct stat st;

	if (*path == 0) {
		say(c, WARN, "%s: none is set up - see docs/operate.md", what);
		return;
	}
	if (stat(path, &st) != 0)
		say(c, FAIL, "%s %s - %s", what, path, strerror(errno));
	else if ((st.st_mode & OTHERS) != 0)
		say(c, FAIL, "%s %s can be read by others - chmod 600", what,
		    path);
	else if (env_now() - (int64_t)st.st_mtime * CLOCK_S > OLD_KEY)
		say(c, WARN, "%s is %s old - %s", what,
		    clock_age(c->arena,
			env_now() - (int64_t)st.st_mtime * CLOCK_S),
		    todo);
	else
		say(c, FINE, "%s", what);
}

/* The last by name of a folder of keys is the one that signs. */
static void
look_newest(struct ctl *c, const char *what, const char *folder,
    const char *todo)
{
	DIR *d = *folder != 0 ? opendir(folder) : NULL;
	const char *last = NULL;
	const struct dirent *f;

	while (d != NULL && (f = readdir(d)) != NULL)
		if (*f->d_name != '.' &&
		    (last == NULL || strcmp(f->d_name, last) > 0))
			last = arena_text(c->arena, f->d_name);
	if (d != NULL)
		(void)closedir(d);
	if (last == NULL)
		say(c, WARN,
		    "%s: there is none in \"%s\" - see "
		    "docs/operate.md",
		    what, folder);
	else
		look_key(c, what, arena_printf(c->arena, "%s/%s", folder, last),
		    todo);
}

/* The first certificate of a file; the others are those of its signers. */
static struct err *
read_cert(struct cert *cert, struct arena *a, const char *path)
{
	static const char end[] = "-----END CERTIFICATE-----";
	char *text = arena_alloc(a, CERT_PEM_MAX + 1), *stop;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, text, CERT_PEM_MAX) : -1;
	struct err *e;

	if (fd >= 0)
		(void)close(fd);
	if (n <= 0 || (stop = strstr(text, end)) == NULL)
		return err_raise(ERR_INPUT, "There is no certificate.",
		    "%s: %s", path, n < 0 ? strerror(errno) : "no PEM");
	stop[sizeof(end) - 1] = 0;
	e = cert_read(cert, a,
	    (struct bytes){ (const unsigned char *)text, strlen(text) });
	return e != NULL ? err_pass(e) : NULL;
}

static void
look_server(struct ctl *c)
{
	struct cert cert;
	struct err *e;

	if (*c->server_cert == 0)
		return;
	if ((e = read_cert(&cert, c->arena, c->server_cert)) != NULL)
		say(c, FAIL, "the server's certificate - %s (%s)", e->say,
		    e->why);
	else if (cert.till < env_now())
		say(c, FAIL, "the server's certificate ended %s - renew it",
		    clock_iso(c->arena, cert.till));
	else if (cert.till < env_now() + CERT_SOON)
		say(c, WARN, "the server's certificate ends %s - renew it",
		    clock_iso(c->arena, cert.till));
	else
		say(c, FINE, "the server's certificate holds until %s",
		    clock_iso(c->arena, cert.till));
}

/* ---- the machine ---- */

static void
look_disk(struct ctl *c)
{
	struct statvfs v;
	unsigned long free_;

	if (statvfs(c->archive, &v) != 0 || v.f_blocks == 0) {
		say(c, FAIL, "the archive's folder %s - %s", c->archive,
		    strerror(errno));
		return;
	}
	free_ = 100 * v.f_bavail / v.f_blocks;
	if (free_ < LITTLE)
		say(c, free_ < HARDLY_ANY ? FAIL : WARN,
		    "%lu %% of the disk is free - make room, or keep less: "
		    "fluxctl retention",
		    free_);
	else
		say(c, FINE, "%lu %% of the disk is free", free_);
}

struct err *
ctl_doctor(struct ctl *c)
{
	look_database(c);
	look_migrations(c);
	look_clock(c);
	look_key(c, "the master key", c->master_key, "fluxctl rekey master");
	look_key(c, "the key of request signatures", c->request_key,
	    "make another, and the keys that sign with it");
	look_newest(c, "the audit's key", c->audit_keys,
	    "add a newer one beside it");
	look_server(c);
	look_disk(c);
	return NULL;
}
