// The interface for programs: what it answers, to whom, and in which words.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { ctl, http, login } from '../lib/flux.mjs';
import { Plant, get, isProblem, post, telemetry } from '../lib/plant.mjs';

const MIN = 60e3;
const COUNT = 500;
const start = Math.floor(Date.now() / MIN) * MIN - 20 * 60 * MIN;
const iso = (ms) => new Date(ms).toISOString();
const enc = encodeURIComponent;
let plant, other, key, foreign, cookie;

// What N1 holds: two sensors at each instant, a third now and then.
const series = Array.from({ length: COUNT }, (_, i) => ({ device: 'N1',
	ts: start + i * 1000, values: { flow_rate: i / 8, temperature: 1 + i % 100,
		...(i % 10 === 0 ? { status: 1 } : {}) } }));
const TOTAL = 2 * COUNT + COUNT / 10;

before(async () => {
	plant = await Plant.make('API');
	other = await Plant.make('API other');
	for (const p of [plant, other]) {
		await p.gateway('GW');
		await ctl('asset', p.name, 'HALL', 'P-1', 'Pump 1', 'pump');
		await p.device('N1', undefined, '--gateway', 'GW', '--period', '600',
			'--asset', 'P-1');
	}
	await plant.device('N2', undefined, '--gateway', 'GW');
	await plant.device('SIM', undefined, '--simulated', '--modbus',
		'tcp:127.0.0.1:1:9');
	await plant.device('NEVER');
	await other.device('ONLY-B', undefined, '--gateway', 'GW');
	key = await plant.key('GW');
	foreign = await other.key('GW');
	const sim = await plant.key('SIM', 'ingest');
	const email = `api-${plant.id}@api.example`;

	await ctl('user', plant.name, email, 'Ada', 'viewer',
		{ input: 'correct horse battery' });
	cookie = await login(email, 'correct horse battery');
	await post(key, { readings: series });
	await post(key, { readings: [
		{ device: 'N2', ts: start + 500, values: { flow_rate: 7.25 } },
		{ device: 'N2', ts: start + 1500, values: { flow_rate: null } }] });
	await post(sim, { device: 'SIM', ts: start, values: { flow_rate: 1 } });
	await post(foreign, { readings: [
		{ device: 'N1', ts: start, values: { flow_rate: 4242 } },
		{ device: 'ONLY-B', ts: start, values: { flow_rate: 4343 } }] });
	await plant.derived();
	await other.derived();
});

const ask = (url, k = key) => get(k, url);
const data = async (url, k) => {
	const answer = await ask(url, k);

	assert.equal(answer.status, 200, answer.body);
	assert.match(answer.headers['content-type'], /^application\/json/);
	return answer.json();
};

describe('GET /api/v1/devices', () => {
	test('names every device with its sensors and their latest values', async () => {
		const { devices } = await data('/api/v1/devices');
		const byKey = Object.fromEntries(devices.map((d) => [d.device, d]));

		assert.deepEqual(Object.keys(byKey).sort(),
			['GW', 'N1', 'N2', 'NEVER', 'SIM']);
		const { N1 } = byKey;

		assert.equal(N1.site, 'HALL');
		assert.equal(N1.zone, 'UTC');
		assert.equal(N1.gateway, 'GW');
		assert.equal(N1.asset, 'P-1');
		assert.equal(N1.asset_type, 'pump');
		assert.equal(byKey.N2.asset, null);
		assert.equal(N1.modbus, null);
		assert.equal(byKey.SIM.modbus, 'tcp 127.0.0.1:1 unit 9');
		assert.equal(N1.profile, 'nivus-generic-seed');
		assert.equal(N1.manufacturer, 'NIVUS');
		assert.equal(N1.period_s, 600);
		assert.equal(N1.state, 'online');
		assert.equal(N1.simulated, false);
		assert.ok(Date.now() - Date.parse(N1.last_seen) < 5 * MIN);
		assert.deepEqual(N1.metadata, {});
		assert.deepEqual(N1.sensors[0], { sensor: 'flow_rate',
			sensorId: 'N1/flow_rate', name: 'Flow rate', unit: 'm3/h',
			kind: 'gauge', time: iso(start + (COUNT - 1) * 1000),
			value: (COUNT - 1) / 8, quality: 100 });
		assert.deepEqual(N1.sensors.map((s) => s.sensor),
			['flow_rate', 'volume_total', 'temperature', 'status']);
		assert.equal('value' in N1.sensors[1], false, 'nothing came of it yet');
		assert.equal(byKey.NEVER.state, 'never');
		assert.equal(byKey.NEVER.last_seen, null);
		assert.equal(byKey.SIM.simulated, true);
	});

	test('a value that is missing is null, with its quality', async () => {
		const { devices } = await data('/api/v1/devices');
		const [flow] = devices.find((d) => d.device === 'N2').sensors;

		assert.equal(flow.value, null);
		assert.equal(flow.quality, 0);
		assert.equal(flow.time, iso(start + 1500));
	});
});

describe('GET /api/v1/telemetry', () => {
	const whole = { from: start, to: start + COUNT * 1000 };

	test('answers each reading once, by time, and what it was asked', async () => {
		const got = await data(`/api/v1/telemetry?device=N1&from=${start}` +
			`&to=${enc(iso(whole.to))}&limit=100000`);

		assert.equal(got.device, 'N1');
		assert.equal(got.simulated, false);
		assert.equal(got.from, iso(whole.from));
		assert.equal(got.to, iso(whole.to));
		assert.equal(got.next, null);
		assert.equal(got.readings.length, TOTAL);
		assert.deepEqual(got.readings[0], { sensor: 'flow_rate',
			sensorId: 'N1/flow_rate', time: iso(start), timestamp: start,
			value: 0, unit: 'm3/h', quality: 100 });
		assert.ok(got.readings.every((r, i, v) => i === 0 ||
			v[i - 1].timestamp <= r.timestamp));
		for (const { ts, values } of series)
			assert.deepEqual(values, Object.fromEntries(got.readings
				.filter((r) => r.timestamp === ts)
				.map((r) => [r.sensor, r.value])));
	});

	for (const limit of [1, 2, 7, 100, 999, TOTAL - 1, TOTAL, 100000])
		test(`read on by next, ${limit} at a time, gives all of it once`,
			async () => {
				const short = limit < 7 ? { from: start, to: start + 40000 } : whole;

				assert.deepEqual(
					await telemetry(key, 'N1', { ...short, limit }),
					await telemetry(key, 'N1', short));
			});

	test('never parts what happened at one instant', async () => {
		const page = await data(`/api/v1/telemetry?device=N1&from=${start}&limit=1`);

		assert.equal(page.readings.length, 3);
		assert.equal(page.next, iso(start + 1000));
	});

	test('answers one sensor when asked for it', async () => {
		const got = await telemetry(key, 'N1', { ...whole, sensor: 'status' });

		assert.equal(got.length, COUNT / 10);
		assert.ok(got.every((r) => r.sensor === 'status'));
	});

	test('takes from as within the span and to as behind it', async () => {
		const got = await telemetry(key, 'N1', { from: start + 1000,
			to: start + 3000, sensor: 'flow_rate' });

		assert.deepEqual(got.map((r) => r.timestamp - start), [1000, 2000]);
	});

	test('answers 1000 readings of the last day when asked no more', async () => {
		const page = await data('/api/v1/telemetry?device=N1');

		assert.equal(page.readings.length, 1000);
		assert.equal(Date.parse(page.to) - Date.parse(page.from), 24 * 60 * MIN);
		assert.ok(page.next);
		await post(key, { device: 'N1', ts: start - 10 * 60 * MIN,
			values: { flow_rate: 1 } });
		assert.equal((await data('/api/v1/telemetry?device=N1')).readings[0]
			.timestamp, start);
	});

	test('is empty where there is nothing', async () => {
		assert.deepEqual((await data('/api/v1/telemetry?device=NEVER')).readings,
			[]);
	});

	const WRONG = [
		['', 'device'], ['?device=', 'device'], ['?device=N1&limit=0', 'limit'],
		['?device=N1&limit=-1', 'limit'], ['?device=N1&limit=100001', 'limit'],
		['?device=N1&limit=ten', 'limit'], ['?device=N1&limit=1e3', 'limit'],
		['?device=N1&limit=99999999999999999999', 'limit'],
		['?device=N1&from=yesterday', 'from'], ['?device=N1&to=today', 'to'],
		['?device=N1&from=2026-01-01T00:00:00', 'from'],
		['?device=N1&to=2026-02-30T00:00:00Z', 'to'],
		['?device=N1&from=-1', 'from'], ['?device=N1&to=inf', 'to'],
		['?device=N1&to=nan', 'to'], ['?device=N1&to=1+1', 'to'],
		['?device=N1&from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', 'from'],
		['?device=N1&from=1767225600&to=1767225600', 'from'],
	];

	for (const [query, field] of WRONG)
		test(`refuses "${query}" and names ${field}`, async () => {
			isProblem(await ask(`/api/v1/telemetry${query}`), 400, 'bad_request',
				new RegExp(`^${field}\\b`));
		});

	test('refuses what is not encoded properly', async () => {
		for (const query of ['?device=%', '?device=%zz', '?device=%00',
			'?device=N1&%ff=1', '?device=%c3%28', '?device=%ed%a0%80'])
			isProblem(await ask(`/api/v1/telemetry${query}`), 400, 'bad_request');
	});

	test('knows no such device and no such sensor', async () => {
		isProblem(await ask('/api/v1/telemetry?device=N9'), 404, 'not_found');
		isProblem(await ask('/api/v1/telemetry?device=N1&sensor=no'), 404,
			'not_found', /^sensor\b/);
	});
});

describe('GET /api/devices', () => {
	test('joins every device with its latest data in one call', async () => {
		const all = (await data('/api/devices')).data;
		const find = (id) => all.find((d) => d.device_id === id);

		assert.equal(all.length, 5);
		const { last_seen: seen, ...n1 } = find('N1');

		assert.ok(Date.parse(seen) > Date.now() - 5 * MIN);
		assert.deepEqual(n1, { device_id: 'N1', device_name: 'Device N1',
			location: 'Hall', status: 'online', simulated: false, metadata: {},
			latest_data: { flow_rate: (COUNT - 1) / 8,
				temperature: 1 + (COUNT - 1) % 100, status: 1,
				created_at: iso(start + (COUNT - 1) * 1000) } });
		assert.equal(find('NEVER').status, 'offline');
		assert.deepEqual(find('NEVER').latest_data, { created_at: null });
		assert.equal(find('N2').latest_data.flow_rate, null);
	});
});

describe('GET /api/flow-data', () => {
	const span = `&start_time=${start}&end_time=${start + (COUNT - 1) * 1000}`;

	test('answers records, newest first, each measurement a member', async () => {
		const got = await data(`/api/flow-data?device_id=N1${span}`);

		assert.equal(got.count, COUNT);
		assert.equal(got.data.length, COUNT);
		assert.deepEqual(got.data.at(-1), { device_id: 'N1',
			created_at: iso(start), flow_rate: 0, temperature: 1, status: 1,
			quality: 100 });
		assert.deepEqual(got.data.map((r) => r.flow_rate),
			series.map((r) => r.values.flow_rate).reverse());
	});

	test('takes end_time as within the span', async () => {
		const got = await data(`/api/flow-data?device_id=N1` +
			`&start_time=${start}&end_time=${start + 1000}`);

		assert.deepEqual(got.data.map((r) => r.created_at),
			[iso(start + 1000), iso(start)]);
	});

	test('answers the newest of them when there are more than limit', async () => {
		const got = await data(`/api/flow-data?device_id=N1${span}&limit=3`);

		assert.deepEqual(got.data.map((r) => r.flow_rate),
			[499, 498, 497].map((i) => i / 8));
	});

	test('answers 1000 records when not told how many', async () => {
		const more = Array.from({ length: 600 }, (_, i) => ({ device_id: 'N2',
			flow_rate: i, created_at: iso(start + 1e6 + i) }));

		await post(key, more, { url: '/api/ingest' });
		const got = await data('/api/flow-data');

		assert.equal(got.count, 1000);
		assert.equal(got.data[0].flow_rate, 599);
		assert.deepEqual(new Set(got.data.map((r) => r.device_id)),
			new Set(['N1', 'N2']));
		assert.ok(got.data.every((r, i, v) => i === 0 ||
			v[i - 1].created_at >= r.created_at));
	});

	for (const [query, field] of [['?limit=0', 'limit'], ['?limit=10001', 'limit'],
		['?limit=x', 'limit'], ['?start_time=soon', 'start_time'],
		['?end_time=noon', 'end_time'],
		['?start_time=1767225601&end_time=1767225600', 'start_time']])
		test(`refuses "${query}" and names ${field}`, async () => {
			isProblem(await ask(`/api/flow-data${query}`), 400, 'bad_request',
				new RegExp(`^${field}\\b`));
		});

	test('knows no such device', async () => {
		isProblem(await ask('/api/flow-data?device_id=N9'), 404, 'not_found');
	});
});

describe('every answer says where its data come from', () => {
	for (const [url, source] of [
		['/api/v1/telemetry?device=N1', 'field'],
		['/api/v1/telemetry?device=SIM', 'simulation'],
		['/api/flow-data?device_id=N1', 'field'],
		['/api/flow-data?device_id=SIM', 'simulation'],
		['/api/flow-data?device_id=N1&format=csv', 'field'],
		['/api/flow-data?device_id=SIM&format=csv', 'simulation'],
		['/api/v1/devices', 'simulation'], ['/api/devices', 'simulation']])
		test(`${url}: ${source}`, async () => {
			const answer = await ask(url);

			assert.equal(answer.headers['x-data-source'], source);
			if (url.includes('telemetry'))
				assert.equal(answer.json().simulated, source === 'simulation');
		});

	test('a tenant without a simulated device: field', async () => {
		assert.equal((await ask('/api/v1/devices', foreign))
			.headers['x-data-source'], 'field');
	});
});

const READS = ['/api/v1/devices', '/api/v1/telemetry?device=N1', '/api/devices',
	'/api/flow-data'];

describe('who asks', () => {
	for (const url of READS) {
		test(`${url} without a credential is 401`, async () => {
			for (const headers of [{}, { 'X-API-Key': 'flx_x' },
				{ Cookie: 'session=00' }, { Authorization: 'Bearer x' }]) {
				const answer = await http('GET', url, { headers });

				isProblem(answer, 401, 'unauthenticated');
				assert.equal(answer.headers['www-authenticate'], 'Bearer');
			}
		});

		test(`${url} is answered to a session as to a key`, async () => {
			const strip = (body) => body.replace(/"(from|to|cursor)":"[^"]*"/g, '');
			const answer = await http('GET', url,
				{ tls: true, headers: { Cookie: cookie } });

			assert.equal(answer.status, 200, answer.body);
			assert.equal(strip(answer.body), strip((await ask(url)).body));
		});
	}

	test('the device of another tenant is not there', async () => {
		const theirs = await ask('/api/v1/telemetry?device=ONLY-B');
		const nobodys = await ask('/api/v1/telemetry?device=NOBODYS');

		isProblem(theirs, 404, 'not_found');
		assert.equal(theirs.json().detail, nobodys.json().detail);
		isProblem(await ask('/api/flow-data?device_id=ONLY-B'), 404, 'not_found');
	});

	test('equal device keys of two tenants are two devices', async () => {
		const mine = await telemetry(key, 'N1', { from: start, to: start + 1000,
			sensor: 'flow_rate' });
		const theirs = await telemetry(foreign, 'N1', { from: 0 });

		assert.deepEqual(mine.map((r) => r.value), [0]);
		assert.deepEqual(theirs.map((r) => r.value), [4242]);
		for (const url of READS) {
			assert.doesNotMatch((await ask(url)).body, /[:,](4242|4343)\b|ONLY-B/, url);
			assert.doesNotMatch((await ask(url, foreign)).body, /N2|SIM|NEVER/, url);
		}
		assert.equal((await data('/api/devices', foreign)).data
			.find((d) => d.device_id === 'N1').latest_data.flow_rate, 4242);
	});
});

describe('verbs', () => {
	for (const url of [...READS, '/api/health']) {
		test(`HEAD ${url} is GET without a body`, async () => {
			const answer = await http('HEAD', url, { headers: { 'X-API-Key': key } });
			const full = await ask(url);

			assert.equal(answer.status, 200);
			assert.equal(answer.bytes.length, 0);
			for (const name of ['content-type', 'x-data-source', 'cache-control'])
				assert.equal(answer.headers[name], full.headers[name], name);
		});

		test(`other verbs on ${url} are 405 and told which is allowed`, async () => {
			for (const verb of ['POST', 'PUT', 'PATCH', 'DELETE']) {
				const answer = await http(verb, url,
					{ headers: { 'X-API-Key': key }, body: '' });

				isProblem(answer, 405, 'method_not_allowed');
				assert.equal(answer.headers.allow, 'GET', verb);
			}
		});
	}

	test('an unknown verb is 405', async () => {
		for (const verb of ['OPTIONS', 'PROPFIND'])
			isProblem(await http(verb, '/api/v1/devices'), 405,
				'method_not_allowed');
	});

	test('GET on the ingest routes is 405, and POST is allowed', async () => {
		for (const url of ['/api/ingest', '/api/v1/ingest']) {
			const answer = await ask(url);

			isProblem(answer, 405, 'method_not_allowed');
			assert.equal(answer.headers.allow, 'POST');
		}
	});
});
