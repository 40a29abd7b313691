// What each program is given: keys and roles go to whom they are for.
import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { flux_var, http } from '../lib/flux.mjs';

const file = (...parts) => path.join(realpathSync(flux_var), ...parts);
const settings = (program) => Object.fromEntries(
	readFileSync(file('etc', `${program}.conf`), 'utf8').split('\n')
		.filter(Boolean).map((line) => line.match(/^(\w+) = ?(.*)$/).slice(1)));

// Every file below a folder.
function files(folder) {
	return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
		entry.isDirectory() ? files(path.join(folder, entry.name))
			: [path.join(folder, entry.name)]);
}

describe('what is secret', () => {
	test('is readable by the daemons\' user alone', () => {
		const all = files(file('secret'));

		assert.ok(all.length >= 12, `${all.length} files`);
		for (const name of all)
			assert.equal(statSync(name).mode & 0o077, 0, name);
		assert.equal(statSync(file('secret')).mode & 0o777, 0o700);
	});

	test('is 32 bytes by chance', () => {
		const keys = ['master.key', 'request.key', 'index.key'].map((name) =>
			readFileSync(file('secret', name), 'utf8'));

		for (const key of keys)
			assert.match(key, /^[0-9a-f]{64}\n$/);
		assert.equal(new Set(keys).size, 3);
	});

	for (const name of ['token', 'audit']) {
		test(`signs ${name}s with P-256, and its public half is there`, () => {
			const kids = readdirSync(file('secret', name));

			assert.deepEqual(kids, readdirSync(file('etc', name)));
			assert.equal(kids.length, 1);
			assert.match(kids[0], /^[a-z0-9]{1,15}\.pem$/);
			const own = createPrivateKey(
				readFileSync(file('secret', name, kids[0])));
			const shown = readFileSync(file('etc', name, kids[0]), 'utf8');

			assert.equal(own.asymmetricKeyDetails.namedCurve, 'prime256v1');
			assert.match(shown, /^-----BEGIN PUBLIC KEY-----/);
			assert.ok(createPublicKey(own).equals(createPublicKey(shown)));
		});
	}
});

describe('a program', () => {
	test('that is not auth signs nobody in', () => {
		assert.match(settings('auth').auth_database, /user=fl_auth /);
		for (const program of ['web', 'admin', 'api', 'ingest'])
			assert.equal(settings(program).auth_database, undefined, program);
	});

	test('that is not auth signs no token', () => {
		assert.equal(settings('auth').token_keys, file('secret/token'));
		for (const program of ['api', 'ingest'])
			assert.equal(settings(program).token_keys, file('etc/token'));
		for (const program of ['web', 'admin'])
			assert.equal(settings(program).token_keys, undefined);
	});

	test('that serves pages or readings has no master key', () => {
		for (const program of ['web', 'api', 'ingest'])
			assert.equal(settings(program).master_key, undefined, program);
	});

	test('that judges no signed request has no key for them', () => {
		for (const program of ['web', 'auth', 'worker'])
			assert.equal(settings(program).request_key, undefined, program);
	});

	test('that works on passwords is nice to the others', () => {
		const nice = (pid) => Number(readFileSync(`/proc/${pid}/stat`, 'utf8')
			.replace(/^.*\) /s, '').split(' ')[16]);
		const mine = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid))
			.filter((pid) => {
				try {
					return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
						.includes(file('etc/auth.conf'));
				} catch {
					return false;
				}
			});

		assert.ok(mine.length >= 2, `${mine.length} processes`);
		for (const pid of mine)
			assert.ok(nice(pid) >= 10, `${pid}: ${nice(pid)}`);
	});
});

describe('an address', () => {
	for (const url of ['/account', '/confirm', '/admin', '/admin/keys',
		'/claim/x']) {
		test(`${url} asks a visitor to sign in`, async () => {
			const answer = await http('GET', url);

			assert.equal(answer.status, 303);
			assert.equal(answer.headers.location, `/login?next=${url}`);
		});
	}

	test('below /api/v1/auth answers with problems', async () => {
		const answer = await http('POST', '/api/v1/auth/none', { body: {} });

		assert.equal(answer.status, 404);
		assert.match(answer.headers['content-type'],
			/^application\/problem\+json/);
	});

	test('that only begins like one of theirs is a page\'s', async () => {
		for (const url of ['/loginx', '/administer', '/claims'])
			assert.equal((await http('GET', url)).status, 404);
	});
});
