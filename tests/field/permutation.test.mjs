// Event time is truth: many days (FLUX_SEEDS), each in any order, repeated and
// cut anyhow, leave the same database as the ordered days do.
// Takes long.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { Stack, sleep } from '../lib/stack.mjs';

const SEEDS = Number(process.env.FLUX_SEEDS ?? 100);
const run = promisify(execFile);
const RUN_MS = 1500000, ROLLED_MS = 900000; // of a machine that does more
const sides = {};
let stack, sql, said = '';

// How a daemon reaches Postgres.
function database(daemon) {
	return readFileSync(path.join(stack.var, `etc/${daemon}.conf`), 'utf8')
		.match(/^database *= *(.*)$/m)[1];
}

async function make_side(name) {
	const { ctl } = stack.flux;

	await ctl('tenant', name);
	await ctl('site', name, 'S', 'Site', 'Europe/Berlin');
	await ctl('device', name, 'S', 'D', 'Device', 'pump-station');
	const tenant = await sql('super', `SELECT tenant_id FROM ctx.tenant_home
		WHERE name = '${name}'`);

	// The days are long past; nothing of them may be deleted meanwhile.
	for (const of of ['raw', 'rollup', 'event'])
		await ctl('retention', name, 'set', of, '*', 'forever');
	const sensors = await sql('super', `SELECT string_agg(sensor_id::text, ','
		ORDER BY array_position(ARRAY['pressure', 'temperature', 'run_hours',
		'running'], key)) FROM flux.sensor WHERE tenant_id = ${tenant}
		AND key IN ('pressure', 'temperature', 'run_hours', 'running')`);

	return { tenant, sensors };
}

// The jobs are called by the program, and nobody else works meanwhile; nor
// does anybody sleep in the middle of a transaction.
async function stop_worker() {
	const all = stack.of('worker');

	for (;;) {
		for (const p of all)
			stack.signal(p, 'SIGSTOP');
		if (await sql('super', `SELECT count(*) FROM pg_stat_activity
			WHERE usename = 'fl_worker' AND xact_start IS NOT NULL`) === '0')
			return;
		for (const p of all)
			stack.signal(p, 'SIGCONT');
		await sleep(20);
	}
}

before(async () => {
	stack = await Stack.up('fluxorder');
	({ sql } = stack.flux);
	await stop_worker();
	sides.a = await make_side('Ordered');
	sides.b = await make_side('Shuffled');
});

after(() => stack?.down());

// Rows of a query of one side that the other does not have.
async function unequal(columns, table, where = '') {
	const side = (s) => `SELECT s.key, ${columns} FROM ${table}
		JOIN flux.sensor s ON s.tenant_id = t.tenant_id
		 AND s.sensor_id = t.sensor_id
		WHERE t.tenant_id = ${s.tenant} ${where}`;
	const [a, b] = [side(sides.a), side(sides.b)];

	return sql('super', `SELECT * FROM ((${a} EXCEPT ${b}) UNION ALL
		(${b} EXCEPT ${a})) d LIMIT 5`);
}

describe('whatever the order, the state is the same', () => {
	test('every reading of every day, bit for bit', { timeout: RUN_MS },
		async () => {
			const { stdout, stderr } = await run(path.join(process.env.FLUX_BUILD,
				'tests/field/permutation'), [database('fluxctl'),
				database('worker'), String(SEEDS),
				sides.a.tenant, sides.a.sensors,
				sides.b.tenant, sides.b.sensors],
			// What is freed is spoiled: nobody may use it again.
			{ maxBuffer: 1 << 26, env: { ...process.env,
				MALLOC_PERTURB_: '165' } }).catch((e) => e);

			said = stdout;
			assert.equal(stderr.replace(/^\S+ info .*\n/gm, ''), '');
			assert.match(stdout, new RegExp(`^${SEEDS} seeds, 0 differences$`, 'm'));
		});
	test('hours and days are reckoned to the end', async () => {
		for (const p of stack.of('worker'))
			stack.signal(p, 'SIGCONT');
		await stack.flux.waitFor(async () => await sql('super', `SELECT
			NOT EXISTS (SELECT FROM flux.mark) AND NOT EXISTS (
			    SELECT FROM flux.latest_value l
			     WHERE tenant_id IN (${sides.a.tenant}, ${sides.b.tenant})
			       AND NOT EXISTS (SELECT FROM flux.rolled r
			           WHERE r.tenant_id = l.tenant_id
			             AND r.device_id = l.device_id
			             AND r.upto[array_position(r.sensor, l.sensor_id)]
			                 >= l.time))`) === 't', ROLLED_MS, 500);
	});
	test('everything is packed, and no chunk overlaps another', async () => {
		assert.equal(await sql('super', `SELECT (SELECT count(*) FROM flux.landing
			    WHERE tenant_id IN (${sides.a.tenant}, ${sides.b.tenant}))
			+ (SELECT count(*) FROM flux.fresh
			    WHERE tenant_id IN (${sides.a.tenant}, ${sides.b.tenant}))`), '0');
		assert.equal(await sql('super', `SELECT count(*) FROM flux.chunk a
			JOIN flux.chunk b ON b.tenant_id = a.tenant_id
			 AND b.sensor_id = a.sensor_id AND b.t_min > a.t_min
			 AND b.t_min <= a.t_max`), '0');
	});
	// A run begins with the sum of its bytes (4) and its sensor's number (a
	// varint), which is another on either side.  All the rest is the same.
	test('chunk, byte for byte', async () => {
		assert.ok(Number(await sql('super', `SELECT count(*) FROM flux.chunk
			WHERE tenant_id = ${sides.b.tenant}`)) >= SEEDS);
		assert.equal(await unequal(`t.t_min, t.t_max, t.n,
			md5(substring(t.run FROM 2 + (SELECT min(i)
				FROM generate_series(4, 8) i
				WHERE get_byte(t.run, i) < 128)))`, 'flux.chunk t'), '');
	});
	test('latest', async () => {
		assert.equal(await unequal(`t.time, t.value::text, t.quality, t.rev`,
			'flux.latest_value t'), '');
	});
	for (const unit of ['hour', 'day'])
		test(`rollups of an ${unit}`, async () => {
			const columns = (await sql('super', `SELECT string_agg(
				't.' || attname || CASE WHEN atttypid = 'float8'::regtype
				THEN '::text' ELSE '' END, ', ' ORDER BY attnum)
				FROM pg_attribute WHERE attrelid = 'flux.rollup_${unit}'::regclass
				AND attnum > 0 AND NOT attisdropped
				AND attname NOT IN ('tenant_id', 'sensor_id')`));

			assert.ok(Number(await sql('super', `SELECT count(*)
				FROM flux.rollup_${unit} WHERE tenant_id = ${sides.b.tenant}`))
				>= SEEDS);
			assert.equal(await unequal(columns, `flux.rollup_${unit} t`), '');
		});
	test('the ledger is balanced on both sides', async () => {
		assert.equal(await sql('super', `SELECT count(*) FROM flux.ingest_batch
			WHERE tenant_id IN (${sides.a.tenant}, ${sides.b.tenant})
			  AND (stored IS NULL
			    OR sent <> stored + duplicate + rejected + lost)`), '0');
	});
	// Which of two revisions is counted as stored depends on what came first,
	// so each side has its own sums: the program knows what they must be.
	for (const [name, key] of [['ordered', 'a'], ['shuffled', 'b']])
		test(`the ledger of every day, ${name}`, async () => {
			const want = said.split('\n')
				.filter((line) => line.startsWith(`ledger ${name} `));
			const found = await sql('super', `SELECT concat_ws(' ', 'ledger',
				'${name}', seq, sum(sent), sum(stored))
				FROM flux.ingest_batch WHERE tenant_id = ${sides[key].tenant}
				GROUP BY seq ORDER BY seq::int`);

			assert.equal(want.length, SEEDS);
			assert.deepEqual(found.split('\n'), want);
		});
});
