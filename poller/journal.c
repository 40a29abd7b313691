#include "journal.h"

#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/env.h"
#include "base/log.h"
#include "segment.h"

#define FILE_NAME "commands.json"

enum { RUN_BYTES = JOURNAL_RUN / 2 };

static struct entry *
find(struct journal *j, int64_t id)
{
	size_t i;

	for (i = 0; i < j->n; i++)
		if (j->v[i].id == id)
			return &j->v[i];
	return NULL;
}

/* It was in hand, and whoever had it is gone. */
static void
orphan(struct entry *e)
{
	if (e->fate != COMMAND_TAKEN && e->fate != COMMAND_ACKNOWLEDGED)
		return;
	(void)snprintf(e->why, sizeof(e->why), "%s: the agent was stopped.",
	    e->fate == COMMAND_TAKEN
		? "Nobody knows whether it was written"
		: "The device took it, and it could not be read back");
	e->fate = COMMAND_FAILED;
	e->told = false;
}

static bool
entry_parse(struct entry *e, json_t *o)
{
	const char *fate, *why;
	json_t *read_back;
	json_int_t id;
	int told, i;

	*e = (struct entry){ .read_back = NAN };
	if (json_unpack(o, "{s:I, s:s, s:b, s:o, s:s}", "id", &id, "fate",
		&fate, "told", &told, "read_back", &read_back, "why",
		&why) != 0)
		return false;
	for (i = 0; i < FATES && strcmp(fate_name(i), fate) != 0; i++)
		;
	e->id = id;
	e->fate = (enum fate)i;
	e->told = told != 0;
	if (json_is_number(read_back))
		e->read_back = json_number_value(read_back);
	(void)snprintf(e->why, sizeof(e->why), "%s", why);
	orphan(e);
	return i < FATES;
}

static bool
parse(struct journal *j, json_t *all)
{
	const char *run;
	json_t *list, *o;
	size_t i;

	if (json_unpack(all, "{s:s, s:o}", "run", &run, "commands", &list) !=
		0 ||
	    strlen(run) != JOURNAL_RUN || json_array_size(list) > JOURNAL_MAX)
		return false;
	json_array_foreach(list, i, o)
	{
		if (!entry_parse(&j->v[j->n++], o))
			return false;
	}
	memcpy(j->run, run, JOURNAL_RUN);
	return true;
}

/* Nothing is known of another run's, so this one is a new one. */
static void
begin(struct journal *j)
{
	unsigned char run[RUN_BYTES];
	size_t i;

	env_get()->random(run, sizeof(run));
	for (i = 0; i < RUN_BYTES; i++)
		(void)snprintf(j->run + 2 * i, 3, "%02x", run[i]);
	j->n = 0;
}

struct journal *
journal_open(struct arena *a, const char *dir)
{
	struct journal *j = arena_alloc(a, sizeof(*j));
	char path[PATH_MAX];
	json_error_t je;
	json_t *all;

	j->dir = dir;
	(void)snprintf(path, sizeof(path), "%s/" FILE_NAME, dir);
	all = json_load_file(path, 0, &je);
	if (all == NULL || !parse(j, all)) {
		log_info("commands: no journal of an earlier run");
		begin(j);
	}
	json_decref(all);
	return j;
}

bool
journal_add(struct journal *j, int64_t id)
{
	if (j->n == JOURNAL_MAX || find(j, id) != NULL)
		return false;
	j->v[j->n++] = (struct entry){ .id = id,
		.fate = COMMAND_TAKEN,
		.told = true,
		.read_back = NAN };
	return true;
}

void
journal_note(struct journal *j, const struct task *t)
{
	struct entry *e = find(j, t->id);

	if (e == NULL)
		return;
	e->fate = t->fate;
	e->told = false;
	e->read_back = t->read_back;
	memcpy(e->why, t->why, sizeof(e->why));
}

void
journal_told(struct journal *j)
{
	size_t i, k;

	for (i = k = 0; i < j->n; i++) {
		j->v[i].told = true;
		if (j->v[i].fate == COMMAND_TAKEN ||
		    j->v[i].fate == COMMAND_ACKNOWLEDGED)
			j->v[k++] = j->v[i];
	}
	j->n = k;
}

void
journal_undo(struct journal *j, size_t n)
{
	j->n -= n;
}

static void
json_close(void *o)
{
	json_decref(o);
}

struct err *
journal_save(const struct journal *j, struct arena *a)
{
	json_t *list = json_array(), *all;
	struct err *e;
	char *text;
	size_t i, n;

	for (i = 0; i < j->n; i++) {
		const struct entry *one = &j->v[i];

		(void)json_array_append_new(list,
		    json_pack("{s:I, s:s, s:b, s:o, s:s}", "id",
			(json_int_t)one->id, "fate", fate_name(one->fate),
			"told", one->told, "read_back",
			isnan(one->read_back) ? json_null()
					      : json_real(one->read_back),
			"why", one->why));
	}
	all = json_pack("{s:s, s:o}", "run", j->run, "commands", list);
	arena_defer(a, json_close, all);
	n = json_dumpb(all, NULL, 0, JSON_COMPACT);
	text = arena_alloc(a, n + 1);
	(void)json_dumpb(all, text, n, JSON_COMPACT);
	e = file_replace(j->dir, FILE_NAME,
	    (struct bytes){ (unsigned char *)text, n });
	return e != NULL ? err_pass(e) : NULL;
}
