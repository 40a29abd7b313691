// Registers that somebody wants to see as they are now: through the poller out
// of a device and onto the page, and the exact cause when there are none.
// Mostly waits.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Desk } from '../lib/desk.mjs';
import { ctl, http, sql, waitFor } from '../lib/flux.mjs';
import { Plant, get, isProblem, rows } from '../lib/plant.mjs';
import { app, Programs } from '../lib/simulator.mjs';

const URL = '/api/v1/probes';
const PAGE = '/admin/words';
const folder = mkdtempSync(path.join(os.tmpdir(), 'fluxprobe.'));
const programs = new Programs(folder);

let plant, other, edge, desk, key, port;

const ask = (body, as = key) => http('POST', URL, {
	headers: { 'X-API-Key': as, 'Content-Type': 'application/json' },
	body: JSON.stringify({ device: 'P1', kind: 'holding', address: 0,
		quantity: 2, ...body }) });
const ended = async (id, as = key) => {
	let probe;

	assert.ok(await waitFor(async () => {
		probe = (await get(as, `${URL}/${id}`)).json();
		return !['queued', 'sent'].includes(probe.state);
	}, 20000, 50), JSON.stringify(probe));
	return probe;
};
const read = async (body) => {
	const answer = await ask(body);

	assert.equal(answer.status, 202, answer.body);
	return ended(answer.json().id);
};
// Set past the poller, as somebody at the device would.
const turn = (address, word) => new Promise((resolve, reject) => {
	const socket = net.connect(port, '127.0.0.1', () => socket.write(
		Buffer.from([0, 0, 0, 0, 0, 6, 1, 6, 0, address, word >> 8,
			word & 255])));

	socket.once('data', () => resolve(socket.destroy()));
	socket.once('error', reject);
});
// A device is read ten times a minute, and this file reads more often.
const rested = () => sql('super', `UPDATE flux.probe
	SET asked_at = asked_at - interval '2 min' WHERE tenant_id = ${plant.id}`);

before(async () => {
	cpSync(path.join(app, 'profiles'), path.join(folder, 'profiles'),
		{ recursive: true });
	port = await programs.simulate([{ unit: 1, profile: 'fluxline-valve' },
		{ unit: 2, profile: 'fluxline-valve', fault: 'silence', every: 1 }],
	{ hold_s: 600 });

	plant = await Plant.make('Probed');
	other = await Plant.make('Unprobed');
	edge = await Plant.make('Far away');
	for (const p of [plant, other])
		await ctl('poller', p.name);
	await plant.device('P1', programs.patient('fluxline-valve'), '--simulated',
		'--modbus', `tcp:127.0.0.1:${port}:1`);
	await plant.device('P2', 'fluxline-valve', '--simulated', '--modbus',
		`tcp:127.0.0.1:${port}:2`);
	await plant.device('DOWN', 'fluxline-valve', '--modbus', 'tcp:127.0.0.1:1:1');
	await plant.device('STILL');
	await edge.device('E1', 'fluxline-valve', '--modbus', 'tcp:127.0.0.1:1:1');
	await other.device('P9');
	key = await plant.key('P1', 'view,debug:read');
	desk = await Desk.of(plant, 'technician');
	for (const [i, word] of [375, 1, 0x42F7, 0].entries())
		await turn(i, word);
	await waitFor(() => sql('super', `SELECT 1 FROM flux.latest
		WHERE tenant_id = ${plant.id}`), 30000);
});

after(async () => {
	await programs.end();
	rmSync(folder, { recursive: true });
});

describe('registers are read', () => {
	test('as the device has them, and the answer says it is simulated',
		async () => {
			const asked = await ask({});
			const { id, state, words } = asked.json();

			assert.equal(asked.status, 202, asked.body);
			assert.deepEqual([state, words], ['queued', null]);
			const probe = await ended(id);

			assert.deepEqual([probe.state, probe.why], ['answered', null]);
			assert.deepEqual(probe.words, [375, 1]);
			assert.ok(probe.asked_at <= probe.ended_at);
			assert.equal((await get(key, `${URL}/${id}`))
				.headers['x-data-source'], 'simulation');
		});

	test('and the polling goes on', async () => {
		const polls = async () => Number(await sql('super', `SELECT count(*)
			FROM flux.ingest_batch WHERE tenant_id = ${plant.id}`));
		const before_it = await polls();

		await read({ kind: 'coil', quantity: 1 });
		assert.ok(await waitFor(async () => await polls() > before_it, 20000));
	});
});

describe('what goes wrong is said', () => {
	before(rested);

	test('with its exact cause', async () => {
		for (const [body, why] of [
			[{ address: 9000 }, /^Exception 2: the device has no such register/],
			[{ device: 'P2' }, /^Time-out: the device did not answer/],
			[{ device: 'DOWN' }, /^The line is down: .*refused/i],
		]) {
			const probe = await read(body);

			assert.deepEqual([probe.state, probe.words], ['failed', null]);
			assert.match(probe.why, why);
			assert.match((await desk.get(`${PAGE}?probe=${probe.id}`)).body,
				new RegExp(why.source.slice(1), why.flags));
		}
	});

	test('that nobody took it', async () => {
		const id = await sql('super', `INSERT INTO flux.probe (tenant_id,
			device_id, function, address, quantity, asked_by, expires_at)
			VALUES (${plant.id}, ${await plant.deviceId('P1')}, 3, 0, 1, 0, now())
			RETURNING probe_id`);
		const probe = await ended(id);

		assert.equal(probe.state, 'expired');
		assert.match(probe.why, /^No poller took it/);
	});

	test('what cannot be asked for is refused, and the field named', async () => {
		await rested();
		for (const [body, status, code, detail] of [
			[{ kind: 'magic' }, 400, 'bad_request', /^kind: /],
			[{ address: 65536 }, 400, 'bad_request', /^address: /],
			[{ address: undefined }, 400, 'bad_request', /^address: /],
			[{ quantity: 0 }, 400, 'bad_request', /^quantity: /],
			[{ quantity: 65 }, 400, 'bad_request', /^quantity: /],
			[{ address: 65535 }, 400, 'bad_request', /^quantity: there is noth/],
			[{ colour: 'red' }, 400, 'bad_request', /^colour: /],
			[{ device: 'STILL' }, 400, 'bad_request', /^device: the poller/],
			[{ device: 'P9' }, 404, 'not_found', /no such device/],
		])
			isProblem(await ask(body), status, code, detail);
		const { key: far } = { key: await edge.key('E1', 'view,debug:read') };

		isProblem(await ask({ device: 'E1' }, far), 400, 'bad_request',
			/^device: an edge agent polls it/);
		isProblem(await ask({}, await plant.key('P1', 'view')), 403, 'forbidden');
	});

	test('nobody reads a device all the time', async () => {
		await rested();
		const device = await plant.deviceId('P2');
		const asked = (n, state, why) => sql('super', `INSERT INTO flux.probe
			(tenant_id, device_id, function, address, quantity, asked_by,
			 expires_at, state, why)
			SELECT ${plant.id}, ${device}, 3, 0, 1, 0, now() + interval '1 min',
			${state}, ${why} FROM generate_series(1, ${n})`);

		await asked(1, '\'sent\'', 'NULL');
		isProblem(await ask({ device: 'P2' }), 409, 'conflict', /just being read/);
		// The oldest of the ten is soon more than a minute ago.
		await sql('super', `UPDATE flux.probe SET state = 'failed', why = '',
			asked_at = now() - interval '20 s'
			WHERE tenant_id = ${plant.id} AND device_id = ${device}
			AND state = 'sent'`);
		await asked(9, '\'failed\'', '\'\'');
		const often = await ask({ device: 'P2' });
		const wait = Number(often.headers['retry-after']);

		assert.equal(often.status, 429, often.body);
		assert.ok(wait > 0 && wait <= 40, `${wait} s`);
		await rested();
	});
});

test('an answer lives for an hour, and its asking is in the trail', async () => {
	const id = await sql('super', `UPDATE flux.probe
		SET asked_at = now() - interval '1 h' WHERE probe_id = (
		SELECT min(probe_id) FROM flux.probe WHERE tenant_id = ${plant.id})
		AND tenant_id = ${plant.id} RETURNING probe_id`);

	isProblem(await get(key, `${URL}/${id}`), 404, 'not_found', /an hour/);
	assert.equal((await ask({})).status, 202);
	assert.equal(await sql('super', `SELECT count(*) FROM flux.probe
		WHERE tenant_id = ${plant.id} AND probe_id = ${id}`), '0');
	const [audit] = await rows(`SELECT object, detail FROM flux.audit
		WHERE tenant_id = ${plant.id} AND act = 'probe.ask'
		ORDER BY seq DESC LIMIT 1`);

	assert.match(JSON.stringify(audit), /device:P1/);
});

describe('a person', () => {
	const form = { device: 'P1', kind: 'holding', address: '0', quantity: '0x4' };
	let seen;
	const arrived = async (where) => {
		let page;

		for (let i = 0; i < 200; i++) {
			page = await desk.get(where);
			if (page.headers.refresh === undefined)
				return page;
			await sleep(50);
		}
		return page;
	};

	before(rested);

	test('asks without script, waits, and sees every order', async () => {
		const shown = await desk.get(`${PAGE}?device=P1`);

		assert.match(shown.body, /value="P1">Device P1, tcp 127\.0\.0\.1:\d+ unit 1</);
		const made = await desk.post(PAGE, form, PAGE);

		assert.equal(made.status, 303, made.body);
		const page = await arrived(seen = made.headers.location);

		assert.match(page.body, /Device P1, holding 0 to 3/);
		assert.match(page.body, /FLOAT32/);
		const found = await desk.get(`${made.headers.location}&value=123.5`);

		assert.match(found.body, new RegExp('<th scope="row" class="number">2</th>' +
			'<td>FLOAT32</td><td>ABCD</td>'));
		// A technician may look, and changes no profile.
		assert.doesNotMatch(found.body, /Make a point of it/);
	});

	test('who keeps profiles makes a point of it', async () => {
		const boss = await Desk.of(plant);
		const found = await boss.get(`${seen}&value=37.5`);
		const text = found.body.match(/name="text" value="([^"]+)"/)[1];
		const draft = await boss.get(`/admin/profiles?format=csv&text=${
			encodeURIComponent(text)}`);

		assert.match(draft.body, /value="csv" selected/);
		assert.match(draft.body, /value,Value,holding,0,UINT16,ABCD,0\.1,/);
	});

	test('sees beside the form what is wrong with it', async () => {
		for (const [fields, status, why] of [
			[{ address: 'x' }, 400, /address: want 0 to 65535/],
			[{ device: 'NONE' }, 404, /There is no such device/],
			[{ device: 'STILL' }, 400, /device: the poller does not ask it/]]) {
			const answer = await desk.post(PAGE, { ...form, ...fields }, PAGE);

			assert.equal(answer.status, status, answer.body);
			assert.match(answer.body, why);
			assert.match(answer.body, /name="quantity"[^>]* value="0x4"/);
		}
	});

	test('sees bits as bits', async () => {
		const made = await desk.post(PAGE, { ...form, kind: 'coil',
			quantity: '1' }, PAGE);

		assert.match((await arrived(made.headers.location)).body,
			/<td>(0, off|1, on)<\/td>/);
	});

	test('of another tenant sees nothing of it, nor does a viewer', async () => {
		for (const who of [await Desk.of(other), await Desk.of(plant, 'viewer')])
			assert.equal((await who.get(seen)).status, 404);
		assert.doesNotMatch((await (await Desk.of(plant, 'viewer')).get(PAGE))
			.body, /Read a device/);
	});

	test('is told that an edge agent polls', async () => {
		assert.match((await (await Desk.of(edge, 'technician')).get(PAGE)).body,
			/polled by an edge agent/);
	});
});
