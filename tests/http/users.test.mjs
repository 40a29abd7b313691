// Users and roles on the pages of the administration: who is invited comes in
// by his link, holds what he was given, and loses it at the next click.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { index_of } from '../lib/address.mjs';
import { ctl, env, http, login, sql } from '../lib/flux.mjs';
import { Plant } from '../lib/plant.mjs';

const PASSWORD = 'four words are enough';
let p, anna, count = 0;

const page = (cookie, url) => http('GET', url,
	{ tls: true, headers: { Cookie: cookie } });

// The form's token is the page's; fields may be pairs, to repeat a name.
async function send(cookie, url, fields = {}, from = '/admin/users') {
	const csrf = (await page(cookie, from)).body
		.match(/name="csrf" value="([0-9a-f]{64})"/)[1];
	const body = new URLSearchParams(fields);

	body.set('csrf', csrf);
	return http('POST', url, { tls: true, body: body.toString(), headers: {
		'Content-Type': 'application/x-www-form-urlencoded',
		Origin: new URL(env.FLUX_TLS_URL).origin, Cookie: cookie } });
}

async function person(role) {
	const name = `${role}${++count}`;
	const email = `${name}-${p.id}@users.example`;

	await ctl('user', p.name, email, name, role, { input: PASSWORD });
	return { name, email, cookie: await login(email, PASSWORD),
		id: await number(email) };
}

const number = (email) => sql('super', `SELECT user_id FROM flux.member
	WHERE tenant_id = ${p.id} AND email = '${index_of(email)}'`);
const role = (name) => sql('super', `SELECT role_id FROM flux.role
	WHERE tenant_id = ${p.id} AND name = '${name}'`);
const asset = (key) => sql('super', `SELECT asset_id FROM flux.asset
	WHERE tenant_id = ${p.id} AND key = '${key}'`);

// What is said of one person on the page.
async function card(id, who = anna) {
	const answer = await page(who.cookie, '/admin/users');

	assert.equal(answer.status, 200, answer.body);
	return answer.body.match(
		new RegExp(`id="user-${id}">.*?</li>`, 's'))?.[0] ?? '';
}

// Invited by anna, with the form; what she is shown.
async function invite(fields) {
	const email = `guest${++count}-${p.id}@users.example`;
	const answer = await send(anna.cookie, '/admin/invitations', { email,
		name: `Guest ${count}`, role: await role('viewer'), ...fields });

	return { email, answer,
		link: answer.body.match(/\/invite\/[0-9a-f]{64}/)?.[0] };
}

// Comes by the link and signs in.
async function arrive(email, link) {
	const form = await http('GET', link, { tls: true });
	const cookie = form.headers['set-cookie'][0].split(';')[0];
	const csrf = form.body.match(/name="csrf" value="([0-9a-f]{64})"/)[1];
	const answer = await http('POST', link, { tls: true,
		body: new URLSearchParams({ csrf, password: PASSWORD,
			again: PASSWORD }).toString(),
		headers: { 'Content-Type': 'application/x-www-form-urlencoded',
			Origin: new URL(env.FLUX_TLS_URL).origin, Cookie: cookie } });

	assert.equal(answer.status, 303, answer.body);
	return { email, cookie: await login(email, PASSWORD),
		id: await number(email) };
}

before(async () => {
	p = await Plant.make('Users');
	await p.device('N1');
	await ctl('asset', p.name, 'HALL', 'PUMP', 'Pump house', 'x');
	anna = await person('admin');
});

test('who is made by the operator holds what the role comes to here', async () => {
	const { email } = await person('platform');

	assert.equal(await sql('super', `SELECT ctx.can_names(can), wide = can
		FROM ctx.login WHERE email = '${index_of(email)}'`),
	'{audit:read,quota:read}|t');
});

describe('an invitation', () => {
	test('shows a link that sets a password, once', async () => {
		const { email, answer, link } = await invite();

		assert.equal(answer.status, 200, answer.body);
		assert.match(answer.headers['cache-control'], /no-store/);
		assert.match(await card(await number(email)), /invited/);
		const guest = await arrive(email, link);

		assert.equal((await http('GET', link, { tls: true })).status, 404);
		assert.equal((await page(guest.cookie, '/')).status, 200);
		assert.match(await card(guest.id), /active.*viewer/s);
	});

	test('is in no table and no log', async () => {
		const { link } = await invite();
		const secret = link.split('/')[2];

		assert.equal(await sql('super', `SELECT count(*) FROM ctx.ticket
			WHERE encode(ticket_hash, 'hex') = '${secret}'`), '0');
		assert.equal(await sql('super', `SELECT count(*) FROM flux.audit
			WHERE body LIKE '%${secret}%' OR body LIKE '%users.example%'`),
			'0');
	});

	test('can be made anew while nobody has come, and the old link is void',
		async () => {
			const { email, link } = await invite();
			const again = await send(anna.cookie, '/admin/invitations',
				{ user: await number(email) });
			const fresh = again.body.match(/\/invite\/[0-9a-f]{64}/)[0];

			assert.notEqual(fresh, link);
			assert.equal((await http('GET', link, { tls: true })).status, 404);
			const guest = await arrive(email, fresh);
			const late = await send(anna.cookie, '/admin/invitations',
				{ user: guest.id });

			assert.equal(late.status, 409);
			assert.doesNotMatch(late.body, /\/(invite|reset)\//);
		});

	test('for oneself is none, and says where to go', async () => {
		const answer = await send(anna.cookie, '/admin/invitations',
			{ user: anna.id });

		assert.equal(answer.status, 409);
		assert.match(answer.body, /on the page of your account/);
	});

	test('names the field that is wrong, and keeps the others', async () => {
		for (const [fields, said] of [
			[{ email: '' }, /role="alert"[^>]*>.*E-mail: give an address/s],
			[{ email: 'no-at' }, /E-mail: give an address/],
			[{ email: 'a b@c' }, /E-mail: give an address/],
			[{ email: anna.email }, /E-mail: this person is a member/],
			[{ name: '' }, /Name: give a name/],
			[{ role: '' }, /Role: choose one/],
			[{ place: 'NOWHERE' }, /Place: there is no place/]]) {
			const { answer } = await invite({ name: 'Kept "name"', ...fields });

			assert.equal(answer.status, 422, answer.body);
			assert.match(answer.body, said);
			if (!('name' in fields))
				assert.match(answer.body, /value="Kept &quot;name&quot;"/);
		}
	});

	test('has no role that there is not', async () => {
		const other = await sql('super', `SELECT role_id FROM flux.role
			WHERE tenant_id <> ${p.id} AND name = 'viewer' LIMIT 1`);

		for (const id of [other, '0', '99999999'])
			assert.ok([400, 422].includes(
				(await invite({ role: id })).answer.status), id);
	});

	test('to a place shows that place only', async () => {
		const { email, link } = await invite({ place: 'PUMP' });
		const guest = await arrive(email, link);

		assert.match(await card(guest.id), /viewer at Pump house/);
		assert.doesNotMatch((await page(guest.cookie, '/')).body, /N1/);
	});
});

describe('what one may do', () => {
	const doors = async (who) => [...(await page(who.cookie, '/admin')).body
		.matchAll(/<li><a href="([^"]+)"/g)].map(([, href]) => href);

	test('is what the pages offer', async () => {
		const viewer = await person('viewer');
		const operator = await person('operator');

		assert.deepEqual(await doors(viewer),
			['/admin/devices', '/admin/waiting', '/admin/profiles', '/setup',
				'/admin/rollouts', '/commands']);
		assert.deepEqual(await doors(operator),
			['/admin/devices', '/admin/waiting', '/admin/profiles',
				'/admin/letters', '/setup', '/admin/rollouts', '/commands',
				'/admin/imports', '/admin/quota']);
		assert.ok((await doors(anna)).includes('/admin/simulation'));
		assert.ok((await doors(anna)).includes('/admin/users'));
		assert.ok(!(await doors(anna)).includes('/platform'));
		const menu = async (who) => /<a href="\/admin"/.test(
			(await page(who.cookie, '/')).body);

		assert.deepEqual([await menu(anna), await menu(viewer)],
			[true, false]);
	});

	test('and what the routes allow', async () => {
		const viewer = await person('viewer');

		for (const url of ['/admin/users', '/admin/roles'])
			assert.equal((await page(viewer.cookie, url)).status, 403, url);
		for (const url of ['/admin/invitations', '/admin/roles',
			`/admin/users/${viewer.id}/roles`,
			`/admin/users/${anna.id}/suspend`, '/admin/roles/1'])
			assert.equal((await send(viewer.cookie, url, {}, '/')).status, 403,
				url);
	});

	test('below an asset is not to manage people', async () => {
		const nils = await person('viewer');

		await ctl('role', p.name, 'give', nils.email, 'admin', 'PUMP');
		assert.equal((await page(nils.cookie, '/admin/users')).status, 403);
		assert.doesNotMatch((await page(nils.cookie, '/')).body,
			/<a href="\/admin"/);
	});

	test('asks for the password again after ten minutes', async () => {
		const boss = await person('admin');

		await sql('super', `UPDATE ctx.session SET fresh_till = now()
			WHERE tenant_id = ${p.id} AND user_id = ${boss.id}`);
		const answer = await send(boss.cookie,
			`/admin/users/${anna.id}/suspend`);

		assert.equal(answer.status, 303);
		assert.match(answer.headers.location, /^\/confirm\?next=/);
		assert.equal((await page(anna.cookie, '/')).status, 200);
	});
});

describe('a person', () => {
	test('holds the roles that are ticked and the one that is added',
		async () => {
			const who = await person('viewer');
			const url = `/admin/users/${who.id}/roles`;
			const [viewer, technician, pump] = [await role('viewer'),
				await role('technician'), await asset('PUMP')];

			assert.equal((await send(anna.cookie, url, [
				['grant', `${viewer}.0`], ['role', technician],
				['place', 'PUMP']])).status, 303);
			assert.match(await card(who.id),
				new RegExp(`value="${technician}.${pump}" checked`));
			assert.match(await card(who.id),
				new RegExp(`value="${viewer}.0" checked`));
			await send(anna.cookie, url, { grant: `${technician}.${pump}` });
			assert.doesNotMatch(await card(who.id), /class="tag">viewer/);
			await send(anna.cookie, url);
			assert.match(await card(who.id), /No roles/);
			assert.equal((await page(who.cookie, '/')).status, 403);
		});

	test('who is suspended is out at the next click, and may come back',
		async () => {
			const who = await person('viewer');

			assert.equal((await page(who.cookie, '/')).status, 200);
			assert.equal((await send(anna.cookie,
				`/admin/users/${who.id}/suspend`)).status, 303);
			assert.equal((await page(who.cookie, '/')).status, 303);
			await assert.rejects(login(who.email, PASSWORD), /401/);
			assert.match(await card(who.id), /suspended/);
			await send(anna.cookie, `/admin/users/${who.id}/resume`);
			assert.equal((await page(who.cookie, '/')).status, 303);
			assert.equal((await page(await login(who.email, PASSWORD),
				'/')).status, 200);
		});

	test('is signed out everywhere', async () => {
		const who = await person('viewer');

		await send(anna.cookie, `/admin/users/${who.id}/sessions`);
		assert.equal((await page(who.cookie, '/')).status, 303);
	});

	test('who is removed is gone, and his address is free', async () => {
		const who = await person('viewer');

		assert.equal((await send(anna.cookie,
			`/admin/users/${who.id}/remove`)).status, 303);
		assert.equal((await page(who.cookie, '/')).status, 303);
		assert.equal(await card(who.id), '');
		assert.equal((await invite({ email: who.email })).answer.status, 200);
	});

	test('who is the last administrator stays', async () => {
		await sql('super', `UPDATE ctx.login SET suspended_at = now()
			WHERE tenant_id = ${p.id} AND user_id <> ${anna.id}`);
		const answer = await send(anna.cookie, `/admin/users/${anna.id}/roles`);

		assert.equal(answer.status, 409);
		assert.match(answer.body, /last administrator/);
		assert.equal((await page(anna.cookie, '/admin/users')).status, 200);
	});

	test('of another tenant is none', async () => {
		const other = await Plant.make('Others');

		await ctl('user', other.name, `o-${other.id}@users.example`, 'Other',
			'viewer', { input: PASSWORD });
		const id = await sql('super', `SELECT user_id FROM flux.member
			WHERE tenant_id = ${other.id}`);

		for (const act of ['roles', 'suspend', 'resume', 'sessions', 'factor',
			'remove'])
			assert.equal((await send(anna.cookie,
				`/admin/users/${id}/${act}`)).status, 404, act);
		assert.equal((await send(anna.cookie, '/admin/invitations',
			{ user: id })).status, 404);
		assert.ok(await login(`o-${other.id}@users.example`, PASSWORD));
	});

	test('is found by a part of the name', async () => {
		const answer = await page(anna.cookie,
			`/admin/users?find=${anna.email.slice(1, -4).toUpperCase()}`);

		assert.match(answer.body, new RegExp(`id="user-${anna.id}"`));
		assert.equal(answer.body.match(/id="user-/g).length, 1);
		assert.match((await page(anna.cookie, '/admin/users?find=%22%3E%3Cb%3E'))
			.body, /Nobody is called so/);
	});
});

describe('a role of one\'s own', () => {
	const make = (fields) => send(anna.cookie, '/admin/roles', fields,
		'/admin/roles');

	test('holds what is ticked, and what changes counts at once', async () => {
		assert.equal((await make([['name', 'Night shift'],
			['may', 'telemetry:read'], ['may', 'users:read']])).status, 303);
		const who = await person('viewer'), id = await role('Night shift');

		await send(anna.cookie, `/admin/users/${who.id}/roles`, { role: id });
		assert.equal((await page(who.cookie, '/admin/users')).status, 200);
		await send(anna.cookie, `/admin/roles/${id}`,
			{ name: 'Night watch', may: 'telemetry:read' }, '/admin/roles');
		assert.equal((await page(who.cookie, '/admin/users')).status, 403);
		assert.equal((await page(who.cookie, '/')).status, 200);
		assert.equal((await send(anna.cookie, `/admin/roles/${id}/drop`, {},
			'/admin/roles')).status, 409);
		await send(anna.cookie, `/admin/users/${who.id}/roles`);
		assert.equal((await send(anna.cookie, `/admin/roles/${id}/drop`, {},
			'/admin/roles')).status, 303);
		assert.doesNotMatch((await page(anna.cookie, '/admin/roles')).body,
			/Night watch/);
	});

	test('has a name of its own', async () => {
		await make({ name: 'Twice', may: 'work:read' });
		for (const name of ['Twice', 'viewer', '']) {
			const answer = await make({ name, may: 'work:read' });

			assert.equal(answer.status, 422);
			assert.match(answer.body, /role="alert"[^>]*>.*Name: /s);
			assert.match(answer.body, /value="work:read" checked/);
		}
	});

	test('and the bundles stay', async () => {
		const id = await role('viewer');

		assert.equal((await send(anna.cookie, `/admin/roles/${id}`,
			{ name: 'viewer2', may: 'work:read' }, '/admin/roles')).status, 409);
		assert.equal((await send(anna.cookie, `/admin/roles/${id}/drop`, {},
			'/admin/roles')).status, 409);
	});

	test('holds nothing that its maker has not', async () => {
		await make([['name', 'Clerk'], ['may', 'users:read'],
			['may', 'users:write'], ['may', 'roles:write']]);
		const clerk = await person('viewer');

		await send(anna.cookie, `/admin/users/${clerk.id}/roles`,
			{ role: await role('Clerk') });
		const said = (await page(clerk.cookie, '/admin/roles')).body;

		assert.doesNotMatch(said, /value="keys:write"/);
		assert.match(said, /value="users:write"/);
		assert.equal((await send(clerk.cookie, '/admin/roles',
			{ name: 'Mine', may: 'keys:write' }, '/admin/roles')).status, 403);
		assert.equal((await send(clerk.cookie,
			`/admin/users/${anna.id}/suspend`)).status, 403);
		assert.equal((await send(clerk.cookie,
			`/admin/users/${clerk.id}/roles`,
			{ role: await role('admin') })).status, 403);
	});
});
