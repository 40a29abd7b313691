// Every hour and day lies in the partition of its month, however the months
// come: those that no partition can be made for would stay in the default one
// for ever.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { during, sql, waitFor } from '../lib/flux.mjs';
import { Plant } from '../lib/plant.mjs';
import { HOUR, deliver, place, rolled } from '../lib/rollup.mjs';

let plant, key, devices = 0;

const device = (zone = 'UTC', period_s = 60) =>
	place(plant, `M${++devices}`, zone, period_s);

const reading = (d, at) => ({ sensor: d.keys[0], at: Date.parse(at), value: 1 });

// The partitions in which a device's hours, or days, are.
const lie = async (d, unit) => (await sql('super', `SELECT DISTINCT
	replace(tableoid::regclass::text, 'flux.rollup_${unit}_', '') AS month
	FROM flux.rollup_${unit} WHERE tenant_id = ${plant.id}
	AND sensor_id = ${d.ids[d.keys[0]]} ORDER BY 1`)).split('\n');

before(async () => {
	plant = await Plant.make('Months');
	await plant.gateway('GW');
	key = await plant.key('GW');
});

describe('the partition of its month', () => {
	test('has what comes while that of another month is made', async () => {
		const d = await device();

		await during('LOCK TABLE flux.rollup_hour_other IN SHARE MODE',
			async () => {
				await deliver(key, d, [reading(d, '2011-03-10T12:00Z')]);
				await waitFor(() => sql('super', `SELECT 1 FROM pg_locks
					WHERE relation = 'flux.rollup_hour_other'::regclass
					AND NOT granted`));
				await deliver(key, d, [reading(d, '2011-07-10T12:00Z')]);
				await plant.derived();
			});
		await rolled(plant);
		assert.deepEqual(await lie(d, 'hour'), ['2011_03', '2011_07']);
		assert.deepEqual(await lie(d, 'day'), ['2011_03', '2011_07']);
	});

	test('keeps nobody from another table while it is made', async () => {
		const d = await device();

		await during('LOCK TABLE flux.rollup_day_other IN SHARE MODE',
			async () => {
				await deliver(key, d, [reading(d, '2010-03-10T12:00Z'),
					reading(d, '2010-07-10T12:00Z')]);
				await waitFor(() => sql('super', `SELECT 1 FROM pg_locks
					WHERE relation = 'flux.rollup_day_other'::regclass
					AND NOT granted`));
				assert.equal(await sql('super', `SET lock_timeout = '200ms';
					SELECT count(*) >= 0 FROM flux.rollup_hour`), 't');
			});
		await rolled(plant);
		assert.deepEqual(await lie(d, 'day'), ['2010_03', '2010_07']);
	});

	test('is made for the last days of a span as well', async () => {
		const d = await device();

		await deliver(key, d, [reading(d, '2012-01-20T12:00Z')]);
		await rolled(plant);
		await deliver(key, d, [reading(d, '2012-01-22T12:00Z'),
			reading(d, '2012-02-05T12:00Z')]);
		await rolled(plant);
		assert.deepEqual(await lie(d, 'hour'), ['2012_01', '2012_02']);
	});

	test('is made for a value that holds on into it', async () => {
		const d = await device('UTC', 4 * HOUR / 1000);

		await deliver(key, d, [reading(d, '2013-03-31T20:00Z')]);
		await rolled(plant);
		assert.deepEqual(await lie(d, 'hour'), ['2013_03', '2013_04']);
	});

	test('is the one in which a day begins by the clock of its site', async () => {
		const d = await device('Asia/Kolkata');

		await deliver(key, d, [reading(d, '2014-06-01T12:00Z')]);
		await rolled(plant);
		await deliver(key, d, [reading(d, '2014-08-01T03:00Z')]);
		await rolled(plant);
		assert.deepEqual(await lie(d, 'hour'), ['2014_06', '2014_08']);
		assert.deepEqual(await lie(d, 'day'), ['2014_05', '2014_07']);
	});
});
