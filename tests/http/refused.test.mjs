// What ingest refuses: the status, the problem, the dead letter, and that
// nothing else is lost by it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import zlib from 'node:zlib';
import { during, sql, waitFor } from '../lib/flux.mjs';
import { within } from '../lib/pace.mjs';
import { FLUXIO, INGEST, Plant, blanks, isProblem, post, rows, telemetry }
	from '../lib/plant.mjs';

let plant, key;
let clock = Date.now() - 20 * 3600e3;

// Instants that no other test uses, a second apart.
const tick = () => (clock += 1000);

before(async () => {
	plant = await Plant.make('Refused');
	await plant.gateway('GW-1');
	await plant.device('N1', undefined, '--gateway', 'GW-1');
	await plant.device('N2', undefined, '--gateway', 'GW-1');
	await plant.device('FREE', 'fluxline-float64x8', '--gateway', 'GW-1');
	key = await plant.key('GW-1');
});

// What a device has at one instant: { flow_rate: 1.5, ... }.
async function at(device, ms) {
	const found = await telemetry(key, device, { from: ms, to: ms + 1 });

	return Object.fromEntries(found.map((r) => [r.sensor, r.value]));
}

function native(ms, values, more = {}) {
	return { readings: [{ device: 'N1', ts: ms, values, ...more }] };
}

const deep = (n) => '['.repeat(n) + ']'.repeat(n);
const gz = (text) => zlib.gzipSync(text);
const gzip = { 'Content-Encoding': 'gzip' };

// Bodies that nobody can read: status, code, what is said.
const UNREADABLE = [
	['nothing', '', 400, 'bad_request', /JSON/],
	['blanks', '  \n ', 400, 'bad_request', /JSON/],
	['text', 'flow_rate=1', 400, 'bad_request', /line 1, column \d+/],
	['half an object', '{"readings":[', 400, 'bad_request', /line 1/],
	['two objects', '{"a":1}{"a":2}', 400, 'bad_request', /line 1/],
	['a duplicate member', '{"device_id":"N1","flow_rate":1,"flow_rate":2}',
		400, 'bad_request', /duplicate/],
	['a duplicate further in', '{"readings":[{"device":"N1","values":' +
		'{"flow_rate":1,"flow_rate":2}}]}', 400, 'bad_request', /duplicate/],
	['brackets 17 deep', deep(17), 400, 'bad_request', /deep/],
	['100,000 brackets', '['.repeat(100000), 400, 'bad_request', /deep/],
	['NaN as a word', '{"device_id":"N1","flow_rate":NaN}', 400, 'bad_request',
		/line 1/],
	['an infinite number', '{"device_id":"N1","flow_rate":1e400}', 400,
		'bad_request', /line 1/],
	['a NUL', '{"device_id":"N1\\u0000","flow_rate":1}', 400, 'bad_request', /./],
	['bytes that are not UTF-8', Buffer.from('{"device_id":"N1","x\xff":1}',
		'latin1'), 400, 'bad_request', /./],
	['UTF-16', Buffer.from('{"device_id":"N1","flow_rate":1}', 'utf16le'), 400,
		'bad_request', /./],
	['a number alone', '17', 400, 'bad_request', /./],
	['an empty object', '{}', 400, 'bad_request', /device_id/],
	['an empty array', '[]', 400, 'bad_request', /no readings/],
	['no readings', '{"readings":[]}', 400, 'bad_request', /no readings/],
	['readings that are no array', '{"readings":{"a":1}}', 400, 'bad_request',
		/readings: want an array/],
	['a device without a measurement', '{"device_id":"N1","timestamp":1}', 400,
		'bad_request', /measurement/],
	['a measurement without a device', '{"flow_rate":1}', 400, 'bad_request',
		/device_id/],
	['a gzip body cut short', gz('{"device_id":"N1","flow_rate":1}').subarray(0,
		-9), 400, 'bad_request', /damaged or cut/, gzip],
	['a gzip body with a wrong checksum', Object.assign(
		gz('{"device_id":"N1","flow_rate":1}'), { 40: 0 }), 400, 'bad_request',
	/damaged or cut/, gzip],
	['plain text said to be gzip', '{"device_id":"N1"}', 400, 'bad_request',
		/damaged or cut/, gzip],
	['an unknown coding', '{}', 400, 'bad_request', /Content-Encoding/,
		{ 'Content-Encoding': 'br' }],
	['a bomb of 3 MB', gz(' '.repeat(3 << 20)), 413, 'too_large', /large/, gzip],
	['a bomb of 200 MB', gz(Buffer.alloc(200 << 20)), 413, 'too_large', /large/,
		gzip],
];

describe('a body that nobody can read is refused and kept', () => {
	for (const [title, body, status, code, detail, headers] of UNREADABLE)
		test(title, async () => {
			for (const url of [INGEST, FLUXIO]) {
				let mark;
				const answer = await within(2000, async () => {
					mark = await plant.mark();
					return post(key, body, { url, headers });
				});

				isProblem(answer, status, code, detail);
				const [letter, ...more] = await plant.letters(mark);
				const raw = Buffer.from(body);

				assert.equal(more.length, 0);
				assert.equal(letter.code, code);
				assert.equal(letter.detail, answer.json().detail);
				assert.equal(letter.source_id, await plant.deviceId('GW-1'));
				assert.ok(letter.body.equals(raw.subarray(0, 65536)),
					'the bytes as they came');
			}
		});

	test('more than 1 MB is 413 before anybody reads it', async () => {
		isProblem(await post(key, Buffer.alloc((1 << 20) + 1, ' ')), 413,
			'too_large');
	});

	test('it is kept while a cycle of the worker goes on', async () => {
		const lock = readFileSync(new URL('../../sql/query/store.sql',
			import.meta.url), 'utf8')
			.match(/-- name: store_take [^]*?(FOR [A-Z ]*UPDATE) SKIP/)[1];

		await during(`SELECT FROM flux.tenant WHERE tenant_id = ${plant.id} ${lock}`,
			async () => isProblem(await post(key, 'nonsense'), 400,
				'bad_request'));
	});

	test('afterwards a good body is stored', async () => {
		const t = tick();

		assert.equal((await post(key, native(t, { flow_rate: 5 }))).status, 202);
		assert.deepEqual(await at('N1', t), { flow_rate: 5 });
	});
});

const umlauts = 'ä'.repeat(70);
const signs = '水'.repeat(70);
const at_now = (more) => ({ device: 'N1', ts: tick(), ...more });
const flow = (v) => () => at_now({ values: { flow_rate: v } });
const timed = (ts) => () => ({ device: 'N1', ts, values: { flow_rate: 1 } });
const VALUE = '.values.flow_rate';

// Bad readings: what is sent, the code, the place behind readings[1].
const BAD = [
	['an unknown sensor', () => at_now({ values: { flow: 1 } }),
		'unknown_sensor', '.values.flow'],
	['an unknown code', () => ({ sensorId: 'NONE-1', ts: tick(), value: 1 }),
		'unknown_sensor'],
	['an unknown device', () => at_now({ device: 'N7',
		values: { flow_rate: 1 } }), 'unknown_device', VALUE],
	['a wrong unit', () => at_now({ values: { flow_rate: 1 },
		units: { flow_rate: 'bar' } }), 'wrong_unit', VALUE],
	['a wrong unit of a single value', () => ({ sensor: 'N1/temperature',
		ts: tick(), value: 1, unit: 'bar' }), 'wrong_unit'],
	['a unit in letters cut at the 20th byte', () => at_now({
		values: { flow_rate: 1 }, units: { flow_rate: signs } }), 'wrong_unit',
	VALUE],
	['a word', flow('much'), 'not_a_number', VALUE],
	['a word of signs cut at the 40th byte', flow(signs), 'not_a_number', VALUE],
	['an unexpanded template', flow('%flow_rate%'), 'template_unexpanded',
		VALUE],
	['infinity as text', flow('Infinity'), 'not_a_number', VALUE],
	['a text beyond all numbers', flow('1e400'), 'not_a_number', VALUE],
	['a hexadecimal text', flow('0x10'), 'not_a_number', VALUE],
	['a number and more', flow('12 m3/h'), 'not_a_number', VALUE],
	['a blank before the number', flow('\n12'), 'not_a_number', VALUE],
	['a comma', flow('1,5'), 'not_a_number', VALUE],
	['an array', flow([1]), 'not_a_number', VALUE],
	['an object', flow({ v: 1 }), 'not_a_number', VALUE],
	['a value above its range', flow(10000.5), 'out_of_range', VALUE],
	['a value below its range', flow(-1e300), 'out_of_range', VALUE],
	['an integer above 2^53', () => at_now({ device: 'FREE',
		values: { ch0: '@9007199254740993@' } }), 'too_large', '.values.ch0'],
	['an integer below -2^53', () => at_now({ device: 'FREE',
		values: { ch0: '@-9007199254740993@' } }), 'too_large', '.values.ch0'],
	['an integer beyond 64 bits', () => at_now({ device: 'FREE',
		values: { ch0: '@9223372036854775808@' } }), 'too_large', '.values.ch0'],
	['a negative integer beyond 64 bits', () => at_now({ device: 'FREE',
		values: { ch0: '@-9223372036854775809@' } }), 'too_large',
	'.values.ch0'],
	['an integer of 400 digits', () => at_now({ device: 'FREE',
		values: { ch0: `@${'9'.repeat(400)}@` } }), 'too_large', '.values.ch0'],
	['a time beyond 64 bits', timed('@9223372036854775808@'), 'bad_time', VALUE],
	['a quality beyond 64 bits', () => at_now({
		quality: '@9223372036854775808@', values: { flow_rate: 1 } }),
	'bad_quality', VALUE],
	['a revision beyond 64 bits', () => at_now({
		rev: '@18446744073709551617@', values: { flow_rate: 1 } }),
	'bad_revision', VALUE],
	['a tenant beyond 64 bits', () => at_now({
		tenant_id: '@18446744073709551617@', values: { flow_rate: 1 } }),
	'wrong_tenant', VALUE],
	['a negative time', timed(-5), 'bad_time', VALUE],
	['a time beyond nanoseconds', timed(1e30), 'bad_time', VALUE],
	['a time in words', timed('now'), 'bad_time', VALUE],
	['30 February', timed('2026-02-30T00:00:00Z'), 'bad_time', VALUE],
	['a truth for a time', timed(true), 'bad_time', VALUE],
	['an object for a time', timed({ s: 1 }), 'bad_time', VALUE],
	['quality above 100', () => at_now({ quality: 101,
		values: { flow_rate: 1 } }), 'bad_quality', VALUE],
	['quality above 100 by a half', () => at_now({ quality: 100.5,
		values: { flow_rate: 1 } }), 'bad_quality', VALUE],
	['quality below 0 by a half', () => at_now({ quality: -0.5,
		values: { flow_rate: 1 } }), 'bad_quality', VALUE],
	['quality in words', () => at_now({ quality: 'good',
		values: { flow_rate: 1 } }), 'bad_quality', VALUE],
	['a negative revision', () => at_now({ revision: -1,
		values: { flow_rate: 1 } }), 'bad_revision', VALUE],
	['a revision beyond 16 bits', () => at_now({ revision: 65536,
		values: { flow_rate: 1 } }), 'bad_revision', VALUE],
	['no values', () => at_now({ values: {} }), 'no_values'],
	['values that are an array', () => at_now({ values: [1] }), 'no_sensor'],
	['nothing but a device', () => at_now({}), 'no_sensor'],
	['a sensor without a value', () => ({ sensorId: 'N1/flow_rate' }),
		'no_values'],
	['values without a device', () => ({ ts: tick(), values: { flow_rate: 1 } }),
		'no_device', VALUE],
	['a device that is a number', () => at_now({ device: 7,
		values: { flow_rate: 1 } }), 'no_device', VALUE],
	['a number for a reading', () => 17, 'not_an_object'],
	['null for a reading', () => null, 'not_an_object'],
	['an array for a reading', () => [1], 'not_an_object'],
	['a sensor in letters cut at the 64th byte', () => at_now({ values:
		{ [`x${umlauts}`]: 1 } }), 'unknown_sensor', `.values.x${umlauts}`],
	['a sensor in signs cut at the 64th byte', () => at_now({ values:
		{ [signs]: 1 } }), 'unknown_sensor', `.values.${signs}`],
	['a name with quotes and escapes', () => at_now({ values:
		{ 'a"\\\n\u0001\'; --': 1 } }), 'unknown_sensor',
	'.values.a"\\\n\u0001\'; --'],
];

// JSON with the integers that JavaScript does not have.
const text_of = (v) => JSON.stringify(v).replace(/"@(-?\d+)@"/g, '$1');

describe('a bad reading is kept with its reason, and the others are stored', () => {
	for (const [title, make, code, place = ''] of BAD)
		test(title, async () => {
			const [first, last] = [tick(), tick()];
			const bad = make();
			const mark = await plant.mark();
			const answer = await post(key, text_of({ readings: [
				{ device: 'N1', ts: first, values: { flow_rate: 1.5 } }, bad,
				{ device: 'N1', ts: last, values: { flow_rate: 2.5 } }] }));
			const reply = answer.json();

			assert.equal(answer.status, 202, answer.body);
			assert.equal(reply.accepted, 2);
			assert.equal(reply.duplicate, 0);
			assert.deepEqual(reply.rejected.map(({ index, place: p, code: c }) =>
				({ index, p, c })), [{ index: 1, p: `readings[1]${place}`, c: code }]);
			assert.ok(reply.rejected[0].detail.length > 3);
			assert.doesNotMatch(reply.rejected[0].detail, /\ufffd/);
			assert.deepEqual(await at('N1', first), { flow_rate: 1.5 });
			assert.deepEqual(await at('N1', last), { flow_rate: 2.5 });
			const [letter, ...more] = await plant.letters(mark);

			assert.equal(more.length, 0);
			assert.equal(letter.code, code);
			assert.equal(letter.place, `readings[1]${place}`);
			assert.equal(letter.detail, reply.rejected[0].detail);
			assert.deepEqual(JSON.parse(letter.body),
				JSON.parse(text_of(bad)), 'as it came');
			assert.deepEqual(String(letter.body).match(/\b[1-9]\d{15,}/g),
				text_of(bad).match(/\b[1-9]\d{15,}/g), 'to the last digit');
		});

	test('each batch of these adds up', async () => {
		await plant.balances();
	});

	test('null is a reading without a value, of quality 0', async () => {
		const t = tick();
		const answer = await post(key, native(t, { flow_rate: null },
			{ quality: 90 }));

		assert.equal(answer.json().accepted, 1);
		const [got] = await telemetry(key, 'N1', { from: t, to: t + 1 });

		assert.equal(got.value, null);
		assert.equal(got.quality, 0);
	});

	test('a reading just at its bounds is stored', async () => {
		const t = tick();

		assert.deepEqual((await post(key, { readings: [
			{ device: 'N1', ts: t, values: { flow_rate: -10000 } },
			{ device: 'N2', ts: t, values: { flow_rate: 10000 } },
			{ device: 'FREE', ts: t, values: { ch0: '@9007199254740992@' } }] },
		)).json().rejected.map((r) => r.code), ['not_a_number'],
		'the marker itself is text here');
		assert.equal((await post(key, text_of({ readings: [
			{ device: 'FREE', ts: t, values: { ch0: '@9007199254740992@',
				ch1: '@-9007199254740992@' } }] }))).json().accepted, 2);
		assert.deepEqual(await at('FREE', t),
			{ ch0: 9007199254740992, ch1: -9007199254740992 });
	});

	test('an integer beyond 64 bits where nobody reads it does no harm',
	async () => {
		const t = tick();
		const huge = '9'.repeat(30);

		for (const body of [
			`{"device_id":"N1","flow_rate":6,"ts":${t},"metadata":{"a":${huge}}}`,
			`{"seq":${huge},"readings":[{"device":"N1","ts":${t},"seq":${huge},
				"values":{"flow_rate":6}}]}`,
			`{"x":[{"timestamp":${t},"server_name":"N1","name":"flow_rate",
				"data":"[6]","more":${huge}}]}`]) {
			const answer = await post(key, body);

			assert.equal(answer.status, 202, answer.body);
			assert.deepEqual(answer.json().rejected, []);
			assert.equal(answer.json().accepted, 1);
		}
		assert.deepEqual(await at('N1', t), { flow_rate: 6 });
	});

	test('a batch may have a number beyond 64 bits', async () => {
		const body = `{"batch_id":${'9'.repeat(30)},"device_id":"N1",` +
			`"flow_rate":1,"ts":${tick()}}`;
		const first = await post(key, body), again = await post(key, body);

		assert.equal(first.status, 202, first.body);
		assert.equal(again.headers['idempotency-replayed'], 'true');
	});

	test('members in any order and escaped names are the same reading',
	async () => {
		const t = tick();
		const answer = await post(key, `[{"units":{"temperature":"degC",
			"flow_rate":"m3/h"},"values":{"fl\u006fw_rate":1.5,
			"temperature":2},"ts":${t},"\u0064evice":"\u004e1"},
			{"value":3,"unit":"degC","timestamp":${t},"sensorId":null,
			"sensor":"N2/temperature"}]`);

		assert.deepEqual(answer.json(),
			{ accepted: 3, duplicate: 0, rejected: [] });
		assert.deepEqual(await at('N1', t), { flow_rate: 1.5, temperature: 2 });
		assert.deepEqual(await at('N2', t), { temperature: 3 });
	});

	test('units go to their values, whatever their order and number', async () => {
		const names = Array.from({ length: 100 }, (_, i) => `s${i}`);
		const body = (units) => native(tick(), { flow_rate: 1,
			...Object.fromEntries(names.map((n) => [n, 1])), temperature: 2 },
		{ units });
		const codes = async (units) => (await post(key, body(units))).json()
			.rejected.map((r) => [r.place.slice(19), r.code])
			.filter(([, code]) => code !== 'unknown_sensor');

		assert.deepEqual(await codes({ temperature: 'degC', none: 'bar',
			flow_rate: 'm3/h' }), []);
		assert.deepEqual(await codes({ temperature: 'bar', flow_rate: 'm3/h' }),
			[['temperature', 'wrong_unit']]);
		assert.deepEqual(await codes({ temperature: 7, flow_rate: 'bar' }),
			[['flow_rate', 'wrong_unit']]);
	});

	test('50,000 bad values of one object are kept in one request', async () => {
		const values = Object.fromEntries(Array.from({ length: 50000 },
			(_, i) => [`s${i}`, i]));
		const mark = await plant.mark();
		const answer = await post(key, native(tick(), values));

		assert.equal(answer.status, 202);
		const { rejected, spooled } = answer.json();
		// What a busy database has no time for is kept, and comes in later.
		const [kept] = await waitFor(async () => {
			const got = await rows(`SELECT count(*)::int AS n,
				sum(length(body))::int AS bytes FROM flux.dead_letter
				 WHERE tenant_id = ${plant.id} AND dead_id > ${mark}`);

			return (!spooled || got[0].n > 0) && got;
		});

		assert.equal(rejected.length, spooled ? 0 : 50000);
		assert.equal(kept.n, 50000);
		assert.ok(kept.bytes < 4 << 20, `${kept.bytes} bytes`);
	});

	test('60,000 devices in turn are answered in seconds', async () => {
		const body = zlib.gzipSync(blanks(80000) +
			JSON.stringify(Array.from({ length: 60000 },
				(_, i) => ({ id: `N${1 + i % 2}`, status: 0 }))));
		const answer = await within(5000, () =>
			post(key, body, { url: FLUXIO, headers: gzip }));

		assert.equal(answer.status, 200, answer.body.slice(0, 200));
		assert.equal(answer.json().results.length, 60000);
	});
});
