/*
 * fluxctl CONFIG COMMAND ... - what an operator does to an instance.
 * fluxctl --man | --completion - what it has to say of itself.
 */
#include "fluxctl/fluxctl.h"

#include <stdio.h>
#include <string.h>

#include "base/conf.h"
#include "base/log.h"
#include "fluxctl/manual.h"
#include "query.h"

enum { STATEMENT_MS = 60000 };

struct ctl_conf {
	const char *database, *migrate_database, *worker_database, *archive;
	const char *sql, *profiles, *master_key, *request_key, *audit_keys;
	const char *origin, *anchor, *index_key, *server_cert;
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
	    "folder of migrate/, policy.sql and grant.sql" },
	{ "profiles", CONF_TEXT, AT(profiles), NULL, 0, 0,
	    "folder of the device profiles" },
	{ "master_key", CONF_TEXT, AT(master_key), "", 0, 0,
	    "file of the key that wraps the tenants' keys" },
	{ "request_key", CONF_TEXT, AT(request_key), "", 0, 0,
	    "file of the key that seals secrets for request signatures" },
	{ "index_key", CONF_TEXT, AT(index_key), "", 0, 0,
	    "file of the key that addresses are looked up by" },
	{ "audit_keys", CONF_TEXT, AT(audit_keys), "", 0, 0,
	    "folder of the keys that sign the audit's head" },
	{ "anchor", CONF_TEXT, AT(anchor), "", 0, 0,
	    "folder that signed heads are kept in as well" },
	{ "origin", CONF_TEXT, AT(origin), "", 0, 0,
	    "where people reach us: scheme, host and port" },
	{ "server_cert", CONF_TEXT, AT(server_cert), "", 0, 0,
	    "file of the server's certificate, to see when it ends" },
#undef AT
	/* clang-format on */
};

static const struct ctl_command commands[] = {
	/* clang-format off */
	{ "migrate", ctl_migrate, 0, false, "[CELL]",
	    "Brings the schema and its policies to this version, in the cells "
	    "too, or in that cell only." },
	{ "tenant",  ctl_tenant,  1, false, "NAME [--platform]",
	    "Makes a tenant, with the roles that every tenant has; "
	    "--platform: its people may be given the platform's role." },
	{ "user",    ctl_user,    4, true,
	    "TENANT EMAIL NAME admin|operator|viewer",
	    "Makes a person, whose password is the first line of stdin." },
	{ "site",    ctl_site,    4, true,  "TENANT KEY NAME ZONE",
	    "Makes a site; ZONE is what its clocks show, as Europe/Berlin." },
	{ "asset",   ctl_asset,   5, true,  "TENANT SITE KEY NAME TYPE",
	    "Makes an asset, which devices measure." },
	{ "device",  ctl_device,  5, true,
	    "TENANT SITE KEY NAME PROFILE [--kind gateway] [--gateway KEY]\n"
	    "\t[--period SECONDS] [--poll-ms MS] [--modbus tcp:HOST:PORT:UNIT"
	    "|rtu_tcp:HOST:PORT:UNIT|rtu:TTY:BAUD[-8E1]:UNIT]\n"
	    "\t[--asset KEY] [--simulated]",
	    "Makes a device with the sensors of its profile; an empty PROFILE "
	    "has none." },
	{ "simulate", ctl_simulate, 6, true,
	    "TENANT SITE KEY PROFILE COUNT HOST:PORT",
	    "Makes COUNT simulated devices KEY-1 and on, which the simulator "
	    "plays as units 1 and on of that port, and prints the scenario "
	    "for it." },
	{ "key",     ctl_key,     3, true,
	    "TENANT DEVICE ingest|view|PERMISSION,... [--name NAME] [--days N]\n"
	    "\t[--nets NET,...] [--limits REQUESTS,READINGS] [--signed] [--short]",
	    "Makes an API key and prints it, this once; with --signed also the "
	    "secret that its requests are signed with; with --short it has 20 "
	    "characters, as ThingsBoard's forms take. The others say how long "
	    "it lives, where it comes from, how much it may send a minute." },
	{ "revoke",  ctl_revoke,  2, true,  "TENANT KEY_ID",
	    "Ends an API key from the next request on." },
	{ "poller",  ctl_poller,  1, true,  "TENANT",
	    "Lets the poller of this machine read the tenant's devices." },
	{ "history", ctl_history, 5, true,
	    "TENANT DEVICE FROM TO STEP_SECONDS",
	    "Gives a device a modelled past, for a demo." },
	{ "retention", ctl_retention, 1, true,
	    "TENANT [--dry-run | run | certificates | plan "
	    "basic|standard|premium\n\t| set raw|rollup|event METRIC "
	    "KEEP|forever [--archive] | unset CLASS METRIC]",
	    "Shows for how long data are kept, what would go now and what has "
	    "gone; changes the rules, or applies them now." },
	{ "archive", ctl_archive, 2, false,
	    "verify|restore FILE [--hold DAYS]",
	    "Judges a file that retention put away, or brings its readings "
	    "back and holds them, for 30 days unless told otherwise." },
	{ "meter",   ctl_meter,   3, true,
	    "TENANT DEVICE SENSOR [wrap VALUE|none | swap TIME LAST FIRST"
	    "\n\t| unswap TIME]",
	    "Shows or tells where a counter goes over the top, and when the "
	    "meter was exchanged: the old one's LAST value, the new one's "
	    "FIRST." },
	{ "virtual", ctl_virtual, 5, true,
	    "TENANT DEVICE SENSOR UNIT FORMULA",
	    "Makes a sensor whose values are computed from others of the "
	    "device, as when(dc > 5, ac / dc); an empty FORMULA ends that." },
	{ "quarantine", ctl_quarantine, 1, true, "TENANT",
	    "Lists the damaged bytes that were set aside, newest first." },
	{ "agent",   ctl_agent,   1, true,  "TENANT [release GATEWAY]",
	    "Lists the edge agents and when each was heard; with release, what "
	    "is behind a gateway whose agent is silent for a day is polled "
	    "from here again." },
	{ "permissions", ctl_permissions, 0, false, "",
	    "Lists the words that a role or a key may hold." },

	/* people */
	{ "reset",   ctl_reset,   2, true,  "TENANT EMAIL",
	    "Prints a link with which a person sets a new password, once." },
	{ "session", ctl_session, 3, true,  "TENANT end|unfactor EMAIL",
	    "Ends all sessions of a person, or takes the second factor away." },

	/* roles */
	{ "role",    ctl_role,    2, true,
	    "TENANT list | put NAME PERMISSION,... | drop NAME\n"
	    "\t| give EMAIL ROLE [ASSET] | take EMAIL ROLE [ASSET]",
	    "Lists, makes, changes and drops roles, and says who holds them: "
	    "below an ASSET, or in the whole tenant." },
	{ "invite",  ctl_invite,  4, true,
	    "TENANT EMAIL NAME ROLE [ASSET]",
	    "Makes a person and prints the link to set a password with, once." },

	/* keys and limits */
	{ "rotate",  ctl_rotate,  2, true,  "TENANT KEY_ID",
	    "Prints a key's successor; the old one ends a week after the new "
	    "one is used first." },
	{ "limits",  ctl_limits,  1, true,
	    "TENANT [KEY_ID|all REQUESTS READINGS]",
	    "Shows or sets how much a key, or all of the tenant together, may "
	    "send a minute; 0 is no limit." },
	{ "quota",   ctl_quota,   1, true,
	    "TENANT [readings_day|devices|users|bytes|simulated MOST|none]",
	    "Shows what is used of the quotas, or sets one; bytes are a "
	    "day's, simulated are devices beside the others." },

	/* enrolment */
	{ "ca",      ctl_ca,      1, true,
	    "TENANT [list | make | trust FILE | retire NUMBER]",
	    "Lists and makes the tenant's own authorities for certificates of "
	    "devices, trusts a maker's, or lets one sign no more." },
	{ "cert",    ctl_cert,    2, true,
	    "TENANT list | end NUMBER | issue DEVICE CSR | add DEVICE FILE",
	    "Lists and ends certificates of devices; signs a request, or adds "
	    "one that was signed elsewhere." },
	{ "claim",   ctl_claim,   2, true,  "TENANT DEVICE [--expect]",
	    "Prints the address of a device's label, this once; with --expect "
	    "it comes with its maker's certificate instead." },

	/* trace */
	{ "audit",   ctl_audit,   1, false,
	    "list|export|verify|head TENANT | verify FILE\n"
	    "\t[--act WORD] [--object NAME] [--user ID] [--since TIME] "
	    "[--till TIME]\n\t[--limit N] [--anchor FOLDER]",
	    "Shows what was done and by whom, writes it out as lines of JSON, "
	    "says whether the chain is whole, or shows its signed head." },

	/* secrets */
	{ "seal",    ctl_seal,    0, false, "[TENANT]",
	    "Says whether every tenant's keys open, and seals addresses that "
	    "stand in clear; with a tenant, makes its key when there is "
	    "none." },
	{ "rekey",   ctl_rekey,   1, false,
	    "tenant TENANT | master | forget | index",
	    "Seals a tenant's secrets anew under a new key, or wraps all keys "
	    "under a new master key; forget drops the old master keys; index "
	    "looks people up by a new key." },
	{ "shred",   ctl_shred,   1, false, "TENANT --yes",
	    "Destroys the tenant's keys, and with them what they sealed, for "
	    "good." },

	/* sign-in */
	{ "oidc",    ctl_oidc,    2, true,
	    "TENANT show | put NAME ISSUER CLIENT [--claim NAME] [--create]\n"
	    "\t[--group NAME=ROLE ...] | drop",
	    "Shows, sets up or removes the provider by which people sign in; "
	    "its secret for us is the first line of stdin, or stays when that "
	    "is empty." },

	/* tenants */
	{ "suspend", ctl_suspend, 1, true,  "TENANT",
	    "Lets nobody of the tenant in from the next request on; what is "
	    "stored stays." },
	{ "resume",  ctl_resume,  1, true,  "TENANT",
	    "Lets them in again; a tenant that was to be erased stays." },
	{ "export",  ctl_export,  2, false, "TENANT FILE",
	    "Writes everything of the tenant into a tar file, with a signed "
	    "list of what is in it; secrets are not." },
	{ "drop",    ctl_drop,    1, true,  "TENANT --yes [--days DAYS]",
	    "Suspends the tenant, and has the worker erase all of it after so "
	    "many days, 30 unless told otherwise." },
	{ "doctor",  ctl_doctor,  0, false, "",
	    "Looks whether all is as it should be: schema, grants, keys, "
	    "certificates, disk, the worker. Ends with 1 for a warning, 2 for "
	    "a fault." },
	{ "farewell", ctl_farewell, 0, false, "[NUMBER]",
	    "Shows what is left of tenants that were erased, and whether it "
	    "is what we signed." },
	{ "move",    ctl_move,    2, false, "TENANT CELL|home",
	    "Brings all of a tenant into the database that cells.conf names, "
	    "or home again; others notice nothing. When it was broken off, "
	    "run it again, or the other way." },
	/* clang-format on */
};

enum {
	COMMANDS = sizeof(commands) / sizeof(*commands),
	KEYS = sizeof(keys) / sizeof(*keys)
};

static const struct manual manual = { commands, COMMANDS, keys, KEYS };

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

/* What is wrong with the words for this command, or with its name. */
static int
usage(size_t wanted)
{
	size_t i;

	if (wanted < COMMANDS) {
		(void)fprintf(stderr, "usage: fluxctl CONFIG %s %s\n%s\n",
		    commands[wanted].name, commands[wanted].usage,
		    commands[wanted].does);
		return 2;
	}
	(void)fprintf(stderr, "usage: fluxctl CONFIG COMMAND ...\n");
	for (i = 0; i < COMMANDS; i++)
		(void)fprintf(stderr, "  %s %s\n", commands[i].name,
		    commands[i].usage);
	(void)fprintf(stderr, "fluxctl --man | man -l -\n");
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
	if (c->tx != NULL && (e = ctl_note(c, commands[i].name)) != NULL) {
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
	struct ctl c = { 0 };
	struct ctl_conf conf;
	struct err *e;
	size_t i;

	log_name("fluxctl");
	if (argc == 2 && manual_print(&manual, argv[1]))
		return 0;
	if (argc < 3)
		return usage(COMMANDS);
	c.args = argv + 3;
	c.n = argc - 3;
	for (i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].name, argv[2]) == 0)
			break;
	if (i == COMMANDS || c.n < commands[i].least)
		return usage(i);
	c.arena = arena_new();
	if ((e = conf_read(&conf, c.arena, argv[1], keys, KEYS)) == NULL) {
		c.db = db_open(conf.database);
		db_patience(c.db, STATEMENT_MS);
		c.migrate_database = conf.migrate_database;
		c.worker_database = conf.worker_database;
		c.archive = conf.archive;
		c.sql = conf.sql;
		c.profiles = conf.profiles;
		c.master_key = conf.master_key;
		c.request_key = conf.request_key;
		c.index_key = conf.index_key;
		c.audit_keys = conf.audit_keys;
		c.anchor = conf.anchor;
		c.origin = conf.origin;
		c.server_cert = conf.server_cert;
		e = run(&c, i);
	}
	if (e != NULL)
		(void)fprintf(stderr, "fluxctl: %s (%s; %s)\n", e->say, e->why,
		    e->trace);
	db_close(c.db);
	arena_free(c.arena);
	return e != NULL ? 1 : c.status;
}
