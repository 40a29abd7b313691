/*
 * fluxline-simulator CONFIG - devices that do not exist, in real Modbus.
 */
#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>

#include "base/conf.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "simulator/server.h"

/* It listens, plays on serial lines, and writes down where it listens. */
enum { MAY = SANDBOX_INET | SANDBOX_FILES };

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

static void *
gateway_thread(void *what)
{
	gateway_run(what, &stopping);
	return NULL;
}

/* A thread for each gateway that posts; signals are the main one's. */
static pthread_t *
start_gateways(struct scenario *play, struct arena *a)
{
	pthread_t *v = arena_array(a, play->gateway_n + 1, sizeof(*v));
	sigset_t all, before;
	size_t i;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_BLOCK, &all, &before);
	for (i = 0; i < play->gateway_n; i++)
		if (pthread_create(&v[i], NULL, gateway_thread,
			&play->gateways[i]) != 0)
			play->gateway_n = i;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return v;
}

static struct err *
run(struct scenario *play, struct arena *a)
{
	pthread_t *threads;
	struct err *e;
	size_t i;

	play_begin(&play->play);
	threads = start_gateways(play, a);
	e = server_run(play, a, &stopping);
	stopping = 1;
	for (i = 0; i < play->gateway_n; i++)
		(void)pthread_join(threads[i], NULL);
	return e != NULL ? err_pass(e) : NULL;
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
	sandbox_try(MAY, argc, argv);
	sandbox_enter(MAY);
	(void)sigaction(SIGTERM, &sa, NULL);
	(void)sigaction(SIGINT, &sa, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)curl_global_init(CURL_GLOBAL_DEFAULT);
	if ((e = scenario_read(&play, arena, conf.scenario, conf.profiles)) !=
		NULL ||
	    (e = run(&play, arena)) != NULL)
		log_err(e, "start");
	arena_free(arena);
	return e != NULL;
}
