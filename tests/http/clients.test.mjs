// Senders that others wrote, as npm has them, against this instance: what they
// send arrives.  tests/clients has them, with a lock file of their own.
import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync,
	writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { ctl, env, root, waitFor } from '../lib/flux.mjs';
import { Plant, telemetry } from '../lib/plant.mjs';
import { Programs, app } from '../lib/simulator.mjs';

const clients = path.join(root, 'tests/clients');
const folder = mkdtempSync('/tmp/fluxclients.');
const programs = new Programs(folder);
const secure = env.FLUX_TLS_URL;
const run = promisify(execFile);
let plant, key;

// A client's program with these settings, which trusts this instance.
function settings(more) {
	return { PATH: process.env.PATH, HOME: folder, KEY: key, URL: secure,
		CA: env.FLUX_CA, NODE_EXTRA_CA_CERTS: env.FLUX_CA, ...more };
}

async function client(name, more) {
	const { stdout } = await run(process.execPath,
		[path.join(clients, `${name}.mjs`)],
		{ cwd: clients, env: settings(more), timeout: 300000 });

	return stdout.trim() === '' ? null : JSON.parse(stdout);
}

const arrived = (device, n) => waitFor(async () => {
	const all = await telemetry(key, device, { from: 0 });

	return all.length >= n && all;
}, 20000, 100);

describe('clients that others wrote', () => {
	before(async () => {
		execFileSync(path.join(clients, 'install'), { stdio: 'inherit' });
		chmodSync(folder, 0o755);
		cpSync(path.join(app, 'profiles'), path.join(folder, 'profiles'),
			{ recursive: true });
		plant = await Plant.make('Clients');
		await plant.gateway('GW');
		key = await plant.key('GW');
	});

	after(async () => {
		await programs.end();
		rmSync(folder, { recursive: true, force: true });
	});

	describe('the clients of InfluxDB', () => {
		const first = Math.floor(Date.now() / 1000) * 1000 - 60000;
		const points = (device) => [0, 1, 2].map((i) => ({ device,
			field: 'flow_rate', time: first + i, value: 10.25 + i }));

		for (const [name, device] of [['influx2', 'I2'], ['influx1', 'I1']]) {
			test(`${name}: every point arrives, once`, async () => {
				const sent = points(device);

				await plant.device(device, undefined, '--gateway', 'GW');
				for (let times = 0; times < 2; times++) {
					const said = await client(name,
						{ POINTS: JSON.stringify(sent) });

					assert.ok(said === null || said.online, JSON.stringify(said));
				}
				const got = await arrived(device, sent.length);

				assert.deepEqual(got.map((r) => [r.sensor, r.timestamp, r.value])
					.sort((a, b) => a[1] - b[1]),
				sent.map((p) => [p.field, p.time, p.value]));
				await plant.balances();
			});
		}
	});

	test('Node-RED: what its flow injects arrives, over TLS', async () => {
		const home = path.join(folder, 'node-red');
		const flow = path.join(folder, 'flow.json');
		const text = readFileSync(path.join(clients, 'flow.json'), 'utf8')
			.replaceAll('$URL', secure).replaceAll('$KEY', key);

		mkdirSync(home);
		writeFileSync(flow, text);
		await plant.device('NR', undefined, '--gateway', 'GW');
		const red = spawn(process.execPath, [path.join(clients, 'node_red.mjs')],
			{ cwd: clients, env: settings({ FLOW: flow, HOME: home }),
				stdio: ['ignore', 'pipe', 'pipe'] });
		const closed = once(red, 'close'); // also when its flow is through
		let said = '';

		for (const from of [red.stdout, red.stderr])
			from.on('data', (part) => { said += part; });
		try {
			const got = await arrived('NR', 2)
				.catch((e) => assert.fail(`${e.message}\n${said}`));

			assert.ok(got.some((r) => r.sensor === 'flow_rate' &&
				r.value === 118.45));
			assert.ok(got.some((r) => r.sensor === 'temperature' &&
				r.value === 12.5));
			assert.doesNotMatch(said, /error/i);
		} finally {
			red.kill();
			await closed;
		}
	});

	describe('modbus-serial: words that a gateway did not decode', () => {
		// The vector that the profile itself has.
		const vector = JSON.parse(readFileSync(
			path.join(root, 'profiles/pump-station.json'), 'utf8')).tests[0];
		const words = vector.holding[100];
		let port;

		before(async () => {
			port = await programs.simulate([{ unit: 5, profile: 'pump-station' }],
				{ hold_s: 600 });
			await ctl('poller', plant.name);
			await plant.device('RAW', 'pump-station', '--gateway', 'GW');
			await plant.device('POLLED', 'pump-station', '--poll-ms', '500',
				'--modbus', `tcp:127.0.0.1:${port}:5`);
		});

		test('give what the poller gives', async () => {
			const said = await client('modbus', { PORT: String(port), UNIT: '5',
				SERVER: 'RAW', URL: `${secure}/api/v1/ingest`,
				WRITE: JSON.stringify([[100, words]]),
				REGISTERS: JSON.stringify([[100, words.length]]) });

			assert.equal(said.status, 202, JSON.stringify(said));
			assert.deepEqual(said.reply.rejected, []);
			const raw = await arrived('RAW', 6);
			const values = (all) => Object.fromEntries(all.map((r) =>
				[r.sensor, r.value]));

			assert.deepEqual(values(raw), { ...vector.expect, running: 1 });
			const polled = await waitFor(async () => {
				const all = (await telemetry(key, 'POLLED', { from: 0 }))
					.filter((r) => r.sensor === 'pressure' && r.value === 4.25);

				return all.length > 0 && (await telemetry(key, 'POLLED',
					{ from: all.at(-1).timestamp, to: all.at(-1).timestamp + 1 }));
			}, 30000, 250);

			assert.deepEqual(values(polled), values(raw));
		});
	});
});
