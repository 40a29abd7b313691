// What the operator tells fluxctl of meters and devices, and what it shows of
// damage.  What the rollups make of a meter is in rollup.test.mjs.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { ctl, sql } from '../lib/flux.mjs';
import { Plant, rows, SEED } from '../lib/plant.mjs';

let plant, other;

before(async () => {
	[plant, other] = await Promise.all(['Operate', 'Beside'].map(Plant.make));
	for (const p of [plant, other])
		await p.device('N1');
});

describe('a meter', () => {
	const AT = '2026-11-20T09:30:00Z';
	const meter = (...words) => ctl('meter', plant.name, 'N1', 'volume_total',
		...words);
	const known = () => rows(`SELECT s.wrap, m.at, m.old_last, m.new_first
		FROM flux.sensor s LEFT JOIN flux.meter_swap m
		USING (tenant_id, sensor_id)
		WHERE s.code = 'N1/volume_total' AND s.tenant_id
		      IN (${plant.id}, ${other.id})
		ORDER BY s.tenant_id, m.at`);
	const nothing = { wrap: null, at: null, old_last: null, new_first: null };

	test('of which nothing was told', async () => {
		assert.match(await meter(),
			/^N1\/volume_total has no wrap\nnever swapped\nhours and days: /);
	});

	test('is told, corrected and taken back; the other tenant\'s is not',
		async () => {
			assert.equal(await meter('wrap', '1e6'),
				'N1/volume_total wraps at 1000000 m3\n' +
				'its hours and days are reckoned anew by the worker');
			assert.equal(await meter('wrap', '1000000'),
				'N1/volume_total wraps at 1000000 m3');
			await meter('swap', '2026-11-01', '-1', '0');
			await meter('swap', AT, '9099.1', '16');
			assert.match(await meter('swap', '2026-11-20 10:30+01:00', '9099.5',
				'16'), new RegExp('^N1/volume_total swapped at ' +
				'2026-11-20T09:30:00.000Z: last 9099.5, first 16 m3\nits hours'));
			const told = (await meter()).split('\n');

			assert.deepEqual(told.slice(0, 3), [
				'N1/volume_total wraps at 1000000 m3',
				'swapped at 2026-11-20T09:30:00.000Z: last 9099.5, first 16',
				'swapped at 2026-11-01T00:00:00.000Z: last -1, first 0']);
			assert.match(told[3], /^hours and days: (up to date|being reck)/);
			assert.equal((await known()).length, 3);
			await meter('unswap', AT);
			await meter('unswap', '2026-11-01');
			await meter('wrap', 'none');
			assert.deepEqual(await known(), [nothing, nothing]);
		});

	test('whose readings are gone: so much is said', async () => {
		await sql('super', `INSERT INTO flux.raw_floor VALUES (${plant.id}, 0,
			'2026-11-10Z')`);
		const stay = /those before 2026-11-10T00:00:00.000Z stay as they are/;

		assert.match(await meter('swap', '2026-11-09', '5', '6'), stay);
		assert.match(await meter('unswap', '2026-11-09'), stay);
		assert.match(await meter('wrap', '10'), stay);
		assert.match(await meter('wrap', 'none'), stay);
		assert.doesNotMatch(await meter('swap', AT, '5', '6'), stay);
		await meter('unswap', AT);
	});

	const says = [
		[['wrap'], /Say wrap VALUE/],
		[['wrap', '5', '6'], /Say wrap VALUE/],
		[['burn', '5'], /Say wrap VALUE/],
		[['wrap', '0'], /wraps above 0/],
		[['wrap', '-65536'], /wraps above 0/],
		[['wrap', 'nan'], /not a number/],
		[['wrap', 'inf'], /not a number/],
		[['wrap', '1e999'], /not a number/],
		[['wrap', ''], /not a number/],
		[['wrap', '65536m3'], /not a number/],
		[['swap', AT], /swap TIME LAST FIRST/],
		[['swap', AT, '9099'], /swap TIME LAST FIRST/],
		[['swap', AT, '9,099', '16'], /not a number.*LAST/],
		[['swap', AT, '9099', 'x'], /not a number.*FIRST/],
		[['swap', '2026-11-20T09:30', '1', '2'], /ISO 8601 time with its zone/],
		[['swap', 'yesterday', '1', '2'], /ISO 8601/],
		[['swap', '1969-12-31T23:59:59Z', '1', '2'], /between 1970 and now/],
		[['swap', '2999-01-01', '1', '2'], /between 1970 and now/],
		[['unswap', AT], /not swapped at that time/],
		[['unswap', 'never'], /ISO 8601/],
	];

	for (const [words, why] of says)
		test(`is not told ${words.join(' ')}`, async () => {
			const was = await known();

			await assert.rejects(meter(...words), (e) => {
				assert.equal(e.code, 1);
				assert.match(e.message, why);
				return true;
			});
			assert.deepEqual(await known(), was);
		});

	for (const [why, words] of [
		[/no such device/, ['GONE', 'volume_total', 'wrap', '5']],
		[/device has no such sensor/, ['N1', 'volts', 'wrap', '5']],
		[/Only a counter.*flow_rate is a gauge/, ['N1', 'flow_rate', 'wrap', '5']],
		[/Only a counter.*status is a state/, ['N1', 'status', 'swap', AT, '1',
			'2']],
	])
		test(`is not ${words.join(' ')}`, () => assert.rejects(
			ctl('meter', plant.name, ...words), why));

	test('is no longer a counter: what was told can be taken back', async () => {
		const kind = (word) => sql('super', `UPDATE flux.sensor
			SET kind = '${word}' WHERE tenant_id = ${plant.id}
			AND code = 'N1/volume_total'`);

		await meter('wrap', '100');
		await meter('swap', AT, '1', '2');
		await kind('gauge');
		await meter('wrap', 'none');
		await meter('unswap', AT);
		await kind('counter');
		assert.deepEqual(await known(), [nothing, nothing]);
	});

	test('of an unknown tenant, and half a command', async () => {
		await assert.rejects(ctl('meter', 'Nobody', 'N1', 'volume_total'),
			/no tenant of that name/);
		await assert.rejects(ctl('meter', plant.name, 'N1'),
			/usage:[^]*meter TENANT DEVICE SENSOR/);
	});
});

describe('what is kept aside', () => {
	const list = async (p) => (await ctl('quarantine', p.name)).split('\n');

	test('is nothing at first', async () => {
		assert.deepEqual(await list(plant), ['nothing is kept aside']);
	});

	test('is listed, the newest first, and the tenant\'s own', async () => {
		const put = (p, minute, level, sensor, why) => sql('super', `
			INSERT INTO flux.quarantine (tenant_id, at, level, sensor_id, t_min,
			       t_max, n, why, bytes)
			VALUES (${p.id}, '2026-11-20T08:0${minute}:00Z', '${level}',
			        coalesce((SELECT sensor_id FROM flux.sensor
			         WHERE tenant_id = ${p.id} AND code = '${sensor}'), 0),
			        '2026-11-0${minute}Z', '2026-11-0${minute}T01:00Z',
			        ${minute} * 100, E'${why}', '\\x${'ab'.repeat(minute)}')`);

		await put(plant, 1, 'chunk', 'N1/flow_rate', 'a wrong checksum');
		await put(plant, 3, 'fresh', '', 'evil\\n"\\x1b[2J');
		await put(plant, 2, 'landing', 'N1/status', 'cut off');
		await put(other, 4, 'chunk', 'N1/flow_rate', 'not yours');
		const [head, ...lines] = (await list(plant)).map((l) =>
			l.trim().split(/\s{2,}|(?<=Z) | (?=\d+\s+\d+ )/));

		assert.deepEqual(head, ['tenant', 'at', 'table', 'sensor', 'from',
			'until', 'readings', 'bytes', 'reason']);
		const line = (minute, level, sensor, why) => [plant.name,
			`2026-11-20T08:0${minute}:00.000Z`, level, sensor,
			`2026-11-0${minute}T00:00:00.000Z`,
			`2026-11-0${minute}T01:00:00.000Z`, String(minute * 100),
			String(minute), why];

		assert.deepEqual([lines[0].slice(0, -1), ...lines.slice(1)], [
			line(3, 'fresh', 'several').slice(0, -1),
			line(2, 'landing', 'N1/status', '"cut off"'),
			line(1, 'chunk', 'N1/flow_rate', '"a wrong checksum"')]);
		assert.match(lines[0].at(-1), /^"evil[ -~]*"$/);
	});

	test('of an unknown tenant is refused', async () => {
		await assert.rejects(ctl('quarantine', 'Nobody'),
			/no tenant of that name/);
		await assert.rejects(ctl('quarantine'), /usage:[^]*quarantine TENANT/);
	});
});

describe('a device\'s period', () => {
	const WHERE = ['--modbus', 'tcp:127.0.0.1:1:1'];
	const cases = [
		['as its profile has it', 10, SEED],
		['of another profile', 60, 'nivus-nivuflow-750'],
		['a second at least', 1, 'sensor-vibration'],
		['as it is polled', 3600, SEED, ...WHERE, '--poll-ms', '3600000'],
		['polled ten times a second', 1, SEED, ...WHERE, '--poll-ms', '100'],
		['as told', 7, SEED, '--period', '7', ...WHERE, '--poll-ms', '3600000'],
		['without a profile', 300, '', '--kind', 'gateway'],
	];

	cases.forEach(([what, want, ...words], i) =>
		test(what, async () => {
			await ctl('device', plant.name, 'HALL', `P${i}`, what, ...words);
			assert.equal(Number(await sql('super', `SELECT
				extract(epoch FROM period) FROM flux.device
				WHERE tenant_id = ${plant.id} AND key = 'P${i}'`)), want);
		}));

	for (const bad of ['0', '-5', '1.5', '31536001', 'x', ''])
		test(`is not "${bad}"`, () => assert.rejects(ctl('device', plant.name,
			'HALL', 'BAD', 'Bad', SEED, '--period', bad), /out of bounds/));
});
