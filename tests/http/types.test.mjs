// The five sensor types of the FleetOps document, from a device of each
// profile: their bounds, their units, and their rates from 0.1 to 100 Hz.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { sql } from '../lib/flux.mjs';
import { Plant, get, post, telemetry } from '../lib/plant.mjs';

const TYPES = [
	// key, unit, lowest, highest, readings a second
	['temperature', 'Cel', -40, 150, 1],
	['pressure', '[psi]', 0, 1000, 10],
	['vibration', 'mm/s', 0, 100, 100],
	['flow', 'L/min', 0, 10000, 1],
	['level', '%', 0, 100, 0.1],
];
const SECONDS = 60;
const start = Math.floor(Date.now() / 60e3) * 60e3 - 36e5;
let plant, key;

const aggregate = async (sensor, bucket) => {
	const answer = await get(key, `/api/v1/telemetry/aggregate?device=${sensor}` +
		`&sensor=${sensor}&bucket=${bucket}&from=${start}` +
		`&to=${start + SECONDS * 1000}`);

	assert.equal(answer.status, 200, answer.body);
	return answer.json().series[0];
};

before(async () => {
	plant = await Plant.make('Types');
	await plant.gateway('GW');
	key = await plant.key('GW');
	for (const [sensor, , , , hertz] of TYPES)
		await plant.device(sensor, `sensor-${sensor}`, '--gateway', 'GW',
			'--period', String(Math.max(1, 1 / hertz)));
});

for (const [sensor, unit, low, high, hertz] of TYPES)
	describe(`${sensor}, ${hertz} Hz`, () => {
		const n = SECONDS * hertz;
		const list = Array.from({ length: n }, (_, i) => ({ device: sensor, sensor,
			ts: start + i * 1000 / hertz, unit,
			value: low + (high - low) * (i % 50) / 64 }));

		test('is taken within its bounds, and not outside', async () => {
			const past = start - 1000;
			const answer = await post(key, { readings: [low - 0.5, low, high,
				high + 0.5].map((value, i) => ({ device: sensor, sensor, unit, value,
				ts: past + i })) });

			assert.equal(answer.json().accepted, 2, answer.body);
			assert.deepEqual(answer.json().rejected.map((r) => r.code),
				['out_of_range', 'out_of_range']);
			assert.deepEqual((await telemetry(key, sensor, { from: past, to: start }))
				.map((r) => [r.value, r.unit]), [[low, unit], [high, unit]]);
		});

		test('is taken at its rate, each reading of it', async () => {
			const answer = await post(key, { readings: list });

			assert.deepEqual(answer.json(), { accepted: n, duplicate: 0,
				rejected: [] });
			await plant.derived();
			assert.deepEqual((await telemetry(key, sensor, { from: start }))
				.map((r) => r.value), list.map((r) => r.value));
		});

		test('has no gap at that rate', async () => {
			const { gaps, buckets } = await aggregate(sensor, '1min');

			assert.deepEqual(gaps, []);
			assert.deepEqual(buckets.map((b) => [b.count, b.coverage]), [[n, 1]]);
		});
	});

test('a hundred samples of a second are one aggregate of a hundred', async () => {
	const { buckets } = await aggregate('vibration', '1s');

	assert.equal(buckets.length, SECONDS);
	assert.ok(buckets.every((b) => b.count === 100 && b.stdDev > 0));
	const one = await post(key, { sensorId: 'vibration/vibration',
		timestamp: start + SECONDS * 1000, min: 1, max: 3, avg: 2, count: 100 });

	assert.equal(one.json().accepted, 4, one.body);
});

test('a level that is read every 10 s is not offline between two', async () => {
	// In one transaction, for which the clock stands still.
	const state = (age) => sql('super', `BEGIN; UPDATE flux.latest l
		 SET seen = now() - interval '${age} s' FROM flux.device d
		 WHERE l.tenant_id = ${plant.id} AND d.tenant_id = l.tenant_id
		   AND d.device_id = l.device_id AND d.key = 'level';
		SELECT s.state FROM flux.device_state s
		 JOIN flux.device d USING (tenant_id, device_id)
		 WHERE s.tenant_id = ${plant.id} AND d.key = 'level'; COMMIT`);

	assert.equal(await state(11), 'online');
	assert.equal(await state(29), 'online');
	assert.equal(await state(31), 'offline');
});
