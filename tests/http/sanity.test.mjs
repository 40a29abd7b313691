// Sanity: what cannot be right is put right or doubted, and said so: in the
// answer, with the reading, and in no sum that it would spoil.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { randomUUID } from 'node:crypto';
import { sql, waitFor } from '../lib/flux.mjs';
import { INGEST, Plant, get, isProblem, post, rows, telemetry }
	from '../lib/plant.mjs';

let plant, key;

before(async () => {
	plant = await Plant.make('Sanity');
	await plant.gateway('GW');
	for (const device of ['N1', 'N2', 'N3', 'N4'])
		await plant.device(device, undefined, '--gateway', 'GW');
	for (const [key_, unit, more] of [['p', 'bar', 'low, high, beyond'],
		['t', 'Cel', 'stuck_after']])
		await sql('super', `INSERT INTO flux.sensor (tenant_id, device_id, key,
			       code, name, unit, ${more})
			SELECT ${plant.id}, device_id, '${key_}', 'N4/${key_}', '${key_}',
			       '${unit}', ${key_ === 'p' ? "0, 10, 'flag'" : "'10 min'"}
			  FROM flux.device WHERE tenant_id = ${plant.id} AND key = 'N4'`);
	key = await plant.key('GW');
});

after(() => plant.balances());

const native = (device, ts, values, more = {}) =>
	({ device, ts, values, ...more });
const send = (readings, more = {}, options = {}) =>
	post(key, JSON.stringify({ readings, ...more }), options);

// The remarks that are new since the last call.
let marked = 0;

async function remarks() {
	const found = await rows(`SELECT remark_id, reason, sensor, time, was_time,
		       was_value, was_unit FROM flux.remark
		 WHERE tenant_id = ${plant.id} AND remark_id > ${marked}
		 ORDER BY remark_id`);

	for (const r of found)
		marked = Math.max(marked, r.remark_id);
	return found;
}

const reasons = (found) => Object.fromEntries(found
	.map((r) => [r.sensor, r.reason ?? 'fine']));

describe('a clock that is wrong', () => {
	test('of 1970 keeps the distance of its samples and its own times',
	async () => {
		const began = Date.now();
		const answer = await send(Array.from({ length: 10 }, (_, i) =>
			native('N1', 1000 + 60 * i, { flow_rate: i + 1 })));
		const reply = answer.json();

		assert.equal(answer.status, 202, answer.body);
		assert.equal(reply.accepted, 10);
		assert.deepEqual(reply.flagged.map((f) => [f.index, f.place, f.reason]),
			Array.from({ length: 10 }, (_, i) =>
				[i, `readings[${i}].values.flow_rate`, 'clock_unset']));
		const got = await telemetry(key, 'N1', { from: began - 3600e3,
			to: Date.now() + 1 });

		assert.deepEqual(got.map((r) => [r.value, r.quality, r.reason]),
			Array.from({ length: 10 }, (_, i) => [i + 1, 50, 'clock_unset']));
		for (let i = 1; i < got.length; i++)
			assert.equal(got[i].timestamp - got[i - 1].timestamp, 60e3);
		assert.ok(got[9].timestamp >= began - 1);
		const [remark, ...none] = await remarks();

		assert.equal(none.length, 0, 'one row a batch and reason');
		assert.equal(remark.was_time.length, 10);
		assert.equal(Date.parse(remark.was_time[0]), 1000e3);
		assert.equal(remark.was_value, null);
	});

	test('sends a body again, and gets the first answer', async () => {
		const body = [native('N1', 7777, { flow_rate: 3 })];
		const [first, second] = [await send(body), await send(body)];

		assert.equal(first.headers['idempotency-replayed'], undefined);
		assert.equal(second.headers['idempotency-replayed'], 'true');
		assert.equal(second.body, first.body);
		assert.equal((await remarks()).length, 1);
	});

	test('and says 0 each time, is taken each time', async () => {
		const body = [native('N1', 0, { flow_rate: 4 })];

		for (let i = 0; i < 2; i++) {
			const answer = await send(body);

			assert.equal(answer.json().accepted, 1);
			assert.equal(answer.headers['idempotency-replayed'], undefined);
		}
		await remarks();
	});

	test('is ahead with one reading: that alone is shifted', async () => {
		const now = Date.now();
		const reply = (await send([
			native('N2', now - 60e3, { flow_rate: 1 }),
			native('N2', now + 3600e3, { flow_rate: 2 })])).json();

		assert.deepEqual(reply.flagged.map((f) => [f.index, f.reason]),
			[[1, 'clock_ahead']]);
		const got = await telemetry(key, 'N2', { from: now - 61e3,
			to: Date.now() + 1 });

		assert.deepEqual(got.map((r) => [r.value, r.quality]),
			[[1, 100], [2, 50]]);
		assert.equal(got[0].timestamp, now - 60e3);
		assert.ok(got[1].timestamp >= now - 1);
		assert.equal(Date.parse((await remarks())[0].was_time[0]), now + 3600e3);
	});

	test('is refused with the reason by ?strict=1, and nothing is stored',
	async () => {
		const before = await plant.ledger();

		isProblem(await send([native('N2', 5, { flow_rate: 1 })], {},
			{ url: `${INGEST}?strict=1` }), 422, 'refused',
		/1970-01-01T00:00:05\.000Z \(clock_unset\)/);
		assert.equal((await plant.ledger()).sent, before.sent);
		assert.equal((await remarks()).length, 0);
	});

	test('is refused with the reason where the gateway\'s rule says so',
	async () => {
		const gateway = await plant.deviceId('GW');

		await sql('super', `INSERT INTO flux.intake_rule (tenant_id, source_id,
			clock) VALUES (${plant.id}, ${gateway}, 'refuse')`);
		try {
			const mark = await plant.mark();
			const reply = (await send([native('N2', 5, { flow_rate: 1 }),
				native('N2', Date.now() + 400e3, { flow_rate: 1 }),
				native('N2', Date.now(), { flow_rate: 1 })])).json();

			assert.equal(reply.accepted, 1);
			assert.deepEqual(reply.rejected.map((r) => r.code),
				['clock_unset', 'clock_ahead']);
			assert.equal((await plant.letters(mark)).length, 2);
		} finally {
			await sql('super', `DELETE FROM flux.intake_rule
				 WHERE tenant_id = ${plant.id}`);
		}
	});

	test('of an hour is told by the time of sending, and the times stay',
	async () => {
		const now = Date.now();
		const reply = (await send([native('N2', now - 3700e3, { flow_rate: 9 })],
			{ sent_at: now - 3600e3 })).json();

		assert.deepEqual(reply.warnings, ['clock_skew']);
		assert.equal(reply.flagged[0].reason, 'clock_skew');
		const [got] = await telemetry(key, 'N2', { from: now - 3701e3,
			to: now - 3699e3 });

		assert.deepEqual([got.value, got.quality, got.timestamp],
			[9, 100, now - 3700e3]);
		assert.equal((await remarks())[0].reason, 3);
	});
});

describe('a unit', () => {
	const converted = async (unit, value) => {
		const ts = Date.now() - 100e3;

		await send([native('N4', ts, { p: value }, { units: { p: unit } })]);
		return (await telemetry(key, 'N4', { from: ts, to: ts + 1,
			sensor: 'p' }))[0];
	};

	test('of the same kind is converted, and what was sent is kept',
	async () => {
		const got = await converted('psi', 100);

		assert.ok(Math.abs(got.value - 6.894757293168361) < 1e-12);
		assert.equal(got.quality, 100);
		const [remark] = await remarks();

		assert.deepEqual([remark.reason, remark.was_value, remark.was_unit],
			[6, [100], 'psi']);
		assert.equal(remark.was_time, null);
	});

	test('of another kind is refused', async () => {
		const reply = (await send([native('N4', Date.now(), { p: 1 },
			{ units: { p: 'degC' } })])).json();

		assert.equal(reply.rejected[0].code, 'wrong_unit');
	});
});

describe('a value', () => {
	test('outside of its range is put aside where its sensor says so, and in no sum',
	async () => {
		const now = Date.now();
		const reply = (await send([native('N4', now - 2000, { p: 4 }),
			native('N4', now - 1000, { p: 400 })])).json();

		assert.equal(reply.accepted, 2);
		assert.deepEqual(reply.flagged.map((f) => [f.place, f.reason]),
			[['readings[1].values.p', 'out_of_range']]);
		const got = await telemetry(key, 'N4', { from: now - 2000, to: now,
			sensor: 'p' });

		assert.deepEqual(got.map((r) => [r.value, r.quality, r.reason]),
			[[4, 100, undefined], [null, 0, 'out_of_range']]);
		const sums = (await get(key, '/api/v1/telemetry/statistics?device=N4' +
			`&sensor=p&from=${now - 2000}&to=${now}`)).json();

		assert.equal(sums.statistics?.[0]?.max ?? sums.sensors?.[0]?.max, 4,
			JSON.stringify(sums));
		assert.deepEqual((await remarks())[0].was_value, [400]);
	});

	test('that its sender does not have is a reading without one', async () => {
		const now = Date.now();

		for (const [i, word] of ['N/A', 'nan', '', 'null'].entries()) {
			const reply = (await send([native('N3', now - 5000 + i,
				{ flow_rate: word, temperature: 7 })])).json();

			assert.equal(reply.accepted, 2);
			assert.deepEqual(reply.flagged.map((f) => f.reason), ['no_value']);
		}
		const got = await telemetry(key, 'N3', { from: now - 5000, to: now,
			sensor: 'flow_rate' });

		assert.deepEqual(got.map((r) => [r.value, r.quality, r.reason]),
			Array(4).fill([null, 0, 'no_value']));
		assert.equal((await remarks()).length, 0, 'the store says so itself');
	});

	test('of zero is doubted when all of its device are', async () => {
		const now = Date.now() - 50e3;

		await send([native('N3', now, { flow_rate: 12, volume_total: 5,
			temperature: 20 }), native('N3', now + 1000, { flow_rate: 0,
			volume_total: 0, temperature: 0 }),
		native('N3', now + 2000, { flow_rate: 0, volume_total: 5,
			temperature: 20 })]);
		const at = async (ms) => reasons(await telemetry(key, 'N3',
			{ from: now + ms, to: now + ms + 1 }));

		assert.deepEqual(await at(1000), { flow_rate: 'suspect_zero',
			volume_total: 'suspect_zero', temperature: 'suspect_zero' });
		assert.deepEqual(await at(2000), { flow_rate: 'fine',
			volume_total: 'fine', temperature: 'fine' });
		assert.equal((await remarks())[0].sensor.length, 3);
	});

	test('that stands still for too long is told once', async () => {
		const now = Date.now() - 3600e3;
		const minute = (i, t) => native('N4', now + 60e3 * i, { t });
		const told = () => sql('super', `SELECT count(*) FROM flux.audit
			 WHERE tenant_id = ${plant.id} AND act = 'sensor.stuck'`);

		await send([0, 5, 9].map((i) => minute(i, 20)));
		await plant.derived();
		assert.equal(await told(), '0');
		for (const i of [10, 11, 12]) {
			await send([minute(i, 20)]);
			await plant.derived();
		}
		assert.equal(await told(), '1');
		const [remark, ...none] = await remarks();

		assert.equal(none.length, 0);
		assert.equal(remark.reason, 8);
		assert.equal(Date.parse(remark.time[0]), now + 600e3);
		await send([minute(13, 21), minute(14, 20), minute(24, 20)]);
		await plant.derived();
		await waitFor(async () => await told() === '2');
		assert.equal((await remarks()).length, 1);
	});

	// More than a cycle names one by one: it asks for ranges of them.
	test('among many is not taken for its neighbour', async () => {
		const COUNT = 200;
		const then = Date.now() - 3600e3;
		const values = Object.fromEntries(Array.from({ length: COUNT / 2 },
			(_, i) => [`s${2 * i}`, 5]));

		await plant.device('N5', undefined, '--gateway', 'GW');
		await sql('super', `INSERT INTO flux.sensor (tenant_id, device_id, key,
			       code, name, unit, stuck_after)
			SELECT ${plant.id}, device_id, 's' || i, 'N5/s' || i, 's' || i, '',
			       CASE WHEN i % 2 = 1 THEN interval '10 min' END
			  FROM flux.device, generate_series(0, ${COUNT - 1}) AS i
			 WHERE tenant_id = ${plant.id} AND key = 'N5' ORDER BY i`);
		for (const ms of [0, 700e3]) {
			await send([native('N5', then + ms, values)]);
			await plant.derived();
		}
		assert.equal(await sql('super', `SELECT count(*) FROM flux.steady
			  JOIN flux.sensor s USING (tenant_id, sensor_id)
			 WHERE tenant_id = ${plant.id} AND s.code LIKE 'N5/%'`), '0');
		assert.equal((await remarks()).length, 0);
	});
});

describe('what is as it was sent', () => {
	test('has neither flag nor remark', async () => {
		const reply = (await send([native('N2', Date.now(),
			{ flow_rate: 1, temperature: null })])).json();

		assert.deepEqual([reply.accepted, reply.flagged, reply.warnings],
			[2, undefined, undefined]);
		assert.equal((await remarks()).length, 0);
	});

	test('is told apart in one body', async () => {
		const now = Date.now();
		const reply = (await send([native('N2', now, { flow_rate: 1 }),
			native('N2', 9, { flow_rate: 2 }),
			native('N4', now - 7000, { p: 11 }),
			native('N4', now - 6000, { p: 1 }, { units: { p: 'kPa' } })],
		{ batch_id: randomUUID() })).json();

		assert.deepEqual(reply.flagged.map((f) => [f.index, f.reason]),
			[[1, 'clock_unset'], [2, 'out_of_range'], [3, 'converted']]);
		assert.deepEqual((await remarks()).map((r) => [r.reason,
			r.was_unit]), [[2, null], [7, null], [6, 'kPa']]);
	});
});
