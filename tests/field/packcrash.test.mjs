// The worker's children are killed at random while they derive, merge and
// pack: the state is that of a worker whom nobody disturbed.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from '../lib/flux.mjs';
import { Plant, latest, post, random, rows, shuffled, telemetry }
	from '../lib/plant.mjs';
import { settle, signal_worker, worker_children } from '../lib/worker.mjs';

const KILLS = 60;
const SENSORS = ['flow_rate', 'volume_total', 'temperature'];
const DAY = 864e5;
const first = Math.floor(Date.now() / DAY) * DAY - 2 * DAY;
const seed = Number(process.env.FLUX_SEED ?? Date.now() % 1000000);
const plants = [];

// The same tenant twice; only one of them is disturbed.
before(async () => {
	for (const word of ['Calm', 'Killed']) {
		const plant = await Plant.make(word);

		await plant.gateway('GW');
		await plant.device('D', undefined, '--gateway', 'GW');
		plants.push({ plant, key: await plant.key('GW') });
	}
});

function readings(rnd) {
	const all = SENSORS.flatMap((sensor, k) =>
		Array.from({ length: 12000 }, (_, i) => ({ device: 'D', sensor,
			ts: first + i * 7000, value: (i + k) % 90 })));
	const some = all.filter(() => rnd() < 0.02)
		.map((r) => ({ ...r, value: 95, revision: 1 }));

	return [...shuffled(all, rnd), ...shuffled(some, rnd)];
}

async function deliver(key, all, rnd) {
	for (let i = 0; i < all.length;) {
		const n = 1 + Math.floor(rnd() * 700);
		const body = { readings: all.slice(i, i + n) };

		assert.equal((await post(key, body)).status, 202);
		if (rnd() < 0.1)
			assert.equal((await post(key, body)).status, 202);
		i += n;
	}
}

// How many readings of each sensor the chunks hold, the newest values, and the
// account.  What is stored and then corrected in one cycle counts as a
// duplicate, so only the sum of the two is always the same.
const state = async ({ plant, key }) => {
	const { sent, stored, duplicate, rejected } = await plant.ledger();

	return { latest: await latest(key, 'D'), sent, rejected,
		taken: stored + duplicate,
		chunks: await rows(`SELECT s.key, sum(c.n)::int AS n
			  FROM flux.chunk c JOIN flux.sensor s USING (tenant_id, sensor_id)
			 WHERE c.tenant_id = ${plant.id} GROUP BY 1 ORDER BY 1`) };
};

describe(`kill -9 of the worker's children (seed ${seed})`, () => {
	const rnd = random(seed);
	const all = readings(random(seed + 1));
	let killed = 0;

	test('does not keep it from its work', async () => {
		const run = { over: false };
		const hurry = (async () => {
			while (!run.over) {
				signal_worker('SIGUSR1');
				await sleep(150 + rnd() * 200);
			}
		})();
		const sending = deliver(plants[1].key, all, random(seed + 2));

		while (killed < KILLS) {
			await sleep(20 + rnd() * 130);
			const children = worker_children();

			if (children.length === 0)
				continue;
			try {
				process.kill(children[Math.floor(rnd() * children.length)].pid,
					'SIGKILL');
				killed++;
			} catch (e) {
				assert.equal(e.code, 'ESRCH');
			}
		}
		await sending;
		run.over = true;
		await hurry;
		await settle(plants[1].plant);
		await plants[1].plant.balances();
	});

	test('and what it has done is what it does undisturbed', async () => {
		await deliver(plants[0].key, all, random(seed + 2));
		await settle(plants[0].plant);
		await plants[0].plant.balances();
		const hard = await state(plants[1]);

		assert.deepEqual(hard.chunks.map((c) => c.n), [12000, 12000, 12000]);
		assert.deepEqual(hard, await state(plants[0]));
		assert.equal(await sql('super', `SELECT count(*) FROM flux.quarantine
			 WHERE tenant_id IN (${plants.map((p) => p.plant.id)})`), '0');
	});

	test('reading by reading', async () => {
		const [calm, hard] = await Promise.all(plants.map(({ key }) =>
			telemetry(key, 'D', { from: first, to: first + DAY })));
		const flat = (list) => list.map((r) =>
			`${r.sensor} ${r.timestamp} ${r.value} ${r.revision ?? 0}`).sort();

		assert.equal(hard.length, 3 * 12000);
		assert.deepEqual(flat(hard), flat(calm));
	});
});
