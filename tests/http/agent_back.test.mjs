// The way back from an edge agent that is gone: it is said after a day, on the
// pages and by the doctor, and who may change devices has them polled from here.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { ctl, flux_var, http, sql } from '../lib/flux.mjs';
import { Person } from '../lib/person.mjs';
import { Plant, post, rows } from '../lib/plant.mjs';

const RUN = '0123456789abcdef0123456789abcdef';
const AGENT = /<h2 id="agent">Edge agent<\/h2>/;
const BUTTON = /action="\/admin\/gateways\/(\w+)\/release"/;
const report = (device) => ({ device, answers: 5,
	exceptions: Array(11).fill(1), garbage: 0, corrupt: 0, silent: 0, down: 0,
	missed: 0, answer_ms: 1.5, p99_ms: 2, offline: false, busy: 0.1, load: 0.1,
	waiting: 0, most_words: 0, holes: '', remark: '' });

let plant, other, admin, viewer, key, keyless;

const asks = (as = key) => post(as, { run: RUN, room: 9, held: [], news: [] },
	{ url: '/api/v1/ingest/commands' });
const since = async (gateway) => (await rows(`SELECT agent_since FROM flux.device
	WHERE tenant_id = ${plant.id} AND key = '${gateway}'`))[0].agent_since;
// All that the agent did lies so far back.
const ago = (span, gateway = 'GW') => sql('super', `UPDATE flux.device
	SET agent_since = now() - interval '${span}'
	WHERE tenant_id = ${plant.id} AND key = '${gateway}';
	UPDATE flux.unit_health SET at = now() - interval '${span}'
	WHERE tenant_id = ${plant.id}`);
const polled = async () => (await rows(`SELECT d.key FROM flux.device d
	 WHERE d.tenant_id = ${plant.id} AND d.modbus_host IS NOT NULL
	   AND NOT EXISTS (SELECT FROM flux.device g
	        WHERE g.tenant_id = d.tenant_id
	          AND g.device_id IN (d.device_id, d.gateway_id)
	          AND g.agent_since IS NOT NULL) ORDER BY 1`)).map((r) => r.key);
const release = (who, page = '/devices/V1', gateway = 'GW') =>
	who.post(`/admin/gateways/${gateway}/release`, {}, { page });
const acts = async () => (await rows(`SELECT act, object, user_id::int,
	detail ->> 'heard' AS heard FROM flux.audit
	 WHERE tenant_id = ${plant.id} AND act = 'agent.release'`));
const doctor = () => new Promise((resolve) => {
	execFile(path.join(flux_var, 'app/bin/fluxctl'),
		[path.join(flux_var, 'etc/fluxctl.conf'), 'doctor'],
		(error, out) => resolve(out.split('\n').filter((l) =>
			new RegExp(`agent of gateway \\w+ of tenant ${plant.id} `).test(l))));
});

before(async () => {
	plant = await Plant.make('Back');
	other = await Plant.make('Not back');
	await plant.gateway('GW');
	await plant.gateway('IDLE');
	await plant.device('V1', 'fluxline-valve', '--gateway', 'GW', '--modbus',
		'tcp:127.0.0.1:1:1');
	await plant.device('V2', 'fluxline-valve', '--modbus', 'tcp:127.0.0.1:1:2');
	key = await plant.key('GW');
	keyless = await plant.key('V2', 'view');
	[admin, viewer] = await Promise.all(['admin', 'viewer'].map((role) =>
		Person.make(plant.name, role)));
	await Promise.all([admin.login(), viewer.login()]);
	assert.equal((await asks()).status, 200);
});

describe('an agent that was heard within a day', () => {
	test('is nobody\'s concern', async () => {
		await ago('23 h');
		for (const device of ['V1', 'V2', 'GW', 'IDLE'])
			assert.doesNotMatch((await admin.get(`/devices/${device}`)).body,
				AGENT);
		assert.deepEqual(await doctor(), []);
		assert.match(await ctl('agent', plant.name),
			/^GW +since \S+, heard 23 h ago\n?$/);
	});

	test('is one that told of its units, however long ago it began',
		async () => {
			const device = await plant.deviceId('V1');

			await ago('9 days');
			assert.equal((await post(key, [report(device)],
				{ url: '/api/v1/ingest/health' })).status, 204);
			assert.doesNotMatch((await admin.get('/devices/V1')).body, AGENT);
			assert.deepEqual(await doctor(), []);
			await ago('1 h');
			await sql('super', `UPDATE flux.device
				SET agent_since = now() - interval '9 days'
				WHERE tenant_id = ${plant.id} AND key = 'GW'`);
		});

	test('keeps what it has', async () => {
		const answer = await release(admin, '/admin/rollouts');

		assert.equal(answer.status, 400);
		assert.match(answer.body, /heard within a day/);
		await assert.rejects(ctl('agent', plant.name, 'release', 'GW'),
			/heard within a day/);
		assert.deepEqual(await polled(), ['V2']);
		assert.deepEqual(await acts(), []);
	});
});

describe('an agent that is silent for a day', () => {
	before(() => ago('3 days'));

	test('is named where its devices are, and where it is', async () => {
		for (const device of ['V1', 'GW']) {
			const { body } = await admin.get(`/devices/${device}`);

			assert.match(body, AGENT, device);
			assert.match(body, /Device GW was last heard <time [^>]+>3 d<\/time> ago/);
			assert.equal(body.match(BUTTON)?.[1], 'GW');
		}
		for (const device of ['V2', 'IDLE'])
			assert.doesNotMatch((await admin.get(`/devices/${device}`)).body,
				AGENT);
	});

	test('is named by the doctor and by fluxctl', async () => {
		const lines = await doctor();

		assert.equal(lines.length, 1);
		assert.match(lines[0], /^warn the agent of gateway GW .* silent since /);
		assert.match(await ctl('agent', plant.name), /3 d ago: silent/);
		assert.match(await ctl('agent', other.name), /there is no agent/);
	});

	test('is not let go by who may only look', async () => {
		const { body } = await viewer.get('/devices/V1');

		assert.match(body, AGENT);
		assert.doesNotMatch(body, BUTTON);
		assert.equal((await release(viewer, '/account')).status, 403);
		assert.equal((await http('POST', '/admin/gateways/GW/release',
			{ headers: { 'X-API-Key': keyless } })).status, 403);
		assert.deepEqual(await polled(), ['V2']);
	});

	test('is not let go by another tenant, nor is what there is not',
		async () => {
			const stranger = await Person.make(other.name, 'admin');

			await stranger.login();
			assert.equal((await release(stranger, '/account')).status, 404);
			assert.equal((await release(admin, '/account', 'V1')).status, 404);
			await assert.rejects(ctl('agent', plant.name, 'release', 'NO'),
				/No agent has a gateway of that key/);
			await assert.rejects(ctl('agent', plant.name, 'drop', 'GW'),
				/no such word/);
			assert.deepEqual(await polled(), ['V2']);
		});

	test('is let go by who may change devices, and that is written down',
		async () => {
			const answer = await release(admin);

			assert.deepEqual([answer.status, answer.headers.location],
				[303, '/devices/GW']);
			assert.deepEqual(await polled(), ['V1', 'V2']);
			assert.doesNotMatch((await admin.get('/devices/V1')).body, AGENT);
			assert.deepEqual(await doctor(), []);
			const [act, ...more] = await acts();

			assert.equal(more.length, 0);
			assert.equal(act.object, 'device:GW');
			assert.ok(act.user_id > 0);
			assert.ok(Date.now() - Date.parse(act.heard) > 2.9 * 86400e3);
			assert.equal((await release(admin, '/account')).status, 404);
		});

	test('has its devices again when it asks again', async () => {
		assert.equal((await asks()).status, 200);
		assert.ok(await since('GW'));
		assert.deepEqual(await polled(), ['V2']);
	});

	test('is let go from the shell too', async () => {
		await ago('25 h');
		assert.match(await ctl('agent', plant.name, 'release', 'GW'),
			/polled from here/);
		assert.deepEqual(await polled(), ['V1', 'V2']);
		assert.equal((await acts()).length, 2);
	});
});
