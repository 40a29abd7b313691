/*
 * check.h - a unit test is a claim: TEST(a_closed_alert_stays_closed) { ... }
 *
 * Each file is a program; TEST registers itself and main() is here.  A failed
 * CHECK prints its place and fails its test, the others still run.
 */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct check_test {
	const char *name;
	void (*run)(void);
	struct check_test *next;
};

static struct check_test *check_tests, **check_tail = &check_tests;
static bool check_ok;

#define TEST(title)                                                      \
	static void title(void);                                         \
	__attribute__((constructor)) static void check_add_##title(void) \
	{                                                                \
		static struct check_test t = { #title, title, NULL };    \
		*check_tail = &t;                                        \
		check_tail = &t.next;                                    \
	}                                                                \
	static void title(void)

#define CHECK(claim)                                                    \
	do {                                                            \
		if (!(claim)) {                                         \
			(void)printf("%s:%d: %s\n", __FILE__, __LINE__, \
			    #claim);                                    \
			check_ok = false;                               \
		}                                                       \
	} while (0)

#define CHECK_TEXT(got, want) CHECK(strcmp((got), (want)) == 0)

int
main(void)
{
	int passed = 0, failed = 0;
	struct check_test *t;

	for (t = check_tests; t != NULL; t = t->next) {
		check_ok = true;
		t->run();
		if (check_ok)
			passed++;
		else
			failed++;
		if (!check_ok)
			(void)printf("not ok %s\n", t->name);
	}
	(void)printf("%d passed, %d failed\n", passed, failed);
	return failed > 0;
}

#endif
