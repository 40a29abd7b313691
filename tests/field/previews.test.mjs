// A draft of a profile, tried on a device before it is kept: what its points
// read through the poller, what is odd, and what the device refuses.
// Mostly waits.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Desk } from '../lib/desk.mjs';
import { ctl, sql, waitFor } from '../lib/flux.mjs';
import { Plant, rows } from '../lib/plant.mjs';
import { app, Programs } from '../lib/simulator.mjs';

const PAGE = '/admin/previews';
const folder = mkdtempSync(path.join(os.tmpdir(), 'fluxpreview.'));
const programs = new Programs(folder);
const HEAD = 'key,name,register,address,type,order,scale,unit\n';
// fluxline-float64x8 answers holding 0 to 31; the simulator plays -1 there.
const SHEET = `${HEAD}one,First,holding,0,FLOAT64,ABCD,,bar\n` +
	'two,Second,holding,4,FLOAT64,ABCD,,bar\n' +
	'word,A word,holding,8,UINT16,ABCD,0.1,V\n';

let plant, other, desk, profile;

const form = (fields) => ({ format: 'csv', id: 'draft', device: 'P1',
	text: SHEET, ...fields });
const ask = (fields, who = desk) => who.post(PAGE, form(fields), PAGE);
// Until nothing waits for the poller any more.
const arrived = async (where, who = desk) => {
	let page;

	for (let i = 0; i < 400; i++) {
		page = await who.get(where);
		if (page.headers.refresh === undefined)
			return page;
		await sleep(50);
	}
	return page;
};
const tried = async (fields) => {
	const made = await ask(fields);

	assert.equal(made.status, 303, made.body);
	return [made.headers.location, await arrived(made.headers.location)];
};
// What stands in the row of a point: value, what is odd, register, words.
const row = (page, key) => {
	const at = page.body.indexOf(`<code>${key}</code>`);

	assert.ok(at >= 0, `${key} in ${page.body}`);
	return page.body.slice(at).split('</tr>')[0].split('<td').slice(1)
		.map((cell) => cell.replace(/^[^>]*>/, '').replace(/<[^>]*>/g, ' ')
			.replace(/\s+/g, ' ').trim());
};
const rested = () => sql('super', `UPDATE flux.probe
	SET asked_at = asked_at - interval '2 min' WHERE tenant_id = ${plant.id}`);

before(async () => {
	cpSync(path.join(app, 'profiles'), path.join(folder, 'profiles'),
		{ recursive: true });
	profile = JSON.parse(readFileSync(path.join(app,
		'profiles/fluxline-float64x8.json')));
	const port = await programs.simulate([
		{ unit: 1, profile: profile.id },
		{ unit: 2, profile: profile.id, fault: 'silence', every: 1 }],
	// One number in fifty makes sense in the wrong order too: these stay as
	// they are then.
	{ hold_s: 600, start: '2026-01-01T00:00:00Z', steps: [
		{ unit: 1, do: 'holes', from: 8, count: 2 },
		{ unit: 1, do: 'stuck' }] });

	plant = await Plant.make('Previewed');
	other = await Plant.make('Unpreviewed');
	for (const p of [plant, other])
		await ctl('poller', p.name);
	for (const [i, name] of ['P1', 'P2'].entries())
		await plant.device(name, profile.id, '--simulated', '--modbus',
			`tcp:127.0.0.1:${port}:${i + 1}`);
	await plant.device('STILL');
	desk = await Desk.of(plant, 'technician');
	await waitFor(() => sql('super', `SELECT 1 FROM flux.latest
		WHERE tenant_id = ${plant.id}`), 30000);
});

after(async () => {
	await programs.end();
	rmSync(folder, { recursive: true });
});

describe('a draft is tried on a device', () => {
	let where, page;

	before(rested);

	test('with the one request that the poller would make', async () => {
		[where, page] = await tried({});
		assert.deepEqual(await rows(`SELECT function, address, quantity
			FROM flux.probe WHERE tenant_id = ${plant.id}`),
		[{ function: 3, address: 0, quantity: 9 }]);
		// The block has a hole, and so nothing of it came.
		assert.match(page.body, /holding 0 to 8: Exception 2: the device has no such/);
		assert.match(page.body, /0 of 3 points read/);
		assert.match(page.body, /Simulated/);
	});

	test('and what is refused is found by halves', async () => {
		for (let i = 0; i < 3; i++) {
			const more = await desk.post(where, {}, where);

			assert.equal(more.status, 303, more.body);
			page = await arrived(where);
			if (!/Read what is missing/.test(page.body))
				break;
		}
		assert.match(page.body, /2 of 3 points read/);
		assert.match(row(page, 'word')[1],
			/^odd Exception 2: the device has no such register/);
		assert.doesNotMatch(page.body, /Read what is missing/);
	});

	test('and shows words, values with units, and what is odd', async () => {
		const [first, , register, words] = row(page, 'one');
		const [stored] = await rows(`SELECT 1 AS n FROM flux.latest
			WHERE tenant_id = ${plant.id}`);

		assert.ok(stored);
		assert.match(first, /^-?[\d.]+ bar$/);
		assert.equal(register, 'holding 0');
		assert.match(words, /^0x[0-9A-F]{4}( 0x[0-9A-F]{4}){3}$/);
		const bytes = Buffer.from(words.replaceAll(/0x| /g, ''), 'hex');

		assert.equal(Number(first.split(' ')[0]).toFixed(2),
			bytes.readDoubleBE().toFixed(2));
	});

	test('and nothing of it is written, or kept', async () => {
		assert.equal(await sql('super', `SELECT count(*) FROM flux.probe
			WHERE tenant_id = ${plant.id} AND function NOT IN (1, 2, 3, 4)`), '0');
		assert.equal(await sql('super', `SELECT count(*) FROM flux.profile
			WHERE tenant_id = ${plant.id}`), '0');
		assert.equal(await sql('super', `SELECT count(*) FROM flux.command
			WHERE tenant_id = ${plant.id}`), '0');
		const [audit] = await rows(`SELECT object, detail FROM flux.audit
			WHERE tenant_id = ${plant.id} AND act = 'probe.preview'
			ORDER BY seq LIMIT 1`);

		assert.match(JSON.stringify(audit), /device:P1.*"reads": ?1/);
	});

	test('by another tenant, or without debug:read, it is not seen', async () => {
		assert.equal((await (await Desk.of(other)).get(where)).status, 404);
		assert.equal((await (await Desk.of(plant, 'viewer')).get(where)).status,
			403);
	});

	test('and is kept by who may', async () => {
		const boss = await Desk.of(plant);
		const shown = await boss.get(where);
		const text = shown.body.match(/name="text" value="([^"]+)"/)[1]
			.replaceAll('&quot;', '"').replaceAll('&#34;', '"')
			.replaceAll('&amp;', '&').replaceAll('&#39;', '\'');

		assert.match(shown.body, /Keep this version/);
		assert.doesNotMatch((await desk.get(where)).body, /Keep this version/);
		const kept = await boss.post('/admin/profiles', { format: 'json', text },
			'/admin/profiles');

		assert.equal(kept.status, 303, kept.body);
		assert.match((await boss.get(kept.headers.location)).body,
			/See live values of a device/);
	});
});

test('a word order that the device does not have is named', async () => {
	await rested();
	const [, page] = await tried({ text: `${HEAD}one,First,holding,0,FLOAT64,` +
		'DCBA,,bar\n' });

	assert.match(row(page, 'one')[1], /^odd .* As ABCD it reads -?[\d.]+ bar\.$/);
});

test('what an import left out is said', async () => {
	await rested();
	const [, page] = await tried({ text: `${SHEET}bad,,holding,x,UINT16\n` });

	assert.match(page.body, /line 5: bad: its address is no number/);
});

describe('what goes wrong is said', () => {
	before(rested);

	test('of a device that is silent', async () => {
		const [where, page] = await tried({ device: 'P2' });

		assert.match(page.body, /holding 0 to 8: Time-out: the device did not answer/);
		assert.equal(row(page, 'one')[1], 'Time-out: the device did not answer.');
		assert.match(page.body, /Read what is missing/);
		assert.equal((await desk.post(where, {}, where)).status, 303);
		await arrived(where);
	});

	for (const [what, fields, status, why] of [
		['no map', { text: 'nonsense' }, 400, /draft-error/],
		['no profile', { format: 'json', text: '{' }, 400, /line 1/],
		['no device', { device: 'NONE' }, 404, /There is no such device/],
		['a device nobody polls', { device: 'STILL' }, 400, /poller does not ask it/]])
		test(`of ${what}, beside the form`, async () => {
			const answer = await ask(fields);

			assert.equal(answer.status, status, answer.body);
			assert.match(answer.body, why);
			assert.match(answer.body, /name="text"/);
		});
});

test('without a device the form has what was sent', async () => {
	const answer = await ask({ device: '' });

	assert.equal(answer.status, 200);
	assert.match(answer.body, /one,First,holding,0,FLOAT64/);
	assert.match(answer.body, /value="P1">Device P1, tcp 127/);
	assert.doesNotMatch(answer.body, /draft-error"><i/);
});

describe('a device is read ten times a minute at most', () => {
	// A request each, as nothing is read along.
	const far = HEAD + Array.from({ length: 12 }, (_, i) =>
		`p${i},,holding,${i * 200},UINT16,ABCD,,\n`).join('');

	test('the rest can be read later', async () => {
		await rested();
		const [where, page] = await tried({ text: far });

		assert.equal(await sql('super', `SELECT count(*) FROM flux.probe
			WHERE tenant_id = ${plant.id} AND asked_at > now() - interval '1 min'`),
		'10');
		assert.equal(row(page, 'p11')[1], 'Not read yet.');
		const often = await desk.post(where, {}, where);

		assert.equal(often.status, 429, often.body);
		assert.match(often.body, /often in this minute/);
		await rested();
		assert.equal((await desk.post(where, {}, where)).status, 303);
		assert.doesNotMatch((await arrived(where)).body, /Not read yet/);
	});

	test('and not while it is being read', async () => {
		await rested();
		const first = await ask({ device: 'P2' });
		const second = await ask({ device: 'P2' });

		assert.equal(second.status, 409);
		assert.match(second.body, /just being read/);
		await arrived(first.headers.location);
	});
});

test('drafts are gone after an hour, and a tenant has twenty', async () => {
	await rested();
	await sql('super', `INSERT INTO flux.preview (tenant_id, device_id, body,
		notes, asked_by, asked_at) SELECT ${plant.id},
		${await plant.deviceId('P1')}, '{}', '', 0, now() - interval '5 min'
		FROM generate_series(1, 25)`);
	const old = await sql('super', `UPDATE flux.preview
		SET asked_at = now() - interval '1 h' WHERE preview_id = (SELECT
		max(preview_id) FROM flux.preview WHERE tenant_id = ${plant.id})
		AND tenant_id = ${plant.id} RETURNING preview_id`);

	assert.equal((await desk.get(`${PAGE}/${old}`)).status, 404);
	await tried({});
	assert.equal(await sql('super', `SELECT count(*) FROM flux.preview
		WHERE tenant_id = ${plant.id}`), '20');
});
