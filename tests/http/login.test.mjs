// Signing in and out, and what a form must bring; where a visitor is sent.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { ctl, env, http, login } from '../lib/flux.mjs';
import { Plant } from '../lib/plant.mjs';

const PASSWORD = 'correct horse battery';
const origin = new URL(env.FLUX_URL).origin;
let email;

before(async () => {
	const plant = await Plant.make('Login');

	email = `login-${plant.id}@login.example`;
	await ctl('user', plant.name, email, 'Lou', 'viewer', { input: PASSWORD });
});

const cookie_of = (answer) => (answer.headers['set-cookie'] ?? [])
	.map((line) => line.split(';')[0]).join('; ');

// A visitor's form: its cookie and token.
async function form() {
	const answer = await http('GET', '/login');

	return { cookie: cookie_of(answer),
		csrf: answer.body.match(/name="csrf" value="([0-9a-f]{64})"/)[1] };
}

function send(url, cookie, fields, headers = {}) {
	return http('POST', url, { body: new URLSearchParams(fields).toString(),
		headers: { 'Content-Type': 'application/x-www-form-urlencoded',
			Cookie: cookie, ...headers } });
}

async function sign_in(more = {}, headers = {}) {
	const { cookie, csrf } = await form();

	return send('/login', cookie, { email, password: PASSWORD, csrf, ...more },
		headers);
}

describe('a visitor', () => {
	test('is sent to sign in, and told where he was going', async () => {
		const answer = await http('GET', '/devices/N1');

		assert.equal(answer.status, 303);
		assert.equal(answer.headers.location, '/login?next=/devices/N1');
	});

	test('gets a page that begins with what it is', async () => {
		assert.match((await http('GET', '/login')).body, /^<!DOCTYPE html>\n/);
	});

	test('cannot write a header with his path', async () => {
		const answer = await http('GET',
			'/devices/x%0d%0aSet-Cookie:%20evil=1%0d%0aX-Evil:%201');

		assert.equal(answer.headers['x-evil'], undefined);
		assert.equal(answer.headers['set-cookie'], undefined);
		assert.equal(answer.status, 303);
		assert.equal(answer.headers.location,
			'/login?next=/devices/x%0D%0ASet-Cookie%3A%20evil%3D1%0D%0AX-Evil%3A%201');
	});

	test('fetching by script is told 401 and not sent elsewhere', async () => {
		const answer = await http('GET', '/live?since=0',
			{ headers: { 'Sec-Fetch-Dest': 'empty' } });

		assert.equal(answer.status, 401);
		assert.equal(answer.headers.location, undefined);
	});
});

describe('signing in', () => {
	test('gives a new cookie that scripts and plain HTTP never see', async () => {
		const { cookie, csrf } = await form();
		const answer = await send('/login', cookie,
			{ email, password: PASSWORD, csrf });
		const [line] = answer.headers['set-cookie'];

		assert.equal(answer.status, 303);
		assert.match(line, /^__Host-fl=[0-9a-f]{64}; Path=\/; Secure; HttpOnly; SameSite=Lax$/);
		assert.notEqual(line.split(';')[0], cookie);
		assert.equal((await http('GET', '/',
			{ headers: { Cookie: cookie_of(answer) } })).status, 200);
	});

	test('goes on where the visitor was going, on this site only', async () => {
		for (const [next, where] of [['/devices/N1', '/devices/N1'],
			['//evil.example/', '/'], ['https://evil.example/', '/'],
			['/\\evil.example', '/'], ['/x\r\nX-Evil: 1', '/'],
			['/x\ty', '/'], ['/x\x7fy', '/'], ['/\x01/x', '/']]) {
			const answer = await sign_in({ next });

			assert.equal(answer.headers.location, where);
			assert.equal(answer.headers['x-evil'], undefined);
		}
	});

	test('with a wrong password or an unknown address is refused alike', async () => {
		const wrong = await sign_in({ password: 'incorrect horse' });
		const nobody = await sign_in({ email: 'nobody@login.example' });
		const said = (answer) => answer.body.match(/role="alert"[^>]*>(.*?)<\/p>/)[1];

		assert.equal(wrong.status, 401);
		assert.equal(nobody.status, 401);
		assert.equal(said(wrong), said(nobody));
		assert.equal(wrong.headers['set-cookie'], undefined);
	});

	test('without, or with another visitor\'s, form token is refused', async () => {
		const { csrf } = await form();

		for (const token of ['', '0'.repeat(64), csrf])
			assert.equal((await sign_in({ csrf: token })).status, 403);
	});

	test('from another site is refused', async () => {
		for (const headers of [{ Origin: 'https://evil.example' },
			{ Origin: 'null' }, { 'Sec-Fetch-Site': 'cross-site' }])
			assert.equal((await sign_in({}, headers)).status, 403);
		assert.equal((await sign_in({}, { Origin: origin,
			'Sec-Fetch-Site': 'same-origin' })).status, 303);
	});
});

describe('signing out', () => {
	test('ends the session for every copy of its cookie', async () => {
		const cookie = await login(email, PASSWORD);
		const page = await http('GET', '/', { headers: { Cookie: cookie } });
		const csrf = page.body.match(/name="csrf" value="([0-9a-f]{64})"/)[1];
		const answer = await send('/logout', cookie, { csrf });

		assert.equal(answer.status, 303);
		assert.match(answer.headers['set-cookie'][0], /Max-Age=0/);
		assert.equal((await http('GET', '/',
			{ headers: { Cookie: cookie } })).status, 303);
	});
});
