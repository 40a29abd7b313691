// A command meets a fault at each of its steps: the line breaks or a reply is
// lost before the interlock is read, before and after the write reaches the
// device, and at reading back; or the poller is killed there.  What is said of
// it in the end never goes beyond what is known, and is what the device holds.
// Mostly waits.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { children } from '../lib/children.mjs';
import { ctl, http, sql, waitFor } from '../lib/flux.mjs';
import { Plant, get } from '../lib/plant.mjs';
import { app, Programs } from '../lib/simulator.mjs';

const URL = '/api/v1/commands';
const OLD = 100; // the register of position, in tenths
const NEW = 500;
const TIME_S = 30;
const SILENT_MS = 5000; // a device's time to answer
const folder = mkdtempSync(path.join(os.tmpdir(), 'fluxfault.'));
const programs = new Programs(folder);
const ways = [];

let plant, key, slaves;

// Which request of a command it is; polls ask for more registers at once.
const stepOf = (frame) => frame[7] === 6 ? 'put'
	: frame[7] === 3 && frame.readUInt16BE(10) === 1
		? ['back', 'look'][frame.readUInt16BE(8)] : undefined;

// Frames as they are whole; each begins with its length at byte 4.
const framed = (take) => {
	let rest = Buffer.alloc(0);

	return (part) => {
		rest = Buffer.concat([rest, part]);
		while (rest.length > 6 && rest.length >= 6 + rest.readUInt16BE(4)) {
			const frame = rest.subarray(0, 6 + rest.readUInt16BE(4));

			rest = rest.subarray(frame.length);
			take(frame);
		}
	};
};

// The way from the poller to one device, with a fault at a step.
class Way {
	constructor(fault) {
		this.fault = { times: 1, ...fault };
		this.puts = 0; // that reached the device
		this.server = net.createServer((near) => this.join(near));
		ways.push(this);
	}

	async open() {
		await new Promise((done) => this.server.listen(0, '127.0.0.1', done));
		return this.server.address().port;
	}

	join(near) {
		near.on('error', () => {});
		if (this.away)
			return near.destroy();
		const far = net.connect(slaves, '127.0.0.1');
		let lost = 0; // replies that do not arrive

		far.on('error', () => {});
		near.on('close', () => far.destroy());
		far.on('close', () => near.destroy());
		near.on('data', framed((frame) => {
			const does = this.happens(stepOf(frame));

			if (does && !this.fault.after)
				return does(near);
			if (stepOf(frame) === 'put')
				this.puts++;
			if (does)
				lost = does;
			far.write(frame);
		}));
		far.on('data', framed((frame) => {
			const does = lost;

			lost = 0;
			if (does)
				does(near);
			else
				near.write(frame);
		}));
	}

	happens(step) {
		const { fault } = this;

		if (step !== fault.at || fault.times-- <= 0)
			return undefined;
		return (near) => {
			this.away = fault.away;
			if (fault.does === 'break')
				near.destroy();
			if (fault.does === 'kill')
				for (const pid of children('fluxline-poller'))
					process.kill(Number(pid), 'SIGKILL');
		};
	}
}

const byHand = (unit, code, ...numbers) => new Promise((resolve, reject) => {
	const frame = Buffer.alloc(8 + 2 * numbers.length);
	const socket = net.connect(slaves, '127.0.0.1', () => socket.write(frame));

	frame.writeUInt16BE(2 + 2 * numbers.length, 4);
	frame.set([unit, code], 6);
	numbers.forEach((n, i) => frame.writeUInt16BE(n, 8 + 2 * i));
	socket.once('data', (got) => {
		socket.destroy();
		resolve(got.subarray(7));
	});
	socket.once('error', reject);
});

const load = async (id) => (await get(key, `${URL}/${id}`)).json();
// All ask at once, and each of a tenant waits for the trail's other entries: who
// is told to come again comes again.
async function send(url, body) {
	let answer;

	await waitFor(async () => (answer = await http('POST', url, {
		headers: { 'X-API-Key': key, 'Content-Type': 'application/json' },
		body: JSON.stringify(body) })).status !== 503);
	return answer;
}

async function command(device) {
	const asked = await send(URL, { device, point: 'position', value: NEW / 10,
		expires_in_s: TIME_S });

	assert.equal(asked.status, 202, asked.body);
	const { id } = asked.json();

	assert.equal((await send(`${URL}/${id}/confirm`)).status, 200);
	return id;
}

// What may be said, whatever happened.
function isHonest(said, way, holds) {
	if (said.state === 'verified')
		assert.deepEqual([holds, said.read_back], [NEW, NEW / 10]);
	if (said.acknowledged_at !== null)
		assert.ok(way.puts > 0, 'it was acknowledged and never arrived');
	if (/It was not written/.test(said.why ?? ''))
		assert.equal(way.puts, 0);
	assert.ok(way.puts <= 1, 'it was written twice');
}

const BACK_OLD = /^Nobody acknowledged it, and it was read back as 10\.$/;
const LOCKED = /^Interlock: remote cannot be read/;
const faults = {
	'the line breaks before the interlock is read':
		[{ at: 'look', does: 'break' }, 'failed', LOCKED, OLD],
	'the interlock is read and the reply lost':
		[{ at: 'look', does: 'mute', after: true }, 'failed', LOCKED, OLD],
	'the line breaks before the write reaches the device':
		[{ at: 'put', does: 'break' }, 'failed', BACK_OLD, OLD],
	'the write is lost': [{ at: 'put', does: 'mute' }, 'failed', BACK_OLD, OLD],
	'the line breaks when the device has written':
		[{ at: 'put', does: 'break', after: true }, 'verified', null, NEW],
	'the reply to the write is lost':
		[{ at: 'put', does: 'mute', after: true }, 'verified', null, NEW],
	'the line breaks at the write and is away':
		[{ at: 'put', does: 'break', after: true, away: true }, 'failed',
			/^Nobody knows whether it was written/, NEW],
	'the line breaks before it is read back':
		[{ at: 'back', does: 'break', times: 2 }, 'verified', null, NEW],
	'what was read back is lost':
		[{ at: 'back', does: 'mute', after: true }, 'verified', null, NEW],
	'the line breaks before it is read back and is away':
		[{ at: 'back', does: 'break', away: true }, 'failed',
			/^The device took it, and reading back failed/, NEW],
};
const kills = {
	'before the interlock is read': [{ at: 'look' }, OLD],
	'before the write reaches the device': [{ at: 'put' }, OLD],
	'when the device has written': [{ at: 'put', after: true }, NEW],
	'when it is read back': [{ at: 'back', after: true }, NEW],
};
const cases = [...Object.values(faults).map(([fault]) => fault),
	...Object.values(kills).map(([fault]) => ({ ...fault, does: 'kill' }))];

const position = async (i) =>
	(await byHand(i + 1, 3, 0, 1)).readUInt16BE(2);

before(async () => {
	cpSync(path.join(app, 'profiles'), path.join(folder, 'profiles'),
		{ recursive: true });
	slaves = await programs.simulate(cases.map((_, i) =>
		({ unit: i + 1, profile: 'fluxline-valve' })), { hold_s: 600 });
	plant = await Plant.make('Faults');
	await ctl('poller', plant.name);
	const profile = programs.patient('fluxline-valve', SILENT_MS);

	await Promise.all(cases.map(async (fault, i) => {
		await plant.device(`V${i}`, profile, '--simulated', '--modbus',
			`tcp:127.0.0.1:${await new Way(fault).open()}:${i + 1}`);
		await byHand(i + 1, 6, 0, OLD);
		await byHand(i + 1, 6, 1, 1);
	}));
	key = await plant.key('V0', 'view,commands:send');
	await heard();
});

// Every device is being polled.
async function heard() {
	assert.ok(await waitFor(async () => await sql('super', `SELECT count(*)
		FROM flux.latest WHERE tenant_id = ${plant.id}`) ===
		String(cases.length), 60000), 'all devices are polled');
}

after(async () => {
	for (const way of ways)
		way.server.close();
	await programs.end();
	rmSync(folder, { recursive: true });
});

describe('the poller is killed', () => {
	for (const [i, [name, [, holds]]] of Object.entries(kills).entries())
		test(name, async () => {
			const place = Object.keys(faults).length + i;
			const way = ways[place];
			const killed = children('fluxline-poller');
			const id = await command(`V${place}`);

			assert.ok(await waitFor(() =>
				children('fluxline-poller').some((p) => !killed.includes(p)),
			30000, 20), 'another one is started');
			const waiting = await load(id);

			assert.ok(['sent', 'acknowledged'].includes(waiting.state),
				waiting.state);
			isHonest(waiting, way, await position(place));
			await sql('super', `UPDATE flux.command
				SET expires_at = now() - interval '61 s'
				WHERE tenant_id = ${plant.id} AND command_id = ${id}`);
			const said = await load(id);

			assert.equal(said.state, 'failed');
			assert.equal(await position(place), holds);
			isHonest(said, way, holds);
		});
});

describe('a fault', { concurrency: true }, () => {
	for (const [i, [name, [, state, why, holds]]] of
		Object.entries(faults).entries())
		test(name, async () => {
			const id = await command(`V${i}`);
			let said;

			assert.ok(await waitFor(async () => (said = await load(id))
				.ended_at !== null, 60000, 100), 'it ends');
			assert.equal(said.state, state, said.why ?? '');
			if (why)
				assert.match(said.why, why);
			assert.equal(await position(i), holds);
			isHonest(said, ways[i], holds);
		});
});
