// Values at the ends of what a double holds are their sensor's own affair: its
// hours and days hold what IEEE arithmetic says, and all others go on.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { sql } from '../lib/flux.mjs';
import { Plant, post, rows } from '../lib/plant.mjs';
import { HOUR, reckon, rolled, same, stored } from '../lib/rollup.mjs';

const PERIOD_S = 600;
const MINUTE = 60000;
const start = Date.parse('2026-09-15T00:00:00Z');
// JSON of two readings of the first hour and two of the next, and what an
// hour or the day comes to in IEEE arithmetic; an overflow is infinite.
const absurd = [
	{ values: ['1.7e308', '1.7e308', '-1.7e308', '-1.7e308'],
		hour: { count: 2, bad: 0, min: 1.7e308, max: 1.7e308,
			sum: 'Infinity', mean: 'Infinity', twa: 'Infinity' },
		day: { count: 4, bad: 0, min: -1.7e308, max: 1.7e308, sum: 'NaN',
			mean: 'NaN', twa: 'NaN', stddev: 'Infinity' } },
	{ values: ['1.7e308', '-1.7e308', '1', '2'],
		hour: { count: 2, bad: 0, min: -1.7e308, max: 1.7e308, sum: 0,
			mean: 0, stddev: 'Infinity' },
		day: { count: 4, bad: 0, min: -1.7e308, max: 1.7e308, sum: 3,
			mean: 0.75, stddev: 'Infinity' } },
	{ values: ['5e-324', '5e-324', '5e-324', 'null'],
		hour: { count: 2, bad: 0, min: 5e-324, max: 5e-324, sum: 1e-323,
			mean: 5e-324, stddev: 0, twa: 5e-324 },
		day: { count: 3, bad: 1, min: 5e-324, max: 5e-324, sum: 1.5e-323,
			mean: 5e-324, stddev: 0, twa: 5e-324 } },
	{ values: ['-0.0', '-0.0', '5e-324', '-0.0'],
		hour: { count: 2, bad: 0, min: -0, max: -0, stddev: 0 },
		day: { count: 4, bad: 0, min: -0, max: 5e-324, sum: 5e-324,
			mean: 0, stddev: 0, twa: 0 } },
	{ kind: 'state', values: ['1.7e308', '-0.0', '0', '5e-324'],
		hour: { count: 2, min: -0, max: 1.7e308, state: [-0, 1.7e308],
			seconds: [1800, 600] },
		day: { count: 4, state: [-0, 5e-324, 1.7e308],
			seconds: [2400, 1800, 600] } },
	{ kind: 'counter', values: ['1', '1.7e308', '5e-324', '1.7e308'],
		hour: { count: 2, increase: 1.7e308, resets: 0 },
		day: { count: 4, increase: 'Infinity', resets: 1 } },
];
let plant, key, ids;

// Sensor i is the one of absurd[i]; the last one is ordinary.
before(async () => {
	plant = await Plant.make('Absurd');
	await plant.device('D', 'fluxline-float64x8', '--period',
		String(PERIOD_S));
	key = await plant.key('D');
	ids = await rows(`SELECT key, sensor_id FROM flux.sensor
		WHERE tenant_id = ${plant.id} ORDER BY position, sensor_id`);
	for (const [i, { kind }] of absurd.entries())
		if (kind)
			await sql('super', `UPDATE flux.sensor SET kind = '${kind}'
				WHERE tenant_id = ${plant.id}
				AND sensor_id = ${ids[i].sensor_id}`);
});

const reading = (i, at, value) => `{"device":"D","sensor":"${ids[i].key}",` +
	`"value":${value},"ts":${at}}`;

// As text, for -0 is 0 in the JSON that JavaScript writes.
async function deliver(list) {
	const answer = await post(key, `{"readings":[${list}]}`,
		{ headers: { 'Content-Type': 'application/json' } });

	assert.equal(answer.status, 202, answer.body);
	assert.deepEqual(answer.json().rejected, []);
}

const ordinary = Array.from({ length: 180 }, (_, i) => ({
	at: start + i * MINUTE, value: i % 13, quality: 100 }));

async function check() {
	for (const unit of ['hour', 'day']) {
		for (const [i, want] of absurd.entries()) {
			const got = (await stored(plant.id, ids[i].sensor_id, unit))
				.find((b) => b.start === start);

			for (const [name, value] of Object.entries(want[unit]))
				assert.deepEqual(got[name], value,
					`${want.values} ${unit} ${name}`);
		}
		same(await stored(plant.id, ids.at(-1).sensor_id, unit),
			reckon(ordinary, { hold: 3 * PERIOD_S * 1000, zone: 'UTC',
				kind: 'gauge' })[unit], unit);
	}
}

describe('absurd values of one sensor are its own affair', () => {
	test('as they come', async () => {
		for (const part of [0, 1]) {
			await deliver(absurd.flatMap(({ values }, i) =>
				values.slice(part * 2, part * 2 + 2).map((value, k) =>
					reading(i, start + part * HOUR + k * 10 * MINUTE,
						value))));
			await deliver(ordinary.slice(part * 90, part * 90 + 90)
				.map((r) => reading(ids.length - 1, r.at, r.value)));
			await rolled(plant);
		}
		await check();
	});

	test('and made anew, when something comes late', async () => {
		await deliver(absurd.map((_, i) =>
			reading(i, start - 5 * 24 * HOUR, 1)));
		for (const minutes of [11, PERIOD_S / 60]) {
			await sql('super', `UPDATE flux.device
				SET period = '${minutes} min'
				WHERE tenant_id = ${plant.id} AND key = 'D'`);
			await rolled(plant);
		}
		for (const unit of ['hour', 'day'])
			assert.equal((await stored(plant.id, ids[0].sensor_id, unit))[0]
				.mean, 1);
		await check();
	});
});
