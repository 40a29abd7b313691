// person.mjs - somebody with a browser: a cookie, and forms as pages give them.
import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { index_of } from './address.mjs';
import { ctl, http, sql } from './flux.mjs';

// What a page says went wrong, or was done.
export const said = (answer) => (answer.body
	.match(/role="(?:alert|status)"[^>]*>(?:<i[^>]*><\/i>)?([^<]+)<\/p>/)?.[1] ?? '')
	.replaceAll('&#39;', '\'');

export const statusOf = (answer) => [answer.status, answer.headers.location];

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

const halfMinute = () => Math.floor(Date.now() / 30000);

// The code that an authenticator shows `later` half minutes from now.
export function codeOf(secret, later = 0) {
	const bits = [...secret.replaceAll(' ', '')]
		.map((c) => LETTERS.indexOf(c).toString(2).padStart(5, '0')).join('');
	const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
	const step = Buffer.alloc(8);

	step.writeBigUInt64BE(BigInt(halfMinute() + later));
	const mac = createHmac('sha1', key).update(step).digest();
	const value = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff;
	return String(value % 1000000).padStart(6, '0');
}

export class Person {
	cookie = '';

	constructor(tenant, email, password) {
		Object.assign(this, { tenant, email, password });
	}

	// What the database knows of the address.
	get index() {
		return index_of(this.email);
	}

	// Somebody new of a tenant, with a password.
	static async make(tenant, role = 'viewer') {
		const p = new Person(tenant, `p${randomBytes(5).toString('hex')}@people.example`,
			`seven ${randomBytes(5).toString('hex')} gates`);

		await ctl('user', tenant, p.email, 'Pat Person', role,
			{ input: p.password });
		return p;
	}

	// The same person at another browser.
	elsewhere() {
		return new Person(this.tenant, this.email, this.password);
	}

	async send(method, path, { body, headers = {} } = {}) {
		const answer = await http(method, path, { body,
			headers: { ...(this.cookie ? { Cookie: this.cookie } : {}), ...headers } });
		const line = answer.headers['set-cookie']?.[0];

		if (line)
			this.cookie = /Max-Age=0/.test(line) ? '' : line.split(';')[0];
		return answer;
	}

	get(path) {
		return this.send('GET', path);
	}

	// Fills in a form: of this page, which is asked for first.
	async post(path, fields = {}, { page = path, headers = {} } = {}) {
		const shown = await this.get(page);
		const csrf = shown.body.match(/name="csrf" value="([0-9a-f]{64})"/)?.[1];

		assert.ok(csrf, `${page}: ${shown.status} has no form`);
		return this.send('POST', path, {
			body: new URLSearchParams({ csrf, ...fields }).toString(),
			headers: { 'Content-Type': 'application/x-www-form-urlencoded',
				Referer: `https://here.example${page}`, ...headers },
		});
	}

	login(more = {}, headers = {}) {
		return this.post('/login', { email: this.email,
			password: this.password, ...more }, { headers });
	}

	// Whether the session still opens anything.
	async isIn() {
		return (await this.get('/account')).status === 200;
	}

	// The row of the session in the database is changed like this.
	change(what) {
		return sql('super', `UPDATE ctx.session SET ${what} WHERE token_hash =
			sha256(decode('${this.cookie.split('=')[1]}', 'hex'))`);
	}

	// Confirmed just now no more: a dangerous act asks again.
	stale() {
		return this.change('fresh_till = \'-infinity\'');
	}

	// Sets up the second factor; its secret and the recovery codes.
	async factor() {
		assert.equal((await this.post('/account/factor', {},
			{ page: '/account' })).status, 303);
		const page = await this.get('/account');
		const secret = page.body.match(/id="secret">([A-Z2-7 ]+)</)[1];
		let step, answer;

		// The code before is good until the half minute is over.
		do {
			step = halfMinute();
			answer = await this.post('/account/factor/confirm',
				{ code: codeOf(secret, -1) }, { page: '/account' });
		} while (answer.status !== 200 && step !== halfMinute());

		assert.equal(answer.status, 200, said(answer));
		return { secret, page, codes: [...answer.body
			.matchAll(/<li><code>([A-Z2-7 ]+)</g)].map((m) => m[1]) };
	}
}
