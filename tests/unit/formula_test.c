/*
 * lib/intake/formula: values that are computed from others.
 */
#include "check.h"

#include <math.h>
#include <stdlib.h>

#include "intake/formula.h"

/* The names a, b and c are 2, 3 and nothing; any other is its length. */
static double
value_of(const char *text, const char **why)
{
	double value[FORMULA_NAMES];
	struct formula f;
	size_t i;

	if (!formula_read(&f, why, text))
		return NAN;
	for (i = 0; i < f.names; i++) {
		struct slice s = f.name[i];

		value[i] = slice_is(s, "a")   ? 2
			   : slice_is(s, "b") ? 3
			   : slice_is(s, "c") ? NAN
					      : (double)s.n;
	}
	return formula_value(&f, value);
}

static const struct {
	const char *text;
	double value;
} values[] = {
	/* clang-format off */
	{ "1", 1 }, { "a", 2 }, { " a + b ", 5 }, { "a+b*4", 14 },
	{ "(a+b)*4", 20 }, { "1-2-3", -4 }, { "8/2/2", 2 }, { "-a", -2 },
	{ "- -a", 2 }, { "2--3", 5 }, { "-a*b", -6 }, { "2*-3", -6 },
	{ "1e3*.5", 500 }, { "a<b", 1 }, { "a>b", 0 }, { "a<=2", 1 },
	{ "a>=3", 0 }, { "a==2", 1 }, { "a!=2", 0 }, { "a+1<b+1", 1 },
	{ "when(a > 1, b)", 3 }, { "when(a > 5, b)", NAN },
	{ "when (b, a / b)", 2.0 / 3 }, { "1 + when(1, when(1, 4))", 5 },
	{ "a/0", NAN }, { "a/(b-3)", NAN }, { "c", NAN }, { "c*0", NAN },
	{ "c<1", NAN }, { "when(c, 1)", NAN }, { "when(0, c)", NAN },
	{ "\"flow-rate\"", 9 }, { "x.y:z_1", 7 }, { "whenever", 8 },
	{ "1e308*10", NAN }, { "((((1))))", 1 },
	/* clang-format on */
};

TEST(a_formula_has_the_value_that_it_says)
{
	const char *why;
	size_t i;

	for (i = 0; i < sizeof(values) / sizeof(*values); i++) {
		double v = value_of(values[i].text, &why);

		CHECK_TEXT(why != NULL ? why : "", "");
		CHECK(isnan(values[i].value) ? isnan(v) : v == values[i].value);
	}
}

static const char *const wrong[] = { "", " ", "+", "a +", "a b", "(a", "a)",
	"()", "a,b", "when", "when(a", "when(a)", "when(a,b,c)", "when(,a)",
	"(a,b)", "a..b+", "\"a", "\"\"", "a = b", "a & b", "1 2", "when()",
	"a b c", "nan+", "--", "a;b", "0x", "1e", "'a'", "\n" };

TEST(what_is_no_formula_is_refused_with_the_reason)
{
	const char *why;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		CHECK(isnan(value_of(wrong[i], &why)));
		CHECK(why != NULL);
	}
}

TEST(what_is_too_long_is_refused)
{
	char text[2 * FORMULA_MAX];
	const char *why;

	memset(text, '(', sizeof(text));
	text[sizeof(text) - 1] = 0;
	CHECK(isnan(value_of(text, &why)));
	CHECK_TEXT(why, "it is too long");
	text[FORMULA_MAX] = 0;
	CHECK(isnan(value_of(text, &why)));
	CHECK_TEXT(why, "it is too long");
	CHECK(isnan(value_of("a+b+c+d+e+f+g+h+i+j+k+l+m+n+o+p+q", &why)));
	CHECK_TEXT(why, "it has more than 16 names");
}

TEST(any_text_is_a_formula_or_none_and_nothing_else_happens)
{
	static const char some[] = "ab1.(),when+-*/<>=! \"e";
	char text[24];
	const char *why;
	size_t i, k, n;

	srand(1);
	for (i = 0; i < 200000; i++) {
		n = (size_t)rand() % (sizeof(text) - 1);
		for (k = 0; k < n; k++)
			text[k] = some[(size_t)rand() % (sizeof(some) - 1)];
		text[n] = 0;
		(void)value_of(text, &why);
	}
	CHECK(i == 200000);
}
