// A label lets one device in, once, after a person has opened it; a maker's
// certificate lets in a device that is expected.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import crypto from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { auth, Authority, origin } from '../lib/authority.mjs';
import { by_tls, page, request_for, submit, text_of } from '../lib/enrol.mjs';
import { ctl, flux_var, http, login, sql } from '../lib/flux.mjs';
import { INGEST, isProblem, Plant, post } from '../lib/plant.mjs';

const run = promisify(execFile);
const PASSWORD = 'correct horse battery';
const NOT_OPEN = /may not enrol/;
let plant, stranger, maker, boss, viewer, outsider;

const reading = (device) => ({ readings: [{ device,
	ts: new Date().toISOString(), values: { flow_rate: 118.4 } }] });

async function person(of, role) {
	const email = `${role}-${of.id}@enrol.example`;

	await ctl('user', of.name, email, 'Lou', role, { input: PASSWORD });
	return login(email, PASSWORD);
}

// A printed label's code.
async function label(device) {
	const answer = await submit(boss, `/admin/devices/${device}/label`,
		{ kind: 'label' });

	assert.equal(answer.status, 200, answer.body);
	return { page: answer.body, code: answer.body.match(
		/<p class="code"><code>([0-9A-Z-]{39})</)[1].replaceAll('-', '') };
}

const open = (code, fields = {}, who = boss) =>
	submit(who, `/claim/${code}`, { name: 'Pump', site: 'HALL', asset: '',
		...fields });

async function opened(device) {
	const { code } = await label(device);

	assert.equal((await open(code)).status, 303);
	return code;
}

const claim = (code) => auth('claim', { claim: code });

before(async () => {
	plant = await Plant.make('Enrol');
	stranger = await Plant.make('Stranger');
	await ctl('ca', plant.name, 'make');
	await ctl('asset', plant.name, 'HALL', 'PUMP', 'Pump house', 'pump');
	for (const name of ['KEY', 'CERT', 'TWICE', 'SLOW', 'PAPER', 'TYPED', 'WEAK',
		'MADE', 'FULL', 'PLACED', 'COPY', 'AGAIN', 'SPARED'])
		await plant.device(name);
	await stranger.device('KEY');
	boss = await person(plant, 'admin');
	viewer = await person(plant, 'viewer');
	outsider = await person(stranger, 'admin');
	maker = await Authority.make('Maker');
});

after(() => maker.remove());

describe('a label', () => {
	test('is made by who has confirmed minutes ago who he is', async () => {
		const url = '/admin/devices/KEY/label';
		const late = await person(plant, 'operator');

		await sql('super', `UPDATE ctx.login SET can = can | ctx.can_of(
			'{devices:enroll}'), wide = can | ctx.can_of('{devices:enroll}')
			WHERE tenant_id = ${plant.id} AND user_id = (SELECT max(user_id)
			FROM ctx.login WHERE tenant_id = ${plant.id})`);
		assert.equal((await submit(late, url, { kind: 'label' })).status, 200);
		await sql('super', `UPDATE ctx.session SET fresh_till = '-infinity'
			WHERE tenant_id = ${plant.id} AND user_id = (SELECT max(user_id)
			FROM ctx.login WHERE tenant_id = ${plant.id})`);
		const answer = await submit(late, url, { kind: 'label' });

		assert.equal(answer.status, 303);
		assert.match(answer.headers.location, /^\/confirm\?next=/);
		await label('KEY');
	});

	test('enrols once, with a key that posts', async () => {
		const code = await opened('KEY');
		const answer = await claim(code);

		assert.equal(answer.status, 201, answer.body);
		assert.equal(answer.headers['cache-control'], 'no-store');
		const { deviceId, key } = answer.json();

		assert.equal(deviceId, 'KEY');
		assert.equal((await post(key, reading('KEY'))).status, 202);
		isProblem(await claim(code), 401, 'unauthenticated', NOT_OPEN);
		assert.match((await page(boss, `/claim/${code}`)).body, /came in on/);
		assert.equal((await open(code)).status, 409);
	});

	test('is not spent when its answer could not be made', async () => {
		const code = await opened('SPARED');
		const { csr } = await request_for('SPARED');
		const of = 'FUNCTION ctx.plan_key_of(int)';

		await sql('super', `REVOKE EXECUTE ON ${of} FROM fl_auth`);
		try {
			assert.ok((await auth('enroll', { claim: code, csr })).status >= 500);
		} finally {
			await sql('super', `GRANT EXECUTE ON ${of} TO fl_auth`);
		}
		assert.equal((await auth('enroll', { claim: code, csr })).status, 201);
	});

	test('enrols once, with a certificate that posts', async () => {
		const code = await opened('CERT');
		const { key, csr } = await request_for('CERT');
		const answer = await auth('enroll', { claim: code, csr });

		assert.equal(answer.status, 201, answer.body);
		const { deviceId, certificate: cert, authority } = answer.json();

		assert.equal(deviceId, 'CERT');
		assert.ok(new crypto.X509Certificate(cert).verify(
			new crypto.X509Certificate(authority).publicKey));
		assert.equal((await by_tls('POST', INGEST,
			{ cert, key, body: reading('CERT') })).status, 202);
		isProblem(await auth('enroll', { claim: code, csr }), 401,
			'unauthenticated', NOT_OPEN);
		isProblem(await claim(code), 401, 'unauthenticated', NOT_OPEN);
		assert.match(await sql('super', `SELECT certificate_info FROM
			flux.device WHERE tenant_id = ${plant.id} AND key = 'CERT'`),
		/"not_after"/);
	});

	test('lets nobody in before a person has opened it', async () => {
		const { code } = await label('TWICE');
		const { csr } = await request_for('TWICE');

		isProblem(await claim(code), 401, 'unauthenticated', NOT_OPEN);
		isProblem(await auth('enroll', { claim: code, csr }), 401,
			'unauthenticated', NOT_OPEN);
		assert.equal((await open(code)).status, 303);
		const all = await Promise.all(Array.from({ length: 8 },
			() => claim(code)));

		assert.deepEqual(all.map((a) => a.status).sort(),
			[201, ...Array(7).fill(401)]);
	});

	test('is open for 15 minutes, and can be opened again', async () => {
		const { code } = await label('SLOW');
		const before_it = await sql('super', 'SELECT now()');

		assert.equal((await open(code)).status, 303);
		assert.equal(await sql('super', `SELECT opened_till - interval '15 min'
			BETWEEN '${before_it}' AND now() FROM ctx.claim
			WHERE tenant_id = ${plant.id} AND device_key = 'SLOW'`), 't');
		await sql('super', `UPDATE ctx.claim SET opened_till = now() - interval
			'1 s' WHERE tenant_id = ${plant.id} AND device_key = 'SLOW'`);
		isProblem(await claim(code), 401, 'unauthenticated', NOT_OPEN);
		assert.equal((await open(code)).status, 303);
		assert.equal((await claim(code)).status, 201);
	});

	test('that is over, or has a successor, is none', async () => {
		const first = await opened('AGAIN');
		const { code } = await label('AGAIN');

		isProblem(await claim(first), 401, 'unauthenticated', NOT_OPEN);
		assert.equal((await page(boss, `/claim/${first}`)).status, 404);
		await open(code);
		await sql('super', `UPDATE ctx.claim SET expires_at = now()
			WHERE tenant_id = ${plant.id} AND device_key = 'AGAIN'`);
		isProblem(await claim(code), 401, 'unauthenticated', NOT_OPEN);
		assert.equal((await open(code)).status, 404);
	});

	test('of another tenant is not there', async () => {
		const { code } = await label('PAPER');
		const none = 'Z'.repeat(32);
		const unknown = '0'.repeat(26) + code.slice(26);
		const bodies = [];

		for (const [who, which] of [[outsider, code], [outsider, none],
			[outsider, unknown], [boss, none], [boss, unknown]]) {
			const answer = await page(who, `/claim/${which}`);

			assert.equal(answer.status, 404);
			bodies.push(answer.body.match(/<h1>.*<\/h1>/)[0]);
			assert.doesNotMatch(answer.body, /PAPER/);
		}
		assert.equal(new Set(bodies).size, 1);
		const csrf = (await page(outsider, '/admin/devices/KEY/label')).body
			.match(/name="csrf" value="(\w+)"/)[1];

		assert.equal((await open(code, { csrf }, outsider)).status, 404);
		isProblem(await claim(code), 401, 'unauthenticated', NOT_OPEN);
	});

	test('is for people who may enrol', async () => {
		const { code } = await label('PAPER');

		for (const url of [`/claim/${code}`, '/admin/devices/PAPER/label'])
			assert.equal((await page(viewer, url)).status, 403);
		const asked = await http('GET', `/claim/${code}`, { tls: true });

		assert.equal(asked.status, 303);
		assert.equal(asked.headers.location, `/login?next=/claim/${code}`);
	});

	test('moves the device to where the person says it is', async () => {
		const code = await opened('PLACED');
		const bad = [[{ name: '' }, /Name: /], [{ site: 'NONE' }, /Site: /],
			[{ asset: 'NONE' }, /Asset: /], [{ name: 'x'.repeat(101) }, /Name: /]];

		for (const [fields, say] of bad) {
			const answer = await open(code, fields);

			assert.equal(answer.status, 400);
			assert.match(answer.body, say);
		}
		assert.equal((await open(code, { name: '<b>Pump 7</b>',
			asset: 'PUMP' })).status, 303);
		assert.match((await page(boss, `/claim/${code}`)).body,
			/&lt;b&gt;Pump 7&lt;\/b&gt;/);
		assert.equal(await sql('super', `SELECT d.name, a.key FROM flux.device d
			JOIN flux.asset a USING (tenant_id, asset_id)
			WHERE d.tenant_id = ${plant.id} AND d.key = 'PLACED'`),
		'<b>Pump 7</b>|PUMP');
	});

	test('may be typed, in groups and small letters', async () => {
		const { code } = await label('TYPED');
		const typed = code.toLowerCase().match(/.{4}/g).join('-');

		assert.equal((await page(boss, `/claim/${typed}`)).status, 200);
		assert.equal((await open(typed)).headers.location, `/claim/${code}`);
		assert.equal((await claim(typed)).status, 201);
	});

	test('reads back from its QR code', async () => {
		const { page: html, code } = await label('PAPER');
		const svg = html.match(/<svg class="qr".*?<\/svg>/s)[0]
			.replace('<svg', '<svg xmlns="http://www.w3.org/2000/svg" ' +
				'width="330" height="330"')
			.replace('<rect class="paper"', '<rect fill="#fff"');
		const folder = await mkdtemp(path.join(tmpdir(), 'flux-qr-'));
		const file = path.join(folder, 'label');

		try {
			await writeFile(`${file}.html`, `<body style="margin:0">${svg}`);
			await run('chromium', ['--headless', '--no-sandbox', '--disable-gpu',
				`--screenshot=${file}.png`, '--window-size=400,400',
				`${file}.html`]);
			assert.equal((await run('zbarimg', ['-q', '--raw', `${file}.png`]))
				.stdout.trim(), `${origin}/claim/${code}`);
		} finally {
			await rm(folder, { recursive: true });
		}
	});

	test('leaves no code in a log or the database', async () => {
		const code = await opened('WEAK');
		const bits = BigInt([...code].reduce((n, c) => n * 32n +
			BigInt('0123456789ABCDEFGHJKMNPQRSTVWXYZ'.indexOf(c)), 0n)) >> 32n;
		const hex = bits.toString(16).padStart(32, '0');
		const groups = code.match(/.{4}/g).join('-');

		/* A 404 is worth a line of the access log. */
		await page(outsider, `/claim/${code}`);
		await page(boss, `/claim/${code}`);
		await http('GET', `/claim/${code}`);
		await claim(code);
		for (const table of ['ctx.claim', 'flux.audit'])
			assert.equal(await sql('super', `SELECT count(*) FROM ${table} t
				WHERE t::text ~* '${code}|${groups}|${hex}'`), '0');
		const { stdout } = await run('sh', ['-c', `grep -rlisE ` +
			`'${code}|${groups}|${hex}' ${flux_var}/log || true`]);

		assert.equal(stdout, '');
	});
});

describe('a device with its label', () => {
	test('gets no certificate with another name or a weak key', async () => {
		const code = await opened('WEAK');
		const other = await request_for('CERT');
		const short = await request_for('WEAK', { kind: 'rsa:1024' });
		const strange = await request_for('WEAK', { kind: 'secp256k1' });

		for (const { csr } of [other, short, strange])
			isProblem(await auth('enroll', { claim: code, csr }), 422, 'refused');
		for (const csr of ['', 'x', other.key])
			isProblem(await auth('enroll', { claim: code, csr }), 400,
				'bad_request');
		/* Nothing of it has used the label up. */
		const { csr } = await request_for('', { ask: ['-addext',
			'subjectAltName=DNS:other.example', '-addext',
			'basicConstraints=CA:TRUE'] });
		const answer = await auth('enroll', { claim: code, csr });

		assert.equal(answer.status, 201, answer.body);
		const text = await text_of(answer.json().certificate);

		assert.match(text, /Subject: CN ?= ?WEAK\n/);
		assert.match(text, /TLS Web Client Authentication\n/);
		assert.doesNotMatch(text, /Alternative|CA:TRUE|TLS Web Server/);
	});

	test('gets none for a key that another device has', async () => {
		const { csr } = await request_for('');

		assert.equal((await auth('enroll', { claim: await opened('COPY'),
			csr })).status, 201);
		isProblem(await auth('enroll', { claim: await opened('FULL'), csr }),
			409, 'conflict', /another device/);
	});

	test('has at most two live keys', async () => {
		for (let i = 0; i < 2; i++)
			assert.equal((await claim(await opened('FULL'))).status, 201);
		isProblem(await claim(await opened('FULL')), 409, 'conflict',
			/two live keys/);
	});

	test('says exactly what is asked', async () => {
		const cases = [['claim', {}, /^claim: /],
			['claim', { claim: 'x', more: 'x' }, /^more: /],
			['claim', { claim: 7 }, /^claim: /],
			['enroll', { claim: 'x' }, /^csr: /],
			['enroll', { csr: 'x' }, /either claim/],
			['enroll', { csr: 'x', claim: 'x', tenant: 'x', certificate: 'x',
				signature: 'x' }, /either claim/],
			['renew', {}, /^csr: /]];

		for (const [what, body, say] of cases)
			isProblem(await auth(what, body), 400, 'bad_request', say);
		isProblem(await claim('not a code'), 401, 'unauthenticated', NOT_OPEN);
	});
});

describe('a device with its maker\'s certificate', () => {
	const tenant = () => `t${plant.id}`;

	// What it sends, signed by its maker's key.
	async function asks(name, { to = tenant(), signs = to, from = maker } = {}) {
		const { pem, key } = await from.certify(name);
		const fresh = await request_for(name);

		return { fresh, body: { tenant: to, csr: fresh.csr, certificate: pem,
			signature: crypto.sign('sha256', Buffer.from(
				`fl-enrol-1|${signs}|${fresh.csr}`), key).toString('base64url') } };
	}

	const refused = async (made) => isProblem(await auth('enroll',
		(await made).body), 401, 'unauthenticated', NOT_OPEN);

	test('comes in when its maker is trusted and it is expected', async () => {
		await refused(asks('MADE'));
		const page_ = await submit(boss, '/admin/devices/MADE/label',
			{ kind: 'expect' });

		assert.equal(page_.status, 303);
		await refused(asks('MADE'));
		await ctl('ca', plant.name, 'trust', maker.file('ca.pem'));
		await refused(asks('PAPER'));
		await refused(asks('MADE', { to: `t${stranger.id}` }));
		await refused(asks('MADE', { signs: 't0' }));
		const foreign = await Authority.make('Maker');

		await refused(asks('MADE', { from: foreign }));
		await foreign.remove();
		const { fresh, body } = await asks('MADE');
		const answer = await auth('enroll', body);

		assert.equal(answer.status, 201, answer.body);
		assert.equal((await by_tls('POST', INGEST, { key: fresh.key,
			cert: answer.json().certificate, body: reading('MADE') })).status,
		202);
		await refused(asks('MADE'));
	});
});

describe('the pages', () => {
	test('name every certificate, and end one', async () => {
		const shown = await page(boss, '/admin/certificates');

		assert.equal(shown.status, 200);
		assert.match(shown.body, /<code>CERT<\/code>/);
		assert.match(shown.body, /Maker/);
		assert.equal((await page(viewer, '/admin/certificates')).status, 403);
		assert.doesNotMatch((await page(outsider, '/admin/certificates')).body,
			/<code>CERT<\/code>/);
	});

	test('list the devices', async () => {
		const shown = await page(boss, '/admin/devices');

		assert.match(shown.body, /href="\/admin\/devices\/CERT\/label"/);
	});

	test('write what was done into the trail', async () => {
		const acts = (await sql('super', `SELECT DISTINCT act FROM flux.audit
			WHERE tenant_id = ${plant.id} ORDER BY act`)).split('\n');

		for (const act of ['ca.make', 'ca.trust', 'certificate.enrol',
			'device.expect', 'label.make', 'label.open', 'label.use'])
			assert.ok(acts.includes(act), act);
	});

	test('trust a maker, after it is confirmed who asks', async () => {
		const pem = await readFile(maker.file('ca.pem'), 'utf8');
		const form = { name: 'Other maker', certificate: pem };
		const fresh = (till) => sql('super', `UPDATE ctx.session SET
			fresh_till = ${till} WHERE tenant_id = ${stranger.id}`);

		await fresh("'-infinity'");
		const stale = await submit(outsider, '/admin/ca', form,
			'/admin/certificates');

		assert.equal(stale.status, 303);
		assert.match(stale.headers.location, /^\/confirm/);
		await fresh("now() + interval '10 min'");
		for (const [fields, say] of [[{ name: '' }, /Name: /],
			[{ certificate: 'x' }, /Certificate: /],
			[{ certificate: (await maker.certify('X')).pem }, /Certificate: /]]) {
			const answer = await submit(outsider, '/admin/ca',
				{ ...form, ...fields }, '/admin/certificates');

			assert.equal(answer.status, 400);
			assert.match(answer.body, say);
		}
		assert.equal((await submit(outsider, '/admin/ca', form,
			'/admin/certificates')).status, 303);
		const shown = await page(outsider, '/admin/certificates');
		const id = shown.body.match(/name="retire" value="(\d+)"/)[1];

		assert.match(shown.body, /Other maker/);
		assert.equal((await submit(outsider, '/admin/ca', { retire: id },
			'/admin/certificates')).status, 303);
		assert.match((await page(outsider, '/admin/certificates')).body,
			/retired on/);
		assert.equal((await submit(outsider, '/admin/ca', { retire: id },
			'/admin/certificates')).status, 404);
	});
});
