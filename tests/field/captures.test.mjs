// Recorded Modbus: every frame of a capture says what another decoder made of
// it, our poller reads the same from the answers, and nothing from all those
// that are no answer to what it asked.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { EXCEPTIONS, NAMES, decode, packets } from '../lib/captures.mjs';
import { corpora, ctl, waitFor } from '../lib/flux.mjs';
import { Plant, rows, telemetry } from '../lib/plant.mjs';
import { app } from '../lib/simulator.mjs';

const EXAMPLE = 'icsnpp_modbus_example.pcap';
const BAD = ['modbus_test_data_part1.pcap', 'modbus_test_data_part2.pcap',
	'fuzz-72.pcap', 'modbusSmall.pcap', EXAMPLE];
const COUNT = 8;    // registers that the poller asks for at once
const HOLDING = 3;
const UNIT = 7;
const LATE_MS = 1500;
const skip = corpora === null && 'no corpora';

// ---- another decoder's logs ----

// The rows of a log of the corpus, each an object of texts.
function log(name) {
	const lines = readFileSync(path.join(corpora, 'modbus_pcap',
		`icsnpp_expected_modbus_${name}.log`), 'utf8').split('\n');
	const fields = lines.find((l) => l.startsWith('#fields')).split('\t').slice(1);

	return lines.filter((l) => l !== '' && !l.startsWith('#')).map((l) =>
		Object.fromEntries(l.split('\t').map((v, i) => [fields[i], v])));
}

// [{ asked, answer }] of a capture in which each question is answered.
function exchanges(name) {
	const all = [];

	for (const packet of packets(name).filter((p) => p.data.length > 0))
		if (packet.asks)
			all.push({ asked: decode(packet) });
		else
			all.at(-1).answer = decode(packet, all.at(-1).asked);
	return all;
}

const text = (v) => (v === undefined ? '-' : String(v));
const of = (row, ...names) => names.map((n) => row[n]);

describe('a capture of seventeen functions', { skip }, () => {
	test('has a hundred packets', () => {
		const all = packets(EXAMPLE);
		const functions = new Set(all.filter((p) => p.data.length > 0)
			.map((p) => p.data[7] & 127));

		assert.equal(all.length, 100);
		assert.equal(functions.size, 17);
		assert.deepEqual([...functions].filter((f) => NAMES[f] === undefined), []);
	});

	test('every frame: function, address, quantity, values, exception', () => {
		// What is not understood is logged once a frame, else once for both.
		const mine = exchanges(EXAMPLE).flatMap(({ asked, answer }) => {
			assert.equal(answer.tid, asked.tid);
			assert.equal(answer.unit, asked.unit);
			assert.equal(answer.f, asked.f);
			const row = [asked.tid, asked.unit, NAMES[asked.f],
				...(asked.f === 23 ? ['-', '-', '-', '-']
					: [text(asked.address), text(asked.quantity ?? answer.quantity),
						text(asked.values), text(answer.values)]),
				text(asked.sub), text(answer.sub),
				text(EXCEPTIONS[answer.exception]), text(asked.mei)].map(String);

			return [7, 17].includes(asked.f) ? [row, row] : [row];
		});
		const theirs = log('detailed').map((r) => of(r, 'tid', 'unit', 'func',
			'address', 'quantity', 'request_values', 'response_values',
			'request_subfunction_code', 'response_subfunction_code',
			'exception_code', 'mei_type'));

		assert.deepEqual(mine, theirs);
	});

	test('both masks of every masked write', () => {
		const mine = exchanges(EXAMPLE).filter(({ asked }) => asked.f === 22)
			.flatMap(({ asked, answer }) => [[asked, 'REQUEST'], [answer, 'RESPONSE']])
			.map(([m, what]) => [m.tid, m.unit, what, m.address, m.and, m.or]
				.map(String));

		assert.deepEqual(mine, log('mask_write_register').map((r) => of(r, 'tid',
			'unit', 'request_response', 'address', 'and_mask', 'or_mask')));
	});

	test('both halves of every write that reads', () => {
		const mine = exchanges(EXAMPLE).filter(({ asked }) => asked.f === 23)
			.flatMap(({ asked, answer }) => [
				[asked.tid, 'REQUEST', asked.write_at, asked.values,
					asked.read.address, asked.read.quantity, '-'],
				[answer.tid, 'RESPONSE', '-', '-', '-', '-', answer.values]]
				.map((r) => r.map(String)));

		assert.deepEqual(mine, log('read_write_multiple_registers').map((r) =>
			of(r, 'tid', 'request_response', 'write_start_address',
				'write_registers', 'read_start_address', 'read_quantity',
				'read_registers')));
	});
});

// ---- our poller, and a slave that plays what was captured ----

// A slave at a port of its own.  reply(asked, n) is the answer to its n-th
// question: bytes, when to send them, or nothing.  After which questions the
// line was left is in "left": so it is when an answer was none, or came too
// late, because the machine stood still.
async function slave(reply) {
	const sockets = new Set();
	const one = { asked: [], left: new Set() };

	one.server = net.createServer((socket) => {
		let rest = Buffer.alloc(0), last;

		sockets.add(socket);
		socket.on('close', () => {
			sockets.delete(socket);
			one.left.add(last);
		});
		socket.on('error', () => {});
		socket.on('data', (part) => {
			rest = Buffer.concat([rest, part]);
			for (; rest.length >= 12; rest = rest.subarray(12)) {
				const asked = Buffer.from(rest.subarray(0, 12));
				const { bytes, after_ms = 0 } = reply(asked, one.asked.length);

				last = one.asked.push(asked) - 1;
				if (after_ms === 0)
					socket.write(bytes);
				else
					setTimeout(() => socket.destroyed || socket.write(bytes),
						after_ms).unref();
			}
		});
	}).listen(0, '127.0.0.1');
	await new Promise((done) => one.server.once('listening', done));
	one.port = one.server.address().port;
	one.close = () => {
		one.server.close();
		for (const socket of sockets)
			socket.destroy();
	};
	return one;
}

// The frame of a message, as the answer to that question.
function envelope(asked, message, unit = asked[6]) {
	const head = Buffer.from(asked.subarray(0, 7));

	head.writeUInt16BE(message.length + 1, 4);
	head[6] = unit;
	return Buffer.concat([head, message]);
}

// Every register holds n.
function good(asked, n) {
	const data = Buffer.alloc(2 + 2 * COUNT);

	data[0] = HOLDING;
	data[1] = 2 * COUNT;
	for (let i = 0; i < COUNT; i++)
		data.writeUInt16BE(n, 2 + 2 * i);
	return { bytes: envelope(asked, data) };
}

// Wrong answers, each { what, is: what the poller makes of it, make(asked) }.
function wrong() {
	const messages = new Map();
	const all = [];
	const add = (is, what, make) => all.push({ is, what, make });

	for (const name of BAD)
		for (const { asks, data } of packets(name))
			if (!asks && data.length > 8)
				messages.set(data.subarray(7).toString('hex'), data);
	for (const [i, [hex, data]] of [...messages].entries()) {
		const message = data.subarray(7);

		// There are a hundred alike: exceptions of functions that are none.
		if (data[7] & 128 && i % 3 > 0)
			continue;
		const whole = message.length + 1 === data.readUInt16BE(4);

		// As it was captured, to another question.
		if (i % 4 === 0 || !whole)
			add('garbage', `frame ${hex}`, () => ({ bytes: data }));
		// To our question, by what it says itself.
		if (whole && (message[0] & 127) !== HOLDING)
			add('garbage', `message ${hex}`, (asked) =>
				({ bytes: envelope(asked, message) }));
	}
	for (const code of new Set([...messages.values()]
		.filter((d) => d[7] & 128 && d[8] <= 11).map((d) => d[8])))
		add(code, `exception ${code}`, (asked) =>
			({ bytes: envelope(asked, Buffer.from([HOLDING | 128, code])) }));
	for (const cut of [1, 7, 8, 12, 24])
		add('silent', `${cut} bytes of an answer`, (asked) =>
			({ bytes: good(asked, 9999).bytes.subarray(0, cut) }));
	add('silent', 'a late answer', (asked) =>
		({ ...good(asked, 9998), after_ms: LATE_MS }));
	add('garbage', 'of another unit', (asked) =>
		({ bytes: envelope(asked, good(asked, 9997).bytes.subarray(7), UNIT + 1) }));
	return all;
}

const profiles = [];

function profile(id, points) {
	const file = path.join(app, 'profiles', `${id}.json`);

	profiles.push(file);
	writeFileSync(file, JSON.stringify({ fluxline_profile: 1, id, version: '1',
		vendor: 'x', model: 'x', protocol: 'modbus',
		transport: { timeout_ms: 500 }, points,
		tests: [{ name: 'zeros', [points[0].register ?? 'holding']:
			{ 0: Array(16).fill(0) }, expect: { [points[0].key]: 0 } }] }));
	return id;
}

const registers = (register, type) => Array.from({ length: COUNT }, (_, i) =>
	({ key: `r${i}`, address: 1 + i, type, register }));

describe('our poller as the master', { skip }, () => {
	const READ = ['coil', 'discrete', 'holding', 'input'];
	const slaves = [];
	let plant, key, bad;
	// Good answers that came too late, at most.
	const late = () => [...slaves.at(-1).left].filter((n) => n % 2 === 0 ||
		(n - 1) / 2 >= bad.length).length;

	const series = async (device, sensor) => (await telemetry(key, device,
		{ sensor })).sort((a, b) => a.timestamp - b.timestamp);

	before(async () => {
		bad = wrong();
		plant = await Plant.make('Captures');
		await ctl('poller', plant.name);
		const device = (name, id, port, ms) => plant.device(name, id, '--poll-ms',
			ms, '--modbus', `tcp:127.0.0.1:${port}:${UNIT}`);

		for (const [i, register] of READ.entries()) {
			const answer = packets(EXAMPLE).filter((p) => !p.asks &&
				p.data[7] === i + 1 && p.data[6] === 5)[0].data.subarray(7);
			const one = await slave((asked) =>
				({ bytes: envelope(asked, answer) }));

			slaves.push(one);
			await device(register, profile(`captured-${register}`,
				registers(register, i < 2 ? 'BIT' : 'UINT16')), one.port, '100');
		}
		const one = await slave((asked, n) => (n % 2 === 1 &&
			(n - 1) / 2 < bad.length ? bad[(n - 1) / 2].make(asked)
			: good(asked, n % 1000)));

		slaves.push(one);
		await device('REPLAYED', profile('captured-bad',
			registers('holding', 'UINT16')), one.port, '10');
		key = await plant.key('REPLAYED', 'view');
	});

	after(() => {
		for (const one of slaves)
			one.close();
		for (const file of profiles)
			if (existsSync(file))
				rmSync(file);
	});

	test('it reads from the answers what the log says', async () => {
		const theirs = log('detailed').filter((r) => r.quantity === String(COUNT));

		assert.equal(theirs.length, READ.length);
		for (const [i, register] of READ.entries()) {
			await waitFor(async () =>
				(await series(register, `r${COUNT - 1}`)).length > 0, 20000, 100);
			const got = [];

			for (let k = 0; k < COUNT; k++)
				got.push((await series(register, `r${k}`))[0].value);
			assert.equal(got.join(), theirs[i].response_values, register);
			// The question was the recorded one, too.
			assert.deepEqual([...slaves[i].asked[0].subarray(7)],
				[i + 1, 0, 1, 0, COUNT]);
		}
	});

	test('what is no answer stores nothing, and the next poll is clean',
		async () => {
			const polls = 2 * bad.length + 1;
			const replayed = slaves.at(-1);

			assert.ok(bad.length > 80, `${bad.length}`);
			await waitFor(() => replayed.asked.length > polls, 60000, 100);
			const want = Array.from({ length: polls }, (_, n) =>
				(n % 2 === 1 ? null : n % 1000));

			for (const k of [0, COUNT - 1]) {
				await waitFor(async () => (await series('REPLAYED', `r${k}`))
					.length >= polls, 20000, 200);
				const got = (await series('REPLAYED', `r${k}`)).slice(0, polls);

				for (const [n, r] of got.entries()) {
					const what = n % 2 === 1 ? bad[(n - 1) / 2].what : 'good';

					if (n % 2 === 0 && r.value === null &&
						replayed.left.has(n))
						continue;
					assert.equal(r.value, want[n], `poll ${n}: ${what}`);
					assert.equal(r.quality, n % 2 === 1 ? 0 : 100, what);
				}
			}
			assert.ok(late() < bad.length / 10, `${late()} were too late`);
		});

	test('each is counted as what it was', async () => {
		const id = await plant.deviceId('REPLAYED');
		const want = (is) => bad.filter((b) => b.is === is).length;
		const told = async () => (await rows(`SELECT sum(garbage)::int AS garbage,
			 sum(silent)::int AS silent, sum(exceptions[1])::int AS e1,
			 sum(exceptions[2])::int AS e2, sum(exceptions[3])::int AS e3,
			 sum(exceptions[5])::int AS e5, sum(exceptions[6])::int AS e6,
			 sum(exceptions[11])::int AS e11 FROM flux.unit_health
			 WHERE tenant_id = ${plant.id} AND device_id = ${id}`))[0];
		const all = { garbage: want('garbage'), silent: want('silent'), e1: 1,
			e2: 1, e3: 1, e5: 1, e6: 1, e11: 1 };

		const sum = (t) => Object.values(t).reduce((a, b) => a + b);

		await waitFor(async () => sum(await told()) >= sum(all), 0, 250);
		const got = await told();

		// Where good answers were late, wrong ones may have been, too.
		if (late() === 0)
			assert.deepEqual(got, all);
		assert.ok(sum(got) <= sum(all) + late(), JSON.stringify(got));
		for (const is of Object.keys(all))
			assert.ok(Math.abs(got[is] - all[is]) <= 3 * late(), is);
		assert.deepEqual([1, 2, 3, 5, 6, 11].map(want), [1, 1, 1, 1, 1, 1]);
	});
});
