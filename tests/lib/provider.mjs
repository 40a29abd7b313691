// provider.mjs - a small provider of OpenID Connect that can be told to do one
// thing wrong, and a person who goes there with a browser.
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { children, parent_of } from './children.mjs';
import { ctl, flux_var, http as ask, waitFor } from './flux.mjs';

const b64 = (what) => Buffer.from(what).toString('base64url');
const json = (value) => b64(JSON.stringify(value));

const ALGORITHMS = {
	ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
	RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
};

// A key of its own name.
export function keyOf(alg = 'ES256') {
	const { privateKey, publicKey } = ALGORITHMS[alg]();
	const kid = randomBytes(6).toString('hex');

	return { alg, kid, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }),
		kid, alg, use: 'sig' } };
}

export function signed(key, claims, header = {}) {
	const text = `${json({ alg: key.alg, typ: 'JWT', kid: key.kid,
		...header })}.${json(claims)}`;
	const signature = sign('sha256', Buffer.from(text),
		{ key: key.privateKey, dsaEncoding: 'ieee-p1363' });

	return `${text}.${signature.toString('base64url')}`;
}

export class Provider {
	client = `client ${randomBytes(4).toString('hex')}`;
	secret = `s+e:c/r%e t ${randomBytes(8).toString('hex')}`;
	asked = { description: 0, token: 0, keys: 0, connections: 0 };
	codes = new Map();
	// Who signs in, and what is done wrong: see answer() and word().
	person = {};
	wrong = {};

	static async start(alg) {
		const p = new Provider();

		p.key = keyOf(alg);
		p.keys = [p.key];
		p.server = http.createServer((q, s) => p.serve(q, s));
		p.server.on('connection', () => { p.asked.connections++; });
		await new Promise((done) => {
			p.server.listen(0, '127.0.0.1', done);
		});
		p.issuer = `http://127.0.0.1:${p.server.address().port}/realm`;
		return p;
	}

	stop() {
		this.server.closeAllConnections();
		return new Promise((done) => { this.server.close(done); });
	}

	// It becomes the provider of a tenant.
	setUp(tenant, ...options) {
		return ctl('oidc', tenant, 'put', 'Example', this.issuer, this.client,
			...options, { input: `${this.secret}\n` });
	}

	description() {
		return { issuer: this.issuer, authorization_endpoint: `${this.issuer}/auth`,
			token_endpoint: `${this.issuer}/token`,
			jwks_uri: `${this.issuer}/keys`, ...this.wrong.description };
	}

	async serve(request, answer) {
		let body = '';

		for await (const part of request)
			body += part;
		const moved = '/realm/elsewhere';
		const url = new URL(request.url.replace(moved, '/realm'), this.issuer);
		const what = { '/realm/.well-known/openid-configuration': 'description',
			'/realm/token': 'token', '/realm/keys': 'keys' }[url.pathname];

		if (what)
			this.asked[what]++;
		if (this.wrong.hang === what)
			return;
		if (this.wrong.redirect === what && !request.url.startsWith(moved)) {
			answer.writeHead(307, { Location:
				url.pathname.replace('/realm', moved) }).end();
			return;
		}
		const [status, value] = what === 'token'
			? this.token(new URLSearchParams(body), request.headers.authorization)
			: what === 'keys' ? [200, { keys: this.keys.map((k) => k.jwk) }]
				: what ? [200, this.description()] : [404, {}];

		if (this.wrong.huge === what)
			value.more = 'x'.repeat(1 << 20);
		answer.writeHead(status, { 'Content-Type': 'application/json' })
			.end(JSON.stringify(value));
	}

	// The page of signing in, where nobody is asked anything; where it sends to.
	authorize(address) {
		const q = new URL(address).searchParams;
		const code = randomBytes(12).toString('base64url');
		const back = new URL(q.get('redirect_uri'));

		this.codes.set(code, q);
		this.seen = q;
		back.searchParams.set('code', code);
		back.searchParams.set('state', q.get('state'));
		return back;
	}

	token(form, authorization) {
		const q = this.codes.get(form.get('code'));
		const who = Buffer.from(authorization?.match(/^Basic (.*)$/)?.[1] ?? '',
			'base64').toString().split(':').map(decodeURIComponent);

		this.codes.delete(form.get('code'));
		if (who.join('|') !== `${this.client}|${this.secret}`)
			return [401, { error: 'invalid_client' }];
		if (!q || form.get('grant_type') !== 'authorization_code' ||
		    form.get('redirect_uri') !== q.get('redirect_uri') ||
		    q.get('code_challenge_method') !== 'S256' ||
		    createHash('sha256').update(form.get('code_verifier'))
		    	.digest('base64url') !== q.get('code_challenge'))
			return [400, { error: 'invalid_grant' }];
		return [200, { access_token: 'x', token_type: 'Bearer',
			id_token: this.word(q) }];
	}

	word(q) {
		const now = Math.floor(Date.now() / 1000);
		const claims = { iss: this.issuer, aud: this.client, nonce: q.get('nonce'),
			iat: now, exp: now + 300, auth_time: now, ...this.person,
			...this.wrong.claims };

		if (this.wrong.word)
			return this.wrong.word(claims, this);
		return signed(this.key, claims, this.wrong.header);
	}
}

// Goes to the provider and comes back to us; the answer there. what: a change
// of the address that the provider sends to.
export async function signIn(person, provider, slug,
	{ next, query = '', what = () => {} } = {}) {
	const away = await person.get(`/oidc/${slug}?${next ? `next=${
		encodeURIComponent(next)}` : ''}${query}`);

	if (away.status !== 303)
		return away;
	const back = provider.authorize(away.headers.location);

	await what(back);
	return person.get(back.pathname + back.search);
}

const settings = path.join(flux_var, 'etc/auth.conf');

// Whether the auth program of this instance may ask private addresses; it is
// started anew for it.
export async function allowPrivate(yes) {
	const was = new Set(children('auth.fcgi'));

	writeFileSync(settings, readFileSync(settings, 'utf8')
		.replace(/^fetch_private = .*$/m, `fetch_private = ${yes ? 1 : 0}`));
	// It ends its children.
	process.kill(Number(parent_of([...was])), 'SIGTERM');
	await waitFor(() => {
		const now = children('auth.fcgi');

		return now.length >= 5 && !now.some((pid) => was.has(pid));
	}, 15000);
	await waitFor(async () => (await ask('GET', '/login')).status === 200, 15000);
}
