// What a tenant asks of who signs in: how long a password is, and who must
// have a second factor before anything opens.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { Desk } from '../lib/desk.mjs';
import { ctl, http, sql } from '../lib/flux.mjs';
import { Person, codeOf, said, statusOf } from '../lib/person.mjs';
import { Plant } from '../lib/plant.mjs';

const SHORT = 'nine quiet turb'; // 15
const LONG = 'nine quiet turbines';
let plant, desk;

before(async () => {
	plant = await Plant.make('Policy');
	desk = await Desk.of(plant);
});

const ask = (least, factor) => desk.post('/admin/settings/signin',
	{ least, factor }, '/admin/settings');
// As the page would set it; the desk's own session stays as it is.
const must = (factor, tenant = plant.id) => sql('super', `BEGIN;
	UPDATE ctx.tenant_home SET factor_for = '${factor}'
	 WHERE tenant_id = ${tenant};
	SELECT ctx.factor_judge(${tenant}, NULL); COMMIT`);
const pathOf = (link) => new URL(link).pathname;

describe('the settings', () => {
	test('are saved, shown, and written down', async () => {
		assert.equal((await ask('16', 'nobody')).status, 303);
		const page = await desk.get('/admin/settings');

		assert.match(page.body, /name="least"[^>]*value="16"/);
		assert.match(page.body, /<option value="nobody" selected>/);
		assert.equal(await sql('super', `SELECT act || ' ' || detail::text
			FROM flux.audit WHERE tenant_id = ${plant.id}
			ORDER BY seq DESC LIMIT 1`), 'settings.signin ' +
			'{"factor_for": "nobody", "password_min": 16}');
	});

	for (const [least, factor] of [['11', 'nobody'], ['65', 'nobody'],
		['x', 'nobody'], ['', 'nobody'], ['16', 'x'], ['16', '']])
		test(`refuse ${least || 'nothing'}, ${factor || 'nothing'}`, async () => {
			assert.equal((await ask(least, factor)).status, 400);
			assert.equal(await sql('super', `SELECT password_min || factor_for
				FROM ctx.tenant_home WHERE tenant_id = ${plant.id}`), '16nobody');
		});

	test('ask first who it is, and are no viewer\'s', async () => {
		const viewer = await Desk.of(plant, 'viewer');

		assert.equal((await viewer.post('/admin/settings/signin',
			{ least: '12', factor: 'nobody' }, '/')).status, 403);
		await sql('super', `UPDATE ctx.session SET fresh_till = '-infinity'
			WHERE tenant_id = ${plant.id}`);
		const answer = await ask('12', 'nobody');

		await desk.confirmed();
		assert.match(answer.headers.location, /^\/confirm\?next=/);
	});
});

describe('the length of a password counts', () => {
	test('for who is invited, and for who has forgotten it', async () => {
		const email = `i${plant.id}@people.example`;
		const invite = () => ctl('invite', plant.name, email, 'Ina', 'viewer');
		const reset = () => ctl('reset', plant.name, email);

		for (const make of [invite, reset]) {
			const link = pathOf(await make());
			const person = new Person(plant.name, email, LONG);

			assert.match((await person.get(link)).body, /minlength="16"/);
			const answer = await person.post(link,
				{ password: SHORT, again: SHORT });

			assert.equal(answer.status, 422);
			assert.match(said(answer), /at least 16 characters/);
			assert.equal((await person.post(link,
				{ password: LONG, again: LONG })).status, 303);
		}
	});

	test('for who changes it, and for fluxctl', async () => {
		const person = await Person.make(plant.name);

		await person.login();
		assert.match((await person.get('/account')).body, /minlength="16"/);
		const answer = await person.post('/account/password', { old:
			person.password, password: SHORT, again: SHORT },
		{ page: '/account' });

		assert.equal(answer.status, 422);
		assert.match(said(answer), /at least 16 characters/);
		await assert.rejects(ctl('user', plant.name, 'x@people.example', 'X Y',
			'viewer', { input: SHORT }), /at least 16 characters/);
	});
});

describe('who must have a second factor and has none', () => {
	test('is led to set it up, and nothing opens before', async () => {
		await must('everybody');
		const person = await Person.make(plant.name, 'admin');

		assert.deepEqual(statusOf(await person.login({ next: '/admin' })),
			[303, '/login/factor?next=/admin']);
		for (const path of ['/', '/account', '/admin', '/admin/users', '/confirm'])
			assert.match((await person.get(path)).headers.location, /^\/login\?/);
		// Nor does the database open, whatever a program would do.
		const token = person.cookie.split('=')[1];

		for (const role of ['fl_page', 'fl_desk', 'fl_api'])
			await assert.rejects(sql(role, `SELECT
				ctx.begin_session(decode('${token}', 'hex'))`), /session invalid/);
		assert.equal((await http('POST', '/api/v1/auth/token', { body:
			{ email: person.email, password: person.password } })).status, 401);

		const waiting = person.cookie;
		const first = await person.get('/login?next=/admin');

		assert.deepEqual(statusOf(first), [303, '/login/factor?next=/admin']);
		const page = await person.get(first.headers.location);

		assert.match(page.body, /Set it up/);
		assert.doesNotMatch(page.body, /id="secret"/);
		await person.post('/login/factor', { next: '/admin' });
		const secret = (await person.get('/login/factor'))
			.body.match(/id="secret">([A-Z2-7 ]+)</)[1];
		const wrong = await person.post('/login/factor',
			{ next: '/admin', code: '12345' });

		assert.equal(wrong.status, 422);
		assert.match(said(wrong), /^code: /);
		assert.ok(!await person.isIn());
		// A half minute later another code would be shown.
		const code = codeOf(secret);
		const codes = await person.post('/login/factor',
			{ next: '/admin', code });

		assert.equal(codes.status, 200, said(codes));
		assert.equal(codes.body.match(/<li><code>/g).length, 10);
		assert.match(codes.body, /href="\/admin"/);
		assert.notEqual(person.cookie, waiting);
		assert.equal((await person.get('/admin')).status, 200);
		person.cookie = waiting;
		assert.ok(!await person.isIn());
		// The next time it is a code, and the one that was shown is spent.
		const again = person.elsewhere();

		assert.match((await again.login()).headers.location, /^\/login\/code/);
		assert.equal((await again.post('/login/code', { code })).status, 401);
	});

	test('may sign in as somebody else', async () => {
		const person = await Person.make(plant.name);

		await person.login();
		assert.deepEqual(statusOf(await person.post('/logout', {},
			{ page: '/login/factor' })), [303, '/login']);
		assert.equal((await person.get('/login')).status, 200);
	});

	test('is asked at the next request, wherever he is signed in', async () => {
		await must('nobody');
		const person = await Person.make(plant.name, 'admin');
		const other = person.elsewhere();
		const viewer = await Person.make(plant.name);

		for (const p of [person, other, viewer])
			await p.login();
		const tokens = (await http('POST', '/api/v1/auth/token', { body:
			{ email: person.email, password: person.password } })).json();
		const api = () => http('GET', '/api/v1/devices', { headers:
			{ Authorization: `Bearer ${tokens.accessToken}` } });

		assert.equal((await api()).status, 200);
		await must('admins');
		assert.ok(await viewer.isIn());
		assert.ok(!await person.isIn());
		assert.equal((await api()).status, 401);
		assert.deepEqual(statusOf(await person.get('/login')),
			[303, '/login/factor?next=/']);
		// Who is made an administrator is asked as well.
		await ctl('role', plant.name, 'give', viewer.email, 'admin');
		assert.ok(!await viewer.isIn());
		await ctl('role', plant.name, 'take', viewer.email, 'admin');
		assert.ok(await viewer.isIn());
		// Of two that wait, the one that did not set it up ends.
		await person.post('/login/factor');
		const secret = (await person.get('/login/factor'))
			.body.match(/id="secret">([A-Z2-7 ]+)</)[1];

		await person.post('/login/factor', { code: codeOf(secret) });
		assert.ok(await person.isIn());
		assert.equal((await other.get('/login/factor')).headers.location,
			'/login');
		// And whoever removes it sets it up anew.
		await person.post('/account/factor/remove', {}, { page: '/account' });
		assert.deepEqual(statusOf(await person.get('/login')),
			[303, '/login/factor?next=/']);
		await must('nobody');
		assert.ok(await person.isIn());
	});

	test('has no other tenant that asks for him', async () => {
		const other = await Plant.make('Policy2');
		const person = await Person.make(other.name, 'admin');

		await must('everybody');
		assert.deepEqual(statusOf(await person.login()), [303, '/']);
		assert.ok(await person.isIn());
		await must('nobody');
	});
});
