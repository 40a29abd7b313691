#include "intake/router.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "intake/profiles.h"
#include "intake/rutos.h"

/* As in reason.h. */
enum { SUSPECT_ZERO = 4 };

/* What becomes of an item. */
struct fate {
	const struct machine *machine;
	const struct profile *profile;
	const struct heard *heard; /* its first point, of `points` in a row */
	size_t points;
	bool raw;  /* registers that want decoding */
	bool gone; /* its registers are part of another one's point */
};

struct settle {
	struct intake *in;
	const struct roster *roster;
	const struct machines *machines;
	struct fate *fate; /* of the item of that index */
	size_t *by;	   /* the raw ones, by device, instant and place */
	size_t raws;
};

static bool
is_known(const struct settle *s, struct slice device)
{
	return device.p != NULL &&
	       (roster_device(s->roster, device) >= 0 ||
		   machine_named(s->machines, device) != NULL);
}

/* The device of a body that names none: of the request, or of the rule. */
static struct slice
home(const struct settle *s)
{
	const char *device = s->in->asked.device;

	if (device == NULL || *device == 0)
		device = roster_rule(s->roster)->home;
	if (*device == 0)
		return (struct slice){ NULL, 0 };
	return (struct slice){ device, strlen(device) };
}

/* Which device a segment is of. */
static void
device_find(const struct settle *s, struct item *it)
{
	const struct segment *seg = it->segment;
	const struct machine *m = NULL;

	if (seg->own) {
		m = machine_own(s->machines);
		it->device = m != NULL ? m->key : home(s);
		return;
	}
	/* What a mapping says of the number comes before what we think. */
	if (is_known(s, it->device) || is_known(s, it->also_device))
		return;
	if ((m = machine_slave(s->machines, seg->slave)) != NULL)
		it->device = m->key;
	else if (it->device.p == NULL)
		it->device = home(s);
	if (it->device.p == NULL)
		it->device = it->also_device;
	if (it->device.p == NULL)
		item_refuse(it, s->in->arena, "no_device",
		    "want server_name, or the number of a device on the bus");
}

static bool
has_sensor(const struct settle *s, const struct item *it, struct slice sensor)
{
	int32_t device;

	if (it->device.p == NULL)
		return false;
	device = roster_device(s->roster, it->device);
	return device >= 0 && roster_sensor(s->roster, device, sensor) != NULL;
}

/*
 * A number that the router decoded: by the name it was asked by, or else by
 * the profile's point at its register.
 */
static void
sensor_find(const struct settle *s, struct item *it, const struct fate *f)
{
	const struct point *p;

	if (f->profile == NULL || has_sensor(s, it, it->sensor))
		return;
	p = words_point(f->profile, &it->segment->words);
	if (p != NULL)
		it->sensor = (struct slice){ p->key, strlen(p->key) };
}

/* By device, instant, and the order they came in. */
static int
compare(const struct settle *s, size_t a, size_t b)
{
	const struct fate *x = &s->fate[a], *y = &s->fate[b];
	int64_t t = s->in->v[a].r.time, u = s->in->v[b].r.time;

	if (x->machine != y->machine)
		return x->machine < y->machine ? -1 : 1;
	if (t != u)
		return t < u ? -1 : 1;
	return a < b ? -1 : a > b;
}

/* Sink the i-th of n in a heap. */
static void
sink(const struct settle *s, size_t i, size_t n)
{
	size_t *v = s->by;

	for (;;) {
		size_t k = 2 * i + 1, keep = v[i];

		if (k >= n)
			return;
		if (k + 1 < n && compare(s, v[k], v[k + 1]) < 0)
			k++;
		if (compare(s, v[i], v[k]) >= 0)
			return;
		v[i] = v[k];
		v[k] = keep;
		i = k;
	}
}

static void
sort(const struct settle *s)
{
	size_t i;

	for (i = s->raws / 2; i-- > 0;)
		sink(s, i, s->raws);
	for (i = s->raws; i-- > 1;) {
		size_t last = s->by[i];

		s->by[i] = s->by[0];
		s->by[0] = last;
		sink(s, 0, i);
	}
}

/* Is what the run is part of one instant of one device with the one before? */
static bool
is_same(const struct settle *s, size_t a, size_t b)
{
	return s->fate[a].machine == s->fate[b].machine &&
	       s->in->v[a].r.time == s->in->v[b].r.time;
}

static int
by_run(const void *a, const void *b)
{
	const struct heard *x = a, *y = b;

	if (x->run != y->run)
		return x->run < y->run ? -1 : 1;
	return x->point < y->point ? -1 : 1;
}

/* Decode the raw items from `first` to `end`, which were read together. */
static void
decode(const struct settle *s, size_t first, size_t end)
{
	struct arena *a = s->in->arena;
	const struct profile *p = s->fate[s->by[first]].profile;
	size_t n = end - first, i, heard;
	struct words *runs = arena_array(a, n, sizeof(*runs));
	struct heard *out = arena_array(a, p->n, sizeof(*out));
	bool *used = arena_array(a, n, sizeof(*used));

	for (i = 0; i < n; i++)
		runs[i] = s->in->v[s->by[first + i]].segment->words;
	heard = words_decode(out, used, a, p, runs, n);
	qsort(out, heard, sizeof(*out), by_run);
	for (i = 0; i < n; i++)
		s->fate[s->by[first + i]].gone = used[i];
	for (i = 0; i < heard; i++) {
		struct fate *f = &s->fate[s->by[first + out[i].run]];

		if (f->points++ == 0)
			f->heard = &out[i];
	}
}

static void
decode_all(const struct settle *s)
{
	size_t first, end;

	for (first = 0; first < s->raws; first = end) {
		for (end = first + 1;
		     end < s->raws && is_same(s, s->by[first], s->by[end]);)
			end++;
		decode(s, first, end);
	}
}

/* A raw segment of which nothing was decoded. */
static void
undecoded(const struct settle *s, struct item *it, const struct fate *f)
{
	struct arena *a = s->in->arena;

	/* One number may as well be a value that the router has decoded. */
	if (it->segment->words.n == 1)
		return;
	if (it->segment->words.address < 0)
		item_refuse(it, a, "no_register",
		    "raw registers want full_addr, where they begin");
	else if (f->profile == NULL)
		item_refuse(it, a, "no_profile",
		    "raw registers want a device with a profile; or let the "
		    "router decode them");
	else
		item_refuse(it, a, "unknown_register",
		    "the profile %s has nothing in these registers",
		    f->profile->id);
}

/* The item of a point. */
static void
point_put(struct item *to, const struct item *it, const struct heard *h)
{
	*to = *it;
	to->sensor = (struct slice){ h->point->key, strlen(h->point->key) };
	to->also_sensor = (struct slice){ NULL, 0 };
	to->value.kind = isnan(h->value) ? J_NULL : J_REAL;
	to->value.d = h->value;
	if (to->r.quality > h->quality)
		to->r.quality = h->quality;
	if (h->zero)
		to->reason = SUSPECT_ZERO;
}

/* All items anew: each as what became of it. */
static void
rebuild(const struct settle *s)
{
	struct intake *in = s->in;
	const struct item *old = in->v;
	size_t i, k, n = in->n;

	in->n = 0;
	in->room = n + 1;
	in->v = arena_room(in->arena, in->room, sizeof(*in->v));
	for (i = 0; i < n; i++) {
		const struct segment *seg = old[i].segment;
		const struct fate *f = &s->fate[i];

		for (k = 0; k < f->points; k++)
			point_put(intake_add(in), &old[i], &f->heard[k]);
		if (f->points > 0 || f->gone)
			continue;
		if (seg != NULL && seg->aside && old[i].code == NULL &&
		    !has_sensor(s, &old[i], old[i].sensor))
			continue;
		*intake_add(in) = old[i];
	}
}

/* What is to become of the item of that index. */
static void
look(struct settle *s, size_t i)
{
	struct item *it = &s->in->v[i];
	struct fate *f = &s->fate[i];
	const struct words *w;

	if (it->segment == NULL || it->code != NULL)
		return;
	device_find(s, it);
	if (it->code != NULL || it->segment->own)
		return;
	w = &it->segment->words;
	f->machine = machine_named(s->machines, it->device);
	if (f->machine != NULL)
		f->profile =
		    f->machine->own_profile != NULL
			? f->machine->own_profile
			: profiles_find(s->in->profiles, f->machine->profile);
	f->raw = w->n > 0;
	if (f->raw && w->address >= 0 && f->profile != NULL)
		s->by[s->raws++] = i;
	else if (!f->raw)
		sensor_find(s, it, f);
}

void
router_settle(struct intake *in, const struct roster *roster)
{
	struct settle s = { .in = in,
		.roster = roster,
		.machines = roster_machines(roster) };
	size_t i;

	if (in->segments == 0)
		return;
	s.fate = arena_array(in->arena, in->n, sizeof(*s.fate));
	s.by = arena_array(in->arena, in->n, sizeof(*s.by));
	for (i = 0; i < in->n; i++)
		look(&s, i);
	sort(&s);
	decode_all(&s);
	for (i = 0; i < in->n; i++)
		if (s.fate[i].raw && s.fate[i].points == 0 && !s.fate[i].gone)
			undecoded(&s, &in->v[i], &s.fate[i]);
	rebuild(&s);
}
