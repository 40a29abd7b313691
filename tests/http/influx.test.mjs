// Those who write lines: the addresses of InfluxDB 1 and 2, and what Telegraf
// and others make of the answers.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import zlib from 'node:zlib';
import { archived, cases } from '../lib/fixtures.mjs';
import { corpora, ctl, http, sql, waitFor } from '../lib/flux.mjs';
import { Plant, telemetry } from '../lib/plant.mjs';

const V1 = '/write?db=telegraf';
const V2 = '/api/v2/write?org=acme&bucket=plant1';
const HOUR = 3600e3;
let plant, other, key;
let clock = Math.floor(Date.now() / HOUR) * HOUR - 48 * HOUR;

// Instants that no other test uses, an hour apart: every precision has them.
const tick = () => (clock += HOUR);

before(async () => {
	plant = await Plant.make('Influx');
	other = await Plant.make('Influx other');
	for (const p of [plant, other]) {
		await p.gateway('GW');
		await p.device('N1', undefined, '--gateway', 'GW');
	}
	key = await plant.key('GW');
});

const write = (body, { url = V2, headers = { Authorization: `Token ${key}` } } = {}) =>
	http('POST', url, { headers: { 'Content-Type': 'text/plain; charset=utf-8',
		...headers }, body });

// The values of N1's flow at one instant.
const at = async (ms, k = key) => (await telemetry(k, 'N1',
	{ from: ms, to: ms + 1, sensor: 'flow_rate' })).map((r) => r.value);

// An error as both versions read it.
function isError(answer, status, code) {
	assert.equal(answer.status, status, answer.body);
	assert.match(answer.headers['content-type'], /^application\/json/);
	const { code: said, message, error } = answer.json();

	assert.equal(said, code);
	assert.match(message, /.{5}/);
	assert.equal(error, message);
}

describe('what was taken', () => {
	test('is answered 204 exactly, and nothing else', async () => {
		for (const url of [V1, V2]) {
			const answer = await write(
				`m,name=N1 flow_rate=1 ${tick()}000000`, { url });

			assert.equal(answer.status, 204, url);
			assert.equal(answer.body, '');
			assert.equal(answer.headers['content-type'], undefined);
			assert.match(answer.headers['x-influxdb-version'], /^1\.8/);
		}
	});

	test('has the time of its precision', async () => {
		const units = { ns: 1e6, us: 1e3, ms: 1, s: 1e-3 };
		const first = { n: 1e6, u: 1e3, m: 1 / 60e3, h: 1 / HOUR };

		for (const [url, all] of [[V1, { ...units, ...first }], [V2, units]]) {
			for (const [name, factor] of Object.entries(all)) {
				const t = tick();
				const time = BigInt(Math.round(t * Math.min(factor, 1))) *
					BigInt(Math.max(factor, 1));

				assert.equal((await write(`m,name=N1 flow_rate=2 ${time}`,
					{ url: `${url}&precision=${name}` })).status, 204, name);
				assert.deepEqual(await at(t), [2], `${url} ${name}`);
			}
		}
		for (const [url, name] of [[V2, 'm'], [V2, 'h'], [V1, 'x'], [V2, '1s']])
			isError(await write('m,name=N1 flow_rate=2 1',
				{ url: `${url}&precision=${name}` }), 400, 'invalid');
	});

	test('may be packed, as Telegraf does', async () => {
		for (const [coding, pack] of [['gzip', zlib.gzipSync],
			['deflate', zlib.deflateSync]]) {
			const t = tick();
			const answer = await write(pack(`modbus,host=gw,name=N1,slave_id=1,` +
				`type=holding_register flow_rate=3 ${t}000000\n`),
			{ url: V1, headers: { Authorization: `Token ${key}`,
				'Content-Encoding': coding, 'User-Agent': 'Telegraf/1.33.0' } });

			assert.equal(answer.status, 204, coding);
			assert.deepEqual(await at(t), [3]);
		}
	});

	test('is what Telegraf’s own plugin wrote', { skip: corpora === null &&
		'no recordings' }, async () => {
		const line = archived('register_maps/telegraf_modbus_cases.tar.gz')
			.filter(([name]) => name === 'expected.out')
			.map(([, text]) => text.toString())
			.find((text) => text.includes('device-fqdn.com')).trim();
		const fields = line.split(' ')[1].split(',').map((f) => f.split('='));

		await plant.device('device-fqdn.com', '', '--gateway', 'GW');
		await sql('super', `INSERT INTO flux.sensor
			(tenant_id, device_id, key, code, name, unit, kind)
			SELECT ${plant.id}, device_id, k, 'fqdn/' || k, k, '', 'gauge'
			  FROM flux.device, unnest('{${fields.map(([k]) => k)}}'::text[]) k
			 WHERE tenant_id = ${plant.id} AND key = 'device-fqdn.com'`);
		assert.ok(fields.length > 100);
		const time = Number(line.split(' ')[2].slice(0, 13));

		assert.equal((await write(zlib.gzipSync(`${line}\n`), { url: V1,
			headers: { Authorization: `Token ${key}`,
				'Content-Encoding': 'gzip' } })).status, 204);
		const found = await telemetry(key, 'device-fqdn.com',
			{ from: time, to: time + 1 });

		assert.deepEqual(found.map((r) => [r.sensor, r.value]).sort(),
			fields.map(([k, v]) => [k, Number(v)]).sort());
	});

	test('is the same the second time: a repeat changes nothing', async () => {
		const t = tick();

		for (let i = 0; i < 3; i++)
			assert.equal((await write(`m,name=N1 flow_rate=4 ${t}000000`))
				.status, 204);
		assert.deepEqual(await at(t), [4]);
		await plant.balances();
	});

	test('is one reading a field of a device that is named beside', async () => {
		for (const [query, headers] of [['&device_id=N1', {}],
			['', { 'X-Device-Id': 'N1' }]]) {
			const t = tick();

			assert.equal((await write(`m flow_rate=5 ${t}000000`,
				{ url: V2 + query, headers: { 'X-API-Key': key, ...headers } }))
				.status, 204);
			assert.deepEqual(await at(t), [5]);
		}
	});
});

describe('who it is', () => {
	const basic = (user, password) =>
		`Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

	test('is said by Token, Bearer, Basic or X-API-Key', async () => {
		for (const headers of [{ Authorization: `Token ${key}` },
			{ Authorization: `Bearer ${key}` },
			{ Authorization: basic('anybody', key) }, { 'X-API-Key': key }]) {
			for (const url of [V1, V2]) {
				const t = tick();

				assert.equal((await write(`m,name=N1 flow_rate=6 ${t}000000`,
					{ url, headers })).status, 204);
				assert.deepEqual(await at(t), [6]);
			}
		}
	});

	test('is not said in the address, unless that is allowed', async () => {
		for (const url of [`${V1}&u=x&p=${key}`, `${V2}&token=${key}`])
			isError(await write('m,name=N1 flow_rate=7', { url, headers: {} }),
				401, 'unauthorized');
	});

	test('is nobody without a key, and no other database', async () => {
		for (const url of [V1, V2, '/query?q=SHOW%20DATABASES'])
			isError(await write('m,name=N1 flow_rate=7', { url, headers: {} }),
				401, 'unauthorized');
	});

	test('org, bucket and db never choose a tenant', async () => {
		const theirs = await other.key('GW');
		const name = encodeURIComponent(other.name);

		for (const url of [`/write?db=${name}&rp=${other.id}`,
			`/api/v2/write?org=${name}&orgID=${other.id}&bucket=${name}`]) {
			const t = tick();

			assert.equal((await write(`m,name=N1,tenant=${other.id} ` +
				`flow_rate=8 ${t}000000`, { url })).status, 204);
			assert.deepEqual(await at(t), [8]);
			assert.deepEqual(await at(t, theirs), []);
		}
	});
});

describe('what is bad', () => {
	test('a line costs itself, and is kept with its reason', async () => {
		const [mark, t] = [await plant.mark(), tick()];
		const bad = Buffer.concat([Buffer.from('m,name=N1 x="'),
			Buffer.from([0xff, 0, 0xc3]), Buffer.from('"')]);

		assert.equal((await write(Buffer.concat([
			Buffer.from(`m,name=N1 flow_rate=9 ${t}000000\n`), bad,
			Buffer.from(`\nm,name=N1 temperature=1 ${t}000000\nm,name=N1 t=1e`),
		]))).status, 204);
		assert.deepEqual(await at(t), [9]);
		const letters = await plant.letters(mark);

		assert.deepEqual(letters.map(({ place, code, detail }) =>
			[place, code, detail]),
		[['line 2', 'bad_syntax', 'this is not UTF-8'],
			['line 4', 'bad_syntax', 'this is no number']]);
		assert.equal(letters[0].body.toString(), 'm,name=N1 x="???"');
	});

	test('a text may hold anything, and is a fact or refused', async () => {
		const [mark, t] = [await plant.mark(), tick()];

		assert.equal((await write(`m,name=N1 flow_rate="a\0b",note_str="\0",` +
			`text="a\0b",temperature=1 ${t}000000`)).status, 204);
		assert.deepEqual((await plant.letters(mark)).map((l) => l.code),
			['not_a_number']);
	});

	test('no line at all is 400, with the first one’s reason', async () => {
		for (const url of [V1, V2]) {
			const answer = await write('{"a":1}\n[]', { url });

			isError(answer, 400, 'invalid');
			assert.match(answer.json().error, /^line 1: /);
		}
	});

	test('more than 1 MB is 413, packed or not too much', async () => {
		const line = 'm,name=N1 flow_rate=1 1763703600000000000\n';

		for (const url of [V1, V2]) {
			isError(await write(line.repeat(27000), { url }), 413,
				'request too large');
			isError(await write(zlib.gzipSync(line.repeat(500000)), { url,
				headers: { 'X-API-Key': key, 'Content-Encoding': 'gzip' } }),
			413, 'request too large');
		}
	});

	test('overload is 503 in version 1, which drops a 429', async () => {
		const gate = await plant.gateway('SLOW');
		const slow = (await ctl('key', plant.name, gate, 'ingest', '--limits',
			'2,0')).match(/flx_\w+/)[0];
		const headers = { Authorization: `Token ${slow}` };
		const refused = (url) => waitFor(async () => {
			const answer = await write('m,name=N1 flow_rate=1',
				{ url, headers });

			return answer.status !== 204 && answer;
		});
		const [first, second] = [await refused(V1), await refused(V2)];

		isError(first, 503, 'too many requests');
		isError(second, 429, 'too many requests');
		for (const a of [first, second])
			assert.match(a.headers['retry-after'], /^[1-9]\d*$/);
	});

	test('every text of the corpus is 204 or 400, as it is a line', async () => {
		const all = cases('line');
		const some = all.filter((c, i) => !c.error || i % 25 === 0);
		const wrong = [];

		for (const c of some) {
			const answer = await write(Buffer.from(c.text),
				{ headers: { 'X-API-Key': key } });
			const lines = c.text.toString().trim().split('\n').length;

			if (answer.status !== 204 && answer.status !== 400 ||
				(!c.error && answer.status !== 204) ||
				(c.error && lines === 1 && answer.status !== 400))
				wrong.push([c.text.toString(), answer.status]);
			if (answer.status === 503)
				await new Promise((done) => { setTimeout(done, 500); });
		}
		assert.deepEqual(wrong, []);
		assert.ok(some.length > 80, all.from);
		await plant.balances();
	});
});

describe('what clients ask at their start', () => {
	const auth = { Authorization: `Basic ${Buffer.from('x:').toString('base64')}` };
	const query = (q, { method = 'POST' } = {}) => (method === 'GET'
		? http('GET', `/query?q=${encodeURIComponent(q)}`,
			{ headers: { 'X-API-Key': key } })
		: http('POST', '/query', { headers: { 'X-API-Key': key,
			'Content-Type': 'application/x-www-form-urlencoded' },
		body: `db=x&q=${encodeURIComponent(q).replaceAll('%20', '+')}` }));

	test('CREATE DATABASE is answered, and makes nothing', async () => {
		for (const method of ['GET', 'POST']) {
			const answer = await query('CREATE DATABASE "telegraf"', { method });

			assert.equal(answer.status, 200, answer.body);
			assert.deepEqual(answer.json(), { results: [{ statement_id: 0 }] });
		}
	});

	test('SHOW DATABASES names one, and a query is refused', async () => {
		assert.deepEqual((await query('show databases')).json().results[0]
			.series[0].values, [['fluxline']]);
		for (const q of ['SELECT * FROM m', 'DROP DATABASE x', '', '%', 'q=']) {
			isError(await query(q), 400, 'invalid');
			isError(await query(q, { method: 'GET' }), 400, 'invalid');
		}
	});

	test('ping and health name a version, to anybody', async () => {
		for (const [method, url] of [['GET', '/ping'], ['HEAD', '/ping'],
			['GET', '/api/v2/ping'], ['GET', '/ping?wait_for_leader=1s']]) {
			const answer = await http(method, url, { headers: auth });

			assert.equal(answer.status, 204, url);
			assert.equal(answer.body, '');
			assert.match(answer.headers['x-influxdb-version'], /^1\.8/);
		}
		const health = await http('GET', '/health');

		assert.equal(health.status, 200);
		assert.equal(health.json().status, 'pass');
		assert.equal(health.json().name, 'fluxline');
		assert.match(health.json().version, /^1\.8/);
	});

	test('another method is 405 in their words', async () => {
		isError(await http('PUT', '/write'), 405, 'method not allowed');
		isError(await http('GET', '/api/v2/write'), 405, 'method not allowed');
	});
});
