// The edge's limits: the slow are cut off, the many are slowed down.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync,
	writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { flux_var, http, waitFor } from '../lib/flux.mjs';
import { within } from '../lib/pace.mjs';
import { freePorts } from '../lib/ports.mjs';
import { plain, raw } from '../lib/raw.mjs';

describe('who is slow holds up nobody else', () => {
	// How long one of 20 other requests takes.
	async function middle() {
		const times = [];

		for (let i = 0; i < 20; i++) {
			const begun = Date.now();
			const answer = await http('GET', '/api/health');

			assert.equal(answer.status, 200);
			times.push(Date.now() - begun);
		}
		return times.sort((a, b) => a - b)[times.length >> 1];
	}

	// So many connections that never finish, and what others see meanwhile.
	async function beside(count, start) {
		const sockets = [];
		const ended = [];
		const alone = await middle();

		for (let i = 0; i < count; i++) {
			const socket = net.connect(plain.port, '127.0.0.1');
			const begun = Date.now();

			socket.on('error', () => {});
			ended.push(new Promise((resolve) => {
				socket.on('close', () => resolve(Date.now() - begun));
			}));
			socket.resume();
			socket.write(start);
			sockets.push(socket);
		}
		await sleep(200);
		const took = await middle();
		const drip = setInterval(() => {
			for (const socket of sockets)
				socket.writable && socket.write('x');
		}, 500);
		const lived = await Promise.all(ended.map((end) => Promise.race([end,
			sleep(30000, Infinity, { ref: false })])));

		clearInterval(drip);
		for (const socket of sockets)
			socket.destroy();
		return { took, alone, longest: Math.max(...lived) };
	}

	test('300 dripping heads: cut off after 5 s, others see nothing', async () => {
		const { took, alone, longest } = await beside(300,
			'GET / HTTP/1.1\r\nHost: x\r\nX-Drip: ');

		assert.ok(took < Math.max(500, 3 * alone),
			`another request took ${took} ms, and ${alone} ms alone`);
		assert.ok(longest < 20000, `a head was allowed ${longest} ms`);
	});

	test('100 bodies that never come: programs stay free', async () => {
		const sockets = Array.from({ length: 100 }, () => {
			const socket = net.connect(plain.port, '127.0.0.1');

			socket.on('error', () => {});
			socket.write('POST /api/v1/ingest HTTP/1.1\r\nHost: x\r\n' +
			    'Content-Length: 1000\r\n\r\n{"readings":[');
			return socket;
		});

		await sleep(300);
		const answer = await within(500, () =>
			http('POST', '/api/v1/ingest', { body: {} }));

		for (const socket of sockets)
			socket.destroy();
		assert.equal(answer.status, 401);
	});
});

// A second nginx with our configuration, in which 127.0.0.1 alone is exempt:
// the other loopback addresses play strangers.  Its programs are away.
describe('a stranger has limits', () => {
	const home = mkdtempSync(path.join(os.tmpdir(), 'fluxedge.'));
	let strangers = 0, keys = 0;
	const stranger = () => `127.0.1.${++strangers}`;
	// What comes from here has the address of its X-Real-IP.
	const proxy = '127.0.0.12';
	let port, nginx;

	// The statuses of so many requests, sent at once on 20 connections; a
	// function makes one of its number.
	async function statuses(from, count, request) {
		const make = typeof request === 'function' ? request : () => request;
		const share = Array.from({ length: 20 }, (_, i) => {
			const all = Array.from({ length: count / 20 },
				(_, k) => make(i * count / 20 + k));

			all.push(all.pop().replace('\r\n\r\n',
				'\r\nConnection: close\r\n\r\n'));
			return raw(all.join(''), { port, from, ms: 60000 });
		});
		const texts = await Promise.all(share);

		return { codes: texts.join('').match(/HTTP\/1\.1 (\d+)/g)
			.map((line) => line.slice(-3)),
		text: texts.join('') };
	}

	// What is allowed grows while the requests are on their way, so they count
	// when they have come together.
	const atOnce = (ms, fn) => within(ms, fn, 'a burst', 20);

	before(async () => {
		[port] = await freePorts(1);
		chmodSync(home, 0o755);
		for (const folder of ['app', 'run', 'tmp', 'log'])
			mkdirSync(path.join(home, folder));
		cpSync(path.join(flux_var, 'app/static'), path.join(home, 'app/static'),
			{ recursive: true });
		cpSync(path.join(flux_var, 'app/senders.conf'),
			path.join(home, 'app/senders.conf'));
		const text = readFileSync(path.join(flux_var, 'app/nginx.conf'), 'utf8')
			.replace('127.0.0.0/8 1;', '127.0.0.1 1;')
			.replace('geo $loopback', `set_real_ip_from ${proxy};\n$&`)
			.replace(`listen 127.0.0.1:${plain.port}`, `listen 127.0.0.1:${port}`)
			.replace(/listen .*ssl.*;/g, '').replace(/ssl_cert.*;/g, '');

		assert.match(text, /127\.0\.0\.1 1;/);
		writeFileSync(path.join(home, 'app/nginx.conf'), text);
		nginx = spawn('/usr/sbin/nginx', ['-e', 'stderr', '-p', `${home}/`,
			'-c', 'app/nginx.conf'], { stdio: 'ignore', cwd: home });
		await waitFor(() => raw('GET / HTTP/1.0\r\n\r\n', { port })
			.catch(() => ''), 5000);
	});

	after(async () => {
		const gone = new Promise((resolve) => { nginx.on('exit', resolve); });

		nginx.kill('SIGTERM');
		await gone;
		rmSync(home, { recursive: true });
	});

	test('of 1000 requests at once most get 429, and a word why', async () => {
		const { codes, text } = await atOnce(1400, () => statuses(stranger(),
			1000, 'GET /api/health HTTP/1.1\r\nHost: x\r\n\r\n'));
		const refused = codes.filter((code) => code === '429').length;

		assert.equal(codes.length, 1000);
		assert.ok(refused > 300 && refused < 620, `${refused} refused`);
		assert.match(text, /"status":429/);
		assert.match(text, /Retry-After: 2/);
	});

	test('one key may post 200 at once, whatever the address', async () => {
		const body = '\r\nContent-Length: 2\r\n\r\n{}';
		const request = () => 'POST /api/v1/ingest HTTP/1.1\r\nHost: x\r\n' +
		    `X-API-Key: flx_a${keys}${body}`;
		const { codes } = await atOnce(700, () => {
			keys++;
			return statuses(stranger(), 360, request);
		});
		const refused = codes.filter((code) => code === '429').length;

		assert.ok(refused > 80 && refused < 170, `${refused} refused`);
	});

	test('ten passwords may be tried at once, not twenty', async () => {
		const { codes } = await atOnce(1900, () => statuses(stranger(), 40,
			'POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n'));
		const refused = codes.filter((code) => code === '429').length;

		assert.ok(refused >= 27 && refused <= 29, `${refused} refused`);
	});

	test('nor has a key more with another Authorization beside it', async () => {
		const { codes } = await atOnce(700, () => {
			keys++;
			return statuses(stranger(), 360, (i) =>
				'POST /api/v1/ingest HTTP/1.1\r\nHost: x\r\n' +
				`X-API-Key: flx_b${keys}\r\nAuthorization: Bearer ${i}\r\n` +
				'Content-Length: 2\r\n\r\n{}');
		});
		const refused = codes.filter((code) => code === '429').length;

		assert.ok(refused > 80 && refused < 170, `${refused} refused`);
	});

	test('of IPv6 a network is counted, not its addresses', async () => {
		const login = (address) => 'POST /login HTTP/1.1\r\nHost: x\r\n' +
			`X-Real-IP: ${address}\r\nContent-Length: 0\r\n\r\n`;
		const refused = async (address) => (await statuses(proxy, 40,
			(i) => login(address(i.toString(16))))).codes
			.filter((code) => code === '429').length;
		let networks = 0;
		const one = await atOnce(1900, () => {
			networks++;
			return refused((i) => `2001:db8:b:${networks}:${i}::${i}`);
		});

		assert.ok(one >= 27 && one <= 29, `${one} refused of one network`);
		assert.equal(await refused((i) => `2001:db8:a:c${i}::1`), 0);
	});

	test('this machine itself is not counted', async () => {
		const { codes } = await statuses('127.0.0.1', 1000,
			'GET /api/health HTTP/1.1\r\nHost: x\r\n\r\n');

		assert.ok(!codes.includes('429'));
	});
});
