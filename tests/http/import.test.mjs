// Files of readings and devices: looked at, asked about, tried, run.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import zlib from 'node:zlib';
import { Desk } from '../lib/desk.mjs';
import { corpora, env, http, sql, waitFor } from '../lib/flux.mjs';
import { Imports } from '../lib/imports.mjs';
import { Plant, isProblem, telemetry } from '../lib/plant.mjs';

let plant, other, key, files, foreign, everything;
const MORE = { make: true, site: 'HALL' };

before(async () => {
	plant = await Plant.make('Import');
	other = await Plant.make('Import other');
	await plant.gateway('GW');
	await plant.gateway('GW2');
	await other.gateway('GW');
	key = await plant.key('GW', 'ingest,view,devices:write');
	files = new Imports(key);
	const wide = await plant.key('GW', 'ingest,view,devices:write');

	// Of no device, as a program of the tenant has it.
	await sql('super', `UPDATE ctx.api_key SET device_id = 0
		WHERE key_id = '${wide.split('_')[1]}'`);
	everything = new Imports(wide);
	foreign = new Imports(await other.key('GW', 'ingest,view,devices:write'));
});

const asked = (answer) => answer.json().questions.map((q) => q.field);

// What a device has: [[ISO, sensor, value], ...]
async function stored(device) {
	return (await telemetry(key, device)).map((r) => [r.time, r.sensor, r.value]);
}

describe('a file', () => {
	test('of readings is imported, with what it names made', async () => {
		const end = await files.run('time;flow [L/min];t\n' +
			'2025-01-01T00:00:00Z;1.5;20\n2025-01-01T00:01:00Z;x;21\n' +
			'2025-01-01T00:02:00Z;3.5;22\n', { device: 'F1', ...MORE });

		assert.equal(end.state, 'done', end.why);
		assert.deepEqual([end.readings, end.stored, end.duplicate, end.bad],
			[5, 5, 0, 1]);
		assert.deepEqual((await stored('F1')).map((r) => r[2])
			.sort((a, b) => a - b), [1.5, 3.5, 20, 21, 22]);
		assert.equal(await sql('super', `SELECT kind || ' ' || format FROM
			flux.ingest_batch WHERE tenant_id = ${plant.id} AND
			seq = 'import:${end.id}.'`), '2 32');
	});

	test('again changes nothing, gzipped or not', async () => {
		const file = 'time,device,p\n2025-01-01T00:00:00Z,F2,1\n' +
			'2025-01-01T00:01:00Z,F2,2\n';
		const first = await files.run(file, MORE);
		const again = await files.run(zlib.gzipSync(file), MORE,
			{ name: 'file.csv.gz' });

		assert.deepEqual([first.stored, first.duplicate], [2, 0]);
		assert.deepEqual([again.stored, again.duplicate], [0, 2]);
		await plant.balances();
	});

	test('of another tenant is not there', async () => {
		const { id } = await files.open('time,p\n2025-01-01T00:00:00Z,1\n');

		for (const what of ['run', 'dry', 'cancel'])
			isProblem(await foreign.step(id, what, { columns: [] }), 404,
				'not_found');
		for (const path of ['', '/errors'])
			isProblem(await http('GET', `/api/v1/imports/${id}${path}`,
				{ headers: foreign.headers }), 404, 'not_found');
		assert.equal((await files.step(id, 'cancel')).json().state, 'cancelled');
		isProblem(await files.step(id, 'run', { columns: [] }), 409,
			'conflict');
	});

	test('writes to no other gateway\'s devices', async () => {
		await plant.device('G2', undefined, '--gateway', 'GW2');
		const end = await files.run('time,device,flow_rate\n' +
			'2025-01-01T00:00:00Z,G2,1\n', MORE);

		assert.deepEqual([end.stored, end.bad], [0, 1]);
		assert.equal((await files.errors(end.id))[0].code, 'unknown_device');
	});

	test('with the key of one device makes nothing', async () => {
		await plant.device('ALONE');
		const own = new Imports(await plant.key('ALONE',
			'ingest,view,devices:write'));
		const { id, plan } = await own.open(
			't,device,p\n2025-01-01T00:00:00Z,STRAY,1\n');

		isProblem(await own.step(id, 'run', { ...plan, ...MORE }), 400,
			'bad_request', /^make: /);
		assert.equal((await own.show(id)).state, 'looked');
		assert.equal(await sql('super', `SELECT count(*) FROM flux.device
			WHERE tenant_id = ${plant.id} AND key = 'STRAY'`), '0');
	});

	for (const [what, file, status, code] of [
		['that is empty', '', 400, 'bad_request'],
		['that is no text', Buffer.from([0xff, 0xfe, 0x41, 0]), 400,
			'bad_request'],
		['that is damaged', zlib.gzipSync('a,b\n1,2\n').subarray(0, 20), 400,
			'bad_request'],
		['of a header alone', 'time,p\n', 400, 'bad_request'],
		['that unpacks to more than a hundred times of itself',
			zlib.gzipSync(Buffer.alloc(30e6, ',')), 413, 'too_large'],
		['of JSON without rows', '{"a": {"b": 1}}', 400, 'bad_request'],
	])
		test(`${what} is refused`, async () => {
			const answer = await files.send(file);

			assert.equal(answer.status, status, answer.body);
			isProblem(answer, status, answer.json().code);
		});

	test('of JSON objects is a table', async () => {
		const end = await files.run(JSON.stringify({ _meta: {}, _items: [
			{ t: 'Mon, 25 Mar 2019 16:24:42 GMT', id: 'J1', kWh: 6.146, note: null },
			{ t: 'Mon, 25 Mar 2019 17:24:42 GMT', id: 'J1', kWh: null },
		] }), { ...MORE, columns: [{ as: 'time' }, { as: 'device' },
			{ as: 'sensor', key: 'energy', unit: 'kWh' }, { as: 'leave' }] });

		assert.equal(end.state, 'done', end.why);
		assert.deepEqual([end.stored, end.missing, end.bad], [2, 1, 0]);
		assert.deepEqual(await stored('J1'), [
			['2019-03-25T16:24:42.000Z', 'energy', 6.146],
			['2019-03-25T17:24:42.000Z', 'energy', null]]);
	});
});

describe('what a file does not say is asked', () => {
	const likely = async (file) => {
		const { id, plan } = await files.open(file);

		return [id, { ...plan, ...MORE, device: 'A1' }];
	};

	test('an order of day and month that fits twice', async () => {
		const [id, plan] = await likely('d,p\n1/2/2007,1\n2/2/2007,2\n');
		const answer = await files.step(id, 'run', plan);

		assert.equal(answer.status, 422);
		assert.deepEqual(asked(answer), ['order', 'zone']);
		assert.match(answer.json().detail, /1\/2\/2007 can be read as dmy mdy/);
		assert.equal((await files.show(id)).state, 'looked');
		for (const [order, first] of [['dmy', '2007-02-01'], ['mdy', '2007-01-02']]) {
			const [again] = await likely('d,p\n1/2/2007,1\n2/2/2007,2\n');
			const end = await files.decide(again, 'run',
				{ ...plan, order, zone: 'UTC', device: `A-${order}` });

			assert.equal(end.stored, 2);
			assert.equal((await stored(`A-${order}`))[0][0],
				`${first}T00:00:00.000Z`);
		}
	});

	test('but not one that a single row settles', async () => {
		const [id, plan] = await likely('d,p\n1/2/2007,1\n1/13/2007,2\n');

		assert.equal((await files.decide(id, 'dry', { ...plan, zone: 'UTC' }))
			.state, 'tried');
		assert.equal((await files.show(id)).plan.order, 'mdy');
	});

	for (const [what, field, file, more] of [
		['a zone', 'zone', 't,p\n2025-01-01 00:00:00,1\n'],
		['a zone that there is not', 'zone', 't,p\n2025-01-01 00:00:00,1\n',
			{ zone: 'Mars/Olympus' }],
		['a start', 'start', 's,p\n0.5,1\n1.5,2\n', { columns:
			[{ as: 'seconds' }, { as: 'sensor', key: 'p' }] }],
		['a device', 'device', 't,p\n2025-01-01T00:00:00Z,1\n', { device: '' }],
		['a site', 'site', 't,p\n2025-01-01T00:00:00Z,1\n', { site: '' }],
		['a decimal mark', 'decimal',
			't;p\n2025-01-01T00:00:00Z;1,234\n2025-01-01T00:00:01Z;5,678\n'],
		['when', 'columns', 'a,p\nx,1\ny,2\n'],
	])
		test(what, async () => {
			const [id, plan] = await likely(file);
			const answer = await files.step(id, 'dry', { ...plan, ...more });

			assert.equal(answer.status, 422, answer.body);
			assert.deepEqual(asked(answer), [field]);
		});

	test('what rows of one instant are', async () => {
		const file = 't,p\n2025-01-01T00:00:00Z,1\n2025-01-01T00:00:00Z,2\n' +
			'2025-01-01T00:00:00Z,2\n';
		const [id, plan] = await likely(file);
		const end = await files.decide(id, 'run', { ...plan, device: 'S1' });

		assert.equal(end.state, 'asked');
		assert.match(end.why, /^same: 2 rows .* line 3/);
		assert.equal(end.stored, 0);
		const kept = await files.decide(id, 'run',
			{ ...plan, device: 'S1', same: 'keep' });

		assert.deepEqual([kept.state, kept.stored], ['done', 3]);
		assert.deepEqual((await stored('S1')).map((r) => [r[0], r[2]]), [
			['2025-01-01T00:00:00.000Z', 1], ['2025-01-01T00:00:00.000001Z', 2],
			['2025-01-01T00:00:00.000002Z', 2]]);
		const again = await files.run(file,
			{ ...MORE, device: 'S1', same: 'keep' });

		assert.deepEqual([again.stored, again.duplicate], [0, 3]);
		const first = await files.run(file,
			{ ...MORE, device: 'S2', same: 'first' });

		assert.deepEqual([first.stored, first.duplicate], [1, 2]);
		assert.equal((await stored('S2'))[0][2], 1);
	});

	test('a plan with a member that there is not is named', async () => {
		const [id, plan] = await likely('t,p\n2025-01-01T00:00:00Z,1\n');

		isProblem(await files.step(id, 'run', { ...plan, orders: 'dmy' }), 400,
			'bad_request', /^orders: /);
		isProblem(await files.step(id, 'run', { ...plan, order: 'myd' }), 400,
			'bad_request', /^order: /);
	});
});

describe('times', () => {
	test('of an hour that is there twice go to both', async () => {
		const at = ['01:30', '02:00', '02:30', '02:00', '02:30', '03:00'];
		const end = await files.run('t,p\n' +
			at.map((s, i) => `2025-10-26 ${s},${i}\n`).join(''),
		{ ...MORE, device: 'T1', zone: 'Europe/Berlin' });

		assert.equal(end.stored, 6, end.why);
		assert.deepEqual((await stored('T1')).map((r) => r[0].slice(11, 16)),
			['23:30', '00:00', '00:30', '01:00', '01:30', '02:00']);
	});

	test('of an hour that is left out are refused, line by line', async () => {
		const end = await files.run('t,p\n2025-03-30 01:30,1\n' +
			'2025-03-30 02:30,2\n2025-03-30 03:30,3\n"2025-03-30\n04:00",4\n',
		{ ...MORE, device: 'T2', zone: 'Europe/Berlin' });

		assert.deepEqual([end.stored, end.bad], [2, 2]);
		assert.deepEqual((await files.errors(end.id))
			.map((x) => [x.line, x.column, x.code]),
		[[3, 't', 'bad_time'], [5, 't', 'bad_time']]);
	});

	test('may be seconds since a start, with a column too many', async () => {
		const { id, look } = await files.open(
			'RUN (),RPM ()\n0.0, 10,\n0.5, 11,\n');

		assert.equal(look.columns.length, 3);
		assert.equal(look.columns[2].kind, 'empty');
		const end = await files.decide(id, 'run', { ...MORE, device: 'T3',
			start: '2026-01-01T00:00:00Z', columns: [{ as: 'seconds' },
				{ as: 'sensor', key: 'rpm' }, { as: 'leave' }] });

		assert.equal(end.stored, 2, end.why);
		assert.deepEqual(await stored('T3'), [
			['2026-01-01T00:00:00.000Z', 'rpm', 10],
			['2026-01-01T00:00:00.500Z', 'rpm', 11]]);
	});

	test('may be a date and a time in two columns', async () => {
		const end = await files.run('day,at,p\n2018-07-03T00:00:00,23:50,1\n' +
			'2018-07-04T00:00:00,00:10,2\n',
		{ ...MORE, device: 'T4', zone: 'Europe/London', columns:
			[{ as: 'time' }, { as: 'clock' }, { as: 'sensor', key: 'p' }] });

		assert.equal(end.stored, 2, end.why);
		assert.deepEqual((await stored('T4')).map((r) => r[0]),
			['2018-07-03T22:50:00.000Z', '2018-07-03T23:10:00.000Z']);
	});
});

describe('a dry run', () => {
	const file = 't,p,q\n2025-01-01T00:00:00Z,1,2\n2025-01-01T00:01:00Z,,x\n' +
		'2025-01-01T00:02:00Z,5,6\n';

	test('stores nothing, makes nothing, and says what a run does', async () => {
		const { id, plan } = await files.open(file);
		const all = { ...plan, ...MORE, device: 'D1' };
		const tried = await files.decide(id, 'dry', all);

		assert.equal(tried.state, 'tried', tried.why);
		assert.deepEqual([tried.stored, tried.duplicate, tried.missing, tried.bad],
			[5, 0, 1, 1]);
		assert.equal(await sql('super', `SELECT count(*) FROM flux.device
			WHERE tenant_id = ${plant.id} AND key = 'D1'`), '0');
		const errors = await files.errors(id);
		const done = await files.decide(id, 'run');

		assert.deepEqual([done.stored, done.duplicate, done.missing, done.bad],
			[5, 0, 1, 1]);
		assert.deepEqual((await files.errors(id)).map((x) => [x.line, x.column,
			x.code, x.cell]), [[3, 'p', 'no_value', ''],
			[3, 'q', 'not_a_number', 'x']]);
		assert.equal(errors.length, 2);
	});

	test('knows what is stored already', async () => {
		await files.run(file, { ...MORE, device: 'D2' });
		const { id, plan } = await files.open(file);
		const tried = await files.decide(id, 'dry', { ...plan, device: 'D2' });

		assert.deepEqual([tried.stored, tried.duplicate], [0, 5]);
	});

	test('does not swallow the run that is asked for meanwhile', async () => {
		const { id, plan } = await files.open(file);
		const all = { ...plan, ...MORE, device: 'D5' };

		await files.run(file, all);
		await files.decide(id, 'dry', all);
		// The dry run is held at its step until the run is asked for.
		const of = `tenant_id = ${plant.id} AND import_id = ${id}`;

		await sql('super', `DO $$ BEGIN
			UPDATE flux.import SET state = 'dry' WHERE ${of};
			INSERT INTO ctx.import_due (tenant_id, import_id)
			VALUES (${plant.id}, ${id});
			COMMIT;
			PERFORM FROM flux.import WHERE ${of} FOR UPDATE;
			WHILE NOT EXISTS (SELECT FROM pg_stat_activity WHERE
				pg_blocking_pids(pid) @> ARRAY[pg_backend_pid()]) LOOP
				PERFORM pg_sleep(0.02), pg_stat_clear_snapshot();
			END LOOP;
			UPDATE flux.import SET state = 'ready', began_at = now() WHERE ${of};
			UPDATE ctx.import_due SET seen_at = NULL WHERE ${of};
		END $$`);
		const end = await waitFor(async () => {
			const now = await files.show(id);

			return ['done', 'tried'].includes(now.state) && now.waiting === 0 && now;
		}, 20000, 50);

		assert.deepEqual([end.state, end.duplicate, end.doneRows],
			['done', 5, 3]);
		assert.equal(await sql('super', `SELECT count(*) FROM ctx.import_due
			WHERE ${of}`), '0');
	});

	test('of empty cells that are to be skipped has none', async () => {
		const { id, plan } = await files.open(file);
		const tried = await files.decide(id, 'dry',
			{ ...plan, ...MORE, device: 'D3', empty: 'skip' });

		assert.deepEqual([tried.stored, tried.missing, tried.bad], [4, 0, 1]);
	});

	test('reports a formula as text', async () => {
		const { id, plan } = await files.open(
			't,p\n2025-01-01T00:00:00Z,=1+1\n2025-01-01T00:00:01Z,1\n' +
			'2025-01-01T00:00:02Z,2\n2025-01-01T00:00:03Z,3\n');

		await files.decide(id, 'dry', { ...plan, ...MORE, device: 'D4' });
		const answer = await http('GET', `/api/v1/imports/${id}/errors?format=csv`,
			{ headers: files.headers });

		assert.equal(answer.status, 200);
		assert.match(answer.headers['content-type'], /text\/csv/);
		assert.doesNotMatch(answer.body, /(^|[,;])"?=/m);
		assert.match(answer.body, /1\+1/);
	});
});

describe('a long run', () => {
	test('that is cancelled says how far it came', async () => {
		const n = 120000;
		const lines = Array.from({ length: n }, (_, i) =>
			`${1735689600 + i},${i},${-i}`);
		const { id, plan } = await files.open(
			`time,a,b\n${lines.join('\n')}\n`);
		const answer = await files.step(id, 'run', { ...plan, ...MORE,
			device: 'L1' });

		assert.equal(answer.status, 202, answer.body);
		await waitFor(async () => {
			const now = await files.show(id);

			return now.doneRows > 0 || now.state === 'done';
		}, 60000, 5);
		const cancelled = await files.step(id, 'cancel');
		const end = await waitFor(async () => {
			const now = await files.show(id);

			return now.waiting === 0 && now;
		}, 60000, 50);

		if (cancelled.status === 200) {
			assert.equal(end.state, 'cancelled');
			assert.ok(end.doneRows < n);
		}
		assert.ok(end.doneRows > 0);
		assert.equal(end.stored, 2 * end.doneRows);
		await plant.balances();
	});
});

describe('a file of devices', () => {
	const file = 'key,name,site,gateway,kind\nE1,Pump one,HALL,E-GW,\n' +
		'E-GW,The gateway,HALL,,gateway\nE2,,NOWHERE,,\n"E 3",,HALL,,\n';

	test('is tried, made, and the same again', async () => {
		const files = everything;
		const { id } = await files.open(file, { kind: 'devices' });
		const tried = (await files.step(id, 'dry')).json();

		assert.deepEqual([tried.state, tried.stored, tried.bad], ['tried', 2, 2]);
		assert.equal(await sql('super', `SELECT count(*) FROM flux.device
			WHERE tenant_id = ${plant.id} AND key LIKE 'E%'`), '0');
		const done = (await files.step(id, 'run')).json();

		assert.deepEqual([done.state, done.stored, done.duplicate, done.bad],
			['done', 2, 0, 2]);
		assert.deepEqual((await files.errors(id)).map((x) => [x.line, x.code]),
			[[4, 'unknown_site'], [5, 'bad_key']]);
		assert.equal(await sql('super', `SELECT d.name || ' by ' || g.key
			FROM flux.device d JOIN flux.device g ON g.tenant_id = d.tenant_id
			 AND g.device_id = d.gateway_id
			WHERE d.tenant_id = ${plant.id} AND d.key = 'E1'`), 'Pump one by E-GW');
		const { id: next } = await files.open(
			file.replace('Pump one', 'Pump 1'), { kind: 'devices' });
		const again = (await files.step(next, 'run')).json();

		assert.deepEqual([again.stored, again.duplicate, again.bad], [1, 1, 2]);
	});

	test('needs the right to write devices', async () => {
		const plain = new Imports(await plant.key('GW', 'ingest,view'));

		isProblem(await plain.send(file, { kind: 'devices' }), 403, 'forbidden');
		const { id, plan } = await plain.open('t,p\n2025-01-01T00:00:00Z,1\n');

		isProblem(await plain.step(id, 'run',
			{ ...plan, ...MORE, device: 'N1' }), 403, 'forbidden');
	});
});

describe('what others test their readers with', { skip: corpora === null &&
	'no corpora' }, () => {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'fluximport.'));
	const unpack = (name) => {
		execFileSync('tar', ['xzf', path.join(corpora, name), '-C', folder]);
	};

	after(() => rmSync(folder, { recursive: true }));

	test('csv-spectrum: names and cells are those of its JSON', async () => {
		unpack('text/csv_spectrum.tar.gz');
		const names = readdirSync(path.join(folder, 'csvs'));

		assert.equal(names.length, 6);
		for (const name of names) {
			const rows = JSON.parse(readFileSync(path.join(folder, 'json',
				name.replace('.csv', '.json')), 'utf8'));
			const { id, look } = await files.open(
				readFileSync(path.join(folder, 'csvs', name)));

			assert.equal(look.rows, rows.length, name);
			assert.deepEqual(look.columns.map((c) => c.name),
				Object.keys(rows[0]), name);
			for (const c of look.columns)
				assert.deepEqual(c.samples.map((s) => s.replaceAll('\r\n', '\n')),
					rows.map((r) => r[c.name].trim()
					.replaceAll('\r\n', '\n')).filter(Boolean).slice(0, 3), `${name} ${c.name}`);
			await files.step(id, 'cancel');
		}
	});

	test('multipart: 15 bodies are a form or none, as they say', async () => {
		const desk = await Desk.of(plant);

		unpack('http/multipart.tar.gz');
		const names = readdirSync(folder).filter((f) => f.endsWith('.http'));

		assert.equal(names.length, 15);
		for (const name of names) {
			const says = readFileSync(path.join(folder,
				name.replace('.http', '.yaml')), 'utf8');
			const answer = await http('POST', '/admin/imports', {
				headers: { Cookie: desk.cookie,
					Origin: new URL(env.FLUX_URL).origin,
					'Sec-Fetch-Site': 'same-origin',
					'Content-Type': 'multipart/form-data; boundary=' +
						says.match(/^boundary: (.*)$/m)[1] },
				body: readFileSync(path.join(folder, name)),
			});

			// A form that is one lacks the session's token.
			assert.equal(answer.status, /error:/.test(says) ||
				name.includes('base64') ? 400 : 403, name);
		}
	});
});
