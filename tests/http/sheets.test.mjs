// Spreadsheets of readings: the same as the CSV file says, in memory that does
// not grow, and with nothing left on the disk.
import assert from 'node:assert/strict';
import { readdirSync, realpathSync, utimesSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { before, describe, test } from 'node:test';
import { children, growing, held } from '../lib/children.mjs';
import { env, flux_var, sql, waitFor } from '../lib/flux.mjs';
import { Plant, get, isProblem, post } from '../lib/plant.mjs';
import { csv, workbook } from '../lib/sheet.mjs';
import { XLSX, at, same_cell, same_rows, same_text, two_devices } from
	'../lib/tables.mjs';

const DAY = 864e5;
const HOUR = 36e5;
const TRIES = 5;
const LOOKS = 20;
const start = Math.floor(Date.now() / DAY) * DAY - 30 * DAY;
const span = `from=${start}&to=${start + 1000}`;
const folder = path.join(realpathSync(flux_var), 'tmp/sheets');
let plant, key, foreign;

before(async () => {
	const other = await Plant.make('Sheets other');

	plant = await Plant.make('Sheets');
	await plant.gateway('GW');
	await other.gateway('GW');
	key = await plant.key('GW');
	foreign = await other.key('GW');
	await two_devices(plant, key, start);
});

const ok = async (url) => {
	const answer = await get(key, url);

	assert.equal(answer.status, 200, answer.body.slice(0, 500));
	return answer;
};
const book = async (url) => {
	const answer = await ok(url);

	assert.equal(answer.headers['content-type'], XLSX);
	return workbook(answer.bytes);
};

describe('an export as XLSX', () => {
	const url = `/api/v1/telemetry/export?format=xlsx&${span}&`;

	test('holds the cells of the CSV file, as what they are', async () => {
		for (const query of ['device=X1', 'device=X1&layout=long', 'device=all',
			'device=X1&sensor=flow_rate']) {
			const text = csv((await ok(url.replace('xlsx', 'csv') + query)).body);
			const [sheet] = await book(url + query);
			const rows = sheet.rows();

			assert.equal(sheet.name, 'readings');
			assert.deepEqual(rows[0], text[0].map((h) =>
				h === 'time' ? 'time (UTC)' : h));
			same_rows(rows.slice(1), text.slice(1).map((r) => r.map((c, i) =>
				c === '' ? null : text[0][i] === 'time' ? at(c)
					: isNaN(c) ? c : Number(c))), same_cell);
		}
	});

	test('has its head in sight and columns that are wide enough', async () => {
		const [{ xml }] = await book(`${url}device=X1`);

		assert.match(xml, /<pane ySplit="1"[^>]*state="frozen"/);
		const widths = [...xml.matchAll(/<col min="(\d+)" max="(\d+)" width="([^"]*)"/g)]
			.flatMap(([, a, b, w]) => Array(b - a + 1).fill(Number(w)));

		assert.equal(widths.length, 7);
		assert.ok(widths[0] >= 23 && widths.every((w) => w >= 12), `${widths}`);
	});

	test('shows the clocks of the zone that is asked for', async () => {
		for (const [zone, hours] of [['Asia/Tokyo', 9], ['Asia/Kolkata', 5.5],
			['Etc/GMT+3', -3]]) {
			const rows = (await book(`${url}device=X1&zone=${
				encodeURIComponent(zone)}`))[0].rows();

			assert.equal(rows[0][0], `time (${zone})`);
			assert.equal(rows[1][0].getTime(), start + hours * HOUR);
		}
	});

	test('takes no text for a formula, and keeps it as it is', async () => {
		for (const [unit, cell] of [['=1+1', '=1+1'], ['@x', '@x'], ['+1', '+1'],
			['=HYPERLINK("x")', '=HYPERLINK("x")'], ['<&>"', '<&>"'],
			[' a ', ' a '], ['http://x', 'http://x'], ['a\u0001b', 'a\u0001b'],
			['a\uffffb', 'a\ufffdb']]) {
			await sql('super', `UPDATE flux.sensor SET unit = '${unit}'
				 WHERE tenant_id = ${plant.id} AND code = 'X2/status'`);
			const [sheet] = await book(`${url}device=X2&layout=long&sensor=status`);
			const wide = await book(`${url}device=X2&sensor=status`);

			assert.equal(sheet.rows()[1][4], cell);
			assert.equal(wide[0].rows()[0][1], `status (${cell})`);
			assert.ok(!/<(f|hyperlink)\b/.test(sheet.xml));
		}
	});

	test('cuts what no cell can hold, and says so', async () => {
		await sql('super', `UPDATE flux.device SET created_at = '1850-01-01Z',
			       metadata = jsonb_build_object('x', repeat('é', 40000))
			 WHERE tenant_id = ${plant.id} AND key = 'X2'`);
		const rows = (await book('/api/v1/devices?format=xlsx'))[0].rows();
		const x2 = rows.find((r) => r[0] === 'X2');

		assert.ok(x2[16].length <= 32767);
		assert.match(x2[16], /^\{"x": ?"éé+ \.\.\. \(cut\)$/);
		assert.equal(x2[15], '1850-01-01T00:00:00.000Z', 'before all sheets');
	});

	test('of nothing is the head alone, and of HEAD nothing', async () => {
		const rows = (await book('/api/v1/telemetry/export?format=xlsx&device=X1' +
			`&sensor=status&from=${start - DAY}&to=${start - 1}`))[0].rows();

		assert.deepEqual(rows, [['time (UTC)', 'status', 'quality', 'note']]);
		const answer = await new Promise((resolve, reject) => http.request(
			new URL(`${url}device=X1`, env.FLUX_URL), { method: 'HEAD',
				headers: { 'X-API-Key': key }, agent: false }, resolve)
			.on('error', reject).end());

		assert.equal(answer.statusCode, 200);
		assert.equal(answer.headers['content-type'], XLSX);
	});

	test('has a file name of what it is of', async () => {
		for (const [device, name] of [['X1', 'X1'], ['all', 'telemetry']])
			assert.equal((await ok(`${url}device=${device}`))
				.headers['content-disposition'],
			`attachment; filename="${name}.xlsx"`);
	});

	test('sweeps what a killed process may have left', async () => {
		const stale = path.join(folder, 'stale'), fresh = path.join(folder, 'new');

		writeFileSync(stale, '');
		writeFileSync(fresh, '');
		utimesSync(stale, new Date(Date.now() - 120e3), new Date(Date.now() - 120e3));
		await ok(`${url}device=X1`);
		assert.deepEqual(readdirSync(folder), ['new']);
		utimesSync(fresh, new Date(0), new Date(0));
		await ok(`${url}device=X1`);
		assert.deepEqual(readdirSync(folder), []);
	});

	for (const [query, field] of [['device=X1&zone=Mars/Olympus', 'zone'],
		['device=X1&zone=../etc/passwd', 'zone'], ['device=X1&bom=2', 'bom'],
		['device=X1&layout=tall', 'layout'], ['device=all&layout=wide', 'layout'],
		['', 'device'], ['device=X1&from=x', 'from']])
		test(`refuses "${query}" and names ${field}`, async () => {
			isProblem(await get(key,
				`/api/v1/telemetry/export?format=xlsx&${query}`), 400, 'bad_request',
				new RegExp(`^${field}\\b`));
		});

	test('of another tenant\'s device is not there', async () => {
		isProblem(await get(foreign, `${url}device=X1`), 404, 'not_found');
	});
});

// Reads an answer that is long in the making; `stop` may end it early.
function fetch(query, stop = () => false) {
	return new Promise((resolve, reject) => {
		const asked = http.get(new URL(`/api/v1/telemetry/export?${query}`,
			env.FLUX_URL), { headers: { 'X-API-Key': key }, agent: false },
		(answer) => {
			const pieces = [];

			answer.on('data', (piece) => {
				pieces.push(piece);
				if (stop())
					asked.destroy();
			});
			answer.on('error', reject);
			answer.on('end', () => resolve({ status: answer.statusCode,
				headers: answer.headers, bytes: Buffer.concat(pieces) }));
		}).on('error', reject);
	});
}

// Asked again for as long as a busy machine needs more than the minute it may
// take over one, which it is told to do.
async function patiently(query) {
	for (let tries = 1;; tries++) {
		const answer = await fetch(query);

		if (answer.status !== 503 || tries === TRIES)
			return answer;
	}
}

const busy = () => children().filter((pid) => held(pid, folder).length > 0);
const nothing_left = async () => {
	await waitFor(() => busy().length === 0, 60000);
	assert.deepEqual(readdirSync(folder), []);
};

describe('a sheet of more rows than one can hold', () => {
	const ROWS = 1200000, FIRST = 1048575;
	let query, sum = 0;

	before(async () => {
		await plant.device('BIG', undefined, '--gateway', 'GW');
		for (let i = 0; i < ROWS;) {
			const readings = [];

			for (let n = 0; n < 24000 && i < ROWS; n++, i++) {
				sum += i % 1000;
				readings.push({ device: 'BIG', ts: start + i * 1000,
					values: { flow_rate: i % 1000, status: i % 3 } });
			}
			const answer = await post(key, gzipSync(JSON.stringify({ readings })),
				{ headers: { 'Content-Encoding': 'gzip' } });

			assert.equal(answer.status, 202, answer.body);
		}
		await plant.derived(120000);
		query = `format=xlsx&device=BIG&from=${start}&to=${start + ROWS * 1000}`;
	});

	test('goes on in a second, in bounded memory', async () => {
		let took;
		const [answer, grown] = await growing(async () => {
			const begun = Date.now();
			const got = await patiently(`${query}&sensor=flow_rate`);

			took = Date.now() - begun;
			return got;
		});

		console.log(`  ${ROWS} rows: ${answer.bytes.length} bytes in ${took} ms, ` +
			`${Math.round(grown / 1024)} KB more at most`);
		assert.equal(answer.status, 200);
		assert.ok(grown < 40 * 1024 * 1024, `grown by ${grown} bytes`);
		await nothing_left();
		const sheets = workbook(answer.bytes);
		let n = 0, total = 0;

		assert.deepEqual(sheets.map((s) => s.name), ['readings', 'readings 2']);
		for (const { xml } of sheets) {
			const first = n;

			assert.match(xml.slice(0, 2000),
				/<c r="A1" s="\d" t="inlineStr"><is><t>time \(UTC\)</);
			for (const [, row, day, value] of xml.matchAll(
				/<c r="A(\d+)" s="\d"><v>([^<]*)<\/v><\/c><c r="B\d+"><v>([^<]*)</g)) {
				assert.equal(Number(row), n - first + 2);
				assert.equal(Math.round((Number(day) - 25569) * DAY),
					start + n++ * 1000);
				total += Number(value);
			}
			assert.equal(n, Math.min(ROWS, first + FIRST));
		}
		assert.equal(n, ROWS);
		assert.equal(total, sum);
	});

	test('shows its newest records as the FluxIO document does', async () => {
		const url = `/api/flow-data?device_id=BIG&limit=10000&start_time=${start}` +
			`&end_time=${start + ROWS * 1000}`;
		const want = (await ok(url)).json().data.map((r) => [r.device_id,
			at(r.created_at), r.flow_rate, null, null, r.status, r.quality, null]);

		assert.equal(want.length, 10000);
		same_rows(csv((await ok(`${url}&format=csv`)).body).slice(1), want,
			same_text);
		same_rows((await book(`${url}&format=xlsx`))[0].rows().slice(1), want,
			same_cell);
	});

	test('leaves nothing when its reader goes', async () => {
		await assert.rejects(fetch(`${query}&sensor=flow_rate`, () => true));
		await nothing_left();
		let pid;

		// Who looks too late asks again.
		for (let i = 0; !pid && i < LOOKS; i++) {
			let is_over = false;

			fetch(`${query}&sensor=flow_rate`).catch(() => {})
				.then(() => { is_over = true; });
			await waitFor(() => ([pid] = busy()).length > 0 || is_over, 0, 5);
		}
		assert.ok(pid, 'one was seen that makes it');
		assert.deepEqual(readdirSync(folder), [], 'while it is made');
		process.kill(Number(pid), 'SIGKILL');
		await nothing_left();
	});

	test('is refused when it is too long for all sheets', async () => {
		const answer = await patiently(`${query}&layout=long`);

		isProblem({ ...answer, body: answer.bytes.toString(),
			json: () => JSON.parse(answer.bytes) }, 413, 'too_large', /^format\b.* csv/);
		await nothing_left();
	});

	test('is refused when its cells are too large', async () => {
		await sql('super', `UPDATE flux.sensor SET unit = repeat('x', 32000)
			 WHERE tenant_id = ${plant.id} AND code = 'BIG/status'`);
		const answer = await patiently(`${query}&layout=long&sensor=status`);

		isProblem({ ...answer, body: answer.bytes.toString(),
			json: () => JSON.parse(answer.bytes) }, 413, 'too_large', /^format\b.* csv/);
		await nothing_left();
	});
});
