// A tenant's provider of sign-in: where it may be, what it may do wrong, and
// who sets it up.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ctl, env, http as ask, sql } from '../lib/flux.mjs';
import { within } from '../lib/pace.mjs';
import { Person, said, statusOf } from '../lib/person.mjs';
import { Plant } from '../lib/plant.mjs';
import { allowPrivate, Provider, signIn } from '../lib/provider.mjs';

const open = [];
let plant, slug;

// A provider, set up for a tenant.
async function start(tenant, ...options) {
	const p = await Provider.start();

	open.push(p);
	await p.setUp(tenant.name, ...options);
	return p;
}

const slugOf = (tenant) => `t${tenant.id}`;
const visitor = () => new Person(plant.name);

before(async () => {
	plant = await Plant.make('Oidc provider');
	slug = slugOf(plant);
});

after(async () => {
	await Promise.all(open.map((p) => p.stop()));
	await allowPrivate(false);
});

describe('addresses that nobody else should ask', () => {
	let trap;

	before(async () => {
		trap = await Provider.start();
		open.push(trap);
	});

	for (const host of ['https://127.0.0.1', 'https://localhost', 'https://127.1',
		'https://2130706433', 'https://0x7f000001', 'https://[::1]',
		'https://[::ffff:127.0.0.1]', 'https://0.0.0.0', 'http://127.0.0.1',
		'http://localhost'])
		test(`${host} is not connected to`, async () => {
			const port = new URL(trap.issuer).port;

			await ctl('oidc', plant.name, 'put', 'Trap', `${host}:${port}/realm`, 'c',
				{ input: 's' });
			const answer = await visitor().get(`/oidc/${slug}`);

			assert.equal(answer.status, 503);
			assert.match(said(answer), /provider did not answer/);
			assert.equal(trap.asked.connections, 0);
		});

	for (const host of ['169.254.169.254', '10.0.0.1', '192.168.0.1',
		'[fd00::1]', '[fe80::1]'])
		test(`nor ${host}, and nobody waits for it`, async () => {
			await ctl('oidc', plant.name, 'put', 'Trap', `https://${host}`, 'c',
				{ input: 's' });
			await within(2000, async () => assert.equal(
				(await visitor().get(`/oidc/${slug}`)).status, 503));
		});
});

describe('a provider', () => {
	before(async () => {
		await allowPrivate(true);
		await start(plant);
	});

	// A tenant with a provider that does this wrong; its way back.
	async function trouble(wrong) {
		const tenant = await Plant.make('Oidc trouble');
		const p = await start(tenant);

		p.wrong = wrong;
		p.person = { sub: 'x' };
		return { p, at: slugOf(tenant) };
	}

	test('that hangs costs three seconds', async () => {
		await Promise.all(['description', 'token'].map(async (hang) => {
			const several = await Promise.all(Array.from({ length: 3 },
				() => trouble({ hang })));
			// Each once: one that was silent is not asked again for a while.
			const answer = await within(4000, async () => {
				const { p, at } = several.pop();
				const began = Date.now();
				const got = await signIn(visitor(), p, at);

				assert.ok(Date.now() - began > 2500, hang);
				return got;
			}, hang, several.length);

			assert.equal(answer.status, 503, hang);
			assert.ok(answer.headers['retry-after']);
			assert.match(said(answer), /provider did not answer; try again later/);
		}));
	});

	test('that hangs is in nobody else\'s way', async () => {
		let is_over = true;

		// A machine that stands still may let it pass unseen.
		for (let tries = 0; is_over && tries < 5; tries++) {
			const { p, at } = await trouble({ hang: 'description' });
			const waiting = Array.from({ length: 6 },
				() => visitor().get(`/oidc/${at}`));
			let answered = 0;

			for (const one of waiting)
				one.then(() => { answered++; }, () => {});
			assert.equal((await ask('GET', '/login')).status, 200);
			is_over = answered === waiting.length;
			for (const answer of await Promise.all(waiting))
				assert.equal(answer.status, 503);
			assert.ok(p.asked.description <= 4);
		}
		assert.ok(!is_over);
	});

	for (const what of ['description', 'token', 'keys'])
		test(`that redirects for its ${what} is not followed, nor is a huge one
			read`.replaceAll(/\s+/g, ' '), async () => {
			for (const wrong of [{ redirect: what }, { huge: what }]) {
				const { p, at } = await trouble(wrong);
				const answer = await signIn(visitor(), p, at);

				assert.equal(answer.status, 503, JSON.stringify(wrong));
				assert.match(said(answer), /provider did not answer/);
				assert.ok(p.asked[what] > 0);
			}
		});

	for (const [name, description] of [
		['calls itself otherwise', { issuer: 'https://evil.example' }],
		['has its keys in a file', { jwks_uri: 'file:///etc/passwd' }],
		['does not say where', { token_endpoint: undefined }]])
		test(`that ${name} is refused`, async () => {
			const { p, at } = await trouble({ description });
			const answer = await visitor().get(`/oidc/${at}`);

			assert.equal(answer.status, 503);
			assert.match(said(answer), /did not answer as it should/);
			assert.equal(p.asked.description, 1);
		});

	test('without a certificate that holds is refused', async () => {
		const tenant = await Plant.make('Oidc tls');

		await ctl('oidc', tenant.name, 'put', 'Self', new URL(env.FLUX_TLS_URL)
			.origin, 'c', { input: 's' });
		assert.equal((await visitor().get(`/oidc/${slugOf(tenant)}`)).status, 503);
	});

	test('is offered to who knows what the tenant is called', async () => {
		const none = await Plant.make('Oidc none');
		const offer = async (at) => (await visitor().get(`/login?tenant=${at}`))
			.body.match(/href="(\/oidc[^"]*)">([^<]*)</)?.slice(1);

		assert.deepEqual(await offer(slug),
			[`/oidc/${slug}?next=/`, 'Sign in with Example']);
		for (const at of [slugOf(none), 't999999', '\'', '']) {
			assert.equal(await offer(at), undefined);
			assert.equal((await visitor().get(`/oidc/${encodeURIComponent(at || '-')}`))
				.status, 404);
		}
		await ctl('suspend', plant.name);
		assert.equal(await offer(slug), undefined);
		assert.equal((await visitor().get(`/oidc/${slug}`)).status, 404);
		await ctl('resume', plant.name);
	});
});

describe('setting one up', () => {
	let tenant, admin, own, fields;
	const put = (more = {}) => admin.post('/admin/provider',
		{ ...fields, ...more }, { page: '/admin/provider' });
	const acts = () => sql('super', `SELECT string_agg(act || ' ' || detail, E'\n'
		ORDER BY seq) FROM flux.audit WHERE tenant_id = ${tenant.id}
		AND act LIKE 'provider.%'`);

	before(async () => {
		tenant = await Plant.make('Oidc setup');
		admin = await Person.make(tenant.name, 'admin');
		own = await Provider.start();
		open.push(own);
		fields = { name: 'Own', issuer: own.issuer, client: own.client,
			secret: own.secret, claim: 'groups', groups: 'a=b = viewer\r\n\r\n' };
		await admin.login();
	});

	test('asks first who it is, and viewers not at all', async () => {
		const viewer = await Person.make(tenant.name);

		await viewer.login();
		assert.equal((await viewer.get('/admin/provider')).status, 403);
		await admin.stale();
		assert.match((await put()).headers.location, /^\/confirm/);
		assert.equal(await acts(), '');
		await admin.change('fresh_till = now() + interval \'10 min\'');
	});

	test('keeps the secret sealed, and never shows it', async () => {
		assert.deepEqual(statusOf(await put()), [303, '/admin/provider?saved=1']);
		const page = await admin.get('/admin/provider');

		assert.match(page.body, /value="Own"/);
		assert.match(page.body, />a=b = viewer/);
		assert.match(page.body, new RegExp(`/oidc/${slugOf(tenant)}/callback`));
		for (const text of [page.body, await acts(),
			await ctl('oidc', tenant.name, 'show'), await sql('super',
				`SELECT o, encode(sealed_secret, 'escape') FROM ctx.oidc o
				WHERE tenant_id = ${tenant.id}`)])
			assert.ok(!text.includes(own.secret));
		assert.match(await acts(), /"secret": true/);
	});

	test('keeps the one there is, but not for another issuer', async () => {
		assert.equal((await put({ secret: '', name: 'Renamed' })).status, 303);
		own.person = { sub: 'u', email: admin.email, email_verified: true };
		assert.equal((await signIn(visitor(), own, slugOf(tenant))).status, 303);
		const answer = await put({ secret: '', issuer: `${own.issuer}/x` });

		assert.equal(answer.status, 400);
		assert.match(answer.body, /Secret: give the one/);
		// Its accounts are not those of another issuer either.
		assert.equal((await put({ issuer: `${own.issuer}/x` })).status, 303);
		assert.equal(await sql('super', `SELECT count(*) FROM ctx.oidc_subject
			WHERE tenant_id = ${tenant.id}`), '0');
	});

	for (const [field, value, words] of [['name', '', /Name/],
		['issuer', 'ftp://x', /Issuer/], ['issuer', 'https://a@b', /Issuer/],
		['issuer', 'http://example.com', /Issuer/], ['client', '', /Client/],
		['groups', 'nothing', /Groups, line 1/], ['groups', 'a = b', /no role/]])
		test(`says that ${field} ${value || 'nothing'} will not do`, async () => {
			const answer = await put({ [field]: value });

			assert.equal(answer.status, 400);
			assert.match(answer.body, words);
		});

	test('gives no role that one has not oneself', async () => {
		assert.equal((await put({ groups: 'x = platform' })).status, 403);
	});

	test('is undone, and who is linked is not any more', async () => {
		assert.equal((await admin.post('/admin/provider/drop', {},
			{ page: '/admin/provider' })).status, 303);
		assert.equal((await visitor().get(`/oidc/${slugOf(tenant)}`)).status, 404);
		assert.match(await acts(), /provider\.drop/);
		assert.match(await ctl('oidc', tenant.name, 'show'), /there is none/);
		await assert.rejects(ctl('oidc', tenant.name, 'drop'), /no provider/);
	});
});
