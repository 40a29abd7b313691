// Aggregates that a sender made: what becomes of min, max, avg, count, stdDev.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { FLUXIO, INGEST, Plant, blanks, isProblem, post, rows, telemetry }
	from '../lib/plant.mjs';

const CODE = 'N1/flow_rate';
let plant, key;
let clock = Date.now() - 20 * 3600e3;

// Instants that no other test uses, a second apart.
const tick = () => (clock += 1000);
const whole = (more) => ({ sensorId: CODE, timestamp: tick(), min: 10.5,
	max: 20.25, avg: 15.125, count: 60, stdDev: 2.5, ...more });
const send = (body, options) => post(key, body, options);

// The series of N1's flow_rate, by what they are.
async function series() {
	return rows(`SELECT s.sensor_id, f.what, f.facet_id
		FROM flux.sensor s LEFT JOIN flux.facet f USING (tenant_id, sensor_id)
		WHERE s.tenant_id = ${plant.id} AND s.code = '${CODE}'
		ORDER BY f.what`);
}

// What the ledger says when everything so far is derived.
async function settled() {
	await plant.derived();
	return await plant.ledger();
}

// What one batch has added to it.
async function ledger(since) {
	const now = await settled();

	return Object.fromEntries(Object.entries(now)
		.map(([name, n]) => [name, n - since[name]]));
}

before(async () => {
	plant = await Plant.make('Aggregates');
	await plant.gateway('GW-1');
	await plant.device('N1', undefined, '--gateway', 'GW-1');
	await plant.device('N2', undefined, '--gateway', 'GW-1');
	key = await plant.key('GW-1');
});

describe('an aggregate', () => {
	test('is the sensor\'s reading and one of each facet', async () => {
		const mark = await settled();
		const sent = whole();
		const answer = await send(sent);

		assert.equal(answer.status, 202, answer.body);
		assert.deepEqual(answer.json(),
			{ accepted: 5, duplicate: 0, rejected: [] });
		assert.deepEqual(await ledger(mark), { batches: 1, sent: 5, stored: 5,
			duplicate: 0, rejected: 0 });
		const [got] = await telemetry(key, 'N1', { from: sent.timestamp,
			to: sent.timestamp + 1 });

		assert.equal(got.value, 15.125);
		assert.deepEqual((await series()).map((s) => s.what),
			['count', 'max', 'min', 'stddev']);
	});

	test('comes alone, in an array, in readings, on either address', async () => {
		for (const url of [INGEST, FLUXIO])
			for (const dress of [(a) => a, (a) => [a], (a) => ({ readings: [a] })]) {
				const answer = await send(dress(whole()), { url });

				assert.equal(answer.status, url === INGEST ? 202 : 200, answer.body);
				assert.equal(answer.json().accepted, 5);
			}
	});

	test('without stdDev, or with null, is four readings', async () => {
		for (const stdDev of [undefined, null]) {
			const mark = await settled();

			assert.equal((await send(whole({ stdDev }))).json().accepted, 4);
			const { sent, stored } = await ledger(mark);

			assert.deepEqual([sent, stored], [4, 4]);
		}
	});

	test('of one sample, and of equal ones, is as good as any', async () => {
		assert.deepEqual((await send([
			whole({ min: 5, max: 5, avg: 5, count: 1, stdDev: 0 }),
			// The mean of a thousand times 0.1, as a program sums it up.
			whole({ min: 0.1, max: 0.1, avg: 0.09999999999999987 + 1e-16,
				count: 1000 })])).json().rejected, []);
	});

	test('sent twice is stored once, each of its readings', async () => {
		const mark = await settled();
		const sent = whole();

		assert.equal((await send(sent)).json().accepted, 5);
		const twice = (await send([sent, sent])).json();

		assert.deepEqual([twice.accepted, twice.duplicate], [5, 5]);
		assert.deepEqual(await ledger(mark), { batches: 2, sent: 15, stored: 5,
			duplicate: 10, rejected: 0 });
	});

	test('stands among plain readings, each counted as what it is', async () => {
		const mark = await settled();
		const answer = await send({ readings: [
			{ sensorId: 'N2/flow_rate', timestamp: tick(), value: 1 },
			whole(), whole({ sensorId: 'N2/temperature' }),
			whole({ count: 0 }), whole({ sensorId: 'NONE' })] });

		assert.equal(answer.json().accepted, 11, answer.body);
		assert.deepEqual(answer.json().rejected.map((r) => [r.index, r.code]),
			[[3, 'bad_aggregate'], [4, 'unknown_sensor']]);
		assert.deepEqual(await ledger(mark), { batches: 1, sent: 13, stored: 11,
			duplicate: 0, rejected: 2 });
	});

	test('of a value with its own member "value" is that value', async () => {
		assert.equal((await send(whole({ value: 3 }))).json().accepted, 1);
	});

	test('many posts at once for new sensors give each one set of facets',
	async () => {
		await plant.device('N3', undefined, '--gateway', 'GW-1');
		const answers = await Promise.all(Array.from({ length: 12 }, () =>
			send([whole({ sensorId: 'N3/flow_rate' }),
				whole({ sensorId: 'N3/temperature' })])));

		assert.deepEqual(answers.map((a) => a.status), answers.map(() => 202));
		const [{ n, own }] = await rows(`SELECT count(*)::int AS n,
			count(DISTINCT facet_id)::int AS own
			FROM flux.facet JOIN flux.sensor s USING (tenant_id, sensor_id)
			WHERE tenant_id = ${plant.id} AND s.code LIKE 'N3/%'`);

		assert.deepEqual([n, own], [8, 8]);
	});

	test('more than 100,000 readings of aggregates are too many', async () => {
		const one = `{"sensor":"${CODE}","min":1,"max":1,"avg":1,"count":1,` +
			'"stdDev":0}';
		const bodies = [20000, 20001].map((n) =>
			gzipSync(`${blanks(80000)}[${Array(n).fill(one).join()}]`));
		const [fits, large] = await Promise.all(bodies.map((body) =>
			send(body, { headers: { 'Content-Encoding': 'gzip' } })));

		assert.deepEqual([fits.json().accepted, fits.json().duplicate],
			[5, 99995]);
		isProblem(large, 413, 'too_large', /many/);
	});
});

// What is wrong with it, the code, the member that is named first.
const BAD = [
	['min above max', { min: 21 }, 'bad_aggregate', /^min/],
	['avg below min', { avg: 10 }, 'bad_aggregate', /^avg/],
	['avg above max', { avg: 20.5 }, 'bad_aggregate', /^avg/],
	['no count', { count: undefined }, 'bad_aggregate', /^count is missing/],
	['no min', { min: undefined }, 'bad_aggregate', /^min is missing/],
	['no max', { max: undefined }, 'bad_aggregate', /^max is missing/],
	['count 0', { count: 0 }, 'bad_aggregate', /^count/],
	['count -1', { count: -1 }, 'bad_aggregate', /^count/],
	['half a count', { count: 1.5 }, 'bad_aggregate', /^count/],
	['a count in words', { count: 'many' }, 'bad_aggregate', /^count/],
	['a count beyond 2^53', { count: '@9007199254740993@' }, 'too_large',
		/^count/],
	['a negative stdDev', { stdDev: -0.1 }, 'bad_aggregate', /^stdDev/],
	['a stdDev as text', { stdDev: '1' }, 'bad_aggregate', /^stdDev/],
	['avg null', { avg: null }, 'bad_aggregate', /^avg/],
	['min null', { min: null }, 'bad_aggregate', /^min/],
	['max an object', { max: {} }, 'bad_aggregate', /^max/],
	['avg as text', { avg: '15' }, 'bad_aggregate', /^avg/],
	['max above the sensor\'s range', { max: 10001 }, 'out_of_range', /^max/],
	['min below the sensor\'s range', { min: -10001 }, 'out_of_range', /^min/],
	['a wrong unit', { unit: 'degC' }, 'wrong_unit', /degC/],
	['a bad quality', { quality: 101 }, 'bad_quality', /bounds/],
	['an unknown sensor', { sensorId: 'NONE' }, 'unknown_sensor', /NONE/],
	['no sensor', { sensorId: undefined }, 'no_sensor', /sensorId/],
];

const text_of = (v) => JSON.stringify(v).replace(/"@(-?\d+)@"/g, '$1');

describe('a bad aggregate is kept with its reason, its neighbour stored', () => {
	for (const [title, more, code, detail] of BAD)
		test(title, async () => {
			const mark = await plant.mark();
			const bad = whole(more);
			const reply = (await send(text_of([whole(), bad]))).json();

			assert.equal(reply.accepted, 5, JSON.stringify(reply));
			assert.equal(reply.rejected.length, 1);
			assert.equal(reply.rejected[0].index, 1);
			assert.equal(reply.rejected[0].code, code);
			assert.match(reply.rejected[0].detail, detail);
			const [letter, ...none] = await plant.letters(mark);

			assert.equal(none.length, 0);
			assert.equal(letter.code, code);
			assert.equal(String(letter.body), text_of(bad), 'as it came');
		});

	test('each batch of these adds up', async () => {
		await plant.balances();
	});
});
