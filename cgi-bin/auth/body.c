#include "cgi-bin/auth/body.h"

enum { NAME_SHOWN = 40 };

static struct err *
keep(struct body_text *m, size_t n, struct arena *a, struct slice key,
    const struct jvalue *v)
{
	int shown = key.n < NAME_SHOWN ? (int)key.n : NAME_SHOWN;
	size_t i = 0;

	while (i < n && !slice_is(key, m[i].name))
		i++;
	if (i == n)
		return err_say(err_raise(ERR_INPUT, "", "unknown member"),
		    "%.*s: there is no such member.", shown, key.p);
	if (v->kind != J_TEXT)
		return err_say(err_raise(ERR_INPUT, "", "%s", m[i].name),
		    "%s: this must be a text.", m[i].name);
	if (v->text.n > m[i].most)
		return err_say(err_raise(ERR_INPUT, "", "%s", m[i].name),
		    "%s: at most %zu bytes.", m[i].name, m[i].most);
	m[i].text = arena_copy(a, v->text.p, v->text.n);
	return NULL;
}

static struct err *
read_all(struct body_text *m, size_t n, const struct req *rq)
{
	struct err *e = NULL;
	struct jvalue top, v;
	struct slice key;
	struct jscan s;

	jscan_open(&s, rq->arena, rq->body);
	jscan_value(&s, &top);
	while (e == NULL && top.kind == J_OBJECT && jscan_member(&s, &key)) {
		jscan_value(&s, &v);
		if (v.kind != J_NONE)
			e = keep(m, n, rq->arena, key, &v);
		jscan_pass(&s, &v);
	}
	if (e != NULL)
		return err_pass(e);
	if (top.kind == J_ARRAY)
		return err_raise(ERR_INPUT, "The body has to be an object.",
		    "an array");
	e = jscan_close(&s);
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
body_texts(struct body_text *m, size_t n, const struct req *rq)
{
	struct err *e;
	size_t i;

	if (rq->body_err != NULL)
		return err_raise(rq->body_err->kind, rq->body_err->say, "%s",
		    rq->body_err->why);
	if ((e = read_all(m, n, rq)) != NULL)
		return err_pass(e);
	for (i = 0; i < n; i++)
		if (m[i].text == NULL && !m[i].optional)
			return err_say(err_raise(ERR_INPUT, "", "%s missing",
					   m[i].name),
			    "%s: this is needed.", m[i].name);
	return NULL;
}
