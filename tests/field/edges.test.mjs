// A thousand who never finish their request, and what the others see of them:
// nothing.  "tests/run field/edges" prints the figures.
// Runs alone: it times what is beside them.
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { http, root } from '../lib/flux.mjs';
import { INGEST, Plant } from '../lib/plant.mjs';
import { plain, secure } from '../lib/raw.mjs';

const CROWD = 1000;
const ROUNDS = 3;
const ROUND_MS = 2000;
const MORE_MS = 5;
const MANY = 20; // requests of a round, at least

let crowd, gone, asks;

before(async () => {
	const plant = await Plant.make('Edges');

	await plant.device('E1');
	const headers = { 'X-API-Key': await plant.key('E1') };
	const from = Date.now() - 3600000;
	let n = 0;

	asks = {
		post: () => http('POST', INGEST, { headers, body: { readings: [
			{ device: 'E1', ts: from + n++, values: { flow_rate: n % 100 } }] } }),
		get: () => http('GET', '/api/v1/devices', { headers }),
	};
	crowd = fork(path.join(root, 'tests/lib/crowd.mjs'),
		[plain.port, secure.port, CROWD]);
	gone = once(crowd, 'exit').then(() => assert.fail('the crowd is gone'));
	gone.catch(() => {});
});
after(() => crowd?.kill());

// Has the crowd hold its connections, or have none; what it answers.
async function says(word) {
	crowd.send(word);
	const [answer] = await Promise.race([once(crowd, 'message'), gone]);

	return answer;
}

// One who posts and one who reads, each his next when the last is answered:
// what each took, and what was not answered well.
async function others() {
	const end = performance.now() + ROUND_MS;
	const took = [], failed = [];

	await Promise.all(Object.entries(asks).map(async ([name, ask]) => {
		while (performance.now() < end || took.length <= MANY) {
			const begun = performance.now();
			const { status, body } = await ask()
				.catch((e) => ({ status: 0, body: e.message }));

			took.push(performance.now() - begun);
			if (![200, 202].includes(status))
				failed.push(`${name}: ${status} ${body}`);
		}
	}));
	return { took, failed };
}

const part = (values, share) => [...values].sort((a, b) => a - b)[
	Math.floor((values.length - 1) * share)];
const median = (values) => part(values, 0.5);

// The rounds alternate, so that whatever else the host does is on both sides,
// and it only adds: the crowd slows every round or none.  On a host that does a
// lot, rounds of one kind differ by more than 5 ms: then the quickest beside is
// not twice as slow as the slowest of those alone.
function assertNoSlower(name, alone, beside) {
	const least = Math.min(...beside);
	const text = (v) => v.map((ms) => ms.toFixed(1)).join(' ');

	assert.ok(least - median(alone) < MORE_MS || least < 2 * Math.max(...alone),
		`${name}: ${text(beside)} ms beside, ${text(alone)} ms alone`);
}

describe(`${CROWD} half-open connections and slow drips`, () => {
	const rounds = { alone: [], beside: [] };
	const crowds = [];

	before(async () => {
		await others(); // so that the first round is like the others
		for (let i = 0; i < ROUNDS; i++) {
			rounds.alone.push(await others());
			await says('hold');
			rounds.beside.push(await others());
			crowds.push(await says('rest'));
		}
	});

	const of = (kind, share) =>
		rounds[kind].map(({ took }) => part(took, share));

	test('fail no request of the others', () => {
		const all = Object.values(rounds).flat();

		assert.deepEqual(all.flatMap(({ failed }) => failed), []);
	});

	test('do not slow them', () => {
		const all = (what) => rounds.beside.flatMap((round) => round[what]).length;
		const p99 = (kind) => `${median(of(kind, 0.99)).toFixed(1)} ms`;

		console.log(`half-open ${CROWD} (${Math.min(...crowds.map((c) =>
			c.least))} nearly always): of ${all('took')} requests beside ` +
		    `${all('failed')} failed, p99 ${p99('beside')}, alone ${p99('alone')}`);
		assertNoSlower('median', of('alone', 0.5), of('beside', 0.5));
		assertNoSlower('p99', of('alone', 0.99), of('beside', 0.99));
	});

	test('were there all the time, and were told nothing but 408', () => {
		for (const { least, answers } of crowds) {
			assert.ok(least > CROWD * 0.8, `only ${least} were open`);
			assert.deepEqual(Object.keys(answers).filter((s) => s !== '408'),
				[]);
		}
	});
});
