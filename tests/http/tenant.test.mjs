// A tenant's whole: taken along in a file, and gone without a trace but its
// farewell, while others do not notice.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { Desk } from '../lib/desk.mjs';
import { ctl, flux_var, http, login, sql, waitFor } from '../lib/flux.mjs';
import { Plant, get, post } from '../lib/plant.mjs';
import { settle } from '../lib/worker.mjs';

const start = Date.now() - 3600000;
const sha = (bytes) => createHash('sha256').update(bytes).digest('hex');

// Our public half of the key that signs.
const signer = (kid) => createPublicKey(readFileSync(path.join(flux_var,
	'secret/audit', `${kid}.pem`)));

// A plant with readings, a person, an alarm and what else rows are made of.
async function filled(name) {
	const plant = await Plant.make(name);

	await plant.gateway('GW');
	await plant.device('PUMP', undefined, '--gateway', 'GW');
	await plant.device('FAN', undefined, '--gateway', 'GW');
	plant.api = await plant.key('GW');
	const sent = await post(plant.api, { readings: ['PUMP', 'FAN'].flatMap(
		(device) => Array.from({ length: 200 }, (_, i) => ({ device,
			sensor: 'flow_rate', ts: start + i * 1000, value: i / 8 }))) });

	assert.equal(sent.status, 202);
	plant.desk = await Desk.of(plant);
	return plant;
}

// Of every table with rows of a tenant: how many, and a hash of them.
async function trace(tenant, hashed = false) {
	const tables = (await sql('super', `SELECT schema || '.' || name
		FROM ctx.tenant_tables() UNION ALL SELECT 'ctx.farewell'`)).split('\n');
	const rows = await sql('super', tables.map((t) => `SELECT '${t}', count(*)
		${hashed ? ', md5(string_agg(x::text, \'\' ORDER BY x::text))' : ''}
		FROM ${t} x WHERE tenant_id = ${tenant} HAVING count(*) > 0`)
		.join(' UNION ALL '));

	return rows.split('\n').filter(Boolean);
}

// The files of a tar, by name.
function unpack(bytes) {
	const folder = mkdtempSync(path.join(tmpdir(), 'fl-export-'));
	const files = {};

	execFileSync('tar', ['-xf', '-', '-C', folder], { input: bytes,
		maxBuffer: 1 << 28 });
	for (const at of readdirSync(folder, { recursive: true, withFileTypes: true }))
		if (at.isFile()) {
			const full = path.join(at.parentPath ?? at.path, at.name);

			files[path.relative(folder, full)] = readFileSync(full);
		}
	return files;
}

// What a person asked for at the desk, when it is there.
async function fetched(desk, page = '/admin/tenant') {
	assert.equal((await desk.post('/admin/tenant/export', {}, page)).status, 303);
	const href = await waitFor(async () => (await desk.get(page)).body
		.match(/href="(\/admin\/tenant\/export\/\d+)"/)?.[1], 15000, 200);

	return [href, await desk.get(href)];
}

let plant, other, viewer;

before(async () => {
	[plant, other] = await Promise.all([filled('Leaver'), filled('Stayer')]);
	viewer = await Desk.of(plant, 'viewer');
});

describe('everything of a tenant', () => {
	let href, files, manifest;

	before(async () => {
		const [at, answer] = await fetched(plant.desk);

		href = at;
		assert.equal(answer.status, 200);
		assert.match(answer.headers['content-type'], /^application\/x-tar/);
		files = unpack(answer.bytes);
		manifest = JSON.parse(files['manifest.json']);
	});

	test('restores its hashes, and the list of them is signed', () => {
		const { kid, signature } = JSON.parse(files['manifest.sig.json']);

		assert.ok(verify('sha256', files['manifest.json'], signer(kid),
			Buffer.from(signature, 'hex')));
		assert.deepEqual(manifest.files.map((f) => f.name).sort(),
			Object.keys(files).filter((f) => !f.startsWith('manifest.')).sort());
		for (const f of manifest.files) {
			assert.equal(sha(files[f.name]), f.sha256, f.name);
			assert.equal(files[f.name].length, f.bytes, f.name);
		}
	});

	const lines = (text) => text.toString().trim().split('\n')
		.map((l) => JSON.parse(l));

	test('has the addresses of its people, to be read', () =>
		assert.deepEqual(lines(files['people.jsonl']).map((p) => p.email).sort(),
			[plant.desk.email, viewer.email].sort()));

	test('has the readings that the API gives', async () => {
		const want = await get(plant.api, '/api/v1/telemetry/export?device=PUMP' +
			`&format=json&from=${start}&to=${start + 3600000}`);

		assert.deepEqual(
			lines(files['readings/PUMP.jsonl'].toString())
				.map((r) => [Date.parse(r.time), r.sensor, r.value, r.quality]),
			lines(want.body)
				.map((r) => [Date.parse(r.time), r.sensor, r.value, r.quality]));
		assert.equal(lines(files['readings/PUMP.jsonl'].toString()).length, 200);
	});

	test('has every table, or says that it is left out', async () => {
		const left = manifest.leftOut.filter((l) => !l.columns)
			.map((l) => l.table);
		const tables = (await sql('super', `SELECT schema || '.' || name
			FROM ctx.tenant_tables()`)).split('\n');

		assert.deepEqual([...left, ...Object.keys(files)
			.filter((f) => f.startsWith('tables/'))
			.map((f) => f.slice(7, -6))].sort(), tables.sort());
		assert.equal(files['tables/flux.device.jsonl'].toString()
			.trim().split('\n').length, 3);
	});

	test('holds no secret', async () => {
		const all = Buffer.concat(Object.values(files)).toString('latin1');
		const hashes = await sql('super', `SELECT encode(h, 'hex') FROM (
			SELECT verifier FROM ctx.login WHERE tenant_id = ${plant.id}
			UNION SELECT salt FROM ctx.login WHERE tenant_id = ${plant.id}
			UNION SELECT key_hash FROM ctx.api_key WHERE tenant_id = ${plant.id}
			UNION SELECT token_hash FROM ctx.session
			WHERE tenant_id = ${plant.id}) x (h)`);

		assert.ok(hashes.split('\n').length > 4);
		for (const h of [...hashes.split('\n'), plant.api])
			assert.ok(!all.includes(h), h);
		for (const l of ['ctx.session', 'ctx.data_key'])
			assert.ok(manifest.leftOut.some((x) => x.table === l), l);
	});

	test('is of that tenant only, and not for everybody in it', async () => {
		assert.equal((await other.desk.get(href)).status, 404);
		assert.equal((await viewer.get(href)).status, 403);
		assert.equal((await viewer.get('/admin/tenant')).status, 403);
		assert.equal((await plant.desk.get('/admin/tenant/export/999999')).status,
			404);
		assert.equal((await http('GET', href)).status, 303);
	});

	test('comes from the tool too', async () => {
		const file = path.join(mkdtempSync(path.join(tmpdir(), 'fl-')), 'all.tar');

		await ctl('export', plant.name, file);
		const same = unpack(readFileSync(file));

		assert.deepEqual(Object.keys(same).sort(), Object.keys(files).sort());
		assert.equal(sha(same['readings/FAN.jsonl']),
			sha(files['readings/FAN.jsonl']));
	});

	test('says of each reading that it is simulated, when it is', async () => {
		const file = path.join(mkdtempSync(path.join(tmpdir(), 'fl-')), 'all.tar');
		const set = (simulated) => sql('super', `UPDATE flux.device
			SET simulated = ${simulated} WHERE tenant_id = ${plant.id}`);
		const marked = (of) => lines(of['readings/PUMP.jsonl'])
			.filter((r) => r.simulated === true).length;

		assert.equal(marked(files), 0);
		await set(true);
		await ctl('export', plant.name, file);
		await set(false);
		assert.equal(marked(unpack(readFileSync(file))), 200);
	});
});

describe('a tenant that is to go', () => {
	test('is told by its name, by who may', async () => {
		const wrong = await plant.desk.post('/admin/tenant/delete',
			{ name: 'Leaver' }, '/admin/tenant');

		assert.equal(wrong.status, 400);
		assert.match(wrong.body, /name: type the tenant/);
		assert.equal((await plant.desk.get('/admin/tenant')).status, 200);
		assert.equal((await viewer.post('/admin/tenant/delete',
			{ name: plant.name }, '/account')).status, 403);
	});

	test('is suspended at once, and stays when it is resumed', async () => {
		const deleted = await plant.desk.post('/admin/tenant/delete',
			{ name: plant.name }, '/admin/tenant');

		assert.equal(deleted.status, 303);
		assert.equal((await plant.desk.get('/admin/tenant')).status, 303);
		assert.equal((await get(plant.api, '/api/v1/devices')).status, 401);
		assert.match(await ctl('resume', plant.name), /^resumed/);
		assert.equal((await get(plant.api, '/api/v1/devices')).status, 200);
		assert.equal(await sql('super',
			`SELECT count(*) FROM ctx.leave WHERE tenant_id = ${plant.id}`), '0');
	});

	test('leaves nothing but its farewell, and others do not notice', async () => {
		const stays = ['audit', 'latest', 'sensor', 'device', 'chunk', 'grant_']
			.map((t) => `flux.${t}|`);
		const untouched = async () => (await trace(other.id, true))
			.filter((l) => stays.some((t) => l.startsWith(t)));

		// It is packed by then, or chunks would come of themselves.
		await settle(other);
		const was = await untouched();
		const head = await sql('super', `SELECT seq FROM flux.audit_head
			WHERE tenant_id = ${plant.id}`);

		assert.ok(was.length >= 5);
		await assert.rejects(ctl('drop', plant.name), /--yes/);
		await ctl('drop', plant.name, '--yes', '--days', '0');
		await waitFor(async () => (await trace(plant.id))
			.every((l) => l.startsWith('ctx.farewell|')), 20000, 200);
		assert.deepEqual(await trace(plant.id), ['ctx.farewell|1']);
		assert.deepEqual(await untouched(), was);
		assert.ok(!readdirSync(path.join(flux_var, 'exports'))
			.includes(String(plant.id)));
		assert.equal((await get(other.api, '/api/v1/devices')).status, 200);

		const [[, , name, , by, , , rows, seq]] = [JSON.parse(await sql('super',
			`SELECT body FROM ctx.farewell WHERE tenant_id = ${plant.id}`))];

		assert.equal(name, plant.name);
		assert.equal(by, 'admin');
		assert.equal(rows['flux.device'], 3);
		assert.ok(seq > Number(head));
	});

	test('is told by a farewell that verifies', async () => {
		const [body, kid, signature] = (await sql('super',
			`SELECT body, kid, encode(signature, 'hex') FROM ctx.farewell
			WHERE tenant_id = ${plant.id}`)).split('|');

		assert.ok(verify('sha256', Buffer.from(body), signer(kid),
			Buffer.from(signature, 'hex')));
		assert.match(await ctl('farewell', plant.id), /^signed \["fl-farewell-1"/);
		await sql('super', `UPDATE ctx.farewell SET body = replace(body, '3', '4')
			WHERE tenant_id = ${plant.id}`);
		await assert.rejects(ctl('farewell', plant.id), /not what was signed/);
		await sql('super', `UPDATE ctx.farewell SET body = $$${body}$$
			WHERE tenant_id = ${plant.id}`);
	});

	test('is never another one', async () => {
		await assert.rejects(sql('super', `INSERT INTO ctx.tenant_home
			(tenant_id, name) OVERRIDING SYSTEM VALUE
			VALUES (${plant.id}, 'again')`), /has left/);
	});
});

describe('the platform', () => {
	const name = `Made ${process.pid}`;
	let desk, made;

	before(async () => {
		const own = await Plant.make('Platform');

		await sql('super', `UPDATE ctx.tenant_home SET platform = true
			WHERE tenant_id = ${own.id}`);
		desk = await Desk.of(own, 'platform');
	});

	const make = (more = {}) => desk.post('/platform/tenants', { name,
		slug: `made-${process.pid}`, person: 'Ada',
		email: `ada-${process.pid}@made.example`, ...more }, '/platform');
	const trail = (tenant) => sql('super', `SELECT string_agg(act, ' '
		ORDER BY seq) FROM flux.audit WHERE tenant_id = ${tenant}
		AND act LIKE 'tenant.%'`);

	test('shows who there is to its own people only', async () => {
		const page = await desk.get('/platform?find=Stayer');

		assert.equal(page.status, 200);
		// One person, a gateway and two devices.
		assert.match(page.body, new RegExp(`id="tenant-${other.id}"[^]*?` +
			'number">1</td>\\s*<td class="number">3</td>'));
		assert.ok(!page.body.includes('PUMP'));
		assert.equal((await other.desk.get('/platform')).status, 403);
	});

	test('makes a tenant whose administrator signs in by his link', async () => {
		assert.equal((await make({ name: '' })).status, 422);
		const answer = await make();

		assert.equal(answer.status, 200, answer.body);
		const link = answer.body.match(/id="link">([^<]+)</)[1];
		const at = new URL(link).pathname;
		const form = await http('GET', at, { tls: true });
		const csrf = form.body.match(/name="csrf" value="([0-9a-f]+)"/)[1];
		const set = await http('POST', at, { tls: true, headers: {
			'Content-Type': 'application/x-www-form-urlencoded',
			Referer: `https://here.example${at}`,
			Cookie: form.headers['set-cookie'][0].split(';')[0] },
		body: new URLSearchParams({ csrf, password: 'seven new gates 71',
			again: 'seven new gates 71' }).toString() });

		assert.equal(set.status, 303, set.body);
		const cookie = await login(`ada-${process.pid}@made.example`,
			'seven new gates 71');
		const page = await http('GET', '/admin/users',
			{ headers: { Cookie: cookie } });

		assert.equal(page.status, 200);
		assert.match(page.body, /Ada/);
		made = await sql('super',
			`SELECT tenant_id FROM ctx.tenant_home WHERE name = '${name}'`);
		assert.equal((await make()).status, 400);
	});

	test('suspends and resumes it, and both trails tell', async () => {
		const act = (what, id = made) => desk.post(
			`/platform/tenants/${id}/${what}`, {}, '/platform');
		const own = await sql('super', `SELECT tenant_id FROM ctx.tenant_home
			WHERE platform ORDER BY 1 DESC LIMIT 1`);

		assert.equal((await act('suspend')).status, 303);
		assert.equal(await sql('super', `SELECT suspended_at IS NOT NULL
			FROM ctx.tenant_home WHERE tenant_id = ${made}`), 't');
		assert.match((await desk.get(`/platform?find=${
			encodeURIComponent(name)}`)).body, /suspended/);
		assert.equal((await act('resume')).status, 303);
		assert.equal((await act('suspend', 2147483647)).status, 404);
		assert.equal((await act('suspend', own)).status, 409);
		assert.equal(await trail(made), 'tenant.make tenant.suspend tenant.resume');
		assert.match(await trail(own),
			/tenant.make tenant.suspend tenant.resume$/);
	});
});
