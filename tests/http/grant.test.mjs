// A person's program shows a password, and a code, and gets tokens.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { auth } from '../lib/authority.mjs';
import { http, sql } from '../lib/flux.mjs';
import { codeOf, Person } from '../lib/person.mjs';
import { isProblem, Plant } from '../lib/plant.mjs';

let plant, other;

before(async () => {
	plant = await Plant.make('Grant');
	other = await Plant.make('Grant');
	await plant.device('P1');
	await other.device('P2');
});

const asks = ({ email, password }, more = {}) =>
	auth('token', { email, password, ...more });
const reads = (token, url = '/api/v1/devices') =>
	http('GET', url, { headers: { Authorization: `Bearer ${token}` } });
const refused = (answer) => isProblem(answer, 401, 'unauthenticated',
	/^This is not accepted\.$/);

async function opens(person, more) {
	const answer = await asks(person, more);

	assert.equal(answer.status, 200, answer.body);
	return answer.json();
}

describe('a password', () => {
	test('gets what a device gets, for its tenant', async () => {
		const person = await Person.make(plant.name);
		const got = await opens(person);
		const said = JSON.parse(Buffer.from(got.accessToken.split('.')[1],
			'base64url'));
		const answer = await reads(got.accessToken);

		assert.deepEqual(Object.keys(got),
			['accessToken', 'refreshToken', 'expiresIn', 'permissions']);
		assert.equal(got.expiresIn, 3600);
		assert.ok(got.permissions.includes('devices:read'));
		assert.ok(!got.permissions.includes('users:write'));
		assert.match(said.sub, /^user:\d+$/);
		assert.equal(answer.status, 200, answer.body);
		assert.deepEqual(answer.json().devices.map((d) => d.device), ['P1']);
	});

	test('leaves no session, and its tokens last as long as one', async () => {
		const person = await Person.make(plant.name);

		await opens(person);
		assert.equal(await sql('super', `SELECT count(*) FROM ctx.session
			JOIN ctx.login USING (user_id) WHERE email = '${person.index}'`), '0');
		assert.equal(await sql('super', `SELECT extract(epoch FROM
			f.expires_at - f.created_at) / 3600 > 11.9
			AND f.expires_at - f.created_at <= interval '12 h'
			FROM ctx.family f JOIN ctx.login USING (user_id)
			WHERE email = '${person.index}'`), 't');
	});

	test('that is wrong and an unknown address get the same', async () => {
		const person = await Person.make(plant.name);

		refused(await asks(person, { password: 'wrong horse' }));
		refused(await asks({ email: 'nobody@people.example', password: 'x' }));
	});

	test('that is half sent is told what is missing', async () => {
		const person = await Person.make(plant.name);
		const cases = [
			[{ email: undefined }, /^email: /],
			[{ password: undefined }, /^password: /],
			[{ tenant: 'x' }, /^tenant: /],
			[{ tenant: '' }, /^tenant: /],
			[{ remember: 'me' }, /^remember: /],
		];

		for (const [more, detail] of cases)
			isProblem(await asks(person, more), 400, 'bad_request', detail);
	});
});

describe('a second factor', () => {
	async function ready() {
		const person = await Person.make(plant.name);

		assert.equal((await person.login()).status, 303);
		return { person, ...await person.factor() };
	}

	test('is asked for, and a right code opens', async () => {
		const { person, secret } = await ready();
		const code = codeOf(secret);

		isProblem(await asks(person), 401, 'unauthenticated', /^code: /);
		const { accessToken } = await opens(person, { code });

		assert.equal((await reads(accessToken)).status, 200);
		refused(await asks(person, { code }));
	});

	test('that is wrong opens nothing', async () => {
		const { person } = await ready();

		refused(await asks(person, { code: '000000' }));
		refused(await asks(person, { code: 'x' }));
	});
});

describe('a person\'s token', () => {
	const ends = [
		['is over with a new password', (person) => `UPDATE ctx.login
			SET verifier = sha256('other') WHERE email = '${person.index}'`],
		['is over when the person is suspended', (person) => `UPDATE ctx.login
			SET suspended_at = now() WHERE email = '${person.index}'`],
		['is over when the person is gone', (person) => `DELETE FROM ctx.login
			WHERE email = '${person.index}'`],
	];

	for (const [title, change] of ends)
		test(title, async () => {
			const person = await Person.make(plant.name);
			const { accessToken, refreshToken } = await opens(person);

			assert.equal((await reads(accessToken)).status, 200);
			await sql('super', change(person));
			isProblem(await reads(accessToken), 401, 'unauthenticated');
			refused(await auth('refresh', { refreshToken }));
		});

	test('loses at once what the person loses', async () => {
		const person = await Person.make(plant.name);
		const { accessToken } = await opens(person);

		await sql('super', `UPDATE ctx.login SET can = 1, wide = 1
			WHERE email = '${person.index}'`);
		isProblem(await reads(accessToken), 403, 'forbidden');
	});

	test('turns, and shown again ends the family at once', async () => {
		const person = await Person.make(plant.name);
		const first = await opens(person);
		const turned = await auth('refresh',
			{ refreshToken: first.refreshToken });

		assert.equal(turned.status, 200, turned.body);
		refused(await auth('refresh', { refreshToken: first.refreshToken }));
		isProblem(await reads(turned.json().accessToken), 401,
			'unauthenticated');
	});
});
