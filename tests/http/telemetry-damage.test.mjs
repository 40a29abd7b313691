// Stored bytes that are damaged: named in every answer, and the rest served.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { near, pack, send } from '../lib/brute.mjs';
import { ctl, http, login, sql } from '../lib/flux.mjs';
import { Plant, get } from '../lib/plant.mjs';

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
	});

	test('is named beside the records of the FluxIO document', async () => {
		const url = (until) => `/api/flow-data?device_id=D1&start_time=${from}` +
			`&end_time=${until}`;
		const got = await data(url(to));

		assert.equal(got.count, 120);
		assert.deepEqual(got.gaps, [lost]);
		assert.equal('gaps' in await data(url(from + HOUR - 1)), false);
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

