// Recordings of a real plant, sent as posts and served as registers: what is
// read back has the count, least, greatest and mean of what was recorded.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync,
	writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import zlib from 'node:zlib';
import { corpora, ctl, flux_var, waitFor } from '../lib/flux.mjs';
import { Plant, post, random, shuffled, telemetry } from '../lib/plant.mjs';

const PROFILE = 'fluxline-float64x8';
const COLUMNS = ['Accelerometer1RMS', 'Accelerometer2RMS', 'Current', 'Pressure',
	'Temperature', 'Thermocouple', 'Voltage', 'Volume Flow RateRMS'];
const CHANNELS = COLUMNS.map((_, i) => `ch${i}`);
const skip = corpora === null && 'no corpora';
const folder = mkdtempSync(path.join(os.tmpdir(), 'fluxrecording.'));

after(() => rmSync(folder, { recursive: true }));

// { columns, rows: [{ ts, values }] } of a file; its times are naive: UTC.
function recording(file) {
	const bytes = readFileSync(file);
	const [head, ...lines] = (file.endsWith('.gz') ? zlib.gunzipSync(bytes) : bytes)
		.toString().trim().split('\n').map((line) => line.split(';'));
	const at = COLUMNS.map((name) => head.indexOf(name));

	assert.ok(!at.includes(-1), file);
	return lines.map((f) => ({ ts: `${f[0].replace(' ', 'T')}Z`,
		values: Object.fromEntries(at.map((i, k) => [CHANNELS[k], Number(f[i])])) }));
}

// A small plant of our own, for who has no recordings.
function generate(file, n) {
	const rnd = random(n);
	const lines = Array.from({ length: n }, (_, i) =>
		[new Date(Date.UTC(2024, 1, 29, 23, 58) + i * 1000).toISOString()
			.slice(0, 19).replace('T', ' '),
		...COLUMNS.map((_c, k) => (Math.sin(i / (5 + k)) * 10 ** (k - 3) +
			rnd() * 1e-3 + (k === 7 && i % 9 === 0 ? 1e-300 : 0)))].join(';'));

	writeFileSync(file, `datetime;${COLUMNS.join(';')}\n${lines.join('\n')}\n`);
}

function aggregate(values) {
	return { count: values.length, min: Math.min(...values),
		max: Math.max(...values),
		mean: values.reduce((a, b) => a + b, 0) / values.length };
}

// What a recording has, channel by channel, by the published table if there
// is one and by the file itself otherwise.
function reference(file, rows) {
	const own = Object.fromEntries(CHANNELS.map((ch) =>
		[ch, aggregate(rows.map((r) => r.values[ch]))]));

	if (skip || !file.startsWith(corpora))
		return own;
	const name = path.relative(corpora, file);
	const table = readFileSync(path.join(corpora, 'reference_aggregates.csv'),
		'utf8').split('\n').map((line) => line.split(','))
		.filter((f) => f[0] === name);

	return Object.fromEntries(COLUMNS.map((column, i) => {
		const [, , count, min, max, mean] = table.find((f) => f[1] === column)
			.map(Number);

		assert.equal(own[CHANNELS[i]].count, count, 'the file is the published one');
		return [CHANNELS[i], { count, min, max, mean }];
	}));
}

async function read_back(key, device, span) {
	const found = (await telemetry(key, device, span))
		.filter((r) => r.value !== null);

	return Object.fromEntries(CHANNELS.map((ch) => [ch,
		aggregate(found.filter((r) => r.sensor === ch).map((r) => r.value))]));
}

function equal(got, want, what) {
	for (const ch of CHANNELS) {
		for (const name of ['count', 'min', 'max'])
			assert.equal(got[ch][name], want[ch][name], `${what} ${ch} ${name}`);
		assert.ok(Math.abs(got[ch].mean - want[ch].mean) <=
			1e-9 * Math.abs(want[ch].mean), `${what} ${ch} mean`);
	}
}

// n parts of a list, of very different sizes.
function parts(list, n, rnd) {
	const cuts = [...new Set(Array.from({ length: n - 1 },
		() => 1 + Math.floor(rnd() ** 2 * (list.length - 1))))]
		.sort((a, b) => a - b);

	return [0, ...cuts].map((from, i) => list.slice(from, cuts[i]));
}

async function as_posts(plant, key, device, file) {
	const rows = recording(file);
	const want = reference(file, rows);
	const rnd = random(rows.length);
	const all = rows.map((r) => ({ device, ...r }));
	const size = rows.length * CHANNELS.length;
	const send = async (list, n) => {
		for (const readings of parts(list, n, rnd)) {
			const answer = await post(key, zlib.gzipSync(
				JSON.stringify({ readings })),
			{ headers: { 'Content-Encoding': 'gzip' } });

			assert.equal(answer.status, 202, answer.body);
			assert.deepEqual(answer.json().rejected, []);
		}
	};
	const rounds = [['in order', all, 4], ['twice', all, 4],
		['shuffled', shuffled(all, rnd), 4],
		['in 37 uneven batches', shuffled(all, rnd), 37]];
	const before = await plant.ledger();

	for (const [i, [what, list, n]] of rounds.entries()) {
		await send(list, n);
		equal(await read_back(key, device), want, what);
		await plant.balances();
		equal(await read_back(key, device), want, `${what}, derived`);
		const now = await plant.ledger();

		assert.equal(now.stored - before.stored, size, what);
		assert.equal(now.duplicate - before.duplicate, i * size, what);
	}
}

const files = skip ? [] : Array.from({ length: 8 },
	(_, i) => path.join(corpora, `skab/valve1-${i}.csv.gz`));
const own = path.join(folder, 'own.csv');

before(() => generate(own, 240));

describe('sent as posts', () => {
	let plant, key;

	before(async () => {
		plant = await Plant.make('Recordings');
		await plant.gateway('GW');
		key = await plant.key('GW');
	});

	const run = async (name, file) => {
		await plant.device(name, PROFILE, '--gateway', 'GW');
		await as_posts(plant, key, name, file);
	};

	test('a recording of our own comes back whole, and once', () =>
		run('OWN', own));
	for (let i = 0; i < 8; i++)
		test(`valve1-${i} comes back as published, and once`, { skip }, () =>
			run(`VALVE-${i}`, files[i]));
});

// A simulator that plays these files, a unit each.
async function simulator(list) {
	const told = path.join(folder, 'listens');
	const scenario = path.join(folder, 'scenario.json');
	const conf = path.join(folder, 'simulator.conf');

	rmSync(told, { force: true });
	writeFileSync(scenario, JSON.stringify({ port: 0, listen_file: told,
		units: list.map((file, i) => ({ unit: i + 1, profile: PROFILE,
			recording: file, columns: COLUMNS })) }));
	writeFileSync(conf, `scenario = ${scenario}\n` +
		`profiles = ${path.join(flux_var, 'app/profiles')}\n`);
	const child = spawn(path.join(flux_var, 'app/bin/fluxline-simulator'), [conf],
		{ stdio: ['ignore', 'ignore', 'inherit'] });

	await waitFor(() => child.exitCode !== null ||
		(existsSync(told) && readFileSync(told, 'utf8').includes(':')), 10000);
	assert.equal(child.exitCode, null, 'the simulator plays');
	return { child, address: readFileSync(told, 'utf8').trim() };
}

// The first channel as it is shown, or nothing when the caller hangs up.
async function first_of(address, stays = true) {
	const [host, port] = address.split(':');
	const socket = net.connect(Number(port), host);

	await once(socket, 'connect');
	await new Promise((done) => { socket.write(Buffer.from([0, 1, 0, 0, 0, 6,
		1, 3, 0, 0, 0, 4 * CHANNELS.length]), done); });
	if (!stays) {
		socket.destroy();
		await once(socket, 'close');
		return undefined;
	}
	const [answer] = await once(socket, 'data');

	socket.end();
	return answer.readDoubleBE(9);
}

describe('a row that was shown', () => {
	let child, address;

	before(async () => ({ child, address } = await simulator([own])));
	after(() => child?.kill('SIGKILL'));

	test('is shown again when whoever asked had gone before', async () => {
		const rows = recording(own).map((r) => r.values.ch0);

		assert.equal(await first_of(address), rows[0]);
		child.kill('SIGSTOP');
		await first_of(address, false);
		child.kill('SIGCONT');
		assert.equal(await first_of(address), rows[1]);
		assert.equal(await first_of(address), rows[2]);
	});
});

describe('served as registers and polled', () => {
	const list = [own, ...files];
	const unit = (i) => `UNIT-${i + 1}`;
	let plant, key, child;

	before(async () => {
		const played = await simulator(list);

		child = played.child;
		plant = await Plant.make('Registers');
		await ctl('poller', plant.name);
		for (const i of list.keys())
			await plant.device(unit(i), PROFILE, '--simulated', '--poll-ms', '10',
				'--modbus', `tcp:${played.address}:${i + 1}`);
		key = await plant.key(unit(0), 'view');
	});

	after(() => child?.kill('SIGTERM'));

	const run = async (i) => {
		const rows = recording(list[i]);
		const count = async () => (await telemetry(key, unit(i),
			{ sensor: 'ch7' })).filter((r) => r.value !== null).length;

		await waitFor(async () => await count() >= rows.length, 90000, 250);
		equal(await read_back(key, unit(i), {}), reference(list[i], rows),
			path.basename(list[i]));
	};

	test('a recording of our own comes back whole, and once', () => run(0));
	for (let i = 0; i < 8; i++)
		test(`valve1-${i} comes back as published, and once`, { skip }, () =>
			run(i + 1));

	test('nothing came twice into the ledger', async () => {
		await plant.balances();
		assert.equal((await plant.ledger()).duplicate, 0);
	});
});
