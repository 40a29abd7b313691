// More that is new than one transaction of the rollups takes is rolled up at
// once, not a transaction a pause.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { sql, waitFor } from '../lib/flux.mjs';
import { Plant, post, rows } from '../lib/plant.mjs';
import { HOUR } from '../lib/rollup.mjs';

const PROFILE = 'fluxline-float64x8';
const DAYS = 150; // of 8 sensors: 28,800 hours
const PAUSE_MS = 30000; // between two looks at what is new
const PATIENCE_MS = 300000;
const DAY = 24 * HOUR;
const END = Math.floor(Date.now() / DAY) * DAY;
const START = END - DAYS * DAY;
let plant, key, keys;

async function send(from, to) {
	const readings = [];

	for (let at = from; at < to; at += DAY)
		for (const sensor of keys)
			readings.push({ device: 'B', sensor, ts: at, value: at / DAY });
	for (let i = 0; i < readings.length; i += 1000)
		assert.equal((await post(key, { readings: readings.slice(i, i + 1000) }))
			.status, 202);
}

const hours = async () => Number(await sql('super', `SELECT count(*)
	FROM flux.rollup_hour WHERE tenant_id = ${plant.id}`));

// The worker is to look now, and has come so far; what it took to the first
// hours that are more than there were, and from there.
async function rolled(at, had) {
	await waitFor(async () => await sql('super', `SELECT count(*)
		FROM flux.latest_value WHERE tenant_id = ${plant.id}
		AND time >= to_timestamp(${at / 1000})`) === '8', PATIENCE_MS);
	const begun = performance.now();

	await sql('super', `UPDATE flux.rolling SET rolled_at = '1970-01-01Z'
		WHERE tenant_id = ${plant.id}`);
	await waitFor(async () => await hours() > had, PATIENCE_MS);
	const first = performance.now();

	await waitFor(async () => await sql('super', `SELECT count(*)
		FROM flux.rolled, unnest(upto) u WHERE tenant_id = ${plant.id}
		AND u >= to_timestamp(${at / 1000})`) === '8', PATIENCE_MS);
	return [first - begun, performance.now() - first];
}

before(async () => {
	plant = await Plant.make('Backlog');
	await plant.gateway('GW');
	key = await plant.key('GW');
	// Each reading holds for three of these, so every hour has a row.
	await plant.device('B', PROFILE, '--gateway', 'GW', '--period', '86400');
	keys = (await rows(`SELECT s.key FROM flux.sensor s
		JOIN flux.device d USING (tenant_id, device_id)
		WHERE s.tenant_id = ${plant.id} AND d.key = 'B'`)).map((s) => s.key);
});

describe('a backlog of months', () => {
	test('a first reading each', async () => {
		assert.equal(keys.length, 8);
		await send(START, START + DAY);
		await rolled(START, 0);
	});
	test('is rolled up without a pause', async () => {
		const had = await hours();

		await send(START + DAY, END);
		const [first, rest] = await rolled(END - DAY, had);

		// The rest is less than the first transaction has made.
		assert.ok(rest < Math.max(PAUSE_MS * 2 / 3, 2 * first),
			`${rest} ms after ${first} ms`);
		assert.equal(await sql('super', `SELECT count(*) >= ${8 * 24 *
			(DAYS - 1)} FROM flux.rollup_hour WHERE tenant_id = ${plant.id}`),
		't');
	});
});
