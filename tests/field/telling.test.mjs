// What the poller tells of simulated devices: every value of a recording
// under all four word orders, windows of what is read a hundred times a
// second, exceptions of what hardly moves, and the whole of a counter that
// wraps and is reset.
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync,
	writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import zlib from 'node:zlib';
import { corpora, ctl, waitFor } from '../lib/flux.mjs';
import { Plant, get, random, telemetry } from '../lib/plant.mjs';
import { rolled } from '../lib/rollup.mjs';
import { Programs, app } from '../lib/simulator.mjs';

const ORDERS = ['ABCD', 'CDAB', 'BADC', 'DCBA'];
const CHANNELS = Array.from({ length: 8 }, (_, i) => `ch${i}`);
const skip = corpora === null && 'no corpora';
const folder = mkdtempSync('/tmp/fluxtelling.');
const programs = new Programs(folder);
const ours = [];

// A profile for the instance, as long as this test.
function profile(id, points) {
	const file = path.join(app, 'profiles', `${id}.json`);

	ours.push(file);
	writeFileSync(file, JSON.stringify({ fluxline_profile: 1, id, version: '1',
		vendor: 'x', model: 'x', protocol: 'modbus', points,
		tests: [{ name: 'zeros', holding: { 0: Array(32).fill(0) },
			expect: { [points[0].key]: 0 } }] }));
}

// A unit that plays these rows.
function playing(unit, id, columns, rows) {
	const file = path.join(folder, `${unit}.csv`);

	writeFileSync(file, [['when', ...columns], ...rows.map((r, i) => [i, ...r])]
		.map((r) => r.join(',')).join('\n') + '\n');
	return { unit, profile: id, recording: file, columns };
}

// The eight channels of a plant's recording, or of one of our own.
function channels() {
	const rnd = random(8);

	if (skip)
		return Array.from({ length: 300 }, (_, i) => CHANNELS.map((_c, k) =>
			Math.sin(i / (5 + k)) * 10 ** (k - 3) + rnd()));
	return zlib.gunzipSync(readFileSync(path.join(corpora,
		'skab/valve1-0.csv.gz'))).toString().trim().split('\n').slice(1)
		.map((line) => line.split(';').slice(1, 9).map(Number));
}

// It wraps at 100,000 once, and begins anew at 0 once.
const COUNTED = [99900, 99950, 99990, 99999.5, 40, 45, 49, 60, 61, 62, 5, 7, 20, 90];
const HARDLY = [10, 10.1, 10.2, 10.1, 25, 25.1, 25.2, 10, 10, 10];

const rows = channels();
let plant, key, began;

const series = async (device, sensor) => (await telemetry(key, device,
	{ sensor })).filter((r) => r.value !== null)
	.sort((a, b) => a.timestamp - b.timestamp);

before(async () => {
	for (const order of ORDERS)
		profile(`telling-${order}`, CHANNELS.map((k, i) => ({ key: k,
			address: 2 * i, type: 'FLOAT32', byte_order: order })));
	profile('telling-report', [
		{ key: 'total', address: 0, type: 'FLOAT32', kind: 'counter',
			report: { deadband: 20, max_s: 600 } },
		{ key: 'hardly', address: 2, type: 'FLOAT32',
			report: { deadband: 1, max_s: 600 } },
	]);
	cpSync(path.join(app, 'profiles'), path.join(folder, 'profiles'),
		{ recursive: true });
	const last = (v, i) => v[Math.min(i, v.length - 1)];
	const port = await programs.simulate([
		...ORDERS.map((o, i) => playing(i + 1, `telling-${o}`, CHANNELS, rows)),
		playing(5, 'telling-report', ['total', 'hardly'],
			COUNTED.map((v, i) => [v, last(HARDLY, i)])),
	]);
	const fast = await programs.simulate([
		{ unit: 1, profile: 'sensor-vibration' }]);
	const slow = await programs.simulate([{ unit: 1, profile: 'sensor-level' },
		{ unit: 2, profile: 'sensor-temperature' },
		{ unit: 3, profile: 'sensor-flow' },
		{ unit: 4, profile: 'sensor-pressure' }]);
	const at = (p, unit) => ['--simulated', '--modbus',
		`tcp:127.0.0.1:${p}:${unit}`];
	const kind = (name, id, ...more) => ctl('device', plant.name, 'HALL', name,
		name, id, ...more);

	plant = await Plant.make('Telling');
	began = Date.now();
	await ctl('poller', plant.name);
	for (const [i, o] of ORDERS.entries())
		await plant.device(o, `telling-${o}`, '--poll-ms', '10',
			...at(port, i + 1));
	await plant.device('METER', 'telling-report', '--poll-ms', '50',
		...at(port, 5));
	await kind('VIBRATION', 'sensor-vibration', ...at(fast, 1));
	for (const [i, id] of ['level', 'temperature', 'flow', 'pressure'].entries())
		await kind(id, `sensor-${id}`, ...at(slow, i + 1));
	key = await plant.key('METER', 'view');
});

after(async () => {
	await programs.end();
	for (const file of ours)
		if (existsSync(file))
			rmSync(file);
	rmSync(folder, { recursive: true });
});

describe('a recording as float32 in holding registers', () => {
	for (const order of ORDERS)
		test(`${order}: every row is stored as the float32 of it`, async () => {
			await waitFor(async () =>
				(await series(order, 'ch7')).length >= rows.length, 60000, 250);
			for (const [k, name] of CHANNELS.entries())
				assert.deepEqual((await series(order, name)).map((r) => r.value),
					rows.map((r) => Math.fround(r[k])), name);
		});
});

describe('by exception', () => {
	// The last of them is what the device had before it said no more.
	test('what hardly moves is told when it jumps, with the sample before',
		async () => {
			await waitFor(async () => (await series('METER', 'hardly')).length >= 6,
				20000, 250);
			assert.deepEqual((await series('METER', 'hardly')).map((r) => r.value),
				[10, 10.1, 25, 25.2, 10, 10].map(Math.fround));
		});

	test('a counter that wraps and is reset is told before and after', async () => {
		await waitFor(async () => (await series('METER', 'total')).at(-1)?.value
			=== 90, 20000, 250);
		const told = (await series('METER', 'total')).map((r) => r.value);

		for (const value of [99900, 99999.5, 40, 62, 5, 90])
			assert.ok(told.includes(value), `${value} of ${told}`);
		assert.ok(told.length < COUNTED.length);
	});

	test('its increase is that of the device', async () => {
		await plant.derived();
		await rolled(plant);
		const answer = await get(key, '/api/v1/telemetry/rollup?device=METER' +
			`&sensor=total&from=${began - 3600000}`);
		const buckets = answer.json().series[0].buckets;
		const want = COUNTED.reduce((sum, v, i) => i === 0 ? 0
			: sum + (v < COUNTED[i - 1] ? v : v - COUNTED[i - 1]), 0);

		assert.ok(Math.abs(buckets.reduce((s, b) => s + b.increase, 0) - want) <
			1e-6, JSON.stringify(buckets));
		assert.equal(buckets.reduce((s, b) => s + b.resets, 0), 2);
	});
});

describe('the sensor types', () => {
	const device = async (name) => (await get(key, '/api/v1/devices')).json()
		.devices.find((d) => d.device === name);

	test('vibration at 100 Hz is a window a second with a hundred samples',
		async () => {
			await waitFor(async () =>
				(await series('VIBRATION', 'vibration')).length >= 5, 30000, 250);
			const told = (await series('VIBRATION', 'vibration')).slice(1);

			for (const [i, r] of told.entries()) {
				assert.equal(r.timestamp % 1000, 0);
				assert.ok(i === 0 || r.timestamp > told[i - 1].timestamp);
				assert.ok(r.count <= 101, `${r.count}`);
				assert.ok(r.min <= r.value && r.value <= r.max);
			}
			// A busy machine may miss some; most come.
			const counts = told.map((r) => r.count).sort((a, b) => a - b);

			assert.ok(counts[counts.length >> 1] > 20 &&
				counts.at(-1) >= 60, `${counts}`);
		});

	for (const [name, period] of [['level', 10], ['temperature', 1], ['flow', 1],
		['pressure', 1], ['VIBRATION', 1]])
		test(`${name} is online with a period of ${period} s`, async () => {
			await waitFor(async () => (await device(name)).state === 'online',
				20000, 100);
			const d = await device(name);

			assert.equal(d.state, 'online');
			assert.equal(d.period_s, period);
		});
});
