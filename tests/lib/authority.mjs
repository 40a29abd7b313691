// authority.mjs - a certificate authority of a tenant's, and devices that it has
// certified, enrolled as the database keeps them.
import { execFile } from 'node:child_process';
import crypto from 'node:crypto';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { ca, env, flux_var, http, sql } from './flux.mjs';

const run = promisify(execFile);
const openssl = (...args) => run('openssl', args);
const hex = (bytes) => `'\\x${bytes.toString('hex')}'`;

export const AUTH = '/api/v1/auth';
export const auth = (what, body) =>
	http('POST', `${AUTH}/${what}`, { body });

// How the instance calls itself, which is part of what is signed.
export const origin = readFileSync(path.join(flux_var, 'etc/auth.conf'), 'utf8')
	.match(/^origin = (.*)$/m)[1];

// Telemetry and devices may be read, telemetry may be written.
export const CAN = 7;

export class Authority {
	// Its key and certificate; the database knows of it when plant is given.
	static async make(name, plant) {
		const a = new Authority();

		a.folder = await mkdtemp(path.join(tmpdir(), 'flux-ca-'));
		a.file = (which) => path.join(a.folder, which);
		await openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout',
			'-out', a.file('ca.key'));
		await openssl('req', '-x509', '-new', '-key', a.file('ca.key'),
			'-subj', `/CN=${name}`, '-days', '30',
			'-addext', 'keyUsage=critical,keyCertSign',
			'-out', a.file('ca.pem'));
		if (plant)
			await a.trusted_by(plant);
		return a;
	}

	async trusted_by(plant) {
		const { raw } = new crypto.X509Certificate(
			await readFile(this.file('ca.pem')));

		this.plant = plant;
		this.id = Number(await sql('super',
			`INSERT INTO ctx.tenant_ca (tenant_id, name, cert, ski, not_after)
			VALUES (${plant.id}, 'test', ${hex(raw)}, '\\x01',
			now() + interval '30 days') RETURNING ca_id`));
	}

	// A certificate and its key, PEM, for this name.
	async certify(name, { use = 'clientAuth', days = 20 } = {}) {
		const extensions = this.file('extensions');

		await writeFile(extensions, 'basicConstraints=critical,CA:FALSE\n' +
			'keyUsage=critical,digitalSignature\n' +
			`extendedKeyUsage=${use}\n`);
		await openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout',
			'-out', this.file('key'));
		await openssl('req', '-new', '-key', this.file('key'),
			'-subj', `/CN=${name}`, '-out', this.file('csr'));
		await openssl('x509', '-req', '-in', this.file('csr'),
			'-CA', this.file('ca.pem'), '-CAkey', this.file('ca.key'),
			'-CAcreateserial', '-days', String(days), '-extfile', extensions,
			'-out', this.file('pem'));
		return { pem: await readFile(this.file('pem'), 'utf8'),
			key: await readFile(this.file('key'), 'utf8') };
	}

	// A device of the plant with a certificate that has been enrolled.
	async enrol(name, { can = CAN, ...options } = {}) {
		const made = await this.certify(name, options);
		const { raw, publicKey } = new crypto.X509Certificate(made.pem);
		const spki = publicKey.export({ type: 'spki', format: 'der' });

		await sql('super', `INSERT INTO ctx.device_cert (cert_hash, tenant_id,
			device_id, ca_id, serial, spki_hash, can, not_before, not_after)
			SELECT sha256(${hex(raw)}), tenant_id, device_id, ${this.id}, '\\x01',
			sha256(${hex(spki)}), ${can}, now() - interval '1 min',
			now() + interval '20 days' FROM flux.device
			WHERE tenant_id = ${this.plant.id} AND key = '${name}'`);
		return new Device(name, made);
	}

	remove() {
		return rm(this.folder, { recursive: true });
	}
}

export class Device {
	constructor(name, { pem, key }) {
		Object.assign(this, { name, pem, key });
		this.hash = `sha256(${hex(new crypto.X509Certificate(pem).raw)})`;
	}

	sign(text) {
		return crypto.sign('sha256', Buffer.from(text), this.key)
			.toString('base64url');
	}

	// What it sends to be let in, for this challenge or a new one.
	async asks(challenge, name = this.name) {
		challenge ??= (await auth('challenge', { deviceId: name })).json()
			.challenge;
		return { deviceId: name, certificate: this.pem,
			signature: this.sign(`fl-dev-1|${name}|${challenge}|${origin}`) };
	}

	async opens() {
		const answer = await auth('device', await this.asks());

		if (answer.status !== 200)
			throw new Error(answer.body);
		return answer.json();
	}

	// A refresh with the proof that it is this device's.
	proves(refreshToken) {
		return { refreshToken, certificate: this.pem,
			signature: this.sign(`fl-ref-1|${refreshToken}|${origin}`) };
	}

	// The same by TLS: the listener for devices is shown the certificate.
	comes(what, body) {
		const text = JSON.stringify(body);

		return new Promise((resolve, reject) => {
			const asked = https.request(
				new URL(`${AUTH}/${what}`, env.FLUX_DEVICE_URL), {
					method: 'POST', agent: false, ca, cert: this.pem,
					key: this.key, headers: {
						'Content-Type': 'application/json',
						'Content-Length': Buffer.byteLength(text) },
				}, async (answer) => {
					const parts = await answer.toArray();

					resolve({ status: answer.statusCode,
						body: Buffer.concat(parts).toString() });
				});

			asked.on('error', reject);
			asked.end(text);
		});
	}
}
