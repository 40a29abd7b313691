// Signed requests: the signature covers time, nonce, verb, address and body,
// and no request is taken twice.
import assert from 'node:assert/strict';
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ctl, http, sql } from '../lib/flux.mjs';
import { within } from '../lib/pace.mjs';
import { INGEST, Plant, isProblem, post } from '../lib/plant.mjs';

let plant, key, secret;
let clock = Date.now() - 600000;

before(async () => {
	plant = await Plant.make('Signing');
	await plant.device('pump-1');
	[key, secret] = (await ctl('key', plant.name, 'pump-1', 'ingest,view',
		'--signed')).split('\n');
	assert.match(secret, /^fls_[0-9a-f]{64}$/);
});

const reading = () => JSON.stringify({ readings: [{ device: 'pump-1',
	ts: clock++, values: { flow_rate: 1 } }] });
const nonce = () => randomBytes(12).toString('hex');
const now = () => Math.floor(Date.now() / 1000);

// The headers of a signed request, as documented; `as` changes what is said.
function signed(verb, url, body, { at = now(), once = nonce(), by = secret } = {}) {
	const digest = createHash('sha256').update(body).digest('hex');
	const mac = createHmac('sha256', by)
		.update(`${at}\n${once}\n${verb}\n${url}\n${digest}`).digest('hex');

	return { 'X-API-Key': key, 'Content-Type': 'application/json',
		'X-Flux-Time': String(at), 'X-Flux-Nonce': once,
		'X-Flux-Signature': `v1=${mac}` };
}
const send = (body, headers, url = INGEST) =>
	http('POST', url, { headers, body });

describe('a signed request', () => {
	test('is taken', async () => {
		const body = reading();
		const answer = await send(body, signed('POST', INGEST, body));

		assert.equal(answer.status, 202, answer.body);
	});

	test('repeated is refused, and stored once', async () => {
		const body = reading();
		const headers = signed('POST', INGEST, body);
		const was = (await plant.ledger()).sent;

		assert.equal((await send(body, headers)).status, 202);
		for (let i = 0; i < 5; i++)
			isProblem(await send(body, headers), 401, 'unauthenticated',
				/came before/);
		assert.equal((await plant.ledger()).sent, was + 1);
	});

	test('sent twice at once is taken once', async () => {
		const body = reading();
		const headers = signed('POST', INGEST, body);
		const all = await Promise.all(Array.from({ length: 12 },
			() => send(body, headers)));

		assert.deepEqual(all.map((a) => a.status).sort(),
			[202, ...Array(11).fill(401)]);
	});

	test('reads, and does not read twice', async () => {
		const headers = signed('GET', '/api/v1/devices', '');
		const ask = () => http('GET', '/api/v1/devices', { headers });

		assert.equal((await ask()).status, 200);
		isProblem(await ask(), 401, 'unauthenticated', /came before/);
	});

	test('covers the query', async () => {
		const url = `${INGEST}?strict=1`;
		const body = reading();

		assert.equal((await send(body, signed('POST', url, body), url)).status,
			202);
		isProblem(await send(body, signed('POST', url, body)), 401,
			'unauthenticated', /does not fit/);
	});

	test('covers the body before compression', async () => {
		const body = reading();

		assert.equal((await send(gzipSync(body),
			{ ...signed('POST', INGEST, body), 'Content-Encoding': 'gzip' }))
			.status, 202);
	});

	test('is within limits of time', async () => {
		const body = reading();

		// A time ahead comes nearer while the request is on its way.
		for (const [later, status] of [[-290, 202], [290, 202], [-302, 401],
			[302, 401], [-86400, 401]])
			assert.equal((await within(1000, () => send(body, signed('POST',
				INGEST, body, { at: now() + later })))).status, status,
			`${later}`);
	});
});

describe('is refused', () => {
	const body = reading();
	const good = () => signed('POST', INGEST, body);
	const cases = {
		'a missing signature': () => ({ ...good(), 'X-Flux-Signature': '' }),
		'an empty one': () => ({ ...good(), 'X-Flux-Signature': 'v1=' }),
		'one of another version': () => ({ ...good(), 'X-Flux-Signature':
			good()['X-Flux-Signature'].replace('v1', 'v2') }),
		'a missing time': () => ({ ...good(), 'X-Flux-Time': '' }),
		'a time that is none': () => ({ ...good(), 'X-Flux-Time': 'now' }),
		'another time': () => ({ ...good(), 'X-Flux-Time': String(now() - 1) }),
		'a missing nonce': () => ({ ...good(), 'X-Flux-Nonce': '' }),
		'a short nonce': () => signed('POST', INGEST, body, { once: 'short' }),
		'a nonce with a blank': () => signed('POST', INGEST, body,
			{ once: '0123456789 abcdef0' }),
		'another nonce': () => ({ ...good(), 'X-Flux-Nonce': nonce() }),
		'another secret': () => signed('POST', INGEST, body,
			{ by: `fls_${'0'.repeat(64)}` }),
		'another verb': () => signed('PUT', INGEST, body),
		'another address': () => signed('POST', '/api/ingest', body),
		'another body': () => signed('POST', INGEST, `${body} `),
		'the key alone': () => ({ 'X-API-Key': key }),
	};

	for (const [name, headers] of Object.entries(cases))
		test(name, async () => {
			const was = (await plant.ledger()).sent;

			isProblem(await send(body, headers()), 401, 'unauthenticated');
			assert.equal((await plant.ledger()).sent, was);
		});
});

test('a key that does not sign is not asked to', async () => {
	const plain = await plant.key('pump-1', 'ingest');

	assert.equal((await post(plain, reading())).status, 202);
});

test('the secret is nowhere in clear', async () => {
	const [dump, id] = [await sql('super', `SELECT string_agg(k::text, ' ')
		FROM ctx.api_key k WHERE tenant_id = ${plant.id}`), key.split('_')[1]];

	assert.ok(dump.includes(id));
	assert.ok(!dump.includes(secret) &&
		!dump.includes(Buffer.from(secret).toString('hex')));
	assert.equal(await sql('super', `SELECT count(*) FROM flux.audit
		WHERE tenant_id = ${plant.id} AND body LIKE '%fls_%'`), '0');
});

test('a key’s successor signs with a secret of its own', async () => {
	const [next, its] = (await ctl('rotate', plant.name, key.split('_')[1]))
		.split('\n');

	assert.notEqual(its, secret);
	const body = reading();
	const headers = { ...signed('POST', INGEST, body, { by: its }),
		'X-API-Key': next };

	assert.equal((await send(body, headers)).status, 202);
	isProblem(await send(body, { ...signed('POST', INGEST, body),
		'X-API-Key': next }), 401, 'unauthenticated');
});
