// Virtual sensors: computed from others of their device as these come in, at
// the same instants, and known to rules, sums and pages like any other.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { corpora, ctl, sql } from '../lib/flux.mjs';
import { Plant, post, rows, telemetry } from '../lib/plant.mjs';

const recording = corpora && path.join(corpora, 'pv/nrel_RSF_II.csv');
const skip = (!recording || !existsSync(recording)) && 'no recordings';

let plant, key;

const virtual = (sensor, unit, formula, device = 'INV') =>
	ctl('virtual', plant.name, device, sensor, unit, formula);
const send = async (readings) => {
	const answer = await post(key, JSON.stringify({ readings }));

	assert.equal(answer.status, 202, answer.body);
	return answer.json();
};
const values = async (sensor, from, to = from + 1) =>
	(await telemetry(key, 'INV', { from, to, sensor })).map((r) => r.value);

before(async () => {
	plant = await Plant.make('Virtual');
	await plant.gateway('GW');
	await plant.device('INV', '', '--gateway', 'GW');
	for (const name of ['ac', 'dc', 'hot-side'])
		await sql('super', `INSERT INTO flux.sensor (tenant_id, device_id, key,
			code, name, unit) SELECT ${plant.id}, device_id, '${name}',
			'INV/${name}', '${name}', 'W' FROM flux.device
			WHERE tenant_id = ${plant.id} AND key = 'INV'`);
	key = await plant.key('GW');
	await virtual('ratio', '1', 'when(dc > 5, ac / dc)');
	await virtual('loss', 'W', 'dc - ac');
});

after(() => plant.balances());

describe('a virtual sensor', () => {
	test('has a value wherever its formula has one', async () => {
		const t = Date.now() - 3600e3;
		const reply = await send([
			{ device: 'INV', ts: t, values: { ac: 90, dc: 100 } },
			{ device: 'INV', ts: t + 1000, values: { ac: 0, dc: 2 } },
			{ device: 'INV', ts: t + 2000, values: { ac: 7 } },
			{ device: 'INV', ts: t + 3000, values: { ac: null, dc: 10 } },
			{ sensor: 'INV/dc', ts: t + 4000, value: 10 },
			{ sensor: 'INV/ac', ts: t + 4000, value: 5 }]);

		assert.equal(reply.accepted, 9 + 5);
		assert.deepEqual(await values('ratio', t, t + 5000), [0.9, 0.5]);
		assert.deepEqual(await values('loss', t, t + 5000), [10, 2, 5]);
	});

	test('is as good as the worst of what it is made of', async () => {
		const t = Date.now() - 1800e3;

		await send([{ sensor: 'INV/dc', ts: t, value: 10, quality: 40 },
			{ sensor: 'INV/ac', ts: t, value: 5, quality: 90 }]);
		const [got] = await telemetry(key, 'INV', { from: t, to: t + 1,
			sensor: 'ratio' });

		assert.deepEqual([got.value, got.quality], [0.5, 40]);
	});

	test('comes once when its readings come twice, and adds up', async () => {
		const t = Date.now() - 900e3;
		const body = [{ device: 'INV', ts: t, values: { ac: 1, dc: 10 } }];

		await send(body);
		await send(body);
		assert.deepEqual(await values('ratio', t), [0.1]);
		await plant.balances();
	});

	test('counts with its new formula from the next post on, and may end',
	async () => {
		const t = Date.now() - 600e3;

		await virtual('loss', 'W', '(dc - ac) * 2 + "hot-side"');
		await send([{ device: 'INV', ts: t, values: { ac: 1, dc: 10,
			'hot-side': 5 } }]);
		assert.deepEqual(await values('loss', t), [23]);
		await virtual('loss', 'W', '');
		await send([{ device: 'INV', ts: t + 1000, values: { ac: 1, dc: 10,
			'hot-side': 5 } }]);
		assert.deepEqual(await values('loss', t + 1000), []);
	});

	test('is not made of what is no formula, or is not there', async () => {
		for (const [formula, said] of [['ac +', /a value is missing/],
			['ac / nothing', /does not have/], ['wrong', /does not have/],
			['(ac', /not closed/]])
			await assert.rejects(virtual('wrong', 'W', formula),
				(e) => said.test(String(e.stderr ?? e)));
		await assert.rejects(virtual('x', 'W', 'ac', 'NONE'));
		assert.equal(await sql('super', `SELECT count(*) FROM flux.sensor
			WHERE tenant_id = ${plant.id} AND key = 'wrong'`), '0');
	});
});

describe('E1: the efficiency of a recorded inverter', { skip }, () => {
	test('is 0.8733 over the period, and 54 quarters raise the alert',
	async () => {
		const [head, ...lines] = readFileSync(recording, 'utf8').trim()
			.split('\n').map((l) => l.split(','));
		const ac = head.indexOf('inv2_ac_power_w__1047');
		const dc = head.indexOf('inv2_dc_power__1135');
		const all = lines.map((l) => {
			const [, m, d, y, h, min] = l[0]
				.match(/^(\d+)\/(\d+)\/(\d+) (\d+):(\d+)$/).map(Number);

			return { device: 'INV', ts: Date.UTC(y, m - 1, d, h, min),
				values: { ac: Number(l[ac]), dc: Number(l[dc]) } };
		});
		const [from, to] = [all[0].ts, all.at(-1).ts + 1];

		await virtual('ac_on', 'W', 'when(dc > 5, ac)');
		await virtual('dc_on', 'W', 'when(dc > 5, dc)');
		await sql('super', `INSERT INTO flux.rule (tenant_id, sensor_id, name,
			above, threshold, severity) SELECT ${plant.id}, sensor_id,
			'Efficiency', false, 0.85, 2 FROM flux.sensor
			WHERE tenant_id = ${plant.id} AND key = 'ratio'`);
		await send(all);
		await plant.derived();
		const sum = (v) => v.reduce((a, b) => a + b, 0);
		const on = await values('dc_on', from, to);
		const ratios = await values('ratio', from, to);

		assert.equal(on.length, 138);
		assert.equal((sum(await values('ac_on', from, to)) / sum(on))
			.toFixed(4), '0.8733');
		assert.equal(ratios.filter((r) => r < 0.85).length, 54);
		assert.ok((await rows(`SELECT alert_id FROM flux.alert
			WHERE tenant_id = ${plant.id}`)).length > 0);
	});
});
