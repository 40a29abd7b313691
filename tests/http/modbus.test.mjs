// From a register to a reading: the simulator as any Modbus master sees it, and
// what the poller makes of good lines and of bad ones.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync,
	writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import zlib from 'node:zlib';
import { ctl, sql, waitFor } from '../lib/flux.mjs';
import { Plant, SEED, random, telemetry } from '../lib/plant.mjs';
import { Programs, app } from '../lib/simulator.mjs';

const folder = mkdtempSync('/tmp/fluxmodbus.');
const has_socat = (() => {
	try {
		execFileSync('socat', ['-V']);
		return true;
	} catch {
		return false;
	}
})();

// A profile with a point of every kind of register.
const ALL_KINDS = {
	fluxline_profile: 1, id: 'all-kinds', version: '1', vendor: 'x', model: 'x',
	protocol: 'modbus',
	points: [
		...[0, 1, 2, 9].map((address) => ({ key: `coil${address}`, address,
			type: 'BIT', register: 'coil' })),
		...[0, 1, 2].map((address) => ({ key: `in${address}`, address,
			type: 'BIT', register: 'discrete' })),
		...[0, 1, 2, 3].map((address) => ({ key: `hold${address}`, address,
			type: 'UINT16' })),
		{ key: 'input', address: 5, type: 'INT32', register: 'input',
			byte_order: 'CDAB' },
	],
	tests: [{ name: 'one', holding: { 0: [7] }, expect: { hold0: 7 } }],
};

// The seed's, with a flow that nobody can take for the shipped one's.
function own_profile() {
	const p = JSON.parse(readFileSync(path.join(app, `profiles/${SEED}.json`),
		'utf8'));
	const flow = p.points.find((t) => t.key === 'flow_rate');

	p.version = 'own';
	flow.offset = 1e6;
	delete flow.range;
	p.tests = [{ name: 'moved', holding: { 0: [0, 0] },
		expect: { flow_rate: 1e6 } }];
	return p;
}

const programs = new Programs(folder);
const simulate = (...what) => programs.simulate(...what);
const child = (...what) => programs.start(...what);

// A connection that asks one thing at a time.
class Master {
	static async to(port) {
		const m = new Master();

		m.socket = net.connect(port, '127.0.0.1');
		m.socket.setNoDelay();
		m.transaction = 0;
		await once(m.socket, 'connect');
		return m;
	}

	// The answering message: function code and data.
	async ask(unit, ...bytes) {
		const head = Buffer.alloc(7);

		head.writeUInt16BE(++this.transaction, 0);
		head.writeUInt16BE(bytes.length + 1, 4);
		head.writeUInt8(unit, 6);
		this.socket.write(Buffer.concat([head, Buffer.from(bytes)]));
		const [answer] = await once(this.socket, 'data',
			{ signal: AbortSignal.timeout(60000) });

		assert.equal(answer.readUInt16BE(0), this.transaction);
		assert.equal(answer.readUInt16BE(2), 0);
		assert.equal(answer.readUInt16BE(4), answer.length - 6);
		assert.equal(answer[6], unit);
		return answer.subarray(7);
	}

	read(unit, f, address, count) {
		return this.ask(unit, f, address >> 8, address & 255, count >> 8,
			count & 255);
	}

	async words(unit, f, address, count) {
		const answer = await this.read(unit, f, address, count);

		assert.deepEqual([...answer.subarray(0, 2)], [f, 2 * count]);
		return answer.subarray(2);
	}

	close() {
		this.socket.destroy();
	}
}

before(() => {
	// The poller may run as another user and looks in here for its tty.
	chmodSync(folder, 0o755);
	cpSync(path.join(app, 'profiles'), path.join(folder, 'profiles'),
		{ recursive: true });
	writeFileSync(path.join(folder, 'profiles/all-kinds.json'),
		JSON.stringify(ALL_KINDS));
});

after(async () => {
	await programs.end();
	rmSync(folder, { recursive: true });
});

describe('simulator', () => {
	let port, m;

	before(async () => {
		port = await simulate([
			{ unit: 1, profile: SEED, seed: 7 },
			{ unit: 2, profile: SEED, seed: 7 },
			{ unit: 3, profile: SEED, seed: 8 },
			{ unit: 4, profile: 'all-kinds' },
		], { hold_s: 5 });
		m = await Master.to(port);
	});

	after(() => m?.close());

	test('every function code answers', async () => {
		assert.deepEqual([...await m.read(4, 1, 0, 10)], [1, 2, 0b00000111, 0b10]);
		assert.deepEqual([...await m.read(4, 2, 0, 3)], [2, 1, 0b111]);
		assert.equal((await m.words(4, 3, 0, 4)).length, 8);
		const low_first = await m.words(4, 4, 5, 2);
		assert.ok(low_first.readUInt16BE(0) > 0 && low_first.readUInt16BE(2) === 0);

		assert.deepEqual([...await m.ask(4, 5, 0, 1, 0, 0)], [5, 0, 1, 0, 0]);
		assert.deepEqual([...await m.read(4, 1, 0, 3)], [1, 1, 0b101]);
		assert.deepEqual([...await m.ask(4, 6, 0, 0, 0x12, 0x34)],
			[6, 0, 0, 0x12, 0x34]);
		assert.deepEqual([...await m.ask(4, 15, 0, 0, 0, 3, 1, 0b010)],
			[15, 0, 0, 0, 3]);
		assert.deepEqual([...await m.read(4, 1, 0, 3)], [1, 1, 0b010]);
		assert.deepEqual([...await m.ask(4, 16, 0, 1, 0, 2, 4, 1, 2, 3, 4)],
			[16, 0, 1, 0, 2]);
		assert.deepEqual([...await m.words(4, 3, 0, 3)],
			[0x12, 0x34, 1, 2, 3, 4]);
	});

	const refused = [
		['an unknown function', [7], 1],
		['a function of the standard that is not there', [23, 0, 0, 0, 1], 1],
		['a register behind the last', [3, 0, 4, 0, 1], 2],
		['a range that ends behind the last', [3, 0, 3, 0, 2], 2],
		['register 65535', [4, 255, 255, 0, 1], 2],
		['a coil behind the last', [5, 0, 10, 0, 0], 2],
		['no registers', [3, 0, 0, 0, 0], 3],
		['126 registers', [3, 0, 0, 0, 126], 3],
		['2001 bits', [1, 0, 0, 7, 209], 3],
		['a coil that is neither on nor off', [5, 0, 0, 0, 1], 3],
		['a byte count that belies the count', [16, 0, 0, 0, 2, 2, 0, 1], 3],
		['fewer bytes than said', [16, 0, 0, 0, 2, 4, 0, 1], 3],
		['a request cut short', [3, 0, 0], 3],
	];

	for (const [what, bytes, code] of refused) {
		test(`${what}: exception ${code}`, async () => {
			assert.deepEqual([...await m.ask(4, ...bytes)],
				[bytes[0] | 0x80, code]);
		});
	}

	test('units of one address are devices of their own', async () => {
		const total = async (unit) =>
			(await m.words(unit, 3, 2, 2)).readFloatBE(0);

		// One seed, one behaviour; the clock goes on between two questions.
		assert.ok(Math.abs(await total(1) - await total(2)) <= 1);
		assert.ok(Math.abs(await total(1) - await total(3)) > 100);
		await m.ask(1, 6, 0, 10, 0, 2);
		assert.equal((await m.words(1, 3, 10, 1)).readUInt16BE(0), 2);
		assert.notEqual((await m.words(2, 3, 10, 1)).readUInt16BE(0), 2);
	});

	test('what is written stays for its time, then the model goes on', async () => {
		const flow = async () => (await m.words(3, 3, 0, 2)).readFloatBE(0);
		const before_it = await flow();
		const value = Buffer.alloc(4);

		value.writeFloatBE(9999.5);
		await m.ask(3, 16, 0, 0, 0, 2, 4, ...value);
		assert.equal(await flow(), 9999.5);
		assert.ok(await waitFor(async () => await flow() !== 9999.5));
		assert.ok(Math.abs(await flow() - before_it) < 0.2 * before_it);
	});

	test('fifty masters at a time are served, and nonsense hangs up', async () => {
		const all = await Promise.all(
			Array.from({ length: 50 }, () => Master.to(port)));
		const answers = await Promise.all(all.map((one) => one.words(1, 3, 0, 11)));

		assert.ok(answers.every((words) => words.length === 22));
		all[0].socket.write('GET / HTTP/1.1\r\n\r\n');
		await once(all[0].socket, 'close');
		assert.equal((await all[1].words(1, 3, 0, 11)).length, 22);
		all.forEach((one) => one.close());
	});
});

// Doubles that a careless way would bend.
function recording(rows) {
	const rnd = random(42);
	const odd = [0.1, 1 / 3, 5e-324, 1.7976931348623157e308, -2.5, 233.062,
		Number.MAX_SAFE_INTEGER, 1e-9];

	return Array.from({ length: rows }, (_, i) => Array.from({ length: 8 },
		(_, k) => (i < odd.length ? odd[(i + k) % 8] : (rnd() - 0.5) * 10 ** k)));
}

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

function recorded(name, rows, separator) {
	const file = path.join(folder, name);
	const text = [['when', ...NAMES], ...rows.map((row, i) => [`t${i}`, ...row])]
		.map((row) => row.join(separator)).join('\n') + '\n';

	writeFileSync(file, name.endsWith('.gz') ? zlib.gzipSync(text) : text);
	return { unit: 9, profile: 'fluxline-float64x8', recording: file,
		columns: NAMES };
}

test('a recording shows a row a read, bit by bit, and then is busy', async () => {
	const rows = recording(20);

	for (const [name, separator] of [['r.csv', ','], ['r.csv.gz', ';']]) {
		const m = await Master.to(await simulate([recorded(name, rows, separator)]));

		for (const row of rows) {
			// Only who has read to the end has the row.
			assert.equal((await m.words(9, 3, 0, 4)).readDoubleBE(0), row[0]);
			const words = await m.words(9, 3, 0, 32);

			assert.deepEqual(row.map((_, k) => words.readDoubleBE(8 * k)), row);
		}
		assert.deepEqual([...await m.read(9, 3, 0, 32)], [0x83, 6]);
		m.close();
	}
});

describe('poller', () => {
	const ROWS = 300;
	const rows = recording(ROWS);
	const CLEAN = 4; // bad ones, each with a good one behind it
	const spoilt = ['wrong_unit', 'wrong_length', 'garbage', 'silence', 'drip'];
	const since = Date.now();
	let plant, key;

	const polled = (name, profile, where, ms) => plant.device(name, profile,
		'--poll-ms', String(ms), '--modbus', where);
	const readings = (name) => telemetry(key, name, { from: since });
	// How many bad readings are there at most without two in a row?
	const longest_clean = (all) => Math.max(...all.reduce((counts, r, i) => {
		const is_bad = r.quality === 0;

		if (is_bad && i > 0 && all[i - 1].quality === 0)
			counts.push(0);
		counts[counts.length - 1] += is_bad;
		return counts;
	}, [0]));
	const flows = async (name) => (await readings(name))
		.filter((r) => r.sensor === 'flow_rate')
		.sort((a, b) => a.timestamp - b.timestamp);

	before(async () => {
		plant = await Plant.make('Modbus');
		await ctl('poller', plant.name);
		await plant.gateway('EYE');
		key = await plant.key('EYE', 'view');
		const replay = await simulate([recorded('replay.csv.gz', rows, ',')]);

		await polled('REPLAY', programs.patient('fluxline-float64x8'),
			`tcp:127.0.0.1:${replay}:9`, 20);
		for (const fault of spoilt) {
			const port = await simulate([{ unit: 1, profile: SEED, fault,
				every: 3 }]);

			await polled(fault, SEED, `tcp:127.0.0.1:${port}:1`, 100);
		}
		await polled('NOBODY', SEED, 'tcp:127.0.0.1:1:1', 100);
		// Not there for the poller before it has the profile.
		await plant.device('OWN', SEED, '--poll-ms', '500');
		await sql('super', `INSERT INTO flux.profile (tenant_id, id, version,
			body, made_by) VALUES (${plant.id}, '${SEED}', 'own',
			$$${JSON.stringify(own_profile())}$$, 1);
			UPDATE flux.device SET profile_version = 'own', modbus_unit = 1,
			       modbus_transport = 'tcp', modbus_host = '127.0.0.1',
			       modbus_port = ${await simulate([{ unit: 1, profile: SEED }])}
			 WHERE tenant_id = ${plant.id} AND key = 'OWN'`);
		// The poller looks for new devices every ten seconds.
		assert.ok(await waitFor(async () => (await readings('NOBODY')).length > 0,
			30000, 250));
	});

	test('the ledger says that it was polled', async () => {
		assert.equal(await sql('super', `SELECT DISTINCT kind, format
			FROM flux.ingest_batch WHERE tenant_id = ${plant.id}`), '3|31');
	});

	test('a profile of the tenant’s own is what it reads by', async () => {
		const all = await waitFor(async () => {
			const got = (await flows('OWN')).filter((r) => r.value !== null);

			return got.length > 0 && got;
		});

		assert.ok(all.every((r) => r.value > 1e6), String(all[0].value));
	});

	test('a recording arrives whole, in order and bit by bit', async () => {
		assert.ok(await waitFor(async () =>
			(await readings('REPLAY')).length >= 8 * ROWS, 20000, 250));
		const got = (await readings('REPLAY')).filter((r) => r.quality > 0);

		for (let k = 0; k < 8; k++) {
			const channel = got.filter((r) => r.sensor === `ch${k}`)
				.sort((a, b) => a.timestamp - b.timestamp);

			assert.deepEqual(channel.map((r) => r.value),
				rows.map((row) => row[k]), `ch${k}`);
			assert.ok(channel.every((r) => r.quality === 100));
		}
	});

	for (const fault of spoilt) {
		test(`${fault}: quality bad, no value, and the next poll clean`, async () => {
			// Every third answer is spoilt, so never two in a row, but for those
			// that a machine adds which stands still.
			await waitFor(async () => longest_clean(await flows(fault)) >= CLEAN);
			const all = await flows(fault);

			assert.ok(all.every((r) => r.quality > 0 || r.value === null));
			for (const r of all.filter((one) => one.value !== null))
				assert.ok(r.value > 10 && r.value < 300, String(r.value));
		});
	}

	test('a device that drips costs its time-out and no more', async () => {
		const all = await flows('drip');

		const gaps = all.slice(1).map((r, i) => r.timestamp - all[i].timestamp)
			.sort((a, b) => a - b);

		// A busy machine is late now and then.
		assert.ok(gaps[gaps.length >> 1] < 1600, `${gaps} ms`);
	});

	test('a device that is not there says so once, not at every poll', async () => {
		const all = await readings('NOBODY');

		assert.equal(all.length, 4);
		assert.ok(all.every((r) => r.value === null && r.quality === 0));
	});

	test('a serial line: one unit is missing, one talks nonsense now and then',
		{ skip: !has_socat && 'no socat' }, async () => {
			const [near, far] = ['near', 'far'].map((x) => path.join(folder, x));

			child('socat', [`PTY,link=${near},raw,echo=0,mode=666`,
				`PTY,link=${far},raw,echo=0,mode=666`]);
			assert.ok(await waitFor(() => existsSync(far), 5000, 20));
			await simulate([
				{ unit: 1, profile: SEED, seed: 5 },
				{ unit: 2, profile: 'nivus-nivuflow-750' },
				{ unit: 4, profile: SEED, fault: 'garbage', every: 3 },
			], { rtu: far });
			await polled('RTU-1', programs.patient(SEED),
				`rtu:${near}:9600:1`, 200);
			await polled('RTU-2', programs.patient('nivus-nivuflow-750'),
				`rtu:${near}:9600:2`, 200);
			await polled('RTU-3', SEED, `rtu:${near}:9600:3`, 200);
			await polled('RTU-4', SEED, `rtu:${near}:9600:4`, 200);
			assert.ok(await waitFor(async () =>
				(await flows('RTU-4')).length > 5 &&
				(await flows('RTU-1')).length > 5 &&
				(await flows('RTU-2')).length > 5 &&
				(await flows('RTU-3')).length > 0, 40000, 250));
			assert.ok((await flows('RTU-1')).every((r) => r.quality === 100 &&
				r.value > 10 && r.value < 300));
			assert.ok((await flows('RTU-2')).every((r) => r.quality === 100 &&
				r.value > 0.005 && r.value < 0.2));
			assert.ok((await flows('RTU-3')).every((r) => r.value === null));
			const torn = await flows('RTU-4');

			assert.ok(torn.some((r) => r.value === null));
			assert.ok(torn.every((r) => r.value === null ||
				(r.value > 10 && r.value < 300)));
			assert.ok(torn.some((r) => r.value !== null));
		});
});
