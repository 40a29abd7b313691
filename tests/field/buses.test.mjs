// Servers and masters of others: pymodbus, modbus-serial and mbpoll, over TCP, a
// serial line and a serial line's frames over TCP; one server has holes, one
// gives sixteen registers at a time, and a sensor is read a hundred times a
// second.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync,
	rmSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ctl, http, waitFor } from '../lib/flux.mjs';
import { Plant, SEED, rows, telemetry } from '../lib/plant.mjs';
import { freePorts } from '../lib/ports.mjs';
import { Programs, app } from '../lib/simulator.mjs';

const PROFILE = 'fluxline-float64x8';
const clients = fileURLToPath(new URL('../clients', import.meta.url));
const folder = mkdtempSync('/tmp/fluxbuses.');
const programs = new Programs(folder);
const has = (program, ...args) => {
	try {
		execFileSync(program, args, { stdio: 'ignore' });
		return true;
	} catch {
		return false;
	}
};
const python = has('/usr/bin/python3', '-c',
	'import pymodbus.server, serial_asyncio') ? '/usr/bin/python3' : null;
const skip = (python === null || !has('socat', '-V')) &&
	'no pymodbus or no socat';

const listens = (port) => waitFor(() => new Promise((done) => {
	const socket = net.connect(port, '127.0.0.1',
		() => { socket.destroy(); done(true); });

	socket.on('error', () => done(false));
}), 10000, 50);

// Two ends of a pair of wires.
async function wires(name) {
	const ends = ['near', 'far'].map((x) => path.join(folder, name + x));

	programs.start('socat', ends.map((end) =>
		`PTY,link=${end},raw,echo=0,mode=666`));
	assert.ok(await waitFor(() => ends.every((end) => existsSync(end)), 5000,
		20));
	return ends;
}

const pymodbus = (...args) => programs.start(python,
	[path.join(clients, 'pymodbus_server.py'), ...args.map(String)]);

before(() => {
	chmodSync(folder, 0o755);
	cpSync(path.join(app, 'profiles'), path.join(folder, 'profiles'),
		{ recursive: true });
});

after(async () => {
	await programs.end();
	rmSync(folder, { recursive: true });
});

// Has a device tell each sample, and no windows.
async function singly(plant, device, id) {
	const own = JSON.parse(readFileSync(
		path.join(app, `profiles/${id}.json`), 'utf8'));
	const headers = { 'X-API-Key': await plant.key(device, 'devices:write') };

	own.version = 'singly';
	for (const point of own.points)
		delete point.window_s;
	for (const [query, body] of [['', JSON.stringify(own)],
		[`/apply?id=${id}&version=singly&device=${device}`, undefined]])
		assert.ok((await http('POST', `/api/v1/profiles${query}`,
			{ headers, body })).status < 300);
}

describe('servers of others', { skip }, () => {
	// What each of them has: the channels that cannot be read, and what the
	// poller learns of it.
	const units = {
		WHOLE: { lost: [], most: 0, holes: '' },
		HOLES: { lost: [2], most: 0, holes: 'holding register 8-11' },
		GAP: { lost: [2], most: 0, holes: 'holding register 8-11' },
		SERIAL: { lost: [], most: 0, holes: '' },
		LIMITED: { lost: [], most: 16, holes: '' },
	};
	let plant, key;

	const values = async (name) => {
		const last = {};

		for (const r of await telemetry(key, name, {}))
			if (r.value !== null)
				last[r.sensor] = r.value;
		return last;
	};
	const wanted = (lost) => Object.fromEntries(
		Array.from({ length: 8 }, (_, k) => k).filter((k) => !lost.includes(k))
			.map((k) => [`ch${k}`, k + 0.5]));
	const health = async (name) => (await rows(`SELECT * FROM flux.unit_health
		 WHERE tenant_id = ${plant.id}
		   AND device_id = ${await plant.deviceId(name)}`))[0];

	before(async () => {
		execFileSync(path.join(clients, 'install'));
		const [whole, holes, gap, limited] = await freePorts(4);
		const [near, far] = await wires('py');
		const fast = await programs.simulate([{ unit: 1,
			profile: 'sensor-vibration' }]);

		pymodbus('tcp', whole, 1, '-');
		pymodbus('tcp', holes, 2, '8,9,10,11');
		pymodbus('rtu_tcp', gap, 3, '8,9,10,11');
		pymodbus('rtu', far, 4, '-');
		programs.start(process.execPath, [path.join(clients, 'server.mjs')],
			{ PORT: limited, LIMIT: 16 });
		await Promise.all([whole, holes, gap, limited].map(listens));
		plant = await Plant.make('Buses');
		await ctl('poller', plant.name);
		const device = (name, where) => plant.device(name, PROFILE,
			'--poll-ms', '250', '--modbus', where);

		await device('WHOLE', `tcp:127.0.0.1:${whole}:1`);
		await device('HOLES', `tcp:127.0.0.1:${holes}:2`);
		await device('GAP', `rtu_tcp:127.0.0.1:${gap}:3`);
		await device('SERIAL', `rtu:${near}:9600-8E1:4`);
		await device('ODD', `rtu:${near}:19200:5`);
		await device('LIMITED', `tcp:localhost:${limited}:1`);
		await plant.device('FAST', 'sensor-vibration', '--modbus',
			`tcp:127.0.0.1:${fast}:1`);
		await singly(plant, 'FAST', 'sensor-vibration');
		key = await plant.key('WHOLE', 'view');
		await waitFor(async () =>
			(await telemetry(key, 'LIMITED', {})).length > 0, 20000, 200);
	});

	for (const [name, { lost, most, holes }] of Object.entries(units)) {
		test(`${name}: what can be read is read`, async () => {
			await waitFor(async () => Object.keys(await values(name)).length >=
				8 - lost.length, 8000, 200);
			assert.deepEqual(await values(name), wanted(lost));
		});

		test(`${name}: what it taught is told`, async () => {
			const said = await waitFor(async () => {
				const now = await health(name);

				return now?.answers > 0 && now.holes === holes && now;
			}, 8000, 200);

			assert.equal(said.most_words, most);
			assert.equal(said.offline, false);
		});
	}

	test('who wants a line otherwise than it is set is told so', async () => {
		const said = await waitFor(() => health('ODD'), 8000, 200);

		assert.equal(said.remark, 'The line is set to 9600 baud 8E1, ' +
			'this device wants 19200 baud 8N1.');
	});

	test('a sensor is read a hundred times a second, without drift',
		async () => {
			const between = [];

			// A busy machine misses some; those that come are on the beat,
			// unless most of them were late.
			while (between.length < 10 && between.at(-1) !== 10) {
				const from = Date.now();
				const fast = async () => (await telemetry(key, 'FAST',
					{ from, sensor: 'vibration' })).map((r) => r.timestamp);

				await waitFor(async () => (await fast()).length > 300, 0, 200);
				const times = (await fast()).sort((a, b) => a - b);
				const gaps = times.slice(1).map((t, i) => t - times[i])
					.sort((a, b) => a - b);
				const mean = (times.at(-1) - times[0]) / gaps.length;

				between.push(gaps[gaps.length >> 1]);
				assert.ok(mean > 9.9, `${mean} ms a sample`);
				// One that was late may share its millisecond with the next.
				assert.ok(new Set(times).size > 0.9 * times.length);
			}
			assert.equal(between.at(-1), 10, `${between} ms between two`);
		});

	test('the counters are for all, and name nobody', async () => {
		const answer = await http('GET', '/metrics');

		assert.match(answer.body,
			/^fluxline_modbus_requests_total\{result="answer"\} [1-9]/m);
		assert.ok(!answer.body.includes('Buses'));
	});
});

describe('mbpoll', { skip: skip || (!has('mbpoll', '-V') && 'no mbpoll') }, () => {
	const read = (...args) => execFileSync('mbpoll',
		['-1', '-q', '-0', '-t', '4', '-r', '10', '-c', '1', '-o', '10', ...args],
		{ encoding: 'utf8' });

	test('reads our simulator over TCP', async () => {
		const port = await programs.simulate([{ unit: 7, profile: SEED }]);

		assert.match(read('-m', 'tcp', '-a', '7', '-p', String(port),
			'127.0.0.1'), /\[10\]:\s+\d/);
	});

	test('and over a serial line', async () => {
		const [near, far] = await wires('mb');

		await programs.simulate([{ unit: 7, profile: SEED }], { rtu: far });
		assert.match(read('-m', 'rtu', '-a', '7', '-b', '9600', '-P', 'none',
			near), /\[10\]:\s+\d/);
	});
});

// Its own serial port is a module to be compiled; it says the same frames
// through a socket.
describe('modbus-serial', { skip }, () => {
	test('reads a serial line of our simulator', async () => {
		const [near, far] = await wires('ms');
		const [port] = await freePorts(1);

		execFileSync(path.join(clients, 'install'));
		await programs.simulate([{ unit: 7, profile: SEED }], { rtu: far });
		// The first who comes is served, and nobody else reads the line.
		programs.start('socat', [`TCP-LISTEN:${port},bind=127.0.0.1`,
			`${near},raw,echo=0`]);
		const said = execFileSync(process.execPath, ['--input-type=module', '-e', `
			import Modbus from 'modbus-serial';
			const master = new Modbus();
			for (let tries = 0; !master.isOpen && tries < 200; tries++)
				await master.connectTelnet('127.0.0.1', { port: ${port} })
					.catch(() => new Promise((done) => setTimeout(done, 50)));
			master.setID(7);
			master.setTimeout(10000);
			const { data } = await master.readHoldingRegisters(10, 1);
			console.log(JSON.stringify(data));
			master.close(() => process.exit(0));`],
		{ cwd: clients, encoding: 'utf8', timeout: 30000 });

		assert.equal(JSON.parse(said).length, 1);
	});
});
