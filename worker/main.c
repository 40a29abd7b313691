/*
 * The worker: moves readings from landing to where they are read.  Woken by a
 * datagram after a commit, and looking by itself every second.
 */
#include <unistd.h>

#include "base/conf.h"
#include "base/log.h"
#include "base/wake.h"
#include "worker/dispatch.h"

struct worker_conf {
	const char *database, *wake, *archive;
	int children, pack_readings, pack_age_s;
};

static const struct conf_key keys[] = {
/* clang-format off */
#define AT(member) offsetof(struct worker_conf, member)
	{ "database", CONF_TEXT, AT(database), NULL, 0, 0,
	    "how to reach Postgres" },
	{ "wake", CONF_TEXT, AT(wake), NULL, 0, 0,
	    "datagram socket to listen on" },
	{ "children", CONF_INT, AT(children), "3", 2, 64,
	    "processes that do the work" },
	{ "pack_readings", CONF_INT, AT(pack_readings), "4096", 1, 1000000,
	    "pack when there are so many a sensor" },
	{ "pack_age_s", CONF_INT, AT(pack_age_s), "600", 1, 86400,
	    "or when something is so old" },
	{ "archive", CONF_TEXT, AT(archive), NULL, 0, 0,
	    "folder of what retention puts away" },
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
	n = (struct nursery){
		.database = conf.database,
		.conf = { conf.pack_readings, conf.pack_age_s, conf.archive },
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
