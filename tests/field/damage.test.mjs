// Bytes that rot in the database: they are moved out of the way and named,
// whoever meets them, and everything else goes on.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { sql } from '../lib/flux.mjs';
import { Plant, get, post, rows, telemetry } from '../lib/plant.mjs';
import { freeze_worker, settle, signal_worker, unpacked }
	from '../lib/worker.mjs';

const DAY = 864e5;
const first = Math.floor(Date.now() / DAY) * DAY - 2 * DAY;
const SENSORS = ['flow_rate', 'temperature', 'volume_total'];
let plant, key;

before(async () => {
	plant = await Plant.make('Damage');
	await plant.gateway('GW');
	key = await plant.key('GW');
});
after(() => signal_worker('SIGCONT'));

async function send(device, from, n, sensors = SENSORS) {
	const answer = await post(key, { readings: sensors.flatMap((sensor) =>
		Array.from({ length: n }, (_, i) => ({ device, sensor,
			ts: first + (from + i) * 1000, value: (from + i) % 100 }))) });

	assert.equal(answer.status, 202, answer.body);
	assert.deepEqual(answer.json().rejected, []);
}

const quarantine = () => rows(`SELECT level, sensor_id AS sensor, n, why,
	        length(bytes) > 0 AS bytes,
	        extract(epoch FROM t_min) * 1000 AS from,
	        extract(epoch FROM t_max) * 1000 AS to
	   FROM flux.quarantine WHERE tenant_id = ${plant.id}
	  ORDER BY quarantine_id`);

const sensor_id = async (device, sensor) => Number(await sql('super',
	`SELECT sensor_id FROM flux.sensor s
	   JOIN flux.device d USING (tenant_id, device_id)
	  WHERE s.tenant_id = ${plant.id} AND d.key = '${device}'
	    AND s.key = '${sensor}'`));

// How many readings of each sensor are answered.
async function counts(device) {
	const all = await telemetry(key, device, { from: first, to: first + DAY });

	return SENSORS.map((s) => all.filter((r) => r.sensor === s).length);
}

const flip = (column, at) =>
	`set_byte(${column}, ${at}, get_byte(${column}, ${at}) # 255)`;

describe('a damaged batch in landing', () => {
	test('is set aside, and its neighbours are stored', async () => {
		await plant.device('L', undefined, '--gateway', 'GW');
		await freeze_worker();
		for (let i = 0; i < 5; i++)
			await send('L', i * 10, 10);
		await sql('super', `UPDATE flux.landing
			   SET block = ${flip('block', 'length(block) - 2')}
			 WHERE tenant_id = ${plant.id} AND landing_id = (SELECT
			       landing_id FROM flux.landing WHERE tenant_id = ${plant.id}
			       ORDER BY 1 OFFSET 2 LIMIT 1)`);
		signal_worker('SIGCONT');
		await plant.derived();
		const [q, ...others] = await quarantine();

		assert.deepEqual(others, []);
		assert.ok(/checksum|damaged/.test(q.why), q.why);
		assert.deepEqual({ ...q, why: '' }, { level: 'landing', sensor: 0,
			n: 30, why: '', bytes: true, from: first + 20000,
			to: first + 29000 });
		assert.deepEqual(await counts('L'), [40, 40, 40]);
	});

	test('is lost in the ledger, which balances', async () => {
		const [line] = (await get(key, '/api/v1/ledger')).json().ledger;

		assert.equal(line.lost, 30);
		assert.equal(line.stored, 120);
		assert.equal(line.sent, line.stored + line.duplicate + line.rejected +
			line.lost + line.waiting);
		assert.equal(await sql('super', `SELECT count(*) FROM flux.ingest_batch
			 WHERE tenant_id = ${plant.id} AND lost = 30 AND stored = 0`), '1');
	});

	test('sent once more, it is stored', async () => {
		await send('L', 20, 10);
		await plant.derived();
		assert.deepEqual(await counts('L'), [50, 50, 50]);
	});
});

describe('a damaged part in fresh', () => {
	const OWN = 130; // readings of a run that has a part of its own
	const rot = (place) => sql('super', `UPDATE flux.fresh f
		   SET block = ${flip('block', place)}
		 WHERE tenant_id = ${plant.id} AND fresh_id = (SELECT min(fresh_id)
		       FROM flux.fresh WHERE tenant_id = ${plant.id})`);

	// The device's first readings, n a sensor, are in fresh and go no further
	// until that is done; returns what was put into quarantine since then.
	async function meanwhile(device, n, change, then = async () => {}) {
		await settle(plant);
		await plant.device(device, undefined, '--gateway', 'GW');
		const old = (await quarantine()).length;

		await unpacked(plant, async () => {
			await send(device, 0, n);
			await plant.derived();
			await change();
		});
		await then();
		await settle(plant);
		return (await quarantine()).slice(old);
	}

	async function loses_one_run(device, then) {
		let id;
		const [q, ...others] = await meanwhile(device, OWN, async () => {
			await rot('offset_[2] + 6');
			id = Number(await sql('super', `SELECT sensor[2]
				FROM flux.fresh WHERE tenant_id = ${plant.id}
				ORDER BY fresh_id LIMIT 1`));
		}, then);

		assert.deepEqual(others, []);
		assert.deepEqual({ ...q, why: '' }, { level: 'fresh', sensor: id,
			n: OWN, why: '', bytes: true, from: first,
			to: first + (OWN - 1) * 1000 });
		const got = await counts(device);
		const lost = (await Promise.all(SENSORS.map((s) =>
			sensor_id(device, s)))).indexOf(id);

		assert.ok(lost >= 0);
		assert.deepEqual(got.map((n, i) => i === lost ? n + OWN : n),
			got.map(() => Math.max(...got)));
	}

	async function twenty_more(device, from) {
		for (let i = 0; i < 20; i++) {
			await send(device, from + i * 10, 10);
			await plant.derived();
		}
	}

	test('costs that sensor alone, met by the tiers', () =>
		loses_one_run('F', () => twenty_more('F', OWN)));

	test('and met by the packer', () => loses_one_run('G'));

	for (const [device, who, then] of [
		['P', 'the tiers', () => twenty_more('P', 10)],
		['Q', 'the packer', undefined]])
		test(`of short runs costs them and no more, met by ${who}`,
			async () => {
				const [q, ...others] = await meanwhile(device, 10,
					() => rot('offset_[1] + 12'), then);

				assert.deepEqual(others, []);
				assert.deepEqual({ ...q, why: '' }, { level: 'fresh',
					sensor: 0, n: 30, why: '', bytes: true, from: first,
					to: first + 9000 });
				assert.deepEqual(await counts(device),
					SENSORS.map(() => then ? 200 : 0));
			});

	test('a row whose directory lies is kept as a whole', async () => {
		// As large as it must be to be the packer's from the start.
		const [q, ...others] = await meanwhile('H', OWN, () => sql('super',
			`UPDATE flux.fresh SET tier = 2, sensor = sensor[1:2],
			        last = last[1:2], offset_ = offset_[1:3]
			  WHERE tenant_id = ${plant.id}`));

		assert.deepEqual(others, []);
		assert.equal(q.level, 'fresh');
		assert.equal(q.sensor, 0);
		assert.equal((await counts('H')).filter((n) => n === OWN).length, 2);
	});
});

describe('a damaged chunk', () => {
	const rot = (device, sensor) => sensor_id(device, sensor).then((id) =>
		sql('super', `UPDATE flux.chunk SET run = ${flip('run', 7)}
			 WHERE tenant_id = ${plant.id} AND sensor_id = ${id}
			   AND t_min < to_timestamp(${(first + DAY) / 1000})`)
			.then(() => id));

	for (const [name, sent, who] of [['C', 0, 'derive'], ['D', 50, 'the packer']])
		test(`is set aside when ${who} meets it`, async () => {
			await plant.device(name, undefined, '--gateway', 'GW');
			await send(name, 0, 50);
			await settle(plant);
			const old = (await quarantine()).length;
			const id = await rot(name, 'temperature');

			// Late for derive, or behind what is there.
			await send(name, sent, 10);
			await plant.derived();
			await settle(plant);
			const [q, ...others] = (await quarantine()).slice(old);

			assert.deepEqual(others, []);
			assert.deepEqual({ ...q, why: '' }, { level: 'chunk', sensor: id,
				n: 50, why: '', bytes: true, from: first, to: first + 49000 });
			assert.deepEqual(await counts(name), sent === 0
				? [50, 10, 50] : [60, 10, 60]);
		});

	test('does not stop the worker', async () => {
		await send('C', 100, 5);
		await settle(plant);
		await plant.derived();
		assert.deepEqual(await counts('C'), [55, 15, 55]);
	});
});
