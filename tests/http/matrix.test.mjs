// Every route, for every role, with every kind of credential, about what is
// one's own and about what is another's, while the credential holds and when
// it has stopped to.  What must come is computed from the route's row; each
// answer that is another is a surprise, and each that shows what it must not
// is a leak.
// Takes long.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { sql } from '../lib/flux.mjs';
import { KINDS, PROGRAMS, all, certificates, csrf_of, hang_up, hash,
	is_form, knows, looks, make_people, make_tenant, new_key, place, promised, put,
	routes, token_of } from '../lib/matrix.mjs';

const NOBODY = { can: new Set(), wide: new Set() };
const CUSTOM = ['devices:read', 'keys:read', 'audit:read', 'debug:read'];
const NONE = { device: 'no-such-device', sensor: '2147483647',
	user: '4611686018427387904',
	session: '4611686018427387904', cert: '4611686018427387904',
	role: '2147483647', key: '00000000', tenant: '2147483647', code: 'none' };
const needs = [...new Set(routes.map((r) => r.needs))].filter(Boolean);
const count = { probes: 0, leaks: 0, surprises: 0 };

let ours, theirs, spare; // tenants
let roles, scopes; // people
let strange; // a certificate that nobody knows
let before_all;
const refusals = new Map(); // route and kind: the texts of its 401
const missing = new Map(); // route, person and kind: the same of what is not
const shown = new Map(); // route: the statuses of who may see what is his
// Where a key of no device is told so: http/agents.
const OF_AGENTS = ['/api/v1/ingest/bundle'];
// Routes that name what is nowhere: nobody has tried what they do.
const untried = new Set();

// ---- who ----

const names = async (bundle) => new Set((await sql('super',
	`SELECT unnest(ctx.can_names(ctx.bundle('${bundle}')))`)).split('\n'));

async function rows_of_roles() {
	const rows = [];

	for (const name of ['viewer', 'operator', 'technician', 'admin',
		'platform']) {
		const can = await names(name);

		rows.push({ name, can, wide: can });
	}
	rows.push({ name: 'custom', can: new Set(CUSTOM), wide: new Set(CUSTOM) },
		{ name: 'restricted', can: await names('technician'),
			wide: new Set() });
	return rows;
}

// A form that is refused is shown again, by who may see its page; and below an
// asset is exported what may be read there.
const SEES = { 'exports:read': 'telemetry:read',
	'users:write': 'users:read', 'roles:write': 'users:read',
	'keys:write': 'keys:read', 'settings:write': 'settings:read' };

// For each permission who has nothing else, who has all else, and who has it
// in one place only.
async function rows_of_scopes() {
	const every = (await sql('super', 'SELECT name FROM ctx.permission()'))
		.split('\n');

	return needs.flatMap((p) => {
		const only = new Set([p, SEES[p]].filter(Boolean));
		const others = new Set(every.filter((name) => name !== p));

		return [{ name: `only ${p}`, p, can: only, wide: only },
			{ name: `without ${p}`, p, can: others, wide: others },
			{ name: `somewhere ${p}`, p, can: only, wide: new Set() }];
	});
}

// ---- what may be wrong with a credential ----

const TABLES = { cookie: 'session', key: 'api_key', token: 'token',
	cert: 'device_cert' };
const of_ours = (set) => sql('super', `BEGIN; ${set.map(([kind, to]) =>
	`UPDATE ctx.${TABLES[kind] ?? kind} SET ${to}
	  WHERE tenant_id = ${ours.id};`).join('\n')} COMMIT`);
const ago = "now() - interval '1 s'";

/*
 * for: the kinds that it concerns; ends: those that are refused then, none
 * when absent; secret: what is shown instead; on, off: what the database is
 * told before and after.
 */
const STATES = [
	{ name: 'nobody knows', ends: KINDS,
		secret: { cookie: () => randomBytes(32), key: new_key,
			token: () => token_of(randomBytes(32)), cert: () => strange } },
	{ name: 'is forged', for: ['key', 'token'], ends: KINDS,
		secret: { key: (p) => p.key.slice(0, -1) +
				(p.key.endsWith('0') ? '1' : '0'),
		token: (p) => p.token.slice(0, -8) +
			(p.token.endsWith('A') ? 'B' : 'A').repeat(8) } },
	{ name: 'is an hour old', for: ['token'], ends: KINDS,
		secret: { token: (p) => token_of(p.sid, { late: 3601 }) } },
	{ name: 'has no token of its form', for: ['cookie'], no_csrf: true },
	{ name: 'has expired', ends: KINDS,
		on: [['cookie', `expires_at = ${ago}`], ['key', `expires_at = ${ago}`],
			['token', `expires_at = ${ago}`], ['cert', `not_after = ${ago}`]],
		off: [['cookie', "expires_at = now() + interval '1 day'"],
			['key', "expires_at = 'infinity'"],
			['token', "expires_at = now() + interval '1 h'"],
			['cert', "not_after = now() + interval '1 day'"]] },
	{ name: 'has not been used for 31 minutes', for: ['cookie'], ends: KINDS,
		on: [['cookie', "seen_at = now() - interval '31 min'"]],
		off: [['cookie', 'seen_at = now()']] },
	{ name: 'waits for its code', for: ['cookie'], ends: KINDS,
		on: [['cookie', "stage = 'code'"]], off: [['cookie', "stage = 'open'"]] },
	{ name: 'is for another net', for: ['key'], ends: KINDS,
		on: [['key', "nets = '{192.0.2.0/24}'"]], off: [['key', 'nets = NULL']] },
	{ name: 'goes with a certificate', for: ['key'], ends: KINDS,
		on: [['key', "cert_hash = '\\x00'"]],
		off: [['key', 'cert_hash = NULL']] },
	{ name: 'is not yet to be used', for: ['cert'], ends: KINDS,
		on: [['cert', "not_before = now() + interval '1 day'"]],
		off: [['cert', "not_before = now() - interval '1 h'"]] },
	{ name: 'is of a suspended person', ends: ['cookie', 'token'],
		on: [['login', 'suspended_at = now()']],
		off: [['login', 'suspended_at = NULL']] },
	{ name: 'is of a suspended tenant', ends: KINDS,
		on: [['tenant_home', 'suspended_at = now()']],
		off: [['tenant_home', 'suspended_at = NULL']] },
	{ name: 'holds again' },
	{ name: 'was revoked', ends: KINDS,
		on: [['cookie', 'token_hash = sha256(token_hash)'],
			['key', `revoked_at = ${ago}`], ['family', `revoked_at = ${ago}`],
			['cert', `revoked_at = ${ago}`]] },
];

// ---- the cells ----

const objects_of = {
	own: () => ({ ...ours.objects, tenant: spare.id, code: 'none' }),
	out: () => ({ ...ours.objects, ...ours.elsewhere }),
	other: () => ({ ...theirs.objects, tenant: NONE.tenant, code: 'none' }),
	none: () => NONE,
};

const secret_of = {
	cookie: (p, route, fresh) => (route.open ? p.spare
		: fresh ? p.fresh : p.plain),
	key: (p) => p.key,
	token: (p) => p.token,
	cert: (p) => p.cert,
};

function cell(route, person, kind, target, state, fresh = false) {
	const secret = state.secret?.[kind]?.(person) ??
		secret_of[kind](person, route, fresh);
	const whole = kind === 'key' || kind === 'cert';

	return { route, person, kind, target, state, fresh, secret,
		csrf: kind === 'cookie' && !state.no_csrf ? csrf_of(secret) : null,
		good: !(state.ends ?? []).includes(kind),
		rights: whole ? { can: person.can, wide: person.can } : person,
		objects: objects_of[target]() };
}

// The devices' port answers programs only.
const is_there = (route, kind) => kind !== 'cert' || route.api;

// A form is put as it is after the confirmation, and as it is before.
const freshness = (route, kind) =>
	(route.fresh && kind === 'cookie' ? [false, true] : [false]);

// What is wrong with one kind only is tried where that kind is taken.
const concerns = (state, route, kind) => !state.for || state.no_csrf ||
	(!route.open && knows(route, kind));

function* cells_of(state, targets) {
	for (const [i, person] of roles.entries())
		for (const [j, route] of routes.entries())
			for (const kind of state.for ?? KINDS)
				if (is_there(route, kind) && concerns(state, route, kind))
					for (const target of targets(i + j, person, kind, route))
						for (const fresh of freshness(route, kind))
							yield cell(route, person, kind, target, state, fresh);
}

const is_restricted = (person, kind) =>
	(kind === 'cookie' || kind === 'token') &&
	person.can.size > person.wide.size;

// Own things and another tenant's, what there is not, and what is one's own
// tenant's and elsewhere.
function every_target(n, person, kind, route) {
	const elsewhere = is_restricted(person, kind) && !/:[^k]/.test(route.path);

	return ['own', 'other',
		...(route.path.includes(':') || route.verb === 'GET' ? ['none'] : []),
		...(elsewhere ? ['out'] : [])];
}

// When the credential is at fault it does not matter: one of the two.
const one_target = (n) => [n % 2 ? 'own' : 'other'];

// ---- the answers ----

// A reading of ours, so that there is one to ask about.
async function say_something() {
	const sender = roles.find((p) => p.wide.has('telemetry:write'));
	const route = routes.find((r) => r.verb === 'POST' &&
		r.path === '/api/v1/ingest');
	const answer = await put(route, cell(route, sender, 'key', 'own', {}));

	assert.equal(answer.status, 202, answer.body);
}

// What an answer says but for the moment, the session and what was asked.
function said(answer, c) {
	let text = answer.body.replaceAll(answer.headers['x-request-id'], '');

	for (const word of Object.values(c.objects).map(String))
		if (word.length > 3)
			text = text.replaceAll(word, '');
	return `${answer.status} ${text
		.replaceAll(/[0-9a-f]{64}|\d+-\d+-\d+T[\d:.]+Z/g, '')
		.replaceAll(/\d+ \w+ \d+:\d+ UTC|<time.*?<\/time>/g, '')}`;
}

function leaks_in(answer, c, promise) {
	const text = JSON.stringify(answer.headers) + answer.body;
	const { tenant, ...things } = ours.canaries;
	const hidden = Object.values(theirs.canaries).filter((name) =>
		!(c.route.needs === 'tenants:manage' && promise === 'in' &&
			name === theirs.name));

	if (promise === 'nobody' || promise === 'form')
		hidden.push(tenant, ...Object.values(things));
	if (promise === 'may not')
		hidden.push(...Object.values(things));
	if (c.kind !== 'none' && is_restricted(c.person, c.kind))
		hidden.push(things.out);
	return hidden.filter((name) => text.includes(name));
}

const where = (c) => `${c.route.program} ${c.route.verb} ${c.route.path}, ` +
	`${c.person.name} by ${c.kind}${c.fresh ? ', fresh' : ''}`;
const title = (c) => `${where(c)}, ${c.target}`;

function note(answer, c, promise) {
	const add = (map, key, value) =>
		map.set(key, new Set([...(map.get(key) ?? []), value]));

	if (promise === 'nobody' && c.kind !== 'none' && answer.status === 401 &&
	    knows(c.route, c.kind) && !c.state.for)
		add(refusals, `${c.route.path} ${c.kind}`, said(answer, c));
	if (c.route.verb === 'GET' && promise === 'in' && c.target === 'own' &&
	    !OF_AGENTS.includes(c.route.path))
		add(shown, c.route.path, answer.status);
	if (c.target !== 'own' && (promise === 'missing' ||
	    (promise === 'in' && c.route.verb === 'GET')))
		add(missing, where(c), answer.status < 400 ? `${answer.status}`
			: said(answer, c));
	if (promise === 'in' && c.target === 'own' && answer.status === 404 &&
	    !/:[^k]/.test(c.route.path))
		untried.add(`${c.route.verb} ${c.route.path}`);
}

// Puts them all; what is a surprise or a leak, in words.
async function walk(cells) {
	const found = await all([...cells], async (c) => {
		const answer = await put(c.route, c);
		const promise = promised(c.route, c);
		const leaks = leaks_in(answer, c, promise);
		const bad = [];

		count.probes++;
		note(answer, c, promise);
		if (!looks(promise, c.route, answer)) {
			count.surprises++;
			bad.push(`${title(c)}: ${answer.status} ` +
				`${answer.headers.location ?? ''} is not "${promise}"`);
		}
		if (leaks.length > 0) {
			count.leaks++;
			bad.push(`${title(c)}: shows ${leaks}`);
		}
		return bad;
	});

	assert.deepEqual(found.flat().slice(0, 40), []);
}

// Where there is more than one text, and the lines that are not in all.
const differing = (map) => [...map].filter(([, texts]) => texts.size > 1)
	.map(([what, texts]) => {
		const lines = [...texts].map((text) => String(text).split('\n'));

		return [what, ...new Set(lines.flat().filter((line) =>
			!lines.every((one) => one.includes(line))))]
			.map((line) => line.slice(0, 200));
	}).slice(0, 20);

describe('the matrix', () => {
	before(async () => {
		[ours, theirs, spare] = await Promise.all(
			['ours', 'theirs', 'spare'].map(make_tenant));
		[[strange], roles, scopes] = await Promise.all([
			certificates(['nobody']), rows_of_roles(), rows_of_scopes()]);
		await sql('super', `UPDATE ctx.tenant_home SET platform = true
			WHERE tenant_id = ${ours.id}`);
		roles = await make_people(ours, roles);
		scopes = await make_people(ours, scopes);
		await place(ours, [...roles, ...scopes]);
		await say_something();
		before_all = await hash(theirs);
	});

	after(() => {
		hang_up();
		if (untried.size > 0)
			console.log('no such thing in the fixture: ' +
				[...untried].join(', '));
		console.log(`surprises ${count.surprises}`);
		console.log(`routes ${routes.length} roles ${roles.length} ` +
			`probes ${count.probes} leaks ${count.leaks}`);
	});

	test('has every program, and every kind of row', () => {
		for (const program of Object.keys(PROGRAMS))
			assert.ok(routes.some((r) => r.program === program), program);
		for (const is of [(r) => r.open, (r) => r.fresh, (r) => r.local,
			is_form, (r) => r.needs && !r.local])
			assert.ok(routes.some(is), String(is));
		assert.ok(needs.length >= 15, `${needs}`);
	});

	test('nobody comes in', () => walk(routes.flatMap((route) =>
		['own', 'other'].map((target) => ({ route, kind: 'none', target,
			person: { name: 'nobody' }, state: {}, csrf: null, good: false,
			rights: NOBODY, objects: objects_of[target]() })))));

	test('who is in sees and does what his role may, and no more',
		() => walk(cells_of({}, every_target)));

	test('a permission is what its routes ask for, and nothing else is',
		() => walk(scopes.flatMap((person) => routes
			.filter((route) => route.needs === person.p)
			.flatMap((route) => KINDS
				.filter((kind) => knows(route, kind) && is_there(route, kind))
				.flatMap((kind) => every_target(0, person, kind, route)
					.map((target) => cell(route, person, kind, target, {},
						true)))))));

	for (const state of STATES)
		test(`a credential that ${state.name}`, async () => {
			await of_ours(state.on ?? []);
			try {
				await walk(cells_of(state, one_target));
			} finally {
				await of_ours(state.off ?? []);
			}
		});

	test('what is wrong with a credential is not said', () =>
		assert.deepEqual(differing(refusals), []));

	test('who may see what is his sees it, whoever he is', () =>
		assert.deepEqual(differing(shown), []));

	test('what is another\'s is as missing as what is nowhere', () => {
		const told = differing(missing);

		count.leaks += told.length;
		assert.deepEqual(told, []);
	});

	test('nothing of the other tenant has changed', async () => {
		assert.equal(await hash(theirs), before_all);
	});
});
