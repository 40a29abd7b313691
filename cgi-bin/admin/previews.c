/*
 * GET /admin/previews - a form: a profile or register map, and a device to try
 * it on.  POST there has the poller read the blocks; without a device it shows
 * the form with the text that was sent.
 * GET /admin/previews/:id - what every point of it reads, and what is odd.
 * POST there reads what is not here yet.
 */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/zone.h"
#include "cgi-bin/admin/pasted.h"
#include "cgi-bin/admin/polled.h"
#include "cgi-bin/admin/routes.h"
#include "model/odd.h"
#include "model/preview.h"
#include "model/unit.h"
#include "store/reading.h"

#define REFRESH_S "1"

/* ---- the form ---- */

static struct err *
show_form(struct req *rq, struct res *rs, const char *error)
{
	const char *device = rq->verb == POST ? req_typed(rq, "device")
					      : req_query(rq, "device");
	struct err *e;

	pasted_state(rs->view, rq);
	if ((e = polled_state(rs->view, rq)) != NULL)
		return err_pass(e);
	view_text(rs->view, "Form.device", device != NULL ? device : "");
	view_text(rs->view, "Error", error);
	view_text(rs->view, "Page.Title", "Try a profile");
	return res_page(rq, rs, "previews.cs");
}

struct err *
admin_previews(struct req *rq, struct res *rs)
{
	return show_form(rq, rs, "");
}

static bool
is_theirs(const struct err *e)
{
	return e->kind == ERR_INPUT || e->kind == ERR_TOO_BIG ||
	       e->kind == ERR_MISSING || e->kind == ERR_CONFLICT ||
	       e->kind == ERR_LIMIT;
}

static struct err *
ask(struct probe_asked *out, struct req *rq)
{
	struct preview v = { .device = req_typed(rq, "device") };
	struct blocks blocks;
	struct profile *p;
	struct err *e;

	if ((e = pasted_read(&v.body, &v.notes, rq)) != NULL ||
	    (e = profile_parse(&p, rq->arena, v.body, strlen(v.body))) != NULL)
		return err_pass(e);
	preview_blocks(&blocks, rq->arena, p, NULL, 0);
	if ((e = preview_ask(out, rq->tx, &v, &blocks)) != NULL)
		return err_pass(e);
	return NULL;
}

static struct err *
go_to(struct req *rq, struct res *rs, int64_t id)
{
	return res_goto(rs,
	    arena_printf(rq->arena, "/admin/previews/%lld", (long long)id));
}

struct err *
admin_preview_ask(struct req *rq, struct res *rs)
{
	struct probe_asked asked = { 0 };
	struct err *e;

	if (*req_typed(rq, "device") == 0)
		return show_form(rq, rs, "");
	if ((e = ask(&asked, rq)) == NULL)
		return go_to(rq, rs, asked.id);
	if (!is_theirs(e))
		return err_pass(e);
	polled_refused(rq, rs, e, asked.wait_s);
	/* What is wrong with a profile is said behind its sentence. */
	return show_form(rq, rs,
	    e->kind == ERR_INPUT && strncmp(e->why, "profile", 7) == 0
		? arena_printf(rq->arena, "%s %s", e->say, e->why)
		: arena_text(rq->arena, e->say));
}

/* ---- what came ---- */

static const char *
value_text(struct arena *a, const struct point *p, double value)
{
	size_t i;

	if (isnan(value))
		return "–";
	for (i = 0; i < p->state_n; i++)
		if (p->state[i].value == value && p->state[i].name != NULL)
			return arena_printf(a, "%.9g, %s", value,
			    p->state[i].name);
	/* What the decimals would hide is shown: it may be what is wrong. */
	if (value != 0 &&
	    (fabs(value) < pow(10, -p->precision) || fabs(value) >= 1e15))
		return arena_printf(a, "%.3g", value);
	return arena_printf(a, "%.*f", p->precision, value);
}

static const char *
order_text(struct arena *a, const struct profile *p, size_t i,
    const uint16_t *const *words)
{
	const struct point *pt = &p->points[i];
	enum word_order order;
	double value;

	if (!odd_order(&order, &value, p, i, words))
		return "";
	return arena_printf(a, "As %s it reads %s %s.", word_order_name(order),
	    value_text(a, pt, value), unit_shown(pt->unit));
}

/* Why the registers of a point are not here. */
static const char *
lack_text(struct arena *a, const struct block *b)
{
	if (b->state == BLOCK_OPEN)
		return "Waiting for the poller.";
	if (b->read == NULL)
		return "Not read yet.";
	if (b->read->quantity != b->quantity)
		return arena_printf(a, "Read with others: %s", b->read->why);
	return b->read->why;
}

/* What is here, as the poller would see it. */
struct seen {
	const struct profile *p;
	const uint16_t **words;
	struct sample *samples;
	int64_t read, odd; /* so many points */
};

static void
state_point(struct view *v, struct arena *a, struct seen *f, size_t i,
    const struct block *b)
{
	const struct point *pt = &f->p->points[i];
	const char *odd;

	view_text(v, "Key", pt->key);
	view_text(v, "Name", pt->name);
	view_text(v, "Register", point_function_name(pt->function));
	view_int(v, "Address", pt->address);
	view_text(v, "Unit", unit_shown(pt->unit));
	if (f->words[i] == NULL) {
		view_text(v, "Lack", lack_text(a, b));
		view_int(v, "Refused", b->state == BLOCK_REFUSED);
		return;
	}
	f->read++;
	odd = odd_text(a, f->p, i, f->words, f->samples);
	view_text(v, "Words", decode_hex(a, f->words[i], pt->words));
	view_text(v, "Value", value_text(a, pt, f->samples[i].value));
	view_text(v, "Odd", odd);
	view_text(v, "Order", order_text(a, f->p, i, f->words));
	f->odd += *odd != 0;
}

static void
state_points(struct view *v, struct arena *a, struct seen *f,
    const struct blocks *s)
{
	size_t i, k;

	f->words = preview_words(a, f->p, s);
	f->samples = arena_array(a, f->p->n, sizeof(*f->samples));
	decode_frame(f->samples, f->p, f->words);
	for (i = 0; i < s->n; i++)
		for (k = s->v[i].first; k < s->v[i].first + s->v[i].n; k++)
			state_point(view_row(v, "Points"), a, f, s->order[k],
			    &s->v[i]);
	view_int(v, "Count.Points", (int64_t)f->p->n);
	view_int(v, "Count.Read", f->read);
	view_int(v, "Count.Odd", f->odd);
	view_int(v, "Count.Texts", (int64_t)f->p->text_n);
}

/* The blocks that were asked for and did not come, and why. */
static void
state_blocks(struct view *v, const struct blocks *s)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		const struct preview_read *r = s->v[i].read;
		struct view *row;

		if (r == NULL || *r->why == 0 ||
		    (i > 0 && r == s->v[i - 1].read))
			continue;
		row = view_row(v, "Failed");
		view_text(row, "Register", point_function_name(r->function));
		view_int(row, "From", r->address);
		view_int(row, "To", r->address + r->quantity - 1);
		view_text(row, "Why", r->why);
	}
	view_int(v, "Blocks.All", (int64_t)s->n);
	view_int(v, "Blocks.Wanted", (int64_t)s->wanted);
	view_int(v, "Blocks.Open", (int64_t)s->open);
	view_int(v, "Blocks.Done", (int64_t)(s->n - s->wanted - s->open));
}

static void
state_preview(struct view *v, struct arena *a, const struct preview *p)
{
	char *line = arena_text(a, p->notes), *end;

	zone_use(p->zone);
	view_text(v, "Device.Key", p->device);
	view_text(v, "Device.Name", p->device_name);
	view_int(v, "Device.Simulated", p->simulated);
	view_int(v, "Page.Simulated", p->simulated);
	view_text(v, "Body", p->body);
	view_text(v, "Iso", clock_iso(a, p->asked_at));
	view_text(v, "Time", zone_text(a, "%H:%M:%S %Z", p->asked_at));
	for (; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		*end = 0;
		view_text(view_row(v, "Notes"), "Text", line);
	}
}

/* The preview of the address, its profile and its blocks. */
static struct err *
look_up(struct preview *v, struct profile **p, struct blocks *s, struct req *rq)
{
	struct err *e;

	/* 0 when it is no number, and no preview has that one. */
	if ((e = preview_load(v, rq->tx,
		 number_typed(req_param(rq, "id"), INT64_MAX))) != NULL ||
	    (e = profile_parse(p, rq->arena, v->body, strlen(v->body))) != NULL)
		return err_pass(e);
	preview_blocks(s, rq->arena, *p, v->reads, v->n);
	return NULL;
}

static struct err *
show(struct req *rq, struct res *rs, const char *error)
{
	struct seen f = { .read = 0 };
	struct preview preview;
	struct blocks blocks;
	struct profile *p;
	struct err *e;

	if ((e = look_up(&preview, &p, &blocks, rq)) != NULL)
		return err_pass(e);
	f.p = p;
	state_preview(rs->view, rq->arena, &preview);
	view_text(rs->view, "Profile.Id", p->id);
	view_text(rs->view, "Profile.Version", p->version);
	view_text(rs->view, "Preview.Id", req_param(rq, "id"));
	view_text(rs->view, "Error", error);
	state_points(rs->view, rq->arena, &f, &blocks);
	state_blocks(rs->view, &blocks);
	if (blocks.open > 0)
		res_header(rs, "Refresh", REFRESH_S);
	view_text(rs->view, "Page.Title", "Live values");
	return res_page(rq, rs, "preview.cs");
}

struct err *
admin_preview(struct req *rq, struct res *rs)
{
	return show(rq, rs, "");
}

struct err *
admin_preview_more(struct req *rq, struct res *rs)
{
	struct probe_asked asked = { .id = number_typed(req_param(rq, "id"),
					 INT64_MAX) };
	struct preview v;
	struct blocks s;
	struct profile *p;
	struct err *e;

	if ((e = look_up(&v, &p, &s, rq)) != NULL)
		return err_pass(e);
	if (s.wanted == 0)
		return go_to(rq, rs, asked.id);
	if ((e = preview_ask(&asked, rq->tx, &v, &s)) == NULL)
		return go_to(rq, rs, asked.id);
	if (!is_theirs(e))
		return err_pass(e);
	polled_refused(rq, rs, e, asked.wait_s);
	return show(rq, rs, arena_text(rq->arena, e->say));
}
