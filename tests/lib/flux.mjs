// flux.mjs - how the tests speak to a running instance: the one that tests/run
// made, or the one of FLUX_VAR.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { sessions } from './psql.mjs';
import { Stalls } from './stalls.mjs';

export const root = path.resolve(
	path.dirname(fileURLToPath(import.meta.url)), '../..');
export const flux_var = process.env.FLUX_VAR ?? path.join(root, 'var');
export const run = realpathSync(path.join(flux_var, 'run'));

// What demo.env says: FLUX_URL, FLUX_KEY, ...
export const env = Object.fromEntries(
	readFileSync(path.join(flux_var, 'demo.env'), 'utf8')
		.split('\n').filter(Boolean)
		.map((line) => line.match(/^([A-Z_]+)=(.*)$/).slice(1)));

const corpora_path = process.env.FLUX_CORPORA ?? path.join(root, '../shared/data');
export const corpora = existsSync(corpora_path) ? corpora_path : null;

// How long a busy machine may take over anything; the worker waits a minute
// after what has failed.  How late something comes is no claim; a test that
// makes one takes the time itself.
export const PATIENCE_MS = 150000;
const LATER_MS = 15000; // once something has not come
const STALL_MS = 500; // what a request feels
const stalls = new Stalls();
let gave_up = false;

// Runs a program; its output, or an error with what it said.
function call(program, args, { input = '', ...options } = {}) {
	return new Promise((resolve, reject) => {
		const child = execFile(program, args,
			{ maxBuffer: 1 << 28, ...options }, (error, out, said) => {
				if (error)
					reject(Object.assign(new Error(said.trim() ||
						error.message), { code: error.code, out }));
				else
					resolve(out.trimEnd());
			});
		child.stdin.on('error', () => {});
		child.stdin.end(input);
	});
}

const psql = (role, database) => ({
	args: ['-XqAt', '-v', 'ON_ERROR_STOP=1', '-h', run, '-p', '5432',
		'-U', role, '-d', database],
	env: { ...process.env, PGCONNECT_TIMEOUT: '30',
		PGPASSFILE: path.join(flux_var, 'secret', `${role}.pgpass`) },
});

// The superuser's sessions stay, but not where Postgres is killed and frozen;
// a program's role gets a connection of its own for each text, as the tests are
// about what such a one may do.
const { args, env: surroundings } = psql('super', 'flux');
const ask_super = process.env.FLUX_STACK ? null : sessions(args, surroundings);

// SQL as one of the roles, or as "super"; rows as lines, columns with "|".
export function sql(role, text, database = 'flux') {
	const { args: words, env: with_env } = psql(role, database);

	return role === 'super' && database === 'flux' && ask_super
		? ask_super(text)
		: call('psql', words, { input: text, env: with_env });
}

// What fn comes to while the superuser has done this in a transaction that is
// still open; it is rolled back afterwards.
export async function during(text, fn) {
	const name = `during ${process.pid} ${performance.now()}`;
	const about = `FROM pg_stat_activity WHERE application_name = '${name}'`;
	const held = sql('super', `SET application_name = '${name}'; BEGIN;
		${text}; SELECT pg_sleep(300)`).catch(() => {});

	await waitFor(() => sql('super', `SELECT 1 ${about}
		AND wait_event = 'PgSleep'`));
	try {
		return await fn();
	} finally {
		await sql('super', `SELECT pg_terminate_backend(pid) ${about}`);
		await held;
	}
}

// fluxctl with these arguments; a last { input } goes to its stdin.
export function ctl(...args) {
	const options = typeof args.at(-1) === 'object' ? args.pop() : {};
	return call(path.join(flux_var, 'app/bin/fluxctl'),
		[path.join(flux_var, 'etc/fluxctl.conf'), ...args], options);
}

export const ca = readFileSync(env.FLUX_CA);

// One request on a connection of its own.  An object as body goes as JSON.
function once(method, url, { headers = {}, body, tls = false } = {}) {
	const target = new URL(url, tls ? env.FLUX_TLS_URL : env.FLUX_URL);
	const secure = target.protocol === 'https:';
	let payload = body;

	if (body !== undefined && typeof body === 'object' && !Buffer.isBuffer(body)) {
		payload = JSON.stringify(body);
		headers = { 'Content-Type': 'application/json', ...headers };
	}
	if (payload !== undefined)
		headers = { 'Content-Length': Buffer.byteLength(payload), ...headers };
	return new Promise((resolve, reject) => {
		const asked = (secure ? https : http).request(target,
			{ method, headers, agent: false, ...(secure ? { ca } : {}) },
			(answer) => {
				const parts = [];

				answer.on('data', (part) => parts.push(part));
				answer.on('error', reject);
				answer.on('end', () => {
					const bytes = Buffer.concat(parts);

					resolve({ status: answer.statusCode,
						headers: answer.headers, bytes,
						body: bytes.toString(),
						json: () => JSON.parse(bytes.toString()) });
				});
			});
		asked.on('error', reject);
		asked.setTimeout(PATIENCE_MS, () => asked.destroy(new Error('no answer')));
		asked.end(payload);
	});
}

// A page has seconds for its statements, and a machine that stands still takes
// them away: what was not answered over that is asked once more.
export async function request(method, url, options) {
	for (;;) {
		const from = Date.now();
		const answer = await once(method, url, options);

		if (method !== 'GET' || answer.status !== 503)
			return answer;
		await sleep(Stalls.KNOWN_MS);
		if (stalls.within(from, Date.now()) < STALL_MS)
			return answer;
	}
}
export { request as http };

// Logs in as a browser does, by the form; the Cookie header to send after.
export async function login(user = env.FLUX_USER, password = env.FLUX_PASSWORD) {
	const form = await request('GET', '/login', { tls: true });
	const fields = new URLSearchParams();

	for (const [tag] of form.body.matchAll(/<input[^>]*type="hidden"[^>]*>/g))
		fields.set(tag.match(/name="([^"]*)"/)[1],
			tag.match(/value="([^"]*)"/)?.[1] ?? '');
	fields.set('email', user);
	fields.set('password', password);
	const cookies = (answer) => (answer.headers['set-cookie'] ?? [])
		.map((line) => line.split(';')[0]);
	const answer = await request('POST', '/login', {
		tls: true,
		headers: {
			'Content-Type': 'application/x-www-form-urlencoded',
			Origin: new URL(env.FLUX_TLS_URL).origin,
			'Sec-Fetch-Site': 'same-origin',
			Cookie: cookies(form).join('; '),
		},
		body: fields.toString(),
	});

	if (answer.status !== 303 || cookies(answer).length === 0)
		throw new Error(`login as ${user}: ${answer.status}`);
	return cookies(answer).join('; ');
}

// The first true answer of fn, asked again and again for so long at least; in a
// file that has failed so already, no more than a while, so that it comes to its
// end and tells.
export async function waitFor(fn, ms = PATIENCE_MS, every = 50) {
	const end = Date.now() +
		(gave_up ? LATER_MS : Math.max(ms, PATIENCE_MS));

	for (;;) {
		const got = await fn();

		if (got)
			return got;
		if (Date.now() > end) {
			gave_up = true;
			throw new Error(`it does not come: ${fn}`);
		}
		await sleep(every);
	}
}
