// What a counter has counted in all, through exchanges of its meter that are told
// by the page or the API, corrected and taken back.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { ctl, sql } from '../lib/flux.mjs';
import { Desk } from '../lib/desk.mjs';
import { Plant, get, isProblem, post } from '../lib/plant.mjs';
import { rolled, unrolled } from '../lib/rollup.mjs';
import { underived } from '../lib/worker.mjs';

const HOUR = 3600e3, DAY = 24 * HOUR;
// The first instant of a day, so that hours are easily told.
const start = Math.floor(Date.now() / DAY) * DAY - 5 * DAY;
const iso = (ms) => new Date(ms).toISOString();
let plant, desk, key, boss;

const tell = (act, body, as = boss) =>
	post(as, body, { url: `/api/v1/counters/${act}` });
const of = async (device, sensor = 'volume_total', as = boss) =>
	(await get(as, `/api/v1/counters?device=${device}`)).json()
		.counters.find((c) => c.sensor === sensor);

// [hour, value] of the device's total volume.
async function send(device, all) {
	const answer = await post(key, { readings: all.map(([h, v]) => ({ device,
		ts: start + h * HOUR, values: { volume_total: v } })) });

	assert.deepEqual(answer.json().rejected, [], answer.body);
}
const increase = (device) => sql('super', `SELECT sum(r.increase)
	FROM flux.rollup_hour r JOIN flux.sensor s USING (tenant_id, sensor_id)
	JOIN flux.device d USING (tenant_id, device_id)
	WHERE r.tenant_id = ${plant.id} AND d.key = '${device}'
	AND s.key = 'volume_total'`).then(Number);

before(async () => {
	plant = await Plant.make('Counters');
	await plant.gateway('GW');
	for (const device of ['N1', 'N2', 'N3', 'N4'])
		await plant.device(device, undefined, '--gateway', 'GW');
	// A meter that a poller reads is told of like any other.
	await plant.device('MB', 'smart-meter', '--modbus', 'tcp:127.0.0.1:1:1');
	key = await plant.key('GW');
	desk = await Desk.of(plant);
	boss = (await ctl('key', plant.name, 'GW',
		'telemetry:read,devices:read,devices:write')).match(/flx_\w+/)[0];
});

describe('what a counter has counted in all', () => {
	test('is what the meter shows, while it is the first one', async () => {
		assert.equal((await of('N1')).total, null);
		await send('N1', [[0, 9000], [1, 9040], [2, 9090]]);
		assert.deepEqual(await of('N1'), { sensor: 'volume_total', unit: 'm3',
			total: 9090, counted: 90, since: iso(start), exchanges: [] });
	});

	test('is known of what is days old as soon as it is acknowledged',
		async () => {
			const counted = async () => (await of('N4')).counted;

			await underived(plant, async () => {
				await send('N4', [[0, 1], [1, 2], [5, 3]]);
				assert.equal(await counted(), 2);
			});
			await unrolled(plant, async () => {
				await plant.derived();
				assert.equal(await counted(), 2);
				await send('N4', [[100, 10]]);
				await plant.derived();
				assert.equal(await counted(), 9);
			});
			await rolled(plant);
			assert.equal(await counted(), 9);
		});

	test('goes on through an exchange that is told later, by the API',
		async () => {
			await send('N1', [[30, 14], [31, 20]]);
			await rolled(plant);
			// As nobody said anything, the counter began anew at zero.
			assert.equal((await of('N1')).total, 9090 + 20);
			const answer = await tell('exchange', { device: 'N1',
				sensor: 'volume_total', at: iso(start + 29.5 * HOUR),
				old_last: 9100, new_first: 10 });

			assert.equal(answer.status, 200, answer.body);
			const [c] = answer.json().counters;

			assert.equal(c.total, 9100 + 10);
			assert.equal(c.exchanges.length, 1);
			assert.equal(c.exchanges[0].told_by, null);
			await rolled(plant);
			assert.equal(await increase('N1'), 100 + 10);
			assert.equal((await of('N1')).total, 9110);
		});

	test('is right after two exchanges, a correction and a withdrawal',
		async () => {
			const at = iso(start + 60 * HOUR);
			const one = { device: 'N1', sensor: 'volume_total', at };

			await send('N1', [[59, 30], [61, 2]]);
			await tell('exchange', { ...one, old_last: 3000, new_first: 0 });
			assert.equal((await of('N1')).total, 9100 - 10 + 3000 + 2);
			await tell('exchange', { ...one, old_last: 35, new_first: 0 });
			assert.equal((await of('N1')).total, 9100 - 10 + 35 + 2);
			await rolled(plant);
			assert.equal(await increase('N1'), 9100 - 10 + 35 + 2 - 9000);
			assert.equal((await tell('withdraw', one)).status, 200);
			isProblem(await tell('withdraw', one), 404, 'not_found',
				/was not exchanged/);
			await rolled(plant);
			assert.equal((await of('N1')).total, 9100 - 10 + 30 + 2);
			assert.equal(await increase('N1'), 100 + 20 + 2);
		});

	test('keeps what was exchanged before the first reading that is kept',
		async () => {
			await send('N2', [[0, 50], [1, 60]]);
			await tell('exchange', { device: 'N2', sensor: 'volume_total',
				at: iso(start - 100 * DAY), old_last: 7000, new_first: 5 });
			assert.equal((await of('N2')).total, 60 + 7000 - 5);
		});
});

describe('the page', () => {
	const page = '/devices/N3/counters';

	before(() => send('N3', [[0, 100], [1, 110], [3, 1], [4, 5]]));

	test('is found from the device and shows the total', async () => {
		assert.match((await desk.get('/devices/N3')).body,
			/href="\/devices\/N3\/counters"/);
		const shown = await desk.get(page);

		assert.equal(shown.status, 200);
		assert.match(shown.body, /In all<\/dt><dd>[^/]*>115\.0/);
	});

	test('takes an exchange by the clocks of the site, and shows who said so',
		async () => {
			const at = iso(start + 2 * HOUR).slice(0, 16);
			const answer = await desk.post('/admin/devices/N3/exchange', { at,
				sensor: 'volume_total', old_last: '120,5', new_first: '0.5' },
			page);

			assert.equal(answer.status, 303, answer.body);
			assert.equal(answer.headers.location, page);
			const shown = (await desk.get(page)).body;

			assert.match(shown, /In all<\/dt><dd>[^/]*>125\.0/);
			assert.match(shown, /A admin, <time/);
			assert.equal((await of('N3')).exchanges[0].at,
				iso(start + 2 * HOUR));
		});

	test('takes it back', async () => {
		const [x] = (await of('N3')).exchanges;
		const answer = await desk.post('/admin/devices/N3/withdraw',
			{ at: x.at, sensor: 'volume_total' }, page);

		assert.equal(answer.status, 303, answer.body);
		assert.deepEqual((await of('N3')).exchanges, []);
	});

	test('says what is wrong, by the field', async () => {
		const wrong = async (fields) => (await desk.post(
			'/admin/devices/N3/exchange', { at: '2026-01-01T00:00',
				sensor: 'volume_total', old_last: '1', new_first: '0',
				...fields }, page));

		for (const [fields, status, say] of [
			[{ at: 'soon' }, 400, /at: want a date with a time/],
			[{ at: '2999-01-01T00:00' }, 400, /at: want a time between/],
			[{ old_last: '1 m' }, 400, /old_last: want a number/],
			[{ new_first: '' }, 400, /new_first: want a number/],
			[{ sensor: 'flow_rate' }, 400, /only a counter is exchanged/],
			[{ sensor: 'none' }, 404, /no such sensor/]]) {
			const answer = await wrong(fields);

			assert.equal(answer.status, status, JSON.stringify(fields));
			assert.match(answer.body, say);
		}
	});

	test('is for a meter that a poller reads as for any other', async () => {
		const [sensor] = (await sql('super', `SELECT s.key FROM flux.sensor s
			JOIN flux.device d USING (tenant_id, device_id)
			WHERE s.tenant_id = ${plant.id} AND d.key = 'MB'
			AND s.kind = 'counter' ORDER BY 1`)).split('\n');
		const answer = await tell('exchange', { device: 'MB', sensor,
			at: iso(start), old_last: 9, new_first: 0 });

		assert.equal(answer.status, 200, answer.body);
		assert.equal((await of('MB', sensor)).exchanges.length, 1);
	});
});

describe('who may', () => {
	test('tell of an exchange is who may change devices, and it is in the trail',
		async () => {
			const viewer = await Desk.of(plant, 'viewer');
			const reader = await plant.key('N1', 'view');
			const one = { device: 'N1', sensor: 'volume_total', at: iso(start),
				old_last: 1, new_first: 0 };

			assert.doesNotMatch((await viewer.get('/devices/N1/counters')).body,
				/It was exchanged/);
			isProblem(await tell('exchange', one, reader), 403, 'forbidden');
			assert.deepEqual((await sql('super', `SELECT act || ' ' || object
				FROM flux.audit WHERE tenant_id = ${plant.id}
				AND act LIKE 'meter.%' ORDER BY seq`)).split('\n').slice(0, 4),
			['meter.swap device:N1', 'meter.swap device:N1',
				'meter.swap device:N1', 'meter.unswap device:N1']);
		});

	test('not say is what is not understood', async () => {
		for (const [body, say] of [
			['[]', /needed/], ['{"device":"N1"}', /needed/],
			[{ device: 'N1', sensor: 'volume_total', at: 'x' }, /^at: /],
			[{ device: 'N1', cake: 1 }, /^cake: /]])
			isProblem(await tell('exchange', body), 400, 'bad_request', say);
	});
});
