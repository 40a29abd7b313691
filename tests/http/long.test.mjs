// Long spans: answered from the rollups, and yet equal to plain counting over
// the readings; what is left of them when the readings are gone; what they
// cost.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { bucket, gaps, increase, near, pack, send, settled } from
	'../lib/brute.mjs';
import { children, worked, worked_since } from '../lib/children.mjs';
import { ctl, http, login, sql } from '../lib/flux.mjs';
import { Plant, SEED, get, post, random, rows } from '../lib/plant.mjs';
import { edges, rolled } from '../lib/rollup.mjs';
import { settle } from '../lib/worker.mjs';

const MIN = 60e3, HOUR = 36e5, DAY = 864e5;
const ZONE = 'Europe/Berlin';
const PERIOD = 300;
const today = Math.floor(Date.now() / DAY) * DAY;
const start = today - 40 * DAY, end = today - DAY;
const FIGURES = ['count', 'min', 'max', 'avg', 'stdDev', 'first', 'last', 'bad',
	'quality'];
let plant, key;

const iso = (ms) => new Date(ms).toISOString();
const url = (what, query) => `/api/v1/telemetry/${what}?${query}`;

async function data(what, query) {
	const answer = await get(key, url(what, query));

	assert.equal(answer.status, 200, answer.body);
	return answer.json();
}

const device = (name) => ctl('device', plant.name, 'BERLIN', name,
	`Device ${name}`, SEED, '--gateway', 'GW', '--period', String(PERIOD));

// Readings of some weeks: with nights off, holes, bad ones, and a counter that
// begins anew now and then.
function weeks(name, seed) {
	const rnd = random(seed);
	const list = [];
	let total = 1000;

	for (let ts = start + 7 * HOUR; ts < end - 5 * HOUR; ts += PERIOD * 1e3) {
		const night = ts % (9 * DAY) < 5 * HOUR + 20 * MIN;

		total = rnd() < 0.0005 ? 3 : total + Math.round(rnd() * 100) / 10;
		if (night || rnd() < 0.0008)
			continue;
		list.push({ device: name, ts: ts + Math.floor(rnd() * 1e4),
			quality: rnd() < 0.001 ? 0 : rnd() < 0.01 ? 40 : 100,
			values: { flow_rate: rnd() < 0.002 ? null
				: Math.round(Math.sin(ts / DAY) * 1e5 + rnd() * 5e4) / 1e3,
			volume_total: total } });
	}
	return list;
}

function late(name, list, seed) {
	const rnd = random(seed);

	return Array.from({ length: 12 }, (_, i) => {
		const at = list[Math.floor(rnd() * list.length)];

		return { device: name, ts: at.ts + (i % 3 ? 60007 : 0),
			quality: 100, revision: i % 3 ? 0 : 3,
			values: { flow_rate: 200 + i, volume_total:
				at.values.volume_total + 0.05 } };
	});
}

// Edges of the answer's buckets, which must be those of the zone.
function check_buckets(s, list, to) {
	s.buckets.forEach((b, i) => {
		const from = Date.parse(b.time);
		const till = i + 1 < s.buckets.length
			? Date.parse(s.buckets[i + 1].time) : to;
		const want = bucket(list, from, till);

		for (const name of FIGURES)
			near(b[name], want[name], `${b.time} ${name}`);
	});
}

function check_silence(s, list, from, to) {
	const want = gaps(list, from, to, 3 * PERIOD * 1e3);

	assert.deepEqual(s.gaps, want.map((g) => ({ from: iso(g.from),
		to: iso(g.to), reason: 'silent' })));
	s.buckets?.forEach((b, i) => {
		const low = Date.parse(b.time);
		const high = i + 1 < s.buckets.length
			? Date.parse(s.buckets[i + 1].time) : to;
		const silent = want.reduce((sum, g) => sum + Math.max(0,
			Math.min(g.to, high) - Math.max(g.from, low)), 0);

		near(b.coverage, 1 - silent / (high - low), b.time);
	});
}

before(async () => {
	plant = await Plant.make('Long');
	await ctl('site', plant.name, 'BERLIN', 'Berlin', ZONE);
	await ctl('device', plant.name, 'BERLIN', 'GW', 'Gateway', '', '--kind',
		'gateway');
	key = await plant.key('GW');
});

describe('weeks of a device, with the change of the clock', () => {
	const SENSORS = ['flow_rate', 'volume_total'];
	const list = [];
	const of = (sensor) => settled(list, sensor);
	const span = (from, to) =>
		`device=L1&sensor=${SENSORS}&from=${from}&to=${to}`;
	const spans = [[start, end], [start + 11 * DAY + 1234567, end - 7654321]];

	async function equal() {
		for (const [from, to] of spans)
			for (const name of ['1h', '3h', '1d', '1w', '1mo']) {
				const got = await data('aggregate',
					`${span(from, to)}&bucket=${name}`);

				for (const s of got.series) {
					assert.equal(s.resolution, 'reading');
					check_buckets(s, of(s.sensor), to);
					check_silence(s, of(s.sensor).filter((r) =>
						r.ts >= from && r.ts < to), from, to);
				}
			}
	}

	async function adds_up() {
		for (const [from, to] of spans) {
			const got = await data('statistics', span(from, to));

			for (const s of got.sensors) {
				const mine = of(s.sensor).filter((r) =>
					r.ts >= from && r.ts < to);
				const want = bucket(mine, from, to);

				for (const name of FIGURES)
					near(s[name], want[name], `${s.sensor} ${name}`);
				near(s.total_volume, s.kind === 'counter'
					? increase(mine) : null, `${s.sensor} volume`);
				check_silence(s, mine, from, to);
			}
		}
	}

	before(async () => {
		await device('L1');
		list.push(...weeks('L1', 5));
		await send(key, list, 5000);
		await rolled(plant);
	});

	test('in hours, days, weeks and months equal plain counting', equal);
	test('and so do the statistics, with what a counter counted', adds_up);

	test('of any number of points too', async () => {
		const [from, to] = spans[1], n = 100;
		const [s] = (await data('aggregate',
			`${span(from, to)}&points=${n}`)).series;

		assert.equal(s.resolution, 'reading');
		check_buckets(s, of('flow_rate'), to);
	});

	test('in days of 23, 24 and 25 hours', async () => {
		const [s] = (await data('aggregate', `${span(start, end)}&bucket=1d`))
			.series;
		const want = edges(ZONE, start, end).day
			.filter((t) => t > start && t < end);

		assert.deepEqual(s.buckets.slice(1).map((b) => Date.parse(b.time)),
			want);
	});

	test('come from the rollups', async () => {
		// Of a day with a night off the hours are asked: they know the gap.
		const at = edges(ZONE, start, end).day.find((t) =>
			t > start + 5 * DAY && t % (9 * DAY) > DAY &&
			t % (9 * DAY) < 7 * DAY);
		const where = `tenant_id = ${plant.id} AND start = '${iso(at)}'`;
		const max = async () => (await data('aggregate',
			`${span(start, end)}&bucket=1d`)).series[0].buckets
			.find((b) => b.time === iso(at)).max;
		const was = await max();

		await sql('super', `UPDATE flux.rollup_day SET max = max + 5000
			 WHERE ${where}`);
		assert.equal(await max(), was + 5000);
		await sql('super', `UPDATE flux.rollup_day SET max = max - 5000
			 WHERE ${where}`);
	});

	test('with late ones before and after they are rolled up', async () => {
		const more = late('L1', list, 8);

		list.push(...more);
		await send(key, more);
		await equal();
		await plant.derived();
		await adds_up();
		await rolled(plant);
		await equal();
		await adds_up();
	});

	test('an ETag holds until a late reading comes', async () => {
		const address = url('aggregate', `${span(start, end)}&bucket=1d`);
		const tag = async () => (await get(key, address)).headers.etag;
		const knows = async (etag) => (await get(key, address,
			{ 'If-None-Match': etag })).status;
		const seen = [await tag()];

		assert.equal(await knows(seen[0]), 304);
		list.push({ device: 'L1', ts: start + 20 * DAY + 12345,
			values: { flow_rate: 7 } });
		await send(key, list.slice(-1));
		assert.equal(await knows(seen[0]), 200);
		await plant.derived();
		await pack(plant.id);
		assert.equal(await knows(seen[0]), 200);
		await rolled(plant);
		assert.equal(await knows(seen[0]), 200);
		seen.push(await tag());
		assert.equal(await knows(seen[1]), 304);
		await equal();
	});
});

describe('windows that came aggregated', () => {
	test('weigh in days as in readings', async () => {
		const list = [];

		await device('L2');
		for (let ts = start + HOUR; ts < start + 4 * DAY; ts += 15 * MIN)
			list.push({ sensorId: 'L2/temperature', timestamp: ts,
				min: 10 + list.length % 7, max: 30 + list.length % 5,
				avg: 20 + list.length % 3, count: 10 + list.length % 9,
				stdDev: 1.5 });
		assert.equal((await post(key, { readings: list })).status, 202);
		await rolled(plant);
		const { buckets, resolution } = (await data('aggregate',
			`device=L2&sensor=temperature&from=${start}&to=${start + 5 * DAY}` +
			'&bucket=1d')).series[0];

		assert.equal(resolution, 'reading');
		buckets.forEach((b, i) => {
			const till = i + 1 < buckets.length
				? Date.parse(buckets[i + 1].time) : start + 5 * DAY;
			const mine = list.filter((w) => w.timestamp >= Date.parse(b.time) &&
				w.timestamp < till);
			const n = mine.reduce((sum, w) => sum + w.count, 0);

			assert.equal(b.count, n);
			if (n === 0)
				return;
			near(b.avg, mine.reduce((s, w) => s + w.avg * w.count, 0) / n);
			near(b.stdDev, Math.sqrt(mine.reduce((s, w) => s + w.count *
				((w.avg - b.avg) ** 2 + w.stdDev ** 2), 0) / n), b.time);
			assert.equal(b.min, Math.min(...mine.map((w) => w.min)));
			assert.equal(b.max, Math.max(...mine.map((w) => w.max)));
		});
	});
});

describe('when the readings are gone', () => {
	let other, other_key, list;
	const from = today - 20 * DAY, to = today - 5 * DAY;
	const ask = async (query, what = 'aggregate') => {
		const answer = await get(other_key, url(what, `device=D&from=${from}` +
			`&to=${to}&sensor=volume_total${query}`));

		assert.equal(answer.status, 200, answer.body);
		return answer.json();
	};

	before(async () => {
		other = await Plant.make('Gone');
		await other.gateway('GW');
		await other.device('D', SEED, '--gateway', 'GW', '--period', '300');
		other_key = await other.key('GW');
		list = Array.from({ length: 15 * 288 }, (_, i) => ({ device: 'D',
			ts: from + i * PERIOD * 1e3,
			values: { volume_total: 100 + i * i % 7 + i * 10 } }));
		for (let i = 0; i < list.length; i += 288) {
			await send(other_key, list.slice(i, i + 288));
			await settle(other);
		}
		await rolled(other);
		await ctl('retention', other.name, 'set', 'raw', '*', '1 day');
		await ctl('retention', other.name, 'run');
		assert.equal(await sql('super', `SELECT count(*) FROM flux.chunk
			 WHERE tenant_id = ${other.id}`), '0');
	});

	for (const name of ['1h', '1d', '1w'])
		test(`buckets of ${name} are as exact as before`, async () => {
			const [s] = (await ask(`&bucket=${name}`)).series;

			assert.equal(s.resolution, 'reading');
			check_buckets(s, settled(list, 'volume_total'), to);
			check_silence(s, settled(list, 'volume_total'), from, to);
		});

	test('narrower ones have whole hours, and say so', async () => {
		const [s] = (await ask('&bucket=10min')).series;

		assert.equal(s.resolution, 'hour');
		assert.equal(s.resolutionUntil, iso(to));
		s.buckets.forEach((b, i) => {
			const at = Date.parse(b.time);
			const want = bucket(i % 6 ? [] : settled(list, 'volume_total'), at,
				at + HOUR);

			for (const f of FIGURES)
				near(b[f], want[f], `${b.time} ${f}`);
		});
	});

	test('the counter counted as much', async () => {
		const [s] = (await ask('', 'statistics')).sensors;

		near(s.total_volume, increase(settled(list, 'volume_total')));
		assert.equal(s.count, list.length);
	});

	test('statistics that cut an hour say so, in a table too', async () => {
		const query = `device=D&sensor=volume_total&from=${from}` +
			`&to=${to - HOUR / 2}`;
		const [s] = (await get(other_key, url('statistics', query))).json().sensors;
		const row = (await get(other_key, url('statistics', `${query}&format=csv`)))
			.body.split('\r\n')[1].split(',');

		assert.deepEqual([s.resolution, typeof s.resolutionUntil],
			['hour', 'string']);
		assert.deepEqual(row.slice(-3), ['hour', s.resolutionUntil, '']);
	});
});

describe('the cost', () => {
	const TIMES = 30;
	const SPANS = [['1h', 3600], ['24h', 86400], ['30d', 30 * 86400],
		['1y', 365 * 86400], ['5y', 1826 * 86400]];

	// Rollups of five years, and a month of readings by the minute.
	let newest = Math.floor(Date.now() / MIN) * MIN - 30 * DAY;

	// Up to now, which goes on meanwhile.
	async function every_minute() {
		const now = Date.now(), list = [];

		for (; newest + MIN < now; newest += MIN)
			list.push({ device: 'OLD', ts: newest + MIN, values: { flow_rate:
				Math.round(Math.sin(newest / MIN / 500) * 1e4) / 100 } });
		await send(key, list, 5000);
	}

	before(async () => {
		await ctl('device', plant.name, 'BERLIN', 'OLD', 'Old', SEED,
			'--gateway', 'GW', '--period', '60');
		await every_minute();
		await rolled(plant, 60000);
		const [{ id }] = await rows(`SELECT s.sensor_id AS id
			  FROM flux.sensor s JOIN flux.device d USING (tenant_id, device_id)
			 WHERE s.tenant_id = ${plant.id} AND d.key = 'OLD'
			   AND s.key = 'flow_rate'`);

		await sql('super', `SELECT flux.partition_at(parent, at)
			  FROM generate_series(now() - interval '5 years', now(),
			       interval '20 days') at,
			       unnest(ARRAY['rollup_hour', 'rollup_day']) parent`);
		for (const [unit, width] of [['hour', '1 hour'], ['day', '1 day']])
			await sql('super', `INSERT INTO flux.rollup_${unit} (tenant_id,
				sensor_id, start, till, count, bad, quality, min, max, sum, m2,
				first, last, first_at, last_at, held, area, rest)
			SELECT ${plant.id}, ${id}, t AT TIME ZONE '${ZONE}',
			       (t + interval '${width}') AT TIME ZONE '${ZONE}', 60, 0, 100,
			       -99, 99, 60 * sin(extract(epoch FROM t) / 1e7), 10, 1, 1, t AT TIME ZONE '${ZONE}',
			       t AT TIME ZONE '${ZONE}',
			       extract(epoch FROM interval '${width}'), 0, 0
			  FROM generate_series(date_trunc('day',
			       (now() - interval '5 years') AT TIME ZONE '${ZONE}'),
			       date_trunc('day', (now() - interval '31 days')
			       AT TIME ZONE '${ZONE}'), interval '${width}') t
			    ON CONFLICT DO NOTHING; ANALYZE flux.rollup_${unit}`);
	});

	// What a program and its sessions of Postgres work on f, in milliseconds.
	async function cost_of(program, role, f) {
		await f();
		const pids = [...children(program), ...(await sql('super', `SELECT pid
			FROM pg_stat_activity WHERE usename = '${role}'`)).split('\n')];
		const was = worked(pids);

		for (let i = 0; i < TIMES; i++)
			await f();
		return Math.round(worked_since(was, pids) / TIMES * 10) / 10;
	}

	function about_the_same(what, cost) {
		console.log(`# ${what}: ${JSON.stringify(cost)}`);
		for (const [name, c] of Object.entries(cost))
			assert.ok(c < 10 * cost['1h'] + 40, `${name}: ${c} ms`);
	}

	test('of an answer is about the same from an hour to five years',
		async () => {
			const wide = { '1h': '1min', '24h': '10min', '30d': '3h',
				'1y': '2d', '5y': '8d' };
			const cost = {};

			for (const [name, s] of SPANS) {
				await every_minute();
				const to = Date.now();
				let got;

				cost[name] = await cost_of('api.fcgi', 'fl_api', async () => {
					got = await data('aggregate', 'device=OLD&sensor=flow_rate' +
						`&from=${to - s * 1000}&to=${to}&bucket=${wide[name]}` +
						'&fields=min,max,avg');
				});
				const { buckets } = got.series[0];

				assert.ok(buckets.slice(1, -5).every((b) => b.avg !== null));
				assert.ok(buckets.length > 55 && buckets.length < 250);
			}
			about_the_same('ms an answer', cost);
		});

	test('of a page too, and its picture is small', async () => {
		const email = `long-${plant.id}@long.example`;
		const cost = {}, size = {};
		const ticks = { '1y': />[A-Z][a-z]{2} 20\d\d</,
			'5y': />20\d\d</ };

		await ctl('user', plant.name, email, 'Ada', 'viewer',
			{ input: 'correct horse battery' });
		const Cookie = await login(email, 'correct horse battery');

		for (const [name] of SPANS) {
			let body;

			await every_minute();

			cost[name] = await cost_of('web.fcgi', 'fl_page', async () => {
				const answer = await http('GET', `/devices/OLD?span=${name}`,
					{ headers: { Cookie }, tls: true });

				assert.equal(answer.status, 200);
				body = answer.body;
			});
			const svg = body.match(/<svg class="axes"[^]*?<figcaption|<svg class="axes"[^]*?<\/figure>/)[0];

			assert.ok(svg.match(/L/g).length > 55 * 3, `a line of ${name}`);
			assert.match(body, new RegExp(`span=${name}" aria-current="true"`));
			if (name in ticks)
				assert.match(body, ticks[name], `the axis of ${name}`);
			assert.ok(svg.length < 30000, `${svg.length} bytes`);
			size[name] = svg.length;
		}
		console.log(`# bytes of the picture: ${JSON.stringify(size)}`);
		about_the_same('ms a page', cost);
	});
});
