// A tenant goes into a database of its own and comes home again: who of it
// notices what, that the others notice nothing, and what a kill leaves.
// Takes long.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { Stack, sleep } from '../lib/stack.mjs';

const CELL = 'flux_apart';
const PASSWORD = 'correct horse battery';
const DAY = 86400000;
const TRIES = 10;
const now = Date.now();
let stack, flux, plants;
let moved, other, idle; // plants, each with key, cookie, email

// fluxctl's lines as they come; it is killed at the one named.
function move(to, killAt) {
	return new Promise((resolve, reject) => {
		const child = spawn(path.join(stack.var, 'app/bin/fluxctl'),
			[path.join(stack.var, 'etc/fluxctl.conf'), 'move', moved.name, to]);
		let said = '', wrong = '';

		child.stderr.on('data', (part) => { wrong += part; });
		child.stdout.on('data', (part) => {
			said += part;
			if (killAt && `\n${said}`.includes(`\n${killAt}\n`))
				child.kill('SIGKILL');
		});
		child.on('close', (code, signal) => (code === 0 || signal
			? resolve({ said, signal }) : reject(new Error(wrong))));
	});
}

async function make(word) {
	const p = await plants.Plant.make(word);

	await p.gateway('GW');
	await p.device('D1', undefined, '--gateway', 'GW');
	await p.device('D2');
	[p.second, p.key] = [await p.key('D2'), await p.key('GW')];
	p.sensor = await flux.sql('super', `SELECT s.sensor_id FROM flux.sensor s
		JOIN flux.device d USING (tenant_id, device_id)
		WHERE tenant_id = ${p.id} AND d.key = 'D1' AND s.key = 'flow_rate'`);
	p.email = `m-${p.id}@move.example`;
	await flux.ctl('user', p.name, p.email, 'Moe', 'admin', { input: PASSWORD });
	p.cookie = await flux.login(p.email, PASSWORD);
	return p;
}

const send = (p, ts, value) => plants.post(p.key, { readings: [
	{ device: 'D1', sensor: 'flow_rate', ts, value }] });
const page = (p, url) => flux.http('GET', url, { headers: { Cookie: p.cookie } });
const values = async (p, from, to) => (await plants.telemetry(p.key, 'D1',
	{ from, to, sensor: 'flow_rate' })).map((r) => r.value);

// In which databases there are rows of it, its own row at home left out.
async function rowsIn(database, p = moved) {
	return Number(await flux.sql('super', `SELECT coalesce(sum(
		(xpath('/row/n/text()', query_to_xml(format(
		'SELECT count(*) AS n FROM %I.%I WHERE tenant_id = ${p.id}',
		schema, name), false, true, '')))[1]::text::int), 0)
		FROM ctx.tenant_tables() WHERE name <> 'tenant_home'`, database));
}

const iso = (t) => new Date(Math.floor(t / 1000) * 1000).toISOString()
	.replace('.000', '');

// What it answers, without what is of the moment: ages, nonces, the clock.
async function answers() {
	const span = `from=${now - 3 * DAY}&to=${now}`;
	const api = ['/api/v1/devices', '/api/devices', '/api/v1/telemetry/latest',
		`/api/v1/telemetry?device=D1&${span}`,
		`/api/v1/telemetry/aggregate?device=D1&sensor=flow_rate&every=1h&${span}`,
		`/api/v1/telemetry/statistics?device=D1&sensor=flow_rate&${span}`,
		`/api/v1/telemetry/rollup?device=D1&sensor=flow_rate&${span}`,
		`/api/v1/telemetry/export?device=D1&${span}`,
		`/api/v1/ledger?${span}`, '/api/flow-data?limit=100'];
	const pair = `from=${iso(now - 3 * DAY)}&to=${iso(now)}`;
	const web = ['/', `/devices/D1?${pair}`, `/devices/D1/series?sensor=${moved.sensor}&${pair}`, '/admin',
		'/admin/users', '/admin/roles', '/admin/keys', '/admin/devices',
		'/admin/certificates', '/admin/quota', '/admin/settings'];
	const all = {};

	for (const url of api)
		all[url] = await plants.get(moved.key, url);
	for (const url of web)
		all[url] = await page(moved, url);
	return Object.fromEntries(Object.entries(all).map(([url, a]) => [url,
		`${a.status} ${a.body}`.replace(/data-now="[^"]*"/, '')
			.replace(/\d+ (s|min|h|d)( ago|<\/time> ago)/g, '')
			.replace(/Page made <time[^>]*>/, '')
			.replace(/\s+/g, ' ')]));
}

// Only where they differ is told.
function assertSame(got, was) {
	const differ = Object.entries(was).filter(([url, text]) => got[url] !== text)
		.map(([url, text]) => {
			const at = [...text].findIndex((c, i) => c !== got[url][i]);

			return `${url}: ${text.slice(at - 80, at + 40)} | ${
				got[url].slice(at, at + 40)}`;
		});

	assert.deepEqual(differ, []);
}

// Everything of a tenant that nobody touches, as one hash.
const hashOf = (p) => flux.sql('super', `SELECT md5(string_agg(x, '|' ORDER BY x))
	FROM (SELECT query_to_xml(format('SELECT md5(string_agg(md5(r::text), ''''
		ORDER BY md5(r::text))) FROM %I.%I r WHERE tenant_id = ${p.id}',
		schema, name), true, true, '')::text || name AS x
	FROM ctx.tenant_tables() WHERE name NOT IN ('usage_day', 'rolling',
		'packing', 'refusal', 'session', 'audit_seal')) t`);

before(async () => {
	stack = await Stack.up('fluxmove');
	flux = stack.flux;
	plants = await import('../lib/plant.mjs');
	const { rolled } = await import('../lib/rollup.mjs');
	const { settle } = await import('../lib/worker.mjs');

	await promisify(execFile)(path.join(flux.root, 'tools/cell'), ['apart'],
		{ env: stack.settings });
	[moved, other, idle] = [await make('Moved'), await make('Other'),
		await make('Idle')];
	for (const p of [moved, idle])
		for (let i = 0; i < 6; i++)
			await plants.post(p.key, { readings: Array.from({ length: 100 },
				(_, k) => ({ device: 'D1', sensor: 'flow_rate', value: i + k,
					ts: now - 2 * DAY + (i * 100 + k) * 60000 })) });
	// Nothing is left to be done, so that nothing of them changes by itself.
	for (const p of [moved, idle]) {
		await settle(p);
		await rolled(p);
	}
});
after(() => stack?.down());

describe('into a cell', () => {
	let kept, posts, foreign, left;

	// It would keep this file from its end.
	after(() => left?.kill());

	test('it answers the same', async () => {
		const was = await answers();

		for (const [url, text] of Object.entries(was))
			assert.match(text, /^200 /, `${url}: ${text.slice(0, 300)}`);
		kept = await hashOf(idle);
		foreign = load(other);
		assert.match((await move('apart')).said, /moved: apart\n$/);
		assertSame(await answers(), was);
		assert.equal(await hashOf(idle), kept);
		await move('home');
	});

	test('who was let in before is waited for, and comes along', async () => {
		const inside = spawn('psql', ['-XqAt', '-h', flux.run, '-p', '5432',
			'-U', 'fl_ingest', '-d', 'flux'], { env: { ...process.env,
			PGPASSFILE: path.join(stack.var, 'secret/fl_ingest.pgpass') } });
		let said = '', over = false;

		left = inside;
		inside.stdout.on('data', (part) => { said += part; });
		inside.stdin.write(`BEGIN; SELECT 'in', tenant_id
			FROM ctx.begin_api_key('${moved.key}');\n`);
		await flux.waitFor(() => said.includes(`in|${moved.id}`));
		const moving = move('apart').finally(() => { over = true; });

		await flux.waitFor(async () =>
			(await send(moved, now, 1)).status === 503);
		await sleep(300);
		assert.equal(over, false);
		inside.stdin.end(`INSERT INTO flux.dead_letter (tenant_id, at,
			source_id, place, code, detail, body) VALUES (${moved.id}, now(),
			0, 'late', 'late', '', ''); COMMIT;\n`);
		await moving;
		assert.equal(await flux.sql('super', `SELECT count(*) FROM
			flux.dead_letter WHERE tenant_id = ${moved.id} AND code = 'late'`,
		CELL), '1');
		await move('home');
	});

	test('what was acknowledged is there, once, and nothing else', async () => {
		posts = load(moved);
		await sleep(100);
		await move('apart');
		await sleep(200);
		await posts.end();
		await foreign.end();
		const { sent, refused } = posts;

		assert.ok(refused.length > 0, 'nobody came while it moved');
		assert.deepEqual([...new Set(refused.map((a) => a.status))], [503]);
		for (const a of refused)
			assert.match(a.headers['retry-after'], /^\d+$/);
		assert.ok(sent.length > 10);
		assert.deepEqual(await values(moved, posts.from, posts.from + DAY / 2),
			sent.sort((a, b) => a - b));
	});

	test('the others noticed nothing', async () => {
		assert.deepEqual(foreign.refused.map((a) => a.status), []);
		assert.deepEqual(await values(other, foreign.from, foreign.from + DAY / 2),
			foreign.sent.sort((a, b) => a - b));
		assert.equal(await hashOf(idle), kept);
	});

	test('home has nothing of it but its name', async () => {
		assert.equal(await rowsIn('flux'), 0);
		assert.ok(await rowsIn(CELL) > 100);
		assert.equal(await rowsIn(CELL, other), 0);
		assert.match(await flux.ctl('audit', 'verify', moved.name), /whole/);
	});

	test('a new reading is derived there', async () => {
		assert.equal((await send(moved, now + 1000, 4711)).status, 202);
		await flux.waitFor(async () =>
			(await plants.latest(moved.key, 'D1')).flow_rate.value === 4711 &&
			await flux.sql('super', `SELECT NOT EXISTS (SELECT FROM flux.landing
				WHERE tenant_id = ${moved.id}) AND NOT EXISTS (SELECT
				FROM flux.ingest_batch WHERE tenant_id = ${moved.id}
				AND stored IS NULL)`, CELL) === 't', 5000);
		assert.equal(await rowsIn('flux'), 0);
	});

	test('its sites and devices are analysed there', () => flux.waitFor(() =>
		flux.sql('super', `SELECT 1 FROM ctx.tenant_home
			WHERE tenant_id = ${moved.id} AND unanalysed < 500 AND 2 = (
			SELECT count(*) FROM pg_stat_all_tables WHERE schemaname = 'flux'
			AND relname IN ('site', 'device') AND last_analyze IS NOT NULL)`,
		CELL)));

	test('a key that is revoked, and a session that ends, are refused', async () => {
		const id = moved.second.split('_')[1];

		assert.equal((await plants.get(moved.second, '/api/devices')).status, 200);
		await flux.ctl('revoke', moved.name, id);
		assert.equal((await plants.get(moved.second, '/api/devices')).status, 401);
		assert.equal((await page(moved, '/')).status, 200);
		await flux.ctl('session', moved.name, 'end', moved.email);
		assert.equal((await page(moved, '/')).status, 303);
		await flux.waitFor(() => flux.sql('super', `SELECT 1 FROM flux.audit
			WHERE tenant_id = ${moved.id} AND act = 'auth.refuse'
			AND object = 'key:${id}'`, CELL));
	});

	test('its people sign in, by the right password only', async () => {
		await assert.rejects(flux.login(moved.email, 'wrong horse battery'));
		moved.cookie = await flux.login(moved.email, PASSWORD);
		assert.equal((await page(moved, '/')).status, 200);
		// Numbers that are unique over all tenants are of the cell's range.
		assert.equal(await flux.sql('super', `SELECT min(session_id) >> 40
			FROM ctx.session WHERE tenant_id = ${moved.id}`, CELL), '1');
		const token = (await flux.http('POST', '/api/v1/auth/token', { body:
			{ email: moved.email, password: PASSWORD } })).json();
		const bearer = { headers: {
			Authorization: `Bearer ${token.accessToken}` } };

		assert.equal((await flux.http('GET', '/api/devices', bearer)).status, 200);
		const next = await flux.http('POST', '/api/v1/auth/refresh', { body:
			{ refreshToken: token.refreshToken } });

		assert.equal(next.status, 200, next.body);
		assert.equal((await flux.http('GET', '/api/devices', { headers: {
			Authorization: `Bearer ${next.json().accessToken}` } })).status, 200);
	});

	test('suspending it is done there', async () => {
		await flux.ctl('suspend', moved.name);
		assert.equal((await send(moved, now + 2000, 1)).status, 401);
		await flux.ctl('resume', moved.name);
		assert.equal((await send(moved, now + 2000, 1)).status, 202);
	});
});

describe('home again', () => {
	test('nothing is lost, and the cell has nothing of it', async () => {
		await moved_derived();
		const posts = load(moved);

		await sleep(100);
		assert.match((await move('home')).said, /moved: home\n$/);
		await sleep(100);
		await posts.end();
		assert.deepEqual(await values(moved, posts.from, posts.from + DAY / 2),
			posts.sent.sort((a, b) => a - b));
		assert.equal(await rowsIn(CELL), 0);
		assert.equal(await flux.sql('super', `SELECT count(*)
			FROM ctx.tenant_home`, CELL), '0');
		assert.match(await flux.ctl('audit', 'verify', moved.name), /whole/);
		await moved.balances();
	});
});

describe('killed on the way', () => {
	let n = 0;

	// Nothing that was there is missing, and what comes now is there.
	async function whole(known) {
		assert.equal((await send(moved, now + 60000 + n, n)).status, 202);
		known.push(n++);
		assert.deepEqual(await values(moved, now + 60000, now + DAY), known);
		assert.equal((await page(moved, '/')).status, 200);
		assert.match(await flux.ctl('audit', 'verify', moved.name), /whole/);
	}

	test('it is run again, or undone', async () => {
		const known = [];

		for (const [to, at, then] of [
			['apart', 'copy flux.chunk', 'home'],
			['apart', 'copy flux.alert', 'apart'],
			['home', 'copy flux.chunk', 'apart'],
			['home', 'commit at home', 'home'],
			['apart', 'tenant_away', 'home'],
			['apart', 'move_open', 'apart'],
			['home', 'erase in the cell', 'home'],
			['apart', 'erase at home', 'apart'],
		]) {
			// One that was through before the kill goes again.
			let { signal } = await move(to, at);

			for (let i = 1; i < TRIES && signal !== 'SIGKILL'; i++) {
				await move(to === 'home' ? 'apart' : 'home');
				({ signal } = await move(to, at));
			}
			assert.equal(signal, 'SIGKILL', `${to} ${at}`);
			await move(then);
			await whole(known);
			assert.equal(await rowsIn(then === 'home' ? CELL : 'flux'), 0,
				`${to} ${at} ${then}`);
		}
	});
});

describe('a cell that is away', () => {
	test('harms nobody else', async () => {
		appendFileSync(path.join(stack.var, 'etc/cells.conf'),
			'gone = host=/nonexistent\n');
		assert.equal((await send(other, now, 1)).status, 202);
		assert.equal((await send(moved, now + 3000, 2)).status, 202);
		assert.equal((await page(other, '/')).status, 200);
		assert.equal((await page(moved, '/')).status, 200);
		// Whose it is cannot be said, so it comes again.
		assert.equal((await plants.get(other.second, '/api/devices')).status, 200);
		await flux.sql('super', `DELETE FROM ctx.api_key
			WHERE key_id = '${other.second.split('_')[1]}'`);
		await flux.waitFor(async () => (await plants.get(other.second,
			'/api/devices')).status === 503);
		// A person is shown the way in.
		assert.equal((await flux.http('GET', '/', { headers: { Cookie:
			`${moved.cookie.slice(0, -3)}AAA` } })).status, 303);
		await assert.rejects(move('gone'), /connect/);
		assert.equal((await page(moved, '/')).status, 200);
		await assert.rejects(flux.login(moved.email, 'wrong horse battery'), /401|403|400/);
	});
});

const moved_derived = () => flux.waitFor(() => flux.sql('super', `SELECT 1
	WHERE NOT EXISTS (SELECT FROM flux.landing WHERE tenant_id = ${moved.id})`,
CELL));

// Posts, one after the other in each of two lanes, until it ends; what was
// refused is sent again.
let loads = 0;
function load(p) {
	const run = { sent: [], refused: [], from: now - (10 + ++loads) * DAY };
	let over = false, i = 0;
	const lane = async () => {
		while (!over) {
			const value = i++;

			for (;;) {
				const answer = await send(p, run.from + value * 10, value);

				if (answer.status === 202)
					break;
				run.refused.push(answer);
				await sleep(5);
			}
			run.sent.push(value);
			await sleep(10);
		}
	};
	const lanes = [lane(), lane()];

	run.end = () => {
		over = true;
		return Promise.all(lanes);
	};
	return run;
}
