// A million readings that come late, over two years: every hour and day is
// afterwards what the same readings give when they are reckoned in order.
// Takes long.
//
// FLUX_LATE says how many, FLUX_SEED repeats a run's draws.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { flux_var, sql } from '../lib/flux.mjs';
import { Plant, post, random, rows } from '../lib/plant.mjs';
import { HOUR, rolled } from '../lib/rollup.mjs';

const LATE = Number(process.env.FLUX_LATE ?? 1000000);
const seed = Number(process.env.FLUX_SEED ?? Date.now() % 1000000);
const DAY = 24 * HOUR;
const YEARS = 2 * 365 * DAY;
const HOLD = 3 * 600 * 1000;
const BODY = 1000, LANES = 3;
const SETTLE_MS = 600000;
const end = Math.floor(Date.now() / DAY) * DAY;
const begin = end - YEARS;
const rnd = random(seed);
let plant, key, sensors;

before(async () => {
	plant = await Plant.make('Late');
	await plant.gateway('GW');
	key = await plant.key('GW');
	for (const name of ['L1', 'L2'])
		await plant.device(name, 'fluxline-float64x8', '--gateway', 'GW',
			'--period', '600');
	await sql('super', `UPDATE flux.sensor SET kind = 'counter'
		WHERE tenant_id = ${plant.id} AND key = 'ch1'`);
	await sql('super', `UPDATE flux.sensor SET kind = 'state'
		WHERE tenant_id = ${plant.id} AND key = 'ch2'`);
	sensors = (await rows(`SELECT d.key AS device, s.key AS sensor, s.kind,
		s.sensor_id AS id FROM flux.sensor s
		JOIN flux.device d USING (tenant_id, device_id)
		WHERE s.tenant_id = ${plant.id}`)).map((s) =>
		({ ...s, readings: new Map() }));
});

// A value that its sensor might have at that time.
function value(s, at) {
	if (s.kind === 'counter')
		return Math.floor((at - begin) / 60000) % 50000;
	return s.kind === 'state' ? Math.floor(rnd() * 4)
		: Math.round(rnd() * 1e4) / 100;
}

async function deliver(list) {
	let next = 0;

	await Promise.all(Array.from({ length: LANES }, async () => {
		while (next < list.length) {
			const from = next;

			next += BODY;
			const body = { readings: list.slice(from, from + BODY)
				.map(([s, ts, v]) => ({ device: s.device, sensor: s.sensor, ts,
					value: v })) };
			const answer = await post(key, body);

			assert.equal(answer.status, 202, answer.body);
		}
	}));
}

// Each key once, so that it is not left to chance which value is kept.
function draw(s, at, list) {
	if (s.readings.has(at))
		return;
	const v = value(s, at);

	s.readings.set(at, v);
	list.push([s, at, v]);
}

// CPU seconds of this instance's worker and its backends, so far.
function cpu() {
	const mine = realpathSync(flux_var);
	const worker = path.join(mine, 'app/bin/fluxline-worker');
	let sum = 0;

	for (const pid of readdirSync('/proc').filter((p) => /^\d+$/.test(p))) {
		try {
			const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');

			if (!line.startsWith(worker) &&
				!(/^postgres: .*fl_worker/.test(line) &&
				realpathSync(`/proc/${pid}/cwd`).startsWith(mine)))
				continue;
			const field = readFileSync(`/proc/${pid}/stat`, 'utf8')
				.split(') ')[1].split(' ');

			sum += (Number(field[11]) + Number(field[12])) / 100;
		} catch {
			// it is gone
		}
	}
	return sum;
}

// What an hour comes to, from the readings in order; in one go.
function reckon(s) {
	const all = [...s.readings].sort((x, y) => x[0] - y[0]);
	const hours = new Map();
	const hour = (at) => {
		const start = Math.floor(at / HOUR) * HOUR;

		if (!hours.has(start))
			hours.set(start, { count: 0, sum: 0, min: Infinity, max: -Infinity,
				held: 0, area: 0, increase: 0 });
		return hours.get(start);
	};

	all.forEach(([at, v], i) => {
		const h = hour(at);
		const till = Math.min(at + HOLD, all[i + 1]?.[0] ?? Infinity);

		h.count++;
		h.sum += v;
		h.min = Math.min(h.min, v);
		h.max = Math.max(h.max, v);
		if (i > 0)
			h.increase += v >= all[i - 1][1] ? v - all[i - 1][1] : v;
		for (let t = at; t < till;) {
			const edge = Math.min(till, (Math.floor(t / HOUR) + 1) * HOUR);

			hour(t).held += (edge - t) / 1000;
			hour(t).area += v * (edge - t) / 1000;
			t = edge;
		}
	});
	return hours;
}

const isNear = (x, y) => Math.abs(x - y) <= 1e-6 * Math.max(1, Math.abs(y));

async function compare(s, unit, hours) {
	const want = new Map();

	for (const [start, h] of hours) {
		const at = Math.floor(start / unit.ms) * unit.ms;
		const b = want.get(at);

		if (b === undefined) {
			want.set(at, { ...h });
			continue;
		}
		for (const name of ['count', 'sum', 'held', 'area', 'increase'])
			b[name] += h[name];
		b.min = Math.min(b.min, h.min);
		b.max = Math.max(b.max, h.max);
	}
	const got = (await sql('super', `SELECT extract(epoch FROM start) * 1000,
		count, sum, min, max, held, twa, coalesce(increase, 0),
		(SELECT sum(x) FROM unnest(seconds) x)
		FROM flux.rollup_${unit.name} WHERE tenant_id = ${plant.id}
		 AND sensor_id = ${s.id} ORDER BY start`)).split('\n')
		.map((line) => line.split('|').map(Number));

	assert.equal(got.length, want.size, `${s.sensor} ${unit.name}s`);
	for (const [start, count, sum, min, max, held, twa, increase, states] of got) {
		const b = want.get(start);
		const at = `${s.device} ${s.sensor} ${new Date(start).toISOString()}`;

		assert.ok(b !== undefined, at);
		assert.equal(count, b.count, at);
		if (count > 0)
			assert.deepEqual([min, max], [b.min, b.max], at);
		assert.ok(isNear(sum, b.sum), at);
		assert.ok(isNear(held, b.held), `${at} held ${held} not ${b.held}`);
		assert.ok(held === 0 || isNear(twa, b.area / b.held), at);
		if (s.kind === 'counter')
			assert.ok(isNear(increase, b.increase), at);
		if (s.kind === 'state')
			assert.ok(isNear(states, held), at);
	}
	return got.length;
}

describe(`${LATE} late readings over two years (seed ${seed})`, () => {
	test('come after a reading every few hours', async () => {
		const list = [];

		for (let at = begin; at < end; at += 4 * HOUR)
			for (const s of sensors)
				draw(s, at, list);
		await deliver(list);
		await rolled(plant, SETTLE_MS);
	});

	test('are rolled up', async () => {
		const list = [];

		while (list.length < LATE)
			draw(sensors[Math.floor(rnd() * sensors.length)],
				begin + Math.floor(rnd() * (YEARS - 4 * HOUR)), list);
		const used = cpu();
		const t0 = Date.now();

		await deliver(list);
		const t1 = Date.now();

		await plant.derived(SETTLE_MS);
		const t2 = Date.now();

		await rolled(plant, SETTLE_MS);
		const t3 = Date.now();

		console.log(`  sent in ${((t1 - t0) / 1000).toFixed(1)} s, derived ` +
			`${((t2 - t1) / 1000).toFixed(1)} s later, rolled up ` +
			`${((t3 - t2) / 1000).toFixed(1)} s after that; worker and its ` +
			`backends ${(cpu() - used).toFixed(1)} s of CPU, ` +
			`${((cpu() - used) / LATE * 1e6).toFixed(1)} us a reading`);
	});

	test('and every hour and day is as if they had come in order',
		async () => {
			const n = { hour: 0, day: 0 };

			for (const s of sensors) {
				const hours = reckon(s);

				n.hour += await compare(s, { name: 'hour', ms: HOUR }, hours);
				n.day += await compare(s, { name: 'day', ms: DAY }, hours);
			}
			console.log(`  ${n.hour} hours, ${n.day} days compared`);
		});

	test('partitions of two years were made for them', async () => {
		const made = Number(await sql('super', `SELECT count(DISTINCT tableoid)
			FROM flux.rollup_hour WHERE tenant_id = ${plant.id}`));
		const other = await sql('super', `SELECT count(*)
			FROM flux.rollup_hour_other WHERE tenant_id = ${plant.id}`);

		assert.ok(made >= 24, `${made} partitions`);
		assert.equal(other, '0');
	});
});
