// Exports: every reading, in memory that does not grow with their number, and
// in files that a spreadsheet opens without harm.
import assert from 'node:assert/strict';
import http from 'node:http';
import { gzipSync } from 'node:zlib';
import { before, describe, test } from 'node:test';
import { send } from '../lib/brute.mjs';
import { growing } from '../lib/children.mjs';
import { env, sql } from '../lib/flux.mjs';
import { Plant, get, isProblem, post } from '../lib/plant.mjs';

const DAY = 864e5;
const iso = (ms) => new Date(ms).toISOString();
const start = Math.floor(Date.now() / DAY) * DAY - 30 * DAY;
const SENSORS = ['flow_rate', 'volume_total', 'temperature', 'status'];
const ROWS = 260000; // of four readings each
let plant, key;

const ask = (query) => get(key, `/api/v1/telemetry/export?${query}`);
const data = async (query) => {
	const answer = await ask(query);

	assert.equal(answer.status, 200, answer.body.slice(0, 500));
	return answer;
};

before(async () => {
	plant = await Plant.make('Export');
	await plant.gateway('GW');
	key = await plant.key('GW');
	await plant.device('X1', undefined, '--gateway', 'GW');
	await send(key, [
		{ device: 'X1', ts: start, values: { flow_rate: 1.5, temperature: 20 } },
		{ device: 'X1', ts: start + 1, values: { flow_rate: null } },
		{ device: 'X1', ts: start + 2, values: { flow_rate: -7, status: 1 },
			quality: 60, revision: 2 },
		{ device: 'X1', ts: start + 3, values: { flow_rate: 1e-7 } }]);
});

describe('an export', () => {
	const span = `&from=${start}&to=${start + 1000}`;

	test('is RFC 4180, a row an instant, units in the names', async () => {
		const answer = await data(`device=X1${span}`);

		assert.equal(answer.headers['content-type'], 'text/csv; charset=utf-8');
		assert.equal(answer.headers['content-disposition'],
			'attachment; filename="X1.csv"');
		assert.equal(answer.headers['x-data-source'], 'field');
		assert.equal(answer.body, [
			'time,flow_rate (m3/h),volume_total (m3),temperature (Cel),status,' +
				'quality,note',
			`${iso(start)},1.5,,20,,100,`,
			`${iso(start + 1)},,,,,0,`,
			`${iso(start + 2)},-7,,,1,60,`,
			`${iso(start + 3)},1e-07,,,,100,`, ''].join('\r\n'));
	});

	test('in the long layout is a row a reading', async () => {
		const lines = (await data(`device=X1&layout=long&sensor=flow_rate${span}`))
			.body.split('\r\n');

		assert.deepEqual(lines.slice(0, 4), [
			'time,device,sensor,value,unit,quality,revision,min,max,count,stdDev,' +
				'decimals,note',
			`${iso(start)},X1,flow_rate,1.5,m3/h,100,0,,,,,,`,
			`${iso(start + 1)},X1,flow_rate,,m3/h,0,0,,,,,,`,
			`${iso(start + 2)},X1,flow_rate,-7,m3/h,60,2,,,,,,`]);
	});

	test('takes another delimiter, decimal sign and a byte order mark',
		async () => {
			const one = (query) => data(`device=X1&sensor=flow_rate&from=${start}` +
				`&to=${start + 1}&${query}`);
			const first = async (query) => (await one(query)).body
				.split('\r\n')[1];

			assert.equal(await first('delimiter=;'), `${iso(start)};1.5;100;`);
			assert.equal(await first('delimiter=tab'),
				`${iso(start)}\t1.5\t100\t`);
			assert.equal(await first('decimal=,'), `${iso(start)};1,5;100;`);
			assert.deepEqual([...(await one('bom=1')).bytes.subarray(0, 4)],
				[0xef, 0xbb, 0xbf, 0x74]);
		});

	test('as JSON is an object a line', async () => {
		const answer = await data(`format=json&device=X1${span}`);
		const lines = answer.body.trimEnd().split('\n').map((l) => JSON.parse(l));

		assert.equal(answer.headers['content-type'], 'application/x-ndjson');
		assert.equal(lines.length, 6);
		assert.deepEqual(lines[0], { time: iso(start), device: 'X1',
			sensor: 'flow_rate', value: 1.5, unit: 'm3/h', quality: 100 });
		assert.equal(lines.find((l) => l.value === null).quality, 0);
		assert.equal(lines.find((l) => l.value === -7).revision, 2);
	});

	test('of all devices is long, device by device', async () => {
		await plant.device('X2', undefined, '--gateway', 'GW');
		await send(key, [{ device: 'X2', ts: start + 1, values: { status: 2 } }]);
		const rows = (await data(`device=all${span}`)).body.trimEnd()
			.split('\r\n').slice(1).map((l) => l.split(',')[1]);

		assert.deepEqual(rows, [...Array(6).fill('X1'), 'X2']);
	});

	test('harms no spreadsheet, and quotes what needs it', async () => {
		for (const [unit, cell] of [['=1+1', "'=1+1"], ['@x', "'@x"],
			['+1', "'+1"], ['-1', "'-1"], ['a,b', '"a,b"'],
			['=cmd|"x"', '"\'=cmd|""x"""'], ['m3', 'm3'], ['\tx', "'\tx"]]) {
			await sql('super', `UPDATE flux.sensor SET unit = '${unit}'
				 WHERE tenant_id = ${plant.id} AND code = 'X2/status'`);
			const line = (await data(`device=X2&layout=long${span}`)).body
				.split('\r\n')[1];

			assert.equal(line, `${iso(start + 1)},X2,status,2,${cell},100,0,,,,,,`);
		}
		await sql('super', `UPDATE flux.device SET key = '-2'
			 WHERE tenant_id = ${plant.id} AND key = 'X2'`);
		assert.match((await data(`device=-2&layout=long${span}`)).body, /Z,'-2,/);
	});

	test('of nothing is the head alone', async () => {
		assert.equal((await data(`device=X1&sensor=status&from=${start - DAY}` +
			`&to=${start - 1}`)).body, 'time,status,quality,note\r\n');
	});

	for (const [query, field] of [['', 'device'], ['device=X1&format=xml', 'format'],
		['device=X1&delimiter=x', 'delimiter'], ['device=X1&decimal=x', 'decimal'],
		['device=X1&decimal=,&delimiter=,', 'decimal'], ['device=X1&bom=2', 'bom'],
		['device=X1&layout=tall', 'layout'], ['device=all&layout=wide', 'layout'],
		['device=all&sensor=status', 'sensor'], ['device=X1&from=x', 'from'],
		['device=X1&to=x', 'to'], ['device=X1&from=2&to=1', 'from']])
		test(`refuses "${query}" and names ${field}`, async () => {
			isProblem(await ask(query), 400, 'bad_request',
				new RegExp(`^${field}\\b`));
		});
});

// Reads an answer as it comes: each piece goes to `take`.
function stream(query, take) {
	return new Promise((resolve, reject) => {
		http.get(new URL(`/api/v1/telemetry/export?${query}`, env.FLUX_URL),
			{ headers: { 'X-API-Key': key }, agent: false }, (answer) => {
				answer.on('data', (piece) => take(piece, answer));
				answer.on('error', reject);
				answer.on('end', () => resolve(answer));
			}).on('error', reject);
	});
}

describe('an export of a million readings', () => {
	let sum = 0;

	before(async () => {
		await plant.device('BIG', undefined, '--gateway', 'GW');
		for (let i = 0; i < ROWS;) {
			const readings = [];

			for (let n = 0; n < 13000 && i < ROWS; n++, i++) {
				sum += i % 1000;
				readings.push({ device: 'BIG', ts: start + i * 1000, values: {
					flow_rate: i % 1000, volume_total: i, temperature: 20.5,
					status: 0 } });
			}
			const answer = await post(key, gzipSync(JSON.stringify({ readings })),
				{ headers: { 'Content-Encoding': 'gzip' } });

			assert.equal(answer.status, 202, answer.body);
		}
		await plant.derived(60000);
	});
	const span = `device=BIG&from=${start}&to=${start + ROWS * 1000}`;

	for (const [query, per_row] of [['layout=long', 4], ['layout=wide', 1],
		['format=json', 4]])
		test(`${query}: all of them, in bounded memory`, async () => {
			let lines, bytes, begun;
			const [answer, grown] = await growing(() => {
				lines = bytes = 0;
				begun = Date.now();
				return stream(`${span}&${query}`, (piece) => {
					bytes += piece.length;
					for (let at = piece.indexOf(10); at >= 0;
						at = piece.indexOf(10, at + 1))
						lines++;
				});
			});

			assert.equal(answer.complete, true);
			assert.equal(lines, ROWS * per_row + (query.includes('json') ? 0 : 1));
			console.log(`  ${query}: ${bytes} bytes in ${Date.now() - begun} ms, ` +
				`${Math.round(grown / 1024)} KB more at most`);
			assert.ok(grown < 40 * 1024 * 1024, `grown by ${grown} bytes`);
		});

	test('holds each instant once, in order, with its values', async () => {
		let rest = '', n = 0, total = 0;

		await stream(`${span}&sensor=flow_rate`, (piece) => {
			const lines = (rest + piece).split('\r\n');

			rest = lines.pop();
			for (const line of lines) {
				const [time, value] = line.split(',');

				if (time === 'time')
					continue;
				assert.equal(Date.parse(time), start + n++ * 1000);
				total += Number(value);
			}
		});
		assert.equal(n, ROWS);
		assert.equal(total, sum);
	});

	test('that cannot be finished is cut, and not taken for whole', async () => {
		let bytes = 0, killed = null;

		// More than nginx keeps for a reader that waits.
		await assert.rejects(stream(`${span}&format=json`, (piece, answer) => {
			bytes += piece.length;
			if (killed !== null)
				return;
			answer.pause();
			killed = sql('super', `SELECT count(pg_terminate_backend(pid))
				  FROM pg_stat_activity WHERE usename = 'fl_api'`)
				.finally(() => answer.resume());
		}), /aborted|hang up|reset/);
		await killed;
		assert.ok(bytes > 0);
		assert.equal((await ask(`device=X1&from=${start}&to=${start + 5}`)).status,
			200, 'and the program lives on');
	});
});
