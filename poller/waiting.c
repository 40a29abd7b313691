#include "waiting.h"

#include <string.h>

enum { WORD = 64, WORDS = 32, PAGE = WORD * WORDS };

struct waiting_page {
	uint64_t bits[WORDS];
	uint32_t n;    /* of bits that are set */
	uint32_t next; /* spare one + 1 */
};

struct waiting
waiting_new(struct arena *a, uint64_t span)
{
	struct waiting w = { .span = (span / PAGE + 2) * PAGE, .arena = a };

	w.page = arena_array(a, w.span / PAGE, sizeof(*w.page));
	return w;
}

void
waiting_start(struct waiting *w, uint64_t seq)
{
	w->low = w->next = seq;
}

static uint32_t *
slot(const struct waiting *w, uint64_t seq)
{
	return &w->page[seq % w->span / PAGE];
}

static uint64_t
bit(uint64_t seq)
{
	return UINT64_C(1) << seq % WORD;
}

static size_t
word(const struct waiting *w, uint64_t seq)
{
	return seq % w->span % PAGE / WORD;
}

bool
waiting_has(const struct waiting *w, uint64_t seq)
{
	uint32_t at = *slot(w, seq);

	return at != 0 && seq >= w->low && seq < w->next &&
	       (w->pool[at - 1].bits[word(w, seq)] & bit(seq)) != 0;
}

bool
waiting_full(const struct waiting *w)
{
	/* Both ends never share a page. */
	return w->next - w->low >= w->span - PAGE;
}

/* An empty page; its place + 1. */
static uint32_t
page_get(struct waiting *w)
{
	struct waiting_page *more;
	uint32_t at = w->spare;

	if (at != 0) {
		w->spare = w->pool[at - 1].next;
		return at;
	}
	if (w->used == w->room) {
		w->room = w->room * 2 + 16;
		more = arena_array(w->arena, w->room, sizeof(*more));
		if (w->used > 0)
			memcpy(more, w->pool, w->used * sizeof(*more));
		w->pool = more;
	}
	return ++w->used;
}

void
waiting_begin(struct waiting *w, uint64_t seq)
{
	uint32_t *at = slot(w, seq);

	if (w->n == 0)
		w->low = seq;
	if (*at == 0)
		*at = page_get(w);
	w->pool[*at - 1].bits[word(w, seq)] |= bit(seq);
	w->pool[*at - 1].n++;
	w->next = seq + 1;
	w->n++;
}

/* Low is the first that waits, or next. */
static void
low_follow(struct waiting *w)
{
	if (w->n == 0)
		w->low = w->next;
	while (w->low < w->next && !waiting_has(w, w->low))
		w->low = *slot(w, w->low) == 0 ? (w->low / PAGE + 1) * PAGE
					       : w->low + 1;
}

bool
waiting_end(struct waiting *w, uint64_t seq)
{
	uint32_t *at = slot(w, seq);
	struct waiting_page *p;

	if (!waiting_has(w, seq))
		return false;
	p = &w->pool[*at - 1];
	p->bits[word(w, seq)] &= ~bit(seq);
	w->n--;
	if (--p->n == 0) {
		p->next = w->spare;
		w->spare = *at;
		*at = 0;
	}
	low_follow(w);
	return true;
}
