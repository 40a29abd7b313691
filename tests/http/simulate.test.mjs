// Devices that nobody has: fluxctl makes them, the simulator plays them over
// Modbus or posts for them, and what comes of it says that it is simulated.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ctl, env, sql, waitFor } from '../lib/flux.mjs';
import { Plant, get } from '../lib/plant.mjs';
import { Programs, app } from '../lib/simulator.mjs';

const folder = mkdtempSync('/tmp/fluxsimulate.');
const programs = new Programs(folder);
let plant;

const latest = async (key, device) =>
	(await get(key, `/api/v1/telemetry/latest?device=${device}`));
const said = () => programs.all.at(-1).said;

// A gateway of that shape which posts for a device with its key.
function poster(device, key, shape) {
	const key_file = path.join(folder, `${device}.key`);

	writeFileSync(key_file, `${key}\n`, { mode: 0o600 });
	return { url: `${env.FLUX_URL}/api/v1/ingest`, key_file, shape,
		period_s: 1, devices: [{ device, profile: 'robot', seed: 4 }] };
}

before(async () => {
	cpSync(path.join(app, 'profiles'), path.join(folder, 'profiles'),
		{ recursive: true });
	plant = await Plant.make('Simulate');
});

after(async () => {
	await programs.end();
	rmSync(folder, { recursive: true });
});

test('fluxctl makes simulated devices and their scenario', async () => {
	const made = await ctl('simulate', plant.name, 'HALL', 'BOT', 'robot', '3',
		'127.0.0.1:15020');
	const scenario = JSON.parse(made);

	assert.deepEqual(scenario, { listen: '127.0.0.1', port: 15020,
		units: [{ unit: 1, count: 3, profile: 'robot' }] });
	assert.equal(await sql('super', `SELECT string_agg(key || ' ' || simulated
		|| ' ' || modbus_unit, ', ' ORDER BY key) FROM flux.device
		WHERE tenant_id = ${plant.id}`), 'BOT-1 true 1, BOT-2 true 2, BOT-3 true 3');
	assert.equal(await sql('super', `SELECT count(*) FROM flux.audit
		WHERE tenant_id = ${plant.id} AND act = 'device.make'`), '3');

	const port = await programs.simulate(scenario.units);
	const socket = net.connect(port, '127.0.0.1');
	let got = Buffer.alloc(0);

	socket.on('data', (part) => { got = Buffer.concat([got, part]); });
	for (const unit of [1, 2, 3])
		socket.write(Buffer.from([0, unit, 0, 0, 0, 6, unit, 3, 0, 0, 0, 9]));
	assert.ok(await waitFor(() => got.length === 3 * 27, 5000, 10));
	socket.destroy();
	for (const words of [['BOT', '', '1', '127.0.0.1:1'],
		['BOT', 'robot', '0', '127.0.0.1:1'],
		['BOT', 'robot', '248', '127.0.0.1:1'],
		['BOT', 'robot', '1', '127.0.0.1'],
		['BOT', 'robot', '1', '127.0.0.1:70000']])
		await assert.rejects(ctl('simulate', plant.name, 'HALL', ...words));
});

describe('a gateway that posts', () => {
	for (const shape of ['native', 'rutos']) {
		test(`${shape}: its readings arrive, and are simulated`, async () => {
			const device = await plant.device(`POST-${shape}`, 'robot',
				'--simulated');
			const key = await plant.key(device);

			await programs.simulate([], { count: 0,
				gateways: [poster(device, key, shape)] });
			assert.ok(await waitFor(async () =>
				(await latest(key, device)).body.includes('energy'), 15000,
			200), said());
			const answer = await latest(key, device);

			assert.equal(answer.headers['x-data-source'], 'simulation');
			assert.equal(said().includes('status='), false, said());
			assert.equal(said().includes(key), false);
			assert.equal(await sql('super', `SELECT count(*) FROM
				flux.dead_letter WHERE tenant_id = ${plant.id}`), '0');
		});
	}

	test('a real device takes nothing from it', async () => {
		const device = await plant.device('REAL', 'robot');
		const key = await plant.key(device);

		await programs.simulate([], { count: 0,
			gateways: [poster(device, key, 'native')] });
		assert.ok(await waitFor(() => said().includes('status=403'), 10000, 50),
			said());
		assert.equal(await sql('super', `SELECT count(*) FROM flux.ingest_batch
			WHERE tenant_id = ${plant.id} AND source_id = (SELECT device_id
			FROM flux.device WHERE tenant_id = ${plant.id} AND key = 'REAL')`),
		'0');
	});
});
