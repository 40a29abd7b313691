// E-mail addresses: nowhere in clear, shown to who may see them, found whole or
// in part, through every change of keys; gone when the tenant's keys are.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { index_of } from '../lib/address.mjs';
import { ctl, flux_var, sql } from '../lib/flux.mjs';
import { Person } from '../lib/person.mjs';
import { Plant } from '../lib/plant.mjs';

let plant, anna, bert;

const kept = (person) => sql('super', `SELECT l.email = m.email, l.email,
	length(l.sealed_address) FROM ctx.login l JOIN flux.member m
	USING (tenant_id, user_id) WHERE l.tenant_id = ${plant.id}
	AND l.email = '${person.index}'`);
const shows = async (who, page, person) =>
	(await who.get(page)).body.includes(person.email);

// Signs in, and sees the own address and another's.
async function holds() {
	for (const who of [anna, bert]) {
		const visitor = who.elsewhere();

		assert.equal((await visitor.login()).status, 303);
		assert.ok(await shows(visitor, '/account', who));
	}
	assert.ok(await shows(anna, '/admin/users', bert));
}

before(async () => {
	plant = await Plant.make('Address');
	anna = await Person.make(plant.name, 'admin');
	bert = await Person.make(plant.name);
	await anna.login();
});

describe('an address', () => {
	test('is kept as an index and sealed, and shown', async () => {
		assert.equal(await kept(bert),
			`t|${bert.index}|${bert.email.length + 33}`);
		await holds();
		assert.ok(await shows(anna, '/confirm', anna));
	});

	test('is the same in whatever letters', async () => {
		assert.equal((await bert.elsewhere().login(
			{ email: bert.email.toUpperCase() })).status, 303);
	});

	test('is found whole, by a part, and not by what it has not', async () => {
		const found = async (part) => [...(await anna.get(
			`/admin/users?find=${encodeURIComponent(part)}`)).body
			.matchAll(/[^ <>]+@people\.example/g)].map((m) => m[0]);

		assert.deepEqual(await found(bert.email.toUpperCase()), [bert.email]);
		assert.deepEqual(await found(bert.email.slice(2, -4)), [bert.email]);
		assert.equal((await found('@people')).length, 2);
		assert.equal((await found('pat per')).length, 2);
		assert.deepEqual(await found(bert.index), []);
	});

	test('that is none makes nobody', async () => {
		for (const address of ['x', 'a b@c', 'a@b@c'])
			for (const make of [['user', plant.name, address, 'X', 'viewer'],
				['invite', plant.name, address, 'X', 'viewer']])
				await assert.rejects(ctl(...make,
					{ input: 'four words are enough' }), /address is needed/);
	});

	test('moved to somebody else is not shown', async () => {
		const swap = `UPDATE ctx.login l SET sealed_address = o.sealed_address
			FROM ctx.login o WHERE l.tenant_id = ${plant.id}
			AND o.tenant_id = l.tenant_id AND o.user_id <> l.user_id`;

		await sql('super', swap);
		try {
			const answer = await anna.get('/account');

			assert.equal(answer.status, 500);
			assert.ok(!answer.body.includes(bert.email));
		} finally {
			await sql('super', swap);
		}
		await holds();
	});
});

test('an address in clear, of an instance from before, is sealed', async () => {
	await sql('super', `UPDATE ctx.login SET email = '${bert.email}',
		sealed_address = NULL WHERE email = '${bert.index}';
		UPDATE flux.member SET email = '${bert.email}'
		WHERE email = '${bert.index}'`);
	assert.match(await ctl('seal'), /^1 addresses sealed$/m);
	assert.equal(await kept(bert),
		`t|${bert.index}|${bert.email.length + 33}`);
	await holds();
	assert.doesNotMatch(await ctl('seal'), /addresses/);
	assert.equal(await sql('super', `SELECT detail FROM flux.audit
		WHERE tenant_id = ${plant.id} AND act = 'address.seal'`),
	'{"people": 1}');
});

describe('people sign in and are seen', () => {
	const file = path.join(flux_var, 'secret/index.key');

	test('after a new key of the tenant', async () => {
		await ctl('rekey', 'tenant', plant.name);
		await holds();
	});

	test('after a new master key', async () => {
		const before = bert.index;

		await ctl('rekey', 'master');
		await holds();
		await ctl('rekey', 'forget');
		await holds();
		assert.equal(bert.index, before);
	});

	test('after a new key of the index, and the old one finds nobody',
		async () => {
			const before = bert.index, key = readFileSync(file, 'utf8');

			assert.match(await ctl('rekey', 'index'), /^\d+ people/);
			assert.notEqual(readFileSync(file, 'utf8'), key);
			assert.equal(statSync(file).mode & 0o777, 0o600);
			assert.notEqual(bert.index, before);
			await holds();
			assert.equal(await sql('super', `SELECT count(*) FROM ctx.login
				WHERE email = '${before}'`), '0');
		});

	test('and nothing changes when an address does not open', async () => {
		const key = readFileSync(file, 'utf8');
		const flip = `UPDATE ctx.login SET sealed_address =
			set_byte(sealed_address, 30, 255 - get_byte(sealed_address, 30))
			WHERE email = '${bert.index}'`;

		await sql('super', flip);
		await assert.rejects(ctl('rekey', 'index'), /does not open/);
		assert.equal(readFileSync(file, 'utf8'), key);
		await sql('super', flip);
		await holds();
	});
});

test('after shredding people sign in, and no address opens', async () => {
	const gone = await Plant.make('Gone');
	const person = await Person.make(gone.name, 'admin');
	const guest = `g${randomBytes(5).toString('hex')}@people.example`;
	const link = new URL(await ctl('invite', gone.name, guest, 'Gus', 'viewer'))
		.pathname;

	assert.ok(await shows(new Person(), link, { email: guest }));
	await ctl('shred', gone.name, '--yes');
	await person.login();
	for (const page of ['/account', '/admin/users', '/confirm', link]) {
		const answer = await person.get(page);

		assert.equal(answer.status, 200, page);
		assert.ok(!answer.body.includes('@people.example'), page);
	}
	await assert.rejects(ctl('invite', gone.name, 'x@people.example', 'X',
		'viewer'), /destroyed/);
});

test('no row of the gate or of a tenant holds an address', async () => {
	assert.equal(await sql('super', `SELECT
		(SELECT count(*) FROM ctx.login WHERE email !~ '^[0-9a-f]{32}$'),
		(SELECT count(*) FROM flux.member WHERE email !~ '^[0-9a-f]{32}$')`),
	'0|0');
	assert.equal(await sql('super', `SELECT count(*) FROM ctx.login
		WHERE email = '${index_of('manager@demo.example')}'`), '1');
});
