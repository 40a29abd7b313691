#include "simulator/scenario.h"

#include <jansson.h>
#include <string.h>

#include "model/model.h"

enum { HOLD_S = 60 };

#define SAY "The scenario is not understood."

static const char *const faults[FAULTS] = { "none", "silence", "wrong_unit",
	"wrong_length", "garbage", "drip" };

static void
release(void *j)
{
	json_decref(j);
}

static struct err *
fault_read(enum fault *out, const char *name)
{
	int i;

	for (i = 0; i < FAULTS; i++) {
		if (strcmp(faults[i], name) == 0) {
			*out = (enum fault)i;
			return NULL;
		}
	}
	return err_raise(ERR_INPUT, SAY, "no fault is called %s", name);
}

static struct err *
recording_read(struct unit *u, struct arena *a, const char *path,
    const json_t *columns)
{
	const char *names[COLUMNS_MAX];
	size_t n = json_array_size(columns), i;
	struct err *e;

	if (path == NULL)
		return NULL;
	if (n > COLUMNS_MAX)
		return err_raise(ERR_INPUT, SAY, "%zu columns", n);
	for (i = 0; i < n; i++) {
		names[i] = json_string_value(json_array_get(columns, i));
		if (names[i] == NULL)
			return err_raise(ERR_INPUT, SAY, "columns are names");
	}
	if ((e = recording_load(&u->recording, a, path, n > 0 ? names : NULL,
		 n)) != NULL)
		return err_pass(e);
	return NULL;
}

static struct err *
unit_take(struct unit *u, struct arena *a, json_t *j, const char *profiles,
    int hold_s)
{
	const char *profile, *model = NULL, *recording = NULL, *fault = "none";
	json_t *columns = NULL;
	struct profile *p;
	json_error_t je;
	json_int_t seed;
	struct err *e;

	u->every = 1;
	u->hold = (int64_t)hold_s * 1000000;
	if (json_unpack_ex(j, &je, 0, "{s:i, s:s}", "unit", &u->id, "profile",
		&profile) != 0)
		return err_raise(ERR_INPUT, SAY, "a unit: %s", je.text);
	seed = u->id;
	if (json_unpack_ex(j, &je, JSON_STRICT,
		"{s:i, s:s, s?s, s?I, s?s, s?o, s?s, s?i, s?s}", "unit", &u->id,
		"profile", &profile, "model", &model, "seed", &seed,
		"recording", &recording, "columns", &columns, "fault", &fault,
		"every", &u->every, "advance", &(const char *){ NULL }) != 0)
		return err_raise(ERR_INPUT, SAY, "unit %d: %s", u->id, je.text);
	if (u->id < 1 || u->id > UNITS_MAX || u->every < 1)
		return err_raise(ERR_INPUT, SAY, "unit %d", u->id);
	if ((e = profile_load(&p, a, profiles, profile)) != NULL ||
	    (e = fault_read(&u->fault, fault)) != NULL ||
	    (e = recording_read(u, a, recording, columns)) != NULL)
		return err_pass(e);
	u->profile = p;
	u->seed = (uint64_t)seed;
	u->model = model != NULL ? arena_text(a, model) : model_for(p->id);
	if (!model_known(u->model))
		return err_raise(ERR_INPUT, SAY, "no model %s", u->model);
	return NULL;
}

struct err *
scenario_read(struct scenario *s, struct arena *a, const char *path,
    const char *profiles)
{
	json_t *j, *units, *one;
	int hold_s = HOLD_S;
	json_error_t je;
	struct err *e;
	size_t i;

	*s = (struct scenario){ .listen = "127.0.0.1" };
	if ((j = json_load_file(path, JSON_REJECT_DUPLICATES, &je)) == NULL)
		return err_raise(ERR_INPUT, SAY, "%s:%d: %s", path, je.line,
		    je.text);
	arena_defer(a, release, j);
	if (json_unpack_ex(j, &je, JSON_STRICT,
		"{s?s, s?i, s?s, s?s, s?i, s:o}", "listen", &s->listen, "port",
		&s->port, "listen_file", &s->listen_file, "rtu", &s->rtu,
		"hold_s", &hold_s, "units", &units) != 0)
		return err_raise(ERR_INPUT, SAY, "%s: %s", path, je.text);
	s->n = json_array_size(units);
	s->units = arena_array(a, s->n, sizeof(*s->units));
	json_array_foreach(units, i,
	    one) if ((e = unit_take(&s->units[i], a, one, profiles, hold_s)) !=
		     NULL) return err_pass(e);
	return NULL;
}
