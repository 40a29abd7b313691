// pace.mjs - claims about time, on a machine that does more than our tests.
// Whatever else it does only adds: what can be quick is quick once in a few
// tries, further and further apart, and what is slow by itself never is.
import assert from 'node:assert/strict';
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync }
	from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Stalls } from './stalls.mjs';

const TRIES = 12;
const APART_MS = 100; // more than the last time

// What fn comes to when it took less than ms, at the first try or a later one.
export async function within(ms, fn, what = 'it', tries = TRIES) {
	const took = [];

	while (took.length < tries) {
		const begun = performance.now();
		const got = await fn();

		took.push(performance.now() - begun);
		if (took.at(-1) < ms)
			return got;
		await sleep(took.length * APART_MS);
	}
	return assert.fail(`${what} took ${took.map((t) => Math.round(t)).join(', ')}` +
		` ms, which is never below ${ms}`);
}

// What fn comes to, asked again and again, so many ms from now at the latest;
// while the machine stands still the clock does too.
export async function by(ms, fn, every = 200) {
	const stalls = new Stalls();
	const begun = Date.now();

	try {
		for (;;) {
			const asked = Date.now();
			const got = await fn();

			if (asked - begun > ms)
				await sleep(Stalls.KNOWN_MS);
			const took = asked - begun - stalls.within(begun, asked);

			assert.ok(took <= ms, `not within ${ms} ms: ${fn}`);
			if (got)
				return got;
			await sleep(every);
		}
	} finally {
		await stalls.end();
	}
}

// How long this disk takes to keep a little, as our programs have it do; ms.
export function disk(folder) {
	const file = path.join(folder, `pace.${process.pid}`);
	const fd = openSync(file, 'w');
	const begun = performance.now();

	writeSync(fd, 'a little');
	fdatasyncSync(fd);
	const took = performance.now() - begun;

	closeSync(fd);
	rmSync(file);
	return took;
}
