// Stored bytes that are damaged: named in every answer, and the rest served.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { near, pack, send } from '../lib/brute.mjs';
import { ctl, flux_var, http, login, sql } from '../lib/flux.mjs';
import { Plant, get } from '../lib/plant.mjs';
import { freeze_worker, signal_worker } from '../lib/worker.mjs';

const DAY = 864e5;
const HOUR = 36e5;
const iso = (ms) => new Date(ms).toISOString();
const start = Math.floor(Date.now() / DAY) * DAY - 3 * DAY;
let plant, key;

const ask = (url) => get(key, url);
const data = async (url) => {
	const answer = await ask(url);

	assert.equal(answer.status, 200, answer.body);
	return answer.json();
};

before(async () => {
	plant = await Plant.make('Damage');
	await plant.gateway('GW');
	key = await plant.key('GW');
});

describe('damage', () => {
	const from = start, to = start + 3 * HOUR;
	const span = `&from=${from}&to=${to}`;
	const minute = (hour) => Array.from({ length: 60 }, (_, i) => ({
		device: 'D1', ts: start + hour * HOUR + i * 60e3,
		values: { flow_rate: hour * 100 + i } }));
	const flip = `set_byte(run, length(run) - 1, get_byte(run, length(run) - 1) # 255)`;
	let sensor;

	before(async () => {
		await plant.device('D1', undefined, '--gateway', 'GW', '--period', '60');
		for (const hour of [0, 1]) {
			await send(key, minute(hour));
			await plant.derived();
			await pack(plant.id);
		}
		await send(key, minute(2));
		await plant.derived();
		sensor = Number(await sql('super', `SELECT sensor_id FROM flux.sensor
			 WHERE tenant_id = ${plant.id} AND code = 'D1/flow_rate'`));
		await sql('super', `UPDATE flux.chunk SET run = ${flip}
			 WHERE tenant_id = ${plant.id} AND sensor_id = ${sensor}
			   AND t_min = '${iso(start + HOUR)}'`);
	});
	const lost = { from: iso(start + HOUR), to: iso(start + HOUR + 59 * 60e3),
		reason: 'damaged' };
	const whole = [...minute(0), ...minute(2)].map((r) => r.values.flow_rate);

	test('of a chunk is named, and the rest is served', async () => {
		const got = await data(`/api/v1/telemetry?device=D1${span}`);

		assert.deepEqual(got.readings.map((r) => r.value), whole);
		assert.deepEqual(got.gaps, [lost]);
	});

	test('is named in aggregates and statistics', async () => {
		const [a] = (await data(`/api/v1/telemetry/aggregate?device=D1` +
			`&sensor=flow_rate&bucket=1h${span}`)).series;

		assert.deepEqual(a.buckets.map((b) => b.count), [60, 0, 60]);
		assert.deepEqual(a.gaps.filter((g) => g.reason === 'damaged'), [lost]);
		near(a.buckets[1].coverage, 0, 'coverage');
		const [s] = (await data(`/api/v1/telemetry/statistics?device=D1` +
			`&sensor=flow_rate${span}`)).sensors;

		assert.equal(s.count, 120);
		assert.deepEqual(s.gaps.filter((g) => g.reason === 'damaged'), [lost]);
		const table = (await ask(`/api/v1/telemetry/statistics?device=D1` +
			`&sensor=flow_rate${span}&format=csv`)).body.trimEnd().split('\r\n');

		assert.match(table.at(-1), new RegExp(`^flow_rate,.*,${lost.from},` +
			`${lost.to},*,damaged$`));
	});

	test('is named beside the records of the FluxIO document', async () => {
		const url = (until) => `/api/flow-data?device_id=D1&start_time=${from}` +
			`&end_time=${until}`;
		const got = await data(url(to));

		assert.equal(got.count, 120);
		assert.deepEqual(got.gaps, [lost]);
		assert.equal('gaps' in await data(url(from + HOUR - 1)), false);
		const lines = (await ask(`${url(to)}&format=csv`)).body.trimEnd()
			.split('\r\n');

		assert.equal(lines.length, 1 + 120 + 1);
		assert.match(lines.at(-1), new RegExp(`^D1,${lost.from},*damaged until ` +
			`${lost.to}$`));
		assert.match((await ask(`${url(from + HOUR + 1)}&format=csv`)).body,
			new RegExp(`damaged until ${iso(from + HOUR + 1)}\r\n$`));
	});

	test('is a row with a note in an export', async () => {
		const answer = await ask(`/api/v1/telemetry/export?device=D1${span}`);
		const lines = answer.body.trimEnd().split('\r\n');

		assert.equal(lines.length, 1 + 120 + 1);
		assert.match(lines.at(-1), new RegExp(`^${lost.from},.*damaged until ` +
			`${lost.to}$`));
		const json = (await ask(`/api/v1/telemetry/export?format=json&device=D1` +
			span)).body.trimEnd().split('\n').map((l) => JSON.parse(l));

		assert.deepEqual(json.at(-1), { time: lost.from, device: 'D1',
			to: lost.to, gap: 'damaged' });
	});

	test('breaks the line of the chart, and the page says so', async () => {
		const email = `read-${plant.id}@read.example`;

		await ctl('user', plant.name, email, 'Ada', 'viewer',
			{ input: 'correct horse battery' });
		const headers = { Cookie: await login(email, 'correct horse battery') };
		const page = async (until) => (await http('GET', `/devices/D1` +
			`?from=${iso(from)}&to=${iso(until)}`, { tls: true, headers })).body
			.match(/<figure class="chart" id="sensor-\d+"[^>]*data-name="Flow rate"[^]*?<\/figure>/)[0];
		const runs = (figure) => figure.match(/class="line" d="([^"]*)"/)[1]
			.match(/M/g).length;
		const hurt = await page(to), whole_one = await page(from + HOUR);

		assert.match(hurt, /damaged and not shown/);
		assert.doesNotMatch(whole_one, /damaged/);
		assert.equal(runs(hurt), 2);
		assert.equal(runs(whole_one), 1);
		assert.match(hurt, /class="gap"/);
		const series = await http('GET', `/devices/D1/series?sensor=${sensor}` +
			`&from=${iso(from)}&to=${iso(to)}`, { tls: true, headers });

		assert.deepEqual(series.json().lost, [[(start + HOUR) / 1000,
			(start + HOUR + 59 * 60e3) / 1000]]);
	});

	test('of what is in quarantine is named too', async () => {
		await sql('super', `INSERT INTO flux.quarantine (tenant_id, level,
			 sensor_id, t_min, t_max, n, why, bytes) VALUES (${plant.id}, 'fresh',
			 0, '${iso(start + 500)}', '${iso(start + 700)}', 1, 'test', '')`);
		const got = await data(`/api/v1/telemetry?device=D1${span}`);

		assert.deepEqual(got.gaps.map((g) => g.from).sort(),
			[iso(start + 500), lost.from]);
		await sql('super', `DELETE FROM flux.quarantine
			 WHERE tenant_id = ${plant.id}`);
	});

	test('of fresh does not take the rest with it', async () => {
		await sql('super', `UPDATE flux.fresh SET block = set_byte(block,
			 offset_[2] - 1, get_byte(block, offset_[2] - 1) # 255)
			 WHERE tenant_id = ${plant.id} AND sensor = ARRAY[${sensor}]`);
		const got = await data(`/api/v1/telemetry?device=D1${span}`);

		assert.deepEqual(got.readings.map((r) => r.value),
			minute(0).map((r) => r.values.flow_rate));
		assert.equal(got.gaps.length, 2);
	});
});

describe('a damaged batch that nobody has derived yet', () => {
	const at = (i) => ({ device: 'D2', ts: start + i * 1000,
		values: { flow_rate: i } });
	const log = (name) => readFileSync(path.join(flux_var, `log/${name}.log`),
		'utf8').split('\n').filter((line) =>
		line.includes(`tenant=${plant.id} `) &&
			line.includes(`from=${iso(start + 10000)} to=${iso(start + 19000)}`));
	const url = () => `/api/v1/telemetry?device=D2&from=${start}` +
		`&to=${start + HOUR}`;
	const values = (got) => got.readings.map((r) => r.value);
	const numbers = (from, to) => Array.from({ length: to - from },
		(_, i) => from + i);
	const left = [...numbers(0, 10), ...numbers(20, 30)];
	const gap = [{ from: iso(start + 10000), to: iso(start + 19000),
		reason: 'damaged' }];

	before(async () => {
		await plant.device('D2', undefined, '--gateway', 'GW');
		await plant.derived();
		await freeze_worker();
		for (const i of [0, 10, 20])
			await send(key, numbers(i, i + 10).map(at));
		await sql('super', `UPDATE flux.landing SET block = set_byte(block,
			 length(block) - 1, get_byte(block, length(block) - 1) # 255)
			 WHERE tenant_id = ${plant.id}
			   AND t_min = '${iso(start + 10000)}'`);
	});
	after(() => signal_worker('SIGCONT'));

	test('is a named gap, and the other batches are served', async () => {
		const got = await data(url());

		assert.deepEqual(values(got), left);
		assert.deepEqual(got.gaps, gap);
	});

	test('is in the log, with tenant and span', () => {
		assert.ok(log('api').length > 0);
		assert.deepEqual(log('worker'), []);
	});

	test('is so too when the worker has met it, and it says so', async () => {
		signal_worker('SIGCONT');
		await plant.derived();
		const got = await data(url());

		assert.deepEqual(values(got), left);
		assert.deepEqual(got.gaps, gap);
		assert.equal(log('worker').length, 1);
		assert.match(log('worker')[0], / error .*level=landing sensor=0 /);
	});
});
