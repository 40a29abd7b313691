#include "model/changes.h"

#include <math.h>
#include <string.h>

#include "base/buf.h"

typedef const char *member(struct arena *, const struct point *);

static const char *
number(struct arena *a, double v)
{
	return isnan(v) ? "" : arena_printf(a, "%.15g", v);
}

static const char *
place(struct arena *a, const struct point *p)
{
	return arena_printf(a, "%s %d", point_function_name(p->function),
	    p->address);
}

static const char *
type(struct arena *a, const struct point *p)
{
	if (p->bits == 0)
		return point_type_name(p->type);
	return arena_printf(a, "%s bits %d..%d", point_type_name(p->type),
	    p->bit, p->bit + p->bits - 1);
}

static const char *
order(struct arena *a, const struct point *p)
{
	(void)a;
	return p->type != POINT_BIT ? word_order_name(p->order) : "";
}

static const char *
name(struct arena *a, const struct point *p)
{
	(void)a;
	return p->name;
}

static const char *
unit(struct arena *a, const struct point *p)
{
	(void)a;
	return p->unit;
}

static const char *
kind(struct arena *a, const struct point *p)
{
	(void)a;
	return p->kind;
}

static const char *
scale(struct arena *a, const struct point *p)
{
	if (p->scale_from != NULL)
		return arena_printf(a, "%.15g * 10^%s", p->scale,
		    p->scale_from);
	return number(a, p->scale);
}

static const char *
offset(struct arena *a, const struct point *p)
{
	return number(a, p->offset);
}

static const char *
range(struct arena *a, const struct point *p)
{
	if (isnan(p->low))
		return "";
	return arena_printf(a, "%.15g to %.15g", p->low, p->high);
}

static const char *
precision(struct arena *a, const struct point *p)
{
	return arena_printf(a, "%d", p->precision);
}

static const char *
states(struct arena *a, const struct point *p)
{
	(void)a;
	return p->states != NULL ? p->states : "";
}

static const char *
poll(struct arena *a, const struct point *p)
{
	return number(a, p->poll_s);
}

static const char *
invalid(struct arena *a, const struct point *p)
{
	struct buf b = buf_new(a, 32);
	size_t i;

	for (i = 0; i < p->invalids; i++)
		buf_printf(&b, "%s%.17g", i > 0 ? ", " : "", p->invalid[i]);
	buf_byte(&b, 0);
	return (const char *)b.p;
}

static const char *const confirms[CONFIRMS] = {
	[CONFIRM_NONE] = "not confirmed",
	[CONFIRM_SELF] = "confirmed",
	[CONFIRM_OTHER] = "approved by another person",
};

static const char *
writing(struct arena *a, const struct point *p)
{
	const struct writing *w = p->writing;

	if (w == NULL)
		return "";
	return arena_printf(a, "function %d, %.15g to %.15g, %s%s", w->function,
	    w->low, w->high, confirms[w->confirm],
	    w->lock == NULL
		? ""
		: arena_printf(a, ", while %s is %.15g", w->lock, w->unlocked));
}

static const char *
report(struct arena *a, const struct point *p)
{
	if (p->max_s == 0)
		return "";
	return arena_printf(a, "beyond %.15g, after %.15g s", p->deadband,
	    p->max_s);
}

/* A number of which 0 is none. */
static const char *
said(struct arena *a, double v)
{
	return v != 0 ? number(a, v) : "";
}

static const char *
window(struct arena *a, const struct point *p)
{
	return said(a, p->window_s);
}

static const char *
quality(struct arena *a, const struct point *p)
{
	struct buf b = buf_new(a, 32);
	size_t i;

	for (i = 0; i < p->state_n; i++)
		if (p->state[i].quality >= 0)
			buf_printf(&b, "%s%.15g: %d", b.n > 0 ? ", " : "",
			    p->state[i].value, p->state[i].quality);
	buf_byte(&b, 0);
	return (const char *)b.p;
}

static const char *
reset(struct arena *a, const struct point *p)
{
	(void)a;
	return p->reset != NULL ? p->reset : "";
}

static const char *
rollover(struct arena *a, const struct point *p)
{
	return said(a, p->rollover);
}

static const char *
rate(struct arena *a, const struct point *p)
{
	return said(a, p->max_rate_per_s);
}

static const char *
capability(struct arena *a, const struct point *p)
{
	(void)a;
	return p->capability != NULL ? p->capability : "";
}

static const char *
group(struct arena *a, const struct point *p)
{
	(void)a;
	return p->group != NULL ? p->group : "";
}

static const char *
shown(struct arena *a, const struct point *p)
{
	(void)a;
	return p->display_unit != NULL ? p->display_unit : "";
}

static const char *
zero(struct arena *a, const struct point *p)
{
	(void)a;
	return p->zero_suspect ? "not zero with the others" : "";
}

static const struct {
	const char *what;
	member *text;
} members[] = {
	/* clang-format off */
	{ "register",  place },  { "type",     type },
	{ "order",     order },  { "name",     name },
	{ "unit",      unit },   { "kind",     kind },
	{ "scale",     scale },  { "offset",   offset },
	{ "range",     range },  { "decimals", precision },
	{ "states",    states }, { "poll_s",   poll },
	{ "invalid",   invalid }, { "write",   writing },
	{ "report",    report }, { "window_s", window },
	{ "quality_map", quality }, { "reset", reset },
	{ "rollover",  rollover }, { "max_rate_per_s", rate },
	{ "capability", capability }, { "group", group },
	{ "display_unit", shown }, { "zero_frame", zero },
	/* clang-format on */
};

enum { MEMBERS = sizeof(members) / sizeof(*members) };

static void
point_changes(struct buf *to, struct arena *a, const struct point *was,
    const struct point *is)
{
	size_t i;

	for (i = 0; i < MEMBERS; i++) {
		const struct change c = { is->key, members[i].what,
			members[i].text(a, was), members[i].text(a, is) };

		if (strcmp(c.was, c.is) != 0)
			buf_put(to, &c, sizeof(c));
	}
}

static const char *
transport(struct arena *a, const struct profile *p)
{
	return arena_printf(a, "%s%d%c%d, timeout %d ms%s",
	    p->baud != 0 ? arena_printf(a, "%d baud ", p->baud) : "",
	    p->data_bits, p->parity, p->stop_bits, p->timeout_ms,
	    p->retries >= 0 ? arena_printf(a, ", %d retries", p->retries) : "");
}

static const char *
limits(struct arena *a, const struct profile *p)
{
	return arena_printf(a, "%d registers, gap %d, pause %d ms%s",
	    p->max_words, p->max_gap, p->pause_ms,
	    p->one_request_per_point ? ", one request per point" : "");
}

/* How the device is asked, whatever the point. */
static void
own_changes(struct buf *to, struct arena *a, const struct profile *was,
    const struct profile *is)
{
	const struct change own[] = {
		{ "profile", "transport", transport(a, was), transport(a, is) },
		{ "profile", "limits", limits(a, was), limits(a, is) },
	};
	size_t i;

	for (i = 0; i < sizeof(own) / sizeof(*own); i++)
		if (strcmp(own[i].was, own[i].is) != 0)
			buf_put(to, &own[i], sizeof(own[i]));
}

/* Everything about a text; "" when there is none. */
static const char *
text_said(struct arena *a, const struct text *t)
{
	if (t == NULL)
		return "";
	return arena_printf(a, "%s %d, %d registers, %s, %s%s%s",
	    point_function_name(t->function), t->address, t->words,
	    word_order_name(t->order), t->name, t->group != NULL ? ", " : "",
	    t->group != NULL ? t->group : "");
}

static const struct text *
text_named(const struct profile *p, const char *key)
{
	size_t i;

	for (i = 0; i < p->text_n; i++)
		if (strcmp(p->texts[i].key, key) == 0)
			return &p->texts[i];
	return NULL;
}

static void
text_changes(struct buf *to, struct arena *a, const struct profile *was,
    const struct profile *is)
{
	size_t i;

	for (i = 0; i < is->text_n; i++) {
		const struct text *old = text_named(was, is->texts[i].key);
		const struct change c = { is->texts[i].key,
			old != NULL ? "text" : "new", text_said(a, old),
			text_said(a, &is->texts[i]) };

		if (strcmp(c.was, c.is) != 0)
			buf_put(to, &c, sizeof(c));
	}
	for (i = 0; i < was->text_n; i++) {
		const struct change c = { was->texts[i].key, "gone",
			text_said(a, &was->texts[i]), "" };

		if (text_named(is, was->texts[i].key) == NULL)
			buf_put(to, &c, sizeof(c));
	}
}

size_t
profile_changes(struct change **out, struct arena *a, const struct profile *was,
    const struct profile *is)
{
	struct buf b = buf_new(a, 16 * sizeof(struct change));
	size_t i;

	own_changes(&b, a, was, is);
	for (i = 0; i < is->n; i++) {
		const struct point *p = &is->points[i];
		const struct point *old = profile_point(was, p->key);
		const struct change c = { p->key, "new", "", place(a, p) };

		if (old == NULL)
			buf_put(&b, &c, sizeof(c));
		else
			point_changes(&b, a, old, p);
	}
	for (i = 0; i < was->n; i++) {
		const struct point *p = &was->points[i];
		const struct change c = { p->key, "gone", place(a, p), "" };

		if (profile_point(is, p->key) == NULL)
			buf_put(&b, &c, sizeof(c));
	}
	text_changes(&b, a, was, is);
	*out = (struct change *)(void *)b.p;
	return b.n / sizeof(**out);
}
