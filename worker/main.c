/*
 * The worker: moves readings from landing to where they are read.  Woken by a
 * datagram after a commit, and looking by itself every second.
 */
#include <unistd.h>

#include "base/conf.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "base/stat.h"
#include "base/wake.h"
#include "worker/dispatch.h"

/* It sends mail, and keeps archives and anchors. */
enum { MAY = SANDBOX_INET | SANDBOX_FILES };

struct worker_conf {
	const char *database, *wake, *archive, *master_key, *audit_keys;
	const char *anchor, *origin, *smtp, *smtp_login, *smtp_ca, *mail_from;
	const char *exports, *spool, *state, *stat, *profiles;
	int children, pack_readings, pack_age_s, spool_mb;
};

static const struct conf_key keys[] = {
/* clang-format off */
#define AT(member) offsetof(struct worker_conf, member)
	{ "database", CONF_TEXT, AT(database), NULL, 0, 0,
	    "how to reach Postgres" },
	{ "wake", CONF_TEXT, AT(wake), NULL, 0, 0,
	    "datagram socket to listen on" },
	{ "children", CONF_INT, AT(children), "3", 2, CHILDREN_MAX,
	    "processes that do the work" },
	{ "pack_readings", CONF_INT, AT(pack_readings), "4096", 1, 1000000,
	    "pack when there are so many a sensor" },
	{ "pack_age_s", CONF_INT, AT(pack_age_s), "600", 1, 86400,
	    "or when something is so old" },
	{ "archive", CONF_TEXT, AT(archive), NULL, 0, 0,
	    "folder of what retention puts away" },
	{ "exports", CONF_TEXT, AT(exports), "", 0, 0,
	    "folder of what tenants take along" },
	{ "spool", CONF_TEXT, AT(spool), "", 0, 0,
	    "folder of bodies that came while the database was away" },
	{ "spool_mb", CONF_INT, AT(spool_mb), "1024", 1, 1048576,
	    "how much of them it holds; a tenant has a quarter" },
	{ "state", CONF_TEXT, AT(state), "", 0, 0,
	    "file in which the worker says how all of it is" },
	{ "profiles", CONF_TEXT, AT(profiles), "", 0, 0,
	    "folder of the device profiles" },
	{ "stat", CONF_TEXT, AT(stat), "", 0, 0,
	    "file of what all programs count" },
	{ "master_key", CONF_TEXT, AT(master_key), "", 0, 0,
	    "file of the key that wraps the tenants' keys" },
	{ "audit_keys", CONF_TEXT, AT(audit_keys), "", 0, 0,
	    "folder of the keys that sign the audit's head" },
	{ "anchor", CONF_TEXT, AT(anchor), "", 0, 0,
	    "folder that signed heads go to as well" },
	{ "origin", CONF_TEXT, AT(origin), "", 0, 0,
	    "where people reach us: scheme, host and port" },
	{ "smtp", CONF_TEXT, AT(smtp), "", 0, 0,
	    "server that takes our mail; empty: none is sent" },
	{ "smtp_login", CONF_TEXT, AT(smtp_login), "", 0, 0,
	    "file of our name and password there, a line each" },
	{ "smtp_ca", CONF_TEXT, AT(smtp_ca), "", 0, 0,
	    "file of the authorities to trust there; empty: the system's" },
	{ "mail_from", CONF_TEXT, AT(mail_from), "fluxline@localhost", 0, 0,
	    "sender of our mail" },
#undef AT
	/* clang-format on */
};

int
main(int argc, char **argv)
{
	struct arena *arena = arena_new();
	struct worker_conf conf;
	struct nursery n;
	struct err *e;

	log_name("worker");
	conf_main(&conf, arena, argc, argv, keys, sizeof(keys) / sizeof(*keys));
	sandbox_try(MAY, argc, argv);
	sandbox_enter(MAY);
	n = (struct nursery){
		.database = conf.database,
		.conf = { .pack_readings = conf.pack_readings,
		    .pack_age_s = conf.pack_age_s,
		    .archive = conf.archive,
		    .exports = conf.exports,
		    .spool = conf.spool,
		    .spool_mb = conf.spool_mb,
		    .wake = conf.wake,
		    .profiles = conf.profiles,
		    .state = conf.state,
		    .stats = stat_open(conf.stat),
		    .master_key = conf.master_key,
		    .audit_keys = conf.audit_keys,
		    .anchor = conf.anchor,
		    .origin = conf.origin,
		    .smtp = conf.smtp,
		    .smtp_login = conf.smtp_login,
		    .smtp_ca = conf.smtp_ca,
		    .mail_from = conf.mail_from },
		.child =
		    arena_array(arena, (size_t)conf.children, sizeof(*n.child)),
		.n = conf.children,
	};
	if ((e = wake_listen(&n.wake_fd, conf.wake)) != NULL) {
		log_err(e, "start");
		return 1;
	}
	log_info("working wake=%s children=%d", conf.wake, conf.children);
	dispatch(&n, arena);
	(void)unlink(conf.wake);
	arena_free(arena);
	return 0;
}
