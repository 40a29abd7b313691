// Ingest: what may come in, in which shape, and what becomes of the rest.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import zlib from 'node:zlib';
import { checked } from '../lib/checked.mjs';
import { ctl, http, sql } from '../lib/flux.mjs';
import { FLUXIO, INGEST, Plant, get, isProblem, post, rows,
	telemetry } from '../lib/plant.mjs';

const HOUR = 3600e3;
let plant, other, key, lone, foreign;
let clock = Date.now() - 20 * HOUR;

// Instants that no other test uses, a second apart.
const tick = () => (clock += 1000);
const iso = (ms) => new Date(ms).toISOString();

before(async () => {
	plant = await Plant.make('Ingest');
	other = await Plant.make('Ingest other');
	await plant.gateway('GW-1');
	await plant.gateway('GW-2');
	await plant.device('N1', undefined, '--gateway', 'GW-1');
	await plant.device('N2', undefined, '--gateway', 'GW-1');
	await plant.device('FREE', 'fluxline-float64x8', '--gateway', 'GW-1');
	await plant.device('M1', undefined, '--gateway', 'GW-2');
	await plant.device('ALONE');
	await other.gateway('GW-1');
	await other.device('N1', undefined, '--gateway', 'GW-1');
	await other.device('ONLY-B', undefined, '--gateway', 'GW-1');
	key = await plant.key('GW-1');
	lone = await plant.key('ALONE');
	foreign = await other.key('GW-1');
});

// What a device has at one instant: { flow_rate: 1.5, ... }.
async function at(device, ms, k = key) {
	const found = await telemetry(k, device, { from: ms, to: ms + 1 });

	return Object.fromEntries(found.map((r) => [r.sensor, r.value]));
}

function native(ms, values, more = {}) {
	return { readings: [{ device: 'N1', ts: ms, values, ...more }] };
}

describe('a body in each shape is stored', () => {
	test('native: readings of devices, several values each', async () => {
		const [a, b] = [tick(), tick()];
		const answer = await post(key, { schema_version: 2, sent_at: iso(b),
			readings: [
				{ device: 'N1', ts: a, values: { flow_rate: 118.45,
					volume_total: 458920.1 }, units: { flow_rate: 'm3/h' },
				quality: 100, seq: 99120, backfill: false },
				{ device: 'N2', ts: iso(b), values: { temperature: 24.3 } },
			] });

		assert.equal(answer.status, 202);
		assert.deepEqual(answer.json(),
			{ accepted: 3, duplicate: 0, rejected: [] });
		assert.deepEqual(await at('N1', a),
			{ flow_rate: 118.45, volume_total: 458920.1 });
		assert.deepEqual(await at('N2', b), { temperature: 24.3 });
	});

	test('flat: an object of the FluxIO document, with its reply', async () => {
		const t = tick();
		const answer = await post(key, { device_id: 'N1', flow_rate: 12.5,
			temperature: 21, created_at: iso(t), metadata: { a: 1 } },
		{ url: FLUXIO });
		const reply = answer.json();

		assert.equal(answer.status, 200);
		assert.equal(reply.success, true);
		assert.equal(reply.message, '2 of 2 readings stored');
		assert.deepEqual(reply.results, [{ device_id: 'N1', success: true }]);
		assert.deepEqual(await at('N1', t), { flow_rate: 12.5, temperature: 21 });
	});

	test('flat: an array, each device told of its own fate', async () => {
		const [a, b] = [tick(), tick()];
		const answer = await post(key, [
			{ device_id: 'N1', flow_rate: 1, timestamp: a },
			{ device_id: 'N2', flow_rate: 2, timestamp: a },
			{ device_id: 'N2', flow_rate: 'much', timestamp: b },
			{ device_id: 'N9', flow_rate: 3, timestamp: a },
		], { url: FLUXIO });
		const reply = answer.json();

		assert.equal(answer.status, 200);
		assert.equal(reply.success, false);
		assert.equal(reply.accepted, 2);
		assert.deepEqual(reply.results, [
			{ device_id: 'N1', success: true },
			{ device_id: 'N2', success: false },
			{ device_id: 'N9', success: false }]);
		assert.deepEqual(reply.rejected.map((r) => [r.place, r.code]), [
			['[2].flow_rate', 'not_a_number'], ['[3].flow_rate', 'unknown_device']]);
		assert.deepEqual(await at('N2', a), { flow_rate: 2 });
	});

	test('a fraction of a quality is dropped', async () => {
		const timestamp = tick();

		assert.equal((await post(key, { sensorId: 'N2/temperature', timestamp,
			value: 1, quality: 50.7 })).status, 202);
		const [got] = await telemetry(key, 'N2',
			{ from: timestamp, to: timestamp + 1 });

		assert.equal(got.quality, 50);
	});

	test('a FleetOps reading comes back unchanged', async () => {
		await sql('super', `UPDATE flux.sensor SET code = 'PUMP-101-TEMP-1',
			 unit = 'degC' WHERE tenant_id = ${plant.id} AND code = 'N2/temperature'`);
		const reading = { sensorId: 'PUMP-101-TEMP-1', timestamp: tick(),
			value: 71.53125, unit: 'degC', quality: 87 };

		for (const body of [{ readings: [reading] }, [reading], reading])
			assert.equal((await post(key, body)).status, 202);
		const [got, ...more] = await telemetry(key, 'N2',
			{ from: reading.timestamp, to: reading.timestamp + 1 });

		assert.equal(more.length, 0);
		for (const name of Object.keys(reading))
			assert.equal(got[name], reading[name], name);
	});

	test('RutOS: a router\'s body as it sends it', async () => {
		const s = Math.floor(tick() / 1000);
		const segment = (name, data, more) => ({ timestamp: s,
			date: '21/11/2026 09:00:00', date_iso_8601: iso(s * 1000),
			bdate: null, server_id: 1, bserver_id: 1, addr: 11, baddr: null,
			full_addr: '300011', size: 2, data, raw_data: null,
			server_name: 'N1', ip: '192.168.1.10', name, ...more });
		const answer = await post(key, {
			Nivus_001: [segment('flow_rate', '[0.0329]'),
				segment('volume_total', '1533'),
				segment('temperature', [20.5], { timestamp: String(s) })],
			second: segment('flow_rate', 125.5, { server_name: 'N2' }),
			gw: { serial: '6000000001', name: 'TRB246' },
		}, { url: FLUXIO, headers: { 'Content-Type': 'text/plain' } });

		assert.equal(answer.status, 200, answer.body);
		assert.equal(answer.json().accepted, 4, answer.body);
		assert.deepEqual(await at('N1', s * 1000),
			{ flow_rate: 0.0329, volume_total: 1533, temperature: 20.5 });
		assert.deepEqual(await at('N2', s * 1000), { flow_rate: 125.5 });
	});

	test('RutOS: a segment that is none is kept, and the others stored', async () => {
		const s = Math.floor(tick() / 1000);
		const mark = await plant.mark();
		const answer = await post(key, { N1: [
			{ timestamp: s, name: 'flow_rate' }, 17,
			{ timestamp: s, name: 'flow_rate', data: '[2.5]' },
			{ timestamp: s, name: 'temperature', data: '[1,2]' }] });

		assert.equal(answer.status, 202);
		assert.deepEqual(answer.json().rejected.map((r) => [r.place, r.code]), [
			['N1[0]', 'no_values'], ['N1[1]', 'not_an_object'],
			['N1[3].data', 'no_register']]);
		assert.deepEqual(await at('N1', s * 1000), { flow_rate: 2.5 });
		assert.deepEqual((await plant.letters(mark)).map((l) => String(l.body)), [
			`{"timestamp":${s},"name":"flow_rate"}`, '17',
			`{"timestamp":${s},"name":"temperature","data":"[1,2]"}`]);
	});

	test('a device with a key of its own needs no gateway', async () => {
		const t = tick();

		assert.equal((await post(lone, { device: 'ALONE', ts: t,
			values: { flow_rate: 4 } })).status, 202);
		assert.deepEqual(await at('ALONE', t, lone), { flow_rate: 4 });
	});

	test('a state by its name, a number as text, a truth', async () => {
		const t = tick();
		const answer = await post(key, native(t, { status: 'warning',
			flow_rate: '-1.25e1', temperature: true }));

		assert.deepEqual(answer.json().rejected, []);
		assert.deepEqual(await at('N1', t),
			{ status: 1, flow_rate: -12.5, temperature: 1 });
	});

	test('time in s, ms, us, ns and ISO with any offset is one instant', async () => {
		const ms = tick();

		for (const ts of [ms / 1000, ms, ms * 1000, `${ms}000000`,
			iso(ms), iso(ms + 3 * HOUR).replace('Z', '+0300'),
			iso(ms - 5.5 * HOUR).replace('Z', '-05:30')])
			assert.equal((await post(key, native(ts, { flow_rate: 3 }))).status,
				202, String(ts));
		await plant.derived();
		assert.equal((await telemetry(key, 'N1',
			{ from: ms - 500, to: ms + 500 })).length, 1);
	});
});

// One frame of one block that is stored as it is (RFC 8878, 3.1.1).
function zstd(body) {
	const head = Buffer.alloc(12);

	head.writeUInt32LE(0xfd2fb528);
	head[4] = 0xa0; // one segment, its size in four bytes
	head.writeUInt32LE(body.length, 5);
	head.writeUIntLE(1 + body.length * 8, 9, 3);
	return Buffer.concat([head, body]);
}

describe('the envelope', () => {
	for (const [name, pack, coding] of [
		['gzip', zlib.gzipSync, 'gzip'], ['deflate', zlib.deflateSync, 'deflate'],
		['zstd', zstd, 'zstd'], ['nothing', (b) => b, 'identity']])
		test(`a body packed with ${name} is read`, async () => {
			const t = tick();
			const body = pack(Buffer.from(JSON.stringify(
				native(t, { flow_rate: 6 }))));
			const answer = await post(key, body,
				{ headers: { 'Content-Encoding': coding } });

			assert.equal(answer.status, 202, answer.body);
			assert.deepEqual(await at('N1', t), { flow_rate: 6 });
		});

	test('a body of exactly 1 MB is read', async () => {
		const t = tick();
		const text = JSON.stringify(native(t, { flow_rate: 7 }));
		const answer = await post(key, text.padEnd(1024 * 1024));

		assert.equal(answer.status, 202, answer.body);
		assert.deepEqual(await at('N1', t), { flow_rate: 7 });
	});

	test('the type of the content does not matter', async () => {
		for (const type of ['text/plain', 'application/x-www-form-urlencoded',
			'application/octet-stream', ''])
			assert.equal((await post(key, JSON.stringify(native(tick(),
				{ flow_rate: 8 })), { headers: { 'Content-Type': type } })).status,
			202, type);
	});

	test('the key may come as a Bearer token', async () => {
		for (const scheme of ['Bearer', 'bearer', 'Token'])
			assert.equal((await http('POST', INGEST, {
				headers: { Authorization: `${scheme} ${key}` },
				body: native(tick(), { flow_rate: 9 }) })).status, 202, scheme);
	});
});

describe('who may not', () => {
	const body = () => native(tick(), { flow_rate: 1 });

	test('no key, a bad key and another\'s secret are 401', async () => {
		const wrong = key.replace(/_(.)/, (all, c) => `_${c === '0' ? 1 : 0}`);

		for (const headers of [{}, { 'X-API-Key': 'x' }, { 'X-API-Key': wrong },
			{ 'X-API-Key': `${key}0` }, { Authorization: 'Bearer ' },
			{ Authorization: `Basic ${key}` },
			{ 'X-API-Key': key.slice(0, 13) + foreign.slice(13) },
			{ 'X-API-Key': 'flx_' + '\u00ff'.repeat(80) }]) {
			const answer = await http('POST', INGEST, { headers, body: body() });

			isProblem(answer, 401, 'unauthenticated');
			assert.ok(answer.headers['www-authenticate']);
		}
	});

	test('a key of the right form that nobody has is 401', async () => {
		isProblem(await post(checked(`flx_deadbeef_${'ab'.repeat(32)}`),
			body()), 401, 'unauthenticated');
	});

	test('a revoked key is refused at the next request', async () => {
		const brief = await plant.key('GW-1');

		assert.equal((await post(brief, body())).status, 202);
		await ctl('revoke', plant.name, brief.slice(4, 12));
		isProblem(await post(brief, body()), 401, 'unauthenticated');
		isProblem(await get(brief, '/api/v1/devices'), 401, 'unauthenticated');
		assert.equal((await post(key, body())).status, 202, 'the other key lives');
	});

	test('a key does what its scope says and no more', async () => {
		const writes = await plant.key('ALONE', 'ingest');
		const reads = await plant.key('ALONE', 'view');

		isProblem(await get(writes, '/api/v1/devices'), 403, 'forbidden');
		isProblem(await post(reads, body()), 403, 'forbidden');
	});

	test('a body that names another tenant is 403 and leaves nothing', async () => {
		await plant.derived();
		const before = await plant.ledger();
		const mark = await plant.mark();

		for (const tenant of [{ tenant_id: other.id }, { tenant: other.name },
			{ tenant_id: 'nobody' }, { tenant_id: 999999999 }])
			isProblem(await post(key, { ...body(), ...tenant }), 403, 'forbidden',
				/^tenant_id: /);
		assert.deepEqual(await plant.ledger(), before);
		assert.equal(await plant.mark(), mark);
		for (const tenant of [{ tenant_id: plant.id }, { tenant: plant.name }])
			assert.equal((await post(key, { ...body(), ...tenant })).status, 202);
	});

	test('a reading that names another tenant is refused, its neighbours stored',
	async () => {
		const before = await rows(`SELECT count(*) AS n FROM flux.dead_letter
			WHERE tenant_id = ${plant.id} AND code = 'wrong_tenant'`);
		const answer = await post(key, { readings: [
			{ device: 'N1', tenant_id: other.id, ts: Date.now(),
				values: { flow_rate: 1 } },
			{ device: 'N1', tenant_id: plant.id, ts: Date.now(),
				values: { flow_rate: 2 } }] });

		assert.equal(answer.status, 202, answer.body);
		assert.equal(answer.json().accepted, 1);
		assert.deepEqual(answer.json().rejected.map((r) => r.code),
			['wrong_tenant']);
		const after = await rows(`SELECT count(*) AS n FROM flux.dead_letter
			WHERE tenant_id = ${plant.id} AND code = 'wrong_tenant'`);

		assert.equal(after[0].n, before[0].n + 1);
	});

	test('a key of another tenant neither writes nor sees', async () => {
		const t = tick();
		const answer = await post(foreign, { readings: [
			{ device: 'N2', ts: t, values: { flow_rate: 1 } },
			{ sensorId: 'PUMP-101-TEMP-1', ts: t, value: 1 },
			{ device: 'N1', ts: t, values: { flow_rate: 2 } }] });

		assert.equal(answer.json().accepted, 1);
		assert.deepEqual(answer.json().rejected.map((r) => r.code),
			['unknown_device', 'unknown_sensor']);
		assert.deepEqual(await at('N2', t), {});
		assert.deepEqual(await at('N1', t), {}, 'the equal key is another device');
		assert.deepEqual(await at('N1', t, foreign), { flow_rate: 2 });
		isProblem(await get(foreign, '/api/v1/telemetry?device=N2'), 404,
			'not_found');
	});

	test('a gateway does not write to the device of another gateway', async () => {
		const t = tick();
		const mark = await plant.mark();
		const answer = await post(key, { readings: [
			{ device: 'M1', ts: t, values: { flow_rate: 1 } },
			{ device: 'ALONE', ts: t, values: { flow_rate: 1 } },
			{ sensor: 'M1/flow_rate', ts: t, value: 1 }] });

		assert.equal(answer.json().accepted, 0);
		assert.deepEqual((await plant.letters(mark)).map((l) => l.code),
			['unknown_device', 'unknown_device', 'unknown_sensor']);
		assert.deepEqual(await at('M1', t), {});
		assert.deepEqual(await at('ALONE', t), {});
		assert.deepEqual((await post(lone, native(t, { flow_rate: 1 }))).json()
			.rejected.map((r) => r.code), ['unknown_device']);
	});
});

describe('strict=1', () => {
	test('one bad reading refuses all, and nothing is stored', async () => {
		await plant.derived();
		const t = tick();
		const before = await plant.ledger();
		const answer = await post(key, { readings: [
			{ device: 'N1', ts: t, values: { flow_rate: 1 } },
			{ device: 'N1', ts: t, values: { ['水'.repeat(70)]: 1 } }] },
		{ url: `${INGEST}?strict=1` });

		isProblem(answer, 422, 'refused', /readings\[1\].*unknown_sensor/);
		assert.doesNotMatch(answer.body, /\ufffd/);
		assert.deepEqual(await at('N1', t), {});
		assert.deepEqual(await plant.ledger(), before);
	});

	test('without a bad one it is as without it', async () => {
		const t = tick();

		assert.equal((await post(key, native(t, { flow_rate: 1 }),
			{ url: `${INGEST}?strict=1` })).status, 202);
		assert.deepEqual(await at('N1', t), { flow_rate: 1 });
	});
});
