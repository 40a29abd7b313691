// What somebody wants written: through the poller into a real register and
// read back; what goes wrong on the way is said, and nothing more is claimed
// than is known.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Desk } from '../lib/desk.mjs';
import { ctl, http, sql, waitFor } from '../lib/flux.mjs';
import { Plant, get, isProblem, rows } from '../lib/plant.mjs';
import { app, Programs } from '../lib/simulator.mjs';

const URL = '/api/v1/commands';
const folder = mkdtempSync(path.join(os.tmpdir(), 'fluxcommand.'));
const programs = new Programs(folder);

let plant, other, desk, key, port;

const send = (method, url, body, as = key, headers = {}) => http(method, url, {
	headers: { 'X-API-Key': as, 'Content-Type': 'application/json', ...headers },
	body: body === undefined ? undefined : JSON.stringify(body) });
const ask = (point, value, more = {}, headers = {}) => send('POST', URL,
	{ device: 'V1', point, value, ...more }, key, headers);
const load = async (id) => (await get(key, `${URL}/${id}`)).json();
const over = async (id) => {
	let command;

	assert.ok(await waitFor(async () => (command = await load(id)).ended_at !==
		null, 30000, 50), `command ${id} ends`);
	return command;
};
const asked = async (...args) => {
	const answer = await ask(...args);

	assert.equal(answer.status, 202, answer.body);
	return answer.json();
};
// Asked past the queue, as somebody at the device would: function code and
// numbers of 16 bits; the answering message.
const by_hand = (code, ...numbers) => new Promise((resolve, reject) => {
	const frame = Buffer.alloc(8 + 2 * numbers.length);
	const socket = net.connect(port, '127.0.0.1', () => socket.write(frame));

	frame.writeUInt16BE(2 + 2 * numbers.length, 4);
	frame.set([1, code], 6);
	numbers.forEach((n, i) => frame.writeUInt16BE(n, 8 + 2 * i));
	socket.once('data', (got) => {
		socket.destroy();
		resolve(got.subarray(7));
	});
	socket.once('error', reject);
});
const position = async () => (await by_hand(3, 0, 1)).readUInt16BE(2);
const remote = (on) => by_hand(6, 1, on);

before(async () => {
	cpSync(path.join(app, 'profiles'), path.join(folder, 'profiles'),
		{ recursive: true });
	port = await programs.simulate([{ unit: 1, profile: 'fluxline-valve' },
		{ unit: 2, profile: 'fluxline-valve', fault: 'silence', every: 1 }],
	{ hold_s: 600 });
	plant = await Plant.make('Commands');
	other = await Plant.make('Uncommanded');
	await ctl('poller', plant.name);
	await plant.device('V1', programs.patient('fluxline-valve'), '--simulated',
		'--modbus', `tcp:127.0.0.1:${port}:1`);
	await plant.device('V2', 'fluxline-valve', '--simulated', '--modbus',
		`tcp:127.0.0.1:${port}:2`);
	await plant.device('STILL');
	await other.device('V1');
	await other.device('V2', 'fluxline-valve', '--modbus', 'tcp:127.0.0.1:1:1');
	key = await plant.key('V1', 'view,commands:send');
	desk = await Desk.of(plant);
	await remote(1);
	await waitFor(() => sql('super', `SELECT 1 FROM flux.latest
		WHERE tenant_id = ${plant.id}`), 30000);
});

after(async () => {
	await programs.end();
	rmSync(folder, { recursive: true });
});

test('what is read of simulated devices is nobody\'s to pay', async () => {
	const of = (source) => sql('super', `SELECT count(*) > 0
		FROM flux.ingest_batch WHERE tenant_id = ${plant.id}
		AND source_id = ${source}`);

	assert.deepEqual([await of(-1), await of(0)], ['t', 'f']);
	await sql('fl_worker', `BEGIN; SELECT FROM ctx.begin_worker(${plant.id});
		SELECT flux.usage_count(); COMMIT`);
	assert.equal(await sql('super', `SELECT sum(readings) FROM flux.usage_day
		WHERE tenant_id = ${plant.id}`), '0');
});

describe('a command', () => {
	test('is written, read back, and only then verified', async () => {
		const { id, state } = await asked('running', 1);

		assert.equal(state, 'queued');
		const end = await over(id);

		assert.deepEqual([end.state, end.read_back, end.why],
			['verified', 1, null]);
		assert.ok(end.sent_at <= end.acknowledged_at);
		assert.ok(end.acknowledged_at <= end.ended_at);
		assert.equal((await by_hand(1, 0, 1))[2], 1);
	});

	test('that is confirmed twice waits for the second step', async () => {
		const { id, state } = await asked('position', 37.5);

		assert.equal(state, 'waiting');
		assert.equal((await send('POST', `${URL}/${id}/confirm`)).json().state,
			'queued');
		assert.equal((await over(id)).state, 'verified');
		assert.equal(await position(), 375);
	});

	test('that needs two persons is approved by another one', async () => {
		const { id } = await asked('limit', 123.5);

		isProblem(await send('POST', `${URL}/${id}/confirm`), 409, 'conflict',
			/other than who asked/);
		const page = `/commands/${id}`;

		assert.equal((await desk.post(`${page}/approve`, {}, page)).status, 303);
		const end = await over(id);

		assert.deepEqual([end.state, end.read_back], ['verified', 123.5]);
	});

	test('that no poller would take is refused at once', async () => {
		const theirs = await other.key('V2', 'view,commands:send');

		isProblem(await send('POST', URL, { device: 'V2', point: 'running',
			value: 1 }, theirs), 400, 'bad_request', /^device: no poller works/);
	});

	test('under one key is asked once', async () => {
		const once = { 'Idempotency-Key': 'open-the-valve-1' };
		const first = await asked('running', 0, {}, once);

		assert.equal((await asked('running', 0, {}, once)).id, first.id);
		isProblem(await ask('running', 1, {}, once), 409, 'conflict',
			/Idempotency-Key/);
		await over(first.id);
	});

	test('that is withdrawn is not written', async () => {
		const { id } = await asked('position', 99);

		assert.equal((await send('POST', `${URL}/${id}/withdraw`)).json().state,
			'withdrawn');
		isProblem(await send('POST', `${URL}/${id}/confirm`), 409, 'conflict',
			/withdrawn/);
		assert.equal(await position(), 375);
	});
});

describe('what goes wrong is said', () => {
	test('the interlock holds it back', async () => {
		await remote(0);
		const { id } = await asked('position', 10);

		await send('POST', `${URL}/${id}/confirm`);
		const end = await over(id);

		assert.equal(end.state, 'failed');
		assert.match(end.why, /^Interlock: remote is 0, and must be 1/);
		assert.equal(await position(), 375);
		await remote(1);
	});

	test('a device that does not answer: nobody knows', async () => {
		const { id } = await asked('running', 1,
			{ device: 'V2', expires_in_s: 20 });
		const end = await over(id);

		assert.equal(end.state, 'failed');
		assert.match(end.why, /^Nobody knows whether it was written/);
		assert.equal(end.acknowledged_at, null);
	});

	test('what nobody took in time has expired', async () => {
		const { id } = await asked('position', 5, { expires_in_s: 60 });

		await sql('super', `UPDATE flux.command SET expires_at = now()
			WHERE tenant_id = ${plant.id} AND command_id = ${id}`);
		assert.equal((await load(id)).state, 'expired');
		isProblem(await send('POST', `${URL}/${id}/confirm`), 409, 'conflict',
			/expired/);
	});

	test('what may not be written is refused, and the field named', async () => {
		for (const [point, value, more, status, detail] of [
			['position', 100.5, {}, 400, /^value: /],
			['position', 'high', {}, 400, /^value: /],
			['remote', 1, {}, 400, /^point: it cannot be written/],
			['nothing', 1, {}, 400, /^point: /],
			['running', 2, {}, 400, /^value: want 0 or 1/],
			['running', 1, { colour: 'red' }, 400, /^colour: /],
			['running', 1, { expires_in_s: 1 }, 400, /^expires_in_s: /],
			['running', 1, { reason: 'x'.repeat(201) }, 400, /^reason: /],
			['running', 1, { device: 'STILL' }, 400, /^device: the poller/],
			['running', 1, { device: 'NONE' }, 404, /no such device/],
		])
			isProblem(await ask(point, value, more), status,
				status === 404 ? 'not_found' : 'bad_request', detail);
	});

	test('who may not send does not', async () => {
		const view = await plant.key('V1', 'view');

		isProblem(await send('POST', URL, { device: 'V1', point: 'running',
			value: 1 }, view), 403, 'forbidden');
	});
});

test('every step is in the trail', async () => {
	const acts = (await rows(`SELECT act FROM flux.audit
		WHERE tenant_id = ${plant.id} AND act LIKE 'command.%'`))
		.map((r) => r.act);

	for (const act of ['ask', 'confirm', 'withdraw', 'verified', 'failed'])
		assert.ok(acts.includes(`command.${act}`), act);
});

test('a person asks, looks and confirms on the pages', async () => {
	const form = await desk.get('/commands?device=V1');

	assert.match(form.body, /<option value="position">Position, 0 to 100 %</);
	assert.match(form.body, /once more before it is written: [^<]*Position/);
	const made = await desk.post('/commands', { device: 'V1', point: 'position',
		value: '41,5', seconds: '120', reason: 'a test' }, '/commands?device=V1');

	assert.equal(made.status, 303, made.body);
	const page = made.headers.location;

	assert.match((await desk.get(page)).body, /is to become <b>41\.5 %/);
	assert.equal((await desk.post(`${page}/confirm`, {}, page)).status, 303);
	assert.equal((await over(Number(page.split('/').pop()))).state, 'verified');
	assert.match((await desk.get('/commands')).body, /read back, done/);
	assert.doesNotMatch((await (await Desk.of(other)).get('/commands')).body,
		/position/);
});
