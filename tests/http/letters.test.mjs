// Dead letters: who sees which, what is shown of them, and that a sender's bytes
// are text and nothing else.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { Desk } from '../lib/desk.mjs';
import { ctl, env, http, login, sql } from '../lib/flux.mjs';
import { Plant, get, isProblem, post, rows } from '../lib/plant.mjs';

const PAGE = '/admin/letters';
const API = '/api/v1/dead-letters';
const PASSWORD = 'correct horse battery';

let plant, other, desk, key, reader;

const sent = (values, device = 'N1') => ({ readings: [{ device,
	ts: new Date().toISOString(), values }] });
const newest = (of = plant) => sql('super', `SELECT max(dead_id)
	FROM flux.dead_letter WHERE tenant_id = ${of.id}`);

before(async () => {
	plant = await Plant.make('Letters');
	other = await Plant.make('Unlettered');
	for (const p of [plant, other]) {
		await p.device('N1');
		await p.device('N2');
	}
	desk = await Desk.of(plant);
	key = await plant.key('N1');
	reader = (await ctl('key', plant.name, 'N1',
		'debug:read,devices:write,telemetry:write')).match(/flx_\w+/)[0];
});

describe('the page of dead letters', () => {
	test('is empty at first', async () => {
		assert.match((await desk.get(PAGE)).body, /No letter is like that/);
	});

	test('shows where, what and why', async () => {
		await post(key, sent({ flow_rate: 1e9 }));
		const page = (await desk.get(PAGE)).body;

		assert.match(page, /readings\[0\]\.values\.flow_rate/);
		assert.match(page, /<code>out_of_range<\/code>/);
		assert.match(page, /<code>1000000000<\/code>/);
		assert.match(page, /out_of_range \(1\)/);
	});

	test('shows one with its bytes and what would mend it', async () => {
		const page = (await desk.get(`${PAGE}/${await newest()}`)).body;

		assert.match(page, /give the mapping a scale/);
		assert.match(page, /href="\/admin\/gateways\/N1\/mapping"/);
		assert.match(page, /flow_rate/);
		assert.match(page, /formaction="\/admin\/letters\/drop"/);
	});

	test('keeps to what is asked for', async () => {
		await post(key, sent({ nobody: 1 }));
		const of_code = (await desk.get(`${PAGE}?code=unknown_sensor`)).body;

		assert.match(of_code, /values\.nobody/);
		assert.doesNotMatch(of_code, /values\.flow_rate/);
		assert.match((await desk.get(`${PAGE}?gateway=N2`)).body,
			/No letter is like that/);
		assert.match((await desk.get(`${PAGE}?state=dropped`)).body,
			/No letter is like that/);
	});

	test('raw bytes are shown as text and never run', async () => {
		await post(key, Buffer.concat([Buffer.from('{"a": <script>alert(1)' +
			'</script>\u202e'), Buffer.from([0, 0xff, 0xfe])]),
		{ headers: { 'Content-Type': 'application/json' } });
		const page = (await desk.get(`${PAGE}/${await newest()}`)).body;

		assert.doesNotMatch(page, /<script>alert/);
		assert.match(page, /&lt;script&gt;alert\(1\)/);
		assert.match(page, /7b 22 61 22 3a 20 3c/);
		assert.match(page, /\bff fe/);
	});

	test('goes on page by page', async () => {
		await post(key, sent(Object.fromEntries(Array.from({ length: 60 },
			(_, i) => [`many${i}`, i]))));
		const first = (await desk.get(`${PAGE}?code=unknown_sensor`)).body;
		const [, before_] = first.match(/name="before" value="(\d+)"/);
		const second = (await desk.get(
			`${PAGE}?code=unknown_sensor&before=${before_}`)).body;

		assert.equal(first.match(/href="\/admin\/letters\/\d+"/g).length, 50);
		assert.equal(second.match(/href="\/admin\/letters\/\d+"/g).length, 11);
	});

	test('drops what is of no use', async () => {
		const id = await newest();

		assert.equal((await desk.post(`${PAGE}/drop`, { id }, PAGE)).status,
			303);
		assert.equal(await sql('super', `SELECT state FROM flux.dead_letter
			WHERE tenant_id = ${plant.id} AND dead_id = ${id}`), 'dropped');
		const page = (await desk.get(`${PAGE}/${id}`)).body;

		assert.match(page, /It was dropped/);
		assert.doesNotMatch(page, /formaction/);
	});

	test('a form with 2,000 parts is as long as it is', async () => {
		const page = (await desk.get(PAGE)).body;
		const csrf = page.match(/name="csrf" value="([0-9a-f]+)"/)[1];
		const part = (name, value) => '--cut\r\nContent-Disposition: ' +
			`form-data; name="${name}"\r\n\r\n${value}\r\n`;
		const answer = await http('POST', `${PAGE}/drop`, {
			headers: { 'Content-Type': 'multipart/form-data; boundary=cut',
				Origin: new URL(env.FLUX_URL).origin,
				'Sec-Fetch-Site': 'same-origin', Cookie: desk.cookie },
			body: part('csrf', csrf) +
				part('id', '999999999').repeat(2000) + '--cut--\r\n' });

		assert.ok([303, 400, 404].includes(answer.status), `${answer.status}`);
	});

	test('wants one that is chosen', async () => {
		const answer = await desk.post(`${PAGE}/replay`, {}, PAGE);

		assert.equal(answer.status, 400);
		assert.match(answer.body, /id: /);
		for (const id of ['0', '-1', 'x', '1e3', '99999999999999999999'])
			assert.equal((await desk.post(`${PAGE}/replay`, { id }, PAGE))
				.status, 404, id);
	});
});

describe('letters are seen by', () => {
	test('nobody of another tenant', async () => {
		const theirs = await Desk.of(other);
		const id = await newest();

		assert.equal((await theirs.get(`${PAGE}/${id}`)).status, 404);
		assert.match((await theirs.get(PAGE)).body, /No letter is like that/);
		await post(await other.key('N1'), sent({ theirs: 1 }));
		await theirs.post(`${PAGE}/drop`, { id }, PAGE);
		assert.notEqual(await sql('super', `SELECT state || 'x'
			FROM flux.dead_letter WHERE tenant_id = ${plant.id}
			 AND dead_id = ${id} - 1`), 'droppedx');
	});

	test('nobody who may not see payloads', async () => {
		const viewer = await Desk.of(plant, 'viewer');

		assert.equal((await viewer.get(PAGE)).status, 403);
		isProblem(await get(key, API), 403, 'forbidden');
	});

	test('below an asset only its gateways letters', async () => {
		await ctl('asset', plant.name, 'HALL', 'PUMPS', 'Pumps', 'line');
		await sql('super', `UPDATE flux.device SET asset_id = (SELECT asset_id
			FROM flux.asset WHERE tenant_id = ${plant.id} AND key = 'PUMPS')
			WHERE tenant_id = ${plant.id} AND key = 'N2'`);
		await post(await plant.key('N2'), sent({ below: 1 }, 'N2'));
		const email = `part-${plant.id}@letters.example`;

		await ctl('user', plant.name, email, 'Part', 'admin',
			{ input: PASSWORD });
		await sql('super', `UPDATE flux.grant_ SET asset_id = (SELECT asset_id
			FROM flux.asset WHERE tenant_id = ${plant.id} AND key = 'PUMPS')
			WHERE tenant_id = ${plant.id} AND user_id = (SELECT user_id
			FROM ctx.login WHERE tenant_id = ${plant.id} AND name = 'Part')`);
		await sql('super', `BEGIN; SELECT ctx.begin_admin(${plant.id});
			SELECT flux.reach_make(u), flux.rights_again(u) FROM (SELECT user_id
			FROM ctx.login WHERE tenant_id = ${plant.id}
			 AND name = 'Part') AS x (u); COMMIT`);
		const cookie = await login(email, PASSWORD);
		const page = await http('GET', PAGE, { headers: { Cookie: cookie } });

		assert.equal(page.status, 200);
		assert.match(page.body, /values\.below/);
		assert.doesNotMatch(page.body, /values\.nobody|values\.many/);
		const hidden = await sql('super', `SELECT min(dead_id)
			FROM flux.dead_letter WHERE tenant_id = ${plant.id}`);

		assert.equal((await http('GET', `${PAGE}/${hidden}`,
			{ headers: { Cookie: cookie } })).status, 404);
	});
});

test('a flood of what is refused fills no disk', async () => {
	const flooded = await Plant.make('Flooded');

	await flooded.device('N1');
	const theirs = await flooded.key('N1');
	const mark = await plant.mark();

	// Unreadable bodies, and readable ones of which everything is refused.
	for (let i = 0; i < 12; i++)
		await Promise.all(Array.from({ length: 20 }, (_, k) => post(theirs,
			k % 2 ? 'x'.repeat(64 * 1024) : JSON.stringify({ readings:
				Array.from({ length: 60 }, () => ({ device: 'N1', ts: 1,
					pad: 'y'.repeat(1000), values: { a: 1 } })) }),
			{ headers: { 'Content-Type': 'application/json' } })));
	const [kept] = await rows(`SELECT sum(length(body))::int AS bytes,
		count(*)::int AS n, bool_and(whole) AS whole,
		max(length(body)) FILTER (WHERE NOT whole) AS beginning
		FROM flux.dead_letter WHERE tenant_id = ${flooded.id}`);

	assert.equal(kept.n, 12 * 10 * 61);
	assert.ok(kept.bytes > 9e6 && kept.bytes < 14e6, `${kept.bytes} bytes`);
	assert.deepEqual([kept.whole, kept.beginning], [false, 200]);
	await post(key, sent({ not_flooded: 1 }));
	assert.match((await plant.letters(mark))[0].body.toString(), /not_flooded/);
});

describe('by the API', () => {
	test('letters are told, the newest first', async () => {
		const all = (await get(reader, `${API}?limit=3`)).json();

		assert.equal(all.letters.length, 3);
		assert.equal(all.before, all.letters[2].id);
		const last = all.letters.find((l) => l.sensor === 'below');

		assert.deepEqual([last.gateway, last.place, last.code, last.state,
			last.device, last.sensor, last.value, last.whole],
		['N2', 'readings[0].values.below', 'unknown_sensor', 'open', 'N2',
			'below', '1', true]);
		const next = (await get(reader,
			`${API}?limit=3&before=${all.before}`)).json();

		assert.ok(next.letters[0].id < all.before);
		assert.deepEqual((await get(reader, `${API}?code=out_of_range`)).json()
			.letters.map((l) => l.value), ['1000000000']);
	});

	for (const [what, body, detail] of [
		['no array', { ids: 1 }, /ids: /],
		['nothing', { ids: [] }, /ids: /],
		['a text', { ids: ['1'] }, /ids: /],
		['1001', { ids: Array.from({ length: 1001 }, (_, i) => i + 1) }, /ids: /],
		['a member that nobody knows', { ids: [1], all: true }, /ids: /],
		['an array', [1], /ids: /],
		['no JSON', '{', /.{5}/],
	])
		test(`replay is not asked with ${what}`, async () => {
			isProblem(await post(reader, body, { url: `${API}/replay`,
				headers: { 'Content-Type': 'application/json' } }), 400,
			'bad_request', detail);
		});

	test('replay needs the right to change devices', async () => {
		isProblem(await post(key, { ids: [1] }, { url: `${API}/replay` }), 403,
			'forbidden');
	});

	test('of another tenant replays nothing', async () => {
		const answer = await post(reader, { ids: [Number(await newest(other))] },
			{ url: `${API}/replay` });

		assert.deepEqual([answer.status, answer.json()], [202, { asked: 0 }]);
	});
});
