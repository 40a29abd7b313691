// The store, seen from outside: whatever order, repetition and cut of a day's
// readings comes in, the answers are those of the ordered day.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { sql, waitFor } from '../lib/flux.mjs';
import { Plant, get, latest, post, random, shuffled,
	telemetry } from '../lib/plant.mjs';
import { freeze_worker, settle, signal_worker,
	unpacked } from '../lib/worker.mjs';

const SEEDS = 20;
const SENSORS = ['flow_rate', 'volume_total', 'temperature', 'status'];
const day = Math.floor(Date.now() / 864e5) * 864e5 - 864e5;
let plant, key;

before(async () => {
	plant = await Plant.make('Store');
	await plant.gateway('GW');
	key = await plant.key('GW');
});

// Some readings of a day, of a few devices; some are corrected later, and
// some have no value.
function make_day(rnd, devices) {
	const some = [];

	for (const device of devices)
		for (const sensor of SENSORS) {
			const n = 5 + Math.floor(rnd() * 40);

			for (let i = 0; i < n; i++) {
				const ts = day + Math.floor(rnd() * 400) * 216000 +
					(rnd() < 0.1 ? 1 : 0);
				const top = rnd() < 0.2 ? 1 + Math.floor(rnd() * 3) : 0;

				for (let revision = 0; revision <= top; revision++)
					some.push({ device, sensor, ts, revision,
						value: rnd() < 0.1 ? null : sensor === 'status'
							? Math.floor(rnd() * 3)
							: Math.round(rnd() * 1e5) / 1e3,
						quality: rnd() < 0.2 ? Math.floor(rnd() * 101) : 100 });
			}
		}
	// Two first readings of one key would leave it to chance which wins.
	const unique = new Map(some.map((r) =>
		[`${r.device} ${r.sensor} ${r.ts} ${r.revision}`, r]));

	return [...unique.values()];
}

// What the store must answer: { device: [[sensor, ts, value, quality, rev]] }.
function expected(readings, devices) {
	const best = new Map();

	for (const r of readings) {
		const k = `${r.device} ${r.sensor} ${r.ts}`;

		if (!best.has(k) || best.get(k).revision < r.revision)
			best.set(k, r);
	}
	return Object.fromEntries(devices.map((device) => [device,
		[...best.values()].filter((r) => r.device === device)
			.map((r) => [r.sensor, r.ts, r.value,
				r.value === null ? 0 : r.quality, r.revision]).sort(by_key)]));
}

const by_key = (a, b) => a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : a[1] - b[1];

async function answered(devices) {
	const all = {};

	for (const device of devices)
		all[device] = (await telemetry(key, device,
			{ from: day, to: day + 864e5 })).map((r) =>
			[r.sensor, r.timestamp, r.value, r.quality, r.revision ?? 0])
			.sort(by_key);
	return all;
}

function newest(list) {
	return Object.fromEntries(SENSORS.flatMap((sensor) => {
		const last = list.filter((r) => r[0] === sensor).at(-1);

		return last === undefined ? [] : [[sensor,
			{ time: new Date(last[1]).toISOString(), value: last[2],
				quality: last[3] }]];
	}));
}

// In any order, some of it twice, cut anywhere; how many were sent.
async function deliver(readings, rnd) {
	const queue = shuffled([...readings,
		...readings.filter(() => rnd() < 0.3)], rnd);
	const bodies = [];

	for (let i = 0; i < queue.length;) {
		const n = 1 + Math.floor(rnd() ** 3 * 60);

		bodies.push(queue.slice(i, i + n).map(
			({ device, sensor, ts, value, quality, revision }) =>
				({ device, sensor, ts, value, quality, revision })));
		i += n;
	}
	const lanes = 1 + Math.floor(rnd() * 4);

	await Promise.all(Array.from({ length: lanes }, async (_, lane) => {
		for (let i = lane; i < bodies.length; i += lanes) {
			const answer = await post(key, { readings: bodies[i] });

			assert.equal(answer.status, 202, answer.body);
			assert.deepEqual(answer.json().rejected, []);
		}
	}));
	return queue.length;
}

// One seed: its devices, its day, its delivery.
async function scene(seed) {
	const rnd = random(seed);
	const devices = [];

	for (let i = 0; i < 1 + seed % 3; i++)
		devices.push(await plant.device(`S${seed}-${i}`, undefined,
			'--gateway', 'GW'));
	const readings = make_day(rnd, devices);

	return { rnd, devices, readings, want: expected(readings, devices) };
}

describe('a day in any order is the ordered day', () => {
	for (let seed = 1; seed <= SEEDS; seed++)
		test(`seed ${seed}`, async () => {
			const { rnd, devices, readings, want } = await scene(seed);
			const before = await plant.ledger();
			const sent = await deliver(readings, rnd);

			assert.deepEqual(await answered(devices), want, 'at once');
			await plant.balances();
			assert.deepEqual(await answered(devices), want, 'and derived');
			for (const device of devices)
				assert.deepEqual(await latest(key, device), newest(want[device]));
			const after = await plant.ledger();

			assert.equal(after.sent - before.sent, sent);
			assert.ok(after.stored - before.stored >=
				Object.values(want).flat().length);
		});
});

describe('while the worker stands still', () => {
	after(() => signal_worker('SIGCONT'));

	test('what was acknowledged is read, and afterwards the same', async () => {
		await freeze_worker();
		const scenes = [await scene(101), await scene(102), await scene(103)];

		for (const s of scenes)
			s.sent = await deliver(s.readings, s.rnd);
		for (const s of scenes)
			assert.deepEqual(await answered(s.devices), s.want, 'from landing');
		assert.ok(Number(await sql('super', `SELECT count(*) FROM flux.landing
			 WHERE tenant_id = ${plant.id}`)) > 10);
		for (const s of scenes)
			for (const device of s.devices)
				assert.deepEqual(await latest(key, device), {}, 'not judged yet');
		signal_worker('SIGCONT');
		await plant.balances();
		for (const s of scenes) {
			assert.deepEqual(await answered(s.devices), s.want, 'from fresh');
			for (const device of s.devices)
				assert.deepEqual(await latest(key, device), newest(s.want[device]));
		}
	});

	test('of two that differ and are no correction the first stays', async () => {
		const device = await plant.device('FIRST', undefined, '--gateway', 'GW');
		const own = { device, sensor: 'flow_rate', ts: day };
		const value = async () => (await answered([device]))[device];

		await freeze_worker();
		for (const v of [1, 2, 3])
			await post(key, { ...own, value: v, revision: 4 });
		assert.deepEqual(await value(), [['flow_rate', day, 1, 100, 4]]);
		signal_worker('SIGCONT');
		await plant.balances();
		assert.deepEqual(await value(), [['flow_rate', day, 1, 100, 4]]);
		assert.equal((await latest(key, device)).flow_rate.value, 1);
	});

	test('half derived and half not, it is still all there', async () => {
		const s = await scene(104);
		const half = s.readings.filter((_, i) => i % 2);

		await deliver(half, s.rnd);
		await plant.derived();
		await freeze_worker();
		await deliver(s.readings, s.rnd);
		assert.deepEqual(await answered(s.devices), s.want);
		signal_worker('SIGCONT');
		await plant.balances();
		assert.deepEqual(await answered(s.devices), s.want);
	});
});

describe('many small batches', () => {
	const tiers = async () => (await sql('super', `SELECT tier, count(*)
		 FROM flux.fresh WHERE tenant_id = ${plant.id}
		GROUP BY tier ORDER BY tier`)).split('\n')
		.map((line) => line.split('|').map(Number));

	test('are merged into few blocks, and the answers stay equal', async () => {
		const s = await scene(105);
		const [device] = s.devices;
		const list = expected(s.readings, s.devices)[device];

		// Each in a cycle of its own.
		for (const [sensor, ts, value, quality, revision] of shuffled(list, s.rnd)) {
			await post(key, { device, sensor, ts, value, quality, revision });
			await plant.derived();
		}
		assert.ok(list.length > 32, 'enough to fill tiers');
		let found;

		assert.ok(await waitFor(async () => (found = await tiers())
			.every(([, rows]) => rows < 17), 5000, 50), JSON.stringify(found));
		assert.ok(found.some(([tier]) => tier > 0), 'tiers were merged');
		assert.deepEqual((await answered([device]))[device], list);
		assert.deepEqual(await latest(key, device), newest(list));
	});

	// Rows that are put into its tier stand for large ones.
	test('that became large are merged while somebody packs', async () => {
		const device = await plant.device('LARGE', undefined,
			'--gateway', 'GW');

		await unpacked(plant, async () => {
			let found;

			for (let i = 0; i < 20; i++) {
				await post(key, { device, sensor: 'flow_rate',
					ts: day + i * 1000, value: i });
				await plant.derived();
				await sql('super', `UPDATE flux.fresh SET tier = 2
					 WHERE tenant_id = ${plant.id} AND tier < 2`);
			}
			await post(key, { device, sensor: 'flow_rate', ts: day + 20000,
				value: 20 });
			assert.ok(await waitFor(async () => (found = await tiers())
				.every(([tier, rows]) => tier !== 2 || rows < 17), 10000, 50),
			JSON.stringify(found));
			assert.ok(found.some(([tier]) => tier === 3), JSON.stringify(found));
		});
		assert.deepEqual((await telemetry(key, device)).map((r) => r.value),
			Array.from({ length: 21 }, (_, i) => i));
	});

	test('of every seed before are still what they were', async () => {
		for (let seed = 1; seed <= SEEDS; seed++) {
			const rnd = random(seed);
			const devices = Array.from({ length: 1 + seed % 3 },
				(_, i) => `S${seed}-${i}`);
			const want = expected(make_day(rnd, devices), devices);

			assert.deepEqual(await answered(devices), want, `seed ${seed}`);
		}
	});

	test('are the same once they are packed', async () => {
		await settle(plant);
		for (let seed = 1; seed <= SEEDS; seed++) {
			const rnd = random(seed);
			const devices = Array.from({ length: 1 + seed % 3 },
				(_, i) => `S${seed}-${i}`);
			const want = expected(make_day(rnd, devices), devices);

			assert.deepEqual(await answered(devices), want, `seed ${seed}`);
		}
	});

	test('of everything, no reading is stored twice', async () => {
		const [stored, kept] = (await sql('super', `SELECT
			 (SELECT sum(stored) FROM flux.ingest_batch
			   WHERE tenant_id = ${plant.id}),
			 (SELECT sum(n) FROM flux.chunk WHERE tenant_id = ${plant.id})`))
			.split('|').map(Number);
		const { devices } = (await get(key, '/api/v1/devices')).json();
		let read = 0;

		for (const { device } of devices)
			read += (await telemetry(key, device, { from: day, to: day + 864e5 }))
				.length;
		// A correction was stored, and replaced what it corrects.
		assert.ok(stored >= kept, `${stored} ${kept}`);
		assert.equal(kept, read);
	});
});
