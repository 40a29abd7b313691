// Commands and health of an edge agent, which has nothing but HTTPS and the key
// of its gateway.  Answers are lost, the agent is killed: nothing is written
// twice, and no state claims more than is known.  Mostly waits.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { COMMANDS, front_of, tap } from '../lib/agent.mjs';
import { env, http, sql, waitFor } from '../lib/flux.mjs';
import { Person } from '../lib/person.mjs';
import { Plant, get, isProblem, post, rows } from '../lib/plant.mjs';
import { app, Programs } from '../lib/simulator.mjs';

const HEALTH = '/api/v1/ingest/health';
const RUN = '0123456789abcdef0123456789abcdef';
const WAIT = 20000;
const TRIES = 10;

const folder = mkdtempSync(path.join(os.tmpdir(), 'fluxagent.'));
const programs = new Programs(folder);

let plant, keys, desk_key, line, front, agent, spool;

const send = (method, url, body, key) => http(method, url, {
	headers: { 'X-API-Key': key, 'Content-Type': 'application/json' },
	body: body === undefined ? undefined : JSON.stringify(body) });
const asked = async (point, value, more = {}) => {
	const answer = await send('POST', '/api/v1/commands',
		{ device: 'V1', point, value, ...more }, desk_key);

	assert.equal(answer.status, 202, answer.body);
	return answer.json().id;
};
const load = async (id) => (await get(desk_key, `/api/v1/commands/${id}`)).json();
const becomes = async (id, state) => {
	let now;

	await waitFor(async () => (now = await load(id)).state === state, WAIT, 50)
		.catch(() => assert.fail(`${JSON.stringify(now)} ${agent.said.slice(-600)}`));
	return now;
};
const over = async (id) => {
	let now;

	await waitFor(async () => (now = await load(id)).ended_at !== null, WAIT, 50)
		.catch(() => assert.fail(`${JSON.stringify(now)} ${agent.said.slice(-600)}`));
	return now;
};
const rounds = async (n) => {
	const until = front.rounds.length + n;

	await waitFor(() => front.rounds.length >= until, WAIT, 20);
};
const brings = (round) => round.commands.length > 0;

async function start() {
	agent = programs.start(path.join(app, 'bin/fluxline-poller'),
		[`${folder}/agent.conf`]);
	await waitFor(() => /roster devices=1/.test(agent.said), WAIT, 20)
		.catch(() => assert.fail(agent.said));
}
async function kill(signal = 'SIGKILL') {
	agent.kill(signal);
	await (agent.exitCode ?? agent.signalCode ?? once(agent, 'close'));
}

before(async () => {
	cpSync(path.join(app, 'profiles'), `${folder}/profiles`, { recursive: true });
	line = await tap(await programs.simulate(
		[{ unit: 1, profile: 'fluxline-valve' }], { hold_s: 600 }));
	front = await front_of();
	plant = await Plant.make('agent');
	keys = {};
	for (const gw of ['GW', 'OTHER']) {
		await plant.gateway(gw);
		keys[gw] = await plant.key(gw);
	}
	await plant.device('V1', programs.patient('fluxline-valve'), '--gateway',
		'GW', '--poll-ms', '500', '--modbus', `tcp:127.0.0.1:${line.port}:1`);
	desk_key = await plant.key('V1', 'view,commands:send');
	spool = path.join(folder, 'spool');
	mkdirSync(spool, { mode: 0o700 });
	writeFileSync(`${folder}/key`, `${keys.GW}\n`, { mode: 0o600 });
	writeFileSync(`${folder}/agent.conf`, Object.entries({
		server: `https://127.0.0.1:${front.port}`, key_file: `${folder}/key`,
		server_ca: env.FLUX_CA, spool, profiles: path.join(app, 'profiles'),
		plan_refresh_s: 1, report_s: 1, commands_s: 1, spool_reserve_mb: 1,
	}).map(([k, v]) => `${k} = ${v}\n`).join(''));
	await start();
});
after(async () => {
	await programs.end();
	line?.end();
	front?.end();
	rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
	front.lose = () => false;
	front.delay = () => 0;
	line.keeps = false;
	line.writes = 0;
});

describe('a command over HTTPS', () => {
	test('is fetched, written, read back, and only then verified', async () => {
		const end = await over(await asked('running', 1));

		assert.deepEqual([end.state, end.read_back, end.why],
			['verified', 1, null]);
		assert.ok(end.sent_at <= end.acknowledged_at);
		assert.ok(end.acknowledged_at <= end.ended_at);
		assert.equal(line.writes, 1);
	});

	test('whose delivery was lost comes again, and is written once', async () => {
		let lost = 0;

		front.lose = (round) => brings(round) && ++lost === 1;
		const end = await over(await asked('running', 0));

		assert.equal(end.state, 'verified');
		assert.equal(lost, 2);
		assert.equal(line.writes, 1);
	});

	test('is told again until the server has said that it knows', async () => {
		let lost = 0;
		const told = async () => Number(await sql('super', `SELECT count(*)
			 FROM flux.audit WHERE tenant_id = ${plant.id}
			 AND act = 'command.verified'`));
		const was = await told();

		front.lose = (round) => !brings(round) && lost++ < 3;
		const end = await over(await asked('running', 1));

		assert.equal(end.state, 'verified');
		await waitFor(() => lost >= 3, WAIT, 20);
		await rounds(2);
		assert.equal(await told(), was + 1);
		assert.equal(line.writes, 1);
	});

	test('in hand when the agent was killed: nobody knows', async () => {
		line.keeps = true;
		const id = await asked('running', 0);

		await waitFor(() => line.writes === 1, WAIT, 10);
		await kill();
		assert.equal((await load(id)).state, 'sent');
		line.keeps = false;
		await start();
		const end = await over(id);

		assert.equal(end.state, 'failed');
		assert.match(end.why, /^Nobody knows whether it was written: the agent/);
		await rounds(2);
		assert.equal(line.writes, 1);
	});

	test('not begun when the agent was killed is carried out later', async () => {
		front.lose = brings;
		const id = await asked('running', 0);

		await becomes(id, 'sent');
		await kill();
		front.lose = () => false;
		await start();
		assert.equal((await over(id)).state, 'verified');
		assert.equal(line.writes, 1);
	});

	test('is not given to an agent that has lost its journal', async () => {
		front.lose = brings;
		const id = await asked('running', 1);

		await becomes(id, 'sent');
		await kill();
		rmSync(path.join(spool, 'commands.json'), { force: true });
		front.lose = () => false;
		await start();
		await rounds(3);
		assert.equal((await load(id)).state, 'sent');
		assert.equal(line.writes, 0);
		await sql('super', `UPDATE flux.command SET expires_at = now() -
			 interval '2 min' WHERE tenant_id = ${plant.id}
			 AND command_id = ${id}`);
		assert.equal((await load(id)).state, 'failed');
	});

	test('that came too late is not written', async () => {
		await rounds(1);
		front.delay = (round) => brings(round) ? 6500 : 0;
		let end = { state: 'expired' };

		// One that has expired was not even fetched in time.
		for (let i = 0; i < TRIES && end.state === 'expired'; i++)
			end = await over(await asked('running', 1, { expires_in_s: 5 }));

		assert.equal(end.state, 'failed');
		assert.match(end.why, /not written|too late/);
		assert.equal(line.writes, 0);
	});

	test('is over when the agent leaves, and that is told', async () => {
		line.keeps = true;
		const id = await asked('running', 1);

		await waitFor(() => line.writes === 1, WAIT, 10);
		await kill('SIGTERM');
		line.keeps = false;
		const end = await over(id);

		assert.match(end.why, /^Nobody knows whether it was written: the poller/);
		await start();
	});
});

describe('a gateway speaks for itself only', () => {
	const round = (key, more) => send('POST', COMMANDS,
		{ run: RUN, room: 10, held: [], news: [], ...more }, key);
	const report = (device) => ({ device, answers: 5, exceptions: Array(11).fill(1),
		garbage: 0, corrupt: 0, silent: 0, down: 0, missed: 0, answer_ms: 1.5,
		p99_ms: 2, offline: false, busy: 0.1, load: 0.1, waiting: 0,
		most_words: 0, holes: '', remark: '' });

	test('it fetches none of another, and says nothing of one', async () => {
		await kill('SIGTERM');
		const id = await asked('running', 1);
		const view = await plant.key('V1', 'view');
		const stranger = await Plant.make('stranger');

		await stranger.gateway('GW');
		for (const key of [keys.OTHER, await stranger.key('GW')]) {
			const answer = await round(key);

			assert.equal(answer.status, 200, answer.body);
			assert.deepEqual(answer.json().commands, []);
			await round(key, { news: [{ id, state: 'verified' }] });
		}
		assert.equal((await load(id)).state, 'queued');
		isProblem(await round(view), 403, 'forbidden');
		assert.equal((await http('POST', COMMANDS, { body: '{}' })).status, 401);
		// Sent to one run, which no other can speak of.
		const [mine] = (await round(keys.GW)).json().commands;

		assert.deepEqual([mine.id, mine.tenant, mine.point], [id, plant.id, 'running']);
		assert.ok(mine.left_ms > 0);
		await round(keys.GW, { run: RUN.replace('0', 'f'),
			news: [{ id, state: 'verified' }] });
		assert.equal((await load(id)).state, 'sent');
		await round(keys.GW, { news: [{ id, state: 'failed', why: 'a test' }] });
		assert.equal((await load(id)).why, 'a test');
		await start();
	});

	test('what is not understood is refused, and named', async () => {
		for (const [body, detail] of [
			[{ room: 1 }, /^run: /],
			[{ run: 'x' }, /^run: /],
			[{ run: RUN, colour: 1 }, /^colour: /],
			[{ run: RUN, room: -1 }, /^room: /],
			[{ run: RUN, held: ['a'] }, /^held: /],
			[{ run: RUN, held: Array(257).fill(1) }, /^held: /],
			[{ run: RUN, news: [{ id: 1 }] }, /^news: /],
			[{ run: RUN, news: [{ id: 1, state: 'x', by: 1 }] }, /^news: /],
			[{ run: RUN, news: [{ id: 1, state: 'failed', why: 'x'.repeat(301) }] },
				/^news: /],
		])
			isProblem(await send('POST', COMMANDS, body, keys.GW), 400,
				'bad_request', detail);
		for (const [body, detail] of [
			[{}, /^body: /],
			[[1], /^report: /],
			[[{ ...report(1), colour: 1 }], /^colour: /],
			[[{ ...report(1), answers: -1 }], /^answers: /],
			[[{ ...report(1), exceptions: [1] }], /^exceptions: /],
			[[{ ...report(1), busy: 'x' }], /^busy: /],
			[[{ device: 1 }], /^report: /],
		])
			isProblem(await send('POST', HEALTH, body, keys.GW), 400,
				'bad_request', detail);
		isProblem(await post(keys.GW, '[', { url: HEALTH }), 400, 'bad_request');
	});

	test('its units are shown as those of this cell are', async () => {
		const person = await Person.make(plant.name);
		const id = await plant.deviceId('V1');
		const heard = async () => (await rows(`SELECT sum(answers)::int AS n
			 FROM flux.unit_health WHERE device_id = ${id}
			 AND tenant_id = ${plant.id}`))[0].n ?? 0;

		await waitFor(heard, WAIT, 50);
		await person.login();
		const { body } = await person.get('/devices/V1');

		assert.match(body, /Line busy/);
		assert.match(body, /Waiting in the poller/);
		await kill('SIGTERM');
		const was = await heard();

		assert.equal((await send('POST', HEALTH, [report(id)], keys.OTHER)).status,
			204);
		assert.equal(await heard(), was);
		assert.equal((await send('POST', HEALTH, [report(id)], keys.GW)).status,
			204);
		assert.equal(await heard(), was + 5);
	});
});
