// Tables as CSV and as spreadsheets: the same as the JSON answer says.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { send } from '../lib/brute.mjs';
import { sql } from '../lib/flux.mjs';
import { Plant, get, isProblem } from '../lib/plant.mjs';
import { csv, workbook } from '../lib/sheet.mjs';
import { XLSX, at, same_cell, same_rows, same_text, two_devices } from
	'../lib/tables.mjs';

const DAY = 864e5;
const iso = (ms) => new Date(ms).toISOString();
const start = Math.floor(Date.now() / DAY) * DAY - 30 * DAY;
const span = `from=${start}&to=${start + 1000}`;
let plant, key, foreign;

before(async () => {
	const other = await Plant.make('Tables other');

	plant = await Plant.make('Tables');
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

const flow = `/api/flow-data?start_time=${start}&end_time=${start + 1000}&`;
const flow_table = {
	sheet: 'records', times: ['created_at'],
	head: ['device_id', 'created_at', 'flow_rate (m3/h)', 'volume_total (m3)',
		'temperature (Cel)', 'status', 'quality', 'note'],
	rows: ({ data }) => data.map((r) => [r.device_id, at(r.created_at),
		r.flow_rate, r.volume_total, r.temperature, r.status, r.quality, null]),
};

// Each address, what it is called, which of its columns are times, whether it
// is of one device, and its rows out of its JSON answer.
const tables = {
	devices: {
		url: '/api/v1/devices?', file: 'devices', sheet: 'devices',
		times: ['last_seen', 'created_at', 'time'],
		head: ['device', 'name', 'kind', 'site', 'zone', 'asset', 'asset_type',
			'gateway', 'manufacturer', 'profile', 'modbus', 'state',
			'last_seen', 'period (s)', 'simulated', 'created_at', 'metadata',
			'sensor', 'sensorId', 'sensor_name', 'unit', 'sensor_kind', 'time',
			'value', 'quality'],
		rows: ({ devices }) => devices.flatMap((d) =>
			(d.sensors.length > 0 ? d.sensors : [{}]).map((s) => [d.device,
				d.name, d.kind, d.site, d.zone, d.asset, d.asset_type, d.gateway,
				d.manufacturer, d.profile, d.modbus, d.state, at(d.last_seen),
				d.period_s, d.simulated, at(d.created_at),
				JSON.stringify(d.metadata), s.sensor, s.sensorId, s.name, s.unit,
				s.kind, at(s.time), s.value, s.quality])),
	},
	ledger: {
		url: '/api/v1/ledger?', file: 'ledger', sheet: 'ledger',
		times: ['last'],
		head: ['source', 'batches', 'sent', 'stored', 'duplicate', 'rejected',
			'thinned', 'lost', 'waiting', 'recovered', 'bytes', 'last'],
		rows: ({ ledger }) => ledger.map((l) => [l.source, l.batches, l.sent,
			l.stored, l.duplicate, l.rejected, l.thinned, l.lost, l.waiting,
			l.recovered, l.bytes, at(l.last)]),
	},
	latest: {
		url: '/api/v1/telemetry/latest?', file: 'latest', sheet: 'latest',
		times: ['time'],
		head: ['device', 'sensor', 'sensorId', 'time', 'value', 'unit', 'quality',
			'revision'],
		rows: ({ latest }) => latest.map((l) => [l.device, l.sensor, l.sensorId,
			at(l.time), l.value, l.unit, l.quality, l.revision ?? 0]),
	},
	aggregate: {
		url: `/api/v1/telemetry/aggregate?device=X1&zone=UTC&points=7&${span}&`,
		file: 'X1-aggregate', sheet: 'buckets', times: ['time'],
		one_device: true,
		head: ['time', 'sensor', 'sensorId', 'unit', 'kind', 'count', 'min',
			'max', 'avg', 'stdDev', 'first', 'last', 'bad', 'quality',
			'coverage', 'note'],
		rows: ({ series }) => series.flatMap((s) => [
			...s.buckets.map((b) => [at(b.time), s.sensor, s.sensorId, s.unit,
				s.kind, b.count, b.min, b.max, b.avg, b.stdDev, b.first, b.last,
				b.bad, b.quality, b.coverage, null]),
			...s.gaps.map((g) => [at(g.from), s.sensor, s.sensorId, s.unit,
				s.kind, ...Array(10).fill(null), `${g.reason} until ${g.to}`])]),
	},
	statistics: {
		url: `/api/v1/telemetry/statistics?device=X1&from=${start - DAY}` +
			`&to=${start + DAY}&`,
		file: 'X1-statistics', sheet: 'statistics', one_device: true,
		times: ['from', 'to', 'resolutionUntil'],
		head: ['sensor', 'sensorId', 'unit', 'kind', 'from', 'to', 'count',
			'bad', 'avg', 'sum', 'min', 'max', 'stdDev', 'first', 'last',
			'total_volume', 'quality', 'coverage', 'resolution',
			'resolutionUntil', 'note'],
		rows: ({ from, to, sensors }) => sensors.flatMap((s) => [
			[s.sensor, s.sensorId, s.unit, s.kind, at(from), at(to), s.count,
				s.bad, s.avg, s.sum, s.min, s.max, s.stdDev, s.first, s.last,
				s.total_volume, s.quality, s.coverage, s.resolution,
				at(s.resolutionUntil), null],
			...s.gaps.map((g) => [s.sensor, s.sensorId, s.unit, s.kind,
				at(g.from), at(g.to), ...Array(14).fill(null), g.reason])]),
	},
	'flow-data': { ...flow_table, url: flow, file: 'flow-data' },
	'flow-data of a device': { ...flow_table, url: `${flow}device_id=X1&`,
		file: 'X1-flow-data', one_device: true },
};

for (const [name, t] of Object.entries(tables))
	describe(`the table ${name}`, () => {
		const want = async () => {
			const rows = t.rows((await ok(t.url)).json());

			assert.ok(rows.length > 0);
			return rows;
		};

		test('as CSV is its JSON', async () => {
			const answer = await ok(`${t.url}format=csv`);
			const [head, ...rows] = csv(answer.body);

			assert.equal(answer.headers['content-type'],
				'text/csv; charset=utf-8');
			assert.equal(answer.headers['content-disposition'],
				`attachment; filename="${t.file}.csv"`);
			assert.deepEqual(head, t.head);
			same_rows(rows, await want(), same_text);
		});

		test('as XLSX is its JSON', async () => {
			const answer = await ok(`${t.url}format=xlsx`);
			const [sheet, ...more] = workbook(answer.bytes);
			const [head, ...rows] = sheet.rows();

			assert.equal(answer.headers['content-type'], XLSX);
			assert.equal(answer.headers['content-disposition'],
				`attachment; filename="${t.file}.xlsx"`);
			assert.deepEqual(more, []);
			assert.equal(sheet.name, t.sheet);
			assert.deepEqual(head, t.head.map((h) =>
				t.times.includes(h) ? `${h} (UTC)` : h));
			same_rows(rows, await want(), same_cell);
		});

		test('takes the options of CSV', async () => {
			const answer = await ok(`${t.url}format=csv&decimal=,&bom=1`);
			const rows = csv(answer.body.slice(1), ';').slice(1)
				.map((r) => r.map((c) => c.replace(/^(-?\d+),(\d+(e-\d+)?)$/, '$1.$2')));

			assert.deepEqual([...answer.bytes.subarray(0, 3)],
				[0xef, 0xbb, 0xbf]);
			same_rows(rows, await want(), same_text);
			assert.equal(csv((await ok(`${t.url}format=csv&delimiter=tab`)).body,
				'\t')[0].length, t.head.length);
		});

		for (const [query, field] of [['format=xml', 'format'],
			['format=csv&delimiter=x', 'delimiter'],
			['format=csv&decimal=x', 'decimal'],
			['format=csv&decimal=,&delimiter=,', 'decimal'],
			['format=csv&bom=2', 'bom'],
			...(name === 'aggregate' ? [] : [
				['format=csv&zone=Europe/Berlin', 'zone'],
				['format=xlsx&zone=Mars/Olympus', 'zone']])])
			test(`refuses "${query}" and names ${field}`, async () => {
				isProblem(await get(key, `${t.url}${query}`), 400, 'bad_request',
					new RegExp(`^${field}\\b`));
			});

		test('shows nothing of another tenant', async () => {
			for (const format of ['csv', 'xlsx']) {
				const answer = await get(foreign, `${t.url}format=${format}`);

				if (t.one_device) {
					isProblem(answer, 404, 'not_found');
					continue;
				}
				assert.equal(answer.status, 200);
				const rows = format === 'csv' ? csv(answer.body)
					: workbook(answer.bytes)[0].rows();

				assert.ok(rows.flat().every((c) => !/X[12]/.test(c)));
			}
		});
	});

describe('a table of statistics', () => {
	test('has what was counted, and its gaps behind it', async () => {
		const rows = csv((await ok(`${tables.statistics.url}format=csv`)).body)
			.map((r) => r.filter((_, i) => [0, 6, 15, 20].includes(i)));

		assert.deepEqual(rows.slice(0, 7), [
			['sensor', 'count', 'total_volume', 'note'],
			['flow_rate', '4', '', ''], ['flow_rate', '', '', 'silent'],
			['flow_rate', '', '', 'silent'], ['volume_total', '2', '2.25', ''],
			['volume_total', '', '', 'silent'],
			['volume_total', '', '', 'silent']]);
	});

	test('says when there are more gaps than it lists', async () => {
		const readings = Array.from({ length: 1002 }, (_, i) => ({
			device: 'GAPS', ts: start + i * 5000, values: { flow_rate: i } }));

		await plant.device('GAPS', undefined, '--gateway', 'GW', '--period', '1');
		await send(key, readings);
		const rows = csv((await ok('/api/v1/telemetry/statistics?device=GAPS' +
			`&sensor=flow_rate&from=${start}&to=${start + 1001 * 5000 + 1}` +
			'&format=csv')).body);

		assert.equal(rows.length, 1 + 1 + 1000 + 1);
		assert.deepEqual([rows[1001][5], rows[1001].at(-1)],
			[iso(start + 1000 * 5000), 'silent']);
		assert.deepEqual([...rows[1002].slice(4, 6), rows[1002].at(-1)],
			[iso(start + 1000 * 5000), iso(start + 1001 * 5000 + 1),
				'more is silent than is listed']);
	});
});

describe('a table of the FluxIO document', () => {
	const body = async (query) => csv((await ok(`${flow}format=csv&${query}`))
		.body);

	test('has the newest first, and no more than are asked for', async () => {
		const rows = (await body('limit=2')).slice(1);

		assert.deepEqual(rows.map((r) => r.slice(0, 3)), [
			['X1', iso(start + 999), '0.3333333333333333'],
			['X2', iso(start + 6), '']]);
	});

	test('has a column for each unit of a name', async () => {
		await sql('super', `UPDATE flux.sensor SET unit = '[degF]'
			 WHERE tenant_id = ${plant.id} AND code = 'X2/temperature'`);
		const [head, ...rows] = await body('');
		const cells = (device) => rows.filter((r) => r[0] === device)
			.map((r) => [r[4], r[6]]);

		assert.deepEqual(head, ['device_id', 'created_at', 'flow_rate (m3/h)',
			'volume_total (m3)', 'temperature (Cel)', 'status',
			'temperature ([degF])', 'quality', 'note']);
		assert.deepEqual(cells('X1').at(-1), ['20', '']);
		assert.deepEqual(cells('X2')[0], ['', '2.5']);
		assert.deepEqual((await body('device_id=X2'))[0], ['device_id',
			'created_at', 'flow_rate (m3/h)', 'volume_total (m3)',
			'temperature ([degF])', 'status', 'quality', 'note']);
	});

	test('of a span with nothing in it is its head alone', async () => {
		for (const device of ['', '&device_id=X1'])
			assert.equal(csv((await ok(`/api/flow-data?format=csv${device}` +
				'&start_time=0&end_time=1')).body).length, 1);
	});
});

describe('a table that the reader has already', () => {
	for (const name of ['aggregate', 'statistics', 'flow-data of a device'])
		test(`${name}: 304`, async () => {
			const url = `${tables[name].url}format=csv`;
			const { headers } = await ok(url);
			const again = await get(key, url, { 'If-None-Match': headers.etag });

			assert.ok(headers.etag);
			assert.equal(again.status, 304);
			assert.equal(again.body, '');
		});
});
