// The database is away and readings come all the same: what was answered 2xx
// is there afterwards, once, at the time it came, and in the order it came.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { disk, within } from '../lib/pace.mjs';
import { Stack, sleep } from '../lib/stack.mjs';

// Each for himself, thirty would wait twice as long for a frozen database.
const FROZEN_MS = 10000;
const GONE_MS = 100; // and one so long for one that is not there, and the disk
const DAY = 864e5;
const T0 = Math.floor(Date.now() / DAY) * DAY - 100 * DAY;

let stack, sql, ctl, request, waitFor;
let plant; // with two gateways, G and H, and what they send

before(async () => {
	stack = await Stack.up('fluxspool');
	await stack.healthy();
	({ sql, ctl, request, waitFor } = stack.flux);
	const { Plant } = await import('../lib/plant.mjs');

	plant = await Plant.make('spool');
	for (const name of ['G', 'H']) {
		await plant.gateway(name);
		await plant.device(`${name}1`, 'nivus-generic-seed', '--gateway', name);
	}
	plant.g = await plant.key('G');
	plant.h = await plant.key('H');
	plant.old = await plant.key('H'); // ends before the outage, unseen
	plant.seen = await plant.key('H'); // ends before it, and tries
	plant.never = await plant.key('H'); // was never used
	for (const key of [plant.g, plant.h, plant.old, plant.seen])
		assert.equal((await post(key, reading(key === plant.g ? 'G1' : 'H1',
			T0, 1))).status, 202);
});
after(() => stack?.down());

function reading(device, ts, value, more = {}) {
	return { readings: [{ device, ts, values: { flow_rate: value } }], ...more };
}

const post = (key, body, { url = '/api/v1/ingest', headers = {} } = {}) =>
	request('POST', url, { headers: { 'X-API-Key': key, ...headers }, body });

// A body is answered when the disk has it.
const gone_ms = () => GONE_MS + 3 * disk(path.join(stack.var, 'tmp'));

function freeze(signal) {
	for (const p of stack.of('postgres'))
		stack.signal(p, signal);
}

// Nobody starts it again until back().
async function gone() {
	const postmaster = stack.master('postgres');

	stack.signal(stack.supervisor(), 'SIGSTOP');
	stack.signal(postmaster, 'SIGINT');
	await waitFor(() => !stack.isAlive(postmaster));
}

async function back() {
	stack.signal(stack.supervisor(), 'SIGCONT');
	await waitFor(() => sql('super', 'SELECT 1').catch(() => false));
}

// What waits on the disk, of all tenants.
function waiting() {
	const dir = path.join(stack.var, 'intake');

	return readdirSync(dir).filter((name) => name.startsWith('T'))
		.flatMap((name) => readdirSync(path.join(dir, name))
			.filter((file) => file.endsWith('.seg'))
			.map((file) => statSync(path.join(dir, name, file)).size))
		.reduce((a, b) => a + b, 0);
}

async function drained() {
	await waitFor(() => waiting() === 0);
	await plant.derived();
}

// The values of a device's flow_rate at its times, in their order.
async function stored(device, from, to) {
	const answer = await request('GET', '/api/v1/telemetry?sensor=flow_rate' +
		`&device=${device}&from=${new Date(from).toISOString()}` +
		`&to=${new Date(to).toISOString()}&limit=10000`,
	{ headers: { 'X-API-Key': device.startsWith('G') ? plant.g : plant.h } });

	assert.equal(answer.status, 200, answer.body);
	return answer.json().readings.map((r) => [Date.parse(r.time), r.value]);
}

function assertSpooled(answer, status = 202) {
	assert.equal(answer.status, status, answer.body);
	assert.equal(answer.json().spooled, true);
	return answer;
}

describe('a Postgres that is gone', () => {
	let came, gone_by; // when the body without a time did: between them
	let again = 0; // bodies that came once more, to be quicker

	before(async () => {
		for (const key of [plant.old, plant.seen])
			await sql('super', `UPDATE ctx.api_key SET revoked_at = now()
				WHERE key_hash = sha256('${key}')`);
		assert.equal((await post(plant.seen, reading('H1', T0, 1))).status, 401);
		await sql('super', `INSERT INTO flux.rule (tenant_id, sensor_id, name,
			 above, threshold, severity) SELECT s.tenant_id, s.sensor_id, 'High',
			 true, 300, 3 FROM flux.sensor s JOIN flux.device d
			 USING (tenant_id, device_id) WHERE s.tenant_id = ${plant.id}
			 AND d.key = 'H1' AND s.key = 'flow_rate'`);
		await gone();
	});

	test('202 within 100 ms, and the answer says that it is kept', async () => {
		assert.equal((await post(plant.g, reading('G1', T0 + 1000, 10))).status,
			202); // whoever comes first may wait for the line to break
		for (let i = 1; i < 5; i++) {
			const body = reading('G1', T0 + (1 + i) * 1000, 10 + i);
			const answer = await within(gone_ms(), async () => {
				again++;
				return assertSpooled(await post(plant.g, body));
			});

			again--;
			assert.equal(answer.json().accepted, 1);
			assert.deepEqual(answer.json().rejected, []);
		}
	});

	test('every address says it in its own words', async () => {
		const answer = await post(plant.h, { device_id: 'H1', flow_rate: 7,
			timestamp: new Date(T0 + 1000).toISOString() },
		{ url: '/api/ingest' });

		assertSpooled(answer, 200);
		assert.equal(answer.json().success, true);
		assert.match(answer.json().message, /until the database is back/);
	});

	test('a body without a time has that of its arrival', async () => {
		came = Date.now();
		assertSpooled(await post(plant.h,
			{ readings: [{ device: 'H1', values: { flow_rate: 55 } }] }));
		gone_by = Date.now();
	});

	test('a repeat of a batch is one', async () => {
		const body = reading('G1', T0 + 60000, 99, { batch_id: 'G-1' });
		const first = await post(plant.g, body);

		assertSpooled(first);
		assert.equal((await post(plant.g, body)).body, first.body);
	});

	test('what can never be stored is 400 also then', async () => {
		for (const body of ['{"readings": [', '[]', 'no JSON'])
			assert.equal((await post(plant.g, body)).status, 400);
		assert.equal((await post(plant.g, { tenant_id: 'another',
			...reading('G1', T0, 1) })).status, 403);
	});

	test('what only the database can say is 503', async () => {
		const cases = {
			'a key that was never used': [plant.never],
			'a key that has ended and was told so': [plant.seen],
			'a key that is none': [`${plant.g.slice(0, -8)}00000000`],
			'all or nothing': [plant.g, { url: '/api/v1/ingest?strict=1' }],
			'a page of another site': [plant.g,
				{ headers: { Origin: 'https://example.org' } }],
		};

		for (const [what, [key, options]] of Object.entries(cases)) {
			const answer = await post(key, reading('G1', T0, 1), options);

			assert.ok([401, 503].includes(answer.status), `${what}: ${answer.body}`);
		}
	});

	test('ingest is killed and still knows its senders', async () => {
		const before = stack.of('ingest').filter((p) => !p.master);

		for (const p of before)
			stack.signal(p, 'SIGKILL');
		const answer = await waitFor(async () => {
			const a = await post(plant.g, reading('G1', T0 + 70000, 70));

			return a.status === 202 && a;
		});

		assertSpooled(answer);
		assert.equal((await post(plant.old, reading('H1', T0 + 70000, 70)))
			.status, 202); // it ended unseen: the drain finds out
	});

	test('no key and nothing of one stands in the spool', async () => {
		const dir = path.join(stack.var, 'intake');

		for (const name of readdirSync(dir, { recursive: true })) {
			const file = path.join(dir, name);

			if (!statSync(file).isFile())
				continue;
			const bytes = readFileSync(file, 'latin1');

			assert.ok(!bytes.includes('flx_'), name);
			assert.equal(statSync(file).mode & 0o077, 0, name);
		}
		assert.equal(statSync(dir).mode & 0o077, 0);
	});

	test('an alarm that begins and ends in the outage is raised and ended',
		async () => {
			for (const [i, value] of [20, 400, 20].entries())
				assertSpooled(await post(plant.h,
					reading('H1', T0 + 80000 + i * 1000, value)));
		});

	test('everything is there once when it is back', async () => {
		await back();
		await drained();
		assert.deepEqual(await stored('G1', T0 + 500, T0 + 100000), [
			...[0, 1, 2, 3, 4].map((i) => [T0 + (1 + i) * 1000, 10 + i]),
			[T0 + 60000, 99], [T0 + 70000, 70]]);
		const late = await stored('H1', came - 1000, Date.now());

		assert.equal(late.length, 1);
		assert.equal(late[0][1], 55);
		assert.ok(late[0][0] >= came && late[0][0] <= gone_by);
		await plant.balances();
	});

	test('alarms of the outage are told', async () => {
		const alert = await waitFor(() => sql('super',
			`SELECT raised_at, ended_at FROM flux.alert
			  WHERE tenant_id = ${plant.id} AND ended_at IS NOT NULL`));

		const [from, to] = [81000, 82000].map((ms) =>
			new Date(T0 + ms).toISOString().slice(0, 19).replace('T', ' '));

		assert.match(alert, new RegExp(`${from}.*${to}`));
	});

	test('the ledger says how they came, and who had no right', async () => {
		assert.equal(await sql('super', `SELECT count(*) FROM flux.ingest_batch
			 WHERE tenant_id = ${plant.id} AND kind = 4`), String(13 + again));
		const letters = await plant.letters();

		assert.equal(letters.length, 1);
		assert.match(letters[0].detail, /key had ended/);
		assert.match(letters[0].body.toString(), /"flow_rate":70/);
	});

	test('the batch has its first answer for whoever repeats it now', async () => {
		const answer = await post(plant.g,
			reading('G1', T0 + 60000, 99, { batch_id: 'G-1' }));

		assert.equal(answer.headers['idempotency-replayed'], 'true');
		assert.equal(answer.json().accepted, 1);
	});

	test('and what comes now is stored at once', async () => {
		const answer = await post(plant.g, reading('G1', T0 + 90000, 90));

		assert.equal(answer.status, 202);
		assert.equal(answer.json().spooled, undefined);
	});
});

describe('a frozen Postgres', () => {
	after(() => freeze('SIGCONT'));

	test('is waited for once; what comes behind is kept at once', async () => {
		const took = [];

		// What else the machine does only adds, and not always.
		while (took.length < 3 && !(took.at(-1) < FROZEN_MS)) {
			freeze('SIGCONT');
			await drained();
			freeze('SIGSTOP');
			const begun = performance.now();
			const answers = await Promise.all(Array.from({ length: 30 },
				(_, i) => post(plant.g,
					reading('G1', T0 + 200000 + i * 1000, i))));

			took.push(performance.now() - begun);
			for (const answer of answers)
				assertSpooled(answer);
		}
		assert.ok(took.at(-1) < FROZEN_MS, `${took} ms`);
		await within(gone_ms(), async () => assertSpooled(
			await post(plant.g, reading('G1', T0 + 240000, 30))));
	});

	test('ingest is started again while it is frozen', async () => {
		stack.signal(stack.master('ingest'), 'SIGKILL');
		const answer = await waitFor(async () => {
			const a = await post(plant.g, reading('G1', T0 + 241000, 31));

			return a.status === 202 && a;
		});

		assertSpooled(answer);
		freeze('SIGCONT');
		await drained();
		assert.deepEqual((await stored('G1', T0 + 200000, T0 + 250000))
			.map(([, value]) => value), Array.from({ length: 32 }, (_, i) => i));
		await plant.balances();
	});
});

describe('a worker that is killed while it drains', () => {
	test('each body is stored once', async () => {
		const N = 400;
		const from = Date.now();

		await gone();
		for (let i = 0; i < N; i += 20)
			await Promise.all(Array.from({ length: 20 }, async (_, k) => {
				// Bodies without times: stored twice they would be two.
				const answer = await post(plant.h, { readings: [{ device: 'H1',
					values: { flow_rate: i + k } }] });

				assert.equal(answer.status, 202);
			}));
		await back();
		for (let i = 0; i < 40 && waiting() > 0; i++) {
			for (const p of stack.of('worker'))
				if (!p.master)
					stack.signal(p, 'SIGKILL');
			await sleep(20 + (i * 37) % 150);
		}
		await drained();
		const all = (await stored('H1', from, Date.now()))
			.map(([, value]) => value);

		// Two that came in the same microsecond are one reading and one
		// duplicate.
		const same = Number(await sql('super', `SELECT coalesce(sum(duplicate), 0)
			FROM flux.ingest_batch WHERE tenant_id = ${plant.id} AND kind = 4
			AND sent = 1 AND at >= to_timestamp(${from / 1000})`));

		assert.equal(all.length + same, N);
		assert.ok(same < 5, `${same} duplicates`);
		await plant.balances();
	});
});

describe('two tenants with much in the spool', () => {
	const PARCELS = 3, BODIES = 2; // of so many bodies each,
	const HEAVY = 10000; // as a parcel has 20,000 readings

	// Whose parcels were stored, in their order.
	const log = () => path.join(stack.var, 'log/worker.log');
	const turns = (from) => [...readFileSync(log(), 'latin1').slice(from)
		.matchAll(/ spool tenant=(\d+) drained=/g)].map(([, id]) => Number(id));

	test('take turns, and neither waits for all of the other', async () => {
		const { Plant } = await import('../lib/plant.mjs');
		const other = await Plant.make('turns');

		await other.device('O1', 'nivus-generic-seed');
		const key = await other.key('O1');

		assert.equal((await post(key, reading('O1', T0, 1))).status, 202);
		assert.equal((await post(plant.g, reading('G1', T0, 1))).status, 202);
		await gone();
		for (const [k, device] of [[plant.g, 'G1'], [key, 'O1']])
			for (let i = 0; i < PARCELS * BODIES; i++)
				assertSpooled(await post(k, { readings: Array.from(
					{ length: HEAVY }, (_, n) => ({ device, ts: T0 +
						(300 + i * HEAVY + n) * 1000, values: { flow_rate: n } })) }));
		// One that has never missed the database finds all of it.
		stack.signal(stack.master('worker'), 'SIGKILL');
		await waitFor(() => stack.of('worker').length === 0);
		const from = statSync(log()).size;

		await back();
		await waitFor(() => waiting() === 0);
		// It is told once the parcel is gone.
		await waitFor(() => turns(from).length >= 2 * PARCELS);
		assert.deepEqual(turns(from),
			Array.from({ length: PARCELS }, () => [other.id, plant.id]).flat());
	});
});
