#include "intake/joined.h"

#include <string.h>

#include "intake/sequence.h"

enum { RS = 0x1E };

/* The body behind the marks that it may begin with. */
static struct bytes
unmarked(struct bytes body)
{
	while (body.n > 0 && memchr("\036 \t\r\n", body.p[0], 5) != NULL) {
		body.p++;
		body.n--;
	}
	return body;
}

size_t
joined_split(struct bytes **out, struct arena *a, struct bytes body)
{
	struct bytes rest = unmarked(body), *v = NULL;
	bool is_marked = rest.n > 0 && rest.p > body.p && rest.p[-1] == RS;
	size_t n = 0, room = 0;
	struct jvalue value;
	struct jscan s;

	jscan_open(&s, a, rest);
	do {
		jscan_value(&s, &value);
		jscan_pass(&s, &value);
		if (value.kind != J_OBJECT || s.why != NULL)
			return 0;
		if (n == room) {
			struct bytes *more;

			room = 2 * room + 16;
			more = arena_room(a, room, sizeof(*more));
			if (n > 0)
				memcpy(more, v, n * sizeof(*v));
			v = more;
		}
		v[n++] = (struct bytes){ (const unsigned char *)value.raw.p,
			value.raw.n };
	} while (sequence_next(&s, rest));
	if (jscan_close(&s) != NULL || (n == 1 && !is_marked))
		return 0;
	*out = v;
	return n;
}

/* One of them is no body of its format; what there is of it is refused. */
static void
refuse(struct intake *in, size_t first, struct bytes part, const char *say)
{
	size_t i;

	if (in->n == first) {
		struct item *it = intake_add(in);

		it->raw = (struct slice){ (const char *)part.p, part.n };
		it->r.time = in->now;
	}
	for (i = first; i < in->n; i++)
		item_refuse(&in->v[i], in->arena, "bad_body", "%s", say);
}

struct err *
joined_read(struct intake *in, const struct bytes *v, size_t n)
{
	size_t i, k, first;
	struct err *e;

	in->n = in->facts = in->warnings = 0;
	in->full = false;
	in->batch = in->asked.batch != NULL && *in->asked.batch != 0
			? in->asked.batch
			: NULL;
	in->format =
	    in->asked.format != NULL ? in->asked.format : format_of(in, v[0]);
	for (i = 0; i < n && !in->full; i++) {
		const char *part = arena_printf(in->arena, "[%zu]", i);

		first = in->n;
		e = in->format->decode(in, v[i]);
		if (e != NULL && e->kind != ERR_INPUT)
			return err_pass(e);
		if (e != NULL)
			refuse(in, first, v[i], e->say);
		for (k = first; k < in->n; k++)
			in->v[k].part = part;
	}
	in->again = NULL;
	return NULL;
}
