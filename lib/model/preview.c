#include "model/preview.h"

#include <string.h>

#include "query.h"

/* Exceptions of Modbus. */
enum { NO_FUNCTION = 1, NO_ADDRESS, NO_QUANTITY };

enum { READS_MAX = 1000 }; /* ten a minute, for an hour */

/* The latest read of just that; NULL: there was none. */
static const struct preview_read *
read_of(const struct block *b, const struct preview_read *v, size_t n)
{
	while (n-- > 0)
		if (v[n].function == b->function &&
		    v[n].address == b->address && v[n].quantity == b->quantity)
			return &v[n];
	return NULL;
}

/* Of points that stand in this order, with what is between them. */
static struct block
block_of(const struct profile *p, const uint16_t *order, size_t first, size_t n)
{
	const struct point *pt = &p->points[order[first]];
	struct block b = { .function = pt->function,
		.address = pt->address,
		.first = first,
		.n = n };
	size_t i;

	for (i = first; i < first + n; i++) {
		int end;

		pt = &p->points[order[i]];
		end = pt->address + pt->words - b.address;
		if (end > b.quantity)
			b.quantity = end;
	}
	return b;
}

/*
 * Does the device say that the registers are wrong?  Other exceptions are of
 * the moment: it has failed, is busy, or is not reached.
 */
static bool
is_refused(const char *why)
{
	int code = probe_exception(why);

	return code == NO_FUNCTION || code == NO_ADDRESS || code == NO_QUANTITY;
}

/* Where the block is to be asked for in two parts; 0: in one. */
static size_t
part_of(struct block *b, const struct preview_read *v, size_t n)
{
	const struct preview_read *r = read_of(b, v, n);

	if (r == NULL) {
		b->state = BLOCK_WANTED;
		return 0;
	}
	b->read = r;
	if (r->is_open)
		b->state = BLOCK_OPEN;
	else if (r->words != NULL)
		b->state = BLOCK_READ;
	else if (!is_refused(r->why))
		b->state = BLOCK_WANTED;
	else if (b->n > 1)
		return b->n / 2;
	else
		b->state = BLOCK_REFUSED;
	return 0;
}

static void
block_add(struct blocks *to, const struct block *b)
{
	to->v[to->n++] = *b;
	to->wanted += b->state == BLOCK_WANTED;
	to->open += b->state == BLOCK_OPEN;
}

void
preview_blocks(struct blocks *out, struct arena *a, const struct profile *p,
    const struct preview_read *reads, size_t n)
{
	static const struct taught probes = { .most_words = PROBE_MOST,
		.most_bits = PROBE_MOST };
	struct block *todo;
	struct plan plan = { .n = 0 };
	size_t i, left = 0, part;

	plan_make(&plan, a, p, NULL, &probes);
	*out = (struct blocks){ .v = arena_array(a, p->n, sizeof(*out->v)),
		.order = plan.order };
	/* The first block lies on top, and so does the first part of one. */
	todo = arena_array(a, p->n, sizeof(*todo));
	for (i = plan.n; i-- > 0;)
		todo[left++] = block_of(p, plan.order, plan.reads[i].first,
		    plan.reads[i].n);
	while (left > 0) {
		struct block b = todo[--left], head, rest;

		if ((part = part_of(&b, reads, n)) == 0) {
			block_add(out, &b);
			continue;
		}
		rest = block_of(p, plan.order, b.first + part, b.n - part);
		head = block_of(p, plan.order, b.first, part);
		rest.read = head.read = b.read;
		todo[left++] = rest;
		todo[left++] = head;
	}
}

const uint16_t **
preview_words(struct arena *a, const struct profile *p, const struct blocks *s)
{
	const uint16_t **words = arena_array(a, p->n, sizeof(*words));
	size_t i, k;

	for (i = 0; i < s->n; i++) {
		const struct block *b = &s->v[i];

		if (b->state != BLOCK_READ)
			continue;
		for (k = b->first; k < b->first + b->n; k++)
			words[s->order[k]] = b->read->words +
					     p->points[s->order[k]].address -
					     b->address;
	}
	return words;
}

struct err *
preview_ask(struct probe_asked *out, struct tx *tx, const struct preview *p,
    const struct blocks *s)
{
	struct arena *a = tx_arena(tx);
	int32_t *functions = arena_array(a, s->n, sizeof(*functions));
	int32_t *addresses = arena_array(a, s->n, sizeof(*addresses));
	int32_t *quantities = arena_array(a, s->n, sizeof(*quantities));
	struct rows *r;
	struct err *e;
	size_t i, n = 0;

	for (i = 0; i < s->n; i++) {
		if (s->v[i].state != BLOCK_WANTED)
			continue;
		functions[n] = (int32_t)s->v[i].function;
		addresses[n] = s->v[i].address;
		quantities[n++] = s->v[i].quantity;
	}
	if ((e = tx_rows(&r, tx, &q_preview_ask,
		 ARGS(out->id != 0 ? A((long)out->id) : arg_null(),
		     A(p->device), A(p->body), A(p->notes),
		     arr_int(a, functions, n), arr_int(a, addresses, n),
		     arr_int(a, quantities, n)))) != NULL)
		return err_pass(e);
	out->wait_s = (int)rows_int(r, 0, PREVIEW_ASK_WAIT_S);
	if (rows_null(r, 0, PREVIEW_ASK_ID))
		return probe_refusal(rows_text(r, 0, PREVIEW_ASK_REFUSED),
		    p->device);
	out->id = rows_int(r, 0, PREVIEW_ASK_ID);
	return NULL;
}

static struct err *
reads_load(struct preview *p, struct tx *tx, int64_t id)
{
	struct rows *r;
	struct err *e;
	size_t i;

	if ((e = tx_rows(&r, tx, &q_preview_reads,
		 ARGS(A((long)id), A(READS_MAX)))) != NULL)
		return err_pass(e);
	p->n = (size_t)rows_count(r);
	p->reads = arena_array(tx_arena(tx), p->n, sizeof(*p->reads));
	for (i = 0; i < p->n; i++) {
		struct preview_read *one = &p->reads[i];
		const char *state;
		int k = (int)i;

		state = rows_text(r, k, PREVIEW_READS_STATE);
		one->function =
		    (enum point_function)rows_int(r, k, PREVIEW_READS_FUNCTION);
		one->address = (int)rows_int(r, k, PREVIEW_READS_ADDRESS);
		one->quantity = (int)rows_int(r, k, PREVIEW_READS_QUANTITY);
		one->is_open = probe_is_open(&(struct probe){ .state = state });
		one->words =
		    probe_words(tx_arena(tx), r, k, PREVIEW_READS_WORDS);
		one->why = rows_text(r, k, PREVIEW_READS_WHY);
	}
	return NULL;
}

struct err *
preview_load(struct preview *p, struct tx *tx, int64_t id)
{
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, tx, &q_preview_load, ARGS(A((long)id)))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return err_raise(ERR_MISSING,
		    "There is no such preview, or it is more than an hour old.",
		    "preview %lld", (long long)id);
	*p = (struct preview){ .device = rows_text(r, 0, PREVIEW_LOAD_DEVICE),
		.device_name = rows_text(r, 0, PREVIEW_LOAD_DEVICE_NAME),
		.zone = rows_text(r, 0, PREVIEW_LOAD_ZONE),
		.body = rows_text(r, 0, PREVIEW_LOAD_BODY),
		.notes = rows_text(r, 0, PREVIEW_LOAD_NOTES),
		.simulated = rows_bool(r, 0, PREVIEW_LOAD_SIMULATED),
		.asked_at = rows_time(r, 0, PREVIEW_LOAD_ASKED_AT) };
	if ((e = reads_load(p, tx, id)) != NULL)
		return err_pass(e);
	return NULL;
}
