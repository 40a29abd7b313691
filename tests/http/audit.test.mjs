// The audit: what makes an entry, who finds it, and what is found out about
// whoever changes one.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ctl, flux_var, http, login, sql, waitFor } from '../lib/flux.mjs';
import { auth } from '../lib/authority.mjs';
import { Person } from '../lib/person.mjs';
import { get, isProblem, Plant, post, rows } from '../lib/plant.mjs';

const PASSWORD = 'correct horse battery';
const folder = mkdtempSync('/tmp/fluxaudit.');
const OTHER = 'eleven slow barges';
const AUDIT = '/admin/audit';

after(() => rmSync(folder, { recursive: true, force: true }));

// The last eight digits of a key: those of zlib.
function crc(text) {
	let c = ~0;

	for (const byte of Buffer.from(text)) {
		c ^= byte;
		for (let i = 0; i < 8; i++)
			c = (c >>> 1) ^ (c & 1 ? 0xedb88320 : 0);
	}
	return (~c >>> 0).toString(16).padStart(8, '0');
}

// A key of the same number and another secret.
function counterfeit(key) {
	const body = key.slice(0, 13) + randomBytes(32).toString('hex');

	return `${body}_${crc(body)}`;
}

// A tenant with a device, its key, and a person of each kind.
async function make(word) {
	const p = await Plant.make(word);

	p.admin = `admin-${p.id}@audit.example`;
	p.viewer = `viewer-${p.id}@audit.example`;
	await ctl('user', p.name, p.admin, 'Ada', 'admin', { input: PASSWORD });
	await ctl('user', p.name, p.viewer, 'Vic', 'viewer', { input: PASSWORD });
	await p.device('N1');
	p.secret = await p.key('N1');
	return p;
}

const entries = (p, more = 'true') => rows(`SELECT seq, role, act, object, detail
	FROM flux.audit WHERE tenant_id = ${p.id} AND ${more} ORDER BY seq`);

const page = (cookie, query = '') =>
	http('GET', AUDIT + query, { headers: { Cookie: cookie } });

// The numbers of the entries on a page.
const numbers = (answer) => [...answer.body
	.matchAll(/<td class="number">(\d+)<\/td>/g)].map((m) => Number(m[1]));

// What fluxctl says, whether or not it likes it.
async function verify(...args) {
	return ctl('audit', 'verify', ...args)
		.catch((e) => `${e.out}${e.message}`);
}

describe('the audit', () => {
	let plant, other, people, cookie;

	before(async () => {
		plant = await make('Audit');
		people = await Plant.make('Tries');
		other = await make('Other');
		cookie = await login(plant.admin, PASSWORD);
	});

	test('four classes are there: provisioning, refusals, acts, alerts',
		async () => {
			assert.equal((await get(counterfeit(plant.secret),
				'/api/v1/devices')).status, 401);
			assert.equal((await get(plant.secret,
				'/api/v1/telemetry/export?device=N1&span=1h')).status, 200);
			await sql('super', `INSERT INTO flux.rule (tenant_id, sensor_id,
				name, above, threshold, severity)
				SELECT tenant_id, sensor_id, 'high', true, 100, 2
				  FROM flux.sensor WHERE tenant_id = ${plant.id}
				   AND key = 'flow_rate'`);
			for (const value of [50, 150, 50]) {
				await post(plant.secret, { readings: [{ device: 'N1',
					ts: new Date().toISOString(),
					values: { flow_rate: value } }] });
				await plant.derived();
			}
			const acts = await waitFor(async () => {
				const all = (await entries(plant)).map((e) => e.act);

				return all.includes('auth.refuse') &&
					all.includes('alert.end') && all;
			});

			for (const act of ['tenant.make', 'site.make', 'device.make',
				'user.make', 'auth.refuse', 'export.telemetry',
				'alert.raise', 'alert.end'])
				assert.ok(acts.includes(act), `${act} in ${acts}`);
		});

	test('an alert that turns often is one entry a cycle', async () => {
		const before_ = (await entries(plant, `act ~ '^alert'`)).length;
		const start = Date.now() - 60000;

		await post(plant.secret, { readings: Array.from({ length: 40 }, (_, i) =>
			({ device: 'N1', ts: new Date(start + i * 1000).toISOString(),
				values: { flow_rate: i % 2 ? 150 : 50 } })) });
		await plant.derived();
		const all = await entries(plant, `act ~ '^alert'`);

		assert.ok(all.length <= before_ + 1, `${all.length} entries`);
	});

	test('an export is written down before its first row', async () => {
		const before_ = (await entries(plant)).length;

		await get(plant.secret, '/api/v1/telemetry/export?device=N1' +
			'&from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z');
		const last = (await entries(plant)).at(-1);

		assert.equal((await entries(plant)).length, before_ + 1);
		assert.equal(last.act, 'export.telemetry');
		assert.equal(last.object, 'device:N1');
		assert.deepEqual(last.detail, { from: '2026-01-01T00:00:00.000Z',
			to: '2026-01-02T00:00:00.000Z' });
		assert.equal((await get(plant.secret, '/api/v1/telemetry/export?device=N9'))
			.status, 404);
		assert.equal((await entries(plant)).length, before_ + 1);
	});

	test('many wrong keys make one entry a minute, and none for a stranger',
		async () => {
			const key = await other.key('N1');
			const id = key.slice(4, 12);
			const count = () => entries(other,
				`act = 'auth.refuse' AND object = 'key:${id}'`);

			for (let i = 0; i < 10; i++)
				isProblem(await get(counterfeit(key), '/api/v1/devices'), 401,
					'unauthenticated');
			await waitFor(async () => (await count()).length === 1);
			await waitFor(() => sql('super', `SELECT 1 FROM ctx.refusal
				WHERE tenant_id = ${other.id} AND object = 'key:${id}'
				  AND times = 9`));
			assert.equal((await count()).length, 1);
			assert.equal((await get(key, '/api/v1/devices')).status, 200);
		});

	test('a refused post, and a revoked key, are told too', async () => {
		const key = await other.key('N1');
		const object = `key:${key.slice(4, 12)}`;

		await ctl('revoke', other.name, key.slice(4, 12));
		assert.equal((await post(key, { readings: [] })).status, 401);
		const [entry] = await waitFor(async () => {
			const all = await entries(other, `object = '${object}'
				AND act = 'auth.refuse'`);

			return all.length > 0 && all;
		});

		assert.equal(entry.role, 'nobody');
		assert.equal(entry.detail.addr, '127.0.0.1');
	});

	// Three wrong tries of each kind; the person is signed in.
	const tries = {
		'a password in the form': (p) =>
			p.elsewhere().login({ password: 'wrong' }),
		'a password of a program': (p) =>
			auth('token', { email: p.email, password: 'wrong' }),
		'a password once more': (p) => p.post('/confirm', { password: 'wrong' }),
		'a password before a new one': (p) => p.post('/account/password',
			{ old: 'wrong', password: OTHER, again: OTHER },
			{ page: '/account' }),
		'a code in the form': (p) =>
			p.waits.post('/login/code', { code: '000000' }),
		'a code of a program': (p) => auth('token', { email: p.email,
			password: p.password, code: '000000' }),
	};

	for (const [what, once] of Object.entries(tries))
		test(`${what}, wrong three times, is one entry`, async () => {
			const p = await Person.make(people.name);

			assert.equal((await p.login()).status, 303);
			if (/code/.test(what)) {
				await p.factor();
				p.waits = p.elsewhere();
				await p.waits.login();
			}
			const id = await sql('super', `SELECT user_id FROM flux.member
				WHERE tenant_id = ${people.id}
				ORDER BY user_id DESC LIMIT 1`);

			for (let i = 0; i < 3; i++)
				assert.ok([401, 422].includes((await once(p)).status));
			await waitFor(() => sql('super', `SELECT 1 FROM ctx.refusal
				WHERE tenant_id = ${people.id} AND object = 'user:${id}'
				  AND times = 2`));
			assert.deepEqual((await entries(people, `object = 'user:${id}'
				AND act ~ 'refuse'`)).map((e) => [e.act, e.role, e.detail]),
			[['auth.refuse', 'nobody', { addr: '127.0.0.1', times: 1 }]]);
		});

	test('a wrong password is told without the address typed', async () => {
		await assert.rejects(login(other.viewer, 'not this one at all'));
		const [entry] = await waitFor(async () => {
			const all = await entries(other, `object ~ '^user:'
				AND act = 'auth.refuse'`);

			return all.length > 0 && all;
		});

		assert.match(entry.object, /^user:\d+$/);
		assert.doesNotMatch(JSON.stringify(entry), /example/);
	});

	test('its page shows the newest first and finds by act, object, person',
		async () => {
			const all = (await entries(plant)).map((e) => e.seq).reverse();
			const shown = await page(cookie);

			assert.equal(shown.status, 200);
			assert.deepEqual(numbers(shown), all.slice(0, 50));
			for (const [query, where] of [
				['?act=auth.', `act ~ '^auth'`],
				['?act=user.make', `act = 'user.make'`],
				['?object=site:HALL', `object = 'site:HALL'`],
				['?since=2026-01-01T00:00', 'true'],
				['?till=2026-01-01T00:00', 'false'],
				['?person=999999999', 'false'],
				['?act=&object=&person=&since=&till=', 'true']])
				assert.deepEqual(numbers(await page(cookie, query)),
					(await entries(plant, where)).map((e) => e.seq).reverse(),
					query);
		});

	test('goes on to older entries with the same search', async () => {
		await sql('super', `BEGIN; SELECT FROM ctx.begin_admin(${plant.id});
			SELECT flux.audit_put('fill.' || i, 'x', '{}')
			  FROM generate_series(1, 60) i; COMMIT`);
		const first = await page(cookie, '?act=fill.');
		const [, older] = first.body.match(/name="before" value="(\d+)"/);
		const second = await page(cookie, `?act=fill.&before=${older}`);

		assert.equal(numbers(first).length, 50);
		assert.equal(numbers(second).length, 10);
		assert.match(first.body, /type="hidden" name="act" value="fill\."/);
		assert.doesNotMatch(second.body, /name="before"/);
	});

	test('says which field of a search is wrong', async () => {
		for (const [query, says] of [['?since=yesterday', 'since: want a date'],
			['?person=Ada', 'person: want a number']]) {
			const answer = await page(cookie, query);

			assert.equal(answer.status, 400);
			assert.ok(answer.body.includes(says), query);
		}
	});

	test('what somebody typed is shown as text', async () => {
		const markup = '"><script>alert(1)</script>';
		const answer = await page(cookie,
			`?act=${encodeURIComponent(markup)}`);

		assert.equal(answer.status, 200);
		assert.ok(!answer.body.includes('<script>alert'));
		assert.match(answer.body, /No entry is like that/);
	});

	test('one tenant sees its own, and a viewer nothing', async () => {
		const theirs = await login(other.admin, PASSWORD);
		const viewer = await login(plant.viewer, PASSWORD);

		assert.deepEqual(numbers(await page(theirs)),
			(await entries(other)).map((e) => e.seq).reverse().slice(0, 50));
		for (const url of [AUDIT, `${AUDIT}/export`])
			assert.equal((await http('GET', url,
				{ headers: { Cookie: viewer } })).status, 403);
		assert.equal((await page('')).status, 303);
	});

	test('fluxctl lists the same', async () => {
		const text = await ctl('audit', 'list', plant.name, '--act',
			'user.make');

		assert.equal(text.split('\n').length, 2);
		assert.match(text, /user\.make\s+"user:Ada"/);
	});
});

describe('its proof', () => {
	let plant, anchor, lines;

	const file = (name, text) => {
		const to = path.join(folder, name);

		writeFileSync(to, text);
		return to;
	};

	before(async () => {
		plant = await make('Proof');
		anchor = path.join(flux_var, 'anchor', `${plant.id}.jsonl`);
		// Should the database be busy, it is tried again after a minute.
		await waitFor(() => sql('super', `SELECT 1 FROM flux.audit_seal
			WHERE tenant_id = ${plant.id}`), 150000);
	});

	test('is signed soon after the first entry, and the copy says the same',
		async () => {
			const head = JSON.parse(readFileSync(anchor, 'utf8')
				.split('\n')[0]);

			assert.equal(head.tenant, plant.id);
			assert.equal(head.hash, await sql('super', `SELECT encode(hash,
				'hex') FROM flux.audit WHERE tenant_id = ${plant.id}
				AND seq = ${head.seq}`));
			assert.match(await ctl('audit', 'head', plant.name), /: good$/);
			assert.match(await verify(plant.name),
				/^\d+ entries, (\d+) signed heads, \1 of them kept elsewhere: whole$/);
		});

	test('an export is whole without a database', async () => {
		const text = await ctl('audit', 'export', plant.name);

		lines = text.split('\n');
		assert.ok(lines.length > 4);
		assert.match(lines.at(-1), /audit\.export/);
		assert.match(await verify(file('whole', text)),
			/ entries, [1-9]\d* signed heads, .*: whole$/);
		const cookie = await login(plant.admin, PASSWORD);
		const answer = await http('GET', `${AUDIT}/export`,
			{ headers: { Cookie: cookie } });

		assert.equal(answer.status, 200);
		assert.match(answer.headers['content-disposition'], /audit\.jsonl/);
		assert.ok(answer.body.startsWith(text));
		assert.match(await verify(file('page', answer.body)), /: whole$/);
	});

	test('in an export each fault is found at its place', async () => {
		const at = lines.findIndex((l) => l.includes('[' + plant.id + ', 3, '));
		const next = lines.findIndex((l) => l.includes('[' + plant.id + ', 4, '));
		const head = lines.findIndex((l) => l.includes('"signature"'));
		const without = lines.filter((_, i) => i !== at);
		const swapped = [...lines];
		const edited = [...lines];
		const forged = [...lines];

		[swapped[at], swapped[next]] = [swapped[next], swapped[at]];
		edited[at] = edited[at].replace(/make/, 'MAKE');
		forged[head] = forged[head].replace(/"signature":"30../,
			'"signature":"3045');
		for (const [name, text, says] of [
			['edited', edited, /^ +3 {2}hash /m],
			['deleted', without, /^ +3 {2}gap /m],
			['swapped', swapped, /^ +3 {2}order /m],
			['forged', forged.join('\n') === lines.join('\n')
				? [...lines, 'x'] : forged, /(signature|line) /],
			['spoilt', [...lines, 'nonsense'], /line /]])
			await assert.rejects(ctl('audit', 'verify',
				file(name, text.join('\n'))), (e) => {
				assert.match(e.out, says, name);
				return e.message.includes('is not whole');
			});
	});

	test('a chain rewritten with all that the database has is found out',
		async () => {
			const again = `json_build_array(tenant_id, seq,
				(extract(epoch FROM at) * 1000000)::bigint, role, user_id,
				cred, act, object, detail)::text`;

			await sql('super', `UPDATE flux.audit SET object = 'site:OTHER'
				WHERE tenant_id = ${plant.id} AND seq = 1;
				DO $$
				DECLARE
					h bytea := '';
					n bigint;
				BEGIN
					FOR n IN SELECT seq FROM flux.audit
					          WHERE tenant_id = ${plant.id} ORDER BY 1 LOOP
						UPDATE flux.audit SET body = ${again}, hash =
						       sha256(h || convert_to(${again}, 'UTF8'))
						 WHERE tenant_id = ${plant.id} AND seq = n
						RETURNING hash INTO h;
					END LOOP;
					UPDATE flux.audit_head SET hash = h
					 WHERE tenant_id = ${plant.id};
				END $$;
				UPDATE flux.audit_seal s SET hash = a.hash FROM flux.audit a
				 WHERE s.tenant_id = ${plant.id} AND a.tenant_id = s.tenant_id
				   AND a.seq = s.seq`);
			await assert.rejects(ctl('audit', 'verify', plant.name), (e) => {
				assert.match(e.out, /signature .*not ours/);
				assert.match(e.out, /anchor .*kept elsewhere/);
				return true;
			});
			await sql('super', `DELETE FROM flux.audit_seal
				WHERE tenant_id = ${plant.id}`);
			await assert.rejects(ctl('audit', 'verify', plant.name), (e) => {
				assert.match(e.out, /^ +\d+ {2}anchor /m);
				return true;
			});
		});
});
