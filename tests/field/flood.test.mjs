// One tenant sends as much as it can: the others do not wait for it.
// Runs alone: it times how long they wait.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../lib/flux.mjs';
import { Plant, latest, post } from '../lib/plant.mjs';

const SENSORS = ['flow_rate', 'volume_total', 'temperature'];
const DAY = 864e5;
const first = Math.floor(Date.now() / DAY) * DAY - 2 * DAY;
const plants = [];

before(async () => {
	for (const word of ['Flood', 'Quiet']) {
		const plant = await Plant.make(word);

		await plant.gateway('GW');
		await plant.device('D', undefined, '--gateway', 'GW');
		plants.push({ plant, key: await plant.key('GW') });
	}
});

describe('one tenant floods, another sends now and then', () => {
	test('the other does not wait', async () => {
		const [flood, quiet] = plants;
		const run = { over: false };
		let n = 0;
		// How long it takes until what was sent is seen.
		const seen = async () => {
			const ts = first + DAY + n * 1000;

			await post(quiet.key, { device: 'D', sensor: 'flow_rate', ts,
				value: n++ });
			const began = performance.now();

			await waitFor(async () => (await latest(quiet.key, 'D'))
				.flow_rate?.time === new Date(ts).toISOString(), 0, 1);
			return performance.now() - began;
		};
		const waits_of = async (many) => {
			const waits = [];

			while (waits.length < many) {
				waits.push(await seen());
				await sleep(50);
			}
			return waits.sort((a, b) => a - b);
		};
		const alone = await waits_of(10);
		const body = (n) => ({ readings: Array.from({ length: 1000 },
			(_, i) => ({ device: 'D', sensor: SENSORS[i % 3], value: i % 90,
				ts: first + DAY + n * 1e6 + i * 1000 })) });
		let sent = 0;
		const floods = [0, 1, 2].map(async () => {
			while (!run.over)
				await post(flood.key, body(sent++));
		});
		const waits = await waits_of(40);

		run.over = true;
		await Promise.all(floods);
		console.log(`  beside ${sent} floods of 1,000: seen after ` +
			`${waits[20].toFixed(0)} ms (median), ` +
			`${waits[37].toFixed(0)} ms (p95), alone ` +
			`${alone[5].toFixed(0)} ms`);
		// What else the machine does only adds, and not always; a slow disk
		// adds to either.
		assert.ok(waits[10] < 100 + 2 * alone[5], `${waits[10]} ms`);
		assert.ok(waits[30] < 500 + 2 * alone[8], `${waits[30]} ms`);
	});
});
