// Signed plans of edge agents: made on a page, rolled out in stages, tried by
// the agent and kept only when link and units are as they were; whatever is not
// signed for it, is older or is another's, it refuses.  Mostly waits.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync,
	writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { BUNDLE, front_of, tap } from '../lib/agent.mjs';
import { Desk } from '../lib/desk.mjs';
import { env, http, sql, waitFor } from '../lib/flux.mjs';
import { Plant, get, isProblem, rows } from '../lib/plant.mjs';
import { app, Programs } from '../lib/simulator.mjs';

const PAGE = '/admin/rollouts';
const API = '/api/v1/rollouts';
const WAIT = 20000;
const WINDOW_S = 10; // on trial

const folder = mkdtempSync(path.join(os.tmpdir(), 'fluxrollout.'));
const programs = new Programs(folder);
const spool = path.join(folder, 'spool');

let plant, keys, desk, view_key, line, front, agent, slave;

const publish = async (chosen, note = '') => {
	const answer = await desk.post(PAGE, { note, ...Object.fromEntries(
		Object.entries(chosen).map(([gw, how]) => [`gateway:${gw}`, how])) }, PAGE);

	assert.equal(answer.status, 303, answer.body);
	return newest(Object.keys(chosen)[0]);
};
const plans = async () => (await get(view_key, API)).json().plans;
const newest = async (gateway) => (await plans()).find((p) =>
	p.gateway === gateway);
const becomes = async (gateway, state) => {
	let now;

	await waitFor(async () => (now = await newest(gateway)).state === state, WAIT,
		50).catch(() => assert.fail(`${JSON.stringify(now)} ` +
			agent.said.slice(-800)));
	return now;
};
const offered = (gateway) => get(keys[gateway], BUNDLE);
const listens_at = (port) => sql('super', `UPDATE flux.device
	SET modbus_port = ${port} WHERE tenant_id = ${plant.id} AND key = 'V1'`);
const profile_is = (name) => sql('super', `UPDATE flux.device
	SET profile = '${name}' WHERE tenant_id = ${plant.id} AND key = 'V1'`);
const is_asked = async () => {
	const was = line.asked;

	await waitFor(() => line.asked > was + 2, WAIT, 20);
};

async function start() {
	agent = programs.start(path.join(app, 'bin/fluxline-poller'),
		[`${folder}/agent.conf`]);
	await waitFor(() => / started/.test(agent.said), WAIT, 20)
		.catch(() => assert.fail(agent.said));
}
async function kill(signal = 'SIGKILL') {
	agent.kill(signal);
	await (agent.exitCode ?? agent.signalCode ?? once(agent, 'close'));
}

before(async () => {
	cpSync(path.join(app, 'profiles'), `${folder}/profiles`, { recursive: true });
	slave = await programs.simulate([{ unit: 1, profile: 'fluxline-valve' }],
		{ hold_s: 600 });
	line = await tap(slave);
	front = await front_of();
	plant = await Plant.make('rollout');
	keys = {};
	for (const gw of ['GW', 'GW2']) {
		await plant.gateway(gw);
		keys[gw] = await plant.key(gw);
		await plant.device(gw === 'GW' ? 'V1' : 'V2', 'fluxline-valve', '--gateway',
			gw, '--poll-ms', '200', '--modbus', `tcp:127.0.0.1:${line.port}:1`);
	}
	view_key = await plant.key('GW', 'view,devices:write');
	desk = await Desk.of(plant);
	mkdirSync(spool, { mode: 0o700 });
	writeFileSync(`${folder}/key`, `${keys.GW}\n`, { mode: 0o600 });
});
after(async () => {
	await programs.end();
	line?.end();
	front?.end();
	rmSync(folder, { recursive: true, force: true });
});

describe('a version', () => {
	test('is made on the page, in stages, signed with the key shown', async () => {
		assert.equal((await offered('GW')).status, 204);
		const bad = await desk.post(PAGE, { note: 'x' }, PAGE);

		assert.equal(bad.status, 400);
		assert.match(bad.body, /Gateways: choose one at least/);
		const first = await publish({ GW: 'now', GW2: 'held' }, 'the first');
		const shown = (await desk.get(PAGE)).body;
		const pem = shown.match(/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/)[0];

		assert.deepEqual([first.version, first.state, first.changes, first.note],
			[1, 'offered', 'added V1', 'the first']);
		assert.match(shown, /Rollout 1: the first/);
		writeFileSync(`${folder}/plan.pem`, `${pem}\n`);
		const bundle = (await offered('GW')).json();
		const [head, payload, signature] = bundle.manifest.split('.');

		assert.ok(crypto.verify('sha256', Buffer.from(`${head}.${payload}`),
			{ key: pem, dsaEncoding: 'ieee-p1363' },
			Buffer.from(signature, 'base64url')));
		assert.deepEqual(JSON.parse(Buffer.from(payload, 'base64url')),
			{ gateway: 'GW', version: 1, sha256: crypto.createHash('sha256')
				.update(bundle.plan).digest('hex') });
		assert.deepEqual(JSON.parse(bundle.plan).map((d) => d.key), ['V1']);
		assert.equal((await offered('GW2')).status, 204);
	});

	test('held back is offered when it goes on, and not when paused', async () => {
		const { rollout } = await newest('GW2');
		const page = (how) => desk.post(`${PAGE}/${rollout}/${how}`, {}, PAGE);

		assert.equal((await page('resume')).status, 303);
		assert.equal((await offered('GW2')).status, 200);
		assert.equal((await page('pause')).status, 303);
		assert.equal((await offered('GW2')).status, 204);
		assert.equal((await offered('GW')).status, 204);
		assert.equal((await page('resume')).status, 303);
		assert.equal((await page('pause')).status, 303);
		assert.equal((await desk.post(`${PAGE}/99/pause`, {}, PAGE)).status, 404);
		await page('resume');
	});

	test('is tried by its agent, and confirmed', async () => {
		writeFileSync(`${folder}/agent.conf`, Object.entries({
			server: `https://127.0.0.1:${front.port}`, key_file: `${folder}/key`,
			server_ca: env.FLUX_CA, spool, profiles: path.join(app, 'profiles'),
			plan_refresh_s: 1, commands_s: 1, spool_reserve_mb: 1,
			plan_key: `${folder}/plan.pem`, gateway: 'GW', confirm_s: WINDOW_S,
		}).map(([k, v]) => `${k} = ${v}\n`).join(''));
		await start();
		await becomes('GW', 'applied');
		await is_asked();
		const end = await becomes('GW', 'confirmed');

		assert.ok(end.said_at > end.made_at);
		assert.match((await desk.get(PAGE)).body, /confirmed/);
	});

	test('under which a unit falls silent is gone back from, and stops there', async () => {
		await listens_at(1);
		await publish({ GW: 'now', GW2: 'now' });
		const end = await becomes('GW', 'rolled_back');

		assert.equal(end.why, 'No answer any more: V1');
		assert.equal(end.changes, 'changed V1');
		assert.equal((await newest('GW2')).state, 'held');
		await is_asked();
		await listens_at(line.port);
	});

	test('with a device that cannot be polled there is refused', async () => {
		await profile_is('not-there');
		await publish({ GW: 'now' });
		assert.equal((await becomes('GW', 'refused')).why,
			'Cannot be polled here: V1');
		await is_asked();
		await profile_is('fluxline-valve');
	});

	test('that costs the link is gone back from, and told later', async () => {
		await publish({ GW: 'now' });
		await becomes('GW', 'applied');
		front.cut = true;
		await waitFor(() => /rolled_back why="The link was lost/.test(agent.said),
			WAIT, 50);
		front.cut = false;
		assert.equal((await becomes('GW', 'rolled_back')).why, 'The link was lost.');
	});

	test('that was on trial when the agent was killed is not kept', async () => {
		await publish({ GW: 'now' });
		await becomes('GW', 'applied');
		await kill();
		await start();
		assert.match((await becomes('GW', 'rolled_back')).why, /was stopped/);
		await is_asked();
	});

	test('is tried again by an agent that has lost what it kept', async () => {
		await publish({ GW: 'now' });
		await becomes('GW', 'confirmed');
		await kill();
		rmSync(path.join(spool, 'bundle.json'));
		await start();
		await becomes('GW', 'applied');
		await becomes('GW', 'confirmed');
	});

	test('with nothing to go back to waits for the link, over a stop too', async () => {
		await kill();
		rmSync(path.join(spool, 'bundle.json'));
		await publish({ GW: 'now' });
		await start();
		await becomes('GW', 'applied');
		front.cut = true;
		await waitFor(() => /waits for the link/.test(agent.said), WAIT, 50);
		await is_asked();
		await kill('SIGTERM');
		front.cut = false;
		await start();
		await is_asked();
		await becomes('GW', 'confirmed');
	});

	test('confirmed last runs without the link', async () => {
		front.cut = true;
		await kill();
		await start();
		await is_asked();
		assert.match(agent.said, /roster devices=1 lines=1 running=1/);
		front.cut = false;
	});
});

describe('an agent refuses what', () => {
	const strange = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
	const sign = (payload) => {
		const text = [{ alg: 'ES256', typ: 'fl-plan+jws', kid: 'plan' }, payload]
			.map((o) => Buffer.from(JSON.stringify(o)).toString('base64url')).join('.');

		return `${text}.${crypto.sign('sha256', Buffer.from(text),
			{ key: strange.privateKey, dsaEncoding: 'ieee-p1363' })
			.toString('base64url')}`;
	};
	const payload_of = (b) => JSON.parse(
		Buffer.from(b.manifest.split('.')[1], 'base64url'));
	const none = { alg: 'none', typ: 'fl-plan+jws', kid: 'plan' };
	const ATTACKS = [
		['is not signed', (b) => ({ ...b, manifest: '' }), /^The plan is not signed\.$/],
		['is signed with another key', (b) => ({ ...b, manifest: sign(payload_of(b)) }),
			/not signed with the key/],
		['says that it needs no signature', (b) => ({ ...b, manifest:
			`${Buffer.from(JSON.stringify(none)).toString('base64url')}.` +
			`${b.manifest.split('.')[1]}.` }), /not signed with the key/],
		['was changed on the way', (b) => ({ ...b,
			plan: b.plan.replace('127.0.0.1', '127.0.0.2') }),
		/not the one that was signed/],
	];

	for (const [what, mangle, why] of ATTACKS)
		test(what, async () => {
			front.bundle = mangle;
			await publish({ GW: 'now' });
			assert.match((await becomes('GW', 'refused')).why, why);
			await is_asked();
		});

	test('is for another gateway', async () => {
		const [other] = await rows(`SELECT p.manifest, p.body AS plan, version
			 FROM flux.plan p JOIN flux.device d ON d.device_id = p.gateway_id
			 AND d.tenant_id = p.tenant_id WHERE p.tenant_id = ${plant.id}
			 AND d.key = 'GW2' ORDER BY version DESC LIMIT 1`);

		front.bundle = (b) => ({ ...b, ...other, version: b.version });
		await publish({ GW: 'now' });
		assert.match((await becomes('GW', 'refused')).why, /another gateway's/);
	});

	test('is older than what it had', async () => {
		const old = front.bundles.find((b) => b.version === 1);

		front.bundle = (b) => b;
		const { version } = await publish({ GW: 'now' });

		await becomes('GW', 'confirmed');
		front.bundle = () => ({ ...front.bundles.find((b) =>
			b.version === version - 1), version: version - 1 });
		await publish({ GW: 'now' });
		await waitFor(() => new RegExp(`version=${version - 1} refused why="` +
			'The plan is older').test(agent.said), WAIT, 50)
			.catch(() => assert.fail(agent.said.slice(-800)));
		// What is there said to be new is not.
		front.bundle = (b) => ({ ...old, version: b.version });
		await publish({ GW: 'now' });
		assert.match((await becomes('GW', 'refused')).why, /not the version/);
		await is_asked();
		front.bundle = (b) => b;
	});
});

test('the server offers nothing that the key has not signed', async () => {
	await kill('SIGTERM');
	await publish({ GW: 'now' });
	assert.equal((await offered('GW')).status, 200);
	await sql('super', `UPDATE flux.plan SET body = '[]' WHERE state = 'offered'
		AND tenant_id = ${plant.id}`);
	isProblem(await offered('GW'), 409, 'conflict', /signature is not right/);
});

test('a gateway sees and says nothing of another', async () => {
	const { version } = await publish({ GW: 'now' });
	const stranger = await Plant.make('stranger');
	const say = (key, body) => http('POST', BUNDLE, { headers: { 'X-API-Key': key,
		'Content-Type': 'application/json' }, body: JSON.stringify(body) });
	const wrong = { version, state: 'confirmed', why: '' };

	await stranger.gateway('GW');
	const key = await stranger.key('GW');

	assert.equal((await get(key, BUNDLE)).status, 204);
	for (const one of [key, keys.GW2])
		assert.equal((await say(one, wrong)).status, 204);
	assert.equal((await newest('GW')).state, 'offered');
	assert.deepEqual((await get(await stranger.key('GW', 'view'), API)).json().plans,
		[]);
	isProblem(await say(view_key, wrong), 403, 'forbidden');
	for (const [body, detail] of [
		[{ state: 'applied' }, /^version: /], [{ version: 1 }, /^state: /],
		[{ ...wrong, colour: 1 }, /^colour: /],
		[{ ...wrong, why: 'x'.repeat(301) }, /^why: /],
	])
		isProblem(await say(keys.GW, body), 400, 'bad_request', detail);
	assert.ok(!existsSync(path.join(spool, 'plan.json')));
	assert.doesNotMatch(readFileSync(path.join(spool, 'bundle.json'), 'utf8'),
		/PRIVATE/);
});
