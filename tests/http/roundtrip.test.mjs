// One physical reading, in every format that there is: it is stored once, and
// every other time it came is a duplicate.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Plant, post, rows, telemetry } from '../lib/plant.mjs';
import { sql } from '../lib/flux.mjs';

const MS = 1763703600000;
const S = MS / 1000;
const ISO = new Date(MS).toISOString();
const VALUE = 118.45;

// The same instant of the sensor "voltage" of the device "N1".
const BODIES = {
	native: { json: { readings: [{ device: 'N1', ts: MS,
		values: { voltage: VALUE }, units: { voltage: 'V' } }] } },
	'native, one value': { json: { sensorId: 'N1/voltage', timestamp: MS,
		value: VALUE, unit: 'V', quality: 100 } },
	'native, a list': { json: [{ device: 'N1', ts: S,
		values: { voltage: VALUE } }] },
	flat: { json: { device_id: 'N1', voltage: VALUE, created_at: ISO } },
	fluxio: { url: '/api/ingest', json: [{ device_id: 'N1', voltage: `${VALUE}`,
		timestamp: MS * 1000 }] },
	'contract 1': { json: { schema_version: 1, tenant_id: '$TENANT',
		site_id: 'HALL', machine_id: 'N1', ts: S, status: 'running',
		voltage: VALUE } },
	'contract 2': { json: { schema_version: 2, tenant_id: '$TENANT',
		site_id: 'HALL', machine_id: 'N1', machine_type: 'meter', ts: S,
		status: 'running', metrics: { voltage: VALUE } } },
	fleet: { url: '/v1/ingestion/telemetry', json: { meterId: 'N1',
		kwhConsumedAc: 1, voltage: VALUE, timestamp: ISO } },
	measurement: { json: { device_id: 'N1', timestamp: ISO,
		measurement: 'voltage', value: VALUE } },
	rutos: { json: { meter: [{ timestamp: S, server_name: 'N1',
		name: 'voltage', data: `[${VALUE}]` }] } },
	lines: { text: `{"device_id":"N1","ts":${S},"voltage":${VALUE}}\n` +
		`{"device_id":"N1","ts":${S - 60},"voltage":1}\n` },
	thingsboard: { url: '/tb/api/v1/{own}/telemetry',
		json: { ts: MS, values: { voltage: VALUE } } },
};

async function make() {
	const plant = await Plant.make('Round trip');

	await plant.gateway('GW');
	await plant.device('N1', '', '--gateway', 'GW');
	for (const [key, unit, kind, states] of [['voltage', 'V', 'gauge', null],
		['kwhConsumedAc', 'kW.h', 'gauge', null],
		['status', '', 'state', '{"1": "running"}']])
		await sql('super', `INSERT INTO flux.sensor (tenant_id, device_id, key,
			       code, name, unit, kind, states)
			SELECT tenant_id, device_id, '${key}', 'N1/${key}', '${key}',
			       '${unit}', '${kind}',
			       ${states ? `'${states}'` : 'NULL'}::jsonb
			  FROM flux.device WHERE tenant_id = ${plant.id}
			   AND key = 'N1'`);
	return plant;
}

describe('one reading in every format', () => {
	test('is one stored reading', async () => {
		const plant = await make();
		const key = await plant.key('GW');
		const own = await plant.key('N1');
		const of_it = async () => (await telemetry(key, 'N1', { from: MS,
			to: MS + 1, sensor: 'voltage' })).map((r) => r.value);

		for (const [name, { url = '/api/v1/ingest', json, text }] of
			Object.entries(BODIES)) {
			const body = (text ?? JSON.stringify(json))
				.replace('$TENANT', plant.name);
			const answer = await post(key, body,
				{ url: url.replace('{own}', own) });

			assert.ok(answer.status < 300, `${name}: ${answer.body}`);
			if (answer.body !== '')
				assert.deepEqual(answer.json().rejected, [], name);
			assert.deepEqual(await of_it(), [VALUE], name);
		}
		await plant.balances();
		const [sums] = await rows(`SELECT sum(sent) AS sent,
			        sum(stored) AS stored, sum(duplicate) AS duplicate,
			        sum(rejected) AS rejected, count(DISTINCT format) AS n
			   FROM flux.ingest_batch WHERE tenant_id = ${plant.id}`);
		// Beside it: the contract's status, the fleet's energy, a line.
		const beside = 3;

		assert.equal(sums.rejected, 0);
		assert.equal(sums.stored, 1 + beside);
		assert.equal(sums.duplicate, Object.keys(BODIES).length - 1 + 1);
		assert.equal(sums.sent, sums.stored + sums.duplicate);
		assert.ok(sums.n >= 7, `${sums.n} formats`);
	});

	test('the same upload twice changes nothing', async () => {
		const plant = await make();
		const key = await plant.key('GW');
		const upload = Array.from({ length: 500 }, (_, i) =>
			JSON.stringify({ device_id: 'N1', ts: MS + i * 1000,
				voltage: 200 + i / 10 })).join('\n');
		const all = async () => {
			await plant.balances();
			return telemetry(key, 'N1', { from: MS, to: MS + 500000 });
		};

		const first = await post(key, upload, { url: '/api/v1/ingest?results=1' });
		const before = await all();

		assert.equal(first.status, 202);
		assert.equal(first.json().results.length, 500);
		assert.equal(before.length, 500);
		assert.equal((await post(key, upload)).status, 202);
		assert.deepEqual(await all(), before);
		assert.equal((await plant.ledger()).stored, 500);
		assert.equal((await plant.ledger()).duplicate, 500);
	});

	test('a numbered upload of any format is answered as the first time',
		async () => {
			const plant = await make();
			const key = await plant.key('GW');
			const headers = { 'Idempotency-Key': 'bulk-1' };
			const body = `{"device_id":"N1","ts":${S},"voltage":1}\n` +
				`{"device_id":"N1","ts":${S + 1},"voltage":2}`;
			const first = await post(key, body, { headers });
			const again = await post(key, body, { headers });

			assert.equal(again.headers['idempotency-replayed'], 'true');
			assert.equal(again.body, first.body);
			await plant.balances();
			assert.equal((await plant.ledger()).batches, 1);
		});
});
