// An edge agent behind a link that is too narrow for all it reads: it measures
// that, tells less, says so with the data and beside the device, and blurs
// neither counters nor states.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync,
	writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { env, http, root, waitFor } from '../lib/flux.mjs';
import { Person } from '../lib/person.mjs';
import { Plant, get, rows, telemetry } from '../lib/plant.mjs';
import { Programs, app } from '../lib/simulator.mjs';

const THIN = 32000 / 8; // bytes a second
const WIDE = 100e6;
const STALE = 20000; // readings of each sensor that wait for the link
const HOLD = 40;     // samples for which the state stays as it is
const folder = mkdtempSync('/tmp/fluxuplink.');
const programs = new Programs(folder);
const tool = path.join(process.env.FLUX_BUILD ?? path.join(root, 'build'),
	'tests/field/backlog');
const profile = path.join(app, 'profiles/uplink-fast.json');

// A line on which so many bytes take a second: what is sent arrives when all
// before it has.
class Narrow {
	static async up(rate) {
		const link = Object.assign(new Narrow(), { rate, sockets: new Set() });

		link.server = net.createServer((near) => {
			const far = net.connect(Number(new URL(env.FLUX_TLS_URL).port),
				'127.0.0.1');

			for (const [from, to] of [[near, far], [far, near]]) {
				link.sockets.add(from);
				from.on('error', () => {});
				from.on('close', () => { link.sockets.delete(from); to.destroy(); });
				from.on('end', () => to.end());
				from.on('data', (part) => {
					from.pause();
					setTimeout(() => { to.write(part); from.resume(); },
						part.length / link.rate * 1000);
				});
			}
		}).listen(0, '127.0.0.1');
		await once(link.server, 'listening');
		link.port = link.server.address().port;
		return link;
	}

	close() {
		for (const socket of this.sockets)
			socket.destroy();
		this.server.close();
	}
}

let plant, key, link, settings;

function start(more = {}) {
	writeFileSync(`${folder}/edge.conf`, Object.entries({ ...settings, ...more })
		.map(([k, v]) => `${k} = ${v}\n`).join(''));
	return programs.start(path.join(app, 'bin/fluxline-poller'),
		[`${folder}/edge.conf`]);
}

async function end(poller) {
	poller.kill('SIGTERM');
	await (poller.exitCode ?? poller.signalCode ?? once(poller, 'close'));
}

const device = async (name) => (await get(key, '/api/v1/devices')).json()
	.devices.find((d) => d.device === name);
const series = async (sensor, from) => (await telemetry(key, 'FAST',
	{ sensor, from })).sort((a, b) => a.timestamp - b.timestamp);
const told = async () => (await rows(`SELECT coalesce(sum(sent), 0)::int AS sent,
	 coalesce(sum(stored), 0)::int AS stored,
	 coalesce(sum(duplicate), 0)::int AS duplicate,
	 coalesce(sum(rejected), 0)::int AS rejected
	 FROM flux.ingest_batch WHERE tenant_id = ${plant.id}`))[0];

before(async () => {
	writeFileSync(profile, JSON.stringify({ fluxline_profile: 1,
		id: 'uplink-fast', version: '1', vendor: 'x', model: 'x',
		protocol: 'modbus', points: [
			{ key: 'level', address: 0, type: 'FLOAT32', range: [0, 1e6] },
			{ key: 'total', address: 2, type: 'FLOAT32', kind: 'counter' },
			{ key: 'door', address: 4, type: 'FLOAT32', kind: 'state',
				enum: { 0: 'shut', 1: 'open' } }],
		tests: [{ name: 'zeros', holding: { 0: Array(8).fill(0) },
			expect: { level: 0 } }] }));
	cpSync(path.join(app, 'profiles'), `${folder}/profiles`, { recursive: true });
	const columns = ['level', 'total', 'door'];

	writeFileSync(`${folder}/played.csv`, [['when', ...columns],
		...Array.from({ length: 20000 }, (_, i) => [i, 100 + i % 50 + 0.123,
			i, Math.floor(i / HOLD) % 2])].map((r) => r.join(',')).join('\n') + '\n');
	const port = await programs.simulate([{ unit: 1, profile: 'uplink-fast',
		recording: `${folder}/played.csv`, columns }]);

	plant = await Plant.make('Uplink');
	await plant.gateway('GW');
	key = await plant.key('GW');
	await plant.device('FAST', 'uplink-fast', '--gateway', 'GW', '--poll-ms',
		'100', '--period', '1', '--modbus', `tcp:127.0.0.1:${port}:1`);
	link = await Narrow.up(THIN);
	mkdirSync(`${folder}/spool`, { mode: 0o700 });
	writeFileSync(`${folder}/key`, `${key}\n`, { mode: 0o600 });
	settings = { server: `https://127.0.0.1:${link.port}`,
		key_file: `${folder}/key`, server_ca: env.FLUX_CA,
		spool: `${folder}/spool`, profiles: path.join(app, 'profiles'),
		plan_refresh_s: 1, spool_reserve_mb: 1 };
});
after(async () => {
	await programs.end();
	link?.close();
	rmSync(folder, { recursive: true, force: true });
	if (existsSync(profile))
		rmSync(profile);
});

test('what a grade may be called', async () => {
	const put = (query, headers = { 'X-API-Key': key }) => http('POST',
		`/api/v1/ingest/quality?${query}`, { headers });

	assert.equal((await put('quality=best')).status, 400);
	assert.equal((await put('')).status, 400);
	assert.equal((await put('quality=basic&kbit=-1')).status, 400);
	assert.equal((await put('quality=basic', {})).status, 401);
	assert.equal((await device('FAST')).uplink_quality, 'full');
	const wrong = start({ quality: 'best' });

	await waitFor(() => wrong.exitCode !== null, 10000, 50);
	assert.match(wrong.said, /quality = best: want auto, full/);
});

test('a narrow link makes it tell less, and say so', async () => {
	const sensors = (await rows(`SELECT sensor_id FROM flux.sensor s
		 JOIN flux.device d USING (tenant_id, device_id)
		 WHERE s.tenant_id = ${plant.id} AND d.key = 'FAST'
		 ORDER BY s.key`)).map((r) => r.sensor_id).slice(0, 2);
	const from = Date.now() - 6 * 3600e3;

	assert.equal(Number(execFileSync(tool, [settings.spool, 65536, 4096, plant.id,
		from, 1000, STALE, ...sensors].map(String))), 0);
	const poller = start();

	try {
		await waitFor(async () => (await device('GW')).uplink_quality === 'basic',
			60000, 250).catch(() => assert.fail(poller.said));
		assert.equal((await device('FAST')).uplink_quality, 'basic');
		assert.equal((await device('FAST')).state, 'online');
		const [{ kbit, at }] = await rows(`SELECT uplink_kbit AS kbit,
			 extract(epoch FROM quality_since) * 1000 AS at FROM flux.device
			 WHERE tenant_id = ${plant.id} AND key = 'GW'`);

		assert.ok(kbit > 10 && kbit < 100, `${kbit} kbit/s`);
		await waitFor(async () => (await series('level', Math.round(at)))
			.filter((r) => r.count > 1).length >= 4, 60000, 250);
		const all = await series('level', Math.round(at));
		const windows = all.filter((r) => r.count !== undefined);

		for (const r of windows) {
			assert.ok(r.min <= r.value && r.value <= r.max, JSON.stringify(r));
			assert.equal(r.value, Number(r.value.toFixed(1)));
		}
		assert.ok(all.some((r) => r.decimals === 1), 'to how many decimals');
		const person = await Person.make(plant.name);

		await person.login();
		for (const where of ['GW', 'FAST'])
			assert.match((await person.get(`/devices/${where}`)).body,
				/basic since .*a reading a second, windows of a minute/, where);
	} finally {
		await end(poller);
	}
	assert.match(poller.said, /quality basic, was full/);
});

test('counters and states are as they were read', async () => {
	const at = (await rows(`SELECT extract(epoch FROM quality_since) * 1000 AS at
		 FROM flux.device WHERE tenant_id = ${plant.id} AND key = 'GW'`))[0].at;
	// A poll that a busy machine missed has no value.
	const read = async (sensor) => (await series(sensor, Math.round(at) + 2000))
		.filter((r) => r.value !== null);
	const total = await read('total'), door = await read('door');

	assert.ok(total.length >= 2 && door.length >= 2);
	for (const r of [...total, ...door]) {
		assert.equal(r.count, undefined);
		assert.equal(r.decimals, undefined);
		assert.equal(r.value, Math.round(r.value));
	}
	for (const [i, r] of total.entries())
		assert.ok(i === 0 || r.value > total[i - 1].value);
	// Of a state that stays only one a second; each change with both sides.
	assert.ok(door.every((r) => [0, 1].includes(r.value)));
});

test('of what it told nothing was refused', async () => {
	await plant.derived();
	const l = await told();

	assert.equal(l.rejected, 0);
	assert.equal(l.sent, l.stored + l.duplicate);
	assert.ok(l.sent > 0);
});

test('told to be full it is, and says that too', async () => {
	link.rate = WIDE;
	const poller = start({ quality: 'full' });

	try {
		await waitFor(async () => (await device('FAST')).uplink_quality ===
			'full', 30000, 250).catch(() => assert.fail(poller.said));
		const at = (await rows(`SELECT extract(epoch FROM quality_since) * 1000
			 AS at FROM flux.device WHERE tenant_id = ${plant.id}
			 AND key = 'GW'`))[0].at;

		await waitFor(async () => (await series('level', Math.round(at)))
			.filter((r) => r.count === undefined).length >= 10, 30000, 250);
		const all = await series('level', Math.round(at) - 60000);
		const last = all.filter((r) => r.decimals !== undefined).at(-1);

		await waitFor(async () => (await told()).sent >= 2 * STALE);
		assert.equal(last.decimals, 15);
		assert.equal(all.at(-1).value, Math.fround(all.at(-1).value));
	} finally {
		await end(poller);
	}
	await plant.derived();
	assert.equal((await told()).rejected, 0);
});
