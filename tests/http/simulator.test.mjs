// The simulator as masters of others see it, what a scenario does to its
// devices, and what the requests of recorded attacks get.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync,
	writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { corpora, waitFor } from '../lib/flux.mjs';
import { Programs, app } from '../lib/simulator.mjs';

const run = promisify(execFile);
const folder = mkdtempSync('/tmp/fluxsim.');
const programs = new Programs(folder);
const PYTHON = '/usr/bin/python3';
// Debian's pymodbus 3.0 wants packages of its serial client for every client.
const PYMODBUS = `import sys, types
for name in ('serial', 'serial_asyncio'):
    try:
        __import__(name)
    except ImportError:
        sys.modules[name] = types.SimpleNamespace(
            create_serial_connection=None)
import pymodbus.client
`;

const has = (program, ...args) => {
	try {
		execFileSync(program, args, { stdio: 'ignore' });
		return true;
	} catch (e) {
		return e.code !== 'ENOENT' && program !== PYTHON;
	}
};
const no_socat = !has('socat', '-V') && 'no socat';
const no_mbpoll = !has('mbpoll', '-V') && 'no mbpoll';
const no_pymodbus = !has(PYTHON, '-c', PYMODBUS) &&
	'no pymodbus';
const no_serial = !has(PYTHON, '-c', `import serial\n${PYMODBUS}`) &&
	'no pyserial';

// Registers of every kind from 0, a counter, and how long it has run.
const RANGE = {
	fluxline_profile: 1, id: 'range', version: '1', vendor: 'x', model: 'x',
	protocol: 'modbus',
	points: [
		...['coil', 'discrete'].map((register) => ({ key: `${register}63`,
			address: 63, type: 'BIT', register })),
		...['coil', 'discrete'].map((register) => ({ key: register,
			address: 0, type: 'BIT', register })),
		{ key: 'input', address: 0, type: 'UINT16', register: 'input' },
		{ key: 'input199', address: 199, type: 'UINT16', register: 'input' },
		{ key: 'level', address: 0, type: 'FLOAT32' },
		{ key: 'uptime', address: 2, type: 'UINT32' },
		{ key: 'run_hours', address: 4, type: 'FLOAT64' },
		{ key: 'last', address: 199, type: 'UINT16' },
	],
	tests: [{ name: 'one', holding: { 0: [17133, 0] },
		expect: { level: 118.5 } }],
};
const one = { unit: 1, profile: 'range' };

before(() => {
	cpSync(path.join(app, 'profiles'), path.join(folder, 'profiles'),
		{ recursive: true });
	writeFileSync(path.join(folder, 'profiles/range.json'),
		JSON.stringify(RANGE));
});

after(async () => {
	await programs.end();
	rmSync(folder, { recursive: true });
});

// Everything that comes back for these bytes until the other side hangs up,
// which it does when it has heard us out.
const exchange = (port, bytes) => new Promise((resolve, reject) => {
	const parts = [];
	const socket = net.connect({ port, host: '127.0.0.1' }, () =>
		socket.end(bytes));

	socket.setTimeout(60000, () => socket.destroy(new Error('it hangs')));
	socket.on('data', (part) => parts.push(part));
	socket.on('error', (e) => (e.code === 'ECONNRESET'
		? resolve(Buffer.concat(parts)) : reject(e)));
	socket.on('close', () => resolve(Buffer.concat(parts)));
});

const mbap = (transaction, unit, ...message) => {
	const head = Buffer.alloc(7);

	head.writeUInt16BE(transaction, 0);
	head.writeUInt16BE(message.length + 1, 4);
	head[6] = unit;
	return Buffer.concat([head, Buffer.from(message)]);
};
const read_of = (unit, address, count, f = 3) =>
	mbap(7, unit, f, address >> 8, address & 255, count >> 8, count & 255);

// The answering message to a read: function code and data.
async function ask(port, unit, address, count, f = 3) {
	const got = await exchange(port, read_of(unit, address, count, f));

	return got.subarray(7);
}

async function value(port, address, type, unit = 1) {
	const words = type.includes('64') || type === 'readDoubleBE' ? 4 : 2;
	const got = await ask(port, unit, address, words);

	assert.equal(got[0], 3, `exception ${got[1]}`);
	return got.subarray(2)[type](0);
}
const level = (port) => value(port, 0, 'readFloatBE');

// ---- requests of recorded attacks ----

// The bytes that went to port 502, packet by packet, of a recording.
function requests(name) {
	const file = readFileSync(path.join(corpora, 'modbus_pcap', name));
	const got = [];

	for (let at = 24; at + 16 <= file.length;) {
		const n = file.readUInt32LE(at + 8);
		const ip = file.subarray(at + 16 + 14, at + 16 + n);
		const tcp = ip.subarray((ip[0] & 15) * 4, ip.readUInt16BE(2));
		const data = tcp.subarray((tcp[12] >> 4) * 4);

		if (ip[9] === 6 && tcp.readUInt16BE(2) === 502 && data.length > 0)
			got.push(data);
		at += 16 + n;
	}
	return got;
}

// Is that the one right answer to the request, or a refusal of it?
function fits(asked, got) {
	const f = asked[7], n = got.readUInt16BE(4);

	assert.equal(n, got.length - 6, 'the length it says');
	assert.deepEqual(got.subarray(0, 4), asked.subarray(0, 4), 'transaction');
	assert.equal(got[6], asked[6], 'unit');
	if (got[7] === (f | 128) && n === 3)
		return assert.ok([1, 2, 3].includes(got[8]), `exception ${got[8]}`);
	assert.equal(got[7], f, 'function');
	const count = asked.readUInt16BE(10);

	if (f <= 2)
		assert.equal(n, 3 + Math.ceil(count / 8));
	else if (f <= 4)
		assert.equal(n, 3 + 2 * count);
	else
		assert.deepEqual(got.subarray(8), asked.subarray(8, 12));
}

describe('a recording of requests', { skip: corpora === null && 'no corpora' },
	() => {
		const files = [['modbus_test_data_part1.pcap', 18, 22],
			['modbus_test_data_part2.pcap', 141, 141],
			['fuzz-72.pcap', 18, 21]];

		for (const [name, answered, all] of files) {
			test(`${name}: each gets its answer, or exception 1, 2 or 3`,
				async () => {
					const port = await programs.simulate(
						[0, 1, 5, 10, 170].map((unit) =>
							({ ...one, unit })));
					const asked = requests(name);
					let answers = 0;

					assert.equal(asked.length, all);
					for (const bytes of asked) {
						const got = await exchange(port, bytes);

						// What is no frame is hung up on, without a word.
						if (got.length > 0)
							fits(bytes, got);
						answers += got.length > 0;
					}
					assert.ok(answers >= answered, `${answers} of ${all}`);
					assert.equal((await ask(port, 1, 0, 2)).length, 6);
				});
		}
	});

// ---- many ----

test('a thousand devices, each at a port of its own', async () => {
	await programs.simulate([one], { count: 1000 });
	const ports = readFileSync(path.join(folder,
		`sim${programs.simulators - 1}.at`), 'utf8').trim().split('\n')
		.map((line) => Number(line.split(':')[1]));
	const all = await Promise.all(ports.map((port) => level(port)));

	assert.equal(new Set(ports).size, 1000);
	assert.ok(new Set(all).size > 990, 'each has a seed of its own');
	const pid = programs.all[programs.all.length - 1].pid;
	const rss = Number(readFileSync(`/proc/${pid}/status`, 'utf8')
		.match(/VmHWM:\s*(\d+)/)[1]);

	assert.ok(rss < 32768, `${rss} kB`);
});

test('a port with two hundred unit numbers', async () => {
	const port = await programs.simulate([{ ...one, count: 200 }]);
	const asked = Array.from({ length: 200 }, (_, i) => read_of(i + 1, 0, 2));
	const got = await exchange(port, Buffer.concat(asked));

	assert.equal(got.length, 200 * 13);
	for (let i = 0; i < 200; i++)
		assert.equal(got[i * 13 + 6], i + 1);
	assert.equal((await ask(port, 201, 0, 2)).length, 0);
});

// ---- lines ----

const crc = (bytes) => {
	let sum = 0xFFFF;

	for (const byte of bytes) {
		sum ^= byte;
		for (let i = 0; i < 8; i++)
			sum = sum & 1 ? sum >> 1 ^ 0xA001 : sum >> 1;
	}
	return Buffer.from([...bytes, sum & 255, sum >> 8]);
};
const rtu = (unit, count) => crc([unit, 3, 0, 0, 0, count]);

describe('a serial line of many units', { skip: no_socat }, () => {
	const [near, far] = ['near', 'far'].map((name) => path.join(folder, name));

	before(async () => {
		programs.start('socat', [`PTY,link=${near},raw,echo=0`,
			`PTY,link=${far},raw,echo=0`]);
		assert.ok(await waitFor(() => existsSync(far), 5000, 20));
		await programs.simulate([{ ...one, count: 30 },
			{ unit: 40, profile: 'pump-station' }],
		{ rtu: far, steps: [{ unit: 30, do: 'silence' }] });
	});

	test('mbpoll reads it', { skip: no_mbpoll }, async () => {
		const { stdout } = await run('mbpoll', ['-m', 'rtu', '-a', '40', '-b',
			'9600', '-P', 'none', '-o', '10', '-t', '4', '-r', '101', '-c', '8',
			'-1', near]);

		assert.equal(stdout.match(/^\[1\d\d\]:/gm).length, 8, stdout);
	});

	test('pymodbus reads it', { skip: no_serial }, async () => {
		const { stdout } = await run(PYTHON, ['-c', `${PYMODBUS}
from pymodbus.client import ModbusSerialClient
c = ModbusSerialClient(port='${near}', baudrate=9600, timeout=10)
c.connect()
for unit in (1, 29, 40):
    r = c.read_holding_registers(100 if unit == 40 else 0, 8 if unit == 40 else 2, slave=unit)
    print(unit, len(r.registers))
print(c.read_holding_registers(500, 2, slave=1).exception_code)
`]);

		assert.deepEqual(stdout.trim().split('\n'),
			['1 2', '29 2', '40 8', '2']);
	});

	test('a request to nobody does not swallow the next', async () => {
		const door = path.join(folder, 'door');
		const bridge = programs.start('socat', [`UNIX-LISTEN:${door}`,
			`${near},raw,echo=0`]);

		assert.ok(await waitFor(() => existsSync(door), 5000, 20));
		const socket = net.connect(door);
		let got = Buffer.alloc(0);

		socket.on('data', (part) => { got = Buffer.concat([got, part]); });
		for (let i = 0; i < 100; i++) {
			// Unit 99 is not there, 30 is dead; nobody waits for them.
			socket.write(Buffer.concat([rtu(i % 2 ? 99 : 30, 2),
				rtu(i % 29 + 1, 2)]));
			assert.ok(await waitFor(() => got.length >= 9, 3000, 1),
				`request ${i}`);
			assert.deepEqual(got, crc(got.subarray(0, -2)));
			assert.equal(got[0], i % 29 + 1);
			got = Buffer.alloc(0);
		}
		socket.destroy();
		bridge.kill();
	});
});

test('mbpoll and pymodbus read it over TCP',
	{ skip: no_mbpoll || no_pymodbus }, async () => {
		const port = await programs.simulate([{ unit: 1,
			profile: 'smart-meter' }]);
		const { stdout } = await run('mbpoll', ['-p', String(port), '-a', '1',
			'-o', '10', '-t', '4', '-r', '1', '-c', '8', '-1', '127.0.0.1']);
		const volts = Number(stdout.match(/^\[1\]:\s+(\d+)/m)[1]) / 10;
		const read = await run(PYTHON, ['-c', `${PYMODBUS}
from pymodbus.client import ModbusTcpClient
c = ModbusTcpClient('127.0.0.1', port=${port})
print(c.read_holding_registers(0, 8, slave=1).registers[0])
`]);

		assert.ok(volts > 220 && volts < 240, stdout);
		assert.ok(Math.abs(Number(read.stdout) / 10 - volts) < 2, read.stdout);
	});

test('RTU over TCP, at the pace of the line', async () => {
	const port = await programs.simulate([one], { framing: 'rtu', baud: 9600 });
	const began = Date.now();
	const socket = net.connect(port, '127.0.0.1');
	let got = Buffer.alloc(0);

	socket.on('data', (part) => { got = Buffer.concat([got, part]); });
	socket.write(rtu(1, 20));
	assert.ok(await waitFor(() => got.length === 45, 3000, 1));
	// 53 characters of 11 bits.
	assert.ok(Date.now() - began >= 60, `${Date.now() - began} ms`);
	assert.deepEqual(got, crc(got.subarray(0, -2)));
	got = Buffer.alloc(0);
	socket.write(crc([1, 0x2B, 14, 1, 0]));
	assert.ok(await waitFor(() => got.length === 5, 3000, 1));
	assert.deepEqual([...got.subarray(0, 3)], [1, 0xAB, 1]);
	socket.destroy();
});

// ---- scenarios ----

describe('a scenario', () => {
	const play = (steps, more = {}) => programs.simulate([{ ...one, seed: 3 }],
		{ start: '2026-03-29T00:00:00Z', steps, ...more });
	const said = () => programs.all[programs.all.length - 1].said;

	test('holes and the largest block', async () => {
		const port = await play([
			{ unit: 1, do: 'holes', from: 10, count: 3 },
			{ unit: 1, do: 'block', by: 8 }]);
		const code = async (address, count) => {
			const got = await ask(port, 1, address, count);

			return got[0] === 0x83 ? got[1] : 0;
		};

		for (const [address, count, expected] of [[0, 8, 0], [0, 9, 3],
			[9, 1, 0], [9, 2, 2], [12, 1, 2], [13, 8, 0], [8, 8, 2],
			[199, 1, 0], [199, 2, 2]])
			assert.equal(await code(address, count), expected,
				`${address}, ${count}`);
	});

	test('values drift, jump, stick and wrap', async () => {
		// All begin at one instant, however long it takes to start them.
		const start = '2026-03-01T00:00:00Z';
		const plain = await play([], { start, speed: 0.001 });
		const is = await level(plain);
		const near = async (port, expected) => assert.ok(
			Math.abs(await level(port) - expected) < 0.1,
			`${await level(port)}, not ${expected}`);
		const step = (what) => play([{ unit: 1, point: 'level', ...what }],
			{ start, speed: 0.001 });

		await near(await step({ do: 'spike', by: 500 }), is + 500);
		await near(await step({ do: 'wrap', by: 7 }), is % 7);
		await near(await step({ do: 'reset' }), 0);
		// Another unit's or another port's step is nobody's here.
		await near(await step({ do: 'spike', by: 500, port: 1 }), is);
		await near(await step({ do: 'spike', by: 500, at_s: 60 }), is);

		const stuck = await play([{ unit: 1, do: 'stuck' }], { start, speed: 3600 });

		await near(stuck, is);
		assert.equal(await level(stuck), await level(stuck));
		// An hour of the scenario passes in a second.
		const drift = await play([{ unit: 1, do: 'stuck' }, { unit: 1,
			do: 'drift', point: 'level', by: 1000 }], { start, speed: 3600 });

		assert.ok(await waitFor(async () => await level(drift) > is + 500,
			5000, 50));
	});

	test('a power cycle: silence, then a new uptime and the old counters',
		async () => {
			const began = Date.now();
			// Five seconds each, so that a late look sees each.
			const port = await play([{ unit: 1, do: 'power_cycle', at_s: 300,
				for_s: 300 }], { speed: 60 });
			const uptime = () => value(port, 2, 'readUInt32BE');
			const hours = await value(port, 4, 'readDoubleBE');

			assert.ok(await waitFor(async () =>
				(await ask(port, 1, 0, 2)).length === 0, 5000, 10));
			assert.ok(await waitFor(async () =>
				(await ask(port, 1, 0, 2)).length > 0, 5000, 10));
			const now = await uptime();

			assert.ok(now <= (Date.now() - began) * 60 / 1000 - 590, `${now} s`);
			assert.ok(Number.isFinite(hours));
			assert.match(said(), /do=power_cycle unit=1 begins at_s=3/);
			assert.ok(await waitFor(() =>
				/do=power_cycle unit=1 ends .*simulated=1/.test(said()), 5000,
			10));
		});

	test('silence comes and goes by its period', async () => {
		await play([{ unit: 1, do: 'silence', at_s: 10, for_s: 10,
			every_s: 20 }], { speed: 100 });
		assert.ok(await waitFor(() =>
			said().match(/do=silence unit=1 begins/g)?.length >= 3, 5000, 20));
	});

	test('an answer that is late comes late, and is still its own', async () => {
		const port = await play([{ unit: 1, do: 'late', by: 150 }]);
		const socket = net.connect(port, '127.0.0.1');
		const began = Date.now();
		let got = Buffer.alloc(0);

		socket.on('data', (part) => { got = Buffer.concat([got, part]); });
		socket.write(Buffer.concat([mbap(1, 1, 3, 0, 0, 0, 2),
			mbap(2, 1, 3, 0, 0, 0, 2)]));
		assert.ok(await waitFor(() => got.length === 26, 5000, 5));
		assert.ok(Date.now() - began >= 300, `${Date.now() - began} ms`);
		assert.deepEqual([got.readUInt16BE(0), got.readUInt16BE(13)], [1, 2]);
		socket.destroy();
	});

	test('a recording plays by its clock', async () => {
		const file = path.join(folder, 'rows.csv');

		writeFileSync(file, 'when,level\n' + Array.from({ length: 1000 },
			(_, i) => `${i},${i}`).join('\n') + '\n');
		const port = await programs.simulate([{ ...one, recording: file,
			columns: Array(10).fill('level'),
			row_s: 1, first_row: 100 }], { speed: 10 });
		const first = await ask(port, 1, 199, 1);

		assert.ok(first.readUInt16BE(2) >= 100);
		assert.ok(await waitFor(async () =>
			(await ask(port, 1, 199, 1)).readUInt16BE(2) >= 110, 5000, 50));
	});

	const BAD = [
		[{ units: [{ unit: 1 }] }, /units\[0\]: .*profile/],
		[{ units: [one, { ...one, unit: 1 }] }, /units\[1\]: unit: .*already/],
		[{ units: [{ ...one, unit: 250, count: 10 }] }, /units\[0\]: unit:/],
		[{ units: [{ ...one, model: 'unicorn' }] },
			/units\[0\]: model: unicorn/],
		[{ units: [{ ...one, fault: 'drift' }] }, /units\[0\]: fault: drift/],
		[{ units: [{ ...one, colour: 1 }] }, /units\[0\]: .*colour/],
		[{ steps: [{ do: 'dance' }] }, /steps\[0\]: .*dance/],
		[{ steps: [{ do: 'silence' }, { do: 'drift', by: 1 }] },
			/steps\[1\]: point is missing/],
		[{ steps: [{ do: 'spike', point: 'level' }] },
			/steps\[0\]: by is missing/],
		[{ steps: [{ do: 'silence', unit: 9 }] }, /steps\[0\]: .*no unit 9/],
		[{ steps: [{ do: 'silence', every_s: 5, for_s: 9 }] },
			/steps\[0\]: for_s must be/],
		[{ speed: 0 }, /speed: above 0/],
		[{ start: 'noon' }, /start: no time/],
		[{ framing: 'ascii' }, /framing: tcp or rtu/],
		[{ port: 65000, count: 1000 }, /port, port_step/],
		[{ gateways: [{ url: 'http://x', key_file: '/nowhere',
			devices: [{ device: 'a', profile: 'range' }] }] },
		/gateways\[0\]: key_file: cannot open/],
		[{ moon: 1 }, /moon/],
	];

	test('what is wrong in its file is said, with file and member', async () => {
		const file = path.join(folder, 'bad.json');
		const conf = path.join(folder, 'bad.conf');

		writeFileSync(conf,
			`scenario = ${file}\nprofiles = ${folder}/profiles\n`);
		for (const [what, why] of BAD) {
			writeFileSync(file, JSON.stringify({ units: [one], ...what }));
			const e = await run(path.join(app, 'bin/fluxline-simulator'),
				[conf]).catch((failed) => failed);

			assert.equal(e.code, 1, JSON.stringify(what));
			assert.match(e.stderr, why);
			assert.ok(e.stderr.includes(file), e.stderr);
		}
	});
});
