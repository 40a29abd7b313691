#include "intake/memo.h"

enum { MORE = 64 };

struct memo *
memo_make(struct arena *a, size_t sensors)
{
	struct memo *m = arena_alloc(a, sizeof(*m));

	m->arena = a;
	m->most = 2 * sensors + MORE < MEMO_MAX ? 2 * sensors + MORE : MEMO_MAX;
	m->seed = hash_seed();
	m->v = arena_array(a, m->most + 1, sizeof(*m->v));
	m->steps = hash_table(a, m->most);
	return m;
}

static uint64_t
hash_of(const struct memo *m, uint32_t first, struct slice text)
{
	return hash_bytes(m->seed + first, text.p, text.n);
}

uint32_t
memo_find(const struct memo *m, uint32_t first, struct slice text)
{
	uint64_t h = hash_of(m, first, text);
	size_t i, step = 0;

	while (hash_next(&i, &step, &m->steps, h)) {
		const struct memo_step *s = &m->v[i];

		if (s->first == first && s->n == text.n &&
		    memcmp(s->text, text.p, text.n) == 0)
			return (uint32_t)i;
	}
	return 0;
}

uint32_t
memo_add(struct memo *m, uint32_t first, struct slice text,
    const struct memo_sensor *sensor)
{
	uint32_t had = memo_find(m, first, text);

	if (had != 0)
		return had;
	if (m->n == m->most || text.n > MEMO_TEXT_MAX)
		return 0;
	m->v[++m->n] = (struct memo_step){
		.text = arena_copy(m->arena, text.p, text.n),
		.n = (uint32_t)text.n,
		.first = first,
		.sensor = *sensor,
	};
	hash_add(&m->steps, hash_of(m, first, text), m->n);
	return (uint32_t)m->n;
}
