// enrol.mjs - what a device does to get its key or certificate, and what a
// person does with its label.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { PATIENCE_MS, ca, env, http } from './flux.mjs';

const run = promisify(execFile);

// A key of its own and a request for a certificate, PEM.
export async function request_for(name, { kind = 'prime256v1', ask = [] } = {}) {
	const folder = await mkdtemp(path.join(tmpdir(), 'flux-csr-'));
	const file = (which) => path.join(folder, which);

	try {
		if (kind.startsWith('rsa:'))
			await run('openssl', ['genrsa', '-out', file('key'), kind.slice(4)]);
		else
			await run('openssl', ['ecparam', '-name', kind, '-genkey',
				'-noout', '-out', file('key')]);
		await run('openssl', ['req', '-new', '-key', file('key'), '-subj',
			name === '' ? '/' : `/CN=${name}`, ...ask, '-out', file('csr')]);
		return { key: await readFile(file('key'), 'utf8'),
			csr: await readFile(file('csr'), 'utf8') };
	} finally {
		await rm(folder, { recursive: true });
	}
}

// openssl x509 -text of a certificate.
export async function text_of(pem) {
	const folder = await mkdtemp(path.join(tmpdir(), 'flux-pem-'));

	try {
		await writeFile(path.join(folder, 'pem'), pem);
		return (await run('openssl', ['x509', '-noout', '-text', '-in',
			path.join(folder, 'pem')])).stdout;
	} finally {
		await rm(folder, { recursive: true });
	}
}

// One request by TLS on the devices' port, with a certificate or without.
export function by_tls(method, url, { cert, key, headers = {}, body } = {}) {
	const payload = body === undefined ? undefined : JSON.stringify(body);

	if (payload !== undefined)
		headers = { 'Content-Type': 'application/json',
			'Content-Length': Buffer.byteLength(payload), ...headers };
	return new Promise((resolve, reject) => {
		const asked = https.request(new URL(url, env.FLUX_DEVICE_URL),
			{ method, headers, agent: false, ca, cert, key }, (answer) => {
				const parts = [];

				answer.on('data', (part) => parts.push(part));
				answer.on('error', reject);
				answer.on('end', () => {
					const text = Buffer.concat(parts).toString();

					resolve({ status: answer.statusCode, body: text,
						headers: answer.headers,
						json: () => JSON.parse(text) });
				});
			});
		asked.on('error', reject);
		asked.setTimeout(PATIENCE_MS, () =>
			asked.destroy(new Error('no answer')));
		asked.end(payload);
	});
}

// A page of somebody signed in, and one of its forms, sent with more fields.
export const page = (cookie, url) =>
	http('GET', url, { tls: true, headers: { Cookie: cookie } });

export async function submit(cookie, url, fields, from = url) {
	const shown = await page(cookie, from);
	const csrf = shown.body.match(/name="csrf" value="([0-9a-f]{64})"/)?.[1];

	return http('POST', url, { tls: true,
		headers: { Cookie: cookie,
			'Content-Type': 'application/x-www-form-urlencoded',
			Origin: new URL(env.FLUX_TLS_URL).origin,
			'Sec-Fetch-Site': 'same-origin' },
		body: new URLSearchParams({ csrf, ...fields }).toString() });
}
