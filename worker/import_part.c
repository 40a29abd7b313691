/* A slice of an import, account by account. */
#include <stdlib.h>

#include "intake/keep.h"
#include "store/store.h"
#include "worker/import.h"

static const struct format imported = { FORMAT_IMPORT, "import", NULL,
	{ NULL, NULL } };

static int32_t
account_of(const struct parts_of *of, const struct item *it)
{
	return of->account[roster_device(of->roster, it->device)];
}

/* Where an item goes. */
struct place {
	int32_t source;
	size_t item;
};

/* By account, and within one as they came. */
static int
by_account(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->source != y->source)
		return x->source < y->source ? -1 : 1;
	return (x->item > y->item) - (x->item < y->item);
}

static struct place *
places_of(const struct intake *in, const struct parts_of *of)
{
	struct place *v = arena_array(in->arena, in->n + 1, sizeof(*v));
	size_t i;

	for (i = 0; i < in->n; i++)
		v[i] = (struct place){ account_of(of, &in->v[i]), i };
	qsort(v, in->n, sizeof(*v), by_account);
	return v;
}

/* So many items of one account, as a batch of it. */
static struct err *
part_make(struct taken *t, const struct intake *in, const struct parts_of *of,
    const struct place *at, size_t n)
{
	struct arena *a = in->arena;
	struct err *e;
	size_t i;

	*t = (struct taken){ .in = *in };
	t->in.format = &imported;
	t->in.batch = arena_printf(a, "import:%d.", (int)of->import);
	t->in.v = arena_array(a, n, sizeof(*t->in.v));
	t->in.n = t->in.let_go = 0;
	for (i = 0; i < n; i++) {
		const struct item *it = &in->v[at[i].item];

		t->bytes += it->raw.n;
		t->in.let_go += it->let_go;
		t->in.v[t->in.n++] = *it;
	}
	take_count(t);
	if ((e = virtuals_compute(&t->made, &t->in, of->virtuals)) != NULL)
		return err_pass(e);
	t->sent += t->made.n;
	if (t->sent > STORE_APPEND_MAX)
		return err_raise(ERR_REFUSED,
		    "Too much is computed from the rows of this file.",
		    "%zu readings of a slice", t->sent);
	take_settle(t);
	return NULL;
}

struct err *
parts_make(struct parts *p, const struct intake *in, const struct parts_of *of)
{
	const struct place *at = places_of(in, of);
	size_t i, n, all = 0;
	struct err *e;

	for (i = 0; i < in->n; i++)
		all += i == 0 || at[i].source != at[i - 1].source;
	*p = (struct parts){ .n = 0 };
	p->source = arena_array(in->arena, all + 1, sizeof(*p->source));
	p->v = arena_array(in->arena, all + 1, sizeof(*p->v));
	for (i = 0; i < in->n; i += n) {
		for (n = 1; i + n < in->n && at[i + n].source == at[i].source;)
			n++;
		if ((e = part_make(&p->v[p->n], in, of, &at[i], n)) != NULL)
			return err_pass(e);
		p->made += p->v[p->n].made.n;
		p->source[p->n++] = at[i].source;
	}
	return NULL;
}

struct err *
parts_keep(struct tx *tx, struct parts *p)
{
	struct err *e;
	size_t i;

	for (i = 0; i < p->n; i++) {
		struct origin o = { .source = p->source[i],
			.kind = KIND_IMPORT };

		if ((e = keep(tx, &o, &p->v[i], 0, NULL)) != NULL)
			return err_pass(e);
	}
	return NULL;
}
