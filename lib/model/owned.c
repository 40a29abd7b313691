#include "model/owned.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "query.h"

enum { OWNED_MAX = 500 };

struct one {
	const int32_t *devices; /* ascending */
	size_t n;
	const struct profile *profile; /* NULL: it is wrong */
	const char *text;
};

struct owned {
	struct one *v;
	size_t n;
};

/* "1,2,3" */
static void
devices_read(struct one *to, struct arena *a, const char *s)
{
	size_t most = strlen(s) / 2 + 1;
	int32_t *v = arena_array(a, most, sizeof(*v));
	char *end;

	for (; *s != 0; s = *end == ',' ? end + 1 : end)
		v[to->n++] = (int32_t)strtol(s, &end, 10);
	to->devices = v;
}

struct err *
owned_load(struct owned **out, struct arena *a, struct tx *tx, int32_t source)
{
	struct owned *o = arena_alloc(a, sizeof(*o));
	struct profile *p;
	struct rows *r;
	struct err *e;
	int i;

	if ((e = tx_rows(&r, tx, &q_profile_own,
		 ARGS(A((int)tx_who(tx)->tenant), A((int)source),
		     A(OWNED_MAX)))) != NULL)
		return err_pass(e);
	o->n = (size_t)rows_count(r);
	o->v = arena_array(a, o->n + 1, sizeof(*o->v));
	for (i = 0; i < rows_count(r); i++) {
		struct one *one = &o->v[i];

		devices_read(one, a, rows_text(r, i, PROFILE_OWN_DEVICES));
		one->text = arena_text(a, rows_text(r, i, PROFILE_OWN_BODY));
		e = profile_parse(&p, a, one->text, strlen(one->text));
		if (e != NULL)
			log_err(e, "profile");
		else
			one->profile = p;
	}
	*out = o;
	return NULL;
}

static const struct one *
find(const struct owned *o, int32_t device)
{
	size_t i, low, high, mid;

	for (i = 0; i < o->n; i++) {
		for (low = 0, high = o->v[i].n; low < high;) {
			mid = (low + high) / 2;
			if (o->v[i].devices[mid] < device)
				low = mid + 1;
			else
				high = mid;
		}
		if (low < o->v[i].n && o->v[i].devices[low] == device)
			return &o->v[i];
	}
	return NULL;
}

const struct profile *
owned_find(const struct owned *o, int32_t device)
{
	const struct one *one = find(o, device);

	return one != NULL ? one->profile : NULL;
}

const char *
owned_text(const struct owned *o, int32_t device)
{
	const struct one *one = find(o, device);

	return one != NULL ? one->text : NULL;
}
