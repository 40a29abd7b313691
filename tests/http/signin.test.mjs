// Who comes in and how: invitations, links, wrong tries, one address in two
// tenants, passwords that are taken.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { ctl, flux_var, sql, waitFor } from '../lib/flux.mjs';
import { Person, said, statusOf } from '../lib/person.mjs';
import { Plant } from '../lib/plant.mjs';

const GOOD = 'nine quiet turbines';
let plant;

before(async () => {
	plant = await Plant.make('Signin');
});

const pathOf = (link) => new URL(link).pathname;

// What has become of a person, in the words of the tenant's trail.
const trail = (person) => sql('super', `SELECT string_agg(
	concat_ws(' ', act, detail->>'by'), ', ' ORDER BY seq) FROM flux.audit
	WHERE tenant_id = ${plant.id} AND object = 'user:' || (SELECT user_id
	FROM ctx.login WHERE email = '${person.index}')`);

async function invited(role = 'viewer') {
	const email = `i${randomBytes(5).toString('hex')}@people.example`;
	const link = pathOf(await ctl('invite', plant.name, email, 'Ina Invited', role));

	return { link, person: new Person(plant.name, email, GOOD) };
}

const choose = (person, link, password = GOOD, again = password) =>
	person.post(link, { password, again });

describe('an invitation', () => {
	test('leads to a password, and the password in', async () => {
		const { link, person } = await invited();
		const page = await person.get(link);

		assert.equal(page.status, 200);
		assert.match(page.body, /Welcome, Ina Invited/);
		assert.ok(page.body.includes(plant.name));
		assert.deepEqual(statusOf(await choose(person, link)),
			[303, '/login?done=password']);
		assert.deepEqual(statusOf(await person.login()), [303, '/']);
		assert.ok(await person.isIn());
	});

	test('counts once', async () => {
		const { link, person } = await invited();

		await choose(person, link);
		assert.equal((await person.get(link)).status, 404);
		assert.equal((await person.get(link.replace('invite', 'reset'))).status, 404);
	});

	test('lets nobody in without it', async () => {
		const { person } = await invited();

		for (const password of ['', GOOD])
			assert.notEqual((await person.login({ password })).status, 303);
	});

	test('is no other kind of link', async () => {
		const { link, person } = await invited();

		assert.equal((await person.get(link.replace('invite', 'reset'))).status, 404);
		assert.equal((await person.get(link)).status, 200);
	});

	test('wrong, cut, spent or over is one answer', async () => {
		const { link, person } = await invited();
		const answers = [];

		for (const bad of ['/invite/x', link.slice(0, -2), `${link}00`,
			`/invite/${'0'.repeat(64)}`, link.toUpperCase().replace('INVITE', 'invite')])
			answers.push(await person.get(bad));
		await sql('super', `UPDATE ctx.ticket SET expires_at = now()
			WHERE tenant_id = ${plant.id}`);
		answers.push(await person.get(link));
		for (const answer of answers) {
			assert.equal(answer.status, 404);
			assert.equal(answer.body.match(/<h1>(.*)<\/h1>/)[1],
				answers[0].body.match(/<h1>(.*)<\/h1>/)[1]);
		}
	});
});

describe('a reset link', () => {
	test('works once and 15 minutes', async () => {
		const person = await Person.make(plant.name);
		const first = pathOf(await ctl('reset', plant.name, person.email));
		const minutes = await sql('super', `SELECT round(extract(epoch FROM
			expires_at - now()) / 60) FROM ctx.ticket t JOIN ctx.login USING (user_id)
			WHERE email = '${person.index}'`);

		assert.equal(minutes, '15');
		await sql('super', `UPDATE ctx.ticket SET expires_at = now()
			WHERE tenant_id = ${plant.id}`);
		assert.equal((await person.get(first)).status, 404);
		const second = pathOf(await ctl('reset', plant.name, person.email));

		assert.equal((await choose(person, second)).status, 303);
		assert.equal((await person.get(second)).status, 404);
		assert.equal((await person.login()).status, 401);
		assert.equal((await person.login({ password: GOOD })).status, 303);
	});

	test('ends every session', async () => {
		const person = await Person.make(plant.name);
		const other = person.elsewhere();

		await person.login();
		await other.login();
		assert.ok(await other.isIn());
		await choose(person.elsewhere(),
			pathOf(await ctl('reset', plant.name, person.email)));
		assert.ok(!await person.isIn());
		assert.ok(!await other.isIn());
	});

	test('is void as soon as there is a newer one', async () => {
		const person = await Person.make(plant.name);
		const old = pathOf(await ctl('reset', plant.name, person.email));

		await ctl('reset', plant.name, person.email);
		assert.equal((await person.get(old)).status, 404);
	});

	test('stands in no log, not even when its form is refused', async () => {
		const person = await Person.make(plant.name);
		const link = pathOf(await ctl('reset', plant.name, person.email));

		assert.equal((await choose(person, link, 'password1234')).status, 422);
		await person.get(`${link}0`);
		for (const file of ['access.log', 'auth.log', 'nginx.log']) {
			let text = '';

			try {
				text = readFileSync(path.join(flux_var, 'log', file), 'utf8');
			} catch { /* not every instance has each */ }
			assert.ok(!text.includes(link.split('/')[2].slice(0, 32)), file);
		}
	});
});

describe('a password', () => {
	test('is refused with a reason, and the link stays good', async () => {
		const { link, person } = await invited();

		for (const [password, again, reason] of [
			['short', 'short', /at least 12/],
			['password2026', 'password2026', /often used/],
			['aaaaaaaaaaaaaa', 'aaaaaaaaaaaaaa', /repeats/],
			['ina invited 1', 'ina invited 1', /your name/],
			[GOOD, `${GOOD}!`, /again: .*not the same/],
			['', '', /password: choose/]]) {
			const answer = await choose(person, link, password, again);

			assert.equal(answer.status, 422);
			assert.match(said(answer), reason);
			assert.ok(!password || !answer.body.includes(`value="${password}"`));
		}
		assert.equal((await choose(person, link)).status, 303);
	});

	test('is refused for these reasons by fluxctl as well', async () => {
		await assert.rejects(ctl('user', plant.name, 'x@people.example', 'X Y',
			'viewer', { input: 'password2026' }), /often used/);
	});
});

describe('a wrong try', () => {
	test('of an unknown address is answered and waits like a known one', async () => {
		const known = await Person.make(plant.name);
		const unknown = new Person(plant.name,
			`n${randomBytes(5).toString('hex')}@people.example`, known.password);
		const answers = [];

		for (const person of [known, unknown]) {
			for (let i = 0; i < 3; i++)
				answers.push(await person.login({ password: 'wrong' }));
			// The second that it has to wait is not slept through.
			await sql('super', `UPDATE ctx.throttle SET wait_till = wait_till +
				interval '1 min' WHERE address_hash = sha256('${person.index}')
				AND wait_till > now() - interval '1 min'`);
			answers.push(await person.login({ password: 'wrong' }));
		}
		assert.equal(new Set(answers.map((a) => `${a.status} ${said(a)}`)).size, 1);
		assert.match(said(answers[0]), /do not match/);
		assert.equal(await sql('super', `SELECT string_agg(failures::text, ' ')
			FROM ctx.throttle WHERE address_hash IN (
			sha256('${known.index}'), sha256('${unknown.index}'))`), '3 3');
		// The right password waits, too, and says the same.
		await sql('super', `UPDATE ctx.throttle SET wait_till = now() +
			interval '1 min' WHERE address_hash = sha256('${known.index}')`);
		const right = await known.login();

		assert.equal(right.status, 401);
		assert.equal(said(right), said(answers[0]));
		await sql('super', `UPDATE ctx.throttle SET wait_till = now()
			WHERE address_hash = sha256('${known.index}')`);
		assert.equal((await known.login()).status, 303);
	});

	test('is in the trail of the tenant that knows the address', async () => {
		const person = await Person.make(plant.name);

		await person.login({ password: 'wrong' });
		await waitFor(async () => await trail(person) === 'auth.refuse');
		await person.login();
		assert.equal(await trail(person), 'auth.refuse, session.open password');
	});
});

test('one address of two tenants chooses, when the password fits in both', async () => {
	const other = await Plant.make('Signin2');
	const person = await Person.make(plant.name);

	await ctl('user', other.name, person.email, 'Pat Person', 'viewer',
		{ input: person.password });
	const page = await person.login();

	assert.equal(page.status, 200);
	assert.ok(page.body.includes(plant.name) && page.body.includes(other.name));
	assert.ok(!await person.isIn());
	assert.equal((await person.login({ tenant: String(other.id) })).status, 303);
	assert.ok((await person.get('/account')).body.includes(other.name));
	assert.equal((await person.elsewhere().login({ tenant: '1' })).status, 401);
	assert.equal((await person.elsewhere().login({ tenant: 'x' })).status, 400);
});

test('who has forgotten the password is told whom to ask', async () => {
	const answer = await new Person().get('/forgot');

	assert.equal(answer.status, 200);
	assert.match(answer.body, /administrator/);
});
