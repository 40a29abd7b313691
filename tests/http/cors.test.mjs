// Scripts of other sites: who may ask, and who may read the answer.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { http, sql } from '../lib/flux.mjs';
import { Plant } from '../lib/plant.mjs';

const OURS = 'https://app.example.com', THEIRS = 'https://other.example.com:8443';
const URL = '/api/v1/devices';
const allowed = (answer) => answer.headers['access-control-allow-origin'];
let ours, theirs, key, foreign;

async function lists(plant, origin) {
	await sql('super', `INSERT INTO ctx.cors VALUES (${plant.id}, '${origin}')`);
}

before(async () => {
	ours = await Plant.make('Cors');
	theirs = await Plant.make('Cors other');
	await ours.gateway('GW');
	await theirs.gateway('GW');
	key = await ours.key('GW');
	foreign = await theirs.key('GW');
	await lists(ours, OURS);
	await lists(theirs, THEIRS);
});

describe('a script asks first', () => {
	const preflight = (origin, url = URL, method = 'GET') => http('OPTIONS', url,
		{ headers: { Origin: origin, 'Access-Control-Request-Method': method,
			'Access-Control-Request-Headers': 'x-api-key' } });

	for (const url of [URL, '/api/v1/ingest'])
		test(`${url}: may, when somebody lists its site`, async () => {
			const answer = await preflight(OURS, url);

			assert.equal(answer.status, 204, answer.body);
			assert.equal(allowed(answer), OURS);
			assert.equal(answer.headers['access-control-allow-methods'],
				url === URL ? 'GET' : 'POST');
			assert.match(answer.headers['access-control-allow-headers'],
				/X-API-Key/);
			assert.match(answer.headers.vary, /Origin/);
			assert.equal(answer.headers['access-control-allow-credentials'],
				undefined);
			assert.equal(answer.body, '');
		});

	for (const origin of ['https://evil.example', 'null', 'http://app.example.com',
		'https://app.example.com.evil.example', 'https://APP.example.com', '*',
		`https://${'a'.repeat(300)}.example`])
		test(`may not, when nobody lists ${origin.slice(0, 40)}`, async () => {
			const answer = await preflight(origin);

			assert.equal(answer.status, 405);
			assert.equal(allowed(answer), undefined);
		});

	test('pages are never read by others', async () => {
		const answer = await preflight(OURS, '/login');

		assert.equal(answer.status, 405);
		assert.equal(allowed(answer), undefined);
	});
});

describe('a script reads the answer', () => {
	const ask = (origin, with_key, url = URL) => http('GET', url,
		{ headers: { Origin: origin, 'X-API-Key': with_key } });

	test('of the tenant that lists its site', async () => {
		const answer = await ask(OURS, key);

		assert.equal(answer.status, 200);
		assert.equal(allowed(answer), OURS);
		assert.match(answer.headers['access-control-expose-headers'], /ETag/);
	});

	test('and its errors', async () => {
		const answer = await ask(OURS, key, '/api/v1/telemetry?device=none');

		assert.equal(answer.status, 404);
		assert.equal(allowed(answer), OURS);
	});

	test('of a post, too', async () => {
		const answer = await http('POST', '/api/v1/ingest', { headers:
			{ Origin: OURS, 'X-API-Key': key }, body: { readings: [] } });

		assert.equal(allowed(answer), OURS);
	});

	test('of no other tenant', async () => {
		for (const [origin, other] of [[OURS, foreign], [THEIRS, key]]) {
			const answer = await ask(origin, other);

			assert.equal(answer.status, 200);
			assert.equal(allowed(answer), undefined);
		}
	});

	test('no more, once its site is taken off the list', async () => {
		await lists(ours, 'https://soon.example');
		assert.equal(allowed(await ask('https://soon.example', key)),
			'https://soon.example');
		await sql('super', `DELETE FROM ctx.cors
			WHERE origin = 'https://soon.example'`);
		assert.equal(allowed(await ask('https://soon.example', key)), undefined);
	});

	test('not of a key that is none', async () => {
		const answer = await ask(OURS, `flx_00000000_${'0'.repeat(64)}_00000000`);

		assert.equal(answer.status, 401);
		assert.equal(allowed(answer), undefined);
	});
});
