/* Children that hand a baton on, dead ones and slow ones among them. */
#include "check.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/env.h"
#include "web/baton.h"

/* In a child of its own: 0 when it got the baton, which dies with it. */
static int
child_takes(struct baton *b)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(baton_take(b) ? 0 : 1);
	return waitpid(pid, &status, 0) == pid ? WEXITSTATUS(status) : -1;
}

static struct baton *
one(void)
{
	struct baton *b = batons_new(2);

	if (b == NULL)
		abort();
	return b;
}

TEST(one_has_it_and_another_goes_on_without)
{
	struct baton *b = one();
	int64_t begun = env_mono();

	CHECK(baton_take(b));
	CHECK(child_takes(b) == 1);
	CHECK(env_mono() - begun >= BATON_MS * INT64_C(1000));
	baton_give(b);
	CHECK(child_takes(b) == 0);
}

TEST(of_one_that_dies_the_next_has_it)
{
	struct baton *b = one();

	CHECK(child_takes(b) == 0);
	CHECK(child_takes(b) == 0);
	CHECK(baton_take(b));
	CHECK(child_takes(b) == 1);
	baton_give(b);
	CHECK(child_takes(b) == 0);
}

TEST(two_are_two)
{
	struct baton *b = one();

	CHECK(baton_take(baton_at(b, 0)));
	CHECK(child_takes(baton_at(b, 1)) == 0);
	CHECK(child_takes(baton_at(b, 0)) == 1);
}
