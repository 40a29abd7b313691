// A device's certificate is its credential, by TLS and in no other way.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { Authority } from '../lib/authority.mjs';
import { by_tls, request_for, text_of } from '../lib/enrol.mjs';
import { ctl, http, sql } from '../lib/flux.mjs';
import { INGEST, isProblem, Plant } from '../lib/plant.mjs';

const AUTH = '/api/v1/auth';
let plant, stranger, foreign, one;

const reading = (device) => ({ readings: [{ device,
	ts: new Date().toISOString(), values: { flow_rate: 118.4 } }] });

// A certificate by the operator's hand, and its key.
async function issued(device) {
	const { key, csr } = await request_for(device);

	return { key, cert: await ctl('cert', plant.name, 'issue', device, '-',
		{ input: csr }) };
}

const post = (who, device = 'ONE') =>
	by_tls('POST', INGEST, { ...who, body: reading(device) });

const number_of = async (who) => (await ctl('cert', plant.name, 'list'))
	.split('\n').find((line) => line.includes(
		new crypto.X509Certificate(who.cert).serialNumber.toLowerCase()
			.replace(/^0+/, ''))).split('\t')[0];

before(async () => {
	plant = await Plant.make('TLS');
	stranger = await Plant.make('Stranger');
	await ctl('ca', plant.name, 'make');
	for (const name of ['ONE', 'TWO', 'GONE', 'OLD', 'OTHER', 'MANY', 'ODD'])
		await plant.device(name);
	await stranger.device('ONE');
	foreign = await Authority.make('Nobody');
	one = await issued('ONE');
});

after(() => foreign.remove());

describe('a certificate', () => {
	test('posts over TLS, and its use is noted', async () => {
		const answer = await post(one);

		assert.equal(answer.status, 202, answer.body);
		await plant.derived();
		assert.equal((await plant.ledger()).stored, 1);
		assert.equal(await sql('super', `SELECT count(*) FROM ctx.device_cert
			WHERE tenant_id = ${plant.id} AND used_at IS NOT NULL`), '1');
	});

	test('writes and reads nothing', async () => {
		isProblem(await by_tls('GET', '/api/v1/telemetry', one), 403,
			'forbidden');
	});

	test('is for its own tenant', async () => {
		await post(one);
		await stranger.derived();
		assert.equal((await stranger.ledger()).batches, 0);
	});

	test('of an unknown authority gets an error in JSON', async () => {
		const { pem, key } = await foreign.certify('ONE');

		isProblem(await post({ cert: pem, key }), 401, 'unauthenticated');
	});

	test('that is over or signed by itself does so too', async () => {
		const over = await foreign.certify('ONE', { days: -1 });
		const root = { cert: await readFile(foreign.file('ca.pem'), 'utf8'),
			key: await readFile(foreign.file('ca.key'), 'utf8') };

		isProblem(await post({ cert: over.pem, key: over.key }), 401,
			'unauthenticated');
		isProblem(await post(root), 401, 'unauthenticated');
	});

	test('that is missing is asked for a key', async () => {
		isProblem(await post({}), 401, 'unauthenticated', /API key/);
	});

	test('is nothing without its key', async () => {
		const der = encodeURIComponent(one.cert);

		for (const name of ['SSL-Client-Cert', 'X-SSL-Client-Cert',
			'SSL_CLIENT_CERT', 'Ssl-Client-Escaped-Cert', 'Client-Cert',
			'X-Client-Cert'])
			for (const value of [der, one.cert.replaceAll('\n', ' ')]) {
				isProblem(await http('POST', INGEST, { tls: true,
					headers: { [name]: value }, body: reading('ONE') }),
				401, 'unauthenticated');
				isProblem(await by_tls('POST', INGEST,
					{ headers: { [name]: value }, body: reading('ONE') }),
				401, 'unauthenticated');
			}
		await assert.rejects(post({ cert: one.cert,
			key: (await request_for('ONE')).key }));
	});

	test('is refused at the next request once it is ended', async () => {
		const gone = await issued('GONE');

		assert.equal((await post(gone, 'GONE')).status, 202);
		await ctl('cert', plant.name, 'end', await number_of(gone));
		isProblem(await post(gone, 'GONE'), 401, 'unauthenticated');
		await assert.rejects(ctl('cert', plant.name, 'end',
			await number_of(gone)), /no such/);
	});

	test('does not open for a tenant that is suspended', async () => {
		await sql('super', `UPDATE ctx.tenant_home SET suspended_at = now()
			WHERE tenant_id = ${plant.id}`);
		try {
			isProblem(await post(one), 401, 'unauthenticated');
		} finally {
			await sql('super', `UPDATE ctx.tenant_home SET
				suspended_at = NULL WHERE tenant_id = ${plant.id}`);
		}
		assert.equal((await post(one)).status, 202);
	});

	test('names its device and is a client\'s', async () => {
		const text = await text_of(one.cert);

		assert.match(text, /Subject: CN ?= ?ONE\n/);
		assert.match(text, /TLS Web Client Authentication\n/);
		assert.doesNotMatch(text, /TLS Web Server|CA:TRUE|Alternative/);
	});
});

describe('the operator', () => {
	test('gets no certificate for another device\'s request', async () => {
		const { csr } = await request_for('TWO');

		await assert.rejects(ctl('cert', plant.name, 'issue', 'ONE', '-',
			{ input: csr }), /another device/);
	});

	test('gets none for a key that another device has', async () => {
		const { csr, key } = await request_for('');
		const cert = await ctl('cert', plant.name, 'issue', 'TWO', '-',
			{ input: csr });

		assert.equal((await post({ cert, key }, 'TWO')).status, 202);
		await assert.rejects(ctl('cert', plant.name, 'issue', 'OTHER', '-',
			{ input: csr }), /another device/);
	});

	test('registers only what an authority of the tenant signed', async () => {
		const { pem, key } = await foreign.certify('OTHER');

		await assert.rejects(ctl('cert', plant.name, 'add', 'OTHER', '-',
			{ input: pem }), /No authority/);
		await ctl('ca', plant.name, 'trust', foreign.file('ca.pem'));
		await assert.rejects(ctl('cert', plant.name, 'add', 'TWO', '-',
			{ input: pem }), /another device/);
		await ctl('cert', plant.name, 'add', 'OTHER', '-', { input: pem });
		assert.equal((await post({ cert: pem, key }, 'OTHER')).status, 202);
	});

	test('makes a new authority, and what the old one signed holds', async () => {
		await ctl('ca', plant.name, 'make');
		assert.match(await ctl('ca', plant.name), /, retired/);
		assert.equal((await post(one)).status, 202);
		assert.equal((await post(await issued('TWO'), 'TWO')).status, 202);
	});

	test('finds the key of no authority in the database', async () => {
		const sealed = await sql('super', `SELECT
			string_agg(encode(sealed_key, 'hex'), '') FROM ctx.tenant_ca
			WHERE tenant_id = ${plant.id}`);

		/* What every EC key in PKCS #8 begins with. */
		assert.ok(sealed.length > 200);
		assert.doesNotMatch(sealed, /2a8648ce3d0201/);
	});
});

describe('a renewal', () => {
	const renew = (who, csr) => by_tls('POST', `${AUTH}/renew`,
		{ ...who, body: { csr } });

	test('is by the certificate, and overlaps with it', async () => {
		const old = await issued('OLD');
		const { key, csr } = await request_for('OLD');
		const answer = await renew(old, csr);

		assert.equal(answer.status, 201, answer.body);
		const { deviceId, certificate: cert, notAfter } = answer.json();

		assert.equal(deviceId, 'OLD');
		assert.ok(new Date(notAfter) > Date.now() + 300 * 86400e3);
		assert.equal((await post({ cert, key }, 'OLD')).status, 202);
		assert.equal((await post(old, 'OLD')).status, 202);
		assert.equal(await sql('super', `SELECT count(*) FROM ctx.device_cert
			WHERE tenant_id = ${plant.id} AND not_after < now() + interval
			'7 days 1 min' AND not_after > now() + interval '6 days'
			AND cert_hash = sha256('\\x${new crypto.X509Certificate(old.cert)
		.raw.toString('hex')}')`), '1');
	});

	test('makes no more than four of them', async () => {
		let who = await issued('MANY');

		for (let i = 0; i < 3; i++) {
			const { key, csr } = await request_for('MANY');
			const answer = await renew(who, csr);

			assert.equal(answer.status, 201, answer.body);
			who = { key, cert: answer.json().certificate };
		}
		isProblem(await renew(who, (await request_for('MANY')).csr), 409,
			'conflict', /four valid certificates/);
	});

	test('needs a certificate that holds', async () => {
		const gone = await issued('GONE');
		const { csr } = await request_for('GONE');
		const { pem, key } = await foreign.certify('GONE');

		await ctl('cert', plant.name, 'end', await number_of(gone));
		for (const who of [{}, gone, { cert: pem, key }])
			isProblem(await renew(who, csr), 401, 'unauthenticated');
	});

	test('names the device as it is called here', async () => {
		const old = await issued('ODD');

		await sql('super', `UPDATE flux.device SET key = 'EVEN'
			WHERE tenant_id = ${plant.id} AND key = 'ODD'`);
		isProblem(await renew(old, (await request_for('ODD')).csr), 422,
			'refused');
		const answer = await renew(old, (await request_for('EVEN')).csr);

		assert.equal(answer.status, 201, answer.body);
		assert.equal(answer.json().deviceId, 'EVEN');
		assert.match(new crypto.X509Certificate(answer.json().certificate)
			.subject, /CN=EVEN$/);
	});

	test('keeps the name', async () => {
		const { csr } = await request_for('TWO');

		isProblem(await renew(one, csr), 422, 'refused');
	});
});
