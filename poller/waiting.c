#include "waiting.h"

enum { WORD = 64 };

struct waiting
waiting_new(struct arena *a, uint64_t span)
{
	struct waiting w = { .span = (span / WORD + 1) * WORD };

	w.bits = arena_array(a, w.span / WORD, sizeof(*w.bits));
	return w;
}

void
waiting_start(struct waiting *w, uint64_t seq)
{
	w->low = w->next = seq;
}

static uint64_t
bit(const struct waiting *w, uint64_t seq)
{
	return UINT64_C(1) << seq % w->span % WORD;
}

static uint64_t *
word(const struct waiting *w, uint64_t seq)
{
	return &w->bits[seq % w->span / WORD];
}

bool
waiting_has(const struct waiting *w, uint64_t seq)
{
	return seq >= w->low && seq < w->next &&
	       (*word(w, seq) & bit(w, seq)) != 0;
}

bool
waiting_full(const struct waiting *w)
{
	return w->next - w->low >= w->span;
}

void
waiting_begin(struct waiting *w, uint64_t seq)
{
	if (w->n == 0)
		w->low = seq;
	*word(w, seq) |= bit(w, seq);
	w->next = seq + 1;
	w->n++;
}

bool
waiting_end(struct waiting *w, uint64_t seq)
{
	if (!waiting_has(w, seq))
		return false;
	*word(w, seq) &= ~bit(w, seq);
	w->n--;
	while (w->low < w->next && !waiting_has(w, w->low))
		w->low++;
	return true;
}
