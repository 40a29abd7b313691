// The meter equals the ledger, 80 % of a quota is told before anything is
// refused, and what is refused is counted.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { DAY, MINUTE, leaves } from '../lib/calendar.mjs';
import { Desk } from '../lib/desk.mjs';
import { ctl, sql } from '../lib/flux.mjs';
import { Plant, SEED, isProblem, post, rows } from '../lib/plant.mjs';

let plant, desk, key;
let clock;

before(async () => {
	await leaves(2 * MINUTE, DAY);
	plant = await Plant.make('Quota');
	await plant.device('pump-1');
	key = await plant.key('pump-1');
	desk = await Desk.of(plant);
	clock = Date.now() - 600000;
});

const send = (n) => post(key, { readings: Array.from({ length: n }, () =>
	({ device: 'pump-1', ts: clock++, values: { flow_rate: 1 } })) });

// What the worker does once a minute, now.
const count = () => sql('fl_worker', `BEGIN;
	SELECT FROM ctx.begin_worker(${plant.id}); SELECT flux.usage_count();
	SELECT * FROM flux.quota_judge(); COMMIT`);
const meter = async () => (await rows(`SELECT coalesce(sum(requests), 0)::int
	AS requests, coalesce(sum(readings), 0)::int AS readings,
	coalesce(sum(refused), 0)::int AS refused, coalesce(sum(bytes), 0)::int
	AS bytes FROM flux.usage_day WHERE tenant_id = ${plant.id}`))[0];
const acts = async () => (await rows(`SELECT act FROM flux.audit
	WHERE tenant_id = ${plant.id} AND act LIKE 'quota.%' ORDER BY seq`))
	.map((r) => r.act);

describe('the meter', () => {
	test('equals the ledger, and the bytes are those that were sent',
		async () => {
			let bytes = 0;

			for (const n of [1, 10, 100]) {
				const body = JSON.stringify({ readings: Array.from(
					{ length: n }, () => ({ device: 'pump-1', ts: clock++,
						values: { flow_rate: 1 } })) });

				bytes += Buffer.byteLength(body);
				assert.equal((await post(key, body, { headers:
					{ 'Content-Type': 'application/json' } })).status, 202);
			}
			const bad = JSON.stringify({ readings: [{ device: 'pump-1',
				ts: clock++, values: { nonsense: 1 } }] });

			assert.equal((await post(key, bad, { headers:
				{ 'Content-Type': 'application/json' } })).status, 202);
			bytes += Buffer.byteLength(bad);
			await count();
			const ledger = await plant.ledger();

			assert.deepEqual(await meter(), { requests: 4, readings: 111,
				refused: 1, bytes });
			assert.equal(ledger.sent, 112);
			assert.equal(ledger.batches, 4);
			await plant.balances();
		});

	for (const [counted, at, since] of [
		['03-01 23:59:30', '03-02 00:00:30', '2021-02-23'],
		['03-02 00:00:30', '03-02 00:01:30', '2021-02-23'],
		['03-02 00:01:30', '03-02 00:02:30', '2021-03-02'],
		['03-02 00:01:30', '03-02 01:02:00', '2021-02-23'],
	])
		test(`counted at ${counted} begins at ${at} with ${since}`, async () => {
			await sql('super', `INSERT INTO flux.usage_day VALUES
				(${plant.id}, '2021-03-01', 0, 0, 0, 0, 0, 0, '2021-${counted}Z')
				ON CONFLICT (tenant_id, day) DO UPDATE
				SET counted_at = excluded.counted_at`);
			assert.equal(await sql('super', `SELECT flux.usage_since(
				${plant.id}, '2021-${at}Z')`), since);
		});

	test('is shown', async () => {
		const page = await desk.get('/admin/quota');

		assert.equal(page.status, 200);
		assert.match(page.body, /There are no quotas/);
		assert.match(page.body, /<td class="number">111<\/td>/);
	});
});

describe('a quota', () => {
	test('is told at 80 %, when nothing is refused', async () => {
		await ctl('quota', plant.name, 'readings_day', '200');
		await count();
		assert.deepEqual(await acts(), ['quota.set']);
		assert.equal((await send(50)).status, 202);
		await count();
		assert.deepEqual(await acts(), ['quota.set', 'quota.near']);
		assert.equal((await send(1)).status, 202);
		assert.match((await desk.get('/admin/quota')).body,
			/nearly used up/);
		assert.match(await ctl('quota', plant.name),
			/readings_day 161 of 200 warned/);
	});

	test('that is used up is 429, and what was sent is counted', async () => {
		await send(40);
		await count();
		assert.deepEqual(await acts(),
			['quota.set', 'quota.near', 'quota.over']);
		const was = await meter();
		const answer = await send(9);

		isProblem(answer, 429, 'quota_exceeded', /quota of the day/);
		assert.ok(Number(answer.headers['retry-after']) > 0);
		assert.ok(Number(answer.headers['retry-after']) <= 86400);
		// Known keys go no other way.
		for (let i = 0; i < 20; i++)
			assert.equal((await send(1)).status, 429);
		await count();
		const is = await meter();

		assert.equal(is.readings, was.readings);
		assert.equal(is.refused, was.refused + 29);
		await plant.balances();
		assert.match((await desk.get('/admin/quota')).body,
			/readings are refused with 429/);
	});

	test('that grows lets in again, and loses nothing', async () => {
		await ctl('quota', plant.name, 'readings_day', '100000');
		await count();
		assert.equal((await acts()).at(-1), 'quota.under');
		assert.equal((await send(5)).status, 202);
		await ctl('quota', plant.name, 'readings_day', 'none');
		assert.equal(await ctl('quota', plant.name), '');
	});

	test('leaves other tenants alone', async () => {
		const other = await Plant.make('Calm');

		await other.device('pump-1');
		const theirs = await other.key('pump-1');

		await ctl('quota', plant.name, 'readings_day', '1');
		await count();
		assert.equal((await send(1)).status, 429);
		assert.equal((await post(theirs, { readings: [{ device: 'pump-1',
			ts: clock++, values: { flow_rate: 1 } }] })).status, 202);
		await ctl('quota', plant.name, 'readings_day', 'none');
		await count();
	});
});

test('how the devices of each site reach us is told', async () => {
	const own = await Plant.make('Ways');
	const admin = await Desk.of(own);

	await own.device('sends');
	await own.device('asked', SEED, '--modbus', 'tcp:127.0.0.1:1502:1');
	await own.gateway('both');
	await own.device('behind', SEED, '--gateway', 'both');
	const { body } = await admin.get('/admin/quota');
	const ways = body.slice(body.indexOf('id="ways"'));

	assert.deepEqual([...ways.matchAll(/<td[^>]*>([^<]*)/g)].map((m) => m[1]),
		['mixed', '2', '1', '1']);
});

describe('simulated devices', () => {
	const make = (n) => plant.device(`sim-${n}`, undefined, '--simulated');
	const shown = async () => (await desk.get('/admin/quota')).body
		.match(/>Simulated devices<.*?<\/tr>/s)?.[0].replace(/<[^>]*>/g, ' ')
		.match(/[\d ]*\d/)[0].trim().split(/ {2,}/);

	test('have the bound of the plan, where there is no quota', async () => {
		await make(1);
		assert.deepEqual((await shown()).slice(0, 2).join(), '1,1000');
		await ctl('retention', plant.name, 'plan', 'basic');
		assert.match(await ctl('quota', plant.name), /^simulated 1 of 100$/m);
	});

	test('or the quota\'s, and count in no other', async () => {
		await ctl('quota', plant.name, 'devices', '1');
		await ctl('quota', plant.name, 'simulated', '2');
		await make(2);
		await assert.rejects(make(3),
			/The quota of simulated devices is used up: there may be 2/);
		assert.match(await ctl('quota', plant.name), /^devices 1 of 1.*$/m);
		await ctl('quota', plant.name, 'simulated', 'none');
		await make(3);
		await ctl('quota', plant.name, 'devices', 'none');
	});
});

test('who may not see quotas is told so', async () => {
	const viewer = await Desk.of(plant, 'viewer');

	assert.equal((await viewer.get('/admin/quota')).status, 403);
});

test('an unknown quota, and a number that is none, are refused', async () => {
	await assert.rejects(ctl('quota', plant.name, 'cakes', '1'), /no such quota/);
	await assert.rejects(ctl('quota', plant.name, 'bytes', '-1'), /whole number/);
	await assert.rejects(ctl('quota', plant.name, 'bytes', '0'), /at least 1/);
	await assert.rejects(ctl('limits', plant.name, 'all', '1'), /whole number/);
	await assert.rejects(ctl('limits', plant.name, 'nokey', '1', '1'),
		/no such key/);
});
