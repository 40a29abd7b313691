// pace.mjs - claims about time, on a machine that does more than our tests.
// Whatever else it does only adds: what can be quick is quick once in a few
// tries, and what is slow by itself never is.
import assert from 'node:assert/strict';

const TRIES = 5;

// What fn comes to when it took less than ms, at the first try or a later one.
export async function within(ms, fn, what = 'it', tries = TRIES) {
	const took = [];

	while (took.length < tries) {
		const begun = performance.now();
		const got = await fn();

		took.push(performance.now() - begun);
		if (took.at(-1) < ms)
			return got;
	}
	return assert.fail(`${what} took ${took.map((t) => Math.round(t)).join(', ')}` +
		` ms, which is never below ${ms}`);
}
