#include "web/json.h"

#include <stdbool.h>

static void
release(void *j)
{
	json_decref(j);
}

/* How deep the brackets go, read without building anything. */
static int
depth(struct bytes b)
{
	bool text = false, escaped = false;
	int now = 0, most = 0;
	size_t i;

	for (i = 0; i < b.n; i++) {
		unsigned char c = b.p[i];

		if (text) {
			if (!escaped && c == '"')
				text = false;
			escaped = !escaped && c == '\\';
		} else if (c == '"') {
			text = true;
		} else if (c == '{' || c == '[') {
			if (++now > most)
				most = now;
		} else if (c == '}' || c == ']') {
			now--;
		}
	}
	return most;
}

struct err *
json_read(json_t **out, struct arena *a, struct bytes b)
{
	json_error_t je;

	if (depth(b) > JSON_DEPTH)
		return err_raise(ERR_INPUT, "The JSON is nested too deep.",
		    "more than %d levels", JSON_DEPTH);
	*out = json_loadb((const char *)b.p, b.n, JSON_REJECT_DUPLICATES, &je);
	if (*out == NULL)
		return err_say(err_raise(ERR_INPUT, "", "json: %s", je.text),
		    "The JSON is not valid: line %d, column %d: %s.", je.line,
		    je.column, je.text);
	arena_defer(a, release, *out);
	return NULL;
}
