// What was refused is given in once more: once, at its own time, and the ledger
// says so.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { Desk } from '../lib/desk.mjs';
import { ctl, sql, waitFor } from '../lib/flux.mjs';
import { Plant, get, post, rows, telemetry } from '../lib/plant.mjs';

const API = '/api/v1/dead-letters';
const T0 = Math.floor(Date.now() / 1000) - 600;

let plant, desk, key, may;

const body = (values, at = T0, device = 'N1') =>
	({ readings: [{ device, ts: at, values }] });
const sensor = (name, low = -1e4, high = 1e4) => sql('super',
	`INSERT INTO flux.sensor (tenant_id, device_id, key, code, name, low, high)
	SELECT tenant_id, device_id, '${name}', '${name}', '${name}', ${low}, ${high}
	  FROM flux.device WHERE tenant_id = ${plant.id} AND key = 'N1'`);
const stored = async (name) => (await telemetry(key, 'N1'))
	.filter((r) => r.sensor === name)
	.map((r) => [Date.parse(r.time) / 1000, r.value]);
const open = async (more = '') => (await rows(`SELECT dead_id::int AS id
	FROM flux.dead_letter WHERE tenant_id = ${plant.id} AND state = 'open' ${more}
	ORDER BY dead_id`)).map((l) => l.id);
const state = (id) => sql('super', `SELECT state || ' ' || code
	FROM flux.dead_letter WHERE tenant_id = ${plant.id} AND dead_id = ${id}`);
const ask = async (ids) =>
	(await post(may, { ids }, { url: `${API}/replay` })).json();
const settled = () => waitFor(() => sql('super', `SELECT 1 WHERE NOT EXISTS (
	SELECT FROM flux.replay_order WHERE tenant_id = ${plant.id}
	   AND state = 'waiting')`), 20000);
const order = async () => (await rows(`SELECT taken, recovered, refused
	FROM flux.replay_order WHERE tenant_id = ${plant.id}
	ORDER BY order_id DESC LIMIT 1`))[0];

before(async () => {
	plant = await Plant.make('Replay');
	await plant.device('N1');
	desk = await Desk.of(plant);
	key = await plant.key('N1');
	may = (await ctl('key', plant.name, 'N1',
		'debug:read,devices:write')).match(/flx_\w+/)[0];
});

describe('what was refused', () => {
	test('is stored at its own time once it is mended', async () => {
		await post(key, body({ fresh: 1.5 }));
		const [id] = await open();

		await sensor('fresh');
		assert.deepEqual(await ask([id]), { asked: 1 });
		await settled();
		assert.deepEqual(await stored('fresh'), [[T0, 1.5]]);
		assert.equal(await state(id), 'replayed unknown_sensor');
		assert.deepEqual(await order(), { taken: 1, recovered: 1, refused: 0 });
		await plant.balances();
	});

	test('replay twice stores once', async () => {
		const letters = await rows(`SELECT dead_id::int AS id
			FROM flux.dead_letter WHERE tenant_id = ${plant.id}`);

		assert.deepEqual(await ask(letters.map((l) => l.id)), { asked: 0 });
		await sql('super', `UPDATE flux.dead_letter SET state = 'open'
			WHERE tenant_id = ${plant.id}`);
		assert.deepEqual(await ask(letters.map((l) => l.id)), { asked: 1 });
		await settled();
		assert.deepEqual(await stored('fresh'), [[T0, 1.5]]);
		await plant.balances();
	});

	test('asked for twice at once is taken once', async () => {
		await post(key, body({ twice: 1 }));
		await sensor('twice');
		const [id] = await open();

		await Promise.all([ask([id]), ask([id]), ask([id])]);
		await settled();
		assert.equal(await sql('super', `SELECT sum(sent) FROM flux.ingest_batch
			WHERE tenant_id = ${plant.id} AND kind = 1 AND batch_id > (SELECT
			max(batch_id) - 3 FROM flux.ingest_batch
			WHERE tenant_id = ${plant.id} AND kind = 0)`), '1');
	});

	test('and is so still stays open with the reason', async () => {
		await sensor('tight', 0, 1);
		await post(key, body({ tight: 5 }));
		const [id] = await open();

		await ask([id]);
		await settled();
		assert.equal(await state(id), 'open out_of_range');
		assert.deepEqual(await order(), { taken: 1, recovered: 0, refused: 1 });
		await sql('super', `UPDATE flux.sensor SET high = 10
			WHERE tenant_id = ${plant.id} AND key = 'tight'`);
		await ask([id]);
		await settled();
		assert.deepEqual(await stored('tight'), [[T0, 5]]);
	});

	test('of every kind of value is the same value again', async () => {
		const values = { i: 7, r: 0.1, e: 1e-7, t: true, n: null, s: '3.25',
			big: 9007199254740991 };

		await post(key, body(Object.fromEntries(Object.entries(values)
			.map(([k, v]) => [`v_${k}`, v]))));
		for (const k of Object.keys(values))
			await sensor(`v_${k}`, -1e18, 1e18);
		await ask(await open());
		await settled();
		const got = Object.fromEntries((await telemetry(key, 'N1'))
			.filter((r) => r.sensor.startsWith('v_'))
			.map((r) => [r.sensor.slice(2), r.value]));

		assert.deepEqual(got, { ...values, t: 1, s: 3.25 });
	});

	test('as an aggregate is one again', async () => {
		await post(key, { sensorId: 'agg', timestamp: T0, min: 1, max: 3,
			avg: 2, count: 10 });
		await sensor('agg');
		await ask(await open());
		await settled();
		assert.deepEqual(await order(), { taken: 1, recovered: 4, refused: 0 });
		assert.deepEqual(await stored('agg'), [[T0, 2]]);
		await plant.balances();
	});

	test('as a whole body is read again as it was meant', async () => {
		const text = JSON.stringify(body({ fresh: 9 }, T0 + 50));

		assert.equal((await post(key, `${text}}`, { headers:
			{ 'Content-Type': 'application/json' } })).status, 400);
		const [id] = await open();

		await ask([id]);
		await settled();
		assert.equal(await state(id), 'open bad_request');
		await sql('super', `UPDATE flux.dead_letter
			SET body = convert_to('${text}', 'UTF8')
			WHERE tenant_id = ${plant.id} AND dead_id = ${id}`);
		await ask([id]);
		await settled();
		assert.deepEqual((await stored('fresh')).at(-1), [T0 + 50, 9]);
	});

	test('and was too long to be kept is not asked for', async () => {
		const long = `{"readings": [${'1,'.repeat(40000)}`;

		await post(key, long, { headers: { 'Content-Type': 'application/json' } });
		assert.deepEqual(await ask(await open()), { asked: 0 });
		assert.match((await desk.get(`/admin/letters/${(await open())[0]}`)).body,
			/cannot be replayed/);
		await desk.post('/admin/letters/drop', { id: (await open())[0] },
			'/admin/letters');
	});

	test('in thousands comes in whole', async () => {
		for (let i = 0; i < 3; i++)
			await post(key, { readings: Array.from({ length: 700 }, (_, k) => (
				{ device: 'N1', ts: T0 - 4000 + 700 * i + k,
					values: { lots: k } })) });
		await desk.post('/admin/waiting/adopt', { gateway: 'N1', device: 'N1',
			sensor: 'lots', to_device: 'N1', key: 'lots', name: 'Lots',
			unit: '', kind: 'gauge' }, '/admin/waiting');
		await settled();
		assert.deepEqual(await order(),
			{ taken: 2100, recovered: 2100, refused: 0 });
		assert.equal((await stored('lots')).length, 2100);
		assert.deepEqual(await open(), []);
		await plant.balances();
	});
});

describe('what a decoder refused', () => {
	const elsewhere = (metrics) => post(key, { schema_version: 2,
		tenant_id: plant.id, machine_id: 'N1', site_id: 'ELSEWHERE',
		machine_type: 'pump', ts: T0 + 70, status: 'running', metrics });

	test('for its site is not stored by replay', async () => {
		await elsewhere({ fresh: 77 });
		const ids = await open(`AND code = 'wrong_site'`);

		assert.deepEqual(await rows(`SELECT whole, time, body LIKE '{%' AS object
			FROM flux.dead_letter WHERE tenant_id = ${plant.id}
			 AND dead_id = ANY ('{${ids}}') ORDER BY dead_id`),
		[{ whole: true, time: null, object: true },
			{ whole: false, time: null, object: false }]);
		await ask(ids);
		await settled();
		assert.equal(await state(ids[0]), 'open wrong_site');
		assert.equal((await stored('fresh')).some(([, v]) => v === 77), false);
	});

	test('for its site is not stored when its name is adopted', async () => {
		await elsewhere({ astray: 78 });
		await post(key, body({ astray: 1 }));
		await desk.post('/admin/waiting/adopt', { gateway: 'N1', device: 'N1',
			sensor: 'astray', to_device: 'N1', key: 'astray', name: 'Astray',
			unit: '', kind: 'gauge' }, '/admin/waiting');
		await settled();
		assert.deepEqual(await stored('astray'), [[T0, 1]]);
		assert.equal((await open(`AND code = 'wrong_site'
			AND sensor = 'astray'`)).length, 1);
		await sql('super', `UPDATE flux.dead_letter SET state = 'dropped'
			WHERE tenant_id = ${plant.id} AND code = 'wrong_site'`);
	});

	test('as incomplete is not stored in pieces', async () => {
		await post(key, { meterId: 'N1', kwhConsumedAc: 5, flow_rate: 79,
			timestamp: new Date(T0 * 1000 + 80000).toISOString() },
		{ url: '/v1/ingestion/telemetry' });
		const ids = await open();

		assert.ok(ids.length > 0);
		await ask(ids);
		await settled();
		assert.equal(await sql('super', `SELECT count(*) FROM flux.dead_letter
			WHERE tenant_id = ${plant.id} AND state = 'replayed'
			  AND dead_id = ANY ('{${ids}}')`), '0');
		assert.equal((await stored('flow_rate')).length, 0);
		await sql('super', `UPDATE flux.dead_letter SET state = 'dropped'
			WHERE tenant_id = ${plant.id} AND state = 'open'`);
	});
});

describe('a replay', () => {
	test('is told in the ledger', async () => {
		await plant.derived();
		const [line] = (await get(key, `/api/v1/ledger?from=${T0 - 10}`)).json()
			.ledger;

		assert.equal(line.sent, line.stored + line.duplicate + line.rejected +
			line.lost + line.waiting);
		assert.equal(line.recovered, Number(await sql('super', `SELECT
			sum(stored) FROM flux.ingest_batch
			WHERE tenant_id = ${plant.id} AND kind = 1`)));
	});

	test('that cannot go on leaves the letter and goes past it', async () => {
		await post(key, body({ poison: 1 }));
		await post(key, body({ cure: 2 }));
		await sensor('cure');
		const [bad, good] = await open();

		await sql('super', `CREATE FUNCTION pg_temp.none() RETURNS int
			LANGUAGE sql AS 'SELECT 1';
			ALTER TABLE flux.dead_letter ADD CONSTRAINT poisoned CHECK
			(dead_id <> ${bad} OR state = 'open') NOT VALID`);
		await sensor('poison');
		await ask([bad, good]);
		await settled();
		await sql('super',
			'ALTER TABLE flux.dead_letter DROP CONSTRAINT poisoned');
		assert.equal(await state(bad), 'open unknown_sensor');
		assert.match(await sql('super', `SELECT detail FROM flux.dead_letter
			WHERE tenant_id = ${plant.id} AND dead_id = ${bad}`), /in vain/);
		assert.equal(await state(good), 'replayed unknown_sensor');
		assert.deepEqual(await stored('poison'), []);
		assert.deepEqual(await stored('cure'), [[T0, 2]]);
	});

	test('that a busy database stops is tried again, and none of it is given up',
		async () => {
			await post(key, body({ held: 3 }));
			await sensor('held');
			const [id] = await open(`AND sensor = 'held'`);

			await sql('super', `CREATE FUNCTION flux.busy() RETURNS trigger
				LANGUAGE plpgsql AS $$ BEGIN PERFORM nextval('flux.busy_n');
				RAISE EXCEPTION 'busy' USING ERRCODE = '40001'; END $$;
				CREATE SEQUENCE flux.busy_n;
				GRANT ALL ON SEQUENCE flux.busy_n TO PUBLIC;
				CREATE TRIGGER busy BEFORE UPDATE ON flux.dead_letter
				FOR EACH ROW WHEN (OLD.dead_id = ${id})
				EXECUTE FUNCTION flux.busy()`);
			await ask([id]);
			await waitFor(() => sql('super', `SELECT 1 FROM flux.busy_n
				WHERE last_value > 5`), 20000);
			await sql('super', `DROP TRIGGER busy ON flux.dead_letter;
				DROP FUNCTION flux.busy(); DROP SEQUENCE flux.busy_n`);
			await settled();
			assert.equal(await state(id), 'replayed unknown_sensor');
			assert.deepEqual(await stored('held'), [[T0, 3]]);
		});

	test('of a flood leaves others their turn', async () => {
		const quiet = await Plant.make('Quiet');

		await quiet.device('N1');
		const theirs = await quiet.key('N1');

		await post(theirs, body({ flow_rate: 1 }));
		await quiet.derived(5000);
		assert.equal((await telemetry(theirs, 'N1')).length, 1);
	});
});

test('what is given in once more makes what is computed from it', async () => {
	const mark = await plant.mark();

	await post(key, body({ amps: 2, volts: 230 }));
	await sensor('amps');
	await sensor('volts');
	await ctl('virtual', plant.name, 'N1', 'watts', 'W', 'amps * volts');
	assert.deepEqual(await ask((await open()).filter((id) => id > mark)),
		{ asked: 2 });
	await settled();
	assert.deepEqual(await stored('watts'), [[T0, 460]]);
	await plant.balances();
});
