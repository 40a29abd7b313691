// Recordings of real plants, imported as the files they are: what is read back
// has the count, least, greatest, mean and sum of what was recorded, channel by
// channel; what is wrong in them is told, and what is not clear is asked.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import zlib from 'node:zlib';
import { bytes, cells, equal_published, figures, figures_of, first, joined,
	near, plain, published, readings, reckon, same, slug,
	together } from '../lib/corpus.mjs';
import { corpora, ctl, http, sql } from '../lib/flux.mjs';
import { Imports } from '../lib/imports.mjs';
import { Plant, get, post, random, shuffled } from '../lib/plant.mjs';
import { rolled } from '../lib/rollup.mjs';

const skip = corpora === null && 'no corpora';
const MAKE = { make: true, site: 'HALL', zone: 'UTC', same: 'keep' };
const DUNDEE = 'ev/dundee_2017-12.csv.gz', SAP = 'ev/sap_labs_france.csv.gz';
const METER = 'meter/household_1min_2days.csv.gz';
const RSF = 'pv/nrel_RSF_II.csv';
const table = corpora && published();
let plant, files, key, seen = 0;

before(async () => {
	plant = await Plant.make('Recorded');
	await plant.gateway('GW');
	key = await plant.key('GW', 'ingest,view,devices:write');
	files = new Imports(key);
});

// Open a file and say what its columns are, { name: use }; what is not named
// stays as it is likely, or with `alone` is left out.
async function opened(content, { as = {}, alone = false, ...more } = {}) {
	const { id, plan, look, questions } = await files.open(content, more);
	const columns = plan.columns.map((c, i) => as[look.columns[i].name] ??
		(alone ? { as: 'leave' } : c));
	const keys = Object.fromEntries(look.columns.map((c, i) =>
		[c.name, columns[i].key]));

	return { id, keys, plan: { ...plan, columns }, questions };
}

async function run(content, as, more, alone) {
	const { id, keys, plan } = await opened(content, { as, alone });
	const end = await files.decide(id, 'run', { ...plan, ...MAKE, ...more });

	assert.deepEqual([end.state, end.bad], ['done', 0], end.why);
	return { keys, ...end };
}

/* What there is to say of files beside what is likely. */
const said = {
	'batadal/': { more: { order: 'dmy' } },
	'pv/nrel': { more: { order: 'mdy' } },
	'pv/pvlib': { more: { order: 'mdy' } },
	'meter/': { as: { '': { as: 'sensor', key: 'row' } } },
	'obd/': { as: { 'ENGINE_RUN_TINE ()': { as: 'seconds', key: 'run' } },
		more: { start: '2026-01-01T00:00:00Z' } },
	[DUNDEE]: { as: { 'Start Date': { as: 'time' },
		'Start Time': { as: 'clock' } } },
};
const of_file = (name) => Object.entries(said)
	.find(([start]) => name.startsWith(start))?.[1] ?? {};

describe('I1: a recording imported as it is', { skip, concurrency: 4 }, () => {
	for (const name of Object.keys(table ?? {})
		.filter((s) => /^(skab|nab|ett|batadal|meter|pv|obd|ev\/d)/.test(s)))
		test(name, async () => {
			const { as, more } = of_file(name);
			const end = await run(bytes(name), as,
				{ ...more, device: slug(name) });

			assert.equal(end.stored, end.readings);
			await equal_published(key, slug(name), name, table[name], end.keys);
			seen += Object.keys(table[name]).length;
		});

	test('usgs/ChoptankRiverFlow.txt, against the file itself', async () => {
		const name = 'usgs/ChoptankRiverFlow.txt';
		const { keys } = await run(bytes(name), {}, { device: 'choptank' });

		same((await figures(key, 'choptank'))[keys.Qdaily], reckon(
			cells(plain(name), '\t').slice(1).map((row) => Number(row[1]))), name);
	});

	for (const [name, zone, n] of [['waterservices_dv.txt', true, 4],
		['waterservices_iv.txt', false, 20], ['nwis_iv_mock.json', false, 2]])
		test(`usgs/${name}, against the file itself`, async () => {
			const doc = JSON.parse(plain(`usgs/${name}`));
			const { id, plan, questions } = await opened(bytes(`usgs/${name}`));

			assert.deepEqual(questions.map((q) => q.field), zone ? ['zone'] : []);
			const end = await files.decide(id, 'run', { ...plan, ...MAKE });

			assert.deepEqual([end.state, end.stored, end.bad],
				['done', n, 0], end.why);
			for (const { sourceInfo, variable, values } of doc.value.timeSeries) {
				const code = variable.options.option[0].optionCode ?? '00000';
				const sensor = variable.variableCode[0].value +
					(code === '00000' ? '' : `.${code}`);
				const list = values[0].value;

				if (list.length === 0)
					continue;
				const got = (await figures(key,
					sourceInfo.siteCode[0].value))[sensor];

				same(got, reckon(list.map((r) => Number(r.value))), name);
				assert.equal(got.unit, variable.unit?.unitCode ?? '');
			}
		});
});

// Those of SAP are below, with its sessions.
test('all 396 published figures of them are equal', { skip }, () =>
	assert.equal(seen, 396));

describe('I1: the same as JSON', { skip, concurrency: 3 }, () => {
	// Rows as { column: number }, with the instant of each.
	function rows(name, separator, instant) {
		const [head, ...list] = cells(plain(name), separator);
		const times = new Map();

		return list.map((row, i) => {
			const at = instant(row), k = times.get(at) ?? 0;

			times.set(at, k + 1);
			return { at: at.replace('.000Z', `.${String(k).padStart(6, '0')}Z`),
				values: Object.fromEntries(head.map((c, n) => [c, Number(row[n])])
					.filter(([c], n) => c in table[name] && row[n] !== '')) };
		});
	}
	const iso = (s) => `${s.replace(' ', 'T')}.000Z`;
	const dmy = ([, d, m, y, h]) => new Date(Date.UTC(2000 + +y, m - 1, d, h))
		.toISOString();
	const kinds = [
		['skab/other-1.csv.gz', ';', (r) => iso(r[0])],
		['nab/speed_7578.csv', ',', (r) => iso(r[0])],
		['ett/ETTh1.csv.gz', ',', (r) => iso(r[0])],
		['batadal/dataset04.csv.gz', ',', (r) =>
			dmy(r[0].match(/(\d+)\/(\d+)\/(\d+) (\d+)/))],
		[METER, ',', (r) => iso(r.at(-1))],
		['obd/idle29.csv.gz', ',', (r) => new Date(Date.UTC(2026, 0, 1) +
			1000 * Number(r[0])).toISOString()],
	];

	for (const [name, separator, instant] of kinds)
		test(`${name}, posted`, async () => {
			const device = `posted-${slug(name)}`;
			const list = rows(name, separator, instant);
			const names = Object.keys(table[name]);
			const sensor = Object.fromEntries(names.map((c, i) => [c, `c${i}`]));
			const most = Math.floor(90000 / names.length);

			// A file of one row makes what the others are posted to.
			await run(`t,${names.map((c) => sensor[c])}\n${list[0].at},` +
				`${names.map((c) => list[0].values[c] ?? '')}\n`, {}, { device });
			for (let i = 0; i < list.length; i += most) {
				const answer = await post(key, zlib.gzipSync(JSON.stringify({
					readings: list.slice(i, i + most).map(({ at, values }) => ({
						device, ts: at, values: Object.fromEntries(
							Object.entries(values).map(([c, v]) => [sensor[c], v])),
					})) }), { level: 1 }), { headers: { 'Content-Encoding': 'gzip' } });

				assert.equal(answer.status, 202, answer.body);
				assert.equal(answer.json().rejected.length, 0);
			}
			await equal_published(key, device, name, table[name], sensor);
		});

	test('skab/other-1.csv.gz, as a file of objects', async () => {
		const name = 'skab/other-1.csv.gz';
		const { keys } = await run(JSON.stringify({ from: name, rows:
			rows(name, ';', (r) => iso(r[0])).map(({ at, values }) =>
				({ at, ...values })) }), {}, { device: 'objects' });

		await equal_published(key, 'objects', name, table[name], keys);
	});
});

test('I2: twice, shuffled and in 37 files a recording is the same', { skip },
	async () => {
		const [head, ...lines] = plain('skab/valve1-0.csv.gz').trim().split('\n');
		const rnd = random(37);
		const cuts = shuffled(lines.map((_, i) => i), rnd).slice(0, 36)
			.sort((a, b) => a - b);
		const more = { ...MAKE, same: '', device: 'twice' };
		const file = (some) => `${head}\n${some.join('\n')}\n`;
		const once = await files.run(file(lines), more);
		const before_ = await figures(key, 'twice');
		let stored = 0, duplicate = 0;

		assert.equal(once.stored, lines.length * 10);
		for (const some of [lines, shuffled(lines, rnd)]) {
			const end = await files.run(file(some), more);

			assert.deepEqual([end.stored, end.duplicate], [0, lines.length * 10]);
		}
		const parts = [0, ...cuts].map((from, i) =>
			lines.slice(from, cuts[i] ?? lines.length));

		// At most twenty imports are open at a time.
		while (parts.length > 0)
			for (const end of await Promise.all(parts.splice(0, 15)
				.filter((some) => some.length > 0)
				.map((some) => files.run(file(some), more)))) {
				stored += end.stored;
				duplicate += end.duplicate;
			}
		assert.deepEqual([stored, duplicate], [0, lines.length * 10]);
		same((await figures(key, 'twice')).pressure, before_.pressure, 'twice');
		await plant.balances();
	});

describe('I5: the dates of', { skip }, () => {
	const time = (column, clock) => ({ [column]: { as: 'time' },
		...(clock ? { [clock]: { as: 'clock' } } : {}) });

	// What is asked of a file's first rows, with which answers, and when the
	// first of them was then.
	for (const [name, as, asked, answers, when] of [
		[SAP, time('Date demarrage'), [], {}, '2018-03-23T08:49:02.000Z'],
		['batadal/dataset04.csv.gz', {}, ['order', 'zone'],
			{ order: 'dmy', zone: 'UTC' }, '2016-07-04T00:00:00.000Z'],
		['batadal/dataset03.csv.gz', {}, ['order', 'zone'],
			{ order: 'dmy', zone: 'UTC' }, '2014-01-06T00:00:00.000Z'],
		['ev/acn_office1.json.gz', time('connectionTime'), [], {},
			'2019-03-25T16:24:42.000Z'],
		[RSF, {}, ['order', 'zone'], { order: 'mdy', zone: 'America/Denver' },
			'2022-01-02T07:00:00.000Z'],
		['usgs/ChoptankRiverFlow.txt', {}, ['order', 'zone'],
			{ order: 'mdy', zone: 'America/New_York' },
			'1999-10-01T04:00:00.000Z'],
		['pv/serf_east_1min_ac_power.csv', {}, [], {},
			'2022-03-18T11:33:00.000Z'],
		[METER, time('Date', 'Time'), ['order', 'zone'],
			{ order: 'dmy', zone: 'Europe/Paris' }, '2007-01-31T23:00:00.000Z'],
		[DUNDEE, time('Start Date', 'Start Time'), ['zone'],
			{ zone: 'Europe/London' }, '2018-02-03T23:50:00.000Z'],
	])
		test(`${name} are ${asked.includes('order') ? 'asked' : 'clear'}`,
			async () => {
				const device = `dated-${slug(name)}`;
				const json = name.includes('.json');
				const content = json ? JSON.stringify(JSON.parse(plain(name))
					._items.slice(0, 7)) : first(name, 8);
				const { id, plan } = await opened(content, { as: { ...as,
					kWhDelivered: { as: 'sensor', key: 'e' },
					DateTime: { as: 'leave' } } });
				const full = { ...plan, ...MAKE, zone: '', device };

				if (asked.length > 0) {
					for (const order of [undefined, 'ymd']) {
						const answer = await files.step(id, 'run',
							{ ...full, ...(order ? { order } : {}) });

						if (order && !asked.includes('order'))
							continue;
						// 04/07/16 may be a year first as well.
						if (order && name.startsWith('batadal'))
							continue;
						assert.equal(answer.status, 422, answer.body);
						assert.deepEqual(answer.json().questions
							.map((q) => q.field), asked);
					}
					assert.equal((await files.show(id)).state, 'looked');
					assert.equal((await get(key, '/api/v1/telemetry?device=' +
						device)).status, 404);
				}
				const end = await files.decide(id, 'run', { ...full, ...answers });

				assert.deepEqual([end.state, end.bad], ['done', 0], end.why);
				assert.ok((await readings(key, device))
					.some((r) => r.time === when), when);
			});
});

describe('E1: the efficiency of an imported inverter', { skip }, () => {
	test('is 0.8733 over the period, and below 0.85 in 54 quarters', async () => {
		const device = slug(RSF);
		const more = { device, order: 'mdy' };
		const { keys } = await run(bytes(RSF), {}, more);
		const ac = keys.inv2_ac_power_w__1047, dc = keys.inv2_dc_power__1135;

		for (const [name, unit, formula] of [['ac_on', 'W',
			`when(${dc} > 5, ${ac})`], ['dc_on', 'W', `when(${dc} > 5, ${dc})`],
		['ratio', '1', `when(${dc} > 5, ${ac} / ${dc})`]])
			await ctl('virtual', plant.name, device, name, unit, formula);
		const again = await run(bytes(RSF), {}, more);
		const got = await figures(key, device);

		// What was there already is; what is computed from it is new.
		assert.equal(again.stored, 3 * 138);
		assert.deepEqual(['ac_on', 'dc_on', 'ratio'].map((s) => got[s].count),
			[138, 138, 138]);
		assert.equal((got.ac_on.sum / got.dc_on.sum).toFixed(4), '0.8733');
		assert.equal((await readings(key, device, 'ratio'))
			.filter((r) => r.value < 0.85).length, 54);
	});
});

describe('E2: what a meter\'s power comes to', { skip }, () => {
	const KWH = 58.208267;

	test('is the integral of its days, and the sum of a formula', async () => {
		const own = await Plant.make('Metered');

		await own.gateway('GW');
		const key = await own.key('GW', 'ingest,view,devices:write');
		const files = new Imports(key);
		const { id: once, plan } = await files.open(bytes(METER));
		const as = { DateTime: { as: 'time' }, Global_active_power:
			{ as: 'sensor', key: 'power', unit: 'kW' } };
		const { look } = await files.show(once);
		const full = { ...plan, ...MAKE, device: 'METER', columns:
			look.columns.map((c) => as[c.name] ?? { as: 'leave' }) };

		assert.equal((await files.decide(once, 'run', full)).stored, 2880);
		await ctl('virtual', own.name, 'METER', 'energy', 'kWh', 'power / 60');
		const { id } = await files.open(bytes(METER));
		const tried = await files.decide(id, 'dry', full);
		const end = await files.decide(id, 'run');
		const { energy } = await figures(key, 'METER');

		assert.deepEqual([tried.stored, tried.duplicate], [2880, 2880]);
		assert.deepEqual([end.stored, end.duplicate], [2880, 2880]);
		assert.equal(energy.count, 2880);
		assert.equal(energy.sum.toFixed(6), String(KWH));
		await rolled(own);
		const days = (await get(key, '/api/v1/telemetry/rollup?device=METER' +
			'&sensor=power&unit=day&from=2007-02-01T00:00:00Z' +
			'&to=2007-02-03T00:00:00Z')).json().series[0].buckets;

		assert.equal(days.length, 2);
		assert.equal((days[0].integral + days[1].integral).toFixed(6),
			String(KWH));
		await own.balances();
	});
});

describe('E3: sessions of charging', { skip }, () => {
	const sessions = corpora && cells(plain(DUNDEE)).slice(1);
	const points = corpora && [...new Set(sessions.map((row) => row[2]))];
	const energy = (name, more) => ({ as: 'sensor', key: name, unit: 'kWh',
		...more });
	const dundee = (use) => run(bytes(DUNDEE), { 'Start Date': { as: 'time' },
		'Start Time': { as: 'clock' }, 'CP ID': { as: 'device' },
		'Total kWh': use }, { zone: 'Europe/London' }, true);

	// Every column of it, so that it is I1 as well.
	test('of SAP: 565,808,860 Wh in 24,466 at 28 charge points', async () => {
		const end = await run(bytes(SAP), { 'ID borne': { as: 'device' },
			'Date demarrage': { as: 'time' } });
		const devices = (await get(key, '/api/v1/devices')).json().devices
			.map((d) => d.device).filter((d) => d.startsWith('SAP-'));

		assert.deepEqual([end.stored, devices.length], [8 * 24466, 28]);
		const list = await figures_of(key, devices);

		for (const [column, want] of Object.entries(table[SAP]))
			same(joined(list, end.keys[column]), want, column);
		const total = joined(list, end.keys['Consommation totale (Wh)']);

		assert.deepEqual([total.count, total.sum], [24466, 565808860]);
	});

	test('of an office, from JSON: 25,099.69682 kWh in 1,481', async () => {
		const end = await run(bytes('ev/acn_office1.json.gz'), {
			connectionTime: { as: 'time' }, kWhDelivered: energy('energy') },
		{ device: 'ACN' }, true);
		const got = (await figures(key, 'ACN')).energy;

		assert.deepEqual([end.stored, got.count], [1481, 1481]);
		near(got.sum, 25099.69682, 'kWh');
	});

	test('of Dundee: 10,501.407 kWh from 1,240 of 1,250 at 46 charge points ' +
		'of 26 sites', async () => {
		const site = new Map(sessions.map((row) => [row[2], row[10]]));
		const names = [...new Set(site.values())];
		const at = (point) => `D${names.indexOf(site.get(point))}`;

		await sql('super', `INSERT INTO flux.site (tenant_id, key, name, zone)
			SELECT ${plant.id}, 'D' || n, 'Dundee ' || n, 'Europe/London'
			  FROM generate_series(0, ${names.length - 1}) n`);
		const { id } = await files.open(`key,site,gateway\n${points.map((p) =>
			`${p},${at(p)},GW\n`).join('')}`, { kind: 'devices' });

		assert.equal((await files.step(id, 'run')).json().stored, 46);
		const end = await dundee(energy('energy'));

		assert.deepEqual([end.stored, end.missing], [1250, 10]);
		assert.ok((await files.errors(end.id)).every((x) =>
			x.code === 'no_value' && x.column === 'Total kWh'));
		const got = await together(key, points, 'energy');

		assert.deepEqual([points.length, got.count, got.bad], [46, 1240, 10]);
		near(got.sum, 10501.407, 'kWh');
		const devices = (await get(key, '/api/v1/devices')).json().devices
			.filter((d) => points.includes(d.device));
		const list = await figures_of(key, devices.map((d) => d.device));
		const sites = new Set(devices.map((d) => d.site));

		assert.equal(sites.size, 26);
		for (const s of sites) {
			const its = devices.map((d) => d.site === s);
			const want = sessions.filter((row) => at(row[2]) === s &&
				row[8] !== '').map((row) => Number(row[8]));

			near(joined(list.filter((_, i) => its[i]), 'energy').sum,
				want.reduce((a, b) => a + b, 0), s);
		}
	});

	test('I6: with bounds, what is negative is flagged and in no sum',
		async () => {
			const end = await dundee(energy('checked', { low: 0 }));
			const wrong = await files.errors(end.id);
			const got = await together(key, points, 'checked');

			assert.deepEqual([end.stored, end.missing], [1250, 12]);
			assert.deepEqual(wrong.filter((x) => x.code === 'out_of_range')
				.map((x) => [x.line, x.column, x.cell]).sort(), [
				[442, 'Total kWh', '-65.96'], [461, 'Total kWh', '-22.65']]);
			assert.equal(wrong.filter((x) => x.code === 'no_value').length, 10);
			assert.deepEqual([got.count, got.bad, got.min], [1238, 12, 0]);
			near(got.sum, 10501.407 + 65.96 + 22.65, 'kWh');
			const bad = (await readings(key, '51198', 'checked'))
				.filter((r) => r.value === null);

			assert.deepEqual(bad.map((r) => [r.quality, r.reason]),
				[[0, 'out_of_range'], [0, 'out_of_range']]);
			const why = (await get(key, '/api/v1/why?device=51198&sensor=checked' +
				`&time=${bad.at(-1).time}`)).json();

			assert.deepEqual(why.sent, { value: -65.96, unit: 'kWh' });
			// The sensor has the bounds from now on.
			const answer = await http('POST', '/api/v1/ingest', { headers:
				{ 'X-API-Key': key }, body: { readings: [{ device: '51198',
				ts: Date.now(), values: { checked: -1 } }] } });

			assert.deepEqual(answer.json().flagged.map((f) => f.reason),
				['out_of_range']);
			await plant.balances();
		});
});
