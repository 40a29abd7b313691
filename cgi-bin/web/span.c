#include "cgi-bin/web/span.h"

#include <string.h>

#include "base/clock.h"
#include "base/zone.h"

#define LONGEST (20 * 366 * CLOCK_DAY)

static const struct {
	const char *name, *text;
	int64_t us;
} usual[] = {
	/* clang-format off */
	{ "1h",  "1 h",  CLOCK_HOUR },
	{ "24h", "24 h", CLOCK_DAY },
	{ "7d",  "7 d",  7 * CLOCK_DAY },
	{ "30d", "30 d", 30 * CLOCK_DAY },
	{ "1y",  "1 y",  365 * CLOCK_DAY },
	{ "5y",  "5 y",  1826 * CLOCK_DAY },
	/* clang-format on */
};

enum { USUAL = sizeof(usual) / sizeof(*usual), DAY = 1 };

static struct span
usual_span(size_t i, int64_t now)
{
	return (struct span){ .from = now - usual[i].us,
		.to = now,
		.name = usual[i].name };
}

static bool
time_read(int64_t *us, const char *s)
{
	return s != NULL && (clock_from_iso(us, s) || zone_from_form(us, s));
}

struct span
span_read(const struct req *rq, int64_t now)
{
	const char *name = req_query(rq, "span");
	const char *from = req_query(rq, "from"), *to = req_query(rq, "to");
	struct span s = usual_span(DAY, now);
	size_t i;

	for (i = 0; name != NULL && i < USUAL; i++)
		if (strcmp(name, usual[i].name) == 0)
			return usual_span(i, now);
	if (name != NULL)
		s.error = "span: want 1h, 24h, 7d, 30d, 1y or 5y.";
	if (from == NULL && to == NULL)
		return s;
	if (!time_read(&s.from, from) || !time_read(&s.to, to)) {
		s = usual_span(DAY, now);
		s.error = "from and to: want two dates with times.";
	} else if (s.from >= s.to || s.to - s.from > LONGEST) {
		s = usual_span(DAY, now);
		s.error = "from must be before to, by 20 years at most.";
	} else {
		s.name = NULL;
	}
	return s;
}

void
state_span(struct view *v, struct arena *a, const struct span *s,
    const char *href, const char *zone)
{
	const char *format =
	    s->to - s->from < 300 * CLOCK_DAY ? "%-d %b %H:%M" : "%-d %b %Y";
	size_t i;

	for (i = 0; i < USUAL; i++) {
		struct view *one = view_row(v, "Spans");

		view_text(one, "Href",
		    arena_printf(a, "%s?span=%s", href, usual[i].name));
		view_text(one, "Text", usual[i].text);
		if (s->name != NULL && strcmp(s->name, usual[i].name) == 0)
			view_int(one, "Current", 1);
	}
	view_text(v, "Span.From", zone_text(a, "%Y-%m-%dT%H:%M", s->from));
	view_text(v, "Span.To", zone_text(a, "%Y-%m-%dT%H:%M", s->to));
	view_text(v, "Span.FromText", zone_text(a, format, s->from));
	view_text(v, "Span.ToText", zone_text(a, format, s->to));
	view_text(v, "Span.Zone", zone);
	if (s->error != NULL)
		view_text(v, "Span.Error", s->error);
}
