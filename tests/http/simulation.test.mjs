// The page of what is simulated: by where it is polled or who posts for it, and
// each such place as a scenario that the simulator plays.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Desk } from '../lib/desk.mjs';
import { ctl, login, sql } from '../lib/flux.mjs';
import { Plant, post } from '../lib/plant.mjs';
import { Programs, app } from '../lib/simulator.mjs';

const PAGE = '/admin/simulation';
const folder = mkdtempSync('/tmp/fluxsimulation.');
const programs = new Programs(folder);
let plant, other, desk, stranger, made;

const scenario = (key, who = desk) => who.get(`${PAGE}/scenario?at=${key}`);
const words = (html) => html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ').trim();

// The cells of the table in the card of that id, each as its words; and the
// hrefs of its links.
function table(page, id) {
	const [, body] = page.body.match(
		RegExp(`aria-labelledby="${id}">\\s*<table[^>]*>.*?<tbody>(.*?)</tbody>`, 's'));

	return body.split('</tr>').slice(0, -1).map((row) => ({
		cells: row.split(/<t[hd]\b/).slice(1).map((cell) =>
			words(cell.replace(/^[^>]*>/, ''))),
		hrefs: [...row.matchAll(/href="([^"]+)"/g)].map(([, href]) => href) }));
}
const places = async (who = desk, query = '') =>
	table(await who.get(PAGE + query), 'places');
const place = async (where) =>
	(await places()).find(({ cells }) => cells[0].startsWith(where));

const at = (port, unit, way = 'tcp') =>
	['--modbus', `${way}:127.0.0.1:${port}:${unit}`, '--simulated'];
const drop = (where) => sql('super', `DELETE FROM flux.sensor USING flux.device d
	WHERE sensor.tenant_id = ${plant.id} AND d.tenant_id = ${plant.id}
	  AND d.device_id = sensor.device_id AND d.${where};
	DELETE FROM flux.device WHERE tenant_id = ${plant.id} AND ${where}`);

before(async () => {
	cpSync(path.join(app, 'profiles'), path.join(folder, 'profiles'),
		{ recursive: true });
	plant = await Plant.make('Simulation');
	other = await Plant.make('Simulation of others');
	desk = await Desk.of(plant);
	stranger = await Desk.of(other);
});

after(async () => {
	await programs.end();
	rmSync(folder, { recursive: true });
});

test('nothing is simulated: how to begin', async () => {
	await plant.device('REAL', 'robot', '--modbus', 'tcp:127.0.0.1:15019:1');
	const ohara = { name: `O'Hara & Co ${plant.id}` };

	await ctl('tenant', ohara.name);
	ohara.id = await sql('super', `SELECT tenant_id FROM flux.tenant
		WHERE name = $$${ohara.name}$$`);
	const page = await desk.get(PAGE);
	const quoted = await (await Desk.of(ohara)).get(PAGE);

	assert.equal(page.status, 200, page.body);
	assert.match(page.body, /Nothing is simulated/);
	for (const [answer, name] of [[page, plant.name],
		[quoted, ohara.name.replace('\'', '\'\\\'\'')]])
		assert.equal(words(answer.body.match(/<pre.*?<\/pre>/s)[0])
			.replaceAll('&#39;', '\'').replaceAll('&amp;', '&')
			.replaceAll('&gt;', '>'), `fluxctl CONFIG simulate '${name}' SITE ` +
			'KEY PROFILE COUNT HOST:PORT > scenario.json');
	assert.doesNotMatch(page.body, /there may be|<table|15019/);
	assert.equal((await scenario('REAL')).status, 404);
});

describe('devices that fluxctl makes', () => {
	before(async () => {
		made = await ctl('simulate', plant.name, 'HALL', 'BOT', 'robot', '3',
			'127.0.0.1:15020');
		await ctl('simulate', other.name, 'HALL', 'THEIRS', 'pump-station', '2',
			'127.0.0.1:15020');
	});

	test('are one place, and the plan\'s bound is told', async () => {
		const page = await desk.get(PAGE);

		assert.deepEqual(table(page, 'places'), [{ cells: [
			'127.0.0.1:15020 Modbus TCP', '3', '3 never seen', 'no data yet',
			'robot', 'Scenario'],
		hrefs: [`${PAGE}?at=BOT-1`, `${PAGE}/scenario?at=BOT-1`] }]);
		assert.match(page.body, / 3 of the 1,?000 there may be are used/);
		assert.equal(page.headers['x-data-source'], 'simulation');
		assert.match(page.body, /class="sim-band"/);
	});

	test('are the scenario that fluxctl printed', async () => {
		const answer = await scenario('BOT-2');

		assert.equal(answer.status, 200, answer.body);
		assert.equal(answer.body, `${made}\n`);
		assert.equal(answer.headers['content-type'], 'application/json');
		assert.equal(answer.headers['content-disposition'],
			'attachment; filename="scenario.json"');
		assert.equal(answer.headers['x-data-source'], 'simulation');
	});

	test('are one by one on a page of their place', async () => {
		const page = await desk.get(`${PAGE}?at=BOT-3`);

		assert.deepEqual(table(page, 'places').map(({ cells }) => cells[0]),
			['127.0.0.1:15020 Modbus TCP']);
		assert.deepEqual(table(page, 'devices'), [1, 2, 3].map((i) => ({
			cells: [`BOT ${i} BOT-${i}`, 'never seen', 'no data yet', `${i}`,
				'robot'], hrefs: [`/devices/BOT-${i}`] })));
	});

	test('are heard, and fall silent', async () => {
		const key = await plant.key('BOT-1', 'ingest');
		const set = (ago) => sql('super', `UPDATE flux.latest
			SET seen = now() - interval '${ago}'
			WHERE tenant_id = ${plant.id}`);
		const ts = new Date(Date.now() - 130000).toISOString();

		assert.equal((await post(key, { readings: [{ device: 'BOT-1', ts,
			values: { energy: 4 } }] })).status, 202);
		await plant.derived();
		assert.deepEqual((await place('127.0.0.1:15020')).cells.slice(2, 4),
			['1 heard 2 never seen', '2 min ago']);
		await set('20 days');
		assert.deepEqual((await place('127.0.0.1:15020')).cells.slice(2, 4),
			['1 silent 2 never seen', '2 min ago']);
		assert.deepEqual(table(await desk.get(`${PAGE}?at=BOT-1`), 'devices')[0]
			.cells.slice(1, 3), ['offline', '2 min ago']);
	});

	test('another tenant has its own at the same place', async () => {
		assert.deepEqual((await places(stranger))
			.map(({ cells, hrefs }) => [cells[1], cells[4], hrefs[0]]),
		[['2', 'pump-station', `${PAGE}?at=THEIRS-1`]]);
		assert.equal((await scenario('BOT-1', stranger)).status, 404);
		assert.equal((await stranger.get(`${PAGE}?at=BOT-1`)).status, 404);
		assert.deepEqual((await scenario('THEIRS-2', stranger)).json().units,
			[{ unit: 1, count: 2, profile: 'pump-station' }]);
	});
});

describe('a scenario', () => {
	after(() => drop('modbus_port BETWEEN 15030 AND 15039'));

	test('has units with holes, and profiles that differ', async () => {
		for (const [key, unit, profile] of [['M1', 1, 'robot'], ['M2', 2, 'robot'],
			['M3', 3, 'pump-station'], ['M4', 4, 'robot'], ['M9', 9, 'robot'],
			['M10', 10, 'robot'], ['M10B', 10, 'robot'], ['M0', 0, 'robot'],
			['M255', 255, 'robot']])
			await plant.device(key, profile, ...at(15030, unit));
		await plant.device('REAL5', 'robot', '--modbus', 'tcp:127.0.0.1:15030:5');
		await plant.device('FRAMED', 'robot', ...at(15030, 7, 'rtu_tcp'));
		const played = (await scenario('M3')).json();

		assert.deepEqual(played, { listen: '127.0.0.1', port: 15030, units: [
			{ unit: 0, count: 3, profile: 'robot' },
			{ unit: 3, count: 1, profile: 'pump-station' },
			{ unit: 4, count: 1, profile: 'robot' },
			{ unit: 9, count: 2, profile: 'robot' },
			{ unit: 255, count: 1, profile: 'robot' }] });
		assert.deepEqual((await place('127.0.0.1:15030 Modbus TCP')).cells
			.slice(1, 5), ['9', '9 never seen', 'no data yet',
			'pump-station, robot']);
		await programs.simulate(played.units);

		const framed = (await scenario('FRAMED')).json();

		assert.deepEqual(framed, { listen: '127.0.0.1', port: 15030,
			framing: 'rtu', units: [{ unit: 7, count: 1, profile: 'robot' }] });
		await programs.simulate(framed.units, { framing: framed.framing });
	});

	test('is not of a unit with two profiles', async () => {
		await plant.device('C1', 'robot', ...at(15031, 1));
		await plant.device('C2', 'pump-station', ...at(15031, 1));
		const answer = await scenario('C1');

		assert.equal(answer.status, 409);
		assert.match(answer.body, /Unit 1 has several profiles there/);
		assert.match((await place('127.0.0.1:15031')).cells[5],
			/none: a unit has several profiles/);
	});

	test('says that a profile is the tenant\'s own', async () => {
		await plant.device('OWN', 'robot', ...at(15033, 1));
		assert.doesNotMatch((await desk.get(PAGE)).body, /of your own/);
		await sql('super', `INSERT INTO flux.profile (tenant_id, id, version, body)
			SELECT ${plant.id}, 'mine', '1', '{}';
			UPDATE flux.device SET profile = 'mine', profile_version = '1'
			WHERE tenant_id = ${plant.id} AND key = 'OWN'`);
		assert.equal((await place('127.0.0.1:15033')).cells[4],
			'mine of your own');
		assert.match((await desk.get(PAGE)).body, /Profiles of your own must be/);
		assert.deepEqual((await scenario('OWN')).json().units,
			[{ unit: 1, count: 1, profile: 'mine' }]);
	});

	test('is of those with a profile', async () => {
		await plant.device('E1', '', ...at(15032, 1));
		assert.equal((await scenario('E1')).status, 404);
		assert.deepEqual((await place('127.0.0.1:15032')).cells.slice(4),
			['– 1 without a profile', '–']);
		await plant.device('E2', 'robot', ...at(15032, 2));
		assert.deepEqual((await scenario('E1')).json().units,
			[{ unit: 2, count: 1, profile: 'robot' }]);
	});
});

describe('what nobody polls over TCP', () => {
	before(async () => {
		await plant.device('BOX', '', '--kind', 'gateway', '--simulated');
		await plant.device('BEHIND', 'robot', '--gateway', 'BOX', '--simulated');
		await plant.device('ALONE', 'robot', '--simulated');
		await plant.device('WIRED', 'robot', '--modbus', 'rtu:/dev/ttyS1:9600:1',
			'--simulated');
	});

	test('is by its gateway, by itself or on its line, without a scenario',
		async () => {
			for (const [where, key, n] of [['BOX posts', 'BEHIND', '2'],
				['by themselves posts', 'ALONE', '1'],
				['/dev/ttyS1 a serial line', 'WIRED', '1']]) {
				const { cells } = await place(where);

				assert.deepEqual([cells[1], cells[5]], [n, '–'], where);
				assert.equal((await scenario(key)).status, 404, key);
			}
		});

	test('and what an agent polls is in the agent\'s network', async () => {
		await plant.device('FAR', 'robot', '--gateway', 'BOX',
			...at(15020, 9));
		const mine = async () => (await places()).filter(({ cells }) =>
			cells[0].startsWith('127.0.0.1:15020')).map(({ cells }) =>
			`${cells[0]}: ${cells[1]}`);

		assert.deepEqual(await mine(), ['127.0.0.1:15020 Modbus TCP: 4']);
		await sql('super', `UPDATE flux.device SET agent_since = now()
			WHERE tenant_id = ${plant.id} AND key = 'BOX'`);
		assert.deepEqual(await mine(), ['127.0.0.1:15020 Modbus TCP: 3',
			'127.0.0.1:15020 Modbus TCP, by the agent BOX: 1']);
		assert.deepEqual((await scenario('FAR')).json().units,
			[{ unit: 9, count: 1, profile: 'robot' }]);
		assert.equal((await scenario('BOT-1')).body, `${made}\n`);
	});
});

test('many places and many devices come page by page', async () => {
	await sql('super', `INSERT INTO flux.device (tenant_id, site_id, key, name,
		profile, simulated, modbus_transport, modbus_host, modbus_port,
		modbus_unit)
		SELECT ${plant.id}, site_id, 'Z' || lpad(i::text, 3, '0'), 'Z', 'robot',
		       true, 'tcp', CASE WHEN i < 60 THEN '192.0.2.1'
		       ELSE '192.0.2.2' END, CASE WHEN i < 60 THEN i + 1 ELSE 502 END,
		       i % 256
		  FROM flux.site, generate_series(0, 119) i
		 WHERE tenant_id = ${plant.id}`);
	try {
		const walk = async (url, id) => {
			const pages = [];

			for (let next = url; next !== undefined;) {
				const page = await desk.get(next.replaceAll('&amp;', '&'));

				pages.push(table(page, id));
				[, next] = page.body.match(
					/href="([^"]+)">More (?:places|devices)</) ?? [];
			}
			return pages;
		};
		const all = await walk(PAGE, 'places');
		const hrefs = all.flat().map((row) => row.hrefs[0]);

		assert.ok(all.length === 2 && all[0].length === 50);
		assert.equal(new Set(hrefs).size, hrefs.length);
		assert.equal(hrefs.filter((href) => /at=Z/.test(href)).length, 61);
		assert.deepEqual((await walk(`${PAGE}?at=Z100`, 'devices')).map((rows) =>
			rows.length), [50, 10]);
		assert.match((await desk.get(`${PAGE}?after=~`)).body,
			/There are no more places/);
	} finally {
		await drop('name = \'Z\'');
	}
});

describe('is for those who may change devices', () => {
	test('a viewer may not, nor is he shown the way', async () => {
		const viewer = await Desk.of(plant, 'viewer');

		for (const answer of [await viewer.get(PAGE),
			await scenario('BOT-1', viewer)])
			assert.equal(answer.status, 403);
		assert.doesNotMatch((await viewer.get('/admin')).body, RegExp(PAGE));
		assert.match((await desk.get('/admin')).body, RegExp(`href="${PAGE}"`));
	});

	test('below an asset those there alone, and no bound', async () => {
		const email = `below-${plant.id}@desk.example`;

		await ctl('asset', plant.name, 'HALL', 'ARM', 'Arm', 'machine');
		await ctl('asset', plant.name, 'HALL', 'LEG', 'Leg', 'machine');
		await sql('super', `UPDATE flux.device d SET asset_id = a.asset_id
			FROM flux.asset a WHERE a.tenant_id = ${plant.id}
			 AND d.tenant_id = ${plant.id}
			 AND (d.key, a.key) IN (('BOT-2', 'ARM'), ('BOT-3', 'LEG'))`);
		await ctl('user', plant.name, email, 'Nils', 'viewer', 'LEG',
			{ input: 'fourteen grey herons' });
		await ctl('role', plant.name, 'give', email, 'admin', 'ARM');
		const below = Object.assign(new Desk(), { plant,
			cookie: await login(email, 'fourteen grey herons') });

		assert.deepEqual((await places(below)).map(({ cells }) =>
			cells.slice(0, 2)), [['127.0.0.1:15020 Modbus TCP', '1']]);
		assert.doesNotMatch((await below.get(PAGE)).body, /there may be/);
		assert.deepEqual((await scenario('BOT-2', below)).json().units,
			[{ unit: 2, count: 1, profile: 'robot' }]);
		for (const key of ['BOT-1', 'BOT-3'])
			assert.equal((await scenario(key, below)).status, 404, key);
	});
});
