// Why one number is here: its batch and gateway, what was done to it, and the
// registers that mean it; by the API and as a page, for who may see it.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { ctl, http, login } from '../lib/flux.mjs';
import { Plant, get, isProblem, post } from '../lib/plant.mjs';

const PASSWORD = 'correct horse battery';

let plant, other, key, cookie, now;

const url = (sensor, ms, device = 'N1') =>
	`/api/v1/why?device=${device}&sensor=${sensor}&time=${ms}`;
const why = async (sensor, ms) => {
	const answer = await get(key, url(sensor, ms));

	assert.equal(answer.status, 200, answer.body);
	return answer.json();
};
const page = (path, as = cookie) =>
	http('GET', path, { headers: { Cookie: as } });
const send = (readings, more = {}) =>
	post(key, JSON.stringify({ readings, ...more }));

before(async () => {
	plant = await Plant.make('Why');
	other = await Plant.make('Whose');
	await plant.gateway('GW');
	await plant.device('N1', undefined, '--gateway', 'GW');
	await other.device('N1');
	for (const p of [plant, other])
		await ctl('user', p.name, `admin-${p.id}@why.example`, 'Ada', 'admin',
			{ input: PASSWORD });
	cookie = await login(`admin-${plant.id}@why.example`, PASSWORD);
	key = await plant.key('GW');
	now = Date.now() - 60e3;
	await send([{ device: 'N1', ts: now, values: { flow_rate: 45.7 } }],
		{ batch_id: 'gw-000183' });
	await send([{ device: 'N1', ts: now + 1000, values: { flow_rate: 1000 },
		units: { flow_rate: 'L/s' } }]);
	await send([{ device: 'N1', ts: now + 2000, values: { flow_rate: 'N/A' } }]);
});

describe('why a number is here', () => {
	test('is told with batch, gateway, time of arrival and registers',
	async () => {
		const told = await why('flow_rate', now);

		assert.deepEqual([told.device, told.sensor, told.value, told.unit,
			told.quality, told.reason, told.sent],
		['N1', 'flow_rate', 45.7, 'm3/h', 100, null, undefined]);
		assert.equal(Date.parse(told.time), now);
		const [batch, ...none] = told.batches;

		assert.equal(none.length, 0);
		assert.deepEqual([batch.source, batch.how, batch.format, batch.number],
			['GW', 'posted', 'native', 'gw-000183']);
		assert.ok(Date.parse(batch.received) >= now + 60e3 - 1 &&
			Date.parse(batch.received) <= Date.now());
		assert.equal(told.registers.profile, 'nivus-generic-seed');
		assert.equal(told.registers.words, '0x4236 0xCCCD');
		assert.match(told.registers.place, /^holding register \d+$/);
	});

	test('names what was sent, where that was something else', async () => {
		const told = await why('flow_rate', now + 1000);

		assert.equal(told.value, 3600);
		assert.equal(told.reason, 'converted');
		assert.match(told.detail, /another unit/);
		assert.deepEqual(told.sent, { value: 1000, unit: 'L/s' });
	});

	test('names the time that was sent, where that was another', async () => {
		const began = Date.now();

		await send([{ device: 'N1', ts: 60, values: { temperature: 20 } }]);
		const [got] = (await get(key, '/api/v1/telemetry?device=N1' +
			`&sensor=temperature&from=${began - 1}`)).json().readings;
		const told = await why('temperature', encodeURIComponent(got.time));

		assert.deepEqual([told.reason, told.quality, told.sent],
			['clock_unset', 50, { time: '1970-01-01T00:01:00.000Z' }]);
		assert.equal(told.batches[0].received, told.time);
	});

	test('is told of a reading without a value', async () => {
		const told = await why('flow_rate', now + 2000);

		assert.deepEqual([told.value, told.quality, told.reason],
			[null, 0, 'no_value']);
	});

	test('is asked of one reading that is there', async () => {
		isProblem(await get(key, url('flow_rate', now + 3000)), 404,
			'not_found');
		isProblem(await get(key, url('flow', now)), 404, 'not_found');
		isProblem(await get(key, '/api/v1/why?device=N1&sensor=flow_rate'), 400,
			'bad_request', /time/);
		isProblem(await get(key, `/api/v1/why?device=N1&time=${now}`), 400,
			'bad_request', /sensor/);
	});

	test('of another tenant is not there', async () => {
		const theirs = await other.key('N1');

		isProblem(await get(theirs, url('flow_rate', now)), 404, 'not_found');
	});
});

describe('the page', () => {
	const path = (sensor, ms) => `/devices/N1/why?sensor=${sensor}&time=` +
		encodeURIComponent(new Date(ms).toISOString());

	test('is one click from the reading', async () => {
		const { body } = await page('/devices/N1');
		const href = body.match(/href="(\/devices\/N1\/why\?[^"]*flow_rate[^"]*)"/);

		assert.ok(href, 'a link in the table');
		const answer = await page(href[1].replaceAll('&amp;', '&'));

		assert.equal(answer.status, 200);
		assert.match(answer.body, /Why this number/);
	});

	test('shows batch, gateway, registers and what was sent', async () => {
		const clean = (await page(path('flow_rate', now))).body;

		for (const word of ['45.7', '<code>GW</code>, posted as native',
			'<code>gw-000183</code>', '0x4236 0xCCCD', 'as it was sent'])
			assert.ok(clean.includes(word), word);
		const changed = (await page(path('flow_rate', now + 1000))).body;

		for (const word of ['another unit', '1000 L/s'])
			assert.ok(changed.includes(word), word);
		assert.ok(!changed.includes('as it was sent.'));
	});

	test('of what is not there is 404', async () => {
		assert.equal((await page(path('flow_rate', now + 5000))).status, 404);
		assert.equal((await page('/devices/N1/why?sensor=x')).status, 404);
		assert.equal((await page('/devices/N7/why?sensor=flow_rate')).status,
			404);
	});

	test('of another tenant is not there', async () => {
		const theirs = await login(`admin-${other.id}@why.example`, PASSWORD);

		assert.equal((await page(path('flow_rate', now), theirs)).status, 404);
	});
});
