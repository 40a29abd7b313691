/*
 * fluxctl CONFIG COMMAND ... - what an operator does to an instance.
 */
#include "fluxctl/fluxctl.h"

#include <stdio.h>
#include <string.h>

#include "base/conf.h"
#include "base/log.h"
#include "query.h"

enum { STATEMENT_MS = 60000 };

struct ctl_conf {
	const char *database, *migrate_database, *worker_database, *archive;
	const char *sql, *profiles;
};

static const struct conf_key keys[] = {
/* clang-format off */
#define AT(member) offsetof(struct ctl_conf, member)
	{ "database", CONF_TEXT, AT(database), NULL, 0, 0,
	    "how to reach Postgres as fl_admin" },
	{ "migrate_database", CONF_TEXT, AT(migrate_database), NULL, 0, 0,
	    "the same as fl_migrator" },
	{ "worker_database", CONF_TEXT, AT(worker_database), NULL, 0, 0,
	    "the same as fl_worker, who alone may delete" },
	{ "archive", CONF_TEXT, AT(archive), NULL, 0, 0,
	    "folder of what retention puts away" },
	{ "sql", CONF_TEXT, AT(sql), NULL, 0, 0,
	    "folder of migrate/ and policy.sql" },
	{ "profiles", CONF_TEXT, AT(profiles), NULL, 0, 0,
	    "folder of the device profiles" },
#undef AT
	/* clang-format on */
};

/* in_tenant: args[0] names a tenant, and ctl->tx is its transaction. */
static const struct {
	const char *name;
	command *run;
	int least;
	bool in_tenant;
	const char *usage;
} commands[] = {
	/* clang-format off */
	{ "migrate", ctl_migrate, 0, false, "" },
	{ "tenant",  ctl_tenant,  1, false, "NAME" },
	{ "user",    ctl_user,    4, true,
	    "TENANT EMAIL NAME admin|operator|viewer  (password on stdin)" },
	{ "site",    ctl_site,    4, true,  "TENANT KEY NAME ZONE" },
	{ "asset",   ctl_asset,   5, true,  "TENANT SITE KEY NAME TYPE" },
	{ "device",  ctl_device,  5, true,
	    "TENANT SITE KEY NAME PROFILE [--kind gateway] [--gateway KEY]\n"
	    "\t[--period SECONDS] [--poll-ms MS] [--modbus tcp:HOST:PORT:UNIT"
	    "|rtu:TTY:BAUD:UNIT]\n\t[--asset KEY] [--simulated]" },
	{ "key",     ctl_key,     3, true,
	    "TENANT DEVICE ingest|view|ingest,view" },
	{ "revoke",  ctl_revoke,  2, true,  "TENANT KEY_ID" },
	{ "poller",  ctl_poller,  1, true,  "TENANT" },
	{ "history", ctl_history, 5, true,
	    "TENANT DEVICE FROM TO STEP_SECONDS" },
	{ "retention", ctl_retention, 1, true,
	    "TENANT [--dry-run | run | certificates | plan "
	    "basic|standard|premium\n\t| set raw|rollup|event METRIC "
	    "KEEP|forever [--archive] | unset CLASS METRIC]" },
	{ "archive", ctl_archive, 2, false,
	    "verify|restore FILE [--hold DAYS]" },
	/* clang-format on */
};

enum { COMMANDS = sizeof(commands) / sizeof(*commands) };

const char *
ctl_option(const struct ctl *c, const char *name, const char *fallback)
{
	int i;

	for (i = 0; i + 1 < c->n; i++)
		if (strcmp(c->args[i], name) == 0)
			return c->args[i + 1];
	return fallback;
}

bool
ctl_flag(const struct ctl *c, const char *name)
{
	int i;

	for (i = 0; i < c->n; i++)
		if (strcmp(c->args[i], name) == 0)
			return true;
	return false;
}

struct err *
ctl_enter(struct ctl *c, const char *tenant)
{
	struct gate g = { .kind = GATE_ADMIN };
	struct rows *r;
	struct err *e;

	if ((e = db_call(&r, c->db, c->arena, &q_admin_tenant_find,
		 ARGS(A(tenant)))) != NULL)
		return err_pass(e);
	if (rows_null(r, 0, ADMIN_TENANT_FIND_TENANT_ID))
		return err_raise(ERR_MISSING,
		    "There is no tenant of that name.", "tenant \"%s\"",
		    tenant);
	g.tenant = (int32_t)rows_int(r, 0, ADMIN_TENANT_FIND_TENANT_ID);
	if ((e = tx_begin(&c->tx, c->db, c->arena, &g, TX_WRITE)) != NULL)
		return err_pass(e);
	return NULL;
}

static int
usage(void)
{
	size_t i;

	(void)fprintf(stderr, "usage: fluxctl CONFIG COMMAND ...\n");
	for (i = 0; i < COMMANDS; i++)
		(void)fprintf(stderr, "  %s %s\n", commands[i].name,
		    commands[i].usage);
	return 2;
}

static struct err *
run(struct ctl *c, size_t i)
{
	struct tx *tx;
	struct err *e;

	if (commands[i].in_tenant && (e = ctl_enter(c, c->args[0])) != NULL)
		return err_pass(e);
	if ((e = commands[i].run(c)) != NULL) {
		tx_rollback(c->tx);
		return err_pass(e);
	}
	if ((tx = c->tx) == NULL)
		return NULL;
	c->tx = NULL;
	if ((e = tx_commit(tx)) != NULL)
		return err_pass(e);
	return NULL;
}

int
main(int argc, char **argv)
{
	struct ctl c = { .arena = arena_new() };
	struct ctl_conf conf;
	struct err *e;
	size_t i;

	log_name("fluxctl");
	if (argc < 3)
		return usage();
	if ((e = conf_read(&conf, c.arena, argv[1], keys,
		 sizeof(keys) / sizeof(*keys))) == NULL) {
		c.db = db_open(conf.database);
		db_deadline(c.db, STATEMENT_MS);
		c.migrate_database = conf.migrate_database;
		c.worker_database = conf.worker_database;
		c.archive = conf.archive;
		c.sql = conf.sql;
		c.profiles = conf.profiles;
		c.args = argv + 3;
		c.n = argc - 3;
		for (i = 0; i < COMMANDS; i++)
			if (strcmp(commands[i].name, argv[2]) == 0)
				break;
		if (i == COMMANDS || c.n < commands[i].least)
			return usage();
		e = run(&c, i);
	}
	if (e != NULL)
		(void)fprintf(stderr, "fluxctl: %s (%s; %s)\n", e->say, e->why,
		    e->trace);
	db_close(c.db);
	arena_free(c.arena);
	return e != NULL;
}
