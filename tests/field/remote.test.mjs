// A poller at a remote site: no database, a gateway's key, a thin link.  After
// a day without it the newest value is there first, the rest behind it, each
// reading once; and what was given up is told.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync,
	readdirSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { request_for } from '../lib/enrol.mjs';
import { ctl, env, flux_var, http, root, sql, waitFor }
	from '../lib/flux.mjs';
import { Person } from '../lib/person.mjs';
import { Plant, get, rows } from '../lib/plant.mjs';
import { Programs, app } from '../lib/simulator.mjs';
import { Stalls } from '../lib/stalls.mjs';

const THIN = 64000 / 8;    // bytes a second
const WIDE = 100e6;
const FRESH_MS = 5000;
const DAY_MS = 86400e3;
const STEP_MS = 10e3;
const COUNT = 4000; // polls of the outage

const folder = mkdtempSync('/tmp/fluxremote.');
const programs = new Programs(folder);
const tool = path.join(process.env.FLUX_BUILD ?? path.join(root, 'build'),
	'tests/field/backlog');
const server = new URL(env.FLUX_TLS_URL);

// A line of so many bytes a second either way, which can be cut.
class Link {
	static async up(rate) {
		const link = Object.assign(new Link(),
			{ rate, cut: false, up: 0, sockets: new Set() });

		link.server = net.createServer((near) => link.join(near));
		link.server.listen(0, '127.0.0.1');
		await once(link.server, 'listening');
		link.port = link.server.address().port;
		return link;
	}

	join(near) {
		if (this.cut) {
			near.destroy();
			return;
		}
		const far = net.connect(Number(server.port), '127.0.0.1');

		for (const [from, to, counts] of [[near, far, true], [far, near, false]]) {
			this.sockets.add(from);
			from.on('error', () => {});
			from.on('close', () => { this.sockets.delete(from); to.destroy(); });
			from.on('end', () => to.end());
			from.on('data', (part) => {
				if (counts)
					this.up += part.length;
				to.write(part);
				from.pause();
				setTimeout(() => from.resume(), part.length / this.rate * 1000);
			});
		}
	}

	sever() {
		this.cut = true;
		for (const socket of this.sockets)
			socket.destroy();
	}

	close() {
		this.sever();
		this.server.close();
	}
}

let plant, key, link, sensors, modbus;
let name = 0; // of the poller's folder

// Settings of a poller of its own spool.
function settings(more = {}) {
	const dir = path.join(folder, `edge${++name}`);

	mkdirSync(dir, { mode: 0o700 });
	writeFileSync(`${folder}/key`, `${key}\n`, { mode: 0o600 });
	chmodSync(`${folder}/key`, 0o600);
	const all = { server: `https://127.0.0.1:${link.port}`,
		key_file: `${folder}/key`, server_ca: env.FLUX_CA, spool: dir,
		profiles: path.join(app, 'profiles'), plan_refresh_s: 1,
		spool_reserve_mb: 1, ...more };

	writeFileSync(`${dir}.conf`, Object.entries(all)
		.filter(([, v]) => v !== undefined)
		.map(([k, v]) => `${k} = ${v}\n`).join(''));
	return { dir, conf: `${dir}.conf` };
}

function start({ conf }) {
	return programs.start(path.join(app, 'bin/fluxline-poller'), [conf]);
}

// Until it has said so, or with what it said instead.
async function says(poller, what, ms = 10000) {
	await waitFor(() => what.test(poller.said), ms, 20)
		.catch(() => assert.match(poller.said, what));
}

async function kill(poller, signal = 'SIGKILL') {
	poller.kill(signal);
	await (poller.exitCode ?? poller.signalCode ?? once(poller, 'close'));
}

function backlog({ dir }, max_kb, segment_kb, from, step, count) {
	return Number(execFileSync(tool, [dir, max_kb, segment_kb, plant.id, from, step, count, ...sensors]
		.map(String)));
}

// The newest time of the polled device that the store knows.
async function newest() {
	return Number(await sql('super', `SELECT coalesce(extract(epoch FROM
		 max(t)) * 1000, 0) FROM flux.latest, unnest(time) AS t
		 WHERE tenant_id = ${plant.id}`));
}

const ledger = async () => (await rows(`SELECT coalesce(sum(sent), 0)::int AS sent,
	 coalesce(sum(stored), 0)::int AS stored,
	 coalesce(sum(duplicate), 0)::int AS duplicate,
	 coalesce(sum(rejected), 0)::int AS rejected,
	 coalesce(sum(thinned), 0)::int AS thinned
	 FROM flux.ingest_batch WHERE tenant_id = ${plant.id}`))[0];

const stored = async (from, to) => {
	const answer = await get(key, `/api/v1/telemetry/statistics?device=POLLED` +
		`&from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}`);

	assert.equal(answer.status, 200, answer.body);
	return answer.json().sensors.reduce((n, s) => n + s.count, 0);
};

// Of a poller that polls nothing: then no segment is open.
const drained = ({ dir }) => waitFor(() => !readdirSync(dir)
	.some((file) => file.endsWith('.seg')), 20000, 50);

before(async () => {
	plant = await Plant.make('remote');
	await plant.gateway('GW');
	key = await plant.key('GW');
	modbus = await programs.simulate([{ unit: 5, profile: 'pump-station' }])
		.catch(async () => {
			cpSync(path.join(app, 'profiles'), `${folder}/profiles`,
				{ recursive: true });
			return programs.simulate([{ unit: 5, profile: 'pump-station' }]);
		});
	await plant.device('POLLED', 'pump-station', '--gateway', 'GW',
		'--poll-ms', '500', '--modbus', `tcp:127.0.0.1:${modbus}:5`);
	sensors = (await rows(`SELECT sensor_id FROM flux.sensor s JOIN flux.device d
		 USING (tenant_id, device_id) WHERE s.tenant_id = ${plant.id}
		 AND d.key = 'POLLED' ORDER BY 1`)).map((r) => r.sensor_id).slice(0, 3);
	link = await Link.up(WIDE);
});
after(async () => {
	await programs.end();
	link?.close();
	rmSync(folder, { recursive: true, force: true });
});

test('the plan is for who has the key, and for nobody else', async () => {
	const plan = await get(key, '/api/v1/ingest/plan');

	assert.equal(plan.status, 200, plan.body);
	assert.deepEqual(plan.json().map((d) => [d.key, d.port]),
		[['POLLED', modbus]]);
	assert.equal((await get(key, '/api/v1/ingest/plan',
		{ 'If-None-Match': plan.headers.etag })).status, 304);
	assert.equal((await http('GET', '/api/v1/ingest/plan')).status, 401);
	const other = await Plant.make('remote2');

	await other.gateway('GW');
	assert.deepEqual((await get(await other.key('GW'),
		'/api/v1/ingest/plan')).json(), []);
});

describe('a day without the link', () => {
	let edge, poller, from, at, before_start;

	after(() => poller && kill(poller));

	test('it has its plan, and then neither link nor life', async () => {
		edge = settings();
		poller = start(edge);
		await says(poller, /roster devices=1/);
		await waitFor(newest, 10000)
			.catch(() => assert.fail(poller.said));
		await kill(poller);
		link.sever();
		from = Math.floor((Date.now() - DAY_MS) / STEP_MS) * STEP_MS;
		assert.equal(backlog(edge, 65536, 4096, from, STEP_MS, COUNT), 0);
		await plant.derived();
		before_start = await newest();
	});

	test('it starts without the link and goes on polling', async () => {
		poller = start(edge);
		await says(poller, /sink away/);
		assert.match(poller.said, /roster devices=1 lines=1 running=1/);
	});

	test('the newest value is there first, within 5 s', async () => {
		link.rate = THIN;
		link.up = 0;
		link.cut = false;
		at = Date.now();
		await waitFor(async () => await newest() >= at, FRESH_MS, 50);
		const ms = Date.now() - at;
		const came = await stored(from, from + COUNT * STEP_MS);

		console.log(`soak 1 remote: newest value after ${ms} ms at 64 kbit/s, ` +
			`${came} of ${COUNT * sensors.length} of the backlog`);
		assert.ok(await newest() > before_start);
	});

	test('killed in between, each reading is stored once', async () => {
		await waitFor(async () => await stored(from, from + COUNT * STEP_MS) >
			0, 15000, 100);
		await kill(poller);
		link.rate = WIDE;
		poller = start(edge);
		await waitFor(async () => await stored(from, from + COUNT * STEP_MS) ===
			COUNT * sensors.length, 20000, 200);
		await kill(poller, 'SIGTERM');
		await plant.derived();
		const l = await ledger();

		assert.equal(await sql('super', `SELECT count(*) > 0
			FROM flux.ingest_batch WHERE tenant_id = ${plant.id}
			AND t_max < to_timestamp(${(from + COUNT * STEP_MS) / 1000})
			AND batch_id > (SELECT min(batch_id) FROM flux.ingest_batch
			     WHERE tenant_id = ${plant.id}
			       AND t_max >= to_timestamp(${at / 1000}))`), 't',
		'the backlog is behind it');
		console.log(`soak 1 remote: ${(link.up / l.sent).toFixed(2)} bytes a ` +
			`reading on the wire, ${l.duplicate} of ${l.sent} came again`);
		assert.equal(l.sent, l.stored + l.duplicate + l.rejected + l.thinned);
		assert.equal(l.rejected + l.thinned, 0);
	});

	test('its batches are numbered, and none is missing', async () => {
		const answer = await get(key, '/api/v1/ledger/holes?device=GW');

		assert.equal(answer.status, 200, answer.body);
		assert.deepEqual(answer.json().holes, []);
		assert.ok(Number(await sql('super', `SELECT count(DISTINCT seq_of)
			 FROM flux.ingest_batch WHERE tenant_id = ${plant.id}`)) >= 2);
	});
});

test('what was given up is told, counted and shown', async () => {
	const edge = settings();
	const from = Date.now() - 20 * 3600e3;
	const was = await ledger();
	const lost = backlog(edge, 64, 8, from, 1000, 9000);

	assert.ok(lost > 0);
	const poller = start(edge);

	await waitFor(async () => (await ledger()).thinned === was.thinned + lost,
		20000, 200);
	await waitFor(async () => (await ledger()).sent - was.sent >=
		9000 * sensors.length, 20000, 200);
	await kill(poller, 'SIGTERM');
	await plant.derived();
	const l = await ledger();

	assert.equal(l.sent, l.stored + l.duplicate + l.rejected + l.thinned);
	const gaps = await rows(`SELECT sensor_id, count::int, reason FROM flux.gap
		 WHERE tenant_id = ${plant.id}`);

	assert.equal(gaps.reduce((n, g) => n + g.count, 0), lost);
	assert.deepEqual([...new Set(gaps.map((g) => g.sensor_id))].sort(),
		[...sensors].sort());
	// One who looks sees it.
	const person = await Person.make(plant.name);

	await person.login();
	for (const page of ['/gaps', '/devices/POLLED']) {
		const { body } = await person.get(page);

		assert.match(body, /readings thinned to one a minute/, page);
	}
});

test('the poller of the cell tells what it gave up, too', async () => {
	const cell = await Plant.make('cell');
	const edge = settings();

	await cell.device('D', 'pump-station');
	await ctl('poller', cell.name);
	const [{ id }] = await rows(`SELECT min(sensor_id) AS id FROM flux.sensor
		 WHERE tenant_id = ${cell.id}`);
	const lost = Number(execFileSync(tool, [edge.dir, 16, 4, cell.id,
		Date.now() - 3600e3, 1000, 3000, id].map(String)));

	writeFileSync(edge.conf, readFileSync(
		path.join(flux_var, 'etc/poller.conf'), 'utf8')
		.replace(/^spool = .*$/m, `spool = ${edge.dir}`));
	const poller = start(edge);

	await waitFor(async () => (await rows(`SELECT coalesce(sum(thinned), 0)::int
		 AS n, coalesce(sum(sent), 0)::int AS sent FROM flux.ingest_batch
		 WHERE tenant_id = ${cell.id}`)).every((l) =>
		l.n === lost && l.sent === 3000), 15000, 100);
	await kill(poller, 'SIGTERM');
	assert.ok(lost > 0);
	assert.deepEqual(await rows(`SELECT source_id, sensor_id, sum(count)::int AS n
		 FROM flux.gap WHERE tenant_id = ${cell.id} GROUP BY 1, 2`),
	[{ source_id: 0, sensor_id: id, n: lost }]);
});

describe('whoever is not our server gets nothing', () => {
	test('another key than the pinned one', async () => {
		const edge = settings({ server_pin:
			`sha256//${Buffer.alloc(32).toString('base64')}` });
		const was = await ledger();

		backlog(edge, 65536, 4096, Date.now() - 3600e3, 1000, 10);
		const poller = start(edge);

		await says(poller, /sink refuses us/);
		await kill(poller, 'SIGTERM');
		assert.deepEqual(await ledger(), was);
		assert.doesNotMatch(poller.said, /flx_/);
	});

	test('and the right one is', async () => {
		const pem = readFileSync(path.join(flux_var, 'tls/server.pem'));
		const pin = execFileSync('sh', ['-c', `openssl x509 -pubkey -noout |
			openssl pkey -pubin -outform der | openssl dgst -sha256 -binary |
			base64`], { input: pem }).toString().trim();
		const edge = settings({ server_pin: `sha256//${pin}` });
		const was = await ledger();

		backlog(edge, 65536, 4096, Date.now() - 7200e3, 1000, 10);
		const poller = start(edge);

		await waitFor(async () => (await ledger()).sent - was.sent >=
			10 * sensors.length, 10000, 100);
		await kill(poller, 'SIGTERM');
	});

	test('a key that others may read is none', async () => {
		const edge = settings();

		chmodSync(`${folder}/key`, 0o644);
		const poller = start(edge);

		await waitFor(() => poller.exitCode !== null, 5000);
		assert.equal(poller.exitCode, 1);
		assert.match(poller.said, /mode 0600/);
	});
});

test('a certificate is a credential, too', async () => {
	const edge = settings({ server: env.FLUX_DEVICE_URL, key_file: undefined,
		client_cert: `${folder}/cert`, client_key: `${folder}/cert.key` });
	const { key: own, csr } = await request_for('GW');
	const was = await ledger();

	await ctl('ca', plant.name, 'make');
	writeFileSync(`${folder}/cert`, await ctl('cert', plant.name, 'issue', 'GW',
		'-', { input: csr }));
	writeFileSync(`${folder}/cert.key`, own, { mode: 0o600 });
	backlog(edge, 65536, 4096, Date.now() - 10800e3, 1000, 10);
	const poller = start(edge);

	await waitFor(async () => (await ledger()).sent - was.sent >=
		10 * sensors.length, 10000, 100);
	await says(poller, /roster devices=1/);
	await kill(poller, 'SIGTERM');
});

describe('a server that does not take what it gets', () => {
	const SMALL = 200; // bytes that it takes at once
	const stalls = new Stalls();
	let other, asked, edge, poller;

	before(async () => {
		asked = [];
		other = https.createServer({
			key: readFileSync(path.join(flux_var, 'tls/server.key')),
			cert: readFileSync(path.join(flux_var, 'tls/server.pem')),
		}, async (question, answer) => {
			const parts = [];

			for await (const part of question)
				parts.push(part);
			const body = Buffer.concat(parts);

			// It knows nothing but readings.
			if (!question.url.startsWith('/api/v1/ingest?')) {
				answer.writeHead(404).end();
				return;
			}
			asked.push({ at: Date.now(), body,
				number: question.headers['idempotency-key'] });
			if (asked.length === 1)
				answer.writeHead(503, { 'Retry-After': '1' });
			else
				answer.writeHead(body.length > SMALL ? 413 : 202);
			answer.end();
		}).listen(0, '127.0.0.1');
		await once(other, 'listening');
		edge = settings({ server: `https://127.0.0.1:${other.address().port}` });
		backlog(edge, 65536, 4096, Date.now() - 3600e3, 777, 100);
		poller = start(edge);
	});
	after(() => {
		other.close();
		return stalls.end();
	});

	test('is asked again when it said, with the very same', async () => {
		await waitFor(() => asked.length >= 2, 10000, 20);
		const [from, to] = asked.map((a) => a.at);
		const stood = stalls.within(from, to);

		assert.ok(to - from >= 1000);
		assert.ok(to - from < 10000 + stood, `${to - from} ms, ${stood} stood`);
		assert.equal(asked[0].number, asked[1].number);
		assert.deepEqual(asked[0].body, asked[1].body);
	});

	test('gets halves of what is too large, and nothing is put aside', async () => {
		await drained(edge);
		await kill(poller, 'SIGTERM');
		assert.match(poller.said, /waiting=0 dropped=0/);
		assert.ok(!existsSync(path.join(edge.dir, 'refused')));
		const good = asked.slice(1).filter((a) => a.body.length <= SMALL);
		const numbers = good.map((a) => Number(a.number.split('-')[1]));

		assert.ok(good.length > 1 && good.length < 100);
		assert.deepEqual(numbers, numbers.map((_, i) => i + 1));
	});
});

test('a key that ends stops it, and nothing is put aside', async () => {
	const edge = settings();

	await sql('super', `UPDATE ctx.api_key SET revoked_at = now()
		WHERE key_hash = sha256('${key}')`);
	backlog(edge, 65536, 4096, Date.now() - 3600e3, 1000, 10);
	const poller = start(edge);

	await says(poller, /sink refuses us/);
	await kill(poller, 'SIGTERM');
	assert.ok(!existsSync(path.join(edge.dir, 'refused')));
	assert.match(poller.said, /waiting=(?!0)\d+ dropped=0/);
});
