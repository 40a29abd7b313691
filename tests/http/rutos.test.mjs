// RutOS: what the golden cases do not say. Each form that a router sends is a
// case of tests/golden/formats/rutos.json.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { root, sql } from '../lib/flux.mjs';
import { INGEST, Plant, post, telemetry } from '../lib/plant.mjs';

const CLASS = { coil: 0, discrete: 1, input: 3, holding: 4 };
const folder = path.join(root, 'profiles');
const profiles = readdirSync(folder).filter((f) => f !== 'schema.json').filter((f) => f.endsWith('.json'))
	.map((f) => JSON.parse(readFileSync(path.join(folder, f), 'utf8')));
const start = Math.floor(Date.now() / 1000) - 3600;
let plant, key;

before(async () => {
	plant = await Plant.make('Routers');
	await plant.gateway('GW');
	for (const p of profiles)
		await plant.device(p.id, p.id, '--gateway', 'GW');
	key = await plant.key('GW');
});

// A vector's registers as segments, each in another spelling.
function segments(vector, ts) {
	const spell = [(w) => `[${w}]`, (w) => `${w}`, (w) => w];

	return Object.entries(CLASS).flatMap(([name, digit]) =>
		Object.entries(vector[name] ?? {}).map(([at, words], i) => ({
			timestamp: ts, name: `block ${digit} ${at}`,
			full_addr: `${digit}${String(Number(at) + 1).padStart(5, '0')}`,
			data: spell[i % 3](words) })));
}

function same(got, want, profile, name) {
	const point = profile.points.find((p) => p.key === name);

	if (typeof want === 'string')
		return point.enum[String(got)] === want;
	return want === null ? got === null
		: Math.abs(got - want) <= 1e-4 * Math.max(1, Math.abs(want));
}

for (const p of profiles)
	test(`raw words give what the poller gives: ${p.id}`, async () => {
		for (const [i, vector] of p.tests.entries()) {
			const ts = start + 10 * i;
			const body = { [p.id]: segments(vector, ts) };
			const answer = await post(key, JSON.stringify(body));
			const at = new Date(ts * 1000).toISOString();

			assert.equal(answer.status, 202, answer.body);
			assert.deepEqual(answer.json().rejected, []);
			const stored = (await telemetry(key, p.id,
				{ from: ts * 1000, to: ts * 1000 + 1 }))
				.filter((r) => new Date(r.time).toISOString() === at);

			assert.ok(stored.length > 0);
			for (const r of stored)
				if (vector.expect[r.sensor] !== undefined)
					assert.ok(same(r.value, vector.expect[r.sensor], p,
						r.sensor), `${vector.name}: ${JSON.stringify(r)}`);
			for (const [name, want] of Object.entries(vector.expect))
				assert.ok(want === null ||
					stored.some((r) => r.sensor === name), name);
		}
	});

test('a body of two thousand segments is one batch that balances', async () => {
	const mark = await plant.mark();
	const body = { 'nivus-generic-seed': Array.from({ length: 2000 }, (_, i) => ({
		timestamp: start - 2000 + i, name: 'x', full_addr: '400001',
		data: '[17132,58982]' })) };
	const answer = await post(key, JSON.stringify(body));

	assert.equal(answer.json().accepted, 2000, answer.body.slice(0, 500));
	assert.deepEqual(await plant.letters(mark), []);
	await plant.balances();
});

test('two gateways in two zones mean two instants by one local date', async () => {
	const times = [];

	for (const [zone, utc] of [['Asia/Kolkata', '04:30'], ['America/New_York', '15:00']]) {
		const other = await Plant.make(zone.replace(/\W/g, ' '));

		await sql('super', `UPDATE flux.site SET zone = '${zone}'
			 WHERE tenant_id = ${other.id}`);
		await other.gateway('GW');
		await other.device('N1', undefined, '--gateway', 'GW');
		times.push([await other.key('GW'), utc]);
	}
	const answers = await Promise.all(times.flatMap(([k]) => [0, 1, 2, 3].map((i) =>
		post(k, JSON.stringify({ N1: { date: `10/02/2025 10:0${i}:00`,
			name: 'flow_rate', data: i } })))));

	for (const a of answers)
		assert.equal(a.json().accepted, 1, a.body);
	for (const [k, utc] of times) {
		const [first] = await telemetry(k, 'N1',
			{ from: Date.UTC(2025, 1, 10), to: Date.UTC(2025, 1, 11) });

		assert.equal(new Date(first.time).toISOString(),
			`2025-02-10T${utc}:00.000Z`);
	}
});

test('a profile that a device gets later decodes the next post', async () => {
	await plant.device('LATE', '', '--gateway', 'GW');
	await sql('super', `INSERT INTO flux.sensor (tenant_id, device_id, key, code,
		name) SELECT tenant_id, device_id, 'flow_rate', 'LATE/f', 'f'
		FROM flux.device WHERE tenant_id = ${plant.id} AND key = 'LATE'`);
	const send = (ts) => post(key, JSON.stringify({ LATE: { timestamp: ts,
		name: 'f', full_addr: '300011', data: '[49703,15622]' } }));

	assert.equal((await send(start)).json().rejected[0].code, 'no_profile');
	await sql('super', `UPDATE flux.device SET profile = 'nivus-nivuflow-750'
		 WHERE tenant_id = ${plant.id} AND key = 'LATE'`);
	assert.equal((await send(start)).json().accepted, 1);
});

test('?format=rutos takes what would look like something else', async () => {
	const body = { name: 'flow_rate', data: 4.5, timestamp: start + 500 };
	const url = `${INGEST}?format=rutos&device_id=nivus-generic-seed`;

	assert.equal((await post(key, JSON.stringify(body), { url })).json().accepted, 1);
});
