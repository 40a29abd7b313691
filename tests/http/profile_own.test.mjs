// Profiles of a tenant's own: pasted, looked at, given to devices, and then
// what the poller and the ingest read registers by.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { book } from '../lib/book.mjs';
import { Desk } from '../lib/desk.mjs';
import { ctl, env, http, root, sql } from '../lib/flux.mjs';
import { Plant, isProblem, post, rows, telemetry } from '../lib/plant.mjs';

const LIST = '/admin/profiles';
const good = JSON.parse(readFileSync(
	path.join(root, 'tests/golden/profiles/good.json'), 'utf8'));
const T0 = Math.floor(Date.now() / 1000) - 600;

let plant, other, desk, stranger, key;

const page = (id, version) => `/admin/profile?id=${id}&version=${version}`;
const add = (fields) => desk.post(LIST, { format: 'json', ...fields }, LIST);
const change = (id, version, fields) => desk.post('/admin/profile',
	{ id, version, ...fields }, page(id, version));
const sensors = (device) => rows(`SELECT s.key, s.unit, s.kind, s.low, s.high,
	s.precision, s.states, s.wrap, s.zero_suspect
	FROM flux.sensor s JOIN flux.device d USING (tenant_id, device_id)
	WHERE d.tenant_id = ${plant.id} AND d.key = '${device}'
	ORDER BY s.position, s.key`);
const profile_of = (device) => sql('super', `SELECT profile || ' ' ||
	profile_version FROM flux.device WHERE tenant_id = ${plant.id}
	AND key = '${device}'`);

// A profile of ours with one member of a point changed.
function version(number, edit = () => {}) {
	const p = structuredClone(good);

	p.version = number;
	p.tests = p.tests.slice(0, 1);
	edit(p);
	return JSON.stringify(p);
}

before(async () => {
	plant = await Plant.make('Profiles');
	other = await Plant.make('Profileless');
	for (const p of [plant, other]) {
		await p.gateway('GW');
		await p.device('P1', '', '--gateway', 'GW');
		await p.device('P3');
	}
	key = await plant.key('GW');
	desk = await Desk.of(plant);
	stranger = await Desk.of(other);
});

describe('a version of a profile', () => {
	test('is pasted, and shows its points in both notations', async () => {
		const answer = await add({ text: version('1') });

		assert.equal(answer.status, 303, answer.body);
		assert.equal(answer.headers.location, page('good', '1'));
		const shown = await desk.get(page('good', '1'));

		assert.equal(shown.status, 200);
		assert.match(shown.body, /<td class="number">7<\/td><td class="number">400008/);
		assert.match(shown.body, /UINT16 bits 4–6/);
		assert.match(shown.body, /0 to 100, function 6<\/td>/);
		assert.match((await desk.get(LIST)).body, /version=1"/);
	});

	test('does not change', async () => {
		const answer = await add({ text: version('1', (p) => { p.model = 'n'; }) });

		assert.equal(answer.status, 409);
		assert.match(answer.body, /stays as it is/);
	});

	for (const [what, text, why] of [
		['nothing', '', /text: paste/],
		['no JSON', '{', /line 1/],
		['a mistake', version('2', (p) => { p.points[0].type = 'U16'; }),
			/flow: unknown type/],
		['a test that fails', version('2', (p) => {
			p.tests[0].expect.flow = 8;
		}), /came out as 7/]])
		test(`that is ${what} is refused beside the form`, async () => {
			const answer = await add({ text });

			assert.equal(answer.status, 400);
			assert.match(answer.body, why);
			assert.match(answer.body, /name="text"/);
		});

	// A device would decode by it at once.
	test('is none that is shipped, or that a device has', async () => {
		const shipped = readFileSync(
			path.join(root, 'profiles/nivus-generic-seed.json'), 'utf8');
		const answer = await add({ text: shipped });

		assert.equal(answer.status, 409);
		assert.match(answer.body, /version: a shipped profile has it/);
		await sql('super', `UPDATE flux.device SET profile = 'good',
			profile_version = 'gone' WHERE tenant_id = ${plant.id} AND key = 'P1'`);
		const gone = await add({ text: version('gone') });

		assert.equal(gone.status, 409);
		assert.match(gone.body, /version: devices have good gone/);
		await sql('super', `UPDATE flux.device SET profile = NULL,
			profile_version = NULL WHERE tenant_id = ${plant.id} AND key = 'P1'`);
	});

	test('is nobody else’s', async () => {
		assert.equal((await stranger.get(page('good', '1'))).status, 404);
		assert.doesNotMatch((await stranger.get(LIST)).body, /good/);
		const taken = await stranger.post('/admin/profile', { id: 'good',
			version: '1', act: 'one', device: 'P1' }, LIST);

		assert.equal(taken.status, 404);
	});
});

test('a table from a data sheet is looked at with what was left out', async () => {
	const answer = await add({ format: 'csv', id: 'sheet', vendor: 'Maker',
		text: 'key\tname\tregister\taddress\ttype\torder\tscale\tunit\n' +
			'a\tAlpha\tholding\t4\tu16\t\t0,1\tbar\nb\t\tholding\tx\tu16\n' });

	assert.equal(answer.status, 303, answer.body);
	const shown = await desk.get(answer.headers.location);

	assert.match(shown.body, /line 3: b: its address is no number/);
	assert.match(shown.body, /× 0.1/);
	assert.match(shown.body, /400005/);
});

test('a spreadsheet is looked at sheet by sheet, and one is taken', async () => {
	const [csrf] = (await desk.get(LIST)).body.match(/(?<=name="csrf" value=")\w+/);
	const parts = async (url, fields, file) => {
		const form = new FormData();

		for (const [name, value] of Object.entries({ csrf, ...fields }))
			form.set(name, value);
		if (file)
			form.set('file', new Blob([file]), 'map <b>.xlsx');
		const packed = new Response(form);

		return http('POST', url, { headers: { Cookie: desk.cookie,
			Origin: new URL(env.FLUX_URL).origin, 'Sec-Fetch-Site': 'same-origin',
			'Content-Type': packed.headers.get('content-type') },
		body: Buffer.from(await packed.arrayBuffer()) });
	};
	const bring = (file) => parts(`${LIST}/sheets`, {}, file);
	const shown = await bring(book({ Cover: [], 'Map <i>': [['key', 'address',
		'type'], ['alpha', 7, 'u16']] }));

	assert.equal(shown.status, 200, shown.body);
	assert.match(shown.body, /Map &lt;i&gt;<\/h2>/);
	assert.match(shown.body, /This sheet is empty/);
	assert.match(shown.body, /<td>alpha<\/td><td>7<\/td><td>u16<\/td>/);
	assert.doesNotMatch(shown.body, /map <b>|Map <i>/);
	const [text] = shown.body.match(/(?<=name="text" value=")[^"]+/);
	// A long sheet would be too long as one line.
	assert.match(shown.body, /action="\/admin\/profiles" enctype="multipart\/form-data"/);
	assert.notEqual((await parts(LIST, { format: 'csv', id: 'long',
		text: '\t€'.repeat(125 * 1024) })).status, 413);
	const made = await parts(LIST, { format: 'csv', id: 'book', text });

	assert.equal(made.status, 303, made.body);
	assert.match((await desk.get(made.headers.location)).body, /<code>alpha<\/code>/);
	const wrong = await bring(Buffer.from('key,name\n'));

	assert.equal(wrong.status, 400);
	assert.match(wrong.body, /is damaged, or it is none/);
});

describe('which one reads 45.7?', () => {
	const read = async (words, value) => (await desk.get(`/admin/words?words=${
		encodeURIComponent(words)}&value=${value}&first=10`));
	// [address, type, order, scale] of what reads so.
	const hits = (body) => [...(body.split('id="hits"')[1] ?? '').split('</section>')[0]
		.matchAll(/<tr><th[^>]*>(\d+)<.*?<td>(\w+)<\/td><td>(\w+)<.*?<\/td><td class="number">([^<]*)</g)]
		.map((m) => m.slice(1, 5).join(' '));

	for (const [words, value, want] of [
		['16950, 52429', '45.7', '10 FLOAT32 ABCD 1'],
		['52429 16950', '45.7', '10 FLOAT32 CDAB 1'],
		['0x3642 0xCDCC', '45.7', '10 FLOAT32 BADC 1'],
		['0xCDCC;0x3642', '45.7', '10 FLOAT32 DCBA 1'],
		['7, 457', '45.7', '11 UINT16 ABCD 0.1'],
		['00457', '45.7', '10 UINT16 ABCD 0.1'],
		['51457', '45.7', '10 UINT16 BADC 0.1'],
		['-457', '-45.7', '10 INT16 ABCD 0.1'],
		['1 34464', '100000', '10 UINT32 ABCD 1'],
		['16454 55705 39321 39322', '45.7', '10 FLOAT64 ABCD 1']])
		test(`${words}: ${want}`, async () => {
			const { status, body } = await read(words, value);

			assert.equal(status, 200);
			assert.ok(hits(body).includes(want), `${hits(body)} in ${words}`);
		});

	test('none of them, and words that are none', async () => {
		const { body } = await read('1 2', '45.7');

		assert.match(body, /None of these registers reads so/);
		for (const words of ['x', '65536', '-32769', '1 '.repeat(65)])
			assert.equal((await read(words, '')).status, 400, words);
		assert.equal((await read('1', 'warm')).status, 400);
	});
});

describe('given to devices', () => {
	test('it makes their sensors, and only those', async () => {
		const answer = await change('good', '1', { act: 'one', device: 'P1' });

		assert.equal(answer.status, 303, answer.body);
		assert.equal(await profile_of('P1'), 'good 1');
		const made = await sensors('P1');

		assert.deepEqual(made.map((s) => s.key), ['flow', 'total', 'state', 'level',
			'valve', 'limit', 'half', 'low', 'high', 'small']);
		assert.deepEqual(made[0], { key: 'flow', unit: 'm3/h', kind: 'gauge',
			low: -100, high: 100, precision: 2, states: null, wrap: null,
			zero_suspect: true });
		assert.equal(made[1].wrap, 429496729.6);
		assert.deepEqual(made[2].states, { 0: 'off', 1: 'on' });
		assert.equal((await change('good', '1', { act: 'one', device: 'P9' })).status,
			400);
	});

	test('its registers are read by it from then on', async () => {
		await sql('super', `UPDATE flux.device SET modbus_unit = 3
			WHERE tenant_id = ${plant.id} AND key = 'P1'`);
		const answer = await post(key, JSON.stringify({ in: [{ timestamp: T0,
			server_id: 3, full_addr: '400001', size: 9,
			data: '[70,0,34464,1,1,80,65535,55,0]' }] }));

		assert.equal(answer.status < 300, true, answer.body);
		const got = Object.fromEntries((await telemetry(key, 'P1'))
			.map((r) => [r.sensor, r.value]));

		assert.equal(got.flow, 7);
		assert.equal(got.total, 10000);
		assert.equal(got.level, 5);
		assert.equal(got.flow_sf, undefined);
	});

	test('another version says what it changes, and then changes it', async () => {
		await add({ text: version('2', (p) => {
			p.points[0].range = [-50, 50];
			p.points.push({ key: 'more', address: 20, type: 'UINT16',
				report: { deadband: 1, max_s: 900 } });
		}) });
		const shown = await desk.get(page('good', '2'));

		assert.match(shown.body, /1 device has version 1/);
		assert.match(shown.body, /range<\/td><td>-100 to 100<\/td><td>-50 to 50/);
		assert.match(shown.body, /more<\/code><\/th><td>new/);
		const answer = await change('good', '2', { act: 'all' });

		assert.equal(answer.status, 303, answer.body);
		assert.equal(await profile_of('P1'), 'good 2');
		assert.equal((await sensors('P1')).at(-1).key, 'more');
		assert.equal((await sensors('P1'))[0].high, 50);
		assert.equal(await sql('super', `SELECT period FROM flux.device
			WHERE tenant_id = ${plant.id} AND key = 'P1'`), '00:15:00');
	});

	test('what was stored keeps its unit', async () => {
		await add({ text: version('3', (p) => {
			p.points[0].unit = 'L/s';
			delete p.points[0].display_unit;
		}) });
		const answer = await change('good', '3', { act: 'all' });

		assert.equal(answer.status, 400);
		assert.match(answer.body, /flow has another unit/);
		assert.equal(await profile_of('P1'), 'good 2');
	});

	test('a program lists, brings, reads and gives them too', async () => {
		const all = (await ctl('key', plant.name, 'GW',
			'devices:read,devices:write')).match(/flx_\w+/)[0];
		const ask = (verb, url, body) => http(verb, url,
			{ headers: { 'X-API-Key': all }, body });
		const list = (await ask('GET', '/api/v1/profiles')).json().profiles;

		assert.deepEqual(list.filter((p) => p.id === 'good' && p.version === '2')
			.map((p) => [p.points, p.devices]), [[13, 1]]);
		const made = await ask('POST', '/api/v1/profiles', version('api'));

		assert.equal(made.status, 201, made.body);
		const one = await ask('GET', '/api/v1/profiles?id=good&version=api');

		assert.equal(one.json().version, 'api');
		isProblem(await ask('POST', '/api/v1/profiles', version('api')), 409,
			'conflict');
		isProblem(await ask('POST', '/api/v1/profiles', readFileSync(
			path.join(root, 'profiles/nivus-generic-seed.json'))), 409,
		'conflict', /shipped/);
		isProblem(await ask('POST', '/api/v1/profiles', '{"a":1}'), 400,
			'bad_request', /fluxline_profile/);
		isProblem(await ask('POST', '/api/v1/profiles/apply?id=good&version=9'), 404,
			'not_found');
		assert.deepEqual((await ask('POST',
			'/api/v1/profiles/apply?id=good&version=api&device=P1')).json(),
		{ devices: 1 });
		assert.deepEqual((await ask('POST',
			'/api/v1/profiles/apply?id=good&version=2')).json(), { devices: 1 });
		isProblem(await http('POST', '/api/v1/profiles', { body: version('no'),
			headers: { 'X-API-Key': key } }), 403, 'forbidden');
	});

	test('what it tells in windows has series for their figures', async () => {
		assert.deepEqual(await rows(`SELECT s.key, count(*)::int AS n
			FROM flux.facet f JOIN flux.sensor s USING (tenant_id, sensor_id)
			WHERE tenant_id = ${plant.id} GROUP BY s.key`),
		[{ key: 'flow', n: 4 }]);
	});

	test('one in use stays, another goes', async () => {
		assert.equal((await change('good', '2', { act: 'drop' })).status, 409);
		assert.equal((await change('good', '3', { act: 'drop' })).status, 303);
		assert.equal((await desk.get(page('good', '3'))).status, 404);
	});

	test('a shipped one is changed for one’s own devices only', async () => {
		const p = JSON.parse(readFileSync(
			path.join(root, 'profiles/nivus-generic-seed.json'), 'utf8'));

		p.version = 'ours';
		p.points[0].range = [0, 500];
		await add({ text: JSON.stringify(p) });
		const shown = await desk.get(page(p.id, 'ours'));

		assert.match(shown.body, /1 device has version 1\.0\.0/);
		assert.match(shown.body, /range<\/td><td>-10000 to 10000<\/td><td>0 to 500/);
		const has = (number) => sql('super', `UPDATE flux.device
			SET profile_version = '${number}'
			WHERE tenant_id = ${plant.id} AND key = 'P3'`);

		// One that is shipped no more is compared with nothing.
		await has('0.9');
		const old = (await desk.get(page(p.id, 'ours'))).body;

		assert.match(old, /1 device has version 0\.9/);
		assert.doesNotMatch(old, /range<\/td>/);
		await has('1.0.0');
		await change(p.id, 'ours', { act: 'all' });
		assert.equal(await profile_of('P3'), `${p.id} ours`);
		assert.equal(await sql('super', `SELECT profile_version FROM flux.device
			WHERE tenant_id = ${other.id} AND key = 'P3'`), '1.0.0');
	});

	test('all of it is in the audit', async () => {
		const acts = (await sql('super', `SELECT act FROM flux.audit
			WHERE tenant_id = ${plant.id} AND act LIKE 'profile.%'
			ORDER BY seq`)).split('\n');

		assert.deepEqual(acts, ['profile.put', 'profile.put', 'profile.put',
			'profile.apply', 'profile.put', 'profile.apply', 'profile.put',
			'profile.put', 'profile.apply', 'profile.apply', 'profile.drop',
			'profile.put', 'profile.apply']);
	});
});
