// A key that has passed the gate is let in on what is known of it, and the
// database is asked together with what comes next: nobody can tell, in any of
// the children.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { ctl, sql } from '../lib/flux.mjs';
import { Plant, get, post } from '../lib/plant.mjs';

const AT_ONCE = 24; // several for each child
const start = Date.now() - 3600e3;
const span = `from=${start - 60e3}&to=${start + 60e3}`;
const ofDevice = (what) => `/api/v1/telemetry${what}?device=N1&` +
	`sensor=flow_rate&${span}`;
const reads = [ofDevice(''), ofDevice('/aggregate') + '&points=1',
	ofDevice('/statistics'), '/api/v1/telemetry/latest', '/api/v1/devices'];
// These fail before the database has been asked anything.
const wrong = ['/api/v1/telemetry?device=N1&from=nonsense',
	'/api/v1/telemetry?device=N1&sensor=none', '/api/v1/telemetry'];
let plant, key;

const many = (k, url, headers) => Promise.all(
	Array.from({ length: AT_ONCE }, () => get(k, url, headers)));

// Asks until each child has had this key.
async function warm(k) {
	for (const url of [...reads, ...reads])
		for (const answer of await many(k, url))
			assert.equal(answer.status, 200, answer.body);
}

async function statuses(k, urls) {
	const all = await Promise.all(urls.map((url) => many(k, url)));

	return [...new Set(all.flat().map((answer) => answer.status))];
}

async function newKey() {
	const k = await plant.key('GW');

	return { key: k, id: k.split('_')[1] };
}

before(async () => {
	plant = await Plant.make('Known');
	await plant.gateway('GW');
	await plant.device('N1', undefined, '--gateway', 'GW');
	key = await plant.key('GW');
	await post(key, { readings: [
		{ device: 'N1', ts: start, values: { flow_rate: 5 } }] });
	await plant.derived();
});

describe('a key that is known', () => {
	test('is refused from the moment it is revoked', async () => {
		const gone = await newKey();

		await warm(gone.key);
		await ctl('revoke', plant.name, gone.id);
		assert.deepEqual(await statuses(gone.key, [...reads, ...wrong]),
			[401]);
		assert.deepEqual(await statuses(key, reads), [200]);
	});

	test('may no more than it may now', async () => {
		const less = await newKey();
		const may = (can) => sql('super', `UPDATE ctx.api_key SET can = ${can}
			WHERE key_id = '${less.id}'`);

		await warm(less.key);
		await may(2);
		assert.deepEqual(await statuses(less.key, [...reads, ...wrong]),
			[403]);
		await may("ctx.scope_of('ingest,view')");
		assert.deepEqual(await statuses(less.key, reads), [200]);
	});

	test('is told what is wrong with its question', async () => {
		await warm(key);
		for (const [url, status] of [[wrong[0], 400], [wrong[1], 404],
			[wrong[2], 400], ['/api/v1/telemetry?device=none', 404]])
			assert.deepEqual(await statuses(key, [url]), [status], url);
	});

	test('sees a sensor by its new name', async () => {
		const rename = (to) => sql('super', `UPDATE flux.sensor
			SET code = '${to}'
			WHERE tenant_id = ${plant.id} AND key = 'flow_rate'`);

		for (const code of ['N1/changed', 'N1/flow_rate']) {
			await warm(key);
			await rename(code);
			for (const answer of await many(key, reads[1]))
				assert.equal(answer.json().series[0].sensorId, code);
		}
	});

	test('sees a facet with its first reading', async () => {
		await warm(key);
		const before_it = (await get(key, reads[1])).headers.etag;

		await post(key, { sensorId: 'N1/flow_rate', timestamp: start + 1000,
			min: 1, max: 9, avg: 5, count: 60, stdDev: 1 });
		for (const answer of await many(key, reads[1],
			{ 'If-None-Match': before_it })) {
			const [bucket] = answer.json().series[0].buckets;

			assert.equal(answer.status, 200);
			assert.notEqual(answer.headers.etag, before_it);
			assert.deepEqual([bucket.min, bucket.max, bucket.count],
				[1, 9, 61]);
		}
	});

	test('has one ETag, with a tag in the question or without', async () => {
		await plant.derived(); // what is stored otherwise has another
		for (const url of reads.slice(0, 3)) {
			const { etag } = (await get(key, url)).headers;

			assert.match(etag, /^W\/"[0-9a-f]{32}"$/);
			for (const tag of ['W/"x"', etag])
				for (const answer of await many(key, url,
					{ 'If-None-Match': tag })) {
					assert.equal(answer.headers.etag, etag);
					assert.equal(answer.status, tag === etag ? 304 : 200);
				}
		}
	});

	test('is answered though every connection has ended', async () => {
		await warm(key);
		assert.notEqual(await sql('super', `SELECT
			count(pg_terminate_backend(pid, 60000)) FROM pg_stat_activity
			WHERE usename = 'fl_api'`), '0');
		assert.deepEqual(await statuses(key, reads), [200]);
	});
});
