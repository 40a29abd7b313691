/*
 * fluxctl.h - the operator's tool: a table of commands, one function each.
 */
#ifndef FLUXCTL_FLUXCTL_H
#define FLUXCTL_FLUXCTL_H

#include "db/db.h"

struct ctl {
	struct arena *arena;
	struct db *db;
	const char *migrate_database;
	const char *worker_database;
	const char *archive; /* folder */
	const char *sql;
	const char *profiles;
	struct tx *tx; /* of the tenant named in args[0], where there is one */
	char **args;   /* behind the command's name, up to NULL */
	int n;
};

typedef struct err *command(struct ctl *);

command ctl_migrate;
command ctl_tenant;
command ctl_user;
command ctl_site;
command ctl_asset;
command ctl_device;
command ctl_key;
command ctl_revoke;
command ctl_poller;
command ctl_history;
command ctl_retention;
command ctl_archive;

/* The value behind "--name" among the arguments, or the fallback. */
const char *ctl_option(const struct ctl *, const char *name,
    const char *fallback);
bool ctl_flag(const struct ctl *, const char *name);

/* Begin ctl->tx as the tenant of that name. */
struct err *ctl_enter(struct ctl *, const char *tenant) MUST_CHECK;

#endif
