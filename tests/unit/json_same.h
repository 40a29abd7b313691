/*
 * json_same.h - do jscan and jansson say the same of some bytes?
 *
 * The fuzz target and the unit test ask; what jscan.h names as different on
 * purpose is not a difference here.
 */
#ifndef TESTS_JSON_SAME_H
#define TESTS_JSON_SAME_H

#include <jansson.h>
#include <string.h>

#include "base/jscan.h"

/* A whole value, passed over or walked; true: an integer beyond 64 bits. */
static bool
same_walk(struct jscan *s)
{
	struct slice key;
	struct jvalue v;
	bool big = false;

	jscan_value(s, &v);
	if (v.kind == J_OBJECT)
		while (jscan_member(s, &key))
			big = same_walk(s) || big;
	else if (v.kind == J_ARRAY)
		while (jscan_item(s))
			big = same_walk(s) || big;
	return big || v.kind == J_BIG;
}

static bool
same_scalar(const struct jvalue *v, const json_t *j)
{
	double d = json_real_value(j);

	switch (v->kind) {
	case J_NULL:
		return json_is_null(j);
	case J_FALSE:
		return json_is_false(j);
	case J_TRUE:
		return json_is_true(j);
	case J_INT:
		return json_is_integer(j) && json_integer_value(j) == v->i;
	case J_REAL:
		return json_is_real(j) && memcmp(&d, &v->d, sizeof(d)) == 0;
	case J_TEXT:
		return json_is_string(j) &&
		       json_string_length(j) == v->text.n &&
		       memcmp(json_string_value(j), v->text.p, v->text.n) == 0;
	default:
		return false;
	}
}

/* Walk both; false at the first thing that one has and the other has not. */
static bool
same_value(struct jscan *s, json_t *j)
{
	struct slice key;
	struct jvalue v;
	size_t n = 0;

	jscan_value(s, &v);
	if (v.kind == J_OBJECT) {
		for (; jscan_member(s, &key); n++) {
			json_t *one = json_object_getn(j, key.p, key.n);

			if (one == NULL || !same_value(s, one))
				return false;
		}
		jscan_ended(s, &v);
		return json_is_object(j) && json_object_size(j) == n &&
		       v.raw.p[v.raw.n - 1] == '}';
	}
	if (v.kind == J_ARRAY) {
		for (; jscan_item(s); n++)
			if (!same_value(s, json_array_get(j, n)))
				return false;
		jscan_ended(s, &v);
		return json_is_array(j) && json_array_size(j) == n &&
		       v.raw.p[v.raw.n - 1] == ']';
	}
	return same_scalar(&v, j);
}

/* Passing over says the same as walking, about verdict and length. */
static bool
same_passed(struct arena *a, struct bytes b, bool ok)
{
	struct jscan s;
	struct jvalue v;

	jscan_open(&s, a, b);
	jscan_value(&s, &v);
	if (v.kind != J_NONE)
		jscan_pass(&s, &v);
	return (jscan_close(&s) == NULL) == ok;
}

/* What differs; NULL: nothing. */
static const char *
json_differs(struct arena *a, struct bytes b)
{
	const char *found = NULL;
	json_error_t je;
	struct jscan s;
	bool ok, big;
	json_t *j;

	jscan_open(&s, a, b);
	big = same_walk(&s);
	ok = jscan_close(&s) == NULL;
	if (!same_passed(a, b, ok))
		return "passing over says something else";
	if (!ok && s.why != NULL && strstr(s.why, "deep") != NULL)
		return NULL;
	if (!ok && b.n > 0 && memchr(b.p, 0, b.n) != NULL)
		return NULL;
	j = json_loadb((const char *)b.p, b.n, JSON_REJECT_DUPLICATES, &je);
	if (ok && big) {
		if (j != NULL || strstr(je.text, "too big") == NULL)
			found = "a big integer that is none";
	} else if (ok != (j != NULL)) {
		found = ok ? "jansson refuses it" : "jansson takes it";
	} else if (ok) {
		jscan_open(&s, a, b);
		if (!same_value(&s, j))
			found = "the values differ";
	}
	json_decref(j);
	return found;
}

#endif
