#include "intake/units.h"

enum { FEW = 32 };

/* The item of this sensor among those of one object; NULL: there is none. */
static struct item *
item_of(const struct intake *in, size_t first, const struct hashed *t,
    uint64_t seed, struct slice sensor)
{
	uint64_t hash;
	size_t i, step = 0;

	if (t->slot == NULL) {
		for (i = first; i < in->n; i++)
			if (slice_same(in->v[i].sensor, sensor))
				return &in->v[i];
		return NULL;
	}
	hash = hash_bytes(seed, sensor.p, sensor.n);
	while (hash_next(&i, &step, t, hash))
		if (slice_same(in->v[i].sensor, sensor))
			return &in->v[i];
	return NULL;
}

void
units_read(struct intake *in, size_t first, struct slice raw)
{
	struct hashed t = { NULL, 0 };
	uint64_t seed = 0;
	size_t next = first, i;
	struct slice key;
	struct jvalue v;
	struct jscan s;

	if (in->n - first > FEW) {
		seed = hash_seed();
		t = hash_table(in->arena, in->n - first);
		for (i = first; i < in->n; i++)
			hash_add(&t,
			    hash_bytes(seed, in->v[i].sensor.p,
				in->v[i].sensor.n),
			    i);
	}
	jscan_open(&s, in->arena,
	    (struct bytes){ (const unsigned char *)raw.p, raw.n });
	jscan_value(&s, &v);
	while (jscan_member(&s, &key)) {
		struct item *it = next < in->n ? &in->v[next] : NULL;

		jscan_value(&s, &v);
		jscan_pass(&s, &v);
		if (it == NULL || !slice_same(it->sensor, key))
			it = item_of(in, first, &t, seed, key);
		if (it == NULL)
			continue;
		next = (size_t)(it - in->v) + 1;
		if (v.kind == J_TEXT)
			it->unit = v.text;
	}
}
