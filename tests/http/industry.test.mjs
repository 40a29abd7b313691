// What network servers and central systems forward: frames that come twice,
// runs of frames with holes, and data that somebody may have to prove.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Plant, post, rows, telemetry } from '../lib/plant.mjs';

const start = Date.now() - 3600e3;
const at = (i) => new Date(start + i * 60e3).toISOString();
let plant, key;

function uplink(i, { address = '01ab', count = i, rssi = -50, data = i } = {}) {
	return { deviceInfo: { deviceName: 'N1', devEui: '24e124713d012345' },
		devAddr: address, time: at(i), fCnt: count,
		data: Buffer.from([data]).toString('base64'),
		object: { flow_rate: i, temperature: 20 },
		rxInfo: rssi === null ? [] : [{ rssi }] };
}

const stored = async () => (await telemetry(key, 'N1', { sensor: 'flow_rate',
	from: start - 60e3, to: Date.now() })).map((r) => r.value);

before(async () => {
	plant = await Plant.make('Industry');
	await plant.gateway('GW');
	await plant.device('N1', undefined, '--gateway', 'GW');
	key = await plant.key('GW');
});

after(() => plant.balances());

describe('a frame of a LoRaWAN device', () => {
	test('that comes twice is one, by whatever gateway it was heard', async () => {
		const first = await post(key, uplink(1, { rssi: null }));
		const late = { ...uplink(1, { rssi: -90 }), time: at(1.1) };

		assert.equal(first.status, 202, first.body);
		const second = await post(key, late);

		assert.equal(second.headers['idempotency-replayed'], 'true');
		assert.equal(second.body, first.body);
		assert.deepEqual(await stored(), [1]);
	});

	test('of another session is another one, with the same counter', async () => {
		const answer = await post(key, uplink(2,
			{ address: '01ac', count: 1, rssi: null }));

		assert.equal(answer.headers['idempotency-replayed'], undefined);
		assert.deepEqual(await stored(), [1, 2]);
	});

	test('has its number in the ledger', async () => {
		await post(key, uplink(3, { count: 7, rssi: null }));
		assert.deepEqual((await rows(`SELECT seq_of, seq_no, format
			  FROM flux.ingest_batch WHERE tenant_id = ${plant.id}
			 ORDER BY at, batch_id`)).slice(-1),
		[{ seq_of: '24e124713d012345-', seq_no: 7, format: 13 }]);
	});
});

describe('a meter value that was signed', () => {
	// As it stands in the body: blanks, escapes and order included.
	const one = '{ "format" : "SignedData",  "value":"OCMF|{\\"PG\\":\\"T1\\"}' +
		'|{\\"SD\\":\\"3045\\u0022\\"}" ,"context":"Transaction.End"}';

	test('is kept byte for byte, and none of it is a reading', async () => {
		const mark = await plant.mark();
		const answer = await post(key, '{"chargePointId":"N1","connectorId":1,' +
			`"meterValue":[{"timestamp":"${at(4)}","sampledValue":[${one}]}]}`);

		assert.equal(answer.status, 202, answer.body);
		assert.equal(answer.json().rejected[0].code, 'signed_data');
		assert.deepEqual((await plant.letters(mark))
			.map((letter) => letter.body.toString()), [one]);
		assert.deepEqual(await stored(), [1, 2, 3]);
	});
});

describe('what brings no readings', () => {
	for (const [title, body] of [
		['a join', { deviceInfo: { deviceName: 'N1' }, devAddr: '01ab' }],
		['a heartbeat', [2, 'id', 'Heartbeat', {}]],
		['an answer to a call', [3, 'id', {}]],
		['a join of The Things Stack',
			{ end_device_ids: { device_id: 'N1' }, join_accept: {} }]])
		test(`${title} is taken and counted`, async () => {
			const answer = await post(key, body);

			assert.equal(answer.status, 202, answer.body);
			assert.deepEqual([answer.json().accepted, answer.json().rejected],
				[0, []]);
			assert.deepEqual(await stored(), [1, 2, 3]);
		});
});
