#include "simulator/step.h"

#include <string.h>

#include "base/clock.h"

#define SAY "The scenario is not understood."

/* What a step of that deed must say. */
enum needs { NEEDS_BY = 1, NEEDS_COUNT = 2, NEEDS_FOR = 4, NEEDS_POINT = 8 };

static const struct {
	const char *name;
	unsigned needs;
} deeds[DEEDS] = {
	/* clang-format off */
	[DEED_NONE] =         { "none",         0 },
	[DEED_SILENCE] =      { "silence",      0 },
	[DEED_POWER] =        { "power_cycle",  NEEDS_FOR },
	[DEED_WRONG_UNIT] =   { "wrong_unit",   0 },
	[DEED_WRONG_LENGTH] = { "wrong_length", 0 },
	[DEED_GARBAGE] =      { "garbage",      0 },
	[DEED_DRIP] =         { "drip",         0 },
	[DEED_LATE] =         { "late",         NEEDS_BY },
	[DEED_HOLES] =        { "holes",        NEEDS_COUNT },
	[DEED_BLOCK] =        { "block",        NEEDS_BY },
	[DEED_DRIFT] =        { "drift",        NEEDS_BY | NEEDS_POINT },
	[DEED_STUCK] =        { "stuck",        0 },
	[DEED_SPIKE] =        { "spike",        NEEDS_BY | NEEDS_POINT },
	[DEED_WRAP] =         { "wrap",         NEEDS_BY | NEEDS_POINT },
	[DEED_RESET] =        { "reset",        NEEDS_POINT },
	/* clang-format on */
};

/* By the table. */
struct err *
deed_read(enum deed *out, const char *name)
{
	int i;

	for (i = 0; i < DEEDS; i++) {
		if (strcmp(deeds[i].name, name) == 0) {
			*out = (enum deed)i;
			return NULL;
		}
	}
	return err_raise(ERR_INPUT, SAY, "no fault is called %s", name);
}

/* By the table. */
const char *
deed_name(enum deed d)
{
	return deeds[d].name;
}

/* Which member is missing, or makes no sense. */
static struct err *
step_check(const struct step *s)
{
	unsigned needs = deeds[s->deed].needs;
	const char *wrong = NULL;

	if (s->at < 0)
		wrong = "at_s is negative";
	else if ((needs & NEEDS_FOR) && s->lasts <= 0)
		wrong = "for_s must be above 0";
	else if ((needs & NEEDS_BY) && !(s->by != 0))
		wrong = "by is missing";
	else if ((needs & NEEDS_COUNT) && s->count < 1)
		wrong = "count must be above 0";
	else if ((needs & NEEDS_POINT) && s->point == NULL)
		wrong = "point is missing";
	else if ((s->deed == DEED_LATE || s->deed == DEED_BLOCK ||
		     s->deed == DEED_WRAP) &&
		 !(s->by > 0 && s->by < 1e15))
		wrong = "by must be above 0";
	else if (s->period != 0 && !(s->lasts > 0 && s->lasts < s->period))
		wrong = "for_s must be above 0 and below every_s";
	return wrong != NULL ? err_raise(ERR_INPUT, SAY, "%s: %s", wrong,
				   deeds[s->deed].name)
			     : NULL;
}

/* Seconds may have decimals. */
struct err *
step_read(struct step *s, struct arena *a, json_t *j)
{
	double at = 0, lasts = 0, every = 0;
	const char *name = "", *point = NULL;
	json_error_t je;
	struct err *e;

	*s = (struct step){ .port = -1 };
	if (json_unpack_ex(j, &je, JSON_STRICT,
		"{s:s, s?F, s?F, s?F, s?i, s?i, s?s, s?F, s?i, s?i}", "do",
		&name, "at_s", &at, "for_s", &lasts, "every_s", &every, "unit",
		&s->unit, "port", &s->port, "point", &point, "by", &s->by,
		"from", &s->from, "count", &s->count) != 0)
		return err_raise(ERR_INPUT, SAY, "%s", je.text);
	if (!(at < 1e9 && lasts < 1e9 && every < 1e9) || lasts < 0 || every < 0)
		return err_raise(ERR_INPUT, SAY, "no such number of seconds");
	s->at = (int64_t)(at * 1e6);
	s->lasts = (int64_t)(lasts * 1e6);
	s->period = (int64_t)(every * 1e6);
	s->point = point != NULL ? arena_text(a, point) : NULL;
	if ((e = deed_read(&s->deed, name)) != NULL ||
	    (e = step_check(s)) != NULL)
		return err_pass(e);
	return NULL;
}

/* The start of the turn that `elapsed` is in or behind. */
static int64_t
turn(const struct step *s, int64_t elapsed)
{
	int64_t n = s->period > 0 ? (elapsed - s->at) / s->period : 0;

	return s->at + n * s->period;
}

/* A turn that has ended is on no longer. */
int64_t
step_began(const struct step *s, int64_t elapsed)
{
	int64_t from;

	if (elapsed < s->at)
		return -1;
	from = turn(s, elapsed);
	return s->lasts == 0 || elapsed - from < s->lasts ? from : -1;
}

/* The end of this turn, or of the one before while it is on. */
int64_t
step_ended(const struct step *s, int64_t elapsed)
{
	int64_t from;

	if (elapsed < s->at || s->lasts == 0)
		return -1;
	from = turn(s, elapsed);
	if (elapsed - from >= s->lasts)
		return from + s->lasts;
	return from > s->at ? from - s->period + s->lasts : -1;
}
