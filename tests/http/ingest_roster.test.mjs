// A credential that may write very many sensors.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { costs } from '../lib/cost.mjs';
import { sql } from '../lib/flux.mjs';
import { Plant, post } from '../lib/plant.mjs';

const SENSORS = 100000;
let plant, key;

before(async () => {
	plant = await Plant.make('Roster');
	await plant.gateway('GW-1');
	await plant.device('BIG', undefined, '--gateway', 'GW-1');
	await plant.device('SMALL', undefined, '--gateway', 'GW-1');
	await sql('super', `INSERT INTO flux.sensor
		(tenant_id, device_id, key, code, name, unit, low, high)
		SELECT tenant_id, device_id, 'k' || i, 'BIG-' || i, 'Number ' || i,
		       'bar', -i, i
		  FROM flux.device, generate_series(1, ${SENSORS}) i
		 WHERE tenant_id = ${plant.id} AND key = 'BIG'`);
	key = await plant.key('GW-1');
});

test('each of 100,000 sensors is found, by key and by code, in seconds',
async () => {
	const first = Date.now() - 3600e3;
	let t = first;
	const answer = await costs(5000, () => post(key, { readings: [
		{ device: 'BIG', ts: ++t, values: { k1: 1, k77777: 77777, k100000: 1e5,
			k100001: 1, k2: 3 } },
		{ sensorId: 'BIG-50000', ts: t, value: -50000, unit: 'bar' },
		{ device: 'SMALL', ts: t, values: { flow_rate: 5, k1: 1 } }] }));

	assert.equal(answer.json().accepted, 5, answer.body);
	assert.deepEqual(answer.json().rejected.map((r) => [r.place, r.code]), [
		['readings[0].values.k100001', 'unknown_sensor'],
		['readings[0].values.k2', 'out_of_range'],
		['readings[2].values.k1', 'unknown_sensor']]);
	await plant.balances();
	const { sent, stored, rejected } = await plant.ledger();
	const tries = t - first;

	assert.deepEqual([sent, stored, rejected],
		[8 * tries, 5 * tries, 3 * tries]);
});
