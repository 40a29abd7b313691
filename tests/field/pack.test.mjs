// Packing: what came in many small batches is in chunks, each reading once,
// and late readings touch the chunks that they belong to and no other.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { sql } from '../lib/flux.mjs';
import { Plant, post, random, rows, shuffled, telemetry }
	from '../lib/plant.mjs';
import { rolled, unrolled } from '../lib/rollup.mjs';
import { settle, signal_worker } from '../lib/worker.mjs';

const SENSORS = ['flow_rate', 'volume_total', 'temperature', 'status'];
const DAY = 864e5;
const today = Math.floor(Date.now() / DAY) * DAY;
const first = today - 3 * DAY;
let plant, key;

before(async () => {
	plant = await Plant.make('Pack');
	await plant.gateway('GW');
	key = await plant.key('GW');
});

async function send(readings) {
	const answer = await post(key, { readings });

	assert.equal(answer.status, 202, answer.body);
	assert.deepEqual(answer.json().rejected, []);
}

// In uneven bodies, several at once; between them somebody may ask to pack.
async function deliver(readings, rnd, most = 3000) {
	const bodies = [];

	for (let i = 0; i < readings.length;) {
		const n = 1 + Math.floor(rnd() ** 2 * most);

		bodies.push(readings.slice(i, i + n));
		i += n;
	}
	await Promise.all([0, 1, 2].map(async (lane) => {
		for (let i = lane; i < bodies.length; i += 3) {
			await send(bodies[i]);
			if (i % 8 === 0)
				signal_worker('SIGUSR1');
		}
	}));
}

const chunks = (where = 'true') => rows(`SELECT c.sensor_id, s.key, d.key AS
	        device, c.t_min, c.t_max, c.n, c.xmin::text, md5(c.run) AS run,
	        extract(epoch FROM c.t_min) * 1000 AS from_ms,
	        extract(epoch FROM c.t_max) * 1000 AS to_ms
	   FROM flux.chunk c
	   JOIN flux.sensor s USING (tenant_id, sensor_id)
	   JOIN flux.device d USING (tenant_id, device_id)
	  WHERE c.tenant_id = ${plant.id} AND ${where}
	  ORDER BY c.sensor_id, c.t_min`);

// What holds of all chunks of the tenant, whatever came.
async function are_in_order() {
	const all = await chunks();

	all.forEach((c, i) => {
		const next = all[i + 1];
		const name = `${c.device} ${c.key} ${c.t_min}`;

		assert.ok(c.n >= 1 && c.n <= 8192, `${name}: ${c.n}`);
		assert.equal(Math.floor(c.from_ms / DAY), Math.floor(c.to_ms / DAY),
			`${name} is of one day`);
		if (next?.sensor_id !== c.sensor_id)
			return;
		assert.ok(c.to_ms < next.from_ms, `${name} overlaps`);
		if (Math.floor(c.from_ms / DAY) === Math.floor(next.from_ms / DAY))
			assert.ok(c.n >= 4096, `${name}: ${c.n}, and not the last`);
	});
	return all;
}

const by_key = (a, b) => a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : a[1] - b[1];
const keys = (list) => list.map((r) => [r.sensor, r.ts ?? r.timestamp, r.value])
	.sort(by_key);

describe('many uneven, shuffled and doubled batches', () => {
	const rnd = random(7);
	const device = 'P-1';
	let readings;

	test('are in chunks, every reading exactly once', async () => {
		await plant.device(device, undefined, '--gateway', 'GW');
		readings = SENSORS.flatMap((sensor, k) =>
			Array.from({ length: [26000, 9000, 700, 3][k] }, (_, i) => ({
				device, sensor, value: (i * 7 + k) % 100,
				ts: first + Math.floor(i * 3 * DAY / [26000, 9000, 700, 3][k]),
			})));
		await deliver(shuffled([...readings,
			...readings.filter(() => rnd() < 0.2)], rnd), rnd);
		await settle(plant);
		await plant.balances();
		const all = await are_in_order();

		assert.equal(all.reduce((n, c) => n + c.n, 0), readings.length);
		assert.equal((await plant.ledger()).stored, readings.length);
		assert.deepEqual(keys(await telemetry(key, device,
			{ from: first, to: today })), keys(readings));
	});

	test('leave no landing, no fresh and nothing in quarantine', async () => {
		for (const table of ['landing', 'fresh', 'quarantine'])
			assert.equal(await sql('super', `SELECT count(*) FROM flux.${table}
				 WHERE tenant_id = ${plant.id}`), '0', table);
	});

	test('once more, they are all duplicates, and no chunk changes', async () => {
		const old = await chunks(), was = await plant.ledger();

		await rolled(plant);
		await unrolled(plant, async () => {
			await deliver(readings, rnd);
			await settle(plant);
			assert.equal(await sql('super', `SELECT count(*) FROM flux.mark
				 WHERE tenant_id = ${plant.id}`), '0');
		});
		const now = await plant.ledger();

		assert.equal(now.stored, was.stored);
		assert.equal(now.duplicate - was.duplicate, readings.length);
		assert.deepEqual(await chunks(), old);
	});
});

describe('late readings', () => {
	const device = 'P-2';
	let id;

	test('come to a day of full chunks', async () => {
		await plant.device(device, undefined, '--gateway', 'GW');
		// One reading every two seconds, but for a gap at noon.
		const readings = Array.from({ length: 43200 }, (_, i) => ({ device,
			sensor: 'flow_rate', ts: first + i * 2000, value: i % 1000 }))
			.filter((r) => Math.abs(r.ts - first - DAY / 2) > 600e3);

		for (let i = 0; i < readings.length; i += 4000)
			await send(readings.slice(i, i + 4000));
		await settle(plant);
		id = (await chunks(`d.key = '${device}'`))[0].sensor_id;
		assert.ok((await are_in_order()).filter((c) => c.sensor_id === id)
			.length >= 5);
	});

	// Which chunks were replaced by what comes, and the marks of it.
	const touched = (readings) => unrolled(plant, async () => {
		const old = await chunks(`c.sensor_id = ${id}`);
		const mark = await sql('super', `SELECT coalesce(max(mark_id), 0)
			 FROM flux.mark WHERE tenant_id = ${plant.id}`);

		for (const some of readings)
			await send(some);
		await settle(plant);
		await are_in_order();
		const now = new Set((await chunks(`c.sensor_id = ${id}`))
			.map((c) => `${c.t_min} ${c.xmin} ${c.run}`));

		return { chunks: old.filter((c) =>
			!now.has(`${c.t_min} ${c.xmin} ${c.run}`)),
			marks: await rows(`SELECT u.sensor,
				        extract(epoch FROM u.t_min) * 1000 AS from,
				        extract(epoch FROM u.t_max) * 1000 AS to
				   FROM flux.mark m, unnest(m.sensor, m.t_min, m.t_max)
				        AS u (sensor, t_min, t_max)
				  WHERE m.tenant_id = ${plant.id} AND mark_id > ${mark}
				  ORDER BY 2`) };
	});

	const one = (ms, value = 1, more = {}) =>
		({ device, sensor: 'flow_rate', ts: first + ms, value, ...more });

	test('touch the chunk that they fall into, and leave a mark', async () => {
		const t = 3 * 3600e3 + 1000;
		const got = await touched([[one(t), one(t + 60e3)]]);

		assert.equal(got.chunks.length, 1);
		assert.ok(got.chunks[0].from_ms < first + t &&
			got.chunks[0].to_ms > first + t);
		assert.deepEqual(got.marks,
			[{ sensor: id, from: first + t, to: first + t + 60e3 }]);
	});

	test('that fill a gap are lent readings by one neighbour', async () => {
		const got = await touched([[one(DAY / 2), one(DAY / 2 + 1)]]);

		assert.ok(got.chunks.length <= 2, `${got.chunks.length}`);
		assert.equal(got.marks.length, 1);
	});

	test('that are stored already touch nothing and mark nothing', async () => {
		assert.deepEqual(await touched([[one(2000), one(4000)],
			[one(DAY / 2)]]), { chunks: [], marks: [] });
	});

	test('with a higher revision replace, with an equal one do not', async () => {
		const read = async () => (await telemetry(key, device,
			{ from: first + 6000, to: first + 6001 }))[0];

		assert.equal((await read()).value, 3);
		let got = await touched([[one(6000, 77, { revision: 1 })]]);

		assert.equal(got.chunks.length, 1);
		assert.deepEqual(got.marks,
			[{ sensor: id, from: first + 6000, to: first + 6000 }]);
		assert.equal((await read()).value, 77);
		got = await touched([[one(6000, 78, { revision: 1 })], [one(6000, 79)]]);
		assert.deepEqual(got, { chunks: [], marks: [] });
		assert.equal((await read()).value, 77);
	});

	test('of a month long ago get its partition', async () => {
		const ts = Date.UTC(2019, 4, 5, 6);

		await send([{ device, sensor: 'flow_rate', ts, value: 5 }]);
		await settle(plant);
		assert.equal(await sql('super', `SELECT n FROM flux.chunk_2019_05
			 WHERE tenant_id = ${plant.id}`), '1');
		assert.equal((await telemetry(key, device,
			{ from: ts, to: ts + 1 }))[0].value, 5);
	});
});
