// Raw readings, the latest ones, cursors, and what a reader has already.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { bucket, gaps, increase, near, send, settled }
	from '../lib/brute.mjs';
import { ctl, sql } from '../lib/flux.mjs';
import { within } from '../lib/pace.mjs';
import { Plant, get, isProblem, random, shuffled }
	from '../lib/plant.mjs';
import { settle } from '../lib/worker.mjs';

const DAY = 864e5;
const HOUR = 36e5;
const enc = encodeURIComponent;
const iso = (ms) => new Date(ms).toISOString();
const start = Math.floor(Date.now() / DAY) * DAY - 3 * DAY;
const SENSORS = ['flow_rate', 'volume_total', 'temperature', 'status'];
let plant, other, key, foreign;

const ask = (url, k = key, headers = {}) => get(k, url, headers);
const data = async (url, k) => {
	const answer = await ask(url, k);

	assert.equal(answer.status, 200, answer.body);
	return answer.json();
};

// Two days with late, doubled and corrected readings, some without a value.
function random_days(rnd, device) {
	const list = [];

	for (let i = 0; i < 3000; i++) {
		const ts = start + Math.floor(rnd() * 2 * DAY / 30e3) * 30e3;
		const values = {};

		for (const sensor of SENSORS)
			if (rnd() < 0.7)
				values[sensor] = rnd() < 0.05 ? null
					: sensor === 'status' ? Math.floor(rnd() * 3)
						: Math.round(rnd() * 1e5) / 1e3;
		if (Object.keys(values).length > 0)
			list.push({ device, ts, values,
				quality: rnd() < 0.2 ? Math.floor(rnd() * 101) : 100,
				revision: rnd() < 0.2 ? 1 + Math.floor(rnd() * 3) : 0 });
	}
	return list;
}

// In cycles of the worker, so that it is in fresh, chunk and landing alike.
async function deliver(list) {
	for (let i = 0; i < list.length; i += 400) {
		await send(key, list.slice(i, i + 400));
		if (i % 1200 === 0)
			await plant.derived();
	}
	await plant.derived();
}

before(async () => {
	plant = await Plant.make('Telemetry');
	other = await Plant.make('Telemetry other');
	for (const p of [plant, other])
		await p.gateway('GW');
	key = await plant.key('GW');
	foreign = await other.key('GW');
	await other.device('THEIRS', undefined, '--gateway', 'GW');
});

describe('raw readings', () => {
	let list;
	const want = () => SENSORS.flatMap((sensor) =>
		settled(list, sensor).map((r) => ({ sensor, ...r })))
		.sort((a, b) => a.ts - b.ts);
	const plain = (r) => ({ sensor: r.sensor, ts: r.timestamp, value: r.value,
		revision: r.revision ?? 0, quality: r.quality });
	const same = (got, all) => {
		const by = (a, b) => a.ts - b.ts || (a.sensor < b.sensor ? -1 : 1);

		assert.deepEqual([...got].sort(by), [...all].sort(by));
	};

	before(async () => {
		await plant.device('R1', undefined, '--gateway', 'GW', '--period', '60');
		list = random_days(random(11), 'R1');
		await deliver(list);
	});

	test('are those of a brute force over everything that was sent', async () => {
		const got = await data(`/api/v1/telemetry?device=R1&from=${start}` +
			`&to=${start + 2 * DAY}&limit=100000`);

		same(got.readings.map(plain), want());
		assert.deepEqual(got.gaps, []);
		assert.equal(got.cursor, null);
	});

	for (const order of ['asc', 'desc'])
		for (const limit of [7, 100, 1000])
			test(`${order}, ${limit} at a time by cursor: each once`, async () => {
				const url = `/api/v1/telemetry?device=R1&from=${start}` +
					`&to=${start + DAY / 4}&limit=${limit}&order=${order}`;
				const all = [];
				let page = await data(url);

				for (;;) {
					all.push(...page.readings.map(plain));
					if (page.cursor === null)
						break;
					page = await data(`${url}&cursor=${page.cursor}`);
				}
				const inside = want().filter((r) => r.ts < start + DAY / 4);

				same(all, inside);
				assert.ok(all.every((r, i) => i === 0 || (order === 'asc'
					? all[i - 1].ts <= r.ts : all[i - 1].ts >= r.ts)));
			});

	for (const query of ['sensor=flow_rate,status', 'sensor=flow_rate&sensor=status'])
		test(`of some sensors: ${query}`, async () => {
			const got = await data(`/api/v1/telemetry?device=R1&${query}` +
				`&from=${start}&to=${start + 2 * DAY}&limit=100000`);

			same(got.readings.map(plain), want().filter((r) =>
				['flow_rate', 'status'].includes(r.sensor)));
		});

	test('a cursor walks everything once while new data arrive', async () => {
		await plant.device('R2', undefined, '--gateway', 'GW');
		const own = Array.from({ length: 600 }, (_, i) => ({ device: 'R2',
			ts: start + i * 1000, values: { flow_rate: i } }));
		const url = `/api/v1/telemetry?device=R2&from=${start}&limit=50`;
		const seen = [];
		let page, n = 0;

		await send(key, own);
		do {
			page = await data(page ? `${url}&cursor=${page.cursor}` : url);
			seen.push(...page.readings.map((r) => r.value));
			// One behind the cursor, one ahead of it, each time.
			await send(key, [
				{ device: 'R2', ts: start + 1 + n * 1000, values: { flow_rate: -1 } },
				{ device: 'R2', ts: start + 590001 + n * 7,
					values: { flow_rate: -2 } }]);
			n++;
		} while (page.cursor !== null);
		const first = seen.filter((v) => v >= 0);

		assert.deepEqual(first, own.map((r) => r.values.flow_rate));
		assert.ok(seen.includes(-2), 'what came ahead of it is seen');
		assert.ok(!seen.includes(-1), 'what came behind it is not');
	});

	const WRONG = [
		['', 'device'], ['?device=R1&order=up', 'order'],
		['?device=R1&cursor=x', 'cursor'], ['?device=R1&cursor=a.1', 'cursor'],
		['?device=R1&cursor=a.1.2x', 'cursor'], ['?device=R1&cursor=b.1.2', 'cursor'],
		['?device=R1&cursor=a.2.1', 'cursor'], ['?device=R1&limit=0', 'limit'],
		['?device=R1&from=x', 'from'], ['?device=R1&to=x', 'to'],
		['?device=R1&sensor=status,status', 'sensor'],
	];

	for (const [query, field] of WRONG)
		test(`refuses "${query}" and names ${field}`, async () => {
			isProblem(await ask(`/api/v1/telemetry${query}`), 400, 'bad_request',
				new RegExp(`^${field}\\b`));
		});

	test('of a span of fifty years come as quickly', async () => {
		const got = await within(1000, () =>
			data('/api/v1/telemetry?device=R1&from=0&limit=10'));

		assert.equal(got.readings.length >= 10, true);
	});
});

describe('statistics', () => {
	let list;

	before(async () => {
		await plant.device('S1', undefined, '--gateway', 'GW', '--period', '60');
		list = random_days(random(12), 'S1');
		// A meter that starts anew twice.
		let total = 5000;

		for (let i = 0; i < 500; i++) {
			total = i === 200 || i === 350 ? i / 100 : total + (i % 7) / 4;
			list.push({ device: 'S1', ts: start + i * 200e3 + 7,
				values: { volume_total: total }, revision: 9 });
		}
		list = shuffled(list, random(13));
		await deliver(list);
	});

	test('equal a brute force, resets and all', async () => {
		const got = await data(`/api/v1/telemetry/statistics?device=S1` +
			`&from=${start}&to=${start + 2 * DAY}`);

		assert.deepEqual(got.sensors.map((s) => s.sensor), SENSORS);
		for (const s of got.sensors) {
			const mine = settled(list, s.sensor);
			const want = bucket(mine, start, start + 2 * DAY);

			for (const name of Object.keys(want))
				near(s[name], want[name], `${s.sensor}.${name}`);
			near(s.sum, want.avg === null ? null : want.avg * want.count,
				`${s.sensor}.sum`);
			near(s.total_volume, s.kind === 'counter' ? increase(mine) : null,
				`${s.sensor}.total_volume`);
			const silent = gaps(mine, start, start + 2 * DAY, 180e3);

			assert.deepEqual(s.gaps, silent.slice(0, 1000).map((g) =>
				({ from: iso(g.from), to: iso(g.to), reason: 'silent' })));
			near(s.coverage, 1 - silent.reduce((sum, g) => sum + g.to - g.from,
				0) / (2 * DAY), 'coverage');
		}
	});

	test('of nothing are null', async () => {
		const [s] = (await data(`/api/v1/telemetry/statistics?device=S1` +
			`&sensor=volume_total&from=${start - DAY}&to=${start - DAY + 1000}`))
			.sensors;

		for (const name of ['avg', 'min', 'max', 'total_volume', 'quality'])
			assert.equal(s[name], null, name);
		assert.equal(s.count, 0);
	});
});

describe('the latest readings', () => {
	before(async () => {
		await ctl('asset', plant.name, 'HALL', 'PUMP', 'Pump', 'pump');
		await ctl('asset', plant.name, 'HALL', 'BEARING', 'Bearing', 'part');
		await sql('super', `UPDATE flux.asset b SET parent_id = p.asset_id
			  FROM flux.asset p WHERE b.tenant_id = ${plant.id}
			   AND p.tenant_id = ${plant.id} AND b.key = 'BEARING'
			   AND p.key = 'PUMP'`);
		await plant.device('L1', undefined, '--asset', 'PUMP', '--gateway', 'GW');
		await plant.device('L2', undefined, '--asset', 'BEARING', '--gateway',
			'GW');
		await plant.device('L3', undefined, '--simulated', '--modbus',
			'tcp:127.0.0.1:1:9');
		await send(key, [
			{ device: 'L1', ts: start + 2, values: { flow_rate: 2, status: 1 } },
			{ device: 'L1', ts: start + 1, values: { flow_rate: 1 } },
			{ device: 'L1', ts: start + 2, values: { status: 2 }, revision: 3 },
			{ device: 'L2', ts: start + 3, values: { flow_rate: null } }]);
		await plant.derived();
	});
	const names = (got) => got.latest.map((r) => `${r.device}/${r.sensor}`);

	test('of one device are its newest by event time', async () => {
		const answer = await ask('/api/v1/telemetry/latest?device=L1');

		assert.equal(answer.headers['x-data-source'], 'field');
		assert.deepEqual(answer.json().latest, [
			{ device: 'L1', sensor: 'flow_rate', sensorId: 'L1/flow_rate',
				time: iso(start + 2), timestamp: start + 2, value: 2,
				unit: 'm3/h', quality: 100 },
			{ device: 'L1', sensor: 'status', sensorId: 'L1/status',
				time: iso(start + 2), timestamp: start + 2, value: 2,
				unit: '', quality: 100, revision: 3 }]);
	});

	for (const [query, want] of [
		['device=L1,L2', ['L1/flow_rate', 'L1/status', 'L2/flow_rate']],
		['device=L1&device=L2&sensor=flow_rate', ['L1/flow_rate', 'L2/flow_rate']],
		['asset=PUMP', ['L1/flow_rate', 'L1/status', 'L2/flow_rate']],
		['asset=BEARING', ['L2/flow_rate']],
		['sensor=L1/status', ['L1/status']], ['device=L3', []]])
		test(`of ${query}`, async () => {
			assert.deepEqual(names(await data(`/api/v1/telemetry/latest?${query}`)),
				want);
		});

	test('of all are those of every device', async () => {
		const answer = await ask('/api/v1/telemetry/latest');
		const listed = (await data('/api/v1/devices')).devices.flatMap((d) =>
			d.sensors.filter((s) => s.time).map((s) => `${d.device}/${s.sensor}`));

		assert.equal(answer.headers['x-data-source'], 'simulation');
		assert.deepEqual(names(answer.json()).sort(), listed.sort());
	});

	test('a value that is missing is null', async () => {
		assert.equal((await data('/api/v1/telemetry/latest?device=L2')).latest[0]
			.value, null);
	});

	for (const [query, status, field] of [
		['asset=', 400, 'asset'], ['asset=PUMP&device=L1', 400, 'asset'],
		['asset=NO', 404, 'asset'], ['device=NO', 404, 'device'],
		['device=L1,NO', 404, 'device'], ['sensor=NO', 404, 'sensor'],
		['device=THEIRS', 404, 'device']])
		test(`refuses ${query} with ${status}`, async () => {
			isProblem(await ask(`/api/v1/telemetry/latest?${query}`), status,
				status === 400 ? 'bad_request' : 'not_found',
				new RegExp(`^${field}\\b`));
		});
});

describe('the device of another tenant', () => {
	for (const path of ['', '/aggregate', '/statistics', '/rollup', '/export',
		'/latest'])
		test(`is not there for /api/v1/telemetry${path}`, async () => {
			const theirs = await ask(`/api/v1/telemetry${path}?device=THEIRS`);
			const nobodys = await ask(`/api/v1/telemetry${path}?device=NOBODYS`);

			isProblem(theirs, 404, 'not_found');
			assert.equal(theirs.json().detail, nobodys.json().detail);
			assert.equal((await ask(`/api/v1/telemetry${path}?device=THEIRS`,
				foreign)).status, 200);
		});
});

describe('what the reader has already', () => {
	const span = `&from=${start}&to=${start + HOUR}`;
	const urls = ['/api/v1/telemetry?device=E1', '/api/v1/telemetry/aggregate' +
		'?device=E1&bucket=60s', '/api/v1/telemetry/statistics?device=E1']
		.map((url) => url + span)
		.concat(`/api/flow-data?device_id=E1&start_time=${start}` +
			`&end_time=${start + HOUR}`);
	let late = 0;
	let revision = 0; // an equal one would change nothing

	const send_late = async (revision = 0) => {
		await send(key, [{ device: 'E1', ts: start + 1001 + (revision ? 0 : late++),
			values: { flow_rate: late + revision }, revision }]);
	};

	// A tenant of its own: few cycles, so no tier is merged before packing.
	before(async () => {
		plant = await Plant.make('Known');
		await plant.gateway('GW');
		key = await plant.key('GW');
		await plant.device('E1', undefined, '--gateway', 'GW');
		await send(key, Array.from({ length: 60 }, (_, i) => ({ device: 'E1',
			ts: start + i * 60e3, values: { flow_rate: i } })));
		await plant.derived();
		await settle(plant);
		assert.equal(await sql('super', `SELECT count(*) FROM flux.chunk
			 WHERE tenant_id = ${plant.id}`), '1', 'there is a chunk');
	});

	// Answers to who has these tags of the first, while the first stays what it
	// is: the worker may merge rows in between.
	const having = async (url, tags) => {
		for (;;) {
			const first = await ask(url);
			const again = [];

			for (const tag of tags(first.headers.etag))
				again.push(await ask(url, key, { 'If-None-Match': tag }));
			if ((await ask(url)).headers.etag === first.headers.etag)
				return { first, again };
		}
	};

	for (const url of urls) {
		test(`${url} is 304 for who has it`, async () => {
			const { first, again: all } = await having(url, (tag) =>
				[tag, `"x", ${tag}`, tag.slice(2)]);

			assert.equal(first.status, 200);
			assert.match(first.headers.etag, /^W\/"[0-9a-f]{32}"$/);
			assert.equal(first.headers['cache-control'], 'private, no-cache');
			for (const again of all) {
				assert.equal(again.status, 304);
				assert.equal(again.bytes.length, 0);
				assert.equal(again.headers.etag, first.headers.etag);
			}
			assert.equal((await ask(url, key, { 'If-None-Match': 'W/"x"' }))
				.status, 200);
		});

		test(`${url} is new after a late reading, before and after derive`,
			async () => {
				const tag = async () => (await ask(url)).headers.etag;
				const tags = [await tag()];

				await send_late();
				tags.push(await tag());
				const answer = await ask(url, key, { 'If-None-Match': tags[0] });

				assert.equal(answer.status, 200);
				assert.notEqual(tags[0], tags[1]);
				await send_late(++revision);
				tags.push(await tag());
				assert.notEqual(tags[1], tags[2]);
				await plant.derived();
				const { again } = await having(url, (now) => [now]);

				assert.equal(again[0].status, 304);
			});
	}

	test('a chunk that is written anew has another tag', async () => {
		const tag = async () => (await ask(urls[0])).headers.etag;
		const before_it = await tag();

		await sql('super', `WITH gone AS (DELETE FROM flux.chunk
			  WHERE tenant_id = ${plant.id} RETURNING *)
			INSERT INTO flux.chunk SELECT * FROM gone`);
		assert.notEqual(await tag(), before_it);
	});

	test('a span that is still open has no tag', async () => {
		for (const url of ['/api/v1/telemetry?device=E1',
			`/api/v1/telemetry?device=E1&from=${start}`,
			`/api/v1/telemetry?device=E1&from=${start}&to=${Date.now() + DAY}`,
			'/api/flow-data?device_id=E1',
			`/api/flow-data?device_id=E1&start_time=${start}`,
			`/api/flow-data?start_time=${start}&end_time=${start + HOUR}`])
			assert.equal((await ask(url)).headers.etag, undefined, url);
	});

	test('another span, another sensor: another tag', async () => {
		const tags = await Promise.all([urls[0], `${urls[0]}&sensor=status`,
			`/api/v1/telemetry?device=E1&from=${start}&to=${start + HOUR / 2}`]
			.map(async (url) => (await ask(url)).headers.etag));

		assert.notEqual(tags[0], tags[1]);
		assert.equal(new Set(tags.slice(0, 2)).size, 2);
	});
});
