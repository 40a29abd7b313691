// What was taken in: once, whatever the sender repeats; counted, latest,
// judged, and soon visible.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { ctl, http, login, sql, waitFor } from '../lib/flux.mjs';
import { within } from '../lib/pace.mjs';
import { Plant, get, isProblem, latest, post, rows,
	telemetry } from '../lib/plant.mjs';

const HOUR = 3600e3;
let plant, other, key, foreign;
let clock = Date.now() - 20 * HOUR;

// Instants that no other test uses, a second apart.
const tick = () => (clock += 1000);
const iso = (ms) => new Date(ms).toISOString();

before(async () => {
	plant = await Plant.make('Ledger');
	other = await Plant.make('Ledger other');
	await plant.gateway('GW-1');
	await plant.gateway('GW-2');
	await plant.device('N1', undefined, '--gateway', 'GW-1');
	await plant.device('N2', undefined, '--gateway', 'GW-1');
	await plant.device('M1', undefined, '--gateway', 'GW-2');
	await other.gateway('GW-1');
	key = await plant.key('GW-1');
	foreign = await other.key('GW-1');
});

// What a device has at one instant: { flow_rate: 1.5, ... }.
async function at(device, ms) {
	const found = await telemetry(key, device, { from: ms, to: ms + 1 });

	return Object.fromEntries(found.map((r) => [r.sensor, r.value]));
}

function native(ms, values, more = {}) {
	return { readings: [{ device: 'N1', ts: ms, values, ...more }] };
}

describe('a repeat', () => {
	test('of a batch gets the same answer and is stored once', async () => {
		const t = tick();
		const body = { batch_id: `b-${t}`, ...native(t,
			{ flow_rate: 1, temperature: 'x' }) };
		const mark = await plant.mark();
		const before = await plant.ledger();
		const first = await post(key, body);
		const again = await post(key, body);

		assert.equal(first.status, 202);
		assert.equal(first.headers['idempotency-replayed'], undefined);
		assert.equal(again.status, 202);
		assert.equal(again.body, first.body);
		assert.equal(again.headers['idempotency-replayed'], 'true');
		assert.equal((await plant.ledger()).batches, before.batches + 1);
		assert.equal((await plant.letters(mark)).length, 1);
	});

	for (const [name, make] of [
		['native', (t) => native(t, { flow_rate: 1 })],
		['flat', (t) => ({ device_id: 'N1', ts: t, flow_rate: 1 })],
		['a flat array', (t) => [{ device_id: 'N1', ts: t, flow_rate: 1 }]],
		['RutOS', (t) => ({ N1: [{ timestamp: t / 1000, server_name: 'N1',
			name: 'flow_rate', data: '[1]' }] })],
	])
		test(`by the header Idempotency-Key too: ${name}`, async () => {
			const t = Math.floor(tick() / 1000) * 1000;
			const headers = { 'Idempotency-Key': `h-${t}-${name}` };
			const first = await post(key, make(t), { headers });
			const again = await post(key, make(t), { headers });

			assert.equal(first.status, 202, first.body);
			assert.equal(again.body, first.body);
			assert.equal(again.headers['idempotency-replayed'], 'true');
		});

	test('of a number with other readings is another batch', async () => {
		const [a, b] = [tick(), tick()];

		await post(key, { batch_id: 1, ...native(a, { flow_rate: 1 }) });
		const answer = await post(key,
			{ batch_id: 1, ...native(b, { flow_rate: 2 }) });

		assert.equal(answer.status, 202);
		assert.equal(answer.headers['idempotency-replayed'], undefined);
		assert.deepEqual(await at('N1', b), { flow_rate: 2 });
	});

	test('of another gateway\'s number is another batch', async () => {
		const t = tick();
		const second = await plant.key('GW-2');
		const body = { batch_id: `g-${t}`, readings: [
			{ device: 'M1', ts: t, values: { flow_rate: 3 } }] };

		assert.equal((await post(key, body)).json().accepted, 0);
		assert.equal((await post(second, body)).json().accepted, 1);
		assert.equal((await post(foreign, body)).headers['idempotency-replayed'],
			undefined);
	});

	test('of the same batch ten times at once is stored once', async () => {
		const t = tick();
		const body = { batch_id: `p-${t}`, ...native(t, { flow_rate: 4 }) };
		const answers = await Promise.all(Array.from({ length: 10 },
			() => post(key, body)));

		await plant.balances();
		// One for which the others took too long waits in the spool, and is none
		// of its own when it is drained.
		for (const answer of answers) {
			const { spooled, ...rest } = answer.json();

			assert.equal(answer.status, 202, answer.body);
			assert.deepEqual(rest, { accepted: 1, duplicate: 0, rejected: [] });
		}
		assert.equal((await telemetry(key, 'N1', { from: t, to: t + 1 })).length, 1);
		assert.equal(await sql('super', `SELECT sum(stored)
			FROM flux.ingest_batch WHERE tenant_id = ${plant.id}
			 AND seq = 'p-${t}'`), '1');
	});

	test('with a number that is no plain text is 400', async () => {
		for (const headers of [{ 'Idempotency-Key': '\u00ff\u00fe' },
			{ 'Idempotency-Key': 'x'.repeat(129) }])
			isProblem(await post(key, native(tick(), { flow_rate: 1 }),
				{ headers }), 400, 'bad_request', /batch_id/);
	});

	test('of a reading is counted and not stored', async () => {
		await plant.derived();
		const t = tick();
		const before = await plant.ledger();
		const one = { device: 'N1', ts: t, values: { flow_rate: 1 } };
		const answer = await post(key, { readings: [one, one,
			{ device: 'N1', ts: t, values: { flow_rate: 99 } }] });

		assert.deepEqual(answer.json(), { accepted: 1, duplicate: 2, rejected: [] });
		await post(key, { readings: [one] });
		await plant.derived();
		await post(key, { readings: [one] });
		await plant.balances();
		assert.deepEqual(await at('N1', t), { flow_rate: 1 }, 'the first wins');
		const after = await plant.ledger();

		assert.equal(after.sent - before.sent, 5);
		assert.equal(after.stored - before.stored, 1);
		assert.equal(after.duplicate - before.duplicate, 4);
	});

	test('with a higher revision wins, with an equal or lower one not', async () => {
		for (const wait of [true, false]) {
			const t = tick();
			const send = async (revision, value) => {
				await post(key, native(t, { flow_rate: value }, { revision }));
				if (wait)
					await plant.derived();
			};

			await send(2, 20);
			await send(1, 10);
			assert.deepEqual(await at('N1', t), { flow_rate: 20 });
			await send(2, 21);
			assert.deepEqual(await at('N1', t), { flow_rate: 20 });
			await send(3, 30);
			assert.deepEqual(await at('N1', t), { flow_rate: 30 });
			await plant.derived();
			const [got, ...more] = await telemetry(key, 'N1',
				{ from: t, to: t + 1 });

			assert.equal(more.length, 0);
			assert.equal(got.value, 30);
			assert.equal(got.revision, 3);
		}
	});
});

describe('after the worker', () => {
	test('sent is stored plus duplicate plus rejected, in every batch', async () => {
		await plant.balances();
		const { sent, stored, duplicate, rejected } = await plant.ledger();

		assert.ok(stored > 5 && duplicate > 5 && rejected > 1);
		assert.equal(sent, stored + duplicate + rejected);
	});

	test('the tenant reads its own account, a line a gateway, and it balances',
	async () => {
		await post(key, { readings: [
			{ device: 'N1', ts: tick(), values: { flow_rate: 1, bogus: 2 } }] });
		await plant.derived();
		const answer = (await get(key, '/api/v1/ledger')).json();
		const sums = await rows(`SELECT d.key AS source, count(*) AS batches,
				sum(sent) AS sent, sum(stored) AS stored,
				sum(duplicate) AS duplicate, sum(rejected) AS rejected,
				0 AS lost, 0 AS waiting,
				0 AS thinned, 0 AS recovered, sum(bytes) AS bytes
			FROM flux.ingest_batch b JOIN flux.device d
			  ON d.tenant_id = b.tenant_id AND d.device_id = b.source_id
			WHERE b.tenant_id = ${plant.id} GROUP BY d.key ORDER BY d.key`);

		assert.deepEqual(answer.ledger.map(({ last, ...line }) => line), sums);
		for (const line of answer.ledger)
			assert.equal(line.sent, line.stored + line.duplicate + line.rejected);
		assert.ok(answer.ledger.some((line) => line.rejected > 0));
	});

	test('a device was last seen when it last sent, whatever it sent', async () => {
		const seen = async () => Date.parse((await get(key, '/api/v1/devices'))
			.json().devices.find((d) => d.device === 'N2').last_seen);
		const send = async (ts) => {
			const began = Date.now();

			await post(key, { device: 'N2', ts, values: { flow_rate: 1 } });
			await plant.derived();
			return began;
		};
		const first = await send(Date.now());
		const a = await seen();
		const second = await send(Date.now() - 19 * HOUR);
		const b = await seen();

		assert.ok(a >= first - 1 && a <= Date.now());
		assert.ok(b >= second - 1 && b > a, 'old readings are a sign of life too');
	});

	test('an older reading never becomes the latest', async () => {
		const device = await plant.device('LATE', undefined, '--gateway', 'GW-1');
		const t = tick();
		const send = async (ts, value, more) => {
			await post(key, { device, ts, values: { flow_rate: value }, ...more });
			await plant.derived();
			return (await latest(key, device)).flow_rate;
		};
		const newest = { time: iso(t), value: 10, quality: 100 };

		assert.deepEqual(await send(t, 10), newest);
		assert.deepEqual(await send(t - 5000, 5), newest);
		assert.deepEqual(await send(t - 1, 9, { revision: 7 }), newest);
		assert.deepEqual(await send(t, 11), newest, 'nor does a repeat');
		assert.equal((await send(t, 12, { revision: 1 })).value, 12);
		assert.equal((await send(t + 1, 13)).value, 13);
	});

	test('a limit passed raises one alert and ends it', async () => {
		const device = await plant.device('HOT', undefined, '--gateway', 'GW-1');
		const email = `hot-${plant.id}@ingest.example`;
		const active = () => http('GET', '/live?since=0', { tls: true,
			headers: { Cookie: cookie } });
		const page = () => http('GET', '/', { tls: true,
			headers: { Cookie: cookie } });
		const send = async (...values) => {
			await post(key, { readings: values.map((temperature) =>
				({ device, ts: tick(), values: { temperature } })) });
			await plant.derived();
		};
		const alerts = () => rows(`SELECT value, ended_at IS NULL AS active,
			 raised_at < coalesce(ended_at, 'infinity') AS ordered
			FROM flux.alert WHERE tenant_id = ${plant.id} ORDER BY alert_id`);

		await ctl('user', plant.name, email, 'Hot', 'viewer',
			{ input: 'correct horse battery' });
		const cookie = await login(email, 'correct horse battery');

		await sql('super', `INSERT INTO flux.rule (tenant_id, sensor_id, name,
			 above, threshold, severity) SELECT tenant_id, sensor_id, 'Hot', true,
			 80, 3 FROM flux.sensor WHERE tenant_id = ${plant.id}
			 AND code = 'HOT/temperature'`);
		await send(79, 80);
		assert.deepEqual(await alerts(), []);
		await send(80.5, 90);
		await send(85, null);
		assert.deepEqual(await alerts(),
			[{ value: 80.5, active: true, ordered: true }]);
		assert.equal((await active()).json().stats.alerts, 1);
		assert.match((await page()).body.replace(/<[^>]*>|\s+/g, ' '),
			/Alerts\s+1\s+active/);
		await send(70);
		assert.deepEqual(await alerts(),
			[{ value: 80.5, active: false, ordered: true }]);
		assert.equal((await active()).json().stats.alerts, 0);
		await send(99, 70, 98);
		assert.deepEqual((await alerts()).map((a) => [a.value, a.active]),
			[[80.5, false], [99, false], [98, true]]);
	});

	test('a value is visible within a second of its answer', async () => {
		const took = [];

		for (let i = 0; i < 20; i++) {
			let value = 100 * i;

			await within(1000, async () => {
				await post(key, native(Date.now(), { volume_total: ++value }));
				const began = performance.now();

				await waitFor(async () => (await get(key, '/api/devices')).json()
					.data.find((d) => d.device_id === 'N1').latest_data
					.volume_total === value, 0, 2);
				took.push(performance.now() - began);
			});
		}
		took.sort((a, b) => a - b);
		console.log(`answer to visible: median ${took[10].toFixed(1)} ms, ` +
			`most ${took.at(-1).toFixed(1)} ms`);
	});
});
