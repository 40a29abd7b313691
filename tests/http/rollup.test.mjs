// Hours and days of the rollups, against the same reckoned here from what was
// sent: by the clocks of the site, whatever order it came in.
// Takes long.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { ctl, sql } from '../lib/flux.mjs';
import { Plant, post, random, rows, shuffled } from '../lib/plant.mjs';
import { HOUR, become as becomes, deliver, every, place, reckon, rolled, same,
	stored } from '../lib/rollup.mjs';

const PERIOD_S = 600;
const HOLD = 3 * PERIOD_S * 1000;
// Each has a device of its own, and waits most of the time.
const at_once = { concurrency: true };
let plant, key, devices = 0;

before(async () => {
	plant = await Plant.make('Rollup');
	await plant.gateway('GW');
	key = await plant.key('GW');
});

const device = (zone = 'UTC', period = PERIOD_S) =>
	place(plant, `R${++devices}`, zone, period);
const send = (d, readings) => deliver(key, d, readings);
const meter = (d, sensor, ...words) => ctl('meter', plant.name, d.name, sensor,
	...words.map(String));
const iso = (at) => new Date(at).toISOString();
const swap = (d, sensor, s) => meter(d, sensor, 'swap', iso(s.at), s.old_last,
	s.new_first);

async function become(d, sensor, kind, wrap = null) {
	await becomes(plant, d, sensor, kind);
	if (wrap !== null)
		await meter(d, sensor, 'wrap', wrap);
}

// Of each key the highest revision; by time, as reckon() wants them.
function settled(readings, sensor) {
	const best = new Map();

	for (const r of readings.filter((x) => x.sensor === sensor)) {
		const old = best.get(r.at);

		if (old === undefined || (old.revision ?? 0) < (r.revision ?? 0))
			best.set(r.at, r);
	}
	return [...best.values()].map((r) => ({ ...r,
		quality: r.value === null ? 0 : r.quality ?? 100 }))
		.sort((x, y) => x.at - y.at);
}

async function agrees(d, readings, sensor, kind, what = sensor) {
	const want = reckon(settled(readings, sensor),
		{ hold: HOLD, zone: d.zone, kind: 'gauge', ...kind });

	for (const unit of ['hour', 'day'])
		same(await stored(plant.id, d.ids[sensor], unit), want[unit],
			`${what} ${unit}`);
	return want;
}

describe('hours and days are those of the site', at_once, () => {
	const places = [
		['Europe/Berlin', '2026-03-28T20:00:00Z', 23, 23],
		['Europe/Berlin', '2026-10-24T20:00:00Z', 25, 25],
		['Australia/Lord_Howe', '2026-04-04T10:00:00Z', 24.5, 24],
		['Australia/Lord_Howe', '2026-10-03T10:00:00Z', 23.5, 23],
		['Asia/Kolkata', '2026-05-01T10:00:00Z', 24, 24],
		['Asia/Kathmandu', '2026-05-01T10:00:00Z', 24, 24],
	];

	for (const [zone, from, long, hours] of places)
		test(`${zone} from ${from}: a day of ${long} h`, async () => {
			const d = await device(zone);
			const start = Date.parse(from);
			const sensor = d.keys[0];
			const all = every(sensor, start, start + 50 * HOUR, 420000,
				(i) => i % 17);

			await send(d, all);
			await rolled(plant);
			const want = await agrees(d, all, sensor);
			const day = want.day.find((b) => b.till - b.start !== 24 * HOUR) ??
				want.day[1];

			assert.equal((day.till - day.start) / HOUR, long);
			assert.equal(want.hour.filter((b) => b.start >= day.start &&
				b.start < day.till).length, hours);
		});
});

describe('counters', at_once, () => {
	const start = Date.parse('2026-06-01T00:20:00Z');
	const total = async (d) => Number(await sql('super',
		`SELECT sum(increase) FROM flux.rollup_hour
		  WHERE tenant_id = ${plant.id} AND sensor_id = ${d.ids[d.keys[0]]}`));

	test('wrap: what went over the top is counted', async () => {
		const d = await device();
		const [sensor] = d.keys;
		const all = every(sensor, start, start + 30 * HOUR, 300000,
			(i) => (64000 + i * 11) % 65536);

		await become(d, sensor, 'counter', 65536);
		await send(d, all);
		await rolled(plant);
		await agrees(d, all, sensor, { kind: 'counter', wrap: 65536 });
		assert.equal(await total(d), (all.length - 1) * 11);
	});

	test('reset: it began at zero again', async () => {
		const d = await device();
		const [sensor] = d.keys;
		const all = every(sensor, start, start + 10 * HOUR, 300000,
			(i) => i < 50 ? 900 + i : i - 50 + 2);

		await become(d, sensor, 'counter');
		await send(d, all);
		await rolled(plant);
		await agrees(d, all, sensor, { kind: 'counter' });
		assert.equal(await total(d), 49 + 2 + all.length - 51);
	});

	test('a meter swapped: the lifetime total is exact', async () => {
		const d = await device();
		const [sensor] = d.keys;
		const all = every(sensor, start, start + 10 * HOUR, 300000,
			(i) => i < 50 ? 9000 + i * 2 : 17 + (i - 50) * 2);
		const at = all[50].at - 100000;

		await become(d, sensor, 'counter');
		await send(d, all);
		await rolled(plant);
		// The exchange is told a day later.
		const swaps = [{ at, old_last: 9099, new_first: 16 }];

		await swap(d, sensor, swaps[0]);
		await rolled(plant);
		await agrees(d, all, sensor, { kind: 'counter', swaps });
		assert.equal(await total(d), 49 * 2 + 1 + 1 + (all.length - 51) * 2);
	});

	test('a meter swapped in a silence of weeks; corrected; taken back',
		async () => {
			const d = await device();
			const [sensor] = d.keys;
			const all = [[0, 9000], [24 * 40, 50], [24 * 41, 51]]
				.map(([h, value]) => ({ sensor, at: start + h * HOUR, value }));
			const at = start + 24 * 20 * HOUR;

			await become(d, sensor, 'counter');
			await send(d, all);
			await rolled(plant);
			assert.equal(await total(d), 50 + 1);
			for (const old_last of [9100, 9200]) {
				const swaps = [{ at, old_last, new_first: 10 }];

				await swap(d, sensor, swaps[0]);
				await rolled(plant);
				await agrees(d, all, sensor, { kind: 'counter', swaps });
				assert.equal(await total(d), old_last - 9000 + 40 + 1);
			}
			await meter(d, sensor, 'unswap', iso(at));
			await rolled(plant);
			await agrees(d, all, sensor, { kind: 'counter' });
			assert.equal(await total(d), 50 + 1);
		});

	test('a gap of weeks is counted where it ends; late ones fill it',
		async () => {
			const d = await device();
			const [sensor] = d.keys;
			const all = [[0, 10], [24 * 40, 50], [24 * 41, 51]]
				.map(([h, value]) => ({ sensor, at: start + h * HOUR, value }));

			await become(d, sensor, 'counter');
			await send(d, all);
			await rolled(plant);
			await agrees(d, all, sensor, { kind: 'counter' });
			all.push({ sensor, at: start + 24 * 20 * HOUR, value: 30 });
			await send(d, all.slice(-1));
			await rolled(plant);
			await agrees(d, all, sensor, { kind: 'counter' });
			assert.equal(await total(d), 41);
		});
});

test('FLUXIO-57: hourly flow, and the volume from the totalizer', async () => {
	const d = await device();
	const [flow, volume] = d.keys;
	const start = Date.parse('2026-07-01T00:00:00Z');
	const all = [...every(flow, start, start + 6 * HOUR, 60000,
		(i) => 100 + i % 60), ...every(volume, start, start + 6 * HOUR, 60000,
		(i) => 458920 + i * 2)];

	await become(d, volume, 'counter');
	await send(d, all);
	await rolled(plant);
	const hour = (await rows(`SELECT f.mean AS avg_flow, f.max AS max_flow,
		f.min AS min_flow, v.increase AS total_volume
		FROM flux.rollup_hour f JOIN flux.rollup_hour v
		  ON v.tenant_id = f.tenant_id AND v.start = f.start
		WHERE f.tenant_id = ${plant.id} AND f.sensor_id = ${d.ids[flow]}
		  AND v.sensor_id = ${d.ids[volume]}
		ORDER BY f.start`))[2];

	assert.deepEqual(hour, { avg_flow: 129.5, max_flow: 159, min_flow: 100,
		total_volume: 120 });
	await agrees(d, all, flow);
	await agrees(d, all, volume, { kind: 'counter' });
});

test('states last as long as they are covered', async () => {
	const d = await device('Europe/Berlin');
	const [sensor] = d.keys;
	const start = Date.parse('2026-08-01T00:07:00Z');
	const rnd = random(5);
	const all = every(sensor, start, start + 40 * HOUR, 700000, () =>
		rnd() < 0.2 ? null : Math.floor(rnd() * 4))
		.filter(() => rnd() < 0.6);

	await become(d, sensor, 'state');
	await send(d, all);
	await rolled(plant);
	const want = await agrees(d, all, sensor, { kind: 'state' });

	for (const b of want.day)
		assert.ok(Math.abs(b.seconds.reduce((s, x) => s + x, 0) - b.held) < 1e-6);
});

test('windows that were aggregated before count as their readings', async () => {
	const d = await device();
	const [sensor, min, max, count, stddev] = d.keys;
	const start = Date.parse('2026-08-03T00:00:00Z');
	const rnd = random(6);
	const all = [];
	const want = [];

	// The facets are four other sensors of the device here.
	await sql('super', [min, max, count, stddev].map((what, i) =>
		`INSERT INTO flux.facet VALUES (${plant.id}, ${d.ids[sensor]},
		 '${['min', 'max', 'count', 'stddev'][i]}', ${d.ids[what]});`)
		.join('\n'));
	for (let i = 0; i < 200; i++) {
		const at = start + i * 310000;
		const value = Math.round(rnd() * 1000) / 10;

		all.push({ sensor, at, value });
		want.push({ at, value, quality: 100 });
		if (i % 3 === 0)
			continue; // a reading as it is
		const w = { min: value - 5, max: value + 7, n: 1 + i % 50, dev: 2.5 };

		Object.assign(want.at(-1), w);
		all.push({ sensor: min, at, value: w.min },
			{ sensor: max, at, value: w.max },
			{ sensor: count, at, value: w.n },
			{ sensor: stddev, at, value: w.dev });
	}
	const half = all.findIndex((r) => r.at === want[100].at);

	await send(d, all.slice(0, half));
	await rolled(plant);
	await send(d, all.slice(half));
	await rolled(plant);
	const expected = reckon(want, { hold: HOLD, zone: 'UTC', kind: 'gauge' });

	for (const unit of ['hour', 'day'])
		same(await stored(plant.id, d.ids[sensor], unit), expected[unit], unit);
	// A facet that is corrected changes its sensor's hour.
	await send(d, [{ sensor: max, at: want[100].at, value: 1e6, revision: 1 }]);
	want[100].max = 1e6;
	await rolled(plant);
	same(await stored(plant.id, d.ids[sensor], 'hour'), reckon(want,
		{ hold: HOLD, zone: 'UTC', kind: 'gauge' }).hour, 'corrected');
});

describe('whatever comes in whatever order', at_once, () => {
	const zones = ['UTC', 'Europe/Berlin', 'Asia/Kolkata',
		'Australia/Lord_Howe'];
	const start = Date.parse('2026-10-23T03:00:00Z');

	// Ten sensors' worth of everything: bursts, gaps, no values, corrections.
	function make(rnd, d) {
		const all = [];

		d.keys.slice(0, 3).forEach((sensor, s) => {
			let at = start + Math.floor(rnd() * HOUR);

			for (let i = 0; i < 250; i++) {
				at += 1 + Math.floor(rnd() < 0.05 ? rnd() * 30 * HOUR
					: rnd() * 600000);
				const top = rnd() < 0.1 ? 1 + Math.floor(rnd() * 2) : 0;

				for (let revision = 0; revision <= top; revision++)
					all.push({ sensor, at, revision,
						value: rnd() < 0.1 ? null
							: s === 1 ? (i * 40 + Math.floor(rnd() * 50)) % 4096
								: s === 2 ? Math.floor(rnd() * 3)
									: Math.round(rnd() * 1e4) / 100,
						quality: rnd() < 0.1 ? 0 : 100 });
			}
		});
		return all;
	}

	for (let seed = 1; seed <= 8; seed++)
		test(`seed ${seed}`, async () => {
			const rnd = random(seed);
			const d = await device(zones[seed % zones.length]);
			const all = make(rnd, d);
			const [gauge, counter, state] = d.keys;
			const swaps = seed % 2 ? [] : [{ at: start + 50 * HOUR,
				old_last: 4000, new_first: 12 }];

			await become(d, counter, 'counter', 4096);
			await become(d, state, 'state');
			for (const s of swaps)
				await swap(d, counter, s);
			// Most of it by time, some late, some twice; in four deliveries.
			const queue = all.map((r) => [r.at + (rnd() < 0.2 ? rnd() * 2e8 : 0),
				r]).sort(([x], [y]) => x - y).map(([, r]) => r);

			for (let i = 0; i < 4; i++) {
				const part = queue.slice(i * queue.length / 4,
					(i + 1) * queue.length / 4);

				await send(d, shuffled(part, rnd));
				await send(d, part.filter(() => rnd() < 0.2));
				await rolled(plant);
				await agrees(d, queue.slice(0, (i + 1) * queue.length / 4),
					gauge, {}, `delivery ${i} gauge`);
			}
			await agrees(d, all, counter, { kind: 'counter', wrap: 4096, swaps });
			await agrees(d, all, state, { kind: 'state' });
		});
});

describe('what the readings mean changes, and the rollups with it', () => {
	const start = Date.parse('2026-09-01T00:10:00Z');
	let d, all, sensor;

	before(async () => {
		d = await device();
		[sensor] = d.keys;
		all = every(sensor, start, start + 30 * HOUR, 1500000,
			(i) => (i * 7) % 100);
		await send(d, all);
		await rolled(plant);
		await agrees(d, all, sensor);
	});

	test('the site\'s zone', async () => {
		await sql('super', `UPDATE flux.site SET zone = 'Asia/Kathmandu'
			WHERE tenant_id = ${plant.id} AND key = '${d.name}'`);
		d.zone = 'Asia/Kathmandu';
		await rolled(plant);
		await agrees(d, all, sensor);
	});

	test('the device\'s period', async () => {
		await sql('super', `UPDATE flux.device SET period = '4 min'
			WHERE tenant_id = ${plant.id} AND key = '${d.name}'`);
		await rolled(plant);
		await agrees(d, all, sensor, { hold: 720000 });
	});

	test('the sensor\'s kind, and its modulus', async () => {
		await become(d, sensor, 'counter');
		await rolled(plant);
		await agrees(d, all, sensor, { hold: 720000, kind: 'counter' });
		await become(d, sensor, 'counter', 100);
		await rolled(plant);
		await agrees(d, all, sensor,
			{ hold: 720000, kind: 'counter', wrap: 100 });
	});

	test('but hours whose readings are gone stay as they are', async () => {
		const floor = start + 10 * HOUR;
		const was = await stored(plant.id, d.ids[sensor], 'hour');

		await sql('super', `INSERT INTO flux.raw_floor VALUES (${plant.id},
			${d.ids[sensor]}, to_timestamp(${floor / 1000}))`);
		await send(d, [{ sensor, at: start + 60000, value: 77 },
			{ sensor, at: start + 20 * HOUR + 60000, value: 99 }]);
		await become(d, sensor, 'gauge');
		await rolled(plant);
		const is = await stored(plant.id, d.ids[sensor], 'hour');
		const old = (list) => list.filter((b) => b.start < floor);

		assert.deepEqual(old(is), old(was));
		assert.ok(old(is).length > 9);
		same(is.filter((b) => b.start >= floor), reckon(settled(
			[...all, { sensor, at: start + 20 * HOUR + 60000, value: 99 }],
			sensor), { hold: 720000, zone: d.zone, kind: 'gauge' }).hour
			.filter((b) => b.start >= floor), 'after the floor');
	});
});

test('damage takes nothing out of an hour', async () => {
	const other = await Plant.make('Damaged');
	const start = Date.parse('2026-09-10T00:00:00Z');
	const readings = every('flow_rate', start, start + HOUR, 30000, (i) => i)
		.map((r) => ({ device: 'D', sensor: r.sensor, ts: r.at,
			value: r.value }));
	const hour = () => rows(`SELECT count, sum FROM flux.rollup_hour
		WHERE tenant_id = ${other.id} AND count > 0`);

	await other.device('D');
	const theirs = await other.key('D');

	assert.equal((await post(theirs, { readings })).status, 202);
	await rolled(other);
	assert.deepEqual(await hour(), [{ count: 120, sum: 7140 }]);
	await sql('super', `UPDATE flux.fresh SET block = set_byte(block,
		length(block) - 1, 255 - get_byte(block, length(block) - 1))
		WHERE tenant_id = ${other.id}`);
	assert.equal((await post(theirs, { readings: [{ ...readings[0],
		ts: start + 1000 }] })).status, 202);
	await rolled(other);
	assert.deepEqual(await hour(), [{ count: 120, sum: 7140 }]);
});
