/*
 * agent_test.c - what an edge agent tells of units and of commands, when the
 * server does not take all of it.
 *
 * link: poller/sink_agent.c
 * link: poller/journal.c
 * link: poller/segment.c
 * link: poller/health.c
 * link: poller/errand.c
 * link: poller/orders.c
 * link: poller/command.c
 */
#include "../../poller/sink_https.h"

#include "../../poller/health.h"
#include "folder_scene.h"

enum { UNITS = 400, CHUNK = 150 };

static const enum err_kind *says; /* to each question; ERR_KINDS: it takes it */
static int asked;

struct err *
https_post(struct https *to, struct arena *a, struct call *c, const char *type,
    struct bytes plain)
{
	(void)to, (void)a, (void)c, (void)type, (void)plain;
	if (says[asked++] == ERR_KINDS)
		return NULL;
	return err_raise(says[asked - 1], "No.", "question %d", asked);
}

static const struct {
	enum err_kind says[3];
	int asked, error; /* the question that failed; 0: none */
	bool told[3];
} rows[] = {
	/* clang-format off */
	{ { ERR_KINDS, ERR_KINDS, ERR_KINDS }, 3, 0, { true, true, true } },
	{ { ERR_KINDS, ERR_BUSY, ERR_KINDS }, 2, 2, { true, false, false } },
	{ { ERR_KINDS, ERR_INPUT, ERR_KINDS }, 3, 2, { true, false, true } },
	{ { ERR_INPUT, ERR_INPUT, ERR_KINDS }, 3, 2, { false, false, true } },
	{ { ERR_INPUT, ERR_LOGIN, ERR_KINDS }, 2, 2, { false, false, false } },
	/* clang-format on */
};

TEST(units_that_were_taken_down_are_told_whatever_comes_of_the_others)
{
	size_t i, k;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct arena *a = arena_new();
		struct unit_report *v = arena_array(a, UNITS, sizeof(*v));
		struct https to = { .commands = NULL };
		char why[16];
		struct err *e;

		for (k = 0; k < UNITS; k++)
			v[k].remark = "";
		says = rows[i].says;
		asked = 0;
		e = agent_health(&to.sink, a, v, UNITS, 0);
		CHECK(asked == rows[i].asked);
		(void)snprintf(why, sizeof(why), "question %d", rows[i].error);
		CHECK((e != NULL) == (rows[i].error > 0));
		CHECK(e == NULL || strcmp(e->why, why) == 0);
		for (k = 0; k < UNITS; k++)
			if (v[k].told != rows[i].told[k / CHUNK])
				break;
		CHECK(k == UNITS);
		arena_free(a);
	}
}

TEST(what_became_of_a_command_is_on_disk_while_nobody_hears_it)
{
	struct task t = { .id = 7, .fate = COMMAND_VERIFIED, .read_back = 5 };
	struct https to = { .commands = NULL };
	struct journal *later;

	begin();
	to.commands = commands_new(arena, false);
	to.journal = journal_open(arena, dir);
	CHECK(journal_add(to.journal, 7));
	CHECK(journal_save(to.journal, scratch) == NULL);
	commands_tell(to.commands, &t);
	agent_keep(&to.sink, scratch);
	later = journal_open(arena, dir);
	CHECK(later->n == 1 && later->v[0].fate == COMMAND_VERIFIED);
	CHECK(later->v[0].read_back == 5 && !later->v[0].told);
	end();
}
