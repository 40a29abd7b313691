// The source documents' tables and functions over the blocks: their columns,
// their contents against brute force, nobody else's rows, and no more chunks
// read than were asked for.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { before, describe, test } from 'node:test';
import { sql } from '../lib/flux.mjs';
import { Plant, post, random, shuffled } from '../lib/plant.mjs';
import { settle } from '../lib/worker.mjs';

const DAY = 864e5;
const today = Math.floor(Date.now() / DAY) * DAY;
const iso = (t) => new Date(t).toISOString();
const rnd = random(7);
let a, b;

// A reading of a device, and what became of it: { device, sensor, ts, ... }.
function remember(plant, list) {
	for (const r of list) {
		const k = `${r.device} ${r.sensor} ${r.ts}`;
		const old = plant.want.get(k);

		if (!old || (old.revision ?? 0) < (r.revision ?? 0))
			plant.want.set(k, r);
	}
}

async function send(plant, list) {
	const answer = await post(plant.key_, { readings: list });

	assert.equal(answer.status, 202, answer.body);
	assert.deepEqual(answer.json().rejected, []);
	remember(plant, list);
}

// As the tenant's own API key: the rows of a query, after its context.
async function ask(plant, query, role = 'fl_api') {
	const out = await sql(role, `BEGIN;
		SELECT FROM ctx.begin_api_key('${plant.key_}');
		SELECT coalesce(json_agg(q), '[]') FROM (${query}) q; COMMIT`);

	return JSON.parse(out);
}

// Readings of every level: chunks of two days, fresh, and landing's past.
async function make(word, offset) {
	const plant = await Plant.make(word);

	plant.want = new Map();
	await plant.gateway('GW');
	for (const d of ['F1', 'F2'])
		await plant.device(d, undefined, '--gateway', 'GW');
	for (const d of ['M1', 'V1'])
		await plant.device(d, '', '--gateway', 'GW');
	await sql('super', `INSERT INTO flux.sensor (tenant_id, device_id, key,
		code, name, unit, low, high) SELECT d.tenant_id, d.device_id, k,
		d.key || '.' || k, k, '', CASE k WHEN 'soc' THEN 0 END,
		CASE k WHEN 'soc' THEN 100 END FROM flux.device d,
		unnest(CASE d.key WHEN 'M1' THEN '{kwhConsumedAc,voltage}'::text[]
		ELSE '{soc,kwhDeliveredDc,batteryTemp}' END) k
		WHERE d.tenant_id = ${plant.id} AND d.key IN ('M1', 'V1')`);
	plant.key_ = await plant.key('GW');
	let counter = offset;

	for (const ago of [3, 2, 1]) {
		const list = [];

		for (let i = 0; i < 60; i++) {
			const ts = today - ago * DAY + i * 240000;

			counter = i === 30 ? 5 : counter + Math.round(rnd() * 80) / 8;
			for (const device of ['F1', 'F2'])
				list.push({ device, sensor: 'flow_rate', ts,
					value: rnd() < 0.1 ? null : offset + Math.round(rnd() * 800) / 8 },
				{ device, sensor: 'volume_total', ts, value: counter },
				...(i % 2 ? [{ device, sensor: 'temperature', ts,
					value: 20 + i / 4, quality: 50 }] : []));
			list.push({ device: 'M1', sensor: 'kwhConsumedAc', ts,
				value: offset + i + 0.125 },
			{ device: 'M1', sensor: 'voltage', ts, value: 230 + i / 8 },
			{ device: 'V1', sensor: 'soc', ts, value: i + 0.5 },
			{ device: 'V1', sensor: 'kwhDeliveredDc', ts, value: offset + i * 2.5 },
			{ device: 'V1', sensor: 'batteryTemp', ts, value: 30.25 + i });
		}
		for (let i = 0; i < list.length; i += 300)
			await send(plant, list.slice(i, i + 300));
		if (ago > 1)
			await settle(plant);
	}
	// Corrections of what is packed, and repeats that change nothing.
	await plant.derived();
	await send(plant, shuffled([...plant.want.values()], rnd).slice(0, 90)
		.filter((r) => r.value !== null)
		.map((r, i) => ({ ...r, ...(i % 3 ? {} : { value: r.value + 1,
			revision: 2 }) })));
	return plant;
}

before(async () => {
	a = await make('Sources', 100);
	b = await make('Others', 5000);
});

const of = (plant, device, sensor) => [...plant.want.values()]
	.filter((r) => r.device === device && r.sensor === sensor)
	.sort((x, y) => x.ts - y.ts);

// Rows of flow_data as the document would have stored them.
function flow(plant, device) {
	const at = new Map();
	const names = { flow_rate: 'flow_rate', volume_total: 'totalizer',
		temperature: 'temperature' };

	for (const [sensor, name] of Object.entries(names))
		for (const r of of(plant, device, sensor)) {
			const row = at.get(r.ts) ?? { device_id: device, flow_rate: null,
				totalizer: null, temperature: null, pressure: null,
				quality: 100, created_at: r.ts };

			row[name] = r.value;
			row.quality = Math.min(row.quality, r.value === null ? 0
				: r.quality ?? 100);
			at.set(r.ts, row);
		}
	return [...at.values()].sort((x, y) => x.created_at - y.created_at);
}

const timed = (list, key) => list.map((r) =>
	({ ...r, [key]: Date.parse(r[key]) }));

describe('what a document calls its table', () => {
	for (const [view, columns] of [
		['fleetops.telemetry', 'time timestamp with time zone, sensor_id text, ' +
			'value double precision, unit text, quality smallint'],
		['iotsphere.telemetry', 'device_id text, timestamp timestamp with ' +
			'time zone, measurement text, value double precision, ' +
			'metadata jsonb'],
		['fluxio.flow_data', 'device_id text, flow_rate double precision, ' +
			'totalizer double precision, temperature double precision, ' +
			'pressure double precision, quality smallint, ' +
			'created_at timestamp with time zone'],
		['fluxio.dashboard_summary', 'total_devices bigint, ' +
			'online_devices bigint, active_alerts bigint'],
		['fleet.meter_live', 'meter_id text, kwh_consumed_ac numeric(10,3), ' +
			'voltage double precision, timestamp timestamp with time zone'],
		['fleet.meter_history', 'meter_id text, kwh_consumed_ac ' +
			'numeric(10,3), voltage double precision, ' +
			'timestamp timestamp with time zone'],
		['fleet.vehicle_live', 'vehicle_id text, soc numeric(5,2), ' +
			'kwh_delivered_dc numeric(10,3), battery_temp numeric(5,2), ' +
			'timestamp timestamp with time zone'],
		['fleet.vehicle_history', 'vehicle_id text, soc numeric(5,2), ' +
			'kwh_delivered_dc numeric(10,3), battery_temp numeric(5,2), ' +
			'timestamp timestamp with time zone'],
	])
		test(`${view} has its columns`, async () => {
			assert.equal(await sql('super', `SELECT string_agg(attname || ' ' ||
				format_type(atttypid, atttypmod), ', ' ORDER BY attnum)
				FROM pg_attribute WHERE attrelid = '${view}'::regclass`),
			columns);
		});

	test('FleetOps: every reading, a corrected one once', async () => {
		const got = timed(await ask(a, `SELECT * FROM fleetops.telemetry
			ORDER BY sensor_id, time`), 'time');
		const want = [...a.want.values()];

		assert.equal(got.length, want.length);
		const code = (r) => ['F1', 'F2'].includes(r.device)
			? `${r.device}/${r.sensor}` : `${r.device}.${r.sensor}`;
		const byKey = new Map(want.map((r) => [`${code(r)} ${r.ts}`, r]));

		for (const r of got) {
			const w = byKey.get(`${r.sensor_id} ${r.time}`);

			assert.equal(r.value, w.value ?? 'NaN');
			assert.equal(r.quality, w.value === null ? 0 : w.quality ?? 100);
		}
	});

	test('IoTSphere: device, instant and measurement are a key', async () => {
		const got = await ask(a, `SELECT device_id, measurement, timestamp,
			value, metadata->>'quality' AS quality,
			(metadata->>'revision')::int AS revision
			FROM iotsphere.telemetry`);
		const at = (r) => `${r.device_id} ${r.measurement} ` +
			Date.parse(r.timestamp);

		assert.equal(new Set(got.map(at)).size, got.length);
		assert.equal(got.length, a.want.size);
		for (const r of got) {
			const w = a.want.get(at(r));

			assert.equal(r.value, w.value);
			assert.equal(r.revision, w.revision ?? 0);
		}
	});

	test('FluxIO: a row an instant', async () => {
		for (const device of ['F1', 'F2'])
			assert.deepEqual(timed(await ask(a, `SELECT * FROM fluxio.flow_data
				WHERE device_id = '${device}' ORDER BY created_at`),
			'created_at'), flow(a, device));
	});

	test('fleet: the history, as exact decimals', async () => {
		const meter = timed(await ask(a, `SELECT meter_id,
			kwh_consumed_ac::text, voltage, timestamp FROM fleet.meter_history
			ORDER BY timestamp`), 'timestamp');
		const kwh = of(a, 'M1', 'kwhConsumedAc');

		assert.deepEqual(meter, kwh.map((r, i) => ({ meter_id: 'M1',
			kwh_consumed_ac: r.value.toFixed(3),
			voltage: of(a, 'M1', 'voltage')[i].value, timestamp: r.ts })));
		const vehicle = await ask(a, `SELECT soc::text, battery_temp::text,
			kwh_delivered_dc::text FROM fleet.vehicle_history
			ORDER BY timestamp`);

		assert.deepEqual(vehicle.map((r) => r.soc),
			of(a, 'V1', 'soc').map((r) => r.value.toFixed(2)));
		assert.deepEqual(vehicle.map((r) => r.kwh_delivered_dc),
			of(a, 'V1', 'kwhDeliveredDc').map((r) => r.value.toFixed(3)));
		assert.deepEqual(vehicle.map((r) => r.battery_temp),
			of(a, 'V1', 'batteryTemp').map((r) => r.value.toFixed(2)));
	});

	test('fleet: live is the last of the history', async () => {
		await a.derived();
		for (const kind of ['meter', 'vehicle'])
			assert.deepEqual(await ask(a, `SELECT * FROM fleet.${kind}_live`),
				await ask(a, `SELECT DISTINCT ON (${kind}_id) *
					FROM fleet.${kind}_history
					ORDER BY ${kind}_id, timestamp DESC`));
	});

	test('a state of charge outside of 0 to 100 is refused', async () => {
		const answer = await post(a.key_, { readings: [-0.01, 100.01].map(
			(value) => ({ device: 'V1', sensor: 'soc', ts: today, value })) });

		assert.equal(answer.json().accepted, 0, answer.body);
		assert.deepEqual(answer.json().rejected.map((r) => r.code),
			['out_of_range', 'out_of_range']);
		assert.deepEqual(await ask(a, `SELECT count(*)::int AS n
			FROM fleet.vehicle_history WHERE timestamp = '${iso(today)}'`),
		[{ n: 0 }]);
	});

	test('a decimal that does not fit is NULL and no error', async () => {
		assert.equal(await sql('super', `SELECT string_agg(coalesce(
			flux.decimal(v, 3, 2)::numeric(5, 2)::text, 'NULL'), ' ')
			FROM unnest('{999.994,999.996,-1e9,NaN,Infinity}'::float8[]) v`),
		'999.99 NULL NULL NULL NULL');
	});
});

describe('what a document calls its function', () => {
	// Reset-safe, by the book.
	function statistics(list, from, to) {
		const rate = list.filter((r) => r.flow_rate !== null &&
			r.created_at >= from && r.created_at <= to).map((r) => r.flow_rate);
		const total = list.filter((r) => r.totalizer !== null &&
			r.created_at >= from && r.created_at <= to).map((r) => r.totalizer);

		return rate.length + total.length === 0
			? { avg: null, min: null, max: null, total_volume: null }
			: { ...(rate.length === 0 ? { avg: null, min: null, max: null }
				: { avg: rate.reduce((x, y) => x + y, 0) / rate.length,
					min: Math.min(...rate), max: Math.max(...rate) }),
				total_volume: total.length < 2 ? null : total.slice(1)
					.reduce((sum, v, i) => sum + (v < total[i] ? v : v - total[i]),
						0) };
	}
	const close = (got, want) => {
		for (const k of Object.keys(want))
			if (want[k] === null)
				assert.equal(got[k], null, k);
			else
				assert.ok(Math.abs(got[k] - want[k]) < 1e-9 *
					Math.max(1, Math.abs(want[k])), `${k} ${got[k]} ${want[k]}`);
	};

	test('get_latest_flow_data is the newest row of each device', async () => {
		await a.derived();
		assert.deepEqual(timed(await ask(a,
			'SELECT * FROM fluxio.get_latest_flow_data()'), 'created_at'),
		['F1', 'F2'].map((d) => flow(a, d).at(-1)));
	});

	for (const [what, from, to] of [
		['three days', today - 3 * DAY, today],
		['a day with a reset', today - 2 * DAY, today - DAY - 1],
		['both ends', today - 3 * DAY, today - 3 * DAY + 4 * 240000],
		['one instant', today - 3 * DAY, today - 3 * DAY],
		['nothing', today - 30 * DAY, today - 20 * DAY],
	])
		test(`get_flow_statistics of ${what}`, async () => {
			const [got] = await ask(a, `SELECT * FROM
				fluxio.get_flow_statistics('F1', '${iso(from)}', '${iso(to)}')`);

			close(got, statistics(flow(a, 'F1'), from, to));
		});

	test('flow_data_hourly adds up to the statistics', async () => {
		const from = today - 3 * DAY;
		const hours = await ask(a, `SELECT * FROM fluxio.flow_data_hourly('F1',
			'${iso(from)}', '${iso(today)}')`);
		const list = flow(a, 'F1');

		assert.equal(hours.length, 12);
		for (const h of hours) {
			const start = Date.parse(h.hour);
			const { avg, min, max } = statistics(list, start, start + 36e5 - 1);

			close({ avg: h.avg_flow_rate, min: h.min_flow_rate,
				max: h.max_flow_rate }, { avg, min, max });
		}
		close({ total_volume: hours.reduce((n, h) => n + h.total_volume, 0) },
			{ total_volume: statistics(list, from, today).total_volume });
	});

	test('dashboard_summary counts this tenant\'s devices', async () => {
		assert.deepEqual(await ask(a, 'SELECT * FROM fluxio.dashboard_summary'),
			[{ total_devices: 4, online_devices: 4, active_alerts: 0 }]);
	});
});

describe('another tenant', () => {
	const views = ['fleetops.telemetry', 'iotsphere.telemetry',
		'fluxio.flow_data', 'fluxio.get_latest_flow_data()',
		'fleet.meter_live', 'fleet.meter_history', 'fleet.vehicle_live',
		'fleet.vehicle_history'];

	for (const view of views)
		test(`sees nothing of this one in ${view}`, async () => {
			const [one, two] = [await ask(a, `SELECT * FROM ${view}`),
				await ask(b, `SELECT * FROM ${view}`)];
			const text = (list) => list.map((r) => JSON.stringify(r)).sort();
			const value = (list) => createHash('sha256')
				.update(text(list).join()).digest('hex');

			assert.ok(one.length > 0 && one.length === two.length);
			assert.notEqual(value(one), value(two));
			const number = /flow|meter/.test(view)
				? (r) => r.totalizer ?? r.kwh_consumed_ac ?? 0 : () => 0;

			assert.ok(one.every((r) => number(r) < 5000));
		});

	test('gets no readings for numbers of sensors it does not have',
		async () => {
			const [{ ids }] = await ask(a,
				'SELECT array_agg(sensor_id) AS ids FROM flux.sensor');
			const count = (plant) => ask(plant, `SELECT count(*)::int AS n FROM
				flux.readings('{${ids}}', '-infinity', 'infinity')`);

			assert.equal((await count(a))[0].n, a.want.size);
			assert.equal((await count(b))[0].n, 0);
		});
});

describe('a condition on time', () => {
	const plan = (plant, query) => sql('fl_api', `BEGIN;
		SELECT FROM ctx.begin_api_key('${plant.key_}');
		EXPLAIN (VERBOSE, COSTS OFF) ${query}; COMMIT`);
	// How many blocks of the cache a query touches.
	async function touched(plant, query) {
		const out = await sql('fl_api', `BEGIN;
			SELECT FROM ctx.begin_api_key('${plant.key_}');
			${query};
			EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON, TIMING OFF) ${query};
			COMMIT`);
		const tree = JSON.parse(out.slice(out.indexOf('[\n')))[0].Plan;

		return tree['Shared Hit Blocks'] + tree['Shared Read Blocks'];
	}

	for (const [view, column] of [['fleetops.telemetry', 'time'],
		['iotsphere.telemetry', '"timestamp"'],
		['fluxio.flow_data', 'created_at'],
		['fleet.meter_history', '"timestamp"'],
		['fleet.vehicle_history', '"timestamp"']]) {
		test(`on ${view} reaches the chunks`, async () => {
			const [from, to] = [iso(today - 3 * DAY), iso(today - 2 * DAY)];
			const all = await plan(a, `SELECT * FROM ${view}`);
			const some = await plan(a, `SELECT * FROM ${view}
				WHERE ${column} >= '${from}' AND ${column} < '${to}'`);
			const call = (text) => text.match(/readings\(.*\)/)[0];

			assert.match(call(all), /'-infinity'.*'infinity'/);
			assert.doesNotMatch(call(some), /infinity/);
			assert.ok(call(some).includes(from.slice(0, 10)));
			assert.ok(call(some).includes(to.slice(0, 10)));
		});

		for (const where of [`> '${iso(today - 2 * DAY)}'`,
			`<= '${iso(today - 2 * DAY + 480000)}'`,
			`= '${iso(today - 2 * DAY + 480000)}'`,
			`BETWEEN '${iso(today - 2 * DAY)}' AND '${iso(today - DAY)}'`,
			`< now() - interval '2 days'`,
			`> '${iso(today - DAY)}' OR ${column} < '${iso(today - 2 * DAY)}'`])
			test(`on ${view} ${where.replace(/'20.*?'/g, 'x')} is exact`,
				async () => {
					const query = (fence) => ask(a, `SELECT count(*)::int AS n,
						min(${column}), max(${column}) FROM (SELECT * FROM ${view}
						${fence}) q WHERE ${column} ${where}`);

					// OFFSET keeps the condition out.
					assert.deepEqual(await query(''), await query('OFFSET 0'));
				});
	}

	test('and on the sensor reads few blocks', async () => {
		const one = `SELECT count(*) FROM fleetops.telemetry
			WHERE sensor_id = 'F1/flow_rate' AND time < '${iso(today - 2 * DAY)}'`;
		const all = 'SELECT count(*) FROM fleetops.telemetry';
		const [few, many] = [await touched(a, one), await touched(a, all)];

		console.log(`  blocks touched: ${few} for a sensor's day, ${many} for all`);
		assert.ok(few * 3 < many, `${few} ${many}`);
	});

	test('of a prepared statement reaches them too', async () => {
		const out = await sql('fl_api', `BEGIN;
			SELECT FROM ctx.begin_api_key('${a.key_}');
			SET LOCAL plan_cache_mode = force_generic_plan;
			PREPARE p (timestamptz) AS SELECT * FROM fleetops.telemetry
			WHERE $1 <= time;
			EXPLAIN (VERBOSE, COSTS OFF) EXECUTE p ('2026-01-01Z'); COMMIT`);

		assert.match(out, /readings\(ARRAY\[s\.sensor_id\], \$1, 'infinity'/);
	});
});
