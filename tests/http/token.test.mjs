// What an access token opens, and when it opens nothing any more; how a
// refresh token turns, and what happens to one that was shown before.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { AUTH, Authority, auth, origin } from '../lib/authority.mjs';
import { flux_var, http, sql } from '../lib/flux.mjs';
import { INGEST, isProblem, Plant } from '../lib/plant.mjs';

const WRITE = 2;
const DEVICES = '/api/v1/devices';
let plant, authority, device, other;

before(async () => {
	plant = await Plant.make('Tokens');
	authority = await Authority.make('Plant', plant);
});

after(() => authority.remove());

// A device of its own for each test: a challenge is good for once.
let count = 0;
async function made(options) {
	const name = `T${++count}`;

	await plant.device(name);
	return authority.enrol(name, options);
}

const bearer = (token) => ({ headers: { Authorization: `Bearer ${token}` } });
const reads = (token, url = DEVICES) => http('GET', url, bearer(token));
const posts = (token, name) => http('POST', INGEST, { ...bearer(token),
	body: { readings: [{ device: name, ts: Date.now(),
		values: { flow_rate: 1 } }] } });
const claims = (token) =>
	JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
const sid_hash = (token) => `'\\x${crypto.createHash('sha256')
	.update(Buffer.from(claims(token).sid, 'base64url')).digest('hex')}'`;
const refresh_hash = (token) => `'\\x${crypto.createHash('sha256')
	.update(Buffer.from(token.slice(4), 'base64url')).digest('hex')}'`;

async function works(token) {
	const answer = await reads(token);

	assert.equal(answer.status, 200, answer.body);
}

async function refused(token) {
	isProblem(await reads(token), 401, 'unauthenticated');
	isProblem(await posts(token, 'T1'), 401, 'unauthenticated');
}

describe('an access token', () => {
	before(async () => {
		device = await made();
		device.tokens = await device.opens();
	});

	test('reads its own tenant and no other', async () => {
		const answer = await reads(device.tokens.accessToken);
		const shown = answer.json().devices.map((d) => d.device);

		assert.equal(answer.status, 200);
		assert.ok(shown.includes(device.name));
		assert.ok(shown.every((name) => /^T\d+$/.test(name)), shown);
	});

	test('sends readings', async () => {
		const answer = await posts(device.tokens.accessToken, device.name);

		assert.equal(answer.status, 202, answer.body);
		assert.equal((await plant.ledger()).sent, 1);
	});

	test('says who, for whom and how long, and can be judged by others', async () => {
		const answer = await http('GET', `${AUTH}/keys`);
		const [head, payload, signature] = device.tokens.accessToken.split('.');
		const { kid, ...rest } = JSON.parse(Buffer.from(head, 'base64url'));
		const jwk = answer.json().keys.find((k) => k.kid === kid);
		const said = claims(device.tokens.accessToken);

		assert.equal(answer.status, 200);
		assert.match(answer.headers['content-type'], /^application\/jwk-set\+json/);
		assert.doesNotMatch(answer.body, /"d"/);
		assert.deepEqual(rest, { alg: 'ES256', typ: 'at+jwt' });
		assert.ok(crypto.verify('sha256', Buffer.from(`${head}.${payload}`),
			{ key: crypto.createPublicKey({ key: jwk, format: 'jwk' }),
				dsaEncoding: 'ieee-p1363' },
			Buffer.from(signature, 'base64url')));
		assert.deepEqual(Object.keys(said).sort(),
			['aud', 'exp', 'iat', 'iss', 'nbf', 'scope', 'sid', 'sub']);
		assert.equal(said.iss, origin);
		assert.equal(said.aud, origin);
		assert.equal(said.sub, `device:${device.name}`);
		assert.equal(said.scope, device.tokens.permissions.join(' '));
		assert.equal(said.exp - said.iat, 3600);
		assert.ok(Math.abs(said.iat * 1000 - Date.now()) < 60000);
	});

	test('opens nothing when it was made by anybody else', async () => {
		const [head, payload, signature] = device.tokens.accessToken.split('.');
		const text = (o) => Buffer.from(JSON.stringify(o)).toString('base64url');
		const { privateKey } = crypto.generateKeyPairSync('ec',
			{ namedCurve: 'P-256' });
		const forged = crypto.sign('sha256', Buffer.from(`${head}.${payload}`),
			{ key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url');
		const keys = await http('GET', `${AUTH}/keys`);
		const [jwk] = keys.json().keys;
		const pem = crypto.createPublicKey({ key: jwk, format: 'jwk' })
			.export({ type: 'spki', format: 'pem' });
		const symmetric = text({ alg: 'HS256', typ: 'at+jwt', kid: jwk.kid });
		const hmac = crypto.createHmac('sha256', pem)
			.update(`${symmetric}.${payload}`).digest('base64url');
		const tokens = [
			`${head}.${payload}.${forged}`,
			`${text({ alg: 'none', typ: 'at+jwt', kid: jwk.kid })}.${payload}.`,
			`${symmetric}.${payload}.${hmac}`,
			`${text({ alg: 'ES256', typ: 'at+jwt', kid: '../token' })}.${payload}.${signature}`,
			`${head}.${text({ ...claims(device.tokens.accessToken),
				exp: 4e9 })}.${signature}`,
			`${head}.${payload}.`,
			`${head}.${payload}`,
			'eyJ',
			`eyJ${'A'.repeat(6000)}`,
			device.tokens.refreshToken,
			claims(device.tokens.accessToken).sid,
		];

		for (const token of tokens)
			await refused(token);
		await works(device.tokens.accessToken);
	});

	test('of another kind of key is none, whoever put the key there',
		async () => {
			const folder = path.join(flux_var, 'etc/token');
			const file = path.join(folder, 'rsa.pem');
			const { privateKey, publicKey } = crypto.generateKeyPairSync('rsa',
				{ modulusLength: 2048 });
			const payload = device.tokens.accessToken.split('.')[1];
			const head = Buffer.from(JSON.stringify({ alg: 'RS256',
				typ: 'at+jwt', kid: 'rsa' })).toString('base64url');
			const signature = crypto.sign('sha256',
				Buffer.from(`${head}.${payload}`), privateKey)
				.toString('base64url');

			writeFileSync(file, publicKey.export({ type: 'spki',
				format: 'pem' }));
			try {
				await refused(`${head}.${payload}.${signature}`);
				await works(device.tokens.accessToken);
			} finally {
				rmSync(file);
			}
		});

	test('may do what its permissions say and no more', async () => {
		const writer = await made({ can: WRITE });
		const { accessToken, permissions } = await writer.opens();

		assert.deepEqual(permissions, ['telemetry:write']);
		assert.equal((await posts(accessToken, writer.name)).status, 202);
		isProblem(await reads(accessToken), 403, 'forbidden');
	});

	// The row is the hour that counts; the text's own is tested in jws_test.
	test('is dead when its hour is over', async () => {
		const short = await made();
		const { accessToken } = await short.opens();

		await works(accessToken);
		await sql('super', `UPDATE ctx.token SET expires_at = now()
			WHERE token_hash = ${sid_hash(accessToken)}`);
		await refused(accessToken);
	});
});

describe('the next request is refused', () => {
	const cases = [
		['after the family was revoked', (token) => `UPDATE ctx.family
			SET revoked_at = now() WHERE family_id = (SELECT family_id
			FROM ctx.token WHERE token_hash = ${sid_hash(token)})`],
		['after the certificate was revoked', (token, of) => `UPDATE
			ctx.device_cert SET revoked_at = now()
			WHERE cert_hash = ${of.hash}`],
		['after the certificate is over', (token, of) => `UPDATE
			ctx.device_cert SET not_after = now()
			WHERE cert_hash = ${of.hash}`],
	];

	for (const [title, change] of cases)
		test(title, async () => {
			const mine = await made();
			const { accessToken, refreshToken } = await mine.opens();

			await works(accessToken);
			await sql('super', change(accessToken, mine));
			await refused(accessToken);
			isProblem(await auth('refresh', { refreshToken }), 401,
				'unauthenticated');
		});

	test('after the device gave its token back', async () => {
		const mine = await made();
		const { accessToken, refreshToken } = await mine.opens();

		assert.equal((await auth('revoke', { refreshToken })).status, 204);
		await refused(accessToken);
		isProblem(await auth('refresh', { refreshToken }), 401,
			'unauthenticated');
	});

	test('and giving back what is none says nothing', async () => {
		for (const refreshToken of ['flr_', 'x', `flr_${'A'.repeat(43)}`])
			assert.equal((await auth('revoke', { refreshToken })).status, 204);
	});
});

describe('a refresh token', () => {
	const reused = async () => Number(await sql('super',
		`SELECT count(*) FROM flux.audit
		WHERE tenant_id = ${plant.id} AND act = 'token.reuse'`));
	const turn = async (body) => {
		const answer = await auth('refresh', body);

		assert.equal(answer.status, 200, answer.body);
		return answer.json();
	};
	const refuses = async (body) =>
		isProblem(await auth('refresh', body), 401, 'unauthenticated',
			/^This is not accepted\.$/);

	before(async () => {
		other = await made();
	});

	test('turns into another pair, and the old access token goes on', async () => {
		const mine = await made();
		const first = await mine.opens();
		const second = await turn({ refreshToken: first.refreshToken });
		const third = await turn({ refreshToken: second.refreshToken });

		assert.deepEqual(Object.keys(second), Object.keys(first));
		assert.equal(second.expiresIn, 3600);
		assert.deepEqual(second.permissions, first.permissions);
		assert.equal(new Set([first, second, third]
			.map((t) => t.refreshToken)).size, 3);
		assert.equal(new Set([first, second, third]
			.map((t) => claims(t.accessToken).sid)).size, 3);
		for (const { accessToken } of [first, second, third])
			await works(accessToken);
	});

	test('shown again ends the family, which is written down', async () => {
		const mine = await made();
		const first = await mine.opens();
		const second = await turn({ refreshToken: first.refreshToken });
		const before_ = await reused();

		await refuses({ refreshToken: first.refreshToken });
		assert.equal(await reused(), before_ + 1);
		await refused(first.accessToken);
		await refused(second.accessToken);
		await refuses({ refreshToken: second.refreshToken });
	});

	test('shown again within 30 s by the same device gives the same', async () => {
		const mine = await made();
		const first = await mine.opens();
		const second = await turn({ refreshToken: first.refreshToken });
		const again = await turn(mine.proves(first.refreshToken));

		assert.equal(again.refreshToken, second.refreshToken);
		assert.equal(claims(again.accessToken).sid,
			claims(second.accessToken).sid);
		assert.ok(again.expiresIn <= second.expiresIn);
		await works(again.accessToken);
		await turn({ refreshToken: again.refreshToken });
	});

	test('shown again over TLS with the certificate gives the same', async () => {
		const mine = await made();
		const { refreshToken } = await mine.opens();
		const second = await turn({ refreshToken });
		const again = await mine.comes('refresh', { refreshToken });
		const theirs = await other.comes('refresh', { refreshToken });

		assert.equal(again.status, 200, again.body);
		assert.equal(JSON.parse(again.body).refreshToken, second.refreshToken);
		assert.equal(theirs.status, 401);
		await refused(second.accessToken);
	});

	// What stands between the first turn and the repeat, and who repeats it.
	const cases = [
		['after 30 s is reuse', (first) => sql('super', `UPDATE ctx.token
			SET spent_at = now() - interval '31 s'
			WHERE token_hash = ${refresh_hash(first.refreshToken)}`)],
		['when the next one has been used is reuse', (first, second) =>
			turn({ refreshToken: second.refreshToken })],
		['by another device is reuse', () => {}, () => other],
	];

	for (const [title, between, who = (mine) => mine] of cases)
		test(`shown again ${title}`, async () => {
			const mine = await made();
			const first = await mine.opens();
			const second = await turn({ refreshToken: first.refreshToken });
			const before_ = await reused();

			await between(first, second);
			await refuses(who(mine).proves(first.refreshToken));
			assert.equal(await reused(), before_ + 1);
			await refused(second.accessToken);
		});

	test('with a proof of something else is refused and lives', async () => {
		const mine = await made();
		const { refreshToken } = await mine.opens();
		const before_ = await reused();
		const proof = mine.proves(refreshToken);

		await refuses({ ...proof, signature: mine.sign('fl-ref-1||') });
		isProblem(await auth('refresh', { ...proof, signature: undefined }), 400,
			'bad_request');
		isProblem(await auth('refresh', { ...proof, certificate: undefined }),
			400, 'bad_request');
		assert.equal(await reused(), before_);
		await turn({ refreshToken });
	});

	test('asked for twice at once gives one pair and not two', async () => {
		const mine = await made();
		const { refreshToken } = await mine.opens();
		const answers = await Promise.all([1, 2, 3, 4].map(() =>
			auth('refresh', mine.proves(refreshToken))));
		const pairs = answers.map((a) => {
			assert.equal(a.status, 200, a.body);
			return a.json().refreshToken;
		});

		assert.equal(new Set(pairs).size, 1);
	});

	test('that nobody gave out is refused', async () => {
		for (const refreshToken of ['', 'flr_', 'x', `flr_${'A'.repeat(43)}`])
			await refuses({ refreshToken });
	});
});

test('nothing of a token stands in the database or in a log', async () => {
	const mine = await made();
	const { accessToken, refreshToken } = await mine.opens();
	const { sid } = claims(accessToken);
	const asked = mine.proves(refreshToken);
	const raw = (text) => Buffer.from(text, 'base64url').toString('hex');
	const secrets = [raw(sid), raw(refreshToken.slice(4))];

	await works(accessToken);
	await auth('refresh', asked);
	await auth('refresh', { refreshToken });
	const kept = await sql('super', `SELECT t::text FROM ctx.token t
		UNION ALL SELECT f::text FROM ctx.family f
		UNION ALL SELECT a::text FROM flux.audit a`);
	const logs = readdirSync(path.join(flux_var, 'log'))
		.map((name) => readFileSync(path.join(flux_var, 'log', name), 'utf8'));

	for (const secret of secrets)
		assert.ok(!kept.includes(secret));
	assert.ok(kept.includes(refresh_hash(refreshToken).slice(3, -1)));
	assert.ok(logs.join().includes('/api/v1/auth/refresh'));
	for (const secret of [...secrets, sid, refreshToken, accessToken,
		accessToken.split('.')[2], asked.signature])
		assert.ok(!logs.some((log) => log.includes(secret)));
});
