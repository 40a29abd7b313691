// matrix.mjs - the route tables as a matrix: what each program answers, who
// asks with what, and which status the route's row promises them.
//
// A person is a row { name, can, wide }; of each there is a credential of every
// kind, made in the database as the gates of it expect them, so that a phase
// of the matrix can end them all by one statement.
import { execFile, execFileSync } from 'node:child_process';
import crypto from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import nodehttp from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { checked } from './checked.mjs';
import { PATIENCE_MS, ca, ctl, env, flux_var, sql } from './flux.mjs';

const run = promisify(execFile);

// The programs, what credentials each takes, and whether it has pages.
export const PROGRAMS = {
	web: { takes: ['cookie'], pages: true },
	auth: { takes: ['cookie'], pages: true },
	admin: { takes: ['cookie'], pages: true },
	api: { takes: ['cookie', 'key', 'token', 'cert'], pages: false },
	ingest: { takes: ['key', 'token', 'cert'], pages: false },
};
export const KINDS = ['cookie', 'key', 'token', 'cert'];

// { program, verb, path, needs, fresh, local, basic, pathkey, open, api }, of
// every program.
export const routes = Object.keys(PROGRAMS).flatMap((program) =>
	execFileSync(path.join(flux_var, 'app/bin', `${program}.fcgi`),
		['--routes'], { encoding: 'utf8' }).trim().split('\n')
		.map((line) => line.split(' '))
		.map(([, verb, where, needs, guard, mode]) => ({ program, verb,
			path: where, needs: needs === '-' ? null : needs,
			fresh: guard.includes('FRESH'), local: guard.includes('LOCAL'),
			basic: guard.includes('BASIC'), pathkey: guard.includes('PATHKEY'),
			open: mode === 'TX_NONE',
			api: where.startsWith('/api/') || !PROGRAMS[program].pages })));

// Does it take this kind of credential?
export const knows = (route, kind) => (route.pathkey ? kind === 'key'
	: PROGRAMS[route.program].takes.includes(kind));

// A form of a page must carry the token of its session.
export const is_form = (r) => r.verb !== 'GET' &&
	PROGRAMS[r.program].takes.includes('cookie') && !(r.open && r.api);

// A key or token that its sender adds by itself is no form's; a program that has
// no pages reads no form, so a cookie alone changes nothing there.
const is_sent_by = (route, { kind, csrf }) => PROGRAMS[route.program].pages
	? kind === 'cookie' && csrf
	: ['key', 'token'].includes(kind) && PROGRAMS[route.program].takes.includes(kind);

// ---- what the row promises ----

/*
 * How the answer must look: "open" (whatever the handler says), "form" (403,
 * as no token came), "nobody" (401, or the way to the login), "may not" (403),
 * "confirm" (403, or the way there), "missing" or "in".
 */
export function promised(route, ask) {
	const { can, wide } = ask.rights;

	if (is_form(route) && !is_sent_by(route, ask))
		return 'form';
	if (route.open)
		return 'open';
	if (!knows(route, ask.kind) || !ask.good)
		return 'nobody';
	if (route.needs && !(route.local ? can : wide).has(route.needs))
		return 'may not';
	if (route.fresh && !ask.fresh)
		return 'confirm';
	return /:(?!token)/.test(route.path) && ask.target !== 'own' ? 'missing' : 'in';
}

const goes_to = (answer, where) => answer.status === 303 &&
	answer.headers.location.startsWith(where);
const is_refusal = (answer) => answer.status === 401 || answer.status === 403 ||
	answer.status >= 500 || goes_to(answer, '/login?') ||
	goes_to(answer, '/confirm?');

const LOOKS = {
	open: (route, answer) => answer.status < 500,
	form: (route, answer) => answer.status === 403,
	nobody: (route, answer) =>
		PROGRAMS[route.program].pages && route.verb === 'GET'
			? goes_to(answer, '/login?next=') : answer.status === 401,
	'may not': (route, answer) => answer.status === 403,
	confirm: (route, answer) => (route.api ? answer.status === 403
		: goes_to(answer, '/confirm?next=')),
	// What the form says may be looked at before what it is about.
	missing: (route, answer) => answer.status === 404 ||
		(route.verb !== 'GET' && answer.status === 400),
	in: (route, answer) => !is_refusal(answer),
};

export const looks = (promise, route, answer) => LOOKS[promise](route, answer);

// ---- credentials ----

const hex = (bytes) => `'\\x${bytes.toString('hex')}'`;
const sha256 = (bytes) => crypto.createHash('sha256').update(bytes).digest();
const list = (names) => `ctx.can_of('{${[...names].join(',')}}')`;

export function new_key() {
	const body = `flx_${crypto.randomBytes(4).toString('hex')}_` +
		crypto.randomBytes(32).toString('hex');

	return checked(body);
}

export const cookie_of = (session) => `__Host-fl=${session.toString('hex')}`;
export const csrf_of = (session) =>
	crypto.createHmac('sha256', session).update('form').digest('hex');

// Access tokens, signed as auth signs them: with its newest key.
const signer = path.join(flux_var, 'secret/token');
const [kid] = readdirSync(signer).sort().slice(-1)
	.map((name) => name.replace(/\.pem$/, ''));
const signing_key = readFileSync(path.join(signer, `${kid}.pem`));
const origin = readFileSync(path.join(flux_var, 'etc/auth.conf'), 'utf8')
	.match(/^origin = (.*)$/m)[1];

export function token_of(sid, { late = 0, key = signing_key } = {}) {
	const text = (o) => Buffer.from(JSON.stringify(o)).toString('base64url');
	const now = Math.floor(Date.now() / 1000) - late;
	const signed = `${text({ alg: 'ES256', typ: 'at+jwt', kid })}.` +
		text({ iss: origin, aud: origin, sub: 'user:1',
			sid: sid.toString('base64url'), iat: now, nbf: now,
			exp: now + 3600, scope: '' });

	return `${signed}.${crypto.sign('sha256', Buffer.from(signed),
		{ key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

// Certificates signed by themselves: whose they are is said by the database.
export async function certificates(names) {
	const folder = mkdtempSync(path.join(tmpdir(), 'flux-matrix-'));
	const key = path.join(folder, 'key');

	try {
		await run('openssl', ['ecparam', '-name', 'prime256v1', '-genkey',
			'-noout', '-out', key]);
		const secret = readFileSync(key, 'utf8');

		return await Promise.all(names.map(async (name) => {
			const { stdout } = await run('openssl', ['req', '-x509', '-new',
				'-key', key, '-subj', `/CN=${name}`, '-days', '30',
				'-addext', 'extendedKeyUsage=clientAuth']);

			return { pem: stdout, key: secret,
				der: new crypto.X509Certificate(stdout).raw };
		}));
	} finally {
		rmSync(folder, { recursive: true });
	}
}

// ---- a tenant and its people ----

// A tenant with two devices, of which one stands at an asset, and with one of
// everything that a form may end.  Its names are its canaries: no request
// ever holds them.
export async function make_tenant(word) {
	const mark = crypto.randomBytes(4).toString('hex');
	const t = { name: `Matrix ${word} ${mark}`, site: `S-${mark}`,
		own: `in-${mark}`, out: `out-${mark}`, asset: `A-${mark}`,
		session: crypto.randomBytes(32) };

	t.canaries = { tenant: t.name, site: `Canary site ${mark}`,
		own: `Canary near ${mark}`, out: `Canary far ${mark}`,
		person: `Canary person ${mark}`, asset: `Canary hall ${mark}` };
	await ctl('tenant', t.name);
	await ctl('site', t.name, t.site, t.canaries.site, 'UTC');
	await ctl('asset', t.name, t.site, t.asset, t.canaries.asset, 'hall');
	await ctl('device', t.name, t.site, t.own, t.canaries.own,
		'nivus-generic-seed', '--asset', t.asset);
	await ctl('device', t.name, t.site, t.out, t.canaries.out,
		'nivus-generic-seed');
	t.id = Number(await sql('super', `SELECT tenant_id FROM flux.tenant
		WHERE name = '${t.name}'`));
	const [near, far] = (await sql('super', `SELECT min(sensor_id)
		FROM flux.sensor JOIN flux.device d USING (tenant_id, device_id)
		WHERE tenant_id = ${t.id} GROUP BY d.key
		ORDER BY d.key = '${t.out}'`)).split('\n');

	await sql('super', `INSERT INTO flux.profile (tenant_id, id, version, body,
		made_by) VALUES (${t.id}, 'own', '1', '{"id": "own", "points":
		[{"key": "p", "address": 0, "type": "UINT16"}]}', 0)`);
	t.objects = { device: t.own, sensor: near, ...await victims(t) };
	t.elsewhere = { device: t.out, sensor: far };
	return t;
}

// What forms may end, of a person who holds nothing.
async function victims(t) {
	const key = new_key(), index = crypto.randomBytes(16).toString('hex');
	const [user, session, cert] = (await sql('super', `
		WITH l AS (INSERT INTO ctx.login (email, tenant_id, name, can)
			VALUES ('${index}', ${t.id},
			'${t.canaries.person}', 0) RETURNING user_id),
		m AS (INSERT INTO flux.member (tenant_id, user_id, email, name, role)
			SELECT ${t.id}, user_id, '${index}',
			'${t.canaries.person}', 'viewer' FROM l),
		s AS (INSERT INTO ctx.session (token_hash, tenant_id, user_id,
			expires_at) SELECT ${hex(sha256(t.session))}, ${t.id}, user_id,
			now() + interval '1 h' FROM l RETURNING session_id),
		k AS (INSERT INTO ctx.api_key (key_hash, key_id, tenant_id, device_id,
			can) SELECT ${hex(sha256(Buffer.from(key)))},
			'${key.slice(4, 12)}', tenant_id, device_id, 0 FROM flux.device
			WHERE tenant_id = ${t.id} AND key = '${t.out}'),
		c AS (INSERT INTO ctx.device_cert (cert_hash, tenant_id, device_id,
			serial, spki_hash, can, not_before, not_after)
			SELECT ${hex(crypto.randomBytes(32))}, tenant_id, device_id,
			'\\x01', ${hex(crypto.randomBytes(32))}, 0, now(),
			now() + interval '1 day' FROM flux.device
			WHERE tenant_id = ${t.id} AND key = '${t.out}' RETURNING cred_id)
		SELECT user_id, session_id, cred_id FROM l, s, c`)).split('|');
	const role = await sql('super', `INSERT INTO flux.role (tenant_id, name,
		can) VALUES (${t.id}, 'Victim', 0) RETURNING role_id`);

	return { user, session, cert, role, key: key.slice(4, 12) };
}

/*
 * The people of rows { name, can, wide } (sets of permissions; wide holds in
 * the whole tenant), each with three sessions, a key, a token and a
 * certificate.  The sessions: plain, fresh (confirmed just now), and one to be
 * signed out.
 */
export async function make_people(t, rows) {
	const certs = await certificates(rows.map((r) => r.name));
	const people = rows.map((row, i) => ({ ...row, cert: certs[i],
		plain: crypto.randomBytes(32), fresh: crypto.randomBytes(32),
		spare: crypto.randomBytes(32), sid: crypto.randomBytes(32),
		key: new_key(),
		index: crypto.randomBytes(16).toString('hex') }));

	await sql('super', 'BEGIN;' + people.map((p) => person(t, p)).join('\n') +
		'COMMIT');
	for (const p of people)
		p.token = token_of(p.sid);
	return people;
}

function person(t, p) {
	const device = `(SELECT device_id FROM flux.device
		WHERE tenant_id = ${t.id} AND key = '${t.own}')`;
	const user = `(SELECT user_id FROM ctx.login
		WHERE tenant_id = ${t.id} AND email = '${p.index}')`;
	const session = (token, till) => `INSERT INTO ctx.session (token_hash,
		tenant_id, user_id, expires_at, fresh_till)
		VALUES (${hex(sha256(token))}, ${t.id}, ${user},
		now() + interval '1 day', '${till}');`;

	return `INSERT INTO ctx.login (email, tenant_id, name, can, wide)
		VALUES ('${p.index}', ${t.id}, '${p.name}', ${list(p.can)},
		${list(p.wide)});
	INSERT INTO flux.member (tenant_id, user_id, email, name, role)
		VALUES (${t.id}, ${user}, '${p.index}', '${p.name}', 'viewer');
	${session(p.plain, '-infinity')} ${session(p.fresh, 'infinity')}
	${session(p.spare, 'infinity')}
	INSERT INTO ctx.api_key (key_hash, key_id, tenant_id, device_id, can)
		VALUES (${hex(sha256(Buffer.from(p.key)))}, '${p.key.slice(4, 12)}',
		${t.id}, ${device}, ${list(p.can)});
	INSERT INTO ctx.device_cert (cert_hash, tenant_id, device_id, serial,
		spki_hash, can, not_before, not_after)
		VALUES (${hex(sha256(p.cert.der))}, ${t.id}, ${device}, '\\x01',
		${hex(crypto.randomBytes(32))}, ${list(p.can)},
		now() - interval '1 h', now() + interval '1 day');
	WITH f AS (INSERT INTO ctx.family (tenant_id, user_id, can, expires_at)
		VALUES (${t.id}, ${user}, ${list(p.can)}, now() + interval '1 day')
		RETURNING family_id)
	INSERT INTO ctx.token (token_hash, tenant_id, family_id, kind, expires_at)
		SELECT ${hex(sha256(p.sid))}, ${t.id}, family_id, 'a',
		now() + interval '1 h' FROM f;`;
}

// Whoever holds more than he holds in the whole tenant holds it at t's asset.
export async function place(t, people) {
	for (const p of people.filter((who) => who.can.size > who.wide.size))
		await sql('super', `WITH r AS (INSERT INTO flux.role (tenant_id, name,
			can) VALUES (${t.id}, '${p.name}', ${list(p.can)})
			RETURNING role_id),
		x AS (SELECT user_id, asset_id FROM ctx.login l, flux.asset a
			WHERE l.email = '${p.index}' AND a.tenant_id = ${t.id}
			AND a.key = '${t.asset}'),
		g AS (INSERT INTO flux.grant_ (tenant_id, user_id, role_id, asset_id)
			SELECT ${t.id}, user_id, role_id, asset_id FROM r, x)
		INSERT INTO flux.reach (tenant_id, user_id, asset_id, can)
			SELECT ${t.id}, user_id, asset_id, ${list(p.can)} FROM x`);
}

// Everything a tenant owns, as one hash, but for when the worker looked at it.
export async function hash(t) {
	const tables = (await sql('super', `SELECT c.oid::regclass FROM pg_class c
		 JOIN pg_attribute a ON attrelid = c.oid AND attname = 'tenant_id'
		WHERE relnamespace IN ('flux'::regnamespace, 'ctx'::regnamespace)
		  AND relkind IN ('r', 'p') AND NOT relispartition
		  AND relname NOT IN ('usage_day', 'rolling', 'retained')
		ORDER BY 1`)).split('\n');

	return sql('super', tables.map((table) => `SELECT '${table}', count(*),
		md5(string_agg(to_jsonb(x)::text, ' ' ORDER BY to_jsonb(x)::text))
		FROM ${table} x WHERE x.tenant_id = ${t.id}`).join(' UNION ALL '));
}

// ---- asking ----

const PARALLEL = 12;
const agent = new nodehttp.Agent({ keepAlive: true, maxSockets: PARALLEL });
const agents = new Map(); // of certificates

function agent_of({ pem, key }) {
	if (!agents.has(pem))
		agents.set(pem, new https.Agent({ keepAlive: true, maxSockets: 2,
			ca, cert: pem, key }));
	return agents.get(pem);
}

function once(verb, url, headers, body, cert) {
	const target = new URL(url, cert ? env.FLUX_DEVICE_URL : env.FLUX_URL);

	return new Promise((resolve, reject) => {
		const asked = (cert ? https : nodehttp).request(target,
			{ method: verb, headers, agent: cert ? agent_of(cert) : agent },
			(answer) => {
				const parts = [];

				answer.on('data', (part) => parts.push(part));
				answer.on('error', reject);
				answer.on('end', () => resolve({ status: answer.statusCode,
					headers: answer.headers,
					body: Buffer.concat(parts).toString() }));
			});

		// nginx may hang up in the moment in which we ask once more.
		asked.on('error', (e) => (asked.reusedSocket &&
			e.code === 'ECONNRESET' ? resolve(once(verb, url, headers, body,
				cert)) : reject(e)));
		asked.setTimeout(PATIENCE_MS, () =>
			asked.destroy(new Error('no answer')));
		asked.end(body);
	});
}

// Who is told to come again comes again.
async function ask(...request) {
	for (let tries = 0;; tries++) {
		const answer = await once(...request);

		if (tries === 5 || (answer.status !== 429 && answer.status !== 503))
			return answer;
		await sleep(200);
	}
}

// What belongs into a route's path, of the objects that are asked about.
const PARAMS = [
	[/^\/admin\/users\/:id/, 'user'], [/^\/admin\/roles\/:id/, 'role'],
	[/^\/admin\/keys\/:id/, 'key'], [/^\/admin\/certificates\/:id/, 'cert'],
	[/^\/account\/sessions\/:id/, 'session'], [/:key/, 'device'],
	[/^\/platform\/tenants\/:id/, 'tenant'], [/:/, 'code'],
];

// What forms and addresses name besides, of the objects that are asked about.
const name_of = (o) => ({ gateway: o.device, device: 'meter', sensor: 'flow' });
const FIELDS = {
	'/admin/waiting/adopt': (o) => ({ ...name_of(o), to_device: o.device,
		key: 'flow_rate' }),
	'/admin/waiting/ignore': name_of,
};
const QUERIES = {
	'/devices/:key/why': () => 'sensor=flow_rate',
	'/api/v1/profiles/apply': (o) => `id=own&version=1&device=${o.device}`,
};

function address(route, { objects, kind, secret }) {
	if (route.pathkey)
		return route.path.replace(':token',
			kind === 'key' ? secret : new_key());
	const [, what] = PARAMS.find(([at]) => at.test(route.path)) ?? [];
	const where = route.path.replace(/:\w+/, objects[what]);

	if (QUERIES[route.path])
		return `${where}?${QUERIES[route.path](objects)}`;
	if (route.verb !== 'GET')
		return where;
	return `${where}?${what ? `sensor=${objects.sensor}`
		: `device=${objects.device}&sensor=flow_rate&limit=5`}`;
}

function credential(route, ask_for) {
	if (route.pathkey && ask_for.kind === 'key')
		return {};
	if (route.basic && ask_for.kind === 'key')
		return { Authorization: `Basic ${Buffer.from(
			`gateway:${ask_for.secret}`).toString('base64')}` };
	switch (ask_for.kind) {
	case 'cookie':
		return { Cookie: cookie_of(ask_for.secret) };
	case 'key':
		return { 'X-API-Key': ask_for.secret };
	case 'token':
		return { Authorization: `Bearer ${ask_for.secret}` };
	default:
		return {};
	}
}

// One cell of the matrix: a route, asked as ask_for says.
export async function put(route, ask_for) {
	const headers = credential(route, ask_for);
	let body;

	if (route.verb !== 'GET' && route.api) {
		headers['Content-Type'] = 'application/json';
		body = JSON.stringify({ readings: [{ device: ask_for.objects.device,
			ts: new Date().toISOString(), values: { flow_rate: 1 } }] });
	} else if (route.verb !== 'GET') {
		headers['Content-Type'] = 'application/x-www-form-urlencoded';
		body = new URLSearchParams({
			...(ask_for.csrf ? { csrf: ask_for.csrf } : {}),
			...(ask_for.target === 'other'
				? { device: ask_for.objects.device,
					user: ask_for.objects.user } : {}),
			...FIELDS[route.path]?.(ask_for.objects),
		}).toString();
	}
	if (body !== undefined)
		headers['Content-Length'] = Buffer.byteLength(body);
	return ask(route.verb, address(route, ask_for), headers, body,
		ask_for.kind === 'cert' ? ask_for.secret : undefined);
}

// Some at a time; what each came to, in order.
export async function all(jobs, work) {
	const results = [];
	let next = 0;

	await Promise.all(Array.from({ length: PARALLEL }, async () => {
		while (next < jobs.length) {
			const at = next++;

			results[at] = await work(jobs[at]);
		}
	}));
	return results;
}

export function hang_up() {
	for (const a of [agent, ...agents.values()])
		a.destroy();
}
