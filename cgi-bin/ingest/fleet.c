#include "cgi-bin/ingest/fleet.h"

#include <string.h>

#include "base/member.h"

int
fleet_status(const struct taken *t)
{
	const struct intake *in = &t->in;
	size_t i;

	if (t->sent > t->rejected)
		return 201;
	for (i = 0; i < in->n; i++)
		if (in->v[i].list == NULL && in->v[i].part == NULL &&
		    strcmp(in->v[i].code, "ambiguous") == 0)
			return 422;
	return 400;
}

/* Where an item stood, by RFC 6901: "/3/voltage". */
static void
pointer(struct buf *b, struct arena *a, const struct item *it)
{
	struct buf p = buf_new(a, 64);
	size_t i;

	if (it->list != NULL)
		buf_printf(&p, "/%zu", it->index);
	if (it->joint != NULL) {
		buf_byte(&p, '/');
		for (i = 0; i < it->sensor.n; i++)
			switch (it->sensor.p[i]) {
			case '~':
				buf_text(&p, "~0");
				break;
			case '/':
				buf_text(&p, "~1");
				break;
			default:
				buf_byte(&p, (unsigned char)it->sensor.p[i]);
			}
	}
	member_text(b, "pointer", p.n > 0 ? (const char *)p.p : "");
}

/* What is wrong, but not what only stood beside it. */
static void
errors(struct buf *b, const struct intake *in)
{
	size_t i;

	member_name(b, "errors");
	buf_byte(b, '[');
	for (i = 0; i < in->n; i++) {
		const struct item *it = &in->v[i];

		if (it->code == NULL || strcmp(it->code, "incomplete") == 0)
			continue;
		member_comma(b);
		buf_byte(b, '{');
		pointer(b, in->arena, it);
		member_text(b, "code", it->code);
		member_text(b, "detail", it->detail);
		buf_byte(b, '}');
	}
	buf_byte(b, ']');
}

void
reply_fleet(struct buf *b, const struct taken *t)
{
	int status = fleet_status(t);

	buf_byte(b, '{');
	if (status == 201) {
		reply_ours(b, t);
		reply_results(b, t);
	} else {
		member_text(b, "type", "about:blank");
		member_text(b, "title",
		    status == 422 ? "Meter or vehicle?" : "Bad request");
		member_int(b, "status", status);
		member_text(b, "code",
		    status == 422 ? "ambiguous" : "bad_request");
		member_text(b, "detail", "Nothing was stored.");
	}
	errors(b, &t->in);
	buf_text(b, "}\n");
}
