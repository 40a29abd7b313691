#include "intake/format.h"

#include <string.h>

#include "intake/intake.h"
#include "intake/ocpp.h"
#include "intake/rutos.h"

/* clang-format off */
static const struct format formats[] = {
#define F(number, name, decode, a, b) { number, #name, decode, { a, b } },
	FORMATS(F)
#undef F
};
/* clang-format on */

enum { COUNT = sizeof(formats) / sizeof(*formats) };

/* What was seen of the first object. */
struct look {
	const struct format *found;
	unsigned char seen[COUNT]; /* a bit for each of its signs */
};

const struct format *
format_named(const char *name)
{
	size_t i;

	for (i = 0; i < COUNT; i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}

const struct format *
format_numbered(int number)
{
	size_t i;

	for (i = 0; i < COUNT; i++)
		if (formats[i].number == number)
			return &formats[i];
	return NULL;
}

/* "metrics[]" is a member of that name that is an array. */
static bool
is_sign(const char *sign, struct slice key, enum jkind kind)
{
	size_t n = strcspn(sign, "[");

	return key.n == n && memcmp(key.p, sign, n) == 0 &&
	       (sign[n] == 0 || kind == J_ARRAY);
}

/* A member of the first object, which may decide. */
static void
sign(struct look *l, struct slice key, enum jkind kind)
{
	size_t i, k;

	for (i = 0; i < COUNT && l->found == NULL; i++) {
		const struct format *f = &formats[i];

		for (k = 0; k < 2 && f->sign[k] != NULL; k++)
			if (is_sign(f->sign[k], key, kind))
				l->seen[i] |= (unsigned char)(1 << k);
		if (l->seen[i] == (f->sign[1] != NULL ? 3 : 1))
			l->found = f;
	}
}

/* The members of the object just entered, as far as it takes. */
static void
look(struct look *l, struct intake *in, struct jscan *s)
{
	struct members *m = &in->members;
	struct slice key;
	struct jvalue v;

	members_clear(m);
	while (l->found == NULL && jscan_member(s, &key)) {
		jscan_value(s, &v);
		sign(l, key, v.kind);
		if (l->found != NULL)
			return;
		jscan_pass(s, &v);
		members_put(m, members_name(m, key), &v);
	}
}

const struct format *
format_of(struct intake *in, struct bytes body)
{
	struct look l = { .found = NULL };
	struct jvalue top, v;
	struct jscan s;
	bool is_201;

	jscan_open(&s, in->arena, body);
	jscan_value(&s, &top);
	v = top;
	if (top.kind == J_ARRAY && jscan_item(&s))
		jscan_value(&s, &v);
	if (v.kind == J_OBJECT)
		look(&l, in, &s);
	if (v.kind == J_INT && is_ocpp(&is_201, in->arena, body))
		return format_named(is_201 ? "ocpp201" : "ocpp16");
	if (l.found != NULL)
		return l.found;
	if (v.kind == J_OBJECT && is_reading(&in->members))
		return format_named("native");
	if (v.kind == J_OBJECT && is_rutos(in, body))
		return format_named("rutos");
	return format_named("flat");
}
