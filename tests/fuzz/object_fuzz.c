/*
 * Any bytes as a body of readings: objects that become readings at once give
 * what items give, also when they are known from before.
 * link: cgi-bin/ingest/reply.c
 */
#include "fuzz.h"

#include <string.h>

#include "tests/unit/object_same.h"

static const char *const seeds[] = {
	"[{\"sensorId\":\"A\",\"timestamp\":1763703600123,\"value\":45.7,"
	"\"unit\":\"°C\",\"quality\":98}]",
	"{\"readings\":[{\"sensor\":\"B\",\"ts\":\"2025-11-21T05:40:00Z\","
	"\"value\":-0.5,\"seq\":1},{\"value\":2,\"sensor\":\"B\"}],"
	"\"sent_at\":1763703600}",
	"[{\"device\":\"N1\",\"sensor\":\"temp\",\"tenant\":\"ours\","
	"\"value\":7,\"rev\":0,\"x\":\"y\",\"ok\":null}]",
	"{\"readings\":[{\"sensor\":\"B\",\"value\":1}]}\n"
	"{\"readings\":[{\"sensor\":\"B\",\"value\":1}]}",
};

enum { SEEDS = sizeof(seeds) / sizeof(*seeds) };

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	int i;

	(void)argc;
	(void)argv;
	for (i = 0; i < SEEDS; i++)
		seed_write(i, seeds[i], strlen(seeds[i]));
	return 0;
}

/* Somebody who has sent the seeds, and then these bytes twice. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena *a = arena_new();
	struct roster *roster = object_roster(a);
	struct bytes body = { p, n };
	const char *items = object_said(a, body, roster, false);
	int i;

	for (i = 0; i < SEEDS; i++)
		(void)object_said(a,
		    (struct bytes){ (const unsigned char *)seeds[i],
			strlen(seeds[i]) },
		    roster, true);
	CLAIM(strcmp(object_said(a, body, roster, true), items) == 0);
	CLAIM(strcmp(object_said(a, body, roster, true), items) == 0);
	arena_free(a);
	return 0;
}
