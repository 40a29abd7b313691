// Signing in by a real provider: oidc-provider of npm, with its own pages.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { ctl, sql } from '../lib/flux.mjs';
import { Person, said, statusOf } from '../lib/person.mjs';
import { Plant } from '../lib/plant.mjs';
import { allowPrivate } from '../lib/provider.mjs';

// The node of Debian 12 is too old for it.
const skip = Number(process.versions.node.split('.')[0]) < 20 &&
	'oidc-provider wants node 20';

before(() => allowPrivate(true));
after(() => allowPrivate(false));

// A browser's way through pages that are not ours: cookies, forms, redirects,
// until one of ours is due.
async function wander(url, ours) {
	const jar = new Map();

	for (let i = 0; i < 20; i++) {
		if (url.startsWith(ours))
			return new URL(url);
		const send = (method, body) => new Promise((done, fail) => {
			const request = http.request(url, { method, headers: {
				Cookie: [...jar].map((pair) => pair.join('=')).join('; '),
				...(body ? { 'Content-Type': 'application/x-www-form-urlencoded',
					'Content-Length': Buffer.byteLength(body) } : {}) } },
			async (answer) => {
				let text = '';

				for (const line of answer.headers['set-cookie'] ?? []) {
					const [, name, value] = line.match(/^([^=]+)=([^;]*)/);

					jar.set(name, value);
				}
				for await (const part of answer)
					text += part;
				done({ at: answer.headers.location, text, status: answer.statusCode });
			});

			request.on('error', fail);
			request.end(body);
		});
		let answer = await send('GET');

		if (!answer.at) {
			const form = answer.text.match(/action="([^"]+)"/)?.[1];
			const prompt = answer.text.match(/name="prompt" value="([^"]+)"/)?.[1];

			assert.ok(form, `${answer.status} ${url}: ${answer.text}`);
			url = new URL(form, url).href;
			answer = await send('POST', new URLSearchParams({ prompt,
				login: 'carol', password: 'x' }).toString());
		}
		url = new URL(answer.at, url).href;
	}
	throw new Error('there is no end of it');
}

describe('oidc-provider of npm', () => {
	for (const [alg, key] of [['RS256', () => generateKeyPairSync('rsa',
		{ modulusLength: 2048 })], ['ES256', () => generateKeyPairSync('ec',
		{ namedCurve: 'P-256' })]])
		test(`signs somebody in by ${alg}`, { skip }, async () => {
			const { default: Oidc } = await import('oidc-provider');
			const tenant = await Plant.make(`Oidc ${alg}`);
			const secret = 'a secret: of + two';
			const origin = new URL((await ctl('oidc', tenant.name, 'show'))
				.match(/callback (\S+)/)[1]).origin;
			const back = `${origin}/oidc/t${tenant.id}/callback`;
			const server = http.createServer();

			await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
			const issuer = `http://127.0.0.1:${server.address().port}`;
			const real = new Oidc(issuer, {
				clients: [{ client_id: 'flux line', client_secret: secret,
					redirect_uris: [back], id_token_signed_response_alg: alg }],
				jwks: { keys: [{ ...key().privateKey.export({ format: 'jwk' }),
					kid: 'k1', alg, use: 'sig' }] },
				cookies: { keys: ['x'] },
				conformIdTokenClaims: false,
				claims: { openid: ['sub'], email: ['email', 'email_verified'],
					profile: ['name', 'groups'] },
				findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id,
					email: `${id}@oidc.example`, email_verified: true,
					name: 'Carol C.', groups: ['pumps', 'other'] }) }),
			});

			server.on('request', real.callback());
			await ctl('oidc', tenant.name, 'put', 'Real', issuer, 'flux line',
				'--create', '--group', 'pumps=operator', { input: secret });
			const carol = new Person(tenant.name);
			const away = await carol.get(`/oidc/t${tenant.id}?next=/account`);

			try {
				const at = await wander(away.headers.location, back);
				const answer = await carol.get(at.pathname + at.search);

				assert.deepEqual(statusOf(answer), [303, '/account'], said(answer));
				assert.match((await carol.get('/account')).body, /carol@oidc\.example/);
				assert.equal(await sql('super', `SELECT m.name || ' ' || r.name
					FROM flux.member m JOIN flux.grant_ USING (tenant_id, user_id)
					JOIN flux.role r USING (tenant_id, role_id)
					WHERE m.tenant_id = ${tenant.id}`), 'Carol C. operator');
			} finally {
				server.closeAllConnections();
				server.close();
			}
		});
});
