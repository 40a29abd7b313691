/*
 * command_test.c - what became of commands, on its way back.
 *
 * link: poller/command.c
 */
#include "../../poller/command.h"

#include "check.h"

static const struct hold nobody = { .n = 0 }, one = { .tenant = { 1 }, .n = 1 };

TEST(news_of_who_is_held_stay_in_their_order)
{
	struct arena *a = arena_new();
	struct commands *c = commands_new(a, false);
	struct task t = { .id = 1, .tenant = 1 };

	for (; t.id <= 4; t.id++, t.tenant = t.id == 3 ? 2 : 1)
		commands_tell(c, &t);
	CHECK(commands_news(&t, c, &nobody) && t.id == 1);
	commands_keep(c, &t);
	CHECK(commands_news(&t, c, &one) && t.id == 3);
	CHECK(!commands_news(&t, c, &one));
	CHECK(commands_news(&t, c, &nobody) && t.id == 1);
	CHECK(commands_news(&t, c, &nobody) && t.id == 2);
	arena_free(a);
}

TEST(what_cannot_be_said_goes_first_when_there_is_no_room)
{
	struct arena *a = arena_new();
	struct commands *c = commands_new(a, false);
	struct task t = { .tenant = 1 }, first;

	for (t.id = 0; t.id < COMMANDS_MAX; t.id++)
		commands_tell(c, &t);
	CHECK(commands_news(&first, c, &nobody) && first.id == 0);
	commands_tell(c, &t);
	commands_keep(c, &first);
	for (t.id = 1; t.id <= COMMANDS_MAX; t.id++)
		CHECK(commands_news(&first, c, &nobody) && first.id == t.id);
	CHECK(!commands_news(&first, c, &nobody));
	arena_free(a);
}
