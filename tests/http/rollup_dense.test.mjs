// A burst after a quiet month: more readings than a pass of the rollups holds
// at once, of some sensors together and of one alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Plant, post } from '../lib/plant.mjs';
import { HOUR, place, rolled, stored, unrolled } from '../lib/rollup.mjs';

const HELD = 1000000; // WINDOW_MAX of lib/store/rollup_feed.c
const HERTZ = 40, HOURS = 9;
const QUIET = 60 * 24 * HOUR;
const BODY = 10000;
const end = Math.floor(Date.now() / HOUR) * HOUR - HOUR;
const start = end - HOURS * HOUR;
const n = HOURS * 3600 * HERTZ;

// Row i of the burst; of the first sensor each, of two others some.
const row = (d, i) => `{"device":"${d.name}","ts":${start + i * 1000 / HERTZ},` +
	`"values":{"${d.keys[0]}":${i % 100}${i % 3 ? ''
		: `,"${d.keys[1]}":${i % 7},"${d.keys[2]}":${i % 5}`}}}`;

async function send(key, list) {
	const answer = await post(key, `{"readings":[${list}]}`,
		{ headers: { 'Content-Type': 'application/json' } });

	assert.equal(answer.status, 202, answer.body);
	assert.deepEqual(answer.json().rejected, []);
}

test('a burst after a quiet month is rolled up, whatever is held at once',
	async () => {
		const plant = await Plant.make('Dense');

		await plant.gateway('GW');
		const key = await plant.key('GW');
		const d = await place(plant, 'D', 'UTC', 600);

		assert.ok(n > HELD);
		await unrolled(plant, async () => {
			await send(key, Array.from({ length: QUIET / (6 * HOUR) }, (_, i) =>
				`{"device":"D","ts":${start - QUIET + i * 6 * HOUR},"values":{${
					d.keys.slice(0, 3).map((k) => `"${k}":1`)}}}`));
			for (let i = 0; i < n; i += BODY)
				await send(key, Array.from({ length: Math.min(BODY, n - i) },
					(_, k) => row(d, i + k)));
			await plant.derived();
		});
		await rolled(plant, 300000);
		for (const [k, every, cycle] of [[0, 1, 100], [1, 3, 7], [2, 3, 5]]) {
			const hours = (await stored(plant.id, d.ids[d.keys[k]], 'hour'))
				.filter((h) => h.start >= start && h.count > 0);
			let sum = 0;

			for (let i = 0; i < n; i += every)
				sum += i % cycle;
			assert.deepEqual(hours.map((h) => [h.count, h.min, h.max]),
				Array(HOURS).fill([3600 * HERTZ / every, 0, cycle - 1]));
			assert.equal(hours.reduce((s, h) => s + h.sum, 0), sum);
		}
	});
