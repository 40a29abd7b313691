// Every route against every credential that is not the owner's.  The routes
// are the programs' own tables; two tenants are made for this test, and what
// the second one owns must never come to the first.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ctl, flux_var, http, login, sql, waitFor } from '../lib/flux.mjs';
import { new_key } from '../lib/matrix.mjs';
import { Plant } from '../lib/plant.mjs';
import { settle } from '../lib/worker.mjs';

const PROGRAMS = ['web', 'auth', 'admin', 'api', 'ingest'];

// { program, verb, path, needs, guard, mode }, of every program.
const routes = PROGRAMS.flatMap((program) =>
	execFileSync(path.join(flux_var, 'app/bin', `${program}.fcgi`),
		['--routes'], { encoding: 'utf8' }).trim().split('\n')
		.map((line) => line.split(' '))
		.map(([, verb, route, needs, guard, mode]) =>
			({ program, verb, path: route, needs, guard, mode })));

// A tenant with a site, a device, a reading, a dead letter and a person.
// Its names are its canaries: no request ever holds them.
async function make(letter, flow) {
	const mark = randomBytes(4).toString('hex');
	const t = {
		name: `Isolation ${letter} ${mark}`,
		device: `iso-${letter}-${mark}`,
		site: `site-${letter}-${mark}`,
		email: `${letter}-${mark}@isolation.example`,
		password: randomBytes(12).toString('hex'),
		canaries: [
			`Isolation ${letter} ${mark}`, `Canary site ${mark}`,
			`Canary device ${mark}`, `Canary person ${mark}`,
			new RegExp(String(flow).replace(/^(\d)/, '$1\\D?')
				.replace('.', '[.,]')),
		],
		flow,
	};

	await ctl('tenant', t.name);
	await ctl('site', t.name, t.site, `Canary site ${mark}`, 'UTC');
	await ctl('device', t.name, t.site, t.device, `Canary device ${mark}`,
		'nivus-generic-seed');
	await ctl('user', t.name, t.email, `Canary person ${mark}`, 'admin',
		{ input: t.password });
	t.key = (await ctl('key', t.name, t.device,
		'ingest,view,commands:send,commands:approve,devices:write,' +
		'debug:read'))
		.match(/flx_\w+/)[0];
	const [id, device_id, code] = (await sql('super',
		`SELECT tenant_id, device_id, min(code) FROM flux.sensor
		   JOIN flux.device d USING (tenant_id, device_id)
		  WHERE d.key = '${t.device}' GROUP BY 1, 2`)).split('|');
	Object.assign(t, { id, device_id, code });
	await send(t, { readings: [{ device: t.device,
		ts: new Date().toISOString(), values: { flow_rate: flow } }] });
	await send(t, { readings: [{ device: t.device,
		ts: new Date().toISOString(),
		values: { no_such_sensor: flow } }] });
	await waitFor(() => sql('super',
		`SELECT 1 FROM flux.latest WHERE tenant_id = ${id}`), 10000);
	t.cookie = await login(t.email, t.password);
	return t;
}

function send(t, body) {
	return ask('POST', '/api/v1/ingest', { 'X-API-Key': t.key }, body);
}

// nginx may ask to slow down; then the question is put again.
async function ask(verb, url, headers, body) {
	for (;;) {
		const answer = await http(verb, url, { headers, body });

		if (answer.status !== 429)
			return answer;
		await sleep(250);
	}
}

// A form of a page; it has a token of its session, or it is refused.
function isForm(route) {
	return route.verb !== 'GET' && route.program !== 'ingest' &&
		!route.path.startsWith('/api/');
}

// Everything a tenant owns, as one hash; when a credential was last used may
// change, and the worker counts the ledger, rolls up and looks for what is to be
// deleted when it is time.
async function hash(t) {
	const tables = (await sql('super', `SELECT c.oid::regclass FROM pg_class c
		 JOIN pg_attribute a ON attrelid = c.oid AND attname = 'tenant_id'
		WHERE relnamespace IN ('flux'::regnamespace, 'ctx'::regnamespace)
		  AND relkind IN ('r', 'p') AND NOT relispartition
		  AND relname NOT IN ('usage_day', 'retained')
		  AND relname NOT LIKE 'roll%'
		ORDER BY 1`))
		.split('\n');

	assert.ok(tables.length >= 15, 'the hash covers every table');
	return sql('super', tables.map((table) =>
		`SELECT '${table}', count(*), md5(string_agg(kept::text, ' '
		   ORDER BY kept::text))
		   FROM ${table} x, LATERAL (SELECT to_jsonb(x)
		        - '{seen_at,used_at,addr,used_addr}'::text[] AS kept) y
		  WHERE x.tenant_id = ${t.id}`)
		.join(' UNION ALL '));
}

// Those of t's canaries that are in an answer.
function canaries_in(answer, t) {
	const text = JSON.stringify(answer.headers) + answer.body;

	return t.canaries.filter((c) => c instanceof RegExp
		? c.test(text) : text.includes(c));
}

// Does its path name something of a tenant's?
const has_object = (route) => /:(?!token)/.test(route.path);

// As a sender without headers of its own says its key.
const basic = (key) => ({ Authorization:
	`Basic ${Buffer.from(`gateway:${key}`).toString('base64')}` });

// A route's addresses with what belongs to t in its path and in its query.
// A :token is the key that asks.
function addresses(route, t, key = '') {
	const ids = [t.device, t.device_id, t.site];
	const paths = has_object(route)
		? ids.map((id) => route.path.replace(/:\w+/g, id))
		: [route.path.replace(':token', key)];
	const queries = ['', `?device=${t.device}`, `?device=${t.device_id}`,
		`?device=${t.device}&sensor=flow_rate&span=24h&limit=10`,
		`?device_id=${t.device}&site=${t.site}`, `?sensor=${t.code}`,
		`?tenant=${t.id}&tenant_id=${t.id}&since=0`];

	return paths.flatMap((p) => queries.map((q) => p + q));
}

// Headers that some other system might believe.
const claims = (t) => ({
	'X-Tenant': t.id, 'X-Tenant-Id': t.id, 'X-Device-Id': t.device,
	'X-Forwarded-User': t.email, 'X-User': t.email, 'X-Remote-User': t.email,
});

function bodies(route, t) {
	const ts = new Date().toISOString();

	if (isForm(route))
		return [`email=nobody%40isolation.example&password=wrong` +
			`&device=${t.device}&tenant=${t.id}`];
	return [
		{ readings: [{ device: t.device, ts, values: { flow_rate: 1 } }] },
		{ readings: [{ sensorId: t.code, timestamp: ts, value: 1 }] },
		{ tenant_id: t.id, tenant: t.id, device_id: t.device, flow_rate: 1,
			created_at: ts },
		[{ device_id: t.device_id, flow_rate: 1 }],
		{ sensorId: t.code, timestamp: ts, value: 1 },
	];
}

// Every question about t's things that a credential can put to a route.
async function* walk(route, credential, t) {
	const headers = { ...claims(t), ...credential,
		...(isForm(route) ?
			{ 'Content-Type': 'application/x-www-form-urlencoded' } : {}) };

	for (const url of addresses(route, t,
		credential['X-API-Key'] ?? new_key())) {
		if (route.verb === 'GET') {
			yield { url, ...await ask(route.verb, url, headers) };
			continue;
		}
		if (url.includes('?') && (isForm(route) ||
		    !url.includes('tenant=')))
			continue;
		for (const body of bodies(route, t))
			yield { url, ...await ask(route.verb, url, headers, body) };
	}
}

// Trying to sign in is slow on purpose; one credential is enough for it.
function few(route, credentials) {
	return route.program === 'auth' && route.mode === 'TX_NONE' &&
		route.verb === 'POST' ? credentials.slice(0, 1) : credentials;
}

function asks_to_sign_in(route, answer) {
	return answer.status === 401 || answer.status === 403 && (isForm(route) ||
	    route.program === 'api' && route.verb !== 'GET') ||
	    !route.path.startsWith('/api/') && answer.status === 303 && answer.headers.location.startsWith('/login');
}

describe('isolation of tenants over HTTP', () => {
	let a, b, hash_before;

	before(async () => {
		// Devices have numbers that nothing else has: an import of a's with the
		// number of b's device would be found by a, and rightly.
		await sql('super', `SELECT setval(s, greatest(nextval(s), 1000000))
			FROM pg_get_serial_sequence('flux.device', 'device_id') AS s`);
		a = await make('a', 1717.17);
		b = await make('b', 4242.42);
	});

	test('the programs name their routes', () => {
		for (const program of PROGRAMS)
			assert.ok(routes.some((r) => r.program === program), program);
		assert.ok(routes.length >= 10, `${routes.length} routes`);
	});

	test('each owner finds all of his own canaries', async () => {
		for (const owner of [a, b]) {
			const seen = new Set();

			for (const route of routes.filter((r) => r.verb === 'GET')) {
				for (const url of addresses(route, owner, owner.key)) {
					for (const credential of [{ Cookie: owner.cookie },
						{ 'X-API-Key': owner.key }]) {
						const answer = await ask('GET', url, credential);

						canaries_in(answer, owner).forEach((c) => seen.add(c));
					}
				}
			}
			assert.deepEqual(owner.canaries.filter((c) => !seen.has(c)), []);
		}
		// His own exports are written down; and what is packed is not packed
		// again in ten minutes.
		await settle(Object.assign(new Plant(), { id: b.id }));
		hash_before = await hash(b);
	});

	for (const route of routes) {
		const title = `${route.program} ${route.verb} ${route.path}`;

		test(`${title}: nobody gets nothing`, async () => {
			const nobodies = [{},
				{ 'X-API-Key': b.key.slice(0, -1) +
					(b.key.endsWith('0') ? '1' : '0') },
				...(route.guard.includes('BASIC')
					? [basic(new_key()), basic('')] : []),
				{ Authorization: `Bearer ${b.id}` },
				{ Cookie: b.cookie.replace(/=.*/, `=${'A'.repeat(43)}`) },
				{ Cookie: b.cookie.replace(/=.*/, `=${b.key}`) }];

			for (const credential of few(route, nobodies)) {
				for await (const answer of walk(route, credential, b)) {
					assert.deepEqual(canaries_in(answer, b), [], answer.url);
					assert.ok(answer.status < 500, answer.url);
					if (route.mode !== 'TX_NONE')
						assert.ok(asks_to_sign_in(route, answer),
							`${answer.url}: ${answer.status}`);
				}
			}
		});

		test(`${title}: another tenant gets nothing of ours`, async () => {
			const strangers = [{ Cookie: a.cookie }, { 'X-API-Key': a.key },
				{ Authorization: `Bearer ${a.key}` },
				{ Cookie: a.cookie, 'X-API-Key': a.key },
				...(route.guard.includes('BASIC') ? [basic(a.key)] : [])];

			for (const credential of few(route, strangers)) {
				for await (const answer of walk(route, credential, b)) {
					const says = `${answer.url}: ${answer.status}`;

					assert.deepEqual(canaries_in(answer, b), [], says);
					assert.ok(answer.status < 500, says);
					if (has_object(route))
						assert.ok([303, 400, 401, 404,
							...(isForm(route) || (credential.Cookie &&
								route.verb === 'POST') ? [403] : [])]
							.includes(answer.status), says);
				}
			}
		});
	}

	test('a device of another tenant is as missing as one that is not there',
		async () => {
			for (const route of routes.filter((r) =>
				has_object(r) && r.verb === 'GET')) {
				const of = (key) => ask('GET',
					route.path.replace(/:\w+/g, key), { Cookie: a.cookie });
				const [theirs, none] = [await of(b.device),
					await of(b.device.replace('iso-b', 'iso-x'))];
				const bare = (answer) => answer.body
					.replaceAll(answer.headers['x-request-id'], '')
					.replaceAll(/iso-.-/g, '')
					.replaceAll(/\d+-\d+-\d+T[\d:.]+Z/g, '');

				assert.equal(theirs.status, none.status);
				assert.equal(bare(theirs), bare(none));
			}
		});

	test('nothing of ours has changed', async () => {
		assert.equal(await hash(b), hash_before);
	});
});
