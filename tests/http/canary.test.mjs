// Secrets that were used, and then looked for where they must not be: in logs,
// in a dump of the database, in core files.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash, createPrivateKey, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync,
	statSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { auth } from '../lib/authority.mjs';
import { submit } from '../lib/enrol.mjs';
import { ctl, env, flux_var, http, login, run, sql, waitFor }
	from '../lib/flux.mjs';
import { codeOf, Person } from '../lib/person.mjs';
import { Plant, post } from '../lib/plant.mjs';
import { raw } from '../lib/raw.mjs';
import * as seal from '../lib/seal.mjs';

const home = realpathSync(flux_var);
const random = () => randomBytes(24).toString('hex');
const secret = (name) =>
	readFileSync(path.join(home, 'secret', name), 'utf8').trim();

// name -> text or bytes.
const canaries = new Map();
let dump;

// The forms in which it might turn up.
function forms(canary) {
	const bytes = Buffer.from(canary);
	const hex = bytes.toString('hex');

	return [bytes, hex, hex.toUpperCase(),
		bytes.toString('base64').replace(/=+$/, '').slice(0, -1),
		bytes.toString('base64url').replace(/=+$/, '').slice(0, -1)];
}

// All secrets with a form of theirs in there: one look at each place, and a
// closer one where four bytes may begin a form.
function found(there) {
	const bytes = Buffer.isBuffer(there) ? there : Buffer.from(there);
	const maybe = new Uint8Array(1 << 20), begins = new Map();
	const mark = (four) => Math.imul(four, 0x9e3779b1) >>> 12;
	const names = new Set();

	for (const [name, canary] of canaries)
		for (const form of forms(canary).map((text) => Buffer.from(text))) {
			const four = form.readInt32BE(0);

			maybe[mark(four)] = 1;
			begins.set(four, [...begins.get(four) ?? [], { name, form }]);
		}
	for (let i = 0, four = 0; i < bytes.length; i++) {
		four = four << 8 | bytes[i];
		if (maybe[mark(four)] === 1)
			for (const { name, form } of begins.get(four) ?? [])
				if (bytes.subarray(i - 3, i - 3 + form.length).equals(form))
					names.add(name);
	}
	return [...canaries.keys()].filter((name) => names.has(name));
}

function files(folder) {
	return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
		const whole = path.join(folder, entry.name);

		return entry.isDirectory() ? files(whole)
			: entry.isFile() ? [whole] : [];
	});
}

function dumped() {
	return new Promise((resolve, reject) => {
		execFile('pg_dump', ['-h', run, '-p', '5432', '-U', 'super', 'flux'],
			{ maxBuffer: 1 << 30, env: { ...process.env,
				PGPASSFILE: path.join(home, 'secret/super.pgpass') } },
			(error, out) => error ? reject(error) : resolve(out));
	});
}

const cookie_value = (cookie) => cookie.match(/session=([^;]+)/)?.[1] ?? cookie;

async function use_people() {
	const password = `pass ${random()}`, wrong = `pass ${random()}`;
	const user = `canary.${random()}@example.org`;

	await ctl('user', 'Demo Water', user, 'A canary', 'viewer',
		{ input: `${password}\n` });
	const cookie = await login(user, password);

	await assert.rejects(login(user, wrong), /: 401$/);
	const page = await http('GET', '/', { tls: true,
		headers: { Cookie: cookie } });

	assert.equal(page.status, 200, 'the canary is signed in');
	canaries.set('a password', password);
	canaries.set('a wrong password', wrong);
	canaries.set('a session', cookie_value(cookie));
	const csrf = page.body.match(/name="csrf"[^>]*value="([^"]+)"/)?.[1];
	if (csrf)
		canaries.set('a form\'s token', csrf);
}

// Somebody from the invitation to the last token, and all the ways in which an
// address is given, rightly or wrongly.
async function use_person(plant) {
	const address = `canary.${random()}@example.org`;
	const stranger = `stranger.${random()}@example.org`;
	const person = new Person(plant.name, address, `pass ${random()}`);
	const by_link = async (link) => {
		const url = new URL(link).pathname;
		const set = { password: person.password, again: person.password };

		assert.equal((await person.post(url, { ...set, again: 'x' })).status, 422);
		assert.equal((await person.post(url, set)).status, 303);
		return url.split('/')[2];
	};

	canaries.set('an address', address);
	canaries.set('an address that nobody has', stranger);
	canaries.set('an address\'s name', address.split('@')[0]);
	canaries.set('an invitation in use', await by_link(await ctl('invite',
		plant.name, address, 'A canary', 'admin')));
	canaries.set('a reset in use', await by_link(await ctl('reset', plant.name,
		address)));
	canaries.set('a password by a link', person.password);
	assert.equal((await person.login()).status, 303);
	for (const fields of [{ password: 'wrong' }, { email: stranger }])
		assert.equal((await person.elsewhere().login(fields)).status, 401);
	await person.get(`/admin/users?find=${address}`);
	assert.equal((await person.post('/admin/invitations', { email: address,
		name: 'x', role: '1' }, { page: '/admin/users' })).status, 422);
	await assert.rejects(ctl('invite', plant.name, address, 'x', 'viewer'));
	await assert.rejects(ctl('reset', plant.name, stranger));
	await use_factor(person);
	await use_tokens(person);
	return person;
}

async function use_factor(person) {
	const { secret } = await person.factor(), text = secret.replaceAll(' ', '');
	const bits = [...text].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
		.indexOf(c).toString(2).padStart(5, '0')).join('');

	canaries.set('a factor\'s secret', text);
	canaries.set('its bytes', Buffer.from(bits.match(/.{8}/g)
		.map((byte) => parseInt(byte, 2))).subarray(0, 20));
	person.secret = secret;
}

// From password and code to what was revoked.
async function use_tokens(person) {
	const { email, password } = person;
	const shown = (name, got) => {
		const payload = got.accessToken.split('.')[1];

		canaries.set(`${name}: access token`, payload);
		canaries.set(`${name}: its bytes`, Buffer.from(JSON.parse(
			Buffer.from(payload, 'base64url')).sid, 'base64url'));
		canaries.set(`${name}: refresh token`, got.refreshToken.slice(4));
		canaries.set(`${name}: refresh token's bytes`,
			Buffer.from(got.refreshToken.slice(4), 'base64url'));
		return got;
	};
	const reads = (token) => http('GET', '/api/v1/devices',
		{ headers: { Authorization: `Bearer ${token}` } });

	const wrong = await auth('token', { email, password: 'wrong' });
	const answer = await auth('token', { email, password,
		code: codeOf(person.secret) });

	assert.deepEqual([wrong.status, answer.status], [401, 200], answer.body);
	const first = shown('first', answer.json());

	assert.equal((await reads(first.accessToken)).status, 200);
	const again = await auth('refresh', { refreshToken: first.refreshToken });

	assert.equal(again.status, 200, again.body);
	const next = shown('next', again.json());

	await auth('refresh', { refreshToken: first.refreshToken });
	assert.equal((await reads(next.accessToken)).status, 401, 'reuse ends it');
	canaries.set('a session with a factor', cookie_value(person.cookie));
}

// A label, opened by its code, and the key that the device gets for it.
async function use_label(plant, person) {
	await plant.device('LABEL');
	const shown = await submit(person.cookie, '/admin/devices/LABEL/label',
		{ kind: 'label' });
	const code = shown.body.match(/<p class="code"><code>([0-9A-Z-]{39})</)[1];
	const plain = code.replaceAll('-', '');

	canaries.set('a label in use', plain);
	canaries.set('as it is printed', code);
	assert.equal((await submit(person.cookie, `/claim/${plain}`,
		{ name: 'Pump', site: 'HALL', asset: '' })).status, 303);
	const got = await auth('claim', { claim: plain });

	assert.equal(got.status, 201, got.body);
	const key = got.body.match(/flx_\w+/)[0];

	canaries.set('a device\'s key', key.match(/_([0-9a-f]{64})_/)[1]);
	assert.equal((await post(key, { readings: [{ device: 'LABEL',
		ts: Date.now(), values: { flow_rate: 1 } }] })).status, 202);
}

async function use_keys() {
	const key = env.FLUX_KEY;
	const wrong = key.replace(/_[0-9a-f]{64}_/, `_${random()}${random()
		.slice(0, 16)}_`);
	const body = { readings: [{ device: 'CANARY', ts: 'x', values: {} }] };

	for (const headers of [{ Authorization: `Bearer ${key}` },
		{ 'X-API-Key': key }, { Authorization: `Bearer ${wrong}` },
		{ 'X-API-Key': wrong }, { Authorization: `Token ${wrong}` },
		{ Authorization: `Basic ${Buffer.from(`x:${wrong}`)
			.toString('base64')}` }])
		for (const url of ['/api/v1/ingest', '/api/ingest'])
			await http('POST', url, { headers, body });
	canaries.set('an API key', key.match(/_([0-9a-f]{64})_/)[1]);
	canaries.set('a wrong API key', wrong.match(/_([0-9a-f]{64})_/)[1]);
}

// Whatever an address carries that opens something.
async function use_addresses() {
	const places = {
		'an invitation': '/invite/', 'a reset': '/reset/',
		'a label': '/claim/', 'a code of a provider': '/oidc/1/callback?code=',
		'a place to go': '/login?next=/claim/',
	};

	for (const [name, url] of Object.entries(places)) {
		const ticket = random();

		for (const tls of [false, true])
			await http('GET', url + ticket, { tls });
		for (let i = 0; i < 3; i++)
			await http('POST', url + ticket, { tls: true, body: '' });
		canaries.set(name, ticket);
	}
	for (const url of ['//invite/', '/%69nvite/', '/./reset/', '/x/../reset/',
		'/claim%2f']) {
		const ticket = random();

		await raw(`GET ${url}${ticket} HTTP/1.1\r\nHost: x\r\n` +
			'Connection: close\r\n\r\n');
		canaries.set(`${url}, which is the same`, ticket);
	}
	// nginx quotes the request when a program is away.
	for (const [program, url] of [['auth', '/reset/'], ['admin', '/claim/']]) {
		const socket = path.join(run, `${program}.sock`), ticket = random();

		renameSync(socket, `${socket}.away`);
		try {
			assert.equal((await http('GET', url + ticket)).status, 503);
		} finally {
			renameSync(`${socket}.away`, socket);
		}
		canaries.set(`${url} while ${program} is away`, ticket);
	}
}

// What came in a body that was no good: names and kinds may be told, no more.
async function use_bodies() {
	for (const url of ['challenge', 'device', 'refresh', 'revoke', 'token',
		'claim', 'enroll', 'renew']) {
		const token = random();

		await http('POST', `/api/v1/auth/${url}`, { body: {
			deviceId: 'd', certificate: token, signature: token,
			refresh_token: token, refreshToken: token, claim: token,
			email: 'x@example.org', password: token, code: token } });
		await http('POST', `/api/v1/auth/${url}`, {
			headers: { 'Content-Type': 'application/json' },
			body: `{"refresh_token": "${token}", ` });
		canaries.set(`a body of ${url}`, token);
	}
	const sid = `eyJ${random()}.${random()}.${random()}`;

	await http('GET', '/api/v1/devices',
		{ headers: { Authorization: `Bearer ${sid}` } });
	canaries.set('an access token', sid.split('.')[1]);
}

// What the installation itself keeps.
async function keep() {
	for (const name of ['master.key', 'request.key', 'index.key']) {
		canaries.set(name, secret(name));
		canaries.set(`${name}'s bytes`, Buffer.from(secret(name), 'hex'));
	}
	for (const name of readdirSync(path.join(home, 'secret')))
		if (name.endsWith('.pgpass'))
			canaries.set(name, secret(name).split(':')[4]);
	for (const kind of ['token', 'audit'])
		for (const name of readdirSync(path.join(home, 'secret', kind)))
			canaries.set(`${kind}/${name}`, Buffer.from(createPrivateKey(
				secret(path.join(kind, name))).export({ format: 'jwk' }).d,
			'base64url'));
	await ctl('seal', 'Demo Water');
	const [row] = (await sql('super', `SELECT tenant_id, key_id,
	    encode(wrapped, 'hex') FROM ctx.data_key WHERE wrapped IS NOT NULL`))
		.split('\n').map((line) => line.split('|'));

	canaries.set('a data key', seal.unwrap(seal.masters(secret('master.key')),
		row[0], row[1], Buffer.from(row[2], 'hex')));
}

before(async () => {
	const plant = await Plant.make('Canary');

	// One password at a time, so that none waits too long for its turn.
	await Promise.all([use_keys(), use_bodies(), keep(), (async () => {
		await use_people();
		await use_label(plant, await use_person(plant));
	})()]);
	await use_addresses();
	dump = await dumped();
});

test('every canary is a secret of its own', () => {
	assert.ok(canaries.size >= 45, `${canaries.size} canaries`);
	for (const [name, canary] of canaries)
		assert.ok(canary.length >= (typeof canary === 'string' ? 24 : 16), name);
});

test('the search finds what is there', () => {
	const name = 'a password';

	for (const form of forms(canaries.get(name)))
		assert.deepEqual(found(Buffer.concat([Buffer.from('x'),
			Buffer.from(form), Buffer.from('y')])), [name]);
	assert.ok(dump.includes(createHash('sha256').update(env.FLUX_KEY)
		.digest('hex')), 'the dump is of all, the keys\' hashes too');
});

test('0 canaries in the logs', () => {
	const logs = files(path.join(home, 'log'));

	assert.ok(logs.length >= 8, logs.join());
	for (const file of logs)
		assert.deepEqual(found(readFileSync(file)), [], file);
});

test('0 canaries in a dump of the database', () => {
	assert.deepEqual(found(dump), []);
});

test('0 canaries in files that others may read', () => {
	for (const file of files(home).filter((name) =>
		!name.startsWith(path.join(home, 'app/')) &&
		(statSync(name).mode & 0o004) !== 0 && !name.endsWith('demo.env')))
		assert.deepEqual(found(readFileSync(file)), [], file);
});

describe('a process that crashes', () => {
	const folder = mkdtempSync('/tmp/canary.');
	const text = (pid, name) => readFileSync(`/proc/${pid}/${name}`, 'utf8');
	const cores = () => [home, folder, '/tmp', '/var/crash', '/var/lib/systemd/coredump']
		.flatMap((where) => {
			try {
				return readdirSync(where).map((name) => path.join(where, name));
			} catch {
				return [];
			}
		}).filter((name) => /core/.test(path.basename(name)));

	after(() => rmSync(folder, { recursive: true }));

	// The children of a daemon, by its settings among the arguments.
	function children(conf) {
		const all = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid))
			.flatMap((pid) => {
				try {
					return text(pid, 'cmdline').includes(
						path.join(home, 'etc', `${conf}.conf`))
						? [{ pid: Number(pid), parent: Number(text(pid, 'stat')
							.replace(/^.*\) /s, '').split(' ')[1]) }] : [];
				} catch {
					return [];
				}
			});

		return all.filter((p) => all.some((q) => q.pid === p.parent))
			.map((p) => p.pid);
	}

	for (const conf of ['web', 'auth', 'ingest', 'worker']) {
		test(`leaves no core file: ${conf}`, async () => {
			const before = cores(), [victim] = children(conf);

			assert.ok(victim, `a child of ${conf}`);
			process.kill(victim, 'SIGSEGV');
			await waitFor(() => !children(conf).includes(victim));
			assert.deepEqual(cores(), before);
		});
	}
});
