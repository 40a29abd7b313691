// Buckets: equal to plain counting over the same readings, whatever way they
// came and wherever they lie.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { bucket, gaps, near, send, settled } from '../lib/brute.mjs';
import { costs } from '../lib/cost.mjs';
import { sql } from '../lib/flux.mjs';
import { Plant, get, isProblem, random, shuffled } from '../lib/plant.mjs';
import { settle } from '../lib/worker.mjs';

const MIN = 60e3;
const HOUR = 36e5;
const DAY = 864e5;
const ZONE = 'Europe/Berlin';
const iso = (ms) => new Date(ms).toISOString();
const start = Math.floor(Date.now() / DAY) * DAY - 2 * DAY;
const FIGURES = ['count', 'min', 'max', 'avg', 'stdDev', 'first', 'last', 'bad',
	'quality'];
let plant, key;

const ask = (query) => get(key, `/api/v1/telemetry/aggregate?${query}`);
const data = async (query) => {
	const answer = await ask(query);

	assert.equal(answer.status, 200, answer.body);
	return answer.json();
};

before(async () => {
	plant = await Plant.make('Aggregate');
	await plant.gateway('GW');
	key = await plant.key('GW');
});

// Each bucket of the answer is that of plain counting; until: its end.
function same(got, list, until) {
	got.forEach((b, i) => {
		const want = bucket(list, Date.parse(b.time), until(b, i));

		for (const name of FIGURES)
			near(b[name], want[name], `${b.time} ${name}`);
	});
}

describe('a random day, late, doubled, corrected and without values', () => {
	const SENSORS = ['flow_rate', 'temperature'];
	const list = [];

	before(async () => {
		const rnd = random(21);

		await plant.device('A1', undefined, '--gateway', 'GW', '--period', '60');
		for (let i = 0; i < 4000; i++) {
			const hole = rnd() < 0.5 ? 0 : 14 * HOUR;
			const ts = start + hole + Math.floor(rnd() * 9 * HOUR);
			const value = () => rnd() < 0.05 ? null
				: Math.round(rnd() * 1e5) / 1e3;

			list.push({ device: 'A1', ts, values: { flow_rate: value(),
				temperature: value() }, quality: rnd() < 0.1 ? 40 : 100,
			revision: rnd() < 0.1 ? 2 : 0 });
			if (rnd() < 0.1)
				list.push({ ...list.at(-1), revision: 1 });
		}
		// In one sensor's batches first, for chunks; then late ones over them.
		const early = list.slice(0, 2000);

		for (const sensor of SENSORS) {
			await send(key, early.map((r) =>
				({ ...r, values: { [sensor]: r.values[sensor] } })));
			await plant.derived();
			await settle(plant);
		}
		assert.equal(await sql('super', `SELECT count(*) FROM flux.chunk
			 WHERE tenant_id = ${plant.id}`), '2', 'there are chunks');
		await send(key, shuffled(list, rnd), 300);
	});
	const span = `device=A1&from=${start}&to=${start + DAY}`;

	for (const when of ['with a part of it in landing', 'derived'])
		for (const [name, ms] of [['60s', MIN], ['7min', 7 * MIN], ['1h', HOUR],
			['1d', DAY], ['90s', 90e3]])
			test(`in buckets of ${name}, ${when}`, async () => {
				if (when === 'derived')
					await plant.derived();
				const got = await data(`${span}&bucket=${name}`);

				assert.deepEqual(got.series.map((s) => s.sensor),
					['flow_rate', 'volume_total', 'temperature', 'status']);
				for (const s of got.series.filter((x) =>
					SENSORS.includes(x.sensor))) {
					// The first one may be short: buckets are those of the clock.
					const end = (b) => Math.min(start + DAY,
						(Math.floor(Date.parse(b.time) / ms) + 1) * ms);

					assert.equal(s.buckets[0].time, iso(start));
					same(s.buckets, settled(list, s.sensor), end);
					s.buckets.slice(1).forEach((b, i) =>
						assert.equal(Date.parse(b.time), end(s.buckets[i])));
				}
				assert.deepEqual(got.series[0].buckets.map((b) => b.time),
					got.series[2].buckets.map((b) => b.time), 'aligned');
			});

	for (const points of [1, 7, 250, 1000])
		test(`as ${points} points`, async () => {
			const got = await data(`${span}&points=${points}&sensor=flow_rate`);
			const [s] = got.series;
			const edge = (i) => i === points ? start + DAY
				: start + Math.trunc(DAY * 1000 / points * i) / 1000;

			assert.equal(s.buckets.length, points);
			// Edges are in microseconds, readings here in milliseconds.
			s.buckets.forEach((b, i) => {
				const want = bucket(settled(list, 'flow_rate'), edge(i),
					edge(i + 1));

				for (const name of FIGURES)
					near(b[name], want[name], `${i} ${name}`);
			});
		});

	test('silence is named, and is missing from the coverage', async () => {
		const [s] = (await data(`${span}&bucket=1h&sensor=flow_rate`)).series;
		const want = gaps(settled(list, 'flow_rate'), start, start + DAY, 180e3);

		assert.ok(want.some((g) => g.to - g.from > 4 * HOUR));
		assert.deepEqual(s.gaps, want.map((g) => ({ from: iso(g.from),
			to: iso(g.to), reason: 'silent' })));
		s.buckets.forEach((b) => {
			const from = Date.parse(b.time), to = from + HOUR;
			const silent = want.reduce((sum, g) => sum + Math.max(0,
				Math.min(g.to, to) - Math.max(g.from, from)), 0);

			near(b.coverage, 1 - silent / HOUR, b.time);
		});
	});

	test('order=desc turns it round, gaps=skip leaves out the empty', async () => {
		const up = (await data(`${span}&bucket=1h`)).series;
		const down = (await data(`${span}&bucket=1h&order=desc`)).series;
		const some = (await data(`${span}&bucket=1h&gaps=skip`)).series;

		assert.deepEqual(down.map((s) => s.buckets.reverse()),
			up.map((s) => s.buckets));
		assert.deepEqual(some.map((s) => s.buckets), up.map((s) =>
			s.buckets.filter((b) => b.count + b.bad > 0)));
	});

	test('fields= narrows a bucket to what is asked for', async () => {
		const [s] = (await data(`${span}&bucket=1h&fields=min,avg&fields=max`))
			.series;

		assert.deepEqual(Object.keys(s.buckets[0]), ['time', 'min', 'max', 'avg']);
	});

	const WRONG = [
		['', 'device'], ['device=A1&bucket=0s', 'bucket'],
		['device=A1&bucket=1x', 'bucket'], ['device=A1&bucket=-1h', 'bucket'],
		['device=A1&bucket=25h', 'bucket'], ['device=A1&bucket=h', 'bucket'],
		['device=A1&bucket=9999999999999999999999s', 'bucket'],
		['device=A1&bucket=1h&points=5', 'points'],
		['device=A1&points=0', 'points'], ['device=A1&points=20001', 'points'],
		['device=A1&points=x', 'points'], ['device=A1&zone=Mars/Base', 'zone'],
		['device=A1&zone=../../../etc/passwd', 'zone'],
		['device=A1&zone=/etc/passwd', 'zone'],
		['device=A1&gaps=maybe', 'gaps'], ['device=A1&order=x', 'order'],
		['device=A1&fields=median', 'fields'], ['device=A1&from=x', 'from'],
		['device=A1&to=x', 'to'], ['device=A1&bucket=1s&from=0', 'bucket'],
		['device=A1&points=20000&sensor=flow_rate,status,temperature,' +
			'volume_total&from=2', null],
	];

	for (const [query, field] of WRONG)
		test(`refuses "${query}"`, async () => {
			const answer = await ask(query);

			if (field)
				isProblem(answer, 400, 'bad_request', new RegExp(`^${field}\\b`));
			else
				assert.equal(answer.status, 200);
		});

	test('more buckets than one answer may hold are refused', async () => {
		isProblem(await ask(`device=A1&bucket=1s&from=${start - 9 * DAY}` +
			`&to=${start}`), 400, 'bad_request', /^bucket\b/);
	});
});

describe('the last 24 hours by the minute', () => {
	test('are 1,440 rows, newest first, equal to a brute force', async () => {
		const now = Date.now();
		const list = Array.from({ length: 24 * 360 + 400 }, (_, i) => ({
			device: 'A2', ts: now - i * 10e3,
			values: { flow_rate: Math.round(Math.sin(i / 50) * 1e4) / 100 } }));

		await plant.device('A2', undefined, '--gateway', 'GW');
		await send(key, list);
		const got = await data('device=A2&sensor=flow_rate&bucket=1min&order=desc');
		const { buckets } = got.series[0];

		assert.equal(buckets.length, 1440);
		assert.ok(Date.parse(buckets[0].time) > now - 2 * MIN);
		assert.ok(buckets.every((b, i) => i === 0 || Date.parse(b.time) ===
			Date.parse(buckets[i - 1].time) - MIN));
		same(buckets, settled(list, 'flow_rate'), (b) => Date.parse(b.time) + MIN);
	});
});

describe('buckets of the calendar', () => {
	// The last Sunday of the last October: a day of 25 hours in Berlin.  Readings
	// of two days after it are over by the fourth of November.
	const then = new Date(Date.now() - 3 * DAY);
	const year = then.getUTCFullYear() - (then.getUTCMonth() < 10 ? 1 : 0);
	const oct31 = Date.UTC(year, 9, 31);
	const sunday = oct31 - new Date(oct31).getUTCDay() * DAY;
	const mar31 = Date.UTC(year, 2, 31);
	const spring = mar31 - new Date(mar31).getUTCDay() * DAY;
	const parts = new Intl.DateTimeFormat('en-CA', { timeZone: ZONE,
		year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit',
		hourCycle: 'h23', timeZoneName: 'longOffset' });
	const names = { '1mo': 2, '1d': 3, '1h': 5 };
	const place = (ts, bucket_name) => {
		const p = Object.fromEntries(parts.formatToParts(ts)
			.map((x) => [x.type, x.value]));

		return [p.year, p.month, p.day, p.hour, p.timeZoneName]
			.slice(0, names[bucket_name]).join(' ');
	};
	const list = [];

	before(async () => {
		await plant.device('A3', undefined, '--gateway', 'GW');
		for (const [from, days] of [[sunday - 40 * DAY, 0], [sunday - DAY, 3],
			[spring - DAY, 3]])
			for (let ts = from; ts < from + (days || 1) * DAY; ts += 17 * MIN)
				list.push({ device: 'A3', ts,
					values: { flow_rate: (ts / MIN) % 1000 } });
		await send(key, list);
	});

	for (const name of Object.keys(names))
		for (const [what, from, to] of [['autumn', sunday - 45 * DAY, sunday + 2 * DAY],
			['spring', spring - 2 * DAY, spring + 3 * DAY]])
			test(`${name} in ${what} are those of ${ZONE}`, async () => {
				const got = await data(`device=A3&sensor=flow_rate&bucket=${name}` +
					`&zone=${ZONE}&from=${from}&to=${to}&gaps=skip`);
				const groups = new Map();

				for (const r of settled(list, 'flow_rate')) {
					if (r.ts < from || r.ts >= to)
						continue;
					const k = place(r.ts, name);

					groups.set(k, [...groups.get(k) ?? [], r]);
				}
				const { buckets } = got.series[0];

				assert.equal(buckets.length, groups.size);
				buckets.forEach((b) => {
					const mine = groups.get(place(Date.parse(b.time), name));
					const want = bucket(mine, 0, Infinity);

					for (const f of FIGURES)
						near(b[f], want[f], `${b.time} ${f}`);
				});
			});

	test('the days at the change of the clock have 25 and 23 hours', async () => {
		for (const [day, hours] of [[sunday, 25], [spring, 23]]) {
			const got = await data(`device=A3&sensor=flow_rate&bucket=1d` +
				`&zone=${ZONE}&from=${day - 2 * DAY}&to=${day + 2 * DAY}`);
			const times = got.series[0].buckets.map((b) => Date.parse(b.time));

			assert.ok(times.some((t, i) => i > 0 &&
				t - times[i - 1] === hours * HOUR), `${hours} hours`);
			const by_hour = await data(`device=A3&sensor=flow_rate&bucket=1h` +
				`&zone=${ZONE}&from=${day - 2 * DAY}&to=${day + 2 * DAY}`);

			assert.equal(by_hour.series[0].buckets.length, 96);
		}
	});
});

describe('what was aggregated before it came', () => {
	const from = start + HOUR, SECONDS = 600;
	// 20 samples a second, as readings and as windows of a second.
	const raw = [], windows = [];

	before(async () => {
		const rnd = random(33);

		for (const device of ['RAW', 'PRE', 'FACETS', 'SPREAD'])
			await plant.device(device, undefined, '--gateway', 'GW',
				'--period', '60');
		for (let s = 0; s < SECONDS; s++) {
			const v = Array.from({ length: 20 }, (_, i) => ({
				ts: from + s * 1000 + i * 50,
				value: Math.round((Math.sin(s / 40) * 30 + rnd() * 9) * 1e3) / 1e3 }));
			const b = bucket(v.map((r) => ({ ...r, quality: 100 })), 0, Infinity);

			raw.push(...v.map((r) => ({ device: 'RAW', ts: r.ts,
				values: { flow_rate: r.value } })));
			windows.push({ ts: from + s * 1000, ...b });
		}
		// Facets are series of their own: here those of a device beside it.
		await sql('super', `INSERT INTO flux.facet
			 (tenant_id, sensor_id, what, facet_id)
			SELECT ${plant.id}, s.sensor_id, w.what, f.sensor_id
			  FROM (VALUES ('min', 'FACETS/flow_rate'),
			        ('max', 'FACETS/temperature'),
			        ('count', 'FACETS/volume_total'),
			        ('stddev', 'SPREAD/flow_rate')) AS w (what, code)
			  JOIN flux.sensor s ON s.tenant_id = ${plant.id}
			   AND s.code = 'PRE/flow_rate'
			  JOIN flux.sensor f ON f.tenant_id = ${plant.id}
			   AND f.code = w.code`);
		await send(key, raw);
		await send(key, windows.flatMap((w) => [
			{ device: 'PRE', ts: w.ts, values: { flow_rate: w.avg } },
			{ device: 'FACETS', ts: w.ts, values: { flow_rate: w.min,
				temperature: w.max, volume_total: w.count } },
			{ device: 'SPREAD', ts: w.ts, values: { flow_rate: w.stdDev } }]));
	});

	for (const when of ['from landing', 'derived', 'packed'])
		test(`shows in a chart as the readings themselves, ${when}`, async () => {
			if (when !== 'from landing')
				await plant.derived();
			if (when === 'packed')
				await settle(plant);
			const of = async (device) => (await data(`device=${device}` +
				`&sensor=flow_rate&bucket=30s&from=${from}` +
				`&to=${from + SECONDS * 1000}`)).series[0];
			const [plain, pre] = [await of('RAW'), await of('PRE')];

			assert.equal(pre.buckets.length, SECONDS / 30);
			pre.buckets.forEach((b, i) => {
				for (const name of ['count', 'min', 'max', 'bad', 'quality'])
					assert.equal(b[name], plain.buckets[i][name], name);
				near(b.avg, plain.buckets[i].avg, 'avg');
				near(b.stdDev, plain.buckets[i].stdDev, 'stdDev');
			});
		});

	test('is answered raw with what the window was', async () => {
		const got = (await get(key, `/api/v1/telemetry?device=PRE&from=${from}` +
			`&limit=1`)).json().readings[0];
		const [w] = windows;

		assert.equal(got.value, w.avg);
		for (const name of ['avg', 'min', 'max', 'count', 'stdDev'])
			near(got[name], w[name], name);
	});

	test('beside plain readings weighs as many as it counts', async () => {
		await send(key, [{ device: 'PRE', ts: from + 500,
			values: { flow_rate: 140 } }]);
		const [b] = (await data(`device=PRE&sensor=flow_rate&bucket=1s` +
			`&from=${from}&to=${from + 1000}`)).series[0].buckets;

		assert.equal(b.count, 21);
		assert.equal(b.max, 140);
		near(b.avg, (windows[0].avg * 20 + 140) / 21, 'avg');
	});
});

describe('long spans', () => {
	test('of ten years with little in them cost little', async () => {
		await plant.device('A4', undefined, '--gateway', 'GW');
		const list = [0, 1, 700, 1500, 3000].map((days) => ({ device: 'A4',
			ts: start - days * DAY, values: { flow_rate: days } }));

		await send(key, list);
		await plant.derived();
		const got = await costs(1000, () => data('device=A4' +
			`&sensor=flow_rate&bucket=1mo&from=${start - 3650 * DAY}` +
			`&to=${start + DAY}`));

		assert.equal(got.series[0].buckets.reduce((n, b) => n + b.count, 0), 5);
	});
});
