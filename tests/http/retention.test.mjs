// How long data are kept: the rules, the dry run, the deletion with its
// certificate, and what must not go with it.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { DAY, MINUTE, leaves } from '../lib/calendar.mjs';
import { ctl, during, sql, waitFor } from '../lib/flux.mjs';
import { Plant, post, rows, telemetry } from '../lib/plant.mjs';
import { rolled } from '../lib/rollup.mjs';
import { settle, signal_worker } from '../lib/worker.mjs';

const N = 50; // readings a sensor and day
const SENSORS = ['flow_rate', 'volume_total', 'temperature', 'status'];

// A rule of so many days goes by the day on which it is asked.
await leaves(5 * MINUTE, DAY);
const today = Math.floor(Date.now() / DAY) * DAY;

// A tenant with a device and readings of so many days ago, in chunks.
async function make(word, days) {
	const plant = await Plant.make(word);

	await plant.gateway('GW');
	await plant.device('D', undefined, '--gateway', 'GW');
	plant.key_ = await plant.key('GW');
	for (const ago of days)
		await fill(plant, ago);
	await rolled(plant);
	return plant;
}

async function fill(plant, ago) {
	const from = today - ago * DAY;
	const answer = await post(plant.key_, { readings:
		Array.from({ length: N }, (_, i) => ({ device: 'D',
			ts: from + i * 60000, values: { flow_rate: 100 + i / 8,
				volume_total: ago * 100 + i, temperature: 20 + i / 10,
				status: i % 3 } })) });

	assert.equal(answer.status, 202, answer.body);
	assert.deepEqual(answer.json().rejected, []);
	await settle(plant);
}

// How many days ago each chunk of a sensor lies.
async function kept(plant, sensor) {
	return (await rows(`SELECT DISTINCT round(extract(epoch FROM
		       '${new Date(today).toISOString()}' - date_trunc('day',
		       c.t_min AT TIME ZONE 'UTC') AT TIME ZONE 'UTC') / 86400)::int
		       AS ago
		  FROM flux.chunk c JOIN flux.sensor s USING (tenant_id, sensor_id)
		 WHERE c.tenant_id = ${plant.id} AND s.key = '${sensor}'
		 ORDER BY 1 DESC`)).map((r) => r.ago);
}

const dry = async (plant) => (await ctl('retention', plant.name, '--dry-run'))
	.split('\n').slice(1).map((l) => l.trim().split(/\s+/));
const total = async (plant) => (await dry(plant)).at(-1).slice(1).map(Number);
const certificates = async (plant) => (await ctl('retention', plant.name,
	'certificates')).split('\n').filter(Boolean).map((l) => JSON.parse(l));

describe('the rules', () => {
	let plant;
	const rule = async () => (await ctl('retention', plant.name)).split('\n')
		.slice(1).map((l) => l.trim().replace(/\s{2,}/g, '|'));

	before(async () => { plant = await make('Rules', []); });

	test('are the standard plan\'s at first', async () => {
		assert.deepEqual(await rule(), [
			'raw|*|30 days|no|plan standard',
			'rollup|*|2 years|no|plan standard',
			'event|*|5 years|no|plan standard']);
	});

	test('change with the plan', async () => {
		await ctl('retention', plant.name, 'plan', 'basic');
		assert.deepEqual(await rule(), ['raw|*|7 days|no|plan basic',
			'rollup|*|6 mons|no|plan basic', 'event|*|2 years|no|plan basic']);
		await ctl('retention', plant.name, 'plan', 'premium');
		assert.equal((await rule())[0], 'raw|*|90 days|yes|plan premium');
		await assert.rejects(ctl('retention', plant.name, 'plan', 'gold'));
	});

	test('of the tenant come before those of its plan', async () => {
		await ctl('retention', plant.name, 'set', 'raw', '*', '10 days');
		await ctl('retention', plant.name, 'set', 'raw', 'flow.rate', 'forever');
		assert.deepEqual((await rule()).slice(0, 2),
			['raw|*|10 days|no|tenant', 'raw|flow.rate|forever|no|tenant']);
		await ctl('retention', plant.name, 'unset', 'raw', '*');
		assert.equal((await rule())[0], 'raw|*|90 days|yes|plan premium');
	});

	for (const [why, ...words] of [
		['an unknown class', 'set', 'video', '*', '3 days'],
		['less than a day', 'set', 'raw', '*', '23 hours'],
		['more than a century', 'set', 'raw', '*', '101 years'],
		['nonsense', 'set', 'raw', '*', 'soon'],
		['an archive of rollups', 'set', 'rollup', '*', '1 year', '--archive'],
		['a rule that is not there', 'unset', 'raw', 'volts'],
		['no metric', 'set', 'raw'],
		['an unknown word', 'burn'],
	])
		test(`refuse ${why}`, () => assert.rejects(
			ctl('retention', plant.name, ...words)));
});

describe('a tenant with forty days', () => {
	let plant, other;

	before(async () => {
		plant = await make('Forty', [40, 35, 31, 30, 20, 5]);
		other = await make('Other', [40, 20]);
		await ctl('retention', plant.name, 'set', 'raw', 'flow.rate', '10 days');
		await ctl('retention', plant.name, 'set', 'raw', 'state', 'forever');
		await ctl('retention', other.name, 'set', 'raw', '*', 'forever');
	});

	test('the dry run tells rows, readings and bytes, and deletes nothing',
		async () => {
			// Two sensors under '*': 40, 35, 31 days; flow.rate: five days.
			const [n, readings, bytes] = await total(plant);

			assert.equal(n, 2 * 3 + 5);
			assert.equal(readings, n * N);
			assert.equal(bytes, Number(await sql('super', `SELECT
				sum(length(run)) FROM flux.chunk c JOIN flux.sensor s
				USING (tenant_id, sensor_id) WHERE c.tenant_id = ${plant.id}
				AND (s.key IN ('volume_total', 'temperature') AND
				c.t_min < '${new Date(today - 30 * DAY).toISOString()}' OR
				s.key = 'flow_rate' AND
				c.t_min < '${new Date(today - 10 * DAY).toISOString()}')`)));
			const lines = (await dry(plant)).slice(0, -1);

			assert.ok(lines.every(([c, t]) => c === 'raw' && t === 'chunk'));
			assert.deepEqual([...new Set(lines.map((l) => l[2]))].sort(),
				['*', 'flow.rate']);
			for (const sensor of SENSORS)
				assert.deepEqual(await kept(plant, sensor),
					[40, 35, 31, 30, 20, 5]);
			assert.deepEqual(await total(other), [0, 0, 0]);
		});

	test('a run deletes what the dry run said, and only that', async () => {
		const [n, readings, bytes] = await total(plant);

		assert.match(await ctl('retention', plant.name, 'run'), new RegExp(
			`deleted ${n} rows, ${readings} readings, ${bytes} bytes; 0 arch`));
		assert.deepEqual(await kept(plant, 'flow_rate'), [5]);
		assert.deepEqual(await kept(plant, 'temperature'), [30, 20, 5]);
		assert.deepEqual(await kept(plant, 'volume_total'), [30, 20, 5]);
		assert.deepEqual(await kept(plant, 'status'), [40, 35, 31, 30, 20, 5]);
		assert.deepEqual(await kept(other, 'flow_rate'), [40, 20]);
		assert.deepEqual(await total(plant), [0, 0, 0]);
		const left = await telemetry(plant.key_, 'D',
			{ from: today - 60 * DAY });

		assert.equal(left.length, N * (1 + 3 + 3 + 6));
	});

	test('the certificates list what went, by sensor', async () => {
		const all = await certificates(plant);
		const sum = (list, of) => list.reduce((n, c) => n + of(c), 0);

		assert.equal(sum(all, (c) => c.rows), 11);
		assert.equal(sum(all, (c) => c.readings), 11 * N);
		assert.equal(sum(all, (c) => sum(c.ranges, (r) => r.readings)), 11 * N);
		for (const c of all) {
			assert.equal(c.by, 'fluxctl');
			assert.equal(c.class, 'raw');
			assert.equal(c.sha256, null);
			for (const r of c.ranges) {
				assert.ok(r.from >= c.from && r.to <= c.to);
				assert.equal(r.from.slice(0, 7), c.month);
				assert.equal(Date.parse(r.from) % DAY, 0);
				assert.equal(Date.parse(r.to) % DAY, (N - 1) * 60000);
			}
		}
		assert.deepEqual(await certificates(other), []);
	});

	test('the floor says from where on raw readings are whole', async () => {
		const floor = await rows(`SELECT s.key, f.floor FROM flux.raw_floor f
			  JOIN flux.sensor s USING (tenant_id, sensor_id)
			 WHERE f.tenant_id = ${plant.id} ORDER BY s.key`);

		assert.deepEqual(floor.map((f) => [f.key,
			(today - Date.parse(f.floor)) / DAY]),
			[['flow_rate', 19], ['temperature', 30], ['volume_total', 30]]);
	});

	test('a second run finds nothing', async () => {
		assert.match(await ctl('retention', plant.name, 'run'), /deleted 0 rows/);
	});

	test('what waits for the rollups waits for retention', async () => {
		await fill(plant, 50);
		await rolled(plant);
		await sql('super', `INSERT INTO flux.mark (tenant_id, sensor, t_min,
			t_max) SELECT tenant_id, ARRAY[sensor_id], ARRAY[now()],
			ARRAY[now()] FROM flux.sensor WHERE tenant_id = ${plant.id}
			AND key = 'temperature'`);
		const [n] = await total(plant);

		// The rollups may have taken that mark meanwhile.
		assert.ok(n === 2 || n === 3, `${n}`);
		await sql('super',
			`DELETE FROM flux.mark WHERE tenant_id = ${plant.id}`);
		assert.deepEqual((await total(plant)).slice(0, 2), [3, 3 * N]);
	});

	test('while packing is at it, retention waits', async () => {
		let running;

		await during(`SELECT FROM flux.packing WHERE tenant_id = ${plant.id}
			FOR UPDATE`, async () => {
			running = ctl('retention', plant.name, 'run');
			await new Promise((resolve) => setTimeout(resolve, 500));
			assert.equal((await total(plant))[0], 3);
		});
		await running;
		assert.deepEqual(await total(plant), [0, 0, 0]);
	});
});

describe('a tenant that is just rolled up', () => {
	test('keeps its readings until that has ended', async () => {
		const plant = await make('Rolling', [40, 2]);
		let running;

		await during(`SELECT FROM flux.rolling WHERE tenant_id = ${plant.id}
			FOR UPDATE`, async () => {
			running = ctl('retention', plant.name, 'run');
			await new Promise((resolve) => setTimeout(resolve, 500));
			assert.equal(await sql('super', `SELECT count(*) FROM flux.chunk
				WHERE tenant_id = ${plant.id} AND t_min < now()
				    - interval '30 days'`), String(SENSORS.length),
			'while it was rolled up');
		});
		await running;
		assert.deepEqual(await kept(plant, 'flow_rate'), [2]);
	});
});

describe('rollups', () => {
	test('go after their own time, and the readings stay', async (t) => {
		if (await sql('super', `SELECT to_regclass('flux.rollup_hour')`) === '')
			return t.skip('no rollups');
		const plant = await make('Rollups', [9, 2]);
		const count = (where) => sql('super', `SELECT count(*)
			FROM flux.rollup_hour WHERE tenant_id = ${plant.id} AND ${where}`);
		const old = `start < '${new Date(today - 5 * DAY).toISOString()}'`;
		const was = Number(await count(old));

		assert.ok(was > 0);
		await ctl('retention', plant.name, 'set', 'rollup', '*', '5 days');
		assert.ok((await dry(plant)).some(([c, table, , , n]) => c === 'rollup' &&
			table === 'rollup_hour' && Number(n) > 0));
		await ctl('retention', plant.name, 'run');
		assert.equal(await count(old), '0');
		assert.notEqual(await count('true'), '0');
		assert.equal((await certificates(plant))
			.filter((c) => c.relation === 'rollup_hour')
			.reduce((n, c) => n + c.rows, 0), was);
		assert.deepEqual(await kept(plant, 'flow_rate'), [9, 2]);
	});
});

describe('events', () => {
	test('go after their own time, each with its certificate', async () => {
		const plant = await make('Events', []);

		for (const years of [1, 4, 6, 7])
			await sql('super', `INSERT INTO flux.dead_letter (tenant_id, at,
				source_id, place, code, detail, body) VALUES (${plant.id},
				now() - interval '${years} years', 1, 'x', 'x', 'x', 'x');
				INSERT INTO flux.ingest_batch (tenant_id, at, source_id, sent,
				rejected, stored, duplicate) VALUES (${plant.id},
				now() - interval '${years} years', 1, 1, 0, 1, 0)`);
		assert.equal((await total(plant))[0], 4);
		await ctl('retention', plant.name, 'run');
		assert.equal(await sql('super', `SELECT count(*) FROM flux.dead_letter
			WHERE tenant_id = ${plant.id}`), '2');
		assert.equal(await sql('super', `SELECT count(*) FROM flux.ingest_batch
			WHERE tenant_id = ${plant.id}
			  AND at < now() - interval '1 day'`), '2');
		assert.deepEqual((await certificates(plant)).map((c) =>
			[c.class, c.relation, c.rows]).sort(), [
			['event', 'dead_letter', 1], ['event', 'dead_letter', 1],
			['event', 'ingest_batch', 1], ['event', 'ingest_batch', 1]]);
	});

	test('an alert goes when it is over, never while it is active', async () => {
		const plant = await make('Alerts', []);

		await sql('super', `INSERT INTO flux.rule (tenant_id, sensor_id, name,
			above, threshold, severity) SELECT tenant_id, sensor_id, key, true,
			1, 1 FROM flux.sensor WHERE tenant_id = ${plant.id};
			INSERT INTO flux.alert (tenant_id, rule_id, sensor_id, raised_at,
			value, ended_at) SELECT tenant_id, rule_id, sensor_id,
			now() - interval '9 years', 2, CASE name WHEN 'status' THEN
			now() - interval '8 years' WHEN 'temperature' THEN now() END
			FROM flux.rule WHERE tenant_id = ${plant.id}`);
		await ctl('retention', plant.name, 'run');
		assert.equal(await sql('super', `SELECT string_agg(r.name, ' ' ORDER BY
			r.name) FROM flux.alert a JOIN flux.rule r USING (tenant_id, rule_id)
			WHERE a.tenant_id = ${plant.id}`),
		'flow_rate temperature volume_total');
	});
});

describe('by itself', () => {
	test('the worker deletes once a day, beginning with its start', async () => {
		const plant = await make('Daily', [40, 2]);
		const left = () => kept(plant, 'flow_rate');

		assert.deepEqual(await left(), [40, 2]);
		await sql('super', `UPDATE flux.retained SET ran_at = ran_at
			- interval '1 day' WHERE tenant_id = ${plant.id}`);
		signal_worker('SIGTERM'); // the supervisor starts it anew
		await waitFor(async () => (await left()).length === 1, 30000);
		const list = await waitFor(async () => {
			const all = await certificates(plant);

			return all.length > 0 && all;
		});

		assert.equal(list[0].by, 'worker');
		await waitFor(async () => await sql('super', `SELECT ran_at >
			now() - interval '1 minute' FROM flux.retained
			WHERE tenant_id = ${plant.id}`) === 't');
	});
});

describe('commands', () => {
	test('go when their time is long over; the trail stays', async () => {
		const plant = await make('Commands', []);
		const years = [6, 4, 0];

		await ctl('poller', plant.name);
		await sql('super', `BEGIN; SELECT FROM ctx.begin_worker(${plant.id});
			INSERT INTO flux.command (tenant_id, device_id,
			point, value, confirm, asked_by, asked_at, expires_at, state)
			SELECT ${plant.id}, ${await plant.deviceId('D')}, 'p', y, 'none',
			       0, now() - y * interval '1 year',
			       now() - y * interval '1 year', 'queued'
			  FROM unnest(ARRAY[${years}]) y; COMMIT`);
		const trail = () => sql('super', `SELECT count(*) FROM flux.audit
			WHERE tenant_id = ${plant.id}`);
		const was = await trail();

		assert.deepEqual((await dry(plant))[0].slice(0, 2),
			['event', 'command']);
		await ctl('retention', plant.name, 'run');
		assert.equal(await sql('super', `SELECT string_agg(value::text, ' '
			ORDER BY value) FROM flux.command
			WHERE tenant_id = ${plant.id}`), '0 4');
		assert.ok(Number(await trail()) >= Number(was));
		assert.equal((await certificates(plant))[0].relation, 'command');
	});
});

describe('a month\'s partition', () => {
	const exists = (name) => sql('super',
		`SELECT to_regclass('flux.${name}') IS NOT NULL`);
	const drop = () => sql('fl_worker', 'SELECT flux.partition_drop_next()');
	// Whoever reads meanwhile puts it off.
	const dropped = (name) => waitFor(async () => {
		await drop();
		return await exists(name) === 'f';
	});
	const make_month = () => sql('super',
		`SELECT flux.partition_at('chunk', '2012-05-05Z')`);
	const age = () => sql('super',
		"COMMENT ON TABLE flux.chunk_2012_05 IS 'made 2012-05-05T00:00:00Z'");
	const chunk = (plant) => sql('super', `INSERT INTO flux.chunk (tenant_id,
		sensor_id, t_min, t_max, n, run) VALUES (${plant.id}, 1,
		'2012-05-05Z', '2012-05-05Z', 1, 'x')`);

	test('is dropped when nothing of any tenant is left in it', async () => {
		const [a, b] = [await make('Month', []), await make('Month', [])];

		await make_month();
		assert.equal(await exists('chunk_2012_05'), 't');
		await chunk(a);
		await chunk(b);
		await age();
		await drop();
		assert.equal(await exists('chunk_2012_05'), 't', 'two tenants');
		assert.equal((await sql('fl_worker', `BEGIN;
			SELECT flux.partition_drop_next();
			SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid()
			   AND relation = 'flux.chunk_2012_05'::regclass`))
			.split('\n').at(-1), '0', 'whose lock is given back');
		assert.equal(await sql('super', `SELECT relrowsecurity AND
			relforcerowsecurity FROM pg_class
			WHERE relname = 'chunk_2012_05'`), 't');
		await sql('super', `DELETE FROM flux.chunk WHERE tenant_id = ${a.id}`);
		await drop();
		assert.equal(await exists('chunk_2012_05'), 't', 'one tenant');
		await sql('super', `DELETE FROM flux.chunk WHERE tenant_id = ${b.id}`);
		await during('SELECT count(*) FROM flux.chunk', async () => {
			await drop();
			assert.equal(await exists('chunk_2012_05'), 't', 'somebody reads');
		});
		await dropped('chunk_2012_05');
	});

	test('stays for the rows that it was just made for', async () => {
		await make_month();
		await drop();
		assert.equal(await exists('chunk_2012_05'), 't');
		await age();
		await dropped('chunk_2012_05');
	});

	test('of now and of later stays, empty or not', async () => {
		const list = async () => (await sql('super', `SELECT relname FROM pg_class
			WHERE relname ~ '_20[0-9]{2}_[0-9]{2}$'
			AND right(relname, 7) >= to_char(now(), 'YYYY_MM')`)).split('\n');
		const was = await list();

		await drop();
		const is = await list();

		assert.ok(was.length > 1);
		assert.deepEqual(was.filter((name) => !is.includes(name)), []);
	});
});
