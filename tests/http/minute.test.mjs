// What happens by itself in a minute or so, or is over after one: a file of its
// own, so that all of it is waited for at once.
// Takes long.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Authority, auth } from '../lib/authority.mjs';
import { sql, waitFor } from '../lib/flux.mjs';
import { Plant, isProblem, post, rows } from '../lib/plant.mjs';
import { HOUR } from '../lib/rollup.mjs';

const CHALLENGE_S = 60;
// How late it comes on a busy machine is no claim.
const PATIENCE_MS = 300000;
let authority;
let clock = Date.now() - 3600000;

async function make(word) {
	const plant = await Plant.make(word);

	await plant.device('D');
	return { plant, key: await plant.key('D') };
}

const send = (key, n = 1) => post(key, { readings: Array.from({ length: n },
	() => ({ device: 'D', ts: clock++, values: { flow_rate: 1 } })) });

before(async () => {
	authority = await Authority.make('Minute', await Plant.make('Minute'));
});
after(() => authority.remove());

describe('by itself', { concurrency: true }, () => {
	test('a key in steady use is noted again', async () => {
		const { key } = await make('Steady');
		const used = () => sql('super', `SELECT used_at FROM ctx.api_key
			WHERE key_id = '${key.split('_')[1]}'`);

		await send(key);
		const first = await waitFor(used);

		await waitFor(async () => {
			assert.equal((await send(key)).status, 202);
			return await used() !== first;
		}, PATIENCE_MS, 200);
	});

	test('the meter counts', async () => {
		const { plant, key } = await make('Meter');
		const readings = async () => (await rows(`SELECT coalesce(sum(readings),
			0)::int AS n FROM flux.usage_day
			WHERE tenant_id = ${plant.id}`))[0].n;

		await send(key, 7);
		await waitFor(async () => await readings() === 7, PATIENCE_MS, 500);
	});

	test('FLUXIO-58: an hour has a reading, unasked', async () => {
		const { plant, key } = await make('Unasked');
		const count = async () => Number(await sql('super', `SELECT
			coalesce(sum(count), 0) FROM flux.rollup_hour
			WHERE tenant_id = ${plant.id}`));
		const reading = (value, later) => post(key, { readings: [{ device: 'D',
			ts: Math.floor(Date.now() / HOUR) * HOUR + later,
			values: { flow_rate: value } }] });

		await reading(1, 0);
		await waitFor(async () => await count() === 1, PATIENCE_MS, 200);
		// The same when they have looked just now.
		await reading(2, 1);
		await waitFor(async () => await count() === 2, PATIENCE_MS, 200);
	});

	test('a stray below the horizon is found', async () => {
		const { plant, key } = await make('Stray');

		for (let i = 0; i < 20; i++) {
			await send(key);
			await plant.derived();
		}
		// As a batch would whose transaction outlived every reckoning.
		await sql('super', `INSERT INTO flux.landing (tenant_id, landing_id, at,
			        batch_id, source_id, duplicate, t_min, t_max, n, block)
			 OVERRIDING SYSTEM VALUE
			 SELECT ${plant.id}, 1, now(), 0, 0, 0, now(), now(), 1, 'x'`);
		await plant.derived(PATIENCE_MS);
		assert.equal(await sql('super', `SELECT level FROM flux.quarantine
			 WHERE tenant_id = ${plant.id}`), 'landing');
	});

	test('a challenge is over', async () => {
		await authority.plant.device('LATE');
		const device = await authority.enrol('LATE');
		const asked = await device.asks();

		await sleep((CHALLENGE_S + 1) * 1000);
		isProblem(await auth('device', asked), 401, 'unauthenticated',
			/^This is not accepted\.$/);
		assert.equal((await auth('device', await device.asks())).status, 200);
	});
});
