// A file of each kind of recording brought by the pages, as a person does it:
// what is not clear is asked, and what is stored is what is published of it.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { bytes, cells, equal_published, first, near, plain, published, readings,
	reckon, same, slug, together } from '../lib/corpus.mjs';
import { corpora } from '../lib/flux.mjs';
import { Plant } from '../lib/plant.mjs';
import { Wizard } from '../lib/wizard.mjs';

const skip = corpora === null && 'no corpora';
const CHOPTANK = 'usgs/ChoptankRiverFlow.txt';
const MAKE = { make: '1', site: 'HALL', same: 'keep' };
let plant, wizard, who;

before(async () => {
	plant = await Plant.make('Wizard');
	wizard = await Wizard.of(plant);
	who = { Cookie: wizard.desk.cookie };
});

// From the file to its end; what is asked must be just that, and nothing
// happens before it is said.
async function brought({ file, content = bytes(file), asked, answers,
	device = slug(file), columns = {}, alone }) {
	let page = await wizard.bring(file.split('/')[1], content);

	assert.deepEqual(page.asked, asked);
	wizard.type(page, columns, alone);
	const keys = wizard.sensors(page);

	page = await wizard.press(page, 'run', { ...MAKE, device });
	if (Object.keys(answers).length > 0) {
		assert.deepEqual(page.asked, Object.keys(answers));
		assert.match(page.html, /waits for answers/);
		await wizard.press(page, 'run', answers);
	}
	const end = await wizard.ended(page);

	assert.equal(end.state, 'done', end.html);
	return { keys, ...end };
}

const dated = (zone, order) => ({ ...(order ? { order } : {}), zone });

describe('a recording brought by hand', { skip, concurrency: 3 }, () => {
	const table = corpora && published();
	const river = corpora && { Qdaily: reckon(cells(plain(CHOPTANK), '\t')
		.slice(1).map((row) => Number(row[1]))) };

	for (const one of [
		{ file: 'skab/other-1.csv.gz', asked: ['zone', 'device'],
			answers: dated('UTC') },
		{ file: 'nab/speed_7578.csv', asked: ['zone', 'device'],
			answers: dated('UTC') },
		{ file: 'ett/ETTh1.csv.gz', asked: ['zone', 'device'],
			answers: dated('UTC') },
		{ file: 'batadal/dataset04.csv.gz', asked: ['order', 'zone', 'device'],
			answers: dated('UTC', 'dmy') },
		{ file: 'pv/nrel_RSF_II.csv', asked: ['order', 'zone', 'device'],
			answers: dated('America/Denver', 'mdy') },
		{ file: 'meter/household_1min_2days.csv.gz', asked: ['zone', 'device'],
			answers: dated('UTC'),
			columns: { 'column 1': { as: 'sensor', key: 'row' } } },
		{ file: CHOPTANK, asked: ['zone', 'device'],
			answers: dated('America/New_York') },
		{ file: 'obd/idle29.csv.gz', asked: ['columns', 'device'],
			answers: { start: '2026-01-01T00:00:00Z' },
			columns: { 'ENGINE_RUN_TINE ()': { as: 'seconds', key: 'run' } } },
	])
		test(one.file, async () => {
			const { keys } = await brought(one);

			await equal_published(who, slug(one.file), one.file,
				table[one.file] ?? river, keys);
		});

	test('ev/dundee_2017-12.csv.gz, with what it should not have', async () => {
		const file = 'ev/dundee_2017-12.csv.gz';
		const end = await brought({ file, asked: ['zone', 'device'],
			answers: dated('Europe/London'), alone: true, columns: {
				'Start Date': { as: 'time' }, 'Start Time': { as: 'clock' },
				'CP ID': { as: 'device' },
				'Total kWh': { as: 'sensor', key: 'energy', unit: 'kWh',
					low: 0 } } });
		const points = [...new Set(cells(plain(file)).slice(1)
			.map((row) => row[2]))];
		const energy = await together(who, points, 'energy');

		assert.deepEqual(end.facts, { 'Rows of the file': 1250, Stored: 1250,
			'There already': 0, 'Without a value': 12, Wrong: 0 });
		assert.match(end.html, /<code>-65\.96<\/code>[^]*?beyond its range/);
		assert.deepEqual([energy.count, energy.bad], [1238, 12]);
		near(energy.sum, 10501.407 + 65.96 + 22.65, 'kWh');
	});

	test('usgs/waterservices_iv.txt, WaterML', async () => {
		const file = 'usgs/waterservices_iv.txt';
		const page = await wizard.bring('iv.txt', bytes(file));

		assert.deepEqual(page.asked, []);
		await wizard.press(page, 'run', MAKE);
		const end = await wizard.ended(page);
		let n = 0;

		assert.equal(end.state, 'done', end.html);
		for (const s of JSON.parse(plain(file)).value.timeSeries) {
			const [, site, variable] = s.name.split(':');
			const v = s.values[0].value.map((r) => Number(r.value));

			same(await together(who, [site], variable), reckon(v), s.name);
			n += v.length;
		}
		assert.equal(n, 20);
	});
});

// A file of the river has the 13th of a month, and is clear; its first rows
// have not.
const head = (name, n = 9) => (skip ? undefined : first(name, n));
const ACN = 'ev/acn_office1.json.gz';

describe('dates brought by hand', { skip, concurrency: 3 }, () => {
	for (const [file, content, asked, answers, when, columns] of [
		[CHOPTANK, head(CHOPTANK), ['order', 'zone', 'device'],
			dated('America/New_York', 'mdy'), '1999-10-01T04:00:00.000Z'],
		['meter/household_1min_2days.csv.gz',
			head('meter/household_1min_2days.csv.gz'), ['zone', 'device'],
			dated('Europe/Paris', 'dmy'), '2007-01-31T23:00:00.000Z',
			{ Date: { as: 'time' }, Time: { as: 'clock' },
				DateTime: { as: 'leave' } }],
		['ev/sap_labs_france.csv.gz', head('ev/sap_labs_france.csv.gz'),
			['device'], {}, '2018-03-23T08:49:02.000Z'],
		['pv/serf_east_1min_ac_power.csv',
			head('pv/serf_east_1min_ac_power.csv'), ['device'], {},
			'2022-03-18T11:33:00.000Z'],
		[ACN, skip || JSON.stringify(JSON.parse(plain(ACN))._items.slice(0, 9)),
			['device'], {}, '2019-03-25T16:24:42.000Z'],
	])
		test(file, async () => {
			const device = `dated-${slug(file)}`;

			await brought({ file, content, asked, answers, device, columns });
			assert.ok((await readings(who, device)).some((r) => r.time === when));
		});
});
