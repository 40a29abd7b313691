#include "base/jscan.h"

#include <math.h>
#include <string.h>

#include "base/jlex.h"

static bool
is_blank(unsigned char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* The next byte behind blanks, not yet taken; -1: there is none. */
static int
peek(struct jscan *s)
{
	const unsigned char *p = s->at;

	while (p < s->end && is_blank(*p))
		p++;
	s->at = p;
	return p < s->end ? *p : -1;
}

static void
word(struct jscan *s, struct jvalue *v)
{
	static const struct {
		struct slice name;
		enum jkind kind;
	} words[] = { { { "null", 4 }, J_NULL }, { { "true", 4 }, J_TRUE },
		{ { "false", 5 }, J_FALSE } };
	size_t i, left = (size_t)(s->end - s->at);

	for (i = 0; i < sizeof(words) / sizeof(*words); i++) {
		size_t n = words[i].name.n;

		if (left >= n && memcmp(s->at, words[i].name.p, n) == 0) {
			v->kind = words[i].kind;
			v->raw.n = n;
			s->at += n;
			return;
		}
	}
	jlex_fault(s, s->at, "a value must stand here");
}

static void
enter(struct jscan *s, struct jvalue *v, bool object)
{
	if (s->depth == JSCAN_DEPTH) {
		jlex_fault(s, s->at, "it is nested too deep");
		return;
	}
	v->kind = object ? J_OBJECT : J_ARRAY;
	v->raw.n = 1;
	s->at++;
	s->depth++;
	s->opened = true;
	s->level[s->depth].object = object;
	s->level[s->depth].keys = s->n_keys;
	s->level[s->depth].crowd_room = 0;
}

static void
leave(struct jscan *s)
{
	s->at++;
	s->n_keys = s->level[s->depth].keys;
	s->depth--;
	s->opened = false;
}

/* The next value; what a text's escapes mean only when it is wanted. */
static void
value(struct jscan *s, struct jvalue *v, bool wanted)
{
	bool escapes;
	int c = peek(s);

	v->kind = J_NONE;
	v->raw.p = (const char *)s->at;
	v->raw.n = 0;
	if (s->depth == 0 && c != '{' && c != '[') {
		jlex_fault(s, s->at, "an object or array must stand here");
	} else if (c == '"') {
		if (!jlex_text(s, &v->text, &escapes))
			return;
		v->kind = J_TEXT;
		v->raw.n = v->text.n + 2;
		if (escapes && wanted)
			v->text = jlex_unescaped(s->arena, v->text);
	} else if (c == '-' || (c >= '0' && c <= '9')) {
		jlex_number(s, v);
	} else if (c == '{' || c == '[') {
		enter(s, v, c == '{');
	} else {
		word(s, v);
	}
	if (s->why != NULL)
		v->kind = J_NONE;
}

/* Is it the key at the index? */
static bool
has_key(const struct jscan *s, size_t i, const struct jkey *k)
{
	const struct jkey *other = &s->keys[i];

	return other->head == k->head && other->n == k->n &&
	       memcmp(other->p, k->p, k->n) == 0;
}

/*
 * An empty table for so many keys; that of an object before it at this level
 * is used again, unless emptying it would be the greater work.
 */
static void
crowd_clear(struct jscan *s, size_t most)
{
	struct hashed *t = &s->level[s->depth].crowd;
	size_t slots = t->slot != NULL ? t->mask + 1 : 0;

	s->level[s->depth].crowd_room = most;
	if (slots >= 2 * most && slots <= 8 * most)
		memset(t->slot, 0, slots * sizeof(*t->slot));
	else
		*t = hash_table(s->arena, most);
}

/* Is it among the many of this object?  If not it becomes one of them. */
static bool
crowded(struct jscan *s, const struct jkey *k)
{
	size_t first = s->level[s->depth].keys, i, step = 0;
	struct hashed *t = &s->level[s->depth].crowd;
	uint64_t h;

	if (s->seed == 0)
		s->seed = hash_seed();
	h = hash_bytes(s->seed, k->p, k->n);
	if (s->n_keys - first >= s->level[s->depth].crowd_room) {
		crowd_clear(s, (s->n_keys - first) * 4);
		for (i = first; i < s->n_keys; i++)
			hash_add(t,
			    hash_bytes(s->seed, s->keys[i].p, s->keys[i].n), i);
	}
	while (hash_next(&i, &step, t, h))
		if (has_key(s, i, k))
			return true;
	hash_add(t, h, s->n_keys);
	return false;
}

/* Has the object a member of this name already? */
static bool
doubled(struct jscan *s, const struct jkey *k)
{
	size_t i = s->level[s->depth].keys;

	if (s->n_keys - i >= JSCAN_FEW)
		return crowded(s, k);
	for (; i < s->n_keys; i++)
		if (has_key(s, i, k))
			return true;
	return false;
}

/* The bytes of a key, at most eight, as jlex_load would take them. */
static uint64_t
few_bytes(struct slice key)
{
	unsigned char b[8] = { 0 };

	memcpy(b, key.p, key.n < sizeof(b) ? key.n : sizeof(b));
	return jlex_load(b);
}

/*
 * Remember a key of the object, behind which more may be readable; false: it
 * is there already.
 */
static bool
remember(struct jscan *s, struct slice key, size_t readable)
{
	struct jkey k = { key.p, key.n, 0 };

	if (readable >= sizeof(k.head))
		k.head = jlex_load((const unsigned char *)key.p);
	else
		k.head = few_bytes(key);
	if (key.n < sizeof(k.head))
		k.head &= (UINT64_C(1) << 8 * key.n) - 1;
	if (doubled(s, &k))
		return false;
	if (s->n_keys == s->room) {
		struct jkey *v = arena_array(s->arena, s->room * 2, sizeof(*v));

		memcpy(v, s->keys, s->n_keys * sizeof(*v));
		s->keys = v;
		s->room *= 2;
	}
	s->keys[s->n_keys++] = k;
	return true;
}

void
jscan_open(struct jscan *s, struct arena *a, struct bytes body)
{
	size_t i;

	s->body = s->at = body.p;
	s->end = body.p + body.n;
	s->arena = a;
	s->why = NULL;
	s->depth = 0;
	s->opened = false;
	s->seed = 0;
	s->keys = s->few;
	s->n_keys = 0;
	s->room = JSCAN_FEW;
	for (i = 0; i <= JSCAN_DEPTH; i++)
		s->level[i].crowd.slot = NULL;
}

void
jscan_value(struct jscan *s, struct jvalue *v)
{
	value(s, v, true);
}

bool
jscan_member(struct jscan *s, struct slice *key)
{
	const unsigned char *at;
	size_t readable;
	bool escapes;
	int c = peek(s);

	if (c == '}') {
		leave(s);
		return false;
	}
	if (!s->opened) {
		if (c != ',') {
			jlex_fault(s, s->at, "a comma or } must stand here");
			return false;
		}
		s->at++;
		c = peek(s);
	}
	at = s->at;
	s->opened = false;
	if (c != '"') {
		jlex_fault(s, at, "a member's name must stand here");
		return false;
	}
	if (!jlex_text(s, key, &escapes))
		return false;
	readable = (size_t)((const char *)s->end - key->p);
	if (escapes) {
		*key = jlex_unescaped(s->arena, *key);
		readable = key->n;
	}
	if (!remember(s, *key, readable)) {
		jlex_fault(s, at, "a duplicate member of an object");
		return false;
	}
	if (peek(s) != ':') {
		jlex_fault(s, s->at, "a colon must stand here");
		return false;
	}
	s->at++;
	return true;
}

bool
jscan_item(struct jscan *s)
{
	int c = peek(s);

	if (c == ']') {
		leave(s);
		return false;
	}
	if (!s->opened) {
		if (c != ',') {
			jlex_fault(s, s->at, "a comma or ] must stand here");
			return false;
		}
		s->at++;
	}
	s->opened = false;
	return s->why == NULL;
}

void
jscan_ended(const struct jscan *s, struct jvalue *v)
{
	v->raw.n = (size_t)((const char *)s->at - v->raw.p);
}

void
jscan_pass(struct jscan *s, struct jvalue *v)
{
	size_t outside = s->depth - 1;
	struct slice key;
	struct jvalue inner;

	if (v->kind != J_OBJECT && v->kind != J_ARRAY)
		return;
	while (s->why == NULL && s->depth > outside) {
		bool more = s->level[s->depth].object ? jscan_member(s, &key)
						      : jscan_item(s);

		if (more)
			value(s, &inner, false);
	}
	jscan_ended(s, v);
}

struct err *
jscan_close(const struct jscan *s)
{
	const unsigned char *p = s->at, *where = s->where;
	const char *why = s->why;
	int line = 1, column = 1;

	while (p < s->end && is_blank(*p))
		p++;
	if (why == NULL && p == s->end)
		return NULL;
	if (why == NULL) {
		why = "the JSON has an end, and more follows";
		where = p;
	}
	for (p = s->body; p < where; p++, column++)
		if (*p == '\n') {
			line++;
			column = 0;
		}
	return err_say(err_raise(ERR_INPUT, "", "json: %s", why),
	    "The JSON is not valid: line %d, column %d: %s.", line, column,
	    why);
}

double
jvalue_number(const struct jvalue *v)
{
	if (v->kind == J_INT)
		return (double)v->i;
	return v->kind == J_REAL || v->kind == J_BIG ? v->d : NAN;
}

bool
slice_is(struct slice s, const char *name)
{
	return strlen(name) == s.n && memcmp(s.p, name, s.n) == 0;
}
