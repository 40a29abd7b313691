// The database is frozen or gone: what the others see of it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { endLoads, isWell, questions, startLoad } from '../lib/load.mjs';
import { within } from '../lib/pace.mjs';
import { Stack, sleep } from '../lib/stack.mjs';

const ANSWER_MS = 2500; // a frozen database is told by then
const CROWD_MS = 5000; // also to the many who stand in line
const GONE_MS = 500; // and one that is gone
const BACK_MS = 1000;

let stack;
let asks; // a request to each program

before(async () => {
	stack = await Stack.up('fluxoutage');
	await stack.healthy();
	asks = await questions(stack);
});
after(() => {
	endLoads();
	return stack?.down();
});

// A reading is kept on the disk meanwhile: tests/field/spool.
function assertBusy(name, answer) {
	if (name === 'ingest' && answer.status === 202) {
		assert.equal(answer.json().spooled, true);
		return;
	}
	assert.equal(answer.status, 503, `${name}: ${answer.body}`);
	assert.match(answer.headers['retry-after'] ?? '', /^\d+$/, name);
	assert.match(answer.headers['content-type'],
		name === 'web' ? /^text\/html/ : /^application\/problem\+json/);
}

// Every program says that it is busy, in time.
const assertAllBusy = (ms) => Promise.all(Object.entries(asks).map(
	([name, ask]) => within(ms, async () => assertBusy(name, await ask()), name)));

// Until every program works again; how long that took.
async function back() {
	const begun = performance.now();

	for (const ask of Object.values(asks))
		await stack.flux.waitFor(async () => isWell(await ask()), 0, 20);
	return performance.now() - begun;
}

function freeze(signal) {
	for (const p of stack.of('postgres'))
		stack.signal(p, signal);
}

describe('a frozen Postgres', () => {
	before(() => Promise.all(Object.values(asks).map((ask) => ask())));
	after(() => freeze('SIGCONT'));

	test('everybody says 503 in time, alone and in a crowd', async () => {
		freeze('SIGSTOP');
		for (let i = 0; i < 2; i++)
			await assertAllBusy(ANSWER_MS);
		await within(CROWD_MS, async () => {
			const crowd = Object.entries(asks).flatMap(([name, ask]) =>
				Array.from({ length: 40 }, async () => [name, await ask()]));

			for (const [name, answer] of await Promise.all(crowd))
				assertBusy(name, answer);
		}, 'a crowd');
		freeze('SIGCONT');
		await back();
	});

	test('everybody is back soon after', async () => {
		const took = [];
		let usual;

		// And one who is there all the time takes what he takes.
		do {
			freeze('SIGSTOP');
			await assertAllBusy(ANSWER_MS);
			freeze('SIGCONT');
			took.push(await back());
			usual = await back();
		} while (took.length < 5 && took.at(-1) >= BACK_MS + 2 * usual);
		assert.ok(took.at(-1) < BACK_MS + 2 * usual,
			`back after ${took} ms, usually ${usual} ms`);
	});

	test('whoever was being served then is answered, too', async () => {
		const load = startLoad(asks, 4);

		await sleep(300);
		freeze('SIGSTOP');
		await sleep(3000);
		freeze('SIGCONT');
		await back();
		const { answers } = await load.stop();

		assert.deepEqual(answers.filter((a) =>
			!isWell(a) && a.status !== 503).map((a) => a.body), []);
	});

	test('a machine that stands still is no database that does', async () => {
		const thaw = (all) => all.forEach((p) => stack.signal(p, 'SIGCONT'));
		const programs = stack.of('api');

		freeze('SIGSTOP');
		const asked = asks.api();

		await sleep(500);
		for (const p of programs)
			stack.signal(p, 'SIGSTOP');
		await sleep(2500);
		thaw(programs);
		await sleep(50);
		freeze('SIGCONT');
		const { status, body } = await asked;

		assert.equal(status, 200, body);
		await back();
	});

	test('a login is refused in time and leaves no lock behind', async () => {
		const { login } = stack.flux;

		freeze('SIGSTOP');
		await within(ANSWER_MS, () => assert.rejects(login(), /503/));
		freeze('SIGCONT');
		await stack.flux.waitFor(() => login().catch(() => false));
	});
});

describe('a Postgres that is gone', () => {
	after(() => stack.signal(stack.supervisor(), 'SIGCONT'));

	test('everybody says 503 at once, and works when it is back', async () => {
		const supervisor = stack.supervisor();
		const postmaster = stack.master('postgres');
		const { waitFor } = stack.flux;

		stack.signal(supervisor, 'SIGSTOP');
		stack.signal(postmaster, 'SIGINT');
		await waitFor(() => !stack.isAlive(postmaster));
		for (let i = 0; i < 3; i++)
			await assertAllBusy(GONE_MS);
		stack.signal(supervisor, 'SIGCONT');
		await waitFor(async () => isWell(await asks.api()));
		await back();
	});

	test('a reading that came in before is not asked for again', async () => {
		const { env, request, waitFor } = stack.flux;
		const headers = { 'X-API-Key': env.FLUX_KEY };
		const body = { batch_id: 'across', readings: [{ values: { status: 1 },
			device: 'NIVUS_750_001', ts: Date.now() }] };
		const post = () => request('POST', '/api/v1/ingest', { headers, body });
		const first = await post();

		for (const p of stack.of('postgres'))
			stack.signal(p, 'SIGKILL');
		const again = await waitFor(async () => {
			const answer = await post();

			return answer.status === 202 &&
				answer.headers['idempotency-replayed'] === 'true' && answer;
		}, 60000, 500); // posts queue behind what is kept

		assert.equal(again.body, first.body);
		await back();
	});
});
