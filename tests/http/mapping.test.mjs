// Names that nobody knows: they wait once, are adopted by one click or let to a
// sensor, and what was refused of them is stored then.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { Desk } from '../lib/desk.mjs';
import { sql, waitFor } from '../lib/flux.mjs';
import { Plant, post, rows, telemetry } from '../lib/plant.mjs';

const WAITING = '/admin/waiting';
const T0 = Math.floor(Date.now() / 1000) - 600;

let plant, other, desk, key;

const body = (device, values, at = T0) =>
	({ readings: [{ device, ts: at, values }] });

const waiting = (of = plant) => rows(`SELECT device, sensor, count::int, sample
	FROM flux.stranger WHERE tenant_id = ${of.id} ORDER BY device, sensor`);

const stored = async (device, sensor) => (await telemetry(key, device))
	.filter((r) => r.sensor === sensor)
	.map((r) => [r.time, r.value]);

const replayed = () => waitFor(() => sql('super', `SELECT 1 WHERE NOT EXISTS (
	SELECT FROM flux.replay_order WHERE tenant_id = ${plant.id}
	   AND state = 'waiting')`), 15000);

const same_time = (v) => v.map(([t, x]) => [Date.parse(t) / 1000, x]);

const adopt = (fields) => desk.post(`${WAITING}/adopt`, { gateway: 'GW',
	unit: '', kind: 'gauge', ...fields }, WAITING);
const map = (fields, gateway = 'GW') => desk.post(
	`/admin/gateways/${gateway}/mapping`, { act: 'put', ...fields },
	`/admin/gateways/${gateway}/mapping`);

before(async () => {
	plant = await Plant.make('Mapping');
	other = await Plant.make('Unmapped');
	for (const p of [plant, other]) {
		await p.gateway('GW');
		await p.device('P1', undefined, '--gateway', 'GW');
	}
	await plant.gateway('GW2');
	await plant.device('Q1', undefined, '--gateway', 'GW2');
	key = await plant.key('GW');
	desk = await Desk.of(plant);
});

describe('a name that nobody knows', () => {
	test('an unknown name waits once however often it comes', async () => {
		for (let i = 0; i < 3; i++)
			await post(key, body('P1', { level_x: 10 + i }, T0 + i));
		assert.deepEqual(await waiting(), [{ device: 'P1', sensor: 'level_x',
			count: 3, sample: '12' }]);
		const page = await desk.get(WAITING);

		assert.equal(page.status, 200);
		assert.match(page.body, /level_x/);
		assert.match(page.body, /3 times/);
	});

	test('names of senders are text on the page, and nothing else', async () => {
		await post(key, body('<script>alert(1)</script>',
			{ '"><img src=x onerror=alert(1)>': 1 }));
		const page = (await desk.get(WAITING)).body;

		assert.doesNotMatch(page, /<script>alert/);
		assert.doesNotMatch(page, /<img src=x/);
		assert.match(page, /&lt;script&gt;alert/);
		assert.match(page, /href="[^"]*%3Cscript%3E/);
		await sql('super', `DELETE FROM flux.stranger
			WHERE tenant_id = ${plant.id} AND device LIKE '<%'`);
	});

	test('one click adopts and stores what was kept', async () => {
		const answer = await adopt({ device: 'P1', sensor: 'level_x',
			to_device: 'P1', key: 'level_x', name: 'Level x', unit: 'm' });

		assert.equal(answer.status, 303, answer.body);
		await replayed();
		assert.deepEqual(same_time(await stored('P1', 'level_x')),
			[[T0, 10], [T0 + 1, 11], [T0 + 2, 12]]);
		assert.deepEqual(await waiting(), []);
		assert.deepEqual((await post(key, body('P1', { level_x: 20 }, T0 + 9)))
			.json().rejected, []);
		await plant.balances();
	});

	test('of an unknown device makes the device too', async () => {
		await post(key, body('Pumpe Süd 1', { flow: 4 }));
		const answer = await adopt({ device: 'Pumpe Süd 1', sensor: 'flow',
			to_device: 'Pumpe_S_d_1', key: 'flow', name: 'Flow' });

		assert.equal(answer.status, 303, answer.body);
		await replayed();
		assert.deepEqual(same_time(await stored('Pumpe_S_d_1', 'flow')),
			[[T0, 4]]);
		assert.equal(await sql('super', `SELECT name FROM flux.device
			WHERE tenant_id = ${plant.id} AND key = 'Pumpe_S_d_1'`),
		'Pumpe Süd 1');
	});

	test('without a device becomes a sensor with that code', async () => {
		await post(key, { readings: [{ sensorId: 'TT-7', ts: T0, value: 7 }] });
		assert.deepEqual(await waiting(), [{ device: '', sensor: 'TT-7',
			count: 1, sample: '7' }]);
		await adopt({ device: '', sensor: 'TT-7', to_device: 'GW',
			key: 'TT-7', name: 'TT 7' });
		await replayed();
		assert.deepEqual(same_time(await stored('GW', 'TT-7')), [[T0, 7]]);
	});

	test('is not adopted into a device of another gateway', async () => {
		await post(key, body('P1', { stray: 1 }));
		const answer = await adopt({ device: 'P1', sensor: 'stray',
			to_device: 'Q1', key: 'stray', name: 'Stray' });

		assert.equal(answer.status, 400);
		assert.match(answer.body, /to_device: /);
		assert.equal((await waiting()).length, 1);
	});

	test('2001 names are 2000 rows and a count', async () => {
		const values = Object.fromEntries(Array.from({ length: 2001 },
			(_, i) => [`n${i}`, i]));
		const their = await other.key('GW');

		await post(their, body('P1', values));
		await post(their, body('P1', values));
		const all = await waiting(other);

		assert.equal(all.length, 2001);
		assert.deepEqual([all[0].device, all[0].sensor, all[0].count],
			['', '', 2]);
		assert.equal(all.filter((n) => n.sensor !== '')
			.every((n) => n.count === 2), true);
	});

	test('a name too long and one too many are counted together', async () => {
		const their = await other.key('GW');
		const [was] = await waiting(other);
		const answer = await post(their, body('P1',
			{ ['x'.repeat(200)]: 1, fresh: 2 }));

		assert.equal(answer.status, 202, answer.body);
		assert.equal((await waiting(other))[0].count, was.count + 2);
	});
});

describe('a mapping', () => {
	test('counts at the next post, scales and shifts', async () => {
		const answer = await map({ device: '7', sensor: 'reg:30001',
			target: 'P1/flow_rate', scale: '0.1', shift: '-5' });

		assert.equal(answer.status, 303, answer.body);
		const said = (await post(key, body('7', { 'reg:30001': 250 }, T0 + 60)))
			.json();

		assert.deepEqual(said.rejected, []);
		assert.equal(said.accepted, 1);
		assert.deepEqual(same_time(await stored('P1', 'flow_rate')),
			[[T0 + 60, 20]]);
	});

	test('counts also for posts that are taken together', async () => {
		await Promise.all(Array.from({ length: 40 }, (_, i) =>
			post(key, body('7', { 'reg:30001': 300 }, T0 + 100 + i))));
		await map({ device: '7', sensor: 'reg:30001',
			target: 'P1/flow_rate', scale: '1', shift: '0' });
		await Promise.all(Array.from({ length: 40 }, (_, i) =>
			post(key, body('7', { 'reg:30001': 30 }, T0 + 200 + i))));
		const all = await stored('P1', 'flow_rate');

		assert.equal(all.filter(([, v]) => v === 25).length, 40);
		assert.equal(all.filter(([, v]) => v === 30).length, 40);
	});

	test('with a scale takes a unit that is another', async () => {
		await map({ device: '7', sensor: 'lps', target: 'P1/flow_rate',
			scale: '3.6', shift: '0' });
		const said = (await post(key, { readings: [{ device: '7', ts: T0 + 300,
			values: { lps: 10 }, units: { lps: 'L/s' } }] })).json();

		assert.deepEqual(said.rejected, []);
		assert.deepEqual((await stored('P1', 'flow_rate')).at(-1)[1], 36);
	});

	test('of an aggregate maps all of it', async () => {
		await map({ device: '', sensor: 'AGG', target: 'P1/flow_rate',
			scale: '-1', shift: '0' });
		const said = (await post(key, { sensorId: 'AGG', timestamp: T0 + 400,
			min: 1, max: 3, avg: 2, count: 10 })).json();

		assert.deepEqual(said.rejected, []);
		assert.equal((await stored('P1', 'flow_rate')).at(-1)[1], -2);
	});

	test('stores what was refused before it was there', async () => {
		await post(key, body('old', { t: 5 }, T0 + 500));
		await map({ device: 'old', sensor: 't', target: 'P1/flow_rate',
			scale: '2', shift: '1' });
		await replayed();
		assert.deepEqual(same_time(await stored('P1', 'flow_rate')).at(-1),
			[T0 + 500, 11]);
	});

	test('ignored names are no letters', async () => {
		await post(key, body('P1', { noise: 1 }));
		const mark = await plant.mark();

		assert.equal((await desk.post(`${WAITING}/ignore`, { gateway: 'GW',
			device: 'P1', sensor: 'noise' }, WAITING)).status, 303);
		const said = (await post(key, { readings: [{ device: 'P1', ts: T0 + 600,
			values: { noise: 1, flow_rate: 9 } }] })).json();

		assert.deepEqual([said.accepted, said.rejected], [1, []]);
		assert.deepEqual((await post(key, body('P1', { noise: 2 }))).json(),
			{ accepted: 0, duplicate: 0, rejected: [] });
		assert.deepEqual(await plant.letters(mark), []);
		assert.equal(await sql('super', `SELECT DISTINCT state
			FROM flux.dead_letter WHERE tenant_id = ${plant.id}
			 AND sensor = 'noise'`), 'dropped');
		await plant.derived();
		assert.equal(await sql('super', `SELECT string_agg(concat_ws(',', sent,
			stored, duplicate, rejected, thinned), ' ' ORDER BY batch_id)
			FROM (SELECT * FROM flux.ingest_batch
			WHERE tenant_id = ${plant.id} ORDER BY batch_id DESC LIMIT 2) b`),
		'2,1,0,0,1 1,0,0,0,1');
	});

	test('is removed, and the name waits again', async () => {
		assert.equal((await map({ device: 'P1', sensor: 'noise', act: 'drop' }))
			.status, 303);
		assert.equal((await post(key, body('P1', { noise: 1 }))).json()
			.rejected[0].code, 'unknown_sensor');
	});

	test('leads nowhere when its device has gone to another gateway', async () => {
		await plant.device('MOVES', undefined, '--gateway', 'GW');
		await map({ device: 'mv', sensor: 'f', target: 'MOVES/flow_rate' });
		assert.deepEqual((await post(key, body('mv', { f: 1 }))).json()
			.rejected, []);
		await sql('super', `UPDATE flux.device SET gateway_id =
			(SELECT device_id FROM flux.device WHERE tenant_id = ${plant.id}
			 AND key = 'GW2') WHERE tenant_id = ${plant.id} AND key = 'MOVES'`);
		assert.equal((await post(key, body('mv', { f: 1 }))).json()
			.rejected.length, 1);
	});

	for (const [what, fields, wrong] of [
		['a sensor that is not there', { target: 'P1/nothing' }, /target: /],
		['a sensor of another gateway', { target: 'Q1/flow_rate' }, /target: /],
		['a scale of 0', { scale: '0' }, /scale: /],
		['a scale that is no number', { scale: '0,1' }, /scale: /],
		['an endless shift', { shift: '1e999' }, /shift: /],
		['no name', { sensor: '' }, /sensor: /],
		['a name that is too long', { sensor: 'x'.repeat(129) }, /sensor: /],
		['no target', { target: '' }, /target: /],
		['an unknown act', { act: 'x' }, /act: /],
	])
		test(`${what} is refused with the field's name`, async () => {
			const answer = await map({ device: 'd', sensor: 's',
				target: 'P1/flow_rate', scale: '1', shift: '0', ...fields });

			assert.equal(answer.status, 400);
			assert.match(answer.body, wrong);
		});

	test('of another tenant is 404', async () => {
		const theirs = await Desk.of(other);

		assert.equal((await theirs.get('/admin/gateways/GW2/mapping')).status,
			404);
		assert.equal((await theirs.post('/admin/gateways/GW2/mapping',
			{ act: 'ignore', device: 'a', sensor: 'b' },
			'/admin/gateways/GW/mapping')).status, 404);
		assert.doesNotMatch((await theirs.get(WAITING)).body, /stray/);
	});

	test('is changed by who may change devices only', async () => {
		const viewer = await Desk.of(plant, 'viewer');
		const shown = await viewer.get('/admin/gateways/GW/mapping');

		assert.equal(shown.status, 200);
		assert.doesNotMatch(shown.body, /value="put"/);
		assert.equal((await viewer.post('/admin/gateways/GW/mapping',
			{ act: 'ignore', device: 'a', sensor: 'b' }, '/')).status, 403);
	});

	test('and all of it is in the audit', async () => {
		const acts = await sql('super', `SELECT string_agg(DISTINCT act, ' '
			ORDER BY act) FROM flux.audit WHERE tenant_id = ${plant.id}
			AND act ~ '^(mapping|sensor|device)\\.' AND act <> 'device.make'`);

		assert.equal(acts, 'device.adopt mapping.drop mapping.ignore ' +
			'mapping.put sensor.adopt');
	});
});

describe('how a gateway is read', () => {
	const rule = (fields) => desk.post('/admin/gateways/GW/rule',
		{ clock: 'shift', zone: '', home: '', metric: 'auto', ...fields },
		'/admin/gateways/GW/mapping');

	test('is set and shown', async () => {
		assert.equal((await rule({ clock: 'refuse', zone: 'Europe/Berlin',
			home: 'P1', metric: 'field' })).status, 303);
		const page = (await desk.get('/admin/gateways/GW/mapping')).body;

		assert.match(page, /value="refuse" selected/);
		assert.match(page, /name="zone" value="Europe\/Berlin"/);
		assert.match(page, /name="home" value="P1"/);
		assert.match(page, /value="field" selected/);
	});

	for (const [field, value] of [['clock', 'x'], ['zone', 'Mars/Base'],
		['home', 'Q1'], ['home', 'nobody'], ['metric', 'x']])
		test(`is not "${value}" as its ${field}`, async () => {
			const answer = await rule({ [field]: value });

			assert.equal(answer.status, 400);
			assert.match(answer.body, new RegExp(`${field}: `));
		});
});
