// smtp.mjs - a real mail server of the test's own, and telling this instance
// to use it.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { SMTPServer } from 'smtp-server';
import { children, parent_of } from './children.mjs';
import { flux_var, waitFor } from './flux.mjs';
import { freePorts } from './ports.mjs';

// Encoded words of a header as text, RFC 2047.
const decoded = (text) => text.replace(/\?=\s+=\?/g, '?==?')
	.replace(/=\?UTF-8\?B\?([^?]*)\?=/g, (_, word) =>
		Buffer.from(word, 'base64').toString('latin1'));

function parse(raw, envelope) {
	const [head, ...body] = raw.split('\r\n\r\n');
	const headers = {};

	for (const line of head.replace(/\r\n[ \t]+/g, ' ').split('\r\n')) {
		const [, name, value] = line.match(/^([A-Za-z-]+): (.*)$/) ??
			assert.fail(`no header: ${line}`);

		assert.ok(!(name.toLowerCase() in headers), `${name} stands twice`);
		headers[name.toLowerCase()] =
			Buffer.from(decoded(value), 'latin1').toString();
	}
	return { raw, headers, to: envelope.rcptTo.map((r) => r.address),
		from: envelope.mailFrom.address,
		text: Buffer.from(body.join('\r\n\r\n'), 'base64').toString() };
}

export class Post {
	letters = [];
	refused = new Map(); // address: SMTP code

	constructor(options = {}) {
		this.options = options;
	}

	// Begins to listen; where it did the last time, if it did.
	async open() {
		this.server = new SMTPServer({ authOptional: true, logger: false,
			disabledCommands: this.options.key ? [] : ['STARTTLS', 'AUTH'],
			onRcptTo: ({ address }, session, done) => {
				const code = this.refused.get(address);

				done(code ? Object.assign(new Error(`no ${address} here`),
					{ responseCode: code }) : null);
			},
			onData: (stream, session, done) => {
				const parts = [];

				stream.on('data', (part) => parts.push(part));
				stream.on('end', () => {
					this.letters.push(parse(Buffer.concat(parts)
						.toString('latin1'), session.envelope));
					this.letters.at(-1).secure = session.secure;
					this.letters.at(-1).user = session.user;
					done();
				});
			}, ...this.options });
		this.server.on('error', () => {});
		// While it is closed no connection gets this port.
		[this.port] = this.port ? [this.port] : await freePorts(1);
		await new Promise((resolve) => {
			this.server.listen(this.port, '127.0.0.1', resolve);
		});
		return this;
	}

	close() {
		return new Promise((resolve) => { this.server.close(resolve); });
	}

	// Those to an address.
	to(address) {
		return this.letters.filter((l) => l.to.includes(address));
	}

	// The n-th letter to an address, when it has come.
	async letter(address, n = 1, ms = 15000) {
		await waitFor(() => this.to(address).length >= n, ms);
		return this.to(address)[n - 1];
	}
}

// The path of the link in a letter.
export const link_of = (letter) =>
	new URL(letter.text.match(/https:\/\/\S+\/(invite|reset)\/\w+/)[0]).pathname;

const READERS = { worker: 'fluxline-worker', auth: 'auth.fcgi',
	admin: 'admin.fcgi' };

// The programs that send mail, or speak of it, begin anew with these settings.
export async function mail_by(settings) {
	for (const [name, program] of Object.entries(READERS)) {
		const file = path.join(flux_var, 'etc', `${name}.conf`);
		const was = readFileSync(file, 'utf8');
		const text = Object.entries(settings).reduce((all, [key, value]) =>
			all.replace(new RegExp(`^${key} =.*$`, 'm'), `${key} = ${value}`),
		was);

		if (text === was)
			continue;
		writeFileSync(file, text);
		const old = children(program);

		process.kill(Number(parent_of(old)), 'SIGTERM');
		await waitFor(() => {
			const now = children(program);

			return now.length > 1 && now.every((pid) => !old.includes(pid));
		}, 15000);
	}
}
