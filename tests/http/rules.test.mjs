// Rules on a device's page: what is believed of its sensors, what is computed
// from them, and what it is told.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { Desk } from '../lib/desk.mjs';
import { ctl, http, sql } from '../lib/flux.mjs';
import { Plant, get, post, rows, telemetry } from '../lib/plant.mjs';

let plant, other, desk, key, token;
const PAGE = '/admin/devices/N1/rules';

before(async () => {
	plant = await Plant.make('Rules');
	other = await Plant.make('Rules other');
	await plant.device('N1');
	await plant.device('N2');
	await other.device('N1');
	desk = await Desk.of(plant);
	key = await plant.key('N1', 'ingest,view');
	token = (await ctl('key', plant.name, 'N1', 'ingest', '--short'))
		.match(/^flt_\w+$/m)[0];
});

const rule = (fields, of = desk) => of.post(PAGE,
	{ sensor: 'flow_rate', beyond: 'refuse', ...fields }, PAGE);
const formula = (fields, of = desk) => of.post('/admin/devices/N1/formula',
	{ act: 'put', ...fields }, PAGE);
const tell = (name, value, device = 'N1') => desk.post(
	`/admin/devices/${device}/told`, value === null ? { name, act: 'drop' } :
		{ name, value }, PAGE);
const sensor = async () => (await rows(`SELECT low, high, beyond,
	extract(epoch FROM stuck_after)::int AS stuck FROM flux.sensor
	JOIN flux.device d USING (tenant_id, device_id) WHERE
	tenant_id = ${plant.id} AND d.key = 'N1' AND sensor.key = 'flow_rate'`))[0];
const send = async (readings) => {
	const answer = await post(key, JSON.stringify({ readings }));

	assert.equal(answer.status, 202, answer.body);
	return answer.json();
};
// What the page says is wrong, beside which field.
const wrong = (answer) => {
	const at = answer.body.match(/name="(\w+)"[^>]* aria-invalid="true" aria-describedby="([\w-]+)"/);

	assert.equal(answer.status, 422, answer.body);
	assert.ok(at, 'no field is marked');
	return [at[1], answer.body.match(new RegExp(
		`id="${at[2]}"><i[^>]*></i>([^<]*)<`))[1]];
};

describe('what is believed of a sensor', () => {
	test('is set, counts from the next message on, and is audited',
		async () => {
			const t = Date.now() - 60000;

			assert.equal((await rule({ low: '0', high: '100,5', stuck: '10',
				beyond: 'flag' })).status, 303);
			assert.deepEqual(await sensor(),
				{ low: 0, high: 100.5, beyond: 'flag', stuck: 600 });
			assert.equal((await send([{ device: 'N1', sensor: 'flow_rate', ts: t,
				value: 500 }])).accepted, 1);
			assert.deepEqual((await telemetry(key, 'N1', { from: t, to: t + 1 }))
				.map((r) => [r.value, r.quality]), [[null, 0]]);
			await rule({ low: '0', high: '100', beyond: 'refuse' });
			assert.deepEqual(await sensor(),
				{ low: 0, high: 100, beyond: 'refuse', stuck: null });
			assert.equal((await send([{ device: 'N1', sensor: 'flow_rate',
				ts: t + 1, value: 500 }])).accepted, 0);
			assert.equal(await sql('super', `SELECT count(*) FROM flux.audit
				WHERE tenant_id = ${plant.id} AND act = 'sensor.rule'`), '2');
		});

	for (const [what, fields, field, says] of [
		['words', { low: 'much' }, 'low', /number/],
		['an endless number', { high: 'inf' }, 'high', /number/],
		['bounds the wrong way round', { low: '2', high: '1' }, 'low', /above/],
		['no choice', { beyond: 'forget' }, 'beyond', /refuse or flag/],
		['no time at all', { stuck: '0' }, 'stuck', /up to a year/],
		['two years', { stuck: '1051200' }, 'stuck', /up to a year/],
	])
		test(`${what} is refused beside its field, and stays typed`,
			async () => {
				const answer = await rule({ high: '7', ...fields });
				const [at, why] = wrong(answer);

				assert.equal(at, field);
				assert.match(why, says);
				if (field !== 'beyond')
					assert.match(answer.body,
						new RegExp(`name="${field}" value="${fields[field]}"`));
			});
});

describe('what is computed', () => {
	test('is tried with the newest values, and stores nothing', async () => {
		const t = Date.now() - 30000;

		await sql('super', `UPDATE flux.sensor SET low = NULL, high = NULL
			WHERE tenant_id = ${plant.id}`);
		await send([{ device: 'N1', ts: t, values:
			{ flow_rate: 12, temperature: 5 } }]);
		await plant.derived();
		const { body } = await desk.get(`${PAGE}?sensor=double&unit=L&formula=` +
			encodeURIComponent('flow_rate * 2 + temperature'));

		assert.match(body, /it is <b>29 L<\/b>/);
		assert.match(body, /<code>flow_rate<\/code> 12 .*<code>temperature<\/code> 5 /);
		assert.match(body, /name="formula" value="flow_rate \* 2 \+ temperature"/);
		assert.equal(await sql('super', `SELECT count(*) FROM flux.virtual
			WHERE tenant_id = ${plant.id}`), '0');
	});

	test('is stored, has readings, and ends', async () => {
		const t = Date.now() - 20000;
		const say = { sensor: 'double', name: 'Twice', unit: 'm3/h' };

		assert.equal((await formula({ ...say, formula: 'flow_rate * 2' })).status,
			303);
		await send([{ device: 'N1', ts: t, values: { flow_rate: 4 } }]);
		assert.deepEqual((await telemetry(key, 'N1', { from: t, to: t + 1,
			sensor: 'double' })).map((r) => r.value), [8]);
		assert.equal((await formula({ ...say, act: 'end' })).status, 303);
		await send([{ device: 'N1', ts: t + 1, values: { flow_rate: 5 } }]);
		assert.deepEqual(await telemetry(key, 'N1', { from: t + 1, to: t + 2,
			sensor: 'double' }), []);
		assert.match((await desk.get(PAGE)).body, /computed no more/);
		assert.equal((await formula({ ...say, formula: 'flow_rate * 3' })).status,
			303);
		assert.equal(await sql('super', `SELECT string_agg(act, ' ' ORDER BY seq)
			FROM flux.audit WHERE tenant_id = ${plant.id} AND act LIKE 'formula%'`),
		'formula.put formula.drop formula.put');
	});

	for (const [what, fields, field, says] of [
		['one that is none', { formula: 'flow_rate *' }, 'formula', /./],
		['none', { formula: '' }, 'formula', /write one/],
		['a sensor of another device', { formula: 'nothing + 1' }, 'formula',
			/no other sensor "nothing"|no other sensor &quot;nothing/],
		['itself', { formula: 'own + 1' }, 'formula', /no other sensor/],
		['what is computed', { formula: 'double + 1' }, 'formula', /itself/],
		['a key of two words', { sensor: 'two words', formula: '1' }, 'sensor',
			/one word/],
		['a name of 101 letters', { formula: '1', name: 'n'.repeat(101) },
			'name', /up to 100/],
		['a unit of 33 letters', { formula: '1', unit: 'u'.repeat(33) }, 'unit',
			/up to 32/],
		['513 letters', { formula: '1' + ' + 1'.repeat(128) }, 'formula',
			/too long|up to 512/],
		['a sensor that is measured', { sensor: 'flow_rate',
			formula: 'temperature' }, 'sensor', /measured/],
	])
		test(`${what} is refused beside its field`, async () => {
			const [at, why] = wrong(await formula({ sensor: 'own', ...fields }));

			assert.equal(at, field);
			assert.match(why, says);
		});

	test('is at most a hundred of a device', async () => {
		const page = '/admin/devices/N2/rules';
		const one = (sensor) => desk.post('/admin/devices/N2/formula',
			{ act: 'put', sensor, formula: '1' }, page);

		await sql('super', `WITH made AS (INSERT INTO flux.sensor (tenant_id,
				device_id, key, code, name, unit, position)
			SELECT ${plant.id}, d.device_id, 'c' || n, 'N2/c' || n, 'c', '', 1000
			  FROM flux.device d, generate_series(1, 99) n
			 WHERE d.tenant_id = ${plant.id} AND d.key = 'N2'
			RETURNING tenant_id, sensor_id)
			INSERT INTO flux.virtual (tenant_id, sensor_id, formula)
			SELECT tenant_id, sensor_id, '1' FROM made`);
		assert.equal((await one('c100')).status, 303);
		const [at, why] = wrong(await one('c101'));

		assert.equal(at, 'sensor');
		assert.match(why, /100 of a device/);
		assert.equal((await one('c100')).status, 303, 'one that there is');
	});
});

describe('a key with a colon', () => {
	test('is found from its device, and its forms lead to it', async () => {
		const page = '/admin/devices/a:1/rules';

		await plant.device('a:1');
		assert.match((await desk.get('/devices/a:1')).body,
			/href="\/admin\/devices\/a:1\/rules"/);
		const actions = [...(await desk.get(page)).body.matchAll(
			/(?:form)?action="(\/admin\/devices\/[^"]*)"/g)].map((m) => m[1]);

		assert.deepEqual([...new Set(actions)].sort(), ['formula', 'rules', 'told']
			.map((form) => `/admin/devices/a:1/${form}`));
		assert.equal((await desk.post('/admin/devices/a:1/told',
			{ name: 'x', value: '1' }, page)).headers.location, `${page}#told`);
	});
});

describe('what a device is told', () => {
	const asks = async (query = '', of = token) => {
		const answer = await http('GET', `/api/v1/${of}/attributes${query}`);

		assert.equal(answer.status, 200, answer.body);
		return answer.json();
	};

	test('it gets as ThingsBoard would give it', async () => {
		for (const [name, value] of [['uploadFrequency', '30'],
			['mode', 'eco, mild'], ['limits', '{"max": [1, 2]}'],
			['on', 'true'], ['serial', '"0012"']])
			assert.equal((await tell(name, value)).status, 303, name);
		await http('POST', `/api/v1/${token}/attributes`,
			{ body: '{"firmware":"1.2","mode":"own"}' });
		const shared = { limits: { max: [1, 2] }, mode: 'eco, mild', on: true,
			serial: '0012', uploadFrequency: 30 };

		assert.deepEqual(await asks(),
			{ client: { firmware: '1.2', mode: 'own' }, shared });
		assert.deepEqual(await asks('?sharedKeys=uploadFrequency,on,none'),
			{ shared: { on: true, uploadFrequency: 30 } });
		assert.deepEqual(await asks('?clientKeys=mode'),
			{ client: { mode: 'own' } });
		assert.deepEqual(await asks('?clientKeys=firmware&sharedKeys=mode'),
			{ client: { firmware: '1.2' }, shared: { mode: 'eco, mild' } });
		assert.deepEqual(await asks('?sharedKeys=none'), {});
	});

	test('no other device gets, of no tenant', async () => {
		for (const [of, device] of [[plant, 'N2'], [other, 'N1']])
			assert.deepEqual(await asks('', (await ctl('key', of.name, device,
				'ingest', '--short')).match(/^flt_\w+$/m)[0]), {});
	});

	test('is for nobody who may not change it', async () => {
		await tell('door', 'open-sesame');
		const viewer = await Desk.of(plant, 'viewer');

		assert.match((await desk.get(PAGE)).body, /open-sesame/);
		const { body } = await viewer.get(PAGE);

		assert.match(body, /<code>door<\/code>/);
		assert.doesNotMatch(body, /sesame/);
		for (const url of ['/api/v1/devices', '/api/v1/devices?format=csv',
			'/api/devices']) {
			const answer = await get(key, url);

			assert.equal(answer.status, 200, url);
			assert.match(answer.body, /N1/);
			assert.doesNotMatch(answer.body, /sesame|shared/, url);
		}
		assert.equal((await tell('door', null)).status, 303);
	});

	test('is taken back', async () => {
		assert.equal((await tell('on', null)).status, 303);
		assert.equal((await asks()).shared.on, undefined);
		assert.equal((await tell('on', null)).status, 404);
	});

	for (const [what, name, value, field] of [
		['a name with a comma', 'a,b', '1', 'name'],
		['a name of 129 letters', 'n'.repeat(129), '1', 'name'],
		['no value', 'x', '', 'value'],
		['a value of 4,100 letters', 'x', 'v'.repeat(4100), 'value'],
	])
		test(`${what} is refused beside its field`, async () => {
			assert.equal(wrong(await tell(name, value))[0], field);
		});
});

describe('who may', () => {
	test('see rules does not change them without the right', async () => {
		const viewer = await Desk.of(plant, 'viewer');
		const page = await viewer.get(PAGE);

		assert.equal(page.status, 200);
		assert.doesNotMatch(page.body, /name="low"|name="formula"|>Tell</);
		for (const where of ['rules', 'formula', 'told'])
			assert.equal((await viewer.post(`/admin/devices/N1/${where}`, {},
				'/account')).status, 403, where);
	});

	test('change those of one hall does, and sees no forms elsewhere', async () => {
		const here = '/admin/devices/H1/rules', there = PAGE;

		await ctl('asset', plant.name, 'HALL', 'HALL', 'Hall', 'x');
		await plant.device('H1', undefined, '--asset', 'HALL');
		const tech = await Desk.of(plant, 'viewer');

		await ctl('role', plant.name, 'give', tech.email, 'admin', 'HALL');
		assert.match((await tech.get(here)).body, /name="low"/);
		assert.match((await tech.get('/devices/H1/counters')).body,
			/It was exchanged/);
		assert.match((await tech.get('/devices/H1')).body, /H1\/rules"/);
		assert.doesNotMatch((await tech.get(there)).body, /name="low"|>Tell</);
		for (const [where, fields] of [
			['rules', { sensor: 'flow_rate', beyond: 'flag' }],
			['formula', { act: 'put', sensor: 'one', formula: '1' }],
			['told', { name: 'x', value: '1' }]]) {
			assert.equal((await tech.post(`/admin/devices/H1/${where}`, fields,
				here)).status, 303, where);
			assert.equal((await tech.post(`/admin/devices/N1/${where}`, fields,
				here)).status, 404, where);
		}
	});

	test('change rules changes those of no other tenant', async () => {
		const theirs = await Desk.of(other);

		assert.equal((await theirs.get('/admin/devices/N2/rules')).status, 404);
		assert.equal((await theirs.post('/admin/devices/N2/rules',
			{ sensor: 'flow_rate', beyond: 'flag' }, PAGE)).status, 404);
		assert.equal((await theirs.post('/admin/devices/N2/told',
			{ name: 'x', value: '1' }, PAGE)).status, 404);
		assert.equal((await get(key, '/api/v1/devices')).status, 200);
	});
});
