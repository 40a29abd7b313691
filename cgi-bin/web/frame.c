#include "cgi-bin/web/frame.h"

#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/zone.h"
#include "model/unit.h"

int64_t
silence_s(const struct device *d)
{
	return (device_silence(d) + CLOCK_S - 1) / CLOCK_S;
}

const char *
device_href(struct arena *a, const struct device *d)
{
	return arena_printf(a, "/devices/%s", d->key);
}

/* "NivuFlow 750 · via Gateway hall 1" */
static const char *
detail(struct arena *a, const struct device *d)
{
	if (strcmp(d->kind, "gateway") == 0)
		return "gateway";
	if (*d->gateway == 0)
		return d->profile;
	return arena_printf(a, "%s%svia %s", d->profile,
	    *d->profile != 0 ? " · " : "", d->gateway_name);
}

void
state_device(struct view *v, struct arena *a, const struct device *d,
    int64_t now)
{
	view_text(v, "Key", d->key);
	view_text(v, "Name", d->name);
	view_text(v, "Href", device_href(a, d));
	view_text(v, "State", d->state);
	view_text(v, "StateText",
	    strcmp(d->state, "never") == 0 ? "never seen" : d->state);
	view_text(v, "Seen", d->seen != 0 ? clock_iso(a, d->seen) : "");
	view_text(v, "Age", d->seen != 0 ? clock_age(a, now - d->seen) : "");
	view_int(v, "OfflineAfter", silence_s(d));
	view_int(v, "Simulated", d->simulated);
	view_text(v, "SimText", *d->modbus != 0 ? "built-in simulator" : "");
	view_text(v, "Detail", detail(a, d));
	view_text(v, "None",
	    strcmp(d->kind, "gateway") == 0 ? "Passes on what its devices send."
					    : "No sensors.");
}

void
state_sensor(struct view *v, struct arena *a, const struct device *d,
    const struct sensor *s, int64_t now)
{
	int64_t age = now - s->latest.time;

	view_int(v, "Id", s->id);
	view_text(v, "Key", s->key);
	view_text(v, "Name", s->name);
	view_text(v, "Unit", unit_shown(s->unit));
	view_int(v, "StaleAfter", silence_s(d));
	view_text(v, "Value",
	    s->known ? value_shown(a, s, s->latest.value) : "—");
	if (!s->known)
		return;
	view_text(v, "Time", clock_iso(a, s->latest.time));
	view_text(v, "Age", clock_age(a, age));
	view_int(v, "Quality", s->latest.quality);
	view_text(v, "QualityWord", quality_word(s->latest.quality));
	view_int(v, "Stale", age > device_silence(d));
}
