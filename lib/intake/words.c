#include "intake/words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/decode.h"
#include "store/reading.h"

enum {
	CLASS_DIGITS = 5,   /* "30011": one for the function, four */
	CLASS_DIGITS_2 = 6, /* "300011": one for the function, five */
	ADDRESS_MAX = 65535,
	WORD_LOW = -32768,
	WORD_HIGH = 65535
};

bool
words_place(struct words *w, struct slice s, int base)
{
	static const int functions[] = { READ_COILS, READ_DISCRETE, -1,
		READ_INPUT, READ_HOLDING };
	int class = -1;
	long v = 0;
	size_t i;

	if (s.n == 0 || s.n > CLASS_DIGITS_2)
		return false;
	for (i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		v = v * 10 + (s.p[i] - '0');
	}
	if (s.n >= CLASS_DIGITS && base == 1) {
		class = s.p[0] - '0';
		if (class > 4 || functions[class] < 0)
			return false;
		v -= class * (s.n == CLASS_DIGITS ? 10000L : 100000L);
	}
	v -= base;
	if (v < 0 || v > ADDRESS_MAX)
		return false;
	w->function = class < 0 ? FUNCTION_ANY : functions[class];
	w->address = (int)v;
	return true;
}

static bool
is_word(int64_t v)
{
	return v >= WORD_LOW && v <= WORD_HIGH;
}

/* The whole numbers of "15622,49703", with blanks around them if need be. */
static size_t
from_text(uint16_t *to, const char *s)
{
	size_t n = 0;

	for (;;) {
		char *end;
		long v;

		s += strspn(s, " ");
		if (strspn(s, "-0123456789") == 0)
			return 0;
		v = strtol(s, &end, 10);
		if (end == s || !is_word(v) || n == WORDS_MAX)
			return 0;
		to[n++] = (uint16_t)v;
		s = end + strspn(end, " ");
		if (*s == 0)
			return n;
		if (*s++ != ',')
			return 0;
	}
}

static size_t
from_array(uint16_t *to, struct arena *a, struct slice raw)
{
	struct jvalue v;
	struct jscan s;
	size_t n = 0;

	jscan_open(&s, a,
	    (struct bytes){ (const unsigned char *)raw.p, raw.n });
	jscan_value(&s, &v);
	while (jscan_item(&s)) {
		jscan_value(&s, &v);
		if (v.kind != J_INT || !is_word(v.i) || n == WORDS_MAX)
			return 0;
		to[n++] = (uint16_t)v.i;
	}
	return n;
}

bool
words_read(struct words *w, struct arena *a, const struct jvalue *data)
{
	/* Of text and of an array every register takes two bytes at least. */
	size_t most = data->raw.n / 2 + 1, n = 0;
	uint16_t *to;
	struct slice s;

	to = arena_array(a, most < WORDS_MAX ? most : WORDS_MAX, sizeof(*to));
	if (data->kind == J_INT && is_word(data->i)) {
		to[n++] = (uint16_t)data->i;
	} else if (data->kind == J_ARRAY) {
		n = from_array(to, a, data->raw);
	} else if (data->kind == J_TEXT) {
		s = data->text;
		if (s.n >= 2 && s.p[0] == '[' && s.p[s.n - 1] == ']')
			s = (struct slice){ s.p + 1, s.n - 2 };
		n = from_text(to, arena_copy(a, s.p, s.n));
	}
	if (n == 0)
		return false;
	w->n = n;
	w->w = to;
	return true;
}

static bool
is_of(const struct words *run, const struct point *p)
{
	return run->function == FUNCTION_ANY ||
	       run->function == (int)p->function;
}

/* Does the run hold the point's k-th register? */
static bool
holds(const struct words *run, const struct point *p, int k)
{
	int at = p->address + k - run->address;

	return run->n > 0 && run->address >= 0 && is_of(run, p) && at >= 0 &&
	       (size_t)at < run->n;
}

/*
 * The runs by their first register, so that the ones that may hold a register
 * are found without looking at all of them.
 */
struct sorted {
	const struct words *runs;
	size_t *by; /* indexes of runs, in the order of their addresses */
	size_t n;
	size_t longest; /* run, in registers */
};

/* Merge two halves; equal addresses stay in their order. */
static void
merge(size_t *by, size_t *room, const struct words *runs, size_t half, size_t n)
{
	size_t i = 0, k = half, at;

	for (at = 0; at < n; at++)
		if (k == n ||
		    (i < half && runs[by[i]].address <= runs[by[k]].address))
			room[at] = by[i++];
		else
			room[at] = by[k++];
	memcpy(by, room, n * sizeof(*by));
}

static struct sorted
sort(struct arena *a, const struct words *runs, size_t n)
{
	struct sorted s = { .runs = runs,
		.by = arena_array(a, n, sizeof(*s.by)),
		.n = n };
	size_t *room = arena_array(a, n, sizeof(*room)), i, step;

	for (i = 0; i < n; i++) {
		s.by[i] = i;
		if (runs[i].n > s.longest)
			s.longest = runs[i].n;
	}
	for (step = 1; step < n; step *= 2)
		for (i = 0; i + step < n; i += 2 * step)
			merge(s.by + i, room, runs, step,
			    i + 2 * step < n ? 2 * step : n - i);
	return s;
}

/* The first run, as they came, that holds the point's k-th register; n: none.
 */
static size_t
run_of(const struct sorted *s, const struct point *p, int k)
{
	long first = (long)p->address + k - (long)s->longest;
	size_t low = 0, high = s->n, mid, best = s->n;

	while (low < high) {
		mid = (low + high) / 2;
		if (s->runs[s->by[mid]].address <= first)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < s->n; low++) {
		if (s->runs[s->by[low]].address > p->address + k)
			break;
		if (s->by[low] < best && holds(&s->runs[s->by[low]], p, k))
			best = s->by[low];
	}
	return best;
}

/* The point's registers; NULL: not all of them are there. */
static const uint16_t *
gather(bool *used, size_t *first, struct arena *a, const struct sorted *s,
    const struct point *p)
{
	size_t from[POINT_WORDS_MAX];
	uint16_t *w;
	int k;

	for (k = 0; k < p->words; k++)
		if ((from[k] = run_of(s, p, k)) == s->n)
			return NULL;
	w = arena_array(a, (size_t)p->words, sizeof(*w));
	for (k = 0; k < p->words; k++) {
		const struct words *run = &s->runs[from[k]];

		w[k] = run->w[p->address + k - run->address];
		used[from[k]] = true;
	}
	*first = from[0];
	return w;
}

size_t
words_decode(struct heard *out, bool *used, struct arena *a,
    const struct profile *p, const struct words *runs, size_t n)
{
	struct sample *all = arena_array(a, p->n, sizeof(*all));
	const uint16_t **w = arena_array(a, p->n, sizeof(*w));
	size_t *first = arena_array(a, p->n, sizeof(*first));
	const struct sorted s = sort(a, runs, n);
	size_t i, heard = 0;

	memset(used, 0, n * sizeof(*used));
	for (i = 0; i < p->n; i++)
		w[i] = gather(used, &first[i], a, &s, &p->points[i]);
	decode_frame(all, p, w);
	for (i = 0; i < p->n; i++) {
		struct heard *h = &out[heard];

		if (w[i] == NULL || p->points[i].part)
			continue;
		*h = (struct heard){ .point = &p->points[i],
			.value = all[i].value,
			.quality = all[i].quality,
			.run = first[i] };
		h->zero = h->point->zero_suspect && all[i].value == 0 &&
			  all[i].quality == QUALITY_UNCERTAIN;
		heard++;
	}
	return heard;
}

const struct point *
words_point(const struct profile *p, const struct words *run)
{
	size_t i;

	for (i = 0; i < p->n && run->address >= 0; i++)
		if (p->points[i].address == run->address &&
		    is_of(run, &p->points[i]))
			return &p->points[i];
	return NULL;
}
