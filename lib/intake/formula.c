#include "intake/formula.h"

#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A text on its way into reverse order: what waits is on a stack. */
struct reader {
	struct formula *f;
	const char *at, *why;
	struct wait {
		char op; /* '(' a bracket, 'w' that of a when */
		bool comma;
	} wait[FORMULA_NODES];
	size_t waiting;
	bool is_value; /* a value has just been read */
};

/* l, g, e, n: the comparisons of two characters. */
static const struct {
	const char *text;
	char op;
	int rank;
} operators[] = {
	{ "<=", 'l', 1 },
	{ ">=", 'g', 1 },
	{ "==", 'e', 1 },
	{ "!=", 'n', 1 },
	{ "<", '<', 1 },
	{ ">", '>', 1 },
	{ "+", '+', 2 },
	{ "-", '-', 2 },
	{ "*", '*', 3 },
	{ "/", '/', 3 },
};

enum { OPERATORS = sizeof(operators) / sizeof(*operators), SIGN_RANK = 4 };

static bool
fail(struct reader *r, const char *why)
{
	if (r->why == NULL)
		r->why = why;
	return false;
}

static int
rank_of(char op)
{
	size_t i;

	if (op == 's')
		return SIGN_RANK;
	for (i = 0; i < OPERATORS; i++)
		if (operators[i].op == op)
			return operators[i].rank;
	return 0;
}

static bool
emit(struct reader *r, struct node node)
{
	if (r->f->n == FORMULA_NODES)
		return fail(r, "it is too long");
	r->f->v[r->f->n++] = node;
	return true;
}

static bool
hold(struct reader *r, char op)
{
	if (r->waiting == FORMULA_NODES)
		return fail(r, "it is too long");
	r->wait[r->waiting++] = (struct wait){ .op = op };
	return true;
}

/* Let out what binds as strongly; brackets stay. */
static bool
release(struct reader *r, int rank)
{
	while (r->waiting > 0 && rank_of(r->wait[r->waiting - 1].op) >= rank)
		if (!emit(r, (struct node){ .op = r->wait[--r->waiting].op }))
			return false;
	return true;
}

static bool
number(struct reader *r)
{
	char *end;
	struct node node = { .op = '#', .number = strtod(r->at, &end) };

	if (end == r->at || !isfinite(node.number))
		return fail(r, "a number is not one");
	r->at = end;
	r->is_value = true;
	return emit(r, node);
}

static bool
named(struct reader *r, struct slice name)
{
	struct formula *f = r->f;
	size_t i;

	for (i = 0; i < f->names; i++)
		if (slice_same(f->name[i], name))
			break;
	if (i == FORMULA_NAMES)
		return fail(r, "it has more than 16 names");
	if (i == f->names)
		f->name[f->names++] = name;
	r->is_value = true;
	return emit(r, (struct node){ .op = 'v', .name = (unsigned char)i });
}

static bool
word(struct reader *r)
{
	const char *from = r->at;
	struct slice name;

	while (isalnum((unsigned char)*r->at) || *r->at == '_' ||
	       *r->at == '.' || *r->at == ':')
		r->at++;
	name = (struct slice){ from, (size_t)(r->at - from) };
	if (!slice_is(name, "when"))
		return named(r, name);
	r->at += strspn(r->at, " ");
	if (*r->at++ != '(')
		return fail(r, "when wants a bracket");
	return hold(r, 'w');
}

static bool
quoted(struct reader *r)
{
	size_t n = strcspn(r->at + 1, "\"");
	struct slice name = { r->at + 1, n };

	if (r->at[n + 1] != '"' || n == 0)
		return fail(r, "a quote is not closed");
	r->at += n + 2;
	return named(r, name);
}

/* Where a value must stand. */
static bool
operand(struct reader *r)
{
	char c = *r->at;

	if (isdigit((unsigned char)c) || c == '.')
		return number(r);
	if (isalpha((unsigned char)c) || c == '_')
		return word(r);
	if (c == '"')
		return quoted(r);
	if (c != '-' && c != '(')
		return fail(r, "a value is missing");
	r->at++;
	return hold(r, c == '-' ? 's' : '(');
}

/* The innermost bracket gets its comma, or is closed. */
static bool
bracket(struct reader *r, char c)
{
	struct wait *w;

	if (!release(r, 1))
		return false;
	if (r->waiting == 0)
		return fail(r, "a bracket is not open");
	w = &r->wait[r->waiting - 1];
	r->at++;
	if (c == ',') {
		if (w->op != 'w' || w->comma)
			return fail(r, "a comma stands where none belongs");
		w->comma = true;
		r->is_value = false;
		return true;
	}
	r->waiting--;
	if (w->op != 'w')
		return true;
	if (!w->comma)
		return fail(r, "when wants a condition and a value");
	return emit(r, (struct node){ .op = 'w' });
}

/* Where a value has been. */
static bool
operation(struct reader *r)
{
	size_t i;

	if (*r->at == ',' || *r->at == ')')
		return bracket(r, *r->at);
	for (i = 0; i < OPERATORS; i++) {
		size_t n = strlen(operators[i].text);

		if (strncmp(r->at, operators[i].text, n) != 0)
			continue;
		r->at += n;
		r->is_value = false;
		return release(r, operators[i].rank) &&
		       hold(r, operators[i].op);
	}
	return fail(r, "an operator is missing");
}

bool
formula_read(struct formula *f, const char **why, const char *text)
{
	struct reader r = { .f = f, .at = text };

	*f = (struct formula){ .n = 0 };
	if (strlen(text) > FORMULA_MAX)
		(void)fail(&r, "it is too long");
	while (r.why == NULL && *(r.at += strspn(r.at, " ")) != 0)
		(void)(r.is_value ? operation(&r) : operand(&r));
	if (r.why == NULL && !r.is_value)
		(void)fail(&r, "a value is missing");
	if (r.why == NULL && release(&r, 1) && r.waiting > 0)
		(void)fail(&r, "a bracket is not closed");
	*why = r.why;
	return r.why == NULL;
}

static double
pair(char op, double a, double b)
{
	switch (op) {
	case '+':
		return a + b;
	case '-':
		return a - b;
	case '*':
		return a * b;
	case '/':
		return b == 0 ? NAN : a / b;
	case '<':
		return a < b;
	case '>':
		return a > b;
	case 'l':
		return a <= b;
	case 'g':
		return a >= b;
	case 'e':
		return a == b;
	case 'n':
		return a != b;
	default:
		return a != 0 ? b : NAN; /* when */
	}
}

double
formula_value(const struct formula *f, const double *value)
{
	double stack[FORMULA_NODES];
	size_t i, n = 0;

	for (i = 0; i < f->n; i++) {
		const struct node *v = &f->v[i];

		if (v->op == '#') {
			stack[n++] = v->number;
		} else if (v->op == 'v') {
			stack[n++] = value[v->name];
		} else if (v->op == 's') {
			stack[n - 1] = -stack[n - 1];
		} else {
			double b = stack[--n], a = stack[n - 1];

			stack[n - 1] =
			    isnan(a) || isnan(b) ? NAN : pair(v->op, a, b);
		}
	}
	assert(n == 1);
	return isfinite(stack[0]) ? stack[0] : NAN;
}
