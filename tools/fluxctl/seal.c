/* seal, rekey, shred: the keys that seal what a tenant keeps secret. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/env.h"
#include "base/hex.h"
#include "fluxctl/address.h"
#include "model/datakey.h"
#include "query.h"

enum {
	AT_ONCE = 100, /* values that are sealed anew in one go */
	MASTER_TEXT = 512,
	LINE = 2 * SEAL_KEY + 1 /* of a key's file */
};

static struct err *
master(struct seal_master **m, struct ctl *c)
{
	struct err *e;

	if ((e = seal_master_load(m, c->arena, c->master_key)) != NULL)
		return err_pass(e);
	return NULL;
}

/* One line for the whole list of a tenant's keys. */
static struct err *
show(struct ctl *c, const char *tenant)
{
	struct seal_master *m;
	struct seal_key *k;
	struct rows *r;
	struct err *e;

	if ((e = ctl_enter(c, tenant)) != NULL || (e = master(&m, c)) != NULL ||
	    (e = datakey_of(&k, c->tx, m)) != NULL ||
	    (e = tx_rows(&r, c->tx, &q_datakey_otherwise,
		 ARGS(A((int)k->id), A(AT_ONCE)))) != NULL)
		return err_pass(e);
	(void)printf("key %d of %s", (int)k->id, tenant);
	if (k->older != NULL)
		(void)printf(", older ones still open");
	if (rows_count(r) > 0)
		(void)printf(", and are needed");
	(void)printf("\n");
	return NULL;
}

/* How many of the keys that one database has open; all must. */
static struct err *
count_open(int *n, struct ctl *c, struct db *db, const struct seal_master *m)
{
	struct seal_key *k;
	struct rows *r;
	struct err *e;
	int i;

	if ((e = db_call(&r, db, c->arena, &q_datakey_all, NO_ARGS)) != NULL)
		return err_pass(e);
	for (i = 0; i < rows_count(r); i++, (*n)++)
		if ((e = seal_unwrap(&k, c->arena, m,
			 (int32_t)rows_int(r, i, DATAKEY_ALL_TENANT_ID),
			 (int32_t)rows_int(r, i, DATAKEY_ALL_KEY_ID),
			 rows_bytes(r, i, DATAKEY_ALL_WRAPPED))) != NULL)
			return err_pass(e);
	return NULL;
}

/*
 * seal [TENANT]: that the keys are there, and that the master key fits; what
 * stood in clear before there were addresses that are sealed.
 */
struct err *
ctl_seal(struct ctl *c)
{
	struct seal_master *m;
	struct db *db = c->db;
	struct err *e;
	size_t i = 0;
	int n = 0;

	if (c->n > 0)
		return show(c, c->args[0]);
	if ((e = master(&m, c)) != NULL)
		return err_pass(e);
	for (; db != NULL; db = db_cell(c->db, i++))
		if ((e = count_open(&n, c, db, m)) != NULL)
			return err_pass(e);
	(void)printf("%d keys, all open\n", n);
	if ((e = addresses_do(&n, c, ADDRESS_CONVERT)) != NULL)
		return err_pass(e);
	if (n > 0)
		(void)printf("%d addresses sealed\n", n);
	return NULL;
}

/* Seal one value under the newest key, wherever it stands. */
static struct err *
again(struct ctl *c, const struct seal_key *k, const struct rows *r, int i)
{
	struct bytes old = rows_bytes(r, i, DATAKEY_OTHERWISE_SEALED);
	const char *place = rows_text(r, i, DATAKEY_OTHERWISE_PLACE);
	const char *relation = rows_text(r, i, DATAKEY_OTHERWISE_RELATION);
	struct bytes plain, new;
	struct err *e;

	if ((e = seal_get(&plain, c->arena, k, old, place)) != NULL ||
	    (e = seal_put(&new, c->arena, k, plain, place)) != NULL ||
	    (e = tx_send(c->tx, &q_datakey_replace,
		 ARGS(A(relation), A(old), A(new)))) != NULL)
		return err_pass(e);
	return NULL;
}

static struct err *
all_again(size_t *n, struct ctl *c, const struct seal_key *k)
{
	struct rows *r;
	struct err *e;
	int i;

	*n = 0;
	do {
		if ((e = tx_rows(&r, c->tx, &q_datakey_otherwise,
			 ARGS(A((int)k->id), A(AT_ONCE)))) != NULL)
			return err_pass(e);
		for (i = 0; i < rows_count(r); i++)
			if ((e = again(c, k, r, i)) != NULL)
				return err_pass(e);
		*n += (size_t)rows_count(r);
	} while (rows_count(r) > 0);
	return NULL;
}

/* A new key, everything under it, the old ones destroyed: all or nothing. */
static struct err *
rekey_tenant(struct ctl *c, const char *tenant)
{
	struct seal_key *old, *new;
	struct seal_master *m;
	struct bytes wrapped;
	struct rows *r;
	struct err *e;
	size_t n;

	if ((e = ctl_enter(c, tenant)) != NULL || (e = master(&m, c)) != NULL ||
	    (e = datakey_of(&old, c->tx, m)) != NULL)
		return err_pass(e);
	new = seal_key_new(c->arena, old->tenant, old->id + 1);
	new->older = old;
	if ((e = seal_wrap(&wrapped, c->arena, m, new)) != NULL ||
	    (e = tx_send(c->tx, &q_datakey_next,
		 ARGS(A((int)new->id), A(wrapped)))) != NULL ||
	    (e = all_again(&n, c, new)) != NULL ||
	    (e = tx_rows(&r, c->tx, &q_datakey_forget, NO_ARGS)) != NULL)
		return err_pass(e);
	(void)printf("key %d of %s, %zu values sealed anew\n", (int)new->id,
	    tenant, n);
	return NULL;
}

static struct err *
not_written(const char *path)
{
	return err_raise(ERR_BUG, "The key cannot be written.", "%s: %s", path,
	    strerror(errno));
}

/* The new name of a file is there after a loss of power, too. */
static bool
settle_folder(const char *path)
{
	char folder[PATH_MAX];
	char *end;
	bool ok;
	int fd;

	(void)snprintf(folder, sizeof(folder), "%s", path);
	end = strrchr(folder, '/');
	if (end != NULL)
		end[1] = 0;
	fd = open(end != NULL ? folder : ".",
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ok = fd >= 0 && fsync(fd) == 0;
	if (fd >= 0)
		(void)close(fd);
	return ok;
}

/*
 * Another text in the key's file; there is always a whole one, and it
 * stays the daemons', whoever runs this.
 */
static struct err *
replace_file(const char *path, const char *text)
{
	char new[PATH_MAX];
	struct stat old;
	bool ok;
	int fd;

	if (stat(path, &old) != 0)
		return not_written(path);
	(void)snprintf(new, sizeof(new), "%s.new", path);
	fd = open(new, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0)
		return not_written(new);
	ok = write(fd, text, strlen(text)) == (ssize_t)strlen(text) &&
	     fchown(fd, old.st_uid, old.st_gid) == 0 && fsync(fd) == 0;
	ok = close(fd) == 0 && ok;
	if (!ok || rename(new, path) != 0)
		return not_written(new);
	if (!settle_folder(path))
		return not_written(path);
	return NULL;
}

/* All of the file, for who is about to write it again. */
static struct err *
read_master(char text[MASTER_TEXT], struct ctl *c)
{
	FILE *f = fopen(c->master_key, "re");
	size_t n;

	if (f == NULL)
		return err_raise(ERR_BUG, "The master key cannot be read.",
		    "%s: %s", c->master_key, strerror(errno));
	n = fread(text, 1, MASTER_TEXT - 1, f);
	text[n] = 0;
	(void)fclose(f);
	return NULL;
}

/* Those of one database. */
static struct err *
rewrap_at(int *n, struct ctl *c, struct db *db, const struct seal_master *m)
{
	struct bytes old, new;
	struct seal_key *k;
	struct rows *r, *done;
	struct err *e;
	int i;

	if ((e = db_call(&r, db, c->arena, &q_datakey_all, NO_ARGS)) != NULL)
		return err_pass(e);
	for (i = 0; i < rows_count(r); i++) {
		int tenant = (int)rows_int(r, i, DATAKEY_ALL_TENANT_ID);
		int id = (int)rows_int(r, i, DATAKEY_ALL_KEY_ID);

		old = rows_bytes(r, i, DATAKEY_ALL_WRAPPED);
		if (seal_wrapped_now(m, old))
			continue;
		if ((e = seal_unwrap(&k, c->arena, m, tenant, id, old)) !=
			NULL ||
		    (e = seal_wrap(&new, c->arena, m, k)) != NULL ||
		    (e = db_call(&done, db, c->arena, &q_datakey_rewrap,
			 ARGS(A(tenant), A(id), A(old), A(new)))) != NULL)
			return err_pass(e);
		(*n)++;
	}
	return NULL;
}

/* Wrap every key under the first line; what cannot be opened stops it. */
static struct err *
rewrap(int *n, struct ctl *c)
{
	struct seal_master *m;
	struct db *db = c->db;
	struct err *e;
	size_t i = 0;

	*n = 0;
	if ((e = master(&m, c)) != NULL)
		return err_pass(e);
	for (; db != NULL; db = db_cell(c->db, i++))
		if ((e = rewrap_at(n, c, db, m)) != NULL)
			return err_pass(e);
	return NULL;
}

/* The line of a new key. */
static void
new_line(char text[LINE + 1])
{
	unsigned char key[SEAL_KEY];

	env_get()->random(key, sizeof(key));
	hex_write(text, key, sizeof(key));
	(void)snprintf(text + LINE - 1, 2, "\n");
	OPENSSL_cleanse(key, sizeof(key));
}

/* A new first line; the old ones stay, for who has read the file before. */
static struct err *
rekey_master(struct ctl *c)
{
	char text[MASTER_TEXT], both[2 * MASTER_TEXT];
	struct seal_master *m;
	struct err *e;
	int wrapped;

	if ((e = read_master(text, c)) != NULL)
		return err_pass(e);
	new_line(both);
	(void)snprintf(both + LINE, sizeof(both) - LINE, "%s", text);
	e = seal_master_read(&m, c->arena,
	    (struct bytes){ (const unsigned char *)both, strlen(both) });
	if (e == NULL)
		e = replace_file(c->master_key, both);
	OPENSSL_cleanse(text, sizeof(text));
	OPENSSL_cleanse(both, sizeof(both));
	if (e != NULL || (e = rewrap(&wrapped, c)) != NULL)
		return err_pass(e);
	(void)printf("%d keys wrapped anew; \"rekey forget\" destroys the old "
		     "master key\n",
	    wrapped);
	return NULL;
}

/* Only the first line is left, once nothing needs the others. */
static struct err *
rekey_forget(struct ctl *c)
{
	char text[MASTER_TEXT];
	struct err *e;
	size_t first;
	int wrapped;

	if ((e = rewrap(&wrapped, c)) != NULL ||
	    (e = read_master(text, c)) != NULL)
		return err_pass(e);
	first = strcspn(text, "\n");
	if (text[first] != 0)
		text[first + 1] = 0;
	e = replace_file(c->master_key, text);
	OPENSSL_cleanse(text, sizeof(text));
	if (e != NULL)
		return err_pass(e);
	(void)printf("one master key is left\n");
	return NULL;
}

/*
 * Another key for indexes, and every address under it.  What does not open
 * stops it before anything has changed; broken off, it is done once more.
 */
static struct err *
rekey_index(struct ctl *c)
{
	char text[LINE + 1];
	struct err *e;
	int n;

	if ((e = addresses_do(&n, c, ADDRESS_TRY)) != NULL)
		return err_pass(e);
	new_line(text);
	e = replace_file(c->index_key, text);
	OPENSSL_cleanse(text, sizeof(text));
	if (e != NULL || (e = addresses_do(&n, c, ADDRESS_INDEX)) != NULL)
		return err_pass(e);
	(void)printf("%d people are looked up by a new key\n", n);
	return NULL;
}

struct err *
ctl_rekey(struct ctl *c)
{
	const char *what = c->args[0];

	if (strcmp(what, "tenant") == 0 && c->n > 1)
		return rekey_tenant(c, c->args[1]);
	if (strcmp(what, "master") == 0)
		return rekey_master(c);
	if (strcmp(what, "forget") == 0)
		return rekey_forget(c);
	if (strcmp(what, "index") == 0)
		return rekey_index(c);
	return err_raise(ERR_INPUT,
	    "rekey tenant TENANT, master, forget or index.", "rekey %s", what);
}

/* shred TENANT: nothing that its keys have sealed opens again. */
struct err *
ctl_shred(struct ctl *c)
{
	struct rows *r;
	struct err *e;

	if (!ctl_flag(c, "--yes"))
		return err_raise(ERR_INPUT,
		    "This cannot be undone; say --yes behind the name.",
		    "shred %s", c->args[0]);
	if ((e = ctl_enter(c, c->args[0])) != NULL ||
	    (e = tx_rows(&r, c->tx, &q_datakey_shred, NO_ARGS)) != NULL)
		return err_pass(e);
	(void)printf("%lld keys destroyed\n",
	    (long long)rows_int(r, 0, DATAKEY_SHRED_DESTROYED));
	return NULL;
}
