// The samples of static/samples, as they stand: each sends to this instance over
// a line that breaks, a server that is busy and an answer that gets lost, and
// everything arrives, once.  Mostly waits.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync,
	writeFileSync } from 'node:fs';
import nodehttp from 'node:http';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { env, http, root, waitFor } from '../lib/flux.mjs';
import { INGEST, Plant, telemetry } from '../lib/plant.mjs';

const run = promisify(execFile);
const samples = path.join(root, 'static/samples');
const folder = mkdtempSync('/tmp/fluxsamples.');
let plant, key;

/*
 * What lies between a sample and the instance.  The first batches meet: a
 * connection that ends at once, a 503 with Retry-After, a batch that is taken
 * and whose answer is lost; then all is well.
 */
class Line {
	constructor() {
		this.heard = []; // { id, at, body } of each attempt
		this.server = nodehttp.createServer((rq, rs) => this.hear(rq, rs));
	}

	async open() {
		this.server.listen(0, '127.0.0.1');
		await once(this.server, 'listening');
		return `http://127.0.0.1:${this.server.address().port}`;
	}

	async hear(rq, rs) {
		const parts = [];

		for await (const part of rq)
			parts.push(part);
		const body = Buffer.concat(parts).toString();
		const id = rq.headers['idempotency-key'] ?? JSON.parse(body).batch_id;
		const nth = this.heard.push({ id, at: Date.now(), body });

		if (nth === 1) {
			rq.socket.destroy();
			return;
		}
		if (nth === 2) {
			rs.writeHead(503, { 'Retry-After': '2' }).end();
			return;
		}
		const answer = await http('POST', INGEST, { body, headers: {
			'X-API-Key': rq.headers['x-api-key'],
			'Content-Type': rq.headers['content-type'],
			...rq.headers['idempotency-key'] && { 'Idempotency-Key': id } } });

		if (nth === 3) {
			rq.socket.destroy();
			return;
		}
		rs.writeHead(answer.status, { 'Content-Type': 'application/json' })
			.end(answer.body);
	}

	close() {
		this.server.closeAllConnections?.();
		this.server.close();
	}
}

// A program that runs until it is ended.
function start(command, args, settings, cwd) {
	const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'],
		env: { PATH: process.env.PATH, HOME: cwd, PYTHONDONTWRITEBYTECODE: '1',
			...settings } });
	const p = { said: '', closed: once(child, 'close') };

	for (const from of [child.stdout, child.stderr])
		from.on('data', (part) => { p.said += part; });
	p.end = async () => {
		child.kill();
		await p.closed;
	};
	return p;
}

// The values of the device's sensor, by time.
const values = async (device) => (await telemetry(key, device, { from: 0 }))
	.filter((r) => r.sensor === 'flow_rate')
	.sort((a, b) => a.timestamp - b.timestamp).map((r) => r.value);

// Each: begins with what it measures, and what of it has to arrive.
const SENDERS = {
	'Python, for a Raspberry Pi': {
		device: 'PI',
		begin(to, cwd) {
			writeFileSync(path.join(cwd, 'temp'), '21500\n');
			return start('python3', [path.join(samples, 'sender.py')],
				{ ...to, FLUX_FILE: path.join(cwd, 'temp'), FLUX_EVERY: '0.5',
					FLUX_SENSOR: 'flow_rate' }, cwd);
		},
		came: (got) => got.length >= 8 && got.every((v) => v === 21.5),
	},
	'Python, for a SCADA that writes CSV': {
		device: 'SC',
		begin(to, cwd) {
			const file = path.join(cwd, 'historian.csv');
			const from = Date.now() - 3600e3;
			const line = (i) => `${new Date(from + i * 1000).toISOString()},` +
				`SC.flow_rate,${i},m3/h\n`;

			writeFileSync(file, `Time,Tag\n${[0, 1, 2].map(line).join('')}`);
			const p = start('python3', [path.join(samples, 'scada.py')],
				{ ...to, FLUX_CSV: file }, cwd);

			// The last line is not whole yet when it is looked at.
			p.more = () => appendFileSync(file, line(3) + line(4).slice(0, 9));
			p.rest = () => appendFileSync(file, line(4).slice(9));
			return p;
		},
		came: (got) => got.join() === '0,1,2,3,4',
		said: /not understood: \['Time', 'Tag'\]/,
	},
	'a shell and curl': {
		device: 'SH',
		begin(to, cwd) {
			const sh = path.join(samples, 'sender.sh');
			// What cron does, more often.
			const p = start('sh', ['-c', `
				for i in 1 2 3; do "$0" put SH flow_rate $i; sleep 1.1; done
				while sleep 0.5; do "$0" send; done`, sh], to, cwd);

			p.more = () => run(sh, ['put', 'SH', 'flow_rate', '4'],
				{ env: { PATH: process.env.PATH, HOME: cwd, ...to } });
			return p;
		},
		came: (got) => got.join() === '1,2,3,4',
	},
	'Arduino, for an ESP32': {
		device: 'ESP',
		async begin(to, cwd) {
			const text = (s) => JSON.stringify(s);
			const is = Object.entries({ SKETCH: text(path.join(samples,
				'esp32/esp32.ino')), FLUX_URL: text(to.FLUX_URL),
			FLUX_KEY: text(key), FLUX_DEVICE: text('ESP'),
			FLUX_SENSOR: text('flow_rate'), FLUX_NETWORK: text(''),
			FLUX_PASSWORD: text(''), FLUX_EVERY_S: 1, FLUX_CA: 'NULL' });
			const board = path.join(root, 'tests/clients/arduino');

			await run('g++', ['-std=c++17', '-Wall', '-Wextra', '-Werror',
				'-I', board, ...is.map(([name, v]) => `-D${name}=${v}`), '-o',
				path.join(cwd, 'esp32'), path.join(board, 'main.cpp'), '-lcurl']);
			return start(path.join(cwd, 'esp32'), [], {}, cwd);
		},
		// 5, 10, 15 ... of 4095, at 3.3 V.
		came: (got) => got.length >= 5 && got.every((v, i) =>
			Math.abs(v - (i + 1) * 5 * 3.3 / 4095) < 1e-4),
		needs: 'g++',
	},
	'Node-RED, beside a PLC': {
		device: 'PLC',
		async begin(to, cwd) {
			const clients = path.join(root, 'tests/clients');
			const flow = path.join(cwd, 'flow.json');

			await run(path.join(clients, 'install'));
			writeFileSync(flow, readFileSync(path.join(samples,
				'node-red.json'), 'utf8').replaceAll('$URL', to.FLUX_URL)
				.replaceAll('$KEY', key).replaceAll('$DEVICE', 'PLC')
				.replaceAll('$SENSOR', 'flow_rate')
				.replace('"repeat": "10"', '"repeat": "1"'));
			return start(process.execPath,
				[path.join(clients, 'node_red.mjs')], { FLOW: flow }, cwd);
		},
		came: (got) => got.length >= 5 && got.every((v) => v === 1),
	},
};

describe('the sample of', { concurrency: true }, () => {
	before(async () => {
		plant = await Plant.make('Samples');
		await plant.gateway('GW');
		key = await plant.key('GW');
		chmodSync(folder, 0o755);
	});
	after(() => rmSync(folder, { recursive: true, force: true }));

	for (const [name, s] of Object.entries(SENDERS))
		test(`${name}: everything arrives, once`, async (t) => {
			const missing = s.needs && await run('which', [s.needs])
				.then(() => false, () => true);

			if (missing) {
				t.skip(`there is no ${s.needs}`);
				return;
			}
			const line = new Line();
			const cwd = path.join(folder, s.device);

			mkdirSync(cwd);
			await plant.device(s.device, undefined, '--gateway', 'GW');
			const p = await s.begin({ FLUX_URL: await line.open(), FLUX_KEY: key,
				FLUX_DEVICE: s.device }, cwd);

			try {
				await waitFor(() => line.heard.length >= 4, 60000, 100);
				await p.more?.();
				await waitFor(async () => (await values(s.device)).length >= 4,
					60000, 100);
				await p.rest?.();
				await waitFor(async () => s.came(await values(s.device)),
					60000, 100);
			} catch (e) {
				assert.fail(`${e.message}\n${p.said}\n` +
					`${await values(s.device)}`);
			} finally {
				await p.end();
				line.close();
			}
			const [one, two, three, four] = line.heard;

			// The first batch was tried four times, and always was the same.
			for (const again of [two, three, four])
				assert.deepEqual([again.id, again.body], [one.id, one.body]);
			assert.match(one.id, /-1$/);
			assert.ok(three.at - two.at >= 1900, 'Retry-After was not waited for');
			const ids = [...new Set(line.heard.map((h) => h.id))];

			assert.deepEqual(ids.map((id) => Number(id.split('-').at(-1))),
				ids.map((id, i) => i + 1));
			assert.match(p.said, s.said ?? /(?:)/);
			assert.equal((await plant.ledger()).duplicate, 0);
		});

	test('is offered by the instance, and named where senders are set up',
		async () => {
			const files = ['sender.py', 'scada.py', 'sender.sh', 'node-red.json',
				'esp32/esp32.ino'];
			const recipes = readFileSync(path.join(root,
				'cgi-bin/admin/sender_text.c'), 'utf8');
			const readme = readFileSync(path.join(root, 'README.md'), 'utf8');

			for (const file of files) {
				const answer = await http('GET', `/static/samples/${file}`);

				assert.equal(answer.status, 200, file);
				assert.equal(answer.body,
					readFileSync(path.join(samples, file), 'utf8'));
				assert.ok(recipes.includes(`"${file}"`), `no recipe has ${file}`);
				assert.ok(readme.includes(`static/samples/${file}`), file);
			}
		});
});
