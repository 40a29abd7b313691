#include "memory.h"

#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "base/log.h"
#include "segment.h"

#define FILE_NAME "learned.json"

enum { FILE_BYTES = 64 * 1024 * 1024 };

struct memo {
	int32_t tenant, device;
	const char *profile, *version;
	struct taught taught;
	int64_t p99_us;
};

struct memory {
	const char *dir;
	struct arena *arena, *next; /* of the memos, old and new */
	struct buf memos;
	uint64_t seed, written; /* hash of the file */
};

static int
by_device(const void *p, const void *q)
{
	const struct memo *a = p, *b = q;

	if (a->tenant != b->tenant)
		return a->tenant < b->tenant ? -1 : 1;
	return (a->device > b->device) - (a->device < b->device);
}

static void
json_close(void *o)
{
	json_decref(o);
}

static void
holes_parse(struct taught *k, struct arena *a, json_t *holes, int64_t since)
{
	int function, address, count;
	json_t *one;
	size_t i;

	json_array_foreach(holes, i, one)
	{
		if (json_unpack(one, "[i, i, i]", &function, &address,
			&count) != 0 ||
		    function < READ_COILS || function > READ_INPUT ||
		    address < 0 || address > UINT16_MAX || count < 1 ||
		    count > UINT16_MAX)
			continue;
		(void)taught_add(k, a,
		    &(struct hole){ (uint8_t)function, (uint16_t)address,
			(uint16_t)count },
		    since);
	}
}

static bool
memo_parse(struct memo *m, struct arena *a, json_t *o)
{
	json_int_t since, p99_us;
	json_t *holes;

	*m = (struct memo){ .tenant = 0 };
	if (json_unpack(o, "{s:i, s:i, s:s, s:s, s:I, s:I, s:i, s:i, s:o}",
		"tenant", &m->tenant, "device", &m->device, "profile",
		&m->profile, "version", &m->version, "since", &since, "p99_us",
		&p99_us, "words", &m->taught.most_words, "bits",
		&m->taught.most_bits, "holes", &holes) != 0)
		return false;
	m->profile = arena_text(a, m->profile);
	m->version = arena_text(a, m->version);
	m->p99_us = p99_us;
	m->taught.since = since;
	holes_parse(&m->taught, a, holes, since);
	return true;
}

static struct bytes
file_read(struct arena *a, const char *dir)
{
	struct bytes text = { .n = 0 };
	char path[PATH_MAX];
	struct stat st;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/" FILE_NAME, dir);
	if ((f = fopen(path, "re")) == NULL)
		return text;
	if (fstat(fileno(f), &st) == 0 && st.st_size < FILE_BYTES) {
		text.p = arena_alloc(a, (size_t)st.st_size + 1);
		text.n = fread((void *)text.p, 1, (size_t)st.st_size, f);
	}
	(void)fclose(f);
	return text;
}

struct memory *
memory_open(struct arena *a, const char *dir)
{
	struct memory *m = arena_alloc(a, sizeof(*m));
	struct arena *scratch = arena_new();
	struct bytes text = file_read(scratch, dir);
	struct memo one;
	json_t *all, *o;
	size_t i;

	m->dir = dir;
	m->seed = hash_seed();
	m->written = hash_bytes(m->seed, text.p, text.n);
	m->arena = arena_new();
	m->memos = buf_new(m->arena, sizeof(one));
	all = json_loadb((const char *)text.p, text.n, 0, NULL);
	if (all == NULL && text.n > 0)
		log_warn("what devices taught is damaged, and asked anew");
	if (all != NULL)
		arena_defer(scratch, json_close, all);
	json_array_foreach(all, i, o) if (memo_parse(&one, m->arena, o))
	    buf_put(&m->memos, &one, sizeof(one));
	qsort(m->memos.p, m->memos.n / sizeof(one), sizeof(one), by_device);
	arena_free(scratch);
	return m;
}

void
memory_recall(const struct memory *m, struct device *d)
{
	const struct memo key = { .tenant = d->tenant, .device = d->id };
	const struct memo *found = bsearch(&key, m->memos.p,
	    m->memos.n / sizeof(key), sizeof(key), by_device);

	if (found != NULL && strcmp(found->profile, d->profile->id) == 0 &&
	    strcmp(found->version, d->profile->version) == 0)
		device_know(d, &found->taught, found->p99_us);
}

void
memory_begin(struct memory *m)
{
	m->next = arena_new();
	m->memos = buf_new(m->next, 64 * sizeof(struct memo));
}

void
memory_keep(struct memory *m, const struct device *d)
{
	struct memo one = { d->tenant, d->id, d->profile->id,
		d->profile->version, d->taught, latency_p99(&d->latency) };

	if (one.p99_us == 0 && one.taught.since == 0)
		return;
	one.taught.holes = NULL;
	if (one.taught.n > 0)
		one.taught.holes = memcpy(arena_array(m->next, one.taught.n,
					      sizeof(struct hole)),
		    d->taught.holes, one.taught.n * sizeof(struct hole));
	buf_put(&m->memos, &one, sizeof(one));
}

static json_t *
memo_json(const struct memo *m)
{
	json_t *holes = json_array();
	size_t i;

	for (i = 0; i < m->taught.n; i++)
		(void)json_array_append_new(holes,
		    json_pack("[i, i, i]", m->taught.holes[i].function,
			m->taught.holes[i].address, m->taught.holes[i].count));
	return json_pack("{s:i, s:i, s:s, s:s, s:I, s:I, s:i, s:i, s:o}",
	    "tenant", m->tenant, "device", m->device, "profile", m->profile,
	    "version", m->version, "since", (json_int_t)m->taught.since,
	    "p99_us", (json_int_t)m->p99_us, "words", m->taught.most_words,
	    "bits", m->taught.most_bits, "holes", holes);
}

static void
file_write(struct memory *m, struct arena *a)
{
	const struct memo *v = (const struct memo *)(const void *)m->memos.p;
	json_t *all = json_array();
	unsigned char *text;
	struct bytes b;
	struct err *e;
	size_t i;

	arena_defer(a, json_close, all);
	for (i = 0; i < m->memos.n / sizeof(*v); i++)
		(void)json_array_append_new(all, memo_json(&v[i]));
	b.n = json_dumpb(all, NULL, 0, JSON_COMPACT);
	b.p = text = arena_alloc(a, b.n + 1);
	(void)json_dumpb(all, (char *)text, b.n, JSON_COMPACT);
	if (hash_bytes(m->seed, b.p, b.n) == m->written)
		return;
	if ((e = file_replace(m->dir, FILE_NAME, b)) != NULL)
		log_err(e, "what devices taught is not kept");
	else
		m->written = hash_bytes(m->seed, b.p, b.n);
}

void
memory_end(struct memory *m)
{
	struct arena *scratch = arena_new();

	arena_free(m->arena);
	m->arena = m->next;
	m->next = NULL;
	qsort(m->memos.p, m->memos.n / sizeof(struct memo), sizeof(struct memo),
	    by_device);
	file_write(m, scratch);
	arena_free(scratch);
}
