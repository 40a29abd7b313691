/*
 * Whatever message comes to a simulated device, what goes back is of the
 * function that was asked for and as long as it says, or an exception.
 *
 * link: simulator/answer.c
 * link: simulator/unit.c
 * link: simulator/play.c
 * link: simulator/step.c
 */
#include "fuzz.h"

#include <string.h>

#include "model/frame.h"
#include "simulator/answer.h"

static const char profile_json[] =
    "{\"fluxline_profile\": 1, \"id\": \"fuzz\", \"version\": \"1\", "
    "\"vendor\": \"x\", \"model\": \"x\", \"protocol\": \"modbus\", "
    "\"points\": ["
    "{\"key\": \"a\", \"address\": 0, \"type\": \"FLOAT32\"},"
    "{\"key\": \"b\", \"address\": 130, \"type\": \"UINT64\"},"
    "{\"key\": \"c\", \"address\": 0, \"type\": \"INT16\", "
    "\"register\": \"input\"},"
    "{\"key\": \"d\", \"address\": 40, \"type\": \"BIT\", "
    "\"register\": \"coil\"},"
    "{\"key\": \"e\", \"address\": 3, \"type\": \"BIT\", "
    "\"register\": \"discrete\"}], \"tests\": [{\"name\": \"one\", "
    "\"holding\": {\"0\": [17133, 0]}, \"expect\": {\"a\": 118.5}}]}";

static struct arena *kept;
static struct profile *profile;
static struct behaviour of[8];
static struct step steps[2] = {
	{ .deed = DEED_HOLES, .port = -1, .from = 20, .count = 3 },
	{ .deed = DEED_BLOCK, .port = -1, .by = 100 },
};

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const uint8_t seeds[][12] = {
		{ 3, 0, 0, 0, 2 },
		{ 1, 0, 0, 0, 40 },
		{ 16, 0, 1, 0, 1, 2, 1, 2 },
		{ 15, 0, 0, 0, 9, 2, 255, 1 },
		{ 5, 0, 3, 0xFF, 0 },
	};
	size_t i;

	(void)argc;
	(void)argv;
	kept = arena_new();
	CLAIM(profile_parse(&profile, kept, profile_json,
		  sizeof(profile_json) - 1) == NULL);
	for (i = 0; i < profile->n; i++)
		of[i] = model_behaviour("waves", 1, profile->points[i].key);
	for (i = 0; i < sizeof(seeds) / sizeof(*seeds); i++)
		seed_write((int)i, seeds[i], sizeof(seeds[i]));
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t n)
{
	static const struct play quiet = { .speed = 1 };
	struct play spoilt = { .speed = 1, .steps = steps, .n = 2 };
	struct arena *a = arena_new();
	struct unit u = { .id = 1,
		.profile = profile,
		.of = of,
		.every = 1,
		.hold = 1000000,
		.play = n % 2 == 0 ? &quiet : &spoilt,
		.arena = a };
	uint8_t out[MESSAGE_MAX];
	size_t got;

	if (n > 0 && n <= MESSAGE_MAX) {
		got = answer_make(out, &u, in, n);
		CLAIM(got >= 2 && got <= MESSAGE_MAX);
		if (out[0] == (in[0] | 0x80) && got == 2)
			CLAIM((out[1] >= 1 && out[1] <= 3) || out[1] == 6);
		else
			CLAIM(out[0] == in[0] && in[0] <= 16);
		if (out[0] == in[0] && in[0] <= 4)
			CLAIM(got == 2U + out[1]);
	}
	arena_free(a);
	return 0;
}
