// Keys that seal: replaced without a loss, and destroyed for good.
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { ctl, flux_var, sql, waitFor } from '../lib/flux.mjs';
import * as seal from '../lib/seal.mjs';

const file = path.join(flux_var, 'secret/master.key');
const masters = () => seal.masters(readFileSync(file, 'utf8'));
const bytes = (hex) => Buffer.from(hex, 'hex');
const USERS = 250; // more than are sealed anew in one go

async function tenant(name) {
	await ctl('tenant', name);
	return Number(await sql('super',
		`SELECT tenant_id FROM ctx.tenant_home WHERE name = '${name}'`));
}

// The tenant's keys by their number; a destroyed one is null.
async function keys(t) {
	const rows = await sql('super', `SELECT key_id, encode(wrapped, 'hex')
	    FROM ctx.data_key WHERE tenant_id = ${t} ORDER BY key_id`);

	return new Map(rows.split('\n').filter(Boolean).map((row) => {
		const [id, hex] = row.split('|');

		return [Number(id), hex ? bytes(hex) : null];
	}));
}

const place = (t, user) => seal.value_place(t, `factor|${t}|${user}`);

async function keep(t, secrets) {
	const [[id, wrapped]] = [...await keys(t)].slice(-1);
	const key = seal.unwrap(masters(), t, id, wrapped);
	const rows = secrets.map((secret, i) => `(${t}, ${i + 1},
	    '\\x${seal.put(key, id, place(t, i + 1), secret).toString('hex')}')`);

	// Of people who are not there.
	await sql('super', `SET session_replication_role = replica;
	    INSERT INTO ctx.factor (tenant_id, user_id, sealed)
	    VALUES ${rows.join()}`);
}

async function kept(t) {
	const rows = await sql('super', `SELECT user_id, encode(sealed, 'hex')
	    FROM ctx.factor WHERE tenant_id = ${t} ORDER BY user_id`);

	return rows.split('\n').map((row) => row.split('|'))
		.map(([user, hex]) => ({ user: Number(user), sealed: bytes(hex) }));
}

const secrets = (t) =>
	Array.from({ length: USERS }, (_, i) => `secret ${i + 1} of ${t}`);

async function opened(t) {
	const all = await keys(t), master = masters();

	return (await kept(t)).map(({ user, sealed }) => {
		const id = seal.number(sealed);

		return seal.get(seal.unwrap(master, t, id, all.get(id)),
			place(t, user), sealed).toString();
	});
}

let one, other;

before(async () => {
	await sql('super', `SET ROLE fl_ctx;
	    CREATE TABLE IF NOT EXISTS ctx.factor (tenant_id int,
	        user_id bigint, sealed bytea NOT NULL)`);
	one = await tenant('Sealed works');
	other = await tenant('Sealed neighbours');
	for (const [name, t] of [['Sealed works', one],
		['Sealed neighbours', other]]) {
		assert.match(await ctl('seal', name), /^key 1 of /);
		await keep(t, secrets(t));
	}
});

describe('a tenant\'s key', () => {
	test('is made once', async () => {
		const before = await keys(one);

		await ctl('seal', 'Sealed works');
		assert.deepEqual(await keys(one), before);
		assert.equal(before.size, 1);
	});

	test('is another than its neighbour\'s', async () => {
		const [a, b] = await Promise.all([one, other].map(async (t) =>
			seal.unwrap(masters(), t, 1, (await keys(t)).get(1))));

		assert.notDeepEqual(a, b);
	});

	test('opens nothing in another tenant\'s rows', async () => {
		const [mine] = await kept(one);
		const key = seal.unwrap(masters(), other, 1,
			(await keys(other)).get(1));

		assert.throws(() => seal.get(key, place(other, 1), mine.sealed));
	});
});

describe('replacing a tenant\'s key', () => {
	let old, before;

	test('loses nothing', async () => {
		old = seal.unwrap(masters(), one, 1, (await keys(one)).get(1));
		before = await kept(one);
		assert.equal(await ctl('rekey', 'tenant', 'Sealed works'),
			`key 2 of Sealed works, ${USERS} values sealed anew`);
		assert.deepEqual(await opened(one), secrets(one));
		assert.ok((await kept(one)).every((v) => seal.number(v.sealed) === 2));
	});

	test('destroys the old one, which opens nothing any more', async () => {
		assert.equal((await keys(one)).get(1), null);
		for (const { user, sealed } of (await kept(one)).slice(0, 3))
			assert.throws(() => seal.get(old, place(one, user), sealed));
		assert.equal(seal.get(old, place(one, 1), before[0].sealed).toString(),
			secrets(one)[0], 'the test can tell');
	});

	test('leaves the neighbour alone', async () => {
		assert.equal((await keys(other)).size, 1);
		assert.deepEqual(await opened(other), secrets(other));
	});

	test('stands in the audit', async () => {
		assert.equal(await sql('super', `SELECT act || ' ' || object
		    FROM flux.audit WHERE tenant_id = ${one}
		     AND act LIKE 'datakey.%' ORDER BY seq`),
		'datakey.make datakey:2\ndatakey.destroy datakey:1');
	});

	test('stops at a value that does not open, and changes nothing', async () => {
		await sql('super', `UPDATE ctx.factor SET sealed = set_byte(sealed, 30,
		    255 - get_byte(sealed, 30)) WHERE tenant_id = ${other}
		      AND user_id = 200`);
		const [keys_before, kept_before] = [await keys(other),
			await kept(other)];

		await assert.rejects(ctl('rekey', 'tenant', 'Sealed neighbours'),
			/does not open/);
		assert.deepEqual(await keys(other), keys_before);
		assert.deepEqual(await kept(other), kept_before);
		await sql('super', `UPDATE ctx.factor SET sealed = set_byte(sealed, 30,
		    255 - get_byte(sealed, 30)) WHERE tenant_id = ${other}
		      AND user_id = 200`);
	});

	test('waits for who is sealing under the old one', async () => {
		const t = other, all = await keys(t);
		const key = seal.unwrap(masters(), t, 1, all.get(1));
		const late = seal.put(key, 1, place(t, 999), 'late');
		const writer = sql('super', `SET application_name = 'sealing'; BEGIN;
		    SELECT FROM ctx.begin_admin(${t});
		    SELECT FROM ctx.data_keys();
		    SELECT FROM pg_sleep(3);
		    SET LOCAL session_replication_role = replica;
		    INSERT INTO ctx.factor (tenant_id, user_id, sealed)
		    VALUES (${t}, 999, '\\x${late.toString('hex')}');
		    COMMIT`);

		await waitFor(() => sql('super', `SELECT 1 FROM pg_stat_activity
			WHERE application_name = 'sealing' AND wait_event = 'PgSleep'`));
		await ctl('rekey', 'tenant', 'Sealed neighbours');
		await writer;
		assert.deepEqual(await opened(t), [...secrets(t), 'late']);
	});
});

describe('replacing the master key', () => {
	let old;

	test('wraps every key anew, and the old one still opens meanwhile',
		async () => {
			old = masters();
			assert.match(await ctl('rekey', 'master'), /keys wrapped anew/);
			assert.equal(masters().length, 2);
			assert.equal(masters()[1].mark, old[0].mark);
			assert.equal(statSync(file).mode & 0o777, 0o600);
			assert.deepEqual(await opened(one), secrets(one));
			assert.match(await ctl('seal'), /^\d+ keys, all open$/);
		});

	test('forgets the old one, which opens nothing any more', async () => {
		await ctl('rekey', 'forget');
		assert.equal(masters().length, 1);
		assert.deepEqual(await opened(one), secrets(one));
		assert.match(await ctl('seal'), /^\d+ keys, all open$/);
		for (const t of [one, other]) {
			const wrapped = (await keys(t)).get(2);

			assert.throws(() => seal.unwrap(old, t, 2, wrapped), /not here/);
		}
	});
});

describe('after shredding', () => {
	test('is asked for twice', async () => {
		await assert.rejects(ctl('shred', 'Sealed works'), /--yes/);
		assert.deepEqual(await opened(one), secrets(one));
	});

	test('nothing opens', async () => {
		await ctl('shred', 'Sealed works', '--yes');
		assert.ok([...(await keys(one)).values()].every((k) => k === null));
		await assert.rejects(ctl('rekey', 'tenant', 'Sealed works'),
			/destroyed/);
	});

	test('no new key comes by accident', async () => {
		await assert.rejects(ctl('seal', 'Sealed works'), /destroyed/);
		assert.ok([...(await keys(one)).values()].every((k) => k === null));
	});

	test('the neighbour reads on', async () => {
		assert.deepEqual((await opened(other)).slice(0, USERS), secrets(other));
	});

	test('it stands in the audit', async () => {
		assert.equal(await sql('super', `SELECT object FROM flux.audit
		    WHERE tenant_id = ${one} AND act = 'datakey.shred'`),
		`tenant:${one}`);
	});
});

test('every sealed column is known to who replaces keys', async () => {
	// A try of a sign-in lives for minutes; request keys have their own file.
	assert.equal(await sql('super', `
	    SELECT c.oid::regclass || '.' || attname
	      FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid
	     WHERE relnamespace IN ('ctx'::regnamespace, 'flux'::regnamespace)
	       AND relkind = 'r' AND attname LIKE '%sealed%' AND attnum > 0
	       AND c.oid <> coalesce(to_regclass('ctx.oidc_try'), 0)
	       AND atttypid = 'bytea'::regtype
	       AND (relname, attname) NOT IN (SELECT relation, bytes
	           FROM ctx.sealed_place())`), '');
});
