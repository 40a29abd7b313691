// The accounts of what came: which numbered batches never did, how complete a
// day is, and a meter that says what the ledger says.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { http, sql } from '../lib/flux.mjs';
import { Person } from '../lib/person.mjs';
import { Plant, get, isProblem, post, rows } from '../lib/plant.mjs';
import { rolled } from '../lib/rollup.mjs';

const DAY = 86400000;
let plant, key, reader;

const at = (ms) => new Date(ms).toISOString();
const send = (number, ts, value = 1) => post(key, {
	...(number === undefined ? {} : { batch_id: number }),
	readings: [{ device: 'N1', ts, values: { flow_rate: value } }] });
let clock = Date.now() - 3 * DAY;
const tick = () => (clock += 1000);

async function holes(device = 'GW') {
	const answer = await get(key, `/api/v1/ledger/holes?device=${device}`);

	assert.equal(answer.status, 200, answer.body);
	return answer.json().holes.map((h) => [h.prefix, h.low, h.high]);
}

before(async () => {
	plant = await Plant.make('Accounts');
	await plant.gateway('GW');
	await plant.device('N1', undefined, '--gateway', 'GW');
	key = await plant.key('GW', 'ingest,view');
	reader = await Person.make(plant.name);
	await reader.login();
});

describe('holes', () => {
	test('a missing batch is named, and a late one closes it', async () => {
		for (const n of [1, 2, 3, 5, 6, 9])
			assert.equal((await send(`a-${n}`, tick())).status, 202);
		assert.deepEqual(await holes(), [['a-', 4, 4], ['a-', 7, 8]]);
		await send('a-4', tick());
		await send('a-8', tick());
		assert.deepEqual(await holes(), [['a-', 7, 7]]);
		await send('a-7', tick());
		assert.deepEqual(await holes(), []);
	});

	test('a reboot is no hole', async () => {
		for (const n of ['b-40', 'b-41', 'b-42', 'b-1', 'b-2', 'b-3'])
			await send(n, tick());
		assert.deepEqual(await holes(), []);
	});

	test('a repeat is no second batch, and times do not count', async () => {
		const body = { batch_id: 'c-1', readings: [{ device: 'N1', ts: tick(),
			values: { flow_rate: 3 } }] };

		for (let i = 0; i < 3; i++)
			await post(key, body);
		for (let i = 0; i < 5; i++)
			await send(`t-${1763703600 + 10 * i}`, tick());
		assert.deepEqual(await holes(), []);
	});

	test('without a device, or of another tenant: 400, 404', async () => {
		isProblem(await get(key, '/api/v1/ledger/holes'), 400, 'bad_request',
			/device/);
		isProblem(await get(key, '/api/v1/ledger/holes?device=NONE'), 404,
			'not_found');
	});
});

describe('completeness', () => {
	// The last Sunday of an October, when the day and the next are over.
	const then = new Date(Date.now() - 3 * DAY);
	const oct31 = Date.UTC(then.getUTCFullYear() -
		(then.getUTCMonth() < 10 ? 1 : 0), 9, 31);
	const sunday = oct31 - new Date(oct31).getUTCDay() * DAY;
	const begin = sunday - 2 * 3600e3, end = begin + 25 * 3600e3;
	let made;

	// Two days of one reading in five minutes, but for two hours of the first,
	// and only each second one of the day behind it; in a zone whose day of
	// last October had 25 hours.
	before(async () => {
		made = await Plant.make('Complete');
		await sql('super', `UPDATE flux.site SET zone = 'Europe/Berlin'
			WHERE tenant_id = ${made.id}`);
		await made.gateway('GW');
		await made.device('C1', undefined, '--gateway', 'GW');
		await sql('super', `UPDATE flux.device SET created_at =
			'${at(sunday - DAY)}' WHERE tenant_id = ${made.id}`);
		const k = await made.key('GW');
		const readings = [];

		for (let t = begin, i = 0; t < end + DAY; t += 300000, i++) {
			const inGap = t > begin + 5 * 3600e3 && t < begin + 7 * 3600e3;
			const second = t >= end;

			if (!inGap && (!second || i % 2 === 0))
				readings.push({ device: 'C1', ts: t, values: { flow_rate: 2 } });
		}
		assert.equal((await post(k, { readings })).status, 202);
		made.reader = k;
		await rolled(made);
	});

	const days = async () => {
		const answer = await get(made.reader, '/api/v1/completeness?device=C1' +
			`&from=${at(sunday)}&to=${at(sunday + 1.5 * DAY)}`);

		assert.equal(answer.status, 200, answer.body);
		return answer.json().sensors.find((s) => s.sensor === 'flow_rate').days;
	};

	test('expected and received of a day of 25 hours and of the next', async () => {
		const [long, half] = await days();

		assert.equal(long.start, at(begin));
		assert.equal(long.end, at(end));
		assert.equal(long.expected, 300);
		assert.equal(long.received, 300 - 23);
		assert.equal(long.percent, 92);
		assert.equal(long.longest_s, 7200);
		// A value holds for three periods of five minutes.
		assert.equal(long.silent_s, 7200 - 900);
		assert.equal(half.expected, 288);
		assert.equal(half.percent, 50);
		assert.equal(half.silent_s, 0);
	});

	test('nothing is expected of before the device was made', async () => {
		const answer = await get(made.reader, '/api/v1/completeness?device=C1' +
			`&from=${at(sunday - 5 * DAY)}&to=${at(sunday - 0.5 * DAY)}`);
		const all = answer.json().sensors[0].days;

		assert.deepEqual(all.slice(0, 4).map((d) => d.expected), [0, 0, 0, 0]);
		assert.equal(all[0].percent, undefined);
	});

	test('of too many days: 400', async () => {
		isProblem(await get(made.reader, '/api/v1/completeness?device=C1' +
			'&from=2020-01-01T00:00:00Z'), 400, 'bad_request', /92 days/);
	});
});

describe('the meter', () => {
	test('says what the ledger says, by gateway and in all', async () => {
		await send(undefined, tick(), 'nonsense');
		await send(undefined, clock); // a duplicate of nothing, refused before
		await post(key, 'no JSON');
		await plant.balances();
		const admin = await Person.make(plant.name, 'admin');

		await admin.login();
		const answer = await admin.get('/api/v1/meter');

		assert.equal(answer.status, 200, answer.body);
		// Of all days, as midnight may come between.
		const today = Object.fromEntries(['messages', 'readings', 'refused',
			'bytes'].map((name) => [name, answer.json().days
			.reduce((sum, day) => sum + day[name], 0)]));
		const [said] = (await get(key, '/api/v1/ledger?from=' +
			at(Date.now() - DAY))).json().ledger;
		const truth = (await rows(`SELECT count(*)::int AS batches,
			sum(sent)::int AS sent, sum(rejected)::int AS rejected,
			sum(bytes)::int AS bytes FROM flux.ingest_batch
			WHERE tenant_id = ${plant.id}`))[0];

		assert.ok(truth.rejected > 0 && truth.batches > 20);
		assert.deepEqual([today.messages, today.readings, today.refused,
			today.bytes], [truth.batches, truth.sent - truth.rejected,
			truth.rejected, truth.bytes]);
		assert.deepEqual([said.batches, said.sent, said.rejected, said.bytes],
			[truth.batches, truth.sent, truth.rejected, truth.bytes]);
		assert.equal(said.sent, said.stored + said.duplicate + said.rejected +
			said.thinned + said.lost + said.waiting);
		// What was counted in this hour need not be counted again.
		await sql('super', `UPDATE flux.usage_day SET counted_at = '-infinity'
			WHERE tenant_id = ${plant.id}`);
		await sql('fl_worker', `BEGIN;
			SELECT FROM ctx.begin_worker(${plant.id});
			SELECT flux.usage_count(); COMMIT`);
		const used = (await rows(`SELECT sum(requests)::int AS requests,
			sum(readings)::int AS readings, sum(refused)::int AS refused,
			sum(bytes)::int AS bytes
			FROM flux.usage_day WHERE tenant_id = ${plant.id}`))[0];

		assert.deepEqual([used.requests, used.readings, used.refused,
			used.bytes], [today.messages, today.readings, today.refused,
			today.bytes]);
	});
});

describe('the pages', () => {
	const page = async (url) => {
		const answer = await reader.get(url);

		assert.equal(answer.status, 200, `${url}: ${answer.status}`);
		return answer.body;
	};

	test('show the ledger, a gateway with its holes, and the days', async () => {
		await send('p-1', tick());
		await send('p-2', tick());
		await send('p-4', tick());
		assert.match(await page('/ledger'), /href="\/ledger\/GW\?span=24h"/);
		const gateway = await page('/ledger/GW?span=7d');

		assert.match(gateway, /<code>p-3<\/code>/);
		assert.match(gateway, /posted/);
		assert.match(await page('/gaps'), /href="\/devices\/N1\/gaps"/);
		assert.match(await page('/devices/N1/gaps'), /A reading is expected/);
	});

	test('of what is not there: 404', async () => {
		assert.equal((await reader.get('/ledger/NONE')).status, 404);
		assert.equal((await reader.get('/devices/NONE/gaps')).status, 404);
		const away = await http('GET', '/ledger', { tls: true });

		assert.equal(away.status, 303);
	});
});
