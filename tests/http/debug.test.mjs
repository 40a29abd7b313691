// The last payloads of a device: which are kept, who sees them, and why what
// was refused of them was.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { ctl, http, login, sql } from '../lib/flux.mjs';
import { FLUXIO, Plant, post } from '../lib/plant.mjs';

const PASSWORD = 'correct horse battery';

let plant, other, cookie, viewer, key;

const url = (device) => `/admin/devices/${device}/debug`;
const page = (device = 'N1', as = cookie) =>
	http('GET', url(device), { headers: { Cookie: as } });

// The payloads of a page: { status, reasons, body }.
async function payloads(device) {
	const answer = await page(device);

	assert.equal(answer.status, 200);
	return answer.body.split('<section class="card payload">').slice(1)
		.map((text) => ({
			status: Number(text.match(/answered (\d+)/)[1]),
			reasons: [...text.matchAll(/<li>(.*?)<\/li>/g)].map((m) => m[1]),
			body: text.match(/<code>([^]*?)<\/code>/)[1]
				.replaceAll('&#34;', '"').replaceAll('&quot;', '"'),
			text,
		}));
}

async function set(hours, { device = 'N1', as = cookie, csrf } = {}) {
	const token = csrf ?? (await page(device, as)).body
		.match(/name="csrf" value="([0-9a-f]{64})"/)?.[1];

	return http('POST', url(device), {
		headers: { Cookie: as,
			'Content-Type': 'application/x-www-form-urlencoded' },
		body: new URLSearchParams({ csrf: token, hours }).toString() });
}

const good = (value) => ({ readings: [{ device: 'N1',
	ts: new Date().toISOString(), values: { flow_rate: value } }] });

before(async () => {
	plant = await Plant.make('Debug');
	other = await Plant.make('Elsewhere');
	for (const p of [plant, other]) {
		await p.device('N1');
		await ctl('user', p.name, `admin-${p.id}@debug.example`, 'Ada', 'admin',
			{ input: PASSWORD });
	}
	await ctl('user', plant.name, `viewer-${plant.id}@debug.example`, 'Vic',
		'viewer', { input: PASSWORD });
	cookie = await login(`admin-${plant.id}@debug.example`, PASSWORD);
	viewer = await login(`viewer-${plant.id}@debug.example`, PASSWORD);
	key = await plant.key('N1');
});

describe('the payloads of a device', () => {
	test('that were taken are not kept while nobody wants them', async () => {
		await post(key, good(1));
		await post(key, good(2));
		assert.deepEqual(await payloads(), []);
		assert.match((await page()).body, /No payload is kept/);
	});

	test('show why they were refused', async () => {
		await post(key, { readings: [{ device: 'N1',
			ts: new Date().toISOString(),
			values: { flow_rate: 1, no_such_sensor: 2 } }] });
		const [last] = await payloads();

		assert.equal(last.status, 202);
		assert.equal(last.reasons.length, 1);
		assert.match(last.reasons[0],
			/^readings\[0\]\.values\.no_such_sensor: unknown_sensor, /);
		assert.match(last.body, /"no_such_sensor":2/);
	});

	test('are kept when nothing of them could be read', async () => {
		for (const [body, options, status, says] of [
			['{"readings": [', {}, 400, /bad_request|input/],
			[good(1e99), { url: '/api/v1/ingest?strict=1' }, 422, /refused/],
			[{ ...good(1), tenant: 'somebody else' }, {}, 403, /forbidden/],
			['nonsense', { url: FLUXIO }, 400, /JSON/]]) {
			const answer = await post(key, body, options);
			const [last] = await payloads();

			assert.equal(answer.status, last.status);
			assert.equal(last.status, status, answer.body);
			assert.match(last.reasons.join(), says);
		}
	});

	test('are all kept once somebody wants them, and not any more then',
		async () => {
			assert.equal((await set('1')).status, 303);
			assert.match((await page()).body, /All payloads are kept until/);
			await post(key, good(41.5));
			let [last] = await payloads();

			assert.match(last.body, /41\.5/);
			assert.deepEqual(last.reasons, []);
			await post(key, good(42.5));
			[last] = await payloads();
			assert.match(last.body, /42\.5/);
			assert.equal((await set('0')).status, 303);
			await post(key, good(43.5));
			await post(key, good(44.5));
			[last] = await payloads();
			assert.match(last.body, /42\.5/);
		});

	test('are kept until the hour is over', async () => {
		await set('1');
		await sql('super', `UPDATE flux.device SET debug_till = now()
			WHERE tenant_id = ${plant.id} AND key = 'N1'`);
		await post(key, good(45.5));
		assert.doesNotMatch((await payloads())[0].body, /45\.5/);
	});

	test('find a place though some of them were forgotten', async () => {
		const bad = { readings: [{ device: 'N1', ts: 'never',
			values: { flow_rate: 1 } }] };

		for (let i = 0; i < 4; i++)
			assert.ok((await post(key, bad)).status < 500);
		await sql('super', `DELETE FROM flux.debug_payload
			WHERE tenant_id = ${plant.id} AND slot < 2`);
		for (let i = 0; i < 3; i++)
			assert.ok((await post(key, bad)).status < 500);
		assert.equal(await sql('super', `SELECT count(*) >= 5
			FROM flux.debug_payload WHERE tenant_id = ${plant.id}`), 't');
	});

	test('are 50, and their beginning when they are large', async () => {
		const body = JSON.stringify({ readings: [{ device: 'N1',
			ts: new Date().toISOString(), values: { none: 1 } }],
		filler: 'ä'.repeat(4000) });

		for (let i = 0; i < 52; i++)
			await post(key, i < 51 ? { readings: [{ device: 'N1', ts: 'never',
				values: { flow_rate: i } }] } : body);
		const all = await payloads();

		assert.equal(all.length, 50);
		assert.match(all[0].text, new RegExp(`The first 4096 of ${
			Buffer.byteLength(body)} bytes`));
		assert.match(all[1].body, /"flow_rate":50/);
	});

	test('are text, whatever bytes they have', async () => {
		await post(key, Buffer.from('{"x": "<b>\u0000\u00ff', 'latin1'),
			{ headers: { 'Content-Type': 'application/json' } });
		const [last] = await payloads();

		assert.ok(!last.text.includes('<b>'));
		assert.match(last.body, /··$/);
	});

	test('that come through a gateway are with the gateway', async () => {
		await plant.gateway('G1');
		await plant.device('N2', undefined, '--gateway', 'G1');
		await post(await plant.key('G1'), { readings: [{ device: 'N2',
			ts: new Date().toISOString(), values: { none: 1 } }] });
		assert.equal((await payloads('G1')).length, 1);
		assert.equal((await payloads('N2')).length, 0);
		assert.match((await page('N2')).body,
			/href="\/admin\/devices\/G1\/debug"/);
	});
});

describe('who sees and sets them', () => {
	test('a viewer neither, and nobody a device of another tenant', async () => {
		const [, csrf] = (await http('GET', '/', { headers: { Cookie: viewer } }))
			.body.match(/name="csrf" value="([0-9a-f]{64})"/);

		assert.equal((await page('N1', viewer)).status, 403);
		assert.equal((await set('1', { as: viewer, csrf })).status, 403);
		assert.equal((await page('none')).status, 404);
		assert.equal((await set('1', { device: 'none', csrf: (await page()).body
			.match(/name="csrf" value="([0-9a-f]{64})"/)[1] })).status, 404);
		const theirs = await login(`admin-${other.id}@debug.example`, PASSWORD);
		const shown = await page('N1', theirs);

		assert.equal(shown.status, 200);
		assert.match(shown.body, /No payload is kept/);
	});

	test('hours are 0 to 24', async () => {
		for (const hours of ['25', '-1', '', '1e1', 'x'])
			assert.equal((await set(hours)).status, 400, hours);
	});

	test('setting them is written down', async () => {
		await set('24');
		await set('0');
		assert.deepEqual((await sql('super', `SELECT act, object, detail
			FROM flux.audit WHERE tenant_id = ${plant.id}
			AND act ~ '^debug' ORDER BY seq DESC LIMIT 2`)).split('\n'),
		['debug.end|device:N1|{"hours": 0}',
			'debug.begin|device:N1|{"hours": 24}']);
	});
});
