// The worker dies two hundred times while a plant's day goes through the
// store; in the end it holds what it holds of the same day undisturbed.
// Takes long.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { Stack, sleep } from '../lib/stack.mjs';

const KILLS = Number(process.env.FLUX_KILLS ?? 200);
const SENSORS = 100;
const SECONDS = Number(process.env.FLUX_KILL_SECONDS ?? 86400);
const SETTLE_MS = 900000;
const from = Math.floor(Date.now() / 864e5 - 1) * 864e5;
const run = promisify(execFile);
const build = process.env.FLUX_BUILD;
let stack, sql, ctl;

// How a program reaches Postgres.
function database(program) {
	return readFileSync(path.join(stack.var, `etc/${program}.conf`), 'utf8')
		.match(/^database *= *(.*)$/m)[1];
}

// A tenant with the plant's sensors.
async function makePlant(name) {
	await ctl('tenant', name);
	await ctl('site', name, 'S', 'Site', 'Europe/Berlin');
	for (let i = 0; i < SENSORS / 8; i++)
		await ctl('device', name, 'S', `D${i}`, `Device ${i}`,
			'fluxline-float64x8', '--period', '60');
	const tenant = await sql('super', `SELECT tenant_id FROM ctx.tenant_home
		WHERE name = '${name}'`);
	const ids = await sql('super', `SELECT string_agg(sensor_id::text, ','
		ORDER BY sensor_id) FROM (SELECT sensor_id FROM flux.sensor
		WHERE tenant_id = ${tenant} ORDER BY 1 LIMIT ${SENSORS}) s`);

	return { tenant, ids };
}

const load = (plant) => run(path.join(build, 'bench/plant'), ['store',
	`database=${database('fluxctl')}`, `tenant=${plant.tenant}`,
	`ids=${plant.ids}`, `from_ms=${from}`, `seconds=${SECONDS}`]);

// Until everything is in chunks and rolled up.
async function settled({ tenant }) {
	await stack.flux.waitFor(async () => {
		stack.signal(stack.master('worker'), 'SIGUSR1');
		return await sql('super', `SELECT NOT EXISTS (SELECT FROM flux.landing
			    WHERE tenant_id = ${tenant})
			AND NOT EXISTS (SELECT FROM flux.fresh WHERE tenant_id = ${tenant})
			AND NOT EXISTS (SELECT FROM flux.mark WHERE tenant_id = ${tenant})
			AND NOT EXISTS (SELECT FROM flux.latest_value l
			    WHERE tenant_id = ${tenant} AND NOT EXISTS (
			        SELECT FROM flux.rolled r
			         WHERE r.tenant_id = l.tenant_id
			           AND r.device_id = l.device_id
			           AND r.upto[array_position(r.sensor, l.sensor_id)]
			               >= l.time))`) === 't';
	}, SETTLE_MS, 1000);
}

// The rows of a table that speak of a sensor, by its place in the plant.
const rowsOf = ({ tenant }, table, columns) => sql('super', `SELECT md5(
	string_agg(r::text, ' ' ORDER BY r::text)) FROM (
	SELECT s.code, ${columns} FROM flux.${table} t JOIN flux.sensor s
	    ON s.tenant_id = t.tenant_id AND s.sensor_id = t.sensor_id
	 WHERE t.tenant_id = ${tenant}) r`);

const digest = async (plant) => (await run(path.join(build,
	'tests/field/digest'), [database('worker'), plant.tenant, plant.ids,
	String(from), String(SECONDS)], { maxBuffer: 1 << 26 })).stdout;

before(async () => {
	stack = await Stack.up('fluxkill');
	({ sql, ctl } = stack.flux);
});
after(() => stack?.down());

describe('a worker that is killed', () => {
	let whole, killed, deaths = 0;

	before(async () => {
		whole = await makePlant('Undisturbed');
		killed = await makePlant('Killed');
		let loading = true;
		const loads = load(killed).finally(() => { loading = false; });

		// While it comes in, and while it is settled.
		for (let seed = 7; deaths < KILLS; seed = seed * 48271 % 2147483647) {
			const all = stack.of('worker').filter((p) => !p.master);

			await sleep(seed % (loading ? 80 : 40));
			if (all.length && stack.signal(all[seed % all.length], 'SIGKILL'))
				deaths++;
		}
		await loads;
		await load(whole);
		await settled(whole);
		await settled(killed);
	});
	test(`died ${KILLS} times`, () => assert.equal(deaths, KILLS));
	test('every reading of every sensor is as undisturbed', async () => {
		const [a, b] = await Promise.all([digest(whole), digest(killed)]);

		assert.equal(a.trim().split('\n').length, SENSORS);
		assert.ok(a.startsWith(`0 ${SECONDS} `));
		assert.equal(b, a);
	});
	test('and so is what is newest, and every hour and day', async () => {
		for (const [table, columns] of [
			['latest_value', 't.time, t.value, t.quality, t.rev'],
			['rollup_hour', 't.start, t.count, t.min, t.max, t.sum, t.held'],
			['rollup_day', 't.start, t.count, t.min, t.max, t.sum, t.held']])
			assert.equal(await rowsOf(killed, table, columns),
				await rowsOf(whole, table, columns), table);
	});
	test('and the account, which is even in every batch', async () => {
		const account = ({ tenant }) => sql('super', `SELECT sum(sent),
			sum(stored), sum(duplicate), sum(rejected), sum(lost),
			bool_and(sent = stored + duplicate + rejected + lost)
			FROM flux.ingest_batch WHERE tenant_id = ${tenant}`);
		const all = SENSORS * SECONDS;

		assert.equal(await account(whole), `${all}|${all}|0|0|0|t`);
		assert.equal(await account(killed), await account(whole));
	});
});
