// Signing in by a tenant's own provider of OpenID Connect: who comes in, as
// whom, with which roles, and every word that is not believed.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { index_of } from '../lib/address.mjs';
import { ctl, sql } from '../lib/flux.mjs';
import { codeOf, Person, said, statusOf } from '../lib/person.mjs';
import { Plant } from '../lib/plant.mjs';
import { allowPrivate, keyOf, Provider, signed, signIn }
	from '../lib/provider.mjs';

const KEYS_MS = 30000; // between two questions for keys by one child
const open = [];
let plant, slug, provider;

// A provider, set up for a tenant; the tenant's name in addresses.
async function start(tenant, ...options) {
	const p = await Provider.start();

	open.push(p);
	await p.setUp(tenant.name, ...options);
	return p;
}

const slugOf = (tenant) => `t${tenant.id}`;
const address = (who) => `${who}-${plant.id}@oidc.example`;
const visitor = () => new Person(plant.name);

// Somebody whom the provider knows by this name.
function account(sub, more = {}) {
	provider.person = { sub, email: address(sub), email_verified: true,
		name: `Name of ${sub}`, groups: [], ...more };
	provider.wrong = {};
}

async function come(sub, more = {}, options = {}) {
	const person = options.person ?? visitor();

	account(sub, more);
	return [await signIn(person, provider, slug, options), person];
}

const member = async (sub, role = 'viewer') => {
	await ctl('invite', plant.name, address(sub), sub, role);
};

const rolesOf = (sub) => sql('super', `SELECT coalesce(string_agg(r.name, ' '
	ORDER BY r.name), '') FROM flux.member m JOIN flux.grant_ g USING (tenant_id,
	user_id) JOIN flux.role r USING (tenant_id, role_id)
	WHERE m.tenant_id = ${plant.id} AND m.email = '${index_of(address(sub))}'`);

const sessions = () => sql('super', `SELECT count(*) FROM ctx.session
	WHERE tenant_id = ${plant.id}`);

// Refused in plain words, and nobody is signed in.
async function refused([answer, person], status, words) {
	assert.equal(answer.status, status, answer.body);
	assert.match(said(answer), words);
	assert.equal(await person.isIn(), false);
}

before(async () => {
	plant = await Plant.make('Oidc');
	slug = slugOf(plant);
});

after(async () => {
	await Promise.all(open.map((p) => p.stop()));
	await allowPrivate(false);
});

describe('a person', () => {
	before(async () => {
		await allowPrivate(true);
		provider = await start(plant, '--create', '--group', 'pumps=operator',
			'--group', 'boss=admin');
		await ctl('user', plant.name, address('root'), 'Root', 'admin',
			{ input: 'eleven iron gates' });
	});

	test('is sent away with what only he can come back with', async () => {
		const person = visitor();
		const away = await person.get(`/oidc/${slug}?next=/account`);
		const to = new URL(away.headers.location), q = to.searchParams;

		assert.equal(away.status, 303);
		assert.equal(to.origin + to.pathname, `${provider.issuer}/auth`);
		assert.deepEqual(['response_type', 'scope', 'client_id',
			'code_challenge_method'].map((k) => q.get(k)),
		['code', 'openid email profile', provider.client, 'S256']);
		assert.match(q.get('redirect_uri'),
			new RegExp(`^https://.*/oidc/${slug}/callback$`));
		assert.match(q.get('state'), /^[0-9a-f]{64}$/);
		assert.match(q.get('nonce'), /^[\w-]{43}$/);
		assert.match(q.get('code_challenge'), /^[\w-]{43}$/);
		assert.match(away.headers['set-cookie'][0], /^__Host-fl=.*HttpOnly/);
		const row = await sql('super', `SELECT t FROM ctx.oidc_try t
			WHERE tenant_id = ${plant.id} AND state_hash =
			sha256(decode('${q.get('state')}', 'hex'))`);

		assert.match(row, /\/account/);
		for (const secret of [q.get('state'), q.get('nonce'),
			person.cookie.split('=')[1]])
			assert.ok(!row.includes(secret));
	});

	test('who was invited is known by an address that is vouched for',
		async () => {
			await member('ann');
			const [answer, ann] = await come('ann', {}, { next: '/account' });

			assert.deepEqual(statusOf(answer), [303, '/account']);
			assert.ok(await ann.isIn());
			assert.equal(await rolesOf('ann'), 'viewer');
			assert.equal(await sql('super', `SELECT string_agg(act || ' ' ||
				coalesce(detail->>'by', '-'), ', ' ORDER BY seq) FROM flux.audit
				WHERE tenant_id = ${plant.id} AND (act LIKE 'provider.link' OR
				act = 'session.open')`), 'provider.link -, session.open provider');
			// From now on by the account, whatever its address.
			const [later, again] = await come('ann', { email: 'other@oidc.example',
				email_verified: false });

			assert.equal(later.status, 303);
			assert.match((await again.get('/account')).body,
				new RegExp(address('ann')));
		});

	test('is nobody by an address that is not', async () => {
		await member('bob');
		await refused(await come('bob', { email_verified: false }), 403,
			/does not vouch/);
		await refused(await come('bob', { email_verified: 'true' }), 403,
			/does not vouch/);
		await refused(await come('ann2', { email: address('ann') }), 403,
			/another account/);
	});

	test('who is new comes with the roles of his groups', async () => {
		await refused(await come('eve'), 403, /None of your groups/);
		await refused(await come('eve', { groups: ['boss '] }), 403,
			/None of your groups/);
		await refused(await come('eve', { email: undefined, groups: ['pumps'] }),
			403, /did not say your e-mail/);
		const [answer, eve] = await come('eve', { email_verified: false,
			groups: ['x', 'pumps'] });

		assert.equal(answer.status, 303, said(answer));
		assert.ok(await eve.isIn());
		assert.equal(await rolesOf('eve'), 'operator');
	});

	test('gets and loses them at each sign-in, and keeps those given by hand',
		async () => {
			await ctl('role', plant.name, 'give', address('eve'), 'technician');
			await come('eve', { groups: ['boss'] });
			assert.equal(await rolesOf('eve'), 'admin technician');
			const registry = () => sql('super', `SELECT registry FROM
				ctx.tenant_home WHERE tenant_id = ${plant.id}`);
			const before_ = await registry();

			await come('eve', { groups: ['boss'] });
			assert.equal(await registry(), before_);
			await come('eve', { groups: [] });
			assert.equal(await rolesOf('eve'), 'technician');
			assert.match(await sql('super', `SELECT detail FROM flux.audit WHERE
				tenant_id = ${plant.id} AND act = 'user.roles'
				ORDER BY seq DESC LIMIT 1`), /"by": "provider"/);
		});

	test('who is the last administrator with a password stays one', async () => {
		assert.equal((await come('root'))[0].status, 303);
		assert.equal(await rolesOf('root'), 'admin');
	});

	test('whom nobody has invited does not come unless he may', async () => {
		await provider.setUp(plant.name, '--group', 'pumps=operator');
		await refused(await come('new', { groups: ['pumps'] }), 403,
			/ask an administrator to invite/);
		await provider.setUp(plant.name, '--create', '--group', 'pumps=operator',
			'--group', 'boss=admin');
	});

	test('who is suspended does not', async () => {
		await member('sam');
		assert.equal((await come('sam'))[0].status, 303);
		await sql('super', `UPDATE ctx.login SET suspended_at = now()
			WHERE tenant_id = ${plant.id} AND email = '${index_of(address('sam'))}'`);
		await refused(await come('sam'), 403, /suspended/);
	});

	test('with a second factor here is asked for it', async () => {
		const tom = await Person.make(plant.name);

		await tom.login();
		const { secret } = await tom.factor();
		const [answer, there] = await come('tom', { email: tom.email },
			{ next: '/account' });

		assert.deepEqual(statusOf(answer), [303, '/login/code?next=/account']);
		assert.equal(await there.isIn(), false);
		await there.post('/login/code', { code: codeOf(secret), next: '/account' });
		assert.ok(await there.isIn());
	});

	test('keeps no address as a name, if the provider gives one', async () => {
		await come('una', { name: address('una'), groups: ['boss'] });
		assert.equal(await sql('super', `SELECT l.name || ' ' || m.name
			FROM ctx.login l JOIN flux.member m USING (tenant_id, user_id)
			WHERE l.email = '${index_of(address('una'))}'`),
		Array(2).fill(address('una').split('@')[0]).join(' '));
	});

	test('does nothing dangerous long after he showed who he is', async () => {
		const shown = (s) => ({ groups: ['boss'],
			auth_time: Math.floor(Date.now() / 1000) - s });
		const change = (person) => person.post('/admin/settings/security',
			{ idle: '30', absolute: '12' }, { page: '/admin/settings' });

		for (const when of [shown(900), { groups: ['boss'],
			auth_time: undefined }]) {
			const [, eve] = await come('eve', when);
			const answer = await change(eve);

			assert.match(answer.headers.location, /^\/confirm\?/);
			const page = await eve.get(answer.headers.location);
			const link = page.body.match(/href="(\/oidc\/[^"]*)"/)[1];

			assert.match(link, /again=1/);
			account('eve', shown(0));
			const before = new Person();
			before.cookie = eve.cookie;
			await signIn(eve, provider, slug, { query: '&again=1' });
			assert.equal(await before.isIn(), false);
			assert.equal(provider.seen.get('prompt'), 'login');
			assert.equal(provider.seen.get('max_age'), '0');
			assert.equal((await change(eve)).headers.location,
				'/admin/settings?saved=1');
		}
	});
});

describe('the way back', () => {
	const over = /begin it again/;

	test('works once', async () => {
		let back;
		const [answer, ann] = await come('ann', {},
			{ what: (url) => { back = url; } });
		const visit = ann.elsewhere();

		assert.equal(answer.status, 303);
		for (const person of [ann, visit]) {
			const replayed = await person.get(back.pathname + back.search);

			assert.equal(replayed.status, 401);
			assert.match(said(replayed), over);
		}
		assert.equal(await visit.isIn(), false);
	});

	for (const [name, what] of [
		['another state', (url) => url.searchParams.set('state', '0'.repeat(64))],
		['no state', (url) => url.searchParams.delete('state')],
		['a state that is none', (url) => url.searchParams.set('state', '\'--')],
		['no code', (url) => url.searchParams.delete('code')],
		['another provider\'s answer', (url) =>
			url.searchParams.set('iss', 'https://evil.example')]])
		test(`is not open with ${name}`, async () => {
			await refused(await come('ann', {}, { what }), 401,
				name === 'no code' ? /did not let you in/ : over);
		});

	test('is not open in another browser', async () => {
		const person = visitor();

		await refused(await come('ann', {}, { person, what: async () => {
			person.cookie = '';
			await person.get('/login');
		} }), 401, over);
	});

	test('is over after ten minutes', async () => {
		await refused(await come('ann', {}, { what: () => sql('super',
			`UPDATE ctx.oidc_try SET expires_at = now()
			WHERE tenant_id = ${plant.id}`) }), 401, over);
	});

	test('does not lead into another tenant', async () => {
		const other = await Plant.make('Oidc other');

		await ctl('oidc', other.name, 'put', 'Same', provider.issuer,
			provider.client, '--create', '--group', 'pumps=admin',
			{ input: provider.secret });
		await refused(await come('ann', { groups: ['pumps'] }, { what: (url) => {
			url.pathname = `/oidc/${slugOf(other)}/callback`;
		} }), 401, over);
		// A code that was made for the one, with the state of the other.
		const person = visitor();
		const there = await person.get(`/oidc/${slugOf(other)}`);
		const here = await person.get(`/oidc/${slug}`);
		const code = provider.authorize(there.headers.location).searchParams
			.get('code');
		const state = new URL(here.headers.location).searchParams.get('state');

		await refused([await person.get(
			`/oidc/${slug}/callback?code=${code}&state=${state}`), person], 503,
		/provider did not answer/);
	});

	test('tells nothing to whom the provider did not let in', async () => {
		await refused(await come('ann', {}, { what: (url) => {
			url.searchParams.delete('code');
			url.searchParams.set('error', 'access_denied<b>');
		} }), 401, /^Your sign-in provider did not let you in\.$/);
	});
});

describe('a word that is not believed', () => {
	const other = keyOf(), rsa = keyOf('RS256');
	const now = () => Math.floor(Date.now() / 1000);
	const b64 = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
	const claims = (what) => ({ claims: what });

	for (const [name, wrong] of [
		['of another attempt', claims({ nonce: 'x'.repeat(43) })],
		['of no attempt', claims({ nonce: undefined })],
		['of another issuer', claims({ iss: 'http://127.0.0.1/realm' })],
		['for another client', claims({ aud: 'x' })],
		['for another client, too', claims({ aud: ['x', 'y'], azp: 'x' })],
		['for another party', claims({ azp: 'x' })],
		['that has expired', claims({ exp: 1700000000 })],
		['of long ago', claims({ iat: 1700000000, exp: now() + 300 })],
		['of tomorrow', claims({ iat: now() + 86400, exp: now() + 90000 })],
		['about nobody', claims({ sub: undefined })],
		['that nobody signed', { word: (c) =>
			`${b64({ alg: 'none', typ: 'JWT' })}.${b64(c)}.` }],
		['that nobody signed in the key\'s name', { word: (c, p) =>
			`${b64({ alg: 'none', kid: p.key.kid })}.${b64(c)}.` }],
		['of another key of that name', { word: (c, p) =>
			signed({ ...other, kid: p.key.kid }, c) }],
		['of an unknown key', { word: (c) => signed(other, c) }],
		['of the key in its header', { word: (c, p) =>
			signed({ ...other, kid: p.key.kid }, c, { jwk: other.jwk }) }],
		['of another algorithm', { word: (c, p) =>
			signed({ ...rsa, kid: p.key.kid }, c) }],
		['signed with the client\'s secret', { word: (c, p) => {
			const text = `${b64({ alg: 'HS256', kid: p.key.kid })}.${b64(c)}`;

			return `${text}.${createHmac('sha256', p.secret).update(text)
				.digest('base64url')}`;
		} }],
		['that was changed', { word: (c, p) => {
			const part = signed(p.key, c).split('.');

			part[1] = b64({ ...c, sub: 'root' });
			return part.join('.');
		} }],
		['that is an access token', { header: { typ: 'at+jwt' } }]])
		test(name, async () => {
			const had = await sessions();
			const person = visitor();

			account('ann');
			provider.wrong = wrong;
			const answer = await signIn(person, provider, slug);

			assert.equal(answer.status, 401, answer.body);
			assert.notEqual(said(answer), '');
			assert.equal(await person.isIn(), false);
			assert.equal(await sessions(), had);
		});

	test('makes nobody ask for keys without an end', async () => {
		account('ann');
		provider.wrong = { word: (c) => signed(other, c) };
		const asked = provider.asked.keys, begun = performance.now();

		for (let i = 0; i < 12; i++)
			assert.equal((await signIn(visitor(), provider, slug)).status, 401);
		const most = 4 * Math.ceil((performance.now() - begun) / KEYS_MS);

		assert.ok(provider.asked.keys - asked <= most,
			`${provider.asked.keys - asked} questions of 4 children`);
		provider.wrong = {};
	});

	test('is asked for its description once in a while', async () => {
		assert.ok(provider.asked.description <= 4,
			`${provider.asked.description} questions of 4 children`);
	});
});
