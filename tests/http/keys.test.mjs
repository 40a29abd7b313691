// The admin's keys page: keys are made, shown once, followed, limited, ended;
// and what each of these means at the next request.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { Desk } from '../lib/desk.mjs';
import { ctl, http, sql, waitFor } from '../lib/flux.mjs';
import { INGEST, Plant, get, isProblem, post } from '../lib/plant.mjs';

const ANY = 'may.telemetry:write';
let plant, desk;
let clock = Date.now() - 3600000;

before(async () => {
	plant = await Plant.make('Keys');
	await plant.device('pump-1');
	desk = await Desk.of(plant);
});

// One reading, later by a millisecond than the one before.
const reading = (device) => ({ readings: [{ device, ts: clock++,
	values: { flow_rate: 1 } }] });
const send = (key, device = 'pump-1') => post(key, reading(device));

async function make(device, fields = {}) {
	const typed = { device, [ANY]: '1', ...fields };
	const answer = await desk.post('/admin/keys', Object.fromEntries(
		Object.entries(typed).filter(([, value]) => value !== null)));

	return { answer, key: answer.body.match(/id="key">(flx_\w+)</)?.[1],
		secret: answer.body.match(/id="secret">(fls_\w+)</)?.[1] };
}
const idOf = (key) => key.split('_')[1];
const row = async (id) => (await desk.get('/admin/keys')).body
	.match(new RegExp(`<tr data-key="${id}">[^]*?</tr>`))?.[0];

describe('a key', () => {
	test('is made, shown once, and works', async () => {
		const { answer, key } = await make('pump-1', { name: 'First' });

		assert.equal(answer.status, 200, answer.body);
		assert.equal(answer.headers['cache-control'], 'no-store');
		assert.equal((await send(key)).status, 202);
		const page = (await desk.get('/admin/keys')).body;

		assert.ok(!page.includes(key));
		assert.match(await row(idOf(key)), /First/);
	});

	test('two live keys and no third', async () => {
		await plant.device('pump-2');
		const first = await make('pump-2');
		const second = await make('pump-2');
		const third = await make('pump-2');

		assert.equal(second.answer.status, 200);
		assert.equal(third.answer.status, 409);
		assert.match(third.answer.body, /This device has two keys/);
		assert.equal(third.key, undefined);
		for (const { key } of [first, second])
			assert.equal((await send(key, 'pump-2')).status, 202);
		await desk.post(`/admin/keys/${idOf(first.key)}/end`, {});
		assert.equal((await make('pump-2')).answer.status, 200);
	});

	test('that has ended is refused at the next request', async () => {
		await plant.device('pump-3');
		const { key } = await make('pump-3');

		assert.equal((await send(key, 'pump-3')).status, 202);
		const ended = await desk.post(`/admin/keys/${idOf(key)}/end`, {});

		assert.equal(ended.status, 303);
		assert.equal(ended.headers.location, '/admin/keys');
		isProblem(await send(key, 'pump-3'), 401, 'unauthenticated');
		assert.match(await row(idOf(key)), /ended/);
		assert.equal((await desk.post(`/admin/keys/${idOf(key)}/end`, {}))
			.status, 404);
	});

	test('that has ended is refused in a round of many, too', async () => {
		await plant.device('pump-4');
		const [good, bad] = [await make('pump-4'), await make('pump-4')];

		// Every child knows both.
		await Promise.all(Array.from({ length: 80 },
			(_, i) => send([good, bad][i % 2].key, 'pump-4')));
		await ctl('revoke', plant.name, idOf(bad.key));
		const all = await Promise.all(Array.from({ length: 80 },
			(_, i) => send([good, bad][i % 2].key, 'pump-4')));

		for (const [i, { status }] of all.entries())
			assert.equal(status, i % 2 ? 401 : 202);
	});

	test('is refused after its expiry', async () => {
		await plant.device('pump-5');
		const { key } = await make('pump-5', { days: '3' });

		assert.equal((await send(key, 'pump-5')).status, 202);
		assert.match(await row(idOf(key)), /in 2 d|in 71 h|in 3 d/);
		await sql('super', `UPDATE ctx.api_key SET expires_at = now()
			WHERE key_id = '${idOf(key)}'`);
		isProblem(await send(key, 'pump-5'), 401, 'unauthenticated');
		assert.match(await row(idOf(key)), /expired/);
	});

	test('is refused from another net, each time it is sent', async () => {
		await plant.device('pump-6');
		const [here, there] = [
			await make('pump-6', { nets: '127.0.0.0/8, ::1' }),
			await make('pump-6', { nets: '192.0.2.0/24' })];

		for (let i = 0; i < 20; i++) {
			assert.equal((await send(here.key, 'pump-6')).status, 202);
			isProblem(await send(there.key, 'pump-6'), 401,
				'unauthenticated');
		}
		assert.match(await row(idOf(there.key)), /192\.0\.2\.0\/24/);
	});

	test('has its last use and address shown', async () => {
		await plant.device('pump-7');
		const { key } = await make('pump-7');

		assert.match(await row(idOf(key)), /not used yet/);
		await send(key, 'pump-7');
		await waitFor(async () => /127\.0\.0\.1/.test(await row(idOf(key))));
		assert.match(await row(idOf(key)), /\d+ s ago/);
	});

	test('may do what it says and no more', async () => {
		await plant.device('pump-8');
		const { key } = await make('pump-8');

		isProblem(await get(key, '/api/v1/devices'), 403, 'forbidden');
		const reader = await make('pump-8', { [ANY]: null,
			'may.telemetry:read': '1', 'may.devices:read': '1' });

		isProblem(await send(reader.key, 'pump-8'), 403, 'forbidden');
		assert.equal((await get(reader.key, '/api/v1/devices')).status, 200);
	});

	test('is accepted in both header forms', async () => {
		await plant.device('pump-9');
		const { key } = await make('pump-9');

		for (const headers of [{ 'X-API-Key': key },
			{ 'X-API-Key': `Bearer ${key}` }, { Authorization: `Bearer ${key}` }])
			assert.equal((await http('POST', INGEST,
				{ headers, body: reading('pump-9') })).status, 202);
	});
});

describe('a successor', () => {
	test('works beside the old key, which its first use ends in 7 days',
		async () => {
			await plant.device('pump-r');
			const old = await make('pump-r', { name: 'Gate', days: '90',
				requests: '100000' });

			await send(old.key, 'pump-r');
			const next = await desk.post(
				`/admin/keys/${idOf(old.key)}/rotate`, {});
			const key = next.body.match(/id="key">(flx_\w+)</)[1];
			const ends = () => sql('super', `SELECT extract(epoch FROM
				revoked_at - now())::int FROM ctx.api_key
				WHERE key_id = '${idOf(old.key)}'`);

			assert.equal((await send(old.key, 'pump-r')).status, 202);
			assert.equal(await ends(), '');
			assert.equal((await send(key, 'pump-r')).status, 202);
			await waitFor(ends);
			assert.ok(Math.abs(await ends() - 7 * 86400) < 60);
			assert.equal((await send(old.key, 'pump-r')).status, 202);
			assert.match(await row(idOf(key)), /follows/);
			assert.match(await row(idOf(key)), /Gate/);
			assert.match(await row(idOf(key)), /100000/);
			assert.equal((await desk.post(
				`/admin/keys/${idOf(key)}/rotate`, {})).status, 409);
		});
});

describe('the form', () => {
	const wrong = [
		['device', { device: 'no-such' }, /device: there is no such device/],
		['days', { days: '-1' }, /days: a whole number/],
		['days', { days: '9999' }, /days: a whole number/],
		['nets', { nets: '192.0.2.1/24' }, /nets: networks as/],
		['requests', { requests: '1e3' }, /requests: a whole number/],
		['name', { name: 'x'.repeat(65) }, /name: at most/],
		['may', { [ANY]: null }, /may: choose at least one/],
	];

	for (const [field, fields, says] of wrong)
		test(`${field} of ${JSON.stringify(fields)} is named, and what was typed stays`,
			async () => {
				const { answer } = await make('pump-1', fields);

				assert.equal(answer.status, 400);
				assert.match(answer.body, says);
				assert.match(answer.body, /name="device"[^>]*value="\S+"/);
			});

	test('what a name says is text', async () => {
		await plant.device('pump-x');
		const { key } = await make('pump-x', { name: '<img src=x>"\'' });

		assert.match(await row(idOf(key)), /&lt;img src=x&gt;/);
	});

	test('needs who it is to be confirmed, and the page’s token', async () => {
		await sql('super', `UPDATE ctx.session SET fresh_till = '-infinity'
			WHERE tenant_id = ${plant.id}`);
		const answer = await desk.post('/admin/keys',
			{ device: 'pump-1', [ANY]: '1' });

		assert.equal(answer.status, 303);
		assert.match(answer.headers.location, /^\/confirm/);
		await desk.confirmed();
		assert.equal((await desk.post('/admin/keys',
			{ csrf: '00', device: 'pump-1' })).status, 403);
	});
});

describe('others', () => {
	test('a viewer sees no keys, an operator neither', async () => {
		for (const role of ['viewer', 'operator']) {
			const other = await Desk.of(plant, role);

			assert.equal((await other.get('/admin/keys')).status, 403);
		}
	});

	test('another tenant’s key is not there to be ended, limited, followed',
		async () => {
			const strange = await Plant.make('Other');

			await strange.device('pump-1');
			const key = await strange.key('pump-1');

			for (const act of ['end', 'rotate', 'limits'])
				assert.equal((await desk.post(
					`/admin/keys/${idOf(key)}/${act}`,
					{ requests: '1', readings: '1' })).status, 404, act);
			assert.equal((await send(key)).status, 202);
			assert.equal(await row(idOf(key)), undefined);
		});
});

test('keys of fluxctl: made with conditions, followed, ended', async () => {
	await plant.device('pump-c');
	const said = await ctl('key', plant.name, 'pump-c', 'ingest', '--days', '30',
		'--nets', '127.0.0.0/8', '--limits', '600,6000', '--name', 'By tool');
	const key = said.match(/flx_\w+/)[0];

	assert.equal((await send(key, 'pump-c')).status, 202);
	assert.match(await row(idOf(key)), /By tool[^]*127\.0\.0\.0\/8[^]*600 requests[^]*6000 readings/);
	const next = (await ctl('rotate', plant.name, idOf(key))).match(/flx_\w+/)[0];

	assert.equal((await send(next, 'pump-c')).status, 202);
	assert.match(await ctl('limits', plant.name),
		new RegExp(`${idOf(next)} 600 6000 \\w+ pump-c`));
	await ctl('revoke', plant.name, idOf(next));
	assert.equal((await send(next, 'pump-c')).status, 401);
});
