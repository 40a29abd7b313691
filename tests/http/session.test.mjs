// Sessions: how long they last, where one is signed in, what asks again.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { auth } from '../lib/authority.mjs';
import { ctl, http, run, sql, waitFor } from '../lib/flux.mjs';
import { Person, said, statusOf } from '../lib/person.mjs';
import { Plant } from '../lib/plant.mjs';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0';
const FRESH = 'eleven slow barges';
const TURN_MS = 5000; // that a password waits for its turn
const TRIES = 5;
let plant;

before(async () => {
	plant = await Plant.make('Session');
});

async function signedIn(person) {
	person ??= await Person.make(plant.name);
	assert.equal((await person.login({}, { 'User-Agent': FIREFOX })).status, 303);
	return person;
}

describe('a session', () => {
	test('idle for 31 minutes is over, for 29 it is not', async () => {
		const person = await signedIn();

		await person.change('seen_at = now() - interval \'29 min\'');
		assert.ok(await person.isIn());
		await person.change('seen_at = now() - interval \'31 min\'');
		assert.ok(!await person.isIn());
	});

	test('that is used goes on', async () => {
		const person = await signedIn();

		await person.change('seen_at = now() - interval \'29 min\'');
		assert.ok(await person.isIn());
		assert.equal(await sql('super', `SELECT now() - seen_at < interval '1 min'
			FROM ctx.session s JOIN ctx.login USING (user_id)
			WHERE email = '${person.index}'`), 't');
	});

	test('lasts 12 hours; after them it is over though in use', async () => {
		const person = await signedIn();

		assert.equal(await sql('super', `SELECT s.expires_at - s.created_at, s.idle
			FROM ctx.session s JOIN ctx.login USING (user_id)
			WHERE email = '${person.index}'`), '12:00:00|00:30:00');
		await person.change('expires_at = now(), seen_at = now()');
		assert.ok(!await person.isIn());
	});

	test('of a technician lasts a week, and idle half a day', async () => {
		const person = await Person.make(plant.name);

		await sql('super', `UPDATE ctx.login SET can = ctx.bundle('technician')
			WHERE email = '${person.index}'`);
		await signedIn(person);
		assert.equal(await sql('super', `SELECT s.expires_at - s.created_at, s.idle
			FROM ctx.session s JOIN ctx.login USING (user_id)
			WHERE email = '${person.index}'`), '7 days|12:00:00');
	});

	test('is not that of the visitor before', async () => {
		const person = await Person.make(plant.name);

		await person.get('/login');
		const before_ = person.cookie;

		await person.login();
		assert.notEqual(person.cookie, before_);
		person.cookie = before_;
		assert.ok(!await person.isIn());
	});

	test('of who is suspended is over at the next request', async () => {
		const person = await signedIn();

		await sql('super', `UPDATE ctx.login SET suspended_at = now()
			WHERE email = '${person.index}'`);
		assert.ok(!await person.isIn());
		assert.equal((await person.elsewhere().login()).status, 401);
	});
});

describe('the list', () => {
	const ids = (page) => [...page.body.matchAll(/sessions\/(\d+)\/end/g)]
		.map((m) => m[1]);

	test('shows by what and since when, and ends one at its next request', async () => {
		const here = await signedIn();
		const there = here.elsewhere();

		await there.login({}, { 'User-Agent': 'curl/8' });
		const page = await here.get('/account');

		assert.match(page.body, /Firefox on Linux/);
		assert.match(page.body, /Another program/);
		assert.match(page.body, /<b>this one<\/b>/);
		assert.equal(ids(page).length, 1);
		assert.ok(await there.isIn());
		assert.equal((await here.post(`/account/sessions/${ids(page)[0]}/end`, {},
			{ page: '/account' })).status, 303);
		assert.ok(!await there.isIn());
		assert.ok(await here.isIn());
	});

	test('ends all others at once', async () => {
		const here = await signedIn();
		const others = [here.elsewhere(), here.elsewhere()];

		for (const other of others)
			await other.login();
		await here.post('/account/sessions/others/end', {}, { page: '/account' });
		for (const other of others)
			assert.ok(!await other.isIn());
		assert.ok(await here.isIn());
	});

	test('has nobody else\'s, and ends nobody else\'s', async () => {
		const here = await signedIn();
		const stranger = await signedIn();

		const id = await sql('super', `SELECT session_id FROM ctx.session
			JOIN ctx.login USING (user_id) WHERE email = '${stranger.index}'`);

		assert.deepEqual(ids(await here.get('/account')), []);
		for (const what of [id, '0', 'x', '99999999999999999999'])
			assert.equal((await here.post(`/account/sessions/${what}/end`, {},
				{ page: '/account' })).status, 404);
		assert.ok(await stranger.isIn());
	});

	test('is ended by the operator', async () => {
		const person = await signedIn();

		await ctl('session', plant.name, 'end', person.email);
		assert.ok(!await person.isIn());
	});
});

describe('a program that holds tokens', () => {
	const ids = (page) => [...page.body.matchAll(/programs\/(\d+)\/end/g)]
		.map((m) => m[1]);
	const end = (person, id) => person.post(`/account/programs/${id}/end`, {},
		{ page: '/account' });
	const reads = async ({ accessToken }) => (await http('GET',
		'/api/v1/devices', { headers:
			{ Authorization: `Bearer ${accessToken}` } })).status;

	async function opened({ email, password }) {
		const answer = await auth('token', { email, password });

		assert.equal(answer.status, 200, answer.body);
		return answer.json();
	}

	test('is listed, and ends alone', async () => {
		const here = await signedIn();
		const older = await opened(here), newer = await opened(here);
		const listed = ids(await here.get('/account'));

		assert.equal(listed.length, 2);
		assert.deepEqual(statusOf(await end(here, listed[0])),
			[303, '/account?done=ended']);
		assert.equal(await reads(newer), 401);
		assert.equal(await reads(older), 200);
		assert.deepEqual(ids(await here.get('/account')), [listed[1]]);
		assert.equal((await end(here, listed[0])).status, 404);
		assert.equal(await sql('super', `SELECT count(*) FROM flux.audit
			WHERE tenant_id = ${plant.id} AND act = 'token.end'
			  AND object = 'family:${listed[0]}'`), '1');
		await here.post('/account/sessions/others/end', {}, { page: '/account' });
		assert.equal(await reads(older), 401);
		assert.deepEqual(ids(await here.get('/account')), []);
	});

	test('is nobody else\'s', async () => {
		const here = await signedIn(), stranger = await signedIn();
		const tokens = await opened(stranger);
		const [id] = ids(await stranger.get('/account'));

		assert.deepEqual(ids(await here.get('/account')), []);
		for (const what of [id, '0', 'x', '99999999999999999999'])
			assert.equal((await end(here, what)).status, 404);
		assert.equal(await reads(tokens), 200);
	});
});

// Somebody else has both turns of scrypt until the returned function is called.
async function busy() {
	const held = [0, 1].map((i) => spawn('flock',
		[path.join(run, `password.${i}`), 'sh', '-c', 'echo; cat'],
		{ stdio: ['pipe', 'pipe', 'inherit'] }));

	await Promise.all(held.map((child) => once(child.stdout, 'data')));
	return () => held.forEach((child) => child.stdin.end());
}

describe('no transaction is open while a password waits for its turn', () => {
	const forms = {
		'/confirm': (p) => [{ password: p.password, next: '/account' },
			'/confirm'],
		'/account/password': (p) => [{ old: p.password, password: FRESH,
			again: FRESH }, '/account'],
	};

	for (const [url, fill] of Object.entries(forms))
		test(url, async () => {
			let answer, asked, tries = 0;

			// Held up for longer than a password waits, it is refused: again.
			do {
				tries++;
				const person = await signedIn();
				const [fields, page] = fill(person);
				const since = await sql('super', 'SELECT clock_timestamp()');
				const free = await busy();

				asked = performance.now();
				try {
					answer = person.post(url, fields, { page });
					await waitFor(() => sql('super', `SELECT 1
						FROM pg_stat_activity WHERE usename = 'fl_auth'
						 AND state = 'idle' AND state_change > '${since}'`));
					assert.equal(await sql('super', `SELECT count(*)
						FROM pg_stat_activity WHERE usename = 'fl_desk'
						 AND xact_start IS NOT NULL`), '0');
				} finally {
					free();
					answer = await answer;
				}
			} while (tries < TRIES && answer.status === 503 &&
				performance.now() - asked > TURN_MS);
			assert.equal(answer.status, 303);
		});
});

describe('a dangerous act', () => {
	const change = (person, fields = {}) => person.post('/account/password',
		{ old: person.password, password: FRESH, again: FRESH, ...fields },
		{ page: '/account' });

	test('asks again when the password was shown long ago', async () => {
		const person = await signedIn();

		await person.stale();
		assert.deepEqual(statusOf(await change(person)),
			[303, '/confirm?next=/account']);
		assert.equal((await person.elsewhere().login()).status, 303);
	});

	test('is allowed after the right password, under another cookie', async () => {
		const person = await signedIn();

		await person.stale();
		const wrong = await person.post('/confirm', { password: 'wrong' });

		assert.equal(wrong.status, 401);
		assert.match(said(wrong), /not your password/);
		const old = person.cookie;

		assert.deepEqual(statusOf(await person.post('/confirm',
			{ password: person.password, next: '/account' })), [303, '/account']);
		assert.notEqual(person.cookie, old);
		assert.equal((await change(person)).status, 303);
		person.cookie = old;
		assert.ok(!await person.isIn());
	});

	test('goes on inside this site only', async () => {
		const person = await signedIn();

		assert.equal((await person.post('/confirm', { password: person.password,
			next: '//evil.example' })).headers.location, '/');
	});

	test('a new password needs the old one, and ends all else', async () => {
		const person = await signedIn();
		const other = person.elsewhere();

		await other.login();
		for (const [fields, reason] of [
			[{ old: 'wrong' }, /^old: /],
			[{ old: '' }, /^old: /],
			[{ password: 'short', again: 'short' }, /at least 12/],
			[{ again: 'another one of them' }, /^again: /]]) {
			const answer = await change(person, fields);

			assert.equal(answer.status, 422);
			assert.match(said(answer), reason);
		}
		assert.deepEqual(statusOf(await change(person)),
			[303, '/account?done=password']);
		assert.ok(await person.isIn());
		assert.ok(!await other.isIn());
		assert.equal((await other.login()).status, 401);
		assert.equal((await other.login({ password: FRESH })).status, 303);
	});
});
