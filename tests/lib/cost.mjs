// cost.mjs - claims about what something costs: the time that the processes of
// this instance spend on a processor.  What else the machine does is none of
// it, nor is what waits for the disk; what the instance does besides only adds.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { run } from './flux.mjs';

const TRIES = 5;
const TICK_MS = 10;

function read(file) {
	try {
		return readFileSync(file, 'utf8');
	} catch {
		return ''; // it is gone
	}
}

// { pid: { parent, ms } } of everything that runs.
function processes() {
	return new Map(readdirSync('/proc').filter((pid) => /^\d+$/.test(pid))
		.map((pid) => [Number(pid), read(`/proc/${pid}/stat`)
			.split(') ').at(-1).split(' ')])
		.map(([pid, of]) => [pid, { parent: Number(of[1]),
			ms: (Number(of[11]) + Number(of[12])) * TICK_MS }]));
}

// What each process of the instance has spent: { pid: ms }.
function spent() {
	const top = Number(read(path.join(run, 'supervise.pid')));
	const all = processes();
	const is_ours = (pid) => pid === top ||
		(all.has(pid) && is_ours(all.get(pid).parent));

	assert.ok(all.has(top), 'the supervisor runs');
	return new Map([...all].filter(([pid]) => is_ours(pid))
		.map(([pid, { ms }]) => [pid, ms]));
}

// What fn comes to when it cost less than ms, at the first try or a later one.
export async function costs(ms, fn, what = 'it') {
	const all = [];

	while (all.length < TRIES) {
		const before = spent();
		const got = await fn();

		all.push([...spent()].reduce((sum, [pid, now]) =>
			sum + now - (before.get(pid) ?? 0), 0));
		if (all.at(-1) < ms)
			return got;
	}
	return assert.fail(`${what} cost ${all} ms, which is never below ${ms}`);
}
