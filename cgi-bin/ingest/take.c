#include "cgi-bin/ingest/take.h"

#include <assert.h>

#include "cgi-bin/ingest/resolve.h"
#include "cgi-bin/ingest/window.h"
#include "store/store.h"

void
take_settle(struct taken *t)
{
	const struct intake *in = &t->in;
	size_t i, n = t->sent - t->rejected;
	struct reading *to;

	to = t->r.v = arena_array(in->arena, n, sizeof(*t->r.v));
	for (i = 0; i < in->n; i++)
		if (in->v[i].code == NULL)
			to = window_put(to, &in->v[i]);
	assert(to == t->r.v + n);
	t->r.n = n;
	t->duplicate = readings_settle(&t->r, in->arena);
}

struct err *
take(struct taken *t, struct bytes body, const char *key,
    const struct roster *roster)
{
	struct intake *in = &t->in;
	struct err *e;
	size_t i;

	if ((e = intake_read(in, body, key)) != NULL)
		return err_pass(e);
	resolve(in, roster);
	t->sent = t->rejected = 0;
	for (i = 0; i < in->n; i++) {
		t->rejected += in->v[i].code != NULL;
		t->sent += in->v[i].code != NULL ? 1 : window_size(&in->v[i]);
	}
	if (t->sent - t->rejected > STORE_APPEND_MAX)
		return err_raise(ERR_TOO_BIG, "Too many readings in one body.",
		    "more than %d", STORE_APPEND_MAX);
	if (in->bare == 0)
		take_settle(t);
	return NULL;
}
