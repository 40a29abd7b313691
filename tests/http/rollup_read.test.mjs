// GET /api/v1/telemetry/rollup: the hours and days of the rollups, against the
// same reckoned here from what was sent, and what they do not have yet.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { DAY, MINUTE, leaves } from '../lib/calendar.mjs';
import { sql } from '../lib/flux.mjs';
import { Plant, get, isProblem, random } from '../lib/plant.mjs';
import { HOUR, become, deliver, every, local_iso, place, reckon, rolled,
	unrolled } from '../lib/rollup.mjs';
import { csv, workbook } from '../lib/sheet.mjs';

const PERIOD_S = 600;
const HOLD = 3 * PERIOD_S * 1000;
const URL = '/api/v1/telemetry/rollup';
const iso = (ms) => new Date(ms).toISOString();
let plant, key, foreign, devices = 0;

before(async () => {
	const other = await Plant.make('Hours other');

	plant = await Plant.make('Hours');
	await plant.gateway('GW');
	await other.gateway('GW');
	key = await plant.key('GW');
	foreign = await other.key('GW');
});

// kinds[i] is of the i-th sensor.
async function device(zone = 'UTC', kinds = []) {
	const d = await place(plant, `H${++devices}`, zone, PERIOD_S);

	for (const [i, kind] of kinds.entries())
		await become(plant, d, d.keys[i], kind);
	return d;
}

const send = (d, readings) => deliver(key, d, readings);
const ask = (query, headers) => get(key, `${URL}?${query}`, headers);
async function data(query) {
	const answer = await ask(query);

	assert.equal(answer.status, 200, answer.body);
	return answer.json();
}
const series = async (query) => (await data(query)).series;

// What the answer should say of a bucket that reckon() made.
function wanted(b, unit, { kind, zone }) {
	const edge = unit === 'day' ? (at) => local_iso(zone, at) : iso;
	const any = b.count > 0;

	return { time: edge(b.start), end: edge(b.till),
		...(unit === 'day' ? { hours: (b.till - b.start) / HOUR } : {}),
		count: b.count, bad: b.bad, min: b.min ?? null, max: b.max ?? null,
		avg: b.mean ?? null, sum: b.sum ?? null, stdDev: b.stddev ?? null,
		first: b.first ?? null, firstAt: any ? iso(b.first_at) : null,
		last: b.last ?? null, lastAt: any ? iso(b.last_at) : null,
		quality: b.count + b.bad > 0 ? b.quality : null, held_s: b.held,
		twa: b.twa,
		...(kind === 'gauge' ? { integral: b.held > 0 ? b.area / 3600 : null } : {}),
		...(kind === 'counter' ? { increase: b.increase, resets: b.resets } : {}),
		...(kind === 'state' ? { states: Object.fromEntries(b.state.map(
			(s, i) => [s, b.seconds[i]])) } : {}) };
}

// Members, their order too, with numbers that are the same but for rounding.
function same(got, want, what) {
	if (typeof want === 'number') {
		assert.ok(typeof got === 'number' && Math.abs(got - want) <=
			1e-9 * Math.max(1, Math.abs(want)), `${what}: ${got}, not ${want}`);
	} else if (want !== null && typeof want === 'object') {
		assert.deepEqual(Object.keys(got), Object.keys(want), what);
		for (const name of Object.keys(want))
			same(got[name], want[name], `${what} ${want.time ?? ''} ${name}`);
	} else {
		assert.equal(got, want, what);
	}
}

const settled = (readings, sensor) => readings
	.filter((r) => r.sensor === sensor).sort((x, y) => x.at - y.at)
	.map((r) => ({ ...r, quality: r.value === null ? 0 : 100 }));
const reckoned = (d, readings, sensor, kind) => reckon(
	settled(readings, sensor), { hold: HOLD, zone: d.zone, kind });

// Both units of a span that holds everything.
async function agrees(d, readings, kinds) {
	const times = readings.map((r) => r.at);
	const span = `from=${Math.min(...times) - 2 * DAY}` +
		`&to=${Math.max(...times) + 2 * DAY}`;
	const want = kinds.map((kind, i) => reckoned(d, readings, d.keys[i], kind));

	for (const unit of ['hour', 'day']) {
		const got = await data(`device=${d.name}&unit=${unit}&${span}` +
			`&sensor=${d.keys.slice(0, kinds.length).join(',')}`);

		assert.equal(got.zone, d.zone);
		assert.equal(got.bucket, unit);
		got.series.forEach((s, i) => {
			assert.equal(s.sensor, d.keys[i]);
			assert.equal(s.sensorId, `${d.name}/${d.keys[i]}`);
			assert.equal(s.kind, kinds[i]);
			assert.equal(s.rolledUntil, iso(Math.max(
				...settled(readings, d.keys[i]).map((r) => r.at))));
			same(s.buckets, want[i][unit].map((b) =>
				wanted(b, unit, { kind: kinds[i], zone: d.zone })),
			`${d.name} ${s.sensor} ${unit}`);
		});
	}
	return want;
}

describe('hours and days as they were rolled up', () => {
	for (const [zone, from, long, first] of [
		['Europe/Berlin', '2026-03-28T20:00:00Z', 23, '2026-03-29T00:00:00+01:00'],
		['Europe/Berlin', '2026-10-24T20:00:00Z', 25, '2026-10-25T00:00:00+02:00'],
		['America/St_Johns', '2026-07-01T01:00:00Z', 24,
			'2026-07-01T00:00:00-02:30'],
		['Australia/Lord_Howe', '2026-04-04T10:00:00Z', 24.5,
			'2026-04-05T00:00:00+11:00']])
		test(`${zone}: the day of ${long} h`, async () => {
			const d = await device(zone, ['gauge', 'counter', 'state']);
			const start = Date.parse(from), end = start + 50 * HOUR;
			const rnd = random(7);
			const [gauge, counter, state] = d.keys;
			const all = [
				...every(gauge, start, end, 420000, (i) => i % 9 === 0 ? null
					: Math.round(rnd() * 1e4) / 100).filter(() => rnd() < 0.7),
				...every(counter, start, end, 600000,
					(i) => i < 140 ? 5000 + i * 3 : (i - 140) * 3 + 1),
				...every(state, start, end, 700000,
					() => rnd() < 0.2 ? null : Math.floor(rnd() * 4) - 1)
					.filter(() => rnd() < 0.6)];

			await send(d, all);
			await rolled(plant);
			const want = await agrees(d, all, ['gauge', 'counter', 'state']);
			const [s] = await series(`device=${d.name}&sensor=${gauge}` +
				`&unit=day&from=${start}&to=${end}`);
			const day = s.buckets.find((b) => b.time === first);

			assert.equal(day.hours, long);
			assert.equal(want[1].day.reduce((n, b) => n + b.resets, 0), 1);
			assert.ok(want[2].day.some((b) => b.state.length === 4));
		});

	test('a bucket belongs to the span in which it begins; desc turns them',
		async () => {
			const d = await device('Europe/Berlin');
			const [sensor] = d.keys;
			const start = Date.parse('2026-09-01T00:00:00Z');
			const all = every(sensor, start, start + 10 * HOUR, 300000, (i) => i);
			const of = async (from, to, more = '') => (await series(
				`device=${d.name}&sensor=${sensor}&from=${from}&to=${to}${more}`))[0]
				.buckets.map((b) => Date.parse(b.time));
			const hours = (from, n) => Array.from({ length: n },
				(_, i) => start + (from + i) * HOUR);

			await send(d, all);
			await rolled(plant);
			assert.deepEqual(await of(start, start + 3 * HOUR), hours(0, 3));
			assert.deepEqual(await of(start + 1, start + 3 * HOUR + 1),
				hours(1, 3));
			assert.deepEqual(await of(start + HOUR, start + 3 * HOUR,
				'&order=desc'), hours(1, 2).reverse());
			assert.deepEqual(await of(start + 1, start + 2), []);
		});

	test('without a span: 24 hours, 30 days, the last being under way',
		async () => {
			await leaves(2 * MINUTE, HOUR);
			const d = await device('Europe/Berlin'), [sensor] = d.keys;
			const hour = Math.floor(Date.now() / HOUR) * HOUR;

			await send(d, [{ sensor, at: hour, value: 1 },
				{ sensor, at: hour - 5 * HOUR, value: 2 },
				{ sensor, at: hour - 25 * HOUR, value: 3 },
				{ sensor, at: hour - 31 * DAY, value: 4 }]);
			await rolled(plant);
			const [hours] = await series(`device=${d.name}&sensor=${sensor}`);
			const full = hours.buckets.filter((b) => b.count > 0);

			assert.deepEqual(full.map((b) => [b.time, b.first, b.pending]),
				[[iso(hour - 5 * HOUR), 2, undefined], [iso(hour), 1, true]]);
			const days = await data(`device=${d.name}&sensor=${sensor}&unit=day`);

			assert.equal(days.series[0].buckets.reduce((n, b) => n + b.count, 0),
				3);
			assert.match(days.from, /T2[23]:00:00.000Z$/);
			assert.ok(days.series[0].buckets.at(-1).pending);
		});

	test('of sensors that never had a reading there is nothing', async () => {
		const d = await device();

		assert.deepEqual(await series('device=GW'), []);
		for (const s of await series(`device=${d.name}`)) {
			assert.deepEqual(s.buckets, []);
			assert.equal(s.rolledUntil, null);
		}
	});
});

describe('what is not in it yet', () => {
	const start = Date.parse('2026-08-03T00:00:00Z');
	const shown = (s) => s.buckets.map((b) =>
		[(Date.parse(b.time) - start) / HOUR, b.count, b.pending]);

	test('a late reading: pending, then the new value', async () => {
		const d = await device('UTC', ['gauge', 'counter']);
		const url = `device=${d.name}&sensor=${d.keys.slice(0, 2).join(',')}` +
			`&from=${start}&to=${start + 12 * HOUR}`;
		const all = d.keys.slice(0, 2).flatMap((sensor) => [0, 1, 2, 3, 8, 9]
			.map((h) => ({ sensor, at: start + h * HOUR, value: h })));

		await send(d, all);
		await rolled(plant);
		await unrolled(plant, async () => {
			// 45 min past, it holds into the next hour; and one without a row.
			const late = d.keys.slice(0, 2).flatMap((sensor) =>
				[{ sensor, at: start + HOUR + 45 * 60000, value: 1.5 },
					{ sensor, at: start + 5 * HOUR, value: 5 }]);

			// One after the other: a cycle marks from its first to its last.
			for (const r of late) {
				await send(d, [r]);
				await plant.derived();
			}
			all.push(...late);
			const [gauge, counter] = await series(url);

			assert.deepEqual(shown(gauge), [[0, 1, undefined], [1, 1, true],
				[2, 1, true], [3, 1, undefined], [5, undefined, true],
				[8, 1, undefined], [9, 1, undefined]]);
			assert.deepEqual(gauge.buckets[4], { time: iso(start + 5 * HOUR),
				end: iso(start + 6 * HOUR), pending: true });
			// A counter's next step begins there.
			assert.deepEqual(shown(counter), [[0, 1, undefined], [1, 1, true],
				[2, 1, true], [3, 1, undefined], [5, undefined, true],
				[8, 1, true], [9, 1, undefined]]);
			for (const unit of ['hour', 'day'])
				assert.equal((await series(`${url}&unit=${unit}`))[1]
					.rolledUntil, iso(start + 9 * HOUR));
		});
		await rolled(plant);
		await agrees(d, all, ['gauge', 'counter']);
	});

	test('what came before the span changes its first hours', async () => {
		const d = await device('UTC', ['counter']);
		const [sensor] = d.keys;
		const url = `device=${d.name}&sensor=${sensor}` +
			`&from=${start + 4 * HOUR}&to=${start + 8 * HOUR}`;
		const all = [0, 4, 5].map((h) => ({ sensor, at: start + h * HOUR,
			value: h }));

		await send(d, all);
		await rolled(plant);
		const first = await ask(url);

		assert.deepEqual(shown(first.json().series[0]), [[4, 1, undefined],
			[5, 1, undefined]]);
		await unrolled(plant, async () => {
			all.push({ sensor, at: start + HOUR, value: 3 });
			await send(d, all.slice(-1));
			await plant.derived();
			assert.deepEqual(shown((await series(url))[0]), [[4, 1, true],
				[5, 1, undefined]]);
		});
		await rolled(plant);
		const again = await ask(url, { 'If-None-Match': first.headers.etag });

		assert.equal(again.status, 200);
		assert.equal(first.json().series[0].buckets[0].increase, 4);
		assert.equal(again.json().series[0].buckets[0].increase, 1);
		await agrees(d, all, ['counter']);
	});

	test('newer readings than are rolled up', async () => {
		const d = await device();
		const [sensor] = d.keys;
		const hour = (h) => ({ sensor, at: start + h * HOUR, value: h });
		const url = `device=${d.name}&sensor=${sensor}&from=${start}` +
			`&to=${start + 4 * HOUR}`;

		await unrolled(plant, async () => {
			await send(d, [hour(0), hour(1)]);
			await plant.derived();
			const [s] = await series(url);

			assert.equal(s.rolledUntil, null);
			assert.deepEqual(shown(s), [[0, undefined, true],
				[1, undefined, true]]);
		});
		await rolled(plant);
		await unrolled(plant, async () => {
			await send(d, [hour(3)]);
			await plant.derived();
			const [s] = await series(url);

			assert.equal(s.rolledUntil, iso(start + HOUR));
			assert.deepEqual(shown(s), [[0, 1, undefined], [1, 1, true],
				[2, undefined, true], [3, undefined, true]]);
		});
		await rolled(plant);
		assert.deepEqual(shown((await series(url))[0]), [[0, 1, undefined],
			[1, 1, undefined], [3, 1, undefined]]);
	});

	test('what is damaged, for good', async () => {
		const d = await device();
		const [sensor] = d.keys;

		await send(d, every(sensor, start, start + 3 * HOUR, 600000, (i) => i));
		await rolled(plant);
		await sql('super', `INSERT INTO flux.quarantine (tenant_id, level,
			sensor_id, t_min, t_max, n, why, bytes) VALUES (${plant.id},
			'chunk', ${d.ids[sensor]}, '${iso(start + HOUR)}',
			'${iso(start + 2 * HOUR - 1)}', 6, 'made up', '')`);
		const [s] = await series(`device=${d.name}&sensor=${sensor}` +
			`&from=${start}&to=${start + 3 * HOUR}`);

		assert.deepEqual(s.buckets.map((b) => [b.count, b.damaged, b.pending]),
			[[6, undefined, undefined], [6, true, undefined],
				[6, undefined, undefined]]);
	});
});

describe('what the reader has already', () => {
	const start = Date.parse('2026-08-10T00:00:00+02:00');

	for (const unit of ['hour', 'day'])
		test(`is 304 by ${unit}, until something comes late`, async () => {
			const d = await device('Europe/Berlin');
			const [sensor] = d.keys;
			const url = `device=${d.name}&sensor=${sensor}&unit=${unit}` +
				`&from=${start}&to=${start + 3 * DAY}`;

			await send(d, every(sensor, start, start + 2 * DAY, 1500000,
				(i) => i));
			await rolled(plant);
			const first = await ask(url);
			const tag = { 'If-None-Match': first.headers.etag };
			const again = await ask(url, tag);

			assert.match(first.headers.etag, /^W\/"[0-9a-f]{32}"$/);
			assert.equal(first.headers['cache-control'], 'private, no-cache');
			assert.equal(again.status, 304);
			assert.equal(again.bytes.length, 0);
			assert.equal(again.headers.etag, first.headers.etag);
			const waiting = await unrolled(plant, async () => {
				await send(d, [{ sensor, at: start + HOUR + 1, value: -99 }]);
				await plant.derived();
				return ask(url, tag);
			});

			assert.equal(waiting.status, 200);
			assert.notEqual(waiting.headers.etag, first.headers.etag);
			await rolled(plant);
			const then = await ask(url, { 'If-None-Match':
				`${first.headers.etag}, ${waiting.headers.etag}` });

			assert.equal(then.status, 200);
			assert.equal(Math.min(...then.json().series[0].buckets
				.map((b) => b.min)), -99);
			assert.equal((await ask(url, { 'If-None-Match': then.headers.etag }))
				.status, 304);
		});

	test('is not said of a bucket that is not over', async () => {
		await leaves(MINUTE, HOUR);
		const d = await device();
		const now = Date.now();

		for (const span of ['', `&from=${now - DAY}`, `&from=${now - DAY}` +
			`&to=${Math.floor(now / HOUR) * HOUR + 1}`])
			assert.equal((await ask(`device=${d.name}${span}`)).headers.etag,
				undefined);
	});
});

describe('tables', () => {
	const start = Date.parse('2026-10-24T20:00:00Z');
	const head = ['time', 'end', 'length (h)', 'sensor', 'sensorId', 'unit',
		'kind', 'count', 'bad', 'min', 'max', 'avg', 'sum', 'stdDev', 'first',
		'firstAt', 'last', 'lastAt', 'quality', 'held (s)', 'twa', 'integral',
		'increase', 'resets', 'states (s)', 'pending', 'damaged'];
	const instants = ['time', 'end', 'firstAt', 'lastAt'];
	let d;

	before(async () => {
		d = await device('Europe/Berlin', ['gauge', 'counter', 'state']);
		await send(d, d.keys.slice(0, 3).flatMap((sensor) => every(sensor, start,
			start + 30 * HOUR, 1100000, (i) => i % 7 === 0 ? null : i % 5)));
		await rolled(plant);
	});

	// The rows of the JSON answer.
	const cells = (all) => all.flatMap((s) => s.buckets.map((b) => [b.time,
		b.end, (Date.parse(b.end) - Date.parse(b.time)) / HOUR, s.sensor,
		s.sensorId, s.unit, s.kind, b.count, b.bad, b.min, b.max, b.avg, b.sum,
		b.stdDev, b.first, b.firstAt, b.last, b.lastAt, b.quality, b.held_s,
		b.twa, b.integral, b.increase, b.resets, b.states && JSON.stringify(b.states),
		b.pending === true, b.damaged === true].map((v) => v ?? null)));

	for (const unit of ['hour', 'day'])
		test(`by ${unit}: CSV and XLSX say what JSON says`, async () => {
			const url = `device=${d.name}&unit=${unit}&from=${start - DAY}` +
				`&to=${start + 2 * DAY}&order=desc`;
			const want = cells(await series(url));
			const file = await ask(`${url}&format=csv`);
			const [title, ...lines] = csv(file.body);

			assert.ok(want.length > 5);
			assert.equal(file.headers['content-disposition'],
				`attachment; filename="${d.name}-${unit}s.csv"`);
			assert.deepEqual(title, head);
			assert.equal(lines.length, want.length);
			want.forEach((row, i) => row.forEach((v, k) => assert.equal(
				lines[i][k], v === null ? '' : instants.includes(head[k])
					? iso(Date.parse(v)) : String(v), `${i} ${head[k]}`)));
			const [sheet] = workbook((await ask(`${url}&format=xlsx`)).bytes);
			const [names, ...table] = sheet.rows();

			assert.equal(sheet.name, `${unit}s`);
			assert.deepEqual(names, head.map((h) => instants.includes(h)
				? `${h} (Europe/Berlin)` : h));
			assert.equal(table.length, want.length);
			want.forEach((row, i) => row.forEach((v, k) => {
				const got = table[i][k] ?? null;

				if (v !== null && instants.includes(head[k]))
					assert.equal(got.toISOString().slice(0, 19),
						local_iso('Europe/Berlin', Date.parse(v)).slice(0, 19));
				else if (typeof v === 'number')
					assert.ok(Math.abs(got - v) <= Math.abs(v) * 1e-15);
				else
					assert.equal(got, v === '' ? null : v, `${i} ${head[k]}`);
			}));
		});

	test('a sheet may show other clocks', async () => {
		const [sheet] = workbook((await ask(`device=${d.name}&unit=day` +
			`&from=${start - DAY}&to=${start + DAY}&format=xlsx&zone=UTC`)).bytes);

		assert.equal(sheet.rows()[0][0], 'time (UTC)');
		assert.equal(sheet.rows()[1][0].toISOString(), '2026-10-23T22:00:00.000Z');
	});
});

describe('refuses', () => {
	const to = Date.parse('2026-08-01T00:00:00Z');
	let d;

	before(async () => {
		d = await device();
	});

	for (const [query, field] of [['unit=week', 'unit'], ['unit=HOUR', 'unit'],
		['from=x', 'from'], ['to=x', 'to'], ['from=5&to=5', 'from'],
		['order=up', 'order'], ['format=pdf', 'format'],
		['format=csv&delimiter=x', 'delimiter'], ['bom=2', 'bom'],
		['format=csv&zone=Europe/Berlin', 'zone'],
		['format=xlsx&zone=Mars/Olympus', 'zone'],
		[`unit=day&from=${to - 20 * 366 * DAY - 1}&to=${to}`, 'from'],
		[`from=${to - 6251 * HOUR}&to=${to}`, 'from']])
		test(`"${query}" and names ${field}`, async () => {
			assert.equal(d.keys.length, 8);
			isProblem(await ask(`device=${d.name}&${query}`), 400, 'bad_request',
				new RegExp(`^${field}\\b`));
		});

	test('no span that fits', async () => {
		for (const query of [`unit=day&from=${to - 15 * 366 * DAY}&to=${to}`,
			`from=${to - 6250 * HOUR}&to=${to}`])
			assert.deepEqual((await series(`device=${d.name}&${query}`))
				.map((s) => s.buckets), Array(8).fill([]));
	});

	test('no device, an unknown one, an unknown sensor', async () => {
		isProblem(await ask('unit=day'), 400, 'bad_request', /^device\b/);
		isProblem(await ask('device=NOBODYS'), 404, 'not_found');
		isProblem(await ask(`device=${d.name}&sensor=no`), 404, 'not_found',
			/^sensor\b/);
		isProblem(await ask(`device=${d.name}&sensor=${d.keys[0]},${d.keys[0]}`),
			400, 'bad_request', /^sensor\b/);
	});

	test('the device of another tenant', async () => {
		for (const format of ['json', 'csv', 'xlsx'])
			isProblem(await get(foreign, `${URL}?device=${d.name}` +
				`&format=${format}`), 404, 'not_found');
	});

	test('a key that may not view, and none', async () => {
		isProblem(await get(await plant.key('GW', 'ingest'),
			`${URL}?device=${d.name}`), 403, 'forbidden');
		assert.equal((await get('', `${URL}?device=${d.name}`)).status, 401);
	});
});
