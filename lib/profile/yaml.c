/* yaml.c - YAML as a tree of objects, arrays and strings; see draft.h. */
#include <string.h>
#include <yaml.h>

#include "profile/draft.h"

enum { DEPTH_MAX = 16 };

#define DAMAGED "The YAML is not understood."

static void
json_close(void *o)
{
	json_decref(o);
}

/* Where the next value goes. */
struct level {
	json_t *v;     /* object or array */
	char key[128]; /* of an object; "" while none is known */
};

struct tree {
	json_t *root;
	struct level level[DEPTH_MAX];
	int depth;
};

static const char *
put(struct tree *t, json_t *v)
{
	struct level *l;

	if (t->depth == 0) {
		if (t->root != NULL)
			return "there is more than one document";
		t->root = v;
		return NULL;
	}
	l = &t->level[t->depth - 1];
	if (json_is_array(l->v))
		(void)json_array_append_new(l->v, v);
	else
		(void)json_object_set_new(l->v, l->key, v);
	l->key[0] = 0;
	return NULL;
}

static const char *
scalar(struct tree *t, const char *s, size_t n)
{
	struct level *l = t->depth > 0 ? &t->level[t->depth - 1] : NULL;
	const char *why;
	json_t *v;

	if (l != NULL && json_is_object(l->v) && l->key[0] == 0) {
		if (n == 0 || n >= sizeof(l->key))
			return "a key is empty or too long";
		memcpy(l->key, s, n);
		l->key[n] = 0;
		if (json_object_get(l->v, l->key) != NULL)
			return "a key is there twice";
		return NULL;
	}
	v = json_stringn(s, n);
	if (v == NULL)
		return "a value is not UTF-8";
	if ((why = put(t, v)) != NULL)
		json_decref(v);
	return why;
}

static const char *
opened(struct tree *t, json_t *v)
{
	const struct level *l = t->depth > 0 ? &t->level[t->depth - 1] : NULL;
	const char *why = NULL;

	if (t->depth == DEPTH_MAX)
		why = "it is nested too deep";
	else if (l != NULL && json_is_object(l->v) && l->key[0] == 0)
		why = "a key is no word";
	else
		why = put(t, v);
	if (why != NULL) {
		json_decref(v);
		return why;
	}
	t->level[t->depth].key[0] = 0;
	t->level[t->depth++].v = v;
	return NULL;
}

static const char *
event_take(struct tree *t, const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_SCALAR_EVENT:
		return scalar(t, (const char *)e->data.scalar.value,
		    e->data.scalar.length);
	case YAML_SEQUENCE_START_EVENT:
		return opened(t, json_array());
	case YAML_MAPPING_START_EVENT:
		return opened(t, json_object());
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		t->depth--;
		return NULL;
	case YAML_ALIAS_EVENT:
		return "an alias is not read";
	default:
		return NULL;
	}
}

/* All events of the file; NULL: the tree is whole. */
static const char *
events_read(struct tree *t, yaml_parser_t *y, size_t *line)
{
	const char *why = NULL;
	bool ended = false;
	yaml_event_t e;

	while (why == NULL && !ended) {
		if (!yaml_parser_parse(y, &e)) {
			*line = y->problem_mark.line + 1;
			return y->problem != NULL ? y->problem
						  : "it is damaged";
		}
		ended = e.type == YAML_STREAM_END_EVENT;
		*line = e.start_mark.line + 1;
		why = event_take(t, &e);
		yaml_event_delete(&e);
	}
	return why;
}

struct err *
yaml_read(json_t **out, struct arena *a, struct bytes file)
{
	struct tree *t = arena_alloc(a, sizeof(*t));
	const char *why;
	yaml_parser_t y;
	struct err *e = NULL;
	size_t line = 0;

	if (!yaml_parser_initialize(&y))
		return err_raise(ERR_BUG, DAMAGED, "no parser");
	yaml_parser_set_input_string(&y, file.p, file.n);
	why = events_read(t, &y, &line);
	if (why == NULL && t->root == NULL)
		why = "it is empty";
	if (t->root != NULL)
		arena_defer(a, json_close, t->root);
	if (why != NULL)
		e = err_raise(ERR_INPUT, DAMAGED, "line %zu: %s", line, why);
	yaml_parser_delete(&y);
	*out = t->root;
	return e != NULL ? err_pass(e) : NULL;
}
