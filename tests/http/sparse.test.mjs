// What is not packed yet lies in rows that hold many sensors, and reach from
// the first reading of any to the last: a sensor that said little in decades
// is read in a few steps all the same.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { flux_var, sql, waitFor } from '../lib/flux.mjs';
import { Plant, get, post } from '../lib/plant.mjs';
import { unpacked } from '../lib/worker.mjs';

const SPAN = 'from=1990-01-01T00:00:00Z&to=2030-01-01T00:00:00Z';
const STEPS = 20; // there are 450 windows of 32 days
const log = path.join(flux_var, 'log/postgres.log');
let plant, key;

before(async () => {
	plant = await Plant.make('Sparse');
	await plant.gateway('GW');
	key = await plant.key('GW');
	for (const name of ['OLD', 'SELDOM'])
		await plant.device(name, 'fluxline-float64x8', '--gateway', 'GW');
});

async function setting(to) {
	await sql('super', `ALTER SYSTEM ${to}`);
	await sql('super', 'SELECT pg_reload_conf()');
}

// What fn comes to, and how many statements the API had for it; again until
// it has heard that they are to be logged.
async function counted(fn) {
	await setting("SET log_statement = 'all'");
	try {
		return await waitFor(async () => {
			const from = readFileSync(log).length;
			const got = await fn();
			const said = readFileSync(log).subarray(from).toString()
				.match(/ fl_api LOG: {2}execute store_/g);

			return said && [got, said.length];
		});
	} finally {
		await setting('RESET log_statement');
	}
}

test('decades with three readings are read in a few steps', async () => {
	const values = { ch1: 1 };
	const times = ['1995-05-05', '2004-02-29', '2019-09-09'];

	await unpacked(plant, async () => {
		assert.equal((await post(key, { readings: [
			...['1990-01-01', '2026-01-01'].map((day) =>
				({ device: 'OLD', ts: `${day}T00:00:00Z`, values })),
			...times.map((day) => ({ device: 'SELDOM',
				ts: `${day}T00:00:00Z`, values }))] })).status, 202);
		await plant.derived();
		for (const [what, of] of [
			['/statistics?', (a) => a.sensors.find((s) => s.sensor === 'ch1').count],
			['?sensor=ch1&', (a) => a.readings.length],
			['?sensor=ch1&order=desc&', (a) => a.readings.length],
		]) {
			const [answer, steps] = await counted(() =>
				get(key, `/api/v1/telemetry${what}device=SELDOM&${SPAN}`));

			assert.equal(answer.status, 200, answer.body);
			assert.equal(of(answer.json()), times.length, what);
			assert.ok(steps < STEPS, `${steps} for ${what}`);
		}
	});
});
