// The second factor: setting it up, codes, recovery codes.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { ctl, sql } from '../lib/flux.mjs';
import { codeOf, Person, said, statusOf } from '../lib/person.mjs';
import { Plant } from '../lib/plant.mjs';

let plant;

before(async () => {
	plant = await Plant.make('Factor');
});

// Somebody with a factor, and another browser that has shown the password.
async function ready() {
	const person = await Person.make(plant.name);

	await person.login();
	const factor = await person.factor();
	const visitor = person.elsewhere();

	assert.deepEqual(statusOf(await visitor.login({ next: '/account' })),
		[303, '/login/code?next=/account']);
	return { person, visitor, ...factor };
}

const show = (visitor, fields) => visitor.post('/login/code',
	{ next: '/account', ...fields });

// Who has waited for the throttle.
const patience = (person) => sql('super', `DELETE FROM ctx.throttle
	WHERE address_hash = sha256('${person.index}')`);

describe('a code', () => {
	test('lets in who has shown the password, and changes the cookie', async () => {
		const { visitor, secret } = await ready();
		const waiting = visitor.cookie;

		assert.ok(!await visitor.isIn());
		assert.equal((await visitor.get('/')).status, 303);
		assert.deepEqual(statusOf(await show(visitor, { code: codeOf(secret) })),
			[303, '/account']);
		assert.notEqual(visitor.cookie, waiting);
		assert.ok(await visitor.isIn());
		visitor.cookie = waiting;
		assert.ok(!await visitor.isIn());
		assert.equal((await visitor.get('/login/code')).headers.location, '/login');
	});

	test('works once', async () => {
		const { visitor, secret } = await ready();
		const code = codeOf(secret), again = visitor.elsewhere();

		assert.equal((await show(visitor, { code })).status, 303);
		await again.login();
		assert.equal((await show(again, { code })).status, 401);
		assert.equal((await show(again, { code: codeOf(secret, -1) })).status, 401);
		assert.equal((await show(again, { code: codeOf(secret, 1) })).status, 303);
	});

	test('of the last step still works', async () => {
		const { visitor, secret } = await ready();

		await sql('super', `UPDATE ctx.factor SET last_step = 0
			WHERE tenant_id = ${plant.id}`);
		assert.equal((await show(visitor, { code: codeOf(secret, -2) })).status, 401);
		const halfMinute = () => Math.floor(Date.now() / 30000);
		let step, answer;

		// It is the last step's until the half minute is over.
		do {
			step = halfMinute();
			answer = await show(visitor, { code: codeOf(secret, -1) });
		} while (answer.status !== 303 && step !== halfMinute());
		assert.equal(answer.status, 303);
	});

	test('that is wrong makes the right one wait, and the password too', async () => {
		const { person, visitor, secret } = await ready();
		const wrong = String((Number(codeOf(secret)) + 7) % 1000000).padStart(6, '0');

		for (let i = 0; i < 3; i++)
			assert.equal((await show(visitor, { code: wrong })).status, 401);
		// A second, which a busy machine may take for the next try.
		assert.equal(await sql('super', `UPDATE ctx.throttle
			SET wait_till = wait_till + interval '1 min'
			WHERE address_hash = sha256('${person.index}')
			RETURNING wait_till > last_at + interval '60.9 s'`), 't');
		assert.equal((await show(visitor, { code: codeOf(secret, 1) })).status, 401);
		assert.equal((await person.elsewhere().login()).status, 401);
		await patience(person);
		assert.equal((await show(visitor, { code: codeOf(secret, 1) })).status, 303);
	});

	test('comes too late after ten minutes', async () => {
		const { visitor, secret } = await ready();

		await visitor.change('expires_at = now()');
		const answer = await visitor.get('/login/code');

		assert.deepEqual(statusOf(answer), [303, '/login']);
		assert.equal((await visitor.post('/login/code', { code: codeOf(secret) },
			{ page: '/login' })).headers.location, '/login');
		assert.ok(!await visitor.isIn());
	});
});

describe('a recovery code', () => {
	test('works once, in whatever letters it is typed', async () => {
		const { person, visitor, codes } = await ready();
		const again = visitor.elsewhere();

		assert.equal(codes.length, 10);
		assert.equal((await show(visitor, { recovery:
			codes[3].toLowerCase().replaceAll(' ', '-') })).status, 303);
		await again.login();
		assert.equal((await show(again, { recovery: codes[3] })).status, 401);
		assert.equal((await show(again, { recovery: codes[4] })).status, 303);
		assert.match((await person.get('/account')).body, /left: <b>8<\/b>/);
	});

	test('of another person is none', async () => {
		const { visitor } = await ready();
		const { codes } = await ready();

		assert.equal((await show(visitor, { recovery: codes[0] })).status, 401);
	});

	test('is void as soon as there are new ones', async () => {
		const { person, visitor, codes } = await ready();
		const answer = await person.post('/account/codes', {}, { page: '/account' });
		const fresh = answer.body.match(/<li><code>([A-Z2-7 ]+)</)[1];

		assert.equal(answer.status, 200);
		assert.equal((await show(visitor, { recovery: codes[0] })).status, 401);
		assert.equal((await show(visitor, { recovery: fresh })).status, 303);
	});
});

describe('setting it up', () => {
	test('shows the secret as text and square, and asks for a code of it', async () => {
		const person = await Person.make(plant.name);

		await person.login();
		await person.post('/account/factor', {}, { page: '/account' });
		const page = await person.get('/account');

		assert.match(page.body, /otpauth:\/\/totp\/Fluxline:/);
		assert.match(page.body, /<svg class="qr" viewBox="0 0 \d+ \d+"[^>]*><path d="M[\dMhvz -]+"/);
		const wrong = await person.post('/account/factor/confirm',
			{ code: '12345' }, { page: '/account' });

		assert.equal(wrong.status, 422);
		assert.match(said(wrong), /^code: /);
		// What was not confirmed asks nobody for codes.
		assert.equal((await person.elsewhere().login()).headers.location, '/');
	});

	test('keeps neither secret nor codes in clear', async () => {
		const { secret, codes } = await ready();
		const rows = await sql('super', `SELECT f.*, r.* FROM ctx.factor f
			JOIN ctx.recovery r USING (tenant_id, user_id)
			WHERE tenant_id = ${plant.id}`);
		const hex = (text) => Buffer.from(text.replaceAll(' ', '')).toString('hex');

		assert.ok(rows.length > 100);
		for (const text of [secret, ...codes])
			assert.ok(!rows.includes(hex(text)) && !rows.includes(text));
	});

	test('does not replace a factor that is in force', async () => {
		const { person } = await ready();
		const answer = await person.post('/account/factor', {}, { page: '/account' });

		assert.equal(answer.status, 422);
		assert.match(said(answer), /already/);
	});

	test('and removing it ask who it is', async () => {
		const { person } = await ready();

		await person.stale();
		for (const what of ['factor', 'factor/remove', 'codes'])
			assert.deepEqual(statusOf(await person.post(`/account/${what}`, {},
				{ page: '/account' })), [303, '/confirm?next=/account']);
	});

	test('is undone by its person, and by the operator', async () => {
		for (const remove of [
			({ person }) => person.post('/account/factor/remove', {}, { page: '/account' }),
			({ person }) => ctl('session', plant.name, 'unfactor', person.email)]) {
			const it = await ready();

			await remove(it);
			assert.deepEqual(statusOf(await it.person.elsewhere().login()), [303, '/']);
		}
	});
});
