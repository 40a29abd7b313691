// The database is frozen or gone, we are restarted, somebody is slow: what the
// others see of it.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, describe, test } from 'node:test';
import { Stack, sleep } from '../lib/stack.mjs';

const ANSWER_MS = 2500; // a frozen database is told by then
const CROWD_MS = 5000; // also to the many who stand in line
const BACK_MS = 1000;

let stack;
const loads = []; // those that a failed test has left running
let asks; // a request to each program; [name, options, problem or page]

before(async () => {
	stack = await Stack.up('fluxoutage');
	await stack.healthy();
	const { env, login } = stack.flux;
	const key = { 'X-API-Key': env.FLUX_KEY };
	const cookie = await login();
	let n = 0;

	asks = {
		ingest: () => timed('POST', '/api/v1/ingest', { headers: key, body: {
			readings: [{ device: 'NIVUS_750_001', ts: Date.now() + n++ / 1000,
				values: { flow_rate: n % 100 } }] } }),
		api: () => timed('GET', '/api/v1/devices', { headers: key }),
		web: () => timed('GET', '/', { headers: { Cookie: cookie } }),
	};
});
after(() => {
	for (const run of loads)
		run.over = true;
	return stack?.down();
});

// A request with what it took; a broken connection is status 0.
async function timed(method, path, options) {
	const begun = performance.now();
	const answer = await stack.flux.request(method, path, options)
		.catch((e) => ({ status: 0, headers: {}, body: e.message }));

	return { ...answer, ms: performance.now() - begun };
}

const isWell = (answer) => [200, 202].includes(answer.status);

function assertBusy(name, answer, ms) {
	assert.equal(answer.status, 503, `${name}: ${answer.body}`);
	assert.ok(answer.ms < ms, `${name} took ${answer.ms | 0} ms`);
	assert.match(answer.headers['retry-after'] ?? '', /^\d+$/, name);
	assert.match(answer.headers['content-type'],
		name === 'web' ? /^text\/html/ : /^application\/problem\+json/);
}

// Every program works again, within the time.
async function assertBack() {
	const begun = performance.now();

	for (const [name, ask] of Object.entries(asks)) {
		await stack.flux.waitFor(async () => isWell(await ask()), 5000, 20);
		const ms = performance.now() - begun;

		assert.ok(ms < BACK_MS, `${name} is back after ${ms | 0} ms`);
	}
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
			for (const [name, ask] of Object.entries(asks))
				assertBusy(name, await ask(), ANSWER_MS);
		const crowd = Object.entries(asks).flatMap(([name, ask]) =>
			Array.from({ length: 40 }, async () => [name, await ask()]));

		for (const [name, answer] of await Promise.all(crowd))
			assertBusy(name, answer, CROWD_MS);
		freeze('SIGCONT');
		await assertBack();
	});

	test('whoever was being served then is answered, too', async () => {
		const load = startLoad(4);

		await sleep(300);
		freeze('SIGSTOP');
		await sleep(3000);
		freeze('SIGCONT');
		await assertBack();
		const { answers } = await load.stop();

		assert.deepEqual(answers.filter((a) =>
			!isWell(a) && a.status !== 503).map((a) => a.body), []);
		assert.ok(Math.max(...answers.map((a) => a.ms)) < CROWD_MS);
	});

	test('a login is refused in time and leaves no lock behind', async () => {
		const { login } = stack.flux;

		freeze('SIGSTOP');
		const begun = performance.now();

		await assert.rejects(login(), /503/);
		assert.ok(performance.now() - begun < ANSWER_MS);
		freeze('SIGCONT');
		await stack.flux.waitFor(() => login().catch(() => false), BACK_MS);
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
			for (const [name, ask] of Object.entries(asks))
				assertBusy(name, await ask(), 500);
		stack.signal(supervisor, 'SIGCONT');
		await waitFor(async () => isWell(await asks.api()));
		await assertBack();
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

			return answer.status === 202 && answer;
		}, 15000);

		assert.equal(again.headers['idempotency-replayed'], 'true');
		assert.equal(again.body, first.body);
		await assertBack();
	});
});

// Clients that ask everybody in turn until stop(), each time anew.
function startLoad(clients) {
	const run = { over: false, answers: [] };

	loads.push(run);
	const all = Array.from({ length: clients }, async () => {
		for (;;) {
			for (const ask of Object.values(asks)) {
				if (run.over)
					return;
				run.answers.push(await ask());
			}
		}
	});

	return { async stop() {
		run.over = true;
		await Promise.all(all);
		const failed = run.answers.filter((a) => !isWell(a));

		return { answers: run.answers, failed: failed.map((a) =>
			`${a.status} ${a.body}`) };
	} };
}

describe('restarting us under load fails no request', () => {
	for (const name of ['ingest', 'api', 'web']) {
		test(`SIGTERM to ${name}, three times`, async () => {
			const load = startLoad(8);
			const before = stack.of(name).map((p) => p.pid);

			for (let i = 0; i < 3; i++) {
				const master = stack.master(name);

				await sleep(300);
				assert.ok(stack.signal(master, 'SIGTERM'));
				await stack.flux.waitFor(() => {
					const now = stack.master(name);

					return now && now.pid !== master.pid;
				});
			}
			await sleep(300);
			const { answers, failed } = await load.stop();

			assert.deepEqual(failed, [], `of ${answers.length}`);
			assert.ok(stack.of(name).every((p) => !before.includes(p.pid)));
			assert.ok(Math.max(...answers.map((a) => a.ms)) < 3000);
		});
	}

	test('SIGTERM to a child, every 100 ms', async () => {
		const load = startLoad(8);

		for (let i = 0; i < 20; i++) {
			const all = stack.processes().filter((p) => !p.master &&
				['ingest', 'api', 'web'].includes(p.daemon));

			stack.signal(all[i * 7 % all.length], 'SIGTERM');
			await sleep(100);
		}
		assert.deepEqual((await load.stop()).failed, []);
	});

	test('nginx -s reload, every 300 ms', async () => {
		const load = startLoad(8);

		for (let i = 0; i < 8; i++) {
			await sleep(300);
			assert.ok(stack.signal(stack.master('nginx'), 'SIGHUP'));
		}
		const { answers, failed } = await load.stop();

		assert.deepEqual(failed, [], `of ${answers.length}`);
	});
});

// What 99 of 100 posts take at most, one after the other.
async function p99() {
	const took = [];

	for (let i = 0; i < 200; i++) {
		const answer = await asks.ingest();

		assert.equal(answer.status, 202, answer.body);
		took.push(answer.ms);
	}
	return took.sort((a, b) => a - b)[197];
}

describe('100 slow clients', () => {
	const slow = {
		'half a head': 'POST /api/v1/ingest HTTP/1.1\r\nHost: x\r\nX-Slow: ',
		'half a body': 'POST /api/v1/ingest HTTP/1.1\r\nHost: x\r\n' +
			'Content-Type: application/json\r\nContent-Length: 9000\r\n\r\n{',
	};

	for (const [name, text] of Object.entries(slow)) {
		test(`with ${name} do not slow the others`, async () => {
			const { port } = new URL(stack.flux.env.FLUX_URL);
			const quiet = await p99();
			const sockets = Array.from({ length: 100 }, () => {
				const socket = net.connect(port, '127.0.0.1');

				socket.on('error', () => {});
				socket.resume();
				socket.write(text);
				return socket;
			});

			await sleep(200);
			const slowed = await p99();

			for (const socket of sockets)
				socket.destroy();
			// A busy machine has tails of its own.
			assert.ok(slowed < 50 || slowed < 4 * quiet,
				`p99 ${slowed | 0} ms, ${quiet | 0} ms without them`);
		});
	}
});
