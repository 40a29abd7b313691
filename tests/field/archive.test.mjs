// Put away and put back: what retention archives comes back bit for bit, a
// file that was touched does not, and whoever kills it in between loses
// nothing.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ctl, during, flux_var, sql, waitFor } from '../lib/flux.mjs';
import { Plant, post, random } from '../lib/plant.mjs';
import { rolled } from '../lib/rollup.mjs';
import { settle } from '../lib/worker.mjs';

const DAY = 864e5;
const today = Math.floor(Date.now() / DAY) * DAY;
const folder = path.join(flux_var, 'archive');
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

// Readings of so many days ago; some corrected, some uncertain, some without
// a value, some of the kind that a careless copy spoils.
async function fill(plant, ago, rnd, n = 60) {
	const odd = [0, -0, 5e-324, 1e308, 0.1 + 0.2, null];
	const readings = [];

	for (let i = 0; i < n; i++)
		for (const sensor of ['flow_rate', 'volume_total', 'status'])
			readings.push({ device: 'D', sensor,
				ts: today - ago * DAY + i * 1000 + Math.floor(rnd() * 900),
				value: sensor === 'status' ? i % 3 : rnd() < 0.2
					? odd[Math.floor(rnd() * odd.length)] : rnd() * 1000,
				quality: rnd() < 0.2 ? 50 : 100,
				revision: rnd() < 0.1 ? 7 : 0 });
	const answer = await post(plant.key_, { readings });

	assert.equal(answer.status, 202, answer.body);
	await settle(plant);
}

async function make(word) {
	const plant = await Plant.make(word);

	await plant.gateway('GW');
	await plant.device('D', undefined, '--gateway', 'GW');
	plant.key_ = await plant.key('GW');
	// A float64 of any size passes only without limits.
	await sql('super', `UPDATE flux.sensor SET low = NULL, high = NULL
		WHERE tenant_id = ${plant.id}`);
	await ctl('retention', plant.name, 'set', 'raw', '*', '10 days',
		'--archive');
	return plant;
}

// Every reading of the tenant, its value as the bits it has; by SQL, as the
// tenant's own reader.
async function bits(plant) {
	return sql('fl_api', `BEGIN; SELECT FROM ctx.begin_api_key('${plant.key_}');
		SELECT r.sensor_id, r.time, encode(float8send(r.value), 'hex'),
		       r.quality, r.rev
		  FROM flux.readings(ARRAY(SELECT sensor_id FROM flux.sensor),
		       '-infinity', 'infinity') r
		 ORDER BY r.sensor_id, r.time; COMMIT`);
}

const certificates = async (plant) => (await ctl('retention', plant.name,
	'certificates')).split('\n').filter(Boolean).map((l) => JSON.parse(l));
const files = async (plant) => [...new Set((await certificates(plant))
	.map((c) => c.file).filter(Boolean))];
const chunks = async (plant) => Number(await sql('super', `SELECT count(*)
	FROM flux.chunk WHERE tenant_id = ${plant.id}`));

describe('what was put away', () => {
	let plant, all, file;

	before(async () => {
		plant = await make('Archive');
		const rnd = random(1);

		for (const ago of [13, 12, 11, 3])
			await fill(plant, ago, rnd);
		await rolled(plant);
		all = await bits(plant);
		await ctl('retention', plant.name, 'run');
		[file] = (await files(plant)).map((f) => path.join(folder, f));
	});

	test('is gone from the store, and the rest is there', async () => {
		assert.equal(await chunks(plant), 3);
		const left = (await bits(plant)).split('\n');
		const was = new Set(all.split('\n'));

		assert.equal(left.length, 3 * 60);
		assert.ok(left.every((line) => was.has(line)));
	});

	test('lies in files that are what their certificates say', async () => {
		let readings = 0;

		for (const c of await certificates(plant)) {
			const name = path.join(folder, c.file);
			const bytes = readFileSync(name);
			const head = JSON.parse(bytes.toString('latin1').split('\n')[0]);

			assert.equal(sha256(bytes), c.sha256);
			assert.equal(statSync(name).mode & 0o777, 0o600);
			assert.equal(head.tenant, plant.id);
			assert.equal(head.month, c.month);
			assert.equal(head.readings, c.readings);
			assert.equal(head.chunks, c.rows);
			const body = bytes.subarray(bytes.indexOf(10) + 1);

			assert.equal(body.length, head.bytes);
			assert.equal(sha256(body), head.sha256);
			assert.match(body.toString('latin1'), /"name":"D\/flow_rate"/);
			assert.match(await ctl('archive', 'verify', name),
				new RegExp(`${c.rows} chunks, ${c.readings} readings, ` +
					`sha256 ${c.sha256}`));
			readings += c.readings;
		}
		assert.equal(readings, all.split('\n').length -
			(await bits(plant)).split('\n').length);
	});

	for (const [what, change] of [
		['a changed byte of a value', (b) => { b[b.length - 9] ^= 1; }],
		['a changed byte of its head', (b) => { b[30] ^= 1; }],
		['another tenant\'s number', (b) => Buffer.from(b.toString('latin1')
			.replace(/"tenant":\d+/, '"tenant":1'), 'latin1')],
		['its end cut off', (b) => b.subarray(0, b.length - 1)],
		['something behind its end', (b) => Buffer.concat([b, b])],
		['nothing in it', () => Buffer.alloc(0)],
		['a huge number of chunks', (b) => Buffer.from(b.toString('latin1')
			.replace(/"chunks":\d+/, '"chunks":999999999'), 'latin1')],
	])
		test(`with ${what} is refused`, async () => {
			const bytes = Buffer.from(readFileSync(file));
			const other = path.join(flux_var, 'tmp', 'touched.flux');
			const count = await chunks(plant);

			writeFileSync(other, change(bytes) ?? bytes);
			await assert.rejects(ctl('archive', 'verify', other),
				/not an archive|cannot be read|No certificate/);
			await assert.rejects(ctl('archive', 'restore', other));
			assert.equal(await chunks(plant), count);
			assert.equal(await sql('super', `SELECT count(*) FROM flux.hold
				WHERE tenant_id = ${plant.id}`), '0');
		});

	test('is refused when no certificate names it', async () => {
		await sql('super', `UPDATE flux.deletion SET sha256 =
			reverse(sha256) WHERE tenant_id = ${plant.id}`);
		await assert.rejects(ctl('archive', 'restore', file),
			/No certificate/);
		await sql('super', `UPDATE flux.deletion SET sha256 =
			reverse(sha256) WHERE tenant_id = ${plant.id}`);
	});

	test('comes back bit for bit', async () => {
		for (const f of await files(plant))
			assert.match(await ctl('archive', 'restore', path.join(folder, f)),
				/chunks put back, 0 damaged/);
		assert.equal(await bits(plant), all, 'at once, from landing');
		await plant.balances();
		assert.equal(await bits(plant), all, 'and derived');
	});

	test('comes back only once, however often it is restored', async () => {
		const before = await plant.ledger();

		await ctl('archive', 'restore', file);
		await plant.balances();
		const after = await plant.ledger();

		assert.ok(after.sent > before.sent);
		assert.equal(after.stored, before.stored);
		assert.equal(await bits(plant), all);
	});

	test('is not deleted again while it is held', async () => {
		assert.match(await ctl('retention', plant.name, '--dry-run'),
			/total\s+0\s+0\s+0/);
		await ctl('retention', plant.name, 'run');
		assert.equal(await bits(plant), all);
	});

	test('goes again when the hold is over', async () => {
		await settle(plant);
		await rolled(plant);
		await sql('super', `UPDATE flux.hold SET until = now()
			WHERE tenant_id = ${plant.id}`);
		await ctl('retention', plant.name, 'run');
		assert.ok((await bits(plant)).length < all.length);
	});
});

describe('an archive that cannot be written', () => {
	test('keeps everything in the store', async () => {
		const plant = await make('Full');

		await fill(plant, 20, random(2));
		await rolled(plant);
		const all = await bits(plant);
		const own = path.join(folder, String(plant.id));

		writeFileSync(own, 'in the way');
		await assert.rejects(ctl('retention', plant.name, 'run'),
			/archive cannot be written/);
		assert.equal(await bits(plant), all);
		assert.deepEqual(await certificates(plant), []);
		rmSync(own);
		await ctl('retention', plant.name, 'run');
		assert.equal(await bits(plant), '');
		assert.equal((await certificates(plant)).length, 1);
	});
});

describe('a chunk that is damaged', () => {
	test('is put away as it is, and named when it is put back', async () => {
		const plant = await make('Damaged');

		await fill(plant, 20, random(3));
		await rolled(plant);
		const all = (await bits(plant)).split('\n');

		await sql('super', `UPDATE flux.chunk c SET run = set_byte(run, 9,
			get_byte(run, 9) # 1) FROM flux.sensor s WHERE
			c.tenant_id = ${plant.id} AND s.tenant_id = c.tenant_id AND
			s.sensor_id = c.sensor_id AND s.key = 'flow_rate'`);
		await ctl('retention', plant.name, 'run');
		const [file] = await files(plant);

		await assert.rejects(ctl('archive', 'verify', path.join(folder, file)),
			/1 of 3 chunks/);
		assert.match(await ctl('archive', 'restore', path.join(folder, file)),
			/2 chunks put back, 1 damaged/);
		const back = (await bits(plant)).split('\n');
		const flow = await sql('super', `SELECT sensor_id FROM flux.sensor
			WHERE tenant_id = ${plant.id} AND key = 'flow_rate'`);

		assert.deepEqual(back, all.filter((l) => !l.startsWith(`${flow}|`)));
	});
});

describe('killed in between', () => {
	test('every reading is in the store or in a certified file', async () => {
		const plant = await make('Killed');
		const rnd = random(4);

		for (const metric of ['flow.rate', 'flow.total', 'state'])
			await ctl('retention', plant.name, 'set', 'raw', metric, '10 days',
				'--archive');
		for (let ago = 100; ago > 11; ago -= 6)
			await fill(plant, ago, rnd, 20);
		await rolled(plant);
		const all = await bits(plant), before = await chunks(plant);
		const killed = async (wait) => {
			const child = spawn(path.join(flux_var, 'app/bin/fluxctl'),
				[path.join(flux_var, 'etc/fluxctl.conf'), 'retention',
					plant.name, 'run'], { stdio: 'ignore' });
			const end = new Promise((resolve) => child.on('exit',
				(code, signal) => resolve(signal)));

			await wait();
			child.kill('SIGKILL');
			return await end === 'SIGKILL';
		};

		// One dies when it has written a file and is to delete what that holds.
		await during(`SELECT FROM flux.chunk WHERE tenant_id = ${plant.id}
			FOR UPDATE`, async () => assert.ok(await killed(() => waitFor(() =>
			sql('super', `SELECT 1 FROM pg_stat_activity
				WHERE wait_event_type = 'Lock'
				AND query LIKE '%DELETE FROM flux.chunk%'`)))));
		assert.equal(await chunks(plant), before);
		assert.equal(readdirSync(path.join(folder, String(plant.id)),
			{ recursive: true }).filter((f) => f.endsWith('.flux')).length, 1);
		// Others anywhere, the first before they have done anything.
		for (let i = 0; i < 60 && await chunks(plant) > 0; i++)
			await killed(() => sleep(i < 4 ? i : 3 + rnd() * 40));
		await waitFor(async () => !/busy|packing/.test(await ctl('retention',
			plant.name, 'run').catch((e) => e.message)));
		assert.equal(await chunks(plant), 0);
		const list = await certificates(plant);

		assert.ok(list.length >= 6, `${list.length} certificates`);
		assert.equal(list.reduce((n, c) => n + c.readings, 0),
			all.split('\n').length);
		for (const c of list) {
			assert.equal(sha256(readFileSync(path.join(folder, c.file))),
				c.sha256);
			await ctl('archive', 'restore', path.join(folder, c.file));
		}
		assert.equal(await bits(plant), all);
	});
});
