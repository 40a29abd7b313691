#include "intake/line.h"

#include "intake/line_value.h"

enum { FIRST_ROOM = 16 };

/* Which names may hold what. */
enum part { MEASUREMENT, KEY, TAG_VALUE };

/* In a measurement '=' is a letter, in a tag's value a control character. */
static bool
is_stop(unsigned char c, enum part part)
{
	if (c == ' ' || c == ',' || c == '\r' || c == '\n')
		return true;
	if (part != TAG_VALUE && (c < 0x20 || c == 0x7f))
		return true;
	return part != MEASUREMENT && c == '=';
}

/* What a backslash may stand before; elsewhere it is one itself. */
static bool
is_escaped(unsigned char c, enum part part)
{
	return c == ' ' || c == ',' || (part != MEASUREMENT && c == '=');
}

/* The first fault stays. */
static bool
fault(struct lines *s, const char *code, const char *why)
{
	if (s->why == NULL) {
		s->code = code;
		s->why = why;
	}
	return false;
}

static bool
syntax(struct lines *s, const char *why)
{
	return fault(s, "bad_syntax", why);
}

/* Behind the end of the line that begins at s->at; false: there is none. */
static bool
end_of_line(struct lines *s)
{
	size_t left = (size_t)(s->end - s->at);

	if (left == 0)
		return true;
	if (*s->at == '\r' && (left == 1 || s->at[1] == '\n'))
		s->at += left == 1 ? 1 : 2;
	else if (*s->at == '\n')
		s->at++;
	else
		return false;
	return true;
}

static void
pass_blanks(struct lines *s)
{
	while (s->at < s->end && *s->at == ' ')
		s->at++;
}

/* Without the backslashes that stand before what they may. */
static struct slice
unescaped(struct arena *a, const unsigned char *p, size_t n, enum part part)
{
	char *to = arena_room(a, n + 1, 1);
	size_t i, k = 0;

	for (i = 0; i < n; i++) {
		if (p[i] == '\\' && i + 1 < n && is_escaped(p[i + 1], part))
			i++;
		to[k++] = (char)p[i];
	}
	to[k] = 0;
	return (struct slice){ to, k };
}

/* A name that begins at s->at, which is moved behind it; it may be empty. */
static bool
name_read(struct slice *to, struct lines *s, enum part part)
{
	const unsigned char *from = s->at, *p = from;
	unsigned char all = 0;
	bool escapes = false;
	size_t n;

	for (; p < s->end; p++) {
		if (*p == '\\' && s->end - p > 1 && is_escaped(p[1], part)) {
			escapes = true;
			p++;
		} else if (is_stop(*p, part)) {
			break;
		}
		all |= *p;
	}
	s->at = p;
	n = (size_t)(p - from);
	if (all >= 0x80 && !line_is_utf8(from, n))
		return syntax(s, "this is not UTF-8");
	*to = escapes ? unescaped(s->arena, from, n, part)
		      : (struct slice){ (const char *)from, n };
	return true;
}

/* A comma behind a measurement or tag: another tag must follow. */
static bool
comma(struct lines *s)
{
	if (s->at == s->end || *s->at != ',')
		return true;
	s->at++;
	if (s->at == s->end || line_is_blank(*s->at))
		return syntax(s, "a tag must follow the comma");
	return true;
}

static bool
tag_is_new(struct lines *s, const struct line *l, struct slice key)
{
	size_t i;

	for (i = 0; i < l->n_tags; i++)
		if (slice_same(s->tag[i].key, key))
			return fault(s, "duplicate_tag",
			    "a tag is there twice");
	return true;
}

static bool
tag_read(struct line *l, struct lines *s)
{
	struct line_tag *t;

	if (l->n_tags == LINE_TAGS_MAX)
		return syntax(s, "there are too many tags");
	if (l->n_tags == s->tags_room) {
		struct line_tag *v;

		s->tags_room *= 2;
		v = arena_room(s->arena, s->tags_room, sizeof(*v));
		memcpy(v, s->tag, l->n_tags * sizeof(*v));
		s->tag = v;
	}
	t = &s->tag[l->n_tags];
	if (!name_read(&t->key, s, KEY))
		return false;
	if (t->key.n == 0 || s->at == s->end || *s->at != '=')
		return syntax(s, "want tag=value, or a blank and a field");
	s->at++;
	if (!name_read(&t->value, s, TAG_VALUE))
		return false;
	if (t->value.n == 0)
		return syntax(s, "a tag has no value");
	if (!tag_is_new(s, l, t->key))
		return false;
	l->n_tags++;
	return comma(s);
}

/* Up to the first field. */
static bool
tags_read(struct line *l, struct lines *s)
{
	while (s->at < s->end && *s->at != ' ')
		if (!tag_read(l, s))
			return false;
	if (s->at == s->end)
		return fault(s, "no_field", "there is no field");
	pass_blanks(s);
	return true;
}

static bool
field_read(struct line *l, struct lines *s)
{
	struct line_field *f;
	const char *why;

	if (l->n_fields == LINE_FIELDS_MAX)
		return syntax(s, "there are too many fields");
	if (l->n_fields == s->fields_room) {
		struct line_field *v;

		s->fields_room *= 2;
		v = arena_room(s->arena, s->fields_room, sizeof(*v));
		memcpy(v, s->field, l->n_fields * sizeof(*v));
		s->field = v;
	}
	f = &s->field[l->n_fields];
	if (!name_read(&f->key, s, KEY))
		return false;
	if (f->key.n == 0)
		return fault(s, l->n_fields == 0 ? "no_field" : "bad_syntax",
		    "want field=value");
	if (s->at == s->end || *s->at != '=')
		return syntax(s, "want field=value");
	s->at++;
	if ((why = line_value(&f->value, &s->at, s->end, s->arena)) != NULL)
		return syntax(s, why);
	l->n_fields++;
	return true;
}

/* Behind the last field: nothing, or blanks and an instant. */
static bool
time_read(struct line *l, struct lines *s)
{
	struct slice digits = { (const char *)s->at, 0 };
	struct jvalue v;

	while (s->at < s->end && (line_is_digit(*s->at) || *s->at == '-'))
		s->at++;
	digits.n = (size_t)((const char *)s->at - digits.p);
	if (digits.n == 0)
		return syntax(s, "want a time, or the end of the line");
	if (line_int(&v, digits, true) != NULL)
		return fault(s, "bad_time", "the time is no integer");
	l->time = v.i;
	l->timed = true;
	pass_blanks(s);
	return end_of_line(s) || syntax(s, "the line must end behind its time");
}

static bool
fields_read(struct line *l, struct lines *s)
{
	for (;;) {
		if (!field_read(l, s))
			return false;
		if (s->at == s->end)
			return true;
		if (*s->at != ',')
			break;
		s->at++;
	}
	if (!line_is_blank(*s->at))
		return syntax(s, "a comma or blank must follow the value");
	pass_blanks(s);
	return end_of_line(s) || time_read(l, s);
}

static bool
line_read(struct line *l, struct lines *s)
{
	if (*s->at == '#')
		return syntax(s, "a control character is in a comment");
	if (!name_read(&l->name, s, MEASUREMENT))
		return false;
	if (l->name.n == 0)
		return syntax(s, "the line has no measurement");
	return comma(s) && tags_read(l, s) && fields_read(l, s);
}

/* Blank lines, and comments without a control character. */
static void
pass_empty(struct lines *s)
{
	const unsigned char *from = s->at;

	for (; s->at < s->end; from = s->at) {
		pass_blanks(s);
		if (s->at < s->end && *s->at == '#')
			while (s->at < s->end &&
			       (*s->at >= 0x20 && *s->at != 0x7f))
				s->at++;
		if (s->at < s->end && !end_of_line(s))
			break;
		s->number += s->at[-1] == '\n';
	}
	while (from < s->end && *from == ' ')
		from++;
	s->at = from;
}

/* From `from` on, what is left of a line that is none. */
static void
pass_rest(struct lines *s, const unsigned char *from)
{
	const unsigned char *p = memchr(from, '\n', (size_t)(s->end - from));

	s->at = p != NULL ? p + 1 : s->end;
}

/* How many lines ended on the way. */
static size_t
lines_between(const unsigned char *p, const unsigned char *end)
{
	size_t n = 0;

	while (p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		n++;
		p++;
	}
	return n;
}

bool
lines_next(struct line *l, struct lines *s)
{
	const unsigned char *from;

	pass_empty(s);
	if (s->at == s->end)
		return false;
	from = s->at;
	*l = (struct line){ .number = s->number };
	s->why = s->code = NULL;
	if (!line_read(l, s))
		pass_rest(s, s->at);
	s->number += lines_between(from, s->at);
	l->tag = s->tag;
	l->field = s->field;
	l->why = s->why;
	l->code = s->code;
	l->raw = (struct slice){ (const char *)from, (size_t)(s->at - from) };
	while (l->raw.n > 0 &&
	       line_is_blank((unsigned char)l->raw.p[l->raw.n - 1]))
		l->raw.n--;
	return true;
}

void
lines_open(struct lines *s, struct arena *a, struct bytes body)
{
	*s = (struct lines){ .at = body.p,
		.end = body.p + body.n,
		.begin = body.p,
		.arena = a,
		.number = 1,
		.tags_room = FIRST_ROOM,
		.fields_room = FIRST_ROOM };
	s->tag = arena_room(a, FIRST_ROOM, sizeof(*s->tag));
	s->field = arena_room(a, FIRST_ROOM, sizeof(*s->field));
}
