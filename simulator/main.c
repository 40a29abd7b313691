/*
 * fluxline-simulator CONFIG - devices that do not exist, in real Modbus.
 */
#include <signal.h>
#include <stddef.h>

#include "base/conf.h"
#include "base/log.h"
#include "simulator/server.h"

struct simulator_conf {
	const char *scenario, *profiles;
};

static const struct conf_key keys[] = {
/* clang-format off */
#define AT(member) offsetof(struct simulator_conf, member)
	{ "scenario", CONF_TEXT, AT(scenario), NULL, 0, 0,
	    "JSON file: the units to play, see simulator/scenario.h" },
	{ "profiles", CONF_TEXT, AT(profiles), NULL, 0, 0,
	    "folder of the device profiles" },
#undef AT
	/* clang-format on */
};

static volatile sig_atomic_t stopping;

static void
on_term(int sig)
{
	(void)sig;
	stopping = 1;
}

int
main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_term };
	struct arena *arena = arena_new();
	struct simulator_conf conf;
	struct scenario play;
	struct err *e;

	log_name("simulator");
	conf_main(&conf, arena, argc, argv, keys, sizeof(keys) / sizeof(*keys));
	(void)sigaction(SIGTERM, &sa, NULL);
	(void)sigaction(SIGINT, &sa, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	if ((e = scenario_read(&play, arena, conf.scenario, conf.profiles)) !=
		NULL ||
	    (e = server_run(&play, arena, &stopping)) != NULL)
		log_err(e, "start");
	arena_free(arena);
	return e != NULL;
}
